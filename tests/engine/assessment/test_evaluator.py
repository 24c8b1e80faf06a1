"""The plain evaluator: three-valued conditions about answers, scales and findings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings

from engine.assessment.evaluator import Facts, Truth, evaluator
from tests.checks.examples import examples
from tests.factories.random_packs import (
    AS_OF,
    CHECK_IN,
    FULL,
    RandomCase,
    Raw,
    bare_pack,
    cases,
    facts_of,
    form,
    load,
    multiple,
    number,
    rating,
    rule,
    single,
    yes_no,
)
from tests.factories.reference_evaluator import ReferenceEvaluation

ITEMS: list[Raw] = [
    yes_no("yes"),
    single("one", "1", "true", "no"),
    single("worth", "low", "high", "unsure"),
    multiple("many", "1", "2", "3", none="none"),
    rating("line", 5, first=-2),
    number("count", -1e15, 1e15),
    {"id": "day", "type": "date", "text": "?"},
]
ITEMS[2]["options"] = [
    {"id": "low", "text": "?", "value": 0},
    {"id": "high", "text": "?", "value": 2.5},
    {"id": "unsure", "text": "?", "value": "unknown"},
]
SCALES: list[Raw] = [
    {
        "id": "sum",
        "title": "?",
        "items": ["line", "count"],
        "method": "sum",
        "bands": [{"id": "small", "title": "?", "from": 1}, {"id": "big", "title": "?", "above": 3}],
    }
]


def truth_of(when: Raw, answers: Raw) -> Truth:
    """The truth of one condition for one person, by the plain evaluator."""
    pack = load(bare_pack(ITEMS, [rule("r", when)], SCALES))
    return evaluator(pack.rules[0].when, pack).truth(facts_of(pack, pack.forms[FULL], answers))


TRUTHS: list[tuple[Raw, Raw, Truth]] = [
    ({"item": "yes", "is": True}, {"yes": True}, True),
    ({"item": "yes", "is": True}, {"yes": False}, False),
    ({"item": "yes", "is_not": True}, {"yes": False}, True),
    ({"item": "one", "is": "1"}, {"one": "1"}, True),
    ({"item": "one", "is": "1"}, {"one": "true"}, False),
    ({"item": "one", "is_not": "1"}, {"one": "no"}, True),
    ({"item": "one", "one_of": ["1", "no"]}, {"one": "no"}, True),
    ({"item": "one", "one_of": ["1", "no"]}, {"one": "true"}, False),
    ({"item": "worth", "at_least": 2.5}, {"worth": "high"}, True),
    ({"item": "worth", "at_least": 2.6}, {"worth": "high"}, False),
    ({"item": "worth", "at_most": 0}, {"worth": "low"}, True),
    ({"item": "worth", "at_most": 100}, {"worth": "unsure"}, None),
    ({"item": "worth", "is": "unsure"}, {"worth": "unsure"}, True),
    ({"item": "worth", "answered": True}, {"worth": "unsure"}, True),
    ({"item": "many", "includes": "2"}, {"many": ["1", "2"]}, True),
    ({"item": "many", "includes": "3"}, {"many": ["1", "2"]}, False),
    ({"item": "many", "one_of": ["3", "1"]}, {"many": ["1", "2"]}, True),
    ({"item": "many", "at_least": 2}, {"many": ["1", "2"]}, True),
    ({"item": "many", "at_most": 0}, {"many": ["none"]}, True),
    ({"item": "many", "at_least": 1}, {"many": ["none"]}, False),
    ({"item": "many", "includes": "none"}, {"many": ["none"]}, True),
    ({"item": "many", "at_most": 3}, {"many": []}, None),
    ({"item": "line", "is": -1}, {"line": -1}, True),
    ({"item": "line", "one_of": [-2, 2]}, {"line": 2}, True),
    ({"item": "line", "at_most": -1}, {"line": 0}, False),
    ({"item": "count", "is": 0.1}, {"count": 0.1}, True),
    ({"item": "count", "is": 0.3}, {"count": 0.30000000000000004}, False),
    ({"item": "count", "at_least": 1e-05}, {"count": 1e-05}, True),
    ({"item": "count", "at_most": 5e-324}, {"count": 5e-324}, True),
    ({"item": "count", "at_least": 1e15}, {"count": 10**15}, True),
    ({"item": "count", "at_least": 1e15}, {"count": 999999999999999.9}, False),
    ({"item": "count", "is": 0}, {"count": -0.0}, True),
    ({"item": "count", "at_least": 10**15 - 1}, {"count": 10**15 - 2}, False),
    ({"item": "day", "is": "2026-11-20"}, {"day": "2026-11-20"}, True),
    ({"item": "day", "at_least": "2026-11-20"}, {"day": "2026-11-19"}, False),
    ({"item": "day", "at_most": "2026-11-20"}, {"day": "1999-12-31"}, True),
    ({"item": "day", "at_least": 3}, {"day": "2026-11-20"}, True),
    ({"item": "day", "at_least": 3}, {"day": "2026-11-21"}, False),
    ({"item": "day", "is": 0}, {"day": "2026-11-23"}, True),
    ({"item": "day", "at_most": -1}, {"day": "2026-11-24"}, True),
    ({"scale": "sum", "at_least": 3}, {"line": 1, "count": 2}, True),
    ({"scale": "sum", "is": "small"}, {"line": 1, "count": 2}, True),
    ({"scale": "sum", "is": "big"}, {"line": 1, "count": 2.5}, True),
    ({"scale": "sum", "at_most": "small"}, {"line": 0, "count": 0}, True),
    ({"scale": "sum", "is_not": "small"}, {"line": 0, "count": 0}, True),
    ({"scale": "sum", "at_least": "small"}, {"line": 0, "count": 0}, False),
    ({"scale": "sum", "one_of": ["small", "big"]}, {"line": 2, "count": 8}, True),
    ({"scale": "sum", "at_most": 100}, {"line": 2}, None),
    ({"scale": "sum", "answered": True}, {"line": 2, "count": 8}, True),
    ({"scale": "sum", "answered": False}, {"line": 2}, True),
]


@pytest.mark.parametrize(("when", "answers", "truth"), TRUTHS)
def test_each_operator(when: Raw, answers: Raw, truth: Truth) -> None:
    """Every operator asks of every type of item what the design says, and so does the independent evaluator."""
    assert truth_of(when, answers) is truth
    raw = bare_pack(ITEMS, [rule("r", when)], SCALES)
    assert ReferenceEvaluation(raw, FULL, answers, AS_OF).truth(when) is truth


@pytest.mark.parametrize("when", [when for when, _, _ in TRUTHS if "answered" not in when])
@pytest.mark.parametrize("silence", ["absent", None])
def test_what_is_unanswered_is_unknown(when: Raw, silence: str | None) -> None:
    """Of what is absent, or what a person would rather not say, nothing is known; negation changes nothing."""
    answers = {} if silence == "absent" else {item["id"]: None for item in ITEMS}
    assert truth_of(when, answers) is None
    assert truth_of({"not": when}, answers) is None


@pytest.mark.parametrize("answer", [None, []])
def test_no_answer_is_not_answered(answer: Any) -> None:
    """Null and an empty choice are not answered, which is itself certain."""
    assert truth_of({"item": "many", "answered": False}, {"many": answer}) is True
    assert truth_of({"not": {"item": "many", "answered": True}}, {"many": answer}) is True


@pytest.mark.parametrize("states", list(product((True, False, None), repeat=3)))
def test_groups_are_kleene(states: tuple[Truth, ...]) -> None:
    """All and any follow Kleene's tables for every combination of true, false and unknown, and not keeps unknown."""
    items = [yes_no(f"i{index}") for index in range(3)]
    leaves = [{"item": f"i{index}", "is": True} for index in range(3)]
    answers = {f"i{index}": state for index, state in enumerate(states)}
    all_true = False if False in states else None if None in states else True
    any_true = True if True in states else None if None in states else False
    for when, truth in (({"all": leaves}, all_true), ({"any": leaves}, any_true)):
        pack = load(bare_pack(items, [rule("r", when), rule("s", {"not": when})]))
        facts = facts_of(pack, pack.forms[FULL], answers)
        affirmed, denied = (evaluator(pack_rule.when, pack).truth(facts) for pack_rule in pack.rules)
        assert affirmed is truth
        assert denied is (None if truth is None else not truth)


