"""Every finding of the doctor has words, in German and in English."""

import re
from pathlib import Path

import pytest

from shop.ops.doctor import visit
from shop.ops.doctor.findings import Finding

LANGUAGES = ("de", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", [key for key in visit.WORDS if not key.startswith("SHOP_")])
def test_every_finding_has_words_with_the_same_facts_in_both_languages(key: str, language: str) -> None:
    words = visit.WORDS[key]
    facts = re.findall(r"\{(\w+)\}", words["en"] + words.get("en_do", ""))
    told = visit.in_words(Finding("look", key, dict.fromkeys(facts, "SHOP_STRIPE_KEY")), language)
    assert set(facts) == set(re.findall(r"\{(\w+)\}", words["de"] + words.get("de_do", "")))
    assert "{" not in told
    assert ("en_do" in words) == ("de_do" in words) == ("→" in told)


def test_every_key_that_is_found_has_words_and_all_words_are_used() -> None:
    folder = Path(visit.__file__).parent
    code = "".join(path.read_text() for path in folder.glob("*.py"))
    used = set(re.findall(r'"([a-z_]+)"', code)) | set(re.findall(r'"(SHOP_[A-Z_]+)"', code))
    assert set(visit.WORDS) <= used
    found = set(re.findall(r'Finding\(\s*"\w+", "([a-z_]+)"', code))
    assert found <= set(visit.WORDS)
    assert len(found) > 25


@pytest.mark.parametrize(
    ("environment", "language"),
    [({"LANG": "de_DE.UTF-8"}, "de"), ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"), ({}, "en")],
)
def test_the_language_is_the_machines(environment: dict[str, str], language: str) -> None:
    assert visit.language_of(environment) == language
