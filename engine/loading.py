"""From files to models: what pydantic finds wrong becomes problems with a place and a remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from engine.conditions import FORMS
from engine.errors import Problem, did_you_mean, listed, problem
from engine.questionnaire import ITEM_TYPES
from engine.ruleset import EFFECTS
from engine.source import Path_, Source, Value, shown

M = TypeVar("M", bound=BaseModel)

_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "a text (put it in quotes)",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


@dataclass(frozen=True)
class Reading(Generic[M]):
    """A file as a model. Where its shape was wrong, the model lacks the broken parts.

    The rest can still be checked, so that one load shows all problems: ``broken`` has the ids that the missing parts
    would have defined, and nobody should complain about those.
    """

    source: Source
    model: M | None
    problems: tuple[Problem, ...] = ()
    broken: frozenset[str] = frozenset()


def read_model(model: type[M], source: Source) -> Reading[M]:
    """The file as ``model``, with everything that is wrong with its shape."""
    try:
        return Reading(source, model.model_validate(source.value))
    except ValidationError as error:
        problems = tuple(_problems(model, source, error))
        sound, broken = _sound_part(source, error)
    try:
        return Reading(source, model.model_validate(sound), problems, broken)
    except ValidationError:
        return Reading(source, None, problems, broken)


def _problems(model: type[BaseModel], source: Source, error: ValidationError) -> list[Problem]:
    by_place: dict[tuple[Path_, str], list[Any]] = {}
    for one in error.errors(include_url=False):
        path = source.within(one["loc"])
        if one["type"] == "too_short" and one["input"]:
            continue  # only because the entries were broken, which is reported itself
        # A value that may be of several types fails once for each: that is one problem.
        kind = "expected" if one["type"] in _EXPECTED or one["type"] == "literal_error" else one["type"]
        extra = one["type"] in {"missing", "extra_forbidden"}
        by_place.setdefault((path, f"{kind}{one['loc'][-1] if extra else ''}"), []).append(one)
    return [_problem(model, source, path, found) for (path, _), found in by_place.items()]


def _sound_part(source: Source, error: ValidationError) -> tuple[Value, frozenset[str]]:
    """The value without its unknown keys and without the entries (items, rules, steps …) that have a fault inside."""
    gone: set[Path_] = set()
    for one in error.errors(include_url=False):
        path = source.within(one["loc"])
        numbers = [index for index, part in enumerate(path) if isinstance(part, int)]
        if one["type"] == "extra_forbidden":
            gone.add(path)
        elif numbers:
            depth = numbers[1] if path[0] == "sections" and len(numbers) > 1 else numbers[0]
            gone.add(path[: depth + 1])
    ids: set[str] = set()

    def without(value: Value, path: Path_) -> Value:
        if isinstance(value, dict):
            inside = {key: (*path, key) for key in value}
            return {key: without(value[key], there) for key, there in inside.items() if there not in gone}
        if isinstance(value, tuple):
            kept = [(one, (*path, index)) for index, one in enumerate(value)]
            for one, there in kept:
                if there in gone:
                    ids.update(_ids(one))
            return tuple(without(one, there) for one, there in kept if there not in gone)
        return value

    return without(source.value, ()), frozenset(ids)


def _ids(value: Value) -> Iterator[str]:
    """Everything a broken entry may have defined."""
    if isinstance(value, dict):
        yield from (one for key, one in value.items() if key in ("id", "finding") and isinstance(one, str))
        for one in value.values():
            yield from _ids(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _ids(one)


def _problem(model: type[BaseModel], source: Source, path: Path_, found: list[Any]) -> Problem:
    one = found[0]
    kind, context = one["type"], one.get("ctx") or {}
    where = source.where(path)
    match kind:
        case "extra_forbidden":
            key, fields = str(one["loc"][-1]), _fields_at(model, one["loc"][:-1])
            where = source.where(path, key=True)
            return problem("HW201", where, key=key, hint=did_you_mean(key, fields), allowed=listed(fields, 30))
        case "missing":
            return problem("HW202", where, key=one["loc"][-1])
        case "heartwork_id":
            return problem("HW205", source.where(path, key=path not in source.marks), found=one["input"])
        case "heartwork_condition":
            allowed = context.get("allowed") or listed(FORMS)
            return problem("HW207", where, reason=context.get("reason", one["msg"]), allowed=allowed)
        case "heartwork_effect":
            return problem("HW208", where, reason=_no_effect(one["input"], one["msg"]), allowed=listed(EFFECTS))
        case "heartwork_type":
            value = one["input"].get("type") if isinstance(one["input"], dict) else one["input"]
            if value is None:
                return problem("HW202", where, key="type")
            hint = did_you_mean(value, ITEM_TYPES)
            return problem(
                "HW204", source.where((*path, "type")), found=shown(value), hint=hint, allowed=listed(ITEM_TYPES)
            )
        case "literal_error" if path and path[-1] == "dialect":
            return problem("HW209", where, found=shown(one["input"]))
        case "heartwork_text":
            return problem("HW206", where, reason="the text is empty")
        case "too_short":
            return problem(
                "HW206", where, reason=f"at least {context['min_length']} needed, found {context['actual_length']}"
            )
        case _ if kind in _EXPECTED or kind == "literal_error":
            return _wrong_type(where, found)
        case "value_error":
            return problem("HW206", where, reason=str(context["error"]))
        case _:
            return problem("HW206", where, reason=one["msg"].lower())


def _no_effect(value: Any, reason: str) -> str:
    unknown = [key for key in value if key not in EFFECTS] if isinstance(value, dict) else []
    return f"“{unknown[0]}” is not an effect{did_you_mean(unknown[0], EFFECTS)}" if unknown else reason


def _wrong_type(where: Any, found: list[Any]) -> Problem:
    value = found[0]["input"]
    types = list(dict.fromkeys(_EXPECTED[one["type"]] for one in found if one["type"] in _EXPECTED))
    words = [word.strip("'") for one in found if one["type"] == "literal_error" for word in _choices(one)]
    if words and not types:
        return problem("HW204", where, found=shown(value), hint=did_you_mean(value, words), allowed=listed(words))
    return problem("HW203", where, expected=" or ".join([*types, *words]), found=shown(value))


def _choices(error: Any) -> list[str]:
    return str(error["ctx"]["expected"]).replace(" or ", ", ").split(", ")


def _fields_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """The fields of the model that pydantic's ``loc`` leads to."""
    here: Any = model
    for part in loc:
        here = _inside(here, part)
    for one in (here, *get_args(here)):
        if _is_class(one, BaseModel):
            return [info.alias or name for name, info in one.model_fields.items()]
    return []


def _inside(here: Any, part: str | int) -> Any:
    """The type one step further along a ``loc``: a field, an entry, or the named branch of a union."""
    if _is_class(here, BaseModel):
        for name, info in here.model_fields.items():
            if part in (name, info.alias):
                return info.annotation
    if get_origin(here) is Annotated:
        tags = [mark.tag for mark in here.__metadata__ if isinstance(mark, Tag)]
        return get_args(here)[0] if part in tags else _inside(get_args(here)[0], part)
    arguments = [one for one in get_args(here) if one is not type(None) and one is not Ellipsis]
    if get_origin(here) is tuple and isinstance(part, int):
        return arguments[0]
    if _is_class(get_origin(here), Mapping):
        return arguments[1]
    for one in arguments:  # a union: the branch whose tag or whose inside fits
        inside = _inside(one, part)
        if inside is not None:
            return inside
    return None


def _is_class(one: Any, of: type) -> bool:
    return isinstance(one, type) and issubclass(one, of)
