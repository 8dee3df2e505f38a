"""A wrong wish is refused with words; a right one is understood."""

import pytest

from simulators.demo.settings import BadSetting
from tests.chaos import bank, settings, town


@pytest.mark.parametrize(
    "env", [{"N": "0"}, {"N": "x"}, {"SEED": "-1"}, {"DB": "mysql"}, {"BROKER": "x"}, {"MUTANT": "x"}]
)
def test_a_wrong_wish_is_refused(env: dict[str, str]) -> None:
    with pytest.raises(BadSetting):
        settings.from_environment(env)


def test_a_large_run_kills_each_three_times_and_a_small_one_once() -> None:
    assert settings.from_environment({"N": "60"}).kills_each == 3
    assert settings.from_environment({"N": "12"}).kills_each == 1


def test_a_mutant_brings_its_own_size_and_database() -> None:
    wanted = settings.from_environment({"MUTANT": "plain-select"})
    assert wanted.mutant is not None
    assert wanted.database == "postgresql"


def test_the_bank_times_out_after_the_work_often_enough_and_the_same_for_the_same_seed() -> None:
    plan = bank.plan(60, 7)
    timeouts = [rule for rule in plan if rule["fault"] == "timeout_after_work"]
    assert sum(len(rule["match"]["nth"]) for rule in timeouts) >= 5
    assert plan == bank.plan(60, 7)


def test_stores_share_no_barcode_and_no_sku() -> None:
    articles = [article for number in (1, 2, 3, 4) for article in town.assortment(number)["articles"]]
    assert len({article["sku"] for article in articles}) == len(articles)
    assert len({gtin for article in articles for gtin in article["gtins"]}) == len(articles)
