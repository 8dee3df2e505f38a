"""Restock, stocktake, exit test, incidents, audit: each deed by a known person and in her own shop."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shop.domain import basket, clock, entry, incidents, refunds
from shop.domain.audit import Audit
from shop.domain.customers import Customer
from shop.domain.errors import Refusal
from shop.domain.fleet import Door, Plate
from shop.domain.incidents import Incident
from shop.domain.objections import Objection, Why
from shop.domain.ports import RefundState
from shop.domain.stock import Reason, StockMovement
from shop.domain.tenancy import Store
from shop.domain.visit_states import State
from tests.admin.rigs import Client, Desk
from tests.api.rigs import everything, refusal
from tests.domain.visits_at import settled
from tests.domain.world import DOOR_CODE, STOCK


def facing(desk: Desk, sku: str = "cola") -> str:
    return f"/api/v1/facings/{desk.world.facings[sku]}"


def incident(desk: Desk, kind: str = "scale_fault", **more: Any) -> str:
    with desk.database.transaction() as tx:
        store = tx.get_one(Store, desk.world.store_id)
        row = tx.get_one(Door, desk.world.door_id)
        assert row.store_id == store.id
        return incidents.open_one(tx, row, kind, **more).id


def test_goods_put_on_a_facing_are_in_stock_at_once(desk: Desk, uta: Client) -> None:
    answer = uta.post(f"{facing(desk)}/restocks", json={"quantity": 12, "note": "Delivery"})
    assert (answer.status_code, answer.json()) == (201, {"on_hand": STOCK + 12})
    [shown] = [f for f in uta.get("/api/v1/stores/witzenhausen/facings").json() if f["sku"] == "cola"]
    assert (shown["on_hand"], shown["plates"], shown["expected_grams"]) == (
        STOCK + 12,
        [2, 3],
        (STOCK + 12) * 540,
    )
    assert (shown["last_restock_at"] is not None, shown["sensing"]) == (True, "full")
    assert shown["measured_grams"] is None
    [row] = [row for row in desk.rows(Audit) if row.action == "restocked"]
    assert row.actor.startswith("staff:")
    assert row.detail == {"quantity": 12, "note": "Delivery"}


def test_what_all_plates_of_a_facing_weigh_is_shown_beside_what_they_should(desk: Desk, uta: Client) -> None:
    for plate in desk.rows(Plate):
        if plate.facing_id == desk.world.facings["cola"]:
            desk.change(Plate, plate.id, last_grams=STOCK * 270)
    [shown] = [f for f in uta.get("/api/v1/stores/witzenhausen/facings").json() if f["sku"] == "cola"]
    assert (shown["measured_grams"], shown["expected_grams"]) == (STOCK * 540, STOCK * 540)


@pytest.mark.parametrize(("counted", "gap"), [(STOCK - 3, -3), (STOCK, 0), (STOCK + 5, 5), (0, -STOCK)])
def test_a_stocktake_books_the_gap_under_the_name_of_who_counted(
    desk: Desk, uta: Client, counted: int, gap: int
) -> None:
    answer = uta.post(f"{facing(desk)}/stocktakes", json={"counted": counted})
    assert (answer.status_code, answer.json()) == (201, {"on_hand": counted, "difference": gap})
    lost = [row.quantity for row in desk.rows(StockMovement) if row.reason == Reason.SHRINKAGE]
    assert lost == ([gap] if gap else [])
    [row] = [row for row in desk.rows(Audit) if row.action == "counted"]
    assert row.detail == {"counted": counted, "gap": gap, "note": ""}
    again = uta.post(f"{facing(desk)}/stocktakes", json={"counted": counted})
    assert again.json()["difference"] == 0


def test_nobody_is_admitted_before_an_exit_test_and_somebody_is_after_it(desk: Desk, uta: Client) -> None:
    desk.change(Door, desk.world.door_id, exit_tested_at=None, exit_test_passed=False)

    def try_to_enter() -> str:
        with desk.database.transaction() as tx:
            anna = tx.get_one(Customer, desk.world.anna_id)
            try:
                return entry.request_entry(tx, anna, DOOR_CODE).state
            except Refusal as refused:
                return refused.code

    path = "/api/v1/stores/witzenhausen/doors/front/exit-tests"
    [store] = uta.get("/api/v1/stores").json()
    assert store["doors"][0]["exit_test"] is None
    assert try_to_enter() == "exit_untested"
    failed = uta.post(path, json={"passed": False, "note": "The handle sticks"})
    assert failed.status_code == 201
    assert failed.json()["exit_test"]["valid_until"] is None
    assert try_to_enter() == "exit_untested"
    passed = uta.post(path, json={"passed": True}).json()["exit_test"]
    assert passed["by"] == "Uta Beispiel"
    until = datetime.fromisoformat(passed["valid_until"])
    assert timedelta(days=364) < until - clock.now() <= timedelta(days=365)
    assert try_to_enter() == "requested"
    assert desk.actions() == ["exit_test", "exit_test"]


def test_an_exit_test_of_a_door_that_is_not_there(desk: Desk, uta: Client) -> None:
    path = "/api/v1/stores/{}/doors/{}/exit-tests"
    assert refusal(uta.post(path.format("witzenhausen", "back"), json={"passed": True}), 404) == "not_found"
    assert refusal(uta.post(path.format("nowhere", "front"), json={"passed": True}), 404) == "unknown_store"


def test_an_incident_is_closed_once_with_a_note(desk: Desk, uta: Client) -> None:
    found = incident(desk, device_id="shelf-1", report={"code": "stuck"})
    [shown] = uta.get("/api/v1/incidents").json()
    assert (shown["id"], shown["store"], shown["closed_at"]) == (found, "witzenhausen", None)
    assert shown["text"] == {"de": "Eine Waage meldet einen Fehler", "en": "A scale reports a fault"}
    path = f"/api/v1/incidents/{found}/close"
    closed = uta.post(path, json={"note": "Cable was loose"}).json()
    assert closed["closed_by"] == "Uta Beispiel"
    assert closed["note"] == "Cable was loose"
    assert refusal(uta.post(path, json={"note": "Again"}), 409) == "already_closed"
    assert uta.get("/api/v1/incidents").json() == []
    assert len(uta.get("/api/v1/incidents?open=false").json()) == 1
    assert desk.actions() == ["incident_closed"]


def test_alarms_come_first_then_the_oldest(desk: Desk, uta: Client) -> None:
    kinds = [("scale_fault", "warning"), ("emergency_pressed", "alarm"), ("door_held_open", "warning")]
    for kind, severity in kinds:
        incident(desk, kind, severity=severity)
    listed = [shown["kind"] for shown in uta.get("/api/v1/incidents").json()]
    assert listed == ["emergency_pressed", "scale_fault", "door_held_open"]


def test_the_audit_trail_is_read_page_by_page(desk: Desk, uta: Client) -> None:
    for quantity in range(1, 8):
        uta.post(f"{facing(desk)}/restocks", json={"quantity": quantity})
    pages, before = [], ""
    while page := uta.get(f"/api/v1/audit?limit=3{before}").json():
        pages.append([row["detail"]["quantity"] for row in page])
        before = f"&before={page[-1]['id']}"
    assert pages == [[7, 6, 5], [4, 3, 2], [1]]
    for query in ("limit=0", "limit=201", "before=0", "before=x"):
        assert refusal(uta.get(f"/api/v1/audit?{query}"), 422) == "invalid_input"


def contested(desk: Desk) -> str:
    """An objection that waits, as if nobody had raised it."""
    with desk.database.transaction() as tx:
        visit = settled(tx, desk.world)
        [line] = basket.lines_of(tx, visit.id)
        made = Objection(
            **visit.scope(),
            visit_id=visit.id,
            line_id=line.id,
            customer_id=visit.customer_id,
            quantity=1,
            amount_cents=124,
            reason=Why.OTHER,
        )
        tx.add(made)
        tx.flush()
        return made.id


def failed(desk: Desk) -> str:
    """A refund that the bank would not take, and nobody wrote down why it was asked for."""
    with desk.database.transaction() as tx:
        visit = settled(tx, desk.world)
        [line] = basket.lines_of(tx, visit.id)
        refunds.give_back(tx, visit, line, 1, reason="other", by="system")
        [row] = refunds.of_visit(tx, visit.id)
        refunds.told(tx, RefundState("failed", f"re_{row.id}", row.id))
        return row.id


def test_every_deed_at_the_desk_leaves_one_audit_entry(desk: Desk, uta: Client) -> None:
    review, found = desk.visit(State.IN_REVIEW), incident(desk)
    deeds: list[tuple[str, dict[str, Any], str]] = [
        (f"{facing(desk)}/restocks", {"quantity": 1}, "restocked"),
        (f"{facing(desk)}/stocktakes", {"counted": 21}, "counted"),
        ("/api/v1/stores/witzenhausen/doors/front/exit-tests", {"passed": True}, "exit_test"),
        ("/api/v1/stores/witzenhausen/door-codes", {"mode": "sticker"}, "door_codes"),
        ("/api/v1/stores/witzenhausen/displays", {}, "displays_added"),
        (f"/api/v1/incidents/{found}/close", {"note": "seen"}, "incident_closed"),
        (f"/api/v1/reviews/{review}/resolve", {"action": "waive", "reason": "seen"}, "review_waive"),
        (
            f"/api/v1/objections/{contested(desk)}/decide",
            {"action": "accept", "reason": "seen"},
            "objection_accepted",
        ),
        (f"/api/v1/refunds/{failed(desk)}/retry", {}, "refund_retried"),
        (f"/api/v1/refunds/{failed(desk)}/by-hand", {"how": "in cash"}, "refund_by_hand"),
        ("/api/v1/pages/imprint", {"de": "Impressum", "en": "Imprint"}, "page.published"),
    ]
    from tests.api.surface import routes

    changing = {path for (method, path), guard in routes(desk.app).items() if guard and method == "POST"}
    assert len(changing) == len(deeds), "a new deed must be entered here"
    for number, (path, body, action) in enumerate(deeds, start=1):
        assert uta.post(path, json=body or None).is_success
        assert len(desk.actions()) == number
        assert desk.actions()[-1] == action
    me = uta.get("/api/v1/me").json()["staff"]["id"]
    assert {row.actor for row in desk.rows(Audit)} == {f"staff:{me}"}


def test_another_operators_rows_do_not_exist(desk: Desk) -> None:
    review, found = desk.visit(State.IN_REVIEW), incident(desk)
    desk.uta.post(f"{facing(desk)}/restocks", json={"quantity": 1})
    before = everything(desk.database)
    stranger = desk.stranger
    for path, body in (
        (f"{facing(desk)}/restocks", {"quantity": 1}),
        (f"{facing(desk)}/stocktakes", {"counted": 1}),
        (f"/api/v1/incidents/{found}/close", {"note": "mine"}),
        (f"/api/v1/reviews/{review}/resolve", {"action": "release", "reason": "mine"}),
    ):
        assert refusal(stranger.post(path, json=body), 404) == "not_found"
    path = "/api/v1/stores/witzenhausen/doors/front/exit-tests"
    assert refusal(stranger.post(path, json={"passed": True}), 404) == "unknown_store"
    assert refusal(stranger.get("/api/v1/stores/witzenhausen/facings"), 404) == "unknown_store"
    assert refusal(stranger.get(f"/api/v1/visits/{review}"), 404) == "not_found"
    for path in ("reviews", "visits", "incidents", "audit", "incidents?open=false"):
        assert stranger.get(f"/api/v1/{path}").json() == []
    assert [store["slug"] for store in stranger.get("/api/v1/stores").json()] == ["eschwege"]
    assert everything(desk.database) == before


def test_looking_writes_nothing_and_waits_for_nobody(desk: Desk, uta: Client) -> None:
    """Somebody else holds the write lock for a moment: those who only look need not wait for it."""
    visit_id = desk.visit(State.IN_REVIEW)
    uta.alone = False
    with desk.database.transaction() as tx:
        tx.get_one(Store, desk.world.store_id)  # SQLite's write lock is taken
        for path in ("me", "stores", "stores/witzenhausen/facings", "reviews", "visits", f"visits/{visit_id}",
                     "incidents", "audit"):  # fmt: skip
            assert uta.get(f"/api/v1/{path}").status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("restocks", {"quantity": 0}),
        ("restocks", {"quantity": 1000}),
        ("restocks", {"quantity": "1"}),
        ("restocks", {"quantity": 1.5}),
        ("restocks", {"quantity": True}),
        ("restocks", {"quantity": 10**400}),
        ("restocks", {"quantity": 1, "note": "x" * 501}),
        ("restocks", {"quantity": 1, "note": "a\x00b"}),
        ("restocks", {"quantity": 1, "note": None}),
        ("restocks", {"quantity": 1, "sku": "milk"}),
        ("restocks", []),
        ("stocktakes", {"counted": -1}),
        ("stocktakes", {"counted": 1000}),
        ("stocktakes", {}),
    ],
)
def test_wrong_numbers_and_texts_change_nothing(desk: Desk, uta: Client, path: str, body: Any) -> None:
    import json

    headers = {"content-type": "application/json"}
    answer = uta.post(f"{facing(desk)}/{path}", content=json.dumps(body).encode(), headers=headers)
    assert refusal(answer, 422) == "invalid_input"


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 9000, b'{"quantity": 1' + b"0" * 5000 + b"}"])
def test_unreadable_bodies(desk: Desk, uta: Client, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    assert (
        refusal(uta.post(f"{facing(desk)}/restocks", content=content, headers=headers), 400) == "invalid_json"
    )
    assert (
        refusal(uta.post(f"{facing(desk)}/restocks", content=b" " * 70_000, headers=headers), 413)
        == "too_large"
    )


def test_every_kind_of_incident_has_words() -> None:
    from admin.words import INCIDENTS
    from tests.admin.in_the_source import raised

    kinds = raised()
    assert {"stuck_inside", "help_stuck", "lock_jammed", "late_pick", "review"} <= kinds
    assert kinds <= set(INCIDENTS)


def test_every_deed_in_the_audit_trail_has_words() -> None:
    from admin.words import DEEDS
    from tests.admin.in_the_source import written_down

    deeds = written_down()
    assert {"restocked", "sensing_changed", "account.erased", "new_epoch"} <= deeds
    assert deeds <= set(DEEDS)


def test_the_note_of_an_incident_is_kept_as_typed(desk: Desk, uta: Client) -> None:
    found = incident(desk)
    uta.post(f"/api/v1/incidents/{found}/close", json={"note": "Lose Schraube 🔩\nfestgezogen"})
    [row] = desk.rows(Incident)
    assert row.note == "Lose Schraube 🔩\nfestgezogen"
