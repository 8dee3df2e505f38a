"""Receipts on the page and in the PDF say the same, in both languages, whatever the names are."""

import base64
import hashlib
import io
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pypdf import PdfReader

from shop.documents import html, pdf
from shop.documents.receipt import ReceiptDocument
from tests.documents.samples import GOODS, line, receipt


class Page(HTMLParser):
    """The page as a program reads it: figures by id, and the visible text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.figures: dict[str, int] = {}
        self.status = ""
        self.text = ""
        self._silent = 0
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._silent += tag == "style"
        if tag == "data" and given.get("id"):
            self.figures[str(given["id"])] = int(str(given["value"]))
        self.status = given.get("data-status") or self.status

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += f" {data}"


def page_of(document: ReceiptDocument) -> Page:
    return Page(html.render(document))


def pdf_text(document: ReceiptDocument) -> str:
    reader = PdfReader(io.BytesIO(pdf.render(document)))
    return "\n".join(page.extract_text() for page in reader.pages)


def test_the_page_carries_its_figures_for_programs() -> None:
    page = page_of(receipt(paid_cents=1000, waived_cents=41))
    assert page.figures == {"total": 1441, "deposit": 180, "paid": 1000, "waived": 41, "open": 400}
    assert page.status == "open"


@pytest.mark.parametrize(
    ("language", "total", "deposit", "vat_19", "vat_7"),
    [
        ("de", "Summe 14,41 €", "Pfand 1,80 €", "19 % 5,75 € 1,09 € 6,84 €", "7 % 7,07 € 0,50 € 7,57 €"),
        ("en", "Total €14.41", "Deposit €1.80", "19% €5.75 €1.09 €6.84", "7% €7.07 €0.50 €7.57"),
    ],
)
def test_the_pdf_tells_total_deposit_and_vat_in_selectable_text(
    language: str, total: str, deposit: str, vat_19: str, vat_7: str
) -> None:
    rows = pdf_text(receipt(language=language)).splitlines()
    assert {total, deposit, vat_19, vat_7} <= set(rows)


@pytest.mark.parametrize("language", ["de", "en"])
def test_page_and_pdf_show_the_same_amounts_in_the_same_order(language: str) -> None:
    document = receipt(language=language, paid_cents=1000)
    amounts = re.compile(r"\d+,\d\d\s€" if language == "de" else r"€\d+\.\d\d")
    visible = html.render(document).replace("hidden", "")
    shown_on_page = [re.sub(r"\s", " ", found) for found in amounts.findall(Page(visible).text)]
    shown_in_pdf = amounts.findall(pdf_text(document))
    nothing_waived = "0,00 €" if language == "de" else "€0.00"
    shown_on_page.remove(nothing_waived)
    # a line's unit price follows its sum in the PDF and precedes it on the page
    assert sorted(shown_on_page) == sorted(shown_in_pdf)


@pytest.mark.parametrize("render", [lambda document: page_of(document).text, pdf_text])
def test_everything_the_law_asks_for_is_there(render: Any) -> None:
    """UStDV 33: seller's name and address, day, quantity and kind, gross sum and rate."""
    text = re.sub(r"\s+", " ", render(receipt()))
    for demanded in (
        "Genossenschaft Dorfladen Witzenhausen eG",
        "Am Markt 4, 37213 Witzenhausen",
        "DE123456789",
        "22. November 2026, 14:32 Uhr",  # Berlin time
        "2 × 1,49 €",
        "Frische Vollmilch",
        "14,41 €",
        "19 %",
        "7 %",
        "WIT-000123",
    ):
        assert demanded in text


@pytest.mark.parametrize(
    ("language", "shown"), [("de", "6 × 0,89 € · 2,70 €/l"), ("en", "6 × €0.89 · €2.70/l")]
)
@pytest.mark.parametrize("render", [lambda document: page_of(document).text, pdf_text])
def test_the_price_of_a_litre_stands_beside_the_price(render: Any, language: str, shown: str) -> None:
    text = re.sub(r"\s+", " ", render(receipt(language=language)))
    assert shown in text
    assert text.count("/l") == 1


@pytest.mark.parametrize("render", [lambda document: page_of(document).text, pdf_text])
def test_each_weighed_line_shows_where_when_and_how_much(render: Any) -> None:
    text = re.sub(r"\s+", " ", render(receipt()))
    assert text.count("Gewogen: shelf-1, Platz 4, 14:32:10, -2.086 g") == 1


