"""Asking to be let in: every reason why not, and what it takes to try again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel

from shop.domain import clock
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.fleet import Device, Door
from shop.domain.tenancy import Store
from shop.domain.visit_states import Event, State
from shop.domain.visits import Visit
from tests.api.rigs import Client, Shop, refusal
from tests.domain.visits_at import visit_in
from tests.domain.world import DOOR_CODE, FOREIGN_DOOR_CODE, LOCK_DEVICE

VISITS = "/api/v1/visits"


def test_a_wish_to_enter_is_saved_with_the_job_that_places_the_hold(shop: Shop, anna: Client) -> None:
    answer = anna.post(VISITS, json={"door_code": DOOR_CODE})
    assert answer.status_code == 202
    visit = answer.json()
    assert (visit["state"], visit["promise"], visit["can"]) == ("requested", "card_hold", ["cancel", "help"])
    assert visit["hold"] == {"amount_cents": 5000, "status": "none", "release_at": None}
    [job] = shop.jobs("place_hold")
    assert job.subject == visit["id"]
    assert anna.get("/api/v1/me").json()["customer"]["open_visit_id"] == visit["id"]


@pytest.mark.parametrize("code", ["NO-SUCH-DOOR", FOREIGN_DOOR_CODE, f"{DOOR_CODE}-", "%00", "';--"])
def test_an_unknown_or_foreign_door_opens_nothing(anna: Client, code: str) -> None:
    assert refusal(anna.post(VISITS, json={"door_code": code}), 404) == "unknown_door"


@pytest.mark.parametrize(
    ("row", "change", "status", "code"),
    [
        ("door", {"exit_tested_at": None}, 409, "exit_untested"),
        ("door", {"exit_test_passed": False}, 409, "exit_untested"),
        ("door", {"exit_tested_at": clock.now() - timedelta(days=366)}, 409, "exit_untested"),
        ("lock", {"egress": "software"}, 409, "exit_untested"),
        ("store", {"is_open": False}, 409, "store_closed"),
        ("lock", {"online": False}, 409, "door_unavailable"),
        ("store", {"max_inside": 0}, 409, "store_full"),
        ("anna", {"blocked_at": clock.now()}, 403, "customer_blocked"),
        ("card", {"status": "failed"}, 402, "no_payment_method"),
    ],
)
def test_who_may_not_enter_is_told_why(
    shop: Shop, anna: Client, row: str, change: dict[str, Any], status: int, code: str
) -> None:
    world = shop.world
    card = next(m.id for m in shop.rows(PaymentMethod) if m.customer_id == world.anna_id)
    rows: dict[str, tuple[type[SQLModel], str]] = {
        "door": (Door, world.door_id),
        "lock": (Device, LOCK_DEVICE),
        "store": (Store, world.store_id),
        "anna": (Customer, world.anna_id),
        "card": (PaymentMethod, card),
    }
    table, key = rows[row]
    shop.change(table, key, **change)
    assert refusal(anna.post(VISITS, json={"door_code": DOOR_CODE}), status) == code
    assert shop.rows(Visit) == []
    if row in ("door", "lock", "store"):
        store = anna.get("/api/v1/stores/witzenhausen").json()
        assert (store["open"], store["refusal"]["code"]) == (False, code)


def test_the_door_of_another_store_than_the_one_on_her_screen_stays_shut(shop: Shop, anna: Client) -> None:
    wish = {"door_code": DOOR_CODE, "store": "eschwege"}
    assert refusal(anna.post(VISITS, json=wish), 409) == "other_store"
    assert shop.rows(Visit) == []
    assert anna.post(VISITS, json=wish | {"store": "witzenhausen"}).status_code == 202


def test_one_visit_at_a_time(anna: Client) -> None:
    first = anna.post(VISITS, json={"door_code": DOOR_CODE}).json()["id"]
    again = anna.post(VISITS, json={"door_code": DOOR_CODE})
    assert refusal(again, 409) == "visit_open"
    assert again.json()["details"] == {"visit_id": first}


def test_one_shopper_at_the_door_at_a_time(shop: Shop, anna: Client, ben: Client) -> None:
    visit_id = anna.post(VISITS, json={"door_code": DOOR_CODE}).json()["id"]
    assert refusal(ben.post(VISITS, json={"door_code": DOOR_CODE}), 409) == "door_busy"
    assert anna.post(f"{VISITS}/{visit_id}/cancel").status_code == 202
    assert ben.post(VISITS, json={"door_code": DOOR_CODE}).status_code == 202


def test_who_owes_money_pays_first(shop: Shop, anna: Client) -> None:
    with shop.database.transaction() as tx:
        owing = visit_in(tx, shop.world, State.PAYMENT_DUE).id
    answer = anna.post(VISITS, json={"door_code": DOOR_CODE})
    assert refusal(answer, 409) == "payment_due"
    assert answer.json()["details"] == {"visit_id": owing}


def test_the_promise_of_the_door_step_by_step(shop: Shop, anna: Client) -> None:
    visit_id = anna.post(VISITS, json={"door_code": DOOR_CODE}).json()["id"]

    def seen() -> tuple[str, str]:
        visit = anna.get(f"{VISITS}/{visit_id}").json()
        return visit["state"], visit["promise"]

    shop.hold(visit_id, "action", action_url="https://bank.example/prove-it")
    shop.happens(visit_id, Event.AUTHENTICATION_ASKED)
    assert seen() == ("authenticating", "authenticate")
    shown = anna.get(f"{VISITS}/{visit_id}").json()
    assert shown["authenticate_url"] == "https://bank.example/prove-it"
    shop.hold(visit_id, "held", capture_before=clock.now() + timedelta(days=7))
    shop.happens(visit_id, Event.HOLD_PLACED)
    assert seen() == ("admitted", "unlocking")
    shop.happens(visit_id, Event.UNLOCKED)
    assert seen() == ("unlocked", "unlocked")
    shop.happens(visit_id, Event.DOOR_OPENED)
    assert seen() == ("shopping", "open")
    shown = anna.get(f"{VISITS}/{visit_id}").json()
    assert shown["hold"]["status"] == "placed"
    assert shown["hold"]["release_at"] is not None
    assert anna.get("/api/v1/stores/witzenhausen").json()["people_inside"] == 1


def test_a_refused_card_names_the_reason_and_the_next_step(shop: Shop, anna: Client) -> None:
    visit_id = anna.post(VISITS, json={"door_code": DOOR_CODE}).json()["id"]
    shop.hold(visit_id, "declined", decline_code="insufficient_funds")
    shop.happens(visit_id, Event.HOLD_DECLINED, reason="insufficient_funds")
    visit = anna.get(f"{VISITS}/{visit_id}").json()
    assert (visit["state"], visit["reason"]["code"]) == ("refused", "insufficient_funds")
    assert visit["reason"]["next_step"]["de"]
    assert visit["can"] == []


def test_stores_and_products_of_another_operator_do_not_exist(anna: Client) -> None:
    assert [store["slug"] for store in anna.get("/api/v1/stores").json()] == ["witzenhausen"]
    for path in ("/api/v1/stores/eschwege", "/api/v1/stores/eschwege/products", "/api/v1/stores/none"):
        assert refusal(anna.get(path), 404) == "unknown_store"
    offered = anna.get("/api/v1/stores/witzenhausen/products").json()
    products = {product["sku"]: product for product in offered}
    assert products["cola"]["deposit_cents"] == 25
    assert products["cola"]["gtins"] == ["04000000000028"]


def test_saving_a_card_starts_a_job_and_shows_only_ones_own(shop: Shop, anna: Client, ben: Client) -> None:
    answer = anna.post("/api/v1/payment-methods", json={"return_url": "/?next=visit"})
    assert answer.status_code == 202
    card = answer.json()
    assert (card["status"], card["setup_url"], card["is_default"]) == ("starting", None, False)
    assert [job.payload["method_id"] for job in shop.jobs("card_setup")] == [card["id"]]
    mine = anna.get("/api/v1/payment-methods").json()
    assert [(m["status"], m["is_default"]) for m in mine] == [("starting", False), ("saved", True)]
    assert anna.get(f"/api/v1/payment-methods/{card['id']}").json()["id"] == card["id"]
    assert refusal(ben.get(f"/api/v1/payment-methods/{card['id']}"), 404) == "not_found"


@pytest.mark.parametrize(
    "url", ["https://evil.example", "//evil.example", "/\\evil.example", "", "x", "/a\r\nb"]
)
def test_the_hosted_page_never_sends_anybody_elsewhere(shop: Shop, anna: Client, url: str) -> None:
    assert refusal(anna.post("/api/v1/payment-methods", json={"return_url": url}), 422) == "invalid_input"
    assert shop.jobs("card_setup") == []
