"""What the scales of a shelf are good for, from what they say when they are born."""

from sqlmodel import Session, select

from devices.messages import Scale
from devices.senders import Sender
from shop.domain import audit, fleet
from shop.domain.fleet import Shelf


def told(tx: Session, sender: Sender, scale: Scale) -> None:
    """A shelf that got other scales is sensed otherwise from now on; what was sensed so far stays."""
    sensing = fleet.sensing_of(sps=scale.sps, auto_tare=scale.auto_tare)
    for shelf in tx.exec(select(Shelf).where(Shelf.device_id == sender.id, Shelf.sensing != sensing)):
        audit.note(
            tx,
            sender,
            actor=f"device:{sender.id}",
            action="sensing_changed",
            subject=shelf.id,
            before=shelf.sensing,
            after=sensing,
            sps=scale.sps,
            auto_tare=scale.auto_tare,
        )
        shelf.sensing = sensing
        tx.add(shelf)
