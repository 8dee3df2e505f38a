"""`python -m devices gateway|broker|credentials`: the processes and tools on the MQTT side."""

import argparse
import ipaddress
import json
import os
import sys
from pathlib import Path

from devices.topics import MOST_GATEWAYS
from shop import start

LOGINS = "broker-logins.json"


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="devices", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    gateway = commands.add_parser("gateway", help="connect the broker with the database")
    gateway.add_argument("--number", type=int, choices=range(1, MOST_GATEWAYS + 1), default=1)
    broker = commands.add_parser("broker", help="run Mosquitto, or the embedded broker")
    broker.add_argument("--mode", choices=("auto", "mosquitto", "embedded"), default="auto")
    broker.add_argument("--host", type=ipaddress.ip_address, default="127.0.0.1", help="address to listen on")
    broker.add_argument("--port", type=int, default=1883)
    broker.add_argument("--data-dir", type=Path, default=Path("data"))
    secrets = commands.add_parser("credentials", help="print secrets for the installer, a device a line")
    secrets.add_argument("device", nargs="+")
    return parser


def main() -> int:
    start.privately()
    args = parser().parse_args()
    if args.command == "broker":
        return _broker(args.mode, str(args.host), args.port, args.data_dir)
    return _gateway(args.number) if args.command == "gateway" else _credentials(args.device)


def _broker(mode: str, host: str, port: int, data_dir: Path) -> int:
    # light imports only: this process just watches a child
    from devices.broker import BrokerError, run_broker
    from devices.broker_config import Login
    from shop.ops import logs

    logs.begin("broker", os.environ.get("SHOP_LOG", "auto"))
    path = data_dir / LOGINS

    def logins() -> list[Login]:
        try:
            return [Login(*row) for row in json.loads(path.read_text())]
        except FileNotFoundError:
            return []  # the gateway has not started yet

    try:
        # argparse checked the mode
        return run_broker(mode, port, data_dir, logins, host=host, poll_s=0.2)  # type: ignore[arg-type]
    except BrokerError as error:
        sys.stderr.write(f"broker: {error}\n")
        return 1


def _gateway(number: int) -> int:
    start.begin()
    from devices.gateway import Gateway
    from shop.config import settings
    from shop.ops import listener, logs

    logs.begin("gateway", settings().log)
    gateway = Gateway(settings(), settings().data_dir / LOGINS, number)
    listener.start("gateway", settings(), gateway.ready())
    start.done()
    gateway.run()
    return 0


def _credentials(names: list[str]) -> int:
    from devices import signing
    from devices.registry import KID, Registry, entries
    from shop.config import master_secret, settings
    from shop.db import Database, is_prepared

    database = Database(settings().database_url)
    if not is_prepared(database):
        sys.stderr.write("the database is not prepared: python -m shop migrate\n")
        return 2
    with database.reading() as tx:
        known = {entry.device: entry for entry in entries(tx)}
    if unknown := [name for name in names if name not in known]:
        sys.stderr.write(f"there is no device {', '.join(unknown)}\n")
        return 1
    registry = Registry(master_secret(settings()))
    for entry in (known[name] for name in names):
        secrets = {
            "device": entry.device,
            "store": entry.store,
            "door": entry.door,
            "mqtt_password": registry.mqtt_password(entry),
            "keys": {KID: signing.encode(registry.signing_key(entry))},
        }
        sys.stdout.write(json.dumps(secrets) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
