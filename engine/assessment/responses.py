"""Validates answers: only visible items, offered options and values of the right type are accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from engine.assessment.evaluator import Facts, Node, evaluator
from engine.assessment.scoring import scorers
from engine.content.conditions import Condition, leaves
from engine.content.items.base import AnswerLocation, Item, ValidatedAnswer
from engine.content.pack import Form, Pack
from engine.content.values import Answers, Value
from engine.errors import Location, Problem, ResponseError, did_you_mean, problem

RawResponses = Mapping[str, Any]
"""Item id → option id or ids, number, boolean, text, or null ("I'd rather not say"). A missing item is unanswered."""


@dataclass(frozen=True, slots=True)
class ResponseSet:
    """The accepted answers to one form: visible items with valid values."""

    questionnaire: str
    answers: Mapping[str, Value | None]
    """In the order of the form. Null means "I'd rather not say"; unanswered items are absent."""
    visible: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    """Answered items that no longer apply, given the other answers."""


def validate_answers(
    pack: Pack,
    form: Form,
    raw: RawResponses,
    as_of: date,
    *,
    complete: bool = True,
    kept: bool = False,
    locations: Mapping[str, Location] | None = None,
) -> ResponseSet:
    """Validate answers, and leave out those to hidden items.

    Args:
        pack: the content.
        form: the form that was answered.
        raw: the answers by item id.
        as_of: the day of the sitting, from which the age of dates is counted.
        complete: False allows required items without an answer, for drafts and first plans.
        kept: True for answers that were accepted when they were given. Bounds relative to the day, and default
            bounds of dates, are then not applied again.
        locations: the place of each answer in a file, for messages.

    Raises:
        ResponseError: with every problem.
    """
    locations = locations or {}
    problems = [_unknown_item(form, name, locations) for name in raw if name not in form.item_ids]
    answers: dict[str, Value | None] = {}
    visible: list[str] = []
    dropped: list[str] = []
    applies: dict[_ShowWhen | None, bool] = {None: True}  # items in a condition precede the items that have it
    for item, shown_when in _visibility(pack, form):
        location = locations.get(item.id, item.id)
        value = raw.get(item.id)
        answer, faults = (None, []) if value is None else _validated(item, value, location, None if kept else as_of)
        problems.extend(faults)
        if shown_when not in applies:
            applies[shown_when] = shown_when is None or shown_when.applies(answers, form, as_of)
        if not applies[shown_when]:
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


def _validated(item: Item, value: Any, location: AnswerLocation, as_of: date | None) -> ValidatedAnswer:
    return item.validate_answer(value, location) if as_of is None else item.validate_on(value, location, as_of)


def is_visible(pack: Pack, form: Form, name: str, answers: Answers, as_of: date) -> bool:
    """Whether an item is visible, given the answers to the items before it."""
    _, shown_when = _visibility(pack, form)[form.position[name]]
    return shown_when is None or shown_when.applies(answers, form, as_of)


def _unknown_item(form: Form, name: str, locations: Mapping[str, Location]) -> Problem:
    return problem("HW501", locations.get(name, name), id=name, hint=did_you_mean(name, form.item_ids))


def visibility_dependencies(pack: Pack, form: Form, name: str) -> frozenset[str]:
    """The items that determine whether an item is visible, in its condition, in scales, or in gates that hold."""
    return _visibility_dependencies(pack, form)[name]


@lru_cache(maxsize=32)
def _visibility_dependencies(pack: Pack, form: Form) -> Mapping[str, frozenset[str]]:
    return {item.id: _read_by_show_when(pack, item) for item in form.items}


def _read_by_show_when(pack: Pack, item: Item) -> frozenset[str]:
    if item.show_when is None:
        return frozenset()
    read_leaves = [leaf for leaf, _ in leaves(item.show_when)]
    gates = [gate for leaf in read_leaves if leaf.subject == "step" for gate in pack.gates_holding(leaf.id)]
    read_leaves += [leaf for gate in gates for leaf, _ in leaves(gate.when)]
    return frozenset(item_id for leaf in read_leaves for item_id in pack.items_read_by(leaf))


@dataclass(frozen=True, eq=False)
class _ShowWhen:
    """The condition of some items, with what must be computed before it is evaluated."""

    condition: Node
    scales: tuple[str, ...]
    holds: Mapping[str, tuple[Node, ...]]
    """For each step in the condition: the gates that can hold it."""
    pack: Pack

    def applies(self, answers: Mapping[str, Value | None], form: Form, as_of: date) -> bool:
        pack_scorers = scorers(self.pack)
        scales = {name: pack_scorers[name].score(answers) for name in self.scales}
        facts = Facts(answers, form.item_ids, scales, as_of)
        facts.held = {step for step, gates in self.holds.items() if any(gate.truth(facts) is True for gate in gates)}
        return self.condition.truth(facts) is True


@lru_cache(maxsize=32)
def _visibility(pack: Pack, form: Form) -> tuple[tuple[Item, _ShowWhen | None], ...]:
    """The items of a form with their conditions. Items with equal conditions share one."""
    shared: dict[str, _ShowWhen] = {}
    visibility: list[tuple[Item, _ShowWhen | None]] = []
    for item in form.items:
        if item.show_when is None:
            visibility.append((item, None))
            continue
        key = repr(item.show_when)
        if key not in shared:
            shared[key] = _show_when(pack, form, item.show_when)
        visibility.append((item, shared[key]))
    return tuple(visibility)


def _show_when(pack: Pack, form: Form, condition: Condition) -> _ShowWhen:
    condition_leaves = [leaf for leaf, _ in leaves(condition)]
    scored = {scale.id for scale in form.scales}
    return _ShowWhen(
        condition=evaluator(condition, pack),
        scales=tuple(leaf.id for leaf in condition_leaves if leaf.subject == "scale" and leaf.id in scored),
        holds={
            leaf.id: tuple(evaluator(gate.when, pack) for gate in pack.gates_holding(leaf.id))
            for leaf in condition_leaves
            if leaf.subject == "step"
        },
        pack=pack,
    )
