"""The people of the demo: the same seed brings the same ones, and enough of them buy."""

import itertools
import json
from collections import Counter

import pytest

from simulators.demo.personas import GIVING_UP, HIGHEST_BASKET, SPECIAL, WITHOUT_SALE, Plan, party_of, plans
from simulators.demo.stage import ASSORTMENT

ARTICLES = json.loads(ASSORTMENT.read_text())["articles"]
PRICES = {article["sku"]: article["price_cents"] + article["deposit_cents"] for article in ARTICLES}
NO_SALE = {persona.name for persona in (*WITHOUT_SALE, *GIVING_UP)}


def first(count: int, *, seed: int) -> list[Plan]:
    return list(itertools.islice(plans(ARTICLES, seed), count))


def test_the_same_seed_brings_the_same_people_with_the_same_baskets() -> None:
    assert first(60, seed=7) == first(60, seed=7)
    assert first(25, seed=7) != first(25, seed=8)


@pytest.mark.parametrize("seed", range(40))
def test_of_twenty_five_people_twenty_one_buy_and_every_story_is_told(seed: int) -> None:
    people = Counter(plan.persona.name for plan in first(25, seed=seed))
    assert sum(count for name, count in people.items() if name in NO_SALE) == 4
    assert {persona.name for persona in (*SPECIAL, *WITHOUT_SALE)} <= people.keys()


@pytest.mark.parametrize("seed", range(10))
def test_at_no_later_time_do_fewer_than_four_of_five_buy(seed: int) -> None:
    people = first(130, seed=seed)
    for count in range(25, 130):
        assert sum(plan.persona.name in NO_SALE for plan in people[:count]) <= count / 5


@pytest.mark.parametrize("seed", range(40))
def test_the_first_buys_and_who_shops_beside_another_comes_right_behind_her(seed: int) -> None:
    people = first(50, seed=seed)
    assert people[0].persona.name not in NO_SALE
    for before, plan in itertools.pairwise(people):
        if plan.persona.beside:
            assert before.persona.name == "one of two inside"
            assert not {take.sku for take in before.basket} & {take.sku for take in plan.basket}


def test_a_basket_costs_less_than_the_hold_and_more_than_the_smallest_charge() -> None:
    for plan in first(300, seed=1):
        total = sum(PRICES[take.sku] * take.units for take in plan.basket)
        assert total <= HIGHEST_BASKET
        assert total >= 100 or not plan.persona.takes_goods


def test_a_friend_belongs_to_the_party_that_brought_her() -> None:
    plan = first(1, seed=1)[0]
    assert party_of(plan.friend) == party_of(plan.party) == plan.party
