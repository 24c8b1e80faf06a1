"""Parse a line of input as an answer, or explain why it is not one."""

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
    """The input is not an answer and not a key. The message says what is expected."""


def label(choice: Choice, fill: Fill) -> str:
    """The text of a choice."""
    return phrase(choice.key) if choice.text is None else fill(choice.text)


def instruction(item: Item, as_of: date, fill: Fill) -> str | None:
    """Instructions for an answer; None if the numbered choices are enough."""
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
    """Parse input as a value for the engine, which checks the limits of the item.

    Raises:
        NotUnderstoodError: the input is not an answer to this question.
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
    """Parse a number from 1 to ``count``; 0 if the input is something else."""
    number = int(typed) if re.fullmatch("[0-9]{1,9}", typed) else 0
    return number if number <= count else 0


def _choice(item: Item, typed: str, fill: Fill) -> Choice | None:
    """The choice with this number (from 1), key or text; None if there is none, or more than one."""
    if number := number_in(typed, len(item.choices)):
        return item.choices[number - 1]
    folded = typed.casefold()
    by_key = [choice for choice in item.choices if _key(choice, fill).casefold() == folded]
    meant = by_key or [choice for choice in item.choices if label(choice, fill).casefold() == folded]
    return meant[0] if len(meant) == 1 else None


def _key(choice: Choice, fill: Fill) -> str:
    """What can be typed for a choice: the id of an option, or the first letter of yes and no; empty for ratings."""
    return label(choice, fill)[0] if choice.text is None else "" if isinstance(choice.answer, int) else choice.key


def refusal(item: Item, code: str, typed: str, as_of: date, fill: Fill) -> str:
    """A message for an answer that the engine rejects with this code."""
    if code == "HW509":
        spellings = [reading.spelling for reading in item.readings(typed, as_of)]
        return phrase("which_one", readings=phrase("or").join(spellings))
    if code == "HW505":
        exclusive = next(choice for choice in item.chosen(value_of(item, typed, fill)) if choice.exclusive)
        return phrase("alone", option=label(exclusive, fill))
    if code == "HW506":
        return phrase("needed_or_decline" if item.rather_not_say else "needed")
    return instruction(item, as_of, fill) or phrase("one_number", count=len(item.choices))
