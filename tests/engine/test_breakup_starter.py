"""The shipped breakup starter: its gates over every combination of their answers, its kinds, its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations, product
from random import Random
from typing import Any, Final

import pytest

from engine.assessment import Assessment, assess, rearrange
from engine.checking import texts
from engine.compilation import stratify
from engine.conditions import leaves
from engine.examples import check_examples
from engine.library import Library, load_library
from engine.pack import Pack
from engine.plan import Plan
from engine.questionnaire import Item, Multiple, Rating, ShortText, Single
from engine.rendering import render
from engine.report import build_report
from engine.ruleset import Rule

Answers = Mapping[str, Any]
DAY: Final = date(2026, 10, 5)
ABSENT: Final = object()
CONTACT: Final = frozenset({"talk", "trust", "care", "memories"})
CALM: Final[Answers] = {
    "pronoun": "she",
    "wish": "try_again",
    "ended_when": "six_weeks",
    "who_ended": "both",
    "contact_wish": "both_write",
    "where_they_stand": ["dont_know"],
    "unanswered": "none",
    "afraid": "never",
    "their_acts": ["none"],
    "own_acts": ["none"],
    "self_harm": "no",
    "sleep": 3,
    "day": 3,
    "settle": 3,
    "checking": 0,
    "urge_acted": 0,
}
"""Somebody for whom no gate fires."""


def _acted(answers: Answers) -> bool:
    return bool({"hurt", "threatened", "checked"} & set(answers.get("own_acts") or ()))


def _at_risk(answers: Answers) -> bool:
    protects = _acted(answers) and answers.get("own_acts_why") == "protect"
    afraid = answers.get("afraid") in {"once", "sometimes", "often"}
    return afraid or protects or bool(set(answers.get("their_acts") or ()) - {"none"})


def _clear_no(answers: Answers) -> bool:
    stands = answers.get("where_they_stand") or ()
    return "committed" in stands or ("over" in stands and answers.get("contact_wish") != "wants_to_talk")


def _too_many(answers: Answers) -> bool:
    waiting = answers.get("unanswered")
    return waiting == "four_plus" or (waiting == "two_three" and answers.get("contact_wish") == "space")


GATES: Final[Mapping[str, tuple[Callable[[Answers], bool], frozenset[str]]]] = {
    # What each gate of the full questionnaire means, written without a look at its rule, and what it holds.
    "at-risk": (_at_risk, CONTACT | {"own_part", "apologise", "patience"}),
    "told-to-stop": (lambda answers: answers.get("contact_wish") == "stop_all", CONTACT | {"apologise"}),
    "own-acts": (lambda answers: _acted(answers) and answers.get("own_acts_why") != "protect", CONTACT),
    "too-many-messages": (_too_many, CONTACT),
    "clear-no": (_clear_no, CONTACT),
    "seeing-someone": (lambda answers: "seeing" in (answers.get("where_they_stand") or ()), CONTACT),
    "open-questions": (
        lambda answers: any(
            not answers.get(item)
            for item in ("contact_wish", "where_they_stand", "unanswered", "afraid", "their_acts", "own_acts")
        ),
        CONTACT | {"apologise"},
    ),
    "self-harm": (lambda answers: answers.get("self_harm") in {"yes", "not_now"}, frozenset()),
    "self-harm-open": (lambda answers: answers.get("self_harm") is None, frozenset()),
}
CHECK_IN_GATES: Final = ("since-frightened", "since-told-to-stop", "since-open")


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def pack(library: Library) -> Pack:
    return library.packs["breakup"]


def taken(pack: Pack, answers: Answers, *, form: str = "breakup", plain: bool = True) -> Assessment:
    known = {name: value for name, value in answers.items() if value is not ABSENT}
    return assess(pack, form, known, DAY, complete=False, plain=plain)


def planned(pack: Pack, answers: Answers) -> Plan:
    plan = taken(pack, answers).plan
    assert plan is not None
    return plan


def held(plan: Plan) -> frozenset[str]:
    return frozenset(step.id for step in plan.steps if step.held)


def gates(pack: Pack) -> Iterator[Rule]:
    return (rule for rule in pack.rules if rule.gate)


def every_answer(item: Item) -> list[Any]:
    """Everything that can be answered, and null."""
    match item:
        case Single():
            return [None, *(option.id for option in item.options)]
        case Multiple():
            alone = [[option.id] for option in item.options if option.exclusive]
            others = [option.id for option in item.options if not option.exclusive]
            some = [list(chosen) for size in range(1, len(others) + 1) for chosen in combinations(others, size)]
            return [None, *alone, *some]
        case Rating():
            return [None, *range(item.first, item.last + 1)]
        case _:
            return [None]


def every_combination(pack: Pack, gate: str) -> Iterator[dict[str, Any]]:
    """Every combination of answers to a gate's items; of an item that is only asked for being answered, three."""
    rule = next(rule for rule in pack.rules if rule.id == gate)
    read: dict[str, set[str]] = {}
    for leaf, _ in leaves(rule.when):
        read.setdefault(leaf.id, set()).add(leaf.operator)
    alternatives = [
        [ABSENT, None, CALM[item]] if operators == {"answered"} else every_answer(pack.items[item])
        for item, operators in read.items()
    ]
    for answers in product(*alternatives):
        yield {**CALM, **dict(zip(read, answers, strict=True))}


