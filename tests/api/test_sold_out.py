"""Over HTTP: what the books do not have cannot be scanned, and the operator hears of it."""

import pytest
from sqlmodel import col, select

from shop.domain import stock
from shop.domain.catalog import Facing
from shop.domain.incidents import Incident
from tests.api.rigs import Client, Shop, refusal
from tests.domain.world import MILK


@pytest.fixture
def one_left(shop: Shop) -> Shop:
    with shop.database.transaction() as tx:
        stock.stocktake(tx, tx.get_one(Facing, shop.world.facings["milk"]), counted=1)
    return shop


def told(shop: Shop) -> list[Incident]:
    with shop.database.reading() as tx:
        mine = select(Incident).where(Incident.kind == "claimed_beyond_stock").order_by(col(Incident.id))
        return list(tx.exec(mine))


def test_the_last_one_is_sold_and_then_no_more(one_left: Shop, anna: Client) -> None:
    visit = f"/api/v1/visits/{one_left.let_in(anna)}"
    assert anna.post(f"{visit}/scans", json={"gtin": MILK.gtin}).status_code == 200
    answer = anna.post(f"{visit}/scans", json={"gtin": MILK.gtin})
    assert refusal(answer, 409) == "sold_out"
    assert answer.json()["details"] == {"sku": "milk", "available": 0}
    assert "Hilfe" in answer.json()["next_step"]["de"]
    assert refusal(anna.put(f"{visit}/lines/milk", json={"quantity": 2}), 409) == "sold_out"
    assert [line["quantity"] for line in anna.get(visit).json()["lines"]] == [1]


def test_the_operator_sees_that_the_books_may_be_wrong(one_left: Shop, anna: Client) -> None:
    visit_id = one_left.let_in(anna)
    for _ in range(3):
        answer = anna.post(f"/api/v1/visits/{visit_id}/scans", json={"gtin": MILK.gtin, "quantity": 2})
        assert refusal(answer, 409) == "sold_out"
    [incident] = told(one_left)
    assert (incident.visit_id, incident.evidence["sku"], incident.evidence["wanted"]) == (visit_id, "milk", 2)


def test_a_refused_scan_that_is_repeated_is_refused_again_and_told_once(one_left: Shop, anna: Client) -> None:
    visit = f"/api/v1/visits/{one_left.let_in(anna)}"
    named = {"Idempotency-Key": "the-same-scan-again"}
    wish = {"gtin": MILK.gtin, "quantity": 2}
    answers = [anna.post(f"{visit}/scans", json=wish, headers=named) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert refusal(answers[1], 409) == "sold_out"
    assert len(told(one_left)) == 1
