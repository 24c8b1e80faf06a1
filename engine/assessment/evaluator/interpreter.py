"""The interpreter of conditions: three-valued, and able to name the answers behind a result.

Both evaluators read the same numbers (:meth:`engine.content.items.base.Item.comparisons`). This one is independent of
the compiler for the rules engine, so that each can confirm the other.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Protocol

from engine.assessment.scoring import ScaleScores
from engine.content.conditions import SIGNS, AllOf, AnyOf, Condition, Leaf, Not, NumberSign
from engine.content.items.base import Comparison, Quantity
from engine.content.pack import Pack
from engine.content.questionnaire import Scale
from engine.content.values import Answers

Truth = bool | None
"""True, false, or unknown."""


@dataclass(slots=True)
class Facts:
    """The values that conditions read for one person.

    ``asked`` are the items of the form. Nothing is known about other items, not even that they are unanswered, so a
    check-in with few items fires no rule about unanswered items.
    """

    answers: Answers
    asked: Collection[str]
    scales: ScaleScores
    as_of: date
    findings: Collection[str] = frozenset()
    held: Collection[str] = frozenset()
    known: dict[Node, Truth] | None = field(default=None, repr=False, compare=False)
    """Cached results of leaves about items and scales; None while answers may change."""


Test = Callable[[Facts], Truth]


class Node(Protocol):
    """A condition prepared for evaluation."""

    def truth(self, facts: Facts) -> Truth:
        """True, false, or None for unknown."""
        ...

    def support(self, facts: Facts, truth: Truth) -> Iterator[Leaf]:
        """The leaves that determine the result: the true branches of a true ``any``, the false branches of a false
        ``all``.

        ``truth`` is the result of :meth:`truth` for these facts.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _LeafNode:
    leaf: Leaf
    test: Test
    is_lasting: bool
    """False if it reads a finding or a hold, which change from stratum to stratum."""

    def truth(self, facts: Facts) -> Truth:
        known = facts.known
        if known is None or not self.is_lasting:
            return self.test(facts)
        if self not in known:
            known[self] = self.test(facts)
        return known[self]

    def support(self, facts: Facts, truth: Truth) -> Iterator[Leaf]:  # noqa: ARG002 - the leaf itself is the support
        yield self.leaf


@dataclass(frozen=True, slots=True)
class _NotNode:
    inner: Node

    def truth(self, facts: Facts) -> Truth:
        inner = self.inner.truth(facts)
        return None if inner is None else not inner

    def support(self, facts: Facts, truth: Truth) -> Iterator[Leaf]:
        return self.inner.support(facts, None if truth is None else not truth)


@dataclass(frozen=True, slots=True)
class _GroupNode:
    """``all`` is decided by a false branch, ``any`` by a true one."""

    decides: bool
    branches: tuple[Node, ...]

    def truth(self, facts: Facts) -> Truth:
        result: Truth = not self.decides
        for branch in self.branches:
            truth = branch.truth(facts)
            if truth is self.decides:
                return truth
            if truth is None:
                result = None
        return result

    def support(self, facts: Facts, truth: Truth) -> Iterator[Leaf]:
        one_decides = truth is self.decides or truth is None
        for branch in self.branches:
            if not one_decides or branch.truth(facts) is truth:
                yield from branch.support(facts, truth)


_HOLDS: Final[Mapping[NumberSign, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


SharedLeaves = dict[tuple[str, str, str, str], Node]
"""Leaves shared by conditions, so that each is evaluated once for a person."""


def evaluator(condition: Condition, pack: Pack, shared: SharedLeaves | None = None) -> Node:
    """The node of a condition. The pack must be loaded, so that every name in it exists.

    Args:
        shared: the leaves of other conditions of this pack; those of this one are added.
    """
    leaves: SharedLeaves = {} if shared is None else shared
    match condition:
        case Not():
            return _NotNode(evaluator(condition.not_, pack, leaves))
        case AllOf():
            return _GroupNode(False, tuple(evaluator(branch, pack, leaves) for branch in condition.all))
        case AnyOf():
            return _GroupNode(True, tuple(evaluator(branch, pack, leaves) for branch in condition.any))
        case Leaf():
            key = condition.subject, condition.id, condition.operator, repr(condition.operand)
            if key not in leaves:
                is_lasting = condition.subject in {"item", "scale"}
                leaves[key] = _LeafNode(condition, _test(condition, pack), is_lasting)
            return leaves[key]


def _test(leaf: Leaf, pack: Pack) -> Test:
    name = leaf.id
    match leaf.subject:
        case "item" if leaf.operator == "answered":
            return lambda facts: (
                (facts.answers.get(name) not in (None, ())) is leaf.operand if name in facts.asked else None
            )
        case "item":
            compare = _comparer(leaf, pack.items[name].comparisons(leaf.operator, leaf.operands))
            return lambda facts: (
                None
                if name not in facts.asked or (answer := facts.answers.get(name)) is None or answer == ()
                else compare(answer, facts.as_of)
            )
        case "scale" if leaf.operator == "answered":
            return lambda facts: (
                ((facts.scales[name].value is not None) is leaf.operand) if name in facts.scales else None
            )
        case "scale":
            compare = _comparer(leaf, (scale_comparison(pack.scales[name], leaf),))
            return lambda facts: None if (score := facts.scales.get(name)) is None else compare(score, facts.as_of)
        case "finding":
            expected = (leaf.operand is True) == (leaf.operator == "is")
            return lambda facts: (name in facts.findings) is expected
        case "step":
            expected = leaf.operator == "is"
            return lambda facts: (name in facts.held) is expected


def scale_comparison(scale: Scale, leaf: Leaf) -> Comparison:
    """The numbers of a condition about a scale: scores, or positions of bands."""
    if not isinstance(leaf.operands[0], str):
        return Comparison(Quantity(("score",), lambda score, _: score.value), leaf.operands)  # type: ignore[arg-type]
    places = {band.id: place for place, band in enumerate(scale.bands)}
    band_place = Quantity(("band",), lambda score, _: None if score.value is None else places.get(score.band or "", -1))
    return Comparison(band_place, tuple(places[str(operand)] for operand in leaf.operands))


def _comparer(leaf: Leaf, comparisons: tuple[Comparison, ...]) -> Callable[[Any, date], Truth]:
    """A function that tells whether the operator holds for one of the numbers; unknown if the quantity is."""
    holds = _HOLDS[SIGNS[leaf.operator]]
    if len(comparisons) == 1:
        read, numbers = comparisons[0].quantity.read, comparisons[0].numbers
        if len(numbers) == 1:
            number = numbers[0]
            return lambda answer, as_of: None if (value := read(answer, as_of)) is None else holds(value, number)
        return lambda answer, as_of: (
            None if (value := read(answer, as_of)) is None else any(holds(value, number) for number in numbers)
        )
    parts = tuple(_comparer(leaf, (comparison,)) for comparison in comparisons)

    def compare(answer: Any, as_of: date) -> Truth:
        truths = [part(answer, as_of) for part in parts]
        return None if None in truths else True in truths

    return compare
