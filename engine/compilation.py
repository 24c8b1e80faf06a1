"""Conditions as the rules engine takes them: small conjunctions over one fact of whole numbers, in bounded shards.

The engine (durable_rules 2.0.28) has limits that hang or give wrong results when they are passed; see
``docs/decisions/001-compiling-to-durable-rules.md``. So that no content can reach them:

* every answer, score and finding is coded as a small whole number under a short key of our own: no text, no float, no
  exponent, no boolean and nothing typed by a person ever reaches the engine;
* negation is pushed down to the leaves, where it is exact in three-valued logic;
* a condition becomes one conjunction, or several that fire for the same rule; what would multiply to too many is
  computed first as a *part*, a flag that later conjunctions read;
* conjunctions are packed into rulesets of at most ``MOST_LEAVES`` conditions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter
from itertools import product
from math import prod
from typing import Final, Literal

from engine.conditions import All, Any_, Condition, Leaf, Not, leaves
from engine.evaluation import Facts
from engine.pack import Pack
from engine.questionnaire import Day, Multiple, Single, YesNo
from engine.ruleset import FindingEffect, Rule
from engine.scoring import UNKNOWN

MOST_LEAVES: Final = 60
"""Conditions of one ruleset, unless one conjunction alone has more."""
MOST_IN_ROW: Final = 180
"""Conditions of one conjunction; a longer one is cut into parts."""
MOST_PRODUCT: Final = 16
"""Conjunctions one condition may multiply to before alternatives become parts."""
RESERVED: Final = ("id", "sid", "s", "m", "$s", "$m")

Sign = Literal["==", "!=", ">=", "<=", ">", "<"]
Key = tuple[str, ...]
_OPPOSITE: Final[Mapping[Sign, Sign]] = {"==": "!=", "!=": "==", ">=": "<", "<=": ">", ">": "<=", "<": ">="}


@dataclass(frozen=True, slots=True)
class Literal_:
    """One comparison of one coded value."""

    key: Key
    sign: Sign
    number: int


@dataclass(frozen=True, slots=True)
class Group:
    """Branches of which all, or any, must be true. Negation is in the leaves."""

    every: bool
    branches: tuple[Tree, ...]


Tree = Literal_ | Group
Row = tuple[Literal_, ...]
"""A conjunction."""


@dataclass(frozen=True, slots=True)
class Conjunction:
    """One rule of the rules engine. ``fires`` is the rule of the pack, or the part, that it stands for."""

    fires: Key
    row: Row


Shard = tuple[Conjunction, ...]


@dataclass(frozen=True)
class Stratum:
    """Rules that do not depend on each other, and the passes of shards that evaluate them."""

    rules: tuple[Rule, ...]
    passes: tuple[tuple[Shard, ...], ...]


@dataclass(frozen=True)
class Program:
    """A pack's rules, compiled. ``names`` gives each coded value its short key, ``coders`` its number for a person."""

    strata: tuple[Stratum, ...]
    names: Mapping[Key, str]
    coders: Mapping[Key, Callable[[Facts], int | None]]


def compile_pack(pack: Pack, *, most_leaves: int = MOST_LEAVES, most_product: int = MOST_PRODUCT) -> Program:
    """Compile all rules. The limits are arguments so that tests can make every case small."""
    coding = Coding(pack)
    strata: list[Stratum] = []
    for rules in stratify(pack.rules):
        depth: dict[Key, int] = {}
        levels: dict[int, list[Conjunction]] = {}
        for rule in rules:
            splitter = _Splitter(rule.id, most_product)
            rows = splitter.rows(coding.tree(rule.when))
            for name, inner in splitter.parts.items():  # in the order of their making: inner ones first
                depth[name] = max(_depth(row, depth) for row in inner)
                levels.setdefault(depth[name], []).extend(Conjunction(name, row) for row in inner)
            for row in rows:
                levels.setdefault(_depth(row, depth), []).append(Conjunction(("rule", rule.id), row))
        passes = tuple(
            tuple(_shards(levels.get(level, []), most_leaves)) for level in range(max(levels, default=-1) + 1)
        )
        strata.append(Stratum(tuple(rules), passes))
    return Program(tuple(strata), _names(strata), coding.coders)


def _depth(row: Row, parts: Mapping[Key, int]) -> int:
    """The pass in which a row can be evaluated: after all parts it reads."""
    return max((parts[one.key] + 1 for one in row if one.key in parts), default=0)


