"""All sittings in a row, with every word resolved: each scale over time, the documented context of its templates.

A line is broken into runs within which its scores can be compared. It shows where each score lay and never how good
that is, is about the person's own scales alone, and asks no rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from engine.assessment.responses import RawResponses, ResponseSet, validate_answers
from engine.assessment.scoring import ScaleScores, score
from engine.comparison.changes import GAPS, CannotCompare, ScaleChange, cannot_compare, scale_change
from engine.comparison.first_steps import FirstStep, Plans, first_steps, is_sober
from engine.comparison.report import Headline
from engine.comparison.scales import (
    Direction,
    Display,
    Verdict,
    direction_of,
    direction_words,
    is_in_worst_band,
    position_on_line,
    shared_display,
    usual_wobble_sources,
    verdict_on,
)
from engine.content.pack import Form, Pack
from engine.content.questionnaire import Scale
from engine.content.values import Number
from engine.report.scales import scale_ends
from engine.report.wording import Wording


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
class PointInReport:
    """One score."""

    look: int
    """Which of the sittings it is of, counted from 0."""
    on: date
    short: bool
    """True if it comes from a check-in."""
    value: Number | None
    """None if too few questions were answered, and for a scale that is shown in words."""
    band: str | None
    """The title of the band it lies in."""
    across: float
    """Where its day lies between the first (0) and the last (100) of all sittings."""
    along: float | None
    """Where the score lies from its lowest (0) to its highest (100); None if there is none."""


@dataclass(frozen=True, slots=True)
class RunInReport:
    """Scores that can be compared with each other, in order."""

    lowest: Number
    highest: Number
    points: tuple[PointInReport, ...]
    cannot: CannotCompare | None
    """Why they cannot be compared with those before."""


@dataclass(frozen=True, slots=True)
class LineInReport:
    """One scale over time."""

    id: str
    title: str
    shown: Display
    runs: tuple[RunInReport, ...]
    since: date | None
    """The day that the last score is compared with, the first that it can be compared with; None if there is none."""
    before: Number | None
    after: Number | None
    lowest: Number
    highest: Number
    way: Direction
    words: str | None
    """The content's words for that way, if it has some."""
    verdict: Verdict
    harder: bool
    """True if it went clearly against the scale's direction."""
    easier: bool
    """True if it went clearly in the scale's direction."""
    lowest_band: bool
    """True if the last score lies in the band that is worst by the scale's direction."""
    in_headline: bool
    """False if the headline does not speak of it, and nothing praises it."""
    headline: str | None
    """The content's words for a score that went clearly in the scale's direction; else None."""


@dataclass(frozen=True, slots=True)
class TimelineReport:
    """All sittings as a person reads them."""

    title: str
    first_on: date
    last_on: date
    days: int
    sittings: int
    headline: Headline
    """What the first sentence says of the scales; ``easier`` only if plans are given, and nothing speaks against it."""
    looks: tuple[LookInReport, ...]
    """All sittings, the oldest first."""
    lines: tuple[LineInReport, ...]
    first_steps: tuple[FirstStep, ...]
    """What the plans began with, the oldest first, as far as they were given."""
    sources: tuple[str, ...]
    """Who says what is more than usual wobble."""


def score_sitting(pack: Pack, questionnaire: str, raw: RawResponses, as_of: date) -> ScoredSitting:
    """The scores alone of answers that were accepted when they were given, which cost a hundredth of their plan.

    Raises:
        KeyError: the pack has no such questionnaire.
        ResponseError: the answers cannot be accepted.
    """
    form = pack.forms[questionnaire]
    responses = validate_answers(pack, form, raw, as_of, complete=False, kept=True)
    return ScoredSitting(pack, form, responses, score(pack, form, responses.answers), as_of)


def build_timeline_report(sittings: Sequence[ScoredSitting], plans: Plans = ()) -> TimelineReport:
    """The report of sittings that come in their order of time, in the words of the last one's content.

    Args:
        plans: full sittings among them with their plans as they are shown, the oldest first.

    Raises:
        ValueError: there are none.
    """
    if not sittings:
        message = "a timeline needs at least one sitting"
        raise ValueError(message)
    return _TimelineReporter(sittings).report(plans)


@dataclass(frozen=True, slots=True)
class _Run:
    """A scale in sittings, by their index, whose scores can be compared with each other."""

    scale: str
    sittings: tuple[int, ...]
    cannot: CannotCompare | None


