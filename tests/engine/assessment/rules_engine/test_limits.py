"""Content of any size: nothing an author can write brings the rules engine to its limits, some of which are hangs.

Each case runs in a process of its own (this file, run as a program), because a hang inside the engine cannot be
interrupted: only a process can be ended. ADR 001 has the limits.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from random import Random

import pytest

from engine.assessment.pipeline import assess
from engine.assessment.rules_engine.counters import Counters
from engine.assessment.rules_engine.durable import engine_of
from engine.errors import ContentError
from tests.factories.random_packs import (
    AS_OF,
    FULL,
    Raw,
    bare_pack,
    facts_of,
    fired_by,
    load,
    multiple,
    number,
    rule,
    single,
    yes_no,
)
from tests.factories.reference_evaluator import ReferenceEvaluation
from tests.paths import ROOT

SECONDS = 500
CASES: dict[str, Callable[[], None]] = {}


def case(function: Callable[[], None]) -> Callable[[], None]:
    CASES[function.__name__] = function
    return function


def check(raw: Raw, people: Iterable[Raw], expected: Iterable[set[str]] | None = None) -> None:
    """Both evaluators, and durable_rules alone, fire what is expected; by default what the independent one fires."""
    pack = load(raw)
    form, engine, people = pack.forms[FULL], engine_of(pack), list(people)
    expected_firings = (
        [ReferenceEvaluation(raw, FULL, answers, AS_OF).fired() for answers in people]
        if expected is None
        else list(expected)
    )
    for answers, expected_rules in zip(people, expected_firings, strict=True):
        fired = {firing.rule for firing in assess(pack, FULL, answers, AS_OF, complete=False).trace.firings}
        fired_by_engine = fired_by(engine, pack, form, facts_of(pack, form, answers))
        assert fired == expected_rules, sorted(fired ^ expected_rules)[:9]
        assert fired_by_engine == expected_rules, sorted(fired_by_engine ^ expected_rules)[:9]
    assert engine.counters == Counters(evaluations=len(people)), engine.counters
    assert any(expected_firings), "nothing ever fires: the case shows nothing"


def yes_no_items(count: int) -> list[Raw]:
    return [yes_no(f"y{index}") for index in range(count)]


def is_yes(index: int) -> Raw:
    return {"item": f"y{index}", "is": True}


def everyone(count: int, answer: bool | None = True) -> Raw:
    return {f"y{index}": answer for index in range(count)}


def someone(count: int, seed: int) -> Raw:
    random = Random(seed)
    return {f"y{index}": random.choice((True, True, False, None)) for index in range(count)}


@case
def conditions_matched_by_one_fact() -> None:
    """64 is the most conditions of one level that a fact may match: beyond it, nothing fires."""
    for count in (63, 64, 65, 200):
        rules = [rule(f"r{index}", {"item": "n", "at_least": index}) for index in range(count)]
        check(bare_pack([number("n", 0, 1000)], rules), [{"n": count}, {"n": count / 2}, {}])
        rules = [rule(f"r{index}", is_yes(index)) for index in range(count)]
        check(bare_pack(yes_no_items(count), rules), [everyone(count), someone(count, 1), everyone(count, None)])


@case
def rules_with_the_same_condition() -> None:
    """255 is the most rules that may end on one condition: beyond it, rules fire whose condition is false."""
    for count in (255, 256, 600):
        rules = [rule(f"r{index}", is_yes(0)) for index in range(count)]
        check(bare_pack(yes_no_items(1), rules), [everyone(1), everyone(1, False), {}])


@case
def conditions_under_one_parent() -> None:
    """511 is the most distinct conditions under one parent: beyond it, creating the ruleset never ends."""
    for count in (511, 512, 1100):
        rules = [rule(f"r{index}", {"item": "n", "is": index}) for index in range(count)]
        check(bare_pack([number("n", 0, 2000)], rules), [{"n": 5}, {"n": count - 1}, {"n": count}])


@case
def properties_of_one_fact() -> None:
    """252 is the most properties of a fact; here one condition needs more."""
    for count in (179, 180, 181, 252, 253, 400, 800):
        raw = bare_pack(yes_no_items(count), [rule("r", {"all": [is_yes(index) for index in range(count)]})])
        last_no = everyone(count) | {f"y{count - 1}": False}
        check(raw, [everyone(count), last_no, everyone(count) | {"y3": None}], [{"r"}, set(), set()])


@case
def properties_of_one_pack() -> None:
    """A pack may ask about more items than a fact has properties."""
    for count in (252, 253, 500):
        rules = [rule(f"r{index}", {"all": [is_yes(index), is_yes((index * 7 + 3) % count)]}) for index in range(count)]
        check(bare_pack(yes_no_items(count), rules), [everyone(count), someone(count, 2), someone(count, 3)])


@case
def groups_in_one_pattern() -> None:
    """15 is the most groups of a pattern; conditions nest as deep as a file may."""

    def nested(depth: int, parity: int) -> Raw:
        inner = is_yes(depth) if depth == 0 else nested(depth - 1, parity)
        return {("all", "any")[(depth + parity) % 2]: [is_yes(depth), inner, {"not": is_yes(depth + 1)}]}

    for depth in (13, 14, 15, 16, 17, 34):
        rules = [
            rule("r", nested(depth, 0)),
            rule("q", {"not": nested(depth, 1)}),
            rule("t", {"not": nested(depth, 0)}),
        ]
        check(bare_pack(yes_no_items(depth + 2), rules), [someone(depth + 2, seed) for seed in range(40)])


@case
def nots_in_nots() -> None:
    """Negations of negations cancel out as deep as a file may nest them."""
    for depth in (30, 31):
        when = is_yes(0)
        for _ in range(depth):
            when = {"not": when}
        check(bare_pack(yes_no_items(1), [rule("r", when)]), [everyone(1), everyone(1, False), {}])


@case
def one_of_many_options() -> None:
    """One of 200 options, affirmed and denied, of a single and of a multiple choice."""
    options = [f"o{index}" for index in range(201)]
    rules = [
        rule("single", {"item": "one", "one_of": options[:-1]}),
        rule("not-single", {"not": {"item": "one", "one_of": options[:-1]}}),
        rule("multiple", {"item": "many", "one_of": options[:-1]}),
        rule("not-multiple", {"not": {"item": "many", "one_of": options[:-1]}}),
    ]
    people: list[Raw] = [{"one": option, "many": [option]} for option in (options[0], options[199], options[200])]
    people.append({"many": options})
    check(bare_pack([single("one", *options), multiple("many", *options)], rules), people)


@case
def thousands_of_rules() -> None:
    """5,000 rules, more than a ruleset takes."""
    random = Random(1)
    rules = [
        rule(
            f"r{index}", {"all": [{"item": f"y{random.randrange(200)}", "is": random.random() < 0.5} for _ in range(2)]}
        )
        for index in range(5000)
    ]
    check(bare_pack(yes_no_items(200), rules), [everyone(200), someone(200, 4)])


@case
def hundreds_of_branches() -> None:
    """An ``any`` of 600 branches, affirmed and denied."""
    when = {"any": [is_yes(index) for index in range(600)]}
    last = everyone(600, False) | {"y599": True}
    raw = bare_pack(yes_no_items(600), [rule("r", when), rule("s", {"not": when})])
    check(raw, [everyone(600), everyone(600, False), last, everyone(600, None)], [{"r"}, {"s"}, {"r"}, set()])


@case
def alternatives_that_multiply() -> None:
    """An ``all`` of 20 ``any`` of 4 has 4^20 ways to be true; so has its negation to be false."""
    random = Random(5)
    when = {"all": [{"any": [is_yes(4 * group + member) for member in range(4)]} for group in range(20)]}
    denied = {"not": {"any": [{"all": [is_yes(4 * group + member) for member in range(4)]} for group in range(20)]}}
    people = [{f"y{4 * group + random.randrange(4)}": True for group in range(20)} for _ in range(10)]
    people += [{f"y{4 * group + random.randrange(4)}": False for group in range(20)} for _ in range(10)]
    people += [someone(80, seed) for seed in range(10)] + [dict(list(person.items())[1:]) for person in people[:5]]
    check(bare_pack(yes_no_items(80), [rule("r", when), rule("s", denied)]), people)


@case
def chains_of_findings() -> None:
    """300 findings, each read by the next rule, affirmed and denied."""
    step = {"weight": {"step": "calm", "by": 1}}
    for operand in (True, False):
        chain = [rule("r000", is_yes(0))]
        chain += [rule(f"r{index:03}", {"finding": f"r{index - 1:03}", "is": operand}) for index in range(1, 300)]
        fired = [{f"r{index:03}" for index in range(300) if operand or index % 2 == first} for first in (0, 1)]
        end = rule("end", {"finding": "r299", "is": True}, step)
        ended = [rules | {"end"} if "r299" in rules else rules for rules in fired]
        expected = [ended[0], set() if operand else ended[1], set() if operand else ended[1]]
        check(bare_pack(yes_no_items(1), [*chain, end]), [everyone(1), everyone(1, False), {}], expected)


@case
def many_recorders_of_one_finding() -> None:
    """300 rules record one finding, and 300 read it."""
    step = {"weight": {"step": "calm", "by": 1}}
    rules = [rule(f"a{index}", is_yes(index), {"finding": "f"}) for index in range(300)]
    rules += [rule(f"b{index}", {"all": [{"finding": "f", "is": True}, is_yes(index)]}, step) for index in range(300)]
    rules += [rule("none", {"finding": "f", "is": False}, step)]
    check(bare_pack(yes_no_items(300), rules), [everyone(300), someone(300, 6), everyone(300, False), {}])


@case
def numbers_of_every_size() -> None:
    """Tiny, huge and neighbouring numbers, which the rules engine cannot read or tell apart, are compared exactly."""
    numbers = (-1e15, -1e-05, 0, 5e-324, 1e-300, 1e-05, 0.1, 0.3, 0.1 + 0.2, 1, 1e9 + 0.5, 999999999999999.9, 10**15)
    rules = [
        rule(f"{operator}-{index}", {"item": "n", operator: bound})
        for index, bound in enumerate(numbers)
        for operator in ("is", "is_not", "at_least", "at_most")
    ]
    raw = bare_pack([number("n", -1e15, 1e15)], [*rules, rule("among", {"item": "n", "one_of": list(numbers)})])
    check(raw, [{"n": value} for value in (*numbers, 0.5, -3, 2e-05)])


def test_within_every_limit() -> None:
    """Content beyond a limit of the rules engine fires what it should, in a process that ends in time; it prints each case."""
    process = subprocess.run(
        [sys.executable, "-W", "error", __file__],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert process.stdout.split() == list(CASES)


@pytest.mark.parametrize("bound", [1e22, 1e300, 10**16, float("inf")])
def test_numbers_beyond_exactness_do_not_load(bound: float) -> None:
    """Numbers that floats cannot tell from their neighbours, and infinity, are refused when content is read: HW607."""
    with pytest.raises(ContentError) as refused:
        load(bare_pack([number("n", 0, 10)], [rule("r", {"item": "n", "at_least": bound})]))
    assert [error.code for error in refused.value.problems] == ["HW607"]


if __name__ == "__main__":
    for name in sys.argv[1:] or CASES:
        print(name, flush=True)
        CASES[name]()
