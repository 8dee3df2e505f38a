"""`python -m tests.security.asvs`: the parts of docs/security.md that follow from docs/asvs.csv."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

TABLE = Path("docs/asvs.csv")
STATUSES = ("tested", "in place", "partly", "not yet", "not applicable")

# Requirements of level 1 and of level 2 in each chapter of ASVS 5.0.0.
CHAPTERS: dict[str, tuple[str, int, int]] = {
    "V1": ("Encoding and sanitization", 8, 19),
    "V2": ("Validation and business logic", 4, 7),
    "V3": ("Web frontend", 8, 11),
    "V4": ("API and web service", 2, 8),
    "V5": ("Files", 4, 5),
    "V6": ("Authentication", 13, 22),
    "V7": ("Sessions", 6, 12),
    "V8": ("Authorization", 4, 3),
    "V9": ("Self-contained tokens", 4, 3),
    "V10": ("OAuth and OIDC", 5, 24),
    "V11": ("Cryptography", 3, 11),
    "V12": ("Secure communication", 3, 6),
    "V13": ("Configuration", 1, 12),
    "V14": ("Data protection", 2, 7),
    "V15": ("Secure coding and architecture", 3, 10),
    "V16": ("Logging and error handling", 0, 16),
    "V17": ("WebRTC", 0, 7),
}


@dataclass(frozen=True)
class Requirement:
    id: str
    level: int
    about: str  # in a few words of ours
    status: str
    evidence: list[str]  # file, file::function, or test file::test
    note: str

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]


def read() -> list[Requirement]:
    with TABLE.open(newline="") as file:
        return [
            Requirement(
                row["id"],
                int(row["level"]),
                row["about"],
                row["status"],
                row["evidence"].split(),
                row["note"],
            )
            for row in csv.DictReader(file)
        ]


def summary(found: list[Requirement]) -> list[str]:
    """A line for each chapter and one for all."""
    lines = [f"| chapter | {' | '.join(STATUSES)} | all |", "| --- |" + " --- |" * (len(STATUSES) + 1)]
    for chapter, (name, *_) in CHAPTERS.items():
        lines.append(_counted(f"{chapter} {name}", [each for each in found if each.chapter == chapter]))
    return [*lines, _counted("all", found)]


def _counted(name: str, some: list[Requirement]) -> str:
    counts = Counter(each.status for each in some)
    return f"| {name} | {' | '.join(str(counts[status]) for status in STATUSES)} | {len(some)} |"


def missing(found: list[Requirement]) -> list[str]:
    """A line for each that is not or only partly met."""
    return [
        f"- **{each.id}** (level {each.level}, {each.status}) {each.about}: {each.note}"
        for status in ("not yet", "partly")
        for each in found
        if each.status == status
    ]


if __name__ == "__main__":
    print("\n".join([*summary(read()), "", *missing(read())]))
