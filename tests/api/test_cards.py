"""Several cards: the one she chose pays, and one she removed is gone; not under a visit that holds on it."""

import pytest

from shop.domain import visits
from shop.domain.customers import PaymentMethod
from shop.domain.visit_states import FINAL, State
from tests.api.rigs import Client, Shop, refusal
from tests.domain.visits_at import visit_in

CARDS = "/api/v1/payment-methods"


@pytest.fixture
def first(shop: Shop) -> str:
    [row] = [row for row in shop.rows(PaymentMethod) if row.customer_id == shop.world.anna_id]
    return str(row.id)


@pytest.fixture
def second(shop: Shop, first: str) -> str:
    """Saved after the first."""
    with shop.database.transaction() as tx:
        row = PaymentMethod(
            operator_id=shop.world.operator_id,
            customer_id=shop.world.anna_id,
            status="saved",
            provider_id="pm_second",
            brand="mastercard",
            last4="4444",
        )
        tx.add(row)
        return row.id


def default(client: Client) -> str:
    return "".join(card["id"] for card in client.get(CARDS).json() if card["is_default"])


def test_the_newest_card_pays_until_she_chooses_another(
    shop: Shop, anna: Client, first: str, second: str
) -> None:
    assert default(anna) == second
    chosen = anna.put(f"{CARDS}/{first}/default")
    assert (chosen.status_code, chosen.json()["is_default"]) == (200, True)
    assert default(anna) == first
    assert anna.post("/api/v1/visits", json={"door_code": "WIZ-FRONT"}).status_code == 202
    with shop.database.reading() as tx:
        visit = visits.open_visit_of(tx, shop.world.anna_id)
    assert visit is not None
    assert visit.payment_method_id == first


def test_a_card_she_has_not_finished_saving_cannot_be_chosen(shop: Shop, anna: Client, second: str) -> None:
    shop.change(PaymentMethod, second, status="open")
    assert refusal(anna.put(f"{CARDS}/{second}/default"), 404) == "not_found"


def test_a_removed_card_is_gone_here_and_at_the_bank(shop: Shop, anna: Client, second: str) -> None:
    assert anna.delete(f"{CARDS}/{second}").status_code == 204
    [row] = [row for row in shop.rows(PaymentMethod) if row.id == second]
    assert (row.status, row.provider_id, row.brand, row.last4) == ("removed", None, None, None)
    assert [job.payload for job in shop.jobs("forget_card")] == [{"provider_id": "pm_second"}]
    assert second not in anna.get(CARDS).text
    assert refusal(anna.get(f"{CARDS}/{second}"), 404) == "not_found"
    assert refusal(anna.delete(f"{CARDS}/{second}"), 404) == "not_found"


def test_without_her_last_card_she_is_asked_for_one_at_the_door(anna: Client, first: str) -> None:
    assert anna.delete(f"{CARDS}/{first}").status_code == 204
    entry = anna.post("/api/v1/visits", json={"door_code": "WIZ-FRONT"})
    assert refusal(entry, 402) == "no_payment_method"


@pytest.mark.parametrize("state", State)
def test_a_card_stays_while_a_visit_that_holds_on_it_is_not_over(
    shop: Shop, anna: Client, first: str, second: str, state: State
) -> None:
    with shop.database.transaction() as tx:
        visit = visit_in(tx, shop.world, state)
        visit.payment_method_id = first
        tx.add(visit)
    answer = anna.delete(f"{CARDS}/{first}")
    if state in FINAL:
        assert answer.status_code == 204
    else:
        assert refusal(answer, 409) == "card_in_use"
        assert answer.json()["details"] == {"visit_id": visit.id}
        assert anna.delete(f"{CARDS}/{second}").status_code == 204


def test_nobody_chooses_or_removes_the_card_of_another(ben: Client, first: str) -> None:
    assert refusal(ben.delete(f"{CARDS}/{first}"), 404) == "not_found"
    assert refusal(ben.put(f"{CARDS}/{first}/default"), 404) == "not_found"
