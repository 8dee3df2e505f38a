"""`python -m shop ...`: start the service, prepare its database, read its books."""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from shop import start

cli = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

# Business time-outs of a demonstration, in seconds: people wait minutes, a demonstration does not.
FAST: dict[str, float] = {
    "hold_timeout_s": 20,
    "authentication_timeout_s": 12,
    "quiet_s": 3,
    "stuck_after_s": 120,
    "visit_limit_s": 180,
    "settling_timeout_s": 60,
    "payment_due_s": 600,
}


def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stdout)


@cli.command()
def up() -> None:
    """Start everything on this box: broker, gateway, service, worker and desk; Ctrl-C stops it."""
    from shop.config import settings

    config = settings()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    broker = ["--mode", config.broker, "--host", str(config.broker_listen)]
    broker += ["--port", str(config.broker_port), "--data-dir", str(config.data_dir)]
    shop, desk = f"http://{config.host}:{config.port}", f"http://{config.host}:{config.admin_port}"
    plan: dict[str, Any] = {
        "first": _python("shop", "migrate"),
        "say": f"shop {config.public_url}  desk {config.admin_url}",
        "processes": [
            {"name": "broker", "argv": _python("devices", "broker", *broker)},
            {"name": "gateway", "argv": _python("devices", "gateway")},
            {"name": "serve", "argv": _python("shop", "serve"), "ready_url": f"{shop}/health/ready"},
            {"name": "worker", "argv": _python("shop", "worker")},
            {"name": "admin", "argv": _python("admin"), "ready_url": f"{desk}/health/ready"},
        ],
    }
    if config.broker == "external":
        plan["processes"] = plan["processes"][1:]
    # becomes the supervisor: a process that only watches should not carry our libraries (12 MB, not 40)
    os.execv(sys.executable, [sys.executable, "-m", "shop.supervisor", json.dumps(plan)])  # noqa: S606


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


@cli.command()
def serve() -> None:
    """The shopper's API and page."""
    start.begin()
    from shop.api import web
    from shop.app import create_app
    from shop.config import settings
    from shop.db import Database, wait_for_schema

    _log()
    config = settings()
    database = Database(config.database_url)
    app = create_app(config, database)
    start.done()
    wait_for_schema(database)
    web.run(app, config.host, config.port)


@cli.command()
def worker() -> None:
    """Payments, mails and timers."""
    start.begin()
    from shop.config import settings
    from shop.worker import run

    start.done()
    _log()
    run(settings())


@cli.command()
def migrate() -> None:
    """Bring the database schema up to date."""
    from shop.config import settings
    from shop.db import migrate as run

    run(settings().database_url)


@cli.command()
def seed(
    assortment: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    staff_email: Annotated[str, typer.Option()] = "chef@example.org",
    fast: Annotated[bool, typer.Option(help="short business time-outs, for demonstrations")] = False,
) -> None:
    """Create a store from an assortment file; prints its devices and the first login, once."""
    from shop.config import settings
    from shop.db import Database
    from shop.seed import read, sow

    wanted = read(assortment)
    with Database(settings().database_url).transaction() as tx:
        made = sow(tx, wanted, timing=FAST if fast else wanted.timing, staff_email=staff_email)
    typer.echo(json.dumps(made, ensure_ascii=False))


@cli.command()
def export(
    what: Annotated[str, typer.Argument(help="visits, ledger, unlocks or stock")],
) -> None:
    """Read the books as JSON."""
    from shop.config import settings
    from shop.db import Database
    from shop.export import EXPORTS

    if what not in EXPORTS:
        raise typer.BadParameter(f"one of {', '.join(EXPORTS)}")
    with Database(settings().database_url).reading() as tx:
        typer.echo(json.dumps(EXPORTS[what](tx), ensure_ascii=False))


def main() -> None:
    """What an operator got wrong is one line, not a traceback."""
    from pydantic import ValidationError
    from sqlalchemy.exc import OperationalError, ProgrammingError

    try:
        cli()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            where = ".".join(str(part) for part in problem["loc"])
            setting = f"SHOP_{where.upper()}" if error.title == "Settings" and where else where
            sys.stderr.write(f"{setting or error.title}: {problem['msg']}\n")
        sys.exit(2)
    except (OperationalError, ProgrammingError) as error:
        sys.stderr.write(f"database: {error.orig}\nis it prepared? python -m shop migrate\n")
        sys.exit(2)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
