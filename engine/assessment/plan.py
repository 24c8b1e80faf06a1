"""The whole plan: what the rules that fired do to every step, and the rules behind everything the plan shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from engine.assessment.effects import ByRule, CollectedEffects, RuleEffects, placement_effects, plan_effects
from engine.assessment.ordering import Emphasis, OrderedStep, lowest_cap, order_steps
from engine.assessment.trace import Firing, Trace
from engine.content.pack import Pack
from engine.content.rules import OrderEffect
from engine.content.steps import Action, CappedAt, Caution, Kind, Notice, Remark, RemarkSlot, Step


@dataclass(frozen=True, slots=True)
class Added:
    """Something the plan shows (kind, notice, action, caution) and the rules behind it, if any."""

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
    """Empty for a held step, as are its cautions: nothing is asked of anyone there."""
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
    remarks: Mapping[RemarkSlot, tuple[Added, ...]]
    """By place all remarks that may be said there, in their declared order."""
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
        check_in: a later check-in's trace, in which only gates fire. All that they say is added, but for constraints.
    """
    said = CollectedEffects()
    said.add(pack, trace)
    if check_in is not None:
        said.add(pack, check_in, without=OrderEffect)
    kind, proposed = _kind(pack, said)
    caps = _caps(pack, kind, said)
    arranged = _arranged(pack, _weights(pack, said), caps, said)
    steps = {step.id: step for step in pack.steps}
    planned = tuple(
        PlannedStep(
            id=place.step,
            position=position,
            emphasis=place.emphasis,
            base=steps[place.step].weight,
            changes=_strongest_first(said.changes.get(place.step, {})),
            bounded=place.bounded,
            effective=place.effective,
            caps=tuple(caps.get(place.step, ())),
            cap=place.cap,
            held_by=tuple(said.held.get(place.step, ())),
            waits_for=_waits_for(place.step, said),
            actions=() if held else _actions(steps[place.step], kind, said.actions.get(place.step, {})),
            cautions=() if held else _cautions(steps[place.step], kind, said.cautions.get(place.step, {})),
        )
        for position, place in enumerate(arranged, start=1)
        for held in (place.emphasis == "not_now",)
    )
    raised = said.notices
    notices = tuple(Added(one.id, tuple(raised[one.id])) for one in pack.content.notices if one.id in raised)
    first = next((step.id for step in planned if not step.held), None)
    return Plan(Added(kind.id, proposed), notices, _remarks(pack, kind, said, first), planned, said.firings)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a step stands in a plan."""

    position: int
    emphasis: Emphasis


@dataclass(frozen=True, slots=True)
class Standing:
    """Where every step stands, and nothing else of a plan: for searches over thousands of them."""

    places: Mapping[str, Placement]
    weights: Mapping[str, int]
    """What each step is worth in the order, see ``Arranged.effective``."""
    own: Mapping[str, int]
    """Each step's own weight, before any cap."""
    kind: str


def standing(pack: Pack, rules: Collection[str], check_in: Trace | None = None) -> Standing:
    """Where every step stands if these rules fire: the same as :func:`arrange` says, sooner."""
    does = placement_effects(pack)
    weights, said = _summed(pack, rules, does)
    for firing in check_in.firings if check_in else ():
        if firing.rule not in rules:
            for step, by in does.weights.get(firing.rule, ()):
                weights[step] += by
        for effect, steps in does.others.get(firing.rule, ()):
            if not isinstance(effect, OrderEffect):
                said.one(firing.rule, effect, steps)
    kind = _kind(pack, said)[0]
    arranged = _arranged(pack, weights, _caps(pack, kind, said), said)
    places = {one.step: Placement(position, one.emphasis) for position, one in enumerate(arranged, start=1)}
    return Standing(places, {one.step: one.effective for one in arranged}, weights, kind.id)


