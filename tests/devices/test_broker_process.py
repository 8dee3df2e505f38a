"""The broker as a process of its own: says what runs, stops cleanly, and never outlives its parent."""

import os
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devices.rigs import until

PROGRAM = """
import sys
from pathlib import Path
from devices.broker import run_broker
from devices.broker_config import Login
sys.exit(run_broker(sys.argv[1], 0, Path(sys.argv[2]), lambda: [Login("core", "pw", "core")], poll_s=0.1))
"""


Running = subprocess.Popen[str]
BOTH = ["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)]


@pytest.fixture
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    kind = getattr(request, "param", "embedded")
    command = [sys.executable, "-c", PROGRAM, kind, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(f"broker: {kind} on 127.0.0.1:")
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def child_of(process: Running) -> int:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("running", BOTH, indirect=True)
def test_sigterm_ends_it_and_its_child_cleanly(running: Running) -> None:
    child = child_of(running)
    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == 0
    assert gone(child)


def test_a_log_that_cannot_be_written_keeps_nobody_out(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = subprocess.Popen([sys.executable, "-uc", PROGRAM, "embedded", str(tmp_path)], stdout=full)
    try:
        until(lambda: listens(tmp_path / "embedded" / "embedded.toml"))
        process.terminate()
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()


def listens(config: Path) -> bool:
    if not config.exists():
        return False
    _, port = tomllib.loads(config.read_text())["v5"]["1"]["listen"].split(":")
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


@pytest.mark.parametrize("running", BOTH, indirect=True)
def test_the_broker_dies_with_a_killed_parent(running: Running) -> None:
    child = child_of(running)
    running.kill()
    running.wait()
    until(lambda: gone(child))


def test_a_broker_that_dies_is_reported_with_an_exit_code(running: Running) -> None:
    os.kill(child_of(running), signal.SIGKILL)
    out, _ = running.communicate(timeout=10)
    assert running.returncode == 1
    assert "stopped by itself" in out
