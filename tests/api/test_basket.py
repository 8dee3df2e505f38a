"""The live basket over HTTP: how goods look and what they cost, why a line is there, not mine, missing."""

from datetime import timedelta
from typing import Any

import pytest

from shop.domain import clock, picks
from shop.domain.catalog import Product
from shop.domain.incidents import Incident
from shop.domain.picks import PlateChange
from shop.domain.receipts import Receipt
from tests.api.rigs import Client, Shop, refusal
from tests.domain.visits_at import LIFTED
from tests.domain.world import CHEESE, COLA, MILK, PENCIL, SHELF_DEVICE, STOCK, Article

VISITS = "/api/v1/visits"
A_LITRE = {"amount": 330, "unit": "ml"}


def shelf_sees(shop: Shop, article: Article, taken: int, trace: dict[str, Any] | None = None) -> None:
    """So many left its first plate, below zero: came back."""
    change = PlateChange(
        device_id=SHELF_DEVICE,
        plate=article.plates[0],
        at=clock.now(),
        after_g=round((STOCK - taken) * article.grams),
        delta_g=-round(taken * article.grams),
        trace=trace,
    )
    with shop.database.transaction() as tx:
        picks.plate_changed(tx, change)


def line_of(shown: Any, sku: str) -> dict[str, Any]:
    [line] = [line for line in shown["lines"] if line["sku"] == sku]
    return dict(line)


@pytest.fixture
def visit(shop: Shop, anna: Client) -> str:
    return f"{VISITS}/{shop.let_in(anna)}"


def test_goods_tell_their_sign_content_and_price_of_a_litre(anna: Client, visit: str) -> None:
    listed = {product["sku"]: product for product in anna.get("/api/v1/stores/witzenhausen/products").json()}
    line = line_of(anna.post(f"{visit}/scans", json={"gtin": COLA.gtin}).json(), "cola")
    for shown in (listed["cola"], line):
        assert (shown["icon"], shown["net"]) == ("🥤", A_LITRE)
        assert shown["base_price"] == {"cents": 300, "per": "l"}
    assert listed["cheese"]["base_price"] == {"cents": 1745, "per": "kg"}
    assert (listed["pencil"]["icon"], listed["pencil"]["net"], listed["pencil"]["base_price"]) == (
        "",
        None,
        None,
    )


@pytest.mark.parametrize("deposit", [0, 8, 25, 150])
def test_the_price_of_a_litre_knows_no_deposit(shop: Shop, anna: Client, visit: str, deposit: int) -> None:
    shop.change(Product, shop.world.products["cola"], deposit_cents=deposit)
    line = line_of(anna.post(f"{visit}/scans", json={"gtin": COLA.gtin}).json(), "cola")
    assert (line["unit_deposit_cents"], line["base_price"]["cents"]) == (deposit, 300)


def test_a_line_and_its_receipt_keep_what_was_announced(shop: Shop, anna: Client, visit: str) -> None:
    anna.post(f"{visit}/scans", json={"gtin": COLA.gtin})
    shop.change(Product, shop.world.products["cola"], net_amount=500, icon="")
    assert line_of(anna.get(visit).json(), "cola")["net"] == A_LITRE
    anna.post(f"{visit}/pay")
    shop.ends(visit.rpartition("/")[2])
    [receipt] = shop.rows(Receipt)
    assert receipt.document["lines"][0]["base_price"] == {"cents": 300, "per": "l"}
    assert "3,00\u00a0€/l" in anna.get(f"/r/{receipt.token}?lang=de").text
    assert line_of(anna.get(visit).json(), "cola")["base_price"] == {"cents": 300, "per": "l"}


def test_what_she_adds_by_name_counts_as_a_scan_does(shop: Shop, anna: Client, visit: str) -> None:
    line = line_of(anna.post(f"{visit}/lines", json={"sku": "cola"}).json(), "cola")
    assert (line["quantity"], line["scanned"], line["corrected"], line["sure"]) == (1, 1, None, False)
    shelf_sees(shop, COLA, 1)
    line = line_of(anna.get(visit).json(), "cola")
    assert (line["quantity"], line["sensed"], line["sure"]) == (1, 1, True)


def test_what_she_adds_by_name_claims_what_left_a_shelf_while_two_were_inside(
    shop: Shop, anna: Client, ben: Client, visit: str
) -> None:
    his = f"{VISITS}/{shop.let_in(ben)}"
    shelf_sees(shop, MILK, 1)
    assert [client.get(one).json()["unclear"] for client, one in ((anna, visit), (ben, his))] == [1, 1]
    line = line_of(anna.post(f"{visit}/lines", json={"sku": "milk"}).json(), "milk")
    assert (line["sensed"], line["sure"]) == (1, True)
    assert [client.get(one).json()["unclear"] for client, one in ((anna, visit), (ben, his))] == [0, 0]


