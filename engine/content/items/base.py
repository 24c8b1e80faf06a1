"""What every type of item has, and what each type decides for itself: the rest of the engine asks the item.

A type of item is one class. Its methods say which answers are accepted, how they are typed and worded, which numbers
rules and scales read from them, and which answers stand in an order. ``docs/extending.md`` shows how to add one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from engine.content.base import Id, Model, Text
from engine.content.conditions import ORDER_OPERATORS, Condition
from engine.content.values import UNKNOWN, CodedValue, Exact, Number, Value
from engine.errors import Location, Problem, describe_value, problem

Coder = Callable[[Value], Exact | None]
Operands = tuple[bool | int | float | str, ...]
AnswerLocation = Location | str
"""Where an answer stands in a file, or the id of its item."""
ValidatedAnswer = tuple[Value | None, list[Problem]]
"""The answer in the one form it is stored in, and every problem with it; with a problem there is no answer."""
ContentFault = tuple[str, tuple[str | int, ...], dict[str, object]]
"""A code of ``engine.errors``, the path inside the item, and what the message needs."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose."""

    key: str
    """As a field of a form has it."""
    answer: Value
    """The answer if nothing else is chosen."""
    text: str | None
    """None for yes and no, which are not words of the content."""
    clause: str | None = None
    """A second-person clause for reasons."""
    supposed: str | None = None
    """The clause after "If" in a what-if."""
    value: CodedValue | None = None
    """What the content says it is worth."""
    exclusive: bool = False
    """True if it stands alone among several."""
    quoted: bool = True
    """False if a report never lists it among the answers behind a reason."""


@dataclass(frozen=True, slots=True)
class TypedInput:
    """The field of an answer that is typed."""

    kind: Literal["number", "date", "text"]
    lowest: str | None = None
    highest: str | None = None
    longest: int | None = None
    """Characters, of a text."""
    whole: bool = True
    unit: str | None = None
    moves: bool = False
    """True if a bound is counted from the day of the sitting."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer that a typed text can mean."""

    answer: Value
    spelling: str
    """A text that means this answer and no other."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that rules read from an answer: a date's age in days, whether an option is chosen."""

    key: tuple[str, ...]
    """Its name among the quantities of one item."""
    read: Callable[[Any, date], Number | None]
    """From the answer and the day the answers speak of; None is unknown."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A quantity and the numbers it is compared with: true if the operator holds for one of them."""

    quantity: Quantity
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class ExpectedOperand:
    """What an operator may compare an answer with."""

    description: str
    """For an author: "a whole number from 0 to 4"."""
    fits: Callable[[object], bool]
    lowest: Number | None = None
    highest: Number | None = None
    ids: tuple[str, ...] = ()
    """The ids among which the operand must be."""


@dataclass(frozen=True)
class ItemCoding:
    """How one item's answer becomes a number in one scale, and between which numbers it can lie."""

    item: str
    code: Coder
    low: Exact
    high: Exact


