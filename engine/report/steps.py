"""A plan's steps with every word resolved: where a report puts each one, and what of it is told there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from engine.assessment.ordering import Emphasis
from engine.assessment.plan import Added, Plan, PlannedStep
from engine.content.steps import Action, Step, StepLimits, Variant
from engine.report.reasons import Reason, reasons
from engine.report.repetition import RepetitionFilter
from engine.report.wording import Wording

EvidenceLabel = Literal["supported", "some_support", "common_advice", "research_cautions"]
StepGroup = Literal["this_week", "later", "not_now"]
MOST_THIS_WEEK: Final = 3
MOST_ACTIONS_IN_SHORT: Final = 2


@dataclass(frozen=True, slots=True)
class EvidenceNote:
    """What research says about an action and one outcome."""

    label: EvidenceLabel
    outcome: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something to do."""

    id: str
    text: str
    evidence: EvidenceNote | None


@dataclass(frozen=True, slots=True)
class Today:
    """The one action for today, of at most ten minutes, and the step it belongs to, which does not list it again."""

    step: str
    action: ToDo


@dataclass(frozen=True, slots=True)
class StepInReport:
    """One step of the plan. If it is held, it is a title and the summary of its kind of plan.

    In a short report a held step is nothing but its place, and one that is not of this week is a title; summaries and
    ``done_when`` are told there in allowlist-only kinds alone, whose own words they are.
    """

    id: str
    position: int
    """From 1, over all steps."""
    emphasis: Emphasis
    place: StepGroup
    """Where a report tells of it: among the steps of this week (at most three), later, or not now, which is held."""
    title: str | None
    """None for a held step of a short report or of a kind with ``names_held: false``, which says in one line that some
    steps are put away."""
    summary: str | None
    reasons: tuple[Reason, ...]
    """As many as the content lets be told (``limits``), none told before in the report."""
    default_reason: str | None
    """Why it stands where it does, if there is no reason to tell."""
    actions: tuple[ToDo, ...]
    """As many as ``limits`` says: first those that rules added, without the one for today.

    What a gate added comes before all else. A short report has two of this week's step, and in an allowlist-only kind
    one of each other free step.
    """
    cautions: tuple[str, ...]
    """As ``limits`` says those that rules added, or else, if the step is not light, the first that is always there."""
    done_when: str | None
    """Of this week's steps: how a person notices that it is done, as a clause: “two evenings have been your own.”"""
    passed_over: tuple[ToDo, ...]
    """What the person said is not for them. Others stand in their place, where the step has some."""


StepAndAction = tuple[str, str]
"""The ids of a step and of one of its actions."""


@dataclass(frozen=True, slots=True)
class ActionPreferences:
    """What a person noted at actions of this plan or of earlier ones."""

    declined: frozenset[StepAndAction] = frozenset()
    """Not for them: passed over, and the next one stands in its place."""
    begun: frozenset[StepAndAction] = frozenset()
    """Begun in an earlier plan: told before the others of its step."""


NO_PREFERENCES: Final = ActionPreferences()
_BY_GATE, _BEGUN, _BY_RULE, _ALWAYS_THERE = range(4)
"""What is offered of a step, in this order."""


