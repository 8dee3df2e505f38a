"""Who comes and what they will do: drawn from the seed, so that the same seed brings the same people."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

# Test cards by what they do (docs.stripe.com/testing).
GOOD_CARDS = ("4242424242424242", "5555555555554444", "4000002760000016")
DECLINED_CARD = "4000000000000341"  # can be saved, is refused when something is held
SECURE_CARD = "4000002760003184"  # the bank asks each time

NAMES = (
    "anna", "ben", "clara", "deniz", "emil", "frieda", "georg", "hanna", "ida", "jonas", "karim", "lena",
    "marie", "nils", "olga", "paul", "rosa", "sami", "thea", "umut", "vera", "willi", "yusuf", "zoe",
)  # fmt: skip
CYCLE = 25
BLOCK = 6  # at most one visit in so many ends without a sale
HIGHEST_BASKET = 4000  # cents; below the card hold
LOWEST_BASKET = 100  # above the smallest card charge
HOW_MANY_ARTICLES = (1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6)

Pays = Literal["inside", "early", "later", "never"]


@dataclass(frozen=True, slots=True)
class Persona:
    """What sets a visit apart; the defaults make the ordinary shopper: scans all, pays, says goodbye."""

    name: str
    ends: str = "settled"  # how such a visit is meant to end
    card: str | None = None
    confirms_at_bank: bool = True
    opens_door: bool = True
    takes_goods: bool = True
    scans: float = 1.0  # share of what is taken
    scans_one_twice: bool = False
    puts_one_back: bool = False
    disputes: bool = False  # says one less than the shelf saw
    pays: Pays = "inside"
    friend: bool = False
    says_goodbye: bool = True  # False: the phone is dead, the end-of-visit rule decides
    beside: bool = False  # comes in while the shopper before is still inside
    line_drops: bool = False
    contests: bool = False  # says of one unit that it was not hers


ORDINARY = Persona("ordinary")
EVERYDAY = (
    ORDINARY,
    ORDINARY,
    Persona("line drops", line_drops=True),
    Persona("forgets scans", scans=0.5),
    Persona("puts one back", puts_one_back=True),
    Persona("scans one twice and corrects", scans_one_twice=True),
)
SPECIAL = (
    Persona("3-D Secure", card=SECURE_CARD),
    Persona("leaves unpaid, pays later", pays="later"),
    Persona("pays, then takes more", pays="early"),
    Persona("friend held the door", friend=True),
    Persona("phone died", says_goodbye=False),
    Persona("objects to a line", contests=True),
    Persona("one of two inside"),
    Persona("two inside", beside=True),
)
WITHOUT_SALE = (
    Persona("takes nothing", "empty", takes_goods=False),
    Persona("declined card", "refused", card=DECLINED_CARD),
    Persona("disputes the shelf", disputes=True),
)
GIVING_UP = (  # each takes turns: both would leave no room for a surprise among 25
    Persona("walks off at the bank", "abandoned", card=SECURE_CARD, confirms_at_bank=False),
    Persona("does not open the door", "abandoned", opens_door=False),
)


@dataclass(frozen=True, slots=True)
class Take:
    sku: str
    units: int
    scanned: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """One visit to come."""

    number: int
    name: str
    persona: Persona
    card: str
    language: str
    basket: tuple[Take, ...]

    @property
    def party(self) -> str:
        return f"{self.name}-{self.number}"

    @property
    def friend(self) -> str:
        return f"{self.party}+friend"


def party_of(person: str) -> str:
    """A friend belongs to the party whose door code let them in."""
    return person.partition("+")[0]


def plans(articles: Sequence[dict[str, Any]], seed: int) -> Iterator[Plan]:
    """Without end; `articles` as in the assortment file."""
    dice = random.Random(seed)
    number = 0
    before: tuple[Take, ...] = ()
    while True:
        for persona in _cycle(dice, seed, number // CYCLE):
            number += 1
            avoid = {take.sku for take in before} if persona.beside else set()
            before = _basket(dice, articles, persona, avoid)
            yield Plan(
                number=number,
                name=dice.choice(NAMES),
                persona=persona,
                card=persona.card or dice.choice(GOOD_CARDS),
                language=dice.choice(("de", "de", "de", "en")),
                basket=before,
            )


def _cycle(dice: random.Random, seed: int, count: int) -> list[Persona]:
    """25 people: 21 who buy, one per block who does not; who comes beside somebody follows right behind."""
    *alone, first, second = SPECIAL
    without_sale = [*WITHOUT_SALE, GIVING_UP[(seed + count) % len(GIVING_UP)]]
    everyday = CYCLE - len(SPECIAL) - len(without_sale) - 1
    units = [[persona] for persona in alone] + [[first, second]]
    units += [[dice.choice(EVERYDAY)] for _ in range(everyday)]
    dice.shuffle(units)
    people = [ORDINARY, *(persona for unit in units for persona in unit)]
    dice.shuffle(without_sale)
    for block, persona in enumerate(without_sale):
        place = block * BLOCK + dice.randrange(1, BLOCK)
        people.insert(place - people[place].beside, persona)
    return people


def _basket(
    dice: random.Random, articles: Sequence[dict[str, Any]], persona: Persona, avoid: set[str]
) -> tuple[Take, ...]:
    if not persona.takes_goods:
        return ()
    choice = [article for article in articles if article["sku"] not in avoid]
    wanted = max(dice.choice(HOW_MANY_ARTICLES), 2 if persona.scans < 1 or persona.pays == "early" else 1)
    basket: list[Take] = []
    total = 0
    for article in dice.sample(choice, len(choice)):
        each = article["price_cents"] + (article.get("deposit_cents") or 0)
        units = 2 if not basket and (persona.puts_one_back or persona.disputes) else dice.choice((1, 1, 1, 2))
        if total + units * each > HIGHEST_BASKET:
            continue
        basket.append(Take(article["sku"], units, scanned=True))
        total += units * each
        if len(basket) >= wanted and total >= LOWEST_BASKET:
            break
    unscanned = len(basket) - round(persona.scans * len(basket))
    return tuple(replace(take, scanned=place >= unscanned) for place, take in enumerate(basket))
