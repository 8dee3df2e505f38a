"""The demo shop's articles, shelves and stock hold together."""

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import select
from stdnum import ean

from shop.db import Database
from shop.domain.catalog import Product
from shop.seed import Assortment, sow
from tests.domain.world import World

FILE = Path(__file__).parents[2] / "simulators" / "data" / "dorfladen_witzenhausen.json"
SHOP: dict[str, Any] = json.loads(FILE.read_text())
ARTICLES: dict[str, dict[str, Any]] = {article["sku"]: article for article in SHOP["articles"]}
PLATES = {shelf["id"]: [plate["sku"] for plate in shelf["plates"]] for shelf in SHOP["shelves"]}
EVERY_PLATE = [sku for skus in PLATES.values() for sku in skus]


def test_there_are_sixty_different_articles() -> None:
    assert len(SHOP["articles"]) == len(ARTICLES) == 60
    for field in ("name_de", "name_en"):
        assert len({article[field] for article in SHOP["articles"]}) == 60


def test_the_shop_takes_the_file_as_it_is() -> None:
    assert len(Assortment.model_validate(SHOP).articles) == 60


@pytest.mark.parametrize("article", SHOP["articles"], ids=list(ARTICLES))
def test_an_article_is_complete_and_plausible(article: dict[str, Any]) -> None:
    assert all(article[field] for field in ("name_de", "name_en", "net_content", "category", "icon"))
    assert 49 <= article["price_cents"] <= 1000
    assert article["vat"] in ("reduced", "standard")
    assert 0 < article["unit_sd_g"] <= 0.04 * article["unit_weight_g"]
    assert article["unit_weight_g"] >= content_in_grams(article["net_content"])


def content_in_grams(content: str) -> float:
    """0 for pieces and rolls; drinks weigh about what they measure."""
    found = re.fullmatch(r"([\d,]+) (kg|g|l|ml)", content)
    if found is None:
        return 0
    per_unit = {"kg": 1000, "l": 1000, "g": 1, "ml": 1}[found[2]]
    lightest = 0.9 if found[2] in ("l", "ml") else 1  # oil floats on water
    return float(found[1].replace(",", ".")) * per_unit * lightest


def test_every_barcode_is_valid_made_up_and_used_once() -> None:
    gtins = [gtin for article in ARTICLES.values() for gtin in article["gtins"]]
    assert all(ean.is_valid(gtin) and len(gtin) == 13 for gtin in gtins)
    assert all(gtin.startswith(("4099999", "2000417")) for gtin in gtins)
    assert len(set(gtins)) == len(gtins) > 60  # a few articles have two
    assert min(len(article["gtins"]) for article in ARTICLES.values()) == 1


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("net_content", "eine Handvoll", "no net content such as"),
        ("net_content", "1.000 g", "two ways"),
        ("icon", "milk", "pattern"),
        ("icon", "🥛🥛", "pattern"),
        ("icon", "<b>", "pattern"),
        ("icon", "👩‍🍳👩‍🍳👩‍🍳👩‍🍳👩‍🍳👩‍🍳", "at most 16"),
    ],
)
def test_what_is_no_quantity_or_no_sign_is_refused_with_its_place(field: str, value: str, why: str) -> None:
    articles = [SHOP["articles"][0], SHOP["articles"][1] | {field: value}]
    with pytest.raises(ValidationError, match=why) as refused:
        Assortment.model_validate(SHOP | {"articles": articles})
    assert refused.value.errors()[0]["loc"] == ("articles", 1, field)


@pytest.mark.parametrize("icon", ["", "🥛", "☕", "🌶️", "👩‍🌾", "👍🏽"])
def test_a_sign_is_one_emoji_or_none(icon: str) -> None:
    articles = [SHOP["articles"][0] | {"icon": icon}]
    assert Assortment.model_validate(SHOP | {"articles": articles}).articles[0].icon == icon


def test_deposits_are_the_usual_ones() -> None:
    """One-way at least 25 cents (VerpackG 31 (1)); reusable as the trade agreed."""
    kinds = {"none": {0}, "einweg": {25}, "mehrweg": {8, 15}}
    assert all(article["deposit_cents"] in kinds[article["deposit_kind"]] for article in ARTICLES.values())
    assert {article["deposit_kind"] for article in ARTICLES.values()} == set(kinds)
    assert {ARTICLES[sku]["deposit_cents"] for sku in ("cola-500", "cola-330-dose", "wasser-1000")} == {25}


def test_the_reduced_rate_goes_only_to_what_annex_2_names() -> None:
    """Water, juice, soft and plant drinks are not in it; milk, coffee, tampons and pet food are."""
    full = {"apfelsaft-1l", "wasser-1000", "cola-500", "hafer-1l", "toilettenpapier-8", "zahnpasta-75"}
    reduced = {"milch-glas-1l", "kakao-500", "kaffee-500", "tampons-32", "katzenfutter-400", "eier-10"}
    assert {ARTICLES[sku]["vat"] for sku in full} == {"standard"}
    assert {ARTICLES[sku]["vat"] for sku in reduced} == {"reduced"}
    drinks = [article for article in ARTICLES.values() if article["category"] in ("drinks", "household")]
    assert {article["vat"] for article in drinks} == {"standard"}


def test_every_article_stands_on_one_plate_or_two_adjacent_ones() -> None:
    assert [shelf["id"] for shelf in SHOP["shelves"]] == ["shelf-1", "shelf-2", "shelf-3"]
    for shelf in SHOP["shelves"]:
        assert [plate["plate"] for plate in shelf["plates"]] == list(range(1, len(shelf["plates"]) + 1))
        assert 20 <= len(shelf["plates"]) <= 22
    places = Counter(EVERY_PLATE)
    assert set(places) == set(ARTICLES)
    wide = {sku for sku, count in places.items() if count > 1}
    assert 2 <= len(wide) <= 6
    adjacent = {one for skus in PLATES.values() for one, other in pairwise(skus) if one == other}
    assert wide == adjacent
    assert max(places.values()) == 2


def test_neighbours_differ_enough_in_weight_to_be_told_apart() -> None:
    for skus in PLATES.values():
        for one, other in pairwise(skus):
            apart = abs(ARTICLES[one]["unit_weight_g"] - ARTICLES[other]["unit_weight_g"])
            assert one == other or apart >= 40, (one, other)


def test_the_shop_opens_with_eight_to_fourteen_of_everything() -> None:
    assert set(SHOP["start_stock"]) == set(ARTICLES)
    assert all(8 <= count <= 14 for count in SHOP["start_stock"].values())


@pytest.mark.parametrize(("mode", "displays"), [("sticker", []), ("rotating", ["witzenhausen-2-display"])])
def test_a_store_whose_door_code_changes_gets_a_display(
    sqlite: tuple[Database, World], mode: str, displays: list[str]
) -> None:
    wanted = Assortment.model_validate(SHOP)
    wanted.store.slug, wanted.store.operator_slug = "witzenhausen-2", "another"
    wanted.store.door_code_mode = mode
    with sqlite[0].reading() as tx:
        made = sow(tx, wanted, timing={}, staff_email="chef@example.org")
        can = tx.exec(select(Product).where(Product.sku == "cola-330-dose")).one()
        assert (can.net_amount, can.net_unit, can.icon) == (330, "ml", "🥤")
    assert [device["id"] for device in made["devices"] if device["kind"] == "display"] == displays