@pytest.mark.parametrize(
    ("paid", "waived", "status", "word"),
    [
        (1441, 0, "paid", "Bezahlt"),
        (1400, 41, "paid", "Bezahlt"),
        (0, 1441, "waived", "Erlassen, nichts zu zahlen"),
        (0, 0, "open", "Noch nicht bezahlt"),
        (1000, 0, "open", "Noch nicht bezahlt"),
    ],
)
def test_the_receipt_says_paid_open_or_waived(paid: int, waived: int, status: str, word: str) -> None:
    document = receipt(paid_cents=paid, waived_cents=waived)
    assert document.status == page_of(document).status == status
    assert word in pdf_text(document).splitlines()


def test_a_receipt_without_deposit_or_card_leaves_them_out() -> None:
    document = receipt([line("brot", quantity=1, price=429)], card="", language="en")
    assert "Deposit" not in pdf_text(document)
    assert "Paid €4.29" in pdf_text(document).splitlines()
    assert "1 hidden" not in html.render(document)


def test_names_are_text_and_never_markup() -> None:
    evil = line("x", quantity=1, price=100, name_de="<script>alert(1)</script> & Söhne")
    source = html.render(receipt([evil]))
    assert "<script" not in source
    assert "<script>alert(1)</script> & Söhne" in page_of(receipt([evil])).text


def test_letters_outside_the_fonts_of_the_pdf_are_replaced_and_never_fatal() -> None:
    names = {
        "Käse „Großer“ – 3 €": "Käse „Großer“ – 3 €",
        "Šćepan Łódź": "Šcepan ?ódz",
        "寿司 🍣": "?? ?",
        "a\nb": "a b",
    }
    for name, shown in names.items():
        assert shown in pdf_text(receipt([line("x", quantity=1, price=100, name_de=name)]))


@settings(max_examples=40)
@given(st.text(max_size=120), st.text(max_size=120))
def test_no_name_breaks_a_receipt(name: str, store: str) -> None:
    document = receipt([line("x", quantity=1, price=1234, name_de=name)], store_name=store)
    assert page_of(document).figures["total"] == 1234
    assert "Summe 12,34 €" in pdf_text(document)


def test_a_hundred_lines_run_over_several_pages_and_lose_nothing() -> None:
    lines = [line(f"artikel {index:03}", quantity=99, price=index + 1, deposit=25) for index in range(100)]
    document = receipt(lines)
    text = pdf_text(document)
    assert len(PdfReader(io.BytesIO(pdf.render(document))).pages) > 3
    assert all(f"Artikel {index:03}" in text for index in range(100))
    assert page_of(document).figures["total"] == sum(99 * (index + 26) for index in range(100))


def test_the_same_receipt_gives_the_same_pdf() -> None:
    assert pdf.render(receipt()) == pdf.render(receipt())


def test_vat_is_taken_from_the_sum_of_a_rate_not_line_by_line() -> None:
    document = receipt([line(str(index), quantity=1, price=99, rate=1900) for index in range(3)])
    assert [(row.rate_bp, row.gross_cents, row.vat_cents) for row in document.vat] == [(1900, 297, 47)]


def test_deposit_counts_to_the_rate_of_its_contents() -> None:
    assert [(row.rate_bp, row.gross_cents) for row in receipt(GOODS).vat] == [(1900, 684), (700, 757)]


def test_the_content_policy_admits_exactly_the_pages_own_style() -> None:
    [style] = re.findall(r"<style>(.*?)</style>", html.render(receipt()), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in html.CONTENT_POLICY
    assert not re.search(r" style=|<script|src=|url\(", html.render(receipt()))


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        receipt(issued_at="2026-11-22T13:32:10")


def test_a_receipt_cannot_be_changed_after_it_was_made() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        receipt().total_cents = 1  # type: ignore[misc]


def test_a_correction_names_the_sale_and_says_where_the_money_goes() -> None:
    taken_back = [line("cola", quantity=-1, price=89, deposit=25, rate=1900)]
    document = receipt(taken_back, kind="correction", corrects=122, paid_cents=0)
    assert (document.status, document.shown_corrects) == ("refunding", "WIT-000122")
    page = page_of(document)
    assert page.figures == {"total": -114, "deposit": -25, "paid": 0, "waived": 0, "open": -114}
    for shown in (" ".join(page.text.split()), pdf_text(document)):
        assert "Korrekturbeleg WIT-000123" in shown
        assert "Korrektur zu Beleg WIT-000122" in shown
        assert "Wird erstattet" in shown
    [row] = document.vat
    assert (row.net_cents, row.vat_cents, row.gross_cents) == (-96, -18, -114)

    done = receipt(taken_back, kind="correction", corrects=122, paid_cents=-114, language="en")
    assert done.status == "refunded"
    for shown in (page_of(done).text, pdf_text(done)):
        assert "Refunded to Visa" in shown
        assert "Paid with" not in shown
