"""What the processes write: a line of JSON each, facts of ours, and nobody's values."""

import io
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from shop.ops import logs
from shop.ops.logs import told

PERSON = "anna@example.org"
log = logging.getLogger("shop.somewhere")

Read = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def read(paper: io.StringIO) -> Read:
    logs.begin("worker", "json", paper)
    return lambda: [json.loads(line) for line in paper.getvalue().splitlines()]


def test_a_line_says_when_who_and_what_with_its_facts(read: Read) -> None:
    log.info(told("job_done", job="01J", kind="capture", ms=12.5, visit=None))
    [line] = read()
    assert line.pop("time").endswith("+00:00")
    assert line.pop("pid") == os.getpid()
    assert line == {
        "level": "info",
        "process": "worker",
        "event": "job_done",
        "job": "01J",
        "kind": "capture",
        "ms": 12.5,
    }


def test_of_an_error_only_kind_and_place_are_told(read: Read) -> None:
    try:
        try:
            raise KeyError(PERSON)
        except KeyError as error:
            raise ValueError(f"no mail to {PERSON}") from error
    except ValueError:
        log.exception(told("unexpected_error"))
    [line] = read()
    assert (line["error"], line["cause"]) == ("ValueError", "KeyError")
    assert line["at"][-1].startswith("test_logs.py:")
    assert PERSON not in json.dumps(line)


def test_of_what_libraries_say_the_values_are_left_out(read: Read) -> None:
    logging.getLogger("some.library").warning("cannot reach %s\nfor %s", "the host", PERSON)
    log.warning("written in the old way: %s", PERSON)
    assert [line["event"] for line in read()] == ["cannot reach %s", "written in the old way: %s"]
    assert PERSON not in json.dumps(read())


def test_a_thread_that_dies_says_where(read: Read) -> None:
    def die() -> None:
        raise RuntimeError(PERSON)

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    [line] = read()
    assert (line["event"], line["level"], line["error"]) == ("crashed", "critical", "RuntimeError")
    assert PERSON not in json.dumps(line)


def test_what_ends_the_process_says_where(read: Read) -> None:
    try:
        raise RuntimeError(PERSON)
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert [line["error"] for line in read()] == ["RuntimeError"]


def test_lines_of_a_request_carry_its_name(read: Read) -> None:
    asked = logs.request_id.set("ab" * 16)
    log.info(told("during"))
    logs.request_id.reset(asked)
    log.info(told("after"))
    assert [line.get("request") for line in read()] == ["ab" * 16, None]


def test_people_at_a_terminal_read_words(paper: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "isatty", lambda: True)
    logs.begin("worker", out=paper)
    log.info(told("job_done", job="01J", ms=3))
    assert paper.getvalue().split(" ", 1)[1] == "INFO worker job_done job=01J ms=3\n"


def test_who_is_no_terminal_reads_json(paper: io.StringIO) -> None:
    logs.begin("worker", out=paper)
    log.info(told("job_done"))
    assert json.loads(paper.getvalue())["event"] == "job_done"
