"""The start of a process: what it makes is private, and nothing is thrown away while modules load.

What is loaded stays for good, and yet the garbage collector walks all of it again and again meanwhile (an
eighth of the start's CPU time), and later in every full pass.
"""

import gc
import os


def privately() -> None:
    """No other user reads or lists what this process and its children make: database, logins, backups.

    Below root's folders Mosquitto runs as a user of its own, who must be able to pass through them.
    """
    os.umask(0o066 if os.geteuid() == 0 else 0o077)


def begin() -> None:
    """Before the first import of a library."""
    gc.disable()


def done() -> None:
    """Once everything is loaded."""
    gc.freeze()
    gc.enable()
