"""From weighed hypotheses to an episode: decided, ambiguous, unknown or a touch."""

import numpy as np

from shop.sensing.episodes import DECIDED, Episode, Move, Outcome
from shop.sensing.hypotheses import Hypothesis

# And so close to the move, in squared standard deviations (shelf-sensing 5).
FITS = 30.0
# Alternatives kept: so many, each at least so probable.
KEPT = 12
KEPT_POSTERIOR = 1e-4


def judge(move: Move, hypotheses: list[Hypothesis]) -> Episode:
    """The episode of one move; hypotheses come best first."""
    logs = np.array([h.log_evidence for h in hypotheses])
    posterior = np.exp(logs - np.logaddexp.reduce(logs))
    best, certainty = hypotheses[0], float(posterior[0])
    alternatives = tuple(
        (h.lines, float(p))
        for h, p in zip(hypotheses[1 : KEPT + 1], posterior[1:], strict=False)
        if p >= KEPT_POSTERIOR
    )
    return Episode(
        t0=move.t0, t1=move.t1, shelf=move.shelf, outcome=_outcome(best, certainty), lines=best.lines,
        posterior=certainty, alternatives=alternatives, at=move.at, grams=dict(move.grams), blind=move.blind,
    )  # fmt: skip


def _outcome(best: Hypothesis, certainty: float) -> Outcome:
    if best.kind == "goods":
        sure = certainty >= DECIDED and best.misfit < FITS
        return Outcome.DECIDED if sure else Outcome.AMBIGUOUS
    if certainty < 0.5:
        return Outcome.AMBIGUOUS
    return Outcome.TOUCH if best.kind == "nothing" else Outcome.UNKNOWN


def evidence(hypotheses: list[Hypothesis]) -> float:
    """Log probability density of the move, whatever it was."""
    return float(np.logaddexp.reduce([h.log_evidence for h in hypotheses]))