class Item(Model):
    """One question. Its class is its type."""

    id: Id
    text: Text
    help: Text | None = None
    said: Text | None = None
    """A clause for reasons with ``{answer}`` in it, for items whose options have no words of their own."""
    said_as: Literal["clause", "phrase"] = "clause"
    """``phrase``: ``said`` is no sentence ("two weeks ago"), so only texts that are made for it have it."""
    show_when: Condition | None = None
    required: bool = False
    rather_not_say: bool = False
    """True if the form offers "I'd rather not say"; a null answer is accepted in any case."""
    sensitive: bool = False
    changeable: bool = False
    """True if it is the person's own doing now: a what-if may suppose a better answer."""
    better: Literal["higher", "lower"] | None = None
    """Which answers are better for the person; without it the directions of its scales say so."""
    if TYPE_CHECKING:
        type: str
        """What authors write; each class has its own."""

    takes_several: ClassVar[bool] = False
    """True if an answer is several choices."""
    is_ordered: ClassVar[bool] = False
    """True if it has few answers that stand in an order: a what-if may suppose another one."""
    is_free_text: ClassVar[bool] = False
    """True if what is typed are the person's own words: no rule reads them and they are repeated as they are."""
    ages: ClassVar[bool] = False
    """True if what rules read changes with the day on which the same answer is read."""
    scored_by: ClassVar[Literal["choice", "number", "nothing"]] = "choice"
    """What a scale reads: the value of what is chosen, the number itself, or nothing at all."""

    # Answers

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """What there is to choose from, in the order of the form; empty if an answer is typed."""
        return ()

    @cached_property
    def choices_by_answer(self) -> Mapping[Value, tuple[Choice]]:
        """The choice behind each answer, of those that stand alone."""
        return {choice.answer: (choice,) for choice in self.choices}

    @property
    def input(self) -> TypedInput | None:
        """The field to type an answer in; None if there are choices."""
        return None

    def input_on(self, as_of: date) -> TypedInput | None:  # noqa: ARG002 - dates need the day
        """The field on the day the answers speak of."""
        return self.input

    @abstractmethod
    def validate_answer(self, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        """The answer in the one form it is stored in. Empty text and no choice are no answer."""

    def validate_on(self, value: Any, location: AnswerLocation, as_of: date) -> ValidatedAnswer:  # noqa: ARG002 - dates need the day
        """The same for an answer that is given in a sitting of ``as_of``.

        What was accepted once is validated without a day: bounds that depend on it have been checked.
        """
        return self.validate_answer(value, location)

    def readings(self, text: str, as_of: date) -> tuple[Reading, ...]:  # noqa: ARG002 - typed answers need both
        """The answers allowed here that a typed text can mean; with more than one the person is asked."""
        return ()

    def from_text(self, text: str) -> Any:
        """The answer that the text of one field stands for; the text itself if it is typed or looks like none."""
        return next((choice.answer for choice in self.choices if choice.key == text), text)

    def from_key(self, key: str, as_of: date) -> Any:  # noqa: ARG002 - dates need the day
        """The answer that a key in a file for authors stands for, such as a key of ``values``."""
        return key

    def chosen(self, answer: Value) -> tuple[Choice, ...]:
        """The choices that an accepted answer consists of."""
        return self.choices_by_answer.get(answer, ())

    def words(self, answer: Value | None) -> tuple[str, ...]:
        """What was answered, in the words of the form; empty if nothing was."""
        if answer is None or answer == ():
            return ()
        if self.choices:
            return tuple(choice.text or choice.key for choice in self.chosen(answer))
        return (str(answer),)

    def clause(self, answer: Value | None) -> str | None:
        """The content's clause for an answer: that of what was chosen, or the item's with ``{answer}`` in it."""
        if answer is None or answer == ():
            return None
        return ", ".join(choice.clause for choice in self.chosen(answer) if choice.clause) or self.said

    def is_evidence(self, answer: Value | None) -> bool:
        """True if an answer says something that a reason may rest on.

        “None of these” and “I don't know” do not: choices that stand alone among several, or are worth ``unknown``.
        """
        if answer is None or answer == ():
            return False
        return not any(choice.exclusive or choice.value == UNKNOWN for choice in self.chosen(answer))

    def may_be_quoted(self, answer: Value | None) -> bool:
        """True if a report may list an answer behind a reason: evidence that the content lets be quoted."""
        return answer is not None and self.is_evidence(answer) and all(choice.quoted for choice in self.chosen(answer))

    @property
    def has_clauses(self) -> bool:
        """True if every answer has a clause."""
        return self.said is not None or bool(self.choices and all(choice.clause for choice in self.choices))

    @property
    def answers_in_order(self) -> tuple[Value, ...]:
        """Every answer, in the order of the content; empty unless :attr:`is_ordered`."""
        return tuple(choice.answer for choice in self.choices) if self.is_ordered else ()

    # Rules

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators that a condition may use."""
        return ORDER_OPERATORS

    def expected_operand(self, operator: str) -> ExpectedOperand:
        """What a condition may compare an answer with."""
        raise NotImplementedError

    def comparisons(self, operator: str, operands: Operands) -> tuple[Comparison, ...]:  # noqa: ARG002 - some need it
        """The numbers that a condition compares: it is true if one of the comparisons is."""
        return (Comparison(Quantity(("number",), lambda answer, _: answer), operands),)  # type: ignore[arg-type]  # checked

    # Scales

    def codes(self, base: int | None) -> Mapping[str, CodedValue]:  # noqa: ARG002 - choices need it
        """What each choice is worth, by key; ``base`` is what a scale counts places from."""
        return {}

    def coding(self, values: Mapping[str, Exact | None], *, is_reversed: bool) -> ItemCoding | None:
        """The coding in a scale for these values of the choices; None if no answer has a value."""
        known = [value for value in values.values() if value is not None]
        if not known:
            return None
        low, high = min(known), max(known)
        turned = {
            key: low + high - value if is_reversed and value is not None else value for key, value in values.items()
        }
        by_answer = {choice.answer: turned.get(coding_key(choice.answer)) for choice in self.choices}
        return ItemCoding(self.id, by_answer.get, low, high)

    # Checks

    def content_faults(self) -> Iterator[ContentFault]:
        """What is wrong with the item by itself."""
        if self.better is not None and not self.is_ordered:
            reason = "`better` is for single choices, ratings and yes/no: their answers stand in an order"
            yield "HW206", ("better",), {"reason": reason}

    def wrong_type(self, expected: str, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        """No answer, and the problem that the value is of another type."""
        return None, [problem("HW503", location, id=self.id, expected=expected, found=describe_value(value))]

    def ambiguous(self, text: str, readings: Sequence[Reading], location: AnswerLocation) -> ValidatedAnswer:
        """No answer, and the problem that a text can mean several."""
        spellings = " or ".join(reading.spelling for reading in readings)
        return None, [problem("HW509", location, id=self.id, found=describe_value(text), readings=spellings)]

    def out_of_range(self, expected: str, actual: str, location: AnswerLocation) -> ValidatedAnswer:
        """No answer, and the problem that the value lies outside what is asked for."""
        return None, [problem("HW504", location, id=self.id, expected=expected, found=actual)]


def coding_key(answer: Value) -> str:
    """The key of an answer in ``values`` of a scale: an option's id, a point or a boolean as text."""
    return answer if isinstance(answer, str) else str(answer).lower()


def is_number(value: object, *, whole: bool = False) -> bool:
    """True for a number that is no boolean."""
    return isinstance(value, int if whole else int | float) and not isinstance(value, bool)


BOOLEAN: Final = ExpectedOperand("true or false", lambda operand: isinstance(operand, bool))
