"""Validation of answers: what is not asked, not offered or of the wrong type does not come in."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import isnan
from typing import Any

from engine.assessment.evaluator import Facts, Node, evaluator
from engine.assessment.scoring import Answers, Value, scorers
from engine.content.base import is_date
from engine.content.conditions import leaves
from engine.content.pack import Form, Pack
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
from engine.errors import Location, Problem, ResponseError, describe_value, did_you_mean, join_ids, problem

RawResponses = Mapping[str, Any]
"""Item id → option id or ids, number, boolean, text, or null ("I'd rather not say"); absent is unanswered."""


@dataclass(frozen=True, slots=True)
class ResponseSet:
    """Accepted answers to one form: only items that are visible, only values that are offered."""

    questionnaire: str
    answers: Mapping[str, Value | None]
    """In the order of asking. Null is "I'd rather not say"; unanswered items are absent."""
    visible: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    """Items that were answered but do not apply any more, given the other answers."""


def validate_answers(
    pack: Pack,
    form: Form,
    raw: RawResponses,
    as_of: date,
    *,
    complete: bool = True,
    locations: Mapping[str, Location] | None = None,
) -> ResponseSet:
    """Check answers and leave out those to hidden items.

    Args:
        as_of: the day the answers speak of; the age of dates is counted from it.
        complete: False lets required items wait, for drafts and first plans.
        locations: where each answer stands in a file, for the messages.

    Raises:
        ResponseError: with every problem found.
    """
    locations = locations or {}
    problems = [_unknown_item(form, name, locations) for name in raw if name not in form.item_ids]
    answers: dict[str, Value | None] = {}
    visible: list[str] = []
    dropped: list[str] = []
    for item, shown_when in _visibility(pack, form):
        location = locations.get(item.id, item.id)
        answer, faults = _read_value(item, raw.get(item.id), location)
        problems.extend(faults)
        if shown_when is not None and not shown_when.applies(answers, form, as_of):
            if answer is not None:
                dropped.append(item.id)
            continue
        visible.append(item.id)
        if answer is not None or (item.id in raw and raw[item.id] is None):
            answers[item.id] = answer
        elif item.required and complete and not faults:
            problems.append(problem("HW506", location, id=item.id))
    if problems:
        raise ResponseError(problems)
    return ResponseSet(form.questionnaire.questionnaire, answers, tuple(visible), tuple(dropped))


def is_visible(pack: Pack, form: Form, name: str, answers: Answers, as_of: date) -> bool:
    """Whether an item of the form comes up, after these answers to the items before it."""
    _, shown_when = _visibility(pack, form)[form.position[name]]
    return shown_when is None or shown_when.applies(answers, form, as_of)


def _unknown_item(form: Form, name: str, locations: Mapping[str, Location]) -> Problem:
    return problem("HW501", locations.get(name, name), id=name, hint=did_you_mean(name, form.item_ids))


def visibility_dependencies(pack: Pack, form: Form, name: str) -> frozenset[str]:
    """The items whose answers decide whether an item comes up: directly, in a scale, or by gates that hold a step."""
    item = form.items[form.position[name]]
    if item.show_when is None:
        return frozenset()
    read_leaves = [leaf for leaf, _ in leaves(item.show_when)]
    gates = [gate for leaf in read_leaves if leaf.subject == "step" for gate in pack.gates_holding(leaf.id)]
    read_leaves += [leaf for gate in gates for leaf, _ in leaves(gate.when)]
    return frozenset(item_id for leaf in read_leaves for item_id in pack.items_read_by(leaf))


@dataclass(frozen=True)
class _ShowWhen:
    """One item's condition, with what has to be worked out before it can be asked."""

    condition: Node
    scales: tuple[str, ...]
    holds: Mapping[str, tuple[Node, ...]]
    """For each step that the condition asks about: the gates that can hold it."""
    pack: Pack

    def applies(self, answers: Mapping[str, Value | None], form: Form, as_of: date) -> bool:
        pack_scorers = scorers(self.pack)
        scales = {name: pack_scorers[name].score(answers) for name in self.scales}
        facts = Facts(answers, form.item_ids, scales, as_of)
        facts.held = {step for step, gates in self.holds.items() if any(gate.truth(facts) is True for gate in gates)}
        return self.condition.truth(facts) is True


@lru_cache(maxsize=32)
def _visibility(pack: Pack, form: Form) -> tuple[tuple[Item, _ShowWhen | None], ...]:
    return tuple((item, _show_when(pack, form, item)) for item in form.items)


def _show_when(pack: Pack, form: Form, item: Item) -> _ShowWhen | None:
    if item.show_when is None:
        return None
    condition_leaves = [leaf for leaf, _ in leaves(item.show_when)]
    scored = {scale.id for scale in form.scales}
    return _ShowWhen(
        condition=evaluator(item.show_when, pack),
        scales=tuple(leaf.id for leaf in condition_leaves if leaf.subject == "scale" and leaf.id in scored),
        holds={
            leaf.id: tuple(evaluator(gate.when, pack) for gate in pack.gates_holding(leaf.id))
            for leaf in condition_leaves
            if leaf.subject == "step"
        },
        pack=pack,
    )