def _summed(pack: Pack, rules: Collection[str], does: RuleEffects) -> tuple[dict[str, int], CollectedEffects]:
    """The weight of every step, and what else the rules say."""
    weights = {step.id: step.weight for step in pack.steps}
    said = CollectedEffects()
    for rule in rules:
        for step, by in does.weights.get(rule, ()):
            weights[step] += by
        for effect, steps in does.others.get(rule, ()):
            said.one(rule, effect, steps)
    return weights, said


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of a plan that a person sees, without the rules behind it."""

    kind: str
    notices: tuple[str, ...]
    steps: tuple[tuple[str, Emphasis, tuple[str, ...], tuple[str, ...]], ...]
    """In their order: id, emphasis, actions, cautions."""


def outcome(plan: Plan) -> Outcome:
    """What a person sees of a plan."""
    steps = tuple((one.id, one.emphasis, _ids(one.actions), _ids(one.cautions)) for one in plan.steps)
    return Outcome(plan.kind.id, _ids(plan.notices), steps)


def outcome_of(pack: Pack, rules: Collection[str]) -> Outcome:
    """What a person sees if these rules fire: :func:`outcome` of what :func:`arrange` says, sooner."""
    weights, said = _summed(pack, rules, plan_effects(pack))
    kind = _kind(pack, said)[0]
    steps = {step.id: step for step in pack.steps}
    shown = []
    for place in _arranged(pack, weights, _caps(pack, kind, said), said):
        actions: tuple[str, ...] = ()
        cautions: tuple[str, ...] = ()
        if place.emphasis != "not_now":
            actions = _ids(_actions(steps[place.step], kind, said.actions.get(place.step, {})))
            cautions = _ids(_cautions(steps[place.step], kind, said.cautions.get(place.step, {})))
        shown.append((place.step, place.emphasis, actions, cautions))
    notices = tuple(one.id for one in pack.content.notices if one.id in said.notices)
    return Outcome(kind.id, notices, tuple(shown))


def _ids(among: Iterable[Added]) -> tuple[str, ...]:
    return tuple(one.id for one in among)


def is_short(pack: Pack, plan: Plan) -> bool:
    """True if the kind of plan or a notice asks for little to be told at once."""
    raised = {one.id for one in plan.notices}
    return any(one.short for one in pack.content.notices if one.id in raised) or any(
        one.short for one in pack.content.kinds if one.id == plan.kind.id
    )


def _caps(pack: Pack, kind: Kind, said: CollectedEffects) -> dict[str, list[Cap]]:
    """By step its caps: those of rules, and those of the kind of plan."""
    caps = {step: [Cap(at, rule) for rule, at in found] for step, found in said.caps.items()}
    for cap in kind.caps:
        for step in pack.targets(cap):
            caps.setdefault(step, []).append(Cap(cap.at))
    return caps


def _arranged(
    pack: Pack, weights: Mapping[str, int], caps: Mapping[str, list[Cap]], said: CollectedEffects
) -> tuple[OrderedStep, ...]:
    return order_steps(
        steps=[step.id for step in pack.steps],
        weights=weights,
        caps={
            step: lowest for step, found in caps.items() if (lowest := lowest_cap(one.at for one in found)) is not None
        },
        held=said.held,
        before=said.orders,
        thresholds=pack.content.emphasis,
    )


def _weights(pack: Pack, said: CollectedEffects) -> dict[str, int]:
    return {step.id: step.weight + sum(said.changes.get(step.id, {}).values()) for step in pack.steps}


def _kind(pack: Pack, said: CollectedEffects) -> tuple[Kind, tuple[str, ...]]:
    """The strongest proposed kind and the rules that proposed it; else the default."""
    for kind in pack.content.kinds:
        if kind.id in said.kinds:
            return kind, tuple(said.kinds[kind.id])
    return next(kind for kind in pack.content.kinds if kind.default), ()


def _strongest_first(changes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(changes.items(), key=lambda one: (-abs(one[1]), one[0])))


def _waits_for(step: str, said: CollectedEffects) -> tuple[tuple[str, str], ...]:
    """The constraints that bind: both steps are free."""
    if step in said.held:
        return ()
    return tuple(
        (first, rule) for (first, then), rule in said.orders.items() if then == step and first not in said.held
    )


def _actions(step: Step, kind: Kind, added: ByRule) -> tuple[Added, ...]:
    """The base actions (or the kind's own ones), then those that rules add, in the step's order."""
    variant = step.for_kind.get(kind.id)
    base = _base(step.actions, variant.actions if variant else None, kind)
    extra = [one.id for one in step.actions if one.id in added and one.id not in base and may_be_said(one, kind)]
    return _added([*base, *extra], added)


def _cautions(step: Step, kind: Kind, added: ByRule) -> tuple[Added, ...]:
    variant = step.for_kind.get(kind.id)
    base = _base(step.cautions, variant.cautions if variant else None, kind)
    names = [one.id for one in step.cautions if one.id in base or (one.id in added and may_be_said(one, kind))]
    return _added(names, added)


def _base(among: Iterable[Action | Caution], own: tuple[str, ...] | None, kind: Kind) -> list[str]:
    """What needs no rule: the kind's own choice, or else what is always there and may be said in this kind."""
    return list(own) if own is not None else [one.id for one in among if one.base and may_be_said(one, kind)]


def may_be_said(one: Action | Caution | Remark | Notice, kind: Kind) -> bool:
    """True if this kind of plan says it: by its own ``kinds``, or in every kind that is not ``allowlist_only``."""
    return kind.id in one.kinds if one.kinds else not kind.allowlist_only


def _remarks(
    pack: Pack, kind: Kind, said: CollectedEffects, first: str | None
) -> Mapping[RemarkSlot, tuple[Added, ...]]:
    def fits(one: Remark, rules: ByRule) -> bool:
        return (one.base or one.id in rules) and (not one.first or first in one.first) and may_be_said(one, kind)

    return {
        place: _added((one.id for one in among if fits(one, rules)), rules)
        for place, among in pack.content.remarks.items()
        for rules in (said.remarks.get(place, {}),)
    }


def _added(names: Iterable[str], rules: ByRule) -> tuple[Added, ...]:
    return tuple(Added(name, tuple(rules.get(name, ()))) for name in names)
