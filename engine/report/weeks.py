"""The coming four weeks: a plan's own steps in order, the week in which each may begin, and what it waits for.

Unscheduled steps, and steps that wait for them, have no week and no date. Held steps are left out. Weeks are
beginnings; no step has an end date.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from engine.assessment.ordering import Emphasis
from engine.assessment.pipeline import Assessment, effective_plan
from engine.assessment.plan import Plan, PlannedStep, is_short
from engine.content.pack import Pack
from engine.content.steps import UnscheduledSteps
from engine.report.actions import NO_PREFERENCES, ActionPreferences
from engine.report.plan import Report, build_report
from engine.report.wording import Wording

STEPS_PER_WEEK: Final = (3, 2, 2, 2)
"""How many steps may begin in each week."""
WEEKS: Final = range(1, len(STEPS_PER_WEEK) + 1)
EARLIEST_WEEK: Final[Mapping[Emphasis, int]] = {"start_here": 1, "focus": 1, "steady": 2, "light": 3}
"""The first week in which a step with this emphasis may begin."""


@dataclass(frozen=True, slots=True)
class StepInWeeks:
    """A step that begins in some week."""

    step: str
    title: str
    emphasis: Emphasis
    to_begin: str | None
    """The first action of it."""
    done_when: str | None
    """How a person notices that it is done, as a clause."""
    waits_for: tuple[str, ...]
    """Titles of scheduled steps that come before it, in any week."""


@dataclass(frozen=True, slots=True)
class Week:
    """One of the four weeks. Without a step it is for what was begun."""

    number: int
    """From 1."""
    begins: date
    steps: tuple[StepInWeeks, ...]


@dataclass(frozen=True, slots=True)
class UnscheduledInReport:
    """Steps without a week."""

    title: str
    text: str | None
    steps: tuple[str, ...]
    """Their titles, in the order of the plan."""


@dataclass(frozen=True, slots=True)
class ComingWeeks:
    """A plan week by week, in words."""

    title: str
    offered: bool
    """False if this kind of plan has no weeks, or the report is short. Then nothing is shown."""
    text: str | None
    """The text before the weeks."""
    weeks: tuple[Week, ...]
    later: tuple[StepInWeeks, ...]
    """Steps for which the four weeks have no room."""
    unscheduled: UnscheduledInReport | None


def has_weeks(pack: Pack, plan: Plan) -> bool:
    """Whether a plan has weeks: not in every kind, and not in a short report."""
    weeks = pack.content.weeks
    return weeks is not None and plan.kind.id in weeks.kinds and not is_short(pack, plan)


def build_weeks(
    assessment: Assessment, check_in: Assessment | None = None, preferences: ActionPreferences = NO_PREFERENCES
) -> ComingWeeks:
    """Build the coming four weeks, from the day of the sitting.

    Args:
        check_in: a later check-in that is added to the plan.
        preferences: actions that are not for this person, or that they began in an earlier plan.

    Raises:
        HeartworkError: the second is no check-in to the first.
    """
    plan = effective_plan(assessment, check_in)
    words, weeks = Wording(assessment, check_in), assessment.pack.content.weeks
    title = words.say(words.pack.content.title)
    if plan is None or weeks is None or not has_weeks(words.pack, plan):
        return ComingWeeks(title, offered=False, text=None, weeks=(), later=(), unscheduled=None)
    report = build_report(assessment, check_in, preferences=preferences, up_to_steps=True)
    scheduled, unscheduled = _scheduled_and_not(words.pack, plan)
    week_of = _assign_weeks(scheduled)
    steps = list(_steps_in_weeks(scheduled, report))
    beginning = [tuple(step for step in steps if week_of[step.step] == week) for week in (*WEEKS, len(WEEKS) + 1)]
    begins = assessment.provenance.as_of
    return ComingWeeks(
        title=title,
        offered=True,
        text=words.say_optional(weeks.text),
        weeks=tuple(
            Week(number, begins + timedelta(days=7 * number - 7), week_steps)
            for number, week_steps in zip(WEEKS, beginning, strict=False)
        ),
        later=beginning[-1],
        unscheduled=_unscheduled_in_report(words, plan, weeks.unscheduled, unscheduled),
    )


def scheduled_steps(assessment: Assessment, check_in: Assessment | None = None) -> tuple[str, ...] | None:
    """The free steps of the person's own, in order, without unscheduled ones; None if the plan has no weeks.

    Raises:
        HeartworkError: the second sitting is not a check-in of the first.
    """
    plan = effective_plan(assessment, check_in)
    if plan is None or not has_weeks(assessment.pack, plan):
        return None
    return tuple(step.id for step in _scheduled_and_not(assessment.pack, plan)[0])


def _scheduled_and_not(pack: Pack, plan: Plan) -> tuple[list[PlannedStep], list[str]]:
    """The free steps that may have a week, and those that are unscheduled or wait for one of them."""
    weeks = pack.content.weeks
    without_week = set(pack.targets(weeks.unscheduled)) if weeks and weeks.unscheduled else set[str]()
    scheduled: list[PlannedStep] = []
    unscheduled: list[str] = []
    for step in plan.steps:
        if step.held:
            continue
        if step.id in without_week or any(prerequisite in unscheduled for prerequisite, _ in step.waits_for):
            unscheduled.append(step.id)
        else:
            scheduled.append(step)
    return scheduled, unscheduled


def _assign_weeks(steps: Sequence[PlannedStep]) -> Mapping[str, int]:
    """The week in which each step may begin, in the order of the plan; one more than the last if there is no room.

    A step begins at least a week after the steps it waits for.
    """
    week_of: dict[str, int] = {}
    begun: Counter[int] = Counter()
    week = 1
    for step in steps:
        after_prerequisites = [week_of[name] + 1 for name, _ in step.waits_for if name in week_of]
        week = max(week, EARLIEST_WEEK[step.emphasis], *after_prerequisites)
        while week <= len(STEPS_PER_WEEK) and begun[week] >= STEPS_PER_WEEK[week - 1]:
            week += 1
        week = min(week, len(STEPS_PER_WEEK) + 1)
        week_of[step.id] = week
        begun[week] += 1
    return week_of


def _steps_in_weeks(scheduled: Sequence[PlannedStep], report: Report) -> Iterator[StepInWeeks]:
    """The scheduled steps with the texts of the report."""
    reported = {step.id: step for step in report.steps}
    titles = {step.id: reported[step.id].title or "" for step in scheduled}  # a free step has one
    for step in scheduled:
        actions = list(reported[step.id].actions)
        if report.today and report.today.step == step.id:  # `done_when` belongs to the first action of a step
            actions.insert(0, report.today.action)
        yield StepInWeeks(
            step=step.id,
            title=titles[step.id],
            emphasis=step.emphasis,
            to_begin=actions[0].text if actions else None,
            done_when=reported[step.id].done_when,
            waits_for=tuple(titles[prerequisite] for prerequisite, _ in step.waits_for if prerequisite in titles),
        )


def _unscheduled_in_report(
    words: Wording, plan: Plan, unscheduled: UnscheduledSteps | None, steps: Sequence[str]
) -> UnscheduledInReport | None:
    """None also if a step is held: beside a hold, nothing is named that waits for the other person."""
    if unscheduled is None or not steps or any(step.held for step in plan.steps):
        return None
    if unscheduled.kinds and plan.kind.id not in unscheduled.kinds:
        return None
    titles = tuple(words.step_title(step, plan) for step in steps)
    return UnscheduledInReport(words.say(unscheduled.title), words.say_optional(unscheduled.text), titles)
