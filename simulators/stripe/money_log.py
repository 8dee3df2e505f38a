"""Append-only record of every money movement, one JSON object a line: the tests' own source of truth."""

import json
import os
import time
from pathlib import Path
from typing import Any, Literal

Movement = Literal["hold", "capture", "release", "refund"]


class MoneyLog:
    """Writes each line through to the disk before Stripe's answer can leave the simulator."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("a", encoding="utf-8") if path else None

    def write(self, kind: Movement, *, amount: int, **facts: Any) -> None:
        """`amount` in the currency's smallest unit."""
        if self._file is None:
            return
        line = {"at_ms": time.time_ns() // 1_000_000, "kind": kind, "amount": amount, **facts}
        self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
