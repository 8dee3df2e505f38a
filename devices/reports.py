"""Device reports into the database: in order, once each, with everything unusable kept as a dead letter."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlmodel import Session, col, select

from devices import handlers
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
from devices.topics import UpTopic
from devices.ulid import time_ms
from shop.domain import audit, feed, inbox, incidents
from shop.domain.fleet import Device
from shop.domain.incidents import Incident
from shop.domain.tenancy import Store

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


def take(tx: Session, topic: UpTopic, payload: bytes, *, retained: bool) -> Answer:
    """Store one message and its effect; what comes back is to be sent after the commit."""
    device = _device(tx, topic)
    if device is None:
        dead(tx, topic, payload, "unknown device, or not of this store")
        return None
    try:
        match topic.kind:
            case "event":
                return _event(tx, device, topic, payload, retained=retained)
            case "birth":
                return _birth(tx, device, topic, parse(Birth, payload))
            case "status":
                _status(tx, device, parse(Status, payload))
            case "hb":
                _heartbeat(tx, device, parse(Heartbeat, payload))
    except BadMessage as bad:
        dead(tx, topic, payload, str(bad), device)
    return None


# Asked for every message, so built once.
_OF_STORE = (
    select(Device)
    .join(Store, col(Store.id) == col(Device.store_id))
    .where(Device.id == bindparam("device"), Store.slug == bindparam("store"))
    .with_for_update(of=Device)
    .execution_options(populate_existing=True)
)


def _device(tx: Session, topic: UpTopic) -> Device | None:
    return tx.exec(_OF_STORE, params={"device": topic.device, "store": topic.store}).first()


def _event(tx: Session, device: Device, topic: UpTopic, payload: bytes, *, retained: bool) -> Answer:
    envelope = parse_event(payload)
    if retained:
        raise BadMessage("invalid", "events are never retained")
    if envelope.dev != device.id:
        raise BadMessage("invalid", "the envelope names another device than the topic")
    if envelope.type in PRIORITY_TYPES:
        _apply(tx, device, envelope)  # may overtake the queue; its number is passed later
    _must_be_past(envelope.epoch)
    if device.epoch is None or envelope.epoch > device.epoch:
        if envelope.seq != 1:
            return Missing(device.id, topic.store, envelope.epoch, 1)
        device.epoch, device.last_seq = envelope.epoch, 0
    if envelope.epoch < device.epoch:
        raise BadMessage("invalid", "from a storage that this device has replaced")
    if envelope.seq > device.last_seq + 1:
        return Missing(device.id, topic.store, device.epoch, device.last_seq + 1)
    if envelope.seq == device.last_seq + 1:
        _apply(tx, device, envelope)
        device.last_seq = envelope.seq
        tx.add(device)
    return Upto(device.id, topic.store, device.epoch, device.last_seq)


def _must_be_past(epoch: str) -> None:
    latest = datetime.now(UTC) + EPOCH_AHEAD
    if time_ms(epoch) > latest.timestamp() * 1000:  # a ULID reaches beyond the years a datetime knows
        raise BadMessage("invalid", "from a storage made in the future: the device's clock was wrong")


def database_is_away(error: Exception) -> bool:
    """The report is not to blame: it shall come again."""
    return isinstance(error, DBAPIError) and not isinstance(error, DataError | IntegrityError)


def _apply(tx: Session, device: Device, envelope: Envelope) -> None:
    """The effect and its inbox row together; what cannot be applied is kept as a dead letter."""
    source, name = f"device:{device.id}", f"{envelope.epoch}:{envelope.seq}"
    if inbox.seen(tx, source, name):
        return
    reason: str | None = None
    try:
        with tx.begin_nested():
            handlers.handle(tx, device, envelope, datetime.now(UTC))
    except Exception as error:
        if database_is_away(error):
            raise
        # one report we cannot digest must not stop those behind it
        log.exception("report %s of %s could not be applied", envelope.type, device.id)
        reason = f"{type(error).__name__}: {error}"
        incidents.open_one(tx, device, "report_not_applied", device_id=device.id, report=envelope.type)
    body = envelope.model_dump(mode="json")
    inbox.keep(
        tx,
        source,
        name,
        envelope.type,
        body,
        operator_id=device.operator_id,
        store_id=device.store_id,
        dead=reason,
    )


def _birth(tx: Session, device: Device, topic: UpTopic, birth: Birth) -> Answer:
    if device.birth == birth.birth:
        return None  # the retained copy after our own reconnect
    device.birth, device.egress, device.online = birth.birth, birth.egress, True
    device.last_seen_at = datetime.now(UTC)
    answer: Answer = None
    if birth.epoch is not None:
        _must_be_past(birth.epoch)
    if birth.epoch is not None and (device.epoch is None or birth.epoch > device.epoch):
        # a new storage begins where the device says; an older one is never believed again
        device.epoch, device.last_seq = birth.epoch, max(birth.outbox.first - 1, 0)
        audit.note(
            tx, device, actor=f"device:{device.id}", action="new_epoch", subject=device.id, epoch=birth.epoch
        )
    elif birth.epoch == device.epoch and birth.outbox.first > device.last_seq + 1:
        # neither side has what lies between (one was restored from a backup): it is lost, not late
        incidents.open_one(
            tx,
            device,
            "reports_lost",
            severity="alarm",
            device_id=device.id,
            first=device.last_seq + 1,
            last=birth.outbox.first - 1,
        )
        device.last_seq = birth.outbox.first - 1
    if birth.epoch == device.epoch and device.epoch is not None:
        answer = Upto(device.id, topic.store, device.epoch, device.last_seq)
    tx.add(device)
    feed.tell(tx, device, "device")
    return answer


def _status(tx: Session, device: Device, status: Status) -> None:
    """A death that names another birth than the current one is old news."""
    if status.birth != device.birth or device.online == status.online:
        return
    device.online = status.online
    tx.add(device)
    feed.tell(tx, device, "device")


def _heartbeat(tx: Session, device: Device, _beat: Heartbeat) -> None:
    now = datetime.now(UTC)
    if device.last_seen_at is None or now - device.last_seen_at > SEEN_EVERY:
        device.last_seen_at = now
        tx.add(device)


def dead(tx: Session, topic: UpTopic, payload: bytes, reason: str, device: Device | None = None) -> None:
    digest = hashlib.sha256(payload).hexdigest()[:32]
    kept = inbox.keep(
        tx,
        f"device:{topic.device}",
        f"{topic.kind}:{digest}",
        topic.kind,
        {"payload": payload[:2000].decode("utf-8", "replace"), "store": topic.store},
        operator_id=device.operator_id if device else None,
        store_id=device.store_id if device else None,
        dead=reason,
    )
    if kept:
        log.warning("dead letter from %s: %s", topic.device, reason)
        if device is not None:
            _alarm_once(tx, device, reason)


def _alarm_once(tx: Session, device: Device, reason: str) -> None:
    """A device whose reports cannot be used must not look healthy; one open alarm for each is enough."""
    running = select(Incident.id).where(
        Incident.device_id == device.id,
        Incident.kind == "reports_refused",
        col(Incident.closed_at).is_(None),
    )
    if tx.exec(running).first() is None:
        incidents.open_one(
            tx, device, "reports_refused", severity="alarm", device_id=device.id, problem=reason
        )
