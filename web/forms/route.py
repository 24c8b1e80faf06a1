"""The route through a questionnaire with the answers so far: question pages, and the pages between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Final, Literal, Self

from engine.assessment.pipeline import notices_while_answering
from engine.assessment.responses import ResponseSet, validate_answers, visibility_dependencies
from engine.content.pack import Form, Pack
from engine.content.placeholders import placeholder_filler
from engine.content.questionnaire import Section
from web.forms.paging import BEFORE_PREFIX, KEEP_PAGE, NOTICE_PREFIX, OFFER_PAGE, PageSpec, pages_of
from web.journeys.sitting import Sitting

_DECIDED_BY_ANSWERS: Final = frozenset({"responses", "visible", "notices"})
"""Cached properties of a route that depend only on the answers and their day."""
StopKind = Literal["before", "questions", "keep", "notice", "offer"]


@dataclass(frozen=True, slots=True)
class Stop:
    """One page of the route."""

    name: str
    """Its name in URLs."""
    kind: StopKind
    done: bool
    """True if it is done: everything on it was answered or left open, or it was seen."""
    section: Section
    page: PageSpec | None = None
    """The question page, if it is one."""
    mark: str = ""
    """The mark in ``Sitting.seen`` once it was seen: a notice raised again is shown again."""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Walk:
    """A sitting with the content it was begun with. Pages are built from this."""

    pack: Pack
    form: Form
    sitting: Sitting
    today: date
    hidden: frozenset[str] = field(default=frozenset(), kw_only=True)
    """Items whose answers decide what is visible and are not shown or mentioned."""

    @property
    def as_of(self) -> date:
        """The day to which the answers refer."""
        return self.sitting.as_of(self.today)

    @cached_property
    def responses(self) -> ResponseSet:
        """The answers as the engine accepts them, with the visible items."""
        answers = self.sitting.answers
        return validate_answers(self.pack, self.form, answers, self.as_of, complete=False, kept=True)

    @cached_property
    def visible(self) -> frozenset[str]:
        """The visible items."""
        return frozenset(self.responses.visible)

    @property
    def hanging_items(self) -> frozenset[str]:
        """Items whose visibility depends on a sensitive answer, so that it could reveal the answer."""
        return _hanging_items(self.pack, self.form)

    @cached_property
    def expected_items(self) -> frozenset[str]:
        """The items that are visible or may still become so, and the items of :attr:`hanging_items`.

        Without these, fewer pages after a page with a sensitive answer would reveal it.
        """
        undecided = self.visible - self.sitting.asked - self.responses.answers.keys()
        dependents = _dependents(self.pack, self.form)
        return self.visible.union(self.hanging_items, *(dependents[name] for name in undecided))

    @cached_property
    def notices(self) -> tuple[str, ...]:
        """The notices that the answers so far raise."""
        return notices_while_answering(self.pack, self.form, self.responses, self.as_of)

    @cached_property
    def question_stops(self) -> tuple[Stop, ...]:
        """The visible question pages, in order."""
        shown_pages = [page for page in pages_of(self.form) if not self.visible.isdisjoint(page.items)]
        return tuple(Stop(page.name, "questions", is_done(self, page), page.section, page=page) for page in shown_pages)

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """All visible pages, in order, whether or not they were seen."""
        return tuple(_stops(self))

    @property
    def earlier_answers(self) -> Mapping[str, object]:
        """The answers of a check-in's full sitting; none for a full sitting."""
        return {}

    @cached_property
    def fill(self) -> Callable[[str], str]:
        """Fill a text of the content with the name, pronoun and answers so far.

        A check-in asks for neither name nor pronoun and uses those of its full sitting.
        """
        answers = {**self.earlier_answers, **self.responses.answers}
        spoken_of = {name: value for name, value in answers.items() if name not in self.hidden}
        return placeholder_filler(self.pack.content.voice, spoken_of).fill

    def with_responses(self, responses: ResponseSet) -> Self:
        """The same route with these answers as an assessment has validated them."""
        walk = replace(self)
        vars(walk)["responses"] = responses
        return walk

    def with_sitting(self, sitting: Sitting) -> Self:
        """The route after a change. Cached properties are kept if answers and day are unchanged."""
        walk = replace(self, sitting=sitting)
        if sitting.answers is self.sitting.answers and walk.as_of == self.as_of:
            decided = {name: value for name, value in vars(self).items() if name in _DECIDED_BY_ANSWERS}
            vars(walk).update(decided)
        return walk


