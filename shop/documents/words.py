"""The receipt's words in German and English, and how it writes times and weights."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from shop.documents.receipt import Evidence, Kind, Language, Line
from shop.domain.money import LOCALES, format_eur

BERLIN = ZoneInfo("Europe/Berlin")

WORDS: Final[dict[Language, dict[str, str]]] = {
    "de": {
        "receipt": "Beleg",
        "article": "Artikel",
        "amount": "Betrag",
        "goods": "Waren",
        "deposit": "Pfand",
        "total": "Summe",
        "paid_with": "Bezahlt mit",
        "paid_amount": "Bezahlt",
        "open_amount": "Noch offen",
        "waived_amount": "Erlassen",
        "correction": "Korrekturbeleg",
        "corrects": "Korrektur zu Beleg",
        "refunded_to": "Erstattet auf",
        "refunded_amount": "Erstattet",
        "refunding_amount": "Wird erstattet",
        "status_refunded": "Erstattet",
        "status_refunding": "Die Erstattung ist unterwegs",
        "status_paid": "Bezahlt",
        "status_open": "Noch nicht bezahlt",
        "status_waived": "Erlassen, nichts zu zahlen",
        "vat_table": "Enthaltene Mehrwertsteuer",
        "rate": "Satz",
        "net": "Netto",
        "vat": "MwSt.",
        "gross": "Brutto",
        "vat_id": "USt-IdNr.",
        "seller": "Verkauft von",
        "visit": "Einkauf",
        "prices_include_vat": "Alle Preise enthalten die Mehrwertsteuer. Liefertag ist der Tag des Belegs.",
        "plate": "Platz",
        "seen": "Gewogen",
        "save_pdf": "Als PDF speichern",
        "other_language": "English",
    },
    "en": {
        "receipt": "Receipt",
        "article": "Article",
        "amount": "Amount",
        "goods": "Goods",
        "deposit": "Deposit",
        "total": "Total",
        "paid_with": "Paid with",
        "paid_amount": "Paid",
        "open_amount": "Still open",
        "waived_amount": "Waived",
        "correction": "Correction",
        "corrects": "Corrects receipt",
        "refunded_to": "Refunded to",
        "refunded_amount": "Refunded",
        "refunding_amount": "Being refunded",
        "status_refunded": "Refunded",
        "status_refunding": "The refund is on its way",
        "status_paid": "Paid",
        "status_open": "Not paid yet",
        "status_waived": "Waived, nothing to pay",
        "vat_table": "VAT included",
        "rate": "Rate",
        "net": "Net",
        "vat": "VAT",
        "gross": "Gross",
        "vat_id": "VAT ID",
        "seller": "Sold by",
        "visit": "Visit",
        "prices_include_vat": "All prices include VAT. The day of supply is the day of this receipt.",
        "plate": "Place",
        "seen": "Weighed",
        "save_pdf": "Save as PDF",
        "other_language": "Deutsch",
    },
}


# What a correction says where a sale says something else.
CORRECTION: Final = {
    "receipt": "correction",
    "paid_with": "refunded_to",
    "paid_amount": "refunded_amount",
    "open_amount": "refunding_amount",
}


def words_of(kind: Kind, language: Language) -> dict[str, str]:
    words = WORDS[language]
    if kind == "sale":
        return words
    return words | {said: words[instead] for said, instead in CORRECTION.items()}


def moment(at: datetime, language: Language) -> str:
    """Day and minute as the store's clock showed them."""
    local = at.astimezone(BERLIN)
    day = format_date(local, "long", locale=LOCALES[language])
    return f"{day}, {local:%H:%M}" + (" Uhr" if language == "de" else "")


def price(line: Line, language: Language) -> str:
    """`2 × 0,99 €`, and where the law asks for it `3,00 €/l` behind it."""
    each = f"{line.quantity} × {format_eur(line.unit_price_cents, language)}"
    base = line.base_price
    return each + (f" · {format_eur(base.cents, language)}/{base.per}" if base else "")


def seen(evidence: Evidence, language: Language) -> str:
    """`Regal 1, Platz 4, 14:32:10, -1.043 g`: where, when and how much the shelf's weight changed."""
    words = WORDS[language]
    time = format_time(evidence.at.astimezone(BERLIN), "HH:mm:ss", locale=LOCALES[language])
    grams = format_decimal(evidence.grams, locale=LOCALES[language])
    return f"{evidence.shelf}, {words['plate']} {evidence.plate}, {time}, {grams}\u00a0g"
