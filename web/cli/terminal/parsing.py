"""From what somebody typed to an answer, or to a sentence about what is missing in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from engine.content.questionnaire import (
    DateItem,
    Item,
    MultipleChoice,
    NumberItem,
    Rating,
    ShortText,
    SingleChoice,
    YesNo,
)
from web.cli.terminal import phrases

Fill = Callable[[str], str]
"""Fills the placeholders of a text."""

_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,20}")
_NUMBER: Final = re.compile(r"[-+]?([0-9]{1,20}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][-+]?[0-9]{1,3})?")
_SEPARATORS: Final = re.compile(r"[\s,;]+")


class NotUnderstoodError(Exception):
    """What was typed is no answer to the question. Its text says what would be."""


def choices(item: Item, fill: Fill) -> tuple[str, ...]:
    """The words to choose from, in the order of their numbers from 1; none where an answer is typed."""
    match item:
        case SingleChoice() | MultipleChoice():
            return tuple(fill(option.text) for option in item.options)
        case Rating():
            return tuple(fill(point.text) for point in item.points)
        case YesNo():
            return (phrases.YES, phrases.NO)
        case _:
            return ()


def instruction(item: Item, fill: Fill) -> str | None:
    """A line that says how to answer, where numbered choices do not say it by themselves."""
    match item:
        case MultipleChoice():
            return phrases.SEVERAL
        case NumberItem():
            line = phrases.WHOLE if item.whole else phrases.NUMBER
            line = line.format(lowest=item.lowest, highest=item.highest)
            return phrases.WITH_UNIT.format(line=line, unit=fill(item.unit)) if item.unit else line
        case DateItem():
            line = {
                (True, True): phrases.DAY_BETWEEN,
                (True, False): phrases.DAY_FROM,
                (False, True): phrases.DAY_UNTIL,
                (False, False): phrases.DAY,
            }[item.earliest is not None, item.latest is not None]
            return line.format(earliest=item.earliest, latest=item.latest)
        case ShortText():
            return phrases.TEXT.format(longest=item.longest)
        case _:
            return None


def value_of(item: Item, typed: str, fill: Fill) -> Any:
    """The answer as the engine takes it. Whether it is allowed, the engine says.

    Raises:
        NotUnderstoodError: it cannot be read as an answer to this question at all.
    """
    match item:
        case SingleChoice():
            return item.options[_choice_index(typed, choices(item, fill), [option.id for option in item.options])].id
        case MultipleChoice():
            return _choices_of(item, typed, fill)
        case Rating():
            return item.first + _choice_index(typed, choices(item, fill))
        case YesNo():
            return _choice_index(typed, choices(item, fill), [word[0] for word in choices(item, fill)]) == 0
        case NumberItem():
            return _number(item, typed, fill)
        case DateItem() | ShortText():
            return typed


def _choice_index(typed: str, words: Sequence[str], ids: Sequence[str] = ()) -> int:
    """Which of the choices is meant, from 0: by its number, else by its id or its words."""
    if typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= len(words):
        return int(typed[:9]) - 1
    folded = typed.casefold()
    for names in ([name.casefold() for name in ids], [name.casefold() for name in words]):
        if names.count(folded) == 1:
            return names.index(folded)
    raise NotUnderstoodError(phrases.ONE_NUMBER.format(count=len(words)))


def _choices_of(item: MultipleChoice, typed: str, fill: Fill) -> list[str]:
    ids, words = [option.id for option in item.options], choices(item, fill)
    try:
        try:
            return [ids[_choice_index(typed, words, ids)]]
        except NotUnderstoodError:
            parts = [part for part in _SEPARATORS.split(typed) if part] or [typed]
            return list(dict.fromkeys(ids[_choice_index(part, words, ids)] for part in parts))
    except NotUnderstoodError:
        raise NotUnderstoodError(phrases.SEVERAL_NUMBERS.format(count=len(ids))) from None


def _number(item: NumberItem, typed: str, fill: Fill) -> int | float:
    if _WHOLE.fullmatch(typed):
        return int(typed)
    if _NUMBER.fullmatch(typed):
        return float(typed)
    raise NotUnderstoodError(instruction(item, fill))


def refusal_message(item: Item, code: str, value: Any, fill: Fill) -> str:
    """Why the engine does not allow an answer, in the words of the question."""
    match item, code:
        case MultipleChoice(), "HW505":
            exclusive = next(option for option in item.options if option.exclusive and option.id in value)
            return phrases.ALONE.format(option=fill(exclusive.text))
        case _, "HW506":
            return phrases.NEEDED_OR_DECLINE if item.rather_not_say else phrases.NEEDED
        case _:
            return instruction(item, fill) or phrases.ONE_NUMBER.format(count=len(choices(item, fill)))
