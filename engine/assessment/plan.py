"""Arranges a plan: the effects of fired rules on every step, and the rules behind everything the plan shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from engine.assessment.additions import (
    Offers,
    PlanEntry,
    StepAdditions,
    entries,
    offers_of,
    shown,
    step_additions,
)
from engine.assessment.effects import (
    WeightChanges,
    collect,
    collected_effects,
    placement_effects,
    plan_effects,
    proposed_kind,
    strongest_first,
    waits_for_by_step,
)
from engine.assessment.ordering import Constraints, Emphasis, OrderedStep, constraints, lowest_cap, order_within
from engine.assessment.trace import Firing, Trace
from engine.content.effects import CollectedEffects
from engine.content.pack import Pack
from engine.content.remarks import RemarkSlot
from engine.content.steps import CappedAt, Kind


@dataclass(frozen=True, slots=True)
class Cap:
    """A cap and its origin: a rule, or the kind of plan."""

    at: CappedAt
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step in its position, with the arithmetic and the rules behind it."""

    id: str
    position: int
    """From 1."""
    emphasis: Emphasis
    base: int
    changes: tuple[tuple[str, int], ...]
    """The rules that changed its weight, and by how much, the strongest first."""
    bounded: int
    effective: int
    caps: tuple[Cap, ...]
    """Its own caps. ``cap`` is the one in force, its own or inherited."""
    cap: CappedAt | None
    held_by: tuple[str, ...]
    waits_for: tuple[tuple[str, str], ...]
    """Free steps that must precede it, each with the rule that requires it."""
    actions: tuple[PlanEntry, ...]
    """Empty for a held step, like its cautions."""
    cautions: tuple[PlanEntry, ...]
    summaries: tuple[PlanEntry, ...] = ()
    """Summaries from rules, in the step's order; empty for a held step."""

    @property
    def weight(self) -> int:
        """The base weight and all changes, before any cap."""
        return self.base + sum(by for _, by in self.changes)

    @property
    def held(self) -> bool:
        return self.emphasis == "not_now"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: one kind, notices in their declared order, and every step once."""

    kind: PlanEntry
    notices: tuple[PlanEntry, ...]
    remarks: Mapping[RemarkSlot, tuple[PlanEntry, ...]]
    """By slot: all remarks that may be shown there, in their declared order."""
    steps: tuple[PlannedStep, ...]
    firings: Mapping[str, Firing]
    """The firing of each rule that the plan names."""
    contingencies: tuple[PlanEntry, ...] = ()
    """All contingencies that rules offer, in their declared order."""

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
    """Arrange the plan of a trace.

    Args:
        pack: the content that was evaluated.
        trace: the rules that fired for a full sitting.
        check_in: the trace of a later check-in, in which only gates fire. All their effects but constraints are added.

    Returns:
        One kind of plan, its notices, and every step of the pack exactly once, held steps last.
    """
    effects, firings = collect(pack, trace, check_in)
    kind, proposed = proposed_kind(pack, effects)
    caps = _caps(pack, kind, effects)
    base_weights = _base_weights(pack)
    weights = {step: base + sum(effects.changes.get(step, {}).values()) for step, base in base_weights.items()}
    ordered_steps = order_within(_constraints(pack, caps, effects), weights, pack.content.emphasis)
    offers, waits_for = offers_of(pack)[kind.id], waits_for_by_step(effects)
    planned = tuple(
        PlannedStep(
            id=ordered.step,
            position=position,
            emphasis=ordered.emphasis,
            base=base_weights[ordered.step],
            changes=strongest_first(effects.changes.get(ordered.step, {})),
            bounded=ordered.bounded,
            effective=ordered.effective,
            caps=tuple(caps.get(ordered.step, ())),
            cap=ordered.cap,
            held_by=tuple(effects.held.get(ordered.step, ())),
            waits_for=tuple(waits_for.get(ordered.step, ())),
            actions=additions.actions,
            cautions=additions.cautions,
            summaries=additions.summaries,
        )
        for position, ordered in enumerate(ordered_steps, start=1)
        for additions in (_additions(offers, effects, ordered),)
    )
    notices = entries(raised_notices(pack, effects), effects.added("notice"))
    first = next((step.id for step in planned if not step.held), None)
    return Plan(
        kind=PlanEntry(kind.id, proposed),
        notices=notices,
        remarks={
            slot: shown(remarks, effects.added("remark", slot)) for slot, remarks in offers.remarks[first].items()
        },
        steps=planned,
        firings=firings,
        contingencies=shown(offers.contingencies, effects.added("contingency")),
    )


@dataclass(frozen=True, slots=True)
class Placement:
    """The position of a step in a plan."""

    position: int
    emphasis: Emphasis


@dataclass(frozen=True, slots=True)
class StepPlacements:
    """The positions of all steps, and nothing else of a plan, for searches over thousands of them."""

    placements: Mapping[str, Placement]
    effective_weights: Mapping[str, int]
    """The effective weight of each step, see ``OrderedStep.effective``."""
    weights: Mapping[str, int]
    """The weight of each step before any cap."""
    kind: str


class Planner:
    """Computes positions of steps for many similar sets of rules, faster than :func:`arrange` and with the same
    result.

    Weights are updated by the difference to the first set. Everything else is computed once for each set of the rules
    that determine it.
    """

    def __init__(self, pack: Pack, check_in: Trace | None = None) -> None:
        """A later check-in adds what its gates say, as in :func:`arrange`."""
        self._pack, self._effects = pack, placement_effects(pack)
        self._later_rules = tuple(check_in.rules) if check_in else ()
        self._first: tuple[frozenset[str], Mapping[str, int]] | None = None
        self._bindings: dict[tuple[str, ...], tuple[str, Constraints]] = {}

    def place(self, rules: Collection[str]) -> StepPlacements:
        """The positions of all steps if these rules fire."""
        binding_rules = tuple([rule for rule in rules if rule in self._effects.binding])
        if binding_rules not in self._bindings:
            self._bindings[binding_rules] = self._bind(binding_rules)
        kind, binding = self._bindings[binding_rules]
        weights = self._weights(frozenset(rules))
        ordered_steps = order_within(binding, weights, self._pack.content.emphasis)
        return StepPlacements(
            placements={
                ordered.step: Placement(position, ordered.emphasis) for position, ordered in enumerate(ordered_steps, 1)
            },
            effective_weights={ordered.step: ordered.effective for ordered in ordered_steps},
            weights=weights,
            kind=kind,
        )

    def _bind(self, rules: tuple[str, ...]) -> tuple[str, Constraints]:
        effects = collected_effects(self._effects.other_effects, rules)
        for rule in self._later_rules:
            for effect, steps in self._effects.other_effects.get(rule, ()):
                if effect.in_check_ins:
                    effect.apply(effects, rule, steps)
        kind = proposed_kind(self._pack, effects)[0]
        return kind.id, _constraints(self._pack, _caps(self._pack, kind, effects), effects)

    def _weights(self, rules: frozenset[str]) -> dict[str, int]:
        by_rule = self._effects.weights
        if self._first is None:
            self._first = rules, _added(_base_weights(self._pack), by_rule, rules)
        first_rules, first_weights = self._first
        weights = _added(dict(first_weights), by_rule, rules - first_rules)
        _added(weights, by_rule, first_rules - rules, sign=-1)
        return _added(weights, by_rule, [rule for rule in self._later_rules if rule not in rules])


def _added(
    weights: dict[str, int], by_rule: Mapping[str, WeightChanges], rules: Iterable[str], sign: int = 1
) -> dict[str, int]:
    """These weights, changed by what the rules add; taken away if the sign is negative."""
    for rule in rules:
        for step, by in by_rule.get(rule, ()):
            weights[step] += sign * by
    return weights


VisibleStep = tuple[str, Emphasis, tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class VisiblePlan:
    """All of a plan that a person sees, without the rules behind it."""

    kind: str
    notices: tuple[str, ...]
    steps: tuple[VisibleStep, ...]
    """In their order: id, emphasis, actions, cautions, summaries that rules add."""


def visible_plan(plan: Plan) -> VisiblePlan:
    """What a person sees of a plan."""
    steps = tuple(
        (step.id, step.emphasis, _ids(step.actions), _ids(step.cautions), _ids(step.summaries)) for step in plan.steps
    )
    return VisiblePlan(plan.kind.id, _ids(plan.notices), steps)


def visible_plan_of_rules(pack: Pack, rules: Collection[str]) -> VisiblePlan:
    """What a person sees if these rules fire: :func:`visible_plan` of what :func:`arrange` says, sooner."""
    rule_effects = plan_effects(pack)
    weights = _added(_base_weights(pack), rule_effects.weights, rules)
    effects = collected_effects(rule_effects.other_effects, rules)
    kind = proposed_kind(pack, effects)[0]
    offers, binding = offers_of(pack)[kind.id], _constraints(pack, _caps(pack, kind, effects), effects)
    visible_steps = []
    for ordered in order_within(binding, weights, pack.content.emphasis):
        actions, cautions, summaries = map(_ids, _additions(offers, effects, ordered))
        visible_steps.append((ordered.step, ordered.emphasis, actions, cautions, summaries))
    return VisiblePlan(kind.id, raised_notices(pack, effects), tuple(visible_steps))


def raised_notices(pack: Pack, effects: CollectedEffects) -> tuple[str, ...]:
    """The notices that rules raise, in the pack's order."""
    raised = effects.added("notice")
    return tuple(notice.id for notice in pack.content.notices if notice.id in raised)


