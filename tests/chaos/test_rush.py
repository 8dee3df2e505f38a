"""What several were promised together is compared with what was there."""

from collections import Counter

from tests.chaos.rush import oversold


def test_claims_up_to_the_stock_are_fine_and_one_more_is_named() -> None:
    claims = [Counter(milk=10), Counter(milk=10, bread=4)]
    assert oversold(claims, {"milk": 20, "bread": 4}) == []
    assert oversold(claims, {"milk": 19, "bread": 4}) == ["milk: 20 promised, 19 there"]
