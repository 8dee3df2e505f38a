"""The receipt as one web page that needs nothing else: phone, print, light and dark."""

import base64
import hashlib
import re
from functools import partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from shop.documents import words
from shop.documents.receipt import ReceiptDocument
from shop.domain import money

_pages = Environment(
    loader=PackageLoader("shop.documents"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_template = _pages.get_template("receipt.html.j2")


def render(document: ReceiptDocument, *, pdf_url: str | None = None) -> str:
    """Figures stand in `<data>` elements in cents; their ids are total, deposit, paid, open and waived."""
    language = document.language
    return _template.render(
        receipt=document,
        words=words.words_of(document.kind, language),
        eur=partial(money.format_eur, language=language),
        rate=partial(money.format_rate, language=language),
        moment=partial(words.moment, language=language),
        price=partial(words.price, language=language),
        seen=partial(words.seen, language=language),
        other_language="en" if language == "de" else "de",
        pdf_url=pdf_url,
    )


def _style_digest() -> str:
    source = _pages.loader.get_source(_pages, "receipt.html.j2")[0] if _pages.loader else ""
    style = re.search(r"<style>(.*?)</style>", source, re.DOTALL)
    digest = hashlib.sha256(style.group(1).encode() if style else b"").digest()
    return base64.b64encode(digest).decode()


# To be sent with the page: nothing is loaded, no script runs, only the page's own style counts.
CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_style_digest()}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
