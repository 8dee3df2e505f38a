"""What several of the desk's routes take, and how they leave their trail."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field
from sqlmodel import Session

from shop.api.accounts import Prose
from shop.domain import audit
from shop.domain.sign_in import SignedInStaff
from shop.domain.tenancy import StoreRow

Slug = Annotated[str, Path(pattern="^[a-z0-9-]{1,40}$")]
RowId = Annotated[str, Path(pattern="^[0-9A-Z]{26}$")]
Note = Annotated[Prose, Field(max_length=500, examples=["Delivery of Tuesday"])]
SIGNED_IN = ("sign_in_required", "csrf", "not_found", "invalid_json")


def note(tx: Session, staff: SignedInStaff, row: StoreRow, action: str, subject: str, **detail: Any) -> None:
    audit.note(tx, row, actor=f"staff:{staff.id}", action=action, subject=subject, **detail)
