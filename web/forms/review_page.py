"""All answers before the end, with the way to change each. Nobody who looks over a shoulder reads a sensitive one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from engine.answers.interview import Interview
from engine.assessment.responses import RawResponses, ResponseSet, validate_answers
from engine.content.items.base import Item
from engine.content.pack import Form, Pack
from engine.content.placeholders import PlaceholderFiller, placeholder_filler
from web.forms.paging import section_of
from web.forms.route import Stop, route, waiting_texts
from web.journeys.sitting import Sitting


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
    """True: nothing is told but that there is an answer."""
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
    part: int
    rows: tuple[ReviewRow, ...]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """Everything that was answered."""

    parts: tuple[ReviewSection, ...]
    dropped: tuple[str, ...]
    """Questions that were answered and do not apply any more; sensitive ones are not named."""
    missing: tuple[ReviewRow, ...]
    """What waits still, among the rows."""
    next_page: str | None
    """The first page that waits; nothing is missing on it if only its questions are in no list."""


def review_view(
    pack: Pack, form: Form, sitting: Sitting, as_of: date, earlier: EarlierAnswers | None = None
) -> ReviewView:
    """What a person looks over before the plan, beside what they said last time.

    Questions that come up because of sensitive answers are in no list: that they are there gives one away. Whoever
    changes what they hang on comes by them.
    """
    responses = validate_answers(pack, form, sitting.answers, as_of, complete=False)
    reveals_sensitive = Interview(pack, form, as_of, sitting.answers).revealing_items
    filler = placeholder_filler(pack.content.voice, responses.answers)
    stops = [stop for stop in route(pack, form, sitting, as_of) if stop.page is not None]
    parts = []
    for section, group in groupby(stops, key=lambda stop: stop.section_id):
        section_stops = list(group)
        rows = tuple(
            row
            for stop in section_stops
            for row in _review_rows(pack, form, sitting, responses, filler, stop, earlier)
            if row.item not in reveals_sensitive
        )
        if rows:
            title = filler.fill(section_of(form, section).title)
            parts.append(ReviewSection(section, title, section_stops[0].part, rows))
    unnamed = reveals_sensitive | pack.sensitive
    return ReviewView(
        parts=tuple(parts),
        dropped=tuple(filler.fill(pack.items[name].text) for name in responses.dropped if name not in unnamed),
        missing=tuple(row for part in parts for row in part.rows if row.waits),
        next_page=next((stop.name for stop in stops if not stop.done), None),
    )


def _review_rows(
    pack: Pack,
    form: Form,
    sitting: Sitting,
    responses: ResponseSet,
    filler: PlaceholderFiller,
    stop: Stop,
    earlier: EarlierAnswers | None,
) -> Iterator[ReviewRow]:
    waiting = waiting_texts(sitting, stop.name)
    for name in stop.page.items if stop.page else ():
        if name not in responses.visible:
            continue
        item, answered = form.items[form.position[name]], name in responses.answers
        masked = answered and name in pack.sensitive
        words = () if masked else item.words(responses.answers.get(name))
        words_before = _words_before(pack, item, earlier)
        yield ReviewRow(
            item=name,
            question=filler.fill(item.text),
            page=stop.name,
            answer=_filled(item, words, filler),
            answered=answered,
            refused=answered and not masked and responses.answers[name] is None,
            masked=masked,
            waits=name in waiting or (not answered and (item.required or name not in sitting.asked)),
            required=item.required,
            before=_filled(item, words_before, filler),
            as_before=bool(words_before) and words_before == words,
        )


def _filled(item: Item, words: tuple[str, ...], filler: PlaceholderFiller) -> tuple[str, ...]:
    """Words of the form in the voice of the answers; what somebody typed stays as it is."""
    return words if item.is_free_text else tuple(map(filler.fill, words))


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
