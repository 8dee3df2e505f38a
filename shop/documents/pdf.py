"""The receipt as a PDF of A5 pages with selectable text in the viewer's own fonts."""

import unicodedata
from typing import cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from shop.documents import words
from shop.documents.receipt import Line, ReceiptDocument
from shop.domain import money

ENCODING = "cp1252"  # what the core fonts can show, the euro sign included
FAMILY = "helvetica"
A5 = (148.0, 210.0)  # mm, as all lengths here
MARGIN = 14.0
BOTTOM = 10.0
AMOUNT_WIDTH = 26.0
RATE_WIDTH = 16.0
INK, SOFT, RULE = 30, 100, 205  # greys


def render(document: ReceiptDocument) -> bytes:
    """The same receipt gives the same bytes."""
    page = _Page(document)
    page.header_block()
    for line in document.lines:
        page.line(line)
    page.sums()
    page.vat_table()
    page.seller()
    return bytes(page.pdf.output())


def printable(text: str) -> str:
    """Letters the font lacks lose their accent or become a question mark; all spaces become plain ones."""
    plain = " ".join(text.replace("\u2212", "-").split())
    return "".join(map(_printable_sign, unicodedata.normalize("NFC", plain)))


def _printable_sign(sign: str) -> str:
    for candidate in (sign, unicodedata.normalize("NFKD", sign)[:1]):
        if candidate.isprintable() and _encodes(candidate):
            return candidate
    return "" if unicodedata.category(sign) in {"Mn", "Cf", "Cc"} else "?"


def _encodes(sign: str) -> bool:
    try:
        sign.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True


