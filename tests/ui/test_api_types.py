"""The page reads what the service sends: its types are made from the service's own description."""

from tests.ui.api_types import ROOT, document


def test_the_pages_types_are_those_of_the_service() -> None:
    told = (ROOT / "shop" / "ui" / "schema.ts").read_text()
    assert told == document(), "run: python -m tests.ui.api_types > shop/ui/schema.ts"
