"""Inside the store: scan, correct, pay, leave, cancel, help, and whose visit it is."""

import httpx2
import pytest

from shop.domain import basket, catalog, clock
from shop.domain.incidents import Incident
from shop.domain.jobs import Status
from shop.domain.payments import Payment
from shop.domain.tenancy import Operator
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit
from tests.api.rigs import Client, Shop, everything, refusal
from tests.domain.visits_at import visit_in
from tests.domain.world import CHEESE, COLA, MILK

VISITS = "/api/v1/visits"
CALLS: dict[str, tuple[str, str, dict[str, object] | None]] = {
    "scan": ("POST", "scans", {"gtin": COLA.gtin}),
    "correct": ("PUT", "lines/cola", {"quantity": 1}),
    "add": ("POST", "lines", {"sku": "cola"}),
    "pay": ("POST", "pay", None),
    "leave": ("POST", "leave", None),
    "cancel": ("POST", "cancel", None),
    "help": ("POST", "help", {"kind": "stuck"}),
}
BEFORE = dict.fromkeys(("scan", "correct", "add", "pay", "leave"), "not_shopping") | {"cancel": "abandoned"}
AFTER = {"leave": "", "cancel": "too_late"} | dict.fromkeys(("scan", "correct", "add"), "not_shopping")
# What each call answers in each state: a refusal's code, the state it leads to, or "" for no change.
ANSWERS: dict[State, dict[str, str]] = {
    State.REQUESTED: BEFORE,
    State.AUTHENTICATING: BEFORE,
    State.ADMITTED: BEFORE,
    State.UNLOCKED: BEFORE | {"cancel": "too_late"},
    State.SHOPPING: {"scan": "", "correct": "", "add": "", "pay": "", "leave": "", "cancel": "too_late"},
    State.SETTLING: AFTER | {"pay": ""},
    State.PAYMENT_DUE: AFTER | {"pay": "settling"},
    State.IN_REVIEW: AFTER | {"pay": "not_shopping"},
    State.SETTLED: AFTER | {"pay": "", "cancel": ""},
    State.EMPTY: AFTER | {"pay": "not_shopping", "cancel": ""},
    State.ABANDONED: AFTER | {"pay": "not_shopping", "cancel": ""},
    State.REFUSED: AFTER | {"pay": "not_shopping", "cancel": ""},
}


def call(client: Client, visit_id: str, name: str) -> httpx2.Response:
    method, path, body = CALLS[name]
    return client.request(method, f"{VISITS}/{visit_id}/{path}", json=body)


@pytest.mark.parametrize("name", [name for name in CALLS if name != "help"])
@pytest.mark.parametrize("state", State)
def test_each_call_in_each_state(shop: Shop, anna: Client, state: State, name: str) -> None:
    with shop.database.transaction() as tx:
        visit_id = visit_in(tx, shop.world, state).id
    expected = ANSWERS[state][name]
    answer = call(anna, visit_id, name)
    if expected in ("not_shopping", "too_late"):
        assert refusal(answer, 409) == expected
    else:
        assert answer.status_code in (200, 202)
        assert answer.json()["state"] == (expected or state)


@pytest.mark.parametrize("state", State)
def test_what_the_app_is_told_it_can_do_is_what_works(shop: Shop, anna: Client, state: State) -> None:
    with shop.database.transaction() as tx:
        visit_id = visit_in(tx, shop.world, state).id
    can = anna.get(f"{VISITS}/{visit_id}").json()["can"]
    assert ("help" in can) == (state not in (State.SETTLED, State.EMPTY, State.ABANDONED, State.REFUSED))
    for name in can:
        with shop.database.reading() as tx:
            still = tx.get_one(Visit, visit_id).state
        if still == state:
            assert call(anna, visit_id, name).status_code in (200, 202), f"{name} while {state}"


@pytest.mark.parametrize("name", CALLS)
def test_another_ones_visit_does_not_exist(shop: Shop, anna: Client, ben: Client, name: str) -> None:
    visit_id = shop.let_in(anna)
    assert refusal(call(ben, visit_id, name), 404) == "not_found"
    assert refusal(call(shop.client(shop.world.foreigner_id), visit_id, name), 404) == "not_found"
    assert refusal(call(anna, "0" * 26, name), 404) == "not_found"


def test_another_ones_visit_cannot_be_looked_at(shop: Shop, anna: Client, ben: Client) -> None:
    visit_id = shop.let_in(anna)
    for path in ("", "/events", "/receipt"):
        assert refusal(ben.get(f"{VISITS}/{visit_id}{path}"), 404) == "not_found"
    assert ben.get(VISITS).json() == []
    assert [visit["id"] for visit in anna.get(VISITS).json()] == [visit_id]


