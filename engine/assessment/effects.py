"""What all rules that fired say about a plan, by what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from engine.assessment.ordering import Pair
from engine.assessment.trace import Firing, Trace
from engine.content.pack import Pack
from engine.content.rules import (
    ActionEffect,
    CapEffect,
    CautionEffect,
    Effect,
    FindingEffect,
    HoldEffect,
    KindEffect,
    NoticeEffect,
    OrderEffect,
    RemarkEffect,
    WeightEffect,
)
from engine.content.steps import CappedAt

T = TypeVar("T")
ByRule = dict[str, list[str]]
"""Something's id, with the rules that said it."""


@dataclass
class CollectedEffects:
    """What all rules that fired say, by what it is about."""

    firings: dict[str, Firing] = field(default_factory=dict)
    changes: dict[str, dict[str, int]] = field(default_factory=dict)
    """By step and rule."""
    caps: dict[str, list[tuple[str, CappedAt]]] = field(default_factory=dict)
    held: ByRule = field(default_factory=dict)
    orders: dict[Pair, str] = field(default_factory=dict)
    kinds: ByRule = field(default_factory=dict)
    notices: ByRule = field(default_factory=dict)
    remarks: dict[str, ByRule] = field(default_factory=dict)
    """By place."""
    actions: dict[str, ByRule] = field(default_factory=dict)
    """By step."""
    cautions: dict[str, ByRule] = field(default_factory=dict)

    def add(self, pack: Pack, trace: Trace, without: type | None = None) -> None:
        effects = effects_of(pack)
        before = frozenset(self.firings)
        for firing in trace.firings:
            rule = firing.rule
            for effect, steps in effects[rule]:
                again = rule in before and isinstance(effect, WeightEffect)  # a rule weighs once, whoever it fired for
                if not again and (without is None or not isinstance(effect, without)):
                    self.firings.setdefault(rule, firing)
                    self.one(rule, effect, steps)

    def one(self, rule: str, effect: Effect, steps: tuple[str, ...]) -> None:
        match effect:  # the most frequent first
            case RemarkEffect():
                _note(self.remarks.setdefault(effect.say.place, {}), effect.say.id, rule)
            case WeightEffect():
                for step in steps:
                    changes = self.changes.setdefault(step, {})
                    changes[rule] = changes.get(rule, 0) + effect.weight.by
            case CapEffect():
                for step in steps:
                    _note(self.caps, step, (rule, effect.cap.at))
            case HoldEffect():
                for step in steps:
                    _note(self.held, step, rule)
            case OrderEffect():
                self.orders.setdefault((effect.order.first, effect.order.then), rule)
            case KindEffect():
                _note(self.kinds, effect.kind, rule)
            case NoticeEffect():
                _note(self.notices, effect.notice, rule)
            case ActionEffect():
                _note(self.actions.setdefault(effect.action.step, {}), effect.action.id, rule)
            case CautionEffect():
                _note(self.cautions.setdefault(effect.caution.step, {}), effect.caution.id, rule)
            case _:
                pass


def _note(where: dict[str, list[T]], key: str, what: T) -> None:
    found = where.setdefault(key, [])
    if what not in found:
        found.append(what)


@lru_cache(maxsize=32)
def effects_of(pack: Pack) -> Mapping[str, list[tuple[Effect, tuple[str, ...]]]]:
    """Each rule's effects on the plan, with the steps they are about."""

    def steps(effect: Effect) -> tuple[str, ...]:
        match effect:
            case WeightEffect():
                return pack.targets(effect.weight)
            case CapEffect():
                return pack.targets(effect.cap)
            case HoldEffect():
                return pack.targets(effect.hold)
            case _:
                return ()

    return {
        rule.id: [(effect, steps(effect)) for effect in rule.then if not isinstance(effect, FindingEffect)]
        for rule in pack.rules
    }


@dataclass(frozen=True, slots=True)
class RuleEffects:
    """What each rule does to a plan, for searches over thousands of plans. Rules that do nothing are left out."""

    weights: Mapping[str, tuple[tuple[str, int], ...]]
    """What it adds to the weights of steps."""
    others: Mapping[str, list[tuple[Effect, tuple[str, ...]]]]
    """Its other effects."""
    rules: frozenset[str]
    """All that do anything."""


@lru_cache(maxsize=32)
def placement_effects(pack: Pack) -> RuleEffects:
    """What decides where steps stand."""
    return _summary(pack, (CapEffect, HoldEffect, OrderEffect, KindEffect))


@lru_cache(maxsize=32)
def plan_effects(pack: Pack) -> RuleEffects:
    """All that makes a plan, but for remarks, which are said beside it."""
    others = (CapEffect, HoldEffect, OrderEffect, KindEffect, NoticeEffect, ActionEffect, CautionEffect)
    return _summary(pack, others)


def _summary(pack: Pack, wanted: tuple[type, ...]) -> RuleEffects:
    weights: dict[str, tuple[tuple[str, int], ...]] = {}
    others: dict[str, list[tuple[Effect, tuple[str, ...]]]] = {}
    for rule, effects in effects_of(pack).items():
        added = [
            (step, effect.weight.by) for effect, steps in effects if isinstance(effect, WeightEffect) for step in steps
        ]
        if added:
            weights[rule] = tuple(added)
        if own := [one for one in effects if isinstance(one[0], wanted)]:
            others[rule] = own
    return RuleEffects(weights, others, frozenset(weights) | frozenset(others))
