"""Whatever somebody asks of any route, other people's rows stay unread and unchanged."""

import hashlib
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from admin import reviews
from shop.db import Database
from shop.domain import repeats, sign_in, tenancy, visits
from shop.domain.errors import Refusal
from shop.domain.tables import METADATA
from shop.domain.tenancy import Store
from shop.domain.visits import Visit
from tests.api.rigs import everything
from tests.api.surface import routes
from tests.api.test_webhooks import news, signature
from tests.security import sides
from tests.security.conftest import Street
from tests.security.sides import BODIES, Route, Side, tried_everywhere
from tests.security.two_shops import rows_about, told_only_about

# Naming somebody else's thing in the body is answered with 404, except here.
ANSWERED: dict[Route, int] = {
    ("POST", "/api/v1/sign-in/codes"): 202,  # the same for every address
    ("POST", "/api/v1/sign-in/sessions"): 400,
    ("POST", "/api/v1/sign-in/passkeys"): 400,
    ("POST", "/api/v1/account/erase"): 409,  # it names her own account or none
    ("POST", "/api/v1/sign-in"): 400,
    # the page, which says nothing before it has asked the service for what it shows
    **dict.fromkeys([("GET", "/visits/{visit_id}"), ("GET", "/cards/{method_id}")], 200),
}
# A wrong password counts against the account it was tried on: that is its protection.
MAY_TOUCH: dict[Route, set[str]] = {("POST", "/api/v1/sign-in"): {"staff", "audit"}}
KEY = "idempotency-key"  # tried in a test of its own
# Every value a query or header of ours is tried with; one that is not here fails the test.
QUERY = {"lang": "de", "limit": "200", "open": "false", "state": "in_review", "before": "1000000"}
HEADERS = {"last-event-id", "stripe-signature", KEY}
WEBHOOK = ("POST", "/api/v1/webhooks/stripe")

WHO = ["a shopper and another operator", "a shopper and her neighbour", "a desk and another operator"]


@dataclass(frozen=True)
class Trial:
    """Somebody signed in who asks for everything that is not hers."""

    database: Database
    app: FastAPI
    asks: Side
    theirs: Side
    session: dict[str, str]  # for sign_in.open_session

    def client(self) -> TestClient:
        """Signed in anew, because one of the routes ends the session."""
        with self.database.transaction() as tx:
            token = sign_in.open_session(tx, self.asks.premises.world.operator_id, **self.session)
        return TestClient(self.app, headers={"authorization": f"Bearer {token}"})


def trial(street: Street, who: str) -> Trial:
    mine, theirs = street.mine, street.theirs
    with street.database.reading() as tx:
        if who == "a desk and another operator":
            asks, other = sides.desk(tx, mine), sides.desk(tx, theirs)
            other = tried_everywhere(other, all_of=other)
            return Trial(street.database, street.apps["staff"], asks, other, {"staff_id": mine.staff_id})
        asks = sides.shopper(tx, mine, mine.world.anna_id)
        if who == "a shopper and her neighbour":
            ben = sides.shopper(tx, mine, mine.world.ben_id)
            shared: dict[str, list[str]] = {"slug": [], "sku": []}  # both buy in the same store
            other = tried_everywhere(Side(mine, ben.keys, ben.path | shared), all_of=ben)
        else:
            hers = sides.shopper(tx, theirs, theirs.world.ben_id)
            operator = Side(theirs, theirs.keys, hers.path)
            other = tried_everywhere(operator, all_of=hers)
    return Trial(street.database, street.apps["shopper"], asks, other, {"customer_id": mine.world.anna_id})


Mix = tuple[bool, ...]  # for each place in the path and for the body: is what stands there theirs?


