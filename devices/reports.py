"""Device reports into the database: in order, once each, with everything unusable kept as a dead letter."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from devices import handlers, losses, numbering, scales, senders
from devices.messages import (
    PRIORITY_TYPES,
    BadMessage,
    Birth,
    Envelope,
    Heartbeat,
    Status,
    parse,
    parse_event,
)
from devices.numbering import Numbered
from devices.senders import Sender
from devices.topics import UpTopic
from devices.ulid import time_ms
from shop.db import is_away
from shop.domain import audit, feed, inbox, incidents
from shop.domain.incidents import Incident
from shop.ops import metrics
from shop.ops.logs import told

log = logging.getLogger(__name__)

# A heartbeat is written down at most this often; presence itself comes from birth, status and will.
SEEN_EVERY = timedelta(seconds=30)
# A storage made this far ahead of now was made by a wrong clock; believed once, none would ever overtake it.
EPOCH_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Upto:
    """Tell the device: stored up to here."""

    device: str
    store: str
    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Ask the device for its reports again, from here on."""

    device: str
    store: str
    epoch: str
    first: int


Answer = Upto | Missing | None


def take(tx: Session, topic: UpTopic, payload: bytes, *, retained: bool, guarded: bool = True) -> Answer:
    """Store one message and its effect; what comes back is to be sent after the commit.

    Guarded, an effect that fails leaves a dead letter; else its error is raised and the whole
    transaction must be undone, which saves two statements as long as all goes well.
    """
    sender = senders.find(tx, topic)
    if sender is None:
        dead(tx, topic, payload, "unknown device, or not of this store")
        return None
    before = sender.model_copy()
    answer: Answer = None
    try:
        match topic.kind:
            case "event":
                answer = _event(tx, sender, topic, payload, retained=retained, guarded=guarded)
            case "birth":
                answer = _birth(tx, sender, topic, parse(Birth, payload))
            case "status":
                _status(tx, sender, parse(Status, payload))
            case "hb":
                _heartbeat(sender, parse(Heartbeat, payload))
    except BadMessage as bad:
        dead(tx, topic, payload, str(bad), sender)
    if isinstance(answer, Missing):
        metrics.REPORTS.add("gap")
    if sender != before:
        senders.write(tx, sender)
    return answer


def _event(
    tx: Session, sender: Sender, topic: UpTopic, payload: bytes, *, retained: bool, guarded: bool
) -> Answer:
    report, problem = _read(payload)
    if retained:
        raise BadMessage("invalid", "events are never retained")
    if report.dev != sender.id:
        raise BadMessage("invalid", "the envelope names another device than the topic")
    if isinstance(report, Envelope) and report.type in PRIORITY_TYPES:
        _apply(tx, sender, report, guarded=guarded)  # may overtake the queue; its number is passed later
    _must_be_past(report.epoch)
    if sender.epoch is None or report.epoch > sender.epoch:
        if report.seq != 1 and report.after != 0:
            return Missing(sender.id, topic.store, report.epoch, 1)
        sender.epoch, sender.last_seq = report.epoch, 0
    if report.epoch < sender.epoch:
        raise BadMessage("invalid", "from a storage that this device has replaced")
    if report.seq > sender.last_seq + 1:
        if report.after is None or report.after > sender.last_seq:
            return Missing(sender.id, topic.store, sender.epoch, sender.last_seq + 1)
        losses.pass_over(tx, sender, report.seq)
    if report.seq <= sender.last_seq:
        metrics.REPORTS.add("duplicate")
    else:
        if isinstance(report, Envelope):
            metrics.REPORTS.add("stored")
            _apply(tx, sender, report, guarded=guarded)
        else:
            dead(tx, topic, payload, problem, sender, name=_name(report))
        sender.last_seq = report.seq
    return Upto(sender.id, topic.store, sender.epoch, sender.last_seq)


def _read(payload: bytes) -> tuple[Numbered, str]:
    """An Envelope; or the bare number of a report without sense, which is only passed, and what is wrong."""
    try:
        return parse_event(payload), ""
    except BadMessage as bad:
        numbered = numbering.read(payload)
        if numbered is None:
            raise
        return numbered, str(bad)


def _name(report: Numbered) -> str:
    """What it is called in the inbox."""
    return f"{report.epoch}:{report.seq}"


