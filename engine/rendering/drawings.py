"""Positions of the stones and pebbles in a plan's pictures. Templates draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from engine.report.path import PathStep
from engine.report.plan import Report

Emphasis = str
PebbleState = Literal["there", "more", "open", "fewer"]
_WIDTHS: Final = {"start_here": 46.0, "focus": 36.0, "steady": 26.0, "light": 18.0}
"""The width of stones by emphasis, in units of the view box."""
_ROUNDNESS: Final = 0.94
"""The height of a stone relative to its width."""
_GAP: Final = 8.0
_LEFT: Final = 17.0
_WIDE, _NARROW = 352.0, 250.0
"""The width for stones of the path: all of the picture, or what the stones beside it leave."""
_FRONT, _BACK = 100.0, 81.0
"""The position of the first and the last stone, from the top."""
_SWAY: Final = 7.0
_BESIDE: Final = ((98.0, 0.0), (105.0, 23.0), (99.0, 46.0), (104.0, 69.0), (119.0, 11.5), (121.0, 36.0))
"""The positions of the stones beside the path, from the top and right of its end."""
LEAST_STEPS: Final = 7
"""The minimum of free steps for a picture, so that its absence does not reveal why others are not free."""
MOST_PEBBLES: Final = 20
_WAVE: Final = (2.0, 0.5, 3.0, 1.5, 3.5, 2.0, 1.0)
"""The vertical offsets of pebbles in a row, so that it looks laid by hand."""


@dataclass(frozen=True, slots=True)
class Stone:
    """A stone of the picture: an emphasis and a position."""

    emphasis: Emphasis
    x: float
    y: float
    width: float

    @property
    def height(self) -> float:
        """In units of the view box, like the other fields."""
        return round(self.width * _ROUNDNESS, 1)

    @property
    def centre(self) -> tuple[float, float]:
        """Its centre, from the left and from the top."""
        return round(self.x + self.width / 2, 1), round(self.y + self.height / 2, 1)


@dataclass(frozen=True, slots=True)
class Pebble:
    """One point of a scale: whether it is reached, and with an earlier value, whether it is new or gone."""

    state: PebbleState
    x: float
    y: float


def has_picture(report: Report) -> bool:
    """Whether a plan has a picture above its headline: a full plan with enough free steps and no notice about help."""
    whole = not report.short and not any(section.whole for section in report.left_open)
    free = [step for step in report.path if step.place != "not_now"]
    return whole and len(free) >= LEAST_STEPS and not report.leading_notices


def stones(report: Report) -> tuple[Stone, ...]:
    """The free steps along the path in order, and beside it the held steps that the plan names."""
    free = [step for step in report.path if step.place != "not_now"]
    beside = [] if report.held_heading else [step for step in report.path if step.place == "not_now"][: len(_BESIDE)]
    lane = _along(free, _NARROW if beside else _WIDE)
    end = lane[-1].x + lane[-1].width + 12 if lane else _LEFT
    return (*lane, *(Stone("not_now", round(end + right, 1), down, 15) for down, right in _BESIDE[: len(beside)]))


def _along(steps: Sequence[PathStep], room: float) -> tuple[Stone, ...]:
    widths = [_WIDTHS[step.emphasis] for step in steps]
    needed = sum(widths) + _GAP * (len(widths) - 1)
    scale = min(1.0, room / needed) if needed > 0 else 1.0
    placed, left = [], _LEFT
    for index, width in enumerate(widths):
        middle = _FRONT - (_FRONT - _BACK) * index / max(1, len(widths) - 1) + (-_SWAY if index % 2 else _SWAY * 0.4)
        size = width * scale
        emphasis = steps[index].emphasis
        placed.append(Stone(emphasis, round(left, 1), round(middle - size * _ROUNDNESS / 2, 1), round(size, 1)))
        left += size + _GAP * scale
    return tuple(placed)


def lane(placed: Sequence[Stone]) -> str:
    """The path data of the line through the stones, inset from the left edge."""
    middles = [(-12.0, 106.0), *(stone.centre for stone in placed if stone.emphasis != "not_now")]
    data = f"M{_short(middles[0][0])} {_short(middles[0][1])}"
    for (x, y), (to_x, to_y) in pairwise(middles):
        half = (x + to_x) / 2
        data += f"C{_short(half)} {_short(y)} {_short(half)} {_short(to_y)} {_short(to_x)} {_short(to_y)}"
    return data


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def in_pebbles(lowest: float, highest: float) -> bool:
    """Whether a scale is drawn in pebbles: it has whole points, and not too many."""
    return float(highest - lowest).is_integer() and 0 < highest - lowest <= MOST_PEBBLES


def pebbles(lowest: float, highest: float, value: float, before: float | None = None) -> tuple[Pebble, ...]:
    """The points of a scale from lowest to highest, one pebble each.

    Args:
        lowest, highest, value: of the scale; see :func:`in_pebbles`.
        before: the value of an earlier sitting. Points gained since are ``more``, lost ones ``fewer``.
    """
    now, then = round(value - lowest), round((value if before is None else before) - lowest)
    placed = []
    for index in range(round(highest - lowest)):
        state: PebbleState = "open"
        if index < now:
            state = "there" if index < then else "more"
        elif index < then:
            state = "fewer"
        placed.append(Pebble(state, 1.5 + 22 * index, _WAVE[index % len(_WAVE)]))
    return tuple(placed)
