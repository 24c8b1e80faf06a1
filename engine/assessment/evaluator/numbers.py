"""The numbers that the conditions of a pack compare, read once for each person.

Each quantity of an item, score, flag and finding has a slot in a list. An unknown number is ``nan``: all comparisons
with it are false except ``!=``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from math import nan
from typing import Any, Final

from engine.assessment.evaluator.interpreter import Facts, scale_comparison
from engine.content.conditions import Leaf, leaves
from engine.content.items.base import Comparison
from engine.content.pack import Pack
from engine.content.values import Number

SlotKey = tuple[str, ...]
"""The content of a slot: the subject, its id, and the quantity, ``answered`` or ``recorded``."""
Values = list[Number]
"""One person's numbers, by slot."""
Read = Callable[[Any, date], Number | None]


def comparisons(leaf: Leaf, pack: Pack) -> tuple[Comparison, ...]:
    """The comparisons of a leaf; none if it reads a flag."""
    if leaf.operator == "answered" or leaf.subject not in {"item", "scale"}:
        return ()
    if leaf.subject == "scale":
        return (scale_comparison(pack.scales[leaf.id], leaf),)
    return pack.items[leaf.id].comparisons(leaf.operator, leaf.operands)


def slot_key(leaf: Leaf, comparison: Comparison) -> SlotKey:
    """The slot of a number in a comparison."""
    return (leaf.subject, leaf.id, *comparison.quantity.key)


def flag_key(leaf: Leaf) -> SlotKey:
    """The slot of the flag that a leaf reads."""
    return (leaf.subject, leaf.id, "answered" if leaf.operator == "answered" else "recorded")


def expected_flag(leaf: Leaf) -> bool:
    """The value of the flag for which the leaf is true."""
    return (leaf.operand is True) != (leaf.operator == "is_not")


@dataclass
class _Source:
    """The slots that are read from one answer or one score."""

    answered: int | None = None
    quantities: dict[int, Read] = field(default_factory=dict)


class Slots:
    """The slots of a pack: the position of each number in a list of values, and how it is read."""

    def __init__(self, pack: Pack) -> None:
        self.places: Final[dict[SlotKey, int]] = {}
        """The position of each slot."""
        self._sources: Final[dict[str, dict[str, _Source]]] = {"item": {}, "scale": {}}
        for rule in pack.rules:
            for leaf, _ in leaves(rule.when):
                self._add(leaf, comparisons(leaf, pack))
        self.findings: Final[Mapping[str, int]] = {
            key[1]: place for key, place in self.places.items() if key[0] == "finding"
        }
        """The positions of findings, which are 1 once recorded."""
        self._items: Final = _read_from(self._sources["item"])
        self._scales: Final = _read_from(self._sources["scale"])

    def _add(self, leaf: Leaf, compared: Iterable[Comparison]) -> None:
        for comparison in compared:
            place = self._place(slot_key(leaf, comparison))
            source = self._sources[leaf.subject].setdefault(leaf.id, _Source())
            source.quantities[place] = comparison.quantity.read
        if not compared:
            place = self._place(flag_key(leaf))
            if leaf.operator == "answered":
                self._sources[leaf.subject].setdefault(leaf.id, _Source()).answered = place

    def _place(self, key: SlotKey) -> int:
        return self.places.setdefault(key, len(self.places))

    def read(self, facts: Facts) -> Values:
        """One person's numbers, with the findings recorded in ``facts``."""
        values: Values = [nan] * len(self.places)
        self._read(values, facts, self._items, self._scales)
        for place in self.findings.values():
            values[place] = 0
        self.record(values, facts.findings)
        return values

    def read_again(self, values: Values, facts: Facts, items: Iterable[str], scales: Iterable[str]) -> None:
        """Read the numbers of some items and scales again."""
        read_items = [name for name in items if name in self._items]
        read_scales = [name for name in scales if name in self._scales]
        sources = [*(self._items[name] for name in read_items), *(self._scales[name] for name in read_scales)]
        for _, quantities in sources:
            for place, _ in quantities:
                values[place] = nan
        self._read(values, facts, read_items, read_scales)

    def _read(self, values: Values, facts: Facts, items: Iterable[str], scales: Iterable[str]) -> None:
        answers, asked, scores, as_of = facts.answers, facts.asked, facts.scales, facts.as_of
        for name in items:
            if name not in asked:
                continue
            answered, quantities = self._items[name]
            answer = answers.get(name)
            is_answered = answer is not None and answer != ()
            if answered is not None:
                values[answered] = int(is_answered)
            if is_answered:
                _read_quantities(values, quantities, answer, as_of)
        for name in scales:
            scale_score = scores.get(name)
            if scale_score is None:
                continue
            answered, quantities = self._scales[name]
            if answered is not None:
                values[answered] = int(scale_score.value is not None)
            _read_quantities(values, quantities, scale_score, as_of)

    def record(self, values: Values, findings: Collection[str]) -> None:
        """Record findings; those that no condition reads are ignored."""
        places = self.findings
        for finding in findings:
            if finding in places:
                values[places[finding]] = 1


@lru_cache(maxsize=32)
def slots_of(pack: Pack) -> Slots:
    """The slots of a pack, cached."""
    return Slots(pack)


def _read_quantities(values: Values, quantities: tuple[tuple[int, Read], ...], source: Any, as_of: date) -> None:
    for place, read in quantities:
        number = read(source, as_of)
        if number is not None:
            values[place] = number


def _read_from(sources: Mapping[str, _Source]) -> Mapping[str, tuple[int | None, tuple[tuple[int, Read], ...]]]:
    """By item or scale: the position of its ``answered`` flag, and those of its quantities."""
    return {name: (source.answered, tuple(source.quantities.items())) for name, source in sources.items()}
