"""What all rules that fired say about a plan, and what each rule can say."""

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
"""Effects of rules, each with the steps it is about."""
WeightChanges = tuple[tuple[str, int], ...]
"""Steps, each with what is added to its weight."""


@lru_cache(maxsize=32)
def effects_of(pack: Pack) -> EffectsByRule:
    """Each rule's effects on the plan."""
    return {
        rule.id: [(effect, pack.targets(effect.target)) for effect in rule.then if effect.decides != "findings"]
        for rule in pack.rules
    }


def collect(pack: Pack, trace: Trace, check_in: Trace | None) -> tuple[CollectedEffects, FiringsOfPlan]:
    """What the rules that fired say, and the firings of those that say anything.

    A check-in adds what its gates say. A rule that fired in both weighs once.
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
    """What these rules say, of these effects."""
    collected = CollectedEffects()
    for rule in rules:
        for effect, steps in effects.get(rule, ()):
            effect.apply(collected, rule, steps)
    return collected


class _Contribution(NamedTuple):
    """What one rule says, in the form in which it is collected soonest."""

    weights: tuple[tuple[str, int], ...]
    additions: tuple[tuple[tuple[str, str], str], ...]
    """The kind of what it adds and where, and its id; each once."""
    others: tuple[tuple[Effect, tuple[str, ...]], ...]


@lru_cache(maxsize=32)
def _contributions(pack: Pack) -> Mapping[str, _Contribution]:
    """What each rule says that says anything."""
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
    """All that these rules say: the same as :func:`collected_effects`, sooner."""
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
    """What each rule does to a plan, for searches over thousands of plans. Rules that do nothing are left out."""

    weights: Mapping[str, WeightChanges]
    """What it adds to the weights of steps."""
    other_effects: EffectsByRule
    rules: frozenset[str]
    """All that do anything."""
    binding: frozenset[str]
    """Those that do more than to change weights."""


@lru_cache(maxsize=32)
def placement_effects(pack: Pack) -> RuleEffects:
    """What decides where steps stand."""
    return _rule_effects(pack, "places")


@lru_cache(maxsize=32)
def plan_effects(pack: Pack) -> RuleEffects:
    """All that makes a plan, but for remarks, which are said beside it."""
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
    """The strongest proposed kind and the rules that proposed it; else the default."""
    proposed = effects.added("kind")
    for kind in pack.content.kinds:
        if kind.id in proposed:
            return kind, tuple(proposed[kind.id])
    return next(kind for kind in pack.content.kinds if kind.default), ()


def strongest_first(changes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(changes.items(), key=lambda change: (-abs(change[1]), change[0])))


def waits_for_by_step(effects: CollectedEffects) -> Mapping[str, list[tuple[str, str]]]:
    """By step the constraints that bind: both steps are free."""
    waits_for: dict[str, list[tuple[str, str]]] = {}
    for (first, then), rule in effects.orders.items():
        if first not in effects.held and then not in effects.held:
            waits_for.setdefault(then, []).append((first, rule))
    return waits_for
