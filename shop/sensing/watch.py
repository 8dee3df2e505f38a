"""One store under watch: readings in, episodes out; it remembers gains, unit weights, stock and strays."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shop.sensing.assortment import Planogram, assort
from shop.sensing.beliefs import Beliefs
from shop.sensing.chapters import MOST_MOVES, PENDING_S, Chapter, read
from shop.sensing.episodes import Episode, Key, Move, Outcome, Scan
from shop.sensing.holding import held_after, measured
from shop.sensing.hypotheses import Bounds, Hypothesis
from shop.sensing.moves import Gathering, with_neighbours
from shop.sensing.plates import Plate
from shop.sensing.suspicions import Suspicions

# Only episodes as certain as this teach weights.
TEACHES = 0.97


class Watch:
    """All shelves of one store; its memory is windows of plates, open chapters, the goods in hands."""

    def __init__(
        self,
        planogram: Planogram,
        catalogue: Mapping[str, tuple[float, float]],
        *,
        stock: Mapping[str, int] | None = None,
    ) -> None:
        self.goods = assort(planogram, stock)
        self.beliefs = Beliefs(catalogue)
        self.suspicions = Suspicions()
        self.plates: dict[Key, Plate] = {}
        self._gatherings: dict[str, Gathering] = {}
        self._chapters: list[Chapter] = []
        self._held: dict[str, dict[int, float]] = {}
        self._weighed: dict[str, float] = {}  # grams of a unit of what is held, as it was taken
        self.inside: int | None = None

    def doors(self, inside: int | None) -> None:
        """So many shoppers are inside now; None: nobody counts them. Goods leave with the last of them."""
        if not inside:
            self._held.clear()
            self._weighed.clear()
        self.inside = inside

    def take(self, shelf: str, plate: int, readings: Iterable[tuple[float, float]]) -> None:
        """A batch of readings, as it arrives."""
        detector = self.plates.get((shelf, plate))
        if detector is None:
            detector = self.plates[shelf, plate] = Plate()
        for change in detector.read(readings):
            if shelf not in self._gatherings:
                lanes = tuple(self.goods.lanes.get(shelf, {}).values())
                self._gatherings[shelf] = Gathering(shelf, lanes)
            self._gatherings[shelf].add(plate, change)

    def advance(self, now: float) -> list[Episode]:
        """Episodes that are settled by now; what may still be read anew is in `open_episodes`."""
        for shelf, gathering in self._gatherings.items():
            if gathering.open:
                for move in gathering.complete(now, self._restless(shelf)):
                    self._moved(with_neighbours(move, self._shifts(move)))
        return self._settle(now)

    def replay(
        self,
        plates: Mapping[Key, tuple[Any, Any]],
        *,
        doors: Sequence[float | Sequence[float]] | None = None,
        scans: Sequence[Scan] | None = None,
    ) -> list[Episode]:
        """As `shop.sensing.replay`, keeping what was learnt; plates start anew, clocks may too."""
        from shop.sensing.replaying import play

        self.plates.clear()
        return play(self, plates, doors, scans)

    def finish(self) -> list[Episode]:
        """Settle all that is open: the stream has ended, or a visit."""
        return self.advance(float("inf"))

    @property
    def open_episodes(self) -> list[Episode]:
        return [episode for chapter in self._chapters for episode in chapter.episodes]

    def _restless(self, shelf: str) -> list[tuple[int, float]]:
        return [
            (p, plate.moving_since)
            for (s, p), plate in self.plates.items()
            if s == shelf and plate.moving_since is not None
        ]

    def _shifts(self, move: Move) -> dict[int, float]:
        """Grams by which calm neighbours of a move shifted, too little to be changes of their own."""
        near = {q for p in move.grams for q in (p - 1, p + 1)}.difference(move.grams)
        plates = {p: self.plates.get((move.shelf, p)) for p in sorted(near)}
        return {p: plate.shift for p, plate in plates.items() if plate is not None}

    def _moved(self, move: Move) -> None:
        touched = [c for c in self._chapters if c.touches(move)]
        moves = sorted([move, *(m for c in touched for m in c.moves)], key=lambda m: (m.t1, m.at))
        self._chapters = [c for c in self._chapters if c not in touched]
        chapter = Chapter(moves)
        chapter.episodes = read(moves, self._explain)
        self._chapters.append(chapter)

    def _explain(self, move: Move, before: tuple[Episode, ...]) -> list[Hypothesis]:
        unbooked = sorted([*self.open_episodes, *before], key=lambda e: e.t1)
        held = held_after(self._held, (e for e in unbooked if e.t1 <= move.t1))
        weighed = self._weighed | measured(e for e in unbooked if e.t1 <= move.t1)
        return self.beliefs.explain(move, self.goods, Bounds(held, unbooked, not self.inside, weighed))

    def _settle(self, now: float) -> list[Episode]:
        settled: list[Episode] = []
        for chapter in list(self._chapters):
            if now > chapter.end + PENDING_S:
                settled += chapter.episodes
                self._chapters.remove(chapter)
            elif len(chapter.moves) > MOST_MOVES and len(chapter.episodes) > 1:
                settled.append(self._settle_first(chapter))
        settled.sort(key=lambda e: (e.t1, e.t0))
        for episode in settled:
            self._book(episode)
        return settled

    def _settle_first(self, chapter: Chapter) -> Episode:
        first, *rest = chapter.episodes
        chapter.moves = [m for m in chapter.moves if m.at > first.at]
        chapter.episodes = tuple(rest)
        return first

    def _book(self, episode: Episode) -> None:
        self.goods.book(episode)
        self.suspicions.note(episode, self.goods)
        self._held = held_after(self._held, [episode])
        self._weighed |= measured([episode])
        self.learn(episode)

    def decided_again(self, before: Episode, after: Episode) -> None:
        """Scans settled what weight alone could not: put the books right, and learn from it."""
        if after.lines == before.lines and after.outcome is before.outcome:
            return
        self.goods.unbook(before)
        self.goods.book(after)
        if before.posterior < TEACHES:
            self.learn(after)

    def learn(self, episode: Episode) -> None:
        """A certain episode of one product tells about its weight and its plates."""
        certain = episode.outcome is Outcome.DECIDED and episode.posterior >= TEACHES
        if certain and len(episode.lines) == 1 and not episode.blind:
            (sku, count) = episode.lines[0]
            grams = {(episode.shelf, p): g for p, g in episode.grams.items() if g * count > 0}
            self.beliefs.learn(sku, count, grams, 2.0 * len(grams))
