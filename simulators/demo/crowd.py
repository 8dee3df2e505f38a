"""The people in and around the store: shoppers in turn, and an operator who looks after them."""

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from simulators.demo import personas, sources
from simulators.demo.personas import Plan
from simulators.demo.stage import Stage
from simulators.demo.turns import Queue, Turn
from simulators.demo.visit import Diary, Shopper
from simulators.operator import Desk

Json = dict[str, Any]

AT_ONCE = 6  # one or two shop; the others sign in, wait for their bank or read their receipt
FILL_UP_EVERY = 20  # visits
SHELVES_SETTLE_S = 2.0
LOOKS_EVERY_S = 0.5
REMEMBERED = 500  # diaries of a living store
PAUSE_S = (2.0, 6.0)  # between people in a living store


class Crowd:
    """`told` is called once for each visit that came to its end, from that visit's thread."""

    def __init__(self, stage: Stage, seed: int, told: Callable[[Diary], None]) -> None:
        self.diaries: list[Diary] = []
        self._stage = stage
        self._told = told
        self._dice = random.Random(seed)
        self._plans = personas.plans(stage.assortment["articles"], seed)
        self._gtins = {article["sku"]: article["gtins"][0] for article in stage.assortment["articles"]}
        self._desk = stage.desk()
        self._queue = Queue()
        self._places = threading.Semaphore(AT_ONCE)

    def visit(self, count: int, receipts: Path) -> None:
        """So many people, then nobody; raises ProgramFailed when a program ends meanwhile."""
        with self._desk:
            threads = [self._send_in(plan, receipts) for plan in itertools.islice(self._plans, count)]
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
                    self._stage.check()

    def live(self) -> None:
        """People come and go until the caller is interrupted."""
        for plan in self._plans:
            threading.Event().wait(0 if plan.persona.beside else self._dice.uniform(*PAUSE_S))
            self._send_in(plan, None)
            del self.diaries[:-REMEMBERED]

    def _send_in(self, plan: Plan, receipts: Path | None) -> threading.Thread:
        while not self._places.acquire(timeout=0.2):
            self._stage.check()
        if plan.number % FILL_UP_EVERY == 0:
            _start(self._fill_up, self._queue.next(beside=False))
        turn = self._queue.next(beside=plan.persona.beside)
        return _start(self._shop, plan, turn, receipts)

    def _shop(self, plan: Plan, turn: Turn, receipts: Path | None) -> None:
        try:
            shopper = Shopper(self._stage, plan, turn, self._gtins, receipts)
            self.diaries.append(shopper.diary)
            shopper.run()
            self._told(shopper.diary)
        finally:
            turn.over()
            self._places.release()

    def _fill_up(self, turn: Turn) -> None:
        """The operator has the store to herself: goods put down beside a shopper would be taken for hers."""
        turn.await_door()
        turn.await_shelves()
        try:
            with self._stage.world() as hands:
                if self._desk.fill_up(self._stage.seeded.store, hands):
                    threading.Event().wait(SHELVES_SETTLE_S)
        finally:
            turn.over()


class Caretaker:
    """The operator at the desk: decides every review as the shelves and the truth say."""

    def __init__(self, stages: Sequence[Stage], diaries: list[Diary]) -> None:
        """The stores share one shop and one desk."""
        self.causes: dict[str, tuple[str, ...]] = {}  # of every visit that was reviewed
        self._stages = stages
        self._diaries = diaries
        self._stopping = threading.Event()
        self._thread = _start(self._run)

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)

    def _run(self) -> None:
        with self._stages[0].desk() as desk:
            while not self._stopping.wait(LOOKS_EVERY_S):
                with suppress(httpx.HTTPError):  # the desk says no, or not now: the review stays, look again
                    for review in desk.reviews():
                        self._decide(desk, review)

    def _decide(self, desk: Desk, review: Json) -> None:
        visit = review["visit"]["id"]
        self.causes[visit] = tuple(cause["kind"] for cause in review["causes"])
        party = self._party(visit)
        if party is not None:  # a visit by hand is left to whoever walks it
            gone = sources.goods_that_left(self._stages)[party]
            desk.decide(review, Counter(item["sku"] for item in gone))

    def _party(self, visit: str) -> str | None:
        return next((diary.plan.party for diary in list(self._diaries) if diary.visit == visit), None)


def _start(run: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=run, args=arguments, daemon=True)
    thread.start()
    return thread
