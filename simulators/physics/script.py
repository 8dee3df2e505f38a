"""A scene being written: shoppers act one after the other; goods and forces are noted, and the truth."""

from dataclasses import dataclass, field

import numpy as np

from simulators.physics.constants import PLATES, Physics, Range
from simulators.physics.delivery import Faults
from simulators.physics.plates import Load, Push
from simulators.physics.store import Floats, Store
from simulators.physics.truth import Move, Visit

LIGHT_HAND = 0.1  # share of picks without a push that shows: none of the eight moves of the trace [M]
SECOND_PUSH = 0.3  # share of picks where the hand rests once more after the lift [S]
SETTLED_S = 6.0  # before anything happens: a detector has found its level
SCANNING_S = 8.0  # between the last move and the door
ENOUGH = 4  # units on the shelf, for whatever a scenario takes of one SKU
HAND = 1.2  # width of a hand, in plates
STACKED = 0.6  # of several units taken together stand on the same spot, else beside it


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of goods as it stands or is held."""

    sku: str
    grams: float


@dataclass(slots=True)
class Script:
    store: Store
    physics: Physics
    rng: np.random.Generator
    stock: dict[str, int]
    loads: list[Load] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    held: dict[str, list[Unit]] = field(default_factory=dict)  # by shopper
    faults: dict[str, Faults] = field(default_factory=dict)  # by shelf
    shelves: set[str] = field(default_factory=set)  # whose plates are simulated
    now: float = SETTLED_S

    def wait(self, low: float, high: float) -> None:
        self.now += float(self.rng.uniform(low, high))

    def between(self, bounds: Range) -> float:
        return float(self.rng.uniform(*bounds))

    def any_sku(self) -> str:
        return str(self.rng.choice([sku for sku, left in self.stock.items() if left >= ENOUGH]))

    def neighbours(self, sku: str) -> list[str]:
        """SKUs in stock of which a plate is the same as one of this SKU's or touches it."""
        good = self.store.goods[sku]
        return [
            other.sku
            for other in self.store.goods.values()
            if other.sku != sku
            and other.shelf == good.shelf
            and self.stock[other.sku] > 1
            and other.lane[0] <= good.lane[-1] + 1
            and good.lane[0] <= other.lane[-1] + 1
        ]

    def take(
        self,
        shopper: str,
        sku: str,
        count: int = 1,
        *,
        before_s: Range | None = None,
        lift_s: Range | None = None,
    ) -> None:
        """Picks up `count` units in one movement; `now` is then the end of it."""
        units = [self.unit(sku) for _ in range(count)]
        place = self._place(sku)
        grams = np.zeros(PLATES)
        for unit in units:
            grams += unit.grams * self._shares(sku, place)
            place = place if self.rng.random() < STACKED else self._place(sku)
        pace = before_s or self.physics.push_before_s, lift_s or self.physics.lift_s
        self._lift(shopper, units, self.store.goods[sku].shelf, grams, *pace)

    def take_stray(self, shopper: str) -> None:
        """Takes what was put down last, from where it lies."""
        lies, move = self.loads[-1], self.moves[-1]
        unit = Unit(move.sku, float(lies.grams.sum()))
        self._lift(shopper, [unit], lies.shelf, lies.grams, self.physics.push_before_s, self.physics.lift_s)

    def _lift(
        self, shopper: str, units: list[Unit], shelf: str, grams: Floats, before_s: Range, lift_s: Range
    ) -> None:
        begin, sku = self.now, units[0].sku
        lifted = begin + self.between(before_s)
        ramp = self.between(lift_s)
        if self.rng.random() >= LIGHT_HAND:
            self.push(shelf, begin, lifted + ramp / 2, self.hand(grams))
        self._load(shelf, lifted, ramp, -grams)
        end = lifted + ramp
        if self.rng.random() < SECOND_PUSH:
            rest = self.between(self.physics.push_after_s)
            self.push(shelf, end, end + rest, 0.3 * self.hand(grams))
            end += rest
        self._note(shopper, sku, -len(units), -grams, begin, lifted + ramp, end)
        self.held.setdefault(shopper, []).extend(units)
        self.stock[sku] -= len(units)
        self.now = end

    def put(self, shopper: str, sku: str, lane_of: str | None = None) -> None:
        """Puts one held unit of this SKU back, into another SKU's lane when that is named."""
        unit = next(unit for unit in self.held[shopper] if unit.sku == sku)
        self.held[shopper].remove(unit)
        self.add(shopper, [unit], lane_of or sku)

    def add(self, shopper: str, units: list[Unit], lane_of: str) -> None:
        shelf, sku = self.store.goods[lane_of].shelf, units[0].sku
        place = self._place(lane_of, strays=False)
        shares = self._shares(lane_of, place)
        grams = sum(unit.grams for unit in units) * shares
        begin, ramp = self.now, self.between(self.physics.lift_s)
        down = begin + self.between(self.physics.push_after_s)
        rest = self.between(self.physics.put_after_s)
        self._load(shelf, down, ramp, grams)
        self.push(shelf, down + ramp / 2, down + ramp + rest, self.hand(grams))
        end = down + ramp + rest
        self._note(shopper, sku, len(units), grams, begin, down + ramp, end)
        self.stock[sku] += len(units)
        self.now = end

    def touch(self, shelf: str, around: float) -> None:
        """A hand that takes nothing, its middle at this place along the shelf."""
        begin = self.now
        self.now += self.between(self.physics.touch_s)
        force = float(np.exp(self.rng.uniform(*np.log(self.physics.push_g)))) / 2
        self.push(shelf, begin, self.now, force * _overlap(around - HAND / 2, HAND))

    def lean(self, shelf: str, around: float) -> None:
        begin = self.now
        self.now += self.between(self.physics.lean_s)
        self.push(shelf, begin, self.now, self.between(self.physics.lean_g) * _overlap(around - 1, 2.0))

    def hand(self, grams: Floats) -> Floats:
        """The push around goods that stand like this: mostly on their plates, a little beside them."""
        shares = np.abs(grams) / max(float(np.abs(grams).sum()), 1e-9)
        middle = float(shares @ (np.arange(PLATES) + 1.5)) + float(self.rng.normal(0, 0.3))
        force = float(np.exp(self.rng.uniform(*np.log(self.physics.push_g))))
        made: Floats = force * (0.5 * shares + 0.5 * _overlap(middle - HAND / 2, HAND))
        return made

    def push(self, shelf: str, begin: float, end: float, grams: Floats) -> None:
        self.shelves.add(shelf)
        self.pushes.append(Push(shelf, begin, end, grams))

    def _load(self, shelf: str, begin: float, ramp: float, grams: Floats) -> None:
        self.shelves.add(shelf)
        self.loads.append(Load(shelf, begin, ramp, grams))

    def _note(
        self, shopper: str, sku: str, count: int, grams: Floats, begin: float, at: float, end: float
    ) -> None:
        shelf = self.loads[-1].shelf
        by_plate = {int(plate) + 1: float(grams[plate]) for plate in np.flatnonzero(grams)}
        self.moves.append(
            Move(
                begin=begin,
                at=at,
                end=end,
                shelf=shelf,
                grams=by_plate,
                sku=sku,
                count=count,
                shopper=shopper,
            )
        )

    def unit(self, sku: str) -> Unit:
        good = self.store.goods[sku]
        return Unit(sku, good.mean_g + good.sd_g * float(np.clip(self.rng.normal(), -3, 3)))

    def _place(self, sku: str, *, strays: bool = True) -> float:
        """Left edge of a unit in its lane, in plates from the shelf's left end."""
        good = self.store.goods[sku]
        room = max(len(good.lane) - self.store.width[sku], 0.0)
        place = good.lane[0] + float(self.rng.uniform(0, room))
        if strays and self.rng.random() < self.store.stray_share:
            place += float(self.rng.choice([-1, 1]))
        return float(np.clip(place, 1, PLATES + 1 - self.store.width[sku]))

    def _shares(self, sku: str, place: float) -> Floats:
        return _overlap(place, self.store.width[sku])


def _overlap(left: float, width: float) -> Floats:
    """What part of something that wide rests on each plate; all of it rests somewhere."""
    left_edges = np.arange(1, PLATES + 1)
    over = np.clip(np.minimum(left + width, left_edges + 1) - np.maximum(left, left_edges), 0, None)
    shares: Floats = over / max(float(over.sum()), 1e-9)
    return shares
