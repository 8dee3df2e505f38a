"""The published recipe restated (sections 1.1, 1.2): MPS and AIM3S, offline, at 80 Hz, no bad readings."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import erfc, sqrt

import numpy as np
import numpy.typing as npt

from simulators.physics.constants import PHYSICS_HZ
from simulators.physics.truth import Scene

Floats = npt.NDArray[np.float64]
WINDOW = PHYSICS_HZ  # 1 s, centred
HALF_S = PHYSICS_HZ // 2  # the published 30 samples at 60 Hz
LEAST_G = 10.0  # a change below it is none
MPS_SD_G = 20.0
MPS_WEIGHT_SD_G = 10.0
MPS_PLACE, MPS_WEIGHT = 0.8, 0.2
MPS_PICK, MPS_PUT = 0.4, 0.75  # of a unit's weight: less is dropped
MPS_SPLIT = 1 / 3  # of the lightest product's weight: a plate that moved
AIM3S_VARIANCE = 500.0  # g²
AIM3S_PLATE_G = 5.0
AIM3S_SD_G = 1.0


@dataclass(frozen=True, slots=True)
class Said:
    """An event of the recipe in the form of an episode: it never doubts."""

    t0: float
    t1: float
    shelf: str
    grams: dict[int, float]
    lines: tuple[tuple[str, int], ...]
    outcome: str = "decided"
    posterior: float = 1.0

    @property
    def at(self) -> float:
        return self.t1


@dataclass(slots=True)
class Shop:
    """What the recipe knows: weights, lanes (they grow with misplaced goods), and what was taken."""

    catalogue: dict[str, tuple[float, float]]
    lanes: dict[str, set[tuple[str, int]]]
    stock: Mapping[str, int]  # no more than that can be taken at once
    held: Counter[str] = field(default_factory=Counter)


Change = tuple[float, float, str, dict[int, float]]  # t0, t1, shelf, grams by plate
Rule = Callable[[Shop, str, dict[int, float]], tuple[str, int] | None]


def mps(scene: Scene) -> list[Said]:
    return _run(scene, _mps_changes, mps_product)


def aim3s(scene: Scene) -> list[Said]:
    return _run(scene, _aim3s_changes, aim3s_product)


RECIPES: dict[str, Callable[[Scene], list[Said]]] = {"mps": mps, "aim3s": aim3s}


def _run(
    scene: Scene, changes_of: Callable[[Shop, str, Floats, Floats], list[Change]], rule: Rule
) -> list[Said]:
    lanes = {sku: set(plates) for sku, plates in scene.store.planogram.items()}
    shop = Shop(scene.store.catalogue, lanes, scene.stock)
    changes = [change for shelf, feed in scene.fine.items() for change in changes_of(shop, shelf, *feed)]
    said = []
    for t0, t1, shelf, grams in sorted(changes, key=lambda change: change[0]):
        product = rule(shop, shelf, grams)
        if product is None:
            continue
        sku, count = product
        shop.held[sku] -= count
        if count > 0:
            shop.lanes[sku] |= {(shelf, plate) for plate, g in grams.items() if g > AIM3S_PLATE_G}
        said.append(Said(t0, t1, shelf, grams, (product,)))
    return said


def _mps_changes(shop: Shop, shelf: str, time: Floats, plates: Floats) -> list[Change]:
    means, variance = moving(plates)
    lightest = min(shop.catalogue[sku][0] for sku, lane in shop.lanes.items() if _on(lane, shelf))
    found: list[Change] = []
    for first, last in runs(np.sqrt(variance) > MPS_SD_G):
        change = means[:, last] - means[:, first]
        if last - first + 1 < HALF_S or abs(change.sum()) <= LEAST_G:
            continue
        groups = split(shop, shelf, np.flatnonzero(np.abs(change) > MPS_SPLIT * lightest) + 1)
        if len(groups) < 2:
            groups = [list(range(1, len(change) + 1))]
        for group in groups:
            grams = {plate: float(change[plate - 1]) for plate in group}
            if abs(sum(grams.values())) > LEAST_G:
                found.append((float(time[first]), float(time[last]), shelf, grams))
    return found


def split(shop: Shop, shelf: str, moving_plates: npt.NDArray[np.int64]) -> list[list[int]]:
    """Neighbours stay together while some product stands on both."""
    groups: list[list[int]] = []
    for plate in map(int, moving_plates):
        last = groups[-1][-1] if groups else None
        if last == plate - 1 and any({(shelf, last), (shelf, plate)} <= lane for lane in shop.lanes.values()):
            groups[-1].append(plate)
        else:
            groups.append([plate])
    return groups


def mps_product(shop: Shop, shelf: str, grams: dict[int, float]) -> tuple[str, int] | None:
    total = sum(grams.values())
    size = abs(total)
    if total > 0:
        fits = [
            (abs(size - count * shop.catalogue[sku][0]), sku, count)
            for sku, held in shop.held.items()
            for count in range(1, held + 1)
        ]
        if not fits:
            return None
        _, sku, count = min(fits)
        return (sku, count) if size >= MPS_PUT * shop.catalogue[sku][0] else None
    scores, counts = {}, {}
    for sku, (mean, _) in shop.catalogue.items():
        counts[sku] = min(max(round(size / mean), 1), shop.stock[sku])
        off = abs(size - counts[sku] * mean)
        likely = erfc(off / (2 * MPS_WEIGHT_SD_G) / sqrt(2))
        scores[sku] = MPS_PLACE * place(shop, shelf, sku, grams) + MPS_WEIGHT * likely
    best = max(scores, key=lambda sku: scores[sku])
    return (best, -counts[best]) if size >= MPS_PICK * shop.catalogue[best][0] else None


def _aim3s_changes(shop: Shop, shelf: str, time: Floats, plates: Floats) -> list[Change]:
    means, variance = moving(plates)
    found: list[Change] = []
    last_tick = plates.shape[1] - 1
    for first, last in runs(_bridged(variance > AIM3S_VARIANCE)):
        if last - first + 1 <= HALF_S or last + HALF_S > last_tick:
            continue
        change = means[:, last + HALF_S] - means[:, max(first - HALF_S, 0)]
        if abs(change.sum()) > LEAST_G:
            grams = {int(p) + 1: float(change[p]) for p in np.flatnonzero(np.abs(change) > AIM3S_PLATE_G)}
            found.append((float(time[first]), float(time[last]), shelf, grams))
    return found


def aim3s_product(shop: Shop, shelf: str, grams: dict[int, float]) -> tuple[str, int] | None:
    """One unit of the best product; what comes back is one of those taken, when any was."""
    total = sum(grams.values())
    taken = [sku for sku, count in shop.held.items() if count > 0]
    choice = taken if total > 0 and taken else list(shop.catalogue)

    def score(sku: str) -> tuple[float, float]:
        mean, sd = shop.catalogue[sku]
        off = abs(abs(total) - mean)
        likely = erfc(off / (max(sd, AIM3S_SD_G) + AIM3S_SD_G) / sqrt(2))
        return likely * (1.0 if total > 0 else place(shop, shelf, sku, grams)), -off

    return (max(choice, key=score), 1 if total > 0 else -1) if grams else None


def place(shop: Shop, shelf: str, sku: str, grams: dict[int, float]) -> float:
    """The share of the change that lies on plates of this SKU."""
    whole = sum(abs(g) for g in grams.values())
    return sum(abs(g) for plate, g in grams.items() if (shelf, plate) in shop.lanes[sku]) / max(whole, 1e-9)


def moving(plates: Floats) -> tuple[Floats, Floats]:
    """Centred 1 s means by plate, and the variance of the shelf's sum over the same window."""
    total = plates.sum(axis=0)
    total = total - total.mean()
    means = _moving_mean(plates)
    variance = _moving_mean(total[None] ** 2)[0] - _moving_mean(total[None])[0] ** 2
    return means, np.maximum(variance, 0)


def _moving_mean(rows: Floats) -> Floats:
    before = WINDOW // 2
    padded = np.pad(rows, ((0, 0), (before + 1, WINDOW - before - 1)), mode="edge")
    sums = np.cumsum(padded, axis=1)
    mean: Floats = (sums[:, WINDOW:] - sums[:, :-WINDOW]) / WINDOW
    return mean


def runs(active: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of every stretch that is true."""
    edges = np.diff(np.concatenate([[0], active.astype(np.int8), [0]]))
    return list(
        zip(np.flatnonzero(edges == 1).tolist(), (np.flatnonzero(edges == -1) - 1).tolist(), strict=True)
    )


def _bridged(active: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Calms too short to be one are part of what is going on."""
    whole = active.copy()
    for first, last in runs(~active):
        if last - first + 1 <= HALF_S and first > 0 and last < len(active) - 1:
            whole[first : last + 1] = True
    return whole


def _on(lane: set[tuple[str, int]], shelf: str) -> bool:
    return any(where == shelf for where, _ in lane)
