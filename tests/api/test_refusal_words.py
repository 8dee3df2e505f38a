"""No code of ours can leave the house without words: every one in the source is looked up."""

import ast
from functools import cache
from pathlib import Path

from shop.domain.collection import HOLD_REFUSED
from shop.domain.ending import TIMED_OUT_REASON
from shop.domain.refusals import WORDS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("shop", "admin", "devices")


@cache
def _calls() -> list[ast.Call]:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    trees = [ast.parse(path.read_text()) for path in paths if "node_modules" not in path.parts]
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _texts(node: ast.expr) -> set[str]:
    found = {inner.value for inner in ast.walk(node) if isinstance(inner, ast.Constant)}
    return {text for text in found if isinstance(text, str)}


def test_every_refusal_that_is_raised_has_words() -> None:
    raised = {
        text for call in _calls() if _name(call) == "Refusal" and call.args for text in _texts(call.args[0])
    }
    assert {"unknown_door", "not_in_review", "bad_signature"} <= raised
    assert raised <= set(WORDS)


def test_every_documented_code_has_words() -> None:
    documented = {
        text for call in _calls() if _name(call) == "refusals" for arg in call.args for text in _texts(arg)
    }
    assert "visit_open" in documented
    assert documented <= set(WORDS)


def test_every_reason_a_visit_can_end_with_has_words() -> None:
    moves = [call for call in _calls() if _name(call) in ("advance", "try_advance")]
    given = {
        text
        for call in moves
        for keyword in call.keywords
        if keyword.arg == "reason"
        for text in _texts(keyword.value)
    }
    assert "cancelled" in given
    assert given | set(TIMED_OUT_REASON.values()) | set(HOLD_REFUSED.values()) <= set(WORDS)
