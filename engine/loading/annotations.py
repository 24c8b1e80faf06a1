"""Converts the locations of pydantic's errors to paths in files, by walking the type annotations of the models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag

from engine.content.conditions import OPERATORS, SUBJECTS, Leaf
from engine.loading.yaml import ValuePath


def path_in_file(model: type[BaseModel], value: Any, error: Any) -> tuple[ValuePath, Any]:
    """The path in the file that a pydantic error is about, and the type of the value there.

    Pydantic's ``loc`` also contains the tags of unions, which do not occur in files, and names the fields of a
    :class:`Leaf`, whose keys in files are the subject and the operator.

    Args:
        model: the model that the file was validated as.
        value: the value of the whole file.
        error: an entry of ``ValidationError.errors()``.
    """
    annotation: Any = model
    path: list[str | int] = []
    location = error["loc"][:-1] if error["type"] in {"missing", "extra_forbidden"} else error["loc"]
    for part in location:
        key, branches = part, dict(_branches(annotation))
        if part in branches:
            annotation = branches[part]
            continue
        if annotation is Leaf and isinstance(value, dict):
            keys = {"id": SUBJECTS, "operand": OPERATORS}.get(part, ())
            key = next((candidate for candidate in keys if candidate in value), part)
        inner = _annotation_at(annotation, part)
        if isinstance(value, dict):
            exists = key in value
        else:
            exists = isinstance(value, tuple) and isinstance(key, int) and key < len(value)
        if not exists:
            continue
        annotation, value = inner, value[key]
        path.append(key)
    if error["type"] == "extra_forbidden":
        path.append(error["loc"][-1])
    return tuple(path), annotation


def _branches(annotation: Any) -> Iterator[tuple[str | None, Any]]:
    """The types that a value may have, each with its tag in ``loc``, or None if it has none."""
    if get_origin(annotation) is Annotated:
        tags = [mark.tag for mark in annotation.__metadata__ if isinstance(mark, Tag)]
        if tags:
            yield tags[0], get_args(annotation)[0]
        else:
            yield from _branches(get_args(annotation)[0])
    elif get_origin(annotation) in {Union, UnionType}:
        for branch in get_args(annotation):
            yield from _branches(branch)
    else:
        yield None, annotation


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that a value of this type may be validated as."""
    return [branch for _, branch in _branches(annotation) if isinstance(branch, type) and issubclass(branch, BaseModel)]


def _annotation_at(annotation: Any, part: str | int) -> Any:
    """The type of a field, an entry of a list, or a value of a mapping; None if the type has no such part."""
    for model in models_in(annotation):
        for name, info in model.model_fields.items():
            if part in (name, info.alias):
                return Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
    for _, branch in _branches(annotation):
        origin = get_origin(branch)
        if origin is tuple and isinstance(part, int):
            return get_args(branch)[0]
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return get_args(branch)[1]
    return None
