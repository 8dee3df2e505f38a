"""The doctor: finds what is wrong with a shop, says it in plain words, and changes nothing."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shop import config
from shop.__main__ import cli
from shop.config import Settings
from shop.db import Database, migrate
from shop.domain import clock, inbox, jobs, stock
from shop.domain.fleet import Device, Door
from shop.domain.jobs import Job, Status
from shop.domain.ledger import Account, LedgerEntry
from shop.domain.payments import Payment
from shop.domain.stock import Reason
from shop.domain.visit_states import State
from shop.ops.doctor import findings, visit
from shop.ops.doctor.findings import Finding
from tests.chaos.postgres import Server
from tests.domain.visits_at import requested, visit_in
from tests.domain.world import LOCK_DEVICE, World

SECRET = "a secret for tests, long enough to be taken"

Examine = Callable[..., dict[str, Finding]]


@pytest.fixture
def seeded(sqlite_apart: tuple[Database, World]) -> tuple[Database, World]:
    """A shop in a folder of its own, every device heard of just now."""
    with sqlite_apart[0].transaction() as tx:
        for device in ("lock-1", "contact-1", "shelf-1"):
            tx.get_one(Device, device).last_seen_at = clock.now()
    return sqlite_apart


@pytest.fixture
def listening() -> Iterator[int]:
    """A port where somebody answers, as a broker would."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def examine(tmp_path: Path, database: Database, listening: int) -> Examine:
    (tmp_path / "broker-logins.json").write_text(
        json.dumps([[name, "password", "device"] for name in ("core", "lock-1", "contact-1", "shelf-1")])
    )

    def examine(**settings: Any) -> dict[str, Finding]:
        known: dict[str, Any] = {"data_dir": tmp_path, "secret": SECRET, "broker_port": listening}
        known |= {"stripe_webhook_secret": "whsec_x"} | settings
        return {finding.key: finding for finding in visit.examine(Settings(**known))}

    return examine


def levels(found: dict[str, Finding]) -> dict[str, str]:
    return {key: finding.level for key, finding in found.items()}


def test_a_shop_without_troubles_is_told_so(examine: Examine, tmp_path: Path) -> None:
    backup = tmp_path / "backups" / "shop-20261122T040000Z"
    backup.mkdir(parents=True)
    (backup / "manifest.json").write_text(json.dumps({"taken_at": clock.now().isoformat()}))
    found = examine(backup_dir=tmp_path / "backups")
    unset = found.pop("not_set")  # neither Stripe nor a mail server stands beside this test
    assert unset.level == "broken"
    assert set(levels(found).values()) == {"ok"}, found
    assert set(found) == {
        "backup",
        "books",
        "broker",
        "database",
        "devices",
        "disk",
        "exit_tests",
        "payments",
        "queue",
        "secret",
        "webhooks_unused",
    }


def test_work_that_waits_or_was_given_up_is_named(examine: Examine, database: Database, world: World) -> None:
    with database.transaction() as tx:
        due = clock.now() - timedelta(minutes=5)
        jobs.add(tx, **world.scope(), kind="capture", subject="x", not_before=due)
        tx.add(Job(**world.scope(), queue="worker", kind="mail_code", subject="x", status=Status.DEAD))
    found = examine()
    assert found["queue_old"].facts == {"queue": "worker", "kind": "capture", "minutes": 5}
    assert levels(found)["jobs_dead"] == "look"


def test_a_payment_without_answer_is_seen(examine: Examine, database: Database, world: World) -> None:
    with database.transaction() as tx:
        tx.get_one(Payment, requested(tx, world).hold_id).created_at = clock.now() - timedelta(minutes=20)
    assert examine()["payments_unresolved"].facts == {"count": 1}


