"""Stores, goods, shoppers and visits by the million: one statement a table, run by the database."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Integer, insert, literal, literal_column, select

from benchmarks.crowd import Calls, call
from shop.domain import clock
from shop.domain.tables import METADATA

LINES = 3  # kinds of goods in a basket, one of each
CENTS, DEPOSIT, VAT_BP = 300, 25, 700
TOTAL = LINES * (CENTS + DEPOSIT)
VAT = 64  # contained in the total
ON_HAND = 1_000_000_000  # no run empties a shelf
GTIN = 400_000_000_000
HISTORY = 500_000_000  # numbers of visits long ago begin here


@dataclass(frozen=True, slots=True)
class Village:
    """One operator's stores, none with plates, all with the same goods."""

    stores: int
    products: int


def build(on: Connection, village: Village) -> None:
    """On an empty database of the newest schema."""
    now, prices = clock.now(), village.stores * village.products
    _fill(on, "operator", 1, id=_id("OPERATOR"), slug="village", name="Dorfläden eG", address="Dorfstraße 1")
    store = _owned() | {"id": _id("STORE"), "slug": _text("store-"), "name": _text("Dorfladen ")}
    _fill(on, "store", village.stores, **store, address="Dorfstraße 1", max_inside=1_000_000)
    door = _in_store("i") | {"id": _id("DOOR"), "name": "front", "code": _text("DOOR-")}
    _fill(on, "door", village.stores, **door, exit_tested_at=now, exit_test_passed=True)
    goods = _owned() | {
        "id": _id("PRODUCT"),
        "sku": _text("sku-"),
        "name_de": _text("Ware "),
        "name_en": _text("Good "),
    }
    goods |= {"vat_class": "reduced", "deposit_cents": DEPOSIT, "unit_weight_g": 250.0, "unit_sd_g": 1.0}
    _fill(on, "product", village.products, **goods)
    barcode = _owned() | {
        "id": _id("GTIN"),
        "product_id": _id("PRODUCT"),
        "gtin": _sql(f"'00' || ({GTIN} + i)"),
    }
    _fill(on, "productgtin", village.products, **barcode)
    sold = _in_store(f"(1 + (i - 1) / {village.products})")
    sold |= {"product_id": _id("PRODUCT", f"(1 + (i - 1) % {village.products})")}
    _fill(on, "price", prices, **sold, id=_id("PRICE"), cents=CENTS, valid_from=now)
    _fill(on, "stockmovement", prices, **sold, id=_id("RECEIVED"), quantity=ON_HAND, reason="received")
    _fill(on, "stockcard", prices, **sold, id=_id("STOCKCARD"))
    on.commit()


def let_in(on: Connection, village: Village, first: int, count: int, *, filled: bool) -> list[Calls]:
    """So many shoppers inside, each with a card, a session and a hold, and what each then asks for.

    Those with a filled basket have ordered and only leave; the others scan, order and leave.
    """
    customers(on, first, count)
    _sessions(on, first, count)
    ordered = _goods() | {"ordered_at": clock.now()} if filled else {}
    _visits(on, village, first, count, state="shopping", **ordered)
    _holds(on, village, first, count, status="held", capture_before=clock.now() + timedelta(days=5))
    for kind in ("stuck", "time_out"):
        timer = {
            "id": _id(kind.upper().replace("_", "")),
            "queue": "worker",
            "kind": kind,
            "subject": _id("VISIT"),
        }
        timer |= {"payload": {"state": "shopping"}, "not_before": clock.now() + timedelta(hours=1)}
        _fill(on, "job", count, first, **_in_store(_store(village)), **timer)
    if filled:
        _lines(on, village, first, count)
    on.commit()
    ask = _leave if filled else _shop
    return [ask(village, number) for number in range(first, first + count)]


