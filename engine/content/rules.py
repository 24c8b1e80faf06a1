"""Rules: when something is so, then what follows, and because of what.

These are the models of ``rules/<pack>/*.yaml``. Operators (``conditions``) and effects are closed sets: a new one needs
a decision in ``docs/decisions/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Discriminator, Field, Tag

from engine.content.base import Id, KindId, Model, NoticeId, StepId, Text, Unique
from engine.content.conditions import Condition
from engine.content.steps import CappedAt, RemarkSlot, Target


class WeightChange(Target):
    by: int
    because: Text | None = None
    """The reason as it is told at these steps, where the rule's own would say too little or the same again."""


class StepOrder(Model):
    first: StepId
    then: StepId


class EmphasisCap(Target):
    at: CappedAt


class StepAddition(Model):
    step: StepId
    id: Id


class FindingEffect(Model):
    """Record a finding, which other rules may ask for."""

    finding: Id


class WeightEffect(Model):
    """Add to the weight of steps; negative takes away."""

    weight: WeightChange


class OrderEffect(Model):
    """Put one step before another, if both are free."""

    order: StepOrder


class CapEffect(Model):
    """Let steps have at most this emphasis."""

    cap: EmphasisCap


class ActionEffect(Model):
    """Add an action to a step."""

    action: StepAddition


class CautionEffect(Model):
    """Add a caution to a step."""

    caution: StepAddition


class HoldEffect(Model):
    """Hold steps: they stand last, *not now*. Nothing takes a hold away."""

    hold: Target


class NoticeEffect(Model):
    """Raise a notice."""

    notice: NoticeId


class RemarkReference(Model):
    place: RemarkSlot
    id: Id


class RemarkEffect(Model):
    """Say a remark at a place of the report."""

    say: RemarkReference


class KindEffect(Model):
    """Propose a kind of plan; the strongest proposed wins."""

    kind: KindId


EFFECTS: Final[Mapping[str, type[Model]]] = {
    "finding": FindingEffect,
    "weight": WeightEffect,
    "order": OrderEffect,
    "cap": CapEffect,
    "action": ActionEffect,
    "caution": CautionEffect,
    "hold": HoldEffect,
    "notice": NoticeEffect,
    "kind": KindEffect,
    "say": RemarkEffect,
}
_EFFECT_NAMES = {model: name for name, model in EFFECTS.items()}


def effect_name(effect: Any) -> str:
    """The key an effect is written with."""
    if isinstance(effect, dict):
        return str(next(iter(effect))) if len(effect) == 1 else "unknown"
    return _EFFECT_NAMES.get(type(effect), "unknown")


Effect = Annotated[
    Annotated[FindingEffect, Tag("finding")]
    | Annotated[WeightEffect, Tag("weight")]
    | Annotated[OrderEffect, Tag("order")]
    | Annotated[CapEffect, Tag("cap")]
    | Annotated[ActionEffect, Tag("action")]
    | Annotated[CautionEffect, Tag("caution")]
    | Annotated[HoldEffect, Tag("hold")]
    | Annotated[NoticeEffect, Tag("notice")]
    | Annotated[KindEffect, Tag("kind")]
    | Annotated[RemarkEffect, Tag("say")],
    Discriminator(
        effect_name,
        custom_error_type="heartwork_effect",
        custom_error_message="it is not exactly one effect",
    ),
]


class Examples(Model):
    """Answers for which the rule fires, and answers for which it stays silent; everything else is left open."""

    fires: tuple[Mapping[Id, Any], ...] = ()
    silent: tuple[Mapping[Id, Any], ...] = ()


class Rule(Model):
    """One rule. A ``gate`` reads items only and is asked before all others."""

    id: Id
    gate: bool = False
    because: Text
    reasons_shown_in: tuple[KindId, ...] = ()
    """The kinds of plan in which its reasons may be told; empty: in all that are not ``allowlist_only``."""
    when: Condition
    then: Annotated[tuple[Effect, ...], Field(min_length=1)]
    examples: Examples = Examples()


class RuleFile(Model):
    """Any other file of ``rules/<pack>/``."""

    rules: Annotated[tuple[Rule, ...], Unique("rule", "everything")]
