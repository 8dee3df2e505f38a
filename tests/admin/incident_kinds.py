"""Every kind of incident the source can raise, found in the source."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HELP = ("stuck", "question", "other")


def raised() -> set[str]:
    found: set[str] = set()
    for package in ("shop", "devices"):
        for path in (ROOT / package).rglob("*.py"):
            if "node_modules" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    found |= _kinds(node)
    return found | {f"help_{kind}" for kind in HELP}


def _kinds(call: ast.Call) -> set[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    position = {"open_one": 2, "_ask": 2, "_alarm": 0}.get(name)
    if position is None or len(call.args) <= position:
        return set()
    argument = call.args[position]
    return (
        {argument.value} if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else set()
    )
