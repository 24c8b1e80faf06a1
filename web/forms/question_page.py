"""The view of a question page, with every text resolved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from engine.assessment.responses import visibility_dependencies
from engine.content.base import is_date
from engine.content.items.base import Item, TypedInput
from engine.content.items.rating import Rating
from web.forms.live_conditions import live_condition
from web.forms.page_progress import PageProgress, page_progress
from web.forms.paging import PageSpec
from web.forms.parsing import RATHER_NOT_SAY, are_shortened, read_texts
from web.forms.route import Walk, previous_stop, stop_named, waiting_texts
from web.journeys.sitting import Sitting

Layout = Literal["line", "two", "rows"]
"""The layout of choices: one row, two columns, or one row each."""
MOST_IN_A_ROW: Final = 5
LONGEST_IN_A_ROW: Final = 22
"""The characters of a choice after which it is broken into lines."""
LONGEST_WORD_IN_A_ROW: Final = 9
LONGEST_IN_A_COLUMN: Final = 15
"""The characters of a choice in one of two columns."""


@dataclass(frozen=True, slots=True)
class OptionView:
    """One choice. ``text`` is empty for yes, no and "I'd rather not say", which the template translates."""

    value: str
    text: str | None
    checked: bool = field(repr=False)
    exclusive: bool = False
    """True if it excludes the other boxes."""
    quiet: bool = False
    """True for "I'd rather not say"."""


@dataclass(frozen=True, slots=True)
class ReadingView:
    """One reading of an ambiguous text, to be chosen."""

    value: str
    """The value of its field, which is unambiguous."""
    text: str
    day: date | None = None
    """The answer to a question about a date."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """One question."""

    id: str
    type: str
    text: str
    help: str | None
    required: bool
    options: tuple[OptionView, ...] = field(repr=False)
    """The choices; for a number, a date or a text at most "I'd rather not say"."""
    value: str = field(default="", repr=False)
    """The contents of the field of a number, a date or a text."""
    error: str | None = None
    """The problem of what was typed: a code of ``engine.errors``."""
    bounds: tuple[date, date] | None = None
    """The earliest and the latest day of a date."""
    readings: tuple[ReadingView, ...] = field(default=(), repr=False)
    """Its readings, if there are several or the year has two digits."""
    shortened: bool = False
    """True if more was typed than is kept."""
    is_plain: bool = False
    """True if a date field contains what only a text field can show."""
    visible: bool = True
    """False if it is hidden now and an answer on this page can reveal it."""
    when: str | None = None
    """JSON for the script, if an answer on this page decides whether it is visible."""
    input: TypedInput | None = None
    """The field, if the answer is typed."""
    boxes: bool = False
    """True if several answers can be chosen."""
    stem: str | None = None
    """The question above all items of the page, which belongs to each: screen readers read it with each."""
    layout: Layout = "rows"


@dataclass(frozen=True, slots=True)
class QuestionPageView:
    """A page with questions."""

    name: str
    """Its name in URLs."""
    title: str
    intro: str | None
    items: tuple[ItemView, ...]
    progress: PageProgress
    day: date | None
    """The day from which bounds of dates are counted, if it is today and may differ where the person is."""
    saved_at_once: bool
    """True if each answer is saved when it is chosen; False if all wait for the button."""
    previous: str | None
    """The name of the previous page, for the link back."""
    came_up: tuple[ItemView, ...]
    """Questions that the answers on this page revealed. The page is shown again for them."""
    signpost: bool
    """True if the page has a quiet link to help, because notices may follow it."""
    optional: bool
    """True if every question is optional."""

    @property
    def errors(self) -> tuple[ItemView, ...]:
        """The questions with a problem."""
        return tuple(item for item in self.items if item.error)


def question_page_view(walk: Walk, page: PageSpec) -> QuestionPageView:
    """Build the view of a page."""
    sitting, section = walk.sitting, page.section
    stop, previous = stop_named(walk.question_stops, page.name), previous_stop(walk.question_stops, page.name)
    items = tuple(_item_views(walk, page))
    return QuestionPageView(
        name=page.name,
        title=walk.fill(section.title),
        intro=section.intro and walk.fill(section.intro),
        items=items,
        progress=page_progress(walk, stop) if stop else PageProgress(1, 1, 1),
        day=walk.as_of if sitting.taken_on is None else None,
        saved_at_once=sitting.state != "finished" and page.is_saved_at_once(walk.pack),
        previous=previous.name if previous else None,
        came_up=_came_up(walk, page, items),
        signpost=bool(section.followed_by),
        optional=not any(item.required for item in items),
    )


def _came_up(walk: Walk, page: PageSpec, items: Sequence[ItemView]) -> tuple[ItemView, ...]:
    """The new questions of a submitted page, without those left open on a half-answered one."""
    sitting = walk.sitting
    answered = sitting.asked | sitting.answers.keys() | sitting.typed.get(page.name, {}).keys()
    new = tuple(item for item in items if item.visible and item.id not in answered)
    on_page = frozenset(page.items)
    hanging = all(visibility_dependencies(walk.pack, walk.form, item.id) & on_page for item in new)
    return new if hanging and page.name in sitting.page_revisions else ()


def _item_views(walk: Walk, page: PageSpec) -> Iterator[ItemView]:
    waiting = waiting_texts(walk.sitting, page.name)
    for item in map(walk.form.item, page.items):
        visible = item.id in walk.visible
        condition = live_condition(walk.pack, walk.form, item, page.items, walk.responses.answers, walk.as_of)
        if not visible and condition is None:
            continue
        texts = () if item.id in walk.hidden else _field_texts(item, walk.sitting, waiting.get(item.id))
        to_correct = visible and item.id in waiting and item.id not in walk.hidden
        fault = read_texts(item, waiting[item.id], walk.as_of)[1] if to_correct else None
        options = tuple(_options(walk, item, texts))
        text = walk.fill(item.text)
        value = next((text for text in texts if text not in {option.value for option in options}), "")
        field = item.input_on(walk.as_of)
        yield ItemView(
            id=item.id,
            type=item.type,
            text=text,
            help=item.help and walk.fill(item.help),
            required=item.required,
            options=options,
            value=value,
            error=fault.code if fault else None,
            bounds=_bounds(field),
            readings=_readings(item, texts, walk.as_of) if fault and fault.code == "HW509" else (),
            shortened=are_shortened(item, texts),
            is_plain=bool(value) and not is_date(value),
            visible=visible,
            when=condition,
            input=field,
            boxes=item.takes_several,
            stem=_stem(walk, page, text),
            layout=_layout(item, options),
        )


def _bounds(field: TypedInput | None) -> tuple[date, date] | None:
    if field is None or field.kind != "date" or field.lowest is None or field.highest is None:
        return None
    return date.fromisoformat(field.lowest), date.fromisoformat(field.highest)


def _readings(item: Item, texts: Sequence[str], as_of: date) -> tuple[ReadingView, ...]:
    readings = item.readings(texts[0], as_of)
    return tuple(
        ReadingView(
            reading.spelling,
            str(reading.answer),
            date.fromisoformat(reading.answer) if isinstance(reading.answer, str) else None,
        )
        for reading in readings
    )


def _stem(walk: Walk, page: PageSpec, text: str) -> str | None:
    """The introduction, if it is a question and the item is not: “How often, in the last two weeks?”."""
    intro = page.section.intro
    is_stem = intro is not None and intro.endswith("?") and not text.endswith("?")
    return walk.fill(intro) if intro is not None and is_stem else None


def _layout(item: Item, options: Sequence[OptionView]) -> Layout:
    """The layout of choices, by the length of their words, so that nothing is cut off on a phone."""
    texts = [option.text or option.value for option in options if not option.quiet]
    if not texts:
        return "rows"
    longest_word = max(len(word) for text in texts for word in text.split())
    longest = max(map(len, texts))
    if isinstance(item, Rating) and len(texts) <= MOST_IN_A_ROW and longest_word <= LONGEST_WORD_IN_A_ROW:
        return "line" if longest <= LONGEST_IN_A_ROW else "rows"
    return "two" if len(texts) > 1 and longest <= LONGEST_IN_A_COLUMN else "rows"


def _field_texts(item: Item, sitting: Sitting, waiting: tuple[str, ...] | None) -> tuple[str, ...]:
    """The contents of its fields: invalid input, or else the answer, even while it is hidden."""
    if waiting or item.id not in sitting.answers:
        return waiting or ()
    value = sitting.answers[item.id]
    if value is None:
        return (RATHER_NOT_SAY,)
    return tuple(choice.key for choice in item.chosen(value)) or (str(value),)


def _options(walk: Walk, item: Item, texts: tuple[str, ...]) -> Iterator[OptionView]:
    for choice in item.choices:
        text = choice.text and walk.fill(choice.text)
        yield OptionView(choice.key, text, choice.key in texts, exclusive=choice.exclusive)
    if item.rather_not_say and not item.is_free_text:
        checked = RATHER_NOT_SAY in texts
        yield OptionView(RATHER_NOT_SAY, None, checked, exclusive=item.takes_several, quiet=True)
