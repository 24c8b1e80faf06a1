"""Each scale over all sittings, with every text resolved: the documented context of the timeline templates.

A line is split into runs of scores that can be compared. A timeline reports scores and does not judge them, and it
evaluates no rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan
from engine.assessment.responses import RawResponses, ResponseSet, validate_answers
from engine.assessment.scoring import ScaleScores, score
from engine.comparison.changes import TOO_FEW_ANSWERS, CannotCompare, cannot_compare, scale_change
from engine.comparison.scales import (
    Display,
    Headline,
    LineInReport,
    PointInReport,
    RunInReport,
    change_fields,
    headline_of,
    is_sober,
    lasting_notices,
    position_on_line,
    shared_display,
    threshold_sources,
)
from engine.content.pack import Form, Pack
from engine.content.questionnaire import Scale
from engine.report.scales import scale_ends
from engine.report.wording import Wording

Plans = Sequence[tuple[Assessment, Plan]]
"""Full sittings with their plans as they were shown, the oldest first."""


@dataclass(frozen=True, slots=True)
class ScoredSitting:
    """One sitting with its scores."""

    pack: Pack
    form: Form
    responses: ResponseSet
    scales: ScaleScores
    as_of: date


@dataclass(frozen=True, slots=True)
class LookInReport:
    """One sitting."""

    on: date
    short: bool
    """True for a check-in."""


@dataclass(frozen=True, slots=True)
class FirstStep:
    """The step that a plan began with."""

    on: date
    title: str


@dataclass(frozen=True, slots=True)
class TimelineReport:
    """All sittings of a person."""

    title: str
    first_on: date
    last_on: date
    days: int
    sittings: int
    headline: Headline
    """Which first sentence is used; ``easier`` only if plans were given and nothing speaks against it."""
    looks: tuple[LookInReport, ...]
    """All sittings, the oldest first."""
    lines: tuple[LineInReport, ...]
    first_steps: tuple[FirstStep, ...]
    """The first step of each plan that was given, the oldest first."""
    sources: tuple[str, ...]
    """The sources of the thresholds for a clear change."""


def score_sitting(pack: Pack, questionnaire: str, raw: RawResponses, as_of: date) -> ScoredSitting:
    """Score the stored answers of a sitting without evaluating rules, which takes about a hundredth of the time.

    Raises:
        KeyError: the pack has no such questionnaire.
        ResponseError: the answers are not valid.
    """
    form = pack.forms[questionnaire]
    responses = validate_answers(pack, form, raw, as_of, complete=False, kept=True)
    return ScoredSitting(pack, form, responses, score(pack, form, responses.answers), as_of)


def build_timeline_report(sittings: Sequence[ScoredSitting], plans: Plans = ()) -> TimelineReport:
    """Build the report of sittings, given the oldest first, in the words of the last one's content.

    Args:
        plans: the full sittings among them with their plans as they were shown, the oldest first.

    Raises:
        ValueError: there is no sitting.
    """
    if not sittings:
        message = "a timeline needs at least one sitting"
        raise ValueError(message)
    return _TimelineReporter(sittings).report(plans)


class _TimelineReporter:
    def __init__(self, sittings: Sequence[ScoredSitting]) -> None:
        self._sittings = sittings
        self._first, self._last = sittings[0].as_of, sittings[-1].as_of
        self._words = list(_wordings(sittings))
        self._compared_scales: list[Scale] = []

    def report(self, plans: Plans) -> TimelineReport:
        scale_ids = dict.fromkeys(scale_id for sitting in reversed(self._sittings) for scale_id in sitting.scales)
        lines = [line for scale_id in scale_ids if (line := self._line(scale_id)) is not None]
        return TimelineReport(
            title=self._words[-1].say(self._sittings[-1].pack.content.title),
            first_on=self._first,
            last_on=self._last,
            days=(self._last - self._first).days,
            sittings=len(self._sittings),
            headline=headline_of(lines, sober=_rules_out_encouragement(plans)),
            looks=tuple(LookInReport(sitting.as_of, not sitting.form.has_plan) for sitting in self._sittings),
            lines=tuple(lines),
            first_steps=tuple(_first_steps(plans)),
            sources=threshold_sources(self._words[-1], self._compared_scales),
        )

    def _line(self, scale_id: str) -> LineInReport | None:
        """One scale over time; None if it has no score, or must not be shown."""
        indexes = [index for index, sitting in enumerate(self._sittings) if _was_asked(sitting, scale_id)]
        scores = {index: self._sittings[index].scales[scale_id] for index in indexes}
        if all(scored.value is None for scored in scores.values()):
            return None
        display = shared_display((self._sittings[index].pack for index in indexes), scale_id)
        if display is None:
            return None
        runs = list(self._runs(scale_id, indexes))
        last_run = [index for index in runs[-1][0] if scores[index].value is not None]
        words = self._words[indexes[-1]]
        scale, (lowest, highest) = words.pack.scales[scale_id], scale_ends(words.pack, scale_id)
        change = None
        if display == "bar" and len(last_run) > 1:
            change = scale_change(scale, scores[last_run[0]], scores[last_run[-1]])
            self._compared_scales.append(scale)
        return LineInReport(
            id=scale_id,
            title=words.say(scale.title),
            shown=display,
            runs=tuple(self._run(scale_id, run, cannot, display) for run, cannot in runs),
            since=self._sittings[last_run[0]].as_of if change else None,
            before=change.before if change else None,
            after=change.after if change else None,
            lowest=lowest,
            highest=highest,
            **change_fields(words, scale, change, scores[last_run[-1]].band if last_run else None),
        )

    def _runs(self, scale_id: str, indexes: Sequence[int]) -> Iterator[tuple[list[int], CannotCompare | None]]:
        """The runs of comparable sittings, by index, each with the reason that separates it from the run before."""
        run: list[int] = []
        cannot: CannotCompare | None = None
        for index in indexes:
            reason = cannot_compare(self._sittings[run[-1]], self._sittings[index], scale_id) if run else None
            if reason is not None and reason not in TOO_FEW_ANSWERS:  # a missing score does not end a run
                yield run, cannot
                run, cannot = [], reason
            run.append(index)
        yield run, cannot

    def _run(self, scale_id: str, run: Sequence[int], cannot: CannotCompare | None, display: Display) -> RunInReport:
        lowest, highest = scale_ends(self._sittings[run[-1]].pack, scale_id)
        days = (self._last - self._first).days
        points = []
        for index in run:
            sitting = self._sittings[index]
            value = sitting.scales[scale_id].value if display == "bar" else None
            points.append(
                PointInReport(
                    look=index,
                    on=sitting.as_of,
                    short=not sitting.form.has_plan,
                    value=value,
                    band=self._words[index].band_title(sitting.scales[scale_id]),
                    across=round(100 * (sitting.as_of - self._first).days / days, 1) if days else 50.0,
                    along=None if value is None else position_on_line(value, lowest, highest),
                )
            )
        return RunInReport(lowest, highest, tuple(points), cannot)


def _was_asked(sitting: ScoredSitting, scale_id: str) -> bool:
    """Whether a sitting has a scale that may be compared, and showed at least one of its items."""
    scale = sitting.pack.scales[scale_id] if scale_id in sitting.scales else None
    return scale is not None and scale.compared and not set(scale.items).isdisjoint(sitting.responses.visible)


def _wordings(sittings: Sequence[ScoredSitting]) -> Iterator[Wording]:
    """The wording of each sitting. A check-in does not ask for a name and uses that of the full sitting before it."""
    named = sittings[0]
    for sitting in sittings:
        named = sitting if sitting.form.has_plan or not named.responses.answers else named
        yield Wording(replace(sitting, responses=named.responses))


def _first_steps(plans: Plans) -> Iterator[FirstStep]:
    """The first step of each plan that is not held; a plan that holds all its steps has none."""
    for sitting, plan in plans:
        first = next((step.id for step in plan.steps if not step.held), None)
        if first is not None:
            yield FirstStep(sitting.provenance.as_of, Wording(sitting).step_title(first, plan))


def _rules_out_encouragement(plans: Plans) -> bool:
    """Whether encouragement is ruled out: by a lasting notice, by ``sober_when``, or because no plan is known."""
    raised = {notice.id for _, plan in plans for notice in plan.notices}
    lasting = lasting_notices(*(sitting.pack for sitting, _ in plans))
    return not plans or bool(raised & lasting) or is_sober(plans[-1][0])
