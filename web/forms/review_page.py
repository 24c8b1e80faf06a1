"""The review of all answers before the end, with links to change them. Sensitive answers are not shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from engine.assessment.responses import RawResponses
from engine.content.items.base import Item
from engine.content.pack import Pack
from web.forms.paging import pages_of
from web.forms.route import Stop, Walk, waiting_texts

MOST_OPEN_BY_NAME: Final = 2
"""The maximum of open questions of a part that are named one by one."""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One question with its answer. Sensitive questions have no row."""

    item: str
    question: str
    page: str
    """The page on which it can be changed."""
    answer: tuple[str, ...] = field(default=(), repr=False)
    """In words; empty if it was left open or the answer is "I'd rather not say"."""
    answered: bool = False
    refused: bool = False
    """True for "I'd rather not say"."""
    is_open: bool = False
    """True if it is unanswered, left open, required or invalid."""
    needed: bool = False
    """True if there is no plan without it."""
    before: tuple[str, ...] = field(default=(), repr=False)
    """The previous answer to the same question, in words; empty if there is none or the wording changed."""
    as_before: bool = False
    """True if the answer is unchanged."""


@dataclass(frozen=True, slots=True)
class EarlierAnswers:
    """The answers of the previous sitting, and their content."""

    pack: Pack
    answers: RawResponses = field(repr=False)


@dataclass(frozen=True, slots=True)
class PageLink:
    """A question page whose answers are not shown."""

    title: str
    page: str


@dataclass(frozen=True, slots=True)
class ReviewPart:
    """A section with those that continue it."""

    id: str
    title: str
    page: str
    """Its first page."""
    rows: tuple[ReviewRow, ...]
    not_shown: str | None
    """The page whose answers are never shown, visible or not; None if there is none."""
    more: tuple[PageLink, ...]
    """Pages with sensitive questions only that are visible because of non-sensitive answers."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """An open question, or several of one part."""

    text: str | None
    """None for a few questions of that part."""
    part: str
    page: str
    item: str | None = None
    needed: bool = False


@dataclass(frozen=True, slots=True)
class ReviewView:
    """All answers."""

    parts: tuple[ReviewPart, ...]
    dropped: tuple[str, ...]
    """Answered questions that no longer apply; sensitive ones are not named."""
    open: tuple[OpenQuestion, ...]
    """The questions that can still be answered, required ones first."""

    @property
    def needed(self) -> bool:
        """Whether something is required or invalid before there can be a plan."""
        return any(question.needed for question in self.open)


def review_view(walk: Walk, earlier: EarlierAnswers | None = None) -> ReviewView:
    """The review of all answers before the plan, beside the previous ones.

    Nothing in it depends on a sensitive answer: neither whether it was given, nor what it made visible.
    """
    stops = {stop.name: stop for stop in walk.question_stops}
    listed = [page for page in pages_of(walk.form) if page.name in stops or walk.hanging_items.issuperset(page.items)]
    pages = [stops.get(page.name) or Stop(page.name, "questions", True, page.section, page) for page in listed]
    parts = tuple(_review_part(walk, list(group), earlier) for _, group in groupby(pages, key=_part))
    open_questions = [question for part in parts for question in _open_questions(part)]
    unnamed = walk.hanging_items | walk.pack.sensitive
    return ReviewView(
        parts=tuple(part for part in parts if part.rows or part.more or part.not_shown),
        dropped=tuple(walk.fill(walk.pack.items[name].text) for name in walk.responses.dropped if name not in unnamed),
        open=tuple(sorted(open_questions, key=lambda question: not question.needed)),
    )


def _review_part(walk: Walk, stops: Sequence[Stop], earlier: EarlierAnswers | None) -> ReviewPart:
    first = next(page.section for page in pages_of(walk.form) if page.part == _part(stops[0]))
    sensitive = walk.pack.sensitive
    items = [(stop, item) for stop in stops for item in _visible_items(walk, stop)]
    rows = tuple(_review_row(walk, stop, item, earlier) for stop, item in items if item.id not in sensitive)
    masked = [(stop, item) for stop, item in items if item.id in sensitive]
    shown_pages = {row.page for row in rows}
    asked_of_all = [stop.name for stop, item in masked if item.show_when is None]
    asked_of_all += [stop.name for stop in stops if stop.page and walk.hanging_items.issuperset(stop.page.items)]
    more = {stop.name: stop for stop, _ in masked if stop.name not in {*asked_of_all, *shown_pages}}
    return ReviewPart(
        id=first.id,
        title=walk.fill(first.title),
        page=stops[0].name,
        rows=rows,
        not_shown=asked_of_all[0] if asked_of_all else None,
        more=tuple(PageLink(walk.fill(stop.section.title), name) for name, stop in more.items()),
    )


def _part(stop: Stop) -> int:
    return stop.page.part if stop.page is not None else 0


def _visible_items(walk: Walk, stop: Stop) -> list[Item]:
    """The visible items of a page, except those whose visibility depends on a sensitive answer."""
    names = stop.page.items if stop.page is not None else ()
    shown = walk.visible - walk.hanging_items
    return [walk.form.item(name) for name in names if name in shown]


def _open_questions(part: ReviewPart) -> Iterator[OpenQuestion]:
    """The open questions of a part. More than a few become one entry, unless one is required."""
    rows = [row for row in part.rows if row.is_open]
    if len(rows) > MOST_OPEN_BY_NAME and not any(row.needed for row in rows):
        yield OpenQuestion(None, part.title, rows[0].page)
        return
    for row in rows:
        yield OpenQuestion(row.question, part.title, row.page, row.item, row.needed)


def _review_row(walk: Walk, stop: Stop, item: Item, earlier: EarlierAnswers | None) -> ReviewRow:
    answered = item.id in walk.responses.answers
    value = walk.responses.answers.get(item.id)
    words = item.words(value)
    words_before = _words_before(walk.pack, item, earlier)
    faulty = item.id in waiting_texts(walk.sitting, stop.name)
    may_stay_open = item.is_free_text and item.id in walk.sitting.asked
    return ReviewRow(
        item=item.id,
        question=walk.fill(item.text),
        page=stop.name,
        answer=_filled(walk, item, words),
        answered=answered,
        refused=answered and value is None,
        is_open=faulty or not (answered or may_stay_open),
        needed=faulty or (item.required and not answered),
        before=_filled(walk, item, words_before),
        as_before=bool(words_before) and words_before == words,
    )


def _filled(walk: Walk, item: Item, words: tuple[str, ...]) -> tuple[str, ...]:
    """Words of the form with name and pronoun; typed text stays unchanged."""
    return words if item.is_free_text else tuple(map(walk.fill, words))


def _words_before(pack: Pack, item: Item, earlier: EarlierAnswers | None) -> tuple[str, ...]:
    """The words of the previous answer, if it was the same question and is not sensitive."""
    if earlier is None or (earlier_item := earlier.pack.items.get(item.id)) is None:
        return ()
    sensitive = pack.sensitive | earlier.pack.sensitive
    if item.id in sensitive or _question_key(item) != _question_key(earlier_item):
        return ()
    return earlier_item.words(earlier.answers.get(item.id))


def _question_key(item: Item) -> object:
    """The identity of a question: an item that differs in this is another question."""
    return item.type, item.text, [(choice.key, choice.text) for choice in item.choices]