def test_books_that_do_not_balance_are_broken(examine: Examine, database: Database, world: World) -> None:
    with database.transaction() as tx:
        settled = visit_in(tx, world, State.SETTLED)
        for booking, cents in (("a", -1), ("b", 1)):  # together they are nothing, each alone is wrong
            tx.add(
                LedgerEntry(
                    **settled.scope(),
                    booking=booking,
                    account=Account.CARD,
                    cents=cents,
                    visit_id=settled.id,
                )
            )
    assert examine()["books_wrong"].facts == {"cents": 0, "bookings": 2}


def test_books_that_owe_other_than_the_visits_are_broken(
    examine: Examine, database: Database, world: World
) -> None:
    with database.transaction() as tx:
        visit_in(tx, world, State.PAYMENT_DUE).paid_cents = 100  # and no booking for it
    found = examine()["receivable_wrong"]
    assert (found.level, found.facts) == ("broken", {"book": 248, "visits": 148})


def test_more_sold_than_there_was_is_looked_at(examine: Examine, database: Database, world: World) -> None:
    with database.transaction() as tx:
        inside = visit_in(tx, world, State.SHOPPING)
        stock.move(tx, inside, Reason.SOLD, {world.products["milk"]: -101}, visit_id=inside.id)
    assert examine()["stock_below"].facts == {"count": 1}


def test_silent_devices_are_named(examine: Examine, database: Database) -> None:
    with database.transaction() as tx:
        tx.get_one(Device, LOCK_DEVICE).online = False
    assert examine()["devices_silent"].facts == {"count": 1, "names": LOCK_DEVICE}


@pytest.mark.parametrize(
    ("days_ago", "passed", "key", "level"),
    [
        (350, True, "exit_test_due", "look"),
        (400, True, "exit_test_missing", "broken"),
        (10, False, "exit_test_missing", "broken"),
    ],
)
def test_exit_tests_that_run_out_are_named(
    examine: Examine,
    database: Database,
    world: World,
    days_ago: int,
    passed: bool,
    key: str,
    level: str,
) -> None:
    with database.transaction() as tx:
        door = tx.get_one(Door, world.door_id)
        door.exit_tested_at, door.exit_test_passed = clock.now() - timedelta(days=days_ago), passed
    found = examine()[key]
    assert (found.level, found.facts["door"]) == (level, "witzenhausen/front")


def test_a_broker_that_is_away_or_knows_not_all_is_seen(examine: Examine, tmp_path: Path) -> None:
    assert levels(examine(broker_port=1))["broker_away"] == "broken"
    (tmp_path / "broker-logins.json").write_text('[["core", "p", "core"], ["lock-1", "p", "device"]]')
    assert examine()["logins_missing"].facts == {"names": "contact-1, shelf-1"}
    (tmp_path / "broker-logins.json").unlink()
    assert levels(examine())["logins_elsewhere"] == "look"


def test_a_wrong_key_and_a_mail_server_that_is_away_are_seen(examine: Examine) -> None:
    elsewhere = {"stripe_key": "sk_test_x", "stripe_url": "http://127.0.0.1:1"}
    found = examine(**elsewhere, smtp_host="127.0.0.1", smtp_port=1)
    assert levels(found)["stripe_away"] == levels(found)["mail_away"] == "broken"
    assert levels(found)["test_key"] == "look"


def test_payments_without_any_news_from_stripe_are_looked_at(
    examine: Examine, database: Database, world: World
) -> None:
    with database.transaction() as tx:
        tx.get_one(Payment, requested(tx, world).hold_id).status = "captured"
    assert levels(examine())["webhooks_none"] == "look"
    with database.transaction() as tx:
        inbox.keep(tx, "stripe", "evt_1", "payment_intent.succeeded", {})
    assert examine()["webhooks"].facts == {"hours": 0}


def test_settings_that_do_not_fit_a_public_shop_are_named(examine: Examine) -> None:
    assert examine(public_url="http://shop.example.org")["not_https"].level == "broken"
    assert "not_https" not in examine(public_url="https://shop.example.org")


