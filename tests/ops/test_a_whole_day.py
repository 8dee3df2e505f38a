"""Real processes on a real day: what they write is JSON and holds nobody's data, their figures are true."""

import json
import re
import socket
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from shop.db import Database
from shop.domain.customers import Customer
from shop.domain.receipts import Receipt
from shop.ops import figures, metrics
from shop.ops.counting import METRICS
from shop.ops.listener import PORTS
from simulators.demo.crowd import Caretaker, Crowd
from simulators.demo.settings import from_environment
from simulators.demo.stage import Stage
from simulators.shopper import Phone

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

STRANGER = "Konstanze.Unverwechselbar@example.org"
QUERY = "erika-mustermann"
SENT_TOKEN = "tok_aus_einer_fremden_kasse_0815"
CODE = re.compile(r"\b\d{6}\b")
VISITS = 4


def free_base() -> int:
    """A port with its three neighbours free, as far as one can know."""
    for base in range(21_000, 60_000, 137):
        sockets = [socket.socket() for _ in PORTS]
        try:
            for taken, offset in zip(sockets, PORTS.values(), strict=True):
                taken.bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue
        finally:
            for taken in sockets:
                taken.close()
    raise OSError("no free ports")


def ask(port: int, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_whole_day_leaves_lines_without_anybodys_data_and_figures_that_are_true() -> None:
    base = free_base()
    env = {"SHOP_METRICS_PORT": str(base), "SHOP_LOG": "json"}
    stage = Stage(from_environment({"SEED": "3", "BROKER": "embedded"}), env=env)
    try:
        stage.set_up()
        crowd = Crowd(stage, seed=3, told=lambda _diary: None)
        caretaker = Caretaker([stage], crowd.diaries)
        (stage.folder / "receipts").mkdir()
        crowd.visit(VISITS, stage.folder / "receipts")
        caretaker.stop()
        secrets = misbehave(stage)
        shown = {process: figures_of(base + offset, process) for process, offset in PORTS.items()}
        secrets |= known_to(stage)
        found = doctor(stage, env)
        lines = written(stage.folder / "logs")
    finally:
        stage.strike()
    nothing_of_anybody_in(lines, secrets)
    the_day_is_told_in(lines)
    the_figures_are_true(shown)
    assert {level for level, _ in found} <= {"ok", "look"}, found
    assert {"database", "broker", "devices", "stripe", "mail", "books", "webhooks"} <= {
        key for _, key in found
    }


def misbehave(stage: Stage) -> set[str]:
    """What ends in refusals and faults, said with words that one would recognise."""
    with httpx.Client(base_url=stage.at.shop_url) as http:
        http.get("/api/v1/me", params={"who": QUERY})
        http.get(f"/r/{SENT_TOKEN}", headers={"X-Request-ID": STRANGER})
        http.get("/api/v1/me", headers={"Authorization": f"Bearer {SENT_TOKEN}"})
        http.get("/api/v1/me", headers={"Cookie": f"shop_session={SENT_TOKEN}"})
        http.post("/api/v1/sign-in/sessions", json={"email": STRANGER, "code": "000000"})
        http.post("/api/v1/sign-in/codes", json={"email": f"{STRANGER} <not one>", "language": QUERY})
        http.post("/api/v1/webhooks/stripe", content=STRANGER, headers={"Stripe-Signature": SENT_TOKEN})
        http.request(QUERY, f"/{QUERY}")
    phone = Phone(stage.at.shop_url, stage.at.mail_url, STRANGER)
    try:
        phone.sign_in()
        token = str(phone.http.headers["Authorization"]).removeprefix("Bearer ")
    finally:
        phone.close()
    with httpx.Client(base_url=stage.at.admin_url) as desk:
        desk.post("/api/v1/sign-in", json={"email": STRANGER, "password": SENT_TOKEN})
    return {STRANGER, STRANGER.partition("@")[0], QUERY, SENT_TOKEN, token}


def known_to(stage: Stage) -> set[str]:
    """Secrets and personal data of everybody who took part."""
    database = Database(stage.database_url)
    with database.reading() as tx:
        mails = set(tx.exec(select(Customer.email)))
        tokens = set(tx.exec(select(Receipt.token).order_by(col(Receipt.number))))
    database.close()
    assert len(tokens) >= VISITS - 1
    with httpx.Client(base_url=stage.at.mail_url) as http:
        codes = set(CODE.findall(http.get("/").text))
    assert len(codes) > VISITS
    told = [json.loads(path.read_text()) for path in stage.folder.glob("*.secret.json")]
    devices = {secret for one in told for secret in (one["mqtt_password"], *one["keys"].values())}
    assert len(devices) >= 4
    settings = {stage.secret.decode(), stage.stripe_key, stage._webhook_secret}
    staff = {stage.seeded.staff_email, stage.seeded.staff_password, stage.seeded.door_code}
    return mails | tokens | codes | devices | settings | staff | {"4242424242424242", "5555555555554444"}


def written(logs: Path) -> list[str]:
    return (logs / "shop.out").read_text().splitlines() + (logs / "shop.err").read_text().splitlines()


def nothing_of_anybody_in(lines: list[str], secrets: set[str]) -> None:
    for secret in secrets:
        word = re.compile(rf"(?<![0-9A-Za-z]){re.escape(secret)}(?![0-9A-Za-z])", re.IGNORECASE)
        assert [line for line in lines if word.search(line)] == [], secret
    assert [line for line in lines if "@" in line] == []


def the_day_is_told_in(lines: list[str]) -> None:
    """A line that is no JSON comes from the broker's program or the supervisor, and from nobody else."""
    assert [line for line in lines if line.partition(" ")[0] in PORTS] == []
    told = [json.loads(line) for line in lines if line.startswith("{")]
    assert {line["process"] for line in told} >= {"serve", "worker", "gateway"}
    assert all({"time", "level", "pid", "event"} <= set(line) for line in told)
    events = {line["event"] for line in told}
    assert {"ready", "request", "job_done", "unlock", "webhook_forged"} <= events
    assert [line for line in told if line["level"] in ("error", "critical")] == []
    visits = {line["visit"] for line in told if line["event"] == "unlock"}
    assert visits <= {line.get("visit") for line in told if line["event"] == "request"}
    assert visits <= {line.get("about") for line in told if line["event"] == "job_done"}


def figures_of(port: int, process: str) -> dict[str, float]:
    """Each sample by its name and labels, as its process shows it."""
    assert ask(port, "/health/live") == (200, '{"status":"ok"}')
    assert ask(port, "/health/ready") == (200, '{"status": "ok"}')
    text = ask(port, "/metrics")[1]
    wanted = [metric.name for metric in METRICS if process in metric.at]
    assert re.findall(r"^# TYPE (\w+)", text, re.MULTILINE) == wanted
    samples = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def the_figures_are_true(shown: dict[str, dict[str, float]]) -> None:
    assert all(samples["shop_ready"] == 1 for samples in shown.values())
    assert shown["gateway"]["shop_broker_connected"] == 1
    assert shown["gateway"]["shop_tap_to_unlocked_seconds_count"] >= VISITS - 1
    assert shown["gateway"]['shop_unlocks_total{outcome="done"}'] >= VISITS - 1
    assert shown["gateway"]['shop_reports_total{outcome="stored"}'] > VISITS
    assert shown["worker"]["shop_ledger_difference_cents"] == 0
    assert shown["worker"]["shop_settle_seconds_count"] >= VISITS - 1
    assert (
        shown["worker"]['shop_stripe_seconds_count{call="post payment_intents",outcome="ok"}'] >= VISITS - 1
    )
    assert shown["worker"]['shop_mail_seconds_count{outcome="ok"}'] > VISITS
    assert shown["serve"]['shop_webhooks_total{outcome="forged"}'] == 1
    assert (
        shown["serve"]['shop_requests_total{method="POST",route="/api/v1/visits",status="202"}'] >= VISITS - 1
    )
    assert shown["serve"]["shop_transaction_seconds_count"] > VISITS
    assert {figure.gauge.name for figure in figures.FIGURES if not figure.gauge.labels} <= {
        *shown["worker"],
        "shop_hold_seconds_left",
    }
    assert set(shown) == set(metrics.EVERY)


def doctor(stage: Stage, env: dict[str, str]) -> list[tuple[Any, Any]]:
    told = stage._programs.run("shop", "doctor", "--json", env=stage._shop_env | env)
    return [(finding["level"], finding["check"]) for finding in map(json.loads, told.splitlines())]
