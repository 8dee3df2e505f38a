"""What a refusal is made of: what happened and the next step, German beside English."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    de: str
    en: str
    next_de: str
    next_en: str


AGAIN = ("Bitte versuchen Sie es noch einmal.", "Please try again.")
