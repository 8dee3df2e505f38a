"""`python -m simulators demo|hands`: the whole demo, or your own hands in it."""

import sys


def main(argv: list[str]) -> int:
    match argv:
        case ["demo"]:
            from simulators.demo import run

            return run.main()
        case ["hands", *rest]:
            from simulators.demo import hands

            return hands.main(rest)
    print("usage: python -m simulators demo | hands PORT enter|take|put-back|leave ...", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