def test_by_name_too_nobody_takes_what_is_unknown_or_sold_out_or_too_much(anna: Client, visit: str) -> None:
    assert refusal(anna.post(f"{visit}/lines", json={"sku": "caviar"}), 404) == "unknown_product"
    assert refusal(anna.post(f"{visit}/lines", json={"sku": "cola", "quantity": 21}), 422) == "invalid_input"
    for _ in range(4):
        assert anna.post(f"{visit}/lines", json={"sku": "pencil", "quantity": 20}).status_code == 200
    assert refusal(anna.post(f"{visit}/lines", json={"sku": "pencil", "quantity": 20}), 409) == "too_many"
    assert anna.put(f"{visit}/lines/cola", json={"quantity": STOCK - 1}).status_code == 200
    assert refusal(anna.post(f"{visit}/lines", json={"sku": "cola", "quantity": 2}), 409) == "sold_out"


def test_she_sees_why_a_line_is_there(shop: Shop, anna: Client, visit: str) -> None:
    shelf_sees(shop, COLA, 2)
    shelf_sees(shop, COLA, -1)
    told = anna.get(f"{visit}/lines/cola/evidence").json()
    assert told["sku"] == "cola"
    assert [(one["shelf"], one["plate"], one["grams"], one["count"]) for one in told["evidence"]] == [
        ("A", 2, -1080, 2),
        ("A", 2, 540, -1),
    ]
    assert all(one["trace"] is None for one in told["evidence"])  # their shelf drew nothing


def test_she_sees_how_the_weight_moved(shop: Shop, anna: Client, visit: str) -> None:
    shelf_sees(shop, COLA, 2, trace=LIFTED)
    [one] = anna.get(f"{visit}/lines/cola/evidence").json()["evidence"]
    assert one["trace"] == LIFTED


def test_a_scanned_line_has_no_evidence_of_a_shelf(anna: Client, visit: str) -> None:
    anna.post(f"{visit}/scans", json={"gtin": PENCIL.gtin})
    assert anna.get(f"{visit}/lines/pencil/evidence").json() == {"sku": "pencil", "evidence": []}


def test_of_a_line_that_is_not_hers_nothing_is_told(
    shop: Shop, anna: Client, ben: Client, visit: str
) -> None:
    shelf_sees(shop, COLA, 1)
    assert refusal(anna.get(f"{visit}/lines/milk/evidence"), 404) == "not_found"
    assert refusal(ben.get(f"{visit}/lines/cola/evidence"), 404) == "not_found"


@pytest.mark.parametrize("scanned", [0, 1])
def test_not_mine_leaves_what_she_scanned_and_a_person_looks(
    shop: Shop, anna: Client, visit: str, scanned: int
) -> None:
    shelf_sees(shop, COLA, 2)
    for _ in range(scanned):
        anna.post(f"{visit}/scans", json={"gtin": COLA.gtin})
    shown = anna.put(f"{visit}/lines/cola", json={"quantity": scanned}).json()
    line = line_of(shown, "cola")
    assert (line["quantity"], line["sensed"], line["corrected"], line["sure"]) == (scanned, 2, scanned, False)
    assert shown["total_cents"] == scanned * (COLA.price + COLA.deposit)
    assert len(anna.get(f"{visit}/lines/cola/evidence").json()["evidence"]) == 1  # it can still be looked at
    anna.post(f"{visit}/leave")
    shop.ends(visit.rpartition("/")[2])
    shown = anna.get(visit).json()
    assert (shown["state"], shown["reason"]["code"], shown["paid_cents"]) == ("in_review", "unclear_goods", 0)
    assert shop.jobs("capture") == []
    assert [one.kind for one in shop.rows(Incident)] == ["review"]


def test_taken_back_it_is_as_if_she_had_never_said_it(shop: Shop, anna: Client, visit: str) -> None:
    shelf_sees(shop, COLA, 2)
    before = anna.get(visit).json()
    anna.put(f"{visit}/lines/cola", json={"quantity": 0})
    assert anna.put(f"{visit}/lines/cola", json={"quantity": 2}).json() == before
    anna.post(f"{visit}/pay")
    shop.ends(visit.rpartition("/")[2])
    assert anna.get(visit).json()["state"] == "settling"


def test_what_she_takes_after_not_mine_is_hers_again(shop: Shop, anna: Client, visit: str) -> None:
    """What the shelf sees later is not in what she said before."""
    shelf_sees(shop, CHEESE, 1)
    anna.put(f"{visit}/lines/cheese", json={"quantity": 0})
    with pytest.MonkeyPatch.context() as patch:
        later = clock.now() + timedelta(seconds=60)
        patch.setattr(clock, "now", lambda: later)
        shelf_sees(shop, CHEESE, 1)
    line = line_of(anna.get(visit).json(), "cheese")
    assert (line["quantity"], line["sensed"], line["corrected"]) == (1, 2, 1)
