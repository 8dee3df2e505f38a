"""Every kind of incident the source can raise and every deed it writes down, found in the source."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HELP = ("stuck", "question", "other")


def raised() -> set[str]:
    found = _named_in({"open_one": 2, "_ask": 2, "_alarm": 0}, "shop", "devices")
    return found | {f"help_{kind}" for kind in HELP}


def written_down() -> set[str]:
    """Those named where they are written down; some are put together from parts."""
    return _named_in({"note": 3, "_note": 3}, "shop", "devices", "admin")


def _named_in(positions: dict[str, int], *packages: str) -> set[str]:
    return {
        name
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and (name := _name(call, positions))
    }


def _name(call: ast.Call, positions: dict[str, int]) -> str | None:
    """The text at the function's position, or its argument `action`."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if function not in positions:
        return None
    named = [keyword.value for keyword in call.keywords if keyword.arg == "action"]
    for argument in [*call.args[positions[function] :][:1], *named]:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            return argument.value
    return None
