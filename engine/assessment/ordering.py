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


@dataclass(frozen=True, slots=True)
class Constraints:
    """All that decides the order of steps but their weights."""

    free: tuple[str, ...]
    """In content order, as the next."""
    held: tuple[tuple[str, CappedAt | None], ...]
    """Each with its own cap."""
    predecessors: Mapping[str, frozenset[str]]
    """For each free step all free steps that must precede it, directly or not."""
    successors: Mapping[str, tuple[str, ...]]
    caps: Mapping[str, CappedAt | None]
    """For each free step the cap in force, its own or inherited."""
    highest: Mapping[str, int]
    """The highest weight that a cap lets through, of steps with one. A cap at *focus* bounds none: it never starts."""


def constraints(
    steps: Sequence[str],
    caps: Mapping[str, CappedAt],
    held: Collection[str],
    before: Iterable[Pair],
    thresholds: Thresholds,
) -> Constraints:
    """What binds the order of all steps.

    Args:
        steps: all step ids, in content order.
        caps: the highest emphasis some steps may have.
        held: steps that are *not now*.
        before: pairs of steps of which the first comes before the second if both are free; free of circles.
        thresholds: from which effective weight a step is *focus*, and *steady*.
    """
    free = tuple(step for step in steps if step not in held)
    predecessors = _closure(free, before)
    caps_in_force = {step: lowest_cap([caps.get(related) for related in (step, *predecessors[step])]) for step in free}
    highest_by_cap = {"light": thresholds.steady - 1, "steady": thresholds.focus - 1}
    return Constraints(
        free=free,
        held=tuple((step, caps.get(step)) for step in steps if step in held),
        predecessors=predecessors,
        successors={step: tuple(other for other in free if step in predecessors[other]) for step in free},
        caps=caps_in_force,
        highest={step: highest_by_cap[cap] for step, cap in caps_in_force.items() if cap in highest_by_cap},
    )


def order_within(binding: Constraints, weights: Mapping[str, int], thresholds: Thresholds) -> tuple[OrderedStep, ...]:
    """Order all steps by their weights and give each its emphasis."""
    free, predecessors, caps = binding.free, binding.predecessors, binding.caps
    bounded = {step: min(weights[step], binding.highest.get(step, weights[step])) for step in free}
    effective = {step: max([bounded[step], *[bounded[other] for other in binding.successors[step]]]) for step in free}
    order = _sorted_steps(free, effective, predecessors)
    if order and caps[order[0]] is not None:
        uncapped = [step for step in order if caps[step] is None]
        if uncapped:  # it waits for nothing: whatever it had to wait for would be uncapped, and earlier
            order = [uncapped[0], *(step for step in order if step != uncapped[0])]
    ordered: list[OrderedStep] = []
    focused = 0
    for index, step in enumerate(order):
        emphasis = "start_here" if index == 0 else _emphasis(effective[step], thresholds, focused)
        focused += emphasis == "focus"
        ordered.append(OrderedStep(step, emphasis, bounded[step], effective[step], caps[step]))
    ordered += [OrderedStep(step, "not_now", weights[step], weights[step], cap) for step, cap in binding.held]
    return tuple(ordered)


def _closure(free: Sequence[str], before: Iterable[Pair]) -> dict[str, frozenset[str]]:
    """For each free step all free steps that must precede it, directly or not."""
    direct: dict[str, set[str]] = {step: set() for step in free}
    for first, then in before:
        if first in direct and then in direct:
            direct[then].add(first)
    return {step: frozenset(_reachable(step, direct)) if direct[step] else frozenset() for step in free}


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


def _sorted_steps(
    free: Sequence[str], effective: Mapping[str, int], predecessors: Mapping[str, frozenset[str]]
) -> list[str]:
    """By effective weight, descending; among equals, first what others wait for, then content order."""
    # Content order is kept by the sort, which is stable; what must wait is never worth more than what it waits for.
    waiting = sorted(free, key=effective.__getitem__, reverse=True)
    placed: set[str] = set()
    for step in waiting:
        if not predecessors[step] <= placed:
            break
        placed.add(step)
    else:
        return waiting
    order: list[str] = []
    placed.clear()
    while waiting:
        best = effective[waiting[0]]
        ready = next(step for step in waiting if effective[step] == best and predecessors[step] <= placed)
        waiting.remove(ready)
        placed.add(ready)
        order.append(ready)
    return order


def _emphasis(effective: int, thresholds: Thresholds, focused: int) -> Emphasis:
    """The emphasis of a step behind the first, of which so many in focus stand before it."""
    if effective >= thresholds.focus and focused < thresholds.most_focus:
        return "focus"
    return "steady" if effective >= thresholds.steady else "light"
