"""Several visits at once: scans claim episodes, what nobody claims is charged to nobody and looked at.

Someone alone in the store owns what happens. Of several, the one whose scan explains a line owns it; goods
that came back cancel a line nobody claimed, else one of the visit that gave up most.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shop.sensing.episodes import Basket, Episode, Outcome, Scan
from shop.sensing.fusion import fuse

Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Visit:
    """One shopper's time inside, in seconds, and what was scanned in it."""

    start: float
    end: float
    scans: Sequence[Scan] = ()

    def around(self, episode: Episode) -> bool:
        return self.start <= episode.t1 and episode.t0 <= self.end

    @property
    def counted(self) -> dict[str, int]:
        counted: dict[str, int] = {}
        for _, sku, count in self.scans:
            counted[sku] = counted.get(sku, 0) + count
        return {sku: n for sku, n in counted.items() if n > 0}


@dataclass(frozen=True, slots=True)
class Shares(Generic[Id]):
    """Whose what was: a basket per visit, and episodes with lines that nobody claimed."""

    baskets: Mapping[Id, Basket]
    unclaimed: tuple[Episode, ...]
    episodes: tuple[Episode, ...]  # all, decided again


@dataclass(slots=True)
class _Claims(Generic[Id]):
    visits: Mapping[Id, Visit]
    owned: dict[Id, dict[str, int]] = field(default_factory=dict)
    nobodys: list[tuple[Episode, str]] = field(default_factory=list)  # one entry per unit


def share(episodes: Sequence[Episode], visits: Mapping[Id, Visit], *, claim: float = 0.95) -> Shares[Id]:
    """Each visit's basket; visits that overlap are decided together."""
    baskets: dict[Id, Basket] = {}
    unclaimed: list[Episode] = []
    decided: dict[int, Episode] = {}
    for group in _overlapping(visits):
        mine = [
            i for i, e in enumerate(episodes) if i not in decided and any(v.around(e) for v in group.values())
        ]
        together = fuse([episodes[i] for i in mine], _counted(group), claim=claim)
        decided.update(zip(mine, together.episodes, strict=True))
        if len(group) == 1:
            baskets[next(iter(group))] = together
        else:
            shared, left = _share_out(together.episodes, group)
            baskets |= shared
            unclaimed += left
    again = tuple(decided.get(i, episode) for i, episode in enumerate(episodes))
    return Shares(baskets, tuple(unclaimed), again)


def _overlapping(visits: Mapping[Id, Visit]) -> list[dict[Id, Visit]]:
    groups: list[dict[Id, Visit]] = []
    end = float("-inf")
    for key, visit in sorted(visits.items(), key=lambda item: (item[1].start, item[1].end)):
        if visit.start > end or not groups:
            groups.append({})
        groups[-1][key] = visit
        end = max(end, visit.end)
    return groups


def _counted(group: Mapping[Id, Visit]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for visit in group.values():
        for sku, count in visit.counted.items():
            counted[sku] = counted.get(sku, 0) + count
    return counted


def _share_out(
    episodes: Sequence[Episode], group: Mapping[Id, Visit]
) -> tuple[dict[Id, Basket], list[Episode]]:
    claims = _Claims(group, {key: {} for key in group})
    for episode in sorted(episodes, key=lambda e: (e.t1, e.t0)):
        present = [key for key, visit in group.items() if visit.around(episode)]
        for sku, count in episode.lines:
            for _ in range(abs(count)):
                (_take if count < 0 else _return)(claims, episode, sku, present)
    left = list(dict.fromkeys(id(e) for e, _ in claims.nobodys))
    unclaimed = [e for e in episodes if id(e) in left]
    baskets = {key: _basket(claims, key, episodes, unclaimed) for key in group}
    return baskets, unclaimed


def _take(claims: _Claims[Id], episode: Episode, sku: str, present: Sequence[Id]) -> None:
    owners = present if len(present) == 1 else [k for k in present if _unexplained(claims, k, sku) > 0]
    if owners:
        owner = min(owners, key=lambda key: _distance(claims.visits[key], sku, episode))
        claims.owned[owner][sku] = claims.owned[owner].get(sku, 0) + 1
    else:
        claims.nobodys.append((episode, sku))


def _return(claims: _Claims[Id], episode: Episode, sku: str, present: Sequence[Id]) -> None:
    for entry in claims.nobodys:
        if entry[1] == sku:
            claims.nobodys.remove(entry)
            return
    holders = [key for key in present if claims.owned[key].get(sku, 0) > 0]
    if holders:
        giver = min(holders, key=lambda key: _unexplained(claims, key, sku))
        claims.owned[giver][sku] -= 1


def _unexplained(claims: _Claims[Id], key: Id, sku: str) -> int:
    """Scans of this product that no pick explains yet; negative: picked beyond the scans."""
    return claims.visits[key].counted.get(sku, 0) - claims.owned[key].get(sku, 0)


def _distance(visit: Visit, sku: str, episode: Episode) -> float:
    return min(
        (abs(at - episode.t1) for at, scanned, _ in visit.scans if scanned == sku), default=float("inf")
    )


def _basket(
    claims: _Claims[Id], key: Id, episodes: Sequence[Episode], unclaimed: Sequence[Episode]
) -> Basket:
    visit = claims.visits[key]
    lines = {sku: n for sku, n in claims.owned[key].items() if n > 0}
    mine = tuple(e for e in episodes if visit.around(e))
    reasons = []
    if any(visit.around(e) for e in unclaimed):
        reasons.append("picks that nobody claims")
    if any(e.outcome is Outcome.UNKNOWN for e in mine):
        reasons.append("unknown goods")
    if any(e.outcome is Outcome.AMBIGUOUS for e in mine):
        reasons.append("uncertain basket")
    if lines != visit.counted:
        reasons.append("scans and shelves disagree")
    certainty = min((e.posterior for e in mine if e.lines), default=1.0)
    return Basket(lines, certainty, visit.counted, {}, mine, bool(reasons), tuple(reasons))
