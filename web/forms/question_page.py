"""What stands on a page with questions, every word resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from engine.assessment.responses import validate_answers
from engine.content.items.base import Item, TypedInput
from engine.content.pack import Form, Pack
from engine.content.placeholders import PlaceholderFiller, placeholder_filler
from web.forms.live_conditions import live_condition
from web.forms.paging import PageSpec, section_of
from web.forms.parsing import RATHER_NOT_SAY, read_texts
from web.forms.route import previous_stop, route, stop_named, waiting_texts
from web.journeys.sitting import Sitting, Typed


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

    name: str
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


def question_page_view(
    pack: Pack, form: Form, sitting: Sitting, spec: PageSpec, as_of: date, typed: Typed | None = None
) -> QuestionPageView:
    """What is on a page now.

    Args:
        typed: what waits to be corrected, instead of what the sitting keeps of it.
    """
    responses = validate_answers(pack, form, sitting.answers, as_of, complete=False)
    stops = route(pack, form, sitting, as_of)
    stop, previous = stop_named(stops, spec.name), previous_stop(stops, spec.name)
    section = section_of(form, spec.section_id)
    filler = placeholder_filler(pack.content.voice, responses.answers)
    waiting = waiting_texts(sitting, spec.name) if typed is None else typed
    items = []
    for name in spec.items:
        item, visible = form.items[form.position[name]], name in responses.visible
        condition = live_condition(pack, form, item, spec.items, responses.answers, as_of)
        if visible or condition is not None:
            texts = _field_texts(item, sitting, waiting.get(name))
            fault = read_texts(item, waiting[name])[1] if visible and name in waiting else None
            items.append(_item(filler, item, texts, fault.code if fault else None, visible=visible, when=condition))
    return QuestionPageView(
        name=spec.name,
        title=filler.fill(section.title),
        intro=filler.fill(section.intro) if section.intro else None,
        items=tuple(items),
        part=stop.part if stop else 1,
        parts=stop.parts if stop else 1,
        previous=previous.name if previous else None,
        came_up=tuple(item for item in items if item.visible and _came_up(sitting, spec, item.id)),
        signpost=bool(section.followed_by),
        optional=not any(item.required for item in items),
    )


def _came_up(sitting: Sitting, spec: PageSpec, name: str) -> bool:
    was_asked = name in sitting.asked or name in sitting.answers or name in sitting.typed.get(spec.name, {})
    return spec.name in sitting.page_revisions and not was_asked


def _field_texts(item: Item, sitting: Sitting, waiting: tuple[str, ...] | None) -> tuple[str, ...]:
    """What its fields hold: what waits to be corrected, or else the answer there is, also while it is hidden."""
    if waiting or item.id not in sitting.answers:
        return waiting or ()
    value = sitting.answers[item.id]
    if value is None:
        return (RATHER_NOT_SAY,)
    return tuple(choice.key for choice in item.chosen(value)) or (str(value),)


def _item(
    filler: PlaceholderFiller, item: Item, texts: tuple[str, ...], error: str | None, *, visible: bool, when: str | None
) -> ItemView:
    options = tuple(_options(filler, item, texts))
    return ItemView(
        id=item.id,
        type=item.type,
        text=filler.fill(item.text),
        help=filler.fill(item.help) if item.help else None,
        required=item.required,
        options=options,
        value="" if any(option.checked for option in options) else " ".join(texts),
        error=error,
        visible=visible,
        when=when,
        input=item.input,
        boxes=item.takes_several,
    )


def _options(filler: PlaceholderFiller, item: Item, texts: tuple[str, ...]) -> Iterator[OptionView]:
    for choice in item.choices:
        text = filler.fill(choice.text) if choice.text else None
        yield OptionView(choice.key, text, choice.key in texts, exclusive=choice.exclusive)
    if item.rather_not_say and not item.is_free_text:
        checked = RATHER_NOT_SAY in texts
        yield OptionView(RATHER_NOT_SAY, None, checked, exclusive=item.takes_several, quiet=True)
