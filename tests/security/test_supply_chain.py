"""What we build on: every part pinned by its hash, from nowhere in particular, under a licence we know."""

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.security import audit
from tests.security.audit import ROOT, Pin

FILES = ("requirements.lock", "package-lock.json", "package.json", "pyproject.toml")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_nothing_is_wrong_with_what_we_build_on() -> None:
    assert len(audit.python_pins(ROOT)) > 40
    assert len(audit.node_pins(ROOT)) > 20
    assert audit.problems(ROOT) == []


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert re.search(old, text), f"{old} is not in {name}"
        (folder / name).write_text(re.sub(old, new, text, count=1))

    return edit


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            _edit("requirements.lock", r"aiosmtpd==(\S+) (\\\n    --hash=\S+ ?)+", r"aiosmtpd==\1\n"),
            "no hash",
        ),
        (
            _edit("requirements.lock", r"^", "--extra-index-url https://packages.example\n"),
            "names an address",
        ),
        (_edit("package-lock.json", r'"integrity": "[^"]+"', '"size": 1'), "no hash"),
        (
            _edit("package-lock.json", r'"integrity"', '"resolved": "https://x.example", "integrity"'),
            "names an address",
        ),
        (
            _edit("package-lock.json", r'"license": "MIT"', '"license": "SSPL-1.0"'),
            "SSPL-1.0 is not on the list",
        ),
        (
            _edit("package-lock.json", r'"license": "MIT"', '"licence": "MIT"'),
            "no licence is not on the list",
        ),
        (_edit("package.json", r'"vite": "', '"vite": "^'), "is not one version"),
        (_edit("pyproject.toml", r'"typer>', '"left-pad>=1", "typer>'), "not locked"),
        (
            _edit("pyproject.toml", r'requires = \["hatchling', 'requires = ["setuptools", "hatchling'),
            "not locked",
        ),
    ],
)
def test_each_of_these_would_be_noticed(copy: Path, spoil: Callable[[Path], None], said: str) -> None:
    spoil(copy)
    assert any(said in problem for problem in audit.problems(copy))


def test_a_pin_that_is_none_is_refused(copy: Path) -> None:
    for wanted in ("typer>=1", "typer==1.*", "typer @ https://x.example/typer.whl"):
        (copy / "requirements.lock").write_text(wanted)
        with pytest.raises(ValueError, match="does not pin"):
            audit.python_pins(copy)


@pytest.fixture
def advisory_service() -> Iterator[tuple[str, list[Any]]]:
    """Answers like OSV: one weakness in left-pad 1.0.0, none elsewhere."""
    asked: list[Any] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            asked.extend(queries)
            weak = [
                query["package"]["name"] == "left-pad" and query["version"] == "1.0.0" for query in queries
            ]
            results = [{"vulns": [{"id": "GHSA-1"}, {"id": "GHSA-2"}]} if bad else {} for bad in weak]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"results": results}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_known_weakness_is_told_with_its_names(advisory_service: tuple[str, list[Any]]) -> None:
    url, asked = advisory_service
    pins = [Pin("npm", "left-pad", "1.0.0", True), Pin("PyPI", "left-pad", "2.0.0", True)]
    assert audit.advisories(pins, url) == ["left-pad 1.0.0: GHSA-1, GHSA-2"]
    assert [query["package"]["ecosystem"] for query in asked] == ["npm", "PyPI"]


def test_where_no_advisories_can_be_asked_it_is_said_and_no_success_is_claimed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "ADVISORIES", "http://127.0.0.1:9/")
    monkeypatch.setattr(audit, "problems", lambda root: [])
    monkeypatch.setattr("sys.argv", ["audit"])
    assert audit.main() == 0
    assert "advisories: not asked" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["audit", "--required"])
    assert audit.main() == 1
