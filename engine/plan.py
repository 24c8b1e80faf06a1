"""How a plan is arranged: every step once, in an order and with an emphasis that follow from the rules that fired.

Held steps come last, in content order. Free steps sort by *effective weight*: a step is worth at least what the steps
are worth that must wait for it. A plain priority queue over the constraints would put heavy steps too late.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Final, Literal

from engine.inference import Firing, Trace
from engine.pack import Pack
from engine.ruleset import (
    ActionEffect,
    CapEffect,
    CautionEffect,
    Effect,
    HoldEffect,
    KindEffect,
    NoticeEffect,
    OrderEffect,
    Rule,
    WeightEffect,
)
from engine.steps import CappedAt, Kind, Step, Thresholds

Emphasis = Literal["start_here", "focus", "steady", "light", "not_now"]
EMPHASES: Final[tuple[Emphasis, ...]] = ("start_here", "focus", "steady", "light", "not_now")
_CAPS: Final[Sequence[CappedAt]] = ("light", "steady", "focus")
Pair = tuple[str, str]
"""One step before another."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """Where one step stands, and by what arithmetic."""

    step: str
    emphasis: Emphasis
    bounded: int
    """Its own weight within its cap."""
    effective: int
    """The highest bounded weight of itself and of the free steps that must wait for it."""
    cap: CappedAt | None
    """The lowest of its own cap and those of the free steps it must wait for."""


def arrange_steps(
    steps: Sequence[str],
    weights: Mapping[str, int],
    caps: Mapping[str, CappedAt],
    held: Collection[str],
    before: Iterable[Pair],
    thresholds: Thresholds,
) -> tuple[Arranged, ...]:
    """Order all steps and give each its emphasis.

    Args:
        steps: all step ids, in content order.
        weights: each step's weight.
        caps: the highest emphasis some steps may have.
        held: steps that are *not now*.
        before: pairs of steps of which the first comes before the second if both are free; free of circles.
        thresholds: from which effective weight a step is *focus*, and *steady*.
    """
    free = [step for step in steps if step not in held]
    ahead = _closure(free, before)
    behind: dict[str, set[str]] = {step: set() for step in free}
    for step, earlier in ahead.items():
        for one in earlier:
            behind[one].add(step)
    cap = {step: _lowest([caps.get(one) for one in (step, *ahead[step])]) for step in free}
    bounded = {step: _within(weights[step], cap[step], thresholds) for step in free}
    effective = {step: max(bounded[one] for one in (step, *behind[step])) for step in free}
    order = _sorted(free, effective, ahead)
    if order and cap[order[0]] is not None:
        uncapped = [step for step in order if cap[step] is None]
        if uncapped:  # it waits for nothing: whatever it had to wait for would be uncapped, and earlier
            order = [uncapped[0], *(step for step in order if step != uncapped[0])]
    arranged: list[Arranged] = []
    for index, step in enumerate(order):
        emphasis = "start_here" if index == 0 else _emphasis(effective[step], thresholds, arranged)
        arranged.append(Arranged(step, emphasis, bounded[step], effective[step], cap[step]))
    for step in steps:
        if step in held:
            arranged.append(Arranged(step, "not_now", weights[step], weights[step], caps.get(step)))
    return tuple(arranged)


def _closure(free: Sequence[str], before: Iterable[Pair]) -> dict[str, set[str]]:
    """For each free step all free steps that must precede it, directly or not."""
    direct: dict[str, set[str]] = {step: set() for step in free}
    for first, then in before:
        if first in direct and then in direct:
            direct[then].add(first)
    closed: dict[str, set[str]] = {}
    for step in TopologicalSorter(direct).static_order():
        closed[step] = direct[step].union(*(closed[one] for one in direct[step]))
    return closed


def _lowest(caps: Iterable[CappedAt | None]) -> CappedAt | None:
    found = {cap for cap in caps if cap is not None}
    return next((cap for cap in _CAPS if cap in found), None)


def _within(weight: int, cap: CappedAt | None, thresholds: Thresholds) -> int:
    """The weight, or the highest that the cap lets through. A cap at *focus* bounds nothing: it never starts."""
    highest = {"light": thresholds.steady - 1, "steady": thresholds.focus - 1}.get(cap or "", weight)
    return min(weight, highest)


def _sorted(free: Sequence[str], effective: Mapping[str, int], ahead: Mapping[str, set[str]]) -> list[str]:
    """By effective weight, descending; among equals, first what others wait for, then content order."""
    place = {step: index for index, step in enumerate(free)}
    waiting = sorted(free, key=lambda step: (-effective[step], place[step]))
    order: list[str] = []
    while waiting:
        best = effective[waiting[0]]
        ready = next(step for step in waiting if effective[step] == best and ahead[step].issubset(order))
        waiting.remove(ready)
        order.append(ready)
    return order


def _emphasis(effective: int, thresholds: Thresholds, before: Sequence[Arranged]) -> Emphasis:
    if effective >= thresholds.focus and sum(one.emphasis == "focus" for one in before) < thresholds.most_focus:
        return "focus"
    return "steady" if effective >= thresholds.steady else "light"


@dataclass(frozen=True, slots=True)
class Added:
    """Something the plan shows (kind, notice, action, caution) and the rules behind it; none for what is always there."""

    id: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cap:
    """A cap and where it comes from: a rule, or the kind of plan."""

    at: CappedAt
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step in its place, with the arithmetic and the rules behind it."""

    id: str
    position: int
    """From 1."""
    emphasis: Emphasis
    base: int
    changes: tuple[tuple[str, int], ...]
    """Rules that changed its weight, and by how much: the strongest first."""
    bounded: int
    effective: int
    caps: tuple[Cap, ...]
    """Its own caps; ``cap`` is the one in force, its own or inherited."""
    cap: CappedAt | None
    held_by: tuple[str, ...]
    waits_for: tuple[tuple[str, str], ...]
    """Free steps that must precede it, each with the rule that says so."""
    actions: tuple[Added, ...]
    cautions: tuple[Added, ...]

    @property
    def weight(self) -> int:
        """The base weight and all changes, before any cap."""
        return self.base + sum(by for _, by in self.changes)

    @property
    def held(self) -> bool:
        return self.emphasis == "not_now"


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan: one kind, notices in their declared order, every step once."""

    kind: Added
    notices: tuple[Added, ...]
    steps: tuple[PlannedStep, ...]
    firings: Mapping[str, Firing]
    """The firing behind each rule that the plan names."""

    def step(self, name: str) -> PlannedStep:
        """The step by its id.

        Raises:
            KeyError: there is no such step.
        """
        for step in self.steps:
            if step.id == name:
                return step
        raise KeyError(name)


def arrange(pack: Pack, trace: Trace, check_in: Trace | None = None) -> Plan:
    """The plan that follows from a trace.

    Args:
        check_in: a later check-in's trace. Its holds, caps, notices and kinds are added; it moves nothing else.
    """
    said = _Said(pack, trace)
    if check_in is not None:
        said.add(check_in, (HoldEffect, CapEffect, NoticeEffect, KindEffect))
    kind, proposed = said.kind()
    caps = said.caps(kind)
    orders = said.orders()
    held = said.held()
    arranged = arrange_steps(
        steps=[step.id for step in pack.steps],
        weights={step.id: step.weight + sum(by for _, by in said.changes(step.id)) for step in pack.steps},
        caps={step: cap for step, found in caps.items() if (cap := _lowest(one.at for one in found)) is not None},
        held=held,
        before=orders,
        thresholds=pack.content.emphasis,
    )
    steps = {step.id: step for step in pack.steps}
    planned = [
        PlannedStep(
            id=place.step,
            position=position,
            emphasis=place.emphasis,
            base=steps[place.step].weight,
            changes=tuple(said.changes(place.step)),
            bounded=place.bounded,
            effective=place.effective,
            caps=tuple(caps.get(place.step, ())),
            cap=place.cap,
            held_by=tuple(held.get(place.step, ())),
            waits_for=tuple(
                (first, rule)
                for (first, then), rule in orders.items()
                if then == place.step and then not in held and first not in held
            ),
            actions=said.actions(steps[place.step], kind),
            cautions=said.cautions(steps[place.step]),
        )
        for position, place in enumerate(arranged, start=1)
    ]
    return Plan(Added(kind.id, proposed), said.notices(), tuple(planned), said.firings)


class _Said:
    """The effects of all rules that fired, by what they do."""

    def __init__(self, pack: Pack, trace: Trace) -> None:
        self._pack = pack
        self._effects: list[tuple[str, Effect]] = []
        self.firings: dict[str, Firing] = {}
        self._rules: Mapping[str, Rule] = {rule.id: rule for rule in pack.rules}
        self.add(trace)

    def add(self, trace: Trace, only: tuple[type, ...] = (object,)) -> None:
        for firing in trace.firings:
            found = [effect for effect in self._rules[firing.rule].then if isinstance(effect, only)]
            self._effects.extend(
                (firing.rule, effect) for effect in found if (firing.rule, effect) not in self._effects
            )
            if found:
                self.firings.setdefault(firing.rule, firing)

    def kind(self) -> tuple[Kind, tuple[str, ...]]:
        """The strongest proposed kind and the rules that proposed it; else the default."""
        kinds = self._pack.content.kinds
        for kind in kinds:
            rules = tuple(
                rule for rule, effect in self._effects if isinstance(effect, KindEffect) and effect.kind == kind.id
            )
            if rules:
                return kind, rules
        return next(kind for kind in kinds if kind.default), ()

    def changes(self, step: str) -> list[tuple[str, int]]:
        by_rule: dict[str, int] = {}
        for rule, effect in self._effects:
            if isinstance(effect, WeightEffect) and step in self._pack.targets(effect.weight):
                by_rule[rule] = by_rule.get(rule, 0) + effect.weight.by
        return sorted(by_rule.items(), key=lambda one: (-abs(one[1]), one[0]))

    def caps(self, kind: Kind) -> dict[str, list[Cap]]:
        caps: dict[str, list[Cap]] = {}
        for rule, effect in self._effects:
            if isinstance(effect, CapEffect):
                for step in self._pack.targets(effect.cap):
                    caps.setdefault(step, []).append(Cap(effect.cap.at, rule))
        for cap in kind.caps:
            for step in self._pack.targets(cap):
                caps.setdefault(step, []).append(Cap(cap.at))
        return caps

    def held(self) -> dict[str, list[str]]:
        held: dict[str, list[str]] = {}
        for rule, effect in self._effects:
            if isinstance(effect, HoldEffect):
                for step in self._pack.targets(effect.hold):
                    held.setdefault(step, []).append(rule)
        return held

    def orders(self) -> dict[Pair, str]:
        orders: dict[Pair, str] = {}
        for rule, effect in self._effects:
            if isinstance(effect, OrderEffect):
                orders.setdefault((effect.order.first, effect.order.then), rule)
        return orders

    def notices(self) -> tuple[Added, ...]:
        raised: dict[str, list[str]] = {}
        for rule, effect in self._effects:
            if isinstance(effect, NoticeEffect):
                raised.setdefault(effect.notice, []).append(rule)
        return tuple(Added(one.id, tuple(raised[one.id])) for one in self._pack.content.notices if one.id in raised)

    def actions(self, step: Step, kind: Kind) -> tuple[Added, ...]:
        """The base actions (or the kind's own ones), then those that rules add, in the step's order."""
        added = self._added(ActionEffect, step)
        variant = step.for_kind.get(kind.id)
        if variant is not None and variant.actions is not None:
            base = list(variant.actions)
        else:
            base = [action.id for action in step.actions if action.base]
        extra = [action.id for action in step.actions if action.id in added and action.id not in base]
        return tuple(Added(name, added.get(name, ())) for name in (*base, *extra))

    def cautions(self, step: Step) -> tuple[Added, ...]:
        added = self._added(CautionEffect, step)
        return tuple(Added(one.id, added.get(one.id, ())) for one in step.cautions if one.base or one.id in added)

    def _added(self, wanted: type[ActionEffect | CautionEffect], step: Step) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for rule, effect in self._effects:
            if isinstance(effect, wanted):
                addition = effect.action if isinstance(effect, ActionEffect) else effect.caution
                if addition.step == step.id:
                    found[addition.id] = (*found.get(addition.id, ()), rule)
        return found
