"""All answers before the end, with the way to change each. Nobody who looks over a shoulder reads a sensitive one."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from engine.answers.interview import Interview
from engine.assessment.responses import RawResponses
from engine.content.items.base import Item
from engine.content.pack import Pack
from web.forms.route import Stop, Walk, waiting_texts


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One question with its answer."""

    item: str
    question: str
    page: str
    """The page where it can be changed."""
    answer: tuple[str, ...] = field(default=(), repr=False)
    """In words; empty if it is masked, was left open, or the answer is "I'd rather not say"."""
    answered: bool = False
    refused: bool = False
    """True for "I'd rather not say", unless it is masked."""
    masked: bool = False
    """True: neither the answer is shown, nor whether there is one."""
    waits: bool = False
    """True if it was not asked yet, needs an answer, or has to be corrected."""
    required: bool = False
    before: tuple[str, ...] = field(default=(), repr=False)
    """What was answered to the same question last time, in words; empty if it was not, is masked, or was worded
    otherwise."""
    as_before: bool = False
    """True if it is the same now."""


@dataclass(frozen=True, slots=True)
class EarlierAnswers:
    """The answers of last time, and the content they were given to."""

    pack: Pack
    answers: RawResponses = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """One section."""

    id: str
    title: str
    rows: tuple[ReviewRow, ...]

    @property
    def masked(self) -> bool:
        """Whether none of it is shown, not even which of its questions have an answer."""
        return all(row.masked for row in self.rows)


@dataclass(frozen=True, slots=True)
class ReviewView:
    """Everything that was answered."""

    parts: tuple[ReviewSection, ...]
    dropped: tuple[str, ...]
    """Questions that were answered and do not apply any more; sensitive ones are not named."""
    missing: tuple[ReviewRow, ...]
    """What waits still, among the rows."""


def review_view(walk: Walk, earlier: EarlierAnswers | None = None) -> ReviewView:
    """What a person looks over before the plan, beside what they said last time.

    Questions that come up because of sensitive answers are in no list: that they are there gives one away. Whoever
    changes what they hang on comes by them.
    """
    pack, form = walk.pack, walk.form
    reveals_sensitive = Interview(pack, form, walk.as_of, walk.sitting.answers).revealing_items
    stops = [stop for stop in walk.stops if stop.page is not None]
    parts = []
    for section_id, group in groupby(stops, key=lambda stop: stop.section.id):
        section_stops = list(group)
        rows = tuple(
            _review_row(walk, stop, item, earlier)
            for stop in section_stops
            for item in map(form.item, stop.page.items if stop.page else ())
            if item.id in walk.responses.visible and item.id not in reveals_sensitive
        )
        if rows:
            title = walk.fill(section_stops[0].section.title)
            parts.append(ReviewSection(section_id, title, rows))
    unnamed = reveals_sensitive | pack.sensitive
    return ReviewView(
        parts=tuple(parts),
        dropped=tuple(walk.fill(pack.items[name].text) for name in walk.responses.dropped if name not in unnamed),
        missing=tuple(row for part in parts for row in part.rows if row.waits),
    )


def _review_row(walk: Walk, stop: Stop, item: Item, earlier: EarlierAnswers | None) -> ReviewRow:
    answered = item.id in walk.responses.answers
    value = walk.responses.answers.get(item.id)
    masked = item.id in walk.pack.sensitive
    words = () if masked else item.words(value)
    words_before = _words_before(walk.pack, item, earlier)
    needed = not answered and (item.required or item.id not in walk.sitting.asked)
    return ReviewRow(
        item=item.id,
        question=walk.fill(item.text),
        page=stop.name,
        answer=_filled(walk, item, words),
        answered=answered,
        refused=answered and not masked and value is None,
        masked=masked,
        waits=not masked and (needed or item.id in waiting_texts(walk.sitting, stop.name)),
        required=item.required,
        before=_filled(walk, item, words_before),
        as_before=bool(words_before) and words_before == words,
    )


def _filled(walk: Walk, item: Item, words: tuple[str, ...]) -> tuple[str, ...]:
    """Words of the form in the voice of the answers; what the person typed stays as it is."""
    return words if item.is_free_text else tuple(map(walk.fill, words))


def _words_before(pack: Pack, item: Item, earlier: EarlierAnswers | None) -> tuple[str, ...]:
    """The words of the earlier answer, if it was the same question and nobody has to keep it to themselves."""
    if earlier is None or (earlier_item := earlier.pack.items.get(item.id)) is None:
        return ()
    sensitive = pack.sensitive | earlier.pack.sensitive
    if item.id in sensitive or _question_key(item) != _question_key(earlier_item):
        return ()
    return earlier_item.words(earlier.answers.get(item.id))


def _question_key(item: Item) -> object:
    """What is asked: an item that differs in this is another question."""
    return item.type, item.text, [(choice.key, choice.text) for choice in item.choices]
