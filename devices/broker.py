"""The broker as a child process: Mosquitto where installed, else the embedded one; it follows the logins."""

import contextlib
import ipaddress
import logging
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from devices.broker_config import HOST, Login, broker_user, embedded_file, mosquitto_files
from shop.ops.logs import told

log = logging.getLogger(__name__)

Mode = Literal["auto", "mosquitto", "embedded"]
START_WAIT_S = 10.0


class BrokerError(RuntimeError):
    """The broker did not start, or stopped by itself."""


def find_mosquitto() -> str | None:
    """The binary, also where Debian puts it and a user's PATH does not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


class Broker:
    """A running broker. `kind` is the one that runs: mosquitto or embedded."""

    def __init__(self, mode: Mode, port: int, state_dir: Path, host: str = HOST) -> None:
        """Port 0 takes a free one; raises BrokerError if Mosquitto is needed and absent."""
        binary = None if mode == "embedded" else find_mosquitto()
        if mode == "mosquitto" and binary is None:
            raise BrokerError(
                "mosquitto is not installed (Debian: apt install mosquitto), or use BROKER=embedded"
            )
        if binary is None and not ipaddress.ip_address(host).is_loopback:
            raise BrokerError(f"only Mosquitto may listen on {host}: the embedded broker has no access rules")
        self.kind = "mosquitto" if binary else "embedded"
        self.host = host
        self.port = port or _free_port()
        self._binary = binary or ""
        self._folder = state_dir / self.kind
        self._logins: list[Login] = []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, logins: Sequence[Login]) -> None:
        """Returns once the port accepts connections; raises BrokerError."""
        self._logins = list(logins)
        if _accepts(self.host, self.port):
            raise BrokerError(f"port {self.port} on {self.host} is taken by another program")
        command = self._command()
        self._process = subprocess.Popen([sys.executable, "-c", _LAUNCH, str(os.getpid()), *command])
        deadline = time.monotonic() + START_WAIT_S
        while not _accepts(self.host, self.port):
            code = self._process.poll()
            if code is not None or time.monotonic() > deadline:
                self.stop()
                raise BrokerError(f"the {self.kind} broker did not start (exit code {code})")
            time.sleep(0.02)

    def follow(self, logins: Sequence[Login]) -> bool:
        """Take over changed logins; removed ones are disconnected. True if anything changed."""
        if list(logins) == self._logins:
            return False
        self._logins = list(logins)
        if self.kind == "mosquitto" and self._process is not None:
            self._command()
            self._process.send_signal(signal.SIGHUP)
        else:  # the embedded broker cannot reload; everybody reconnects within seconds
            self.stop()
            self.start(logins)
        return True

    @property
    def exit_code(self) -> int | None:
        return self._process.poll() if self._process is not None else None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def kill(self) -> None:
        """As a power cut would: nothing is saved."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _command(self) -> list[str]:
        if self.kind == "mosquitto":
            user = broker_user(self._folder)
            config = mosquitto_files(self._folder, self.host, self.port, self._logins, user)
            return [user or "", self._binary, "-c", str(config)]
        config = embedded_file(self._folder, self.host, self.port, self._logins)
        return ["", sys.executable, "-c", _EMBEDDED, str(config)]


# Becomes the broker: changes to its user first (a later change would cancel the next step), then asks the
# kernel to end it when its parent dies, however the parent dies. Arguments: parent's pid, user, command.
_LAUNCH = """
import ctypes, os, pwd, signal, sys
parent, user, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
if user and user != "root":
    account = pwd.getpwnam(user)
    os.initgroups(user, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() == parent:
    os.execv(command[0], command)
"""

_EMBEDDED = """
import logging, signal, sys
from iotcore.iotcore import IotCoreBroker
logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
IotCoreBroker(config_path=sys.argv[1]).start()
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.pause()
"""


def run_broker(
    mode: Mode,
    port: int,
    state_dir: Path,
    logins: Callable[[], list[Login]],
    *,
    host: str = HOST,
    poll_s: float = 2.0,
) -> int:
    """Run until SIGTERM or SIGINT, looking for changed logins every `poll_s`; 0 after a clean stop."""
    signals: queue.SimpleQueue[int] = queue.SimpleQueue()  # an Event could lock up in a signal handler
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: signals.put(number))
    broker = Broker(mode, port, state_dir, host)
    broker.start(logins())
    note = "" if broker.kind == "mosquitto" else " (no access rules per device: loopback only)"
    _say(f"broker: {broker.kind} on {broker.host}:{broker.port}{note}")
    try:
        while not _came(signals, poll_s):
            if broker.exit_code is not None:
                _say(f"broker: {broker.kind} stopped by itself, exit code {broker.exit_code}")
                return 1
            _follow(broker, logins)
    finally:
        broker.stop()
    return 0


def _came(signals: "queue.SimpleQueue[int]", within_s: float) -> bool:
    with contextlib.suppress(queue.Empty):
        signals.get(timeout=within_s)
        return True
    return False


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # a full disk takes no log, and yet devices must be heard
        print(line, flush=True)  # noqa: T201


def _follow(broker: Broker, logins: Callable[[], list[Login]]) -> None:
    try:
        current = logins()
    except Exception:  # a busy database must not take the broker down; the next look is soon
        log.warning(told("logins_not_read"), exc_info=True)
        return
    if broker.follow(current):
        log.info(told("logins_followed", count=len(current)))


def _accepts(host: str, port: int) -> bool:
    listening = ipaddress.ip_address(host)
    if listening.is_unspecified:  # all addresses: ours is among them
        host = HOST if listening.version == 4 else "::1"
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
