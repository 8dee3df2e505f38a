"""The physical truth of one shop: doors, plates, every item with its own weight, who holds what."""

import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class Impossible(Exception):
    """What the person tried cannot be done; `code` is the short answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Article:
    sku: str
    price_cents: int
    deposit_cents: int
    mean_g: float
    sd_g: float


@dataclass(frozen=True, slots=True)
class Item:
    article: Article
    grams: float


@dataclass(slots=True)
class Plate:
    id: str  # shelf-1/3
    shelf: str
    sku: str
    items: list[Item] = field(default_factory=list)
    hands: int = 0

    @property
    def grams(self) -> float:
        return sum(item.grams for item in self.items)


@dataclass(slots=True)
class Door:
    id: str
    released: bool = False
    leaf_open: bool = False
    jammed: bool = False


@dataclass(slots=True)
class Person:
    name: str
    inside: bool = False
    holding: list[Item] = field(default_factory=list)
    took_home: list[Item] = field(default_factory=list)


class Premises:
    """No clock and no wires: only what is where. All methods are instantaneous."""

    def __init__(self, assortment: dict[str, Any], doors: Iterable[str], seed: int) -> None:
        self._random = random.Random(seed)
        self.store = str(assortment["store"])
        self.articles = {article.sku: article for article in map(_article, assortment["articles"])}
        self.doors = {door: Door(door) for door in doors}
        self.people: dict[str, Person] = {}
        self.plates: dict[str, Plate] = {}
        for shelf in assortment["shelves"]:
            for plate in shelf["plates"]:
                key = f"{shelf['id']}/{plate['plate']}"
                if plate["sku"] not in self.articles:
                    raise ValueError(f"plate {key} carries the unknown article {plate['sku']!r}")
                self.plates[key] = Plate(key, shelf["id"], plate["sku"])
        for facing, count in assortment.get("start_stock", {}).items():
            self.stock(facing, None, count)

    def person(self, name: str) -> Person:
        return self.people.setdefault(name, Person(name))

    def door(self, door: str) -> Door:
        if door not in self.doors:
            raise Impossible("no_such_door")
        return self.doors[door]

    def facing(self, facing: str) -> list[Plate]:
        """`sku` or `shelf/sku` or a single plate `shelf/number`."""
        if facing in self.plates:
            return [self.plates[facing]]
        shelf, _, sku = facing.rpartition("/")
        found = [p for p in self.plates.values() if p.sku == sku and shelf in ("", p.shelf)]
        if not found:
            raise Impossible("no_such_facing")
        return found

    def stock(self, facing: str, sku: str | None, count: int) -> list[Plate]:
        """New items, spread over the plates of the facing."""
        plates = self.facing(facing)
        article = self.articles.get(sku or plates[0].sku)
        if article is None:
            raise Impossible("no_such_article")
        for _ in range(_amount(count)):
            grams = max(1.0, self._random.gauss(article.mean_g, article.sd_g))
            min(plates, key=lambda plate: len(plate.items)).items.append(Item(article, grams))
        return plates

    def fullest(self, facing: str, count: int) -> Plate:
        """Where somebody would reach; Impossible if the facing holds less than `count`."""
        plates = self.facing(facing)
        if sum(len(plate.items) for plate in plates) < _amount(count):
            raise Impossible("not_enough")
        return max(plates, key=lambda plate: len(plate.items))

    def take_one(self, person: Person, plate: Plate) -> Item:
        item = plate.items.pop()
        person.holding.append(item)
        return item

    def put_one(self, person: Person, sku: str, plate: Plate) -> Item:
        for item in person.holding:
            if item.article.sku == sku:
                person.holding.remove(item)
                plate.items.append(item)
                return item
        raise Impossible("not_holding_it")

    def carried_out(self, person: Person) -> list[Item]:
        """The person is outside now, with all they hold."""
        gone, person.holding = person.holding, []
        person.took_home += gone
        person.inside = False
        return gone

    def whereabouts(self) -> dict[str, dict[str, Any]]:
        """Per person: where they are, what they hold and what physically left with them."""
        return {
            name: {
                "inside": person.inside,
                "holding": receipt(person.holding),
                "left_with": receipt(person.took_home),
                "cents": cents(person.took_home),
            }
            for name, person in self.people.items()
        }

    def counts(self) -> dict[str, dict[str, int]]:
        """Per plate, units by SKU: misplaced ones show."""
        return {
            key: dict(Counter(item.article.sku for item in plate.items)) for key, plate in self.plates.items()
        }


def receipt(items: Iterable[Item]) -> list[dict[str, Any]]:
    return [
        {
            "sku": item.article.sku,
            "price_cents": item.article.price_cents,
            "deposit_cents": item.article.deposit_cents,
        }
        for item in items
    ]


def cents(items: Iterable[Item]) -> int:
    return sum(item.article.price_cents + item.article.deposit_cents for item in items)


def load(assortment: Path, layout: Path, seed: int) -> Premises:
    """`layout` is `{"doors": ["front", ...]}`."""
    return Premises(json.loads(assortment.read_text()), json.loads(layout.read_text())["doors"], seed)


def _article(raw: dict[str, Any]) -> Article:
    return Article(
        sku=str(raw["sku"]),
        price_cents=int(raw["price_cents"]),
        deposit_cents=int(raw.get("deposit_cents") or 0),
        mean_g=float(raw["unit_weight_g"]),
        sd_g=float(raw["unit_sd_g"]),
    )


def _amount(count: Any) -> int:
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= 1000:
        raise Impossible("bad_count")
    return count
