"""A questionnaire being answered, one question at a time: what comes next, what went before, what no longer applies.

A value without screen or file. Which questions are visible is decided by the same code that validates answers for an
assessment, so that what was asked is what is assessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from engine.assessment.responses import RawResponses, ResponseSet, validate_answers
from engine.content.items.base import Item
from engine.content.pack import Form, Pack
from engine.content.questionnaire import ItemReference, Section
from engine.content.values import Value
from engine.errors import ResponseError, problem


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one is, counted from 1, among the parts and questions that come up with the answers so far.

    A part is a section, with those after it that continue it.
    """

    section: int
    sections: int
    question: int
    questions: int


@dataclass(frozen=True)
class Interview:
    """The answers so far, and the current question. :func:`begin` and :func:`resume` make one, every move another."""

    pack: Pack
    form: Form
    as_of: date
    answers: Mapping[str, Any]
    """Every answer, in the order of asking. Those to questions that are hidden now stay: they may come up again."""
    left_open: frozenset[str] = frozenset()
    """What was asked and not answered."""
    to_repeat: tuple[str, ...] = ()
    """What is asked once more before it goes on: what somebody went back to, and what hangs on it."""

    # What is

    @cached_property
    def responses(self) -> ResponseSet:
        """The answers as the engine would take them now, with what is visible and what does not apply."""
        return validate_answers(self.pack, self.form, self.answers, self.as_of, complete=False)

    @property
    def visible(self) -> tuple[str, ...]:
        """The questions that come up with the answers so far, in the order of asking."""
        return self.responses.visible

    @property
    def current_item(self) -> Item | None:
        """The question to ask now; None if nothing is waiting."""
        to_repeat = (name for name in self.to_repeat if name in self.visible)
        waiting = (name for name in self.visible if not self.is_settled(name))
        item_id = next(to_repeat, None) or next(waiting, None)
        return None if item_id is None else self.item(item_id)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Questions that were answered and do not come up any more."""
        return self.responses.dropped

    @property
    def progress(self) -> Progress:
        """Where the current question stands; at the end, the last one."""
        if not self.visible:
            return Progress(0, 0, 0, 0)
        current_item = self.current_item
        name = self.visible[-1] if current_item is None else current_item.id
        parts: list[set[str]] = []
        for section, items in self.sections:
            if not (section.continues and parts):
                parts.append(set())
            parts[-1].update(item.id for item in items)
        return Progress(
            section=next(number for number, items in enumerate(parts, 1) if name in items),
            sections=len(parts),
            question=self.visible.index(name) + 1,
            questions=len(self.visible),
        )

    @property
    def sections(self) -> tuple[tuple[Section, tuple[Item, ...]], ...]:
        """The sections of which something is visible, each with its visible questions."""
        visible = set(self.visible)
        visible_items_by_section = (
            (
                section,
                tuple(item for item in section.items if not isinstance(item, ItemReference) and item.id in visible),
            )
            for section in self.form.questionnaire.sections
        )
        return tuple((section, items) for section, items in visible_items_by_section if items)

    @cached_property
    def revealing_items(self) -> frozenset[str]:
        """Questions that come up because of sensitive answers: that they are there gives one away.

        No list shows them. Whoever goes back to what they hang on is asked them too.
        """
        read_by_conditions = self.pack.show_when_dependencies
        return frozenset(
            name for name in self.form.item_ids if read_by_conditions.get(name, frozenset()) & self.pack.sensitive
        )

    def follow_ups(self, name: str) -> tuple[str, ...]:
        """The questions of :attr:`revealing_items` that hang on this one, directly or through others."""
        reached = {name}
        for item in self.form.items:  # a condition reads earlier items only
            if self.pack.show_when_dependencies.get(item.id, frozenset()) & reached:
                reached.add(item.id)
        return tuple(
            item.id for item in self.form.items if item.id in reached & self.revealing_items and item.id != name
        )

    def item(self, name: str) -> Item:
        """The question with this id."""
        return self.form.items[self.form.position[name]]

    def is_answered(self, name: str) -> bool:
        """True if a visible question has an answer; "I'd rather not say" is one."""
        return name in self.responses.answers

    def is_settled(self, name: str) -> bool:
        """True if a visible question needs not be asked any more: it was answered or left open."""
        return self.is_answered(name) or name in self.left_open

    # What can be done

    def answer(self, name: str, value: object) -> Interview:
        """Answer a visible question; None is "I'd rather not say", and an empty answer leaves it open.

        Raises:
            ResponseError: the answer is not one to this question, which then stays as it is.
        """
        self._require_visible(name)
        all_answers = {**self.answers, name: value}
        answers = {item_id: all_answers[item_id] for item_id in sorted(all_answers, key=self.form.position.__getitem__)}
        attempt = replace(self, answers=answers, left_open=self.left_open - {name})
        if not attempt.is_answered(name):
            return self.leave_open(name)
        answers = {**answers, name: attempt.responses.answers[name]}
        changed = name not in self.answers or self.answers[name] != answers[name]
        return _move_on(replace(attempt, answers=answers), name, changed=changed)

    def leave_open(self, name: str) -> Interview:
        """Leave a visible question open, and take back the answer to it if there is one.

        Raises:
            ResponseError: the question needs an answer.
        """
        self._require_visible(name)
        if self.item(name).required:
            raise ResponseError([problem("HW506", name, id=name)])
        answers = {item_id: value for item_id, value in self.answers.items() if item_id != name}
        attempt = replace(self, answers=answers, left_open=self.left_open | {name})
        return _move_on(attempt, name, changed=name in self.answers)

    def keep_answer(self) -> Interview:
        """Leave a question that was asked once more as it is."""
        current_item = self.current_item
        return self if current_item is None else _move_on(self, current_item.id, changed=False)

    def back(self) -> Interview:
        """Go to the question before the current one, or from the end to the last. The way forward is the same way."""
        current_item = self.current_item
        index = len(self.visible) if current_item is None else self.visible.index(current_item.id)
        return replace(self, to_repeat=(self.visible[index - 1], *self.to_repeat)) if index else self

    def go_to(self, name: str) -> Interview:
        """Ask a visible question once more, and what only came up because of it and is in no list."""
        self._require_visible(name)
        return replace(self, to_repeat=(name, *self.follow_ups(name)))

    def complete(self) -> ResponseSet:
        """The answers at the end, without those that do not apply.

        Raises:
            ResponseError: a question that needs an answer has none.
        """
        return validate_answers(self.pack, self.form, self.responses.answers, self.as_of)

    def _require_visible(self, name: str) -> None:
        if name not in self.visible:
            message = f"the question {name} does not come up"
            raise ValueError(message)


def _move_on(interview: Interview, name: str, *, changed: bool) -> Interview:
    """Go on from a question. What hangs on a changed answer may be answered otherwise now, and is asked once more."""
    settled_follow_ups = (
        item_id
        for item_id in interview.follow_ups(name)
        if item_id in interview.visible and interview.is_settled(item_id)
    )
    still_to_repeat = (item_id for item_id in interview.to_repeat if item_id != name)
    return replace(
        interview, to_repeat=tuple(dict.fromkeys((*(settled_follow_ups if changed else ()), *still_to_repeat)))
    )


def begin(
    pack: Pack, form: Form, as_of: date, raw_answers: RawResponses | None = None, left_open: Iterable[str] = ()
) -> Interview:
    """Start asking, or go on with answers to this very content.

    Raises:
        ResponseError: with every answer that cannot be accepted.
    """
    raw = raw_answers or {}
    responses = validate_answers(pack, form, raw, as_of, complete=False)
    answers: dict[str, Value | None] = {
        item.id: responses.answers.get(item.id, raw[item.id])
        for item in form.items
        if item.id in raw and (item.id in responses.answers or item.id not in responses.visible)
    }
    free = frozenset(item.id for item in form.items if not item.required)
    return Interview(pack, form, as_of, answers, frozenset(left_open) & free - answers.keys())


def resume(
    pack: Pack, form: Form, as_of: date, raw_answers: RawResponses, left_open: Iterable[str] = ()
) -> tuple[Interview, tuple[str, ...]]:
    """Go on with answers that may have been given to other content: what does not fit is left out, and named."""
    try:
        return begin(pack, form, as_of, raw_answers, left_open), ()
    except ResponseError as error:
        refused = {str(answer_problem.where) for answer_problem in error.problems}
    accepted = {name: value for name, value in raw_answers.items() if name not in refused}
    return begin(pack, form, as_of, accepted, left_open), tuple(name for name in raw_answers if name in refused)
