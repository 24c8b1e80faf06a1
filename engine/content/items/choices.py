"""Items with options, of which a person chooses one or several."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.content.base import Id, Model, Text, Unique
from engine.content.conditions import CHOICE_OPERATORS, COUNT_OPERATORS, ORDER_OPERATORS, QUANTITY_OPERATORS
from engine.content.items.base import (
    AnswerLocation,
    Choice,
    Comparison,
    ContentFault,
    ExpectedOperand,
    Item,
    ItemCoding,
    Operands,
    Quantity,
    ValidatedAnswer,
    is_number,
)
from engine.content.values import UNKNOWN, CodedValue, Exact, Number, Value
from engine.errors import Problem, describe_value, did_you_mean, join_ids, problem


class Option(Model):
    """One answer that a person can choose.

    ``said`` is a second-person clause for reasons ("a few messages are still waiting"). ``value`` is the number that
    scales and ``at_least``/``at_most`` read; ``value: unknown`` counts as unanswered there ("I don't know"). ``if`` is
    the clause after "If" in a what-if that supposes this answer.
    """

    id: Id
    text: Text
    said: Text | None = None
    supposed: Text | None = Field(default=None, alias="if")
    value: CodedValue | None = None
    exclusive: bool = False
    quoted: bool = True
    """False: a report never lists it among the answers behind a reason, because it denies something."""


class _ChoiceItem(Item):
    options: Annotated[tuple[Option, ...], Field(min_length=1), Unique("option")]

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(
            Choice(
                key=option.id,
                answer=(option.id,) if self.takes_several else option.id,
                text=option.text,
                clause=option.said,
                supposed=option.supposed,
                value=option.value,
                exclusive=option.exclusive,
                quoted=option.quoted,
            )
            for option in self.options
        )

    def codes(self, base: int | None) -> Mapping[str, CodedValue]:
        if any(option.value is not None for option in self.options):
            return {option.id: UNKNOWN if option.value is None else option.value for option in self.options}
        return self._default_codes(base or 0)

    @abstractmethod
    def _default_codes(self, base: int) -> Mapping[str, CodedValue]:
        """The value of each option if no option has a ``value``."""

    def expected_operand(self, operator: str) -> ExpectedOperand:
        if operator in QUANTITY_OPERATORS:
            return ExpectedOperand("a number", is_number)
        ids = tuple(option.id for option in self.options)
        description = f"an option of “{self.id}” ({join_ids(ids)})"
        return ExpectedOperand(description, lambda operand: isinstance(operand, str), ids=ids)

    def content_faults(self) -> Iterator[ContentFault]:
        for index, option in enumerate(self.options):
            if option.exclusive and not self.takes_several:
                reason = "only an option of a multiple choice can be exclusive"
                yield "HW206", ("options", index, "exclusive"), {"reason": reason}
        yield from super().content_faults()

    def _unknown_options(self, option_ids: Iterable[str], location: AnswerLocation) -> list[Problem]:
        offered = [option.id for option in self.options]
        facts = {"id": self.id, "allowed": join_ids(offered)}
        unknown = [option_id for option_id in option_ids if option_id not in offered]
        return [
            problem("HW502", location, found=describe_value(name), hint=did_you_mean(name, offered), **facts)
            for name in unknown
        ]


class SingleChoice(_ChoiceItem):
    """Choose one option. The answer is the option's id."""

    type: Literal["single"]
    is_ordered: ClassVar = True

    def validate_answer(self, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        if not isinstance(value, str):
            return self.wrong_type("the id of an option", value, location)
        faults = self._unknown_options([value], location)
        return (None, faults) if faults else (value, [])

    @property
    def operators(self) -> tuple[str, ...]:
        valued = all(option.value is not None for option in self.options)
        return ORDER_OPERATORS if valued else CHOICE_OPERATORS

    def comparisons(self, operator: str, operands: Operands) -> tuple[Comparison, ...]:
        """``at_least`` and ``at_most`` compare the options' values; all other operators compare their positions."""
        if operator in QUANTITY_OPERATORS:
            values: dict[str, Number | None] = {
                option.id: None if isinstance(option.value, str) else option.value for option in self.options
            }
            return (Comparison(Quantity(("number",), lambda answer, _: values.get(answer)), operands),)  # type: ignore[arg-type]
        places = {option.id: place for place, option in enumerate(self.options)}
        quantity = Quantity(("option",), lambda answer, _: places.get(answer))
        return (Comparison(quantity, tuple(places[str(operand)] for operand in operands)),)

    def _default_codes(self, base: int) -> Mapping[str, CodedValue]:
        return {option.id: place for place, option in enumerate(self.options, base)}


class MultipleChoice(_ChoiceItem):
    """Choose any number of options, or one ``exclusive`` option. The answer is a tuple of option ids."""

    type: Literal["multiple"]
    takes_several: ClassVar = True
    operators: ClassVar = COUNT_OPERATORS

    def chosen(self, answer: Value) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if choice.key in answer)  # type: ignore[operator]  # a tuple

    def validate_answer(self, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(key, str) for key in value):
            return self.wrong_type("a list of option ids", value, location)
        distinct = dict.fromkeys(value)
        faults = self._unknown_options(distinct, location)
        faults += [
            problem("HW508", location, option=option_id, id=self.id)
            for option_id in distinct
            if value.count(option_id) > 1
        ]
        chosen = tuple(option for option in self.options if option.id in distinct)
        exclusive = [option.id for option in chosen if option.exclusive]
        if exclusive and len(distinct) > 1:
            faults.append(problem("HW505", location, option=exclusive[0], id=self.id))
        return (None, faults) if faults or not chosen else (tuple(option.id for option in chosen), [])

    def comparisons(self, operator: str, operands: Operands) -> tuple[Comparison, ...]:
        """``at_least`` and ``at_most`` count the chosen options; the other operators test each option."""
        if operator in QUANTITY_OPERATORS:
            exclusive = {option.id for option in self.options if option.exclusive}
            count = Quantity(("number",), lambda answer, _: sum(key not in exclusive for key in answer))
            return (Comparison(count, operands),)  # type: ignore[arg-type]  # the pack was checked
        return tuple(Comparison(_is_chosen(str(operand)), (1,)) for operand in operands)

    def _default_codes(self, base: int) -> Mapping[str, CodedValue]:  # noqa: ARG002 - a count has no base
        return {option.id: 0 if option.exclusive else 1 for option in self.options}

    def coding(self, values: Mapping[str, Exact | None]) -> ItemCoding | None:
        """The coding as the sum of the chosen options' values; options without a value are left out."""
        if all(value is None for value in values.values()):
            return None

        def code(answer: Value) -> Exact | None:
            known = [value for key in answer if (value := values.get(key)) is not None]  # type: ignore[union-attr]
            return sum(known) if known else None

        return ItemCoding(self.id, code, *self._range(values))

    def _range(self, values: Mapping[str, Exact | None]) -> tuple[Exact, Exact]:
        """The lowest and highest possible sum, of options that can be combined or of one exclusive option."""
        known = [(option, value) for option in self.options if (value := values[option.id]) is not None]
        lows: list[Exact] = [value for option, value in known if option.exclusive]
        highs = list(lows)
        if combinable := [value for option, value in known if not option.exclusive]:
            lows.append(sum(value for value in combinable if value < 0) or min(combinable))
            highs.append(sum(value for value in combinable if value > 0) or max(combinable))
        return min(lows), max(highs)


def _is_chosen(option_id: str) -> Quantity:
    return Quantity(("chosen", option_id), lambda answer, _: int(option_id in answer))