def stratify(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Gates first; then each rule after all rules that record a finding it reads. The pack has no circles."""
    recorded: dict[str, list[Rule]] = {}
    for rule in rules:
        for effect in rule.then:
            if isinstance(effect, FindingEffect):
                recorded.setdefault(effect.finding, []).append(rule)
    by_id = {rule.id: rule for rule in rules}
    needs = {
        rule.id: {
            other.id
            for leaf, _ in leaves(rule.when)
            if leaf.subject == "finding"
            for other in recorded.get(leaf.id, ())
        }
        for rule in rules
    }
    level: dict[str, int] = {}
    for name in TopologicalSorter(needs).static_order():
        level[name] = 0 if by_id[name].gate else 1 + max((level[other] for other in needs[name]), default=0)
    strata: list[list[Rule]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for rule in rules:
        strata[level[rule.id]].append(rule)
    return strata


def _shards(conjunctions: Sequence[Conjunction], most: int) -> Iterator[Shard]:
    shard: list[Conjunction] = []
    leaves_in = 0
    for one in conjunctions:
        if shard and leaves_in + len(one.row) > most:
            yield tuple(shard)
            shard, leaves_in = [], 0
        shard.append(one)
        leaves_in += len(one.row)
    if shard:
        yield tuple(shard)


def _names(strata: Sequence[Stratum]) -> dict[Key, str]:
    """Short keys whose 32-bit hashes differ from each other and from the engine's own: it compares hashes only."""
    names: dict[Key, str] = {}
    taken = {fnv1a(word) for word in RESERVED}
    number = 0
    for stratum in strata:
        for conjunction in (one for shards in stratum.passes for shard in shards for one in shard):
            for key in [one.key for one in conjunction.row] + [conjunction.fires]:
                while key not in names:
                    name = f"k{number}"
                    number += 1
                    if fnv1a(name) not in taken:
                        taken.add(fnv1a(name))
                        names[key] = name
    return names


def fnv1a(text: str) -> int:
    """The 32-bit FNV-1a hash, by which durable_rules tells keys apart (Fowler, Noll, Vo 1991)."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


class _Splitter:
    """Splits one condition into rows, making parts where alternatives would multiply."""

    def __init__(self, rule: str, most_product: int) -> None:
        self.rule, self.most_product = rule, most_product
        self.parts: dict[Key, list[Row]] = {}

    def rows(self, tree: Tree) -> list[Row]:
        if _size(tree) <= self.most_product:
            return [self._cut(row) for row in _multiplied(tree)]
        assert isinstance(tree, Group)  # noqa: S101 - a leaf has size 1
        if not tree.every:
            return [row for branch in tree.branches for row in self.rows(branch)]
        row: list[Literal_] = []
        for branch in tree.branches:
            row.extend((branch,) if isinstance(branch, Literal_) else (self._part(self.rows(branch)),))
        return [self._cut(tuple(row))]

    def _cut(self, row: Row) -> Row:
        row = tuple(dict.fromkeys(row))
        while len(row) > MOST_IN_ROW:
            row = (self._part([row[:MOST_IN_ROW]]), *row[MOST_IN_ROW:])
        return row

    def _part(self, rows: list[Row]) -> Literal_:
        name = ("part", self.rule, str(len(self.parts)))
        self.parts[name] = rows
        return Literal_(name, "==", 1)


def _size(tree: Tree) -> int:
    if isinstance(tree, Literal_):
        return 1
    sizes = [_size(branch) for branch in tree.branches]
    return prod(sizes) if tree.every else sum(sizes)


def _multiplied(tree: Tree) -> list[Row]:
    if isinstance(tree, Literal_):
        return [(tree,)]
    inner = [_multiplied(branch) for branch in tree.branches]
    if tree.every:
        return [tuple(one for row in rows for one in row) for rows in product(*inner)]
    return [row for rows in inner for row in rows]


class Coding:
    """How the pack's answers, scores and findings become whole numbers."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.coders: dict[Key, Callable[[Facts], int | None]] = {}
        self._bounds: dict[Key, list[float]] = {}
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
            case All() | Any_():
                every = isinstance(condition, All) != negated
                branches = condition.all if isinstance(condition, All) else condition.any
                return _group(every, [self.tree(branch, negated=negated) for branch in branches])
            case Leaf():
                return self._leaf(condition, negated)

    def _leaf(self, leaf: Leaf, negated: bool) -> Tree:
        if (key := self._ordered_key(leaf)) is not None:
            self.coders.setdefault(key, self._rank_coder(key))
            return self._compared(leaf, key, self._ranks(leaf, key), negated)
        if leaf.operator == "answered":
            key = (leaf.subject, leaf.id, "answered")
            self.coders.setdefault(key, _answered_coder(leaf.subject, leaf.id))
            return Literal_(key, "==", int((leaf.operand is True) != negated))
        if leaf.subject == "finding":
            key = ("finding", leaf.id)
            self.coders.setdefault(key, _finding_coder(leaf.id))
            return Literal_(key, "==", int(((leaf.operand is True) == (leaf.operator == "is")) != negated))
        item = self.pack.items[leaf.id]
        if isinstance(item, YesNo):
            key = ("item", leaf.id, "yes")
            self.coders.setdefault(key, _yes_coder(leaf.id))
            return Literal_(key, "==", int(((leaf.operand is True) == (leaf.operator == "is")) != negated))
        options = leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
        if isinstance(item, Multiple):
            return _group(negated, [self._chosen(leaf.id, str(option), negated) for option in options])
        assert isinstance(item, Single)  # noqa: S101 - all other items are ordered
        places = {option.id: index + 1 for index, option in enumerate(item.options)}
        key = ("item", leaf.id, "option")
        self.coders.setdefault(key, _option_coder(leaf.id, places))
        return self._compared(leaf, key, [places[str(option)] for option in options], negated)

    def _chosen(self, item: str, option: str, negated: bool) -> Literal_:
        key = ("item", item, "chosen", option)
        self.coders.setdefault(key, _chosen_coder(item, option))
        return Literal_(key, "==", int(not negated))

    @staticmethod
    def _compared(leaf: Leaf, key: Key, numbers: Sequence[int], negated: bool) -> Tree:
        signs: Mapping[str, Sign] = {"is": "==", "is_not": "!=", "one_of": "==", "at_least": ">=", "at_most": "<="}
        sign = signs[leaf.operator]
        if negated:
            sign = _OPPOSITE[sign]
        return _group(negated, [Literal_(key, sign, number) for number in numbers])

    def _ordered_key(self, leaf: Leaf) -> Key | None:
        """The key of a value that is compared by its place among all bounds of the pack, if it is such a value."""
        if leaf.operator == "answered" or leaf.subject in {"finding", "step"}:
            return None
        if leaf.subject == "scale":
            return ("scale", leaf.id, "band" if _is_text(leaf) else "score")
        item = self.pack.items[leaf.id]
        if isinstance(item, Day):
            return ("item", leaf.id, "day" if _is_text(leaf) else "age")
        if isinstance(item, YesNo) or (
            isinstance(item, Single | Multiple) and leaf.operator not in {"at_least", "at_most"}
        ):
            return None
        return ("item", leaf.id, "number")

    def _numbers(self, leaf: Leaf) -> list[float]:
        operands = leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
        if leaf.subject == "scale" and _is_text(leaf):
            bands = [band.id for band in self.pack.scales[leaf.id].bands]
            return [bands.index(str(one)) for one in operands]
        return [date.fromisoformat(one).toordinal() if isinstance(one, str) else one for one in operands]

    def _ranks(self, leaf: Leaf, key: Key) -> list[int]:
        return [rank(number, self._bounds[key]) for number in self._numbers(leaf)]

    def _rank_coder(self, key: Key) -> Callable[[Facts], int | None]:
        read, bounds = self._reader(key), self._bounds[key]

        def code(facts: Facts) -> int | None:
            number = read(facts)
            return None if number is None else rank(number, bounds)

        return code

    def _reader(self, key: Key) -> Callable[[Facts], float | None]:
        subject, name, what = key
        if subject == "scale":
            places = {band.id: index for index, band in enumerate(self.pack.scales[name].bands)}

            def scored(facts: Facts) -> float | None:
                found = facts.scales.get(name)
                if found is None or found.value is None:
                    return None
                return found.value if what == "score" else places.get(found.band or "", -1)

            return scored
        return _number_reader(self.pack, name, what)


def rank(number: float, bounds: Sequence[float]) -> int:
    """The place of a number among sorted bounds: odd on a bound, even between two. Order is kept exactly."""
    place = bisect_left(bounds, number)
    return 2 * place + (place < len(bounds) and bounds[place] == number)


def _group(every: bool, branches: Sequence[Tree]) -> Tree:
    """A group without needless nesting."""
    flat: list[Tree] = []
    for branch in branches:
        flat.extend(branch.branches if isinstance(branch, Group) and branch.every == every else (branch,))
    return flat[0] if len(flat) == 1 else Group(every, tuple(flat))


def _is_text(leaf: Leaf) -> bool:
    return isinstance(leaf.operand[0] if isinstance(leaf.operand, tuple) else leaf.operand, str)


def _number_reader(pack: Pack, name: str, what: str) -> Callable[[Facts], float | None]:
    item = pack.items[name]
    match item:
        case Day() if what == "day":
            return lambda facts: (
                None if (day := facts.answers.get(name)) is None else date.fromisoformat(str(day)).toordinal()
            )
        case Day():
            return lambda facts: (
                None if (day := facts.answers.get(name)) is None else (facts.as_of - date.fromisoformat(str(day))).days
            )
        case Single():
            worth = {option.id: option.value for option in item.options if option.value not in (None, UNKNOWN)}
            return lambda facts: worth.get(str(facts.answers.get(name)))  # type: ignore[return-value]
        case Multiple():
            counted = {option.id for option in item.options if not option.exclusive}
            return lambda facts: (
                len(counted.intersection(chosen))
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


def _option_coder(name: str, places: Mapping[str, int]) -> Callable[[Facts], int | None]:
    return lambda facts: places.get(str(facts.answers.get(name)))


def _chosen_coder(name: str, option: str) -> Callable[[Facts], int | None]:
    return lambda facts: (
        int(option in chosen) if isinstance(chosen := facts.answers.get(name), tuple) and chosen else None
    )
