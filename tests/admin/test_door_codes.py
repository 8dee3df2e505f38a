"""Which code opens a store's doors, switched at the desk: never so that nobody could get in."""

import pytest

from shop.domain import door_codes
from shop.domain.audit import Audit
from shop.domain.errors import Refusal
from shop.domain.fleet import Device
from shop.domain.tenancy import Store
from tests.admin.rigs import Client, Desk
from tests.api.rigs import everything, refusal
from tests.domain.world import DOOR_CODE

SWITCH = "/api/v1/stores/witzenhausen/door-codes"
ADD = "/api/v1/stores/witzenhausen/displays"
DISPLAY = "witzenhausen-display"


def mode(desk: Desk) -> str:
    [store] = [row for row in desk.rows(Store) if row.id == desk.world.store_id]
    return str(store.door_code_mode)


def test_without_a_display_that_answers_nothing_is_switched(desk: Desk, uta: Client) -> None:
    assert refusal(uta.post(SWITCH, json={"mode": "rotating"}), 409) == "display_not_ready"
    added = uta.post(ADD).json()["devices"]
    assert [(one["id"], one["online"]) for one in added if one["kind"] == "display"] == [(DISPLAY, False)]
    assert [row.door_id for row in desk.rows(Device) if row.kind == "display"] == [desk.world.door_id]
    assert refusal(uta.post(SWITCH, json={"mode": "rotating"}), 409) == "display_not_ready"
    assert mode(desk) == "sticker"


def test_a_door_gets_one_display(desk: Desk, uta: Client) -> None:
    for _ in range(2):
        assert uta.post(ADD).status_code == 200
    assert len([row for row in desk.rows(Device) if row.kind == "display"]) == 1
    assert [row.detail for row in desk.rows(Audit)] == [{"displays": [DISPLAY]}, {"displays": []}]


def test_with_a_display_that_answers_the_sticker_opens_nothing_until_it_is_switched_back(
    desk: Desk, uta: Client
) -> None:
    uta.post(ADD)
    desk.change(Device, DISPLAY, online=True)
    answer = uta.post(SWITCH, json={"mode": "rotating"})
    assert (answer.status_code, answer.json()["door_code_mode"]) == (200, "rotating")
    with desk.database.reading() as tx:
        store = tx.get_one(Store, desk.world.store_id)
        with pytest.raises(Refusal, match="old_door_code"):
            door_codes.find(tx, desk.world.operator_id, DOOR_CODE).must_open(store)
    desk.change(Device, DISPLAY, online=False)
    assert uta.post(SWITCH, json={"mode": "sticker"}).json()["door_code_mode"] == "sticker"
    switched = [row for row in desk.rows(Audit) if row.action == "door_codes"]
    assert [(row.subject, row.detail) for row in switched] == [
        ("witzenhausen", {"mode": "rotating"}),
        ("witzenhausen", {"mode": "sticker"}),
    ]


@pytest.mark.parametrize("wish", [{"mode": "none"}, {"mode": None}, {}, {"mode": "sticker", "more": 1}])
def test_there_are_two_kinds_of_codes(desk: Desk, uta: Client, wish: dict[str, object]) -> None:
    before = everything(desk.database)
    assert refusal(uta.post(SWITCH, json=wish), 422) == "invalid_input"
    assert everything(desk.database) == before


def test_another_operator_switches_nothing(desk: Desk) -> None:
    assert refusal(desk.stranger.post(SWITCH, json={"mode": "sticker"}), 404) == "unknown_store"
    assert refusal(desk.stranger.post(ADD), 404) == "unknown_store"
