"""The container files name only what exists, wait for each other, and keep no secret. No engine is needed."""

import importlib.util
import ipaddress
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import typer.main
from fastapi import FastAPI
from fastapi.testclient import TestClient

import admin.app
import shop.app
from devices.__main__ import parser
from shop.__main__ import cli
from shop.config import Settings
from shop.db import migrate
from shop.ops.listener import PORTS
from tests.deploy import stack
from tests.deploy.stack import GUIDE, OURS, ROOT, SERVICES, STACK, WITH_DATABASE

APPS: dict[str, Callable[[Settings], FastAPI]] = {"serve": shop.app.create_app, "admin": admin.app.create_app}
ASSORTMENT = ROOT / "simulators" / "data" / "dorfladen_witzenhausen.json"
SECRET = re.compile(r"SECRET|PASSWORD|KEY|TOKEN")
SETTINGS = {f"SHOP_{name.upper()}" for name in Settings.model_fields}


def understood(command: list[str]) -> None:
    """By the program it calls; unknown commands, options and values end the test."""
    assert command[:2] == ["python", "-m"]
    program, *arguments = [str(ASSORTMENT) if word.endswith(".json") else word for word in command[2:]]
    if program == "shop":
        group = typer.main.get_command(cli)
        given = group.make_context("shop", list(arguments))
        name, called, rest = group.resolve_command(given, arguments)  # type: ignore[attr-defined]
        called.make_context(name, rest)
    elif program == "devices":
        parser().parse_args(arguments)
    else:
        assert program == "admin"
        assert arguments == []
        assert importlib.util.find_spec("admin.__main__")


def urls_asked(name: str) -> list[str]:
    test = SERVICES[name].get("healthcheck", {}).get("test", [])
    return re.findall(r"https?://[^'\"\s]+", " ".join(map(str, test)))


def port_of(name: str) -> int:
    settings = Settings(_env_file=None)
    return {"serve": settings.port, "admin": settings.admin_port}[name]


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_ours(name: str) -> None:
    understood(SERVICES[name]["command"])


def test_the_guides_commands_are_ours_and_call_services_that_exist() -> None:
    calls = re.findall(r"^docker compose (?:run|exec) (.*?)(python -m [^#\n]*)", GUIDE, re.MULTILINE)
    assert len(calls) == 2
    for before, command in calls:
        assert shlex.split(before)[-1] in OURS
        understood(shlex.split(command))


def test_every_variable_of_ours_is_a_setting() -> None:
    texts = (stack.COMPOSE, stack.DOCKERFILE, stack.CADDYFILE, stack.ENV, GUIDE)
    assert set(re.findall(r"\bSHOP_[A-Z_]+\b", "\n".join(texts))) - SETTINGS == set()


@pytest.mark.parametrize("name", OURS)
def test_every_service_starts_with_the_settings_it_gets(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in stack.environment(name).items():
        monkeypatch.setenv(variable, value)
    settings = Settings(_env_file=None)
    assert settings.database_url.startswith("postgresql://") == (name in WITH_DATABASE)


@pytest.mark.parametrize("name", APPS)
def test_the_health_check_asks_an_address_that_answers(name: str, tmp_path: Path) -> None:
    (url,) = urls_asked(name)
    port, path = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/.*)", url).groups()  # type: ignore[union-attr]
    assert int(port) == port_of(name)
    settings = Settings(_env_file=None, data_dir=tmp_path)
    migrate(settings.database_url)
    client = TestClient(APPS[name](settings))
    assert client.get(path).json() == {"status": "ok"}
    client.app.state.database.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["worker", "gateway"])
def test_the_health_of_who_has_no_page_is_asked_on_the_port_it_listens_on(name: str) -> None:
    (url,) = urls_asked(name)
    first = int(stack.environment(name)["SHOP_METRICS_PORT"])
    assert url == f"http://127.0.0.1:{first + PORTS[name]}/health/ready"


def test_nothing_else_is_asked_for_its_health_over_http() -> None:
    assert {name for name in SERVICES if urls_asked(name)} == {*APPS, "worker", "gateway"}


