"""Who may go to the door and to the shelves when: one party after the other, or two at a time."""

import threading
from collections.abc import Sequence

LONGEST_WAIT_S = 90.0


class Turn:
    """One party's place in the queue. Its two events are always set in the end, whatever went wrong."""

    def __init__(self, enter_after: Sequence[threading.Event], take_after: Sequence[threading.Event]) -> None:
        self.inside = threading.Event()  # through the door, which is shut again
        self.left = threading.Event()  # out of the store, or never came in
        self.ended = threading.Event()  # the shop, too, knows that the visit is over
        self._enter_after = enter_after
        self._take_after = take_after

    def await_door(self) -> None:
        _await(self._enter_after)

    def await_shelves(self) -> None:
        """The shelves' reports of whoever was here before are in, so nobody's goods are mixed up."""
        _await(self._take_after)

    def over(self) -> None:
        for event in (self.inside, self.left, self.ended):
            event.set()


class Queue:
    """Hands out turns in order."""

    def __init__(self) -> None:
        self._last: list[Turn] = []

    def next(self, *, beside: bool) -> Turn:
        """`beside`: goes in as soon as the one before is inside, and shops at the same time."""
        if beside and self._last:
            turn = Turn([self._last[-1].inside], [])
            self._last.append(turn)
            return turn
        before = self._last
        turn = Turn([one.left for one in before], [one.ended for one in before])
        self._last = [turn]
        return turn


def _await(events: Sequence[threading.Event]) -> None:
    for event in events:
        event.wait(LONGEST_WAIT_S)
