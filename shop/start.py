"""The start of a process: nothing is thrown away while modules load, and what is loaded stays for good.

The garbage collector walks all of it again and again meanwhile (an eighth of the start's CPU time), and later
in every full pass, although none of it will ever go.
"""

import gc


def begin() -> None:
    """Before the first import of a library."""
    gc.disable()


def done() -> None:
    """Once everything is loaded."""
    gc.freeze()
    gc.enable()
