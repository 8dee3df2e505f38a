"""The supervisor with real child processes."""

import errno
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from shop import supervisor
from shop.supervisor import Process, Supervisor

SLEEP = "import time; time.sleep(60)"


def python(name: str, code: str, *arguments: object, ready_file: Path | None = None) -> Process:
    return Process(name, [sys.executable, "-c", code, *map(str, arguments)], ready_file=ready_file)


@contextmanager
def running(supervisor: Supervisor) -> Iterator[None]:
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield
    finally:
        supervisor.stop()
        thread.join(timeout=20)
        assert not thread.is_alive()


def eventually(condition: Callable[[], bool], within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_every_line_carries_the_name_of_who_said_it() -> None:
    out = io.StringIO()
    talk = "import sys, time; print('hello'); print('oh', file=sys.stderr); time.sleep(60)"
    with running(Supervisor([python("api", talk), python("worker", talk)], out=out)):
        eventually(lambda: out.getvalue().count("\n") == 4)
    said = out.getvalue().splitlines()
    assert sorted(said) == ["api    | hello", "api    | oh", "worker | hello", "worker | oh"]


def test_names_are_coloured_only_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    with running(Supervisor([python("api", "print('hi'); " + SLEEP)], out=terminal)):
        eventually(lambda: "hi" in terminal.getvalue())
    assert terminal.getvalue() == "\x1b[36mapi\x1b[0m | hi\n"


def test_the_others_start_once_who_goes_ahead_is_ready(tmp_path: Path) -> None:
    out, ready = io.StringIO(), tmp_path / "ready"
    talk = "print('up', flush=True); " + SLEEP
    ahead = replace(python("serve", talk, ready_file=ready), goes_ahead=True)
    with running(Supervisor([python("broker", talk), ahead, python("admin", talk)], out=out)):
        eventually(lambda: out.getvalue() == "serve  | up\n")
        time.sleep(0.3)
        assert out.getvalue() == "serve  | up\n"
        ready.touch()
        eventually(
            lambda: sorted(out.getvalue().splitlines()) == ["admin  | up", "broker | up", "serve  | up"]
        )


def test_nobody_waits_for_ever_for_who_goes_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "HEAD_START", 0.2)
    out = io.StringIO()
    ahead = replace(python("serve", SLEEP, ready_file=tmp_path / "never"), goes_ahead=True)
    with running(Supervisor([ahead, python("admin", "print('up'); " + SLEEP)], out=out)):
        eventually(lambda: out.getvalue() == "admin | up\n")


def test_bytes_that_are_no_text_are_shown_not_fatal() -> None:
    out = io.StringIO()
    noise = "import sys, time; sys.stdout.buffer.write(b'\\xff\\n'); sys.stdout.flush(); time.sleep(60)"
    with running(Supervisor([python("scale", noise)], out=out)):
        eventually(lambda: out.getvalue() == "scale | \ufffd\n")


class Disk(io.StringIO):
    full = True

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_a_full_disk_stops_nobody_and_the_log_goes_on_with_the_next_line(tmp_path: Path) -> None:
    starts, disk = tmp_path / "starts", Disk()
    crash = "import sys; open(sys.argv[1], 'a').write('x'); print(open(sys.argv[1]).read()); sys.exit(3)"
    with running(Supervisor([python("worker", crash, starts)], out=disk)):
        eventually(lambda: starts.exists() and starts.read_text() == "xx")
        disk.full = False
        eventually(lambda: "worker | xx" in disk.getvalue() and "ended with" in disk.getvalue())
    assert "worker | x\n" not in disk.getvalue()


def test_it_stops_when_the_reader_of_its_output_has_gone() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb", buffering=0) as pipe:
        out = io.TextIOWrapper(pipe, write_through=True)
        supervisor = Supervisor([python("api", "print('hello'); " + SLEEP)], out=out)
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        try:
            eventually(lambda: not thread.is_alive())
        finally:
            supervisor.stop()
            thread.join(timeout=20)


def test_a_crashed_process_starts_again_after_growing_pauses(tmp_path: Path) -> None:
    starts, out = tmp_path / "starts", io.StringIO()
    crash = "import sys, time; open(sys.argv[1], 'a').write(f'{time.monotonic()}\\n'); sys.exit(3)"
    with running(Supervisor([python("worker", crash, starts)], out=out)):
        eventually(lambda: starts.exists() and len(starts.read_text().splitlines()) >= 3)
    times = [float(line) for line in starts.read_text().splitlines()]
    assert times[1] - times[0] >= 0.2
    assert times[2] - times[1] >= 0.4
    assert "worker | ended with status 3; starting again in 0.2 s" in out.getvalue()
    assert "worker | ended with status 3; starting again in 0.4 s" in out.getvalue()


