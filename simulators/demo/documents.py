"""Reads amounts out of receipts as a person would: from the words of the PDF and of the page.

Those of a correction stand below zero there; here they are what it gives back.
"""

import io
import re

from pypdf import PdfReader

from simulators.demo.facts import ReceiptFigures

LABELS = {"total": ("Summe ", "Total "), "paid": ("Bezahlt ", "Paid ", "Erstattet ", "Refunded ")}
GERMAN = re.compile(r"(?P<euros>\d{1,3}(?:\.\d{3})*),(?P<cents>\d\d)\s€$")
ENGLISH = re.compile(r"€(?P<euros>\d{1,3}(?:,\d{3})*)\.(?P<cents>\d\d)$")


def from_pdf(content: bytes) -> ReceiptFigures:
    """ValueError for a document without a total."""
    pages = PdfReader(io.BytesIO(content)).pages
    lines = [line.strip() for page in pages for line in page.extract_text().splitlines()]
    total, paid = (_amount(lines, LABELS[name]) for name in ("total", "paid"))
    if total is None:
        raise ValueError("the receipt names no total")
    return ReceiptFigures(total_cents=total, paid_cents=paid or 0)


def from_page(page: str) -> ReceiptFigures:
    """ValueError for a page without a total."""
    total, paid = (re.search(rf'<data id="{name}" value="-?(\d+)">', page) for name in ("total", "paid"))
    if total is None or paid is None:
        raise ValueError("the receipt's page names no total")
    return ReceiptFigures(total_cents=int(total[1]), paid_cents=int(paid[1]))


def _amount(lines: list[str], labels: tuple[str, ...]) -> int | None:
    """The amount at the end of the last line that begins with a label: the sums stand below the goods."""
    for line in reversed(lines):
        if line.startswith(labels) and (found := GERMAN.search(line) or ENGLISH.search(line)):
            return int(re.sub(r"\D", "", found["euros"]) + found["cents"])
    return None
