"""Progress: the number of the page among all pages, and about how many minutes the rest takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from engine.content.pack import Form
from engine.simulation.completion_time import Effort, effort
from web.forms.paging import PageSpec
from web.forms.route import Stop, Walk, expected_pages

Milestone = Literal["part", "halfway", "last"]
"""The text at the start of a part: another part is done, more than half are done, or this is the last."""


@dataclass(frozen=True, slots=True)
class PageProgress:
    """The position of a page among all question pages."""

    page: int
    """Counted from 1. A page between the questions has the number of the question page before it, or 0."""
    pages: int
    minutes: int
    """Minutes for the rest, including this page, for a person who reads slowly; at least one."""
    milestone: Milestone | None = None
    """None within a part, on the first page, and between the questions."""
    part: int = 1
    """The number of its part, from 1."""


def page_progress(walk: Walk, stop: Stop) -> PageProgress:
    """The progress at a stop of the route.

    Pages that may still become visible are counted, so that the total hardly ever grows.
    """
    pages = expected_pages(walk)
    number = _page_number(walk, pages, stop)
    done = _done_pages(walk, pages)
    ahead = [page for page in pages[number:] if page not in done]
    return PageProgress(
        page=number,
        pages=len(pages),
        minutes=_minutes(walk, [*ahead, stop.page] if stop.page is not None else ahead),
        milestone=_milestone(pages, stop.page) if stop.page is not None else None,
        part=stop.page.part if stop.page is not None else 1,
    )


def _done_pages(walk: Walk, pages: Sequence[PageSpec]) -> set[PageSpec]:
    """The pages that are done; a hidden page counts as far as the page before it."""
    done = {other.name: other.done for other in walk.question_stops}
    before = False
    for page in pages:
        before = done.setdefault(page.name, before)
    return {page for page in pages if done[page.name]}


def _page_number(walk: Walk, pages: Sequence[PageSpec], stop: Stop) -> int:
    last = stop.page
    if last is None:
        before = walk.stops[: walk.stops.index(stop)]
        last = next((other.page for other in reversed(before) if other.page is not None), None)
    return 0 if last is None else pages.index(last) + 1


def _minutes(walk: Walk, pages: Sequence[PageSpec]) -> int:
    names = walk.expected_items.intersection(name for page in pages for name in page.items)
    total, rest = Effort(), set(names)
    for items, section_effort in _section_efforts(walk.form):
        if items <= names:
            total += section_effort
            rest -= items
    total += effort(walk.form, rest, {}) if rest else Effort()
    return max(1, round(total.minutes))


@lru_cache(maxsize=32)
def _section_efforts(form: Form) -> tuple[tuple[frozenset[str], Effort], ...]:
    """The items of each section with their efforts, cached, because reading the content takes longest."""
    sections = (form.item_ids & set(section.item_ids) for section in form.questionnaire.sections)
    return tuple((items, effort(form, items, {})) for items in sections if items)


def _milestone(pages: Sequence[PageSpec], page: PageSpec) -> Milestone | None:
    """The text on the first page of each part but the first."""
    part_starts = [index for index, other in enumerate(pages) if index == 0 or pages[index - 1].part != other.part]
    index = pages.index(page)
    if index == 0 or index not in part_starts:
        return None
    if index == part_starts[-1]:
        return "last"
    past_half = next(start for start in part_starts if 2 * start > len(pages) or start == part_starts[-1])
    return "halfway" if index == past_half else "part"
