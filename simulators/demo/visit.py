"""One simulated visit, from signing in to the receipt; what the shopper saw stands in her diary."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.demo.personas import Plan, Take
from simulators.demo.stage import Stage
from simulators.demo.turns import Turn
from simulators.shopper import ENDED, NothingHappened, Phone, Refused, Screen, until
from simulators.world_client import CannotDo

Json = dict[str, Any]

LOOKS_AT_BASKET_S = 4.0
GIVES_UP_S = 60.0  # longer than any time-out of the demo's store
TRIES_AGAIN_S = 0.3
NOT_NOW = ("door_busy", "store_full", "door_unavailable")
OVER = frozenset({*ENDED, "settling", "payment_due", "in_review"})


@dataclass
class Diary:
    """`problem`: why she could not do what she came for."""

    plan: Plan
    visit: str | None = None
    state: str = "never began"
    reason: str | None = None
    settle_ms: int | None = None  # from "I have left" to settled on her screen
    paid_cents: int = 0
    refunded_cents: int = 0  # as she was promised when she objected
    held: Counter[str] = field(default_factory=Counter)  # what she believes she carries, by SKU
    problem: str | None = None


class Shopper:
    """Her own phone and her own hands; a friend who came along has hands as well."""

    def __init__(
        self,
        stage: Stage,
        plan: Plan,
        turn: Turn,
        gtins: Mapping[str, str],
        receipts: Path | None = None,
        make_phone: Callable[..., Phone] = Phone,
    ) -> None:
        self.diary = Diary(plan)
        self._plan, self._persona, self._turn = plan, plan.persona, turn
        self._door, self._door_code = stage.seeded.door, stage.seeded.door_code
        self._gtins = gtins
        self._receipts = receipts
        self._hands = stage.world()
        self._phone = make_phone(
            stage.at.shop_url,
            stage.at.mail_url,
            f"{plan.party}@example.org",
            language=plan.language,
            number=plan.number,
        )
        self._screen: Screen | None = None
        self._inside = False
        self._said_goodbye_at: float | None = None

    def run(self) -> None:
        """Never raises; whatever happens, whoever comes next may go on."""
        try:
            self._phone.sign_in()
            self._phone.save_card(self._plan.card)
            self._turn.await_door()
            self._visit()
        except Exception as problem:
            self.diary.problem = f"{type(problem).__name__}: {problem}"
        finally:
            self._turn.over()
            self._hands.close()
            self._phone.close()

    def _visit(self) -> None:
        self.diary.visit = self._ask_to_enter()
        try:
            if self._let_in():
                self._go_in()
                self._shop()
        except (NothingHappened, Refused, CannotDo) as problem:
            self.diary.problem = f"{type(problem).__name__}: {problem}"
        finally:
            if self._inside:
                self._go_home()
        self._see_the_end()

    def _ask_to_enter(self) -> str:
        """The door may be taken for a moment; any other no is final."""
        deadline = time.monotonic() + GIVES_UP_S
        while True:
            try:
                visit = self._phone.request_entry(self._door_code)
            except Refused as refused:
                if refused.code not in NOT_NOW or time.monotonic() > deadline:
                    raise
                time.sleep(TRIES_AGAIN_S)
            else:
                self._screen = Screen(self._phone, visit, drop_after=2 if self._persona.line_drops else None)
                return visit

    def _let_in(self) -> bool:
        """She waits at the door until it may be opened, or never will; and then opens it, or does not."""
        shown = self._wait("an answer at the door", {"authenticating", "unlocked", *OVER})
        if shown["state"] == "authenticating":
            if not self._persona.confirms_at_bank:
                self._turn.over()  # nobody waits at the door for who went away
                return False
            self._phone.confirm_at_bank(shown["authenticate_url"])
            shown = self._wait("the door after the bank", {"unlocked", *OVER})
        return shown["state"] == "unlocked" and self._persona.opens_door

    def _go_in(self) -> None:
        friends = [self._plan.friend] if self._persona.friend else []
        self._hands.enter(self._plan.party, self._door, friends=friends)
        self._inside = True
        self._turn.inside.set()
        self._wait("the open basket", {"shopping"})
        self._turn.await_shelves()

    def _shop(self) -> None:
        basket = self._plan.basket
        for take in basket:
            if self._persona.pays == "early" and take is basket[-1]:
                self._phone.pay(self._id)
            self._take(take)
        self._look_at_basket()
        if self._persona.puts_one_back:
            self._put_one_back(basket[0].sku)
        first = basket[0] if basket else None
        if first and self._persona.scans_one_twice:
            self._phone.correct(self._id, first.sku, self.diary.held[first.sku])
        if first and self._persona.disputes:
            self._phone.correct(self._id, first.sku, self.diary.held[first.sku] - 1)
        if basket and self._persona.pays == "inside":
            self._phone.pay(self._id)

    def _take(self, take: Take) -> None:
        basket = self._plan.basket
        who = self._plan.friend if self._persona.friend and take is basket[-1] else self._plan.party
        try:
            self._hands.take(who, take.sku, take.units)
        except CannotDo as cannot:
            if cannot.code != "not_enough":
                raise
            return  # sold out: she does without
        self.diary.held[take.sku] += take.units
        if take.scanned:
            slip = self._persona.scans_one_twice and take is basket[0]
            self._phone.scan(self._id, self._gtins[take.sku], take.units + slip)

    def _put_one_back(self, sku: str) -> None:
        if self.diary.held[sku]:
            self._hands.put_back(self._plan.party, sku)
            self.diary.held[sku] -= 1
            self._look_at_basket()

    def _look_at_basket(self) -> None:
        """Until the shelves have told all she took; if they do not, she goes on and a person will ask."""

        def complete(visit: Json) -> bool:
            seen = {line["sku"]: line["sensed"] for line in visit["lines"] if line["sensed"]}
            return seen == dict(+self.diary.held)

        if self._screen is not None:
            with suppress(NothingHappened):
                self._screen.wait("the whole basket", complete, LOOKS_AT_BASKET_S)

    def _go_home(self) -> None:
        if not self._persona.says_goodbye and self._screen is not None:
            self._screen.close()  # the battery is empty
            self._screen = None
        if self._persona.friend:
            with suppress(CannotDo):  # had the friend not come in, nobody is left inside
                self._hands.leave(self._plan.friend, self._door)
        self._hands.leave(self._plan.party, self._door)
        self._inside = False
        if self._persona.says_goodbye:
            self._turn.left.set()
            self._phone.leave(self._id)
            self._said_goodbye_at = time.monotonic()

    def _see_the_end(self) -> None:
        if self._screen is None:  # at home the phone is charged again
            self._screen = Screen(self._phone, self._id)
        shown = self._wait("the end of the visit", OVER, GIVES_UP_S)
        self._turn.over()
        if shown["state"] == "in_review":
            self._said_goodbye_at = None  # from here on it is the operator's time
        if shown["state"] != "payment_due":
            with suppress(NothingHappened):  # a review that nobody decides stays one
                shown = self._wait("the outcome", {*ENDED, "payment_due"}, GIVES_UP_S)
        if self._said_goodbye_at is not None and shown["state"] == "settled":
            self.diary.settle_ms = round((time.monotonic() - self._said_goodbye_at) * 1000)
        if self._persona.pays == "later":
            shown = self._pay_what_is_due()
        self._note(shown)
        if shown["state"] == "settled":
            self._fetch_receipt()
            if self._persona.contests:
                self._contest()

    def _pay_what_is_due(self) -> Json:
        """As often as her page asks for it: what was held for her may just have run out."""
        deadline = time.monotonic() + GIVES_UP_S
        while (shown := self._phone.visit(self._id))["state"] not in ENDED:
            if time.monotonic() > deadline:
                raise NothingHappened("the payment did not end")
            if shown["state"] == "payment_due":
                self._phone.pay(self._id)
            time.sleep(TRIES_AGAIN_S)
        return shown

    def _note(self, shown: Json) -> None:
        self.diary.state = shown["state"]
        self.diary.reason = shown["reason"] and shown["reason"]["code"]
        self.diary.paid_cents = shown["paid_cents"]

    def _fetch_receipt(self) -> None:
        self._keep(self._id, *until(self._receipt, "the receipt"))

    def _contest(self) -> None:
        sku = next(iter(+self.diary.held))
        self.diary.refunded_cents = self._phone.contest(self._id, sku)["refund_cents"]
        done = until(lambda: self._phone.refunded(self._id), "the refund", GIVES_UP_S)
        self._keep(f"{self._id}-correction", *self._phone.correction(done))

    def _keep(self, name: str, pdf: bytes, page: str) -> None:
        if self._receipts is not None:
            (self._receipts / f"{name}.pdf").write_bytes(pdf)
            (self._receipts / f"{name}.html").write_text(page)

    def _receipt(self) -> tuple[bytes, str] | None:
        try:
            return self._phone.receipt(self._id)
        except Refused as refused:
            if refused.code != "receipt_not_ready":
                raise
            return None

    @property
    def _id(self) -> str:
        if self.diary.visit is None:
            raise NothingHappened("there is no visit")
        return self.diary.visit

    def _wait(self, what: str, states: set[str] | frozenset[str], within_s: float = 30.0) -> Json:
        if self._screen is None:
            raise NothingHappened(f"the phone is off; no {what}")
        return self._screen.wait(what, lambda visit: visit["state"] in states, within_s)
