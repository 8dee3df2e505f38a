"""The audit reads amounts from receipts as they are handed out."""

from datetime import UTC, datetime

import pytest

from shop.documents import html, pdf
from shop.documents.receipt import Language, Line, ReceiptDocument
from simulators.demo import documents
from simulators.demo.facts import ReceiptFigures


def receipt(language: Language, *, total: int, paid: int) -> ReceiptDocument:
    line = Line(
        sku="bezahlt",
        name_de="Bezahlte Summe 9,99 €",
        name_en="Total paid €9.99",
        quantity=1,
        unit_price_cents=total,
        total_cents=total,
        vat_rate_bp=700,
    )
    return ReceiptDocument(
        operator_name="Genossenschaft",
        operator_address="Kirschgasse 12",
        store_name="Summe & Co",
        store_address="Kirschgasse 12",
        store_slug="witzenhausen",
        number=1,
        issued_at=datetime(2026, 5, 1, 8, 0, tzinfo=UTC),
        visit_id="01ANNA",
        card="Visa •••• 4242",
        lines=(line,),
        total_cents=total,
        paid_cents=paid,
        language=language,
    )


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(("total", "paid"), [(345, 345), (123_456, 5000), (300, 0), (1_000_005, 1_000_005)])
def test_the_pdf_and_the_page_tell_total_and_paid(language: Language, total: int, paid: int) -> None:
    document = receipt(language, total=total, paid=paid)
    expected = ReceiptFigures(total_cents=total, paid_cents=paid)
    assert documents.from_pdf(pdf.render(document)) == expected
    assert documents.from_page(html.render(document)) == expected


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_correction_tells_what_it_gives_back(language: Language) -> None:
    sold = receipt(language, total=-124, paid=-124)
    document = sold.model_copy(update={"kind": "correction", "corrects": 1})
    expected = ReceiptFigures(total_cents=124, paid_cents=124)
    assert documents.from_pdf(pdf.render(document)) == expected
    assert documents.from_page(html.render(document)) == expected


def test_a_page_that_is_no_receipt_is_refused() -> None:
    with pytest.raises(ValueError, match="names no total"):
        documents.from_page("<html></html>")