def _ids(entries: Iterable[PlanEntry]) -> tuple[str, ...]:
    return tuple(entry.id for entry in entries)


def is_short(pack: Pack, plan: Plan) -> bool:
    """True if the kind of plan or a notice requires a short report."""
    raised = {notice.id for notice in plan.notices}
    return any(notice.short for notice in pack.content.notices if notice.id in raised) or any(
        kind.short for kind in pack.content.kinds if kind.id == plan.kind.id
    )


def _caps(pack: Pack, kind: Kind, effects: CollectedEffects) -> dict[str, list[Cap]]:
    """By step its caps: those of rules, and those of the kind of plan."""
    caps = {step: [Cap(level, rule) for rule, level in rule_caps] for step, rule_caps in effects.caps.items()}
    for cap in kind.caps:
        for step in pack.targets(cap):
            caps.setdefault(step, []).append(Cap(cap.at))
    return caps


def _constraints(pack: Pack, caps: Mapping[str, list[Cap]], effects: CollectedEffects) -> Constraints:
    lowest_caps = {step: lowest_cap(cap.at for cap in step_caps) for step, step_caps in caps.items()}
    return constraints(
        steps=[step.id for step in pack.steps],
        caps={step: cap for step, cap in lowest_caps.items() if cap is not None},
        held=effects.held,
        before=effects.orders,
        thresholds=pack.content.emphasis,
    )


def _base_weights(pack: Pack) -> dict[str, int]:
    return {step.id: step.weight for step in pack.steps}


def _additions(offers: Offers, effects: CollectedEffects, ordered: OrderedStep) -> StepAdditions:
    """What a step has to tell; nothing where it is held, as nothing is asked of anyone there."""
    if ordered.emphasis == "not_now":
        return StepAdditions()
    return step_additions(offers.steps[ordered.step], ordered.step, effects)
