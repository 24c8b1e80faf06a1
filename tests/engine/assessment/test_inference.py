"""Inference: durable_rules and the plain evaluator together, what they do when one fails, and the answers behind a firing."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from typing import Any

import durable_rules_engine
import pytest
from hypothesis import given, settings

from engine.assessment.evaluator.numbers import slots_of
from engine.assessment.inference import confirmed_rules, fired_gates, fired_rules
from engine.assessment.pipeline import Assessment, assess
from engine.assessment.rules_engine import durable
from engine.assessment.rules_engine.compiler import MOST_LEAVES, compile_pack
from engine.assessment.rules_engine.counters import Counters
from engine.assessment.rules_engine.durable import MOST_REBUILDS, DurableEngine, engine_of
from engine.assessment.trace import EngineAnswers, Firing
from engine.content.pack import Pack
from tests.benchmarks.fuzz_inference import SIZES, differences, random_limits
from tests.checks.examples import examples
from tests.factories.random_packs import (
    AS_OF,
    CHECK_IN,
    FULL,
    RandomCase,
    Raw,
    Size,
    bare_pack,
    cases,
    facts_of,
    fired_by,
    form,
    load,
    multiple,
    number,
    random_pack,
    random_person,
    rating,
    rule,
    single,
    yes_no,
)
from tests.factories.reference_evaluator import ReferenceEvaluation
from tests.paths import ROOT
from tests.servers.waiting import SECONDS, run_at_once

repeated = settings(max_examples=examples(40), deadline=None, derandomize=True)


def fired(assessment: Assessment) -> set[str]:
    return {firing.rule for firing in assessment.trace.firings}


def firing(pack: Pack, name: str, answers: Raw, questionnaire: str = FULL) -> Firing:
    """The firing of one rule, which must fire."""
    trace = assess(pack, questionnaire, answers, AS_OF, complete=False).trace
    (match,) = [candidate for candidate in trace.firings if candidate.rule == name]
    return match


# Two evaluators and a third


@repeated
@given(cases())
def test_fires_what_the_independent_evaluator_fires(case: RandomCase) -> None:
    """For random packs and answers the engine's firings and findings are those of an independent evaluator."""
    for name, answers in case.people:
        assessment = assess(case.pack, name, answers, AS_OF, complete=False)
        person = ReferenceEvaluation(case.raw, name, answers, AS_OF)
        assert fired(assessment) == person.fired()
        assert {finding: set(rules) for finding, rules in assessment.trace.findings.items()} == person.findings()
    assert engine_of(case.pack).counters == Counters(evaluations=len(case.people))


@repeated
@given(cases())
def test_cites_what_the_independent_evaluator_cites(case: RandomCase) -> None:
    """Behind each firing stand exactly the items that a second reading finds there, and its sensitivity follows."""
    for name, answers in case.people:
        trace = assess(case.pack, name, answers, AS_OF, complete=False).trace
        support = {cited.rule: (list(cited.items), cited.sensitive) for cited in trace.firings}
        assert support == ReferenceEvaluation(case.raw, name, answers, AS_OF).support()


@pytest.mark.parametrize("limits", [{}, {"most_leaves": 4, "most_product": 2}, {"most_leaves": 1, "most_product": 1}])
@repeated
@given(case=cases())
def test_durable_rules_needs_no_correction(limits: dict[str, int], case: RandomCase) -> None:
    """Durable_rules alone, without the confirmation that would hide a difference, fires the same, cut as small as can be."""
    engine = DurableEngine(compile_pack(case.pack, **limits))
    for name, answers in case.people:
        facts = facts_of(case.pack, case.pack.forms[name], answers)
        assert (
            fired_by(engine, case.pack, case.pack.forms[name], facts)
            == ReferenceEvaluation(case.raw, name, answers, AS_OF).fired()
        )


@repeated
@given(cases(Size(rules=3), people=2))
def test_leaving_out_durable_rules_changes_nothing(case: RandomCase) -> None:
    """The trace is the same, word for word, without the rules engine, and so are the rules if only they are asked for."""
    for name, answers in case.people:
        both, plain = (
            assess(case.pack, name, answers, AS_OF, complete=False, plain=without_engine)
            for without_engine in (False, True)
        )
        assert (both.trace.firings, both.trace.findings) == (plain.trace.firings, plain.trace.findings)
        only = fired_rules(case.pack, both.form, both.responses, both.scales, AS_OF)
        assert list(only) == [entry.rule for entry in both.trace.firings]


