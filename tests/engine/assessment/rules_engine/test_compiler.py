"""Compiled rules: whole numbers, conjunctions, parts and shards that mean the same as the conditions they came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import count
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

import durable_rules_engine
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.evaluator import Facts
from engine.assessment.evaluator.numbers import slots_of
from engine.assessment.rules_engine import compiler as compilation
from engine.assessment.rules_engine.compiler import (
    MOST_IN_CONJUNCTION,
    MOST_LEAVES,
    RESERVED,
    EncodedFacts,
    Program,
    compile_pack,
    fnv1a,
)
from engine.assessment.rules_engine.encoding import FactKey, NumberTest, rank
from engine.content.pack import Form, Pack
from tests.checks.examples import examples
from tests.factories.random_packs import (
    AS_OF,
    RandomCase,
    Raw,
    bare_pack,
    cases,
    facts_of,
    load,
    multiple,
    number,
    rule,
    single,
    yes_no,
)
from tests.factories.reference_evaluator import ReferenceEvaluation

OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"==": eq, "!=": ne, ">=": ge, "<=": le, ">": gt, "<": lt}
NAMES = (f"heartwork-tests-{number}" for number in count())
repeated = settings(max_examples=examples(40), deadline=None, derandomize=True)


def read(program: Program, codes: Mapping[FactKey, int], stratum: int) -> set[str]:
    """The rules of a stratum that fire, by reading the compiled rows with nothing but Python."""
    parts: set[tuple[str, ...]] = set()
    fired: set[str] = set()
    for shards in program.strata[stratum].passes:
        earlier_parts = set(parts)  # a pass reads what earlier passes found
        for conjunction in (member for shard in shards for member in shard):
            if all(_holds(test, codes, earlier_parts) for test in conjunction.tests):
                fired.update(key[1] for key in conjunction.fires if key[0] == "rule")
                parts.update(key for key in conjunction.fires if key[0] == "part")
    return fired


def codes_of(pack: Pack, program: Program, facts: Facts) -> dict[FactKey, int]:
    """What is known of a person, as the rules engine gets it."""
    encoded_facts = EncodedFacts(program, slots_of(pack).read(facts))
    for stratum in range(len(program.strata)):
        encoded_facts.encode(stratum)
    members = zip(program.names.items(), encoded_facts.members, strict=True)
    return {key: json.loads(f"{{{text[1:]}}}")[name] for (key, name), text in members if text}


def _holds(test: NumberTest, codes: Mapping[FactKey, int], parts: set[tuple[str, ...]]) -> bool:
    code = (1 if test.key in parts else None) if test.key[0] == "part" else codes.get(test.key)
    return code is not None and OPERATORS[test.operator](code, test.number)


def conjunctions(program: Program) -> list[tuple[NumberTest, ...]]:
    return [
        conjunction.tests
        for stratum in program.strata
        for shards in stratum.passes
        for shard in shards
        for conjunction in shard
    ]


def pack_of(when: Raw, items: list[Raw]) -> Pack:
    return load(bare_pack(items, [rule("r", when)]))


@pytest.mark.parametrize("limits", [{}, {"most_leaves": 4, "most_product": 2}, {"most_leaves": 1, "most_product": 1}])
@repeated
@given(case=cases())
def test_compiled_rules_mean_the_same(limits: dict[str, int], case: RandomCase) -> None:
    """Read with nothing but Python, the compiled rules fire as the independent evaluator says, under any limits."""
    program = compile_pack(case.pack, **limits)
    for name, answers in case.people:
        form: Form = case.pack.forms[name]
        person = ReferenceEvaluation(case.raw, name, answers, AS_OF)
        facts = facts_of(case.pack, form, answers)
        facts.findings = set(person.findings())
        codes = codes_of(case.pack, program, facts)
        fired = [read(program, codes, stratum) for stratum in range(len(program.strata) if form.has_plan else 1)]
        assert set().union(*fired) == person.fired()


@repeated
@given(case=cases(), most=st.integers(1, 12))
def test_shards_are_bounded(case: RandomCase, most: int) -> None:
    """No shard has more conditions than allowed, unless it is one conjunction alone."""
    for stratum in compile_pack(case.pack, most_leaves=most).strata:
        for shard in (shard for shards in stratum.passes for shard in shards):
            assert len(shard) == 1 or sum(len(conjunction.tests) for conjunction in shard) <= most


@repeated
@given(case=cases())
def test_only_small_whole_numbers_are_compared(case: RandomCase) -> None:
    """Whatever the pack and the answers hold, what reaches the rules engine are whole numbers of a few digits."""
    program = compile_pack(case.pack)
    for tests in conjunctions(program):
        assert all(type(test.number) is int and 0 <= test.number < 1000 for test in tests)
    for name, answers in case.people:
        facts = facts_of(case.pack, case.pack.forms[name], answers)
        codes = codes_of(case.pack, program, facts).values()
        assert all(type(code) is int and 0 <= code < 1000 for code in codes)


@settings(max_examples=examples(80), deadline=None, derandomize=True)
@given(
    st.lists(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=8),
    st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
)
def test_ranks_keep_order_exactly(numbers: list[float], value: float) -> None:
    """A number's rank compares with the rank of every bound as the numbers themselves do, whatever their size."""
    bounds = sorted(set(numbers))
    for bound in bounds:
        for compare in OPERATORS.values():
            assert compare(rank(value, bounds), rank(bound, bounds)) is compare(Fraction(value), Fraction(bound))


