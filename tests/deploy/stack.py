"""The container files as data, read the way Compose, Docker and Caddy read them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
COMPOSE, DOCKERFILE, CADDYFILE, ENV, GUIDE = (
    (ROOT / name).read_text()
    for name in ("docker-compose.yml", "Dockerfile", "docker/Caddyfile", ".env.example", "docs/deploying.md")
)
STACK: dict[str, Any] = yaml.safe_load(COMPOSE)
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("staff-free-shop")}
BUILT = {service["image"]: service["build"] for service in OURS.values() if "build" in service}
WITH_DATABASE = {
    name: service for name, service in OURS.items() if "SHOP_DATABASE_URL" in service.get("environment", {})
}
# ${NAME}, ${NAME:?why}, ${NAME?why}, ${NAME:-default}
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<rule>:?[?+-])?(?P<rest>[^}]*)\}|\$(?P<bare>\w+)")


class NotSet(ValueError):
    """Compose would refuse to start."""


def filled(text: str, given: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name, rule = found["name"] or found["bare"], found["rule"] or ""
        missing = name not in given or (rule.startswith(":") and not given[name])
        if missing and rule.endswith("?"):
            raise NotSet(found["rest"])
        return found["rest"] if missing and rule.endswith("-") else given.get(name, "")

    return VARIABLE.sub(value, text)


def variables() -> list[re.Match[str]]:
    """Every variable in the compose file."""
    return list(VARIABLE.finditer(COMPOSE))


def example() -> dict[str, str]:
    lines = (line.partition("=") for line in ENV.splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in lines}


def filled_in() -> dict[str, str]:
    """The example as a person might fill it in."""
    return {name: value or "s" * 32 for name, value in example().items()} | {"BROKER_ADDRESS": "10.0.0.1"}


def environment(service: str) -> dict[str, str]:
    given = filled_in()
    return {
        name: filled(str(value), given) for name, value in SERVICES[service].get("environment", {}).items()
    }


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


def stages() -> dict[str, list[tuple[str, list[str]]]]:
    """The Dockerfile's stages by name, each a list of instruction and words."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(str.strip, text.splitlines()):
        instruction, *words = line.split()
        if instruction == "FROM":
            stage = found.setdefault(words[2], [])
        stage.append((instruction, words))
    return found


def instructions(name: str) -> Iterator[tuple[str, str, list[str]]]:
    for stage, lines in stages().items():
        yield from ((stage, instruction, words) for instruction, words in lines if instruction == name)


def sites() -> dict[str, list[str]]:
    """The Caddyfile's addresses, each with its directives."""
    blocks = re.findall(r"^(\{\$\w+\}|[\w.:/]+) \{\n(.*?)^\}", CADDYFILE, re.MULTILINE | re.DOTALL)
    return {address: [line.strip() for line in body.splitlines()] for address, body in blocks}
