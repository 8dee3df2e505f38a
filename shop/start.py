"""The start of a process: what it makes is private, and nothing is thrown away while modules load.

What is loaded stays for good, and yet the garbage collector walks all of it again and again meanwhile (an
eighth of the start's CPU time), and later in every full pass.
"""

import fcntl
import gc
import os
from pathlib import Path


def privately() -> None:
    """No other user reads or lists what this process and its children make: database, logins, backups.

    Below root's folders Mosquitto runs as a user of its own, who must be able to pass through them.
    """
    os.umask(0o066 if os.geteuid() == 0 else 0o077)


def alone(folder: Path) -> None:
    """No second shop on one data folder, for as long as this process lives, whatever it becomes.

    Their gateways would have one login, and throw each other off the broker.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise ValueError(f"another `shop up` runs on SHOP_DATA_DIR {folder.resolve()}") from None
    os.set_inheritable(lock, True)  # by the supervisor; what that starts gets nothing of it


# Containers made between two looks for garbage. A request makes hundreds that die with it, not in circles: at
# Python's own 700 every eighth settle was interrupted, a fortieth of its CPU time.
LOOK_AFTER = (20_000, 20, 20)


def begin() -> None:
    """Before the first import of a library."""
    gc.disable()


def done() -> None:
    """Once everything is loaded."""
    gc.freeze()
    gc.set_threshold(*LOOK_AFTER)
    gc.enable()
