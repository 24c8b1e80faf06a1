"""The base class of all item types, and the values that its methods exchange with the rest of the engine.

Each type of item is one class. Its methods decide which answers are valid, how a person types and reads them, which
numbers rules and scales read from them, and whether the answers are ordered. ``docs/extending.md`` shows how to add a
type.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from engine.content.base import Id, Model, Text
from engine.content.conditions import ORDER_OPERATORS, Condition
from engine.content.values import UNKNOWN, CodedValue, Exact, Number, Value
from engine.errors import Location, Problem, describe_value, problem

Operands = tuple[bool | int | float | str, ...]
AnswerLocation = Location | str
"""The place of an answer in a file, or the id of its item."""
ValidatedAnswer = tuple[Value | None, list[Problem]]
"""The answer in its stored form, and every problem with it. The answer is None if there is a problem."""
ContentFault = tuple[str, tuple[str | int, ...], dict[str, object]]
"""A code of ``engine.errors``, the path inside the item, and the facts for the message."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose."""

    key: str
    """Its value in a form field."""
    answer: Value
    """The answer if this is the only choice."""
    text: str | None
    """None for yes and no, whose words are not part of the content."""
    clause: str | None = None
    """A second-person clause for reasons."""
    supposed: str | None = None
    """The clause after "If" in a what-if."""
    value: CodedValue | None = None
    """The number that the content assigns to it."""
    exclusive: bool = False
    """True if it cannot be combined with other choices."""
    quoted: bool = True
    """False if a report never lists it among the answers behind a reason."""


@dataclass(frozen=True, slots=True)
class TypedInput:
    """The input field of an answer that is typed."""

    kind: Literal["number", "date", "text"]
    lowest: str | None = None
    highest: str | None = None
    longest: int | None = None
    """The largest number of characters of a text."""
    whole: bool = True
    unit: str | None = None
    moves: bool = False
    """True if a bound is relative to the day of the sitting."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer that a typed text can mean."""

    answer: Value
    spelling: str
    """A text that means this answer only."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that rules read from an answer, such as the age of a date in days, or whether an option is chosen."""

    key: tuple[str, ...]
    """Its name among the quantities of one item."""
    read: Callable[[Any, date], Number | None]
    """Computes it from the answer and the day of the sitting; None means unknown."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A quantity and the numbers to compare it with; it is true if the operator holds for one of the numbers."""

    quantity: Quantity
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class ExpectedOperand:
    """The values that an operator can compare an answer with."""

    description: str
    """For an author: "a whole number from 0 to 4"."""
    fits: Callable[[object], bool]
    lowest: Number | None = None
    highest: Number | None = None
    ids: tuple[str, ...] = ()
    """The allowed ids, if the operand is an id."""


@dataclass(frozen=True)
class ItemCoding:
    """How a scale converts the answer of one item to a number, and the range of that number."""

    item: str
    code: Callable[[Value], Exact | None]
    """Converts an answer; None counts as unanswered."""
    low: Exact
    high: Exact

    def reversed(self) -> ItemCoding:
        """The coding that mirrors each number within the range."""

        def code(answer: Value) -> Exact | None:
            number = self.code(answer)
            return None if number is None else self.low + self.high - number

        return replace(self, code=code)


