"""The whole walk through a questionnaire with the answers so far: pages with questions, and the pages between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Literal

from engine.assessment.pipeline import notices_while_answering
from engine.assessment.responses import ResponseSet, validate_answers, visibility_dependencies
from engine.content.pack import Form, Pack
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
    section_id: str
    part: int
    """Which part it belongs to, counted over those that come up; what stands between parts belongs to the one before,
    an announcement to the one after."""
    parts: int
    page: PageSpec | None = None
    """The page with questions that it is."""
    mark: str = ""
    """What to note in ``Sitting.seen`` once it was seen: a notice raised anew is not a notice that was seen."""
    notices: tuple[str, ...] = ()


def route(pack: Pack, form: Form, sitting: Sitting, as_of: date) -> tuple[Stop, ...]:
    """All stops that come up with the answers so far, in order, whether they were seen or not."""
    responses = validate_answers(pack, form, sitting.answers, as_of, complete=False)
    part_numbers = _part_numbers(pack, form, sitting, responses)
    raised = notices_while_answering(pack, form, responses, as_of)
    stops: list[Stop] = []
    shown_pages = [page for page in pages_of(form) if set(page.items) & set(responses.visible)]
    sections = {section.id: section for section in form.questionnaire.sections}
    for name, group in groupby(shown_pages, key=lambda page: page.section_id):
        section, pages = sections[name], list(group)
        ends_part = pages[-1] is shown_pages[-1] or shown_pages[shown_pages.index(pages[-1]) + 1].part != pages[-1].part
        first = ends_part and pages[-1].part == shown_pages[0].part
        last = pages[-1] is shown_pages[-1]
        stops += _section_stops(sitting, section, [_question_stop(form, sitting, responses, page) for page in pages])
        stops += _stops_after(form, sitting, section, raised, first=first, last=last)
    return tuple(replace(stop, part=part_numbers[stop.part], parts=max(part_numbers.values())) for stop in stops)


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


def drop_stale_marks(pack: Pack, form: Form, sitting: Sitting, as_of: date) -> Sitting:
    """The sitting without the marks of notices that are not raised any more: raised once again, they are shown again.

    To be called in the same step as an answer.
    """
    marks = {stop.mark for stop in route(pack, form, sitting, as_of)}
    seen = frozenset(mark for mark in sitting.seen if not mark.startswith(NOTICE_PREFIX) or mark in marks)
    return sitting if seen == sitting.seen else replace(sitting, seen=seen)


def _section_stops(sitting: Sitting, section: Section, question_stops: list[Stop]) -> Iterator[Stop]:
    """The pages of a section, announced if they are to be."""
    if section.before:
        name = BEFORE_PREFIX + section.id
        # Whoever answered it already, for instance in another tab, needs no announcement any more.
        done = name in sitting.seen or all(stop.done for stop in question_stops)
        yield Stop(name, "before", done, section.id, question_stops[0].part, 0, mark=name)
    yield from question_stops


def _question_stop(form: Form, sitting: Sitting, responses: ResponseSet, page: PageSpec) -> Stop:
    visible = set(responses.visible)
    items = [form.items[form.position[name]] for name in page.items if name in visible]
    settled = all(item.id in responses.answers or (item.id in sitting.asked and not item.required) for item in items)
    done = settled and not waiting_texts(sitting, page.name)
    return Stop(page.name, "questions", done, page.section_id, page.part, 0, page=page)


def waiting_texts(sitting: Sitting, page: str) -> dict[str, tuple[str, ...]]:
    """What waits to be corrected on a page; not what was blank and was answered meanwhile."""
    typed = sitting.typed.get(page, {})
    return {item: texts for item, texts in typed.items() if texts or item not in sitting.answers}


def _stops_after(
    form: Form, sitting: Sitting, section: Section, raised: Sequence[str], *, first: bool, last: bool
) -> Iterator[Stop]:
    """What stands after a section: its notices, the private link after the first part, the offer of a first plan."""
    part = next(page.part for page in pages_of(form) if page.section_id == section.id)
    if notices := tuple(name for name in section.followed_by if name in raised):
        number = next(number for number, other in enumerate(form.questionnaire.sections, 1) if other.id == section.id)
        name = f"{NOTICE_PREFIX}{number}"
        mark = "+".join((name, *notices))
        yield Stop(name, "notice", mark in sitting.seen, section.id, part, 0, mark=mark, notices=notices)
    if first and form.has_plan and sitting.number == 1:
        yield Stop(KEEP_PAGE, "keep", KEEP_PAGE in sitting.seen, section.id, part, 0, mark=KEEP_PAGE)
    if section.first_plan and not last:
        done = OFFER_PAGE in sitting.seen or sitting.finished is not None
        yield Stop(OFFER_PAGE, "offer", done, section.id, part, 0, mark=OFFER_PAGE)


def _part_numbers(pack: Pack, form: Form, sitting: Sitting, responses: ResponseSet) -> dict[int, int]:
    """The number of each part of the form among those that come up, or may yet, as what decides was not asked."""
    visible = set(responses.visible)
    undecided = visible - sitting.asked - responses.answers.keys()
    expected = sorted(
        {
            page.part
            for page in pages_of(form)
            if any(name in visible or _dependencies(pack, form)[name] & undecided for name in page.items)
        }
    )
    return {part: number for number, part in enumerate(expected, 1)}


@lru_cache(maxsize=32)
def _dependencies(pack: Pack, form: Form) -> dict[str, frozenset[str]]:
    return {item.id: visibility_dependencies(pack, form, item.id) & form.item_ids for item in form.items}