def test_findings_are_never_unknown() -> None:
    """A finding is recorded or it is not, and both is and is_not can be asked with true and false."""
    leaves = [{"finding": "f", operator: operand} for operator in ("is", "is_not") for operand in (True, False)]
    pack = load(bare_pack([yes_no("a")], [rule("f", {"item": "a", "is": True}), *map(_reader, leaves)]))
    facts = facts_of(pack, pack.forms[FULL], {})
    nodes = [evaluator(pack_rule.when, pack) for pack_rule in pack.rules if pack_rule.id.startswith("reads")]
    assert [node.truth(facts) for node in nodes] == [False, True, True, False]
    assert [node.truth(replace(facts, findings={"f"})) for node in nodes] == [True, False, False, True]


def _reader(leaf: Raw) -> Raw:
    operator, operand = list(leaf.items())[1]
    return rule(f"reads-{len(operator)}-{not operand}", leaf, {"weight": {"step": "calm", "by": 1}})


def test_what_the_form_does_not_ask_is_unknown() -> None:
    """In a check-in that does not ask an item or a scale's items, not even their being unanswered is known."""
    items: list[Raw] = [yes_no("a"), rating("b")]
    scales = [{"id": "s", "title": "?", "items": ["b"], "method": "sum"}]
    when = [{"item": "a", "answered": False}, {"scale": "s", "answered": False}, {"item": "a", "is": True}]
    raw = bare_pack(items, [rule(f"r{index}", condition) for index, condition in enumerate(when)], scales)
    raw["questionnaires"].append(form(CHECK_IN, [yes_no("c")], [], role="check_in"))
    pack = load(raw)
    nodes = [evaluator(pack_rule.when, pack) for pack_rule in pack.rules]
    unasked = facts_of(pack, pack.forms[CHECK_IN], {})
    assert [node.truth(unasked) for node in nodes] == [None, None, None]
    assert [node.truth(replace(unasked, answers={"a": True})) for node in nodes] == [None, None, None]
    assert [node.truth(facts_of(pack, pack.forms[FULL], {})) for node in nodes] == [True, True, None]