def read_answer(item: Item, value: Any) -> tuple[Value | None, tuple[Problem, ...]]:
    """One answer in the one form it is kept in, whether its item comes up or not, and what is wrong with it."""
    answer, faults = _read_value(item, value, item.id)
    return answer, tuple(faults)


AnswerLocation = Location | str


def _read_value(item: Item, value: Any, location: AnswerLocation) -> tuple[Value | None, list[Problem]]:
    """The answer in the one form it is kept in; empty text and no choice are no answer."""
    if value is None:
        return None, []
    match item:
        case SingleChoice():
            return _read_single_choice(item, value, location)
        case MultipleChoice():
            return _read_multiple_choice(item, value, location)
        case Rating():
            return _read_number(item, value, item.first, item.last, location, whole=True)
        case YesNo():
            return (value, []) if isinstance(value, bool) else _wrong_type(item, "true or false", value, location)
        case NumberItem():
            return _read_number(item, value, item.lowest, item.highest, location, whole=item.whole)
        case DateItem():
            return _read_date(item, value, location)
        case ShortText():
            return _read_text(item, value, location)


def _wrong_type(item: Item, expected: str, value: Any, location: AnswerLocation) -> tuple[None, list[Problem]]:
    return None, [problem("HW503", location, id=item.id, expected=expected, found=describe_value(value))]


def _read_single_choice(item: SingleChoice, value: Any, location: AnswerLocation) -> tuple[Value | None, list[Problem]]:
    if not isinstance(value, str):
        return _wrong_type(item, "the id of an option", value, location)
    fault = _not_offered(item, value, location)
    return (None, [fault]) if fault else (value, [])


def _not_offered(item: SingleChoice | MultipleChoice, value: str, location: AnswerLocation) -> Problem | None:
    offered = [option.id for option in item.options]
    if value in offered:
        return None
    details = {
        "found": describe_value(value),
        "id": item.id,
        "hint": did_you_mean(value, offered),
        "allowed": join_ids(offered),
    }
    return problem("HW502", location, **details)


def _read_multiple_choice(
    item: MultipleChoice, value: Any, location: AnswerLocation
) -> tuple[Value | None, list[Problem]]:
    if (
        not isinstance(value, Sequence)
        or isinstance(value, str)
        or not all(isinstance(option_id, str) for option_id in value)
    ):
        return _wrong_type(item, "a list of option ids", value, location)
    faults = [fault for option_id in dict.fromkeys(value) if (fault := _not_offered(item, option_id, location))]
    faults += [
        problem("HW508", location, option=option_id, id=item.id)
        for option_id in dict.fromkeys(value)
        if value.count(option_id) > 1
    ]
    chosen_exclusive = [option.id for option in item.options if option.exclusive and option.id in value]
    if chosen_exclusive and len(set(value)) > 1:
        faults.append(problem("HW505", location, option=chosen_exclusive[0], id=item.id))
    chosen = tuple(option.id for option in item.options if option.id in value)
    return (None, faults) if faults or not chosen else (chosen, [])


def _read_number(
    item: Item, value: Any, low: float, high: float, location: AnswerLocation, *, whole: bool
) -> tuple[Value | None, list[Problem]]:
    expected = f"a {'whole ' if whole else ''}number from {low} to {high}"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if whole and isinstance(value, float) and not value.is_integer():
        is_number = False
    if not is_number or (isinstance(value, float) and isnan(value)):
        return _wrong_type(item, expected, value, location)
    if not low <= value <= high:
        return None, [problem("HW504", location, id=item.id, found=describe_value(value), expected=expected)]
    return int(value) if value == int(value) else value, []


def _read_date(item: DateItem, value: Any, location: AnswerLocation) -> tuple[Value | None, list[Problem]]:
    if not isinstance(value, str) or not is_date(value):
        return _wrong_type(item, "a date such as 2026-11-23", value, location)
    if (item.earliest and value < item.earliest) or (item.latest and value > item.latest):
        expected = f"a date from {item.earliest or '…'} to {item.latest or '…'}"
        return None, [problem("HW504", location, id=item.id, found=value, expected=expected)]
    return value, []


def _is_control(char: str) -> bool:
    """Line breaks and the like, and what turns the direction of writing round for all that follows."""
    changes_direction = "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"
    return changes_direction or unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}


def _read_text(item: ShortText, value: Any, location: AnswerLocation) -> tuple[Value | None, list[Problem]]:
    if not isinstance(value, str) or any(_is_control(char) for char in value):
        return _wrong_type(item, "one line of text", value, location)
    if len(value) > item.longest:
        return None, [problem("HW507", location, id=item.id, most=item.longest)]
    return value.strip() or None, []