@repeated
@given(cases())
def test_firings_stand_by_stratum_and_id(case: RandomCase) -> None:
    """A trace lists firings by stratum and then by rule id, whatever order they fired in."""
    for name, answers in case.people:
        firings = assess(case.pack, name, answers, AS_OF, complete=False).trace.firings
        assert [(entry.stratum, entry.rule) for entry in firings] == sorted(
            (entry.stratum, entry.rule) for entry in firings
        )
        gates = {raw_rule["id"] for raw_rule in case.raw["rules"] if raw_rule["gate"]}
        assert all((entry.stratum == 0) is (entry.rule in gates) for entry in firings)


@pytest.mark.parametrize("packs", [12, pytest.param(120, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("size", range(len(SIZES)))
def test_the_long_search_in_small(size: int, packs: int) -> None:
    """The search of ``tests/benchmarks/fuzz_inference.py`` finds no difference in packs of every size."""
    for seed in range(packs):
        random = Random(f"{size}/{seed}")
        assert differences(random_pack(random, SIZES[size]), random, random_limits(random)) == []


def test_numbers_words_and_truths_that_look_alike() -> None:
    """An option "1" or "true", a rating of 1, a number 1 and a yes are five different things."""
    items = [
        single("one", "1", "true", "0"),
        multiple("many", "1", "true"),
        rating("line"),
        number("n", 0, 5),
        yes_no("y"),
    ]
    leaves: dict[str, Raw] = {
        "one-1": {"item": "one", "is": "1"},
        "one-true": {"item": "one", "is": "true"},
        "many-1": {"item": "many", "includes": "1"},
        "many-true": {"item": "many", "includes": "true"},
        "line-1": {"item": "line", "is": 1},
        "n-1": {"item": "n", "is": 1},
        "n-0": {"item": "n", "is": 0},
        "y-true": {"item": "y", "is": True},
        "y-false": {"item": "y", "is": False},
    }
    raw = bare_pack(items, [rule(name, leaf) for name, leaf in leaves.items()])
    pack = load(raw)
    for answers, expected in (
        ({"one": "1", "many": ["true"], "line": 0, "n": 1.0, "y": False}, {"one-1", "many-true", "n-1", "y-false"}),
        (
            {"one": "true", "many": ["1"], "line": 1, "n": 0, "y": True},
            {"one-true", "many-1", "line-1", "n-0", "y-true"},
        ),
        ({"one": "0", "y": None}, set()),
    ):
        assert fired(assess(pack, FULL, answers, AS_OF)) == expected
        assert ReferenceEvaluation(raw, FULL, answers, AS_OF).fired() == expected
    assert engine_of(pack).counters == Counters(evaluations=3)


def test_ids_in_any_alphabet() -> None:
    """Ids in other alphabets, and ids that the rules engine uses itself, are ids like others."""
    names = ("愛", "größe", "да", "ﻉ", "id", "sid", "s", "m", "k0", "k1", "null", "1")
    items = [single(name, *names) for name in names]
    rules = [rule(f"{name}-{other}", {"item": name, "is": other}) for name in names for other in names]
    pack = load(bare_pack(items, rules))
    answers = dict(zip(names, reversed(names), strict=True))
    assert fired(assess(pack, FULL, answers, AS_OF)) == {f"{name}-{other}" for name, other in answers.items()}
    assert engine_of(pack).counters == Counters(evaluations=1)


def test_a_check_in_asks_its_gates_only() -> None:
    """Of a check-in only the gates are asked, and about what it does not ask they know nothing."""
    rules = [
        rule("asked", {"item": "a", "is": True}, gate=True),
        rule("open", {"item": "b", "answered": False}, gate=True),
        rule("later", {"finding": "asked", "is": True}, {"weight": {"step": "calm", "by": 1}}),
    ]
    raw = bare_pack([yes_no("a"), yes_no("b")], rules)
    raw["questionnaires"].append(form(CHECK_IN, [yes_no("a")], [], role="check_in"))
    pack = load(raw)
    assert fired(assess(pack, CHECK_IN, {"a": True}, AS_OF)) == {"asked"}
    assert fired(assess(pack, FULL, {"a": True}, AS_OF)) == {"asked", "open", "later"}


def test_a_pack_without_rules_has_an_empty_trace() -> None:
    """Without rules nothing fires."""
    pack = load(bare_pack([yes_no("a")], []))
    assert assess(pack, FULL, {"a": True}, AS_OF).trace.firings == ()


# Threads and processes


def crowd(raw: Raw, count: int, seed: int) -> list[tuple[str, Raw, set[str]]]:
    """People with what the independent evaluator fires for them."""
    random = Random(seed)
    people = [random_person(random, raw) for _ in range(count)]
    return [(name, answers, ReferenceEvaluation(raw, name, answers, AS_OF).fired()) for name, answers in people]


def test_threads_share_one_instance() -> None:
    """Eight threads evaluating on one pack from its first evaluation on are all right, and all are counted."""
    raw = random_pack(Random(3), Size(items=12, rules=12))
    pack = load(raw)
    engine = engine_of(pack)
    people = crowd(raw, 60, seed=1)

    def count_wrong(offset: int) -> int:
        wrong = 0
        for turn in range(200):
            name, answers, expected = people[(offset * 7 + turn) % len(people)]
            wrong += fired(assess(pack, name, answers, AS_OF, complete=False)) != expected
        return wrong

    assert run_at_once([partial(count_wrong, offset) for offset in range(8)], "eight threads") == [0] * 8
    assert engine.counters == Counters(evaluations=1600)


def test_threads_meet_at_a_new_pack() -> None:
    """Eight threads that evaluate new packs, and evict each other's instances, all get correct results."""
    raws = [random_pack(Random(seed), Size()) for seed in range(12)]
    loaded = [(load(raw), crowd(raw, 8, seed=2)) for raw in raws]
    start = threading.Barrier(8, timeout=SECONDS)

    def work(thread: int) -> int:
        wrong = 0
        for pack, people in loaded:
            start.wait(SECONDS)
            name, answers, expected = people[thread]
            wrong += fired(assess(pack, name, answers, AS_OF, complete=False)) != expected
        return wrong

    assert run_at_once([partial(work, thread) for thread in range(8)], "eight threads") == [0] * 8
    engine_counters = [engine_of(pack).counters for pack, _ in loaded]
    assert [(counters.mismatches, counters.failures) for counters in engine_counters] == [(0, 0)] * len(loaded)


FORKS = """
import os, signal, sys, threading, warnings
from engine.assessment.rules_engine import durable
from engine.assessment.pipeline import assess
from tests.factories.random_packs import AS_OF, FULL, bare_pack, load, rule, yes_no

warnings.filterwarnings("ignore", message=".*use of fork.*", category=DeprecationWarning)
raw = bare_pack([yes_no("a"), yes_no("b")], [rule("r", {"item": "a", "is": True}), rule("s", {"item": "b", "is": True})])
pack = load(raw)
engine = durable.engine_of(pack)

def right():
    return all(
        {firing.rule for firing in assess(pack, FULL, {"a": a, "b": b}, AS_OF).trace.firings} == {*"r" * a, *"s" * b}
        for a in (False, True) for b in (False, True)
    ) and engine.counters.mismatches == engine.counters.failures == 0

def child():
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)  # a child that waits for a lock must not outlive the test
        os._exit(0 if right() and right() else 7)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


def run(program: str) -> None:
    """Run a program that must end soon; a lock that is never released would hang it."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKS + program],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@forking
def test_a_child_process_goes_on_with_the_instance() -> None:
    """After a fork parent and child, and a child of the child, evaluate rightly with what was built before."""
    run("""
assert right()
assert child() == 0
assert right()
pid = os.fork()
if pid == 0:
    os._exit(child())
assert os.waitpid(pid, 0)[1] == 0
assert right()
""")


@forking
def test_a_fork_before_the_first_evaluation() -> None:
    """A child process builds its own instance if there was none yet."""
    run("assert child() == 0 and right()")


@forking
def test_a_fork_while_another_thread_is_inside() -> None:
    """A child forked while another thread evaluates gets a lock of its own and a new instance."""
    run("""
assert right()
evaluating, go_on = threading.Event(), threading.Event()
real = durable._evaluate

def slow(ruleset, codes):
    if threading.current_thread() is not threading.main_thread():
        handle, fact = ruleset.handle, '{"id":"a","sid":"0","s":1,"k0":1,"k1":1}'
        state = durable.durable_rules_engine.assert_fact(handle, fact)[1]
        durable.durable_rules_engine.start_action_for_state(handle, state)  # an action is under way
        evaluating.set()
        go_on.wait()
        durable.durable_rules_engine.complete_and_start_action(handle, state)
        durable.durable_rules_engine.retract_fact(handle, fact)
    return real(ruleset, codes)

durable._evaluate = slow
thread = threading.Thread(target=right)
thread.start()
assert evaluating.wait(30)
assert engine.lock.locked()
code = child()
go_on.set()
thread.join()
assert code == 0, code
""")


# Failures


@pytest.fixture
def patient() -> Pack:
    """A pack with an instance that works, of two rulesets in two strata."""
    items = [yes_no("a"), yes_no("b")]
    rules = [
        rule("r", {"item": "a", "is": True}),
        rule("s", {"all": [{"item": "b", "is": True}, {"finding": "r", "is": True}]}),
    ]
    pack = load(bare_pack(items, rules))
    assert healthy(pack)
    return pack


def healthy(pack: Pack) -> bool:
    """True if durable_rules itself, and the two evaluators together, say what is right."""
    right = True
    for answers, expected in (({"a": True, "b": True}, {"r", "s"}), ({"a": True}, {"r"}), ({"b": True}, set())):
        right = right and fired(assess(pack, FULL, answers, AS_OF)) == expected
        facts = facts_of(pack, pack.forms[FULL], answers)
        right = right and fired_by(engine_of(pack), pack, pack.forms[FULL], facts) == expected
    return right


ENGINE_FUNCTIONS = ("assert_fact", "start_action_for_state", "complete_and_start_action", "retract_fact")


def fail_once(
    monkeypatch: pytest.MonkeyPatch, function_name: str, error: BaseException, *, after: bool = False
) -> None:
    """Let the next call of a function of the rules engine fail, before or after it has done its work."""
    real_function: Callable[..., Any] = getattr(durable_rules_engine, function_name)
    calls: Iterator[bool] = iter([True])

    def failing(*arguments: Any) -> Any:
        if next(calls, False):
            if after:
                real_function(*arguments)
            raise error
        return real_function(*arguments)

    monkeypatch.setattr(durable_rules_engine, function_name, failing)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("function_name", ENGINE_FUNCTIONS)
def test_an_error_of_the_rules_engine(
    patient: Pack, function_name: str, after: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """If durable_rules fails, the plain evaluator answers, it is logged and counted, and the next evaluation is sound."""
    fail_once(monkeypatch, function_name, durable_rules_engine.error("Error 303"), after=after)
    with caplog.at_level(logging.ERROR, logger="heartwork.inference"):
        assert fired(assess(patient, FULL, {"a": True, "b": True}, AS_OF)) == {"r", "s"}
    counters = engine_of(patient).counters
    assert (counters.failures, counters.rebuilds, counters.mismatches) == (1, 1, 0)
    assert ["303" in record.getMessage() for record in caplog.records] == [True]
    assert healthy(patient)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("function_name", ENGINE_FUNCTIONS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_interruption(
    patient: Pack, error: type[BaseException], function_name: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interruption at any call reaches the caller, is counted, and the next evaluation is sound."""
    fail_once(monkeypatch, function_name, error(), after=after)
    with pytest.raises(error):
        assess(patient, FULL, {"a": True, "b": True}, AS_OF)
    counters = engine_of(patient).counters
    assert (counters.failures, counters.rebuilds, counters.mismatches) == (1, 1, 0)
    assert healthy(patient)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Lets SIGINT interrupt, which a shell switches off for what it runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_real_signal(patient: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a rule's action is under way leaves nothing behind that would silence the next evaluation."""
    real = durable_rules_engine.complete_and_start_action
    calls = iter([True])

    def interrupted(*arguments: Any) -> Any:
        if next(calls, False):
            signal.raise_signal(signal.SIGINT)
        return real(*arguments)

    monkeypatch.setattr(durable_rules_engine, "complete_and_start_action", interrupted)
    with pytest.raises(KeyboardInterrupt):
        assess(patient, FULL, {"a": True, "b": True}, AS_OF)
    assert healthy(patient)


def test_an_instance_that_cannot_be_built(patient: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """If building fails the plain evaluator answers, and the next evaluation builds again."""
    engine_of(patient)._abandon()
    fail_once(monkeypatch, "create_ruleset", durable_rules_engine.error("Error 106"))
    assert fired(assess(patient, FULL, {"a": True, "b": True}, AS_OF)) == {"r", "s"}
    assert engine_of(patient).counters.failures == 1
    assert healthy(patient)


def test_a_ruleset_that_fires_without_end(patient: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a ruleset does not stop firing, that is a failure and not a hang."""
    with monkeypatch.context() as broken:
        broken.setattr(durable_rules_engine, "complete_and_start_action", lambda *_: '{"r0":{}}')
        assert fired(assess(patient, FULL, {"a": True, "b": True}, AS_OF)) == {"r", "s"}
    assert engine_of(patient).counters.failures == 1
    assert healthy(patient)


LIES: dict[str, list[str]] = {"silent": [], "too much": ["0000"]}


@pytest.mark.parametrize("lie", ["silent", "too much"])
def test_a_lie_is_found_out(
    patient: Pack, lie: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """If the two evaluators differ, the plain one counts, it is logged with the rules' ids, and a new instance is built."""
    answers: Raw = {"a": True, "b": True} if lie == "silent" else {"a": False, "b": True}
    expected = {"r", "s"} if lie == "silent" else set()
    real = durable._evaluate
    lies = iter([True])

    def evaluate(ruleset: Any, codes: Any) -> Iterator[str]:
        names = list(real(ruleset, codes))
        return iter(LIES[lie] if next(lies, False) else names)

    monkeypatch.setattr(durable, "_evaluate", evaluate)
    with caplog.at_level(logging.ERROR, logger="heartwork.inference"):
        assert fired(assess(patient, FULL, answers, AS_OF)) == expected
    counters = engine_of(patient).counters
    assert (counters.mismatches, counters.rebuilds, counters.failures) == (1, 1, 0)
    assert ["on r" in record.getMessage() for record in caplog.records] == [True]
    assert healthy(patient)


def test_the_engines_result_is_used_where_both_agree(patient: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fires is the set that durable_rules found, if the plain evaluator found the same, and else the plain one's."""
    engine = engine_of(patient)
    person = slots_of(patient).read(facts_of(patient, patient.forms[FULL], {"a": True, "b": True}))
    by_engine, confirmed = {"r"}, {"r"}
    monkeypatch.setattr(engine, "fire", lambda *_: by_engine)
    evaluation = engine.start_evaluation(person)
    assert evaluation.fire(0, confirmed) is by_engine
    other = {"s"}
    assert evaluation.fire(0, other) is other


def test_firing_twice_is_firing_once(patient: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of which several alternatives are true fires once; that is no difference."""
    real = durable._evaluate
    monkeypatch.setattr(durable, "_evaluate", lambda ruleset, codes: iter(list(real(ruleset, codes)) * 2))
    assert fired(assess(patient, FULL, {"a": True, "b": True}, AS_OF)) == {"r", "s"}
    assert engine_of(patient).counters.mismatches == 0


def test_an_engine_that_keeps_lying_is_given_up(
    patient: Pack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After so many rebuilds the plain evaluator answers alone: always rightly, and with one last word in the log."""
    evaluated: list[object] = []

    def lie(ruleset: object, codes: object) -> Iterator[str]:
        evaluated.append(ruleset)
        return iter(())

    monkeypatch.setattr(durable, "_evaluate", lie)
    engine = engine_of(patient)
    with caplog.at_level(logging.ERROR, logger="heartwork.inference"):
        for _ in range(3 * MOST_REBUILDS):
            assert fired(assess(patient, FULL, {"a": True, "b": True}, AS_OF)) == {"r", "s"}
    assert engine.is_exhausted
    assert engine.counters.rebuilds == engine.counters.mismatches == len(evaluated) == MOST_REBUILDS + 1
    assert sum("alone" in record.getMessage() for record in caplog.records) == 1


def test_failures_are_bounded_too(patient: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors and interruptions, mixed, give the engine up after the same number of rebuilds."""
    errors = iter([durable_rules_engine.error("303"), KeyboardInterrupt()] * 20)

    def failing(*_: object) -> object:
        raise next(errors)

    monkeypatch.setattr(durable_rules_engine, "assert_fact", failing)
    for _ in range(20):
        try:
            assert fired(assess(patient, FULL, {"a": True, "b": True}, AS_OF)) == {"r", "s"}
        except KeyboardInterrupt:
            continue
    counters = engine_of(patient).counters
    assert (counters.failures, counters.rebuilds) == (MOST_REBUILDS + 1, MOST_REBUILDS + 1)


def test_a_ruleset_must_answer_when_it_is_new(patient: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new ruleset that stays silent when it is warmed up is not used."""
    engine_of(patient)._abandon()
    with monkeypatch.context() as broken:
        broken.setattr(durable_rules_engine, "start_action_for_state", lambda *_: None)
        assert fired(assess(patient, FULL, {"a": True, "b": True}, AS_OF)) == {"r", "s"}
    assert (engine_of(patient).counters.failures, engine_of(patient).counters.mismatches) == (1, 0)
    assert healthy(patient)


# The answers behind a firing

LETTERS = [yes_no(letter) for letter in "abcd"]
A, B, C, D = ({"item": letter, "is": True} for letter in "abcd")
WEIGHT = {"weight": {"step": "calm", "by": 1}}


def test_items_stand_in_the_order_of_asking() -> None:
    """The items behind a firing stand in the order in which they were asked, each once."""
    pack = load(bare_pack(LETTERS, [rule("r", {"all": [D, {"any": [C, A]}, D, B]})]))
    assert firing(pack, "r", dict.fromkeys("abcd", True)).items == ("a", "b", "c", "d")


def test_support_passes_through_findings() -> None:
    """Behind a finding stand the answers of all rules that recorded it, and of no rule that did not fire."""
    rules = [
        rule("one", A, {"finding": "f"}),
        rule("two", {"all": [B, C]}, {"finding": "f"}),
        rule("three", {"all": [A, D]}, {"finding": "f"}),
        rule("over", {"finding": "f", "is": True}, {"finding": "g"}),
        rule("top", {"all": [{"finding": "g", "is": True}, {"not": D}]}, WEIGHT),
    ]
    top = firing(load(bare_pack(LETTERS, rules)), "top", {"a": True, "b": True, "c": True, "d": False})
    assert top.items == ("a", "b", "c", "d")
    assert top.findings == ("g",)
    top = firing(load(bare_pack(LETTERS, rules)), "top", {"a": True, "b": True, "c": False, "d": False})
    assert top.items == ("a", "d")


def test_support_of_an_absent_finding() -> None:
    """Behind a finding that was not recorded stands what was answered, or left open, instead of what would record it."""
    rules = [
        rule("one", {"all": [A, B]}, {"finding": "f"}),
        rule("two", {"any": [C, D]}, {"finding": "f"}),
        rule("none", {"finding": "f", "is": False}, {"finding": "g"}),
        rule("top", {"not": {"finding": "g", "is_not": True}}, WEIGHT),
    ]
    pack = load(bare_pack(LETTERS, rules))
    assert firing(pack, "none", {"a": True, "b": False, "c": False, "d": False}).items == ("b", "c", "d")
    assert firing(pack, "none", {"a": True, "c": False}).items == ("b", "d")
    assert firing(pack, "top", {"a": False, "b": True, "c": False, "d": False}).items == ("a", "c", "d")


def test_support_of_a_chain_of_absent_findings() -> None:
    """An absent finding is explained by findings absent or recorded before it, as far down as they go."""
    chain = [rule("f0", A)] + [
        rule(f"f{index}", {"all": [{"finding": f"f{index - 1}", "is": True}, B]}) for index in range(1, 40)
    ]
    pack = load(bare_pack(LETTERS, [*chain, rule("top", {"finding": "f39", "is": False}, WEIGHT)]))
    assert firing(pack, "top", {"a": False, "b": True}).items == ("a",)
    assert firing(pack, "top", {"a": True, "b": False}).items == ("b",)
    assert firing(pack, "top", {"b": True}).items == ("a",)


def test_support_of_what_is_not_answered() -> None:
    """A rule about an item left open cites this item."""
    pack = load(bare_pack(LETTERS, [rule("r", {"all": [{"item": "a", "answered": False}, B]})]))
    assert firing(pack, "r", {"b": True}).items == ("a", "b")
    assert firing(pack, "r", {"a": None, "b": True}).items == ("a", "b")


SCALES: list[Raw] = [
    {"id": "sum", "title": "?", "items": ["x", "y", "z"], "method": "sum", "missing": {"minimum": 2}},
    {"id": "other", "title": "?", "items": ["x"], "method": "sum"},
]
LINES = [rating("x"), rating("y", sensitive=True), rating("z")]


def test_support_passes_through_scales() -> None:
    """Behind a score stand the answered items; behind a score that is missing, the unanswered ones."""
    rules = [
        rule("high", {"scale": "sum", "at_least": 3}),
        rule("open", {"scale": "sum", "answered": False}),
        rule("over", {"finding": "high", "is": True}, WEIGHT),
    ]
    pack = load(bare_pack(LINES, rules, SCALES))
    high = firing(pack, "high", {"x": 2, "z": 2})
    assert (high.items, high.scales, high.sensitive) == (("x", "z"), ("sum",), False)
    assert firing(pack, "open", {"x": 2}).items == ("y", "z")
    over = firing(pack, "over", {"x": 2, "y": 2})
    assert (over.items, over.scales, over.findings, over.sensitive) == (("x", "y"), (), ("high",), True)


def test_sensitivity_passes_through_everything() -> None:
    """A rule is sensitive if any item behind it is: through scales, findings recorded, and findings absent."""
    rules = [
        rule("scored", {"scale": "sum", "at_least": 3}),
        rule("from-scale", {"finding": "scored", "is": True}, WEIGHT),
        rule("not-from-scale", {"finding": "scored", "is": False}, WEIGHT),
        rule("either", {"any": [{"scale": "other", "at_least": 3}, {"item": "y", "at_least": 3}]}, WEIGHT),
        rule("harmless", {"scale": "other", "at_least": 1}, WEIGHT),
    ]
    pack = load(bare_pack(LINES, rules, SCALES))

    def tainted(answers: Raw) -> dict[str, bool]:
        return {entry.rule: entry.sensitive for entry in assess(pack, FULL, answers, AS_OF).trace.firings}

    assert tainted({"x": 2, "y": 2}) == {"scored": True, "from-scale": True, "harmless": False}
    assert tainted({"x": 2, "z": 2}) == {"scored": False, "from-scale": False, "harmless": False}
    assert tainted({"x": 1, "y": 1}) == {"not-from-scale": True, "harmless": False}
    assert tainted({"x": 1}) == {"not-from-scale": True, "harmless": False}  # y is among what is missing
    assert tainted({"x": 3}) == {"either": False, "not-from-scale": True, "harmless": False}
    assert tainted({"x": 3, "y": 3, "z": 0}) == {"scored": True, "from-scale": True, "either": True, "harmless": False}


def test_one_sensitive_recorder_taints_a_finding() -> None:
    """If one of the rules that recorded a finding is sensitive, so are the rules that read it."""
    items = [yes_no("a"), yes_no("b", sensitive=True)]
    rules = [
        rule("one", A, {"finding": "f"}),
        rule("two", B, {"finding": "f"}),
        rule("r", {"finding": "f", "is": True}, WEIGHT),
    ]
    pack = load(bare_pack(items, rules))
    assert firing(pack, "r", {"a": True, "b": True}).sensitive is True
    assert firing(pack, "r", {"a": True, "b": False}).sensitive is False


def test_what_is_asked_because_of_a_sensitive_answer_is_sensitive() -> None:
    """An item that comes up only after a sensitive answer, or after one that came up so, gives it away."""
    items = [
        yes_no("a", sensitive=True),
        yes_no("b", show_when=A),
        yes_no("c", show_when={"not": {"any": [B, D]}}),
        yes_no("d"),
    ]
    items[2], items[3] = items[3], items[2]
    pack = load(bare_pack(items, [rule("of-c", C), rule("of-d", D)]))
    answers = {"a": True, "b": False, "c": True, "d": False}
    assert firing(pack, "of-c", answers).sensitive is True
    assert firing(pack, "of-d", answers | {"d": True}).sensitive is False


def test_a_text_is_behind_nothing() -> None:
    """A short text reaches neither evaluator."""
    items = [{"id": "name", "type": "text", "text": "?"}, yes_no("a")]
    pack = load(bare_pack(items, [rule("r", A)]))
    assert firing(pack, "r", {"name": "true", "a": True}).items == ("a",)


WITHOUT_SCALES = Size(scales=0, gates=False, hidden=False, answered=False, rules=5)


@repeated
@given(cases(WITHOUT_SCALES))
def test_the_cited_answers_are_enough(case: RandomCase) -> None:
    """A rule that fires goes on firing if every answer is taken away but those cited for it."""
    for name, answers in case.people:
        for entry in assess(case.pack, name, answers, AS_OF, complete=False).trace.firings:
            cited_answers = {item: answer for item, answer in answers.items() if item in entry.items}
            assert entry.rule in fired(assess(case.pack, name, cited_answers, AS_OF, complete=False))


@repeated
@given(cases(Size(gates=False, hidden=False, rules=3)))
def test_only_what_exists_is_cited(case: RandomCase) -> None:
    """Whatever is cited was asked, and what the condition itself did not ask for comes through a scale or a finding."""
    for name, answers in case.people:
        for entry in assess(case.pack, name, answers, AS_OF, complete=False).trace.firings:
            assert set(entry.items) <= case.pack.forms[name].item_ids
            when = str(next(raw_rule["when"] for raw_rule in case.raw["rules"] if raw_rule["id"] == entry.rule))
            direct = {item for item in entry.items if f"'item': {item!r}" in when}
            assert direct == set(entry.items) or entry.scales or entry.findings


# One person, several evaluations


def test_rulesets_are_asked_again_only_where_they_read_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other answers of the same person reach each ruleset that reads them, and no other; the same ones reach none."""
    rules = [rule(f"r{index}", {"item": f"a{index}", "is": True}) for index in range(3 * MOST_LEAVES)]
    pack = load(bare_pack([yes_no(f"a{index}") for index in range(3 * MOST_LEAVES)], rules))
    answers = {f"a{index}": index % 2 == 0 for index in range(3 * MOST_LEAVES)}
    first = assess(pack, FULL, answers, AS_OF)
    asked: list[object] = []
    real = durable._evaluate

    def evaluate(ruleset: Any, read: str) -> Sequence[str]:
        asked.append(ruleset)
        return real(ruleset, read)

    monkeypatch.setattr(durable, "_evaluate", evaluate)
    arguments = (pack, first.form, first.responses, first.scales, AS_OF)
    assert confirmed_rules(*arguments, first.trace.engine_answers) == tuple(first.trace.rules)
    assert asked == []
    changed = assess(pack, FULL, answers | {"a0": False}, AS_OF, plain=True)
    arguments = (pack, changed.form, changed.responses, changed.scales, AS_OF)
    assert confirmed_rules(*arguments, first.trace.engine_answers) == tuple(changed.trace.rules)
    assert len(asked) == 1
    monkeypatch.setattr(durable, "_evaluate", lambda *_: ["0000"])
    assert confirmed_rules(*arguments, first.trace.engine_answers) is None


@repeated
@given(cases(Size(rules=6, items=4), people=4))
def test_earlier_answers_of_the_engine_change_nothing(case: RandomCase) -> None:
    """What fires is the same whether or not the rules engine was asked about other answers before."""
    earlier: EngineAnswers = {}
    for name, answers in case.people:
        assessment = assess(case.pack, name, answers, AS_OF, complete=False)
        arguments = (case.pack, assessment.form, assessment.responses, assessment.scales, AS_OF)
        assert confirmed_rules(*arguments, earlier) == tuple(assessment.trace.rules)
        earlier = {**earlier, **assessment.trace.engine_answers}


@repeated
@given(cases())
def test_gates_alone(case: RandomCase) -> None:
    """The gates that fire are the same without scores and without the other rules."""
    for name, answers in case.people:
        assessment = assess(case.pack, name, answers, AS_OF, complete=False, plain=True)
        gates = [fired_rule for fired_rule in assessment.trace.rules if case.pack.rules_by_id[fired_rule].gate]
        assert list(fired_gates(case.pack, assessment.form, assessment.responses, AS_OF)) == gates
