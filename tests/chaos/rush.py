"""A few people in one store claim the same goods at the same moment; together never more than there are."""

import itertools
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from simulators.demo.personas import GOOD_CARDS, Persona, Plan
from simulators.demo.stage import Stage
from simulators.demo.turns import Queue
from simulators.shopper import Refused
from tests.chaos.people import StubbornShopper
from tests.chaos.promises import Promises

PEOPLE = 4  # as many as a store lets in
EACH = 10  # units each claims of every article
NUMBERS = 9000
TOGETHER_WITHIN_S = 90.0

RUSHES = Persona("rushes", "empty", takes_goods=False, pays="never")


class Rusher(StubbornShopper):
    """Scans what she has not taken, lets go of it again and leaves with empty hands."""

    together: threading.Barrier
    skus: Sequence[str]
    gtins: Mapping[str, str]
    claimed: Counter[str]

    def _shop(self) -> None:
        try:
            for sku in self.skus:
                self.together.wait(TOGETHER_WITHIN_S)
                try:
                    self._phone.scan(self._id, self.gtins[sku], EACH)
                except Refused as refused:
                    if refused.code != "sold_out":
                        raise
                else:
                    self.claimed[sku] += EACH
            self.together.wait(TOGETHER_WITHIN_S)
        except BaseException:
            self.together.abort()
            raise
        for sku in self.claimed:
            self._phone.correct(self._id, sku, 0)


def rush(
    stage: Stage, promises: Promises, on_hand: Mapping[str, int], receipts: Path
) -> tuple[list[StubbornShopper], list[str]]:
    """The people, and what they were promised beyond the stock; nobody else may be in the store."""
    articles = stage.assortment["articles"]
    gtins = {article["sku"]: article["gtins"][0] for article in articles}
    together = threading.Barrier(PEOPLE)
    queue = Queue()
    people: list[StubbornShopper] = []
    for number in range(NUMBERS, NUMBERS + PEOPLE):
        plan = Plan(number, "rush", RUSHES, GOOD_CARDS[0], "de", ())
        turn = queue.next(beside=bool(people))
        one = Rusher(stage, plan, turn, gtins, receipts, seed=number, promises=promises)
        one.together, one.skus, one.gtins, one.claimed = together, list(gtins), gtins, Counter()
        people.append(one)
    threads = [threading.Thread(target=one.run, daemon=True) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    problems = [f"{one.diary.plan.party}: {one.diary.problem}" for one in people if one.diary.problem]
    claims = [one.claimed for one in people if isinstance(one, Rusher)]
    return people, problems + oversold(claims, on_hand)


def oversold(claims: Sequence[Counter[str]], on_hand: Mapping[str, int]) -> list[str]:
    claimed = Counter(itertools.chain.from_iterable(claim.elements() for claim in claims))
    return [
        f"{sku}: {units} promised, {on_hand.get(sku, 0)} there"
        for sku, units in sorted(claimed.items())
        if units > on_hand.get(sku, 0)
    ]
