"""What a plan shows under each step, and in which kinds of plan: actions, cautions and summaries with their rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.content.effects import CollectedEffects, RulesById
from engine.content.remarks import Contingency, Notice, Remark
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


def step_additions(step: Step, kind: Kind, effects: CollectedEffects) -> StepAdditions:
    """What this kind of plan shows under a free step."""
    return StepAdditions(
        actions=_actions(step, kind, effects.added("action", step.id)),
        cautions=_cautions(step, kind, effects.added("caution", step.id)),
        summaries=offered(step.summaries, kind, effects.added("summary", step.id)),
    )


def offered(elements: Iterable[Summary | Contingency], kind: Kind, added: RulesById) -> tuple[PlanEntry, ...]:
    """Of what only rules add: all that they add and this kind of plan may say, in the declared order."""
    return entries((element.id for element in elements if element.id in added and may_be_said(element, kind)), added)


def entries(ids: Iterable[str], rules: RulesById) -> tuple[PlanEntry, ...]:
    """Each id with the rules that name it."""
    return tuple([PlanEntry(entry_id, tuple(rules.get(entry_id, ()))) for entry_id in ids])


def may_be_said(element: Action | Caution | Contingency | Notice | Remark | Summary, kind: Kind) -> bool:
    """True if this kind of plan says it: by its own ``kinds``, or in every kind that is not ``allowlist_only``."""
    return kind.id in element.kinds if element.kinds else not kind.allowlist_only


def _actions(step: Step, kind: Kind, added: RulesById) -> tuple[PlanEntry, ...]:
    """The base actions (or the kind's own ones), then those that rules add, in the step's order."""
    variant = step.for_kind.get(kind.id)
    base_ids = _base_ids(step.actions, variant.actions if variant else None, kind)
    added_ids = [action.id for action in step.actions if action.id in added and may_be_said(action, kind)]
    return entries([*base_ids, *(name for name in added_ids if name not in base_ids)], added)


def _cautions(step: Step, kind: Kind, added: RulesById) -> tuple[PlanEntry, ...]:
    variant = step.for_kind.get(kind.id)
    base_ids = _base_ids(step.cautions, variant.cautions if variant else None, kind)
    included = {caution.id for caution in step.cautions if caution.id in added and may_be_said(caution, kind)}
    included.update(base_ids)
    return entries((caution.id for caution in step.cautions if caution.id in included), added)


def _base_ids(elements: Iterable[Action | Caution], kind_choice: tuple[str, ...] | None, kind: Kind) -> list[str]:
    """What needs no rule: the kind's own choice, or else what is always there and may be said in this kind."""
    if kind_choice is not None:
        return list(kind_choice)
    return [element.id for element in elements if element.base and may_be_said(element, kind)]
