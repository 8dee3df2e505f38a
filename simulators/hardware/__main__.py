"""`python -m simulators.hardware lock|contact|shelf|display ...`: one simulated device as its own process."""

import importlib
import sys

KINDS = ("lock", "contact", "shelf", "display")

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in KINDS:
        raise SystemExit(f"usage: python -m simulators.hardware {'|'.join(KINDS)} [--help]")
    importlib.import_module(f"simulators.hardware.{sys.argv[1]}").main(sys.argv[2:])
