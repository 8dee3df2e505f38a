"""What the shop acknowledged must still be true when all is over."""

from dataclasses import replace
from typing import Any

from tests.chaos.promises import Answer, Kept, broken

KEPT = Kept(
    visits={"V1": "settled"},
    marks={"V1": {"pay": True, "leave": True}},
    scanned={("V1", "milk"): 2},
    receipts={"V1": 318},
    sku_of={"4012345678901": "milk"},
)


def answer(method: str, path: str, body: Any = None, answer: Any = None) -> Answer:
    return Answer(0, "anna", method, path, body, answer)


SCAN = answer("POST", "/visits/V1/scans", {"gtin": "4012345678901", "quantity": 1})
HISTORY = [
    answer("POST", "/visits", {"door_code": "X"}, {"id": "V1"}),
    SCAN,
    SCAN,
    answer("POST", "/visits/V1/pay"),
    answer("POST", "/visits/V1/leave"),
    answer("GET", "/visits/V1/receipt", None, {"total_cents": 318}),
]


def test_a_day_on_which_everything_was_kept() -> None:
    assert broken(HISTORY, KEPT) == []


def test_a_visit_that_is_gone_is_named() -> None:
    assert "V1" in broken(HISTORY[:1], replace(KEPT, visits={}))[0]


def test_an_order_that_is_gone_is_named() -> None:
    assert "pay" in broken(HISTORY, replace(KEPT, marks={"V1": {"pay": False, "leave": True}}))[0]


def test_a_scan_that_is_gone_or_was_counted_twice_is_named() -> None:
    assert broken(HISTORY, replace(KEPT, scanned={("V1", "milk"): 1})) != []
    assert broken(HISTORY, replace(KEPT, scanned={("V1", "milk"): 3})) != []


def test_a_receipt_with_another_total_is_named() -> None:
    assert broken(HISTORY, replace(KEPT, receipts={"V1": 319})) != []


def test_what_she_corrected_or_put_back_is_not_claimed_by_scans() -> None:
    fewer = replace(KEPT, scanned={("V1", "milk"): 1})
    assert broken([*HISTORY, answer("PUT", "/visits/V1/lines/milk", {"quantity": 1})], fewer) == []
    assert broken(HISTORY, fewer, frozenset({("V1", "milk")})) == []


def test_an_objection_that_is_gone_is_named() -> None:
    told = answer("POST", "/visits/V1/objections", {"sku": "milk"}, {"objections": [{"id": "O1"}]})
    assert broken([told], replace(KEPT, objections=frozenset({"O1"}))) == []
    assert broken([told], KEPT) == ["visit V1: an objection was acknowledged and is not there"]
