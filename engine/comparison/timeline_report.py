"""A timeline with every word resolved: the documented context of its templates.

It shows where each score lay and never how good that is. It is about the person's own scales alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from engine.assessment.scoring import Answers, plain, scorers
from engine.comparison.changes import CannotCompare
from engine.comparison.scales import Verdict, Way, place_on, verdict_on, way_of
from engine.comparison.timeline import Line, Point, Run, ScoredSitting, timeline
from engine.content.placeholders import PlaceholderFiller, placeholder_filler
from engine.content.questionnaire import Number


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
    way: Way
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


def build_timeline_report(looks: Sequence[ScoredSitting]) -> TimelineReport:
    """The report of sittings that come in their order of time, in the words of the last one's content.

    Raises:
        ValueError: there are none.
    """
    if not looks:
        message = "a timeline needs at least one sitting"
        raise ValueError(message)
    return _Reporter(looks).report()


class _Reporter:
    def __init__(self, looks: Sequence[ScoredSitting]) -> None:
        self._looks = looks
        self._first, self._last = looks[0].as_of, looks[-1].as_of
        self._voices = list(_voices(looks))

    def report(self) -> TimelineReport:
        lines = [(line, shown) for line in timeline(self._looks) if (shown := self._shown(line))]
        return TimelineReport(
            title=self._voices[-1].say(self._looks[-1].pack.content.title),
            first_on=self._first,
            last_on=self._last,
            days=(self._last - self._first).days,
            sittings=len(self._looks),
            lines=tuple(self._line(line, shown) for line, shown in lines),
            sources=tuple(dict.fromkeys(self._sources(line for line, shown in lines if shown == "bar"))),
        )

    def _shown(self, line: Line) -> Literal["bar", "words"] | None:
        """How a scale is shown, if all who have it may show it."""
        packs = [self._looks[point.look].pack for point in _points(line)]
        ways = [pack.shown(pack.scales[line.scale]) for pack in packs]
        return None if None in ways else ways[-1]

    def _line(self, line: Line, shown: Literal["bar", "words"]) -> LineInReport:
        last = _last(line)
        look, say = self._looks[last], self._voices[last].say
        scale, change = look.pack.scales[line.scale], line.change if shown == "bar" else None
        way: Way = way_of(change) if change else "same"
        words = None if way == "same" else scale.higher if way == "higher" else scale.lower
        known = [point for point in line.runs[-1].points if point.score.value is not None]
        lowest, highest = _ends(look, line.scale)
        return LineInReport(
            id=line.scale,
            title=say(scale.title),
            shown=shown,
            runs=tuple(self._run(line.scale, run, shown) for run in line.runs),
            since=self._looks[known[0].look].as_of if change else None,
            before=change.before if change else None,
            after=change.after if change else None,
            lowest=lowest,
            highest=highest,
            way=way,
            words=None if words is None else say(words),
            verdict=verdict_on(change) if change else "not_known",
        )

    def _run(self, scale: str, run: Run, shown: Literal["bar", "words"]) -> RunInReport:
        ends = _ends(self._looks[run.points[-1].look], scale)
        points = tuple(self._point(scale, point, ends, in_words=shown == "words") for point in run.points)
        return RunInReport(*ends, points, run.cannot)

    def _point(self, name: str, point: Point, ends: tuple[Number, Number], *, in_words: bool) -> PointInReport:
        look, value = self._looks[point.look], point.score.value
        band = next((one for one in look.pack.scales[name].bands if one.id == point.score.band), None)
        days = (self._last - self._first).days
        return PointInReport(
            on=look.as_of,
            short=not look.form.has_plan,
            value=None if in_words else value,
            band=self._voices[point.look].say(band.title) if band else None,
            across=round(100 * (look.as_of - self._first).days / days, 1) if days else 50.0,
            along=None if value is None or in_words else place_on(value, *ends),
        )

    def _sources(self, lines: Iterator[Line]) -> Iterator[str]:
        for line in lines:
            meant = self._looks[_last(line)].pack.scales[line.scale].meaningful_change
            if meant is not None and line.change is not None:
                yield self._voices[-1].say(meant.source)


def _voices(looks: Sequence[ScoredSitting]) -> Iterator[PlaceholderFiller]:
    """The voice of each sitting; a check-in, which asks no name, has that of the sitting before it."""
    answers: Answers = {}
    for look in looks:
        answers = look.responses.answers if look.form.has_plan or not answers else answers
        yield placeholder_filler(look.pack.content.voice, answers)


def _points(line: Line) -> Iterator[Point]:
    for run in line.runs:
        yield from run.points


def _last(line: Line) -> int:
    return line.runs[-1].points[-1].look


def _ends(look: ScoredSitting, scale: str) -> tuple[Number, Number]:
    ready = scorers(look.pack)[scale]
    return plain(ready.low), plain(ready.high)
