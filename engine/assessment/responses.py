"""Validation of answers: what is not asked, not offered or of the wrong type does not come in."""

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
    kept: bool = False,
    locations: Mapping[str, Location] | None = None,
) -> ResponseSet:
    """Check answers and leave out those to hidden items.

    Args:
        as_of: the day the answers speak of; the age of dates is counted from it.
        complete: False lets required items wait, for drafts and first plans.
        kept: True for answers that were accepted when they were given: bounds that depend on the day, and those that
            a date has without being given any, are not applied once more.
        locations: where each answer stands in a file, for the messages.

    Raises:
        ResponseError: with every problem found.
    """
    locations = locations or {}
    problems = [_unknown_item(form, name, locations) for name in raw if name not in form.item_ids]
    answers: dict[str, Value | None] = {}
    visible: list[str] = []
    dropped: list[str] = []
    applies: dict[_ShowWhen | None, bool] = {None: True}  # what a condition reads is answered before its first item
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
    """Whether an item of the form comes up, after these answers to the items before it."""
    _, shown_when = _visibility(pack, form)[form.position[name]]
    return shown_when is None or shown_when.applies(answers, form, as_of)


def _unknown_item(form: Form, name: str, locations: Mapping[str, Location]) -> Problem:
    return problem("HW501", locations.get(name, name), id=name, hint=did_you_mean(name, form.item_ids))


def visibility_dependencies(pack: Pack, form: Form, name: str) -> frozenset[str]:
    """The items whose answers decide whether an item comes up: directly, in a scale, or by gates that hold a step."""
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
    """The condition of some items, with what has to be worked out before it can be asked."""

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
    """The items of a form, each with its condition; items with the same condition share it."""
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
