"""She leaves a store without plates: the visit is booked in that request, and its answer shows it."""

import pytest
from sqlmodel import col, delete

from shop.domain.fleet import Plate
from tests.api.rigs import Client, Shop
from tests.domain.world import CHEESE, COLA, MILK, PENCIL

VISITS = "/api/v1/visits"
BASKETS = {
    "ordered": ([COLA, MILK, COLA, CHEESE], True, "settling"),
    "too little for a card": ([PENCIL], True, "settled"),
    "not ordered": ([COLA], False, "payment_due"),
    "nothing taken": ([], False, "empty"),
}


@pytest.fixture(autouse=True)
def _no_plates(shop: Shop) -> None:
    with shop.database.transaction() as tx:
        tx.exec(delete(Plate).where(col(Plate.store_id) == shop.world.store_id))


@pytest.mark.parametrize("basket", BASKETS)
def test_the_answer_is_what_a_second_look_shows(shop: Shop, anna: Client, basket: str) -> None:
    goods, ordered, state = BASKETS[basket]
    visit = f"{VISITS}/{shop.let_in(anna)}"
    for article in goods:
        anna.post(f"{visit}/scans", json={"gtin": article.gtin})
    if ordered:
        anna.post(f"{visit}/pay")
    answer = anna.post(f"{visit}/leave")
    assert (answer.status_code, answer.json()["state"]) == (202, state)
    assert answer.json() == anna.get(visit).json() == anna.post(f"{visit}/leave").json()


def test_a_line_she_took_back_is_neither_shown_nor_sold(shop: Shop, anna: Client) -> None:
    visit = f"{VISITS}/{shop.let_in(anna)}"
    anna.post(f"{visit}/scans", json={"gtin": COLA.gtin})
    anna.post(f"{visit}/scans", json={"gtin": PENCIL.gtin})
    anna.put(f"{visit}/lines/pencil", json={"quantity": 0})
    anna.post(f"{visit}/pay")
    answer = anna.post(f"{visit}/leave").json()
    assert [line["sku"] for line in answer["lines"]] == ["cola"]
    assert answer == anna.get(visit).json()
