"""`python -m benchmarks.seeding STORES`: a chain of small stores, in one go; prints what its devices need.

Reads SHOP_* as the product does. The same code as `python -m shop seed`, which makes one store and so would
be started once for each.
"""

import argparse
import json
from typing import Any

from devices import signing
from devices.registry import KID, Entry, Registry, entries
from shop.config import master_secret, settings
from shop.db import Database
from shop.seed import Assortment, sow

WEIGHED, LOOSE = 12, 8  # articles on the shelf's plates, and articles that are only scanned
STOCK = 1_000_000  # no run empties a shelf
GRAMS, GRAMS_SD = 250.0, 1.0


def assortment(number: int) -> dict[str, Any]:
    """Barcodes and SKUs are one operator's, so each store has its own."""
    articles = [_article(number, index) for index in range(WEIGHED + LOOSE)]
    on_shelf = [article["sku"] for article in articles[:WEIGHED]]
    return {
        "store": {
            "slug": f"store-{number}",
            "name": f"Dorfladen {number}",
            "address": "Dorfstraße 1, 37213 Witzenhausen",
            "operator": "Dorfläden eG",
            "operator_slug": "dorflaeden",
            "operator_address": "Dorfstraße 1, 37213 Witzenhausen",
            "door_code": f"STORE-{number:03}",
        },
        "articles": articles,
        "shelves": [
            {"id": "shelf", "plates": [{"plate": n, "sku": sku} for n, sku in enumerate(on_shelf, start=1)]}
        ],
        "start_stock": dict.fromkeys(on_shelf, STOCK),
    }


def _article(store: int, index: int) -> dict[str, Any]:
    return {
        "sku": f"article-{store}-{index}",
        "name_de": f"Artikel {index}",
        "name_en": f"Article {index}",
        "gtins": [_gtin(store * 100 + index)],
        "price_cents": 99 + 10 * index,
        "deposit_cents": 25 if index % 4 == 0 else 0,
        "vat": "standard" if index % 3 == 0 else "reduced",
        "unit_weight_g": GRAMS,
        "unit_sd_g": GRAMS_SD,
    }


def _gtin(number: int) -> str:
    """GTIN-13 from the range for use inside a shop, with its check digit."""
    digits = f"20{number:010}"
    weighted = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def seed(stores: int) -> list[dict[str, Any]]:
    database = Database(settings().database_url)
    registry = Registry(master_secret(settings()))
    plans = [assortment(number) for number in range(1, stores + 1)]
    told: list[dict[str, Any]] = []
    with database.transaction() as tx:
        for number, plan in enumerate(plans, start=1):
            wanted = Assortment.model_validate(plan)
            told.append(sow(tx, wanted, timing={}, staff_email=f"staff-{number}@example.org"))
    with database.reading() as tx:
        known = {entry.device: entry for entry in entries(tx)}
    database.close()
    return [_store(plan, made, known, registry) for plan, made in zip(plans, told, strict=True)]


def _store(
    plan: dict[str, Any], made: dict[str, Any], known: dict[str, Entry], registry: Registry
) -> dict[str, Any]:
    gtins = [article["gtins"][0] for article in plan["articles"]]
    devices = {device["kind"]: known[device["id"]] for device in made["devices"]}
    return {
        "slug": made["store"],
        "door": made["door"]["name"],
        "door_code": made["door"]["code"],
        "staff": made["staff"],
        "weighed": gtins[:WEIGHED],  # the first is on plate 1
        "loose": gtins[WEIGHED:],
        "devices": {kind: entry.device for kind, entry in devices.items()},
        "passwords": {entry.device: registry.mqtt_password(entry) for entry in devices.values()},
        "lock_key": signing.encode(registry.signing_key(devices["lock"])),
        "kid": KID,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stores", type=int)
    print(json.dumps(seed(parser.parse_args().stores)))


if __name__ == "__main__":
    main()
