"""One-time codes and sessions: limited attempts, one use, an end."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from shop.db import Database
from shop.domain import clock, sign_in
from shop.domain.customers import Customer
from shop.domain.errors import Refusal
from shop.domain.jobs import Job
from tests.domain.test_concurrency import at_once
from tests.domain.world import World

EMAIL = "dora@example.org"


def mailed_code(tx: Session, world: World) -> str:
    sign_in.ask_code(tx, world.operator_id, EMAIL, "de")
    tx.flush()
    newest = tx.exec(select(Job).where(Job.kind == "mail_code")).all()[-1]
    return str(newest.payload["code"])


def outcome(tx: Session, world: World, code: str) -> str:
    answer = sign_in.try_code(tx, world.operator_id, EMAIL, code, "de")
    return answer.code if isinstance(answer, Refusal) else answer.email


def later(monkeypatch: pytest.MonkeyPatch, passed: timedelta) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, zone: object = UTC) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + passed

    monkeypatch.setattr(clock, "datetime", Later)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_mailed_code_signs_her_in_once(sqlite: tuple[Database, World]) -> None:
    database, world = sqlite
    with database.reading() as tx:
        code = mailed_code(tx, world)
        assert outcome(tx, world, code) == EMAIL
        assert outcome(tx, world, code) == "expired_code"
        assert len(tx.exec(select(Customer).where(Customer.email == EMAIL)).all()) == 1


def test_after_five_wrong_codes_the_right_one_is_worth_nothing(sqlite: tuple[Database, World]) -> None:
    database, world = sqlite
    with database.reading() as tx:
        code = mailed_code(tx, world)
        answers = [outcome(tx, world, wrong(code)) for _ in range(sign_in.CODE_ATTEMPTS)]
        assert answers == ["wrong_code"] * sign_in.CODE_ATTEMPTS
        assert outcome(tx, world, code) == "too_many_attempts"


def test_a_code_ends_after_ten_minutes(
    sqlite: tuple[Database, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, world = sqlite
    with database.reading() as tx:
        code = mailed_code(tx, world)
        later(monkeypatch, sign_in.CODE_VALID + timedelta(seconds=1))
        assert outcome(tx, world, code) == "expired_code"


def test_only_the_newest_code_counts_and_using_it_ends_the_older_ones(
    sqlite: tuple[Database, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, world = sqlite
    with database.reading() as tx:
        older = mailed_code(tx, world)
        later(monkeypatch, timedelta(seconds=5))
        newer = mailed_code(tx, world)
        if older != newer:
            assert outcome(tx, world, older) == "wrong_code"
        assert outcome(tx, world, newer) == EMAIL
        assert outcome(tx, world, older) == "expired_code"


def test_a_mailbox_is_not_flooded(sqlite: tuple[Database, World]) -> None:
    database, world = sqlite
    with database.reading() as tx:
        for _ in range(sign_in.CODES_PER_WINDOW):
            mailed_code(tx, world)
        with pytest.raises(Refusal, match="too_many_requests"):
            mailed_code(tx, world)


def test_a_code_of_one_operator_is_worth_nothing_at_another(sqlite: tuple[Database, World]) -> None:
    database, world = sqlite
    with database.reading() as tx:
        code = mailed_code(tx, world)
        foreign = tx.get_one(Customer, world.foreigner_id).operator_id
        answer = sign_in.try_code(tx, foreign, EMAIL, code, "de")
        assert isinstance(answer, Refusal)
        assert answer.code == "expired_code"


def test_a_session_ends_when_revoked_or_old(
    sqlite: tuple[Database, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, world = sqlite
    with database.reading() as tx:
        kept, revoked = (
            sign_in.open_session(tx, world.operator_id, customer_id=world.anna_id) for _ in range(2)
        )
        tx.flush()
        sign_in.revoke(tx, revoked)
        assert sign_in.session_of(tx, revoked) is None
        session = sign_in.session_of(tx, kept)
        assert session is not None
        assert session.customer_id == world.anna_id
        assert kept not in session.token_hash
        later(monkeypatch, sign_in.SESSION_VALID + timedelta(seconds=1))
        assert sign_in.session_of(tx, kept) is None


def test_who_asks_for_many_codes_at_once_is_mailed_no_more_than_who_asks_in_turn(
    database: Database, world: World
) -> None:
    refused: list[str] = []

    def ask() -> None:
        try:
            with database.transaction() as tx:
                sign_in.ask_code(tx, world.operator_id, EMAIL, "de")
        except Refusal as refusal:
            refused.append(refusal.code)

    at_once([ask] * 20)
    with database.reading() as tx:
        mails = tx.exec(select(Job).where(Job.kind == "mail_code")).all()
    assert len(mails) == sign_in.CODES_PER_WINDOW
    assert refused == ["too_many_requests"] * (20 - sign_in.CODES_PER_WINDOW)
