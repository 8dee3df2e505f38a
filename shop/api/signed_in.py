"""Where she is signed in, over HTTP: the list, and ending one or all others."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlmodel import Session

from shop.api.deps import shopper_changes, shopper_looks, token_of
from shop.api.description import refusals
from shop.api.inputs import RowId
from shop.api.routes import HouseRoute
from shop.domain import sessions, sign_in
from shop.domain.customers import Shopper

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["account"])


class SignedInOut(BaseModel):
    id: str
    browser: str = Field(description="Empty when we do not know it.")
    system: str
    created_at: datetime
    used_on: datetime = Field(description="The day only.")
    current: bool


@router.get("/sessions")
@shopper_looks
def signed_in(tx: Session, shopper: Shopper, request: Request) -> list[SignedInOut]:
    this = sign_in.hashed(token_of(request))
    return [
        SignedInOut(
            id=row.id,
            browser=row.browser or "",
            system=row.system or "",
            created_at=row.created_at,
            used_on=row.used_on or row.created_at,
            current=row.token_hash == this,
        )
        for row in sessions.of_customer(tx, shopper.id)
    ]


@router.post("/other-sessions/end", status_code=204)
@shopper_changes
def end_others(tx: Session, shopper: Shopper, request: Request) -> None:
    """Signed out everywhere but here."""
    sessions.end_others(tx, shopper.id, token_of(request))


@router.delete("/sessions/{session_id}", status_code=204, openapi_extra=refusals("this_session"))
@shopper_changes
def end(tx: Session, shopper: Shopper, session_id: RowId, request: Request) -> None:
    sessions.end(tx, shopper.id, session_id, token_of(request))