class _TimelineReporter:
    def __init__(self, sittings: Sequence[ScoredSitting]) -> None:
        self._sittings = sittings
        self._first, self._last = sittings[0].as_of, sittings[-1].as_of
        self._words = list(_wordings(sittings))
        self._sources: list[Scale] = []
        """The scales with a change to judge."""

    def report(self, plans: Plans) -> TimelineReport:
        scale_ids = dict.fromkeys(scale_id for sitting in reversed(self._sittings) for scale_id in sitting.scales)
        lines = [line for scale_id in scale_ids if (line := self._line(scale_id)) is not None]
        return TimelineReport(
            title=self._words[-1].say(self._sittings[-1].pack.content.title),
            first_on=self._first,
            last_on=self._last,
            days=(self._last - self._first).days,
            sittings=len(self._sittings),
            headline=_headline(lines, plans),
            looks=tuple(LookInReport(sitting.as_of, not sitting.form.has_plan) for sitting in self._sittings),
            lines=tuple(lines),
            first_steps=tuple(first_steps(plans)),
            sources=usual_wobble_sources(self._words[-1], self._sources),
        )

    def _line(self, scale_id: str) -> LineInReport | None:
        """One scale over time; None if it has no score, or may not be shown."""
        indexes = [index for index, sitting in enumerate(self._sittings) if _came_up(sitting, scale_id)]
        if all(self._sittings[index].scales[scale_id].value is None for index in indexes):
            return None
        display = shared_display((self._sittings[index].pack for index in indexes), scale_id)
        if display is None:
            return None
        runs = list(self._runs(scale_id, indexes))
        scored = [index for index in runs[-1].sittings if self._sittings[index].scales[scale_id].value is not None]
        words = self._words[indexes[-1]]
        scale, (lowest, highest) = words.pack.scales[scale_id], scale_ends(words.pack, scale_id)
        change = None
        if display == "bar" and len(scored) > 1:
            first, last = (self._sittings[index].scales[scale_id] for index in (scored[0], scored[-1]))
            change = scale_change(scale, first, last)
            self._sources.append(scale)
        return LineInReport(
            id=scale_id,
            title=words.say(scale.title),
            shown=display,
            runs=tuple(self._run(run, display) for run in runs),
            since=self._sittings[scored[0]].as_of if change else None,
            before=change.before if change else None,
            after=change.after if change else None,
            lowest=lowest,
            highest=highest,
            way=direction_of(change) if change else "same",
            words=direction_words(words, scale, change) if change else None,
            verdict=verdict_on(change) if change else "not_known",
            **_judged(words, scale, change, self._sittings[scored[-1]].scales[scale_id].band if scored else None),
        )

    def _runs(self, scale_id: str, indexes: Sequence[int]) -> Iterator[_Run]:
        run: list[int] = []
        cannot: CannotCompare | None = None
        for index in indexes:
            reason = cannot_compare(self._sittings[run[-1]], self._sittings[index], scale_id) if run else None
            if reason is not None and reason not in GAPS:  # a gap leaves a score out, and breaks no line
                yield _Run(scale_id, tuple(run), cannot)
                run, cannot = [], reason
            run.append(index)
        yield _Run(scale_id, tuple(run), cannot)

    def _run(self, run: _Run, display: Display) -> RunInReport:
        lowest, highest = scale_ends(self._sittings[run.sittings[-1]].pack, run.scale)
        days = (self._last - self._first).days
        points = []
        for index in run.sittings:
            sitting = self._sittings[index]
            value = sitting.scales[run.scale].value if display == "bar" else None
            points.append(
                PointInReport(
                    look=index,
                    on=sitting.as_of,
                    short=not sitting.form.has_plan,
                    value=value,
                    band=self._words[index].band_title(sitting.scales[run.scale]),
                    across=round(100 * (sitting.as_of - self._first).days / days, 1) if days else 50.0,
                    along=None if value is None else position_on_line(value, lowest, highest),
                )
            )
        return RunInReport(lowest, highest, tuple(points), run.cannot)


def _judged(words: Wording, scale: Scale, change: ScaleChange | None, band: str | None) -> dict[str, Any]:
    """What the headline needs to know of a scale."""
    clear = change is not None and bool(change.clear)
    easier = clear and change is not None and change.better is True
    return {
        "harder": clear and change is not None and change.better is False,
        "easier": easier,
        "lowest_band": is_in_worst_band(scale, band),
        "in_headline": scale.in_headline,
        "headline": words.say_optional(scale.headline) if easier else None,
    }


def _headline(lines: Sequence[LineInReport], plans: Plans) -> Headline:
    """No encouragement where something is hard, and none without the plans, which know it."""
    summarized = [line for line in lines if line.in_headline]
    if not any(line.easier for line in summarized):
        return "harder" if any(line.harder for line in summarized) else "calm"
    is_hard = any(line.harder or line.lowest_band for line in lines)
    return "still_hard" if is_hard or not plans or is_sober(plans) else "easier"


def _came_up(sitting: ScoredSitting, scale_id: str) -> bool:
    """Whether anything was asked that the scale is made of: who was not asked has no score to miss."""
    scale = sitting.pack.scales[scale_id] if scale_id in sitting.scales else None
    return scale is not None and scale.compared and not set(scale.items).isdisjoint(sitting.responses.visible)


def _wordings(sittings: Sequence[ScoredSitting]) -> Iterator[Wording]:
    """The words of each sitting; a check-in, which asks no name, has those of the sitting before it."""
    named = sittings[0]
    for sitting in sittings:
        named = sitting if sitting.form.has_plan or not named.responses.answers else named
        yield Wording(replace(sitting, responses=named.responses))
