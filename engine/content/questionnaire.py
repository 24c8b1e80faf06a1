"""What is asked and how it is scored: items, sections, scales, questionnaires.

These are the models of ``questionnaires/*.yaml``; ``questionnaires/README.md`` describes every field for authors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union, get_args

from pydantic import Discriminator, Field, Tag, model_validator

from engine.content.base import Id, ItemId, Model, NoticeId, Text, Unique
from engine.content.items.base import Item
from engine.content.items.choices import MultipleChoice, SingleChoice
from engine.content.items.date import DateItem
from engine.content.items.number import NumberItem
from engine.content.items.rating import Anchor, Rating
from engine.content.items.text import ShortText
from engine.content.items.yes_no import YesNo
from engine.content.values import CodedValue, Number


class ItemReference(Model):
    """The same question as in another questionnaire of the pack."""

    use: Id

    @property
    def id(self) -> str:
        """The id of the item it refers to."""
        return self.use


ITEM_CLASSES: Final[tuple[type[Item], ...]] = (
    SingleChoice,
    MultipleChoice,
    Rating,
    YesNo,
    NumberItem,
    DateItem,
    ShortText,
)
ITEM_TYPES: Final[tuple[str, ...]] = tuple(get_args(cls.model_fields["type"].annotation)[0] for cls in ITEM_CLASSES)
"""What ``type`` of an item may be."""


def _item_type(raw: Any) -> str:
    if isinstance(raw, ItemReference) or (isinstance(raw, dict) and "use" in raw):
        return "use"
    item_type = raw.get("type") if isinstance(raw, dict) else getattr(raw, "type", None)
    return str(item_type)


if TYPE_CHECKING:
    ItemOrUse = Item | ItemReference
else:
    _tagged = (Annotated[cls, Tag(name)] for cls, name in zip(ITEM_CLASSES, ITEM_TYPES, strict=True))
    ItemOrUse = Annotated[
        Union[(*_tagged, Annotated[ItemReference, Tag("use")])],
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
    items: Annotated[tuple[ItemOrUse, ...], Field(min_length=1), Unique("item", "questionnaire")]

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
    items: Annotated[tuple[ItemId, ...], Field(min_length=1), Unique("item")]
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
    headline: Text | None = None
    """What a comparison's headline says if the score went clearly in its direction: "You're steadier"."""
    shown: Literal["bar", "words", "never"] = "bar"
    compared: bool = True
    in_headline: bool = True
    """False: the first sentences of a comparison do not speak of it, as where a higher score would read as praise."""
    sensitive: bool | None = None
    """Whether the score gives a sensitive answer away, so that nobody is shown it; unless told, if an item is."""


class Questionnaire(Model):
    """One form. A ``check_in`` has no plan of its own: its gates may change the last full one's."""

    questionnaire: Id
    pack: Id
    title: Text
    intro: Text | None = None
    role: Literal["full", "check_in"] = "full"
    anchors: Mapping[Id, Annotated[tuple[Anchor, ...], Field(min_length=2)]] = Field(default_factory=dict)
    sections: Annotated[tuple[Section, ...], Field(min_length=1), Unique("section")]
    scales: Annotated[tuple[Scale, ...], Unique("scale", "everything")] = ()

    @property
    def id(self) -> str:
        """Its id, which files name as what they are."""
        return self.questionnaire
