"""A timeline with every word resolved: the documented context of its templates.

It shows where each score lay and never how good that is. It is about the person's own scales alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from engine.assessment.scoring import scorers
from engine.comparison.changes import CannotCompare
from engine.comparison.scales import Direction, Verdict, direction_of, position_on_line, verdict_on
from engine.comparison.timeline import Point, Run, ScaleLine, ScoredSitting, timeline
from engine.content.placeholders import PlaceholderFiller, placeholder_filler
from engine.content.values import Answers, Number, as_plain_number


@dataclass(frozen=True, slots=True)
class PointInReport:
    """One score."""

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
    shown: Literal["bar", "words"]
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


@dataclass(frozen=True, slots=True)
class TimelineReport:
    """All sittings as a person reads them."""

    title: str
    first_on: date
    last_on: date
    days: int
    sittings: int
    lines: tuple[LineInReport, ...]
    sources: tuple[str, ...]
    """Who says what is more than usual wobble."""


def build_timeline_report(sittings: Sequence[ScoredSitting]) -> TimelineReport:
    """The report of sittings that come in their order of time, in the words of the last one's content.

    Raises:
        ValueError: there are none.
    """
    if not sittings:
        message = "a timeline needs at least one sitting"
        raise ValueError(message)
    return _TimelineReporter(sittings).report()


class _TimelineReporter:
    def __init__(self, sittings: Sequence[ScoredSitting]) -> None:
        self._sittings = sittings
        self._first, self._last = sittings[0].as_of, sittings[-1].as_of
        self._fillers = list(_fillers(sittings))

    def report(self) -> TimelineReport:
        lines = [(line, display) for line in timeline(self._sittings) if (display := self._display(line))]
        return TimelineReport(
            title=self._fillers[-1].fill(self._sittings[-1].pack.content.title),
            first_on=self._first,
            last_on=self._last,
            days=(self._last - self._first).days,
            sittings=len(self._sittings),
            lines=tuple(self._line(line, display) for line, display in lines),
            sources=tuple(dict.fromkeys(self._sources(line for line, display in lines if display == "bar"))),
        )

    def _display(self, line: ScaleLine) -> Literal["bar", "words"] | None:
        """How a scale is shown, if all who have it may show it."""
        packs = [self._sittings[point.sitting_index].pack for point in _points(line)]
        displays = [pack.score_display(pack.scales[line.scale]) for pack in packs]
        return None if None in displays else displays[-1]

    def _line(self, line: ScaleLine, display: Literal["bar", "words"]) -> LineInReport:
        last = _last(line)
        sitting, say = self._sittings[last], self._fillers[last].fill
        scale, change = sitting.pack.scales[line.scale], line.change if display == "bar" else None
        direction: Direction = direction_of(change) if change else "same"
        words = None if direction == "same" else scale.higher if direction == "higher" else scale.lower
        scored_points = [point for point in line.runs[-1].points if point.score.value is not None]
        lowest, highest = _ends(sitting, line.scale)
        return LineInReport(
            id=line.scale,
            title=say(scale.title),
            shown=display,
            runs=tuple(self._run(line.scale, run, display) for run in line.runs),
            since=self._sittings[scored_points[0].sitting_index].as_of if change else None,
            before=change.before if change else None,
            after=change.after if change else None,
            lowest=lowest,
            highest=highest,
            way=direction,
            words=None if words is None else say(words),
            verdict=verdict_on(change) if change else "not_known",
        )

    def _run(self, scale: str, run: Run, display: Literal["bar", "words"]) -> RunInReport:
        ends = _ends(self._sittings[run.points[-1].sitting_index], scale)
        points = tuple(self._point(scale, point, ends, in_words=display == "words") for point in run.points)
        return RunInReport(*ends, points, run.cannot)

    def _point(self, scale: str, point: Point, ends: tuple[Number, Number], *, in_words: bool) -> PointInReport:
        sitting, value = self._sittings[point.sitting_index], point.score.value
        band = next(
            (candidate for candidate in sitting.pack.scales[scale].bands if candidate.id == point.score.band), None
        )
        days = (self._last - self._first).days
        return PointInReport(
            on=sitting.as_of,
            short=not sitting.form.has_plan,
            value=None if in_words else value,
            band=self._fillers[point.sitting_index].fill(band.title) if band else None,
            across=round(100 * (sitting.as_of - self._first).days / days, 1) if days else 50.0,
            along=None if value is None or in_words else position_on_line(value, *ends),
        )

    def _sources(self, lines: Iterator[ScaleLine]) -> Iterator[str]:
        for line in lines:
            threshold = self._sittings[_last(line)].pack.scales[line.scale].meaningful_change
            if threshold is not None and line.change is not None:
                yield self._fillers[-1].fill(threshold.source)


def _fillers(sittings: Sequence[ScoredSitting]) -> Iterator[PlaceholderFiller]:
    """The filler of each sitting; a check-in, which asks no name, has that of the sitting before it."""
    answers: Answers = {}
    for sitting in sittings:
        answers = sitting.responses.answers if sitting.form.has_plan or not answers else answers
        yield placeholder_filler(sitting.pack.content.voice, answers)


def _points(line: ScaleLine) -> Iterator[Point]:
    for run in line.runs:
        yield from run.points


def _last(line: ScaleLine) -> int:
    return line.runs[-1].points[-1].sitting_index


def _ends(sitting: ScoredSitting, scale: str) -> tuple[Number, Number]:
    scorer = scorers(sitting.pack)[scale]
    return as_plain_number(scorer.low), as_plain_number(scorer.high)
