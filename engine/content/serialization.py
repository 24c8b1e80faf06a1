"""Content as JSON: its canonical form, its digest, and which fields of a model hold words for people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

from engine.content.base import WORDS, Model


def canonical_json(value: object) -> str:
    """JSON with one form for one value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """The SHA-256 digest of a text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_for_people(annotation: Any, metadata: tuple[Any, ...] | list[Any] = ()) -> bool:
    """True if a field of this type holds words for people."""
    if any(mark is WORDS for mark in metadata):
        return True
    inner = getattr(annotation, "__metadata__", ())
    return any(mark is WORDS for mark in inner) or (
        get_origin(annotation) is not None
        and any(is_for_people(argument) for argument in get_args(annotation) if argument is not type(None))
    )


class ModelField(NamedTuple):
    """What reading content asks of a model's field, thousands of times."""

    name: str
    key: str
    words: bool
    """It holds words for people."""
    optional: bool
    default: Any


@cache
def fields_of(model: type[Model]) -> tuple[ModelField, ...]:
    """The fields of a model in their order."""
    return tuple(
        ModelField(
            name,
            info.alias or name,
            is_for_people(info.annotation, info.metadata),
            not info.is_required(),
            info.get_default(call_default_factory=True),
        )
        for name, info in model.model_fields.items()
    )


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
        is_default = field.optional and content == field.default
        if (words or not field.words) and not is_default and field.name != "examples":
            data[field.key] = as_plain_data(content, words=words)
    return data
