"""What several of the desk's routes take, and how they leave their trail."""

from typing import Annotated, Any

from pydantic import Field
from sqlmodel import Session

from shop.api.inputs import Prose
from shop.domain import audit
from shop.domain.sign_in import SignedInStaff
from shop.domain.tenancy import StoreRow

Note = Annotated[Prose, Field(max_length=500, examples=["Delivery of Tuesday"])]


def note(tx: Session, staff: SignedInStaff, row: StoreRow, action: str, subject: str, **detail: Any) -> None:
    audit.note(tx, row, actor=f"staff:{staff.id}", action=action, subject=subject, **detail)
