"""The operator's own pages: imprint, privacy, terms, accessibility; published by version, never edited."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Text, func
from sqlmodel import Field, Session, UniqueConstraint, col, select

from shop.domain import audit, clock, ids
from shop.domain.errors import Refusal
from shop.domain.statements import take_turns
from shop.domain.tenancy import OperatorRow

Kind = Literal["imprint", "privacy", "terms", "accessibility"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LANGUAGES = ("de", "en")


class LegalPage(OperatorRow, table=True):
    """One language of one version; both languages are published together."""

    __tablename__ = "legal_page"
    __table_args__ = (UniqueConstraint("operator_id", "kind", "version", "language"),)

    id: str = Field(default_factory=ids.new, primary_key=True, max_length=26)
    kind: str = Field(max_length=20)
    version: int
    language: str = Field(max_length=2)
    text: str = Field(sa_type=Text)
    published_at: datetime = Field(default_factory=clock.now)


def current(tx: Session, operator_id: str, kind: str, language: str) -> LegalPage:
    """Refusal page_not_written until the operator has published it."""
    query = select(LegalPage).where(
        LegalPage.operator_id == operator_id, LegalPage.kind == kind, LegalPage.language == language
    )
    found = tx.exec(query.order_by(col(LegalPage.version).desc()).limit(1)).first()
    if found is None:
        raise Refusal("page_not_written")
    return found


def versions(tx: Session, operator_id: str) -> dict[str, int]:
    """The newest of each kind that is published."""
    query = select(LegalPage.kind, func.max(LegalPage.version)).where(LegalPage.operator_id == operator_id)
    return {kind: int(version) for kind, version in tx.exec(query.group_by(LegalPage.kind))}


def publish(tx: Session, operator_id: str, staff_id: str, kind: Kind, texts: dict[str, str]) -> int:
    """A new version in every language; who accepted the one before is asked again."""
    take_turns(tx, f"page {kind} of {operator_id}")
    version = versions(tx, operator_id).get(kind, 0) + 1
    for language in LANGUAGES:
        row = LegalPage(
            operator_id=operator_id, kind=kind, version=version, language=language, text=texts[language]
        )
        tx.add(row)
    audit.note(tx, row, actor=f"staff:{staff_id}", action="page.published", subject=kind, version=version)
    return version
