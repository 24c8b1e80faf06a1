"""From a typed line to an answer, or to a sentence about what is missing in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from engine.content.items.base import Choice, Item, TypedInput
from web.cli.terminal.phrases import PLAINLY, phrase

Fill = Callable[[str], str]
"""Fills the placeholders of a text."""

_SEPARATORS: Final = re.compile(r"[\s,;]+")


class NotUnderstoodError(Exception):
    """Nothing follows from what was typed. Its text says what would be understood."""


def label(choice: Choice, fill: Fill) -> str:
    """The words of a choice."""
    return phrase(choice.key) if choice.text is None else fill(choice.text)


def instruction(item: Item, as_of: date, fill: Fill) -> str | None:
    """A line that says how to answer, where numbered choices do not say it by themselves."""
    field = item.input_on(as_of)
    if field is None:
        return phrase("several") if item.takes_several else None
    limits = {"lowest": field.lowest, "highest": field.highest, "longest": field.longest}
    line = phrase(_input_phrase(field), **limits)
    return phrase("with_unit", line=line, unit=fill(field.unit)) if field.unit else line


def _input_phrase(field: TypedInput) -> str:
    match field.kind:
        case "number":
            return "whole_number" if field.whole else "number"
        case "date":
            return "day"
        case "text":
            return "text"


def value_of(item: Item, typed: str, fill: Fill) -> Any:
    """The answer as the engine takes it. Whether it is allowed, the engine says.

    Raises:
        NotUnderstoodError: it cannot be read as an answer to this question at all.
    """
    if not item.choices:
        return item.from_text(typed.removeprefix(PLAINLY) if item.is_free_text else typed)
    choice = _choice(item, typed, fill)
    if item.takes_several:
        parts = filter(None, _SEPARATORS.split(typed))
        choices = [choice] if choice else [_choice(item, part, fill) for part in parts]
        if not choices or None in choices:
            raise NotUnderstoodError(phrase("several_numbers", count=len(item.choices)))
        return tuple(dict.fromkeys(choice.key for choice in choices if choice))
    if choice is None:
        raise NotUnderstoodError(phrase("one_number", count=len(item.choices)))
    return choice.answer


def number_in(typed: str, count: int) -> int:
    """The number from 1 to ``count`` that was typed; 0 if it is none."""
    number = int(typed) if re.fullmatch("[0-9]{1,9}", typed) else 0
    return number if number <= count else 0


def _choice(item: Item, typed: str, fill: Fill) -> Choice | None:
    """The choice that is meant: by its number from 1, else by its key, a first letter or its words."""
    if number := number_in(typed, len(item.choices)):
        return item.choices[number - 1]
    folded = typed.casefold()
    by_key = [choice for choice in item.choices if _key(choice, fill).casefold() == folded]
    meant = by_key or [choice for choice in item.choices if label(choice, fill).casefold() == folded]
    return meant[0] if len(meant) == 1 else None


def _key(choice: Choice, fill: Fill) -> str:
    """An option's id; of yes and no the first letter; points have their number only."""
    return label(choice, fill)[0] if choice.text is None else "" if isinstance(choice.answer, int) else choice.key


def refusal(item: Item, code: str, typed: str, as_of: date, fill: Fill) -> str:
    """Why the engine does not allow what was typed, in the words of the question."""
    if code == "HW509":
        spellings = [reading.spelling for reading in item.readings(typed, as_of)]
        return phrase("which_one", readings=phrase("or").join(spellings))
    if code == "HW505":
        exclusive = next(choice for choice in item.chosen(value_of(item, typed, fill)) if choice.exclusive)
        return phrase("alone", option=label(exclusive, fill))
    if code == "HW506":
        return phrase("needed_or_decline" if item.rather_not_say else "needed")
    return instruction(item, as_of, fill) or phrase("one_number", count=len(item.choices))
