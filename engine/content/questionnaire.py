"""Questionnaires: their sections, items and scales.

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
    """A reference to an item that another questionnaire of the pack defines."""

    use: Id

    @property
    def id(self) -> str:
        """The id of the item."""
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
"""The values of an item's ``type``."""


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
    """Items that belong together, on one or more pages of the form."""

    id: Id
    title: Text
    intro: Text | None = None
    continues: bool = False
    """True if it belongs to the same part as the section before it. Progress is counted in parts."""
    before: Text | None = None
    """A text on a separate page before the questions."""
    followed_by: tuple[NoticeId, ...] = ()
    """Notices to show on a page after this section, if the answers so far raise them."""
    first_plan: bool = False
    """True: after this section the form offers a choice between a first plan and the next section."""
    frame: Literal["now", "then"] = "now"
    """``then`` if its questions are about the past: an answer can change in hindsight, but that is no improvement."""
    items: Annotated[tuple[ItemOrUse, ...], Field(min_length=1), Unique("item", "questionnaire")]

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The ids of its items, in order."""
        return tuple(item.id for item in self.items)


class MissingDataRule(Model):
    """How many answered items a scale needs, and whether it prorates the score for unanswered ones."""

    minimum: Annotated[int, Field(ge=1)]
    prorate: bool = False


class Band(Model):
    """A named range of a scale, from ``from`` (inclusive) or ``above`` (exclusive) up to the next band."""

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
        """The lower edge, and whether the band excludes it."""
        return (self.from_, False) if self.from_ is not None else (self.above or 0, True)


class MeaningfulChange(Model):
    """The points, and the number of items, by which a score must change to exceed its usual variation."""

    points: Annotated[float, Field(gt=0)] | Annotated[int, Field(gt=0)]
    items: Annotated[int, Field(ge=1)] = 1
    source: Text


class Scale(Model):
    """A score over items.

    An item counts with the number that ``values`` maps its answer to (``unknown``: unanswered), or else with the
    ``value`` of its chosen option. Without either, a single choice counts with the option's position from ``base``
    (default 0), a rating with its point, shifted to begin at ``base`` if given, yes as 1 and no as 0, and a multiple
    choice with how many options are chosen. ``reverse`` mirrors a value within the item's range.
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
    """Only for ``weighted``: the factor of each item. The score is the sum of value × weight."""
    count_from: Number | Mapping[Id, Number] | None = None
    """Only for ``count``: the least value that counts, for all items or by item (default 1)."""
    constant: Number = 0
    """Added to the score, for instruments that are defined with a constant."""
    rounding: Literal["none", "half_up", "up", "down"] = "none"
    missing: MissingDataRule | None = None
    """None: every item must be answered."""
    direction: Literal["higher_is_better", "lower_is_better", "neither"] = "neither"
    bands: Annotated[tuple[Band, ...], Unique("band")] = ()
    meaningful_change: MeaningfulChange | None = None
    higher: Text | None = None
    """The word for a higher score when two sittings are compared ("steadier"); None: "higher"."""
    lower: Text | None = None
    """The word for a lower score ("less steady"); None: "lower"."""
    headline: Text | None = None
    """The headline of a comparison if the score clearly moved in its direction: "You're steadier"."""
    shown: Literal["bar", "words", "never"] = "bar"
    compared: bool = True
    in_headline: bool = True
    """False: the first sentences of a comparison leave it out, as when a higher score would read as praise."""
    sensitive: bool | None = None
    """True: the score is never shown, as it reveals a sensitive answer. None: true if one of its items is sensitive."""


class Questionnaire(Model):
    """One form. A ``check_in`` gives no plan; its gates can change the plan of the last full questionnaire."""

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
        """Its id, which files give under ``questionnaire``."""
        return self.questionnaire
