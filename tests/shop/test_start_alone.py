"""One `shop up` on one data folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shop import start

ROOT = Path(__file__).resolve().parents[2]
BECOMES_ANOTHER = """
import os, pathlib, sys
from shop import start
start.alone(pathlib.Path(sys.argv[1]))
os.execv(sys.executable, [sys.executable, "-c", "print(flush=True); input()"])
"""


def test_a_second_one_is_refused_in_one_plain_line(tmp_path: Path) -> None:
    start.alone(tmp_path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHOP_")}
    done = subprocess.run(
        [sys.executable, "-m", "shop", "up"],
        cwd=ROOT,
        env=environment | {"SHOP_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr == f"another `shop up` runs on SHOP_DATA_DIR {tmp_path}\n"


def test_it_holds_until_the_end_of_whatever_the_first_became(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BECOMES_ANOTHER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline()
        with pytest.raises(ValueError, match="another `shop up`"):
            start.alone(tmp_path)
        start.alone(tmp_path / "other")
    start.alone(tmp_path)