def _must_be_past(epoch: str) -> None:
    latest = datetime.now(UTC) + EPOCH_AHEAD
    if time_ms(epoch) > latest.timestamp() * 1000:  # a ULID reaches beyond the years a datetime knows
        raise BadMessage("invalid", "from a storage made in the future: the device's clock was wrong")


def _apply(tx: Session, sender: Sender, envelope: Envelope, *, guarded: bool) -> None:
    """The effect and its inbox row together, once; what cannot be applied is kept as a dead letter."""
    source, name = f"device:{sender.id}", _name(envelope)
    body = envelope.model_dump(mode="json")
    whose = sender.scope()
    if not inbox.keep(tx, source, name, envelope.type, body, **whose):
        return
    now = datetime.now(UTC)
    if not guarded:
        handlers.handle(tx, sender, envelope, now)
        return
    state = sender.state
    try:
        with tx.begin_nested():
            handlers.handle(tx, sender, envelope, now)
    except Exception as error:
        if is_away(error):
            raise
        # one report we cannot digest must not stop those behind it
        log.exception(told("report_not_applied", device=sender.id, kind=envelope.type))
        sender.state = state
        inbox.bury(tx, source, name, f"{type(error).__name__}: {error}")
        incidents.open_one(tx, sender, "report_not_applied", device_id=sender.id, report=envelope.type)


def _birth(tx: Session, sender: Sender, topic: UpTopic, birth: Birth) -> Answer:
    if sender.birth == birth.birth:
        return None  # the retained copy after our own reconnect
    sender.birth, sender.egress, sender.online = birth.birth, birth.egress, True
    sender.last_seen_at = datetime.now(UTC)
    answer: Answer = None
    if birth.epoch is not None:
        _must_be_past(birth.epoch)
    if birth.epoch is not None and (sender.epoch is None or birth.epoch > sender.epoch):
        # an older storage is never believed again
        sender.epoch, sender.last_seq = birth.epoch, 0
        audit.note(
            tx, sender, actor=f"device:{sender.id}", action="new_epoch", subject=sender.id, epoch=birth.epoch
        )
    if birth.scale is not None:
        scales.told(tx, sender, birth.scale)
    if birth.epoch == sender.epoch and sender.epoch is not None:
        losses.pass_over(tx, sender, birth.outbox.first)
        answer = Upto(sender.id, topic.store, sender.epoch, sender.last_seq)
    feed.tell(tx, sender, "device")
    return answer


def _status(tx: Session, sender: Sender, status: Status) -> None:
    """A death that names another birth than the current one is old news."""
    if status.birth != sender.birth or sender.online == status.online:
        return
    sender.online = status.online
    feed.tell(tx, sender, "device")


def _heartbeat(sender: Sender, _beat: Heartbeat) -> None:
    now = datetime.now(UTC)
    if sender.last_seen_at is None or now - sender.last_seen_at > SEEN_EVERY:
        sender.last_seen_at = now


def dead(
    tx: Session,
    topic: UpTopic,
    payload: bytes,
    reason: str,
    sender: Sender | None = None,
    *,
    name: str | None = None,
) -> None:
    """Without a `name` it is called by its content: sent again, it is still one."""
    kept = inbox.keep(
        tx,
        f"device:{topic.device}",
        name or f"{topic.kind}:{hashlib.sha256(payload).hexdigest()[:32]}",
        topic.kind,
        {"payload": payload[:2000].decode("utf-8", "replace"), "store": topic.store},
        operator_id=sender.operator_id if sender else None,
        store_id=sender.store_id if sender else None,
        dead=reason,
    )
    if kept:
        metrics.REPORTS.add("refused")
        log.warning(told("dead_letter", device=topic.device, store=topic.store, why=reason))
        if sender is not None:
            _alarm_once(tx, sender, reason)


def _alarm_once(tx: Session, sender: Sender, reason: str) -> None:
    """A device whose reports cannot be used must not look healthy; one open alarm for each is enough."""
    running = select(Incident.id).where(
        Incident.device_id == sender.id,
        Incident.kind == "reports_refused",
        col(Incident.closed_at).is_(None),
    )
    if tx.exec(running).first() is None:
        incidents.open_one(
            tx, sender, "reports_refused", severity="alarm", device_id=sender.id, problem=reason
        )
