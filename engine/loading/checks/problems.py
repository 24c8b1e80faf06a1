"""The desk at which checks of a pack report what they find: it knows where everything stands in the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.content.base import Model
from engine.content.pack import Key, Pack
from engine.content.serialization import fields_of
from engine.errors import Location, Problem, did_you_mean, listed, problem
from engine.loading.yaml import Source, ValuePath

SourcePosition = tuple[Source, ValuePath]


@dataclass
class ProblemCollector:
    """Collects the problems of one pack.

    ``anchors`` says where each thing stands. ``broken`` are words from unreadable parts of the files, any of which may
    be the id of something missing; ``lost`` are kinds of things whose ids nobody could read.
    """

    pack: Pack
    anchors: Mapping[Key, SourcePosition]
    broken: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    files: Sequence[tuple[Source, Model]] = ()
    """Every file of the pack as it was read."""
    gone: Mapping[str, frozenset[ValuePath]] = field(default_factory=dict)
    """By file the entries that were too broken to be in its model."""
    problems: list[Problem] = field(default_factory=list)

    def where(self, key: Key, path: ValuePath = (), *, at_key: bool = False) -> Location:
        if key not in self.anchors:
            return Location(f"<{key[0]} {key[1]}>")
        source, base = self.anchors[key]
        return source.where(self.in_file(source, path, base), key=at_key)

    def in_file(self, source: Source, path: ValuePath, base: ValuePath = ()) -> ValuePath:
        """The path in the file of what stands at ``path`` in the model, which lacks the broken entries."""
        found = base
        for part in path:
            index = part
            if isinstance(index, int):
                beside = [one[-1] for one in self.gone.get(source.file, ()) if one[:-1] == found]
                for one in sorted(one for one in beside if isinstance(one, int)):
                    index += one <= index
            found = (*found, index)
        return found

    @property
    def partial(self) -> bool:
        """True if parts of the pack could not be read: nobody can say what it lacks."""
        return bool(self.broken or self.lost)

    def report(self, code: str, key: Key, path: ValuePath = (), *, at_key: bool = False, **facts: object) -> None:
        self.problems.append(problem(code, self.where(key, path, at_key=at_key), **facts))

    def known(
        self, kind: str, name: str, among: Iterable[str], key: Key, path: ValuePath = (), *, at_key: bool = False
    ) -> bool:
        """True if ``name`` is among the ids; else it is reported, unless its definition was unreadable."""
        ids = list(among)
        if name in ids:
            return True
        if name not in self.broken and kind not in self.lost:
            facts = {"kind": kind, "id": name, "hint": did_you_mean(name, ids), "allowed": f": {listed(ids)}"}
            self.report("HW302", key, path, at_key=at_key, **facts)
        return False

    def once(self, kind: str, ids: Iterable[str], key: Key, path: ValuePath = ()) -> None:
        """Report every id of a list that stands there twice."""
        first: dict[str, int] = {}
        for index, name in enumerate(ids):
            if name in first:
                other = self.where(key, (*path, first[name]))
                self.report("HW301", key, (*path, index), kind=kind, id=name, other=other)
            first.setdefault(name, index)


def texts(value: Any, path: ValuePath = (), name: str = "") -> Iterator[tuple[ValuePath, str, str]]:
    """Every text for people inside a model: its path, the field's name, and the text."""
    if isinstance(value, Model):
        for field in fields_of(type(value)):
            inside = getattr(value, field.name)
            if isinstance(inside, str):
                if field.words:
                    yield (*path, field.written), field.name, inside
            elif inside is not None and not isinstance(inside, int):
                yield from texts(inside, (*path, field.written), field.name)
    elif isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from texts(one, (*path, index), name)
    elif isinstance(value, Mapping):
        for entry, one in value.items():
            yield from texts(one, (*path, entry), name)
