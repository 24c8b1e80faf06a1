"""Phrases that no text may contain: the never-list of the content guide, 5.4, as patterns that match their variants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

NEVER_LIST: Final = {  # “not yet” is allowed as an answer beside yes and no, but not as a statement of a plan
    "chances": r"\bchances?\b|\bodds\b|\bpredict(?!s nothing)",
    "mind-reading": r"\bstill (?:loves|feels|misses|thinks)\b|\bhe will\b|\bthey will\b|\{they\} will (?!do\b)",
    "diagnoses": r"narciss|avoidant|toxic|borderline|sociopath|attachment style",
    "abuse as a word": r"\babus",
    "closure": r"\bclosure\b",
    "winning": r"\bwin\b|\bwinning\b|\bdeserve|fight for|\bprove\b|get (?:\{them\}|him|her) (?:to|back)\b",
    "streaks": r"\bstreak|well done|\bcongrat",
    "jealousy and scarcity": r"make (?:\{them\}|him|her) (?:jealous|miss)|before it is too late",
    "looks": r"\bsexy\b|\bseduc|\bflirt",
    "medicine": r"\bmedicat|\bpills?\b|antidepress",
    "duty": r"\bsin\b|\bgod\b|\bvows?\b|for the (?:sake of the )?children",
    "verdict words": r"\bviolen|\bstalk|\bvictim|\bperpetrator",
    "promises": r"(?<!\bor )(?<!\band )(?<!\ba )(?<!\bit’s )(?<!\bsays )(?<!\bsay )(?<!\} )\bnot yet\b|\bsoon\b|when (?:\{they\} \{is/are\}|he is) ready|\bguarantee|\bwill work\b",
    "filler": r"\bjust\b(?! for (?:me|you|yourself)\b)|\bsimply\b|\bjourney\b|\bhealing\b",
    "shouting": r"!|\b[A-Z]{4,}\b",
    "duty to do": r"\byou must\b|\byou have to\b",
}


def _filled(pattern: str) -> str:
    """The pattern for a report, with words in place of placeholders."""
    for placeholder, alternatives in (
        (r"\{they\} \{is/are\}|he is", "he is|she is|they are"),
        (r"\{them\}|him|her", "him|her|them"),
        (r"\bhe will\b|\bthey will\b|\{they\} will (?!do\b)", r"\b(?:he|she|they) will (?!do\b)"),
    ):
        pattern = pattern.replace(placeholder, alternatives)
    return pattern


def compiled(pattern: str, name: str) -> re.Pattern[str]:
    """The compiled pattern, which ignores case unless it is about capitals."""
    return re.compile(pattern, 0 if name == "shouting" else re.IGNORECASE)


_IN_REPORTS: Final[Mapping[str, re.Pattern[str]]] = {
    name: compiled(_filled(pattern), name) for name, pattern in NEVER_LIST.items()
}


def never_list_hits(text: str) -> Iterator[str]:
    """The matches of the never-list in a text of a report, with their context."""
    for name, pattern in _IN_REPORTS.items():
        if match := pattern.search(text):
            yield f"{name}: “{text[max(0, match.start() - 30) : match.end() + 30]}”"
