"""The operator's pages for everybody, and what a shopper accepted of them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from shop.api.deps import Db, TheOperator, shopper_changes, shopper_looks
from shop.api.description import refusals
from shop.api.inputs import Strict
from shop.api.routes import HouseRoute, open_to_all
from shop.api.views import Language
from shop.domain import consents, pages
from shop.domain.customers import Shopper
from shop.domain.pages import Kind

router = APIRouter(route_class=HouseRoute, prefix="/api/v1", tags=["account"])

Version = Annotated[int, Field(ge=1, le=1_000_000)]


class PageOut(BaseModel):
    kind: Kind
    version: int
    language: Language
    text: str = Field(description="Plain text: an empty line ends a paragraph, `# ` begins a heading.")
    published_at: datetime


class Consents(Strict):
    """Kind -> version."""

    terms: Version | None = Field(default=None, examples=[1])
    privacy: Version | None = Field(default=None, examples=[1])


class ConsentsDue(BaseModel):
    terms: int | None
    privacy: int | None


@router.get("/pages/{kind}", openapi_extra=refusals("page_not_written", "not_set_up"))
@open_to_all("the law wants them to be read by everybody")
def page(db: Db, operator: TheOperator, kind: Kind, lang: Language = "de") -> PageOut:
    with db.reading() as tx:
        found = pages.current(tx, operator.id(tx), kind, lang)
        return PageOut.model_validate(found.model_dump())


@router.get("/consents/due")
@shopper_looks
def due(tx: Session, shopper: Shopper) -> ConsentsDue:
    """What she is asked to accept before she goes on; nothing of it twice."""
    return _due(tx, shopper)


@router.post("/consents", openapi_extra=refusals("consent_outdated"))
@shopper_changes
def give(tx: Session, shopper: Shopper, accepted: Consents) -> ConsentsDue:
    consents.give(tx, shopper, accepted.model_dump(exclude_none=True))
    return _due(tx, shopper)


def _due(tx: Session, shopper: Shopper) -> ConsentsDue:
    asked = consents.due(tx, shopper.operator_id, shopper.id)
    return ConsentsDue(terms=asked.get("terms"), privacy=asked.get("privacy"))
