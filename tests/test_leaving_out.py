"""What cannot run and what takes long is left out, counted and named; where all is required, nothing is."""

import pytest

from tests import leaving_out

TESTS = """
    import pytest

    def test_short(): pass

    @pytest.mark.long
    def test_long(): pass

    @pytest.mark.long
    @pytest.mark.browser
    def test_in_a_browser(): pass
"""
INI = """
    [pytest]
    testpaths = .
    addopts = -p tests.leaving_out -p no:schemathesis -p no:hypothesispytest
    markers =
        long
        browser
"""
TAKES_LONG = "left out: {} tests that take long*"
NEEDS_CHROMIUM = "left out: 1 tests that need Chromium, not installed here"


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Three tests, on a machine that has every program."""
    pytester.makepyfile(TESTS)
    pytester.makeini(INI)
    monkeypatch.setattr(leaving_out, "FINDERS", {})
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    return pytester


@pytest.fixture
def without_chromium(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setattr(leaving_out, "FINDERS", {"browser": ("Chromium", lambda: None)})
    return suite


def test_a_run_of_everything_leaves_the_long_ones_out(suite: pytest.Pytester) -> None:
    run = suite.runpytest_inprocess()
    run.assert_outcomes(passed=1, deselected=2)
    run.stdout.fnmatch_lines([TAKES_LONG.format(2)])


@pytest.mark.parametrize("asked", [["-m", "long"], ["-k", "test_long or test_in"]])
def test_who_asks_for_the_long_ones_gets_them(suite: pytest.Pytester, asked: list[str]) -> None:
    run = suite.runpytest_inprocess(*asked)
    run.assert_outcomes(passed=2, deselected=1)
    run.stdout.no_fnmatch_line("left out*")


def test_who_names_a_file_gets_all_of_it(suite: pytest.Pytester) -> None:
    suite.runpytest_inprocess(*suite.path.glob("test_*.py")).assert_outcomes(passed=3)


def test_what_needs_a_missing_program_is_left_out_though_asked_for(without_chromium: pytest.Pytester) -> None:
    run = without_chromium.runpytest_inprocess("-m", "long")
    run.assert_outcomes(passed=1, deselected=2)
    run.stdout.fnmatch_lines([NEEDS_CHROMIUM])


def test_a_parallel_run_counts_each_test_once(suite: pytest.Pytester) -> None:
    """Its workers leave out, each for itself; the programs they find are this machine's."""
    run = suite.runpytest_inprocess("-n", "2")
    run.assert_outcomes(passed=1)
    left_out = [line for line in run.outlines if line.startswith("left out")]
    assert sum(int(line.split()[2]) for line in left_out) == 2


@pytest.mark.parametrize("required", ["CI=true", "REQUIRE_ALL=1"])
def test_where_all_is_required_nothing_is_left_out(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, required: str
) -> None:
    monkeypatch.setenv(*required.split("="))
    run = suite.runpytest_inprocess()
    run.assert_outcomes(passed=3)
    run.stdout.no_fnmatch_line("left out*")


def test_where_all_is_required_a_missing_program_is_an_error(
    without_chromium: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_ALL", "1")
    run = without_chromium.runpytest_inprocess()
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines(["*this machine has no Chromium"])
