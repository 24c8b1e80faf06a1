"""A plan's steps with every word resolved: where a report puts each one, and what of it is told there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from engine.assessment.ordering import Emphasis
from engine.assessment.plan import Plan, PlanEntry, PlannedStep
from engine.content.steps import Action, Kind, StepLimits
from engine.report.reasons import Reason, reasons
from engine.report.repetition import RepetitionFilter
from engine.report.wording import StepText, Wording

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
    repetition: RepetitionFilter
    short: bool
    preferences: ActionPreferences
    _reasons_by_step: dict[str, tuple[Reason, ...]] = field(default_factory=dict, init=False)
    """The reasons that were told, by step."""

    @cached_property
    def _kind(self) -> Kind:
        return self.words.kind(self.plan.kind.id)

    @cached_property
    def _this_week(self) -> Sequence[PlannedStep]:
        first = [planned for planned in self.plan.steps if planned.emphasis in {"start_here", "focus"}]
        return first[: 1 if self.short else MOST_THIS_WEEK]

    @cached_property
    def today(self) -> Today | None:
        """The one action for today, of the first of this week's steps that has one.

        Of its actions for today it is one that a gate added or that was begun, or else one that belongs to the reason
        told beside it, or else the first.
        """
        for planned in self._this_week:
            reason_rules = [reason.rule for reason in self._reasons(planned)]  # now, so that none appears twice
            offered = [entry for entry in self._actions(planned) if self._action(planned, entry).today]
            if offered:
                fitting = [entry for rule in reason_rules for entry in offered if rule in entry.rules]
                chosen = offered[0] if self._rank(planned, offered[0]) < _BY_RULE or not fitting else fitting[0]
                return Today(planned.id, self._to_do(planned, chosen))
        return None

    def steps(self) -> Iterator[StepInReport]:
        """Every step once, in the order of the plan."""
        for planned in self.plan.steps:
            group: StepGroup = "not_now" if planned.held else "this_week" if planned in self._this_week else "later"
            yield self._step(planned, group)

    def _step(self, planned: PlannedStep, group: StepGroup) -> StepInReport:
        in_full = group == "this_week" or (group == "later" and not self.short)
        with_actions = in_full or (group == "later" and self._kind.allowlist_only)
        passed_over = tuple(self._passed_over(planned)) if with_actions else ()
        actions = tuple(self._to_dos(planned, in_full=in_full)) if with_actions else ()
        summary = self._summary(planned, group)
        if passed_over and not actions:
            summary = summary or self._text(planned, "summary", own=self._kind.allowlist_only)
        step_reasons = self._reasons(planned) if in_full else ()
        self.repetition.note(summary)
        default_reason = self._text(planned, "default_reason") if in_full and not step_reasons else None
        return StepInReport(
            id=planned.id,
            position=planned.position,
            emphasis=planned.emphasis,
            place=group,
            title=self.words.step_title(planned.id, self._kind.id) if self._is_named(planned) else None,
            summary=self.words.say_optional(summary),
            reasons=step_reasons,
            default_reason=self.repetition.once(default_reason),
            actions=actions,
            cautions=tuple(self._cautions(planned)) if in_full else (),
            done_when=self.words.say_optional(self._done_when(planned)) if group == "this_week" else None,
            passed_over=passed_over,
        )

    def _is_named(self, planned: PlannedStep) -> bool:
        return not planned.held or (self._kind.names_held and not self.short)

    def _reasons(self, planned: PlannedStep) -> tuple[Reason, ...]:
        """The reasons of a step that is told, which are told after what it is about."""
        if planned.id not in self._reasons_by_step:
            self.repetition.note(self._summary(planned, "later"))
            limit = self._limits(planned).reasons
            self._reasons_by_step[planned.id] = reasons(
                self.words, self.plan, planned, self.repetition, limit, short=self.short
            )
        return self._reasons_by_step[planned.id]

    def _summary(self, planned: PlannedStep, group: StepGroup) -> str | None:
        """What the step is about; of a held one what its kind of plan says, and little in a short report."""
        held = group == "not_now"
        if not self._is_named(planned) or (self.short and (held or not self._kind.allowlist_only)):
            return None
        return self._text(planned, "summary", own=self.short or held)

    def _done_when(self, planned: PlannedStep) -> str | None:
        if self.short and not self._kind.allowlist_only:
            return None
        return self._text(planned, "done_when", own=self.short)

    def _text(self, planned: PlannedStep, name: StepText, *, own: bool = False) -> str | None:
        return self.words.step_text(planned.id, self._kind.id, name, own=own)

    def _limits(self, planned: PlannedStep) -> StepLimits:
        """How much is told of a step at most; the first is told like one in focus."""
        limits = self.words.pack.content.limits
        by_emphasis = {"steady": limits.steady, "light": limits.light}
        return by_emphasis.get(planned.emphasis, limits.focus)

    def _action(self, planned: PlannedStep, entry: PlanEntry) -> Action:
        return next(action for action in self.words.steps[planned.id].actions if action.id == entry.id)

    def _actions(self, planned: PlannedStep) -> list[PlanEntry]:
        """What is for this person: what a gate added, what they have begun, what rules added, and the others."""
        offered = [entry for entry in planned.actions if (planned.id, entry.id) not in self.preferences.declined]
        return sorted(offered, key=lambda entry: self._rank(planned, entry))

    def _rank(self, planned: PlannedStep, entry: PlanEntry) -> int:
        if any(self.words.rules[rule].gate for rule in entry.rules):
            return _BY_GATE
        if (planned.id, entry.id) in self.preferences.begun:
            return _BEGUN
        return _BY_RULE if entry.rules else _ALWAYS_THERE

    def _passed_over(self, planned: PlannedStep) -> Iterator[ToDo]:
        declined = [entry for entry in planned.actions if (planned.id, entry.id) in self.preferences.declined]
        return (self._to_do(planned, entry) for entry in declined)

    def _to_dos(self, planned: PlannedStep, *, in_full: bool) -> Iterator[ToDo]:
        """The things to do: one of a step that an allowlist-only kind tells in a short report, others as ``limits``."""
        limit = self._limits(planned).actions if in_full else 1
        limit = min(limit, MOST_ACTIONS_IN_SHORT) if self.short else limit
        today_id = self.today.action.id if self.today and self.today.step == planned.id else None
        remaining = [entry for entry in self._actions(planned) if entry.id != today_id]
        return (self._to_do(planned, entry) for entry in remaining[:limit])

    def _to_do(self, planned: PlannedStep, entry: PlanEntry) -> ToDo:
        action, words = self._action(planned, entry), self.words
        evidence = None
        if research := action.evidence:
            reference = words.say_optional(research.reference)
            evidence = EvidenceNote(research.label, words.say(research.outcome), reference)
        return ToDo(action.id, words.say(action.text), evidence)

    def _cautions(self, planned: PlannedStep) -> Iterator[str]:
        cautions = [caution for caution in planned.cautions if caution.rules]
        if not cautions and planned.emphasis != "light":
            cautions = list(planned.cautions[:1])
        texts = {caution.id: caution.text for caution in self.words.steps[planned.id].cautions}
        return (self.words.say(texts[caution.id]) for caution in cautions[: self._limits(planned).cautions])
