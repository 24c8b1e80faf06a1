"""The plain evaluator: conditions as Python, three-valued, able to say which answers made them so.

It is written without a look at how conditions are compiled for the rules engine, so that each can confirm the other.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol

from engine.assessment.scoring import UNKNOWN, Answers, ScaleScores
from engine.content.conditions import AllOf, AnyOf, Condition, Leaf, Not
from engine.content.pack import Pack
from engine.content.questionnaire import DateItem, Item, MultipleChoice, Scale, SingleChoice

Truth = bool | None
"""True, false, or unknown."""


@dataclass(slots=True)
class Facts:
    """What conditions may ask about one person.

    ``asked`` are the items of the form: of any other item nothing is known, not even that it is unanswered. So a
    check-in, which asks few items, does not fire a rule about items left open.
    """

    answers: Answers
    asked: Collection[str]
    scales: ScaleScores
    as_of: date
    findings: Collection[str] = frozenset()
    held: Collection[str] = frozenset()


Test = Callable[[Facts], Truth]


class Node(Protocol):
    """A condition ready to be evaluated."""

    def truth(self, facts: Facts) -> Truth:
        """True, false, or None for unknown."""
        ...

    def support(self, facts: Facts, truth: Truth) -> Iterator[Leaf]:
        """The leaves that made it so: of a true ``any`` its true branches, of a false ``all`` its false ones.

        ``truth`` is what :meth:`truth` says of these facts.
        """
        ...


@dataclass(frozen=True, slots=True)
class _LeafNode:
    leaf: Leaf
    test: Test

    def truth(self, facts: Facts) -> Truth:
        return self.test(facts)

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
    """``all`` if one false branch decides, ``any`` if one true branch does."""

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


def evaluator(condition: Condition, pack: Pack) -> Node:
    """The condition as a node. The pack must have loaded: everything the condition names exists."""
    match condition:
        case Not():
            return _NotNode(evaluator(condition.not_, pack))
        case AllOf():
            return _GroupNode(False, tuple(evaluator(branch, pack) for branch in condition.all))
        case AnyOf():
            return _GroupNode(True, tuple(evaluator(branch, pack) for branch in condition.any))
        case Leaf():
            return _LeafNode(condition, _test(condition, pack))


def _test(leaf: Leaf, pack: Pack) -> Test:
    match leaf.subject:
        case "item":
            return _item_test(leaf, pack.items[leaf.id])
        case "scale":
            return _scale_test(leaf, pack.scales[leaf.id])
        case "finding":
            expected = (leaf.operand is True) == (leaf.operator == "is")
            return lambda facts: (leaf.id in facts.findings) is expected
        case "step":
            expected = leaf.operator == "is"
            return lambda facts: (leaf.id in facts.held) is expected


def _item_test(leaf: Leaf, item: Item) -> Test:
    name, operand = leaf.id, leaf.operand
    if leaf.operator == "answered":
        return lambda facts: (_is_known(facts.answers.get(name)) is operand) if name in facts.asked else None
    read_value = _reader(leaf, item)
    compare = (
        _membership_predicate(leaf)
        if isinstance(item, MultipleChoice) and leaf.operator in {"includes", "one_of"}
        else _value_predicate(leaf.operator, operand)
    )

    def test(facts: Facts) -> Truth:
        answer = facts.answers.get(name)
        if answer is None or answer == () or name not in facts.asked:
            return None
        value = read_value(answer, facts)
        return None if value is None else compare(value)

    return test


def _is_known(answer: object) -> bool:
    return answer is not None and answer != ()


ValueReader = Callable[[object, Facts], object]


def _reader(leaf: Leaf, item: Item) -> ValueReader:
    """What of the answer the operator compares; None is unknown."""
    ordered = leaf.operator in {"at_least", "at_most"}
    if isinstance(item, SingleChoice) and ordered:
        values = {option.id: None if option.value in (None, UNKNOWN) else option.value for option in item.options}
        return lambda answer, _: values[str(answer)]
    if isinstance(item, MultipleChoice) and ordered:
        exclusive = {option.id for option in item.options if option.exclusive}
        return lambda answer, _: sum(1 for option in _as_tuple(answer) if option not in exclusive)
    if isinstance(item, DateItem) and not isinstance(_first_operand(leaf.operand), str):
        return lambda answer, facts: (facts.as_of - date.fromisoformat(str(answer))).days
    return lambda answer, _: answer


def _as_tuple(value: object) -> Sequence[object]:
    return value if isinstance(value, tuple) else (value,)


def _first_operand(operand: object) -> object:
    return operand[0] if isinstance(operand, tuple) else operand


def _membership_predicate(leaf: Leaf) -> Callable[[object], bool]:
    options = set(_as_tuple(leaf.operand))
    return lambda chosen: not options.isdisjoint(_as_tuple(chosen))


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "one_of": lambda value, options: value in options,
    "at_least": operator.ge,
    "at_most": operator.le,
}


def _value_predicate(leaf_operator: str, operand: object) -> Callable[[object], bool]:
    compare = _COMPARISONS[leaf_operator]
    return lambda value: compare(value, operand)


def _scale_test(leaf: Leaf, scale: Scale) -> Test:
    name, operand = leaf.id, leaf.operand
    if leaf.operator == "answered":
        return lambda facts: ((facts.scales[name].value is not None) is operand) if name in facts.scales else None
    band_ranks = {band.id: index for index, band in enumerate(scale.bands)}
    by_band = isinstance(_first_operand(operand), str)
    if by_band:
        ranks = tuple(band_ranks[str(band)] for band in _as_tuple(operand))
        compare = _value_predicate(leaf.operator, ranks if isinstance(operand, tuple) else ranks[0])
    else:
        compare = _value_predicate(leaf.operator, operand)

    def test(facts: Facts) -> Truth:
        scale_score = facts.scales.get(name)
        if scale_score is None or scale_score.value is None:
            return None
        return compare(band_ranks.get(scale_score.band or "", -1) if by_band else scale_score.value)

    return test
