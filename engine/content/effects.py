"""Effects: what a rule does to a plan when it fires. Each effect is one class with all its specific behaviour.

The set is closed: a new effect needs a decision in ``docs/decisions/``. ``docs/extending.md`` shows how to add one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, NamedTuple, TypeVar, Union

from pydantic import Discriminator, Tag

from engine.content.base import Id, KindId, Model, NoticeId, RefersTo, StepId, Text
from engine.content.remarks import RemarkSlot
from engine.content.steps import CappedAt, Target

T = TypeVar("T")
RulesById = dict[str, list[str]]
"""Ids, each with the rules that name it."""


class Addition(NamedTuple):
    """An entry that an effect adds to a plan or report."""

    kind: str
    """Action, caution, summary, notice, kind, contingency, remark or finding."""
    id: str
    path: tuple[str, ...] = ()
    """The path of the id below the effect's key."""
    within: str = ""
    """The step of an action, caution or summary, or the slot of a remark."""


@dataclass
class CollectedEffects:
    """The effects of all rules that fired, grouped by kind and target."""

    changes: dict[str, dict[str, int]] = field(default_factory=dict)
    """The change of weight by step and rule."""
    caps: dict[str, list[tuple[str, CappedAt]]] = field(default_factory=dict)
    held: RulesById = field(default_factory=dict)
    orders: dict[tuple[str, str], str] = field(default_factory=dict)
    additions: dict[tuple[str, str], RulesById] = field(default_factory=dict)

    def added(self, kind: str, within: str = "") -> RulesById:
        """The ids of this kind that rules add, with their rules; ``within`` is the step or slot."""
        return self.additions.get((kind, within), {})


def append_once(lists: dict[str, list[T]], key: str, entry: T) -> None:
    """Append an entry to the list of a key unless the list has it."""
    entries = lists.setdefault(key, [])
    if entry not in entries:
        entries.append(entry)


class StepAddition(Model):
    step: StepId
    id: Id


class Effect(Model):
    """One effect of a rule. Each subclass has one field, whose name is the key that authors write."""

    key: ClassVar[str]
    decides: ClassVar[Literal["findings", "places", "plan", "remarks"]] = "plan"
    """Which other rules fire, the positions of steps, other parts of a plan, or the remarks of a report."""
    holds: ClassVar[bool] = False
    """True if it holds the steps of its target."""
    in_check_ins: ClassVar[bool] = True
    """True if the gates of a later check-in also apply it to the plan."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        (cls.key,) = cls.model_fields

    @cached_property
    def target(self) -> Target | None:
        """The steps that it selects; None if it selects none."""
        body = getattr(self, self.key)
        return body if isinstance(body, Target) else None

    @cached_property
    def addition(self) -> Addition | None:
        """The entry that it adds, whose kind is the effect's key; None if it adds none."""
        match getattr(self, self.key):
            case str() as name:
                return Addition(self.key, name)
            case StepAddition() as added:
                return Addition(self.key, added.id, ("id",), added.step)
            case _:
                return None

    @property
    def weight_change(self) -> int | None:
        """The change of weight for the steps of its target; None if it changes no weight."""
        return None

    @property
    def pair(self) -> tuple[str, str] | None:
        """The two steps that it orders, the first one first; None if it orders none."""
        return None

    def own_reason(self, change: str) -> str | None:
        """Its reason for a change (``raises`` or ``lowers``), which replaces the rule's; None if it has none."""
        return None

    def path_line(self, change: str) -> str | None:
        """Its path line for a change (``raises``, ``lowers`` or ``caps``); None if it has none."""
        return None

    def apply(self, collected: CollectedEffects, rule: str, steps: tuple[str, ...]) -> None:
        """Add the effect of a rule to ``collected``; ``steps`` are the ids of its target's steps."""
        if (addition := self.addition) is not None:
            append_once(collected.additions.setdefault((addition.kind, addition.within), {}), addition.id, rule)


class FindingEffect(Effect):
    """Record a finding, which other rules can read."""

    decides = "findings"
    finding: Id


