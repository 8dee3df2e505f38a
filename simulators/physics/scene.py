"""A scenario played in a world: forces, readings, deliveries, scans and the truth of one scene."""

import zlib
from dataclasses import dataclass

import numpy as np

from simulators.physics import delivery, plates, reading, store
from simulators.physics.constants import PHYSICS_HZ, PLATES, Physics, vary
from simulators.physics.delivery import Faults
from simulators.physics.scenarios import SCENARIOS, STAFF, Scenario
from simulators.physics.script import SCANNING_S, Script
from simulators.physics.store import Floats, Store, World
from simulators.physics.truth import Move, Plate, Scan, Scene, Visit

STOCK = (4, 12)  # units of a SKU at the start
SCANNED = 0.97  # of the goods taken (section 5, protocol 2)
FORGETFUL_SCANNED = 0.90  # section 5, spike results: one in ten forgotten [S]
SCANNED_TWICE = 0.003  # section 1.5 [S]
SCAN_AFTER_S = (1.0, 6.0)
PASSING_SHARE = 0.3  # of the other shelves feel somebody pass during a move


@dataclass(frozen=True, slots=True)
class Shop:
    """A store with what stands in it now."""

    world: World
    physics: Physics
    store: Store
    stock: dict[str, int]


def make(
    name: str, world: World, seed: int, *, varied: bool = False, sps: int = 10, fine: bool = True
) -> Scene:
    """A store of its own for each scene; the same arguments give the same one again."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode()), zlib.crc32(world.encode())])
    shop = opened(world, rng, varied=varied)
    return play(name, SCENARIOS[name], shop, seed, rng, sps=sps, fine=fine)


def opened(world: World, rng: np.random.Generator, *, varied: bool) -> Shop:
    physics = store.physics_of(world, Physics())
    if varied:
        physics = vary(physics, rng)
    drawn = store.draw(world, physics, rng)
    return Shop(world, physics, drawn, {sku: int(rng.integers(*STOCK)) for sku in drawn.goods})


def play(
    name: str,
    act: Scenario,
    shop: Shop,
    seed: int,
    rng: np.random.Generator,
    *,
    sps: int = 10,
    fine: bool = True,
) -> Scene:
    """One scene in a shop, whose stock it changes. `fine` adds the 80 Hz feed of the recipe."""
    physics, drawn, stock = shop.physics, shop.store, dict(shop.stock)
    script = Script(drawn, physics, rng, shop.stock)
    script.wait(0, 3)
    act(script)
    readings: dict[Plate, tuple[Floats, Floats]] = {}
    cells: dict[str, tuple[Floats, Floats]] = {}
    seconds, apart = script.now + SCANNING_S + 2, np.random.default_rng([seed, PHYSICS_HZ])
    for shelf in sorted(script.shelves):
        felt = plates.felt(
            drawn.rows[shelf], physics, [load for load in script.loads if load.shelf == shelf],
            [push for push in script.pushes if push.shelf == shelf],
            _spells(script, shelf), seconds, rng,
        )  # fmt: skip
        readings |= _read(script, shelf, felt, seconds, sps)
        if fine:
            row = drawn.rows[shelf]
            clean = reading.with_noise(row, physics, felt, PHYSICS_HZ, apart)  # the rest stays the same
            cells[shelf] = (np.arange(felt.shape[1]) / PHYSICS_HZ, clean)
    usual, forgetful = (_scans(script.moves, share, rng) for share in (SCANNED, FORGETFUL_SCANNED))
    return Scene(
        name=name, world=shop.world, seed=seed, physics=physics, store=drawn, visits=_visits(script),
        moves=script.moves, scans=usual, forgetful_scans=forgetful,
        stock=stock, readings=readings, fine=cells,
        cuts={shelf: faults.cut for shelf, faults in script.faults.items() if faults.cut},
    )  # fmt: skip


def _read(
    script: Script, shelf: str, felt: Floats, seconds: float, sps: int
) -> dict[Plate, tuple[Floats, Floats]]:
    row, physics, rng = script.store.rows[shelf], script.physics, script.rng
    faults = script.faults.get(shelf, Faults())
    at = delivery.times(physics, seconds - 0.1, sps, rng)
    grams = reading.with_noise(row, physics, reading.converted(felt, sps, at), sps, rng)
    grams = reading.with_bad_readings(physics, grams, rng)
    grams = delivery.with_dead_plates(grams, faults, rng)
    order = delivery.delivered(physics, at, faults, rng)
    written = delivery.stamped(physics, at, rng)
    return {(shelf, plate + 1): (written[order], grams[plate, order]) for plate in range(PLATES)}


def _spells(script: Script, shelf: str) -> list[tuple[float, float]]:
    """When somebody moves before this shelf: around every move on it, in passing at others."""
    rng, spells = script.rng, []
    for push in script.pushes:
        if push.shelf == shelf or rng.random() < PASSING_SHARE:
            spells.append((push.begin - rng.uniform(0.5, 3), push.end + rng.uniform(0.3, 2)))
    return spells


def _visits(script: Script) -> list[Visit]:
    """Those that the scenario wrote, and one over the whole scene for everybody else who moved."""
    written = {visit.shopper for visit in script.visits}
    others = {move.shopper for move in script.moves} - written - {STAFF}
    if not script.moves:
        others = {"anna"}
    return script.visits + [Visit(shopper, 4.0, script.now + SCANNING_S) for shopper in sorted(others)]


def _scans(moves: list[Move], share: float, rng: np.random.Generator) -> list[Scan]:
    """Each unit taken is scanned or forgotten; a scanned one that is put back is taken off the list."""
    scans: list[Scan] = []
    listed: dict[tuple[str, str], int] = {}
    for move in moves:
        if move.shopper == STAFF:
            continue
        key, at = (move.shopper, move.sku), move.end + float(rng.uniform(*SCAN_AFTER_S))
        if move.count < 0:
            count = int(rng.binomial(-move.count, share)) + int(rng.random() < SCANNED_TWICE)
        else:
            count = -int(rng.binomial(min(move.count, listed.get(key, 0)), share))
        listed[key] = listed.get(key, 0) + count
        if count:
            scans.append(Scan(at, move.sku, count, move.shopper))
    return scans