def somebody(pack: Pack, random: Random, keep: Answers | None = None) -> dict[str, Any]:
    """Random answers to every question, some of them left out."""
    answers = {
        item.id: random.choice([ABSENT, *every_answer(item)])
        for item in pack.forms["breakup"].items
        if not isinstance(item, ShortText)
    }
    return {**answers, **(keep or {})}


def visible(answers: Answers) -> dict[str, Any]:
    """The answers as gates see them: without those to questions that do not come up."""
    known = {name: value for name, value in answers.items() if value is not ABSENT}
    return known if _acted(known) else {**known, "own_acts_why": None}


def quiet(pack: Pack) -> dict[str, Any]:
    """Answers to every question a gate of the full questionnaire reads, so that none fires."""
    return {leaf.id: CALM[leaf.id] for rule in gates(pack) for leaf, _ in leaves(rule.when) if leaf.id in CALM}


def test_it_loads_without_a_problem(library: Library, pack: Pack) -> None:
    """The shipped content has no problem, no advice, and every rule keeps its examples."""
    assert library.problems == ()
    assert list(check_examples(pack)) == []


def test_every_rule_has_examples_of_both_kinds(pack: Pack) -> None:
    """Every rule says at least once when it fires, and at least once when it stays silent."""
    assert [rule.id for rule in pack.rules if not (rule.examples.fires and rule.examples.silent)] == []


def test_the_rules_engine_agrees_on_the_examples(pack: Pack) -> None:
    """The first example of every rule has the same trace with and without the rules engine."""
    for rule in pack.rules:
        for example in (rule.examples.fires[0], rule.examples.silent[0]):
            form = "breakup" if pack.forms["breakup"].asked.issuperset(example) else "check-in"
            assert taken(pack, example, form=form, plain=False).trace == taken(pack, example, form=form).trace


def test_eleven_steps_four_of_contact(pack: Pack) -> None:
    """There are eleven steps, and the fifth, seventh, eighth and ninth are about contact."""
    assert len(pack.steps) == 11
    assert [number for number, step in enumerate(pack.steps, start=1) if "contact" in step.tags] == [5, 7, 8, 9]
    assert {step.id for step in pack.steps if "contact" in step.tags} == CONTACT


def test_the_gates_are_those_tested_here(pack: Pack) -> None:
    """Every gate of the pack has its meaning written down in this file."""
    assert {rule.id for rule in gates(pack)} == {*GATES, *CHECK_IN_GATES}