def requests(trial: Trial, route: Route) -> Iterator[tuple[Mix, str, dict[str, Any]]]:
    """Every mix of her values and theirs for one route."""
    method, template = route
    operation = trial.app.openapi()["paths"].get(template, {}).get(method.lower(), {})
    names: dict[str, list[str]] = {"path": re.findall(r"{(\w+)}", template), "query": [], "header": []}
    for parameter in operation.get("parameters", []):
        if parameter["in"] != "path":
            names[parameter["in"]].append(parameter["name"])
    unknown = {name.lower() for name in names["header"]} - HEADERS
    assert not unknown, f"{route}: enter {unknown} in HEADERS and say what it could reach"
    assert ("requestBody" in operation) == (route in BODIES), f"{route}: enter in BODIES what it takes"
    places = [_hers_and_theirs(trial.asks.path[name], trial.theirs.path[name]) for name in names["path"]]
    bodies = [
        body(side) for body in [BODIES.get(route, lambda _: None)] for side in (trial.asks, trial.theirs)
    ]
    if bodies[0] == bodies[1]:
        bodies.pop()  # it names nothing
    queries = [{}, *({name: QUERY[name]} for name in names["query"])]
    for *chosen, body in itertools.product(*places, _hers_and_theirs(bodies[:1], bodies[1:])):
        url = template.format(**dict(zip(names["path"], (value for _, value in chosen), strict=True)))
        mix = tuple(theirs for theirs, _ in (*chosen, body))
        for query in queries:
            yield mix, url, {"json": body[1], "params": query}


def _hers_and_theirs(hers: list[Any], theirs: list[Any]) -> list[tuple[bool, Any]]:
    return [(False, value) for value in hers] + [(True, value) for value in theirs]


def tried(trial: Trial, route: Route) -> dict[Mix, set[int]]:
    """Ask this route for everything that is theirs; what was answered to which mix."""
    secrets = told_only_about(trial.database, trial.theirs.keys)
    before = rows_about(trial.database, trial.theirs.keys)
    client, answers = trial.client(), defaultdict[Mix, set[int]](set)
    for mix, url, request in requests(trial, route):
        if not any(mix) and min(answers[mix], default=400) < 400:
            continue  # shown already that it works with her own
        answer = client.request(route[0], url, **request)
        told = [secret for secret in secrets if secret in answer.text]
        assert not told, f"{route} {url} tells {told}"
        answers[mix].add(answer.status_code)
    after = rows_about(trial.database, trial.theirs.keys)
    for table in before.keys() | after.keys():
        unchanged = before.get(table) == after.get(table) or table in MAY_TOUCH.get(route, ())
        assert unchanged, f"{route} changed {table}"
    return answers


def holds(trial: Trial, route: Route) -> None:
    for mix, statuses in tried(trial, route).items():
        if not any(mix):
            # were her own things refused too, the refusals below would prove nothing
            known = statuses - {401, 403, 404, 422, 503}  # it may not be possible now (409)
            assert known or route in ANSWERED, f"{route} works for nobody: {statuses}"
        elif route in ANSWERED:
            assert statuses == {ANSWERED[route]}, f"{route} {mix} answers {statuses}"
        else:
            # the first name decides; with hers there, the state of her own visit may refuse first
            allowed = {404} if mix[0] else {404, 409}
            assert 404 in statuses, f"{route} {mix} answers {statuses}"
            assert statuses <= allowed, f"{route} {mix} answers {statuses}"


@pytest.mark.parametrize("who", WHO)
def test_no_route_reads_or_changes_what_belongs_to_others(street: Street, who: str) -> None:
    this = trial(street, who)
    for route in sorted(routes(this.app).keys() - {WEBHOOK}):
        holds(this, route)


@pytest.mark.parametrize("who", WHO)
def test_an_answer_kept_for_somebody_is_repeated_to_nobody_else(street: Street, who: str) -> None:
    """Somebody else's key, with the very request she kept it for."""
    this, asked = trial(street, who), 0
    others = [key for key in this.theirs.keys if ":" in key]
    for route in sorted(routes(this.app)):
        if not _takes_a_key(this.app, route):
            continue
        asked += 1
        client, key = this.client(), f"known-to-both-{asked:04}"
        for _, url, request in itertools.islice(requests(this, route), 1):
            built = client.build_request(route[0], url, headers={KEY: key}, **request)
            content = hashlib.sha256(f"{route[0]} {url}\n".encode() + built.read()).hexdigest()
            with this.database.transaction() as tx:
                for other in others:
                    assert repeats.claim(tx, other, key, content) is None
                    repeats.keep(tx, other, key, 200, '{"kept": "for somebody else"}')
            answer = client.send(built)
            assert "somebody else" not in answer.text, f"{route} repeats it to another"
            assert "idempotent-replayed" not in answer.headers
    assert asked > 4


