"""The actions, cautions and summaries that a plan shows under each step, with their rules.

What a kind of plan may show depends on the pack only and is prepared once (:func:`offers_of`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from engine.content.effects import CollectedEffects, RulesById
from engine.content.pack import Pack
from engine.content.remarks import Contingency, Notice, Remark, RemarkSlot
from engine.content.steps import Action, Caution, Kind, Step, Summary


class PlanEntry(NamedTuple):
    """Something in the plan (kind, notice, action, caution) and the rules behind it, if any."""

    id: str
    rules: tuple[str, ...] = ()


class StepAdditions(NamedTuple):
    """What a plan shows under one step, in the step's order."""

    actions: tuple[PlanEntry, ...] = ()
    cautions: tuple[PlanEntry, ...] = ()
    summaries: tuple[PlanEntry, ...] = ()
    """Those from rules."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What a plan may show in one place."""

    positions: Mapping[str, int]
    """The position of each id in the order of display."""
    always: Mapping[str, PlanEntry]
    """Entries that need no rule, in the same order."""
    entries: tuple[PlanEntry, ...]
    """The same entries, as a plan without additions from rules shows them."""


@dataclass(frozen=True, slots=True)
class StepOffers:
    """What a kind of plan may show under one step, in the order of display."""

    actions: Offered
    cautions: Offered
    summaries: Offered


@dataclass(frozen=True, slots=True)
class Offers:
    """What a kind of plan may show."""

    steps: Mapping[str, StepOffers]
    remarks: Mapping[str | None, Mapping[RemarkSlot, Offered]]
    """By the first free step, if any: the remarks of each slot that fit it."""
    contingencies: Offered


@lru_cache(maxsize=32)
def offers_of(pack: Pack) -> Mapping[str, Offers]:
    """What each kind of plan may show."""
    return {kind.id: _offers(pack, kind) for kind in pack.content.kinds}


def step_additions(offers: StepOffers, step: str, effects: CollectedEffects) -> StepAdditions:
    """What a kind of plan shows under a free step."""
    return StepAdditions(
        actions=shown(offers.actions, effects.added("action", step)),
        cautions=shown(offers.cautions, effects.added("caution", step)),
        summaries=shown(offers.summaries, effects.added("summary", step)),
    )


def shown(offered: Offered, added: RulesById) -> tuple[PlanEntry, ...]:
    """The entries that are always shown, and those that rules add, with their rules."""
    positions = offered.positions
    by_rules = {name: PlanEntry(name, tuple(added[name])) for name in added if name in positions}
    if not by_rules:
        return offered.entries
    shown_entries = {**offered.always, **by_rules}
    return tuple([shown_entries[name] for name in sorted(shown_entries, key=positions.__getitem__)])


def entries(ids: Iterable[str], rules: RulesById) -> tuple[PlanEntry, ...]:
    """Each id with the rules that add it."""
    return tuple([PlanEntry(entry_id, tuple(rules.get(entry_id, ()))) for entry_id in ids])


def may_be_said(element: Action | Caution | Contingency | Notice | Remark | Summary, kind: Kind) -> bool:
    """True if this kind of plan may show it: its ``kinds`` name the kind, or it has none and the kind is not
    ``allowlist_only``.
    """
    return kind.id in element.kinds if element.kinds else not kind.allowlist_only


def _offers(pack: Pack, kind: Kind) -> Offers:
    remarks = {
        slot: [remark for remark in remarks if may_be_said(remark, kind)]
        for slot, remarks in pack.content.remarks.items()
    }
    return Offers(
        steps={step.id: _step_offers(step, kind) for step in pack.steps},
        remarks={
            first: {slot: _remarks_suiting(first, remarks[slot]) for slot in remarks}
            for first in (None, *(step.id for step in pack.steps))
        },
        contingencies=_if_added(pack.content.contingencies, kind),
    )


def _remarks_suiting(first: str | None, remarks: Iterable[Remark]) -> Offered:
    """The remarks that fit a plan with this first step. Base remarks need no rule."""
    suiting = [remark for remark in remarks if not remark.first or first in remark.first]
    return _offered([(remark.id, remark.base) for remark in suiting])


def _step_offers(step: Step, kind: Kind) -> StepOffers:
    """Base actions (or the kind's own ones) come before those that only rules add; cautions keep their order."""
    variant = step.for_kind.get(kind.id)
    actions = _base_ids(step.actions, variant.actions if variant else None, kind)
    cautions = _base_ids(step.cautions, variant.cautions if variant else None, kind)
    added_actions = [action.id for action in step.actions if may_be_said(action, kind) and action.id not in actions]
    offered_cautions = [caution.id for caution in step.cautions if caution.id in cautions or may_be_said(caution, kind)]
    return StepOffers(
        actions=_offered([*((name, True) for name in actions), *((name, False) for name in added_actions)]),
        cautions=_offered([(name, name in cautions) for name in offered_cautions]),
        summaries=_if_added(step.summaries, kind),
    )


def _if_added(elements: Iterable[Summary | Contingency], kind: Kind) -> Offered:
    """What this kind of plan may show if a rule adds it, in the declared order."""
    return _offered([(element.id, False) for element in elements if may_be_said(element, kind)])


def _offered(ids: Sequence[tuple[str, bool]]) -> Offered:
    """What may be shown, in this order, each with whether it needs no rule."""
    always = {name: PlanEntry(name) for name, is_always_shown in ids if is_always_shown}
    return Offered({name: position for position, (name, _) in enumerate(ids)}, always, tuple(always.values()))


def _base_ids(elements: Iterable[Action | Caution], kind_choice: tuple[str, ...] | None, kind: Kind) -> list[str]:
    """The ids that need no rule: the kind's own choice, or those that are always there and allowed in it."""
    if kind_choice is not None:
        return list(kind_choice)
    return [element.id for element in elements if element.base and may_be_said(element, kind)]