@pytest.mark.parametrize("gate", GATES)
def test_every_combination_of_a_gate(pack: Pack, gate: str) -> None:
    """For every combination of a gate's answers exactly the gates that are meant fire, and hold what they must."""
    for answers in every_combination(pack, gate):
        found = taken(pack, answers)
        assert found.plan is not None
        seen = visible(answers)
        meant = {name for name, (means, _) in GATES.items() if means(seen)}
        assert {firing.rule for firing in found.trace.firings if firing.stratum == 0} == meant, answers
        assert held(found.plan) == frozenset[str]().union(*(GATES[name][1] for name in meant)), answers


@pytest.mark.parametrize("gate", GATES)
def test_each_gate_can_fire_and_stay_silent(pack: Pack, gate: str) -> None:
    """The combinations of a gate's answers have both outcomes, so that the proof above is not empty."""
    means, _ = GATES[gate]
    assert {means(visible(answers)) for answers in every_combination(pack, gate)} == {True, False}


def test_gates_combine(pack: Pack) -> None:
    """On 400 random people the held steps are what all the gates that fire hold together, and not one more."""
    random = Random(4)
    counts: set[int] = set()
    for _ in range(400):
        answers = somebody(pack, random)
        meant = {name for name, (means, _) in GATES.items() if means(visible(answers))}
        counts.add(len(meant))
        assert held(planned(pack, answers)) == frozenset[str]().union(*(GATES[name][1] for name in meant)), answers
    assert len(counts) >= 4


def test_without_a_gate_all_eleven_steps_are_free(pack: Pack) -> None:
    """On 300 random people without a gate no step is held, and each step appears once."""
    random = Random(11)
    for _ in range(300):
        plan = planned(pack, somebody(pack, random, quiet(pack)))
        assert held(plan) == frozenset()
        assert sorted(step.id for step in plan.steps) == sorted(step.id for step in pack.steps)


def test_no_wish_lifts_a_hold(pack: Pack) -> None:
    """Whatever a person wishes, the same steps are held."""
    random = Random(5)
    for _ in range(60):
        answers = somebody(pack, random)
        holds = {held(planned(pack, {**answers, "wish": wish})) for wish in every_answer(pack.items["wish"])}
        assert len(holds) == 1


@pytest.mark.parametrize(
    ("safety", "never_raised"),
    [
        ({"afraid": "often"}, CONTACT | {"apologise", "own_part", "patience"}),
        ({"their_acts": ["hurt", "follows"]}, CONTACT | {"apologise", "own_part", "patience"}),
        ({"own_acts": ["hurt"], "own_acts_why": "both"}, CONTACT | {"apologise"}),
        ({"self_harm": "yes"}, CONTACT | {"apologise"}),
    ],
)
def test_a_safety_yes_raises_no_contact(pack: Pack, safety: Answers, never_raised: frozenset[str]) -> None:
    """A yes on a safety question frees no step and adds no weight to a step it must not bring forward."""
    random = Random(6)
    for _ in range(60):
        without = somebody(pack, random, {name: CALM[name] for name in safety if name in CALM})
        before, after = planned(pack, without), planned(pack, {**without, **safety})
        assert held(before) <= held(after)
        for step in never_raised:
            assert after.step(step).weight <= before.step(step).weight


@pytest.mark.parametrize("answer", ["yes", "not_now", None, ABSENT])
def test_dark_thoughts_keep_contact_light(pack: Pack, answer: object) -> None:
    """With thoughts of self-harm, or the question open, no contact step is more than light."""
    random = Random(7)
    for _ in range(60):
        plan = planned(pack, somebody(pack, random, {"self_harm": answer}))
        assert {plan.step(step).emphasis for step in CONTACT} <= {"light", "not_now"}
        for step in CONTACT:  # by a cap of its own, not only by the kind of plan
            assert {"self-harm", "self-harm-open"} & {cap.rule for cap in plan.step(step).caps if cap.at == "light"}
        assert plan.kind.id != "reconnect"


