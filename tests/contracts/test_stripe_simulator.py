"""What only the simulator has: hosted pages, the money log, its own surface and its strictness."""

import json
import signal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from stripe import APIError, CardError, InvalidRequestError, StripeClient

from simulators.stripe import endpoints
from tests.contracts.stripe_stand import KEY, Receiver, Simulator, metadata, payment, refusal, run_simulator

VISA = {"cardNumber": "4242 4242 4242 4242", "cardExpiry": "12 / 34", "cardCvc": "123"}
GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.8"}


@pytest.fixture
def session(sim_client: StripeClient) -> Any:
    customer = sim_client.v1.customers.create({"email": "erika@example.de"})
    return sim_client.v1.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "eur",
            "customer": customer.id,
            "success_url": "https://shop.example/saved?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.example/card",
        }
    )


def saved_cards(client: StripeClient, session: Any) -> list[str]:
    methods = client.v1.customers.payment_methods.list(session.customer).data
    return [method.card.last4 or "" for method in methods if method.card]


def test_the_card_page_speaks_the_browsers_language(session: Any) -> None:
    german, english = httpx.get(session.url, headers=GERMAN).text, httpx.get(session.url).text
    assert '<html lang="de">' in german
    assert '<label for="cardNumber">Kartennummer</label><input id="cardNumber"' in german
    assert '<label for="cardNumber">Card number</label>' in english
    assert 'href="https://shop.example/card"' in english


def test_a_card_typed_on_the_page_is_saved(sim_client: StripeClient, session: Any) -> None:
    answer = httpx.post(session.url, data=VISA)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"https://shop.example/saved?session={session.id}"
    done = sim_client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    intent: Any = done.setup_intent
    assert (done.status, done.url, intent.status) == ("complete", None, "succeeded")
    assert saved_cards(sim_client, session) == ["4242"]


def test_a_finished_page_takes_no_second_card(sim_client: StripeClient, session: Any) -> None:
    httpx.post(session.url, data=VISA)
    assert httpx.post(session.url, data=VISA).status_code == 200
    assert saved_cards(sim_client, session) == ["4242"]


def test_an_expired_page_takes_no_card(sim_client: StripeClient, session: Any) -> None:
    sim_client.v1.checkout.sessions.expire(session.id)
    assert httpx.post(session.url, data=VISA).status_code == 410
    assert saved_cards(sim_client, session) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cardNumber": "4242 4242 4242 4241"}, "Kartennummer ist ungültig"),
        ({"cardNumber": "4000000000000002"}, "Karte wurde abgelehnt"),
        ({"cardNumber": "4111111111111111"}, "Karte wurde abgelehnt"),
        ({"cardExpiry": "12 / 20"}, "Ablaufdatum Ihrer Karte ist ungültig"),
        ({"cardCvc": "1"}, "Prüfziffer Ihrer Karte ist ungültig"),
    ],
)
def test_the_page_says_why_a_card_is_refused(session: Any, change: dict[str, str], words: str) -> None:
    answer = httpx.post(session.url, data=VISA | change, headers=GERMAN)
    assert answer.status_code == 402
    assert 'role="alert"' in answer.text
    assert words in answer.text


def test_a_refused_card_does_not_end_the_session(sim_client: StripeClient, session: Any) -> None:
    httpx.post(session.url, data=VISA | {"cardNumber": "4000000000000002"})
    assert httpx.post(session.url, data=VISA).status_code == 303
    assert saved_cards(sim_client, session) == ["4242"]


@pytest.mark.parametrize(("outcome", "cards"), [("complete", ["3155"]), ("fail", [])])
def test_the_bank_is_asked_before_such_a_card_is_saved(
    sim_client: StripeClient, session: Any, outcome: str, cards: list[str]
) -> None:
    bank = httpx.post(session.url, data=VISA | {"cardNumber": "4000002500003155"}).headers["location"]
    assert "3-D Secure" in httpx.get(bank).text
    back = httpx.post(bank, data={"outcome": outcome}).headers["location"]
    assert saved_cards(sim_client, session) == cards
    assert back.startswith("https://shop.example/saved" if cards else session.url)


