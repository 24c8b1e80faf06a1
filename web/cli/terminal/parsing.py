"""From a typed line to an answer, or to a sentence about what is missing in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from engine.content.items.base import Choice, Item, TypedInput
from web.cli.terminal import phrases

Fill = Callable[[str], str]
"""Fills the placeholders of a text."""

_SEPARATORS: Final = re.compile(r"[\s,;]+")


class NotUnderstoodError(Exception):
    """What was typed is no answer to the question. Its text says what would be."""


def label(choice: Choice, fill: Fill) -> str:
    """The words of a choice."""
    return {"yes": phrases.YES, "no": phrases.NO}[choice.key] if choice.text is None else fill(choice.text)


def instruction(item: Item, fill: Fill) -> str | None:
    """A line that says how to answer, where numbered choices do not say it by themselves."""
    if item.input is None:
        return phrases.SEVERAL if item.takes_several else None
    line = _input_phrase(item.input).format(
        lowest=item.input.lowest, highest=item.input.highest, longest=item.input.longest
    )
    return phrases.WITH_UNIT.format(line=line, unit=fill(item.input.unit)) if item.input.unit else line


def _input_phrase(field: TypedInput) -> str:
    match field.kind:
        case "number":
            return phrases.WHOLE if field.whole else phrases.NUMBER
        case "date":
            return phrases.DAY[field.lowest is not None, field.highest is not None]
        case "text":
            return phrases.TEXT


def value_of(item: Item, typed: str, fill: Fill) -> Any:
    """The answer as the engine takes it. Whether it is allowed, the engine says.

    Raises:
        NotUnderstoodError: it cannot be read as an answer to this question at all.
    """
    if item.takes_several:
        return _several(item, typed, fill)
    if item.choices:
        choice = _choice(item, typed, fill)
        if choice is None:
            raise NotUnderstoodError(phrases.ONE_NUMBER.format(count=len(item.choices)))
        return choice.answer
    value = item.from_text(typed)
    if item.input is not None and item.input.kind == "number" and isinstance(value, str):
        raise NotUnderstoodError(instruction(item, fill))
    return value


def _choice(item: Item, typed: str, fill: Fill) -> Choice | None:
    """The choice that is meant: by its number from 1, else by its key, a first letter or its words."""
    choices, folded = item.choices, typed.casefold()
    if typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= len(choices):
        return choices[int(typed[:9]) - 1]
    for names in (map(_key, choices), (label(choice, fill) for choice in choices)):
        matches = [choice for choice, name in zip(choices, names, strict=True) if name.casefold() == folded]
        if len(matches) == 1:
            return matches[0]
    return None


def _key(choice: Choice) -> str:
    """An option's id; of yes and no the first letter; points have their number only."""
    return choice.key[0] if choice.text is None else "" if isinstance(choice.answer, int) else choice.key


def _several(item: Item, typed: str, fill: Fill) -> tuple[str, ...]:
    whole = _choice(item, typed, fill)
    parts = [part for part in _SEPARATORS.split(typed) if part] or [typed]
    choices = [whole] if whole else [_choice(item, part, fill) for part in parts]
    if None in choices:
        raise NotUnderstoodError(phrases.SEVERAL_NUMBERS.format(count=len(item.choices)))
    return tuple(dict.fromkeys(choice.key for choice in choices if choice))


def refusal_message(item: Item, code: str, value: Any, fill: Fill) -> str:
    """Why the engine does not allow an answer, in the words of the question."""
    if code == "HW505":
        exclusive = next(choice for choice in item.chosen(value) if choice.exclusive)
        return phrases.ALONE.format(option=label(exclusive, fill))
    if code == "HW506":
        return phrases.NEEDED_OR_DECLINE if item.rather_not_say else phrases.NEEDED
    return instruction(item, fill) or phrases.ONE_NUMBER.format(count=len(item.choices))