def test_figures_are_shown_to_nobody_outside() -> None:
    """Their ports are published nowhere, and the proxy does not know them."""
    first = {stack.environment(name)["SHOP_METRICS_PORT"] for name in PORTS}
    ports = {str(int(port) + offset) for port in first for offset in PORTS.values()}
    assert len(ports) == len(PORTS)
    published = " ".join(str(port) for service in SERVICES.values() for port in service.get("ports", []))
    assert not ports & set(re.findall(r"\d+", published + stack.CADDYFILE))
    assert "metrics" not in stack.CADDYFILE


def test_the_doctor_knows_all_that_the_others_know_and_starts_only_when_called() -> None:
    doctor = stack.environment("doctor")
    others = [stack.environment(name) for name in ("serve", "admin", "worker", "gateway")]
    assert all(one.items() <= doctor.items() for one in others)
    assert SERVICES["doctor"]["profiles"] == ["doctor"]
    assert "docker compose run --rm doctor" in (stack.ROOT / "docs" / "operations.md").read_text()


def test_whoever_needs_the_database_waits_for_its_schema() -> None:
    assert set(WITH_DATABASE) == {"migrate", "serve", "admin", "worker", "gateway", "doctor"}
    waiting = {
        name: service["depends_on"].get("migrate", {}).get("condition")
        for name, service in WITH_DATABASE.items()
        if name != "migrate"
    }
    assert set(waiting.values()) == {"service_completed_successfully"}, waiting
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert SERVICES["migrate"]["restart"] == "no"


def test_whoever_is_waited_for_exists_and_tells_its_health() -> None:
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            assert name in SERVICES
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[name], name


def test_the_database_of_the_address_is_the_one_that_is_made() -> None:
    made = stack.environment("postgres")
    wanted = "postgresql://{POSTGRES_USER}:{POSTGRES_PASSWORD}@postgres/{POSTGRES_DB}".format(**made)
    assert {stack.environment(name)["SHOP_DATABASE_URL"] for name in WITH_DATABASE} == {wanted}
    check = SERVICES["postgres"]["healthcheck"]["test"]
    asked = [stack.option(check, name) for name in ("--username", "--dbname")]
    assert asked == [made["POSTGRES_USER"], made["POSTGRES_DB"]]


def test_no_secret_has_a_default() -> None:
    for found in stack.variables():
        if SECRET.search(found[0]):
            assert (found["rule"] or "").endswith("?"), found[0]
    written_out = {
        f"{name}: {variable}"
        for name, service in SERVICES.items()
        for variable, value in service.get("environment", {}).items()
        if SECRET.search(variable) and not re.fullmatch(r"\$\{[^{}]*\}", str(value))
    }
    assert written_out == set()
    assert {name for name, value in stack.example().items() if SECRET.search(name) and value} == set()
    assert not SECRET.search(
        " ".join(w for kind in ("ENV", "ARG") for *_, ws in stack.instructions(kind) for w in ws)
    )


@pytest.mark.parametrize(
    "name", sorted({found["name"] for found in stack.variables() if (found["rule"] or "") == ":?"})
)
def test_compose_refuses_to_start_without(name: str) -> None:
    given = stack.filled_in()
    stack.filled(stack.COMPOSE, given)
    with pytest.raises(stack.NotSet, match=name):
        stack.filled(stack.COMPOSE, given | {name: ""})


def test_the_example_names_exactly_what_can_be_set() -> None:
    assert {found["name"] for found in stack.variables()} == set(stack.example())
    needed = {found["name"] for found in stack.variables() if found["rule"] == ":?"}
    assert needed >= {name for name, value in stack.example().items() if not value} - {
        "SHOP_SMTP_USER",
        "SHOP_SMTP_PASSWORD",
    }


