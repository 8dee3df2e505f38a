"""`python -m shop ...`: start the service, prepare its database, read its books."""

import json
import os
import sys
from collections.abc import Callable, Iterator
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


@cli.command()
def up() -> None:
    """Start everything on this box: broker, gateway, service, worker and desk; Ctrl-C stops it."""
    start.begin()
    from shop.config import must_be_strong, settings

    config = settings()
    must_be_strong(config, "secret", "stripe_key", "stripe_webhook_secret")
    start.alone(config.data_dir)
    broker = ["--mode", config.broker, "--host", str(config.broker_listen)]
    broker += ["--port", str(config.broker_port), "--data-dir", str(config.data_dir)]
    shop, desk = (f"http://{config.host}:{port}/health/ready" for port in (config.port, config.admin_port))
    ports = config.metrics_port
    if config.log == "auto" and sys.stdout.isatty():  # the processes write to the supervisor
        os.environ["SHOP_LOG"] = "text"
    plan: dict[str, Any] = {
        "first": _python("shop", "migrate", "--wait"),
        "say": f"shop {config.public_url}  desk {config.admin_url}",
        "processes": [
            {"name": "broker", "argv": _python("devices", "broker", *broker)},
            *_several(config.gateway_processes, "gateway", _gateway, ports),
            *_several(
                config.serve_processes,
                "serve",
                lambda _: _python("shop", "serve"),
                ports,
                ready_url=shop,
                goes_ahead=True,
            ),
            *_several(config.worker_processes, "worker", lambda _: _python("shop", "worker"), ports),
            {"name": "admin", "argv": _python("admin"), "ready_url": desk},
        ],
    }
    if config.broker == "external":
        plan["processes"] = plan["processes"][1:]
    # becomes the supervisor: a process that only watches should not carry our libraries (12 MB, not 40);
    # -u: a line that a full disk does not take must not stay in a buffer before all others
    command = [sys.executable, "-u", "-m", "shop.supervisor", json.dumps(plan)]
    os.execv(sys.executable, command)  # noqa: S606


def _several(
    count: int, name: str, argv: Callable[[int], list[str]], first_port: int, **more: Any
) -> Iterator[dict[str, Any]]:
    """Each has a port for metrics of its own, if any."""
    for number in range(1, count + 1):
        one = {"name": name if number == 1 else f"{name}-{number}", "argv": argv(number), **more}
        port = first_port + number - 1 if first_port else 0
        yield one | {"env": {"SHOP_METRICS_PORT": str(port)}}


def _gateway(number: int) -> list[str]:
    return _python("devices", "gateway", "--number", str(number))


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


@cli.command()
def serve() -> None:
    """The shopper's API and page."""
    start.begin()
    from shop.api import web
    from shop.app import create_app
    from shop.config import must_be_strong, settings
    from shop.db import Database, wait_for_schema
    from shop.ops import listener, logs

    config = settings()
    must_be_strong(config, "stripe_webhook_secret")
    logs.begin("serve", config.log)
    database = Database(config.database_url)
    app = create_app(config, database)
    listener.start("serve", config, app.state.ready)
    start.done()
    wait_for_schema(database)
    web.run(app, config.host, config.port, shared=config.serve_processes > 1)


@cli.command()
def worker() -> None:
    """Payments, mails and timers."""
    start.begin()
    from shop.config import must_be_strong, settings
    from shop.ops import logs
    from shop.worker import run

    start.done()
    must_be_strong(settings(), "stripe_key")
    logs.begin("worker", settings().log)
    run(settings())


@cli.command()
def migrate(
    wait: Annotated[bool, typer.Option("--wait", help="for as long as the database is away")] = False,
) -> None:
    """Bring the database schema up to date."""
    start.begin()
    from shop import db
    from shop.config import settings
    from shop.ops import logs

    if wait:
        logs.begin("migrate", settings().log)
        db.migrate_once_there(settings().database_url)
    else:
        db.migrate(settings().database_url)


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
    with Database(settings().database_url, patient=True).reading() as tx:
        typer.echo(json.dumps(EXPORTS[what](tx), ensure_ascii=False))


@cli.command()
def doctor(
    lang: Annotated[str, typer.Option(help="de or en; without it as LANG says")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="a line of JSON for each finding")] = False,
) -> None:
    """Look at everything the shop needs, and say what to do; status 1 if something is broken."""
    from shop.config import settings
    from shop.ops.doctor import visit

    language = lang or visit.language_of(os.environ)
    if language not in visit.LEVELS:
        raise typer.BadParameter("one of " + ", ".join(visit.LEVELS))
    healthy = True
    for finding in visit.examine(settings()):
        typer.echo(visit.as_json(finding) if as_json else visit.in_words(finding, language))
        healthy = healthy and finding.level != "broken"
    raise typer.Exit(0 if healthy else 1)


@cli.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="where backups are kept; with --verify, one backup")],
    keep: Annotated[int | None, typer.Option(min=1, help="afterwards only so many stay, the newest")] = None,
    with_secret: Annotated[bool, typer.Option(help="the root secret too: keep such a backup locked")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="take none, check the one that is named")] = False,
) -> None:
    """Copy the whole shop while it runs; prints the new backup's folder."""
    from shop.backup.restore import verify as check
    from shop.backup.take import take
    from shop.config import settings

    if verify:
        told = check(folder)
        typer.echo(f"whole: schema {told.revision}, taken {told.taken_at.isoformat()}, {told.bytes} bytes")
        return
    typer.echo(take(settings(), folder, with_secret=with_secret, keep=keep, say=_say))


@cli.command()
def restore(
    path: Annotated[Path, typer.Argument(help="one backup, as `shop backup` printed it")],
) -> None:
    """Put a backup back into an empty place: the database the settings name."""
    from shop.backup.restore import restore as run
    from shop.config import settings

    told = run(settings(), path, _say)
    typer.echo(f"restored: the shop as it was at {told.taken_at.isoformat()}; docs/backup.md says what now")


def _say(line: str) -> None:
    """Beside the result, which is for programs."""
    typer.echo(line, err=True)


def main() -> None:
    """What an operator got wrong is one line, not a traceback."""
    start.privately()
    try:
        cli()
    except Exception as error:
        if not (lines := _lines_about(error)):
            raise
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.exit(2)


def _lines_about(error: Exception) -> list[str]:
    """Empty when the operator is not to blame. Libraries are loaded only now: a start does not wait."""
    from pydantic import ValidationError
    from sqlalchemy.exc import OperationalError, ProgrammingError

    match error:
        case ValidationError():
            problems = error.errors(include_input=False, include_url=False)
            return [_line_about(error.title, dict(problem)) for problem in problems]
        case OperationalError() | ProgrammingError():
            return [f"database: {error.orig}", "is it prepared? python -m shop migrate"]
        case ValueError():
            return [str(error)]
    return []


def _line_about(title: str, problem: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    setting = f"SHOP_{where.upper()}" if title == "Settings" and where else where
    return f"{setting or title}: {problem['msg']}"


if __name__ == "__main__":
    main()
