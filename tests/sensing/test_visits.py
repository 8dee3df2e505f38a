"""Scans and episodes together: the basket of one visit, and of several at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.sensing import Episode, Outcome, fuse
from shop.sensing.episodes import Lines
from shop.sensing.visits import Visit, share

COLA, TEA = (("cola", -1),), (("tea", -1),)


def episode(*ways: tuple[Lines, float], at: float = 10.0, outcome: Outcome = Outcome.DECIDED) -> Episode:
    (lines, posterior), *others = ways
    return Episode(at - 2, at, "a", outcome, lines, posterior, tuple(others), at)


def unsure(at: float = 10.0) -> Episode:
    return episode((COLA, 0.5), (TEA, 0.5), at=at, outcome=Outcome.AMBIGUOUS)


def test_a_scan_settles_what_weight_could_not() -> None:
    basket = fuse([unsure()], {"tea": 1})
    assert basket.lines == basket.charged == {"tea": 1}
    assert basket.episodes[0].outcome is Outcome.DECIDED
    assert not basket.review


def test_without_a_scan_the_doubt_remains_and_a_person_looks() -> None:
    basket = fuse([unsure()], {})
    assert basket.charged == {}
    assert basket.episodes[0].outcome is Outcome.AMBIGUOUS
    assert basket.review


def test_a_certain_pick_is_claimed_although_it_was_not_scanned() -> None:
    basket = fuse([episode((COLA, 0.999)), episode((TEA, 0.999))], {"cola": 1})
    assert basket.unscanned == {"tea": 1}
    assert basket.charged == {"cola": 1, "tea": 1}


def test_a_doubtful_pick_is_not_claimed() -> None:
    basket = fuse([episode((COLA, 0.999)), episode((TEA, 0.9), ((), 0.1))], {"cola": 1})
    assert basket.unscanned == {}
    assert basket.charged == {"cola": 1}


def test_what_comes_back_leaves_the_basket() -> None:
    basket = fuse([episode((COLA, 1.0)), episode(((("cola", 1),), 1.0), at=20)], {})
    assert basket.lines == {}


def test_unknown_goods_are_looked_at() -> None:
    assert fuse([episode(((), 1.0), outcome=Outcome.UNKNOWN)], {}).reasons == ("unknown goods",)


def test_of_two_visits_the_one_that_scanned_owns_the_pick() -> None:
    shares = share(
        [episode((COLA, 0.99), at=10), episode((TEA, 0.99), at=12)],
        {"anna": Visit(0, 30, [(11, "cola", 1)]), "ben": Visit(5, 30, [(13, "tea", 1)])},
    )
    assert shares.baskets["anna"].lines == {"cola": 1}
    assert shares.baskets["ben"].lines == {"tea": 1}
    assert not any(basket.review for basket in shares.baskets.values())


def test_what_nobody_scanned_is_charged_to_nobody_and_both_are_looked_at() -> None:
    shares = share(
        [episode((COLA, 0.99))], {"anna": Visit(0, 30), "ben": Visit(5, 30), "cleo": Visit(60, 90)}
    )
    assert [e.lines for e in shares.unclaimed] == [COLA]
    assert [shares.baskets[who].charged for who in ("anna", "ben")] == [{}, {}]
    assert shares.baskets["anna"].review
    assert shares.baskets["ben"].review
    assert not shares.baskets["cleo"].review


def test_what_comes_back_cancels_what_nobody_claimed() -> None:
    shares = share(
        [episode((COLA, 0.99)), episode(((("cola", 1),), 0.99), at=20)],
        {"anna": Visit(0, 30), "ben": Visit(5, 30)},
    )
    assert shares.unclaimed == ()
    assert not any(basket.review for basket in shares.baskets.values())


def test_before_the_second_came_everything_is_the_firsts() -> None:
    shares = share([episode((COLA, 0.99), at=5)], {"anna": Visit(0, 30), "ben": Visit(10, 30)})
    assert shares.unclaimed == ()
    assert shares.baskets["anna"].lines == {"cola": 1}


LINES = st.lists(st.tuples(st.sampled_from(["cola", "tea", "water"]), st.integers(-3, 3)), max_size=2)
WAYS = st.lists(st.tuples(LINES.map(tuple), st.floats(0.01, 1.0)), min_size=1, max_size=4)
SCANS = st.dictionaries(st.sampled_from(["cola", "tea", "bread"]), st.integers(0, 3))


@given(st.lists(WAYS, max_size=5), SCANS)
def test_a_basket_never_holds_more_than_left_the_shelves(
    ways: list[list[tuple[Lines, float]]], scans: dict[str, int]
) -> None:
    episodes = [episode(*w, at=10.0 * i) for i, w in enumerate(ways)]
    basket = fuse(episodes, scans)
    assert 0 <= basket.certainty <= 1 + 1e-9
    for sku, units in basket.lines.items():
        most = sum(max(sum(-n for s, n in lines if s == sku) for lines, _ in w) for w in ways)
        assert 0 < units <= most
    assert all(basket.charged[sku] >= n for sku, n in scans.items())


@given(st.lists(WAYS, max_size=4), SCANS, SCANS)
def test_nobody_is_charged_for_what_only_another_scanned(
    ways: list[list[tuple[Lines, float]]], hers: dict[str, int], his: dict[str, int]
) -> None:
    episodes = [episode(*w, at=10.0 * i) for i, w in enumerate(ways)]
    visits = {
        "anna": Visit(-5, 99, [(1, sku, n) for sku, n in hers.items()]),
        "ben": Visit(-5, 99, [(1, sku, n) for sku, n in his.items()]),
    }
    baskets = share(episodes, visits).baskets
    assert baskets["anna"].charged == pytest.approx({sku: n for sku, n in hers.items() if n})
    assert baskets["ben"].charged == pytest.approx({sku: n for sku, n in his.items() if n})