def test_the_notice_about_dark_thoughts_stands_first(pack: Pack) -> None:
    """Whatever else is raised, thoughts of self-harm come first, and an open question raises no such notice."""
    random = Random(8)
    for _ in range(60):
        answers = somebody(pack, random)
        assert planned(pack, {**answers, "self_harm": "yes"}).notices[0].id == "self_harm"
        assert "self_harm" not in [notice.id for notice in planned(pack, {**answers, "self_harm": None}).notices]


@pytest.mark.parametrize(
    ("answers", "kind", "notices"),
    [
        ({"afraid": "once"}, "safety_first", ["at_risk"]),
        ({"own_acts": ["hurt"], "own_acts_why": "protect"}, "safety_first", ["at_risk"]),
        ({"afraid": "once", "own_acts": ["hurt"], "own_acts_why": "both"}, "safety_first", ["at_risk", "own_acts"]),
        ({"afraid": "once", "contact_wish": "stop_all"}, "safety_first", ["at_risk", "told_to_stop"]),
        ({"contact_wish": "stop_all"}, "heal_and_let_go", ["told_to_stop", "another_way"]),
        ({"where_they_stand": ["over"]}, "heal_and_let_go", ["clear_no", "another_way"]),
        ({"where_they_stand": ["over"], "contact_wish": "wants_to_talk"}, "reconnect", []),
        ({"wish": "get_over"}, "heal_and_let_go", ["moving_on"]),
        ({"wish": "get_over", "afraid": "once"}, "safety_first", ["at_risk"]),
        ({"own_acts": ["checked"]}, "space_first", ["own_acts"]),
        ({"unanswered": "four_plus"}, "space_first", ["messages_waiting"]),
        ({"unanswered": "two_three"}, "space_first", []),
        ({"where_they_stand": ["seeing"]}, "space_first", ["seeing_someone"]),
        ({"afraid": None}, "space_first", ["open_questions"]),
        ({"self_harm": "yes"}, "space_first", ["self_harm"]),
        ({"self_harm": None}, "space_first", []),
        ({"contact_wish": "practical_only"}, "space_first", []),
        ({"contact_wish": "nothing_said"}, "reconnect", []),
        ({"contact_wish": "nothing_said", "checking": 4, "urge_acted": 4}, "space_first", []),
        ({"contact_wish": "nothing_said", "ended_when": "three_weeks"}, "space_first", []),
        ({"sleep": 0, "day": 0, "settle": 1}, "space_first", []),
        ({"contact_wish": "answers"}, "reconnect", []),
        ({"contact_wish": "answers", "unanswered": "one"}, "space_first", []),
        ({}, "reconnect", []),
    ],
)
def test_kinds_and_notices(pack: Pack, answers: Answers, kind: str, notices: list[str]) -> None:
    """One change to a calm person's answers gives the kind of plan and the notices that the situation asks for."""
    plan = planned(pack, {**CALM, **answers})
    assert (plan.kind.id, [notice.id for notice in plan.notices]) == (kind, notices)


def test_reconnect_needs_every_gate_answered(pack: Pack) -> None:
    """If any question that a gate reads is open, the plan is not one of reconnecting."""
    assert planned(pack, CALM).kind.id == "reconnect"
    for item, answer in product(sorted(quiet(pack)), (None, ABSENT)):
        assert planned(pack, {**CALM, item: answer}).kind.id != "reconnect"


