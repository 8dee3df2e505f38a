"""Episodes of small shelves whose truth is known."""

from collections.abc import Mapping, Sequence

from shop.sensing import Outcome, Watch, replay
from shop.sensing.episodes import Lines
from tests.sensing.traces import Stream, plate

PLANOGRAM = {"cola": {("a", 1), ("a", 2)}, "water": {("a", 3)}, "tea": {("a", 4)}}
CATALOGUE = {"cola": (355.0, 2.0), "water": (538.0, 3.0), "tea": (120.0, 1.0)}
STOCK = {"cola": 6, "water": 6, "tea": 6}
SHOPPER = [(1.0, 1), (55.0, -1)]


def shelf(*steps: tuple[int, float, float]) -> dict[tuple[str, int], Stream]:
    """Plates 1 to 5 of shelf a; steps are (plate, seconds, grams)."""
    return {("a", n): plate([(at, grams) for p, at, grams in steps if p == n], seed=n) for n in range(1, 6)}


def seen(
    *steps: tuple[int, float, float],
    doors: Sequence[tuple[float, int]] = SHOPPER,
    stock: Mapping[str, int] = STOCK,
) -> list[tuple[Outcome, Lines]]:
    found = replay(shelf(*steps), PLANOGRAM, CATALOGUE, stock=stock, doors=doors)
    return [(e.outcome, e.lines) for e in found if e.outcome is not Outcome.TOUCH]


def test_one_unit_is_decided() -> None:
    assert seen((3, 10, -538)) == [(Outcome.DECIDED, (("water", -1),))]


def test_a_unit_on_two_plates_is_one_pick() -> None:
    assert seen((1, 10, -150), (2, 10, -206)) == [(Outcome.DECIDED, (("cola", -1),))]


def test_two_products_at_once_are_two_lines() -> None:
    assert seen((3, 10, -538), (4, 10, -120)) == [(Outcome.DECIDED, (("tea", -1), ("water", -1)))]


def test_a_swap_has_two_signs() -> None:
    found = seen((3, 10, -538), (4, 25, -120), (4, 40, 538 - 120))
    assert found[-1] == (Outcome.DECIDED, (("tea", -1), ("water", 1)))


def test_what_was_not_taken_cannot_come_back() -> None:
    assert seen((3, 10, 538)) == [(Outcome.UNKNOWN, ())]


def test_outside_visits_goods_that_arrive_are_a_restock() -> None:
    assert seen((3, 10, 6 * 538), doors=[(58.0, 1)]) == [(Outcome.DECIDED, (("water", 6),))]


def test_no_more_leaves_than_stood_there() -> None:
    assert seen((3, 10, -2 * 538), stock={"water": 1}) == [(Outcome.UNKNOWN, ())]


def test_a_lean_and_its_release_are_a_touch() -> None:
    assert seen((3, 10, 3000), (3, 16, -3000)) == []


def test_a_hand_that_rests_and_then_picks_is_one_pick() -> None:
    assert seen((3, 10, 700), (3, 16, -700 - 538)) == [(Outcome.DECIDED, (("water", -1),))]


def test_a_watch_learns_between_visits_and_holds_no_more_afterwards() -> None:
    """Forty visits leave what is known of goods and plates behind, and nothing of the visits."""
    watch = Watch(PLANOGRAM, CATALOGUE, stock={"cola": 99, "water": 99, "tea": 99})
    for n in range(40):
        episodes = watch.replay(shelf((3, 10, -538 * 1.03 + n % 3)), doors=SHOPPER)
        assert [e.lines for e in episodes] == [(("water", -1),)]
    assert watch.open_episodes == []
    assert watch.goods.stock == {"cola": 99, "water": 59, "tea": 99}
    assert watch.beliefs.best.gain(("a", 3)).mean + watch.beliefs.best.units["water"].error.mean > 0.02
