"""A few made-up requests for every operation; `make fuzz N=200` asks many."""

from pathlib import Path

import pytest

from tests.security.fuzz import fuzz

EXAMPLES, SEED = 2, 3


@pytest.mark.long
@pytest.mark.timeout(300)
def test_nothing_is_found_by_a_few_examples(tmp_path: Path) -> None:
    """No server error, nothing invalid accepted, nothing undocumented."""
    assert fuzz(tmp_path, examples=EXAMPLES, seed=SEED) == []
