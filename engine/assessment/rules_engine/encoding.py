"""Encodes answers, scores and findings as small integers, and conditions as comparisons of integers.

No text, float, exponent, boolean or typed input reaches the rules engine: options are numbered, yes and no are 1 and
0, and every other value is its rank among the bounds that rules compare it with. Negation is pushed down to the
leaves, where it is exact in three-valued logic: an unknown value is absent from the fact, and every comparison with it
is false.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.assessment.evaluator.numbers import comparisons, expected_flag, flag_key, slot_key
from engine.content.conditions import OPPOSITE, SIGNS, AllOf, AnyOf, Condition, Leaf, Not, NumberSign, leaves
from engine.content.pack import Pack

FactKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberTest:
    """One comparison of an encoded value."""

    key: FactKey
    operator: NumberSign
    number: int


@dataclass(frozen=True, slots=True)
class NumberTestGroup:
    """Branches of which all, or any, must be true. Negation is in the leaves."""

    every: bool
    branches: tuple[Tree, ...]


Tree = NumberTest | NumberTestGroup


class Encoding:
    """The encoding of a pack's answers, scores and findings."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        numbers: dict[FactKey, set[float]] = {}
        for rule in pack.rules:
            for leaf, _ in leaves(rule.when):
                for comparison in comparisons(leaf, pack):
                    numbers.setdefault(slot_key(leaf, comparison), set()).update(comparison.numbers)
        self.bounds: Mapping[FactKey, tuple[float, ...]] = {key: tuple(sorted(numbers[key])) for key in numbers}
        """The numbers that rules compare with each quantity, sorted. Flags have none: they are 0 or 1."""

    def tree(self, condition: Condition, *, negated: bool = False) -> Tree:
        """The condition with negation in its leaves and groups flattened."""
        match condition:
            case Not():
                return self.tree(condition.not_, negated=not negated)
            case AllOf() | AnyOf():
                every = isinstance(condition, AllOf) != negated
                branches = condition.all if isinstance(condition, AllOf) else condition.any
                return _group(every, [self.tree(branch, negated=negated) for branch in branches])
            case Leaf():
                return self._leaf(condition, negated)

    def _leaf(self, leaf: Leaf, negated: bool) -> Tree:
        if leaf.operator == "answered" or leaf.subject == "finding":
            return NumberTest(flag_key(leaf), "==", int(expected_flag(leaf) != negated))
        sign: NumberSign = SIGNS[leaf.operator]
        tests: list[Tree] = []
        for comparison in comparisons(leaf, self.pack):
            key = slot_key(leaf, comparison)
            ranks = [rank(number, self.bounds[key]) for number in comparison.numbers]
            tests += [NumberTest(key, OPPOSITE[sign] if negated else sign, number) for number in ranks]
        return _group(negated, tests)


def rank(number: float, bounds: Sequence[float]) -> int:
    """The rank of a number among sorted bounds: odd on a bound, even between two. It preserves order exactly."""
    return bisect_left(bounds, number) + bisect_right(bounds, number)


def _group(every: bool, branches: Sequence[Tree]) -> Tree:
    """A group without nested groups of the same kind."""
    flat: list[Tree] = []
    for branch in branches:
        flat.extend(branch.branches if isinstance(branch, NumberTestGroup) and branch.every == every else (branch,))
    return flat[0] if len(flat) == 1 else NumberTestGroup(every, tuple(flat))
