"""Finds duplicate and unknown ids, by the marks ``Unique`` and ``RefersTo`` of the models' fields."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from engine.content.base import Unique
from engine.content.serialization import ModelField, written_fields
from engine.errors import Location, Problem, no_such, problem
from engine.loading.parsing import ParsedFile
from engine.loading.yaml import Source, ValuePath


class FileField(NamedTuple):
    """A field that is written in a file."""

    source: Source
    path: ValuePath
    field: ModelField
    content: Any


def fields_of_files(files: Iterable[ParsedFile[Any]]) -> list[FileField]:
    """Every field that is written in a file and has a mark that a check reads."""
    return [
        FileField(file.source, *written)
        for file in files
        for written in written_fields(file.model)
        if written.field.words or written.field.refers_to or written.field.unique
    ]


def duplicate_ids(fields: Iterable[FileField], *, at_id: bool = False) -> Iterator[Problem]:
    """Every id that occurs again where the mark ``Unique`` allows it once.

    Args:
        fields: the fields of all files in which the ids must be unique.
        at_id: report the place of the id itself instead of the place of its entry.
    """
    first_locations: dict[tuple[object, ...], Location] = {}
    for source, path, field, content in fields:
        if field.unique is None:
            continue
        lists = [((*path, key), entries) for key, entries in content.items()] if isinstance(content, dict) else None
        for list_path, entries in lists or [(path, content)]:
            scope = _scope(field.unique, source, list_path)
            for index, entry in enumerate(entries):
                name = entry if isinstance(entry, str) else entry.id
                location = source.where((*list_path, index, "id") if at_id else (*list_path, index))
                first_location = first_locations.setdefault((field.unique.kind, *scope, name), location)
                if first_location is not location:
                    yield problem("HW301", location, kind=field.unique.kind, id=name, other=first_location)


def _scope(unique: Unique, source: Source, path: ValuePath) -> ValuePath:
    """The scope of a list: ids must be unique among all lists with the same scope."""
    if unique.within == "everything":
        return ()
    return (source.file, *(path[: path.index("sections")] if unique.within == "questionnaire" else path))


def unknown_ids(fields: Iterable[FileField], ids: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    """Every id in a field with the mark ``RefersTo`` that is not one of the ``ids`` of its kind."""
    for source, path, field, content in fields:
        if field.refers_to is None:
            continue
        kind = field.refers_to.kind
        for name, name_path in _names(content, path):
            if name not in ids[kind]:
                yield no_such(kind, name, ids[kind], source.where(name_path, key=isinstance(content, dict)))


def _names(content: Any, path: ValuePath) -> list[tuple[str, ValuePath]]:
    """The ids in a field that holds one id, a list of ids, or a mapping by ids."""
    if isinstance(content, str):
        return [(content, path)]
    if isinstance(content, dict):
        return [(name, (*path, name)) for name in content]
    return [(name, (*path, index)) for index, name in enumerate(content)]
