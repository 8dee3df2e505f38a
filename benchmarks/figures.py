"""Arithmetic on samples: percentiles and what is shown of them."""

import math
from collections.abc import Sequence


def percentile(samples: Sequence[float], share: float) -> float:
    """The nearest-rank percentile, `share` from 0 to 1; ValueError without samples."""
    if not samples:
        raise ValueError("no samples")
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")
    ordered = sorted(samples)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def p50_p95(samples: Sequence[float]) -> dict[str, float]:
    """Both with the number of samples they stand on; empty without samples."""
    if not samples:
        return {}
    p50, p95 = percentile(samples, 0.50), percentile(samples, 0.95)
    return {"p50": round(p50, 2), "p95": round(p95, 2), "n": len(samples)}