@dataclass(frozen=True)
class StepReporter:
    """Tells of the steps of a plan, in order."""

    words: Wording
    plan: Plan
    telling: RepetitionFilter
    short: bool
    kept: ActionPreferences = NO_PREFERENCES
    _why: dict[str, tuple[Reason, ...]] = field(default_factory=dict, init=False)
    """The reasons that were told, by step."""

    def today(self) -> Today | None:
        """The one action for today, of the first of this week's steps that has one.

        Of its actions for today it is one that a gate added or that was begun, or else one that belongs to the reason
        told beside it, or else the first.
        """
        for placed in self._this_week():
            told = [reason.rule for reason in self._reasons(placed)]  # in the order of reading: none is told twice
            offered = [added for added in self._actions(placed) if self._action(placed, added).today]
            if offered:
                fitting = [added for rule in told for added in offered if rule in added.rules]
                first = offered[0] if self._rank(placed, offered[0]) < _BY_RULE or not fitting else fitting[0]
                return Today(placed.id, self._to_do(placed, first))
        return None

    def steps(self, today: Today | None) -> Iterator[StepInReport]:
        """Every step once, in the order of the plan."""
        this_week = {placed.id for placed in self._this_week()}
        for placed in self.plan.steps:
            place: StepGroup = "not_now" if placed.held else "this_week" if placed.id in this_week else "later"
            told = place == "this_week" or (place == "later" and not self.short)
            yield self._step(placed, place, today, told=told)

    def _this_week(self) -> Sequence[PlannedStep]:
        first = [placed for placed in self.plan.steps if placed.emphasis in {"start_here", "focus"}]
        return first[: 1 if self.short else MOST_THIS_WEEK]

    def _step(self, placed: PlannedStep, place: StepGroup, today: Today | None, *, told: bool) -> StepInReport:
        step, variant = self._texts(placed)
        acts = told or self._in_short(place)
        passed_over = tuple(self._passed_over(placed)) if acts else ()
        actions = tuple(self._to_dos(placed, today, told=told)) if acts else ()
        summary = self._summary(placed, place)
        if passed_over and not actions:
            summary = summary or variant.summary or (None if self._allowlist_only else step.summary)
        why = self._reasons(placed) if told else ()
        self.telling.note(summary)
        alone = told and not why
        return StepInReport(
            id=step.id,
            position=placed.position,
            emphasis=placed.emphasis,
            place=place,
            title=None if placed.held and not self._names_held else self.words.say(variant.title or step.title),
            summary=self.words.maybe(summary),
            reasons=why,
            default_reason=self.telling.once(variant.default_reason or step.default_reason) if alone else None,
            actions=actions,
            cautions=tuple(self._cautions(placed)) if told else (),
            done_when=self.words.maybe(self._done_when(placed)) if place == "this_week" else None,
            passed_over=passed_over,
        )

    def _reasons(self, placed: PlannedStep) -> tuple[Reason, ...]:
        """The reasons of a step that is told, which are told after what it is about."""
        if placed.id not in self._why:
            self.telling.note(self._summary(placed, "later"))
            most = self._most(placed).reasons
            self._why[placed.id] = reasons(self.words, self.plan, placed, self.telling, most, short=self.short)
        return self._why[placed.id]

    def _summary(self, placed: PlannedStep, place: StepGroup) -> str | None:
        """What the step is about; of a held one what its kind of plan says, and little in a short report."""
        step, variant = self._texts(placed)
        if placed.held and not self._names_held:
            return None
        if self.short:
            return variant.summary if self._allowlist_only and place != "not_now" else None
        return variant.summary if place == "not_now" else variant.summary or step.summary

    def _done_when(self, placed: PlannedStep) -> str | None:
        step, variant = self._texts(placed)
        if self.short:
            return variant.done_when if self._allowlist_only else None
        return variant.done_when or step.done_when

    @property
    def _names_held(self) -> bool:
        return self.words.kind(self.plan.kind.id).names_held and not self.short

    @property
    def _allowlist_only(self) -> bool:
        return self.words.kind(self.plan.kind.id).allowlist_only

    def _most(self, placed: PlannedStep) -> StepLimits:
        """How much is told of a step at most; the first is told like one in focus."""
        limits = self.words.pack.content.limits
        by_emphasis = {"steady": limits.steady, "light": limits.light}
        return by_emphasis.get(placed.emphasis, limits.focus)

    def _texts(self, placed: PlannedStep) -> tuple[Step, Variant]:
        """The step as it is written, and what this kind of plan says instead."""
        step = self.words.steps[placed.id]
        return step, step.for_kind.get(self.plan.kind.id, Variant())

    def _action(self, placed: PlannedStep, added: Added) -> Action:
        return next(one for one in self.words.steps[placed.id].actions if one.id == added.id)

    def _actions(self, placed: PlannedStep) -> list[Added]:
        """What is for this person: what a gate added, what they have begun, what rules added, and the others."""
        left = [added for added in placed.actions if (placed.id, added.id) not in self.kept.declined]
        return sorted(left, key=lambda added: self._rank(placed, added))

    def _rank(self, placed: PlannedStep, added: Added) -> int:
        if any(self.words.rules[rule].gate for rule in added.rules):
            return _BY_GATE
        if (placed.id, added.id) in self.kept.begun:
            return _BEGUN
        return _BY_RULE if added.rules else _ALWAYS_THERE

    def _passed_over(self, placed: PlannedStep) -> Iterator[ToDo]:
        among = [added for added in placed.actions if (placed.id, added.id) in self.kept.declined]
        return (self._to_do(placed, added) for added in among)

    def _in_short(self, place: StepGroup) -> bool:
        """True for a free step of an allowlist-only kind that a short report tells with one thing to do."""
        return self.short and self._allowlist_only and place == "later"

    def _to_dos(self, placed: PlannedStep, today: Today | None, *, told: bool) -> Iterator[ToDo]:
        most = self._most(placed).actions if told else 1
        most = min(most, MOST_ACTIONS_IN_SHORT) if self.short else most
        taken = today.action.id if today is not None and today.step == placed.id else None
        others = [added for added in self._actions(placed) if added.id != taken]
        return (self._to_do(placed, added) for added in others[:most])

    def _to_do(self, placed: PlannedStep, added: Added) -> ToDo:
        action = self._action(placed, added)
        say, note = self.words, action.evidence
        evidence = EvidenceNote(note.label, say.say(note.outcome), say.maybe(note.reference)) if note else None
        return ToDo(action.id, say.say(action.text), evidence)

    def _cautions(self, placed: PlannedStep) -> Iterator[str]:
        most = self._most(placed).cautions
        added = [one for one in placed.cautions if one.rules]
        if not added and placed.emphasis != "light":
            added = list(placed.cautions[:1])
        texts = {one.id: one.text for one in self.words.steps[placed.id].cautions}
        return (self.words.say(texts[one.id]) for one in added[:most])
