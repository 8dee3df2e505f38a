"""What the demo may be told, and what it refuses to start with."""

from pathlib import Path

import pytest

from simulators.demo.settings import BadSetting, from_environment


def test_without_any_variable_it_is_a_living_store_with_a_seed_of_its_own() -> None:
    settings = from_environment({})
    assert settings.visits is None
    assert settings.seed >= 0
    assert (settings.broker, settings.database, settings.sabotage) == ("auto", "sqlite", None)


def test_everything_can_be_told() -> None:
    told = {
        "VISITS": "25",
        "SEED": "7",
        "REPORT": "report.json",
        "SABOTAGE": "truth",
        "BROKER": "embedded",
        "DB": "postgresql://shop@127.0.0.1:5432/shop",
        "PORT": "8080",
        "KEEP": "1",
    }
    settings = from_environment(told)
    assert (settings.visits, settings.seed, settings.port, settings.keep) == (25, 7, 8080, True)
    assert settings.report == Path("report.json").absolute()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VISITS", "-1"),
        ("VISITS", "many"),
        ("VISITS", "10001"),
        ("SEED", "0x7"),
        ("SEED", "\u0667"),
        ("BROKER", "rabbit"),
        ("SABOTAGE", "everything"),
        ("DB", "mysql://x"),
        ("PORT", "80"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        from_environment({"VISITS": "1", name: value})


def test_sabotage_without_an_end_would_never_be_noticed() -> None:
    with pytest.raises(BadSetting, match="SABOTAGE needs VISITS"):
        from_environment({"SABOTAGE": "ledger"})
