"""`python -m tests.drill`: see run."""

import sys

from tests.drill.run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
