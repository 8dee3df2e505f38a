"""The scenarios of the test protocol (section 5, item 2): what shoppers do, each a function on a script."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from simulators.physics.delivery import Faults
from simulators.physics.script import ENOUGH, SCANNING_S, Script
from simulators.physics.truth import Visit

ANNA, BEN, STAFF = "anna", "ben", "staff"
HURRY_S = (0.1, 0.3)  # hand on the goods, and lifting them, in a hurry
MORE = (1, 1, 1, 1, 1, 1, 1, 1, 2, 3)  # units that a shopper of an ordinary visit takes at once


def single(script: Script) -> None:
    script.take(ANNA, script.any_sku())


def several_together(script: Script) -> None:
    script.take(ANNA, script.any_sku(), int(script.rng.integers(2, 4)))


def several_apart(script: Script) -> None:
    """The same SKU again, 0.3-0.9 s from lift to lift."""
    sku = script.any_sku()
    script.take(ANNA, sku)
    for _ in range(int(script.rng.integers(1, 3))):
        script.now = script.moves[-1].at + script.between((0.3, 0.9)) - sum(HURRY_S)
        script.take(ANNA, sku, before_s=HURRY_S, lift_s=HURRY_S)


def mixed(script: Script) -> None:
    """Two SKUs on touching plates, in one movement of two hands."""
    sku, other = _pair(script)
    _both(script, lambda: script.take(ANNA, sku), lambda: script.take(ANNA, other), 0.3)


def put_back(script: Script) -> None:
    sku = script.any_sku()
    script.take(ANNA, sku)
    script.wait(5, 10)
    script.put(ANNA, sku)


def put_elsewhere(script: Script) -> None:
    sku = script.any_sku()
    script.take(ANNA, sku)
    script.wait(5, 10)
    script.put(ANNA, sku, _elsewhere(script, sku))


def put_elsewhere_then_bought(script: Script) -> None:
    """The next visitor takes the stray unit from where it was left."""
    sku = script.any_sku()
    lane = _elsewhere(script, sku)
    script.take(ANNA, sku)
    script.wait(5, 10)
    script.put(ANNA, sku, lane)
    script.wait(3, 5)
    script.visits.append(Visit(ANNA, 4.0, script.now))
    script.wait(4, 8)
    enters = script.now - 2
    script.take_stray(BEN)
    script.visits.append(Visit(BEN, enters, script.now + SCANNING_S))


def swap(script: Script) -> None:
    """One is taken, then put back with one hand while the other takes its neighbour."""
    sku, other = _pair(script)
    script.take(ANNA, sku)
    script.wait(5, 10)
    _both(script, lambda: script.put(ANNA, sku), lambda: script.take(ANNA, other), 0.4)


def touches(script: Script) -> None:
    for _ in range(3):
        script.touch(*_somewhere(script))
        script.wait(4, 7)


def leans(script: Script) -> None:
    for _ in range(2):
        script.lean(*_somewhere(script))
        script.wait(4, 7)


def hold_then_take(script: Script) -> None:
    """The hand rests on the plate for 5 s first."""
    sku = script.any_sku()
    lane = script.store.goods[sku].lane
    held = np.zeros(12)
    held[np.array(lane) - 1] = 1 / len(lane)
    begin, script.now = script.now, script.now + 5
    script.push(script.store.goods[sku].shelf, begin, script.now, script.hand(held))
    script.take(ANNA, sku)


def two_people(script: Script) -> None:
    """On neighbouring plates at the same time."""
    sku, other = _pair(script)
    _both(script, lambda: script.take(ANNA, sku), lambda: script.take(BEN, other), 0.8)


def rapid(script: Script) -> None:
    """Three to four picks from one shelf, 1.2-2 s from one to the next."""
    first = script.any_sku()
    shelf = script.store.goods[first].shelf
    choice = [sku for sku, good in script.store.goods.items() if good.shelf == shelf]
    for sku in [first, *script.rng.choice(choice, int(script.rng.integers(2, 4)))]:
        if script.stock[str(sku)] > 0:
            began = script.now
            script.take(ANNA, str(sku))
            script.now = max(script.now, began + script.between((1.2, 2.0)))


def very_slow(script: Script) -> None:
    script.take(ANNA, script.any_sku(), lift_s=script.physics.slow_lift_s)


def ordinary(script: Script) -> None:
    """Three to five lines all over the shop, sometimes a second thought, a touch, a lean."""
    script.shelves.update(good.shelf for good in script.store.goods.values())
    for _ in range(int(script.rng.integers(3, 6))):
        sku = script.any_sku()
        script.take(ANNA, sku, min(int(script.rng.choice(MORE)), script.stock[sku] - 1))
        script.wait(3, 9)
        if script.rng.random() < 0.2:
            script.touch(*_somewhere(script))
            script.wait(2, 5)
        if script.rng.random() < 0.05:
            script.lean(*_somewhere(script))
            script.wait(2, 5)
        if script.rng.random() < 0.1:
            script.put(ANNA, sku)
            script.wait(3, 9)


def restock(script: Script) -> None:
    """Staff adds 2-12 units of a SKU."""
    fill(script, script.any_sku(), int(script.rng.integers(2, 13)))


def refill(script: Script) -> None:
    """Staff fills up every SKU of which little is left."""
    for sku in [sku for sku, left in script.stock.items() if left < ENOUGH]:
        fill(script, sku, int(script.rng.integers(4, 9)))


def fill(script: Script, sku: str, left: int) -> None:
    """So many units, a few in each hand."""
    while left:
        units = [script.unit(sku) for _ in range(min(left, int(script.rng.integers(1, 4))))]
        script.add(STAFF, units, sku)
        script.wait(1.5, 4)
        left -= len(units)


def dead_plate(script: Script) -> None:
    """One plate of the lane says nothing; two picks from that shelf."""
    sku, other = _pair(script)
    good = script.store.goods[sku]
    script.faults[good.shelf] = Faults(dead=(int(script.rng.choice(good.lane)),))
    script.take(ANNA, sku)
    script.wait(5, 9)
    script.take(ANNA, other)


def late_batches(script: Script) -> None:
    """A bad link: lost, repeated and late messages while two things are taken."""
    for _ in range(2):
        sku = script.any_sku()
        shelf = script.store.goods[sku].shelf
        script.faults[shelf] = Faults(lost_share=0.05, repeated_share=0.1, late_share=0.3, late_s=1.5)
        script.take(ANNA, sku)
        script.wait(5, 9)


def power_cut(script: Script) -> None:
    """The power fails in the middle of a pick, for 3-15 s."""
    sku = script.any_sku()
    shelf = script.store.goods[sku].shelf
    script.take(ANNA, sku)
    cut = script.moves[-1].at - script.between((0.0, 0.5))
    script.faults[shelf] = Faults(cut=(cut, cut + script.between((3.0, 15.0))))
    script.now = cut + 16


def equal_weights(script: Script) -> None:
    """Two SKUs of one lane weigh the same: which one left cannot be told from weight."""
    sku = script.any_sku()
    other = script.neighbours(sku)[0]
    one, catalogue = script.store.goods[sku], script.store.catalogue
    script.store.goods[other] = replace(one, sku=other)
    script.store.width[other] = script.store.width[sku]
    catalogue[other] = catalogue[sku]
    script.take(ANNA, str(script.rng.choice([sku, other])))


Scenario = Callable[[Script], None]
SCENARIOS: dict[str, Scenario] = {
    act.__name__: act
    for act in (
        single, several_together, several_apart, mixed, put_back, put_elsewhere, put_elsewhere_then_bought,
        swap, touches, leans, hold_then_take, two_people, rapid, very_slow, ordinary, restock, dead_plate,
        late_batches, power_cut, equal_weights,
    )
}  # fmt: skip
# the twelve over which the spike pooled its figures (section 5, spike results)
POOLED = (
    "single", "several_together", "several_apart", "mixed", "put_back", "put_elsewhere",
    "swap", "touches", "leans", "hold_then_take", "two_people", "rapid", "ordinary",
)  # fmt: skip


def _pair(script: Script) -> tuple[str, str]:
    """Two SKUs in stock whose plates touch."""
    while True:
        sku = script.any_sku()
        if others := script.neighbours(sku):
            return sku, str(script.rng.choice(others))


def _both(script: Script, one: Callable[[], None], other: Callable[[], None], apart_s: float) -> None:
    """Both from nearly the same moment on; `now` is the later end."""
    began = script.now
    one()
    ended, script.now = script.now, began + script.between((0.0, apart_s))
    other()
    script.now = max(ended, script.now)


def _elsewhere(script: Script, sku: str) -> str:
    """A SKU whose lane is not this one's and does not touch it."""
    near = {sku, *script.neighbours(sku)}
    return str(script.rng.choice([other for other in script.store.goods if other not in near]))


def _somewhere(script: Script) -> tuple[str, float]:
    good = script.store.goods[script.any_sku()]
    return good.shelf, float(script.rng.uniform(good.lane[0], good.lane[-1] + 1))
