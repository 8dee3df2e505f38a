"""Fixtures of the operations tests: a seeded shop on each database, and what a process writes."""

import io
import logging
import sys
import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def paper() -> Iterator[io.StringIO]:
    """Where it is written to; logging and the hooks are put back afterwards."""
    root = logging.getLogger()
    before, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    yield io.StringIO()
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    root.handlers[:] = before
    root.setLevel(level)