def _takes_a_key(app: FastAPI, route: Route) -> bool:
    operation = app.openapi()["paths"].get(route[1], {}).get(route[0].lower(), {})
    return any(parameter["name"].lower() == KEY for parameter in operation.get("parameters", []))


def test_news_of_the_bank_about_another_operators_payment_touches_no_row_of_hers(street: Street) -> None:
    this = trial(street, WHO[0])
    before = rows_about(this.database, this.theirs.keys)
    client = this.client()
    for number, visit_id in enumerate(this.theirs.path["visit_id"]):
        payload = news(subject=f"pi_{visit_id}", event_id=f"evt_{number}")
        answer = client.post(WEBHOOK[1], content=payload, headers={"stripe-signature": signature(payload)})
        assert answer.json() == {"received": True}
    assert rows_about(this.database, this.theirs.keys) == before


@pytest.mark.parametrize("who", [WHO[0], WHO[2]])
def test_looking_changes_nothing(street: Street, who: str) -> None:
    this = trial(street, who)
    client, before = this.client(), everything(this.database)
    for route in sorted(routes(this.app)):
        if route[0] == "GET":
            for mix, url, request in itertools.islice(requests(this, route), 5):
                if not any(mix) and "events" not in url:
                    client.request("GET", url, **request)
    assert everything(this.database) == before


def test_both_operators_have_rows_in_every_table(street: Street) -> None:
    for premises in (street.mine, street.theirs):
        filled = rows_about(street.database, premises.keys).keys()
        # which gateways are alive is the installation's
        assert METADATA.tables.keys() - filled == {"gateway"}, (
            f"{premises.slug} has none: fill them in two_shops.py"
        )


def test_there_is_something_to_give_away(street: Street) -> None:
    secrets = told_only_about(street.database, street.theirs.keys)
    assert {street.theirs.email("ben"), street.theirs.own_sku, street.theirs.door_code} <= secrets
    with street.database.reading() as tx:
        assert {
            visit.id for visit in tx.exec(select(Visit)) if visit.store_id == street.theirs.world.store_id
        } <= secrets


def _any_visit(tx: Session, _who: object, visit_id: str, *, lock: bool = False) -> Visit:
    found = tx.get(Visit, visit_id, with_for_update=lock)
    if found is None:
        raise Refusal("not_found")
    return found


def _any_store(tx: Session, _operator_id: str, slug: str) -> Store:
    return tx.exec(select(Store).where(Store.slug == slug)).one()


HOLES = [
    (visits, "own", _any_visit, WHO[0], ("GET", "/api/v1/visits/{visit_id}"), "tells"),
    (visits, "own", _any_visit, WHO[1], ("POST", "/api/v1/visits/{visit_id}/help"), "changed"),
    (reviews, "_own", _any_visit, WHO[2], ("POST", "/api/v1/reviews/{visit_id}/resolve"), "answers|tells"),
    (tenancy, "store_by_slug", _any_store, WHO[2], ("GET", "/api/v1/stores/{slug}/facings"), "tells"),
]


@pytest.mark.parametrize(("where", "name", "hole", "who", "route", "found"), HOLES)
def test_a_forgotten_condition_would_be_seen(
    street_on_sqlite: Street,
    monkeypatch: pytest.MonkeyPatch,
    where: Any,
    name: str,
    hole: Any,
    who: str,
    route: Route,
    found: str,
) -> None:
    monkeypatch.setattr(where, name, hole)
    with pytest.raises(AssertionError, match=found):
        holds(trial(street_on_sqlite, who), route)
