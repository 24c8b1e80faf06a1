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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final

from engine.assessment.evaluator import Facts
from engine.assessment.rules_engine.encoding import Encoding, FactKey, NumberTest, TestGroup, Tree
from engine.content.pack import Pack
from engine.content.rules import Rule

MOST_LEAVES: Final = 60
"""Conditions of one ruleset, unless one conjunction alone has more."""
MOST_IN_ROW: Final = 180
"""Conditions of one conjunction; a longer one is cut into parts."""
MOST_PRODUCT: Final = 16
"""Conjunctions one condition may multiply to before alternatives become parts."""
RESERVED: Final = ("id", "sid", "s", "m", "$s", "$m")

Row = tuple[NumberTest, ...]
"""A conjunction."""


@dataclass(frozen=True, slots=True)
class Conjunction:
    """One rule of the rules engine. ``fires`` is the rule of the pack, or the part, that it stands for."""

    fires: FactKey
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
    names: Mapping[FactKey, str]
    coders: Mapping[FactKey, Callable[[Facts], int | None]]


def compile_pack(pack: Pack, *, most_leaves: int = MOST_LEAVES, most_product: int = MOST_PRODUCT) -> Program:
    """Compile all rules. The limits are arguments so that tests can make every case small."""
    coding = Encoding(pack)
    strata: list[Stratum] = []
    for rules in pack.strata:
        depth: dict[FactKey, int] = {}
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
        strata.append(Stratum(rules, passes))
    return Program(tuple(strata), _names(strata), coding.coders)


def _depth(row: Row, parts: Mapping[FactKey, int]) -> int:
    """The pass in which a row can be evaluated: after all parts it reads."""
    return max((parts[one.key] + 1 for one in row if one.key in parts), default=0)


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


def _names(strata: Sequence[Stratum]) -> dict[FactKey, str]:
    """Short keys whose 32-bit hashes differ from each other and from the engine's own: it compares hashes only."""
    names: dict[FactKey, str] = {}
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
        self.parts: dict[FactKey, list[Row]] = {}

    def rows(self, tree: Tree) -> list[Row]:
        if _size(tree) <= self.most_product:
            return [self._cut(row) for row in _multiplied(tree)]
        assert isinstance(tree, TestGroup)  # noqa: S101 - a leaf has size 1
        if not tree.every:
            return [row for branch in tree.branches for row in self.rows(branch)]
        row: list[NumberTest] = []
        for branch in tree.branches:
            row.extend((branch,) if isinstance(branch, NumberTest) else (self._part(self.rows(branch)),))
        return [self._cut(tuple(row))]

    def _cut(self, row: Row) -> Row:
        row = tuple(dict.fromkeys(row))
        while len(row) > MOST_IN_ROW:
            row = (self._part([row[:MOST_IN_ROW]]), *row[MOST_IN_ROW:])
        return row

    def _part(self, rows: list[Row]) -> NumberTest:
        name = ("part", self.rule, str(len(self.parts)))
        self.parts[name] = rows
        return NumberTest(name, "==", 1)


def _size(tree: Tree) -> int:
    if isinstance(tree, NumberTest):
        return 1
    sizes = [_size(branch) for branch in tree.branches]
    return prod(sizes) if tree.every else sum(sizes)


def _multiplied(tree: Tree) -> list[Row]:
    if isinstance(tree, NumberTest):
        return [(tree,)]
    inner = [_multiplied(branch) for branch in tree.branches]
    if tree.every:
        return [tuple(one for row in rows for one in row) for rows in product(*inner)]
    return [row for rows in inner for row in rows]


class EncodedFacts:
    """One person's facts as members of the rules engine's fact, each worked out when first needed."""

    def __init__(self, program: Program, facts: Facts, keys: Mapping[str, tuple[str, ...]]) -> None:
        self._program, self._facts, self._keys = program, facts, keys
        self._members: dict[str, str] = {}

    def members(self, names: Iterable[str]) -> str:
        """The known values among these, as JSON members; what is unknown is left out."""
        members = self._members
        for name in names:
            if name not in members:
                key = self._keys[name]
                code = None if key[0] == "part" else self._program.coders[key](self._facts)
                members[name] = "" if code is None else f',"{name}":{code}'
        return "".join([members[name] for name in names])

    def set_part(self, key: tuple[str, ...]) -> None:
        """Note that a part is true."""
        name = self._program.names[key]
        self._members[name] = f',"{name}":1'
