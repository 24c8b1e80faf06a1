"""Conditions about answers, scales, findings and held steps, as authors write them.

Conditions use Kleene's three-valued logic: true, false or unknown. A leaf that reads an unanswered item is unknown, and
``not`` keeps it unknown. ``any`` is true if one branch is true, and ``all`` is false if one branch is false. A rule
fires only if its condition is true. :mod:`engine.assessment.evaluator` evaluates conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from engine.content.base import Id, Model
from engine.errors import did_you_mean

Subject = Literal["item", "scale", "finding", "step"]
Operator = Literal["is", "is_not", "one_of", "includes", "at_least", "at_most", "answered"]
Operand = bool | int | float | str | tuple[bool | int | float | str, ...]

SUBJECTS: Final[tuple[Subject, ...]] = get_args(Subject)
OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)
ORDER_OPERATORS: Final = ("is", "is_not", "one_of", "at_least", "at_most", "answered")
CHOICE_OPERATORS: Final = ("is", "is_not", "one_of", "answered")
EQUALITY_OPERATORS: Final = ("is", "is_not", "answered")
COUNT_OPERATORS: Final = ("includes", "one_of", "at_least", "at_most", "answered")
QUANTITY_OPERATORS: Final = frozenset({"at_least", "at_most"})
"""The operators that need a number. For the others, an operand can be the id of an option."""
NumberSign = Literal["==", "!=", ">=", "<=", ">", "<"]
SIGNS: Final[Mapping[str, NumberSign]] = {
    "is": "==",
    "is_not": "!=",
    "one_of": "==",
    "includes": "==",
    "at_least": ">=",
    "at_most": "<=",
}
"""How each operator compares the numbers that an item or a scale gives; ``answered`` compares nothing."""
OPPOSITE: Final[Mapping[NumberSign, NumberSign]] = {
    "==": "!=",
    "!=": "==",
    ">=": "<",
    "<=": ">",
    ">": "<=",
    "<": ">=",
}
"""The negation of each comparison."""
CONDITION_SYNTAX: Final = (
    "all: […]",
    "any: […]",
    "not: {…}",
    *(f"{subject}: … with an operator" for subject in SUBJECTS),
)


class Leaf(Model):
    """A test of one subject with one operator: ``{item: sleep, at_least: 3}``.

    ``finding`` takes ``is`` and ``is_not`` with true or false. ``step``, in ``show_when`` only, takes ``is: held``.
    """

    subject: Subject
    id: Id
    operator: Operator
    operand: Operand

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, raw: Any) -> Any:
        subjects = [key for key in raw if key in SUBJECTS]
        operators = [key for key in raw if key in OPERATORS]
        allowed_keys = (*SUBJECTS, *OPERATORS)
        unknown = [key for key in raw if key not in allowed_keys]
        if unknown:
            _refuse(
                f"“{unknown[0]}” is not known here{did_you_mean(unknown[0], allowed_keys)}",
                allowed=", ".join(allowed_keys),
            )
        if len(subjects) != 1 or len(operators) != 1:
            _refuse("a condition asks one thing with one operator", allowed=", ".join(OPERATORS))
        operand = raw[operators[0]]
        operand = tuple(operand) if isinstance(operand, list) else operand
        if not _is_operand(operand):
            _refuse(f"“{operators[0]}” has no usable value", allowed="a word, a number, true, false, or a list of them")
        return {"subject": subjects[0], "id": raw[subjects[0]], "operator": operators[0], "operand": operand}

    @property
    def operands(self) -> tuple[bool | int | float | str, ...]:
        """The values to compare with: the operand, or the entries of a list."""
        return self.operand if isinstance(self.operand, tuple) else (self.operand,)

    def as_written(self) -> dict[str, Any]:
        return {self.subject: self.id, self.operator: self.operand}


class AllOf(Model):
    """True if every branch is true."""

    all: tuple[Condition, ...] = Field(min_length=1)


class AnyOf(Model):
    """True if at least one branch is true."""

    any: tuple[Condition, ...] = Field(min_length=1)


class Not(Model):
    """True if its branch is false; unknown stays unknown."""

    not_: Condition = Field(alias="not")


def _refuse(reason: str, allowed: str) -> None:
    error_type = "heartwork_condition"
    raise PydanticCustomError(error_type, "{reason}", {"reason": reason, "allowed": allowed})


def _is_operand(value: object) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    return bool(values) and all(isinstance(entry, bool | int | float | str) for entry in values)


def _condition_tag(raw: Any) -> str:
    if isinstance(raw, dict):
        connectives = [key for key in raw if key in ("all", "any", "not")]
        if len(connectives) == 1 and len(raw) == 1:
            return str(connectives[0])
        if not connectives and raw:
            return "leaf"
    elif isinstance(raw, AllOf | AnyOf | Not | Leaf):
        return {AllOf: "all", AnyOf: "any", Not: "not"}.get(type(raw), "leaf")
    return "unknown"


Condition = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Leaf, Tag("leaf")],
    Discriminator(
        _condition_tag,
        custom_error_type="heartwork_condition",
        custom_error_message="it is neither all, any, not, nor one question",
    ),
]
for _model in (AllOf, AnyOf, Not):
    _model.model_rebuild()


def leaves(condition: Condition, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Leaf, tuple[str | int, ...]]]:
    """Every leaf with its path inside the condition as written."""
    match condition:
        case Leaf():
            yield condition, path
        case Not():
            yield from leaves(condition.not_, (*path, "not"))
        case AllOf() | AnyOf():
            (key,) = type(condition).model_fields
            for index, branch in enumerate(getattr(condition, key)):
                yield from leaves(branch, (*path, key, index))
