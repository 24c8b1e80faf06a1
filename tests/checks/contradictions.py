"""The table of pairs that may not meet in one report, ``contradictions.yaml``, and whether one of them does."""

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
from engine.content.steps import REMARK_SLOTS
from tests.breakup.simulated_people import Taken

TABLE: Final = Path(__file__).with_name("contradictions.yaml")


@dataclass(frozen=True, slots=True)
class Thing:
    """Something a report may hold: a fact by its ids, or words."""

    written: str

    @property
    def words(self) -> re.Pattern[str] | None:
        """The pattern of the words, if it is looked for by words."""
        found = re.fullmatch(r"/(.+)/", self.written)
        return re.compile(found[1], re.IGNORECASE) if found else None

    def found_in(self, one: Taken) -> bool:
        pattern = _compiled(self.written)
        if pattern is not None:
            return pattern.search(one.text) is not None
        if not re.search(r"[*\[]", self.written):
            return self.written in one.facts
        return any(fnmatchcase(fact, self.written) for fact in one.facts)


@lru_cache(maxsize=512)
def _compiled(written: str) -> re.Pattern[str] | None:
    return Thing(written).words


@dataclass(frozen=True, slots=True)
class Pair:
    """Two things that may not meet, unless a third is there."""

    id: str
    this: tuple[Thing, ...]
    beside: tuple[Thing, ...]
    unless: tuple[Thing, ...]
    why: str

    @property
    def things(self) -> tuple[Thing, ...]:
        return (*self.this, *self.beside, *self.unless)

    def met(self, one: Taken) -> str | None:
        """What meets what in this person's report; None if nothing does."""
        beside = next((thing.written for thing in self.beside if thing.found_in(one)), None)
        this = next((thing.written for thing in self.this if beside and thing.found_in(one)), None)
        if this is None or any(thing.found_in(one) for thing in self.unless):
            return None
        return f"{this} beside {beside}"


@lru_cache(maxsize=1)
def pairs() -> tuple[Pair, ...]:
    """The table."""
    return tuple(read(one) for one in yaml.safe_load(TABLE.read_text(encoding="utf-8")))


def contradictions(one: Taken) -> Iterator[tuple[str, str]]:
    """The pairs that meet in this person's report, each with what meets what."""
    yield from ((pair.id, met) for pair in pairs() if (met := pair.met(one)) is not None)


def read(raw: dict[str, Any]) -> Pair:
    """One entry of the table.

    Raises:
        KeyError: it lacks a field.
    """
    unknown = raw.keys() - {"id", "this", "beside", "unless", "why", "from"}
    assert not unknown, f"{raw['id']}: {unknown}"
    assert raw["from"]
    return Pair(raw["id"], _things(raw["this"]), _things(raw["beside"]), _things(raw.get("unless", ())), raw["why"])


def _things(written: str | list[str]) -> tuple[Thing, ...]:
    return tuple(map(Thing, [written] if isinstance(written, str) else written))


def possible(pack: Pack) -> Iterator[str]:
    """Every fact that a report of the pack may hold, so that a thing that is none is noticed."""
    content = pack.content
    yield from (f"kind {kind.id}" for kind in content.kinds)
    yield from (f"finding {name}" for name in pack.recorders)
    for how in ("", "shown ", "open "):
        yield from (f"{how}notice {notice.id}" for notice in content.notices)
    yield from (f"remark {place}/{one.id}" for place in REMARK_SLOTS for one in content.remarks.get(place, ()))
    yield from (f"band {scale.id}/{band.id}" for scale in pack.scales.values() for band in scale.bands)
    for item in pack.items.values():
        yield from (f"answer {item.id}={option.id}" for option in getattr(item, "options", ()))
        first = getattr(item, "first", 0)
        yield from (f"answer {item.id}={first + place}" for place, _ in enumerate(getattr(item, "points", ())))
    for step in pack.steps:
        yield from (f"step {step.id} {emphasis}" for emphasis in ("start_here", "focus", "steady", "light", "not_now"))
        yield from (f"place {step.id} {place}" for place in ("this_week", "later", "not_now"))
        yield from (f"{what} {step.id}" for what in ("held", "title", "summary", "held title", "held summary"))
        yield from (f"{what} {step.id}/{one.id}" for what in ("action", "today") for one in step.actions)
        yield from (f"caution {step.id}/{one.id}" for one in step.cautions)
        yield from (f"reason {step.id}/{rule.id}" for rule in pack.rules)
