"""Collects the effects of fired rules on a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from engine.assessment.trace import FiringsOfPlan, Trace
from engine.content.effects import CollectedEffects, Effect, RulesById
from engine.content.pack import Pack
from engine.content.steps import Kind

EffectsByRule = Mapping[str, list[tuple[Effect, tuple[str, ...]]]]
"""Effects of rules, each with the steps it concerns."""
WeightChanges = tuple[tuple[str, int], ...]
"""Steps, each with the change of its weight."""


@lru_cache(maxsize=32)
def effects_of(pack: Pack) -> EffectsByRule:
    """The effects of each rule on the plan."""
    return {
        rule.id: [(effect, pack.targets(effect.target)) for effect in rule.then if effect.decides != "findings"]
        for rule in pack.rules
    }


def collect(pack: Pack, trace: Trace, check_in: Trace | None) -> tuple[CollectedEffects, FiringsOfPlan]:
    """The collected effects of fired rules, and the firings of rules that have any.

    A check-in adds the effects of its gates. A rule that fired in both sittings counts once.
    """
    effects, contributions = effects_of(pack), _contributions(pack)
    earlier = {rule: trace for rule in trace.rules if rule in contributions}
    collected = _collected(contributions, earlier)
    traces = dict(earlier)
    for rule in check_in.rules if check_in else ():
        for effect, steps in effects[rule]:
            already_weighed = effect.weight_change is not None and rule in earlier
            if check_in is not None and effect.in_check_ins and not already_weighed:
                effect.apply(collected, rule, steps)
                traces.setdefault(rule, check_in)
    return collected, FiringsOfPlan(traces)


def collected_effects(effects: EffectsByRule, rules: Iterable[str]) -> CollectedEffects:
    """Collect these effects of these rules."""
    collected = CollectedEffects()
    for rule in rules:
        for effect, steps in effects.get(rule, ()):
            effect.apply(collected, rule, steps)
    return collected


class _Contribution(NamedTuple):
    """The effects of one rule in the form that is collected fastest."""

    weights: tuple[tuple[str, int], ...]
    additions: tuple[tuple[tuple[str, str], str], ...]
    """For each addition its kind and place, and its id, without duplicates."""
    others: tuple[tuple[Effect, tuple[str, ...]], ...]


@lru_cache(maxsize=32)
def _contributions(pack: Pack) -> Mapping[str, _Contribution]:
    """The contribution of each rule that has effects."""
    return {rule: _contribution(effects) for rule, effects in effects_of(pack).items() if effects}


def _contribution(effects: Iterable[tuple[Effect, tuple[str, ...]]]) -> _Contribution:
    weights: dict[str, int] = {}
    additions: dict[tuple[tuple[str, str], str], None] = {}
    others: list[tuple[Effect, tuple[str, ...]]] = []
    for effect, steps in effects:
        if effect.weight_change is not None:
            for step in steps:
                weights[step] = weights.get(step, 0) + effect.weight_change
        elif effect.addition is not None:
            additions[(effect.addition.kind, effect.addition.within), effect.addition.id] = None
        else:
            others.append((effect, steps))
    return _Contribution(tuple(weights.items()), tuple(additions), tuple(others))


def _collected(contributions: Mapping[str, _Contribution], rules: Iterable[str]) -> CollectedEffects:
    """The same result as :func:`collected_effects`, from prepared contributions."""
    changes: defaultdict[str, dict[str, int]] = defaultdict(dict)
    additions: defaultdict[tuple[str, str], RulesById] = defaultdict(lambda: defaultdict(list))
    collected = CollectedEffects(changes, additions=additions)
    for rule in rules:
        weights, added, others = contributions[rule]
        for step, by in weights:
            changes[step][rule] = by
        for key, name in added:
            additions[key][name].append(rule)
        for effect, steps in others:
            effect.apply(collected, rule, steps)
    return collected


@dataclass(frozen=True, slots=True)
class RuleEffects:
    """The effects of each rule on a plan, for searches over thousands of plans. Rules without effects are left out."""

    weights: Mapping[str, WeightChanges]
    """The changes of step weights."""
    other_effects: EffectsByRule
    rules: frozenset[str]
    """All rules with effects."""
    binding: frozenset[str]
    """Rules with effects other than changes of weight."""


@lru_cache(maxsize=32)
def placement_effects(pack: Pack) -> RuleEffects:
    """The effects that determine the positions of steps."""
    return _rule_effects(pack, "places")


@lru_cache(maxsize=32)
def plan_effects(pack: Pack) -> RuleEffects:
    """All effects on a plan except remarks, which are shown beside it."""
    return _rule_effects(pack, "places", "plan")


def _rule_effects(pack: Pack, *decides: str) -> RuleEffects:
    weights: dict[str, WeightChanges] = {}
    other_effects: dict[str, list[tuple[Effect, tuple[str, ...]]]] = {}
    for rule, effects in effects_of(pack).items():
        weights[rule] = tuple(
            (step, effect.weight_change)
            for effect, steps in effects
            if effect.weight_change is not None
            for step in steps
        )
        other_effects[rule] = [
            (effect, steps) for effect, steps in effects if effect.decides in decides and effect.weight_change is None
        ]
    rules = frozenset(rule for rule in weights if weights[rule] or other_effects[rule])
    binding = frozenset(rule for rule, others in other_effects.items() if others)
    return RuleEffects(weights, other_effects, rules, binding)


def proposed_kind(pack: Pack, effects: CollectedEffects) -> tuple[Kind, tuple[str, ...]]:
    """The strongest proposed kind with the rules that proposed it, or the default."""
    proposed = effects.added("kind")
    for kind in pack.content.kinds:
        if kind.id in proposed:
            return kind, tuple(proposed[kind.id])
    return next(kind for kind in pack.content.kinds if kind.default), ()


def strongest_first(changes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(changes.items(), key=lambda change: (-abs(change[1]), change[0])))


def waits_for_by_step(effects: CollectedEffects) -> Mapping[str, list[tuple[str, str]]]:
    """By step: the constraints between free steps."""
    waits_for: dict[str, list[tuple[str, str]]] = {}
    for (first, then), rule in effects.orders.items():
        if first not in effects.held and then not in effects.held:
            waits_for.setdefault(then, []).append((first, rule))
    return waits_for
