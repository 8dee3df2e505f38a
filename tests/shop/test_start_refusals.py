"""Where the shop is open to the world it does not start on secrets that anybody could guess."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from shop.config import Settings, must_be_strong

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("secret", "stripe_key", "stripe_webhook_secret")
STRONG = {
    "secret": "9f2c4e8b1d7a0356c2e94fb8d16a7053e8c1b94d2f7a6035",
    "stripe_key": "sk_test_51NqX8vKz0LwTgYbRcDhUeMjP",
    "stripe_webhook_secret": "whsec_Zk3vQ9xLr7Tn2Yb5Wc8Dh1Mf4Gp6",
}


def config(**changed: str) -> Settings:
    known = {"public_url": "https://shop.example.org"} | STRONG | changed
    return Settings(**known)  # type: ignore[arg-type]  # texts, as from the environment


def test_strong_secrets_are_taken_and_an_own_root_secret_need_not_be_given() -> None:
    must_be_strong(config(), *NAMES)
    must_be_strong(config(secret=""), *NAMES)


@pytest.mark.parametrize(
    ("name", "weak"),
    [
        ("secret", "change-me-change-me-change-me-change-me"),
        ("secret", "s" * 64),
        ("secret", "MySecretOfTheVillageShopNumber42"),
        ("stripe_key", ""),
        ("stripe_key", "sk_test_1"),
        ("stripe_key", "sk_live_" + "0" * 24),
        ("stripe_webhook_secret", ""),
        ("stripe_webhook_secret", "whsec_"),
        ("stripe_webhook_secret", "whsec_example_of_the_manual_page"),
    ],
)
def test_a_weak_one_is_named(name: str, weak: str) -> None:
    with pytest.raises(ValueError, match=f"SHOP_{name.upper()} (is|looks)"):
        must_be_strong(config(**{name: weak}), *NAMES)


def test_https_in_capitals_is_https() -> None:
    capitals = config(public_url="HTTPS://Shop.Example.org/", stripe_key="")
    assert capitals.public_url == "https://shop.example.org"
    with pytest.raises(ValueError, match="SHOP_STRIPE_KEY is not set"):
        must_be_strong(capitals, *NAMES)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("database_url", "mysql://shop:hidden@host/shop"),
        ("database_url", "postgres://shop:hidden@host/shop"),
        ("database_url", "shop.db"),
        ("public_url", "shop.example.org"),
        ("admin_url", "ftp://shop.example.org"),
        ("stripe_url", "localhost:12111"),
    ],
)
def test_an_address_of_another_kind_is_refused(name: str, wrong: str) -> None:
    with pytest.raises(ValidationError, match=f"SHOP_{name.upper()} must be"):
        config(**{name: wrong})


def test_a_first_try_on_ones_own_machine_needs_none() -> None:
    must_be_strong(Settings(public_url="http://127.0.0.1:8000"), *NAMES)


@pytest.mark.parametrize("command", ["up", "serve", "worker"])
def test_the_refusal_is_one_plain_line(command: str, tmp_path: Path) -> None:
    given = {"SHOP_PUBLIC_URL": "https://shop.example.org", "SHOP_DATA_DIR": str(tmp_path)}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHOP_")} | given
    done = subprocess.run(
        [sys.executable, "-m", "shop", command], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("SHOP_STRIPE_")
    assert "is not set: the shop does not open at https://shop.example.org" in line
    assert list(tmp_path.iterdir()) == []  # nothing was begun
