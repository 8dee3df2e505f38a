"""`python -m simulators hands PORT enter|take|put-back|leave WHO [WHAT]`: your own hands in the store."""

import argparse

from simulators.world_client import CannotDo, WorldClient

DOOR = "front"
PATIENCE_S = 30.0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m simulators hands", description=__doc__)
    parser.add_argument("port", type=int, help="the world's, as the demo prints it")
    acts = parser.add_subparsers(dest="act", required=True)
    for act in ("enter", "leave"):
        step = acts.add_parser(act)
        step.add_argument("who")
        step.add_argument("--door", default=DOOR)
    for act in ("take", "put-back"):
        step = acts.add_parser(act)
        step.add_argument("who")
        step.add_argument("sku")
        step.add_argument("units", type=int, nargs="?", default=1)
    wish = parser.parse_args(argv)
    try:
        with WorldClient(wish.port) as world:
            _act(world, wish)
    except CannotDo as cannot:
        print(f"not possible: {cannot.code}")
        return 1
    except OSError as problem:
        print(f"no store at port {wish.port}: {problem}")
        return 1
    return 0


def _act(world: WorldClient, wish: argparse.Namespace) -> None:
    match wish.act:
        case "enter":
            world.enter(wish.who, wish.door, patience_s=PATIENCE_S)
            print(f"{wish.who} is inside")
        case "leave":
            left = world.leave(wish.who, wish.door)
            print(f"{wish.who} left with goods for {left['cents'] / 100:.2f} EUR")
        case "take":
            world.take(wish.who, wish.sku, wish.units)
            print(f"{wish.who} took {wish.units} {wish.sku}")
        case _:
            world.put_back(wish.who, wish.sku, wish.units)
            print(f"{wish.who} put back {wish.units} {wish.sku}")
