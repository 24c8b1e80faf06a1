"""From files to models: what pydantic finds wrong becomes problems with a place and a remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Final, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from engine.content.conditions import FORMS, OPERATORS, SUBJECTS, Leaf
from engine.content.questionnaire import ITEM_TYPES
from engine.content.rules import EFFECTS
from engine.content.serialization import is_for_people
from engine.errors import Problem, did_you_mean, listed, problem, shown
from engine.loading.yaml import Source, Value, ValuePath, part_at, without, words_in

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


# What kinds of things these parts of a file define.
_DEFINES: Final[Mapping[str, frozenset[str]]] = {
    "sections": frozenset({"item"}),
    "scales": frozenset({"scale"}),
    "rules": frozenset({"finding"}),
    "steps": frozenset({"step", "tag"}),
    "kinds": frozenset({"kind"}),
    "notices": frozenset({"notice"}),
    "remarks": frozenset({"remark"}),
    "voice": frozenset({"placeholder"}),
    "audiences": frozenset({"audience"}),
    "countries": frozenset({"country"}),
    "services": frozenset(),
    "omitted": frozenset(),
}
# These by an id that may be legible.
_NAMED: Final = frozenset({"item", "scale", "finding", "step", "kind", "notice", "remark", "audience", "country"})
# Faults of a text. What it would say matters to no other check, so the rest of its entry can be used.
_LACKING: Final = frozenset({"missing", "heartwork_text", "string_type", "string_too_long"})


@dataclass(frozen=True)
class Reading(Generic[M]):
    """A file as a model. Where its shape was wrong, the model lacks the broken parts.

    The rest can still be checked, so that one load shows all problems: ``broken`` has every word of the missing parts,
    ``lost`` the kinds of things that they may have defined under ids nobody can read. Nobody should complain about
    either being missing.
    """

    source: Source
    model: M | None
    problems: tuple[Problem, ...] = ()
    gone: frozenset[ValuePath] = frozenset()
    """The entries of the file that the model lacks."""
    broken: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """True if the model has everything that is in the file."""
        return self.model is not None and not (self.problems or self.source.faults)


def read_model(model: type[M], source: Source) -> Reading[M]:
    """The file as ``model``, with everything that is wrong with its shape."""
    try:
        found = model.model_validate(source.value)
    except ValidationError as error:
        faults = list(_faults(model, source, error))
    else:
        faults = []
        if not source.faults:
            return Reading(source, found)
    problems = tuple(_problems(faults, source))
    gone, filled = _damage(source, faults)
    try:
        read = None if () in gone else model.model_validate(without(source.value, gone, filled))
    except ValidationError:
        read = None
    broken = {path: part_at(source.value, path) for path in gone}
    words = frozenset(words_in(tuple((*path[-1:], value) for path, value in broken.items())))
    lost = frozenset[str]().union(*(_lost(path, entry) for path, entry in broken.items()))
    return Reading(source, read, problems, frozenset(gone), words, lost)


@dataclass(frozen=True)
class _Fault:
    """One error of pydantic's with the path in the file that it is about."""

    error: Any
    path: ValuePath
    around: Any
    """The type of what lies at the path; of what lies around it, if a key is missing or one too many."""

    @property
    def kind(self) -> str:
        return str(self.error["type"])

    @property
    def is_type(self) -> bool:
        return self.kind in _EXPECTED or self.kind == "literal_error"

    @property
    def key(self) -> str:
        return str(self.error["loc"][-1]) if self.kind in {"missing", "extra_forbidden"} else ""


def _faults(model: type[BaseModel], source: Source, error: ValidationError) -> Iterator[_Fault]:
    found = [_Fault(one, *_followed(model, source.value, one)) for one in error.errors(include_url=False)]
    for one in found:
        if one.kind == "too_short" and len(one.error["input"]) >= one.error["ctx"]["min_length"]:
            continue  # only because entries are broken, which is reported itself
        unread = (fault for fault in source.faults if not one.key or one.path == fault)
        if any(one.path[: len(fault)] == fault[: len(one.path)] for fault in unread):
            continue  # only because of what could not be read, which is reported itself
        deeper = (other for other in found if not other.is_type or len(other.path) > len(one.path))
        if one.is_type and any(other.path[: len(one.path)] == one.path for other in deeper):
            continue  # the value may be of several types: it fits one of them, with a fault inside
        yield one


def _followed(model: type[BaseModel], value: Any, error: Any) -> tuple[ValuePath, Any]:
    """Where pydantic's ``loc`` leads in the file; ``loc`` also names the branches of unions, files do not."""
    here: Any = model
    path: list[str | int] = []
    parts = error["loc"][:-1] if error["type"] in {"missing", "extra_forbidden"} else error["loc"]
    for part in parts:
        key, tagged = part, dict(_branches(here))
        if part in tagged:
            here = tagged[part]
            continue
        if here is Leaf and isinstance(value, dict):
            words = {"id": SUBJECTS, "operand": OPERATORS}.get(part, ())
            key = next((word for word in words if word in value), part)
        inside = _inside(here, part)
        if isinstance(value, dict):
            leads = key in value
        else:
            leads = isinstance(value, tuple) and isinstance(key, int) and key < len(value)
        if not leads:
            continue
        here, value = inside, value[key]
        path.append(key)
    if error["type"] == "extra_forbidden":
        path.append(error["loc"][-1])
    return tuple(path), here