class WeightChange(Target):
    by: int
    because: Text | None = None
    """The reason at these steps, if the rule's own reason would be too vague or a repetition."""
    line: Text | None = None
    """The path line of these steps."""


class WeightEffect(Effect):
    """Add to the weight of steps; a negative number lowers it."""

    decides = "places"
    weight: WeightChange

    @property
    def weight_change(self) -> int:
        return self.weight.by

    def own_reason(self, change: str) -> str | None:
        return self.weight.because if self._fits(change) else None

    def path_line(self, change: str) -> str | None:
        return self.weight.line if self._fits(change) else None

    def _fits(self, change: str) -> bool:
        return self.weight.by > 0 if change == "raises" else change == "lowers" and self.weight.by < 0

    def apply(self, collected: CollectedEffects, rule: str, steps: tuple[str, ...]) -> None:
        for step in steps:
            changes = collected.changes.setdefault(step, {})
            changes[rule] = changes.get(rule, 0) + self.weight.by


class StepOrder(Model):
    first: StepId
    then: StepId


class OrderEffect(Effect):
    """Order one step before another, if both are free."""

    decides = "places"
    in_check_ins = False
    order: StepOrder

    @property
    def pair(self) -> tuple[str, str]:
        return self.order.first, self.order.then

    def apply(self, collected: CollectedEffects, rule: str, steps: tuple[str, ...]) -> None:
        collected.orders.setdefault(self.pair, rule)


class EmphasisCap(Target):
    at: CappedAt
    line: Text | None = None
    """The path line of these steps, which explains their low position."""


class CapEffect(Effect):
    """Limit the emphasis of steps."""

    decides = "places"
    cap: EmphasisCap

    def path_line(self, change: str) -> str | None:
        return self.cap.line if change == "caps" else None

    def apply(self, collected: CollectedEffects, rule: str, steps: tuple[str, ...]) -> None:
        for step in steps:
            append_once(collected.caps, step, (rule, self.cap.at))


class ActionEffect(Effect):
    """Add an action to a step."""

    action: StepAddition


class CautionEffect(Effect):
    """Add a caution to a step."""

    caution: StepAddition


class SummaryEffect(Effect):
    """Replace the summary of a step."""

    summary: StepAddition


class HoldEffect(Effect):
    """Hold steps: they come last, as *not now*. No other effect can release them."""

    decides = "places"
    holds = True
    hold: Target

    def apply(self, collected: CollectedEffects, rule: str, steps: tuple[str, ...]) -> None:
        for step in steps:
            append_once(collected.held, step, rule)


class NoticeEffect(Effect):
    """Raise a notice."""

    notice: NoticeId


class KindEffect(Effect):
    """Propose a kind of plan; the strongest proposal wins."""

    decides = "places"
    kind: KindId


class ContingencyEffect(Effect):
    """Select a contingency for the report."""

    decides = "remarks"
    contingency: Annotated[Id, RefersTo("contingency")]


class RemarkReference(Model):
    place: RemarkSlot
    id: Id


class RemarkEffect(Effect):
    """Select a remark for a place of the report."""

    decides = "remarks"
    say: RemarkReference

    @cached_property
    def addition(self) -> Addition:
        return Addition("remark", self.say.id, ("id",), self.say.place)


EFFECTS: Final[Mapping[str, type[Effect]]] = {effect.key: effect for effect in Effect.__subclasses__()}
"""Every effect class by its key."""


def _key_of(effect: Any) -> str:
    """The key of an effect, as written or as a model."""
    if isinstance(effect, dict):
        return str(next(iter(effect))) if len(effect) == 1 else "unknown"
    return getattr(effect, "key", "unknown")


if TYPE_CHECKING:
    AnyEffect = Effect
else:  # a tagged union for pydantic, whose tags occur in the locations of errors
    AnyEffect = Annotated[
        Union[tuple(Annotated[effect, Tag(key)] for key, effect in EFFECTS.items())],  # noqa: UP007 - counted at run time
        Discriminator(
            _key_of, custom_error_type="heartwork_effect", custom_error_message="it is not exactly one effect"
        ),
    ]
