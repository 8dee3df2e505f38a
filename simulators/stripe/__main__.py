"""Command line: `python -m simulators.stripe --port 0 …` prints {"url": …} when it answers."""

import argparse
import asyncio
import json
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from simulators.stripe.admin import Admin
from simulators.stripe.errors import Obj
from simulators.stripe.events import add_endpoint
from simulators.stripe.faults import FaultPlan
from simulators.stripe.library import api_version
from simulators.stripe.money_log import MoneyLog
from simulators.stripe.server import Connection, Server
from simulators.stripe.webhooks import Courier
from simulators.stripe.world import World


def options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulators.stripe", description="Simulated Stripe API")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--api-key", default="sk_test_simulated", help="the secret key to accept")
    parser.add_argument("--public-url", help="base of the hosted pages, when browsers reach us elsewhere")
    parser.add_argument("--money-log", type=Path, help="append every money movement to this file")
    parser.add_argument("--webhook-url", help="deliver events here")
    parser.add_argument("--webhook-events", nargs="+", default=["*"], help="the kinds to deliver; all")
    parser.add_argument("--webhook-secret", default="whsec_simulated", help="signs what --webhook-url gets")
    parser.add_argument("--retry-scale", type=float, default=1.0, help="factor on the webhook retry pauses")
    return parser.parse_args(argv)


class Process(uvicorn.Server):
    """Stops with exit code 0 on SIGTERM and SIGINT instead of dying of the signal."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


async def serve(args: argparse.Namespace) -> None:
    listener = socket.create_server((args.host, args.port), backlog=256)
    url = f"http://{args.host}:{listener.getsockname()[1]}"
    money = MoneyLog(args.money_log)
    endpoints: dict[str, Obj] = {}
    plan = FaultPlan()
    courier = Courier(endpoints, plan, args.retry_scale)
    world = World(
        public_url=(args.public_url or url).rstrip("/"),
        api_version=api_version(),
        money=money,
        publish=courier.publish,
        objects={"webhook_endpoint": endpoints},
    )
    if args.webhook_url:
        add_endpoint(world, args.webhook_url, args.webhook_secret, args.webhook_events)
    app = Server(world, plan, Admin(world, plan, courier), args.api_key)
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    # The socket listens already, so whoever reads this line may call at once.
    sys.stdout.write(json.dumps({"url": url}) + "\n")
    sys.stdout.flush()
    try:
        await Process(config).serve(sockets=[listener])
    finally:
        await courier.stop()
        money.close()


if __name__ == "__main__":
    asyncio.run(serve(options(sys.argv[1:])))