def _problems(faults: list[_Fault], source: Source) -> Iterator[Problem]:
    lacking = {(one.path, one.key) for one in faults if one.kind == "missing"}
    by_place: dict[tuple[ValuePath, str, str], list[_Fault]] = {}
    for one in faults:
        if one.kind == "extra_forbidden":
            near = [key for path, key in lacking if path == one.path[:-1] and did_you_mean(one.key, [key])]
            lacking -= {(one.path[:-1], key) for key in near}  # one slip of the pen is one problem
            yield _unknown_key(source, one, near)
        else:
            # A value that may be of several types fails once for each: that is one problem.
            by_place.setdefault((one.path, "expected" if one.is_type else one.kind, one.key), []).append(one)
    for found in by_place.values():
        if found[0].kind != "missing" or (found[0].path, found[0].key) in lacking:
            yield _problem(source, found)


def _unknown_key(source: Source, fault: _Fault, near: list[str]) -> Problem:
    fields = [info.alias or name for model in _models(fault.around) for name, info in model.model_fields.items()]
    facts = {"key": fault.key, "hint": did_you_mean(fault.key, near or fields), "allowed": listed(fields, 30)}
    return problem("HW201", source.where(fault.path, key=True), **facts)


def _damage(source: Source, faults: list[_Fault]) -> tuple[set[ValuePath], dict[ValuePath, str]]:
    """What to leave out (unknown keys, entries with a fault inside), and texts to fill in, before a second reading."""
    gone = {_entry(path) for path in source.faults}
    filled: dict[ValuePath, str] = {}
    for one in faults:
        about = _inside(one.around, one.key) if one.kind == "missing" else one.around
        if one.kind == "extra_forbidden":
            gone.add(one.path)
        elif one.kind in _LACKING and is_for_people(about):
            filled[(*one.path, one.key) if one.kind == "missing" else one.path] = "…"
        else:
            gone.add(_entry(one.path))
    return gone, filled


def _lost(path: ValuePath, entry: Value) -> frozenset[str]:
    named = isinstance(entry, dict) and isinstance(entry.get("id", entry.get("use")), str)
    kinds = _DEFINES.get(str(path[0]), frozenset()) if path == _entry(path) != () else frozenset()
    return kinds - _NAMED if named else kinds


def _entry(path: ValuePath) -> ValuePath:
    """The smallest part around ``path`` without which the rest of the file still makes sense."""
    if path[:1] == ("sections",) and len(path) > 3:
        return path[:4]
    if path[:1] == ("remarks",):
        return path[:3]
    if path[:1] == ("rules",) and path[2:3] == ("examples",):
        return path[:3]
    entries = path and path[0] != "voice" and (path[0] in _DEFINES or path[0] == "anchors")
    return path[:2] if entries else path[:1]


def _problem(source: Source, found: list[_Fault]) -> Problem:
    fault = found[0]
    one, path, context = fault.error, fault.path, fault.error.get("ctx") or {}
    where = source.where(path, key=one["loc"][-1:] == ("[key]",))
    match fault.kind:
        case "missing":
            return problem("HW202", where, key=fault.key)
        case "heartwork_id":
            return problem("HW205", where, found=one["input"])
        case "heartwork_condition":
            allowed = context.get("allowed") or listed(FORMS)
            return problem("HW207", where, reason=context.get("reason", one["msg"]), allowed=allowed)
        case "heartwork_effect":
            return problem("HW208", where, reason=_no_effect(one["input"], one["msg"]), allowed=listed(EFFECTS))
        case "heartwork_type":
            return _no_type(source, path, one["input"])
        case "literal_error" if path and path[-1] == "dialect":
            return problem("HW209", where, found=shown(one["input"]))
        case "heartwork_date":
            return problem("HW203", where, expected="a date such as 2026-11-23", found=shown(one["input"]))
        case "heartwork_text":
            return problem("HW206", where, reason="the text is empty")
        case "too_short":
            wanted = "at least {min_length} needed, found {actual_length}".format(**context)
            return problem("HW206", where, reason=wanted)
        case _ if fault.is_type:
            return _wrong_type(where, [each.error for each in found])
        case _:
            return problem("HW206", where, reason=str(context.get("error", one["msg"].lower())))


def _no_type(source: Source, path: ValuePath, item: Any) -> Problem:
    if not isinstance(item, dict):
        return problem("HW203", source.where(path), expected="a mapping", found=shown(item))
    if "type" not in item:
        return problem("HW202", source.where(path), key="type")
    found = item["type"]
    facts = {"found": shown(found), "hint": did_you_mean(found, ITEM_TYPES), "allowed": listed(ITEM_TYPES)}
    return problem("HW204", source.where((*path, "type")), **facts)


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


def _branches(here: Any) -> Iterator[tuple[str | None, Any]]:
    """The types a value may have, with the tags that ``loc`` calls them by."""
    if get_origin(here) is Annotated:
        tags = [mark.tag for mark in here.__metadata__ if isinstance(mark, Tag)]
        if tags:
            yield tags[0], get_args(here)[0]
        else:
            yield from _branches(get_args(here)[0])
    elif get_origin(here) in {Union, UnionType}:
        for one in get_args(here):
            yield from _branches(one)
    else:
        yield None, here


def _models(here: Any) -> list[type[BaseModel]]:
    return [one for _, one in _branches(here) if isinstance(one, type) and issubclass(one, BaseModel)]


def _inside(here: Any, part: str | int) -> Any:
    """The type one step further along a path: of a field, or of an entry."""
    for model in _models(here):
        for name, info in model.model_fields.items():
            if part in (name, info.alias):
                return Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
    for _, one in _branches(here):
        origin = get_origin(one)
        if origin is tuple and isinstance(part, int):
            return get_args(one)[0]
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return get_args(one)[1]
    return None
