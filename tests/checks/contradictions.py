"""Find contradictions in a report, by the table of pairs in ``contradictions.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from engine.content.pack import Pack
from engine.content.remarks import REMARK_SLOTS
from tests.breakup.simulated_people import SimulatedPerson

TABLE: Final = Path(__file__).with_name("contradictions.yaml")


@dataclass(frozen=True, slots=True)
class ReportPattern:
    """A part of a report: a fact by its ids, or words."""

    written: str

    @property
    def regex(self) -> re.Pattern[str] | None:
        """The pattern of the words; None for a fact."""
        match = re.fullmatch(r"/(.+)/", self.written)
        return re.compile(match[1], re.IGNORECASE) if match else None

    def matches(self, person: SimulatedPerson) -> bool:
        pattern = _compiled(self.written)
        if pattern is not None:
            return pattern.search(person.text) is not None
        if not re.search(r"[*\[]", self.written):
            return self.written in person.facts
        return any(fnmatchcase(fact, self.written) for fact in person.facts)


@lru_cache(maxsize=512)
def _compiled(written: str) -> re.Pattern[str] | None:
    return ReportPattern(written).regex


@dataclass(frozen=True, slots=True)
class Pair:
    """Two parts that must not occur in the same report, unless a third part does."""

    id: str
    this: tuple[ReportPattern, ...]
    beside: tuple[ReportPattern, ...]
    unless: tuple[ReportPattern, ...]
    why: str

    @property
    def patterns(self) -> tuple[ReportPattern, ...]:
        return (*self.this, *self.beside, *self.unless)

    def met(self, person: SimulatedPerson) -> str | None:
        """The two parts that occur together in this report; None if they do not."""
        beside = next((pattern.written for pattern in self.beside if pattern.matches(person)), None)
        this = next((pattern.written for pattern in self.this if beside and pattern.matches(person)), None)
        if this is None or any(pattern.matches(person) for pattern in self.unless):
            return None
        return f"{this} beside {beside}"


@lru_cache(maxsize=1)
def pairs() -> tuple[Pair, ...]:
    """All pairs of the table."""
    return tuple(read_pair(entry) for entry in yaml.safe_load(TABLE.read_text(encoding="utf-8")))


def contradictions(person: SimulatedPerson) -> Iterator[tuple[str, str]]:
    """The pairs that occur in this report, each with the two parts."""
    yield from ((pair.id, met) for pair in pairs() if (met := pair.met(person)) is not None)


def read_pair(entry: dict[str, Any]) -> Pair:
    """One entry of the table.

    Raises:
        KeyError: the entry lacks a field.
    """
    unknown = entry.keys() - {"id", "this", "beside", "unless", "why", "from"}
    assert not unknown, f"{entry['id']}: {unknown}"
    assert entry["from"]
    return Pair(
        entry["id"],
        _patterns(entry["this"]),
        _patterns(entry["beside"]),
        _patterns(entry.get("unless", ())),
        entry["why"],
    )


def _patterns(written: str | list[str]) -> tuple[ReportPattern, ...]:
    return tuple(map(ReportPattern, [written] if isinstance(written, str) else written))


def possible_facts(pack: Pack) -> Iterator[str]:
    """Every fact that a report of the pack can have, to find unknown facts in the table."""
    content = pack.content
    yield from (f"kind {kind.id}" for kind in content.kinds)
    yield from (f"finding {name}" for name in pack.recorders)
    for prefix in ("", "shown ", "open "):
        yield from (f"{prefix}notice {notice.id}" for notice in content.notices)
    yield from (f"remark {slot}/{remark.id}" for slot in REMARK_SLOTS for remark in content.remarks.get(slot, ()))
    yield from (f"contingency {contingency.id}" for contingency in content.contingencies)
    yield from (f"band {scale.id}/{band.id}" for scale in pack.scales.values() for band in scale.bands)
    for item in pack.items.values():
        yield from (f"answer {item.id}={option.id}" for option in getattr(item, "options", ()))
        first = getattr(item, "first", 0)
        yield from (f"answer {item.id}={first + index}" for index, _ in enumerate(getattr(item, "points", ())))
    for step in pack.steps:
        yield from (f"step {step.id} {emphasis}" for emphasis in ("start_here", "focus", "steady", "light", "not_now"))
        yield from (f"place {step.id} {group}" for group in ("this_week", "later", "not_now"))
        yield from (f"{field} {step.id}" for field in ("held", "title", "summary", "held title", "held summary"))
        yield from (f"{slot} {step.id}/{action.id}" for slot in ("action", "today") for action in step.actions)
        yield from (f"caution {step.id}/{caution.id}" for caution in step.cautions)
        yield from (f"reason {step.id}/{rule.id}" for rule in pack.rules)
