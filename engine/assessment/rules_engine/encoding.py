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
from datetime import date
from typing import Final, Literal

from engine.assessment.evaluator import Facts
from engine.assessment.scoring import UNKNOWN
from engine.content.conditions import AllOf, AnyOf, Condition, Leaf, Not, leaves
from engine.content.pack import Pack
from engine.content.questionnaire import DateItem, MultipleChoice, SingleChoice, YesNo

NumberOperator = Literal["==", "!=", ">=", "<=", ">", "<"]
FactKey = tuple[str, ...]
_OPPOSITE: Final[Mapping[NumberOperator, NumberOperator]] = {
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
    operator: NumberOperator
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
                if (key := self._ordered_key(leaf)) is not None:
                    self._bounds.setdefault(key, []).extend(self._numbers(leaf))
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
        if (key := self._ordered_key(leaf)) is not None:
            self.coders.setdefault(key, self._rank_coder(key))
            return self._value_tests(leaf, key, self._ranks(leaf, key), negated)
        if leaf.operator == "answered":
            key = (leaf.subject, leaf.id, "answered")
            self.coders.setdefault(key, _answered_coder(leaf.subject, leaf.id))
            return NumberTest(key, "==", int((leaf.operand is True) != negated))
        if leaf.subject == "finding":
            key = ("finding", leaf.id)
            self.coders.setdefault(key, _finding_coder(leaf.id))
            return NumberTest(key, "==", int(((leaf.operand is True) == (leaf.operator == "is")) != negated))
        item = self.pack.items[leaf.id]
        if isinstance(item, YesNo):
            key = ("item", leaf.id, "yes")
            self.coders.setdefault(key, _yes_coder(leaf.id))
            return NumberTest(key, "==", int(((leaf.operand is True) == (leaf.operator == "is")) != negated))
        options = leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
        if isinstance(item, MultipleChoice):
            return _group(negated, [self._chosen(leaf.id, str(option), negated) for option in options])
        assert isinstance(item, SingleChoice)  # noqa: S101 - all other items are ordered
        option_ranks = {option.id: index + 1 for index, option in enumerate(item.options)}
        key = ("item", leaf.id, "option")
        self.coders.setdefault(key, _option_coder(leaf.id, option_ranks))
        return self._value_tests(leaf, key, [option_ranks[str(option)] for option in options], negated)

    def _chosen(self, item: str, option: str, negated: bool) -> NumberTest:
        key = ("item", item, "chosen", option)
        self.coders.setdefault(key, _chosen_coder(item, option))
        return NumberTest(key, "==", int(not negated))

    @staticmethod
    def _value_tests(leaf: Leaf, key: FactKey, numbers: Sequence[int], negated: bool) -> Tree:
        operators: Mapping[str, NumberOperator] = {
            "is": "==",
            "is_not": "!=",
            "one_of": "==",
            "at_least": ">=",
            "at_most": "<=",
        }
        operator = operators[leaf.operator]
        if negated:
            operator = _OPPOSITE[operator]
        return _group(negated, [NumberTest(key, operator, number) for number in numbers])

    def _ordered_key(self, leaf: Leaf) -> FactKey | None:
        """The key of a value that is compared by its place among all bounds of the pack, if it is such a value."""
        if leaf.operator == "answered" or leaf.subject in {"finding", "step"}:
            return None
        if leaf.subject == "scale":
            return ("scale", leaf.id, "band" if _is_text(leaf) else "score")
        item = self.pack.items[leaf.id]
        if isinstance(item, DateItem):
            return ("item", leaf.id, "day" if _is_text(leaf) else "age")
        if isinstance(item, YesNo) or (
            isinstance(item, SingleChoice | MultipleChoice) and leaf.operator not in {"at_least", "at_most"}
        ):
            return None
        return ("item", leaf.id, "number")

    def _numbers(self, leaf: Leaf) -> list[float]:
        operands = leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
        if leaf.subject == "scale" and _is_text(leaf):
            bands = [band.id for band in self.pack.scales[leaf.id].bands]
            return [bands.index(str(band)) for band in operands]
        return [
            date.fromisoformat(operand).toordinal() if isinstance(operand, str) else operand for operand in operands
        ]

    def _ranks(self, leaf: Leaf, key: FactKey) -> list[int]:
        return [rank(number, self._bounds[key]) for number in self._numbers(leaf)]

    def _rank_coder(self, key: FactKey) -> Callable[[Facts], int | None]:
        read, bounds = self._reader(key), self._bounds[key]

        def code(facts: Facts) -> int | None:
            number = read(facts)
            return None if number is None else rank(number, bounds)

        return code

    def _reader(self, key: FactKey) -> Callable[[Facts], float | None]:
        subject, name, quantity = key
        if subject == "scale":
            band_ranks = {band.id: index for index, band in enumerate(self.pack.scales[name].bands)}

            def scored(facts: Facts) -> float | None:
                scale_score = facts.scales.get(name)
                if scale_score is None or scale_score.value is None:
                    return None
                return scale_score.value if quantity == "score" else band_ranks.get(scale_score.band or "", -1)

            return scored
        return _number_reader(self.pack, name, quantity)


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


def _is_text(leaf: Leaf) -> bool:
    return isinstance(leaf.operand[0] if isinstance(leaf.operand, tuple) else leaf.operand, str)


def _number_reader(pack: Pack, name: str, quantity: str) -> Callable[[Facts], float | None]:
    item = pack.items[name]
    match item:
        case DateItem() if quantity == "day":
            return lambda facts: (
                None if (answer := facts.answers.get(name)) is None else date.fromisoformat(str(answer)).toordinal()
            )
        case DateItem():
            return lambda facts: (
                None
                if (answer := facts.answers.get(name)) is None
                else (facts.as_of - date.fromisoformat(str(answer))).days
            )
        case SingleChoice():
            option_values = {option.id: option.value for option in item.options if option.value not in (None, UNKNOWN)}
            return lambda facts: option_values.get(str(facts.answers.get(name)))  # type: ignore[return-value]
        case MultipleChoice():
            countable = {option.id for option in item.options if not option.exclusive}
            return lambda facts: (
                len(countable.intersection(chosen))
                if isinstance(chosen := facts.answers.get(name), tuple) and chosen
                else None
            )
        case _:
            return lambda facts: facts.answers.get(name)  # type: ignore[return-value]


def _answered_coder(subject: str, name: str) -> Callable[[Facts], int | None]:
    if subject == "scale":
        return lambda facts: int(facts.scales[name].value is not None) if name in facts.scales else None
    return lambda facts: int(facts.answers.get(name) not in (None, ())) if name in facts.asked else None


def _finding_coder(name: str) -> Callable[[Facts], int | None]:
    return lambda facts: int(name in facts.findings)


def _yes_coder(name: str) -> Callable[[Facts], int | None]:
    return lambda facts: None if (answer := facts.answers.get(name)) is None else int(bool(answer))


def _option_coder(name: str, option_ranks: Mapping[str, int]) -> Callable[[Facts], int | None]:
    return lambda facts: option_ranks.get(str(facts.answers.get(name)))


def _chosen_coder(name: str, option: str) -> Callable[[Facts], int | None]:
    return lambda facts: (
        int(option in chosen) if isinstance(chosen := facts.answers.get(name), tuple) and chosen else None
    )
