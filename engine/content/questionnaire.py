"""What is asked and how it is scored: items, sections, scales, questionnaires.

These are the models of ``questionnaires/*.yaml``; ``questionnaires/README.md`` describes every field for authors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from engine.content.base import Id, ItemId, Model, NoticeId, Text, Unique
from engine.content.conditions import Condition

Number = int | float
CodedValue = Number | Literal["unknown"]


class Option(Model):
    """One answer that can be chosen.

    ``said`` is a second-person clause for reasons ("a few messages are still waiting"). ``value`` makes the options of
    an item ordered numbers; ``value: unknown`` says that this option counts as unanswered there ("I don't know").
    ``if`` is the answer supposed, for a what-if: the clause after "If".
    """

    id: Id
    text: Text
    said: Text | None = None
    supposed: Text | None = Field(default=None, alias="if")
    value: CodedValue | None = None
    exclusive: bool = False


class Anchor(Model):
    """One point of a rating, in words."""

    text: Text
    said: Text | None = None
    supposed: Text | None = Field(default=None, alias="if")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, raw: Any) -> Any:
        return {"text": raw} if isinstance(raw, str) else raw


class _Item(Model):
    id: Id
    text: Text
    help: Text | None = None
    said: Text | None = None
    """A clause for reasons with ``{answer}`` in it, for items whose options have no words of their own."""
    show_when: Condition | None = None
    required: bool = False
    rather_not_say: bool = False
    """True if the form offers "I'd rather not say"; a null answer is accepted in any case."""
    sensitive: bool = False
    changeable: bool = False
    """True if it is the person's own doing now: a what-if may suppose a better answer."""
    better: Literal["higher", "lower"] | None = None
    """Which answers are better for the person; without it the directions of its scales say so."""


def _at_least(count: int) -> Any:
    return Field(min_length=count)


class SingleChoice(_Item):
    """Choose one option. The answer is the option's id."""

    type: Literal["single"]
    options: Annotated[tuple[Option, ...], _at_least(1), Unique("option")]


class MultipleChoice(_Item):
    """Choose any options; an ``exclusive`` one stands alone. The answer is a list of option ids."""

    type: Literal["multiple"]
    options: Annotated[tuple[Option, ...], _at_least(1), Unique("option")]


class Rating(_Item):
    """Choose a point on a line whose points all have words. The answer is a whole number, counted from ``first``."""

    type: Literal["rating"]
    anchors: Id | Annotated[tuple[Anchor, ...], _at_least(2)]
    """The words from the lowest point to the highest, or the name of a set in ``anchors:`` of the questionnaire."""
    first: int = 0

    @property
    def points(self) -> tuple[Anchor, ...]:
        """The anchors once names are resolved, as they are in every pack that loaded."""
        return () if isinstance(self.anchors, str) else self.anchors

    @property
    def last(self) -> int:
        return self.first + len(self.points) - 1


class YesNo(_Item):
    """Yes or no. The answer is a boolean."""

    type: Literal["yes_no"]


class NumberItem(_Item):
    """A number between bounds, in ``unit``."""

    type: Literal["number"]
    lowest: Number
    highest: Number
    whole: bool = True
    unit: Text | None = None


class DateItem(_Item):
    """A calendar date, written 2026-11-23. Rules may ask for the date or for its age in days."""

    type: Literal["date"]
    earliest: str | None = None
    latest: str | None = None


class ShortText(_Item):
    """A short text, such as a name. No rule can read it."""

    type: Literal["text"]
    longest: Annotated[int, Field(ge=1, le=500)] = 60


class ItemReference(Model):
    """The same question as in another questionnaire of the pack."""

    use: Id

    @property
    def id(self) -> str:
        """The id of the item it refers to."""
        return self.use


Item = SingleChoice | MultipleChoice | Rating | YesNo | NumberItem | DateItem | ShortText
OrderedItem = SingleChoice | Rating | YesNo
"""Items with few answers that stand in an order: a what-if may suppose another one."""


def has_clauses(item: Item) -> bool:
    """True if every answer to the item has a clause of its own."""
    match item:
        case SingleChoice() | MultipleChoice():
            return item.said is not None or all(option.said for option in item.options)
        case Rating():
            return item.said is not None or all(anchor.said for anchor in item.points)
        case _:
            return item.said is not None and not isinstance(item, ShortText)


ITEM_TYPES: Final = ("single", "multiple", "rating", "yes_no", "number", "date", "text")


def _item_type(raw: Any) -> str:
    if isinstance(raw, ItemReference) or (isinstance(raw, dict) and "use" in raw):
        return "use"
    item_type = raw.get("type") if isinstance(raw, dict) else getattr(raw, "type", None)
    return str(item_type)


ItemOrUse = Annotated[
    Annotated[SingleChoice, Tag("single")]
    | Annotated[MultipleChoice, Tag("multiple")]
    | Annotated[Rating, Tag("rating")]
    | Annotated[YesNo, Tag("yes_no")]
    | Annotated[NumberItem, Tag("number")]
    | Annotated[DateItem, Tag("date")]
    | Annotated[ShortText, Tag("text")]
    | Annotated[ItemReference, Tag("use")],
    Discriminator(
        _item_type,
        custom_error_type="heartwork_type",
        custom_error_message="it is not a type of item",
    ),
]


