"""Gets numbered reports to the core: in order, a window at a time, again until it says they are stored."""

import random
import time
from collections.abc import Callable
from dataclasses import replace

from devices.edge.outbox import Outbox, Pending
from devices.messages import Envelope, parse

WINDOW = 200  # reports in flight; more are sent as the core confirms
RESEND_S, RESEND_MAX_S = 10.0, 300.0  # protocol section 4.3: 10 s x attempt, at most 5 minutes


class Delivery:
    """`send` puts one report on the wire and answers whether there is a wire."""

    def __init__(
        self,
        outbox: Outbox,
        send: Callable[[Pending], bool],
        *,
        now: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = lambda: random.uniform(1.0, 1.25),  # noqa: S311 not a secret
    ) -> None:
        self._outbox = outbox
        self._send = send
        self._now = now
        self._jitter = jitter
        self._sent = outbox.first - 1  # highest number sent since the last rewind
        self._attempt = 0
        self._retry_at = 0.0

    def pump(self) -> None:
        """Send what is next, as far as the window reaches."""
        first = self._outbox.first
        if self._sent < first:
            self._expect_answer()
        in_flight = max(self._sent - first + 1, 0)  # numbers; where some are gone, fewer reports than that
        for pending in self._outbox.after(self._sent, max(WINDOW - in_flight, 0)):
            if not self._send(self._with_gap(pending)):
                return
            self._sent = pending.seq

    def again_from(self, seq: int) -> None:
        self._sent = min(self._sent, seq - 1)
        self.pump()

    def all_again(self) -> None:
        """After a birth, or when the core came back."""
        self.again_from(self._outbox.first)

    def stored(self, epoch: str, upto: int) -> bool:
        """The core's `event-ack`; False if it does not speak of this outbox."""
        if not self._outbox.acked(epoch, upto):
            return False
        self._attempt = 0
        self._expect_answer()
        self.pump()
        return True

    def tick(self) -> None:
        """Call about once a second: sends everything again when the answer is overdue."""
        if len(self._outbox) == 0 or self._now() < self._retry_at:
            return
        self._attempt += 1
        self.all_again()

    def _with_gap(self, pending: Pending) -> Pending:
        """Given up by a full outbox, or dropped because a core confirmed it that has forgotten since."""
        gap = pending.seq > self._sent + 1
        return replace(pending, after=self._sent) if gap else pending

    def _expect_answer(self) -> None:
        """With jitter, so that a hundred devices do not repeat in step."""
        self._retry_at = self._now() + min(RESEND_S * (self._attempt + 1), RESEND_MAX_S) * self._jitter()


def on_the_wire(pending: Pending) -> bytes:
    """As it was stored, and where numbers before it are gone, with `after` saying which."""
    if pending.after is None:
        return pending.payload
    return parse(Envelope, pending.payload).model_copy(update={"after": pending.after}).to_bytes()
