"""Compiles conditions for the rules engine: small conjunctions over one fact of integers, in bounded shards.

The engine (durable_rules 2.0.28) hangs or gives wrong results beyond some limits; see
``docs/decisions/001-compiling-to-durable-rules.md``. To stay within them for all content:

* every answer, score and finding is encoded as a small integer under a short generated key: no text, float, exponent,
  boolean or typed input reaches the engine;
* negation is pushed down to the leaves, where it is exact in three-valued logic;
* a condition becomes one conjunction, or several that fire for the same rule; if there would be too many, a *part* is
  computed first, a flag that later conjunctions read;
* conjunctions are packed into rulesets of at most ``MOST_LEAVES`` conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import ceil, floor, prod
from operator import or_
from typing import Final, NamedTuple

from engine.assessment.evaluator.numbers import Values, slots_of
from engine.assessment.rules_engine.encoding import Encoding, FactKey, NumberTest, NumberTestGroup, Tree, rank
from engine.assessment.trace import NO_ANSWERS, EngineAnswers
from engine.content.pack import Pack
from engine.content.rules import Rule
from engine.content.values import Number

MOST_LEAVES: Final = 60
"""The maximum of conditions in a ruleset, unless a single conjunction has more."""
MOST_IN_CONJUNCTION: Final = 180
"""The maximum of conditions in a conjunction; a longer one is split into parts."""
MOST_PRODUCT: Final = 16
"""The maximum of conjunctions of one condition before alternatives become parts."""
MOST_CANDIDATES: Final = 500
"""The maximum of conjunctions compared for each place in a ruleset, so that compile time grows linearly."""
MOST_STORED: Final = 64
"""The maximum of integers of one member whose texts are stored."""
RESERVED: Final = ("id", "sid", "s", "m", "$s", "$m")

NumberTests = tuple[NumberTest, ...]
"""The tests of a conjunction."""


@dataclass(frozen=True, slots=True)
class Conjunction:
    """One rule of the rules engine."""

    fires: tuple[FactKey, ...]
    """The rules and parts that have this condition."""
    tests: NumberTests


Shard = tuple[Conjunction, ...]


@dataclass(frozen=True)
class Stratum:
    """Rules that do not depend on each other, and the passes of shards that evaluate them."""

    rules: tuple[Rule, ...]
    passes: tuple[tuple[Shard, ...], ...]

    def conjunctions(self) -> Iterator[Conjunction]:
        """All conjunctions, pass by pass."""
        return (conjunction for shards in self.passes for shard in shards for conjunction in shard)


class MemberTexts(dict[Number, str]):
    """The member of a fact as JSON, by number; empty for ``nan``, which is unknown.

    Texts of bounds and of the integers among them are stored. Others are computed when needed and not stored, because
    they belong to a person.
    """

    def __init__(self, name: str, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._texts = [f',"{name}":{code}' for code in range(2 * len(bounds) + 1)]
        first, last = floor(bounds[0]) - 1, ceil(bounds[-1]) + 1
        whole = range(first, last + 1) if last - first <= MOST_STORED else ()
        super().__init__({number: self._texts[rank(number, bounds)] for number in (*bounds, *whole)})

    def __missing__(self, number: Number) -> str:
        return self._texts[rank(number, self._bounds)] if number == number else ""  # noqa: PLR0124 - nan is not


class Member(NamedTuple):
    """One member of the engine's fact: how a number becomes its text."""

    position: int
    """Its position among all members."""
    place: int
    """The slot of the number."""
    texts: MemberTexts


@dataclass(frozen=True)
class Program:
    """A pack's rules, compiled."""

    strata: tuple[Stratum, ...]
    names: Mapping[FactKey, str]
    """The short key of each encoded value, in the order of members of a fact."""
    members: tuple[tuple[Member, ...], ...]
    """By stratum, the members that no earlier stratum reads."""


def compile_pack(pack: Pack, *, most_leaves: int = MOST_LEAVES, most_product: int = MOST_PRODUCT) -> Program:
    """Compile all rules. The limits are arguments so that tests can use small ones."""
    encoding = Encoding(pack)
    strata: list[Stratum] = []
    for rules in pack.strata:
        depth: dict[FactKey, int] = {}
        levels: dict[int, _Level] = {}
        for rule in rules:
            splitter = _Splitter(rule.id, most_product)
            alternatives = splitter.alternatives(encoding.tree(rule.when))
            for part, part_alternatives in splitter.parts.items():  # in the order of creation: inner ones first
                depth[part] = max(_depth(tests, depth) for tests in part_alternatives)
                for tests in part_alternatives:
                    _add(levels, depth[part], tests, part)
            for tests in alternatives:
                _add(levels, _depth(tests, depth), tests, ("rule", rule.id))
        passes = tuple(
            tuple(_shards(_conjunctions(levels.get(level, {})), most_leaves))
            for level in range(max(levels, default=-1) + 1)
        )
        strata.append(Stratum(rules, passes))
    names = _names(strata)
    return Program(tuple(strata), names, _members(pack, strata, names, encoding.bounds))


