"""Several stores of one shop, so that visits overlap: goods, doors and devices of their own each."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulators.demo.settings import DemoSettings
from simulators.demo.stage import ASSORTMENT, Stage

PLATES = 8  # of a store: each is read ten times a second, and there are two cores
STOCK = 24  # of each article


def open_town(stage: Stage, folder: Path, stores: int) -> list[Stage]:
    """The stage's own store and as many branches as are missing; returns once all let people in."""
    stage.set_up()
    branches = [stage.branch(assortment_file(folder, number)) for number in range(2, stores + 1)]
    for branch in branches:
        branch.await_open()
    return [stage, *branches]


def first_store(settings: DemoSettings, folder: Path, env: Mapping[str, str]) -> Stage:
    return Stage(settings, assortment=assortment_file(folder, 1), env=env)


def assortment_file(folder: Path, number: int) -> Path:
    path = folder / f"store-{number}.json"
    path.write_text(json.dumps(assortment(number)))
    return path


def assortment(number: int) -> dict[str, Any]:
    """Part of the demo's goods; barcodes and SKUs are one operator's, so each store has its own."""
    whole = json.loads(ASSORTMENT.read_text())
    shelves = whole["shelves"]
    skus = list(dict.fromkeys(plate["sku"] for plate in shelves[(number - 1) % len(shelves)]["plates"]))
    skus = skus[:PLATES]
    named = {article["sku"]: article for article in whole["articles"]}
    articles = [
        named[sku] | {"sku": f"{sku}-{number}", "gtins": [_gtin(number * 100 + place)]}
        for place, sku in enumerate(skus)
    ]
    plates = [{"plate": n, "sku": article["sku"]} for n, article in enumerate(articles, start=1)]
    return {
        "store": whole["store"]
        | {"slug": f"store-{number}", "name": f"Dorfladen {number}", "door_code": f"STORE-{number:03}"},
        "articles": articles,
        "shelves": [{"id": "shelf", "plates": plates}],
        "start_stock": {article["sku"]: STOCK for article in articles},
    }


def _gtin(number: int) -> str:
    """GTIN-13 from the range for use inside a shop, with its check digit."""
    digits = f"20{number:010}"
    weighted = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"
