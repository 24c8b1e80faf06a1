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
from engine.assessment.rules_engine.encoding import Encoding, FactKey, NumberTest, NumberTestGroup, Tree
from engine.content.pack import Pack
from engine.content.rules import Rule

MOST_LEAVES: Final = 60
"""Conditions of one ruleset, unless one conjunction alone has more."""
MOST_IN_CONJUNCTION: Final = 180
"""Conditions of one conjunction; a longer one is cut into parts."""
MOST_PRODUCT: Final = 16
"""Conjunctions one condition may multiply to before alternatives become parts."""
RESERVED: Final = ("id", "sid", "s", "m", "$s", "$m")

NumberTests = tuple[NumberTest, ...]
"""The tests of a conjunction."""


@dataclass(frozen=True, slots=True)
class Conjunction:
    """One rule of the rules engine. ``fires`` is the rule of the pack, or the part, that it stands for."""

    fires: FactKey
    tests: NumberTests


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
    encoding = Encoding(pack)
    strata: list[Stratum] = []
    for rules in pack.strata:
        depth: dict[FactKey, int] = {}
        levels: dict[int, list[Conjunction]] = {}
        for rule in rules:
            splitter = _Splitter(rule.id, most_product)
            alternatives = splitter.alternatives(encoding.tree(rule.when))
            for part, part_alternatives in splitter.parts.items():  # in the order of their making: inner ones first
                depth[part] = max(_depth(tests, depth) for tests in part_alternatives)
                levels.setdefault(depth[part], []).extend(Conjunction(part, tests) for tests in part_alternatives)
            for tests in alternatives:
                levels.setdefault(_depth(tests, depth), []).append(Conjunction(("rule", rule.id), tests))
        passes = tuple(
            tuple(_shards(levels.get(level, []), most_leaves)) for level in range(max(levels, default=-1) + 1)
        )
        strata.append(Stratum(rules, passes))
    return Program(tuple(strata), _names(strata), encoding.coders)


def _depth(tests: NumberTests, parts: Mapping[FactKey, int]) -> int:
    """The pass in which a conjunction can be evaluated: after all parts it reads."""
    return max((parts[test.key] + 1 for test in tests if test.key in parts), default=0)


def _shards(conjunctions: Sequence[Conjunction], most_leaves: int) -> Iterator[Shard]:
    shard: list[Conjunction] = []
    leaf_count = 0
    for conjunction in conjunctions:
        if shard and leaf_count + len(conjunction.tests) > most_leaves:
            yield tuple(shard)
            shard, leaf_count = [], 0
        shard.append(conjunction)
        leaf_count += len(conjunction.tests)
    if shard:
        yield tuple(shard)


def _names(strata: Sequence[Stratum]) -> dict[FactKey, str]:
    """Short keys whose 32-bit hashes differ from each other and from the engine's own: it compares hashes only."""
    names: dict[FactKey, str] = {}
    taken_hashes = {fnv1a(reserved_name) for reserved_name in RESERVED}
    number = 0
    for stratum in strata:
        for conjunction in (member for shards in stratum.passes for shard in shards for member in shard):
            for key in [test.key for test in conjunction.tests] + [conjunction.fires]:
                while key not in names:
                    name = f"k{number}"
                    number += 1
                    if fnv1a(name) not in taken_hashes:
                        taken_hashes.add(fnv1a(name))
                        names[key] = name
    return names


def fnv1a(text: str) -> int:
    """The 32-bit FNV-1a hash, by which durable_rules tells keys apart (Fowler, Noll, Vo 1991)."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


class _Splitter:
    """Splits one condition into alternative conjunctions, making parts where alternatives would multiply."""

    def __init__(self, rule: str, most_product: int) -> None:
        self.rule, self.most_product = rule, most_product
        self.parts: dict[FactKey, list[NumberTests]] = {}

    def alternatives(self, tree: Tree) -> list[NumberTests]:
        if _size(tree) <= self.most_product:
            return [self._cut_to_limit(tests) for tests in _alternatives(tree)]
        assert isinstance(tree, NumberTestGroup)  # noqa: S101 - a leaf has size 1
        if not tree.every:
            return [tests for branch in tree.branches for tests in self.alternatives(branch)]
        part_tests: list[NumberTest] = []
        for branch in tree.branches:
            part_tests.extend((branch,) if isinstance(branch, NumberTest) else (self._part(self.alternatives(branch)),))
        return [self._cut_to_limit(tuple(part_tests))]

    def _cut_to_limit(self, tests: NumberTests) -> NumberTests:
        tests = tuple(dict.fromkeys(tests))
        while len(tests) > MOST_IN_CONJUNCTION:
            tests = (self._part([tests[:MOST_IN_CONJUNCTION]]), *tests[MOST_IN_CONJUNCTION:])
        return tests

    def _part(self, alternatives: list[NumberTests]) -> NumberTest:
        key = ("part", self.rule, str(len(self.parts)))
        self.parts[key] = alternatives
        return NumberTest(key, "==", 1)


def _size(tree: Tree) -> int:
    if isinstance(tree, NumberTest):
        return 1
    sizes = [_size(branch) for branch in tree.branches]
    return prod(sizes) if tree.every else sum(sizes)


def _alternatives(tree: Tree) -> list[NumberTests]:
    if isinstance(tree, NumberTest):
        return [(tree,)]
    branch_alternatives = [_alternatives(branch) for branch in tree.branches]
    if tree.every:
        return [tuple(test for tests in combination for test in tests) for combination in product(*branch_alternatives)]
    return [tests for alternatives in branch_alternatives for tests in alternatives]


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
                encoded = None if key[0] == "part" else self._program.coders[key](self._facts)
                members[name] = "" if encoded is None else f',"{name}":{encoded}'
        return "".join([members[name] for name in names])

    def set_part(self, key: tuple[str, ...]) -> None:
        """Note that a part is true."""
        name = self._program.names[key]
        self._members[name] = f',"{name}":1'