def remember(on: Connection, village: Village, count: int) -> None:
    """Visits that were settled long ago, with all they left behind; of as few shoppers as shop here."""
    shoppers = max(count // 100, 1)
    first, then = HISTORY, clock.now() - timedelta(days=30)
    customers(on, first, shoppers)
    hers = {
        "customer_id": _id("CUSTOMER", _past(shoppers)),
        "payment_method_id": _id("CARD", _past(shoppers)),
    }
    paid = _goods() | hers | {"paid_cents": TOTAL, "booked": True, "ordered_at": then, "settled_at": then}
    _visits(on, village, first, count, state="settled", **paid)
    _holds(on, village, first, count, status="captured", captured_cents=TOTAL, capture_before=then)
    _lines(on, village, first, count)
    here = _in_store(_store(village))
    of_it = here | {"visit_id": _id("VISIT")}
    for number in range(LINES):
        moved = {"id": _id(f"SOLD{number}X"), "product_id": _product(village, number)}
        _fill(on, "stockmovement", count, first, **of_it, **moved, quantity=-1, reason="sold", at=then)
    net = {"receivable": TOTAL, "sales": VAT - TOTAL, "vat": -VAT, "card": TOTAL}
    for account, cents in (net | {"paid": -TOTAL}).items():
        entry = {
            "account": "receivable" if account == "paid" else account,
            "cents": cents,
            "booking": _id("VISIT"),
        }
        _fill(on, "ledgerentry", count, first, **of_it, **entry, at=then)
    receipt = {
        "id": _id("RECEIPT"),
        "number": _sql(f"-(i - {first}) - 1"),
        "token": _text("token-"),
        "document": {},
    }
    _fill(on, "receipt", count, first, **of_it, **receipt, issued_at=then)
    for kind in ("place_hold", "unlock", "stuck", "time_out", "capture", "mail_receipt"):
        job = {
            "id": _id(kind.upper().replace("_", "")),
            "queue": "worker",
            "kind": kind,
            "subject": _id("VISIT"),
        }
        _fill(on, "job", count, first, **here, **job, status="done", not_before=then, done_at=then)
    for _ in range(6):
        _fill(on, "feed", count, first, **of_it, topic="visit", at=then)
    on.commit()


def customers(on: Connection, first: int, count: int) -> None:
    _fill(on, "customer", count, first, **_owned(), id=_id("CUSTOMER"), email=_text("shopper-"))
    card = {
        "id": _id("CARD"),
        "customer_id": _id("CUSTOMER"),
        "status": "saved",
        "brand": "visa",
        "last4": "4242",
    }
    _fill(on, "paymentmethod", count, first, **_owned(), **card)


def _sessions(on: Connection, first: int, count: int) -> None:
    until = clock.now() + timedelta(days=1)
    sessions = [
        {
            "operator_id": _plain("OPERATOR", 1),
            "id": _plain("SESSION", number),
            "token_hash": hashlib.sha256(_token(number).encode()).hexdigest(),
            "customer_id": _plain("CUSTOMER", number),
            "expires_at": until,
        }
        for number in range(first, first + count)
    ]
    on.execute(insert(METADATA.tables["signin"]), sessions)


def _visits(on: Connection, village: Village, first: int, count: int, **columns: Any) -> None:
    store, now = _store(village), clock.now()
    visit = _in_store(store) | {"id": _id("VISIT"), "door_id": _id("DOOR", store), "hold_id": _id("HOLD")}
    visit |= {"customer_id": _id("CUSTOMER"), "payment_method_id": _id("CARD"), "checkout_mode": "pay_in_app"}
    _fill(on, "visit", count, first, **(visit | {"unlocked_at": now, "entered_at": now} | columns))


def _holds(on: Connection, village: Village, first: int, count: int, **columns: Any) -> None:
    hold = _in_store(_store(village)) | {
        "id": _id("HOLD"),
        "visit_id": _id("VISIT"),
        "provider_id": _text("pi_"),
    }
    _fill(on, "payment", count, first, **hold, kind="hold", amount_cents=5000, **columns)


def _lines(on: Connection, village: Village, first: int, count: int) -> None:
    of_it = _in_store(_store(village)) | {"visit_id": _id("VISIT"), "scanned": 1, "weighed": False}
    goods = {"unit_price_cents": CENTS, "unit_deposit_cents": DEPOSIT, "vat_rate_bp": VAT_BP}
    names = {"sku": "sku", "name_de": "Ware", "name_en": "Good"}
    for line in range(LINES):
        what = {"id": _id(f"LINE{line}X"), "product_id": _product(village, line)}
        _fill(on, "basketline", count, first, **of_it, **goods, **names, **what)


def _goods() -> dict[str, int]:
    return {"items": LINES, "total_cents": TOTAL, "deposit_cents": LINES * DEPOSIT}


def _leave(village: Village, number: int) -> Calls:
    visit = f"/api/v1/visits/{_plain('VISIT', number)}"
    return [call("POST", f"{visit}/leave", _token(number), key=f"leave-{number}")]


def _shop(village: Village, number: int) -> Calls:
    visit, token = f"/api/v1/visits/{_plain('VISIT', number)}", _token(number)
    each = village.products // LINES
    scans = [
        call(
            "POST",
            f"{visit}/scans",
            token,
            {"gtin": str(GTIN + 1 + line * each + number % each)},
            key=f"scan-{number}-{line}",
        )
        for line in range(LINES)
    ]
    return [*scans, call("POST", f"{visit}/pay", token, key=f"pay-{number}"), *_leave(village, number)]


def _fill(on: Connection, table: str, count: int, first: int = 1, **columns: Any) -> None:
    """Rows number `first` to `first + count - 1`; columns that are not named take the product's defaults."""
    into = METADATA.tables[table]
    numbers = select(literal_column(str(first), Integer).label("i")).cte("numbers", recursive=True)
    last = first + count - 1
    numbers = numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i < last))
    values = [
        value if hasattr(value, "label") else literal(value, into.c[name].type)
        for name, value in columns.items()
    ]
    on.execute(insert(into).from_select(list(columns), select(*values).select_from(numbers)))


def _sql(text: str) -> Any:
    return literal_column(text)


def _text(prefix: str) -> Any:
    return _sql(f"'{prefix}' || i")


def _id(kind: str, number: str | int = "i") -> Any:
    """A row's id, older than every id that the product makes."""
    return _sql(f"'{_prefix(kind)}' || (100000000000 + {number if kind != 'OPERATOR' else 1})")


def _plain(kind: str, number: int) -> str:
    return f"{_prefix(kind)}{100_000_000_000 + number}"


def _prefix(kind: str) -> str:
    return f"{'01' + kind:0<14}"


def _token(number: int) -> str:
    return f"token-of-shopper-{number}"


def _owned() -> dict[str, Any]:
    return {"operator_id": _id("OPERATOR")}


def _in_store(number: str) -> dict[str, Any]:
    return _owned() | {"store_id": _id("STORE", number)}


def _store(village: Village) -> str:
    return f"(1 + i % {village.stores})"


def _product(village: Village, line: int) -> Any:
    """Spread over all goods; the lines of one basket differ."""
    each = village.products // LINES
    return _id("PRODUCT", f"(1 + {line * each} + i % {each})")


def _past(shoppers: int) -> str:
    return f"({HISTORY} + i % {shoppers})"