def test_scans_add_up_with_price_deposit_and_tax(shop: Shop, anna: Client) -> None:
    visit_id = shop.let_in(anna)
    call(anna, visit_id, "scan")
    visit = anna.post(f"{VISITS}/{visit_id}/scans", json={"gtin": f"0{COLA.gtin}", "quantity": 2}).json()
    [line] = visit["lines"]
    assert (line["sku"], line["quantity"], line["scanned"], line["sensed"]) == ("cola", 3, 3, 0)
    assert (line["total_cents"], line["deposit_cents"], line["vat_rate_bp"]) == (3 * 99, 3 * 25, 1900)
    assert (visit["total_cents"], visit["deposit_cents"]) == (3 * 124, 75)
    assert line["sure"] is False  # the shelf has not seen it yet


@pytest.mark.parametrize("gtin", ["4000000009999", "00000000", "٤٠٠٠٠٠٠٠٠٠٠٢٨"])
def test_a_product_the_store_does_not_sell(shop: Shop, anna: Client, gtin: str) -> None:
    visit_id = shop.let_in(anna)
    answer = anna.post(f"{VISITS}/{visit_id}/scans", json={"gtin": gtin})
    assert refusal(answer, 404) == "unknown_product"
    answer = anna.put(f"{VISITS}/{visit_id}/lines/no-such", json={"quantity": 1})
    assert refusal(answer, 404) == "unknown_product"


def test_more_than_a_visit_can_hold_is_refused(shop: Shop, anna: Client) -> None:
    visit_id = shop.let_in(anna)
    for _ in range(4):
        anna.post(f"{VISITS}/{visit_id}/scans", json={"gtin": MILK.gtin, "quantity": 20})
    answer = anna.post(f"{VISITS}/{visit_id}/scans", json={"gtin": MILK.gtin, "quantity": 20})
    assert refusal(answer, 409) == "too_many"
    assert anna.get(f"{VISITS}/{visit_id}").json()["lines"][0]["quantity"] == 80


def test_a_correction_below_the_shelf_is_taken_and_later_looked_at(shop: Shop, anna: Client) -> None:
    visit_id = shop.let_in(anna)
    with shop.database.transaction() as tx:
        visit = tx.get_one(Visit, visit_id)
        offer = catalog.offer_by_sku(tx, visit.store_id, "cheese")
        seen = {"shelf": "A", "plate": 4, "grams": -420, "at": clock.now().isoformat()}
        basket.sensed(tx, visit, offer, 2, seen)
    visit_shown = anna.put(f"{VISITS}/{visit_id}/lines/cheese", json={"quantity": 1}).json()
    [line] = visit_shown["lines"]
    assert (line["sensed"], line["corrected"], line["quantity"], line["sure"]) == (2, 1, 1, False)
    call(anna, visit_id, "pay")
    shop.ends(visit_id)
    visit_shown = anna.get(f"{VISITS}/{visit_id}").json()
    assert (visit_shown["state"], visit_shown["reason"]["code"]) == ("in_review", "unclear_goods")


def test_a_corrected_line_of_zero_stays_to_be_seen_only_if_something_speaks_for_it(
    shop: Shop, anna: Client
) -> None:
    visit_id = shop.let_in(anna)
    assert anna.put(f"{VISITS}/{visit_id}/lines/pencil", json={"quantity": 2}).json()["total_cents"] == 60
    shown = anna.put(f"{VISITS}/{visit_id}/lines/pencil", json={"quantity": 0}).json()
    assert (shown["lines"], shown["total_cents"]) == ([], 0)


def test_ordering_twice_is_one_order(shop: Shop, anna: Client) -> None:
    visit_id = shop.let_in(anna)
    call(anna, visit_id, "scan")
    first = call(anna, visit_id, "pay").json()
    ordered = shop.rows(Visit)[0].ordered_at
    second = call(anna, visit_id, "pay").json()
    assert first["paid"] is second["paid"] is True
    assert shop.rows(Visit)[0].ordered_at == ordered
    assert "pay" not in second["can"]
    call(anna, visit_id, "leave")
    shop.ends(visit_id)
    call(anna, visit_id, "pay")
    assert [job.payload["amount_cents"] for job in shop.jobs("capture")] == [124]


