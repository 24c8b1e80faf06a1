"""A questionnaire in progress, one question at a time: the next and previous question, and what no longer applies.

An immutable value without screen or file. The code that validates answers for an assessment also decides which
questions are visible, so what was asked is what is assessed.
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
    """The position, counted from 1, among the visible parts and questions.

    A part is a section with the following sections that continue it.
    """

    section: int
    sections: int
    question: int
    questions: int


@dataclass(frozen=True)
class Interview:
    """The answers so far, and the current question. :func:`begin` and :func:`resume` create one; each method returns
    another.
    """

    pack: Pack
    form: Form
    as_of: date
    answers: Mapping[str, Any]
    """All answers in the order of the form. Answers to hidden questions are kept, because these may become visible
    again."""
    left_open: frozenset[str] = frozenset()
    """Questions that were asked and left open."""
    to_repeat: tuple[str, ...] = ()
    """Questions to ask again: those a person went back to, and those that depend on them."""

    # State

    @cached_property
    def responses(self) -> ResponseSet:
        """The answers as the engine accepts them now, with visible items and dropped ones."""
        return validate_answers(self.pack, self.form, self.answers, self.as_of, complete=False)

    @property
    def visible(self) -> tuple[str, ...]:
        """The visible questions in the order of the form."""
        return self.responses.visible

    @property
    def current_item(self) -> Item | None:
        """The question to ask now; None at the end."""
        to_repeat = (name for name in self.to_repeat if name in self.visible)
        waiting = (name for name in self.visible if not self.is_settled(name))
        item_id = next(to_repeat, None) or next(waiting, None)
        return None if item_id is None else self.item(item_id)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Questions that were answered and are no longer visible."""
        return self.responses.dropped

    @property
    def progress(self) -> Progress:
        """The position of the current question; at the end, that of the last one."""
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
        """The sections with visible questions, each with these."""
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
        """Questions that are visible because of a sensitive answer, and would reveal it.

        No list shows them. A person who goes back to the question they depend on is asked them again.
        """
        read_by_conditions = self.pack.show_when_dependencies
        return frozenset(
            name for name in self.form.item_ids if read_by_conditions.get(name, frozenset()) & self.pack.sensitive
        )

    def follow_ups(self, name: str) -> tuple[str, ...]:
        """The questions of :attr:`revealing_items` that depend on this one, directly or indirectly."""
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
        """True if a visible question need not be asked again: it was answered or left open."""
        return self.is_answered(name) or name in self.left_open

    # Moves

    def answer(self, name: str, value: object) -> Interview:
        """Answer a visible question. None means "I'd rather not say", and an empty answer leaves it open.

        Raises:
            ResponseError: the answer is invalid; the question stays as it was.
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
        """Leave a visible question open, and remove its answer if it has one.

        Raises:
            ResponseError: the question is required.
        """
        self._require_visible(name)
        if self.item(name).required:
            raise ResponseError([problem("HW506", name, id=name)])
        answers = {item_id: value for item_id, value in self.answers.items() if item_id != name}
        attempt = replace(self, answers=answers, left_open=self.left_open | {name})
        return _move_on(attempt, name, changed=name in self.answers)

    def keep_answer(self) -> Interview:
        """Keep the answer of a question that was asked again."""
        current_item = self.current_item
        return self if current_item is None else _move_on(self, current_item.id, changed=False)

    def back(self) -> Interview:
        """Go to the question before the current one, or from the end to the last one. Going forward follows the same
        path.
        """
        current_item = self.current_item
        index = len(self.visible) if current_item is None else self.visible.index(current_item.id)
        return replace(self, to_repeat=(self.visible[index - 1], *self.to_repeat)) if index else self

    def go_to(self, name: str) -> Interview:
        """Ask a visible question again, and the unlisted questions that depend on it."""
        self._require_visible(name)
        return replace(self, to_repeat=(name, *self.follow_ups(name)))

    def complete(self) -> ResponseSet:
        """The answers at the end, without those that no longer apply.

        Raises:
            ResponseError: a required question is unanswered.
        """
        return validate_answers(self.pack, self.form, self.responses.answers, self.as_of)

    def _require_visible(self, name: str) -> None:
        if name not in self.visible:
            message = f"the question {name} does not come up"
            raise ValueError(message)


def _move_on(interview: Interview, name: str, *, changed: bool) -> Interview:
    """Go on after a question. Questions that depend on a changed answer are asked again."""
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
    """Start an interview, or continue with answers to this content.

    Raises:
        ResponseError: with every invalid answer.
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
    """Continue with answers that may belong to other content. Answers that do not fit are left out and listed."""
    try:
        return begin(pack, form, as_of, raw_answers, left_open), ()
    except ResponseError as error:
        refused = {str(answer_problem.where) for answer_problem in error.problems}
    accepted = {name: value for name, value in raw_answers.items() if name not in refused}
    return begin(pack, form, as_of, accepted, left_open), tuple(name for name in raw_answers if name in refused)
