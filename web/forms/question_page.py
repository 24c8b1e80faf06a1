"""What stands on a page with questions, every word resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.content.items.base import Item, TypedInput
from web.forms.live_conditions import live_condition
from web.forms.paging import PageSpec
from web.forms.parsing import RATHER_NOT_SAY, read_texts
from web.forms.route import Walk, previous_stop, stop_named, waiting_texts
from web.journeys.sitting import Sitting


@dataclass(frozen=True, slots=True)
class OptionView:
    """One answer to choose. ``text`` is none for yes, no and "I'd rather not say", which the template words."""

    value: str
    text: str | None
    checked: bool = field(repr=False)
    exclusive: bool = False
    """True: it stands alone among boxes."""
    quiet: bool = False
    """True for "I'd rather not say"."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """One question."""

    id: str
    type: str
    text: str
    help: str | None
    required: bool
    options: tuple[OptionView, ...] = field(repr=False)
    """What can be chosen; of a number, a date or a text at most "I'd rather not say"."""
    value: str = field(default="", repr=False)
    """What stands in the field of a number, a date or a text."""
    error: str | None = None
    """What is wrong with what was typed: a code of ``engine.errors``."""
    visible: bool = True
    """False: it does not come up now, and an answer on this page could bring it up."""
    when: str | None = None
    """JSON for the script, if an answer on this page decides whether it comes up."""
    input: TypedInput | None = None
    """The field, if the answer is typed."""
    boxes: bool = False
    """True if several answers can be chosen."""


@dataclass(frozen=True, slots=True)
class QuestionPageView:
    """A page with questions."""

    title: str
    intro: str | None
    items: tuple[ItemView, ...]
    part: int
    parts: int
    previous: str | None
    """The name of the page before, for the link back."""
    came_up: tuple[ItemView, ...]
    """Questions that came up with the answers on this page, when it was sent: it is shown once more for them."""
    signpost: bool
    """True if a quiet line with the way to help belongs on it: after it notices may follow."""
    optional: bool
    """True if it may all be left open."""

    @property
    def errors(self) -> tuple[ItemView, ...]:
        """The questions with something to correct."""
        return tuple(item for item in self.items if item.error)


def question_page_view(walk: Walk, page: PageSpec) -> QuestionPageView:
    """What is on a page now."""
    sitting, section = walk.sitting, page.section
    stop, previous = stop_named(walk.stops, page.name), previous_stop(walk.stops, page.name)
    items = tuple(_item_views(walk, page))
    answered_before = sitting.asked | sitting.answers.keys() | sitting.typed.get(page.name, {}).keys()
    was_sent = page.name in sitting.page_revisions
    return QuestionPageView(
        title=walk.fill(section.title),
        intro=section.intro and walk.fill(section.intro),
        items=items,
        part=stop.part if stop else 1,
        parts=stop.parts if stop else 1,
        previous=previous.name if previous else None,
        came_up=tuple(item for item in items if was_sent and item.visible and item.id not in answered_before),
        signpost=bool(section.followed_by),
        optional=not any(item.required for item in items),
    )


def _item_views(walk: Walk, page: PageSpec) -> Iterator[ItemView]:
    waiting = waiting_texts(walk.sitting, page.name)
    for item in map(walk.form.item, page.items):
        visible = item.id in walk.responses.visible
        condition = live_condition(walk.pack, walk.form, item, page.items, walk.responses.answers, walk.as_of)
        if not visible and condition is None:
            continue
        texts = () if item.id in walk.hidden else _field_texts(item, walk.sitting, waiting.get(item.id))
        to_correct = visible and item.id in waiting and item.id not in walk.hidden
        fault = read_texts(item, waiting[item.id])[1] if to_correct else None
        options = tuple(_options(walk, item, texts))
        yield ItemView(
            id=item.id,
            type=item.type,
            text=walk.fill(item.text),
            help=item.help and walk.fill(item.help),
            required=item.required,
            options=options,
            value="" if any(option.checked for option in options) else " ".join(texts),
            error=fault.code if fault else None,
            visible=visible,
            when=condition,
            input=item.input,
            boxes=item.takes_several,
        )


def _field_texts(item: Item, sitting: Sitting, waiting: tuple[str, ...] | None) -> tuple[str, ...]:
    """What its fields hold: what waits to be corrected, or else the answer there is, also while it is hidden."""
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