_Level = dict[frozenset[NumberTest], tuple[NumberTests, dict[FactKey, None]]]
"""The conjunctions of a pass by their tests, which are unordered, each with what it fires."""


def _add(levels: dict[int, _Level], level: int, tests: NumberTests, fires: FactKey) -> None:
    """Add a conjunction to a pass, or add what it fires to an equal one."""
    levels.setdefault(level, {}).setdefault(frozenset(tests), (tests, {}))[1][fires] = None


def _conjunctions(level: _Level) -> list[Conjunction]:
    return [Conjunction(tuple(fires), tests) for tests, fires in level.values()]


def _depth(tests: NumberTests, parts: Mapping[FactKey, int]) -> int:
    """The pass in which a conjunction can be evaluated: after all parts that it reads."""
    return max((parts[test.key] + 1 for test in tests if test.key in parts), default=0)


def _shards(conjunctions: Sequence[Conjunction], most_leaves: int) -> Iterator[Shard]:
    """Pack conjunctions that read the same values into rulesets, because each ruleset receives only what it reads."""
    bits: dict[FactKey, int] = {}
    waiting = [
        (conjunction, reduce(or_, (bits.setdefault(test.key, 1 << len(bits)) for test in conjunction.tests)))
        for conjunction in conjunctions
    ]
    while waiting:
        shard: list[Conjunction] = []
        read = leaf_count = 0
        while (place := _best_fit(waiting, read, most_leaves - leaf_count, is_first=not shard)) is not None:
            conjunction, reads = waiting.pop(place)
            shard.append(conjunction)
            read |= reads
            leaf_count += len(conjunction.tests)
        yield tuple(shard)


def _best_fit(waiting: Sequence[tuple[Conjunction, int]], read: int, room: int, *, is_first: bool) -> int | None:
    """The position of the conjunction that adds the fewest new values; of equals the longest.

    Returns:
        None if none fits into the room; the first of a ruleset may be larger.
    """
    candidates = (
        ((reads & ~read).bit_count(), -len(conjunction.tests), place)
        for place, (conjunction, reads) in enumerate(waiting[:MOST_CANDIDATES])
        if is_first or len(conjunction.tests) <= room
    )
    return min(candidates, default=(0, 0, None))[-1]


def _names(strata: Sequence[Stratum]) -> dict[FactKey, str]:
    """Short keys with distinct 32-bit hashes that also differ from the engine's own keys: it compares hashes only."""
    names: dict[FactKey, str] = {}
    taken_hashes = {fnv1a(reserved_name) for reserved_name in RESERVED}
    number = 0
    for stratum in strata:
        for conjunction in stratum.conjunctions():
            parts = [key for key in conjunction.fires if key[0] == "part"]
            for key in [test.key for test in conjunction.tests] + parts:
                while key not in names:
                    name = f"k{number}"
                    number += 1
                    if fnv1a(name) not in taken_hashes:
                        taken_hashes.add(fnv1a(name))
                        names[key] = name
    return names


def _members(
    pack: Pack, strata: Sequence[Stratum], names: Mapping[FactKey, str], bounds: Mapping[FactKey, tuple[float, ...]]
) -> tuple[tuple[Member, ...], ...]:
    places, positions = slots_of(pack).places, {key: position for position, key in enumerate(names)}
    encoded: set[FactKey] = set()
    members: list[tuple[Member, ...]] = []
    for stratum in strata:
        keys = dict.fromkeys(test.key for conjunction in stratum.conjunctions() for test in conjunction.tests)
        new = [key for key in keys if key in places and key not in encoded]
        encoded.update(new)
        members.append(tuple(_member(positions[key], places[key], names[key], bounds.get(key, (1,))) for key in new))
    return tuple(members)


def _member(position: int, place: int, name: str, bounds: tuple[float, ...]) -> Member:
    return Member(position, place, MemberTexts(name, bounds))


def fnv1a(text: str) -> int:
    """The 32-bit FNV-1a hash, by which durable_rules distinguishes keys (Fowler, Noll, Vo 1991)."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


class _Splitter:
    """Splits a condition into alternative conjunctions, with parts where alternatives would multiply."""

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
    """One person's numbers as members of the rules engine's fact. An unknown number has none."""

    def __init__(self, program: Program, values: Values, earlier: EngineAnswers = NO_ANSWERS) -> None:
        self._program, self._values = program, values
        self.answers: dict[tuple[object, str], Sequence[str]] = dict(earlier)
        """By ruleset and the members it reads: the rules that fire."""
        self.members = [""] * len(program.names)
        """The members as JSON, by position."""

    def encode(self, stratum: int) -> None:
        """Add the members that this stratum reads first. Its findings have been recorded."""
        values, members = self._values, self.members
        for position, place, texts in self._program.members[stratum]:
            members[position] = texts[values[place]]

    def set_part(self, position: int, text: str) -> None:
        """Record that a part is true; ``text`` is its member as JSON."""
        self.members[position] = text
