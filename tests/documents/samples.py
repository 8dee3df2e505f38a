"""A receipt to render in tests."""

from typing import Any

from shop.documents.receipt import ReceiptDocument

SOLD_AT = "2026-11-22T13:32:10+00:00"


def line(
    sku: str, *, quantity: int, price: int, deposit: int = 0, rate: int = 700, **more: Any
) -> dict[str, Any]:
    return {
        "sku": sku,
        "name_de": sku.title(),
        "name_en": sku.title(),
        "quantity": quantity,
        "unit_price_cents": price,
        "unit_deposit_cents": deposit,
        "total_cents": quantity * price,
        "deposit_cents": quantity * deposit,
        "vat_rate_bp": rate,
    } | more


def weighed(grams: int) -> dict[str, Any]:
    return {
        "shelf": "shelf-1",
        "plate": 4,
        "at": SOLD_AT,
        "grams": grams,
        "count": 2,
        "facing": "not printed",
    }


GOODS = [
    line("milch", quantity=2, price=149, deposit=15, name_de="Frische Vollmilch", evidence=[weighed(-2086)]),
    line("brot", quantity=1, price=429, name_de="Bauernbrot", name_en="Farmhouse bread"),
    line("cola", quantity=6, price=89, deposit=25, rate=1900, base_price={"cents": 270, "per": "l"}),
]


def receipt(lines: list[dict[str, Any]] | None = None, **more: Any) -> ReceiptDocument:
    """Paid in full unless told otherwise."""
    lines = GOODS if lines is None else lines
    deposit = sum(line["deposit_cents"] for line in lines)
    total = sum(line["total_cents"] for line in lines) + deposit
    snapshot = {
        "operator_name": "Genossenschaft Dorfladen Witzenhausen eG",
        "operator_address": "Am Markt 4, 37213 Witzenhausen",
        "operator_vat_id": "DE123456789",
        "store_name": "Dorfladen Witzenhausen",
        "store_address": "Brückenstraße 12, 37213 Witzenhausen",
        "store_slug": "witzenhausen",
        "number": 123,
        "issued_at": SOLD_AT,
        "visit_id": "01JD8ZK3M4N5P6Q7R8S9T0V1W2",
        "card": "Visa •••• 4242",
        "lines": lines,
        "total_cents": total,
        "deposit_cents": deposit,
        "paid_cents": total,
    }
    return ReceiptDocument.model_validate(snapshot | more)