def test_a_secret_that_others_can_read_is_broken_and_a_missing_one_is_not_made(
    examine: Examine, tmp_path: Path
) -> None:
    assert levels(examine(secret=""))["secret_missing"] == "look"
    assert not (tmp_path / "secret").exists()
    (tmp_path / "secret").write_text("x" * 40)
    (tmp_path / "secret").chmod(0o644)
    assert levels(examine(secret=""))["secret_readable"] == "broken"


def test_a_database_that_is_not_there_is_not_made(examine: Examine, tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path / 'elsewhere' / 'shop.db'}"
    assert levels(examine(database_url=nowhere))["database_away"] == "broken"
    assert not (tmp_path / "elsewhere").exists()


def test_while_the_database_is_away_the_rest_is_still_examined(examine: Examine) -> None:
    found = levels(examine(database_url="postgresql://nobody@127.0.0.1:1/none"))
    assert found["database_away"] == "broken"
    assert found["disk"] == "ok"
    assert "books" not in found


@pytest.mark.postgres
def test_a_postgresql_that_only_lets_read_is_broken(examine: Examine) -> None:
    with closing(Server()) as server:
        server.start()
        migrate(server.url)
        assert levels(examine(database_url=server.url))["database"] == "ok"
        found = levels(examine(database_url=f"{server.url}?options=-cdefault_transaction_read_only%3Don"))
    assert found["read_only"] == "broken"


def test_an_old_schema_is_told_with_the_command_that_helps(examine: Examine, tmp_path: Path) -> None:
    old = f"sqlite:///{tmp_path / 'old.db'}"
    migrate(old, "0001")
    found = examine(database_url=old)["schema"]
    assert (found.level, found.facts["found"]) == ("broken", "0001")
    assert "python -m shop migrate" in visit.in_words(found, "en")


def test_an_old_backup_is_looked_at_and_a_damaged_one_does_not_count(
    examine: Examine, tmp_path: Path
) -> None:
    for name, text in (("0", {"taken_at": (clock.now() - timedelta(hours=50)).isoformat()}), ("1", {})):
        (tmp_path / f"shop-{name}").mkdir()
        (tmp_path / f"shop-{name}" / "manifest.json").write_text(json.dumps(text))
    assert examine(backup_dir=tmp_path)["backup_old"].facts == {"hours": 50}
    assert levels(examine())["backup_none"] == "look"


@pytest.mark.parametrize(("seconds", "level"), [(1, "ok"), (10, "look"), (-90, "broken")])
def test_a_clock_is_compared_with_anothers(seconds: int, level: str) -> None:
    assert findings.compared(clock.now() + timedelta(seconds=seconds), "Stripe").level == level


def test_a_check_that_hangs_is_told_and_does_not_hold_up_the_others(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(_patient: object) -> Iterator[Finding]:
        raise RuntimeError("anna@example.org")
        yield

    monkeypatch.setattr(visit, "ALWAYS", (stuck,))
    found = examine()
    assert found["no_answer"].facts == {"check": "stuck"}
    assert found["books"].level == "ok"


def test_the_command_speaks_german_or_json_and_its_status_tells(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[str, Any] = {"data_dir": tmp_path, "broker_port": 1, "secret": SECRET}
    monkeypatch.setattr(config, "settings", lambda: Settings(**known))
    spoken = CliRunner().invoke(cli, ["doctor", "--lang", "de"])
    assert "defekt  Der MQTT-Broker 127.0.0.1:1 ist nicht erreichbar." in spoken.stdout
    assert spoken.exit_code == 1
    told = CliRunner().invoke(cli, ["doctor", "--json"])
    found = [json.loads(line) for line in told.stdout.splitlines()]
    assert {"level": "broken", "check": "broker_away", "where": "127.0.0.1:1"} in found
    monkeypatch.setattr(visit, "examine", lambda _settings: [Finding("look", "test_key")])
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 0
    assert CliRunner().invoke(cli, ["doctor", "--lang", "fr"]).exit_code == 2