def test_a_killed_process_comes_back_while_the_others_keep_running(tmp_path: Path) -> None:
    tell = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(60)"
    processes = [python(name, tell, tmp_path / name) for name in ("gateway", "api")]
    out = io.StringIO()

    def pids(name: str) -> list[int]:
        return [int(pid) for pid in (tmp_path / name).read_text().split()]

    with running(Supervisor(processes, out=out)):
        eventually(lambda: all((tmp_path / name).exists() and pids(name) for name in ("gateway", "api")))
        os.kill(pids("gateway")[0], signal.SIGKILL)
        eventually(lambda: len(pids("gateway")) == 2)
        assert alive(pids("api")[0])
    assert len(pids("api")) == 1
    assert "gateway | ended with SIGKILL" in out.getvalue()


def test_a_program_that_does_not_exist_is_told_and_tried_again() -> None:
    out = io.StringIO()
    with running(Supervisor([Process("broker", ["/nonexistent/mosquitto"])], out=out)):
        eventually(lambda: out.getvalue().count("broker | cannot start") == 2)
    assert "starting again in 0.2 s" in out.getvalue()


def test_the_last_started_stops_first(tmp_path: Path) -> None:
    order = tmp_path / "order"
    leave = (
        "import signal, sys, time\n"
        "def bye(*_):\n"
        "    time.sleep(0.1 if sys.argv[2] == 'api' else 0)\n"
        "    open(sys.argv[1], 'a').write(sys.argv[2] + '\\n'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, bye); open(sys.argv[3], 'w'); time.sleep(60)"
    )
    names = ("broker", "gateway", "api")
    ready = [tmp_path / f"{name}.ready" for name in names]
    processes = [python(name, leave, order, name, file) for name, file in zip(names, ready, strict=True)]
    with running(Supervisor(processes, out=io.StringIO())):
        eventually(lambda: all(file.exists() for file in ready))
    assert order.read_text().split() == ["api", "gateway", "broker"]


def test_a_process_deaf_to_sigterm_is_killed_after_its_time(tmp_path: Path) -> None:
    out, ready = io.StringIO(), tmp_path / "ready"
    deaf = (
        "import os, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
    )
    with running(Supervisor([python("deaf", deaf, ready)], out=out, stop_seconds=0.3)):
        eventually(lambda: ready.exists() and ready.read_text() != "")
    assert not alive(int(ready.read_text()))
    assert "deaf | did not stop" in out.getvalue()


def test_ready_is_called_once_when_the_slowest_is_ready(tmp_path: Path) -> None:
    file, calls = tmp_path / "ready", list[float]()
    file.write_text("left over from an earlier run")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve = (
        "import sys, time\nfrom http.server import BaseHTTPRequestHandler, HTTPServer\n"
        "class Health(BaseHTTPRequestHandler):\n"
        "    def do_GET(self): self.send_response(200); self.end_headers()\n"
        "    def log_message(self, *_): pass\n"
        "time.sleep(0.3); HTTPServer(('127.0.0.1', int(sys.argv[1])), Health).serve_forever()"
    )
    late = "import sys, time; time.sleep(0.6); open(sys.argv[1], 'w'); time.sleep(60)"
    api = Process(
        "api", [sys.executable, "-c", serve, str(port)], ready_url=f"http://127.0.0.1:{port}/healthz"
    )
    supervisor = Supervisor(
        [api, python("gateway", late, file, ready_file=file)], on_ready=calls.append, out=io.StringIO()
    )
    with running(supervisor):
        eventually(lambda: bool(calls))
        time.sleep(0.2)
    assert len(calls) == 1
    assert 0.6 <= calls[0] < 10


PARENT = """
import sys
import pytest

from shop.supervisor import Process, run
child = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
run([Process(name, [sys.executable, "-c", child, name]) for name in sys.argv[1:]])
"""


@contextmanager
def supervising_parent(*pid_files: Path) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [sys.executable, "-c", PARENT, *map(str, pid_files)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as parent:
        try:
            eventually(lambda: all(file.exists() and file.read_text() for file in pid_files))
            yield parent
        finally:
            parent.kill()


def test_sigint_and_sigterm_end_everything_cleanly(tmp_path: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        files = [tmp_path / f"{number}-{index}" for index in range(2)]
        with supervising_parent(*files) as parent:
            parent.send_signal(number)
            assert parent.wait(timeout=10) == 0
            assert not any(alive(int(file.read_text())) for file in files)


def test_children_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    with supervising_parent(*files) as parent:
        parent.kill()
        parent.wait(timeout=10)
        eventually(lambda: not any(alive(int(file.read_text())) for file in files))


def test_its_exit_status_tells_that_the_database_could_not_be_prepared(tmp_path: Path) -> None:
    plan = {
        "first": ["false"],
        "say": "",
        "processes": [{"name": "api", "argv": [sys.executable, "-c", SLEEP]}],
    }
    command = [sys.executable, "-m", "shop.supervisor", json.dumps(plan)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "could not be brought up to date" in done.stdout
