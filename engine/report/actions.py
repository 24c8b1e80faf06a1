"""Selects the actions of a report: which are listed under each step, in which order, and how many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Final, Literal

from engine.assessment.additions import PlanEntry
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import PlannedStep
from engine.content.pack import Pack
from engine.content.steps import Action, Limits
from engine.report.wording import Wording

EvidenceLabel = Literal["supported", "some_support", "common_advice", "research_cautions"]
StepAndAction = tuple[str, str]
"""The ids of a step and of one of its actions."""


@dataclass(frozen=True, slots=True)
class EvidenceNote:
    """What research says about an action and one outcome."""

    label: EvidenceLabel
    outcome: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class ToDo:
    """An action in words."""

    id: str
    text: str
    evidence: EvidenceNote | None


@dataclass(frozen=True, slots=True)
class Today:
    """The action for today, which takes at most ten minutes, and its step, which does not list it again."""

    step: str
    action: ToDo


@dataclass(frozen=True, slots=True)
class ActionPreferences:
    """What a person noted about actions of this plan or of earlier ones."""

    declined: frozenset[StepAndAction] = frozenset()
    """Declined actions: they are skipped, and the step's next action is listed instead."""
    begun: frozenset[StepAndAction] = frozenset()
    """Actions begun in an earlier plan: they are listed first in their step."""


NO_PREFERENCES: Final = ActionPreferences()
BY_GATE, BEGUN, BY_RULE, ALWAYS_THERE = range(4)
"""The origins of a step's actions, in the order in which they are listed."""


class OfferedActions:
    """The actions of steps that are for one person, in words."""

    def __init__(self, words: Wording, preferences: ActionPreferences) -> None:
        self._words: Final = words
        self._preferences: Final = preferences
        self._actions: Final = actions_by_id(words.pack)
        self._ranked: Final[dict[str, tuple[tuple[int, PlanEntry], ...]]] = {}

    def of_step(self, planned: PlannedStep) -> list[PlanEntry]:
        """The actions for this person: those of gates, those they began, those of rules, and the others."""
        return [entry for _, entry in self.ranked(planned)]

    def ranked(self, planned: PlannedStep) -> tuple[tuple[int, PlanEntry], ...]:
        """The same actions, each with its origin: ``BY_GATE``, ``BEGUN``, ``BY_RULE`` or ``ALWAYS_THERE``."""
        if planned.id not in self._ranked:
            declined = self._preferences.declined
            offered = [entry for entry in planned.actions if (planned.id, entry.id) not in declined]
            ranked = [(self._rank(planned, entry), entry) for entry in offered]
            self._ranked[planned.id] = tuple(sorted(ranked, key=itemgetter(0)))
        return self._ranked[planned.id]

    def _rank(self, planned: PlannedStep, entry: PlanEntry) -> int:
        if any(self._words.rules[rule].gate for rule in entry.rules):
            return BY_GATE
        if (planned.id, entry.id) in self._preferences.begun:
            return BEGUN
        return BY_RULE if entry.rules else ALWAYS_THERE

    def passed_over(self, planned: PlannedStep) -> Iterator[ToDo]:
        """The actions of a step that the person declined."""
        declined = [entry for entry in planned.actions if (planned.id, entry.id) in self._preferences.declined]
        return (self.to_do(planned, entry) for entry in declined)

    def action(self, planned: PlannedStep, entry: PlanEntry) -> Action:
        """An action by its id."""
        return self._actions[planned.id, entry.id]

    def to_do(self, planned: PlannedStep, entry: PlanEntry) -> ToDo:
        """The action in words."""
        action, words = self.action(planned, entry), self._words
        evidence = None
        if research := action.evidence:
            reference = words.say_optional(research.reference)
            evidence = EvidenceNote(research.label, words.say(research.outcome), reference)
        return ToDo(action.id, words.say(action.text), evidence)


@lru_cache(maxsize=32)
def actions_by_id(pack: Pack) -> Mapping[StepAndAction, Action]:
    """All actions of a pack."""
    return {(step.id, action.id): action for step in pack.steps for action in step.actions}


def after_done(assessment: Assessment, step: str, action: str) -> str | None:
    """The content's text for the moment when an action is ticked; None if it has none."""
    texts = (
        line.text
        for line in assessment.pack.content.after_done
        if (step in line.steps or not line.steps) and (action in line.actions or not line.actions)
    )
    return next(map(Wording(assessment).say, texts), None)


@dataclass(frozen=True, slots=True)
class Offer:
    """How many actions of a step can be listed, without today's."""

    step: str
    most: int
    this_week: bool
    has_today: bool


def allotted(offers: Sequence[Offer], limits: Limits) -> Mapping[str, int]:
    """The number of actions listed under each step, without today's, within the limit of the report.

    Each step gets one if it has one. The rest goes to this week's steps in turns, and then to the other steps.
    """
    counts = {offer.step: 0 if offer.has_today else min(offer.most, 1) for offer in offers}
    today = sum(offer.has_today for offer in offers)

    def is_full(offer: Offer) -> bool:
        in_week = today + sum(counts[other.step] for other in offers if other.this_week)
        return (limits.actions is not None and today + sum(counts.values()) >= limits.actions) or (
            offer.this_week and limits.actions_this_week is not None and in_week >= limits.actions_this_week
        )

    for this_week in (True, False):
        group = [offer for offer in offers if offer.this_week == this_week]
        for _ in range(max((offer.most for offer in group), default=0)):
            for offer in group:
                counts[offer.step] += counts[offer.step] < offer.most and not is_full(offer)
    return counts
