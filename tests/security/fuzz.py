"""`python -m tests.security.fuzz`: the described API of both services against what Schemathesis makes up.

Real processes of ours on a real port. Each person comes with ids that exist, so that what is made up meets
rows and not only 404; the seed is printed, and the same seed asks the same.
"""

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from shop import db
from shop.db import Database
from shop.domain import customers, sign_in
from shop.domain.tenancy import Store
from shop.domain.visit_states import State
from tests.domain.visits_at import visit_in
from tests.security import sides
from tests.security.sides import Side
from tests.security.two_shops import Premises, furnish

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 30
VISITS_IN_EACH_STATE = 10  # what is made up ends some of them
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
)
# What a well-made request may be told beside success: the state of things does not allow it now.
REFUSED = [401, 402, 403, 404, 409, 429]


@dataclass(frozen=True)
class Person:
    """Whom Schemathesis plays at which service, and what she knows."""

    name: str
    service: str
    token: str  # empty for nobody
    spare: str  # the one she signs out with, or all that follows would be refused
    known: dict[str, list[str]]  # parameter -> values that exist
    leaver: str = ""  # the token of somebody whose account may be erased
    share: float = 1.0  # of the examples


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=200, help="for each operation and person")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--only", help="name of one person")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        failed = fuzz(Path(folder), examples=asked.examples, seed=asked.seed, only=asked.only)
    print(f"seed {asked.seed}: {'failed for ' + ', '.join(failed) if failed else 'nothing found'}")
    return 1 if failed else 0


def fuzz(folder: Path, *, examples: int, seed: int, only: str | None = None) -> list[str]:
    """The names of those for whom something was found; what it is was printed."""
    url = f"sqlite:///{folder / 'shop.db'}"
    db.migrate(url)
    database = Database(url)
    with database.transaction() as tx:
        persons = _persons(tx)
    database.close()
    with _services(folder, url) as addresses:
        return [
            person.name
            for person in persons
            if only in (None, person.name) and not _found_nothing(folder, person, addresses, examples, seed)
        ]


def _persons(tx: Session) -> list[Person]:
    shop, empty = furnish(tx, "ahorn", 1), furnish(tx, "birke", 2, states=())
    for premises in (shop, empty):
        tx.get_one(Store, premises.world.store_id).max_inside = 1000
    for state in list(State) * (VISITS_IN_EACH_STATE - 1):
        visit_in(tx, shop.world, state)
    anna, newcomer = sides.shopper(tx, shop, shop.world.anna_id), sides.shopper(tx, empty, empty.world.ben_id)
    desk = sides.desk(tx, shop)
    return [
        Person(
            "shopper",
            "shop",
            *_tokens(tx, shop, customer_id=shop.world.anna_id),
            _known(anna),
            _leaver(tx, shop),
        ),
        Person(
            "newcomer",
            "shop",
            *_tokens(tx, empty, customer_id=empty.world.ben_id),
            _known(newcomer),
            _leaver(tx, empty),
            share=0.25,
        ),
        Person("nobody in the shop", "shop", "", "", _known(anna), share=0.1),
        Person("staff", "admin", *_tokens(tx, shop, staff_id=shop.staff_id), _known(desk)),
        Person("nobody at the desk", "admin", "", "", _known(desk), share=0.1),
    ]


def _tokens(tx: Session, premises: Premises, **who: str) -> tuple[str, str]:
    return _token(tx, premises, **who), _token(tx, premises, **who)


def _leaver(tx: Session, premises: Premises) -> str:
    her = customers.find_or_create(tx, premises.world.operator_id, premises.email("leaver"), "de")
    return _token(tx, premises, customer_id=her.id)


def _token(tx: Session, premises: Premises, **who: str) -> str:
    return sign_in.open_session(tx, premises.world.operator_id, **who)


def _known(side: Side) -> dict[str, list[str]]:
    premises = side.premises
    bodies = {
        "body.door_code": [premises.door_code],
        "body.store": [premises.slug],
        "body.gtin": [premises.own_gtin],
    }
    known = {f"path.{name}": values for name, values in side.path.items()} | bodies | {"body.sku": ["cola"]}
    return {name: values for name, values in known.items() if values}


