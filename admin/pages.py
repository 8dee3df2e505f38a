"""The operator's own pages at the desk: what is published, and publishing a new version."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from shop.api.deps import staff_changes, staff_looks
from shop.api.inputs import Prose, Strict
from shop.api.routes import HouseRoute
from shop.domain import pages
from shop.domain.errors import Refusal
from shop.domain.pages import Kind
from shop.domain.sign_in import SignedInStaff

router = APIRouter(route_class=HouseRoute, prefix="/api/v1/pages", tags=["pages"])

Written = Annotated[Prose, Field(min_length=1, max_length=30_000, examples=["# Impressum"])]


class Texts(Strict):
    de: Written
    en: Written


class DeskPage(BaseModel):
    kind: Kind
    version: int
    de: str
    en: str
    published_at: datetime | None


@router.get("")
@staff_looks
def published(tx: Session, staff: SignedInStaff) -> list[DeskPage]:
    """All kinds; version 0 is not written yet."""
    return [_page(tx, staff, kind) for kind in pages.KINDS]


@router.post("/{kind}", status_code=201)
@staff_changes
def publish(tx: Session, staff: SignedInStaff, kind: Kind, texts: Texts) -> DeskPage:
    """A new version, for everybody at once; shoppers are asked again to accept terms and privacy."""
    pages.publish(tx, staff.operator_id, staff.id, kind, texts.model_dump())
    return _page(tx, staff, kind)


def _page(tx: Session, staff: SignedInStaff, kind: Kind) -> DeskPage:
    try:
        de, en = (pages.current(tx, staff.operator_id, kind, language) for language in pages.LANGUAGES)
    except Refusal:
        return DeskPage(kind=kind, version=0, de="", en="", published_at=None)
    return DeskPage(kind=kind, version=de.version, de=de.text, en=en.text, published_at=de.published_at)