class Section(Model):
    """A page of the form (or more than one): items that belong together."""

    id: Id
    title: Text
    intro: Text | None = None
    continues: bool = False
    """True if it belongs to the same part as the section before it: parts are what progress counts."""
    before: Text | None = None
    """Said on a page of its own before the questions come up."""
    followed_by: tuple[NoticeId, ...] = ()
    """Notices: the page after this section tells those that the answers so far raise."""
    first_plan: bool = False
    """True: after this section the form offers a first plan beside going on."""
    frame: Literal["now", "then"] = "now"
    """``then``: its questions are about something that is over, so an answer can be seen differently, not improve."""
    items: Annotated[tuple[ItemOrUse, ...], _at_least(1), Unique("item", "questionnaire")]

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The ids of its items, in the order of asking."""
        return tuple(item.id for item in self.items)


class MissingDataRule(Model):
    """What a scale does about unanswered items: how many it needs, and whether the rest is prorated."""

    minimum: Annotated[int, Field(ge=1)]
    prorate: bool = False


class Band(Model):
    """A named range of a scale. It begins at ``from`` (that score included) or ``above`` it, and ends at the next."""

    id: Id
    title: Text
    words: Text | None = None
    from_: Number | None = Field(default=None, alias="from")
    above: Number | None = None

    @model_validator(mode="after")
    def _one_edge(self) -> Band:
        if (self.from_ is None) == (self.above is None):
            message = "a band begins either `from` a score or `above` it"
            raise ValueError(message)
        return self

    @property
    def edge(self) -> tuple[Number, bool]:
        """The score where the band begins, and True if that score itself lies below the band."""
        return (self.from_, False) if self.from_ is not None else (self.above or 0, True)

    def holds(self, value: Any) -> bool:
        """True if ``value`` reaches the lower edge."""
        edge, above = self.edge
        return bool(value > edge if above else value >= edge)


class MeaningfulChange(Model):
    """How much a score must move, and in how many items, before a change is more than usual wobble."""

    points: Annotated[float, Field(gt=0)] | Annotated[int, Field(gt=0)]
    items: Annotated[int, Field(ge=1)] = 1
    source: Text


class Scale(Model):
    """A score over items.

    An item's value is: what ``values`` maps its answer to (``unknown``: counts as unanswered); else its option's
    ``value``; else its place in the list counted from ``base`` (0 unless told); a rating's point, moved to begin at
    ``base`` if that is given; a number; yes 1 and no 0; how many options of a multiple choice are chosen. ``reverse``
    turns it round within its range.
    """

    id: Id
    title: Text
    about: Text | None = None
    items: Annotated[tuple[ItemId, ...], _at_least(1), Unique("item")]
    method: Literal["sum", "mean", "weighted", "count", "min", "max"]
    values: Mapping[Id, Mapping[str, CodedValue]] = Field(default_factory=dict)
    reverse: Annotated[tuple[Id, ...], Unique("item")] = ()
    base: int | None = None
    weights: Mapping[Id, Number] = Field(default_factory=dict)
    """``weighted`` only: each item's factor; the score is the sum of value × weight."""
    count_from: Number | Mapping[Id, Number] | None = None
    """``count`` only: an item counts if its value is at least this (1 unless told; by item if a mapping)."""
    constant: Number = 0
    """Added at the end, for instruments that are scored that way."""
    rounding: Literal["none", "half_up", "up", "down"] = "none"
    missing: MissingDataRule | None = None
    """Without it every item must be answered."""
    direction: Literal["higher_is_better", "lower_is_better", "neither"] = "neither"
    bands: Annotated[tuple[Band, ...], Unique("band")] = ()
    meaningful_change: MeaningfulChange | None = None
    higher: Text | None = None
    """What a higher score is called where two sittings are compared ("steadier"); without it: higher."""
    lower: Text | None = None
    """The same for a lower score ("less steady")."""
    shown: Literal["bar", "words", "never"] = "bar"
    compared: bool = True
    sensitive: bool | None = None
    """Whether the score gives a sensitive answer away, so that nobody is shown it; unless told, if an item is."""


class Questionnaire(Model):
    """One form. A ``check_in`` has no plan of its own: its gates may change the last full one's."""

    questionnaire: Id
    pack: Id
    title: Text
    intro: Text | None = None
    role: Literal["full", "check_in"] = "full"
    anchors: Mapping[Id, Annotated[tuple[Anchor, ...], _at_least(2)]] = Field(default_factory=dict)
    sections: Annotated[tuple[Section, ...], _at_least(1), Unique("section")]
    scales: Annotated[tuple[Scale, ...], Unique("scale", "everything")] = ()

    @property
    def id(self) -> str:
        """Its id, which files name as what they are."""
        return self.questionnaire
