"""Reports that neither side has any more: one open alarm for each storage of a device, which grows.

A core restored from a backup has forgotten what it confirmed, and a device whose outbox was full gave reports
up. Both are lost, not late: asking again would never end.
"""

from typing import Any

from sqlmodel import Session

from devices.senders import Sender
from shop.domain import incidents
from shop.domain.incidents import Incident


def pass_over(tx: Session, sender: Sender, kept: int) -> None:
    """The device keeps nothing below the number `kept` that we have not taken: go on from there."""
    first, last = sender.last_seq + 1, kept - 1
    if last < first:
        return
    alarm = _running(tx, sender)
    if alarm is None:
        _open(tx, sender, first=first, last=last, count=last - first + 1)
    else:
        told = alarm.evidence
        count = int(told.get("count", 0)) + last - first + 1
        _write(tx, alarm, told | {"first": min(first, told["first"]), "last": last, "count": count})
    sender.last_seq = last


def explain(tx: Session, sender: Sender, *, first: int, last: int, dropped: int) -> None:
    """The device says that its outbox was full; mostly we know what is missing, and not yet why."""
    alarm = _running(tx, sender)
    if alarm is None:
        _open(tx, sender, first=first, last=last, count=dropped, outbox_was_full=True)
    else:
        _write(tx, alarm, alarm.evidence | {"outbox_was_full": True})


def _running(tx: Session, sender: Sender) -> Incident | None:
    return next(
        (
            incident
            for incident in incidents.running(tx, sender, "reports_lost")
            if incident.device_id == sender.id and incident.evidence.get("epoch") == sender.epoch
        ),
        None,
    )


def _open(tx: Session, sender: Sender, **evidence: Any) -> None:
    told = {"epoch": sender.epoch, **evidence}
    incidents.open_one(tx, sender, "reports_lost", severity="alarm", device_id=sender.id, **told)


def _write(tx: Session, alarm: Incident, evidence: dict[str, Any]) -> None:
    alarm.evidence = evidence
    tx.add(alarm)
    tx.flush()
