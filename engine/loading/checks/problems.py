"""Collects the problems that the checks of a pack report, with their places in the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.content.base import Model
from engine.content.pack import ContentKey, Pack
from engine.content.serialization import fields_of
from engine.errors import Location, Problem, did_you_mean, join_ids, problem
from engine.loading.yaml import Source, ValuePath

SourcePosition = tuple[Source, ValuePath]


@dataclass
class ProblemCollector:
    """Collects the problems of one pack.

    ``positions`` says where each thing stands. ``broken_words`` are words from unreadable parts of the files, any of
    which may be the id of something missing; ``lost_kinds`` are kinds of things whose ids nobody could read.
    """

    pack: Pack
    positions: Mapping[ContentKey, SourcePosition]
    broken_words: frozenset[str] = frozenset()
    lost_kinds: frozenset[str] = frozenset()
    files: Sequence[tuple[Source, Model]] = ()
    """Every file of the pack as it was read."""
    dropped: Mapping[str, frozenset[ValuePath]] = field(default_factory=dict)
    """By file the entries that were too broken to be in its model."""
    problems: list[Problem] = field(default_factory=list)

    def where(self, key: ContentKey, path: ValuePath = (), *, at_key: bool = False) -> Location:
        if key not in self.positions:
            return Location(f"<{key[0]} {key[1]}>")
        source, base = self.positions[key]
        return source.where(self.in_file(source, path, base), key=at_key)

    def in_file(self, source: Source, path: ValuePath, base: ValuePath = ()) -> ValuePath:
        """The path in the file of what stands at ``path`` in the model, which lacks the broken entries."""
        path_in_file = base
        for part in path:
            index = part
            if isinstance(index, int):
                dropped = [entry[-1] for entry in self.dropped.get(source.file, ()) if entry[:-1] == path_in_file]
                for dropped_index in sorted(last for last in dropped if isinstance(last, int)):
                    index += dropped_index <= index
            path_in_file = (*path_in_file, index)
        return path_in_file

    @property
    def partial(self) -> bool:
        """True if parts of the pack could not be read: nobody can say what it lacks."""
        return bool(self.broken_words or self.lost_kinds)

    def report(
        self, code: str, key: ContentKey, path: ValuePath = (), *, at_key: bool = False, **facts: object
    ) -> None:
        self.problems.append(problem(code, self.where(key, path, at_key=at_key), **facts))

    def check_exists(
        self, kind: str, name: str, ids: Iterable[str], key: ContentKey, path: ValuePath = (), *, at_key: bool = False
    ) -> bool:
        """True if ``name`` is among the ids; else it is reported, unless its definition was unreadable."""
        id_list = list(ids)
        if name in id_list:
            return True
        if name not in self.broken_words and kind not in self.lost_kinds:
            facts = {"kind": kind, "id": name, "hint": did_you_mean(name, id_list), "allowed": f": {join_ids(id_list)}"}
            self.report("HW302", key, path, at_key=at_key, **facts)
        return False

    def check_unique(self, kind: str, ids: Iterable[str], key: ContentKey, path: ValuePath = ()) -> None:
        """Report every id of a list that stands there twice."""
        first_index: dict[str, int] = {}
        for index, name in enumerate(ids):
            if name in first_index:
                first_location = self.where(key, (*path, first_index[name]))
                self.report("HW301", key, (*path, index), kind=kind, id=name, other=first_location)
            first_index.setdefault(name, index)


def texts(value: Any, path: ValuePath = (), name: str = "") -> Iterator[tuple[ValuePath, str, str]]:
    """Every text for people inside a model: its path, the field's name, and the text."""
    if isinstance(value, Model):
        for model_field in fields_of(type(value)):
            content = getattr(value, model_field.name)
            if isinstance(content, str):
                if model_field.words:
                    yield (*path, model_field.key), model_field.name, content
            elif content is not None and not isinstance(content, int):
                yield from texts(content, (*path, model_field.key), model_field.name)
    elif isinstance(value, tuple):
        for index, entry in enumerate(value):
            yield from texts(entry, (*path, index), name)
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from texts(entry, (*path, key), name)
