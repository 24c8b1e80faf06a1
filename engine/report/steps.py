"""A plan's steps with every word resolved: where a report puts each one, and what of it is told there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from engine.assessment.additions import PlanEntry
from engine.assessment.ordering import Emphasis
from engine.assessment.plan import Plan, PlannedStep
from engine.content.steps import Kind, StepLimits
from engine.report.actions import BY_RULE, ActionPreferences, Offer, OfferedActions, Today, ToDo, allotted
from engine.report.path import PathLine, StepGroup, path_lines
from engine.report.reasons import FactCounter, PlanReasons, Reason, rules_behind
from engine.report.remarks import RepetitionFilter
from engine.report.wording import StepText, Wording

MOST_THIS_WEEK: Final = 3
MOST_ACTIONS_IN_SHORT: Final = 2


@dataclass(frozen=True, slots=True)
class StepInReport:
    """One step of the plan. If it is held, it is a title, or not even that.

    In a short report a step that is not of this week is a title and a line; summaries and ``done_when`` are shown there
    in allowlist-only kinds alone, whose own words they are.
    """

    id: str
    position: int
    """From 1, over all steps."""
    number: int
    """What it is shown with: of a free step its position, of a held one its place in the content."""
    emphasis: Emphasis
    place: StepGroup
    """Where a report tells of it: among the steps of this week (at most three), later, or not now, which is held."""
    title: str | None
    """None for a held step of a kind with ``names_held: false``, or of a short report of an allowlist-only kind: there
    one line says that some steps are put away."""
    line: str | None
    """Why a free step stands where it does, in at most 60 characters; no two steps have the same. None after the first
    step of a short report."""
    summary: str | None
    """What the step is about: what a rule says of this person, or else the kind of plan, or else the step."""
    reasons: tuple[Reason, ...]
    """As many as the content lets be told (``limits``), none told before in the report."""
    default_reason: str | None
    """Why it stands where it does, if there is no reason to tell."""
    actions: tuple[ToDo, ...]
    """As many as ``limits`` says, for the step and for the whole report: first those that rules added, without the one
    for today.

    What a gate added comes before all else. A short report has two of this week's step, and in an allowlist-only kind
    one of each other free step.
    """
    cautions: tuple[str, ...]
    """As many as ``limits`` says, and one that rests on a sensitive answer in any case: those that rules added, or, if
    the step is not light, the first that is always there."""
    done_when: str | None
    """Of this week's steps: how a person notices that it is done, as a clause: “two evenings have been your own.” It is
    that of the first action listed, today's among them, or else the step's."""
    passed_over: tuple[ToDo, ...]
    """What the person said is not for them. Others stand in their place, where the step has some."""

    @property
    def has_more(self) -> bool:
        """True if more of the step is shown than its title and line, which the path has."""
        contents = (self.summary, self.reasons, self.default_reason, self.actions, self.cautions, self.passed_over)
        return any(contents)


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
    _summaries: dict[str, str | None] = field(default_factory=dict, init=False)
    """What steps are about, as far as that was asked, by step."""
    _facts: FactCounter = field(default_factory=FactCounter, init=False)

    @cached_property
    def _plan_reasons(self) -> PlanReasons:
        return PlanReasons(self.words, self.plan)

    @cached_property
    def _kind(self) -> Kind:
        return self.words.kind(self.plan.kind.id)

    @cached_property
    def _offered(self) -> OfferedActions:
        return OfferedActions(self.words, self.preferences)

    @cached_property
    def _lines(self) -> Mapping[str, PathLine]:
        return path_lines(self._plan_reasons)

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        """By step its place in the content."""
        return {step: number for number, step in enumerate(self.words.steps, start=1)}

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
            actions = self._offered
            offered = [entry for entry in actions.of_step(planned) if actions.action(planned, entry).today]
            if offered:
                fitting = [entry for rule in reason_rules for entry in offered if rule in entry.rules]
                first_rank = next(rank for rank, entry in actions.ranked(planned) if entry is offered[0])
                chosen = offered[0] if first_rank < BY_RULE or not fitting else fitting[0]
                return Today(planned.id, actions.to_do(planned, chosen))
        return None

    def steps(self) -> Iterator[StepInReport]:
        """Every step once, in the order of the plan."""
        return (self._step(planned) for planned in self.plan.steps)

    @cached_property
    def _ids_this_week(self) -> frozenset[str]:
        return frozenset(planned.id for planned in self._this_week)

    def _group(self, planned: PlannedStep) -> StepGroup:
        return "not_now" if planned.held else "this_week" if planned.id in self._ids_this_week else "later"

    def _in_full(self, planned: PlannedStep) -> bool:
        group = self._group(planned)
        return group == "this_week" or (group == "later" and not self.short)

    def _with_actions(self, planned: PlannedStep) -> bool:
        return self._in_full(planned) or (not planned.held and self._kind.allowlist_only)

    def _step(self, planned: PlannedStep) -> StepInReport:
        group, in_full = self._group(planned), self._in_full(planned)
        passed_over = tuple(self._offered.passed_over(planned)) if self._with_actions(planned) else ()
        entries = self._entries(planned)
        summary = self._summary(planned)
        if passed_over and not entries:
            summary = summary or self._text(planned, "summary", own=self._kind.allowlist_only)
        step_reasons = self._reasons(planned) if in_full else ()
        self.repetition.note(summary)
        default_reason = None
        if in_full and not step_reasons and (not self.short or self._kind.allowlist_only):
            default_reason = self._text(planned, "default_reason")
        line = self._lines.get(planned.id)
        return StepInReport(
            id=planned.id,
            position=planned.position,
            number=self._numbers[planned.id] if planned.held else planned.position,
            emphasis=planned.emphasis,
            place=group,
            title=self._title(planned),
            line=line.text if line else None,
            summary=self.words.say_optional(summary),
            reasons=step_reasons,
            default_reason=self.repetition.once(default_reason),
            actions=tuple(self._offered.to_do(planned, entry) for entry in entries),
            cautions=tuple(self._cautions(planned)) if in_full else (),
            done_when=self.words.say_optional(self._done_when(planned, entries)) if group == "this_week" else None,
            passed_over=passed_over,
        )

    def _title(self, planned: PlannedStep) -> str | None:
        """The step's title; None for one that is held and not named."""
        if not planned.held:
            return self.words.step_title(planned.id, self.plan)
        if not self._kind.names_held or (self.short and self._kind.allowlist_only):
            return None
        held_title = self._text(planned, "held_title")
        return self.words.say_optional(held_title) or self.words.step_title(planned.id, self.plan)

    def _reasons(self, planned: PlannedStep) -> tuple[Reason, ...]:
        """The reasons of a step that is told, which are told after what it is about."""
        if planned.id not in self._reasons_by_step:
            self.repetition.note(self._summary(planned))
            limit = self._limits(planned).reasons
            noted = (self.repetition, self._facts)
            among = self._rules_of_listed_tasks(planned) if self.short else None
            self._reasons_by_step[planned.id] = self._plan_reasons.reasons(
                planned, noted, limit, short=self.short, among=among
            )
        return self._reasons_by_step[planned.id]

    def _rules_of_listed_tasks(self, planned: PlannedStep) -> frozenset[str]:
        """The rules behind what a short report tells of the step, today’s and two more: it has no other reasons."""
        return rules_behind(self._offered.of_step(planned)[: 1 + MOST_ACTIONS_IN_SHORT])

    def _summary(self, planned: PlannedStep) -> str | None:
        """What the step is about: what a rule says, or else its own words; little in a short report."""
        if planned.held or (self.short and not self._kind.allowlist_only):
            return None
        if planned.id not in self._summaries:
            by_rule = self._summary_by_rule(planned)
            self._summaries[planned.id] = by_rule or self._text(planned, "summary", own=self.short)
        return self._summaries[planned.id]

    def _summary_by_rule(self, planned: PlannedStep) -> str | None:
        """What a rule says the step is about: the first that rules add. If its rule moved the step, the rule of the
        strongest reason may say it instead, so that both speak of the same fact.

        One with a title stays, and so does one whose rule did not move the step, as it says how to read the step, or
        rests on a sensitive answer.
        """
        if not planned.summaries:
            return None
        summaries = {summary.id: summary for summary in self.words.steps[planned.id].summaries}
        chosen, moving = planned.summaries[0], {rule for rule, _ in planned.changes}
        stays = summaries[chosen.id].title or any(self.plan.firings[rule].sensitive for rule in chosen.rules)
        if not stays and not moving.isdisjoint(chosen.rules):
            strongest = self._plan_reasons.strongest_rule(planned)
            chosen = next((entry for entry in planned.summaries if strongest in entry.rules), chosen)
        return summaries[chosen.id].text

    def _done_when(self, planned: PlannedStep, entries: Sequence[PlanEntry]) -> str | None:
        """Of the first action of the step: for today, or else in the list; or the step's own."""
        if self.short and not self._kind.allowlist_only:
            return None
        actions = {action.id: action for action in self.words.steps[planned.id].actions}
        today = [actions[self.today.action.id]] if self.today and self.today.step == planned.id else []
        first = [*today, *(actions[entry.id] for entry in entries[:1])]
        of_action = next((action.done_when for action in first if action.done_when), None)
        return of_action or self._text(planned, "done_when", own=self.short)

    def _text(self, planned: PlannedStep, name: StepText, *, own: bool = False) -> str | None:
        return self.words.step_text(planned.id, self._kind.id, name, own=own)

    def _limits(self, planned: PlannedStep) -> StepLimits:
        """How much is told of a step at most; the first is told like one in focus."""
        limits = self.words.pack.content.limits
        by_emphasis = {"steady": limits.steady, "light": limits.light}
        return by_emphasis.get(planned.emphasis, limits.focus)

    @cached_property
    def _counts_listed(self) -> Mapping[str, int]:
        """How many actions are listed under each step, beside the one for today."""
        listed_steps = [planned for planned in self.plan.steps if self._with_actions(planned)]
        offers = [
            Offer(
                step=planned.id,
                most=min(self._most(planned), self._count_without_today(planned)),
                this_week=planned.id in self._ids_this_week,
                has_today=self.today is not None and self.today.step == planned.id,
            )
            for planned in listed_steps
        ]
        return allotted(offers, self.words.pack.content.limits)

    def _most(self, planned: PlannedStep) -> int:
        """How many actions of a step are listed at most: one of a step that an allowlist-only kind shows in a short
        report, of others as ``limits`` says.
        """
        most = self._limits(planned).actions if self._in_full(planned) else 1
        return min(most, MOST_ACTIONS_IN_SHORT) if self.short else most

    def _count_without_today(self, planned: PlannedStep) -> int:
        today_id = self._today_id(planned)
        return sum(entry.id != today_id for entry in self._offered.of_step(planned))

    def _today_id(self, planned: PlannedStep) -> str | None:
        """The action for today, if it is of this step."""
        return self.today.action.id if self.today and self.today.step == planned.id else None

    def _entries(self, planned: PlannedStep) -> list[PlanEntry]:
        """The actions listed under a step: of those that rules add, first what belongs to a reason shown beside it."""
        reason_rules = [reason.rule for reason in self._reasons(planned)] if self._in_full(planned) else []

        def place(ranked: tuple[int, PlanEntry]) -> tuple[int, int]:
            rank, entry = ranked
            fitting = [place for place, rule in enumerate(reason_rules) if rule in entry.rules]
            return rank, min(fitting, default=len(reason_rules))

        listed = [ranked for ranked in self._offered.ranked(planned) if ranked[1].id != self._today_id(planned)]
        return [entry for _, entry in sorted(listed, key=place)[: self._counts_listed.get(planned.id, 0)]]

    def _cautions(self, planned: PlannedStep) -> Iterator[str]:
        cautions = [caution for caution in planned.cautions if caution.rules]
        if not cautions and planned.emphasis != "light":
            cautions = list(planned.cautions[:1])
        needed = [caution for caution in cautions if any(self.plan.firings[rule].sensitive for rule in caution.rules)]
        limit = max(self._limits(planned).cautions, min(len(needed), 1))
        ordered = sorted(cautions, key=lambda caution: caution not in needed)[:limit]
        texts = {caution.id: caution.text for caution in self.words.steps[planned.id].cautions}
        return (self.words.say(texts[caution.id]) for caution in planned.cautions if caution in ordered)