@pytest.mark.parametrize(
    ("kind", "because_of", "free"),
    [
        ("space_first", {"contact_wish": "practical_only", "wish": "try_again"}, True),
        ("heal_and_let_go", {"wish": "get_over"}, True),
        ("safety_first", {"afraid": "sometimes"}, False),
    ],
)
def test_contact_is_at_most_light_unless_they_reconnect(pack: Pack, kind: str, because_of: Answers, free: bool) -> None:
    """In every kind of plan but one the contact steps are at most light, and never the first."""
    random = Random(9)
    for _ in range(100):
        plan = planned(pack, somebody(pack, random, {**quiet(pack), **because_of}))
        assert plan.kind.id == kind
        assert {plan.step(step).emphasis for step in CONTACT} == {"light" if free else "not_now"}


def test_findings_build_on_findings(pack: Pack) -> None:
    """A chain of findings spans four strata after the gates, and its end negates an earlier finding."""
    levels = {rule.id: number for number, rules in enumerate(stratify(pack)) for rule in rules}
    chain = ["space-well-kept", "long-quiet", "door-open", "ready-to-talk"]
    assert [levels[name] for name in chain] == [1, 2, 3, 4]
    fired = {
        firing.rule: firing.findings
        for firing in taken(pack, {**CALM, "contact_wish": "nothing_said", "hear_no": 4, "wait": 4}).trace.firings
    }
    assert fired["ready-to-talk"] == ("door_open", "shaky")
    tired = {**CALM, "contact_wish": "nothing_said", "hear_no": 4, "wait": 4, "sleep": 0, "day": 1}
    assert "ready-to-talk" not in {firing.rule for firing in taken(pack, tired).trace.firings}


def before(plan: Plan, first: str, then: str) -> bool:
    return plan.step(first).position < plan.step(then).position


def test_the_order_of_steps(pack: Pack) -> None:
    """On 300 random people each constraint holds between free steps whenever its condition does."""
    random = Random(10)
    checked = 0
    for _ in range(300):
        contact = {"contact_wish": random.choice(["both_write", "nothing_said"])}
        answers = somebody(pack, random, {**quiet(pack), **contact})
        found = taken(pack, answers)
        plan = found.plan
        assert plan is not None
        assert held(plan) == frozenset()
        pairs = [("own_part", "apologise")]
        if answers["contact_wish"] == "nothing_said":
            pairs += [("space", "talk"), ("talk", "trust"), ("talk", "care"), ("talk", "memories")]
        if found.scales["trust_then"].band == "big":
            pairs += [("trust", "care"), ("trust", "memories")]
        assert [pair for pair in pairs if not before(plan, *pair)] == [], answers
        waiting = {(first, step.id) for step in plan.steps for first, _ in step.waits_for}
        assert waiting.issuperset(pairs), answers
        checked += len(pairs)
    assert checked > 1000


def test_readiness_is_hidden_while_contact_is_held(pack: Pack) -> None:
    """The two questions about a talk come up exactly if the talk is not held."""
    for answers, asked in [
        (CALM, True),
        ({**CALM, "contact_wish": "stop_all"}, False),
        ({**CALM, "afraid": None}, False),
    ]:
        responses = taken(pack, {**answers, "hear_no": 4, "wait": 4}).responses
        assert ({"hear_no", "wait"} <= set(responses.visible)) is asked
        assert responses.dropped == (() if asked else ("hear_no", "wait"))


@pytest.mark.parametrize(
    ("answers", "item", "asked"),
    [
        ({"own_acts": ["hurt"]}, "own_acts_why", True),
        ({"own_acts": ["none"]}, "own_acts_why", False),
        ({"i_broke_trust": "small"}, "apology", True),
        ({"i_broke_trust": "no_part"}, "apology", False),
        ({"i_broke_trust": "dont_know"}, "apology", False),
        ({}, "apology", False),
    ],
)
def test_questions_that_follow_from_others(pack: Pack, answers: Answers, item: str, asked: bool) -> None:
    """A question that depends on an earlier one comes up only with the answers it is meant for."""
    assert (item in taken(pack, answers).responses.visible) is asked


