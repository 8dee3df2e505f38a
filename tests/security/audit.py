"""`python -m tests.security.audit`: what we build on, checked without a network, then asked about at OSV.

The checks without a network also run as tests. Known weaknesses need the advisory service: where it cannot be
reached this says so and ends well, unless --required. One question holds all pins of both lock files.
"""

import argparse
import json
import re
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
ADVISORIES = "https://api.osv.dev/v1/querybatch"  # the database behind pip-audit -s osv; npm's are in it too
TIMEOUT_S = 20

# Licences that let an operator run, change and hand on the whole. LGPL and MPL parts are used unchanged.
ALLOWED = frozenset(
    {
        *("MIT", "MIT-0", "MIT-CMU", "ISC", "ISC License (ISCL)", "0BSD", "Unlicense", "CC0-1.0", "Zlib"),
        *("BSD", "BSD-2-Clause", "BSD 2-Clause", "BSD-3-Clause"),
        *(
            "Apache-2.0",
            "Apache 2.0",
            "Apache Software",
            "PSF-2.0",
            "Python-2.0",
            "PSFL",
            "Python Software Foundation",
        ),
        *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "EPL-2.0"),
        *("LGPL-3.0-only", "GNU Lesser General Public License v2 or later (LGPLv2+)"),
    }
)
NO_NAME = {"OSI Approved", "DFSG approved"}  # classifiers that name no licence


@dataclass(frozen=True)
class Pin:
    ecosystem: str  # as OSV names it
    name: str
    version: str
    hashed: bool
    marker: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--required", action="store_true", help="fail where the advisories cannot be reached")
    asked = parser.parse_args()
    found = problems(ROOT)
    pins = [*python_pins(ROOT), *node_pins(ROOT)]
    print(f"{len(pins)} pins: hashes, addresses, licences, build tools: {len(found)} problems")
    try:
        known = advisories(pins, ADVISORIES)
        print(f"advisories: {len(known)} apply")
        found += known
    except OSError as error:
        print(f"advisories: not asked, {ADVISORIES} cannot be reached from here ({error})")
        found += ["the advisories could not be asked"] if asked.required else []
    for problem in found:
        print(problem)
    return 1 if found else 0


def problems(root: Path) -> list[str]:
    """What is wrong with lock files, licences and build tools; needs no network."""
    python, node = python_pins(root), node_pins(root)
    return [
        *(f"{pin.name} {pin.version} has no hash" for pin in (*python, *node) if not pin.hashed),
        *_addresses(root),
        *_not_locked(root, {_plain(pin.name) for pin in python}),
        *_loose_node_packages(root),
        *(
            f"{name}: {licence or 'no licence'} is not on the list"
            for name, licence in _licences(python, root)
        ),
    ]


def python_pins(root: Path) -> list[Pin]:
    blocks = (root / "requirements.lock").read_text().replace("\\\n", " ").splitlines()
    return [_python_pin(block) for block in blocks if block and block[0] not in "#-"]


def _python_pin(block: str) -> Pin:
    wanted, *hashes = re.split(r"\s+--hash=", block.strip())
    parsed = Requirement(wanted)
    if parsed.url or not re.fullmatch(r"==[^*,]+", str(parsed.specifier)):
        raise ValueError(f"requirements.lock does not pin {wanted}")
    hashed = bool(hashes) and all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes)
    return Pin("PyPI", parsed.name, str(parsed.specifier)[2:], hashed, str(parsed.marker or ""))


def node_pins(root: Path) -> list[Pin]:
    return [
        Pin("npm", where.rpartition("node_modules/")[2], about["version"], "integrity" in about)
        for where, about in _node_packages(root).items()
    ]


def _node_packages(root: Path) -> dict[str, dict[str, Any]]:
    packages: dict[str, dict[str, Any]] = json.loads((root / "package-lock.json").read_text())["packages"]
    return {where: about for where, about in packages.items() if where}  # without our own


def _addresses(root: Path) -> Iterator[str]:
    """A lock file that names where to fetch from would fetch from there on every machine."""
    for number, line in enumerate((root / "requirements.lock").read_text().splitlines(), start=1):
        if line.startswith("-") or "://" in line:
            yield f"requirements.lock:{number} names an address"
    for where, about in _node_packages(root).items():
        if {"resolved", "link"} & about.keys():
            yield f"package-lock.json: {where} names an address"


def _not_locked(root: Path, locked: set[str]) -> Iterator[str]:
    """Run time, development and build system: whatever is asked for is in the lock."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for group in project["dependency-groups"].values():
        asked += group
    for wanted in asked:
        if _plain(Requirement(wanted).name) not in locked:
            yield f"{wanted} is asked for and not locked"


def _loose_node_packages(root: Path) -> Iterator[str]:
    package = json.loads((root / "package.json").read_text())
    for name, version in {**package["dependencies"], **package["devDependencies"]}.items():
        if not re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", version):
            yield f"package.json: {name} {version} is not one version"


def _licences(python: list[Pin], root: Path) -> Iterator[tuple[str, str]]:
    """Those of installed packages that are not allowed; what another platform needs is not installed here."""
    for pin in python:
        if not pin.marker or Marker(pin.marker).evaluate():
            licence = _licence_of(pin.name)
            if not _is_allowed(licence):
                yield pin.name, licence
    for where, about in _node_packages(root).items():
        if not _is_allowed(about.get("license", "")):
            yield where, about.get("license", "")


def _licence_of(name: str) -> str:
    about = metadata.metadata(name)
    told = {name.lower(): about[name] for name in about}
    named = [
        line.split(" :: ")[-1] for line in about.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    classified = " AND ".join(name for name in named if name not in NO_NAME)
    return told.get("license-expression") or classified or told.get("license", "")


def _is_allowed(licence: str) -> bool:
    """Every part of an AND, one part of an OR."""
    if licence.startswith("("):
        licence = licence[1:-1]
    return any(
        all(part.removesuffix(" License") in ALLOWED for part in choice.split(" AND "))
        for choice in licence.split(" OR ")
    )


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def advisories(pins: list[Pin], url: str) -> list[str]:
    """Known weaknesses of exactly these versions. OSError when nobody answers."""
    queries = [
        {"package": {"name": pin.name, "ecosystem": pin.ecosystem}, "version": pin.version} for pin in pins
    ]
    body = json.dumps({"queries": queries}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        results: list[dict[str, Any]] = json.load(answer)["results"]
    return [
        f"{pin.name} {pin.version}: {', '.join(found['id'] for found in told['vulns'])}"
        for pin, told in zip(pins, results, strict=True)
        if told.get("vulns")
    ]


if __name__ == "__main__":
    sys.exit(main())
