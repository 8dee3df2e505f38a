"""Every screen and state of the app's router, each with a scene: who looks, at which address, after what."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page
from sqlmodel import Session

from shop.domain import clock, objections, pages, refunds, sign_in, user_agents
from shop.domain.customers import Customer, PaymentMethod
from shop.domain.objections import Why
from shop.domain.passkeys import Passkey
from shop.domain.ports import RefundState
from shop.domain.tenancy import Store
from shop.domain.visit_states import State
from tests.browser.screens import arriving
from tests.browser.screens import basket_acts as basket
from tests.browser.screens.showroom import FULL, OLD_CODE, Showroom, customer, visitor
from tests.browser.screens.view import Scene, View
from tests.domain.visits_at import settled, visit_in
from tests.domain.world import DOOR_CODE


def _for_help(_tx: Session, _room: Showroom) -> tuple[None, str]:
    return None, "/help"


def _for_help_signed_in(tx: Session, room: Showroom) -> tuple[str, str]:
    her = visitor(tx, room, "help")
    visit_in(tx, room.seen_by(her), State.SHOPPING)
    return her, "/help"


def _at_home(tx: Session, room: Showroom) -> tuple[str, str]:
    """With visits of each kind behind her."""
    her = visitor(tx, room, "home")
    for state in (State.ABANDONED, State.EMPTY, State.SETTLED):
        room.complete(tx, visit_in(tx, room.seen_by(her), state))
    return her, "/"


def _at_a_full_store(tx: Session, room: Showroom) -> tuple[str, str]:
    return visitor(tx, room, "late"), f"/?store={FULL}"


def _ask_to_be_told(page: Page) -> None:
    page.locator("[data-code=store_full] button").click()
    page.locator("[data-code=store_full] [role=status]").wait_for()


def _blocked(tx: Session, room: Showroom) -> tuple[str, str]:
    her = visitor(tx, room, "blocked")
    tx.get_one(Customer, her).blocked_at = clock.now()
    return her, "/"


def _owing(tx: Session, room: Showroom) -> tuple[str, str]:
    her = visitor(tx, room, "owing")
    room.complete(tx, visit_in(tx, room.seen_by(her), State.PAYMENT_DUE))
    return her, "/"


def _with_card(status: str) -> Scene:
    def prepare(tx: Session, room: Showroom) -> tuple[str, str]:
        her = customer(tx, room, f"card-{status}")
        method = PaymentMethod(operator_id=room.world.operator_id, customer_id=her, status=status)
        if status == "open":
            method.setup_url = "https://bank.example/setup"
        if status == "saved":
            method.brand, method.last4, method.exp_month, method.exp_year = "visa", "4242", 3, 2031
        tx.add(method)
        tx.flush()
        return her, f"/cards/{method.id}"

    return Scene(prepare)


def _in_visit(state: State, act: Callable[[Page], object] = lambda page: None) -> Scene:
    def prepare(tx: Session, room: Showroom) -> tuple[str, str]:
        her = visitor(tx, room, f"visit-{state}")
        visit = visit_in(tx, room.seen_by(her), state)
        room.complete(tx, visit)
        return her, f"/visits/{visit.id}"

    return Scene(prepare, act)


def _at_account(tx: Session, room: Showroom) -> tuple[str, str]:
    her = visitor(tx, room, "account")
    for number, line in enumerate(("Chrome/140 Android", "Safari/605 iPhone")):
        hers = {"operator_id": room.world.operator_id, "customer_id": her}
        sign_in.open_session(tx, **hers, user_agent=line)
        key = {"credential_id": f"{her}{number}", "name": user_agents.name(line, "de"), "public_key": "AA"}
        tx.add(Passkey.model_validate(hers | key))
    return her, "/account"


def _reading(kind: pages.Kind, text: str = "") -> Scene:
    def prepare(tx: Session, room: Showroom) -> tuple[None, str]:
        if text:
            texts = {"de": f"# {kind}\n\n{text}", "en": f"# {kind}\n\n{text}"}
            pages.publish(tx, room.world.operator_id, "1", kind, texts)
        return None, f"/pages/{kind}"

    return Scene(prepare)


def _ask_to_erase(page: Page) -> None:
    page.locator("#data ~ button").click()
    page.get_by_role("dialog").wait_for()


def _rename_a_passkey(page: Page) -> None:
    page.locator("#passkeys ~ ul button").first.click()
    page.get_by_role("dialog").wait_for()


def _large_and_clear(page: Page) -> None:
    page.locator("[name=text-size]").select_option("larger")
    page.get_by_role("switch").first.check()


def _after_paying(tx: Session, room: Showroom) -> tuple[str, str]:
    her = visitor(tx, room, "contest")
    return her, f"/visits/{settled(tx, room.seen_by(her)).id}"


def _contested(tx: Session, room: Showroom) -> tuple[str, str]:
    """One unit refunded at once, one rejected by a person."""
    her = visitor(tx, room, "contested")
    visit = settled(tx, room.seen_by(her))
    tx.get_one(Store, visit.store_id).refund_limit_cents = 200
    cola: dict[str, Any] = {"sku": "cola", "quantity": 1, "text": ""}
    objections.contest(tx, her, visit.id, why=Why.NOT_MINE, **cola)
    made = objections.contest(tx, her, visit.id, why=Why.DAMAGED, **cola)
    for refund in refunds.of_visit(tx, visit.id):
        refunds.told(tx, RefundState("done", f"re_{refund.id}", refund.id))
    answer = "Auf dem Bild der Waage sind zwei Flaschen zu sehen."
    objections.decide(tx, made, visit, accept=False, answer=answer, on_shelf=False, actor="staff:1")
    return her, f"/visits/{visit.id}"


def _answered(tx: Session, room: Showroom) -> tuple[str, str]:
    her, _ = _contested(tx, room)
    return her, "/"


def _wait_for_answers(page: Page) -> None:
    page.locator("#answers").wait_for()


def _open_objection(page: Page) -> None:
    page.locator("button.contest").first.click()
    page.get_by_role("dialog").wait_for()


def _open_help(page: Page) -> None:
    page.locator("button.help").click()
    page.get_by_role("dialog").wait_for()


def _leave_unpaid(page: Page) -> None:
    page.locator(".checkout button.secondary").click()
    page.get_by_role("dialog").wait_for()


def _refused_at(door_code: str, code: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator("[name=door_code]").fill(door_code)
        page.locator("button[type=submit]").click()
        page.locator(f"[data-code={code}]").wait_for()

    return act


def _scan_without_leave(page: Page) -> None:
    page.locator(".scan button").click()
    page.locator("[data-code=refused]").wait_for()


def _scan(page: Page) -> None:
    page.context.grant_permissions(["camera"])
    page.locator(".scan button").click()
    page.locator(".scan video").wait_for()


SCENES: dict[View, Scene] = {
    **arriving.SCENES,
    View("help", "unknown"): Scene(_for_help),
    View("help", "stores"): Scene(_for_help_signed_in),
    View("home", "door"): Scene(_at_home),
    View("home", "door", "answered"): Scene(_answered, _wait_for_answers),
    View("home", "door", "unknown"): Scene(_at_home, _refused_at("NO-SUCH-DOOR", "unknown_door")),
    View("home", "door", "old_code"): Scene(_at_home, _refused_at(OLD_CODE, "old_door_code")),
    View("home", "door", "camera"): Scene(_at_home, _scan),
    View("home", "door", "camera_refused"): Scene(_at_home, _scan_without_leave),
    View("home", "door", "full"): Scene(_at_a_full_store),
    View("home", "door", "waiting"): Scene(_at_a_full_store, _ask_to_be_told),
    View("home", "door", "blocked"): Scene(_blocked, _refused_at(DOOR_CODE, "customer_blocked")),
    View("home", "door", "owing"): Scene(_owing, _refused_at(DOOR_CODE, "payment_due")),
    **{View("card", status): _with_card(status) for status in ("starting", "open", "saved", "failed")},
    View("account", "shown"): Scene(_at_account),
    View("page", "unwritten"): _reading("accessibility"),
    View("page", "written"): _reading(
        "imprint", "Dorfladen eG, Am Markt 1, 37213 Witzenhausen\n\nTel. 05542"
    ),
    View("account", "shown", "large"): Scene(_at_account, _large_and_clear),
    View("account", "shown", "rename"): Scene(_at_account, _rename_a_passkey),
    View("account", "shown", "erase"): Scene(_at_account, _ask_to_erase),
    **{View("visit", state): _in_visit(state) for state in State},
    View("visit", "shopping", "camera"): _in_visit(State.SHOPPING, _scan),
    View("visit", "shopping", "help"): _in_visit(State.SHOPPING, _open_help),
    View("visit", "shopping", "lines"): Scene(basket.with_all_kinds_of_lines),
    View("visit", "shopping", "why"): _in_visit(State.SHOPPING, basket.ask_why),
    View("visit", "shopping", "not_mine"): _in_visit(State.SHOPPING, basket.doubt),
    View("visit", "shopping", "not_mine_said"): _in_visit(State.SHOPPING, basket.say_not_mine),
    View("visit", "shopping", "missing"): _in_visit(State.SHOPPING, basket.miss),
    View("visit", "shopping", "found"): _in_visit(State.SHOPPING, basket.look_for("nudeln")),
    View("visit", "shopping", "found_nothing"): _in_visit(State.SHOPPING, basket.look_for("kaviar")),
    View("visit", "shopping", "added"): _in_visit(State.SHOPPING, basket.add_by_name),
    View("visit", "shopping", "typed"): _in_visit(State.SHOPPING, basket.type_number),
    View("visit", "shopping", "sold_out"): _in_visit(State.SHOPPING, basket.add_what_is_sold_out),
    View("visit", "settled", "contest"): Scene(_after_paying, _open_objection),
    View("visit", "settled", "contested"): Scene(_contested),
    View("visit", "shopping", "unpaid"): _in_visit(State.SHOPPING, _leave_unpaid),
}
