"""A simulated shelf: load cells read ten times a second, with noise, drift, wild readings and hands."""

import argparse
import json
import random
from pathlib import Path
from typing import Any

from devices.edge import clocks
from devices.edge.device import Handlers, Identity
from devices.edge.scale import Settled, SettleDetector, Unsettled, tolerance_for
from devices.edge.trace import History
from devices.messages import Scale, ScaleFault, ShelfChange, ShelfState, ShelfUnsettled
from simulators.hardware import process
from simulators.hardware.wire import CableOff, Signal

SPS = 10.0
NOISE_G = 0.7  # real cells at 10 readings a second (measured logs)
DRIFT_G = 0.008  # random walk per reading: some tenths of a gram per minute
WILD_SHARE, WILD_G = 0.009, 3000.0
PUSH_G, TREMBLE_G = 250.0, 60.0


class Cell:
    """One plate's load cell: what it carries and what it makes of it."""

    def __init__(self, number: int, detector: SettleDetector, dice: random.Random) -> None:
        self.number = number
        self.detector = detector
        self.history = History()
        self.load: float | None = None  # no reading before the cable is in
        self.pressed = False
        self._dice = dice
        self._drift = dice.uniform(-5.0, 5.0)

    def read(self) -> float | None:
        if self.load is None:
            return None
        dice = self._dice
        self._drift += dice.gauss(0.0, DRIFT_G)
        grams = self.load + self._drift + dice.gauss(0.0, NOISE_G)
        if self.pressed:
            grams += PUSH_G + dice.gauss(0.0, TREMBLE_G)
        if dice.random() < WILD_SHARE:
            grams += dice.uniform(-WILD_G, WILD_G)
        return grams


class Levels:
    """The last resting level of each plate, in the shelf's flash: what is taken in the dark is told later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._grams: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}

    def of(self, plate: int) -> float | None:
        return self._grams.get(str(plate))

    def keep(self, cell: Cell) -> None:
        if cell.detector.level is not None:
            self._grams[str(cell.number)] = cell.detector.level
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self._grams))
            fresh.replace(self._path)


class Shelf:
    def __init__(self, args: argparse.Namespace) -> None:
        bench = process.Bench(args)
        self._shelf: str = args.shelf
        self._levels = Levels(args.state_dir / f"{args.device}.levels.json")
        self._cells = _cells(args, self._levels)
        self._period_s = 1 / args.sps
        self._cable_in = False
        handlers = Handlers(states=self._states, item=self._signal)
        identity = Identity(
            store=args.store,
            device=args.device,
            model="sim-shelf",
            caps=[f"scale-{number}" for number in self._cells],
            scale=Scale(sps=args.sps),
        )
        self._device = bench.device(identity, handlers)
        ends = [("plate", f"{self._shelf}/{number}") for number in self._cells]
        self._wire = bench.wire(ends, self._device.inbox)

    def run(self) -> None:
        self._device.timers.every(self._period_s, self._sample)
        process.run(self._device, self._wire)

    def _sample(self) -> None:
        now = clocks.boot_ms()
        for cell in self._cells.values():
            grams = cell.read()
            if grams is None:
                continue
            cell.history.keep(now, grams)
            was_new = cell.detector.level is None
            match cell.detector.feed(now, grams):
                case Settled() as change:
                    self._changed(cell, change)
                case Unsettled() as doubt:
                    data = ShelfUnsettled(
                        shelf=self._shelf,
                        plate=cell.number,
                        t0=clocks.wall_of(doubt.t0),
                        last_g=round(doubt.last),
                    )
                    self._device.report("shelf.unsettled", data)
                case None if was_new and cell.detector.level is not None:
                    self._levels.keep(cell)
                    self._device.state(f"scale-{cell.number}", _state(cell))

    def _changed(self, cell: Cell, change: Settled) -> None:
        self._levels.keep(cell)  # before the report: cut in between, goods are missed and not charged twice
        data = ShelfChange(
            shelf=self._shelf,
            plate=cell.number,
            t0=clocks.wall_of(change.t0),
            t1=clocks.wall_of(change.t1),
            before_g=round(change.before),
            after_g=round(change.after),
            delta_g=round(change.after - change.before),
            var_g2=round(change.variance, 3),
            trace=cell.history.trace(change.t0, change.t1),
        )
        self._device.report("shelf.change", data)
        self._device.state(f"scale-{cell.number}", _state(cell))

    def _signal(self, item: Any) -> None:
        match item:
            case Signal({"wire": "plate", "id": str(plate), "g": (int() | float()) as grams, "hand": hand}):
                cell = self._cells[int(plate.rpartition("/")[2])]
                cell.load, cell.pressed = float(grams), bool(hand)
                self._cable_in = True
            case CableOff() if self._cable_in:
                self._cable_in = False
                for cell in self._cells.values():
                    cell.load = None
                self._device.report("scale.fault", ScaleFault(code="no_data", shelf=self._shelf))

    def _states(self) -> dict[str, ShelfState]:
        cells = self._cells.values()
        return {f"scale-{cell.number}": _state(cell) for cell in cells if cell.detector.level is not None}


def _state(cell: Cell) -> ShelfState:
    return ShelfState(g=round(cell.detector.level or 0.0), stable=not cell.detector.moving)


def _cells(args: argparse.Namespace, levels: Levels) -> dict[int, Cell]:
    """The plates of one shelf as the assortment file describes them, each with a detector for its goods."""
    assortment = json.loads(args.assortment.read_text())
    unit_g = {article["sku"]: float(article["unit_weight_g"]) for article in assortment["articles"]}
    shelf = next((s for s in assortment["shelves"] if s["id"] == args.shelf), None)
    if shelf is None:
        raise SystemExit(f"the assortment has no shelf {args.shelf!r}")
    dice = random.Random(args.seed)
    cells = {}
    for plate in shelf["plates"]:
        unit = unit_g[plate["sku"]]
        detector = SettleDetector(
            tolerance_g=args.tolerance_g or tolerance_for(unit),
            trigger_g=args.trigger_g or min(max(4.0, 0.4 * unit), 6.0),
            level=levels.of(int(plate["plate"])),
        )
        cells[int(plate["plate"])] = Cell(int(plate["plate"]), detector, dice)
    return cells


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.hardware shelf", description=__doc__)
    process.add_arguments(parser)
    parser.add_argument("--shelf", required=True)
    parser.add_argument("--assortment", type=Path, required=True)
    parser.add_argument("--sps", type=float, default=SPS, help="readings a second")
    parser.add_argument("--tolerance-g", type=float, default=None)
    parser.add_argument("--trigger-g", type=float, default=None)
    Shelf(parser.parse_args(argv)).run()
