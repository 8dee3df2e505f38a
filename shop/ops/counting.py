"""Counters, gauges and histograms, and how Prometheus reads them (text format 0.0.4).

Written by hand: the library would cost each of four processes 2.7 MB.
"""

import threading
import time
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate

Labels = tuple[str, ...]
Readings = Mapping[Labels, float]

METRICS: list["Metric"] = []  # every one there is, in the order of docs/metrics.md


class Metric(ABC):
    """A name, what it means, its labels, and the processes that have it."""

    kind: str

    def __init__(self, name: str, meaning: str, *labels: str, at: tuple[str, ...]) -> None:
        self.name, self.meaning, self.labels, self.at = name, meaning, labels, at
        self._lock = threading.Lock()
        METRICS.append(self)

    def text(self) -> Iterator[str]:
        yield f"# HELP {self.name} {self.meaning}"
        yield f"# TYPE {self.name} {self.kind}"
        yield from self._samples()

    @abstractmethod
    def _samples(self) -> Iterator[str]: ...

    def _sample(self, labels: Labels, value: float, part: str = "", **more: str) -> str:
        pairs = {**dict(zip(self.labels, labels, strict=True)), **more}
        inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in pairs.items())
        return f"{self.name}{part}{{{inside}}} {value!r}" if inside else f"{self.name}{part} {value!r}"


class Counter(Metric):
    kind = "counter"

    def __init__(self, name: str, meaning: str, *labels: str, at: tuple[str, ...]) -> None:
        super().__init__(name, meaning, *labels, at=at)
        self._counts: dict[Labels, int] = {} if labels else {(): 0}

    def add(self, *labels: str) -> None:
        with self._lock:
            self._counts[labels] = self._counts.get(labels, 0) + 1

    def _samples(self) -> Iterator[str]:
        with self._lock:
            counts = dict(self._counts)
        return (self._sample(labels, count) for labels, count in counts.items())


class Histogram(Metric):
    """Seconds, counted by how many there were up to each limit."""

    kind = "histogram"

    def __init__(
        self, name: str, meaning: str, *labels: str, at: tuple[str, ...], upto: tuple[float, ...]
    ) -> None:
        super().__init__(name, meaning, *labels, at=at)
        self._upto = upto
        self._names = [*map("{:g}".format, upto), "+Inf"]
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}
        if not labels:
            self._begin(())

    def _begin(self, labels: Labels) -> None:
        self._counts[labels], self._sums[labels] = [0] * len(self._names), 0.0

    def observe(self, seconds: float, *labels: str) -> None:
        with self._lock:
            if labels not in self._counts:
                self._begin(labels)
            self._counts[labels][bisect_left(self._upto, seconds)] += 1
            self._sums[labels] += seconds

    @contextmanager
    def timed(self, *labels: str, failed: Callable[[BaseException], str]) -> Iterator[None]:
        """The last label is how it ended: `ok`, or what `failed` calls the error."""
        began, outcome = time.perf_counter(), "ok"
        try:
            yield
        except BaseException as error:
            outcome = failed(error)
            raise
        finally:
            self.observe(time.perf_counter() - began, *labels, outcome)

    def _samples(self) -> Iterator[str]:
        with self._lock:
            seen = [(labels, list(counts), self._sums[labels]) for labels, counts in self._counts.items()]
        for labels, counts, total in seen:
            for upto, count in zip(self._names, accumulate(counts), strict=True):
                yield self._sample(labels, count, "_bucket", le=upto)
            yield self._sample(labels, total, "_sum")
            yield self._sample(labels, sum(counts), "_count")


class Gauge(Metric):
    """Asked when it is read; until somebody knows an answer it has none."""

    def __init__(
        self,
        name: str,
        meaning: str,
        *labels: str,
        at: tuple[str, ...],
        ask: Callable[[], Readings] = dict,
        kind: str = "gauge",
    ) -> None:
        super().__init__(name, meaning, *labels, at=at)
        self.ask, self.kind = ask, kind

    def _samples(self) -> Iterator[str]:
        return (self._sample(labels, value) for labels, value in self.ask().items())


def rendered(process: str) -> str:
    return "".join(f"{line}\n" for metric in METRICS if process in metric.at for line in metric.text())


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