def test_only_proxy_and_broker_can_be_reached_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy", "broker"}
    assert all("network_mode" not in service for service in SERVICES.values())
    assert STACK["networks"]["data"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == ["data"]
    (published,) = SERVICES["broker"]["ports"]
    assert stack.filled(published, stack.filled_in()) == "10.0.0.1:1883:1883"


def test_the_broker_listens_for_others_and_follows_what_the_gateway_writes() -> None:
    args = parser().parse_args(SERVICES["broker"]["command"][3:])
    gateway = stack.environment("gateway")
    assert not ipaddress.ip_address(str(args.host)).is_loopback
    assert (args.mode, args.port) == ("mosquitto", Settings(_env_file=None).broker_port)
    assert gateway["SHOP_BROKER_HOST"] == "broker"
    assert str(args.data_dir) == gateway["SHOP_DATA_DIR"]
    assert SERVICES["broker"]["volumes"] == SERVICES["gateway"]["volumes"] == [f"broker:{args.data_dir}"]
    assert set(SERVICES["broker"]["networks"]) <= set(SERVICES["gateway"]["networks"])


def test_the_proxy_leads_to_services_that_listen() -> None:
    sites = stack.sites()
    assert set(sites) == {"{$SHOP_PUBLIC_URL}", "{$SHOP_ADMIN_URL}"}
    for address, name in zip(("{$SHOP_PUBLIC_URL}", "{$SHOP_ADMIN_URL}"), ("serve", "admin"), strict=True):
        assert address.strip("{$}") in SERVICES["proxy"]["environment"]
        assert [line for line in sites[address] if line.startswith("reverse_proxy")] == [
            f"reverse_proxy {name}:{port_of(name)}"
        ]
        assert stack.environment(name)["SHOP_HOST"] == "0.0.0.0"  # noqa: S104 - inside its container
        assert set(SERVICES[name]["networks"]) & set(SERVICES["proxy"]["networks"])


def test_live_news_pass_the_proxy_unbuffered(tmp_path: Path) -> None:
    """Caddy flushes event streams by itself; told to flush always, it keeps streams whose reader has left."""
    described = shop.app.create_app(Settings(_env_file=None, data_dir=tmp_path)).openapi()
    kinds = re.findall(r"'(text/event-stream)'", str(described["paths"]))
    assert kinds
    words = {line.split()[0] for site in stack.sites().values() for line in site if line.strip("}")}
    assert words == {"header", "reverse_proxy"}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_little(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "privileged" not in service
    target = stack.BUILT[service["image"]]["target"]
    users = [words for instruction, words in stack.stages()[target] if instruction == "USER"]
    assert users[-1] == ["shop"]


def test_everything_comes_back_after_a_crash_except_what_does_one_thing() -> None:
    once = {name for name, service in SERVICES.items() if service["restart"] != "unless-stopped"}
    assert once == {"migrate", "doctor"}


def test_images_are_pinned_to_a_version() -> None:
    images = [service["image"] for service in SERVICES.values()]
    assert set(stack.BUILT) == {service["image"] for service in OURS.values()}
    images += [words[0] for _, _, words in stack.instructions("FROM") if words[0] not in stack.stages()]
    assert [image for image in images if not re.fullmatch(r"[a-z-]+:\d+\.\d+(\.\d+)?(-\w+)*", image)] == []


def test_volumes_are_declared_and_mounted_files_exist() -> None:
    sources = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    named = {source for source in sources if not source.startswith(".")}
    assert named == set(STACK["volumes"])
    assert all((ROOT / source).is_file() for source in sources - named)


def test_networks_are_declared() -> None:
    assert {network for service in SERVICES.values() for network in service["networks"]} == set(
        STACK["networks"]
    )


def test_the_image_copies_what_exists_and_what_the_build_may_see() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = set()
    for _, _, words in stack.instructions("COPY"):
        if words[0].startswith("--from="):
            assert words[0].removeprefix("--from=") in stack.stages()
        else:
            copied |= set(words[:-1])
    assert {source for source in copied if not (ROOT / source).exists()} == set()
    assert copied == allowed
    assert ".env" not in allowed


def test_the_image_has_all_that_the_set_up_and_the_wheel_read() -> None:
    import bootstrap

    copied = {source for _, _, words in stack.instructions("COPY") for source in words[:-1]}
    assert {*bootstrap.UI_ROOT_FILES, bootstrap.LOCK.name, "pyproject.toml", "LICENSE", "README.md"} <= copied
    assert {folder.parent.name for folder in bootstrap.UI_FOLDERS} <= copied


def test_packages_are_installed_by_hash_and_without_the_tools() -> None:
    installs = [" ".join(words) for _, _, words in stack.instructions("RUN") if "uv" in " ".join(words)]
    (line,) = installs
    packages, project = re.findall(r"uv pip install [^&]*", line)
    assert "--require-hashes -r pyproject.toml -c requirements.lock" in packages
    assert "--no-deps dist/*.whl" in project
    assert "--group" not in line
