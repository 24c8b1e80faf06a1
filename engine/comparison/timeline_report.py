"""A timeline with every word resolved: the documented context of its templates.

It shows where each score lay and never how good that is. It is about the person's own scales alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from engine.comparison.changes import CannotCompare
from engine.comparison.scales import (
    Direction,
    Display,
    Verdict,
    direction_of,
    direction_words,
    position_on_line,
    shared_display,
    usual_wobble_sources,
    verdict_on,
)
from engine.comparison.timeline import Point, Run, ScaleLine, ScoredSitting, timeline
from engine.content.questionnaire import Number, Scale
from engine.report.scales import scale_ends
from engine.report.wording import Wording


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
        self._words = list(_wordings(sittings))

    def report(self) -> TimelineReport:
        lines = [(line, display) for line in timeline(self._sittings) if (display := self._display(line))]
        with_change = [line for line, display in lines if display == "bar" and line.change is not None]
        return TimelineReport(
            title=self._words[-1].say(self._sittings[-1].pack.content.title),
            first_on=self._first,
            last_on=self._last,
            days=(self._last - self._first).days,
            sittings=len(self._sittings),
            lines=tuple(self._line(line, display) for line, display in lines),
            sources=usual_wobble_sources(self._words[-1], (self._scale(line) for line in with_change)),
        )

    def _display(self, line: ScaleLine) -> Display | None:
        packs = [self._sittings[point.sitting_index].pack for run in line.runs for point in run.points]
        return shared_display(packs, line.scale)

    def _scale(self, line: ScaleLine) -> Scale:
        """The scale as the last sitting that has a point has it."""
        return self._sittings[line.last.sitting_index].pack.scales[line.scale]

    def _line(self, line: ScaleLine, display: Display) -> LineInReport:
        words, scale = self._words[line.last.sitting_index], self._scale(line)
        change = line.change if display == "bar" else None
        first = next((point for point in line.runs[-1].points if point.score.value is not None), line.last)
        lowest, highest = scale_ends(words.pack, line.scale)
        return LineInReport(
            id=line.scale,
            title=words.say(scale.title),
            shown=display,
            runs=tuple(self._run(line.scale, run, display) for run in line.runs),
            since=self._sittings[first.sitting_index].as_of if change else None,
            before=change.before if change else None,
            after=change.after if change else None,
            lowest=lowest,
            highest=highest,
            way=direction_of(change) if change else "same",
            words=direction_words(words, scale, change) if change else None,
            verdict=verdict_on(change) if change else "not_known",
        )

    def _run(self, scale: str, run: Run, display: Display) -> RunInReport:
        ends = scale_ends(self._sittings[run.points[-1].sitting_index].pack, scale)
        points = tuple(self._point(point, ends, in_words=display == "words") for point in run.points)
        return RunInReport(*ends, points, run.cannot)

    def _point(self, point: Point, ends: tuple[Number, Number], *, in_words: bool) -> PointInReport:
        sitting, value = self._sittings[point.sitting_index], None if in_words else point.score.value
        days = (self._last - self._first).days
        return PointInReport(
            on=sitting.as_of,
            short=not sitting.form.has_plan,
            value=value,
            band=self._words[point.sitting_index].band_title(point.score),
            across=round(100 * (sitting.as_of - self._first).days / days, 1) if days else 50.0,
            along=None if value is None else position_on_line(value, *ends),
        )


def _wordings(sittings: Sequence[ScoredSitting]) -> Iterator[Wording]:
    """The words of each sitting; a check-in, which asks no name, has those of the sitting before it."""
    named = sittings[0]
    for sitting in sittings:
        named = sitting if sitting.form.has_plan or not named.responses.answers else named
        yield Wording(replace(sitting, responses=named.responses))
