"""Where the lines of a comparison run, and what a timeline shows of each day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final, cast

import pytest

from engine.assessment.ordering import Emphasis
from engine.assessment.plan import Placement
from engine.comparison.report import ComparisonReport, MoveInReport
from engine.comparison.steps import HeldSteps, StepAsBefore
from engine.rendering.moves import gone_steps, held_as_before, held_now, move_rows
from engine.rendering.render import render

DAY: Final = date(2026, 11, 26)
EMPTY: Final = ComparisonReport(
    title="P",
    before_on=DAY,
    after_on=date(2027, 1, 7),
    days=42,
    changed=None,
    kind_now=None,
    short=False,
    headline="calm",
    scales=(),
    in_words=(),
    sources=(),
    seen_differently=(),
    moves=(),
    small_shifts=(),
    as_before=(),
    held=None,
    hidden_causes=None,
    no_attribution=None,
    answers=(),
    cannot_compare=(),
)


def at(position: int, emphasis: str = "steady") -> Placement:
    return Placement(position, cast("Emphasis", emphasis))


def moved(step: str, before: Placement | None, after: Placement | None, *, aside: bool = False) -> MoveInReport:
    return MoveInReport(step, step, before, after, None, 0, time=False, hidden=False, aside=aside, note=None)


def ways(report: ComparisonReport) -> dict[str, str]:
    return {row.title: row.way for row in move_rows(report)}


def test_lines_run_from_then_to_now() -> None:
    """Each line begins at the row of a step's place then and ends at its row now; stones stand at both ends."""
    still = StepAsBefore("c", "c", at(3), aside=False)
    report = replace(EMPTY, moves=(moved("a", at(2), at(1)), moved("b", at(1), at(2))), as_before=(still,))
    rows = move_rows(report)
    assert [(row.title, row.way, row.line) for row in rows] == [
        ("a", "up", "M0 150C50 150 50 50 100 50"),
        ("b", "down", "M0 50C50 50 50 150 100 150"),
        ("c", "same", "M0 250C50 250 50 250 100 250"),
    ]
    assert [row.stone for row in rows] == [at(1), at(2), at(3)]


def test_steps_with_hidden_causes_come_last() -> None:
    """A step of which the content hides the causes is drawn after one's own, never as one that moved up or down."""
    report = replace(EMPTY, moves=(moved("own", at(1), at(2)), moved("theirs", at(2), at(1), aside=True)))
    assert list(ways(report).items()) == [("own", "same"), ("theirs", "aside")]
    html = render(report, "html")
    assert "moved up" not in html
    assert "moved down" not in html


def test_what_is_set_aside() -> None:
    """One that is set aside now has a dashed line; those that were and are stand in one row, by name."""
    held = HeldSteps("Set aside", None, named=True, apart=False)
    moves = (moved("a", at(1), at(4, "not_now")), moved("b", at(2), at(1)), moved("d", at(3, "not_now"), at(2)))
    still = StepAsBefore("c", "c", at(5, "not_now"), aside=False)
    report = replace(EMPTY, moves=moves, as_before=(still,), held=held)
    assert list(ways(report).items()) == [("b", "up"), ("d", "up"), ("a", "held")]
    assert held_as_before(report) == ("c",)
    assert "Set aside, as before" in render(report, "html")


def test_what_is_not_part_is_not_drawn() -> None:
    """Held steps that are not part of the plan have no line and no stone: a list names them."""
    held = HeldSteps("Not part", "Because.", named=True, apart=True)
    moves = (moved("a", at(1), at(3, "not_now")), moved("b", at(2), at(1)))
    report = replace(EMPTY, moves=moves, as_before=(StepAsBefore("c", "c", at(4, "not_now"), aside=False),), held=held)
    assert list(ways(report)) == ["b"]
    assert held_now(report) == ("a", "c")
    html = render(report, "html")
    assert "not_now" not in html.partition('class="moves-drawn"')[2].partition("</ol>")[0]
    assert "Not part" in html


@pytest.mark.parametrize("output_format", ["text", "md", "html"])
def test_steps_that_are_not_named(output_format: str) -> None:
    """Where a plan names no held step, one line says all of them."""
    held = HeldSteps("The other steps", "Nothing to do.", named=False, apart=False)
    text = render(replace(EMPTY, moves=(moved("b", at(2), at(1)),), held=held), output_format)  # type: ignore[arg-type]
    assert "The other steps. Nothing to do." in text.replace("\\", "")


def test_steps_that_came_and_went() -> None:
    """A step that was not among the steps has a stone and no line; one that is no more stands beneath."""
    report = replace(EMPTY, moves=(moved("new", None, at(1)), moved("gone", at(1), None)))
    assert [(row.title, row.line) for row in move_rows(report)] == [("new", None)]
    assert [move.title for move in gone_steps(report)] == ["gone"]
    assert "gone" in render(report, "html")
