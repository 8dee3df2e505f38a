"""`python -m benchmarks.all`: every command in turn; with --tiny only to see that each works."""

import subprocess
import sys

TINY: dict[str, list[str]] = {
    "statement": ["--statements", "50", "--rounds", "1"],
    "settle": ["--visits", "60", "--rounds", "1", "--seconds", "1"],
    "unlock": ["--stores", "3"],
    "growth": ["--shops", "20", "--history", "500", "--waves", "1", "--rounds", "1", "--of", "shops"],
    "replicas": ["--visits", "60", "--rounds", "1"],
    "memory": ["--settles", "200", "--stores", "8"],
    "cold_start": ["--starts", "1"],
    "first_load": ["--rounds", "1"],
    "soak": ["--stores", "3", "--minutes", "0.2"],
    "sensing": ["--seeds", "1:3"],
    "sensing_days": ["--seeds", "1:2", "--visits", "4", "--hours", "0.1"],
    "sensing_speed": ["--visits", "2", "--visits-a-day", "1"],
    "visit": ["--stores", "3", "--seconds", "3", "--cold-starts", "1"],
}


def main() -> int:
    """Exit status 1 when one of them ended with another than 0; further options go to all."""
    given = [option for option in sys.argv[1:] if option != "--tiny"]
    tiny = "--tiny" in sys.argv
    ended = []
    for name, small in TINY.items():
        print(f"== {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", *(small if tiny else []), *given]
        ended.append(subprocess.run(command, check=False).returncode)
    return int(any(ended))


if __name__ == "__main__":
    sys.exit(main())
