"""Parses a submitted page. Only valid answers are accepted; other input is kept as typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from engine.assessment.responses import RawResponses
from engine.content.items.base import Item
from engine.content.items.reading.characters import is_invisible
from engine.content.pack import Form
from engine.errors import Problem, problem
from web.forms.paging import PageSpec
from web.journeys.kept_text import MOST_BEYOND, is_shortened, shortened
from web.journeys.sitting import SubmittedPage

RATHER_NOT_SAY: Final = "~"
"""The value of "I'd rather not say". No option has this id."""
ASKED_FIELD: Final = "asked"
"""The field with the items that a page showed."""
CHANGED_FIELD: Final = "changed"
"""The field in which a script lists the items changed on a page. An empty field means that scripts run and nothing
changed."""
MOST_FIELDS: Final = 100
"""The maximum of fields with one name."""
MOST_OF_NUMBER: Final = 64
"""How many characters of an invalid number or date are kept; no valid one is longer."""
MOST_OF_KEY: Final = 20
"""The same for an unknown choice."""
_WHITESPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class ReadPage:
    """The contents of a submitted page."""

    name: str
    asked: tuple[str, ...]
    """The displayed items that were answered or left open without a problem."""
    answers: RawResponses = field(repr=False)
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Invalid input as typed."""
    errors: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The problem of each invalid item: a code of ``engine.errors``."""
    changed: tuple[str, ...] | None = None
    """The items changed since the page was shown or last saved; None without a script."""

    def as_submitted_page(self, base_revision: int) -> SubmittedPage:
        """The same as a value of :mod:`web.journeys.sitting`."""
        return SubmittedPage(self.name, self.asked, self.answers, base_revision, self.typed, self.changed)


def read_page(spec: PageSpec, form: Form, fields: Mapping[str, Sequence[str]], as_of: date) -> ReadPage:
    """Parse the fields of a page: item ids, each with what was typed or chosen.

    Unknown items and fields are ignored. An item counts as asked if the page lists it or it has a field.

    Args:
        as_of: the day of the sitting.
    """
    shown_items = set(fields.get(ASKED_FIELD, ()))
    answers: dict[str, Any] = {}
    typed: dict[str, tuple[str, ...]] = {}
    errors: dict[str, str] = {}
    asked: list[str] = []
    for name in spec.items:
        texts = _clean_texts(fields.get(name, ()))
        if name not in shown_items and not texts:
            continue
        value, fault = read_texts(form.item(name), texts, as_of)
        if fault is not None:
            typed[name], errors[name] = kept_texts(form.item(name), texts), fault.code
            continue
        asked.append(name)
        if value is not _LEFT_OPEN:
            answers[name] = value
    changed = None
    if CHANGED_FIELD in fields:
        changed = tuple(name for name in (*asked, *typed) if name in fields[CHANGED_FIELD])
    return ReadPage(spec.name, tuple(asked), answers, typed, errors, changed)


_LEFT_OPEN: Final[Any] = object()
"""The marker for "left open"."""


def read_texts(item: Item, texts: tuple[str, ...], as_of: date) -> tuple[Any, Problem | None]:
    """The answer in some fields, and its problem.

    With an ambiguous text, one of its readings may be chosen in a second field.
    """
    distinct = tuple(dict.fromkeys(texts))
    if not distinct:
        return _LEFT_OPEN, problem("HW506", item.id, id=item.id) if item.required else None
    if RATHER_NOT_SAY in distinct and not item.is_free_text:
        return _rather_not_say(item, distinct)
    if len(distinct) == 2 and item.input is not None:
        typed, chosen = distinct
        if chosen in (reading.spelling for reading in item.readings(typed, as_of)):
            distinct = (chosen,)
    if len(distinct) > 1 and not item.takes_several:
        return _invalid(item, "one answer", ", ".join(distinct))
    raw = distinct if item.takes_several else item.from_text(distinct[0])
    value, faults = item.validate_on(raw, item.id, as_of)
    if faults:
        return _LEFT_OPEN, faults[0]
    return (_LEFT_OPEN, None) if value is None else (value, None)


def kept_texts(item: Item, texts: tuple[str, ...]) -> tuple[str, ...]:
    """What is kept of invalid texts. The item limits their number and length."""
    distinct = tuple(dict.fromkeys(texts))
    if item.input is not None:
        return tuple(shortened(text, most_kept(item)) for text in distinct[:2])
    offered = {RATHER_NOT_SAY, *(choice.key for choice in item.choices)}
    others = [text for text in distinct if text not in offered]
    return (*(text for text in distinct if text in offered), *(shortened(text, MOST_OF_KEY) for text in others[:1]))


def are_shortened(item: Item, texts: tuple[str, ...]) -> bool:
    """True if more was typed than is kept."""
    return any(is_shortened(text, most_kept(item)) for text in texts)


def most_kept(item: Item) -> int:
    """How many characters of an invalid text are kept."""
    longest = item.input.longest if item.input is not None else None
    return MOST_OF_NUMBER if longest is None else longest + MOST_BEYOND


def _rather_not_say(item: Item, distinct: tuple[str, ...]) -> tuple[Any, Problem | None]:
    if not item.rather_not_say:
        return _invalid(item, "an answer that is offered", RATHER_NOT_SAY)
    if len(distinct) > 1:
        return _LEFT_OPEN, problem("HW505", item.id, id=item.id, option=RATHER_NOT_SAY)
    return None, None


def _invalid(item: Item, expected: str, actual: str) -> tuple[Any, Problem]:
    return _LEFT_OPEN, problem("HW503", item.id, id=item.id, expected=expected, found=actual[:60])


def _clean_texts(fields: Sequence[str]) -> tuple[str, ...]:
    """The typed texts with normalised blanks, without invisible fields and broken characters."""
    whole = (text.encode("utf-8", "replace").decode() for text in fields[:MOST_FIELDS])
    plain = (_WHITESPACE.sub(" ", text).strip() for text in whole)
    return tuple(text for text in plain if not is_invisible(text))
