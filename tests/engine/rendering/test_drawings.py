"""Where stones and pebbles lie: for any plan within the picture, apart from each other, and as many as the plan says."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise
from math import hypot
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.ordering import Emphasis
from engine.assessment.pipeline import assess
from engine.content.pack import Pack
from engine.loading.library import load_library
from engine.rendering.drawings import (
    LEAST_STEPS,
    MOST_PEBBLES,
    Stone,
    has_picture,
    in_pebbles,
    lane,
    pebbles,
    stones,
)
from engine.report.path import PathStep
from engine.report.plan import OpenSection, Report, build_report
from tests.breakup.expected_gates import DAY
from tests.checks.examples import examples
from tests.clients.site import example

WIDTH, HEIGHT = 390.0, 138.0
"""Of the picture."""
HORIZON: Final = 67.0
FREE: Final[tuple[Emphasis, ...]] = ("start_here", "focus", "steady", "light")
MOST_BESIDE: Final = 6
quickly = settings(max_examples=examples(200), deadline=None)
free_steps = st.lists(st.sampled_from(FREE), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def report() -> Report:
    pack: Pack = load_library().packs["breakup"]
    return build_report(assess(pack, "breakup", example("first-weeks"), DAY, plain=True))


def with_path(report: Report, emphases: list[Emphasis], aside: int = 0, held_heading: str | None = None) -> Report:
    """The report with a path of these free steps, and some that are set aside."""
    free = [PathStep(f"f{number}", number, "x", name, "later", None) for number, name in enumerate(emphases, 1)]
    held = [PathStep(f"h{number}", number, "x", "not_now", "not_now", None) for number in range(aside)]
    return replace(report, path=(*free, *held), held_heading=held_heading)


def apart(first: Stone, second: Stone) -> bool:
    """Whether two stones, which are ellipses, do not touch: in the plane where a stone is round, centres are further apart than radii."""
    (x, y), (to_x, to_y) = first.centre, second.centre
    roundness = first.height / first.width
    return hypot(x - to_x, (y - to_y) / roundness) > (first.width + second.width) / 2 * 0.94


@quickly
@given(emphases=free_steps, aside=st.integers(0, 11))
def test_stones_lie_apart_and_within(report: Report, emphases: list[Emphasis], aside: int) -> None:
    """No stone touches another or leaves the water, whatever emphases one to twenty steps have, and how many are set aside."""
    placed = stones(with_path(report, emphases, aside))
    for stone in placed:
        assert stone.x >= 0
        assert stone.x + stone.width <= WIDTH
        assert stone.centre[1] >= HORIZON
        assert stone.y + stone.height <= HEIGHT
    assert [pair for pair in combinations(placed, 2) if not apart(*pair)] == []


@quickly
@given(emphases=free_steps, aside=st.integers(0, 11), held_heading=st.sampled_from((None, "Not part of this plan")))
def test_stones_are_the_steps(report: Report, emphases: list[Emphasis], aside: int, held_heading: str | None) -> None:
    """One stone for each free step, in their order; those set aside beside them; none for what is not part of the plan."""
    placed = stones(with_path(report, emphases, aside, held_heading))
    free = [stone for stone in placed if stone.emphasis != "not_now"]
    assert [stone.emphasis for stone in free] == emphases
    assert [stone.x for stone in free] == sorted(stone.x for stone in free)
    assert len(placed) - len(free) == (0 if held_heading else min(aside, MOST_BESIDE))


@quickly
@given(emphases=free_steps)
def test_stones_weigh_as_their_steps(report: Report, emphases: list[Emphasis]) -> None:
    """In one picture a stone of more emphasis is larger, and those of the same are as large."""
    widths: dict[str, set[float]] = {}
    for stone in stones(with_path(report, emphases)):
        widths.setdefault(stone.emphasis, set()).add(stone.width)
    assert all(len(same) == 1 for same in widths.values())
    ordered = [min(widths[name]) for name in FREE if name in widths]
    assert all(heavier > lighter for heavier, lighter in pairwise(ordered))


@quickly
@given(emphases=free_steps, aside=st.integers(0, 11))
def test_the_lane_leads_through_the_stones(report: Report, emphases: list[Emphasis], aside: int) -> None:
    """It comes in from the left and passes through the centre of each stone on it, in their order."""
    placed = stones(with_path(report, emphases, aside))
    data = lane(placed)
    start, *curves = re.split("[MC]", data)[1:]
    ends = [tuple(map(float, curve.split()[-2:])) for curve in curves]
    assert float(start.split()[0]) < 0
    assert ends == [stone.centre for stone in placed if stone.emphasis != "not_now"]


scales = st.tuples(st.integers(-4, 4), st.integers(1, MOST_PEBBLES)).flatmap(
    lambda ends: st.tuples(
        st.just(ends[0]),
        st.just(ends[0] + ends[1]),
        st.integers(ends[0], ends[0] + ends[1]),
        st.none() | st.integers(ends[0], ends[0] + ends[1]),
    )
)


@quickly
@given(scale=scales)
def test_a_pebble_is_a_point(scale: tuple[int, int, int, int | None]) -> None:
    """As many pebbles as points; filled what is there, ringed what came, dashed what went, open the rest, in this order."""
    lowest, highest, value, before = scale
    assert in_pebbles(lowest, highest)
    placed = pebbles(lowest, highest, value, before)
    then = value if before is None else before
    counts = Counter(pebble.state for pebble in placed)
    assert counts == Counter(
        there=min(value, then) - lowest,
        more=max(0, value - then),
        fewer=max(0, then - value),
        open=highest - max(value, then),
    )
    order = ("there", "more", "fewer", "open")
    assert [order.index(pebble.state) for pebble in placed] == sorted(order.index(pebble.state) for pebble in placed)
    assert all(before.x < after.x for before, after in pairwise(placed))


@pytest.mark.parametrize(
    ("lowest", "highest", "drawn"),
    [
        (0, 16, True),
        (1, 5, True),
        (0, MOST_PEBBLES, True),
        (0, MOST_PEBBLES + 1, False),
        (0, 2.5, False),
        (3, 3, False),
    ],
)
def test_few_whole_points_are_pebbles(lowest: float, highest: float, drawn: bool) -> None:
    """A scale in whole steps, and not too many of them, is drawn in pebbles."""
    assert in_pebbles(lowest, highest) is drawn


def test_the_absence_of_a_picture_says_nothing(report: Report) -> None:
    """A picture is drawn for a whole plan with enough free steps; not for a short one, a first one, or one with few."""
    enough = with_path(report, ["focus"] * LEAST_STEPS)
    assert has_picture(enough)
    assert not has_picture(with_path(report, ["focus"] * (LEAST_STEPS - 1), aside=4))
    assert not has_picture(replace(enough, short=True))
    assert not has_picture(replace(enough, left_open=(OpenSection("x", (), whole=True),)))