def next_stop(stops: Sequence[Stop], after: str | None = None) -> Stop | None:
    """The first page that is not done, from this one on, including it.

    None means the review of all answers. A name that is no longer on the route counts as the beginning.
    """
    start = next((index for index, stop in enumerate(stops) if stop.name == after), 0)
    return next((stop for stop in stops[start:] if not stop.done), None)


def previous_stop(stops: Sequence[Stop], name: str) -> Stop | None:
    """The question page before a page."""
    index = next((index for index, stop in enumerate(stops) if stop.name == name), 0)
    return next((stop for stop in reversed(stops[:index]) if stop.kind == "questions"), None)


def stop_named(stops: Sequence[Stop], name: str) -> Stop | None:
    """The page with this name, if it is visible."""
    return next((stop for stop in stops if stop.name == name), None)


def drop_stale_marks(walk: Walk) -> Sitting:
    """The sitting without the marks of notices that are no longer raised, so that they are shown if raised again.

    Call it together with each change of an answer.
    """
    notice_marks = {mark for mark in walk.sitting.seen if mark.startswith(NOTICE_PREFIX)}
    if not notice_marks:
        return walk.sitting
    stale_marks = notice_marks - {stop.mark for stop in walk.stops}
    return replace(walk.sitting, seen=walk.sitting.seen - stale_marks) if stale_marks else walk.sitting


def waiting_texts(sitting: Sitting, page: str) -> dict[str, tuple[str, ...]]:
    """Invalid input of a page, without blanks that were answered meanwhile."""
    typed = sitting.typed.get(page, {})
    return {item: texts for item, texts in typed.items() if texts or item not in sitting.answers}


def _stops(walk: Walk) -> Iterator[Stop]:
    """The pages of each section: its announcement, its questions, its notices, and what is offered after it."""
    form, sitting = walk.form, walk.sitting
    shown_pages = [stop.page for stop in walk.question_stops if stop.page is not None]
    first_part = [page for page in shown_pages if page.part == shown_pages[0].part]
    for _, group in groupby(walk.question_stops, key=lambda stop: stop.section.id):
        questions = list(group)
        section, last_page = questions[0].section, questions[-1].page
        if section.before:
            name = BEFORE_PREFIX + section.id
            # A section that was already answered, for example in another tab, needs no announcement.
            done = name in sitting.seen or all(stop.done for stop in questions)
            yield Stop(name, "before", done, section, mark=name)
        yield from questions
        if notices := tuple(name for name in section.followed_by if name in walk.notices):
            name = f"{NOTICE_PREFIX}{_numbers_of_sections(form)[section.id]}"
            mark = "+".join((name, *notices))
            yield Stop(name, "notice", mark in sitting.seen, section, mark=mark, notices=notices)
        if last_page is first_part[-1] and form.has_plan and sitting.number == 1:
            yield Stop(KEEP_PAGE, "keep", KEEP_PAGE in sitting.seen, section, mark=KEEP_PAGE)
        if section.first_plan and last_page is not shown_pages[-1]:
            done = OFFER_PAGE in sitting.seen or sitting.finished is not None
            yield Stop(OFFER_PAGE, "offer", done, section, mark=OFFER_PAGE)


def is_done(walk: Walk, page: PageSpec) -> bool:
    """True if all visible items of a page were answered or left open and none is invalid."""
    answered, asked = walk.responses.answers, walk.sitting.asked
    unanswered = [name for name in page.items if name in walk.visible and name not in answered]
    settled = all(name in asked and not walk.form.item(name).required for name in unanswered)
    return settled and not waiting_texts(walk.sitting, page.name)


def expected_pages(walk: Walk) -> list[PageSpec]:
    """The pages with expected items."""
    return [page for page in pages_of(walk.form) if not walk.expected_items.isdisjoint(page.items)]


@lru_cache(maxsize=32)
def _numbers_of_sections(form: Form) -> dict[str, int]:
    return {section.id: number for number, section in enumerate(form.questionnaire.sections, 1)}


@lru_cache(maxsize=32)
def _dependencies(pack: Pack, form: Form) -> dict[str, frozenset[str]]:
    return {item.id: visibility_dependencies(pack, form, item.id) & form.item_ids for item in form.items}


@lru_cache(maxsize=32)
def _dependents(pack: Pack, form: Form) -> dict[str, frozenset[str]]:
    """By item: the items whose visibility depends on it."""
    dependencies = _dependencies(pack, form)
    return {name: frozenset(other for other in dependencies if name in dependencies[other]) for name in dependencies}


@lru_cache(maxsize=32)
def _hanging_items(pack: Pack, form: Form) -> frozenset[str]:
    return frozenset(name for name, read in _dependencies(pack, form).items() if read & pack.sensitive)
