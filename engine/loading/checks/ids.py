"""Ids by what the fields of the models are marked with: those that stand twice, and those that name nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from engine.content.base import Model, Unique
from engine.content.serialization import fields_in
from engine.errors import Location, Problem, no_such, problem
from engine.loading.yaml import Source, ValuePath


def duplicate_ids(files: Sequence[tuple[Source, Model]], *, at_id: bool = False) -> Iterator[Problem]:
    """Every id that stands twice where the mark ``Unique`` allows it once.

    Args:
        files: all that may have such ids, as they were read.
        at_id: name the place of the id itself, in place of the entry that has it.
    """
    first_locations: dict[tuple[object, ...], Location] = {}
    for source, model in files:
        for path, field, content in fields_in(model):
            if field.unique is None:
                continue
            lists = content.items() if isinstance(content, Mapping) else [(None, content)]
            for key, entries in lists:
                list_path = path if key is None else (*path, key)
                scope = _scope(field.unique, source, list_path)
                for index, entry in enumerate(entries):
                    name = entry if isinstance(entry, str) else entry.id
                    location = source.where((*list_path, index, "id") if at_id else (*list_path, index))
                    first = first_locations.setdefault((field.unique.kind, *scope, name), location)
                    if first is not location:
                        yield problem("HW301", location, kind=field.unique.kind, id=name, other=first)


def _scope(unique: Unique, source: Source, path: ValuePath) -> ValuePath:
    """What lists have in common that may not have the same ids."""
    if unique.within == "everything":
        return ()
    return (source.file, *(path[: path.index("sections")] if unique.within == "questionnaire" else path))


def unknown_ids(files: Sequence[tuple[Source, Model]], ids: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    """Every id in a field with the mark ``RefersTo`` that is not among the ``ids`` of this kind."""
    for source, model in files:
        for path, field, content in fields_in(model):
            if field.refers_to is not None:
                kind = field.refers_to.kind
                for name, name_path in _names(content, path):
                    if name not in ids[kind]:
                        yield no_such(kind, name, ids[kind], source.where(name_path, key=isinstance(content, Mapping)))


def _names(content: Any, path: ValuePath) -> list[tuple[str, ValuePath]]:
    """The ids in a field that has one, a list of them, or a mapping by them."""
    if isinstance(content, str):
        return [(content, path)]
    if isinstance(content, Mapping):
        return [(name, (*path, name)) for name in content]
    return [(name, (*path, index)) for index, name in enumerate(content)]