def test_safety_first_says_nothing_of_its_own(pack: Pack) -> None:
    """In safety first each step that is free has words and actions of its own, and none is the usual one by mistake."""
    plan = planned(pack, {**CALM, "afraid": "often", "sleep": 0, "day": 0, "settle": 0, "checking": 4})
    for step in pack.steps:
        variant = step.for_kind["safety_first"]
        assert variant.title
        assert variant.summary
        assert variant.actions is not None
        assert (len(variant.actions) > 0) is (not plan.step(step.id).held)
    shown = {action.id for step in plan.steps if not step.held for action in step.actions}
    assert shown == {"friend", "sleep", "basics", "tell_someone", "ask_a_service", "who_to_call"}


def check_in(pack: Pack, answers: Answers) -> Assessment:
    calm = {
        name: CALM[name] for name in ("sleep", "day", "settle", "self_harm", "unanswered", "checking", "urge_acted")
    }
    return taken(pack, {**calm, "since_last_time": ["nothing"], **answers}, form="check-in", plain=False)


def test_a_check_in_without_a_gate_moves_nothing(pack: Pack) -> None:
    """A check-in that fires no gate gives the same plan as before, whatever its scales say."""
    full = taken(pack, CALM)
    found = check_in(pack, {"sleep": 0, "day": 0, "settle": 0, "checking": 4})
    assert found.plan is None
    assert found.trace.firings == ()
    assert rearrange(full, found) == full.plan


@pytest.mark.parametrize(
    ("answers", "holds", "kind", "notices"),
    [
        ({"since_last_time": ["frightened"]}, GATES["at-risk"][1], "safety_first", ["at_risk"]),
        ({"since_last_time": ["told_to_stop"]}, CONTACT | {"apologise"}, "heal_and_let_go", ["told_to_stop"]),
        ({"since_last_time": None}, CONTACT | {"apologise"}, "space_first", ["open_questions"]),
        ({"since_last_time": ABSENT}, CONTACT | {"apologise"}, "space_first", ["open_questions"]),
        ({"unanswered": None}, CONTACT | {"apologise"}, "space_first", ["open_questions"]),
        ({"unanswered": "four_plus"}, CONTACT, "space_first", ["messages_waiting"]),
        ({"self_harm": "yes"}, frozenset(), "space_first", ["self_harm"]),
        ({"self_harm": None}, frozenset(), "space_first", []),
    ],
)
def test_a_check_in_adds_holds(
    pack: Pack, answers: Answers, holds: frozenset[str], kind: str, notices: list[str]
) -> None:
    """A gate of a check-in adds its holds, notices and kind to the last full plan, and moves no weight."""
    full = taken(pack, CALM)
    assert full.plan is not None
    plan = rearrange(full, check_in(pack, answers))
    assert (held(plan), plan.kind.id, [notice.id for notice in plan.notices]) == (holds, kind, notices)
    assert {plan.step(step).emphasis for step in CONTACT} <= {"light", "not_now"}
    assert {step.id: step.weight for step in plan.steps} == {step.id: step.weight for step in full.plan.steps}


def test_a_check_in_takes_no_hold_away(pack: Pack) -> None:
    """A calm check-in after a full sitting with holds leaves every one of them."""
    full = taken(pack, {**CALM, "afraid": "often"})
    assert held(rearrange(full, check_in(pack, {}))) == GATES["at-risk"][1]


def test_a_check_in_asks_two_scales_whole(pack: Pack) -> None:
    """The check-in's scales are those of the full questionnaire, from the same items."""
    assert {scale.id for scale in pack.forms["check-in"].scales} == {"steadiness", "space_kept"}
    assert check_in(pack, {}).scales == {
        name: score for name, score in taken(pack, CALM).scales.items() if name != "trust_then"
    }


