"""`python -m tests.chaos [failpoints]`: see run and failpoints."""

import sys


def main() -> int:
    if sys.argv[1:] == ["failpoints"]:
        from tests.chaos import failpoints

        return failpoints.main()
    from tests.chaos import run

    return run.main()


if __name__ == "__main__":
    sys.exit(main())
