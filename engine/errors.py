"""Every problem Heartwork can report about content or answers: its code, its rule and what to do.

A problem reads *where – what rule is broken – what to do*. Codes are stable: tools and tests rely on them, the
wording may change. ``docs/errors.md`` lists the same table; a test compares both ways.
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
    """One row of the catalogue. ``{…}`` are filled in when a problem is reported."""

    broken: str
    remedy: str
    advice: bool = False
    """True if content with this problem still loads: it is worth a look, nothing more."""


@cache
def catalogue() -> Mapping[str, Row]:
    """Every problem by its code, from ``errors.toml``."""
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {code: Row(**row) for code, row in rows.items()}


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule at one place.

    ``where`` is a place in a file, or for answers that came from no file the id of the question.
    """

    code: str
    where: Location | str
    broken: str
    remedy: str

    @property
    def advice(self) -> bool:
        """True if the content works in spite of it."""
        return catalogue()[self.code].advice

    def __str__(self) -> str:
        return f"{self.where}: {self.code} {self.broken}; {self.remedy}"


class HeartworkError(Exception):
    """Base of the errors a caller may want to catch. ``problems`` is never empty."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class ContentError(HeartworkError):
    """Content that cannot be used."""


class ResponseError(HeartworkError):
    """Answers that cannot be accepted."""


class FileError(HeartworkError):
    """A file of answers that cannot be read."""


def problem(code: str, where: Location | str, **facts: object) -> Problem:
    """Make the problem ``code`` at ``where``; ``facts`` fill the catalogue's wording."""
    entry = catalogue()[code]
    return Problem(code, where, entry.broken.format(**facts), entry.remedy.format(**facts))


def no_such(kind: str, name: str, ids: Iterable[str], where: Location | str) -> Problem:
    """The problem that nothing of this kind is called so, with the ids that exist."""
    existing = list(ids)
    facts = {"hint": did_you_mean(name, existing), "allowed": f": {join_ids(existing)}"}
    return problem("HW302", where, kind=kind, id=name, **facts)


def has_faults(problems: Iterable[Problem]) -> bool:
    """True if one of the problems is more than advice."""
    return any(not reported.advice for reported in problems)


def by_place(problems: Iterable[Problem]) -> list[Problem]:
    """The problems in the order of their places, each once."""
    return sorted(set(problems), key=lambda reported: (reported.where, reported.code, reported.broken))


def merged(problems: Iterable[Problem]) -> list[Problem]:
    """One problem for those that differ only in their places: the first of them, with the number of the others."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for reported in by_place(problems):
        groups.setdefault((reported.code, reported.broken, reported.remedy), []).append(reported)
    return [
        replace(first, broken=f"{first.broken} ({len(others)} more like this)") if others else first
        for first, *others in groups.values()
    ]


def did_you_mean(value: object, candidates: Iterable[str]) -> str:
    """``; did you mean “…”?`` for the nearest of ``candidates``, or nothing."""
    matches = difflib.get_close_matches(str(value), sorted(candidates), n=1, cutoff=0.6)
    return f"; did you mean “{matches[0]}”?" if matches else ""


def join_ids(ids: Iterable[str], limit: int = 12) -> str:
    """The ids as a list for people, cut where it gets long."""
    all_ids = list(ids)
    return (
        ", ".join(all_ids[:limit]) + (f" … ({len(all_ids)} in all)" if len(all_ids) > limit else "")
        if all_ids
        else "(none)"
    )


def describe_value(value: object) -> str:
    """A value as messages show it: short, and named where it is not a word or a number."""
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
