"""The whole walk through a questionnaire with the answers so far: pages with questions, and the pages between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Literal, Self

from engine.assessment.pipeline import notices_while_answering
from engine.assessment.responses import ResponseSet, validate_answers, visibility_dependencies
from engine.content.pack import Form, Pack
from engine.content.placeholders import placeholder_filler
from engine.content.questionnaire import Section
from web.forms.paging import BEFORE_PREFIX, KEEP_PAGE, NOTICE_PREFIX, OFFER_PAGE, PageSpec, pages_of
from web.journeys.sitting import Sitting

StopKind = Literal["before", "questions", "keep", "notice", "offer"]


@dataclass(frozen=True, slots=True)
class Stop:
    """One page of the walk."""

    name: str
    """Its place in addresses."""
    kind: StopKind
    done: bool
    """True if it needs no look any more: all on it was answered or left open, or it was seen."""
    section: Section
    page: PageSpec | None = None
    """The page with questions that it is."""
    mark: str = ""
    """What to note in ``Sitting.seen`` once it was seen: a notice raised anew is not a notice that was seen."""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Walk:
    """A sitting under the content it was begun with: all that its pages are made of."""

    pack: Pack
    form: Form
    sitting: Sitting
    today: date
    hidden: frozenset[str] = field(default=frozenset(), kw_only=True)
    """Items whose answers decide what comes up, and are neither shown nor spoken of."""

    @property
    def as_of(self) -> date:
        """The day the answers speak of."""
        return self.sitting.as_of(self.today)

    @cached_property
    def responses(self) -> ResponseSet:
        """The answers so far as the engine takes them, with what is visible."""
        answers = self.sitting.answers
        return validate_answers(self.pack, self.form, answers, self.as_of, complete=False, kept=True)

    @cached_property
    def hanging_items(self) -> frozenset[str]:
        """Items that a sensitive answer can bring up or take away: whether they are there could give it away."""
        dependencies = _dependencies(self.pack, self.form)
        return frozenset(name for name in self.form.item_ids if dependencies[name] & self.pack.sensitive)

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """All stops that come up with the answers so far, in order, whether they were seen or not."""
        return tuple(_stops(self))

    @property
    def earlier_answers(self) -> Mapping[str, object]:
        """The answers of the full sitting that a check-in belongs to; none for a full one."""
        return {}

    @cached_property
    def fill(self) -> Callable[[str], str]:
        """Puts a text of the content into the voice of the answers so far.

        A check-in asks neither name nor pronoun: it has those of the sitting that it belongs to.
        """
        answers = {**self.earlier_answers, **self.responses.answers}
        spoken_of = {name: value for name, value in answers.items() if name not in self.hidden}
        return placeholder_filler(self.pack.content.voice, spoken_of).fill

    def with_sitting(self, sitting: Sitting) -> Self:
        """The same, after a change."""
        return replace(self, sitting=sitting)


def next_stop(stops: Sequence[Stop], after: str | None = None) -> Stop | None:
    """The first stop that waits, from a place on: that place too, if something on it waits still.

    None is: look at the answers. A place that does not come up any more counts as the beginning.
    """
    start = next((index for index, stop in enumerate(stops) if stop.name == after), 0)
    return next((stop for stop in stops[start:] if not stop.done), None)


def previous_stop(stops: Sequence[Stop], name: str) -> Stop | None:
    """The page with questions before a place."""
    index = next((index for index, stop in enumerate(stops) if stop.name == name), 0)
    return next((stop for stop in reversed(stops[:index]) if stop.kind == "questions"), None)


def stop_named(stops: Sequence[Stop], name: str) -> Stop | None:
    """The stop with this name, if it comes up."""
    return next((stop for stop in stops if stop.name == name), None)


def drop_stale_marks(walk: Walk) -> Sitting:
    """The sitting without the marks of notices that are not raised any more: raised once again, they are shown again.

    To be called in the same step as an answer.
    """
    marks = {stop.mark for stop in walk.stops}
    seen = frozenset(mark for mark in walk.sitting.seen if not mark.startswith(NOTICE_PREFIX) or mark in marks)
    return walk.sitting if seen == walk.sitting.seen else replace(walk.sitting, seen=seen)


def waiting_texts(sitting: Sitting, page: str) -> dict[str, tuple[str, ...]]:
    """What waits to be corrected on a page; not what was blank and was answered meanwhile."""
    typed = sitting.typed.get(page, {})
    return {item: texts for item, texts in typed.items() if texts or item not in sitting.answers}


def _stops(walk: Walk) -> Iterator[Stop]:
    """The stops of each section: its announcement, its pages, its notices, and what is offered after it."""
    form, sitting = walk.form, walk.sitting
    visible = set(walk.responses.visible)
    raised = notices_while_answering(walk.pack, form, walk.responses, walk.as_of)
    shown_pages = [page for page in pages_of(form) if visible.intersection(page.items)]
    first_part = [page for page in shown_pages if page.part == shown_pages[0].part]
    for _, group in groupby(shown_pages, key=lambda page: page.section.id):
        pages = list(group)
        section = pages[0].section
        questions = [Stop(page.name, "questions", is_done(walk, page), section, page=page) for page in pages]
        if section.before:
            name = BEFORE_PREFIX + section.id
            # A section that was answered already, for instance in another tab, needs no announcement.
            done = name in sitting.seen or all(stop.done for stop in questions)
            yield Stop(name, "before", done, section, mark=name)
        yield from questions
        if notices := tuple(name for name in section.followed_by if name in raised):
            name = f"{NOTICE_PREFIX}{_numbers_of_sections(form)[section.id]}"
            mark = "+".join((name, *notices))
            yield Stop(name, "notice", mark in sitting.seen, section, mark=mark, notices=notices)
        if pages[-1] is first_part[-1] and form.has_plan and sitting.number == 1:
            yield Stop(KEEP_PAGE, "keep", KEEP_PAGE in sitting.seen, section, mark=KEEP_PAGE)
        if section.first_plan and pages[-1] is not shown_pages[-1]:
            done = OFFER_PAGE in sitting.seen or sitting.finished is not None
            yield Stop(OFFER_PAGE, "offer", done, section, mark=OFFER_PAGE)


def is_done(walk: Walk, page: PageSpec) -> bool:
    """True if all that comes up on a page was answered or left open, and nothing waits to be corrected."""
    visible, answered, asked = walk.responses.visible, walk.responses.answers, walk.sitting.asked
    items = [walk.form.item(name) for name in page.items if name in visible]
    settled = all(item.id in answered or (item.id in asked and not item.required) for item in items)
    return settled and not waiting_texts(walk.sitting, page.name)


def expected_items(walk: Walk) -> frozenset[str]:
    """The items that come up, or may yet, as what decides was not asked; and those that sensitive answers took away.

    Otherwise fewer pages after the page with such an answer would give it away.
    """
    visible = frozenset(walk.responses.visible)
    undecided = visible - walk.sitting.asked - walk.responses.answers.keys()
    dependencies = _dependencies(walk.pack, walk.form)
    return visible | walk.hanging_items | {name for name in walk.form.item_ids if dependencies[name] & undecided}


def expected_pages(walk: Walk) -> list[PageSpec]:
    """The pages with such items."""
    items = expected_items(walk)
    return [page for page in pages_of(walk.form) if items.intersection(page.items)]


@lru_cache(maxsize=32)
def _numbers_of_sections(form: Form) -> dict[str, int]:
    return {section.id: number for number, section in enumerate(form.questionnaire.sections, 1)}


@lru_cache(maxsize=32)
def _dependencies(pack: Pack, form: Form) -> dict[str, frozenset[str]]:
    return {item.id: visibility_dependencies(pack, form, item.id) & form.item_ids for item in form.items}