def _found_nothing(folder: Path, person: Person, addresses: dict[str, str], examples: int, seed: int) -> bool:
    config = folder / f"{person.name.replace(' ', '-')}.toml"
    config.write_text(_config(person))
    command = [
        *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
        *("--config-file", str(config), "run", f"{addresses[person.service]}/api/openapi.json"),
        *("--checks", ",".join(CHECKS), "--mode", "all", "--continue-on-failure", "--no-color"),
        *("--max-examples", str(max(1, int(examples * person.share))), "--seed", str(seed)),
        *("--generation-database", "none", "--suppress-health-check", "all", "--request-timeout", "10"),
    ]
    print(f"== {person.name}: {' '.join(command[3:])}", flush=True)
    where = os.environ | {"PYTHONPATH": str(ROOT)}
    nothing = subprocess.run(command, cwd=folder, env=where, check=False).returncode == 0
    if person.token and not _is_signed_in(addresses[person.service], person.token):
        raise RuntimeError(f"{person.name} lost the session on the way: what followed was only refused")
    return nothing


def _is_signed_in(address: str, token: str) -> bool:
    asked = urllib.request.Request(f"{address}/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    try:
        urllib.request.urlopen(asked, timeout=10).close()
    except urllib.error.HTTPError:
        return False
    return True


def _config(person: Person) -> str:
    """As Schemathesis reads it: what exists, and where a stream is cut off."""
    lines = ["max-stream-events = 1", "warnings = false", 'hooks = "tests.security.fuzz_hooks"']
    lines += ["[cache]", "enabled = false"]
    if person.token:
        lines += ["[headers]", f'Authorization = "Bearer {person.token}"']
        lines += ["[[operations]]", 'include-method = "DELETE"', 'include-path-regex = "^/api/v1/sign-in"']
        lines += ["[operations.headers]", f'Authorization = "Bearer {person.spare}"']
    if person.leaver:
        lines += ["[[operations]]", 'include-path = "/api/v1/account/erase"']
        lines += ["[operations.headers]", f'Authorization = "Bearer {person.leaver}"']
    for name, values in person.known.items():
        lines += [f"[dictionaries.{json.dumps(name)}]", f"values = {json.dumps(values)}"]
    lines.append("[parameters]")
    lines += [
        f"{json.dumps(name)} = {{dictionary = {json.dumps(name)}, probability = 0.7}}"
        for name in person.known
    ]
    lines += ["[checks.positive_data_acceptance]", f"expected-statuses = {json.dumps(['2xx', *REFUSED])}"]
    return "\n".join(lines) + "\n"


@contextmanager
def _services(folder: Path, database_url: str) -> Iterator[dict[str, str]]:
    ports = {"shop": _free_port(), "admin": _free_port()}
    settings = {
        "SHOP_DATA_DIR": str(folder),
        "SHOP_DATABASE_URL": database_url,
        "SHOP_OPERATOR": "eg-ahorn",
        "SHOP_PORT": str(ports["shop"]),
        "SHOP_ADMIN_PORT": str(ports["admin"]),
        "SHOP_REQUESTS_PER_MINUTE": "1000000000",
        "SHOP_SIGN_INS_PER_MINUTE": "1000000000",
        "SHOP_STRIPE_WEBHOOK_SECRET": "whsec_made_up_for_this_run",
    }
    programs = {"shop": ["shop", "serve"], "admin": ["admin"]}
    with (folder / "services.log").open("wb") as log:
        running = [
            subprocess.Popen(
                [sys.executable, "-m", *program], cwd=ROOT, env=os.environ | settings, stdout=log, stderr=log
            )
            for program in programs.values()
        ]
        try:
            addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
            for address in addresses.values():
                _wait_for(f"{address}/health/live", folder / "services.log")
            yield addresses
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(timeout=START_LIMIT_S)


def _wait_for(url: str, log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"no answer at {url}: {log.read_text()[-2000:]}") from error
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
