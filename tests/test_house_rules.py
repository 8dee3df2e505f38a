"""Rules of the house that a machine can see."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shop.config import Settings

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("shop", "devices", "admin", "simulators")
CODE_FOLDERS = (*PACKAGES, "tests", "benchmarks")
LONGEST_MODULE = 300
GENERATED = {"shop/ui/schema.ts"}  # nobody reads it from top to bottom
# assembled from pieces, so that this file does not name what it looks for
REGISTRIES = [r"pypi\." + "org", "python" + "hosted", "npmjs" + r"\.", r"deb\." + "debian"]
MACHINE_PATHS = [rf"(?<![\w.~-])/{folder}/" for folder in ("wo" + "rk", "ro" + "ot", "ho" + "me/[a-z]+")]


def test_only_the_database_module_commits() -> None:
    """The edge agent commits to its own file in the store, which is not the product's database."""
    committers = {
        f"{path}:{line}"
        for path, tree in _modules("shop", "devices", "admin")
        if path.as_posix() != "shop/db.py" and not path.is_relative_to("devices/edge")
        for line in _calls_of("commit", tree)
    }
    assert committers == set()


@pytest.mark.parametrize("folder", CODE_FOLDERS)
def test_modules_stay_short_enough_to_read(folder: str) -> None:
    too_long = {
        path: lines
        for path in _tracked(".py", ".ts", ".tsx")
        if path.startswith(f"{folder}/") and "/migrations/" not in path and path not in GENERATED
        if (lines := len((ROOT / path).read_text().splitlines())) > LONGEST_MODULE
    }
    assert too_long == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_says_what_it_owns(package: str) -> None:
    silent = [str(path) for path, tree in _modules(package) if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_text_names_no_registry_and_no_place_on_somebodys_machine() -> None:
    forbidden = re.compile("|".join(REGISTRIES + MACHINE_PATHS))
    named = {
        f"{path}: {found.group()}"
        for path in _tracked()
        if (text := _text(ROOT / path)) is not None and (found := forbidden.search(text))
    }
    assert named == set()


def test_nothing_is_left_unfinished() -> None:
    marks = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
    marked = {
        f"{path}: {found.group()}"
        for path in _tracked(".py", ".ts", ".tsx", ".css", ".j2")
        if (found := marks.search((ROOT / path).read_text()))
    }
    assert marked == set()


def test_every_setting_is_explained() -> None:
    guides = "\n".join(path.read_text() for path in (*ROOT.glob("README.md"), *ROOT.glob("docs/**/*.md")))
    prefix = Settings.model_config.get("env_prefix", "")
    names = {f"{prefix}{field}".upper() for field in Settings.model_fields}
    assert {name for name in names if not re.search(rf"\b{name}\b", guides)} == set()


def _modules(*packages: str) -> Iterator[tuple[Path, ast.Module]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path.relative_to(ROOT), ast.parse(path.read_text())


def _calls_of(method: str, tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node.lineno


def _tracked(*endings: str) -> list[str]:
    """Files git knows or would add; what it ignores is not ours to judge."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = [name for name in listing.split("\0") if name and (ROOT / name).is_file()]
    return [name for name in files if not endings or name.endswith(endings)]


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except UnicodeDecodeError:  # a picture
        return None
