"""The benchmark's own arithmetic, and the targets it holds the product to."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from benchmarks import books, processes, seeding, targets
from benchmarks.figures import p50_p95, percentile
from benchmarks.targets import Target
from shop.seed import Assortment

ROOT = Path(__file__).parents[2]
GOALS = {f"P{number}" for number in range(1, 13)}


def test_a_percentile_is_one_of_the_samples() -> None:
    samples = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(samples, share) for share in (0, 0.2, 0.21, 0.5, 0.95, 1)] == [1, 1, 2, 3, 5, 5]


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 0.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentile([1.0], 95)
    assert p50_p95([]) == {}


def test_the_targets_hold_every_floor_of_this_stage_and_every_later_goal() -> None:
    held = targets.read()
    ids = [target.id for target in held]
    assert len(ids) == len(set(ids))
    floors = {target.figure: target.value for target in held if target.stage == "first"}
    assert floors == {
        "visits_per_s": 10,
        "unlock_overhead_p50_ms": 30,
        "rss_mb": 400,
        "cold_start_s": 5,
        "sql_round_trips_per_settle": 10,
        "visits_failed": 0,
    }
    assert {target.id.rstrip("abcd") for target in held if target.id.startswith("P")} == GOALS
    not_yet = {target.id for target in held if target.stage == "later"}
    assert not_yet == {"P2a", "P2b", "P5c", "P6", "P7a", "P7b"}


def test_every_target_says_where_it_comes_from_and_who_measures_it() -> None:
    for target in targets.read():
        assert target.source, target.id
        path, is_test, name = target.measured_by.partition("::")
        if is_test:
            assert f"def {name}(" in (ROOT / path).read_text(), target.id
        elif target.stage == "later":
            assert path == "nothing yet", target.id
        else:
            module = ROOT / f"{path.replace('.', '/')}.py"
            told = module.read_text() + (ROOT / "benchmarks/report.py").read_text()
            figure = target.figure.partition(".")[0]  # what follows names the world it was measured in
            assert figure in told or (figure.rpartition("_p")[0] or figure) in told, target.id


def _target(better: str, value: float) -> Target:
    return Target(
        id="T", name="", figure="f", value=value, unit="", better=better,  # type: ignore[arg-type]
        stage="first", source="", measured_by="",
    )  # fmt: skip


def test_a_target_is_met_on_its_better_side_and_unknown_without_a_figure() -> None:
    verdicts = targets.compare([_target("lower", 5), _target("higher", 5), _target("lower", 3)], {"f": 4.0})
    assert [verdict.met for verdict in verdicts] == [True, False, False]
    assert targets.compare([_target("lower", 5)], {})[0].met is None
    with pytest.raises(ValueError, match="better is lower or higher"):
        _target("smaller", 5)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)")
        yield db


def test_commits_that_wrote_are_counted_exactly_whoever_made_them(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with _opened(path) as one, _opened(path) as other:
        before = books.commits(path)
        for number in range(7):
            (one if number % 2 else other).execute("INSERT INTO t VALUES (?)", (number,))
        one.executescript("BEGIN; INSERT INTO t VALUES (8); INSERT INTO t VALUES (9); COMMIT;")
        one.execute("SELECT count(*) FROM t").fetchone()  # reads are no commits
        one.executescript("BEGIN IMMEDIATE; COMMIT;")  # nor are transactions that wrote nothing
        one.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other.execute("INSERT INTO t VALUES (10)")
        assert books.commits(path) - before == 9


def test_every_seeded_store_has_its_own_codes_and_valid_barcodes() -> None:
    plans = [Assortment.model_validate(seeding.assortment(number)) for number in range(1, 33)]
    assert len({plan.store.door_code for plan in plans}) == 32
    gtins = [gtin for plan in plans for article in plan.articles for gtin in article.gtins]
    assert len(set(gtins)) == len(gtins)
    for gtin in gtins:
        assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(gtin)) % 10 == 0


def test_the_cpu_time_of_a_process_only_grows() -> None:
    pids = {"us": int((processes.PROC / "self").readlink().name)}
    before = processes.usage(pids)
    sum(number * number for number in range(500_000))
    after = processes.usage(pids)
    assert processes.cpu_ms_between(before, after)["us"] > 0
    assert after["us"].rss_mb > 5
