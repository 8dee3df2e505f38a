"""What stands on the bill: scale, scans and her own corrections, under any order of events."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from shop.db import Database
from shop.domain import basket, catalog, clock, settlement
from shop.domain.errors import Refusal
from shop.domain.visit_states import State
from shop.domain.visits import Visit
from tests.domain.visits_at import seen_now, visit_in
from tests.domain.world import COLA, PENCIL, World

ON_A_SHOP = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["scan", "add", "take", "put_back", "correct"]), st.integers(1, 5)),
    max_size=8,
)


def inside(tx: Session, world: World) -> Visit:
    visit = visit_in(tx, world, State.REQUESTED)
    visit.state = State.SHOPPING
    return visit


def take(tx: Session, visit: Visit, count: int) -> None:
    basket.sensed(tx, visit, catalog.offer_by_sku(tx, visit.store_id, "cola"), count, seen_now())


@given(steps=STEPS)
@ON_A_SHOP
def test_a_line_is_her_correction_or_else_the_larger_of_scale_and_scans(
    sqlite: tuple[Database, World], steps: list[tuple[str, int]]
) -> None:
    with sqlite[0].reading() as tx:
        visit = inside(tx, sqlite[1])
        do: dict[str, Callable[[int], object]] = {
            "scan": lambda count: basket.scan(tx, visit, COLA.gtin, count),
            "add": lambda count: basket.add(tx, visit, "cola", count),
            "take": lambda count: take(tx, visit, count),
            "put_back": lambda count: take(tx, visit, -min(count, sensed_so_far(tx, visit))),
            "correct": lambda count: basket.correct(tx, visit, "cola", count),
        }
        corrected = False
        for what, count in steps:
            do[what](count)
            corrected = corrected or what == "correct"
        lines = basket.lines_of(tx, visit.id)
        for line in lines:
            assert line.quantity >= 0
            assert line.sensed == net_taken(steps)
            if not corrected:
                assert line.quantity == max(line.sensed, line.scanned)
        assert visit.items == sum(line.quantity for line in lines)
        assert visit.total_cents == visit.items * (COLA.price + COLA.deposit)
        assert visit.deposit_cents == visit.items * COLA.deposit
        assert visit.disputed == any(line.quantity < line.sensed for line in lines)
        read = settlement._ask_lines(tx, visit).rows()  # the same rule in SQL, of what was just changed
        assert [(row.sku, row.quantity, row.total_cents) for row in read] == [
            (line.sku, line.quantity, line.total_cents) for line in lines
        ]


def sensed_so_far(tx: Session, visit: Visit) -> int:
    return sum(line.sensed for line in basket.lines_of(tx, visit.id))


def net_taken(steps: list[tuple[str, int]]) -> int:
    held = 0
    for what, count in steps:
        if what == "take":
            held += count
        elif what == "put_back":
            held -= min(count, held)
    return held


TRIP = st.lists(
    st.tuples(st.sampled_from(["take", "take and scan", "put back", "count", "report"]), st.integers(1, 3)),
    max_size=10,
)


@given(steps=TRIP)
@settings(ON_A_SHOP, max_examples=60)
def test_late_news_of_a_shelf_never_makes_her_pay_for_more_than_she_has(
    sqlite: tuple[Database, World], steps: list[tuple[str, int]]
) -> None:
    """Where her own count and late reports leave a doubt, a person looks before anything is charged."""
    with sqlite[0].reading() as tx, pytest.MonkeyPatch.context() as patch:
        visit = inside(tx, sqlite[1])
        held, now, reports = 0, clock.now(), list[tuple[int, str]]()
        cola = catalog.offer_by_sku(tx, visit.store_id, "cola")
        for what, count in [*steps, ("report", 99)]:
            now += timedelta(seconds=10)
            patch.setattr(clock, "now", lambda at=now: at)
            moved = {"take": count, "take and scan": count, "put back": -min(count, held)}.get(what, 0)
            if moved:
                held += moved
                reports.append((moved, now.isoformat()))
            if what == "take and scan":
                basket.scan(tx, visit, COLA.gtin, count)
            elif what == "count":
                basket.correct(tx, visit, "cola", held)
            elif what == "report":
                for taken, at in reports[:count]:
                    basket.sensed(tx, visit, cola, taken, {"at": at})
                del reports[:count]
        assert visit.items == held or (visit.items < held and visit.disputed)


@given(before=st.integers(0, 5), said=st.integers(0, 5), scanned=st.integers(1, 5))
@ON_A_SHOP
def test_a_scan_adds_to_her_own_count_only_what_nobody_knew_of(
    sqlite: tuple[Database, World], before: int, said: int, scanned: int
) -> None:
    with sqlite[0].reading() as tx:
        visit = inside(tx, sqlite[1])
        take(tx, visit, before)
        basket.correct(tx, visit, "cola", said)
        basket.scan(tx, visit, COLA.gtin, scanned)
        line = basket.lines_of(tx, visit.id)[0]
        assert line.quantity == said + max(0, scanned - before)


def test_beside_the_shelves_her_own_count_is_the_count(sqlite: tuple[Database, World]) -> None:
    with sqlite[0].reading() as tx:
        visit = inside(tx, sqlite[1])
        basket.scan(tx, visit, PENCIL.gtin, 3)
        basket.correct(tx, visit, "pencil", 1)
        assert (visit.items, visit.disputed) == (1, False)


@pytest.mark.parametrize("spelling", ["4000000000028", "04000000000028"])
def test_a_gtin_is_found_in_either_spelling(sqlite: tuple[Database, World], spelling: str) -> None:
    with sqlite[0].reading() as tx:
        visit = inside(tx, sqlite[1])
        assert basket.scan(tx, visit, spelling, 1) == "cola"


def test_an_unknown_gtin_is_refused_and_adds_nothing(sqlite: tuple[Database, World]) -> None:
    with sqlite[0].reading() as tx:
        visit = inside(tx, sqlite[1])
        with pytest.raises(Refusal, match="unknown_product"):
            basket.scan(tx, visit, "4099999999999", 1)
        assert basket.lines_of(tx, visit.id) == []


def test_more_than_ninety_nine_of_one_article_are_refused(sqlite: tuple[Database, World]) -> None:
    with sqlite[0].reading() as tx:
        visit = inside(tx, sqlite[1])
        for _ in range(4):
            basket.scan(tx, visit, COLA.gtin, 20)
        with pytest.raises(Refusal, match="too_many"):
            basket.scan(tx, visit, COLA.gtin, 20)


@pytest.mark.parametrize("state", [state for state in State if state != State.SHOPPING])
def test_only_who_is_inside_has_a_basket_to_change(sqlite: tuple[Database, World], state: State) -> None:
    with sqlite[0].reading() as tx:
        visit = visit_in(tx, sqlite[1], state)
        with pytest.raises(Refusal, match="not_shopping"):
            basket.scan(tx, visit, COLA.gtin, 1)
        with pytest.raises(Refusal, match="not_shopping"):
            basket.correct(tx, visit, "cola", 1)


@given(steps=STEPS)
@ON_A_SHOP
def test_found_by_name_is_as_good_as_scanned(
    sqlite: tuple[Database, World], steps: list[tuple[str, int]]
) -> None:
    """The same visit twice, once with a name wherever she scanned."""
    with sqlite[0].reading() as tx:
        one, other = inside(tx, sqlite[1]), inside(tx, sqlite[1])
        for what, count in steps:
            if what in ("scan", "add"):
                basket.scan(tx, one, COLA.gtin, count)
                basket.add(tx, other, "cola", count)
            elif what == "correct":
                for visit in (one, other):
                    basket.correct(tx, visit, "cola", count)
            else:
                for visit in (one, other):
                    take(tx, visit, count)
        counted = ("quantity", "sensed", "scanned", "corrected", "ahead", "unit_price_cents", "net_amount")
        lines = [basket.lines_of(tx, visit.id) for visit in (one, other)]
        of_one, of_other = ([[getattr(line, name) for name in counted] for line in found] for found in lines)
        assert of_one == of_other
