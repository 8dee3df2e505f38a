"""She leaves a store without plates: the visit is booked in that request, and its answer shows it."""

import threading
import time

import httpx2
import pytest
from sqlmodel import Session, col, delete

from shop.domain import collection, visits
from shop.domain.fleet import Plate
from shop.domain.ports import IntentState
from tests.api.rigs import Client, Shop
from tests.domain.world import CHEESE, COLA, MILK, PENCIL

VISITS = "/api/v1/visits"
BASKETS = {
    "ordered": ([COLA, MILK, COLA, CHEESE], True, "settling"),
    "too little for a card": ([PENCIL], True, "settled"),
    "not ordered": ([COLA], False, "payment_due"),
    "nothing taken": ([], False, "empty"),
}


def without_plates(shop: Shop, tx: Session) -> None:
    tx.exec(delete(Plate).where(col(Plate.store_id) == shop.world.store_id))


@pytest.fixture
def bare(shop: Shop) -> Shop:
    with shop.database.transaction() as tx:
        without_plates(shop, tx)
    return shop


@pytest.mark.parametrize("basket", BASKETS)
def test_the_answer_is_what_a_second_look_shows(bare: Shop, anna: Client, basket: str) -> None:
    goods, ordered, state = BASKETS[basket]
    visit = f"{VISITS}/{bare.let_in(anna)}"
    for article in goods:
        anna.post(f"{visit}/scans", json={"gtin": article.gtin})
    if ordered:
        anna.post(f"{visit}/pay")
    answer = anna.post(f"{visit}/leave")
    assert (answer.status_code, answer.json()["state"]) == (202, state)
    assert answer.json() == anna.get(visit).json() == anna.post(f"{visit}/leave").json()


def test_a_line_she_took_back_is_neither_shown_nor_sold(bare: Shop, anna: Client) -> None:
    visit = f"{VISITS}/{bare.let_in(anna)}"
    anna.post(f"{visit}/scans", json={"gtin": COLA.gtin})
    anna.post(f"{visit}/scans", json={"gtin": PENCIL.gtin})
    anna.put(f"{visit}/lines/pencil", json={"quantity": 0})
    anna.post(f"{visit}/pay")
    answer = anna.post(f"{visit}/leave").json()
    assert [line["sku"] for line in answer["lines"]] == ["cola"]
    assert answer == anna.get(visit).json()


def test_what_became_of_her_hold_while_she_waited_is_in_the_answer(crowd: Shop) -> None:
    """Its news has the visit's lock, and what she asks looks at the payment only once it has it."""
    anna = crowd.client(crowd.world.anna_id)
    visit_id = crowd.let_in(anna)
    anna.post(f"{VISITS}/{visit_id}/scans", json={"gtin": COLA.gtin})
    anna.post(f"{VISITS}/{visit_id}/pay")
    answers: list[httpx2.Response] = []
    leaving = threading.Thread(target=lambda: answers.append(anna.post(f"{VISITS}/{visit_id}/leave")))
    with crowd.database.transaction() as tx:
        without_plates(crowd, tx)
        hold_id = str(visits.locked(tx, visit_id).hold_id)
        collection.told(tx, hold_id, IntentState("released", provider_id=f"pi_{visit_id}"))
        leaving.start()
        time.sleep(0.5)  # by then she waits
    leaving.join()
    [answer] = answers
    assert answer.json()["hold"]["status"] == "released"
    assert answer.json() == anna.get(f"{VISITS}/{visit_id}").json()
    assert crowd.jobs("capture") == []
