"""Validates files as models, and converts pydantic's errors to problems with a place and a remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from engine.content.base import FIRST_DAY, LAST_DAY
from engine.content.conditions import CONDITION_SYNTAX
from engine.content.effects import EFFECTS
from engine.content.questionnaire import ITEM_TYPES
from engine.errors import ContentError, Location, Problem, describe_value, did_you_mean, join_ids, problem
from engine.loading.annotations import models_in, path_in_file
from engine.loading.yaml import Source, ValuePath, read

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
    "heartwork_date": "a date such as 2026-11-23",
    "heartwork_day": f"a date from {FIRST_DAY} to {LAST_DAY}",
}


@dataclass(frozen=True)
class ParsedFile(Generic[M]):
    """A file of the right shape: as it was read, and as a model."""

    source: Source
    model: M


def parse_file(model: type[M], path: Path, name: str | None = None) -> ParsedFile[M]:
    """Read a file and validate it as ``model``; ``name`` is what messages call it.

    Raises:
        ContentError: with every problem of its text, or of its shape if the text can be read.
    """
    source, problems = read(path, name)
    if source is None:
        raise ContentError(problems)
    return ParsedFile(source, read_model(model, source))


def read_model(model: type[M], source: Source) -> M:
    """Validate what was read from a file as ``model``.

    Raises:
        ContentError: with every problem of its shape.
    """
    try:
        return model.model_validate(source.value)
    except ValidationError as error:
        raise ContentError(_problems(_faults(model, source, error), source)) from error


@dataclass(frozen=True)
class _Fault:
    """An error of pydantic, with the path in the file that it is about."""

    error: Any
    path: ValuePath
    annotation: Any
    """The type of the value at the path; for a missing or unknown key, the type of the mapping."""

    @property
    def kind(self) -> str:
        return str(self.error["type"])

    @property
    def is_wrong_type(self) -> bool:
        return self.kind in _EXPECTED or self.kind == "literal_error"

    @property
    def key(self) -> str:
        return str(self.error["loc"][-1]) if self.kind in {"missing", "extra_forbidden"} else ""


def _faults(model: type[BaseModel], source: Source, error: ValidationError) -> list[_Fault]:
    """Pydantic's errors, without those that follow from another one inside the same value."""
    faults = [
        _Fault(details, *path_in_file(model, source.value, details)) for details in error.errors(include_url=False)
    ]
    return [fault for fault in faults if not _follows(fault, faults)]


def _follows(fault: _Fault, faults: list[_Fault]) -> bool:
    """True if a list seems too short because an entry is wrong, or if another type of a union fits up to a fault."""
    inside = [other for other in faults if other.path[: len(fault.path)] == fault.path]
    if fault.kind == "too_short":
        return any(len(other.path) > len(fault.path) for other in inside)
    return fault.is_wrong_type and any(not other.is_wrong_type or len(other.path) > len(fault.path) for other in inside)


def _problems(faults: list[_Fault], source: Source) -> Iterator[Problem]:
    missing_keys = {(fault.path, fault.key) for fault in faults if fault.kind == "missing"}
    groups: dict[tuple[ValuePath, str, str], list[_Fault]] = {}
    for fault in faults:
        if fault.kind == "extra_forbidden":
            parent = fault.path[:-1]
            similar_keys = [key for path, key in missing_keys if path == parent and did_you_mean(fault.key, [key])]
            missing_keys -= {(parent, key) for key in similar_keys}  # a misspelt key is one problem, not two
            yield _unknown_key(source, fault, similar_keys)
        else:
            # A value that may be of several types has one error for each of them: that is one problem.
            kind = "expected" if fault.is_wrong_type else fault.kind
            groups.setdefault((fault.path, kind, fault.key), []).append(fault)
    for group in groups.values():
        if group[0].kind != "missing" or (group[0].path, group[0].key) in missing_keys:
            yield _problem(source, group)


def _unknown_key(source: Source, fault: _Fault, similar_keys: list[str]) -> Problem:
    fields = [info.alias or name for model in models_in(fault.annotation) for name, info in model.model_fields.items()]
    facts = {"key": fault.key, "hint": did_you_mean(fault.key, similar_keys or fields), "allowed": join_ids(fields, 30)}
    return problem("HW201", source.where(fault.path, key=True), **facts)


def _problem(source: Source, faults: list[_Fault]) -> Problem:
    fault = faults[0]
    error, path, context = fault.error, fault.path, fault.error.get("ctx") or {}
    location = source.where(path, key=error["loc"][-1:] == ("[key]",))
    match fault.kind:
        case "missing":
            return problem("HW202", location, key=fault.key)
        case "heartwork_id":
            return problem("HW205", location, found=error["input"])
        case "heartwork_condition":
            allowed = context.get("allowed") or join_ids(CONDITION_SYNTAX)
            return problem("HW207", location, reason=context.get("reason", error["msg"]), allowed=allowed)
        case "heartwork_effect":
            reason = _effect_reason(error["input"], error["msg"])
            return problem("HW208", location, reason=reason, allowed=join_ids(EFFECTS))
        case "heartwork_type":
            return _item_type_problem(source, path, error["input"])
        case "literal_error" if path and path[-1] == "dialect":
            return problem("HW209", location, found=describe_value(error["input"]))
        case "heartwork_text":
            return problem("HW206", location, reason="the text is empty")
        case "too_short":
            reason = "at least {min_length} needed, found {actual_length}".format(**context)
            return problem("HW206", location, reason=reason)
        case _ if fault.is_wrong_type:
            return _type_problem(location, [each.error for each in faults])
        case _:
            return problem("HW206", location, reason=str(context.get("error", error["msg"].lower())))


def _item_type_problem(source: Source, path: ValuePath, item: Any) -> Problem:
    if not isinstance(item, dict):
        return problem("HW203", source.where(path), expected="a mapping", found=describe_value(item))
    if "type" not in item:
        return problem("HW202", source.where(path), key="type")
    return _choice_problem(source.where((*path, "type")), item["type"], ITEM_TYPES)


def _effect_reason(value: Any, reason: str) -> str:
    unknown = [key for key in value if key not in EFFECTS] if isinstance(value, dict) else []
    return f"“{unknown[0]}” is not an effect{did_you_mean(unknown[0], EFFECTS)}" if unknown else reason


def _type_problem(location: Location, errors: list[Any]) -> Problem:
    value = errors[0]["input"]
    types = list(dict.fromkeys(_EXPECTED[error["type"]] for error in errors if error["type"] in _EXPECTED))
    choices = [choice.strip("'") for error in errors if error["type"] == "literal_error" for choice in _choices(error)]
    if choices and not types:
        return _choice_problem(location, value, choices)
    return problem("HW203", location, expected=" or ".join([*types, *choices]), found=describe_value(value))


def _choice_problem(location: Location, value: Any, choices: Iterable[str]) -> Problem:
    facts = {"found": describe_value(value), "hint": did_you_mean(value, choices), "allowed": join_ids(choices)}
    return problem("HW204", location, **facts)


def _choices(error: Any) -> list[str]:
    return str(error["ctx"]["expected"]).replace(" or ", ", ").split(", ")
