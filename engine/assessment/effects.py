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
RulesById = dict[str, list[str]]
"""The ids of something, each with the rules that name it."""


@dataclass
class CollectedEffects:
    """What all rules that fired say, by what it is about."""

    firings: dict[str, Firing] = field(default_factory=dict)
    changes: dict[str, dict[str, int]] = field(default_factory=dict)
    """By step and rule."""
    caps: dict[str, list[tuple[str, CappedAt]]] = field(default_factory=dict)
    held: RulesById = field(default_factory=dict)
    orders: dict[Pair, str] = field(default_factory=dict)
    kinds: RulesById = field(default_factory=dict)
    notices: RulesById = field(default_factory=dict)
    remarks: dict[str, RulesById] = field(default_factory=dict)
    """By slot."""
    actions: dict[str, RulesById] = field(default_factory=dict)
    """By step."""
    cautions: dict[str, RulesById] = field(default_factory=dict)

    def add(self, pack: Pack, trace: Trace, without: type | None = None) -> None:
        effects = effects_of(pack)
        earlier_rules = frozenset(self.firings)
        for firing in trace.firings:
            rule = firing.rule
            for effect, steps in effects[rule]:
                # A rule weighs once, whoever it fired for.
                already_weighed = rule in earlier_rules and isinstance(effect, WeightEffect)
                if not already_weighed and (without is None or not isinstance(effect, without)):
                    self.firings.setdefault(rule, firing)
                    self.add_effect(rule, effect, steps)

    def add_effect(self, rule: str, effect: Effect, steps: tuple[str, ...]) -> None:
        match effect:  # the most frequent first
            case RemarkEffect():
                _append_once(self.remarks.setdefault(effect.say.place, {}), effect.say.id, rule)
            case WeightEffect():
                for step in steps:
                    changes = self.changes.setdefault(step, {})
                    changes[rule] = changes.get(rule, 0) + effect.weight.by
            case CapEffect():
                for step in steps:
                    _append_once(self.caps, step, (rule, effect.cap.at))
            case HoldEffect():
                for step in steps:
                    _append_once(self.held, step, rule)
            case OrderEffect():
                self.orders.setdefault((effect.order.first, effect.order.then), rule)
            case KindEffect():
                _append_once(self.kinds, effect.kind, rule)
            case NoticeEffect():
                _append_once(self.notices, effect.notice, rule)
            case ActionEffect():
                _append_once(self.actions.setdefault(effect.action.step, {}), effect.action.id, rule)
            case CautionEffect():
                _append_once(self.cautions.setdefault(effect.caution.step, {}), effect.caution.id, rule)
            case _:
                pass


def _append_once(lists: dict[str, list[T]], key: str, entry: T) -> None:
    entries = lists.setdefault(key, [])
    if entry not in entries:
        entries.append(entry)


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
    other_effects: Mapping[str, list[tuple[Effect, tuple[str, ...]]]]
    """Its other effects."""
    rules: frozenset[str]
    """All that do anything."""


@lru_cache(maxsize=32)
def placement_effects(pack: Pack) -> RuleEffects:
    """What decides where steps stand."""
    return _rule_effects(pack, (CapEffect, HoldEffect, OrderEffect, KindEffect))


@lru_cache(maxsize=32)
def plan_effects(pack: Pack) -> RuleEffects:
    """All that makes a plan, but for remarks, which are said beside it."""
    effect_types = (CapEffect, HoldEffect, OrderEffect, KindEffect, NoticeEffect, ActionEffect, CautionEffect)
    return _rule_effects(pack, effect_types)


def _rule_effects(pack: Pack, effect_types: tuple[type, ...]) -> RuleEffects:
    weights: dict[str, tuple[tuple[str, int], ...]] = {}
    other_effects: dict[str, list[tuple[Effect, tuple[str, ...]]]] = {}
    for rule, effects in effects_of(pack).items():
        weight_changes = [
            (step, effect.weight.by) for effect, steps in effects if isinstance(effect, WeightEffect) for step in steps
        ]
        if weight_changes:
            weights[rule] = tuple(weight_changes)
        if matching := [(effect, steps) for effect, steps in effects if isinstance(effect, effect_types)]:
            other_effects[rule] = matching
    return RuleEffects(weights, other_effects, frozenset(weights) | frozenset(other_effects))
