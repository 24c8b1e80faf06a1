"""The steps of a plan in words: where the report places each one, and what it says there."""

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
    """One step of the plan. A held step has a title at most.

    In a short report, a step that is not of this week has a title and a line; only allowlist-only kinds, whose own
    words they are, show its summary and ``done_when``.
    """

    id: str
    position: int
    """From 1, over all steps."""
    number: int
    """The displayed number: the position of a free step, the place in the content of a held one."""
    emphasis: Emphasis
    place: StepGroup
    """The part of the report: this week (at most three steps), later, or not now (held)."""
    title: str | None
    """None for a held step of a kind with ``names_held: false``, or in a short report of an allowlist-only kind. Then
    one line says that some steps are set aside."""
    line: str | None
    """The reason for a free step's place in at most 60 characters, unique in the report. In a short report only the
    first step has one."""
    summary: str | None
    """What the step is about: a rule's text for this person, or else the kind of plan's, or else the step's."""
    reasons: tuple[Reason, ...]
    """As many as ``limits`` allows, without those shown earlier in the report."""
    default_reason: str | None
    """The default reason for its place, if there is no other."""
    actions: tuple[ToDo, ...]
    """As many as ``limits`` allows for the step and for the report, without today's: first those of rules.

    Actions of gates come before all others. A short report lists two for this week's step, and in an allowlist-only
    kind one for each other free step.
    """
    cautions: tuple[str, ...]
    """As many as ``limits`` allows, and always one that rests on a sensitive answer: those of rules, or, unless the
    step is light, the first that is always there."""
    done_when: str | None
    """For this week's steps: how a person notices that it is done, as a clause: “two evenings have been your own.” It
    belongs to the first listed action, including today's, or else to the step."""
    passed_over: tuple[ToDo, ...]
    """The actions that the person declined. Others are listed instead, if the step has some."""

    @property
    def has_more(self) -> bool:
        """True if the report shows more of the step than the title and line that the path has."""
        contents = (self.summary, self.reasons, self.default_reason, self.actions, self.cautions, self.passed_over)
        return any(contents)


@dataclass(frozen=True)
class StepReporter:
    """Builds the steps of a report, in order."""

    words: Wording
    plan: Plan
    repetition: RepetitionFilter
    short: bool
    preferences: ActionPreferences
    with_lines: bool = True
    """False leaves out the lines of the path."""
    _reasons_by_step: dict[str, tuple[Reason, ...]] = field(default_factory=dict, init=False)
    """The reasons shown, by step."""
    _summaries: dict[str, str | None] = field(default_factory=dict, init=False)
    """The summaries computed so far, by step."""
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
        return path_lines(self._plan_reasons) if self.with_lines else {}

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        """By step: its place in the content."""
        return {step: number for number, step in enumerate(self.words.steps, start=1)}

    @cached_property
    def _this_week(self) -> Sequence[PlannedStep]:
        first = [planned for planned in self.plan.steps if planned.emphasis in {"start_here", "focus"}]
        return first[: 1 if self.short else MOST_THIS_WEEK]

    @cached_property
    def today(self) -> Today | None:
        """The action for today, of the first of this week's steps that has one.

        Of that step's actions for today it is one of a gate or one begun, or else one that belongs to the reason shown
        beside it, or else the first.
        """
        for planned in self._this_week:
            reason_rules = [reason.rule for reason in self._reasons(planned)]  # now, so that none is repeated
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
        """The step's title; None if it is held and not named."""
        if not planned.held:
            return self.words.step_title(planned.id, self.plan)
        if not self._kind.names_held or (self.short and self._kind.allowlist_only):
            return None
        held_title = self._text(planned, "held_title")
        return self.words.say_optional(held_title) or self.words.step_title(planned.id, self.plan)

    def _reasons(self, planned: PlannedStep) -> tuple[Reason, ...]:
        """The reasons of a step, which the report shows after its summary."""
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
        """The rules behind what a short report shows of the step: today's action and two more. It has no other
        reasons.
        """
        return rules_behind(self._offered.of_step(planned)[: 1 + MOST_ACTIONS_IN_SHORT])

    def _summary(self, planned: PlannedStep) -> str | None:
        """What the step is about: a rule's text, or else its own; little in a short report."""
        if planned.held or (self.short and not self._kind.allowlist_only):
            return None
        if planned.id not in self._summaries:
            by_rule = self._summary_by_rule(planned)
            self._summaries[planned.id] = by_rule or self._text(planned, "summary", own=self.short)
        return self._summaries[planned.id]

    def _summary_by_rule(self, planned: PlannedStep) -> str | None:
        """The summary of a rule: the first that rules add. If its rule moved the step, the rule of the strongest
        reason is preferred, so that both speak about the same fact.

        A summary with a title is kept, and so is one whose rule did not move the step, because it says how to read the
        step or rests on a sensitive answer.
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
        """The text of the first action of the step, today's or listed, or else the step's own."""
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
        """The limits for a step; the first step has those of a step in focus."""
        limits = self.words.pack.content.limits
        by_emphasis = {"steady": limits.steady, "light": limits.light}
        return by_emphasis.get(planned.emphasis, limits.focus)

    @cached_property
    def _counts_listed(self) -> Mapping[str, int]:
        """The number of actions listed under each step, without today's."""
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
        """The maximum of listed actions: one for a step of an allowlist-only kind in a short report, else as
        ``limits`` says.
        """
        most = self._limits(planned).actions if self._in_full(planned) else 1
        return min(most, MOST_ACTIONS_IN_SHORT) if self.short else most

    def _count_without_today(self, planned: PlannedStep) -> int:
        today_id = self._today_id(planned)
        return sum(entry.id != today_id for entry in self._offered.of_step(planned))

    def _today_id(self, planned: PlannedStep) -> str | None:
        """The action for today, if it belongs to this step."""
        return self.today.action.id if self.today and self.today.step == planned.id else None

    def _entries(self, planned: PlannedStep) -> list[PlanEntry]:
        """The actions listed under a step: of those of rules, first the one that belongs to a displayed reason."""
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