def test_numbers_of_two_kinds_in_one_place_do_not_mix() -> None:
    """An option "1", yes, a rating of 1 and the number 1 have keys of their own."""
    items = [single("a", "0", "1"), multiple("b", "0", "1"), yes_no("c"), number("d", 0, 5)]
    leaves = [
        {"item": "a", "is": "1"},
        {"item": "b", "includes": "1"},
        {"item": "c", "is": True},
        {"item": "d", "is": 1},
    ]
    program = compile_pack(pack_of({"any": leaves}, items))
    assert len({test.key for tests in conjunctions(program) for test in tests}) == len(set(program.names.values())) == 4


def test_negation_ends_in_the_leaves() -> None:
    """A negated group becomes the other group with every comparison turned round; no negation is left."""
    when = {
        "not": {"all": [{"item": "n", "at_least": 2}, {"any": [{"item": "n", "is": 1}, {"item": "y", "is": True}]}]}
    }
    program = compile_pack(pack_of(when, [number("n", 0, 5), yes_no("y")]))
    compared = [[(test.key[1], test.operator, test.number) for test in tests] for tests in conjunctions(program)]
    assert compared == [[("n", "<", 3)], [("n", "!=", 1), ("y", "!=", 1)]]


def test_what_would_multiply_becomes_parts() -> None:
    """Four alternatives twenty times over are twenty parts of four conditions, and one rule that reads them."""
    items = [yes_no(f"y{index}") for index in range(80)]
    groups = [{"any": [{"item": f"y{4 * group + member}", "is": True} for member in range(4)]} for group in range(20)]
    program = compile_pack(pack_of({"all": groups}, items))
    (stratum,) = program.strata[1:]
    assert len(stratum.passes) == 2
    assert [len(tests) for tests in conjunctions(program)] == [1] * 80 + [20]


def test_a_long_conjunction_is_cut() -> None:
    """An ``all`` of more items than the rules engine takes in one pattern is cut into parts."""
    items = [yes_no(f"y{index}") for index in range(400)]
    program = compile_pack(pack_of({"all": [{"item": item["id"], "is": True} for item in items]}, items))
    assert [len(tests) for tests in conjunctions(program)] == [
        MOST_IN_CONJUNCTION,
        MOST_IN_CONJUNCTION,
        400 - 2 * MOST_IN_CONJUNCTION + 2,
    ]


def test_the_same_condition_twice_is_one() -> None:
    """A conjunction names each comparison once."""
    program = compile_pack(pack_of({"all": [{"item": "y", "is": True}] * 3}, [yes_no("y")]))
    assert [len(tests) for tests in conjunctions(program)] == [1]


def test_every_limit_is_below_what_the_rules_engine_takes() -> None:
    """The limits stay below those measured: 64 conditions matched at once, 252 properties in a fact."""
    assert MOST_LEAVES < 64
    assert MOST_IN_CONJUNCTION < 252


# Keys


