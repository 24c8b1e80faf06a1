"""Content as JSON: its canonical form and its digest, and what the fields of its models are marked with.

Snapshots stored earlier have older names for some keys. Only snapshots are translated: in a file that authors write, an
old key is an unknown key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple, get_args, get_origin

from engine.content.base import WORDS, Model, RefersTo, Unique


def canonical_json(value: object) -> str:
    """JSON with one form for one value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """The SHA-256 digest of a text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


class ModelField(NamedTuple):
    """What reading content asks of a model's field, thousands of times."""

    name: str
    key: str
    words: bool
    """It holds words for people."""
    refers_to: RefersTo | None
    unique: Unique | None
    optional: bool
    default: Any

    def is_default(self, content: Any) -> bool:
        """True for what a field is without being written."""
        return self.optional and bool(content == self.default)


@cache
def fields_of(model: type[Model]) -> tuple[ModelField, ...]:
    """The fields of a model in their order."""
    fields: list[ModelField] = []
    for name, info in model.model_fields.items():
        marks = [*info.metadata, *_marks(info.annotation)]
        fields.append(
            ModelField(
                name,
                info.alias or name,
                any(mark is WORDS for mark in marks),
                next((mark for mark in marks if isinstance(mark, RefersTo)), None),
                next((mark for mark in marks if isinstance(mark, Unique)), None),
                not info.is_required(),
                info.get_default(call_default_factory=True),
            )
        )
    return tuple(fields)


def _marks(annotation: Any) -> Iterator[Any]:
    """What a type and the types inside it are marked with; models inside it have marks of their own."""
    yield from getattr(annotation, "__metadata__", ())
    if get_origin(annotation) is not None:
        for argument in get_args(annotation):
            yield from _marks(argument)


class WrittenField(NamedTuple):
    """A field as it stands in a model, or in a model inside it."""

    path: tuple[str | int, ...]
    field: ModelField
    content: Any


def written_fields(value: Any, path: tuple[str | int, ...] = ()) -> list[WrittenField]:
    """Every field that has been written, in a model or in models inside it; of a list of texts each too."""
    fields: list[WrittenField] = []
    if isinstance(value, Model):
        for field in fields_of(type(value)):
            content = getattr(value, field.name)
            if not field.is_default(content):
                fields.append(WrittenField((*path, field.key), field, content))
                fields += [
                    WrittenField((*path, field.key, index), field, text)
                    for index, text in enumerate(content if field.words and isinstance(content, tuple) else ())
                ]
                if not isinstance(content, str | int):
                    fields += written_fields(content, (*path, field.key))
    elif isinstance(value, tuple | dict):
        for key, entry in enumerate(value) if isinstance(value, tuple) else value.items():
            if not isinstance(entry, str | int):
                fields += written_fields(entry, (*path, key))
    return fields


def texts(value: Any) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Every text for people inside a model: its path, the field's name, and the text."""
    for path, field, content in written_fields(value):
        if field.words and isinstance(content, str):
            yield path, field.name, content


def as_plain_data(value: Any, *, words: bool = True) -> Any:
    """Content as JSON types, the way it is written in files; ``words=False`` leaves out texts for people.

    Defaults are left out, so that a field added later does not change old digests.
    """
    if isinstance(value, Model):
        written = value.as_written()
        return _fields(value, words=words) if written is None else as_plain_data(written, words=words)
    if isinstance(value, Mapping):
        return {key: as_plain_data(entry, words=words) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [as_plain_data(entry, words=words) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _fields(value: Model, *, words: bool) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for field in fields_of(type(value)):
        content = getattr(value, field.name)
        if (words or not field.words) and not field.is_default(content) and field.name != "examples":
            data[field.key] = as_plain_data(content, words=words)
    return data


EACH: Final = "*"
"""Every entry of a list, and every value of a mapping whose keys are ids."""

RENAMED_KEYS: Final[Mapping[tuple[str, ...], str]] = {
    ("told",): "limits",
    ("causes_untold",): "hide_own_causes",
    ("kinds", EACH, "closed"): "allowlist_only",
    ("kinds", EACH, "brief"): "short",
    ("notices", EACH, "brief"): "short",
    ("weeks", "apart"): "unscheduled",
    ("steps", EACH, "unmoved"): "default_reason",
    ("steps", EACH, "for_kind", EACH, "unmoved"): "default_reason",
    ("rules", EACH, "told_in"): "reasons_shown_in",
}
"""The new name of a key by the path to the old one, so that an id or a text of the same spelling stays as it is."""


def with_new_keys(snapshot: Any) -> Any:
    """A snapshot as JSON types with every renamed key under its new name.

    Raises:
        ValueError: a mapping has a key under both names.
    """
    for path, name in RENAMED_KEYS.items():
        snapshot = _renamed(snapshot, path, name)
    return snapshot


def with_old_keys(snapshot: Any) -> Any:
    """The inverse of :func:`with_new_keys`: how the same snapshot was written before the renaming.

    Raises:
        ValueError: a mapping has a key under both names.
    """
    for (*path, old_name), name in RENAMED_KEYS.items():
        snapshot = _renamed(snapshot, (*path, name), old_name)
    return snapshot


def _renamed(value: Any, path: tuple[str, ...], name: str) -> Any:
    """A copy of the value in which the key at the end of the path is called ``name``."""
    key, rest = path[0], path[1:]
    if key == EACH and isinstance(value, list):
        return [_renamed(entry, rest, name) for entry in value]
    if key == EACH and isinstance(value, dict):
        return {entry_id: _renamed(entry, rest, name) for entry_id, entry in value.items()}
    if not isinstance(value, dict) or key not in value:
        return value
    if rest:
        return {**value, key: _renamed(value[key], rest, name)}
    if name in value:
        raise ValueError(name)
    return {name if entry_key == key else entry_key: entry for entry_key, entry in value.items()}