class _Page:
    def __init__(self, document: ReceiptDocument) -> None:
        self.document = document
        self.words = words.words_of(document.kind, document.language)
        self.pdf = pdf = FPDF(format=A5)
        pdf.core_fonts_encoding = ENCODING
        pdf.set_margins(MARGIN, MARGIN)
        pdf.c_margin = 0
        pdf.set_auto_page_break(True, margin=BOTTOM)
        pdf.set_title(printable(f"{self.words['receipt']} {document.shown_number}"))
        pdf.set_author(printable(document.operator_name))
        pdf.set_lang(document.language)
        pdf.set_creation_date(document.issued_at)
        pdf.add_page()

    def header_block(self) -> None:
        document = self.document
        self._text(document.store_name, size=15, bold=True)
        self._text(document.store_address, grey=SOFT)
        self.pdf.ln(3)
        self._text(f"{self.words['receipt']} {document.shown_number}", size=10, bold=True)
        if document.shown_corrects:
            self._text(f"{self.words['corrects']} {document.shown_corrects}", size=10)
        self._text(words.moment(document.issued_at, document.language), size=10)
        self._text(self.words[f"status_{document.status}"], size=10, bold=True)
        self.pdf.ln(3)
        self._row(
            [self.words["article"], self.words["vat"], self.words["amount"]],
            [self._wide(), RATE_WIDTH, AMOUNT_WIDTH],
            grey=SOFT,
        )

    def line(self, line: Line) -> None:
        self._keep_together(13 + 4 * len(line.evidence) + (5 if line.deposit_cents else 0))
        self._rule()
        rate = money.format_rate(line.vat_rate_bp, self.document.language)
        widths = [self._wide(), RATE_WIDTH, AMOUNT_WIDTH]
        first, *rest = self._wrapped(self.document.name_of(line), widths[0], size=10)
        self._row([first, rate, self._eur(line.total_cents)], widths, size=10, bold_first=True)
        for part in rest:
            self._text(part, size=10, bold=True)
        self._text(words.price(line, self.document.language), grey=SOFT)
        for movement in line.evidence:
            self._text(
                f"{self.words['seen']}: {words.seen(movement, self.document.language)}", grey=SOFT, size=8
            )
        if line.deposit_cents:
            deposit = f"{self.words['deposit']} {line.quantity} × {self._eur(line.unit_deposit_cents)}"
            self._row([deposit, rate, self._eur(line.deposit_cents)], widths)
        self.pdf.ln(1)

    def sums(self) -> None:
        document = self.document
        self._keep_together(38)
        self._rule()
        if document.deposit_cents:
            self._sum(self.words["goods"], document.total_cents - document.deposit_cents)
            self._sum(self.words["deposit"], document.deposit_cents)
        self._sum(self.words["total"], document.total_cents, size=14)
        if document.paid_cents:
            paid = (
                f"{self.words['paid_with']} {document.card}" if document.card else self.words["paid_amount"]
            )
            self._sum(paid, document.paid_cents)
        if document.waived_cents:
            self._sum(self.words["waived_amount"], document.waived_cents)
        if document.open_cents:
            self._sum(self.words["open_amount"], document.open_cents)

    def vat_table(self) -> None:
        self._keep_together(14 + 5 * len(self.document.vat))
        self.pdf.ln(4)
        self._text(self.words["vat_table"], bold=True)
        widths = [self.pdf.epw - 3 * AMOUNT_WIDTH, *[AMOUNT_WIDTH] * 3]
        self._row([self.words[key] for key in ("rate", "net", "vat", "gross")], widths, grey=SOFT)
        for row in self.document.vat:
            amounts = [self._eur(cents) for cents in (row.net_cents, row.vat_cents, row.gross_cents)]
            self._row([money.format_rate(row.rate_bp, self.document.language), *amounts], widths)

    def seller(self) -> None:
        document = self.document
        self._keep_together(30)
        self.pdf.ln(4)
        self._rule()
        self._text(f"{self.words['seller']} {document.operator_name}", grey=SOFT)
        self._text(document.operator_address, grey=SOFT)
        if document.operator_vat_id:
            self._text(f"{self.words['vat_id']} {document.operator_vat_id}", grey=SOFT)
        self._text(self.words["prices_include_vat"], grey=SOFT)
        self._text(f"{self.words['visit']} {document.visit_id}", grey=SOFT)

    def _wide(self) -> float:
        return self.pdf.epw - RATE_WIDTH - AMOUNT_WIDTH

    def _eur(self, cents: int) -> str:
        return money.format_eur(cents, self.document.language)

    def _font(self, *, size: float, bold: bool, grey: int) -> None:
        self.pdf.set_font(FAMILY, "B" if bold else "", size)
        self.pdf.set_text_color(grey)

    def _text(self, text: str, *, size: float = 9, bold: bool = False, grey: int = INK) -> None:
        self._font(size=size, bold=bold, grey=grey)
        height = size * 0.5
        self.pdf.multi_cell(0, height, printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _row(
        self,
        cells: list[str],
        widths: list[float],
        *,
        size: float = 9,
        grey: int = INK,
        bold_first: bool = False,
    ) -> None:
        """First cell on the left, figures on the right; one line of text."""
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            self._font(size=size, bold=bold_first and index == 0, grey=grey)
            self.pdf.cell(width, size * 0.55, printable(cell), align="R" if index else "L")
        self.pdf.ln(size * 0.55)

    def _sum(self, label: str, cents: int, *, size: float = 9) -> None:
        height = size * 0.55
        self._font(size=size, bold=size > 9, grey=INK)
        self.pdf.cell(self.pdf.epw - 2 * AMOUNT_WIDTH, height, printable(label))
        self.pdf.cell(2 * AMOUNT_WIDTH, height, printable(self._eur(cents)), align="R")
        self.pdf.ln(height)

    def _wrapped(self, text: str, width: float, *, size: float) -> list[str]:
        self._font(size=size, bold=True, grey=INK)
        lines = self.pdf.multi_cell(
            width - 4, text=printable(text), dry_run=True, output=MethodReturnValue.LINES
        )
        # the library answers in the font's bytes, each shown as the Latin-1 sign of that number
        return [line.encode("latin-1").decode(ENCODING) for line in cast(list[str], lines)]

    def _rule(self) -> None:
        self.pdf.ln(1)
        self.pdf.set_draw_color(RULE)
        self.pdf.line(self.pdf.l_margin, self.pdf.y, self.pdf.w - self.pdf.r_margin, self.pdf.y)
        self.pdf.ln(1.5)

    def _keep_together(self, height: float) -> None:
        if self.pdf.will_page_break(height):
            self.pdf.add_page()
