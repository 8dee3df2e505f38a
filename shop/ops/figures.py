"""What the worker's metrics read from the database: few cheap statements, asked again after some seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    and_,
    bindparam,
    case,
    literal,
    literal_column,
    or_,
    select,
)
from sqlmodel import col, func

from shop.db import Database
from shop.domain import clock
from shop.domain.fleet import EXIT_TEST_VALID, Device, Door
from shop.domain.inbox import Inbox
from shop.domain.incidents import Incident
from shop.domain.jobs import Job, Status
from shop.domain.ledger import LedgerEntry
from shop.domain.payments import OVER, Payment
from shop.domain.stock import StockMovement
from shop.domain.tenancy import Store
from shop.domain.visit_states import FINAL, State
from shop.domain.visits import Visit
from shop.ops import backups
from shop.ops.counting import Gauge, Readings
from shop.ops.health import Patience

SOON_S, SELDOM_S = 5.0, 300.0  # sums over whole books cost up to a second after ten years
SILENT_AFTER = timedelta(minutes=3)  # a device's heartbeat is written down every 30 s
AGES = {
    "1m": timedelta(minutes=1),
    "10m": timedelta(minutes=10),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
}
OLDER = "more"

Convert = Callable[[Any, datetime], float]


def number(value: Any, _now: datetime) -> float:
    return int(value)


def age(at: datetime, now: datetime) -> float:
    return (now - at).total_seconds()


def left(at: datetime, now: datetime) -> float:
    return (at - now).total_seconds()


def exit_test_left(tested_at: datetime | None, now: datetime) -> float:
    return 0 if tested_at is None else left(tested_at + EXIT_TEST_VALID, now)


@dataclass(frozen=True)
class Figure:
    """Each row a value, in its last column; the columns before are the labels."""

    gauge: Gauge
    asked: Executable
    convert: Convert = number
    every_s: float = SOON_S


_TIME: Any = Job.__table__.c.not_before.type  # type: ignore[attr-defined]
NOW: ColumnElement[datetime] = bindparam("now", type_=_TIME)


def _word(text: str) -> ColumnElement[str]:
    """Written out: an index of some rows only is used when the question says which."""
    return literal_column(f"'{text}'")


def _ago(span: timedelta) -> ColumnElement[datetime]:
    return bindparam(f"ago{span.total_seconds():.0f}", type_=_TIME)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(name, meaning, *labels, at=("worker",))


_QUEUES = or_(*(col(Job.queue) == queue for queue in ("worker", "gateway")))
_DUE = and_(_QUEUES, col(Job.status) == Status.READY, col(Job.not_before) <= NOW)
_OF_QUEUE = col(Job.queue), col(Job.kind)
_OPEN = col(Payment.status).not_in([_word(status) for status in OVER])
_UNRESOLVED = and_(_OPEN, col(Payment.status) != "held")
_AGE = case(
    *((col(Payment.created_at) > _ago(span), literal(name)) for name, span in AGES.items()), else_=OLDER
)
_SILENT = or_(
    ~col(Device.online), col(Device.last_seen_at).is_(None), col(Device.last_seen_at) < _ago(SILENT_AFTER)
)
_BELOW = (
    select(col(StockMovement.product_id))
    .group_by(col(StockMovement.product_id), col(StockMovement.store_id))
    .having(func.sum(StockMovement.quantity) < 0)
    .subquery()
)

FIGURES = (
    Figure(
        _gauge("shop_queue_age_seconds", "Since the oldest job that is due became due", "queue", "kind"),
        select(*_OF_QUEUE, func.min(Job.not_before)).where(_DUE).group_by(*_OF_QUEUE),
        age,
    ),
    Figure(
        _gauge("shop_queue_due", "Jobs that are due and nobody has begun", "queue", "kind"),
        select(*_OF_QUEUE, func.count()).where(_DUE).group_by(*_OF_QUEUE),
    ),
    Figure(
        _gauge("shop_jobs_dead", "Jobs given up"),
        select(func.count()).where(_QUEUES, col(Job.status) == Status.DEAD),
    ),
    Figure(
        _gauge("shop_dead_letters", "Messages of Stripe or devices that were kept and could not be used"),
        select(func.count()).where(col(Inbox.status) == _word("dead")),
    ),
    Figure(
        _gauge(
            "shop_payments_unresolved",
            "Asked payments without an answer, by age: 1m is up to a minute",
            "age",
        ),
        select(_AGE, func.count()).where(_UNRESOLVED).group_by(_AGE),
    ),
    Figure(
        _gauge("shop_hold_seconds_left", "Until the first hold on a card that still stands runs out"),
        select(func.min(Payment.capture_before))
        .where(_OPEN, col(Payment.status) == "held")
        .having(func.min(Payment.capture_before).is_not(None)),
        left,
    ),
    Figure(
        _gauge("shop_ledger_difference_cents", "Sum over the whole money book; anything but 0 is an error"),
        select(func.coalesce(func.sum(LedgerEntry.cents), 0)),
        every_s=SELDOM_S,
    ),
    Figure(
        _gauge("shop_stock_below_zero", "Products of which more was sold than there ever were"),
        select(func.count()).select_from(_BELOW),
        every_s=SELDOM_S,
    ),
    Figure(
        _gauge("shop_visits", "Visits that have not come to their end", "state"),
        select(col(Visit.state), func.count())
        .where(or_(*(col(Visit.state) == state for state in State if state not in FINAL)))
        .group_by(col(Visit.state)),
    ),
    Figure(
        _gauge("shop_incidents_open", "Incidents that nobody closed", "severity"),
        select(col(Incident.severity), func.count())
        .where(col(Incident.closed_at).is_(None))
        .group_by(col(Incident.severity)),
    ),
    Figure(
        _gauge("shop_devices", "Devices on the store's list", "store"),
        select(col(Store.slug), func.count())
        .join(Device, col(Device.store_id) == col(Store.id))
        .group_by(col(Store.slug)),
    ),
    Figure(
        _gauge("shop_devices_silent", "Devices offline, or unheard of for three minutes", "store"),
        select(col(Store.slug), func.sum(case((_SILENT, 1), else_=0)))
        .join(Device, col(Device.store_id) == col(Store.id))
        .group_by(col(Store.slug)),
    ),
    Figure(
        _gauge(
            "shop_exit_test_seconds_left",
            "Until a door's exit test runs out; 0 without a passed one",
            "store",
            "door",
        ),
        select(
            col(Store.slug), col(Door.name), case((col(Door.exit_test_passed), col(Door.exit_tested_at)))
        ).join(Door, col(Door.store_id) == col(Store.id)),
        exit_test_left,
    ),
)


BACKUP = _gauge("shop_backup_age_seconds", "Since the newest backup in SHOP_BACKUP_DIR was taken")


class Reader:
    """Asks on one connection for what has grown old; while the database is away there are no figures."""

    def __init__(self, database: Database, backup_dir: Path | None = None) -> None:
        self._database, self._backup_dir = database, backup_dir
        self._kept: dict[str, tuple[float, Readings]] = {}  # when it was asked, and what was found
        self._patience: Patience[dict[str, Readings]] = Patience(self._look, {})
        self._found: dict[str, Readings] = {}
        self._found_at = -SOON_S
        for figure in FIGURES:
            figure.gauge.ask = partial(self.readings, figure.gauge.name)
        BACKUP.ask = self._backup

    def readings(self, name: str) -> Readings:
        if time.monotonic() - self._found_at >= SOON_S:
            self._found = self._patience.answer()
            self._found_at = time.monotonic()
        return self._found.get(name, {})

    def _backup(self) -> Readings:
        taken = backups.newest(self._backup_dir)
        return {} if taken is None else {(): age(taken, clock.now())}

    def _look(self) -> dict[str, Readings]:
        with self._database.looking() as connection:
            return {figure.gauge.name: self._reading(connection, figure) for figure in FIGURES}

    def _reading(self, connection: Connection, figure: Figure) -> Readings:
        asked_at, known = self._kept.get(figure.gauge.name, (0.0, {}))
        if not known or time.monotonic() - asked_at >= figure.every_s:
            known = read(connection, figure)
            self._kept[figure.gauge.name] = time.monotonic(), known
        return known


def read(connection: Connection, figure: Figure) -> Readings:
    now = clock.now()
    rows = connection.execute(figure.asked, _times(now))
    return {tuple(labels): figure.convert(value, now) for *labels, value in rows}


def silent_devices(connection: Connection) -> list[str]:
    """By their ids."""
    asked = select(col(Device.id)).where(_SILENT).order_by(col(Device.id))
    return [row.id for row in connection.execute(asked, _times(clock.now()))]


def _times(now: datetime) -> dict[str, datetime]:
    spans = {f"ago{span.total_seconds():.0f}": now - span for span in (*AGES.values(), SILENT_AFTER)}
    return {"now": now, **spans}
