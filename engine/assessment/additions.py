"""What a plan shows under each step, and in which kinds of plan: actions, cautions and summaries with their rules.

What a kind of plan may show depends on the pack alone, and is prepared once (:func:`offers_of`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from engine.content.effects import CollectedEffects, RulesById
from engine.content.pack import Pack
from engine.content.remarks import Contingency, Notice, Remark, RemarkSlot
from engine.content.steps import Action, Caution, Kind, Step, Summary


class PlanEntry(NamedTuple):
    """Something the plan shows (kind, notice, action, caution) and the rules behind it, if any."""

    id: str
    rules: tuple[str, ...] = ()


class StepAdditions(NamedTuple):
    """What a plan shows under one step, in the step's order."""

    actions: tuple[PlanEntry, ...] = ()
    cautions: tuple[PlanEntry, ...] = ()
    summaries: tuple[PlanEntry, ...] = ()
    """Those that rules add."""


class OfferedEntry(NamedTuple):
    """Something that a plan may show."""

    id: str
    always: PlanEntry | None
    """What is shown where no rule adds it; None: only a rule adds it."""


class OfferedRemark(NamedTuple):
    """A remark that a kind of plan may say."""

    id: str
    base: bool
    first: tuple[str, ...]
    """The steps that the plan may begin with; empty for all."""


@dataclass(frozen=True, slots=True)
class StepOffers:
    """What a kind of plan may show under one step, each in the order in which it is shown."""

    actions: tuple[OfferedEntry, ...]
    cautions: tuple[OfferedEntry, ...]
    summaries: tuple[OfferedEntry, ...]


@dataclass(frozen=True, slots=True)
class Offers:
    """What a kind of plan may show."""

    steps: Mapping[str, StepOffers]
    remarks: Mapping[RemarkSlot, tuple[OfferedRemark, ...]]
    contingencies: tuple[OfferedEntry, ...]


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


def shown(offered: Iterable[OfferedEntry], added: RulesById) -> tuple[PlanEntry, ...]:
    """Of what may be shown: what is always there, and what rules add, with the rules that name it."""
    shown_entries: list[PlanEntry] = []
    for name, always in offered:
        if name in added:
            shown_entries.append(PlanEntry(name, tuple(added[name])))
        elif always is not None:
            shown_entries.append(always)
    return tuple(shown_entries)


def said_remarks(offered: Iterable[OfferedRemark], added: RulesById, first: str | None) -> tuple[PlanEntry, ...]:
    """The remarks of a place that suit the first free step: base ones, and those that rules say."""
    return tuple(
        [
            PlanEntry(name, tuple(added.get(name, ())))
            for name, base, suited in offered
            if (base or name in added) and (not suited or first in suited)
        ]
    )


def entries(ids: Iterable[str], rules: RulesById) -> tuple[PlanEntry, ...]:
    """Each id with the rules that name it."""
    return tuple([PlanEntry(entry_id, tuple(rules.get(entry_id, ()))) for entry_id in ids])


def may_be_said(element: Action | Caution | Contingency | Notice | Remark | Summary, kind: Kind) -> bool:
    """True if this kind of plan says it: by its own ``kinds``, or in every kind that is not ``allowlist_only``."""
    return kind.id in element.kinds if element.kinds else not kind.allowlist_only


def _offers(pack: Pack, kind: Kind) -> Offers:
    return Offers(
        steps={step.id: _step_offers(step, kind) for step in pack.steps},
        remarks={
            slot: tuple(
                OfferedRemark(remark.id, remark.base, remark.first) for remark in remarks if may_be_said(remark, kind)
            )
            for slot, remarks in pack.content.remarks.items()
        },
        contingencies=_if_added(pack.content.contingencies, kind),
    )


def _step_offers(step: Step, kind: Kind) -> StepOffers:
    """The base actions (or the kind's own ones) come before those that only rules add; cautions keep their order."""
    variant = step.for_kind.get(kind.id)
    actions = _base_ids(step.actions, variant.actions if variant else None, kind)
    cautions = _base_ids(step.cautions, variant.cautions if variant else None, kind)
    return StepOffers(
        actions=(
            *(OfferedEntry(name, PlanEntry(name)) for name in actions),
            *(entry for entry in _if_added(step.actions, kind) if entry.id not in actions),
        ),
        cautions=tuple(
            OfferedEntry(caution.id, PlanEntry(caution.id) if caution.id in cautions else None)
            for caution in step.cautions
            if caution.id in cautions or may_be_said(caution, kind)
        ),
        summaries=_if_added(step.summaries, kind),
    )


def _if_added(elements: Iterable[Action | Summary | Contingency], kind: Kind) -> tuple[OfferedEntry, ...]:
    """What this kind of plan may show once a rule adds it, in the declared order."""
    return tuple(OfferedEntry(element.id, None) for element in elements if may_be_said(element, kind))


def _base_ids(elements: Iterable[Action | Caution], kind_choice: tuple[str, ...] | None, kind: Kind) -> list[str]:
    """What needs no rule: the kind's own choice, or else what is always there and may be said in this kind."""
    if kind_choice is not None:
        return list(kind_choice)
    return [element.id for element in elements if element.base and may_be_said(element, kind)]