def support(when: Raw, answers: Raw, items: list[Raw]) -> tuple[Truth, list[str]]:
    """What one condition cites for one person: the ids of its leaves."""
    pack = load(bare_pack(items, [rule("r", when)]))
    facts = facts_of(pack, pack.forms[FULL], answers)
    node = evaluator(pack.rules[0].when, pack)
    truth = node.truth(facts)
    return truth, [leaf.id for leaf in node.support(facts, truth)]


LETTERS = [yes_no(letter) for letter in "abcd"]
A, B, C, D = ({"item": letter, "is": True} for letter in "abcd")


@pytest.mark.parametrize(
    ("when", "yes", "no", "truth", "cited"),
    [
        ({"all": [A, B]}, "ab", "", True, "ab"),
        ({"all": [A, B, C]}, "a", "bc", False, "bc"),
        ({"all": [A, B, C]}, "a", "b", False, "b"),
        ({"all": [A, B, C]}, "a", "", None, "bc"),
        ({"any": [A, B, C]}, "ac", "b", True, "ac"),
        ({"any": [A, B, C]}, "c", "b", True, "c"),
        ({"any": [A, B]}, "", "ab", False, "ab"),
        ({"any": [A, B]}, "", "b", None, "a"),
        ({"not": A}, "", "a", True, "a"),
        ({"not": {"all": [A, B]}}, "a", "b", True, "b"),
        ({"not": {"any": [A, B]}}, "", "ab", True, "ab"),
        ({"not": {"not": {"any": [A, B]}}}, "a", "b", True, "a"),
        ({"any": [{"all": [A, B]}, {"all": [C, D]}]}, "acd", "b", True, "cd"),
        ({"all": [{"any": [A, B]}, {"not": {"all": [C, D]}}]}, "ac", "bd", True, "ad"),
    ],
)
def test_only_what_decided_is_cited(when: Raw, yes: str, no: str, truth: Truth, cited: str) -> None:
    """Any cites its true branches, all all of them, and a negation what was answered instead."""
    answers = dict.fromkeys(yes, True) | dict.fromkeys(no, False)
    assert support(when, answers, LETTERS) == (truth, list(cited))


@settings(max_examples=examples(50), deadline=None, derandomize=True)
@given(cases())
def test_random_conditions_are_as_the_independent_evaluator_says(case: RandomCase) -> None:
    """For random packs and answers, every condition has the truth that a second evaluator finds in the raw content."""
    for name, answers in case.people:
        facts = facts_of(case.pack, case.pack.forms[name], answers)
        person = ReferenceEvaluation(case.raw, name, answers, AS_OF)
        facts.findings = set(person.findings())
        conditions = {raw_rule["id"]: raw_rule["when"] for raw_rule in case.raw["rules"]}
        for pack_rule in case.pack.rules:
            if pack_rule.gate or case.pack.forms[name].has_plan:
                assert evaluator(pack_rule.when, case.pack).truth(facts) is person.truth(conditions[pack_rule.id])


@settings(max_examples=examples(40), deadline=None, derandomize=True)
@given(cases())
def test_support_alone_decides(case: RandomCase) -> None:
    """The cited answers alone keep a condition true or false: taking all others away changes nothing."""
    for name, answers in case.people:
        facts = facts_of(case.pack, case.pack.forms[name], answers)
        for pack_rule in case.pack.rules:
            node = evaluator(pack_rule.when, case.pack)
            truth = node.truth(facts)
            leaves = list(node.support(facts, truth))
            if truth is not None and all(leaf.subject == "item" for leaf in leaves):
                cited = {leaf.id for leaf in leaves}
                cited_answers = {item: answer for item, answer in facts.answers.items() if item in cited}
                assert node.truth(replace(facts, answers=cited_answers, scales={})) is truth


def test_the_age_of_a_date_is_counted_from_the_day_of_the_sitting() -> None:
    """The same date is three days old three days later."""
    pack = load(bare_pack(ITEMS, [rule("r", {"item": "day", "is": 3})]))
    facts: Facts = facts_of(pack, pack.forms[FULL], {"day": "2026-11-23"})
    node = evaluator(pack.rules[0].when, pack)
    assert node.truth(facts) is False
    assert node.truth(replace(facts, as_of=date(2026, 11, 26))) is True
