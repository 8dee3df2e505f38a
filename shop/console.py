"""One stream for the output of several processes: a line is written whole, with the name of who said it."""

import itertools
import os
import threading
from collections.abc import Callable, Sequence
from typing import TextIO

COLOURS = (36, 32, 35, 33, 34, 96, 92, 95, 93, 94)  # ANSI foregrounds that read well on dark and light


class Console:
    """A line that cannot be written (a full disk) is dropped: nothing stops because of its log.

    `on_gone` is called once nobody reads the stream any more.
    """

    def __init__(self, names: Sequence[str], out: TextIO, on_gone: Callable[[], None]) -> None:
        width = max(map(len, names), default=0)
        coloured = out.isatty() and "NO_COLOR" not in os.environ
        self._out = out
        self._on_gone = on_gone
        self._plain = not out.isatty()  # who collects lines of JSON wants them whole; they say whose they are
        self._lock = threading.Lock()
        self._prefixes = {
            name: f"\x1b[{colour}m{name:<{width}}\x1b[0m | " if coloured else f"{name:<{width}} | "
            for name, colour in zip(names, itertools.cycle(COLOURS), strict=False)
        }

    def say(self, name: str, text: str) -> None:
        self.tell(text if self._plain and text.startswith("{") else f"{self._prefixes[name]}{text}")

    def tell(self, line: str) -> None:
        """What none of them says, but all of them together."""
        try:
            with self._lock:
                self._out.write(f"{line}\n")
                self._out.flush()
        except (BrokenPipeError, ValueError):  # the reader has gone, or the stream is closed
            self._on_gone()
        except OSError:
            pass
