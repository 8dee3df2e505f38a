"""docs/asvs.csv and docs/security.md: complete, and every piece of evidence is there."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.security import asvs
from tests.security.asvs import CHAPTERS, STATUSES, Requirement

FOUND = asvs.read()
DOCUMENT = Path("docs/security.md")
OURS = ("shop", "admin", "devices")
PYTHON = [path for folder in OURS for path in Path(folder).rglob("*.py")]
PAGES = [
    path
    for folder in ("shop/ui", "admin/ui")
    for path in Path(folder).rglob("*.ts*")
    if "dist" not in path.parts
]


def test_each_requirement_of_level_1_and_2_is_answered_once() -> None:
    assert len({each.id for each in FOUND}) == len(FOUND) == 253
    counted = Counter((each.chapter, each.level) for each in FOUND)
    assert counted == {
        (chapter, level): count
        for chapter, (_, *counts) in CHAPTERS.items()
        for level, count in enumerate(counts, start=1)
        if count
    }
    numbers = [tuple(map(int, each.id[1:].split("."))) for each in FOUND]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("each", FOUND, ids=lambda each: each.id)
def test_an_answer_says_what_it_rests_on(each: Requirement) -> None:
    assert each.status in STATUSES
    assert each.about
    named = [found for found in each.evidence if found.startswith("tests/")]
    match each.status:
        case "tested":
            assert named
        case "in place":
            assert each.evidence
        case "not applicable":
            assert each.note
            assert not each.evidence
        case _:
            assert each.note, "say what is missing"


def _names(path: Path) -> set[str]:
    """What a reader finds by this name in a file."""
    text = path.read_text()
    if path.suffix == ".py":
        found = set()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
        return found
    return set(re.findall(r"\b(?:function|const|class) (\w+)", text))


def test_every_piece_of_evidence_is_there() -> None:
    wrong = []
    for each in FOUND:
        for named in each.evidence:
            file, _, name = named.partition("::")
            if not Path(file).is_file() or (name and name not in _names(Path(file))):
                wrong.append(f"{each.id}: {named}")
            elif file.startswith("tests/") and "/test_" in file and name and not name.startswith("test_"):
                wrong.append(f"{each.id}: {named} is no test")
    assert wrong == []


def test_the_document_has_the_counts_and_all_that_is_missing() -> None:
    lines = DOCUMENT.read_text().splitlines()
    assert [line for line in asvs.summary(FOUND) if line not in lines] == []
    assert [line for line in asvs.missing(FOUND) if line not in lines] == []
    told = {match[1] for line in lines if (match := re.match(r"- \*\*(V[\d.]+)\*\*", line))}
    assert told == {each.id for each in FOUND if each.status in ("partly", "not yet")}


def test_files_and_functions_that_the_document_names_are_there() -> None:
    named = re.findall(
        r"`((?:shop|admin|devices|tests|docs|docker)/[\w./-]+?\.\w+)(?:::(\w+))?`", DOCUMENT.read_text()
    )
    assert len(named) > 20
    for file, name in named:
        assert Path(file).is_file(), file
        assert not name or name in _names(Path(file)), f"{file}::{name}"


def test_no_code_is_made_at_run_time() -> None:
    calls = {
        f"{path}:{node.lineno} {node.func.id}"
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("eval", "exec", "compile", "__import__")
    }
    assert calls == set()
    loaders = {
        path
        for path in PYTHON
        if re.search(r"^\s*(import|from) (pickle|marshal|shelve)\b", path.read_text(), re.M)
    }
    assert loaders == set()
    assert PAGES
    for path in PAGES:
        assert not re.search(
            r"\beval\(|new Function|innerHTML|outerHTML|document\.write", path.read_text()
        ), path


def test_no_weak_hash_is_used() -> None:
    for path in PYTHON:
        text = path.read_text()
        assert not re.search(r"\b(md5|sha1|MD5|SHA1)\b", text), path
        assert "verify=False" not in text, path