def test_scales_of_the_calm_person(pack: Pack) -> None:
    """The scales run from 0 to 12, reversed where less is more, and too few answers give no score."""
    assert {name: (one.value, one.band) for name, one in taken(pack, CALM).scales.items()} == {
        "steadiness": (9, "good"),
        "space_kept": (12, "much"),
        "trust_then": (None, None),
    }
    loud = {"unanswered": "four_plus", "checking": 4, "urge_acted": 4}
    assert taken(pack, loud).scales["space_kept"].value == 0
    assert taken(pack, {"checking": 2, "urge_acted": 1}).scales["space_kept"].value == 8  # 5 of 8, prorated to 7.5
    assert taken(pack, {"checking": 2}).scales["space_kept"].value is None


def test_what_is_sensitive_and_what_is_changeable(pack: Pack) -> None:
    """Answers about safety are sensitive, and a what-if speaks only of what is the person's own doing now."""
    sensitive = {"afraid", "their_acts", "own_acts", "own_acts_why", "self_harm", "since_last_time"}
    assert {item.id for item in pack.items.values() if item.sensitive} == sensitive
    changeable = {"day", "settle", "checking", "urge_acted", "apology", "hear_no", "wait"}
    assert {item.id for item in pack.items.values() if item.changeable} == changeable


def test_five_answers_are_required(pack: Pack) -> None:
    """Exactly the five questions that every plan needs are required, and each may be left with “I'd rather not say”."""
    required = [item for item in pack.forms["breakup"].items if item.required]
    assert [item.id for item in required] == ["pronoun", "wish", "ended_when", "who_ended", "contact_wish"]
    assert all(item.rather_not_say for item in required)
    assert not any(item.required for item in pack.forms["check-in"].items)


def _clauses(item: Item) -> Sequence[str | None]:
    match item:
        case Single() | Multiple():
            return [option.said for option in item.options]
        case Rating():
            return [point.said or item.said for point in item.points]
        case _:
            return []


def test_every_answer_has_a_clause(pack: Pack) -> None:
    """Each option and each point of a rating can be said as a clause of a reason."""
    assert [item.id for item in pack.items.values() if not all(_clauses(item))] == []


def _words(pack: Pack) -> Iterable[tuple[str, str]]:
    for path, field, text in texts(pack.content):
        if field not in {"reference", "source"}:
            yield "/".join(map(str, path)), text


NEVER: Final = re.compile(
    r"!|\b(just|simply|journey|healing|closure|chances?|odds|deserve\w*|fight for|prove\w*|win|narciss\w+|toxic"
    r"|avoidant|abus\w+|violen\w+|victims?|stalk\w+|soon|not yet|get (him|her|them) to|jealous of|must)\b",
    re.IGNORECASE,
)


def test_words_that_are_never_said(pack: Pack) -> None:
    """No text promises, diagnoses, judges or pushes."""
    assert {text for _, text in _words(pack) if NEVER.search(text)} == {"not yet"}  # an apology not said yet


def test_sentences_are_short(pack: Pack) -> None:
    """No sentence for people has twenty words or more."""
    sentences = [one for _, text in _words(pack) for one in re.split(r"(?<=[.?:;])\s", text)]
    assert [one for one in sentences if len(one.split()) >= 20] == []


def test_no_text_uses_a_fixed_pronoun(pack: Pack) -> None:
    """The other person is spoken of through placeholders, except where the pronoun itself is the answer."""
    fixed = re.compile(r"\b(he|him|his|she|her|hers)\b", re.IGNORECASE)
    assert [path for path, text in _words(pack) if fixed.search(text) and "/0/items/0/options/" not in path] == []


def test_every_pack_text_can_be_spoken_in_every_form(pack: Pack) -> None:
    """For each pronoun, with a name and without, a plan can be made and nothing is left unfilled."""
    for pronoun, name in product(["he", "she", "they", None], ["Sam", ABSENT]):
        text = render(build_report(taken(pack, {**CALM, "pronoun": pronoun, "partner_name": name})), "text")
        assert "{" not in text
