"""Effects: what follows where a rule fires. One class an effect has all that is particular to it.

The set is closed: a new effect needs a decision in ``docs/decisions/``; ``docs/extending.md`` has the recipe.
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
"""The ids of something, each with the rules that name it."""


class Addition(NamedTuple):
    """Something that an effect adds."""

    kind: str
    """Action, caution, notice, kind, remark or finding."""
    id: str
    path: tuple[str, ...] = ()
    """Where the id stands below the effect's key."""
    within: str = ""
    """The step of an action or caution, the slot of a remark."""


@dataclass
class CollectedEffects:
    """What all rules that fired say about a plan, by what it is about."""

    changes: dict[str, dict[str, int]] = field(default_factory=dict)
    """By step and rule."""
    caps: dict[str, list[tuple[str, CappedAt]]] = field(default_factory=dict)
    held: RulesById = field(default_factory=dict)
    orders: dict[tuple[str, str], str] = field(default_factory=dict)
    additions: dict[tuple[str, str], RulesById] = field(default_factory=dict)

    def added(self, kind: str, within: str = "") -> RulesById:
        """The kinds of plan, notices, actions or cautions of a step, or remarks of a slot, that rules add."""
        return self.additions.get((kind, within), {})


def append_once(lists: dict[str, list[T]], key: str, entry: T) -> None:
    """Append to the list of a key what is not in it yet."""
    entries = lists.setdefault(key, [])
    if entry not in entries:
        entries.append(entry)


class StepAddition(Model):
    step: StepId
    id: Id


class Effect(Model):
    """One effect of a rule. Each class of it has one field, whose name is the key that authors write."""

    key: ClassVar[str]
    decides: ClassVar[Literal["findings", "places", "plan", "remarks"]] = "plan"
    """Which other rules fire, where steps stand, what else a plan shows, or what a report says beside it."""
    holds: ClassVar[bool] = False
    """It holds the steps of its target."""
    in_check_ins: ClassVar[bool] = True
    """The gates of a later check-in have it on the plan as well."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        (cls.key,) = cls.model_fields

    @cached_property
    def target(self) -> Target | None:
        """The steps it is about, if it selects steps."""
        body = getattr(self, self.key)
        return body if isinstance(body, Target) else None

    @cached_property
    def addition(self) -> Addition | None:
        """What it adds, of that which shows only where a rule adds it: what its key is called, by its id."""
        match getattr(self, self.key):
            case str() as name:
                return Addition(self.key, name)
            case StepAddition() as added:
                return Addition(self.key, added.id, ("id",), added.step)
            case _:
                return None

    @property
    def weight_change(self) -> int | None:
        """What it adds to the weight of the steps of its target."""
        return None

    @property
    def pair(self) -> tuple[str, str] | None:
        """The two steps it puts in order, the first one first."""
        return None

    def own_reason(self, change: str) -> str | None:
        """The reason it gives for such a change (``raises``, ``lowers``), in place of the rule's."""
        return None

    def path_line(self, change: str) -> str | None:
        """The path line it gives for such a change (``raises``, ``lowers``, ``caps``)."""
        return None

    def apply(self, collected: CollectedEffects, rule: str, steps: tuple[str, ...]) -> None:
        """Add what it says; ``steps`` are those of its target."""
        if (addition := self.addition) is not None:
            append_once(collected.additions.setdefault((addition.kind, addition.within), {}), addition.id, rule)


class FindingEffect(Effect):
    """Record a finding, which other rules may ask for."""

    decides = "findings"
    finding: Id


class WeightChange(Target):
    by: int
    because: Text | None = None
    """The reason shown at these steps, where the rule's own would say too little or the same again."""
    line: Text | None = None
    """The same in the few words of a path line: why such a step stands where it does."""


class WeightEffect(Effect):
    """Add to the weight of steps; negative takes away."""

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
    """Put one step before another, if both are free."""

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
    """Why these steps stand low, in the few words of a path line."""


class CapEffect(Effect):
    """Let steps have at most this emphasis."""

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
    """Say in other words what a step is about."""

    summary: StepAddition


class HoldEffect(Effect):
    """Hold steps: they stand last, *not now*. Nothing takes a hold away."""

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
    """Propose a kind of plan; the strongest proposed wins."""

    decides = "places"
    kind: KindId


class ContingencyEffect(Effect):
    """Offer a contingency."""

    decides = "remarks"
    contingency: Annotated[Id, RefersTo("contingency")]


class RemarkReference(Model):
    place: RemarkSlot
    id: Id


class RemarkEffect(Effect):
    """Say a remark at a place of the report."""

    decides = "remarks"
    say: RemarkReference

    @cached_property
    def addition(self) -> Addition:
        return Addition("remark", self.say.id, ("id",), self.say.place)


EFFECTS: Final[Mapping[str, type[Effect]]] = {effect.key: effect for effect in Effect.__subclasses__()}
"""Every class above by its key."""


def _key_of(effect: Any) -> str:
    """The key an effect is written with."""
    if isinstance(effect, dict):
        return str(next(iter(effect))) if len(effect) == 1 else "unknown"
    return getattr(effect, "key", "unknown")


if TYPE_CHECKING:
    AnyEffect = Effect
else:  # what pydantic chooses from, and names in the place of an error
    AnyEffect = Annotated[
        Union[tuple(Annotated[effect, Tag(key)] for key, effect in EFFECTS.items())],  # noqa: UP007 - counted at run time
        Discriminator(
            _key_of, custom_error_type="heartwork_effect", custom_error_message="it is not exactly one effect"
        ),
    ]