def test_a_card_set_up_at_the_bank_pays_while_the_customer_is_away(
    sim_client: StripeClient, session: Any
) -> None:
    bank = httpx.post(session.url, data=VISA | {"cardNumber": "4000002500003155"}).headers["location"]
    httpx.post(bank, data={"outcome": "complete"})
    saved = sim_client.v1.customers.payment_methods.list(session.customer).data[0].id
    paid = payment(sim_client, saved, customer=session.customer, off_session=True)
    assert paid.status == "succeeded"


@pytest.mark.parametrize(
    ("outcome", "status", "told"),
    [("complete", "requires_capture", "succeeded"), ("fail", "requires_payment_method", "failed")],
)
def test_the_bank_decides_a_payment(sim_client: StripeClient, outcome: str, status: str, told: str) -> None:
    intent = payment(
        sim_client,
        "pm_card_threeDSecure2Required",
        capture_method="manual",
        return_url="https://shop.example/back?visit=1",
    )
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    page = str(intent.next_action.redirect_to_url.url)
    assert "€25.00" in httpx.get(page).text
    back = parse_qs(urlsplit(httpx.post(page, data={"outcome": outcome}).headers["location"]).query)
    assert (back["visit"], back["payment_intent"], back["redirect_status"]) == (["1"], [intent.id], [told])
    assert sim_client.v1.payment_intents.retrieve(intent.id).status == status


def test_a_payment_failed_at_the_bank_says_so(sim_client: StripeClient) -> None:
    intent = payment(sim_client, "pm_card_authenticationRequired", return_url="https://shop.example/back")
    httpx.post(f"{_origin(intent)}/3ds/{intent.id}", data={"outcome": "fail"})
    failed = sim_client.v1.payment_intents.retrieve(intent.id)
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"


def _origin(intent: Any) -> str:
    parts = urlsplit(intent.next_action.redirect_to_url.url)
    return f"{parts.scheme}://{parts.netloc}"


def test_a_page_that_does_not_exist_is_a_404(sim: Simulator) -> None:
    assert httpx.get(f"{sim.url}/c/pay/cs_test_unknown").status_code == 404
    assert httpx.get(f"{sim.url}/3ds/pi_unknown").status_code == 404


def test_confirming_needs_a_return_url_unless_redirects_are_ruled_out(sim_client: StripeClient) -> None:
    """docs.stripe.com/api/payment_intents/create: depends on the methods enabled in the account."""
    with pytest.raises(InvalidRequestError, match="return_url"):
        payment(sim_client, automatic_payment_methods={"enabled": True})


def test_raw_card_numbers_are_refused(sim_client: StripeClient) -> None:
    """docs.stripe.com/testing: the default of an account; some are allowed to."""
    card: Any = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    with pytest.raises(CardError, match="generally unsafe"):
        sim_client.v1.payment_methods.create({"type": "card", "card": card})


def test_a_parameter_this_version_dropped_is_refused(sim_client: StripeClient) -> None:
    with pytest.raises(InvalidRequestError) as error:
        payment(sim_client, payment_method_types=["card"])
    assert refusal(error)["code"] == "parameter_unknown"


def test_a_parameter_nobody_modelled_is_refused_not_ignored(sim_client: StripeClient) -> None:
    with pytest.raises(APIError, match="does not model the parameter transfer_group") as error:
        payment(sim_client, transfer_group="spring")
    assert error.value.http_status == 501


def test_every_modelled_parameter_is_one_of_the_library() -> None:
    unknown = {
        (endpoint.method, endpoint.path.pattern): endpoint.modelled - endpoint.fields.keys()
        for endpoint in endpoints.build()
    }
    assert {place: names for place, names in unknown.items() if names} == {}


def test_another_api_version_is_refused(sim_client: StripeClient) -> None:
    with pytest.raises(InvalidRequestError, match="speaks API version"):
        sim_client.v1.customers.list(options={"stripe_version": "2019-02-19"})


def test_several_captures_need_multicapture(sim_client: StripeClient) -> None:
    """docs.stripe.com/payments/multicapture"""
    plain = payment(sim_client, capture_method="manual")
    with pytest.raises(InvalidRequestError, match="multicapture"):
        sim_client.v1.payment_intents.capture(plain.id, {"amount_to_capture": 900, "final_capture": False})
    wish = {"card": {"request_multicapture": "if_available"}}
    several = payment(sim_client, capture_method="manual", payment_method_options=wish)
    first = sim_client.v1.payment_intents.capture(
        several.id, {"amount_to_capture": 900, "final_capture": False}
    )
    assert (first.status, first.amount_received, first.amount_capturable) == ("requires_capture", 900, 1600)
    last = sim_client.v1.payment_intents.capture(several.id, {"amount_to_capture": 600})
    assert (last.status, last.amount_received, last.amount_capturable) == ("succeeded", 1500, 0)


