"""The desk at which checks of a pack report what they find: it knows where everything stands in the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.content import Model
from engine.errors import Location, Problem, did_you_mean, listed, problem
from engine.pack import Key, Pack, is_words
from engine.source import Path_, Source

Anchor = tuple[Source, Path_]


@dataclass
class Desk:
    """Collects the problems of one pack.

    ``anchors`` says where each thing stands; ``broken`` are ids whose definition was unreadable, which nobody can
    blame for being missing.
    """

    pack: Pack
    anchors: Mapping[Key, Anchor]
    broken: frozenset[str] = frozenset()
    files: Sequence[tuple[Source, Model]] = ()
    """Every file of the pack as it was read."""
    problems: list[Problem] = field(default_factory=list)

    def where(self, key: Key, path: Path_ = (), *, at_key: bool = False) -> Location:
        if key not in self.anchors:
            return Location(f"<{key[0]} {key[1]}>")
        source, base = self.anchors[key]
        return source.where((*base, *path), key=at_key)

    def report(self, code: str, key: Key, path: Path_ = (), *, at_key: bool = False, **facts: object) -> None:
        self.problems.append(problem(code, self.where(key, path, at_key=at_key), **facts))

    def known(
        self, kind: str, name: str, among: Iterable[str], key: Key, path: Path_ = (), *, at_key: bool = False
    ) -> bool:
        """True if ``name`` is among the ids; else it is reported, unless its definition was unreadable."""
        ids = list(among)
        if name in ids:
            return True
        if name not in self.broken:
            facts = {"kind": kind, "id": name, "hint": did_you_mean(name, ids), "allowed": f": {listed(ids)}"}
            self.report("HW302", key, path, at_key=at_key, **facts)
        return False

    def once(self, kind: str, ids: Iterable[str], key: Key, path: Path_ = ()) -> None:
        """Report every id of a list that stands there twice."""
        first: dict[str, int] = {}
        for index, name in enumerate(ids):
            if name in first:
                other = self.where(key, (*path, first[name]))
                self.report("HW301", key, (*path, index), kind=kind, id=name, other=other)
            first.setdefault(name, index)


def texts(value: Any, path: Path_ = (), name: str = "") -> Iterator[tuple[Path_, str, str]]:
    """Every text for people inside a model: its path, the field's name, and the text."""
    if isinstance(value, Model):
        for field_name, info in type(value).model_fields.items():
            inside, there = getattr(value, field_name), (*path, info.alias or field_name)
            if isinstance(inside, str):
                if is_words(info.annotation, info.metadata):
                    yield there, field_name, inside
            else:
                yield from texts(inside, there, field_name)
    elif isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from texts(one, (*path, index), name)
    elif isinstance(value, Mapping):
        for entry, one in value.items():
            yield from texts(one, (*path, entry), name)
