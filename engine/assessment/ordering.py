"""Order and emphasis of steps, from weights, caps, holds and constraints alone.

Held steps come last, in content order. Free steps sort by *effective weight*: a step is worth at least what the steps
are worth that must wait for it. A plain priority queue over the constraints would put heavy steps too late.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engine.content.steps import CappedAt, Thresholds

Emphasis = Literal["start_here", "focus", "steady", "light", "not_now"]
EMPHASES: Final[tuple[Emphasis, ...]] = ("start_here", "focus", "steady", "light", "not_now")
_CAPS: Final[Sequence[CappedAt]] = ("light", "steady", "focus")
Pair = tuple[str, str]
"""One step before another."""


@dataclass(frozen=True, slots=True)
class OrderedStep:
    """Where one step stands, and by what arithmetic."""

    step: str
    emphasis: Emphasis
    bounded: int
    """Its own weight within its cap."""
    effective: int
    """The highest bounded weight of itself and of the free steps that must wait for it."""
    cap: CappedAt | None
    """The lowest of its own cap and those of the free steps it must wait for."""


def order_steps(
    steps: Sequence[str],
    weights: Mapping[str, int],
    caps: Mapping[str, CappedAt],
    held: Collection[str],
    before: Iterable[Pair],
    thresholds: Thresholds,
) -> tuple[OrderedStep, ...]:
    """Order all steps and give each its emphasis.

    Args:
        steps: all step ids, in content order.
        weights: each step's weight.
        caps: the highest emphasis some steps may have.
        held: steps that are *not now*.
        before: pairs of steps of which the first comes before the second if both are free; free of circles.
        thresholds: from which effective weight a step is *focus*, and *steady*.
    """
    free = [step for step in steps if step not in held]
    predecessors = _closure(free, before)
    successors: dict[str, set[str]] = {step: set() for step in free}
    for step, step_predecessors in predecessors.items():
        for predecessor in step_predecessors:
            successors[predecessor].add(step)
    caps_in_force = {step: lowest_cap([caps.get(related) for related in (step, *predecessors[step])]) for step in free}
    bounded = {step: _bounded_weight(weights[step], caps_in_force[step], thresholds) for step in free}
    effective = {step: max(bounded[related] for related in (step, *successors[step])) for step in free}
    order = _sorted_steps(free, effective, predecessors)
    if order and caps_in_force[order[0]] is not None:
        uncapped = [step for step in order if caps_in_force[step] is None]
        if uncapped:  # it waits for nothing: whatever it had to wait for would be uncapped, and earlier
            order = [uncapped[0], *(step for step in order if step != uncapped[0])]
    ordered: list[OrderedStep] = []
    for index, step in enumerate(order):
        emphasis = "start_here" if index == 0 else _emphasis(effective[step], thresholds, ordered)
        ordered.append(OrderedStep(step, emphasis, bounded[step], effective[step], caps_in_force[step]))
    held_steps = [step for step in steps if step in held]
    ordered += [OrderedStep(step, "not_now", weights[step], weights[step], caps.get(step)) for step in held_steps]
    return tuple(ordered)


def _closure(free: Sequence[str], before: Iterable[Pair]) -> dict[str, set[str]]:
    """For each free step all free steps that must precede it, directly or not."""
    direct: dict[str, set[str]] = {step: set() for step in free}
    for first, then in before:
        if first in direct and then in direct:
            direct[then].add(first)
    if not any(direct.values()):
        return direct
    return {step: _reachable(step, direct) for step in free}


def _reachable(step: str, direct: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [step]
    while waiting:
        for predecessor in direct[waiting.pop()] - reached:
            reached.add(predecessor)
            waiting.append(predecessor)
    return reached


def lowest_cap(caps: Iterable[CappedAt | None]) -> CappedAt | None:
    """The strictest of some caps; None is no cap."""
    present = {cap for cap in caps if cap is not None}
    return next((cap for cap in _CAPS if cap in present), None)


def _bounded_weight(weight: int, cap: CappedAt | None, thresholds: Thresholds) -> int:
    """The weight, or the highest that the cap lets through. A cap at *focus* bounds nothing: it never starts."""
    highest = {"light": thresholds.steady - 1, "steady": thresholds.focus - 1}.get(cap or "", weight)
    return min(weight, highest)


def _sorted_steps(free: Sequence[str], effective: Mapping[str, int], predecessors: Mapping[str, set[str]]) -> list[str]:
    """By effective weight, descending; among equals, first what others wait for, then content order."""
    # Content order is kept by the sort, which is stable; what must wait is never worth more than what it waits for.
    waiting = sorted(free, key=lambda step: -effective[step])
    if not any(predecessors.values()):
        return waiting
    order: list[str] = []
    placed: set[str] = set()
    while waiting:
        best = effective[waiting[0]]
        ready = next(step for step in waiting if effective[step] == best and predecessors[step] <= placed)
        waiting.remove(ready)
        placed.add(ready)
        order.append(ready)
    return order


def _emphasis(effective: int, thresholds: Thresholds, earlier_steps: Sequence[OrderedStep]) -> Emphasis:
    if (
        effective >= thresholds.focus
        and sum(earlier.emphasis == "focus" for earlier in earlier_steps) < thresholds.most_focus
    ):
        return "focus"
    return "steady" if effective >= thresholds.steady else "light"
