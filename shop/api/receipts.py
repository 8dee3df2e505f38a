"""Receipts by unguessable link, as a page and as a PDF, without signing in (UStG 14: the buyer's copy)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from shop.api.deps import Db
from shop.api.routes import HouseRoute, open_to_all
from shop.documents.receipt import ReceiptDocument
from shop.domain import receipts, refunds
from shop.domain.receipts import Receipt
from shop.domain.visits import Visit

router = APIRouter(route_class=HouseRoute, tags=["receipt"])

Token = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{20,64}$")]
Language = Literal["de", "en"]
LINK = open_to_all("192 random bits in the link, which stands in her mail")
PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


def document_of(tx: Session, receipt: Receipt, language: Language) -> ReceiptDocument:
    """The sale or its correction as it was fixed, with what has been paid, or paid back, since."""
    money: dict[str, int | str]
    if receipt.kind == receipts.CORRECTION:
        given = refunds.given_back(tx, receipt.id)
        money = {"paid_cents": -sum(given.values())}
        if "by_hand" in given:
            money["card"] = ""  # not all of it went there
    else:
        visit = tx.get_one(Visit, receipt.visit_id)
        money = {"paid_cents": visit.paid_cents, "waived_cents": visit.waived_cents}
    return ReceiptDocument.model_validate(receipt.document | money | {"language": language})


def _document(db: Db, token: str, language: Language) -> ReceiptDocument:
    with db.reading() as tx:
        return document_of(tx, receipts.by_token(tx, token), language)


@router.get("/r/{token}.pdf", response_class=Response)
@LINK
def receipt_pdf(db: Db, token: Token, lang: Language = "de") -> Response:
    from shop.documents import pdf  # 35 MB of fonts and pictures, loaded when the first PDF is asked for

    document = _document(db, token, lang)
    name = f'inline; filename="{document.shown_number}.pdf"'
    return Response(
        pdf.render(document), media_type="application/pdf", headers=PRIVATE | {"Content-Disposition": name}
    )


@router.get("/r/{token}", response_class=HTMLResponse)
@LINK
def receipt_page(db: Db, token: Token, lang: Language = "de") -> HTMLResponse:
    from shop.documents import html  # 2 MB of a template engine, loaded when the first page is asked for

    page = html.render(_document(db, token, lang), pdf_url=f"/r/{token}.pdf?lang={lang}")
    return HTMLResponse(page, headers=PRIVATE | {"Content-Security-Policy": html.CONTENT_POLICY})
