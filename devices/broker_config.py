"""The files a broker runs on: written from the list of logins, readable only by the broker's own user."""

import base64
import hashlib
import os
import pwd
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from devices import topics

HOST = "127.0.0.1"
MAX_PACKET = topics.MAX_PAYLOAD + 1024  # the payload limit of the contract, plus topic and properties
_HASH_ROUNDS = 101  # mosquitto's own default; our passwords are 32 random bytes, not words


@dataclass(frozen=True, slots=True)
class Login:
    """The core may use the whole tree; a device only its own topics, its name being its client id."""

    username: str
    password: str = field(repr=False)
    kind: Literal["core", "device"]

    def __post_init__(self) -> None:
        topics.checked(self.username)  # so no name can break out of a line of the files below
        if topics.is_core(self.username) != (self.kind == "core"):
            raise ValueError(f"{self.username!r} cannot be the login of a {self.kind}")


def broker_user(folder: Path) -> str | None:
    """Whom Mosquitto runs as: None is us; for root, `mosquitto` where that user reaches the folder."""
    if os.geteuid() != 0:
        return None
    try:
        account = pwd.getpwnam("mosquitto")
    except KeyError:
        return "root"
    ancestors = [parent for parent in folder.resolve().parents if parent.exists()]
    reachable = all(p.stat().st_mode & 0o001 or p.stat().st_uid == account.pw_uid for p in ancestors)
    return "mosquitto" if reachable else "root"


def mosquitto_files(folder: Path, host: str, port: int, logins: Sequence[Login], user: str | None) -> Path:
    """Write config, password and ACL file; return the config. All of `folder` becomes the user's."""
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    data.mkdir(exist_ok=True)
    for own in (folder, data, *data.iterdir()):
        _give(own, user, 0o700)
    hashed = "".join(f"{login.username}:{_hash(login.password)}\n" for login in logins)
    _write(folder / "passwords", hashed, user)
    _write(folder / "acl", _acl(logins), user)
    config = folder / "mosquitto.conf"
    _write(config, _mosquitto_conf(folder, host, port, user), user)
    return config


def embedded_file(folder: Path, host: str, port: int, logins: Sequence[Login]) -> Path:
    """Write rumqttd's file: logins in plain text and no ACL, hence loopback only."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "embedded.toml"
    users = "".join(f'"{login.username}" = "{_plain(login.password)}"\n' for login in logins)
    _write(config, _RUMQTTD.format(host=host, port=port, max_packet=MAX_PACKET) + users, None)
    return config


_CORE_ACL = f"""\
user {{name}}
topic readwrite {topics.ROOT}/#

"""

_DEVICE_ACL = f"""\
pattern write {topics.ROOT}/+/%u/up/#
pattern read {topics.ROOT}/+/%u/down/#
pattern read {topics.ROOT}/+/{topics.CORE}/status
"""

_RUMQTTD = """\
id = 0
[router]
id = 0
max_connections = 2000
max_outgoing_packet_count = 200
max_segment_size = 1048576
max_segment_count = 10
[v5.1]
name = "devices"
listen = "{host}:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 5000
max_payload_size = {max_packet}
max_inflight_count = 100
[v5.1.connections.auth]
"""


def _acl(logins: Sequence[Login]) -> str:
    cores = [_CORE_ACL.format(name=login.username) for login in logins if login.kind == "core"]
    return "".join(cores) + _DEVICE_ACL


def _mosquitto_conf(folder: Path, host: str, port: int, user: str | None) -> str:
    return "\n".join(
        [
            *([f"user {user}"] if user else []),
            f"listener {port} {host}",
            "allow_anonymous false",
            f"password_file {folder / 'passwords'}",
            f"acl_file {folder / 'acl'}",
            "use_username_as_clientid true",  # else a stolen login takes over another's session
            "set_tcp_nodelay true",
            f"max_packet_size {MAX_PACKET}",
            "max_keepalive 120",
            "persistence true",
            f"persistence_location {folder / 'data'}/",
            "autosave_interval 1",
            "max_queued_messages 100000",
            "persistent_client_expiration 14d",
            "log_dest stderr",
            "log_type error",
            "",
        ]
    )


def _hash(password: str) -> str:
    """mosquitto's `$7$`: PBKDF2 with SHA-512, a salt of 12 and a hash of 64 bytes."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _HASH_ROUNDS, 64)
    return f"$7${_HASH_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _plain(password: str) -> str:
    if not password.isascii() or not password.isprintable() or set(password) & {'"', "\\"}:
        raise ValueError("a broker password must be plain printable text")
    return password


def _give(path: Path, user: str | None, mode: int) -> None:
    path.chmod(mode)
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(path, account.pw_uid, account.pw_gid)


def _write(path: Path, text: str, user: str | None) -> None:
    """Replace the file in one step: the broker may be reading it, and it is never readable by others."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    _give(fresh, user, 0o600)
    fresh.replace(path)
