"""Points are tried in the cheapest visit that passes them, and processes take turns to die."""

import itertools
from pathlib import Path

from tests.chaos.failing import IDS
from tests.chaos.points import Board, Task, comes_round, file_name, process_of, tasks


def test_a_point_is_tried_in_the_first_scenario_that_passes_it_and_then_in_others() -> None:
    found = tasks({"sign-up": ["worker, mail: commit, before"], "settled": ["worker, mail: commit, before"]})
    assert found == [Task("worker, mail: commit, before", ("sign-up", "settled"))]


def test_no_process_dies_twice_running_while_another_is_left() -> None:
    points = [f"{process}, job: commit {n}, after" for process in ("worker", "serve") for n in range(4)]
    order = [process_of(task.point) for task in tasks({"settled": points})]
    assert len(order) == 8
    assert all(one != other for one, other in itertools.pairwise(order))


def test_names_of_different_points_are_different_files() -> None:
    one, other = "serve, POST /visits: commit, after", "serve, POST /visits/*: commit, after"
    assert file_name(one) != file_name(other)


def test_an_order_to_die_is_seen_once_and_the_death_is_noted(tmp_path: Path) -> None:
    board = Board(tmp_path / "board")
    board.arm("worker, mail: commit, before")
    assert board.hit("worker, mail: commit, before") is None
    armed = board.folder / "armed" / file_name("worker, mail: commit, before")
    armed.rename(board.folder / "hit" / armed.name).write_text('{"pid": 7}')
    board.disarm("worker, mail: commit, before")
    assert board.hit("worker, mail: commit, before") == {"pid": 7}


def test_the_name_of_a_route_holds_no_ids() -> None:
    visit = "/visits/01M816KPQMK3FSG2J6R0YN9VGB"
    assert IDS.sub("*", f"{visit}/scans") == "/visits/*/scans"
    assert IDS.sub("*", f"{visit}/lines/milk-1") == "/visits/*/lines/*"
    assert IDS.sub("*", "/stores/store-1/doors/front/exit-tests") == "/stores/*/doors/front/exit-tests"
    assert IDS.sub("*", "/payment-methods") == "/payment-methods"


def test_what_belongs_to_no_visit_comes_round_by_itself() -> None:
    assert comes_round("worker, watch_visits: commit, before")
    assert comes_round("worker, clear_holds: Stripe release, after")
    assert not comes_round("worker, capture: commit, before")
