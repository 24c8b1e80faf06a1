"""The lines of a comparison: each step from its position then to its position now. Templates draw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engine.assessment.plan import Placement
from engine.comparison.report import ComparisonReport, MoveInReport
from engine.comparison.scales import LineInReport, PointInReport, RunInReport
from engine.comparison.timeline import LookInReport, TimelineReport

Way = Literal["up", "down", "same", "aside", "held"]
"""``aside``: a step whose causes the content hides; ``held``: a step that is or was held."""
ROW: Final = 100
"""The height of a row in units of the view box, which is stretched to the rows."""
WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class MoveRow:
    """The drawing of a step: its earlier position, its position now, and the line between."""

    title: str
    before: Placement | None
    after: Placement
    way: Way
    move: MoveInReport | None
    """Its move with the causes; None if it did not move, or so little that no cause is named."""
    line: str | None
    """Path data; None for a step without an earlier position."""
    stone: Placement | None
    """The stone at the left end of this row, which may belong to another step."""


@dataclass(frozen=True, slots=True)
class _Standing:
    title: str
    before: Placement | None
    after: Placement
    aside: bool
    move: MoveInReport | None

    @property
    def is_held(self) -> bool:
        """Held then and now."""
        return _held(self.before) and _held(self.after)


def move_rows(report: ComparisonReport) -> tuple[MoveRow, ...]:
    """The steps in today's order: the person's own, then those whose causes the content hides, then held ones.

    Steps held both times, and held steps that the plan does not name, are left out; a list shows them.
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
    """The titles of the steps that were and are held, for one common row."""
    return tuple(step.title for step in _standings(report) if step.is_held)


def held_now(report: ComparisonReport) -> tuple[str, ...]:
    """The titles of all steps held now."""
    return tuple(step.title for step in _standings(report) if _held(step.after))


def last_line(rows: Sequence[MoveRow]) -> str:
    """Path data of the row below, for steps that were and are held."""
    return _line(len(rows), len(rows))


def gone_steps(report: ComparisonReport) -> tuple[MoveInReport, ...]:
    """The moves of steps that no longer exist."""
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
    """Up or down if position and line agree; otherwise the step only made way for one of the other group."""
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
    """None on a day on which the scale was not asked."""
    point: PointInReport | None
    first_of_run: bool
    """True if earlier rows cannot be compared with this one and later ones."""
    ringed_from: float | None
    """The first comparable score; None if no comparison is worded."""
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
    """Whether the timeline has ringed pebbles: some score is higher than the first comparable one."""
    return any(change > 0 for change in _changes(report))


def has_gaps(report: TimelineReport) -> bool:
    """Whether the timeline has dashed pebbles: some score is lower than the first comparable one."""
    return any(change < 0 for change in _changes(report))


def _changes(report: TimelineReport) -> Iterable[float]:
    for row in (row for line in report.lines for row in day_rows(report, line)):
        if row.ringed_from is not None and row.point is not None and row.point.value is not None:
            yield row.point.value - row.ringed_from


def _first_score(run: RunInReport) -> float | None:
    return next((float(point.value) for point in run.points if point.value is not None), None)
