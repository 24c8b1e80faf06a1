"""Problems of content and answers: codes, places and messages, and the exceptions that carry them.

The messages are in ``errors.toml``. Codes are stable, so tools and tests rely on them; texts may change.
``docs/errors.md`` has the same table, which a test compares.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """The messages of one code. ``{…}`` are filled in when a problem is reported."""

    broken: str
    remedy: str
    advice: bool = False
    """True if content with this problem still loads."""


@cache
def catalogue() -> Mapping[str, Row]:
    """The messages of all problems by code, from ``errors.toml``."""
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {code: Row(**row) for code, row in rows.items()}


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file. Lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem at one place."""

    code: str
    where: Location | str
    """A place in a file; for answers that do not come from a file, the id of the question."""
    broken: str
    remedy: str

    @property
    def advice(self) -> bool:
        """True if the content works in spite of the problem."""
        return catalogue()[self.code].advice

    def __str__(self) -> str:
        return f"{self.where}: {self.code} {self.broken}; {self.remedy}"


class HeartworkError(Exception):
    """Base class of all errors about content and answers. ``problems`` is never empty."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class ContentError(HeartworkError):
    """The content cannot be used."""


class ResponseError(HeartworkError):
    """The answers cannot be accepted."""


class FileError(HeartworkError):
    """A file of answers cannot be read, or a result cannot be made from it."""


def problem(code: str, where: Location | str, **facts: object) -> Problem:
    """The problem ``code`` at ``where``; ``facts`` fill the placeholders of its messages."""
    entry = catalogue()[code]
    return Problem(code, where, entry.broken.format(**facts), entry.remedy.format(**facts))


def no_such(kind: str, name: str, ids: Iterable[str], where: Location | str) -> Problem:
    """The problem that there is no ``kind`` with the id ``name``; the message lists the ids that exist."""
    existing = list(ids)
    facts = {"hint": did_you_mean(name, existing), "allowed": f": {join_ids(existing)}"}
    return problem("HW302", where, kind=kind, id=name, **facts)


def has_faults(problems: Iterable[Problem]) -> bool:
    """True if any of the problems is more than advice."""
    return any(not reported.advice for reported in problems)


def by_place(problems: Iterable[Problem]) -> list[Problem]:
    """The problems sorted by their places, without duplicates."""
    return sorted(set(problems), key=lambda reported: (reported.where, reported.code, reported.broken))


def merged(problems: Iterable[Problem]) -> list[Problem]:
    """The problems, with those that differ only in their places reported once, with the number of the others."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for reported in by_place(problems):
        groups.setdefault((reported.code, reported.broken, reported.remedy), []).append(reported)
    return [
        replace(first, broken=f"{first.broken} ({len(others)} more like this)") if others else first
        for first, *others in groups.values()
    ]


def did_you_mean(value: object, candidates: Iterable[str]) -> str:
    """``; did you mean “…”?`` with the most similar candidate, or an empty text if none is similar."""
    matches = difflib.get_close_matches(str(value), sorted(candidates), n=1, cutoff=0.6)
    return f"; did you mean “{matches[0]}”?" if matches else ""


def join_ids(ids: Iterable[str], limit: int = 12) -> str:
    """The ids separated by commas, at most ``limit`` of them, with their number if there are more."""
    all_ids = list(ids) or ["(none)"]
    return ", ".join(all_ids[:limit]) + (f" … ({len(all_ids)} in all)" if len(all_ids) > limit else "")


def describe_value(value: object) -> str:
    """A value as messages show it: shortened, and for mappings and lists only what it is."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, tuple | list):
        return "a list"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else "a very large number"
    text = "".join(char if char.isprintable() else "�" for char in str(value)[:60])
    return f"“{text}”" if isinstance(value, str) else text