@pytest.mark.parametrize(("text", "value"), [("", 0x811C9DC5), ("a", 0xE40C292C), ("foobar", 0xBF9CF968)])
def test_hash_is_fnv1a(text: str, value: int) -> None:
    """The hash is the published one: vectors of Fowler, Noll and Vo."""
    assert fnv1a(text) == value


COLLIDING = ("k32728", "k261234")
"""The first two of our own names whose hashes are equal, found by search."""


def test_the_rules_engine_takes_colliding_keys_for_one() -> None:
    """Why hashes are checked: durable_rules fires a rule about one key for a fact that has only the other."""
    condition_key, fact_key = COLLIDING
    assert fnv1a(condition_key) == fnv1a(fact_key)
    rules = f'{{"r":{{"all":[{{"m":{{"$and":[{{"s":1}},{{"{condition_key}":1}}]}}}}]}}}}'
    handle = durable_rules_engine.create_ruleset(next(NAMES), rules)
    fact = f'{{"id":"a","sid":"0","s":1,"{fact_key}":1}}'
    _, state = durable_rules_engine.assert_fact(handle, fact)
    assert durable_rules_engine.start_action_for_state(handle, state) is not None
    durable_rules_engine.complete_and_start_action(handle, state)
    durable_rules_engine.retract_fact(handle, fact)


def test_keys_with_equal_hashes_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """If hashes collide, other names are taken until none is equal to another or to one that the engine uses itself."""

    def small(text: str) -> int:
        return fnv1a(text) % 97

    monkeypatch.setattr(compilation, "fnv1a", small)
    items = [yes_no(f"y{index}") for index in range(60)]
    raw = bare_pack(items, [rule(f"r{index}", {"item": f"y{index}", "is": True}) for index in range(30)])
    names = [*compile_pack(load(raw)).names.values()]
    hashes = [small(name) for name in names]
    assert len(set(hashes)) == len(names)
    assert set(hashes).isdisjoint(small(name) for name in RESERVED)
    assert names != [f"k{index}" for index in range(len(names))]


@repeated
@given(case=cases())
def test_keys_are_short_distinct_and_our_own(case: RandomCase) -> None:
    """Keys are made by the compiler, whatever ids a pack has, and their hashes differ from each other."""
    names = [*compile_pack(case.pack, most_leaves=4, most_product=2).names.values()]
    assert all(name[0] == "k" and name[1:].isdigit() for name in names)
    assert len({fnv1a(name) for name in (*names, *RESERVED)}) == len(names) + len(set(RESERVED))


# Strata


def test_gates_are_alone_in_the_first_stratum() -> None:
    """The first stratum holds the gates; a rule without a gate follows even if it reads no finding."""
    rules = [
        rule("a", {"item": "y", "is": True}),
        rule("b", {"finding": "a", "is": False}),
        rule("g", {"item": "y", "is": True}, gate=True),
        rule("z", {"any": [{"finding": "b", "is": True}, {"finding": "g", "is": True}]}),
    ]
    strata = compile_pack(load(bare_pack([yes_no("y")], rules))).strata
    assert [[compiled_rule.id for compiled_rule in stratum.rules] for stratum in strata] == [["g"], ["a"], ["b"], ["z"]]


def test_a_pack_without_rules_compiles() -> None:
    """No rules make no strata."""
    assert compile_pack(load(bare_pack([yes_no("y")], []))).strata == ()


@repeated
@given(case=cases())
def test_rules_come_after_what_they_read(case: RandomCase) -> None:
    """Every rule stands in a later stratum than all rules that can record a finding it asks for."""
    stratum_of = {
        compiled_rule.id: index
        for index, stratum in enumerate(compile_pack(case.pack).strata)
        for compiled_rule in stratum.rules
    }
    assert set(stratum_of) == {raw_rule["id"] for raw_rule in case.raw["rules"]}
    for raw_rule in case.raw["rules"]:
        for finding in _findings_read(raw_rule["when"]):
            assert all(
                stratum_of[recorder["id"]] < stratum_of[raw_rule["id"]]
                for recorder in case.raw["rules"]
                if {"finding": finding} in recorder["then"]
            )


def _findings_read(when: Raw) -> set[str]:
    if "not" in when:
        return _findings_read(when["not"])
    if "all" in when or "any" in when:
        return set[str]().union(*(_findings_read(branch) for branch in when.get("all") or when["any"]))
    return {when["finding"]} if "finding" in when else set()