def test_an_oversized_request_is_refused(sim: Simulator) -> None:
    answer = httpx.post(f"{sim.url}/v1/customers", content=b"name=" + b"x" * 1_100_000)
    assert answer.status_code == 413


def test_text_that_is_not_utf8_is_refused(sim: Simulator, sim_client: StripeClient) -> None:
    answer = httpx.post(f"{sim.url}/v1/customers", content=b"name=%ff", auth=(KEY, ""))
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def movements(sim: Simulator, intent: str) -> list[tuple[str, int]]:
    lines = [json.loads(line) for line in sim.money_log.read_text().splitlines()]
    return [(line["kind"], line["amount"]) for line in lines if line["payment_intent"] == intent]


def test_the_money_log_has_every_movement(sim: Simulator, sim_client: StripeClient) -> None:
    captured = payment(sim_client, capture_method="manual", metadata={"visit": "7"})
    sim_client.v1.payment_intents.capture(captured.id, {"amount_to_capture": 1234})
    sim_client.v1.refunds.create({"payment_intent": captured.id, "amount": 234})
    released = payment(sim_client, capture_method="manual")
    sim_client.v1.payment_intents.cancel(released.id)
    assert movements(sim, captured.id) == [
        ("hold", 2500),
        ("capture", 1234),
        ("release", 1266),
        ("refund", 234),
    ]
    assert movements(sim, released.id) == [("hold", 2500), ("release", 2500)]
    last = [json.loads(line) for line in sim.money_log.read_text().splitlines()]
    first = next(line for line in last if line["payment_intent"] == captured.id)
    assert (first["metadata"], first["currency"]) == ({"visit": "7"}, "eur")


def test_the_state_lists_open_holds_and_captured_cents(sim: Simulator, sim_client: StripeClient) -> None:
    held = payment(sim_client, capture_method="manual", metadata={"visit": "8"})
    paid = payment(sim_client)
    state = httpx.get(f"{sim.url}/_sim/state").json()
    assert next(hold for hold in state["open_holds"] if hold["id"] == held.id)["metadata"] == {"visit": "8"}
    assert state["captured"][paid.id] == 2500
    assert held.id not in state["captured"]


def test_tampering_changes_what_stripe_says_but_not_the_money_log(
    sim: Simulator, sim_client: StripeClient
) -> None:
    paid = payment(sim_client)
    httpx.post(f"{sim.url}/_sim/tamper", json={"payment_intent": paid.id, "amount_received_delta": -5})
    assert sim_client.v1.payment_intents.retrieve(paid.id).amount_received == 2495
    assert movements(sim, paid.id) == [("capture", 2500)]


def test_a_hold_that_ran_out_is_canceled_by_stripe(sim: Simulator, sim_client: StripeClient) -> None:
    held = payment(sim_client, capture_method="manual")
    httpx.post(f"{sim.url}/_sim/expire_hold", json={"payment_intent": held.id})
    gone = sim_client.v1.payment_intents.retrieve(held.id)
    assert (gone.status, gone.cancellation_reason) == ("canceled", "automatic")
    assert movements(sim, held.id)[-1] == ("release", 2500)


def test_sigterm_stops_it_and_the_log_survives(tmp_path: Path) -> None:
    running = run_simulator(tmp_path / "money.jsonl", Receiver(url="http://127.0.0.1:9/none"))
    httpx.get(f"{running.url}/_sim/state").raise_for_status()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=5) == 0
    assert running.process.stdout is not None
    running.process.stdout.close()
    assert running.money_log.exists()


def test_metadata_of_the_session_reaches_its_setup_intent(sim_client: StripeClient) -> None:
    session = sim_client.v1.checkout.sessions.create(
        {
            "mode": "setup",
            "currency": "eur",
            "success_url": "https://shop.example/",
            "setup_intent_data": {"metadata": {"visit": "9"}},
        }
    )
    assert metadata(sim_client.v1.setup_intents.retrieve(str(session.setup_intent))) == {"visit": "9"}
