"""A simulated lock: motor and bolt, a bolt log that survives anything, a handle inside that always works."""

import argparse
import json
import os
import random
import time
from pathlib import Path
from typing import Any

from devices.edge import clocks
from devices.edge.device import Handlers, Identity
from devices.edge.lock import Answers, LockRules, Release
from devices.edge.timers import Timer
from devices.messages import (
    Bolt,
    Cause,
    CommandAck,
    Config,
    LockChanged,
    LockForced,
    LockJammed,
    LockState,
    SignedCommand,
)
from simulators.hardware import process
from simulators.hardware.wire import Signal

MOTOR_S = (0.05, 0.15)
HANDLE_EXPLAINS_S = 2.0  # a leaf that opens this soon after the handle turned was not forced


class BoltLog:
    """One JSON line per movement, on the disk before the bolt is reported anywhere."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")

    def write(self, bolt: Bolt, cause: Cause, cmd_id: str | None) -> None:
        line = {"wall_ms": clocks.wall_ms(), "bolt": bolt, "cause": cause, "cmd_id": cmd_id}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


class Lock:
    def __init__(self, args: argparse.Namespace) -> None:
        bench = process.Bench(args)
        self._door = args.door
        self._log = BoltLog(args.state_dir / f"{args.device}.bolt.jsonl")
        self._answers = Answers(args.state_dir / f"{args.device}.answers.db")
        self._rules = LockRules(
            device=args.device,
            door=args.door,
            keys=bench.secrets.keys,
            answers=self._answers,
            max_release_ms=args.max_release_ms,
            max_per_minute=args.max_per_minute,
        )
        self._random = random.Random(args.seed)
        self._bolt: Bolt = "locked"
        self._jammed = False
        self._handle_at = float("-inf")
        self._relock: Timer | None = None
        self._relock_at = 0.0
        handlers = Handlers(
            states=lambda: {"lock": self._state("power")},
            challenge=self._rules.challenge,
            command=self._command,
            config=self._configure,
            item=self._signal,
        )
        identity = Identity(
            store=args.store,
            device=args.device,
            model="sim-lock",
            caps=["lock"],
            egress="mechanical",
            heartbeat_s=5.0,
            keep_session=False,
        )
        self._device = bench.device(identity, handlers)
        self._wire = bench.wire([("bolt", self._door), ("door", self._door)], self._device.inbox)

    def run(self) -> None:
        process.run(self._device, self._wire)
        self._log.close()
        self._answers.close()

    def _command(self, signed: SignedCommand, retained: bool) -> None:
        received = time.monotonic()
        verdict = self._rules.judge(signed, retained=retained)
        if isinstance(verdict, Release):
            if self._relock is not None:
                self._relock.cancel()
            unlock = verdict.unlock
            self._device.timers.after(
                self._motor_s(), lambda: self._unlocked(unlock.id, unlock.release_ms, received)
            )
        elif verdict is not None:
            self._device.answer(verdict)

    def _unlocked(self, cmd_id: str, release_ms: int, received: float) -> None:
        took = round((time.monotonic() - received) * 1000)
        if self._jammed:
            failed = CommandAck(id=cmd_id, result="failed", code="jammed", bolt="jammed", took_ms=took)
            self._device.answer(self._rules.finished(failed))
            self._bolt = "jammed"
            state = self._state("cmd", cmd_id)
            self._device.report("lock.jammed", LockJammed(**state.model_dump()))
            self._device.state("lock", state)
            self._schedule_relock(0.0)
            return
        self._move("unlocked", "cmd", cmd_id)
        done = CommandAck(id=cmd_id, result="done", bolt="unlocked", took_ms=took)
        self._device.answer(self._rules.finished(done))
        self._schedule_relock(release_ms / 1000)
        self._changed("cmd", cmd_id)

    def _schedule_relock(self, delay_s: float) -> None:
        self._relock_at = time.monotonic() + delay_s
        self._relock = self._device.timers.after(delay_s + self._motor_s(), self._relocked)

    def _relocked(self) -> None:
        self._relock = None
        self._move("locked", "auto", None)
        self._changed("auto")

    def _move(self, bolt: Bolt, cause: Cause, cmd_id: str | None) -> None:
        self._bolt = bolt
        self._log.write(bolt, cause, cmd_id)
        self._wire.send({"bolt": bolt, "id": self._door})

    def _signal(self, item: Any) -> None:
        match item:
            case Signal({"handle": True}):
                self._handle_at = time.monotonic()
                self._log.write(self._bolt, "egress", None)
                self._changed("egress")
            case Signal({"leaf": "open"}):
                explained = time.monotonic() - self._handle_at < HANDLE_EXPLAINS_S
                if self._bolt == "locked" and not explained:
                    self._device.report("lock.forced", LockForced(**self._state("auto").model_dump()))
            case Signal({"jammed": bool(jammed)}):
                self._jammed = jammed
                self._wire.send({"bolt": self._bolt, "id": self._door})  # the cable was just plugged in

    def _configure(self, config: Config) -> None:
        self._rules.mode = config.mode
        self._device.state("lock", self._state("auto"))

    def _changed(self, cause: Cause, cmd_id: str | None = None) -> None:
        state = self._state(cause, cmd_id)
        self._device.report("lock.changed", LockChanged(**state.model_dump()))
        self._device.state("lock", state)

    def _state(self, cause: Cause, cmd_id: str | None = None) -> LockState:
        left = self._relock_at - time.monotonic() if self._relock is not None else 0.0
        return LockState(
            bolt=self._bolt,
            mode=self._rules.mode,
            cause=cause,
            relock_in_ms=max(0, round(left * 1000)),
            cmd_id=cmd_id,
        )

    def _motor_s(self) -> float:
        return self._random.uniform(*MOTOR_S)


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.hardware lock", description=__doc__)
    process.add_arguments(parser)
    parser.add_argument("--door", required=True)
    parser.add_argument("--max-release-ms", type=int, default=10_000)
    parser.add_argument("--max-per-minute", type=int, default=6)
    Lock(parser.parse_args(argv)).run()
