"""The same request many times at once, on both databases: one effect and one answer."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from shop.domain.customers import Customer, PaymentMethod
from shop.domain.sign_in import SignIn
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.api.rigs import Shop, statements
from tests.api.test_repeats import keyed, replayed
from tests.domain.visits_at import visit_in
from tests.domain.world import COLA, DOOR_CODE

VISITS = "/api/v1/visits"
CARDS = "/api/v1/payment-methods"
CODES = "/api/v1/sign-in/codes"
SESSIONS = "/api/v1/sign-in/sessions"
ANNA = "anna@example.org"
NUMBERS = itertools.count()


Send = Callable[[TestClient], httpx2.Response]


def signed_in(shop: Shop, token: str) -> TestClient:
    return TestClient(shop.app, headers={"authorization": f"Bearer {token}"})


def at_once(shop: Shop, token: str, times: int, send: Send) -> list[httpx2.Response]:
    clients = [signed_in(shop, token) for _ in range(times)]
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, clients))


def one_answer(answers: list[httpx2.Response]) -> httpx2.Response:
    assert {(a.status_code, a.content) for a in answers} == {(answers[0].status_code, answers[0].content)}
    assert sorted(replayed(answer) for answer in answers) == [False] + [True] * (len(answers) - 1)
    return answers[0]


@tried(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.integers(2, 5), again=st.integers(0, 2), quantity=st.integers(1, 3))
def test_scans_sent_at_once_and_again_count_once(crowd: Shop, times: int, again: int, quantity: int) -> None:
    with crowd.database.transaction() as tx:
        visit = visit_in(tx, crowd.world, State.SHOPPING)
    token, key = crowd.token(crowd.world.anna_id), f"key-{next(NUMBERS)}"

    def scan(client: TestClient) -> httpx2.Response:
        body = {"gtin": COLA.gtin, "quantity": quantity}
        return client.post(f"{VISITS}/{visit.id}/scans", json=body, headers=keyed(key))

    answers = at_once(crowd, token, times, scan)
    answers += [scan(signed_in(crowd, token)) for _ in range(again)]
    [line] = one_answer(answers).json()["lines"]
    assert line["scanned"] == quantity
    with crowd.database.transaction() as tx:
        tx.get_one(Visit, visit.id).state = State.ABANDONED  # so that the next example may begin


def test_one_wish_to_enter_sent_five_times_is_one_visit(crowd: Shop) -> None:
    token = crowd.token(crowd.world.anna_id)
    answer = one_answer(
        at_once(crowd, token, 5, lambda c: c.post(VISITS, json={"door_code": DOOR_CODE}, headers=keyed()))
    )
    assert [visit.id for visit in crowd.rows(Visit)] == [answer.json()["id"]]
    assert len(crowd.jobs("place_hold")) == 1


def test_without_a_key_five_wishes_for_a_card_are_five(crowd: Shop) -> None:
    """What the key is for; and the check above can fail."""
    before = len(crowd.rows(PaymentMethod))
    at_once(crowd, crowd.token(crowd.world.anna_id), 5, lambda client: client.post(CARDS, json={}))
    assert len(crowd.rows(PaymentMethod)) == before + 5


def test_different_requests_under_one_key_at_once_are_one_and_refusals(crowd: Shop) -> None:
    bodies = iter([{"return_url": f"/?n={number}"} for number in range(4)])
    answers = at_once(
        crowd,
        crowd.token(crowd.world.anna_id),
        4,
        lambda client: client.post(CARDS, json=next(bodies), headers=keyed()),
    )
    assert sorted(answer.status_code for answer in answers) == [202, 422, 422, 422]
    assert len(crowd.jobs("card_setup")) == 1


def test_a_code_traded_five_times_at_once_is_one_session(crowd: Shop) -> None:
    with crowd.database.reading() as tx:
        email = tx.get_one(Customer, crowd.world.anna_id).email
    crowd.client().post(CODES, json={"email": email})
    proof = {"email": email, "code": crowd.jobs("mail_code")[0].payload["code"]}
    answers = at_once(crowd, "nobody", 5, lambda client: client.post(SESSIONS, json=proof, headers=keyed()))
    token = one_answer(answers).json()["token"]
    assert len(crowd.rows(SignIn)) == 1
    bearer = {"authorization": f"Bearer {token}"}
    assert TestClient(crowd.app).get("/api/v1/me", headers=bearer).status_code == 200


def test_a_key_costs_two_statements(crowd: Shop) -> None:
    """What the key costs: one statement before the change and one after it."""
    with crowd.database.transaction() as tx:
        visit_id = visit_in(tx, crowd.world, State.SHOPPING).id
    client = signed_in(crowd, crowd.token(crowd.world.anna_id))
    path = f"{VISITS}/{visit_id}/leave"
    client.post(path, headers=keyed("warm"))
    with statements() as bare:
        client.post(path)
    with statements() as named:
        client.post(path, headers=keyed("named"))
    assert len(named) - len(bare) == 2, named
