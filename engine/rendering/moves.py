"""Where the lines of a comparison run: each step from its place then to its place now. Templates draw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engine.assessment.plan import Placement
from engine.comparison.report import ComparisonReport, MoveInReport
from engine.comparison.scales import LineInReport, PointInReport, RunInReport
from engine.comparison.timeline import LookInReport, TimelineReport

Way = Literal["up", "down", "same", "aside", "held"]
"""``aside``: a step of which the content hides the causes; ``held``: a step that is set aside now, or was then."""
ROW: Final = 100
"""The height of a row in the units of the view box, which is stretched to the rows."""
WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A step as it is drawn: where it stood, where it stands, and the line between."""

    title: str
    before: Placement | None
    after: Placement
    way: Way
    move: MoveInReport | None
    """What moved it, with its causes; None if it stands where it stood, or shifted so little that no cause is named."""
    line: str | None
    """Path data; None for a step that had no place then."""
    stone: Placement | None
    """The stone at the left end of this row, which may be another step's."""


@dataclass(frozen=True, slots=True)
class _Standing:
    title: str
    before: Placement | None
    after: Placement
    aside: bool
    move: MoveInReport | None

    @property
    def is_held(self) -> bool:
        """Set aside then and now."""
        return _held(self.before) and _held(self.after)


def move_rows(report: ComparisonReport) -> tuple[MoveRow, ...]:
    """The steps in today's order: one's own, then those of which the content hides the causes, then those set aside.

    Without those that were set aside both times, and without held ones that are not part of the plan: a list has them.
    """
    apart = report.held is not None and report.held.apart
    steps = [step for step in _standings(report) if not step.is_held and not (apart and _held(step.after))]
    now = sorted(steps, key=lambda step: _order(step.after, aside=step.aside))
    then = sorted(
        (step for step in steps if step.before is not None), key=lambda step: _order(step.before, aside=step.aside)
    )
    rows = []
    for index, step in enumerate(now):
        from_row = then.index(step) if step in then else None
        rows.append(
            MoveRow(
                title=step.title,
                before=step.before,
                after=step.after,
                way=_way(step, from_row, index),
                move=step.move,
                line=None if from_row is None else _line(from_row, index),
                stone=then[index].before if index < len(then) else None,
            )
        )
    return tuple(rows)


def held_as_before(report: ComparisonReport) -> tuple[str, ...]:
    """The titles of the steps that were set aside and are: one row has them all."""
    return tuple(step.title for step in _standings(report) if step.is_held)


def held_now(report: ComparisonReport) -> tuple[str, ...]:
    """The titles of all steps that are held now."""
    return tuple(step.title for step in _standings(report) if _held(step.after))


def last_line(rows: Sequence[MoveRow]) -> str:
    """Path data of the row after these, for what was set aside and is."""
    return _line(len(rows), len(rows))


def gone_steps(report: ComparisonReport) -> tuple[MoveInReport, ...]:
    """The moves of steps that are no more among the steps."""
    return tuple(move for move in (*report.moves, *report.small_shifts) if move.after is None)


def _standings(report: ComparisonReport) -> Iterable[_Standing]:
    for move in (*report.moves, *report.small_shifts):
        if move.after is not None:
            with_cause = move if move in report.moves else None
            yield _Standing(move.title, move.before, move.after, move.aside, with_cause)
    for step in report.as_before:
        yield _Standing(step.title, step.placement, step.placement, step.aside, None)


def _held(placement: Placement | None) -> bool:
    return placement is not None and placement.emphasis == "not_now"


def _order(placement: Placement | None, *, aside: bool) -> tuple[int, int]:
    group = 2 if _held(placement) else int(aside)
    return group, placement.position if placement else 0


def _way(step: _Standing, from_row: int | None, row: int) -> Way:
    """Up and down if both the place and the line say so: else the step only made way for one of the other group."""
    before, after = step.before, step.after
    if _held(after) or (_held(before) and step.aside):
        return "held"
    if step.aside:
        return "aside"
    if from_row is None or before is None:
        return "same"
    if row < from_row and (_held(before) or after.position < before.position):
        return "up"
    return "down" if row > from_row and after.position > before.position else "same"


def _line(from_row: int, row: int) -> str:
    start, end = from_row * ROW + ROW // 2, row * ROW + ROW // 2
    half = WIDTH // 2
    return f"M0 {start}C{half} {start} {half} {end} {WIDTH} {end}"


@dataclass(frozen=True, slots=True)
class DayRow:
    """A sitting in the table of one scale."""

    look: LookInReport
    run: RunInReport | None
    """None where the scale was not asked that day."""
    point: PointInReport | None
    first_of_run: bool
    """True if what is before cannot be compared with this one and what comes after."""
    ringed_from: float | None
    """The first score that this one can be compared with; None where no praise is said."""
    newest: bool


def day_rows(report: TimelineReport, line: LineInReport) -> tuple[DayRow, ...]:
    """All sittings with the score of one scale, the oldest first."""
    points = {point.look: (run, point) for run in line.runs for point in run.points}
    rows = []
    for index, look in enumerate(report.looks):
        run, point = points.get(index, (None, None))
        rows.append(
            DayRow(
                look=look,
                run=run,
                point=point,
                first_of_run=run is not None and run.cannot is not None and run.points[0] is point,
                ringed_from=_first_score(run) if run is not None and line.in_headline else None,
                newest=index == len(report.looks) - 1,
            )
        )
    return tuple(rows)


def has_rings(report: TimelineReport) -> bool:
    """Whether a pebble is ringed in a timeline: some score is higher than the first it can be compared with."""
    return any(change > 0 for change in _changes(report))


def has_gaps(report: TimelineReport) -> bool:
    """Whether a pebble is dashed in a timeline: some score is lower."""
    return any(change < 0 for change in _changes(report))


def _changes(report: TimelineReport) -> Iterable[float]:
    for row in (row for line in report.lines for row in day_rows(report, line)):
        if row.ringed_from is not None and row.point is not None and row.point.value is not None:
            yield row.point.value - row.ringed_from


def _first_score(run: RunInReport) -> float | None:
    return next((float(point.value) for point in run.points if point.value is not None), None)
