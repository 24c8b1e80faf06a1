"""Order and emphasis of steps, computed from weights, caps, holds and constraints.

Held steps come last, in content order. Free steps are sorted by *effective weight*: a step counts at least as much as
the steps that wait for it. A priority queue over the constraints would place heavy steps too late.
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
    """The position of one step, with the arithmetic behind it."""

    step: str
    emphasis: Emphasis
    bounded: int
    """Its own weight, limited by its cap."""
    effective: int
    """The highest bounded weight of itself and of the free steps that wait for it."""
    cap: CappedAt | None
    """The strictest of its own cap and the caps of the free steps it waits for."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """Everything that determines the order of steps except their weights."""

    free: tuple[str, ...]
    """In content order, like the next field."""
    held: tuple[tuple[str, CappedAt | None], ...]
    """The steps with their own caps."""
    predecessors: Mapping[str, frozenset[str]]
    """For each free step, all free steps that must precede it, directly or indirectly."""
    successors: Mapping[str, tuple[str, ...]]
    caps: Mapping[str, CappedAt | None]
    """For each free step, the cap in force, its own or inherited."""
    highest: Mapping[str, int]
    """The highest weight that a cap allows, for steps with a cap. A cap at *focus* limits no weight; such a step is
    never *start here*."""


def constraints(
    steps: Sequence[str],
    caps: Mapping[str, CappedAt],
    held: Collection[str],
    before: Iterable[Pair],
    thresholds: Thresholds,
) -> Constraints:
    """The constraints on the order of all steps.

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
    """Order all steps by weight, and determine the emphasis of each."""
    free, predecessors, caps = binding.free, binding.predecessors, binding.caps
    bounded = {step: min(weights[step], binding.highest.get(step, weights[step])) for step in free}
    effective = {step: max([bounded[step], *[bounded[other] for other in binding.successors[step]]]) for step in free}
    order = _sorted_steps(free, effective, predecessors)
    if order and caps[order[0]] is not None:
        uncapped = [step for step in order if caps[step] is None]
        if uncapped:  # it waits for nothing: any step it waited for would be uncapped, and earlier
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
    """For each free step, all free steps that must precede it, directly or indirectly."""
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
    """The strictest of some caps; None means no cap."""
    present = {cap for cap in caps if cap is not None}
    return next((cap for cap in _CAPS if cap in present), None)


def _sorted_steps(
    free: Sequence[str], effective: Mapping[str, int], predecessors: Mapping[str, frozenset[str]]
) -> list[str]:
    """Sorted by effective weight, descending; ties by constraints, then by content order."""
    # The sort is stable, so content order is kept; a step never counts more than the steps it waits for.
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
    """The emphasis of a step after the first, given the number of steps in focus before it."""
    if effective >= thresholds.focus and focused < thresholds.most_focus:
        return "focus"
    return "steady" if effective >= thresholds.steady else "light"