class Item(Model):
    """One question. Each subclass is one type of item."""

    id: Id
    text: Text
    help: Text | None = None
    said: Text | None = None
    """A clause for reasons with ``{answer}`` in it, for items whose options have no clauses."""
    said_as: Literal["clause", "phrase"] = "clause"
    """``phrase`` if ``said`` is not a sentence ("two weeks ago"). Only texts that name it with ``{said:…}`` use it."""
    show_when: Condition | None = None
    required: bool = False
    rather_not_say: bool = False
    """True if the form offers "I'd rather not say". A null answer is valid in either case."""
    sensitive: bool = False
    changeable: bool = False
    """True if the person can change it by what they do now, so a what-if may suppose a better answer."""
    better: Literal["higher", "lower"] | None = None
    """Which answers are better for the person; by default the directions of the item's scales decide."""
    if TYPE_CHECKING:
        type: str
        """The type as authors write it; each subclass declares its own literal."""

    takes_several: ClassVar[bool] = False
    """True if an answer consists of several choices."""
    is_ordered: ClassVar[bool] = False
    """True if it has few answers, in an order, so that a what-if can suppose another one."""
    is_free_text: ClassVar[bool] = False
    """True if the answer is the person's own words: no rule reads it, and texts repeat it unchanged."""
    ages: ClassVar[bool] = False
    """True if the quantities that rules read from an answer depend on the day."""
    scored_by: ClassVar[Literal["choice", "number", "nothing"]] = "choice"
    """What a scale reads: the value of the chosen option, the number itself, or nothing."""

    # Answers

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The choices in the order of the form; empty if the answer is typed."""
        return ()

    @cached_property
    def choices_by_answer(self) -> Mapping[Value, tuple[Choice]]:
        """The choice behind each answer that is one choice."""
        return {choice.answer: (choice,) for choice in self.choices}

    @property
    def input(self) -> TypedInput | None:
        """The input field of a typed answer; None if there are choices."""
        return None

    def input_on(self, as_of: date) -> TypedInput | None:  # noqa: ARG002 - dates need the day
        """The input field for a sitting on ``as_of``."""
        return self.input

    @abstractmethod
    def validate_answer(self, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        """Validate an answer and convert it to its stored form. An empty text or an empty list gives None."""

    def validate_on(self, value: Any, location: AnswerLocation, as_of: date) -> ValidatedAnswer:  # noqa: ARG002 - dates need the day
        """Validate an answer that a person gives in a sitting on ``as_of``.

        Stored answers go through :meth:`validate_answer` instead: bounds that depend on the day were checked when the
        answer was given.
        """
        return self.validate_answer(value, location)

    def readings(self, text: str, as_of: date) -> tuple[Reading, ...]:  # noqa: ARG002 - typed answers need both
        """The valid answers that a typed text can mean; the person chooses if there is more than one."""
        return ()

    def from_text(self, text: str) -> Any:
        """The answer that the text of one form field means; the text itself if it is typed or matches no choice."""
        return next((choice.answer for choice in self.choices if choice.key == text), text)

    def from_key(self, key: str, as_of: date) -> Any:  # noqa: ARG002 - dates need the day
        """The answer that a key in an author's file means, such as a key of ``values``."""
        return key

    def chosen(self, answer: Value) -> tuple[Choice, ...]:
        """The choices that a valid answer consists of."""
        return self.choices_by_answer.get(answer, ())

    def words(self, answer: Value | None) -> tuple[str, ...]:
        """The answer in the words of the form; empty if there is no answer."""
        if answer is None or answer == ():
            return ()
        if self.choices:
            return tuple(choice.text or choice.key for choice in self.chosen(answer))
        return (str(answer),)

    def clause(self, answer: Value | None) -> str | None:
        """The clause for an answer: the clauses of its choices, or else the item's, which contains ``{answer}``."""
        if answer is None or answer == ():
            return None
        return ", ".join(choice.clause for choice in self.chosen(answer) if choice.clause) or self.said

    def is_evidence(self, answer: Value | None) -> bool:
        """True if a reason can rest on an answer.

        “None of these” and “I don't know” are not evidence: exclusive choices, and choices with the value ``unknown``.
        """
        if answer is None or answer == ():
            return False
        return not any(choice.exclusive or choice.value == UNKNOWN for choice in self.chosen(answer))

    def may_be_quoted(self, answer: Value | None) -> bool:
        """True if a report may list an answer behind a reason: it is evidence, and the content allows quoting it."""
        return answer is not None and self.is_evidence(answer) and all(choice.quoted for choice in self.chosen(answer))

    @property
    def has_clauses(self) -> bool:
        """True if every answer has a clause."""
        return self.said is not None or bool(self.choices and all(choice.clause for choice in self.choices))

    @property
    def answers_in_order(self) -> tuple[Value, ...]:
        """Every answer, from the lowest to the highest; empty unless :attr:`is_ordered`."""
        return tuple(choice.answer for choice in self.choices) if self.is_ordered else ()

    # Rules

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that a condition can use; empty if rules cannot read the item."""
        return ORDER_OPERATORS

    def expected_operand(self, operator: str) -> ExpectedOperand:
        """The values that a condition with this operator can compare an answer with."""
        raise NotImplementedError

    def comparisons(self, operator: str, operands: Operands) -> tuple[Comparison, ...]:  # noqa: ARG002 - some need it
        """The comparisons that a condition makes; the condition is true if one of them is."""
        return (Comparison(Quantity(("number",), lambda answer, _: answer), operands),)  # type: ignore[arg-type]  # checked

    # Scales

    def codes(self, base: int | None) -> Mapping[str, CodedValue]:  # noqa: ARG002 - choices need it
        """The value of each choice by its key; ``base`` is the scale's value for the first place."""
        return {}

    def coding(self, values: Mapping[str, Exact | None]) -> ItemCoding | None:
        """The coding of the item in a scale, before reversal; None if no answer has a value.

        ``values`` has the value of each choice, by its key in ``values`` of a scale; None counts as unanswered.
        """
        known = [value for value in values.values() if value is not None]
        if not known:
            return None
        by_answer = {choice.answer: values.get(_coding_key(choice.answer)) for choice in self.choices}
        return ItemCoding(self.id, by_answer.get, min(known), max(known))

    # Checks

    def content_faults(self) -> Iterator[ContentFault]:
        """The faults of the item's own fields."""
        if self.better is not None and not self.is_ordered:
            reason = "`better` is for single choices, ratings and yes/no: their answers stand in an order"
            yield "HW206", ("better",), {"reason": reason}

    def wrong_type(self, expected: str, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        """No answer, and the problem that the value has the wrong type."""
        return None, [problem("HW503", location, id=self.id, expected=expected, found=describe_value(value))]

    def ambiguous(self, text: str, readings: Sequence[Reading], location: AnswerLocation) -> ValidatedAnswer:
        """No answer, and the problem that the text has several readings."""
        spellings = " or ".join(reading.spelling for reading in readings)
        return None, [problem("HW509", location, id=self.id, found=describe_value(text), readings=spellings)]

    def out_of_range(self, expected: str, actual: str, location: AnswerLocation) -> ValidatedAnswer:
        """No answer, and the problem that the value is out of range."""
        return None, [problem("HW504", location, id=self.id, expected=expected, found=actual)]


def _coding_key(answer: Value) -> str:
    """The key of an answer in ``values`` of a scale: the id of an option, or a point or boolean as text."""
    return answer if isinstance(answer, str) else str(answer).lower()


def is_number(value: object, *, whole: bool = False) -> bool:
    """True for an integer or, unless ``whole``, a float; false for booleans."""
    return isinstance(value, int if whole else int | float) and not isinstance(value, bool)


BOOLEAN: Final = ExpectedOperand("true or false", lambda operand: isinstance(operand, bool))
