"""Content as canonical JSON, its digest, and the fields of its models with their markers.

Older stored snapshots have other names for some keys, which are translated. In a file that authors write, an old key is
an unknown key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple, get_args, get_origin

from engine.content.base import WORDS, Model, RefersTo, Unique


def canonical_json(value: object) -> str:
    """JSON with sorted keys and without white space, so that equal values give equal texts."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """The SHA-256 digest of a text in UTF-8, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


class ModelField(NamedTuple):
    """The properties of a model's field, cached because every content value needs them."""

    name: str
    key: str
    words: bool
    """True if it holds text for people."""
    refers_to: RefersTo | None
    unique: Unique | None
    optional: bool
    default: Any


@cache
def fields_of(model: type[Model]) -> tuple[ModelField, ...]:
    """The fields of a model, in order."""
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
    """The markers of a type and of its type arguments, but not those of the fields of models inside it."""
    yield from getattr(annotation, "__metadata__", ())
    if get_origin(annotation) is not None:
        for argument in get_args(annotation):
            yield from _marks(argument)


class WrittenField(NamedTuple):
    """A field with its value and its path in the outermost model."""

    path: tuple[str | int, ...]
    field: ModelField
    content: Any


def _written(model: Model) -> Iterator[tuple[ModelField, Any]]:
    """The fields of a model that differ from their defaults, with their values."""
    for field in fields_of(type(model)):
        content = getattr(model, field.name)
        if not field.optional or content != field.default:
            yield field, content


def written_fields(value: Any, path: tuple[str | int, ...] = ()) -> list[WrittenField]:
    """Every field with a non-default value, in a model and the models inside it, and each entry of a list of texts."""
    fields: list[WrittenField] = []
    if isinstance(value, Model):
        for field, content in _written(value):
            field_path = (*path, field.key)
            fields.append(WrittenField(field_path, field, content))
            if field.words and isinstance(content, tuple):
                fields += [WrittenField((*field_path, index), field, text) for index, text in enumerate(content)]
            fields += written_fields(content, field_path)
    elif isinstance(value, tuple | dict):
        for key, entry in enumerate(value) if isinstance(value, tuple) else value.items():
            fields += written_fields(entry, (*path, key))
    return fields


def texts(value: Any) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Every text for people in a model: its path, the name of its field, and the text."""
    for path, field, content in written_fields(value):
        if field.words and isinstance(content, str):
            yield path, field.name, content


def as_plain_data(value: Any, *, words: bool = True) -> Any:
    """Content as JSON types, with the keys that authors write; ``words=False`` leaves out texts for people.

    Defaults are left out, so that a new field does not change old digests.
    """
    if isinstance(value, Model):
        value = value.as_written() or {
            field.key: content
            for field, content in _written(value)
            if (words or not field.words) and field.name != "examples"
        }
    if isinstance(value, Mapping):
        return {key: as_plain_data(entry, words=words) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [as_plain_data(entry, words=words) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


EACH: Final = "*"
"""Matches every entry of a list, and every value of a mapping by ids."""

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
"""New names of keys by the path of the old key, so that ids and texts with the same spelling are not changed."""


def with_new_keys(snapshot: Any) -> Any:
    """A snapshot as JSON types with the new names of renamed keys.

    Raises:
        ValueError: a mapping has a key under both names.
    """
    for path, name in RENAMED_KEYS.items():
        snapshot = _renamed(snapshot, path, name)
    return snapshot


def with_old_keys(snapshot: Any) -> Any:
    """The inverse of :func:`with_new_keys`: the same snapshot with the old names.

    Raises:
        ValueError: a mapping has a key under both names.
    """
    for (*path, old_name), name in RENAMED_KEYS.items():
        snapshot = _renamed(snapshot, (*path, name), old_name)
    return snapshot


def _renamed(value: Any, path: tuple[str, ...], name: str) -> Any:
    """A copy of the value in which the last key of the path is renamed to ``name``."""
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