def test_leaving_twice_ends_the_visit_once(shop: Shop, anna: Client) -> None:
    visit_id = shop.let_in(anna)
    call(anna, visit_id, "scan")
    call(anna, visit_id, "pay")
    assert call(anna, visit_id, "leave").json()["state"] == "shopping"  # the last reports are awaited
    seen = shop.rows(Visit)[0].exit_seen_at
    call(anna, visit_id, "leave")
    assert shop.rows(Visit)[0].exit_seen_at == seen
    shop.ends(visit_id)
    assert call(anna, visit_id, "leave").json()["state"] == "settling"
    assert len(shop.jobs("capture")) == 1


def test_a_due_payment_is_asked_for_once_however_often_she_taps(shop: Shop, anna: Client) -> None:
    with shop.database.transaction() as tx:
        visit_id = visit_in(tx, shop.world, State.PAYMENT_DUE).id
    shop.hold(visit_id, "released")
    for _ in range(3):
        assert call(anna, visit_id, "pay").json()["state"] == "settling"
    assert [p.amount_cents for p in shop.rows(Payment) if p.kind == "charge"] == [248]
    assert len(shop.jobs("charge")) == 1


def test_her_bank_may_ask_her_again_when_she_pays_what_is_due(shop: Shop, anna: Client) -> None:
    with shop.database.transaction() as tx:
        visit_id = visit_in(tx, shop.world, State.PAYMENT_DUE).id
    shop.hold(visit_id, "released")
    call(anna, visit_id, "pay")
    [charge] = [p for p in shop.rows(Payment) if p.kind == "charge"]
    shop.change(Payment, charge.id, status="action", action_url="https://bank.example/prove-it")
    shown = anna.get(f"{VISITS}/{visit_id}").json()
    assert (shown["state"], shown["authenticate_url"]) == ("settling", "https://bank.example/prove-it")


def test_a_reason_is_gone_once_what_it_asked_for_is_done(shop: Shop, anna: Client) -> None:
    visit_id = shop.let_in(anna)
    call(anna, visit_id, "scan")
    shop.ends(visit_id)
    assert anna.get(f"{VISITS}/{visit_id}").json()["reason"]["code"] == "left_unpaid"
    assert call(anna, visit_id, "pay").json()["reason"] is None
    shop.happens(visit_id, Event.CAPTURED)
    assert anna.get(f"{VISITS}/{visit_id}").json()["reason"] is None


def test_cancelling_before_the_door_opened_costs_nothing(shop: Shop, anna: Client) -> None:
    with shop.database.transaction() as tx:
        visit_id = visit_in(tx, shop.world, State.ADMITTED).id
    first, second = call(anna, visit_id, "cancel").json(), call(anna, visit_id, "cancel").json()
    assert (first["state"], first["reason"]["code"]) == ("abandoned", "cancelled")
    assert second == first
    assert len(shop.jobs("release_hold")) == 1


def test_a_hold_nobody_asked_the_bank_for_is_called_off_with_the_visit(shop: Shop, anna: Client) -> None:
    visit_id = anna.post(VISITS, json={"door_code": "WIZ-FRONT"}).json()["id"]
    call(anna, visit_id, "cancel")
    assert [job.status for job in shop.jobs("place_hold")] == [Status.DONE]
    assert shop.jobs("release_hold") == []


@pytest.mark.parametrize("state", State)
def test_a_call_for_help_is_heard_in_every_state(shop: Shop, anna: Client, state: State) -> None:
    shop.change(Operator, shop.world.operator_id, phone="+49 5542 1")
    with shop.database.transaction() as tx:
        visit_id = visit_in(tx, shop.world, state).id
    answer = anna.post(f"{VISITS}/{visit_id}/help", json={"kind": "stuck", "text": "Tür klemmt 🆘"})
    assert answer.status_code == 202
    assert answer.json()["phone"] == "+49 5542 1"
    assert "112" in answer.json()["message"]["de"]
    [incident] = [i for i in shop.rows(Incident) if i.id == answer.json()["incident_id"]]
    assert (incident.kind, incident.severity, incident.visit_id) == ("help_stuck", "alarm", visit_id)
    assert incident.evidence["text"] == "Tür klemmt 🆘"


def test_a_refused_call_leaves_every_row_as_it_was(shop: Shop, anna: Client) -> None:
    visit_id = shop.let_in(anna)
    before = everything(shop.database)
    for path, body in (
        ("scans", {"gtin": CHEESE.gtin, "quantity": 21}),
        ("scans", {"gtin": "4000000009999"}),
        ("scans", {"gtin": CHEESE.gtin, "price_cents": 1}),
        ("help", {"kind": "fire"}),
        ("cancel", None),
    ):
        assert anna.post(f"{VISITS}/{visit_id}/{path}", json=body).status_code in (404, 409, 422)
    assert everything(shop.database) == before
