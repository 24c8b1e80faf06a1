"""Answers, scores and findings as small whole numbers, and conditions as comparisons of such numbers.

No text, no float, no exponent, no boolean and nothing typed by a person ever reaches the rules engine: options are
numbered, yes and no are 1 and 0, and every other value is its place among the bounds that rules compare it with.
Negation is pushed down to the leaves, where it is exact in three-valued logic: a comparison of an unknown value, which
is absent from the fact, is false whatever its sign.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.assessment.evaluator import Facts, scale_comparison
from engine.content.conditions import SIGNS, AllOf, AnyOf, Condition, Leaf, Not, NumberSign, leaves
from engine.content.items.base import Comparison, Quantity
from engine.content.pack import Pack

FactKey = tuple[str, ...]
_OPPOSITE: Final[Mapping[NumberSign, NumberSign]] = {
    "==": "!=",
    "!=": "==",
    ">=": "<",
    "<=": ">",
    ">": "<=",
    "<": ">=",
}


@dataclass(frozen=True, slots=True)
class NumberTest:
    """One comparison of one coded value."""

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
    """How the pack's answers, scores and findings become whole numbers."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.coders: dict[FactKey, Callable[[Facts], int | None]] = {}
        self._bounds: dict[FactKey, list[float]] = {}
        for rule in pack.rules:
            for leaf, _ in leaves(rule.when):
                for comparison in self._comparisons(leaf):
                    self._bounds.setdefault(_key(leaf, comparison), []).extend(comparison.numbers)
        self._bounds = {key: sorted(set(numbers)) for key, numbers in self._bounds.items()}

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
            flag = "answered" if leaf.operator == "answered" else "recorded"
            key: FactKey = (leaf.subject, leaf.id, flag)
            self.coders.setdefault(key, _FLAG_CODERS[leaf.subject, flag](leaf.id))
            expected = (leaf.operand is True) != (leaf.operator == "is_not")
            return NumberTest(key, "==", int(expected != negated))
        sign: NumberSign = SIGNS[leaf.operator]
        tests: list[Tree] = []
        for comparison in self._comparisons(leaf):
            key = _key(leaf, comparison)
            bounds = self._bounds[key]
            self.coders.setdefault(key, _rank_coder(leaf, comparison.quantity, bounds))
            ranks = [rank(number, bounds) for number in comparison.numbers]
            tests += [NumberTest(key, _OPPOSITE[sign] if negated else sign, number) for number in ranks]
        return _group(negated, tests)

    def _comparisons(self, leaf: Leaf) -> tuple[Comparison, ...]:
        """What a leaf compares, if it compares numbers."""
        if leaf.operator == "answered" or leaf.subject not in {"item", "scale"}:
            return ()
        if leaf.subject == "scale":
            return (scale_comparison(self.pack.scales[leaf.id], leaf),)
        return self.pack.items[leaf.id].comparisons(leaf.operator, leaf.operands)


def _key(leaf: Leaf, comparison: Comparison) -> FactKey:
    return (leaf.subject, leaf.id, *comparison.quantity.key)


def rank(number: float, bounds: Sequence[float]) -> int:
    """The place of a number among sorted bounds: odd on a bound, even between two. Order is kept exactly."""
    index = bisect_left(bounds, number)
    return 2 * index + (index < len(bounds) and bounds[index] == number)


def _group(every: bool, branches: Sequence[Tree]) -> Tree:
    """A group without needless nesting."""
    flat: list[Tree] = []
    for branch in branches:
        flat.extend(branch.branches if isinstance(branch, NumberTestGroup) and branch.every == every else (branch,))
    return flat[0] if len(flat) == 1 else NumberTestGroup(every, tuple(flat))


def _rank_coder(leaf: Leaf, quantity: Quantity, bounds: Sequence[float]) -> Callable[[Facts], int | None]:
    name, read, of_item = leaf.id, quantity.read, leaf.subject == "item"

    def code(facts: Facts) -> int | None:
        source = facts.answers.get(name) if of_item else facts.scales.get(name)
        number = None if source is None or source == () else read(source, facts.as_of)
        return None if number is None else rank(number, bounds)

    return code


def _item_answered(name: str) -> Callable[[Facts], int | None]:
    return lambda facts: int(facts.answers.get(name) not in (None, ())) if name in facts.asked else None


def _scale_answered(name: str) -> Callable[[Facts], int | None]:
    return lambda facts: int(facts.scales[name].value is not None) if name in facts.scales else None


def _finding_recorded(name: str) -> Callable[[Facts], int | None]:
    return lambda facts: int(name in facts.findings)


_FLAG_CODERS: Final[Mapping[FactKey, Callable[[str], Callable[[Facts], int | None]]]] = {
    ("item", "answered"): _item_answered,
    ("scale", "answered"): _scale_answered,
    ("finding", "recorded"): _finding_recorded,
}
