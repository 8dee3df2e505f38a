"""Shoppers on the worst day: they try again with the same key, reload their page, and keep every answer."""

import itertools
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from simulators.demo import personas
from simulators.demo.personas import Persona, Plan
from simulators.demo.stage import Stage
from simulators.demo.turns import Queue, Turn
from simulators.demo.visit import GIVES_UP_S, OVER, Diary, Shopper
from simulators.shopper import Json, NothingHappened, Phone, Refused, Screen, until
from tests.chaos import bank
from tests.chaos.promises import Promises

PATIENCE_S = 45.0
TRIES_AGAIN_S = 0.4
BUSY = (502, 503, 504)
AT_ONCE = 2  # of a store: one shops, the other signs in or reads her receipt
RELOADS = 0.3  # of the looks at the page
NEWS_S = 15.0  # of an expired hold
NUMBERS = 1000  # plan numbers of one store

# Left out: who means not to buy, and whose visit only a person can end.
LATE = Persona("leaves unpaid, her hold runs out", pays="later")
UNSUITABLE = ("one of two inside", "two inside", "phone died", "disputes the shelf")


class StubbornPhone(Phone):
    """Stays on until `hang_up`: the audit looks at her screen once more."""

    def __init__(self, *arguments: Any, promises: Promises, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._promises = promises

    def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        key = {} if method == "GET" else {"Idempotency-Key": str(uuid.uuid4())}
        answer = self._until_answered(
            lambda: self.http.request(method, f"/api/v1{path}", json=body, headers=key), method, path
        )
        if not answer.is_success:
            try:
                refusal = answer.json()
            except ValueError:
                refusal = {"code": answer.reason_phrase}
            raise Refused(answer.status_code, refusal)
        told = answer.json() if answer.content else None
        if "sign-in" not in path:
            self._promises.keep(self.email, method, path, body, told)
        return told

    def _until_answered(self, send: Callable[[], httpx.Response], method: str, path: str) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE_S
        for attempt in itertools.count():
            self._promises.tried(again=attempt > 0)
            with suppress(httpx.TransportError):
                answer = send()
                if answer.status_code == 500:
                    self._promises.failed(method, path)
                elif answer.status_code not in BUSY and not _still_at_work(answer):
                    return answer
            if time.monotonic() > deadline:
                break
            time.sleep(TRIES_AGAIN_S)
        raise NothingHappened(f"no answer to {method} {path} within {PATIENCE_S:.0f} s")

    def sign_in(self) -> None:
        """When no code comes she asks again; that is another code, and she takes the newest."""
        for last in (False, False, True):
            try:
                super().sign_in()
            except (Refused, NothingHappened):
                if last:
                    raise
                time.sleep(1)
            else:
                return

    def save_card(self, number: str) -> None:
        """When the card page does not come she starts over."""
        try:
            super().save_card(number)
        except NothingHappened:
            super().save_card(number)

    def request_entry(self, door_code: str) -> str:
        try:
            return super().request_entry(door_code)
        except Refused as refused:  # her page shows the visit whose beginning she was never told
            if refused.code != "visit_open":
                raise
            return str(refused.details["visit_id"])

    def _document(self, url: str) -> httpx.Response:
        language = {"lang": self.language}
        send = partial(self.http.get, url, params=language)
        return self._until_answered(send, "GET", "/r/...").raise_for_status()

    def close(self) -> None:
        return  # see hang_up

    def hang_up(self) -> None:
        super().close()


def _still_at_work(answer: httpx.Response) -> bool:
    """The first try of this very request is not over yet."""
    return answer.status_code == 409 and "in_progress" in answer.text


class StubbornShopper(Shopper):
    def __init__(
        self,
        stage: Stage,
        plan: Plan,
        turn: Turn,
        gtins: Mapping[str, str],
        receipts: Path,
        *,
        seed: int,
        promises: Promises,
    ) -> None:
        super().__init__(stage, plan, turn, gtins, receipts, partial(StubbornPhone, promises=promises))
        self.store = stage.seeded.store
        self._stage = stage
        self._dice = random.Random(seed)
        self.put_back: set[str] = set()

    def look_again(self) -> None:
        """She reloads her page the day after: where her visit stands, and her receipt."""
        if self.diary.visit is None:
            return
        try:
            shown = self._phone.ask("GET", f"/visits/{self.diary.visit}")
            self._note(shown)
            if shown["state"] == "settled":
                self._fetch_receipt()
        except (NothingHappened, Refused, httpx.HTTPError) as problem:
            self.diary.problem = f"{type(problem).__name__}: {problem}"

    def hang_up(self) -> None:
        if self._screen is not None:
            self._screen.close()
        if isinstance(self._phone, StubbornPhone):
            self._phone.hang_up()

    def _look_at_basket(self) -> None:
        if self._screen is not None and self._dice.random() < RELOADS:
            self._screen.close()
            self._screen = Screen(self._phone, self._id)
        super()._look_at_basket()

    def _put_one_back(self, sku: str) -> None:
        self.put_back.add(sku)
        super()._put_one_back(sku)


class Latecomer(StubbornShopper):
    """Leaves without paying, comes back when her hold has run out, and the answer to her charge is lost."""

    def _see_the_end(self) -> None:
        self._screen = self._screen or Screen(self._phone, self._id)
        if self._wait("the end of the visit", OVER, GIVES_UP_S)["state"] == "payment_due":
            bank.let_hold_expire(self._stage, self._id)
            with suppress(NothingHappened):  # then her bank says no to what she tries first
                until(self._hold_is_gone, "news of the hold", NEWS_S)
            bank.time_out_next(self._stage)
        super()._see_the_end()

    def _hold_is_gone(self) -> bool:
        return bool(self._phone.visit(self._id)["hold"]["status"] != "placed")


class Crowd:
    """So many people over all stores, each store with its own queue."""

    def __init__(
        self, stages: Sequence[Stage], seed: int, promises: Promises, told: Callable[[Diary], None]
    ) -> None:
        self.shoppers: list[StubbornShopper] = []
        self.diaries: list[Diary] = []
        self.ended = 0
        self._stages = stages
        self._seed = seed
        self._promises = promises
        self._told = told
        self._sending: list[threading.Thread] = []

    def come(self, count: int, receipts: Path) -> None:
        """Returns at once; `is_over` says when nobody is left."""
        for place, stage in enumerate(self._stages):
            share = count // len(self._stages) + (place < count % len(self._stages))
            thread = threading.Thread(
                target=self._to_one_store, args=(stage, place, share, receipts), daemon=True
            )
            self._sending.append(thread)
            thread.start()

    @property
    def is_over(self) -> bool:
        return not any(thread.is_alive() for thread in self._sending)

    def _to_one_store(self, stage: Stage, place: int, count: int, receipts: Path) -> None:
        gtins = {article["sku"]: article["gtins"][0] for article in stage.assortment["articles"]}
        queue, places = Queue(), threading.Semaphore(AT_ONCE)
        threads = []
        for plan in itertools.islice(plans(stage, self._seed, place), count):
            places.acquire()
            turn = queue.next(beside=False)
            who = Latecomer if plan.persona is LATE else StubbornShopper
            shopper = who(
                stage, plan, turn, gtins, receipts, seed=self._seed + plan.number, promises=self._promises
            )
            self.shoppers.append(shopper)
            self.diaries.append(shopper.diary)
            threads.append(threading.Thread(target=self._shop, args=(shopper, turn, places), daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def _shop(self, shopper: StubbornShopper, turn: Turn, places: threading.Semaphore) -> None:
        try:
            shopper.run()
            self._told(shopper.diary)
        finally:
            self.ended += 1
            turn.over()
            places.release()


def plans(stage: Stage, seed: int, place: int) -> Iterator[Plan]:
    """People who mean to buy, the second of each store late with her payment; names differ between stores."""
    everybody = personas.plans(stage.assortment["articles"], seed + place)
    suitable = (
        plan for plan in everybody if plan.persona.ends == "settled" and plan.persona.name not in UNSUITABLE
    )
    for count, plan in enumerate(suitable):
        persona = LATE if count == 1 else plan.persona
        yield replace(plan, number=plan.number + NUMBERS * place, persona=persona)
