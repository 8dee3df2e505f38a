"""One line for each thing that happens: JSON for machines, words for a terminal, never a person's data.

Our own lines are a fixed name and facts: `log.info(told("job_done", job=job.id, ms=12))`. Of what
libraries say only the words they wrote are kept, of an error only kind and place: values may be anybody's.
"""

import json
import logging
import sys
import threading
import traceback
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

FRAMES = 8  # of an error's place, the innermost last
QUIET = ("stripe", "asyncio", "alembic", "urllib3", "uvicorn")  # heard from warnings on

Fact = str | int | float | bool | None

# The request a line belongs to; threads that work for it inherit this.
request_id: ContextVar[str] = ContextVar("request_id", default="")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    event: str
    facts: dict[str, Fact]

    def __str__(self) -> str:
        return " ".join([self.event, *(f"{name}={fact}" for name, fact in self.facts.items())])


def told(event: str, **facts: Fact) -> Told:
    """What happened, by a fixed name, and facts: ids, counts and words of ours (docs/operations.md)."""
    return Told(event, {name: fact for name, fact in facts.items() if fact is not None})


def begin(process: str, form: str = "auto", out: TextIO | None = None) -> None:
    """Everything this process says goes to standard output: `json`, `text`, or `auto`, by who reads it."""
    out = out or sys.stdout
    as_text = form == "text" or (form == "auto" and out.isatty())
    handler = logging.StreamHandler(out)
    handler.setFormatter(Words(process) if as_text else Lines(process))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _crashed
    threading.excepthook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        log.critical(told("crashed"), exc_info=(kind, error, trace) if error else None)


class Lines(logging.Formatter):
    """A JSON object a line."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process
        self._write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        return self._write(
            {
                "time": at.isoformat(timespec="milliseconds"),
                "level": record.levelname.lower(),
                "process": self._process,
                "pid": record.process,
                **_facts(record),
            }
        )


class Words(logging.Formatter):
    """The same for people."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        facts = _facts(record)
        at = datetime.fromtimestamp(record.created).astimezone()
        words = [f"{at:%H:%M:%S}", record.levelname, self._process, str(facts.pop("event"))]
        return " ".join([*words, *(f"{name}={fact}" for name, fact in facts.items())])


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    said = record.msg
    if isinstance(said, Told):
        facts = {"event": said.event, **said.facts}
    else:
        # what another wrote: its first line without the values, for those are not ours to judge
        facts = {"event": str(said).partition("\n")[0][:200], "logger": record.name}
    if asked := request_id.get():
        facts["request"] = asked
    if record.exc_info and record.exc_info[1]:
        facts |= place(record.exc_info[1])
    return facts


def place(error: BaseException) -> dict[str, Any]:
    """Kind and place of an error, without its text."""
    walk = traceback.walk_tb(error.__traceback__)
    frames = traceback.StackSummary.extract(walk, lookup_lines=False)[-FRAMES:]
    cause = error.__cause__ or error.__context__
    return {
        "error": type(error).__name__,
        "cause": type(cause).__name__ if cause else None,
        "at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }
