"""The gates of the breakup pack, over all combinations of the answers they read; no rule lifts a hold."""

from __future__ import annotations

from functools import cache
from itertools import combinations, product
from random import Random
from typing import Any, Final

import pytest

from engine.assessment.evaluator import Facts
from engine.assessment.pipeline import Assessment, notices_while_answering, plan_with_check_in
from engine.assessment.plan import arrange
from engine.assessment.responses import validate_answers
from engine.assessment.trace import Trace, logic_of
from engine.content.conditions import leaves
from engine.content.effects import EFFECTS, HoldEffect
from engine.content.items.choices import SingleChoice
from engine.content.pack import Pack
from engine.content.rules import Rule
from engine.loading.checks.rule_examples import check_examples
from engine.loading.library import Library, load_library
from tests.breakup.expected_gates import (
    AT_RISK_HOLDS,
    CALM,
    CHECK_IN_GATES,
    CONTACT,
    DAY,
    FRIENDLY,
    GATES,
    HIDDEN_AT_RISK,
    HIDDEN_WHILE_HELD,
    QUIET,
    SAYS_NO,
    SELF_HARM_NOTICES,
    Answers,
    PersonSampler,
    assess_answers,
    every_answer,
    every_combination,
    expected_gates,
    expected_holds,
    expected_notices,
    held_steps,
    plan_for,
    visible_answers,
)

exhaustive = pytest.mark.exhaustive
READ: Final = {gate: items for gate, (_, _, _, items) in GATES.items() if items}
CALM_CHECK_IN: Final[Answers] = {
    **{item: CALM[item] for item in ("sleep", "day", "thoughts", "settle", "self_harm_thoughts")},
    **{item: CALM[item] for item in ("unanswered", "checking", "urge_acted", "asking")},
    "since_last_time": ["nothing"],
}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def pack(library: Library) -> Pack:
    return library.packs["breakup"]


def gates_of(pack: Pack) -> list[Rule]:
    return [rule for rule in pack.rules if rule.gate]


def gates_fired(assessment: Assessment) -> set[str]:
    return {firing.rule for firing in assessment.trace.firings if firing.stratum == 0}


def gates_alone(pack: Pack, answers: Answers) -> set[str]:
    """The gates that fire, without evaluating the other rules."""
    form = pack.forms["breakup"]
    facts = Facts(validate_answers(pack, form, answers, DAY, complete=False).answers, form.item_ids, {}, DAY)
    return {rule.id for rule, node in logic_of(pack).strata[0] if node.truth(facts) is True}


def holds_of(rules: set[str]) -> frozenset[str]:
    """What these rules hold, by their effects."""
    return frozenset(step for rule in rules for step in steps_held_by_rules()[rule])


@cache
def steps_held_by_rules() -> dict[str, frozenset[str]]:
    """The steps that the effects of each rule of the pack hold, by the id of the rule."""
    pack = load_library().packs["breakup"]
    return {
        rule.id: frozenset(
            step for effect in rule.then if isinstance(effect, HoldEffect) for step in pack.targets(effect.hold)
        )
        for rule in pack.rules
    }


# What is in the pack


def test_it_loads_without_a_problem(library: Library, pack: Pack) -> None:
    """The shipped content has no problems, and every rule has correct examples of both kinds."""
    assert library.problems == ()
    assert list(check_examples(pack)) == []
    assert [rule.id for rule in pack.rules if not (rule.examples.fires and rule.examples.silent)] == []


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=exhaustive)])
def test_the_rules_engine_agrees_on_the_examples(pack: Pack, every: int) -> None:
    """The first examples of every rule have the same trace with and without the rules engine."""
    for rule in pack.rules[::every]:
        for example in (rule.examples.fires[0], rule.examples.silent[0]):
            form = "breakup" if pack.forms["breakup"].item_ids.issuperset(example) else "check-in"
            assert (
                assess_answers(pack, example, form=form, plain=False).trace
                == assess_answers(pack, example, form=form).trace
            )


def test_eleven_steps_four_of_contact(pack: Pack) -> None:
    """There are eleven steps, and the fifth, seventh, eighth and ninth are about contact."""
    assert len(pack.steps) == 11
    assert [number for number, step in enumerate(pack.steps, start=1) if "contact" in step.tags] == [5, 7, 8, 9]
    assert {step.id for step in pack.steps if "contact" in step.tags} == CONTACT


def test_the_gates_are_those_tested_here(pack: Pack) -> None:
    """These tests define each gate of the pack and all items that it reads."""
    assert {rule.id for rule in gates_of(pack)} == {*GATES, *CHECK_IN_GATES}
    for rule in gates_of(pack):
        if rule.id in READ:
            assert {leaf.id for leaf, _ in leaves(rule.when)} == set(READ[rule.id])


# Each gate over every combination of its answers


@pytest.mark.parametrize("gate", READ)
def test_every_combination_of_a_gate(pack: Pack, gate: str) -> None:
    """For all combinations of a gate's answers, exactly the expected gates fire, with the expected holds."""
    outcomes = set()
    for answers in every_combination(pack, READ[gate]):
        expected = expected_gates(answers)
        fired = gates_alone(pack, answers)
        assert fired == expected, answers
        assert holds_of(fired) == expected_holds(expected), answers
        outcomes.add(gate in expected)
    assert outcomes == {True, False}


def test_every_combination_of_open_questions(pack: Pack) -> None:
    """Contact and apology are held if at least one of the eight questions is unanswered."""
    names = [item for item in QUIET if item != "self_harm_thoughts"]
    for states in product(("answered", "null", "absent"), repeat=len(names)):
        answers = dict(CALM)
        for item, state in zip(names, states, strict=True):
            if state == "null":
                answers[item] = None
            elif state == "absent":
                del answers[item]
        fired = gates_alone(pack, answers)
        assert fired == ({"open-questions"} if set(states) != {"answered"} else set()), answers
    assert held_steps(plan_for(pack, {**CALM, "afraid": None})) == CONTACT | {"apologise"}


@pytest.mark.parametrize(
    ("answers", "raised"),
    [
        (CALM, ()),
        ({**CALM, "afraid": "once"}, ("at_risk",)),
        ({**CALM, "self_harm_thoughts": "ending_now", "limits": ["legal"]}, ("self_harm", "order")),
        ({**CALM, "self_harm_thoughts": "ending_earlier"}, ("self_harm_earlier",)),
        ({**CALM, "self_harm_thoughts": "hurting"}, ("self_harm_hurting",)),
        ({**CALM, "afraid": None}, ("open_questions",)),
        ({"afraid": "often"}, ("at_risk", "open_questions")),
    ],
)
def test_notices_can_be_told_while_answering(pack: Pack, answers: Answers, raised: tuple[str, ...]) -> None:
    """Notices of gates are known before the form is complete, in the order in which they are shown."""
    form = pack.forms["breakup"]
    assert (
        notices_while_answering(pack, form, validate_answers(pack, form, answers, DAY, complete=False), DAY) == raised
    )


@pytest.mark.parametrize("people", [400, pytest.param(1500, marks=exhaustive)])
def test_gates_combine(pack: Pack, people: int) -> None:
    """For random people, exactly the expected steps are held, and notices are in order."""
    sampler, gate_counts = PersonSampler(pack, 4), set()
    for number in range(people):
        answers = sampler.random_answers(calm=(0, 0.5, 0.8)[number % 3])
        expected, assessment = expected_gates(answers), assess_answers(pack, answers)
        plan = assessment.plan
        assert plan is not None
        gate_counts.add(len(expected))
        assert gates_fired(assessment) == gates_alone(pack, answers) == expected, answers
        assert held_steps(plan) == expected_holds(expected), answers
        assert [notice.id for notice in plan.notices] == expected_notices(answers), answers
        assert [step.held for step in plan.steps] == sorted(step.held for step in plan.steps)
    assert gate_counts >= {0, 1, 2, 3, 4, 5}


def test_without_a_gate_all_eleven_steps_are_free(pack: Pack) -> None:
    """For 300 people without a gate, no step is held, and each step appears once."""
    sampler = PersonSampler(pack, 11)
    for _ in range(300):
        plan = plan_for(pack, sampler.random_answers(QUIET))
        assert held_steps(plan) == frozenset()
        assert sorted(step.id for step in plan.steps) == sorted(step.id for step in pack.steps)
        assert plan.notices == ()


# Nothing lifts a hold


def test_no_effect_takes_a_hold_away(pack: Pack) -> None:
    """Of the twelve effects one holds steps and none frees them: an additional rule never frees a step."""
    assert set(EFFECTS) == {
        *("finding", "weight", "order", "cap", "action", "caution", "summary", "hold", "notice", "kind", "say"),
        "contingency",
    }
    random = Random(2)
    for rule in pack.rules:
        other_rules = random.sample([other.id for other in pack.rules if other.id != rule.id], random.randrange(40))
        before, after = (
            held_steps(arrange(pack, Trace((tuple(names),), {}))) for names in (other_rules, [*other_rules, rule.id])
        )
        assert before <= after
        assert after == holds_of({*other_rules, rule.id})


def test_only_gates_hold(pack: Pack) -> None:
    """Only gates hold steps, so holds depend only on the answers that gates read."""
    assert [rule.id for rule in pack.rules if not rule.gate and holds_of({rule.id})] == []
    sampler = PersonSampler(pack, 5)
    for _ in range(150):
        first, second = sampler.random_answers(calm=0.6), sampler.random_answers(calm=0.6)
        gate_items = {**QUIET, "own_acts_why": None}
        mixed = {**second, **{item: first.get(item) for item in gate_items}}
        assert held_steps(plan_for(pack, mixed)) == held_steps(plan_for(pack, first))


def test_no_wish_lifts_a_hold(pack: Pack) -> None:
    """The wish does not change which steps are held."""
    sampler = PersonSampler(pack, 6)
    for _ in range(60):
        answers = sampler.random_answers(calm=0.7)
        assert (
            len({held_steps(plan_for(pack, {**answers, "wish": wish})) for wish in every_answer(pack.items["wish"])})
            == 1
        )


def test_nothing_friendly_covers_a_no(pack: Pack) -> None:
    """With a no, the same steps are held and contact is not welcome, for all other answers.

    Wanting to talk takes back that it is over, and nothing else.
    """
    noes = [subset for size in range(1, 6) for subset in combinations(SAYS_NO, size)]
    friendly = [subset for size in range(1, 3) for subset in combinations(FRIENDLY, size)]
    for no, touch in product(noes, every_answer(pack.items["in_touch"])):
        answers = {**CALM, "in_touch": touch, "their_stance": list(no)}
        gates, talks = gates_alone(pack, answers), no == ("over",) and touch == "wants_to_talk"
        held = held_steps(plan_for(pack, answers))
        assert (held >= CONTACT) is (
            touch is None or bool(set(no) - {"asked_space", "over"}) or ("over" in no and touch != "wants_to_talk")
        )
        for kind_words in friendly:
            covered = {**answers, "their_stance": [*no, *kind_words]}
            assert gates_alone(pack, covered) == gates, covered
            assessment = assess_answers(pack, covered)
            assert assessment.plan is not None
            assert assessment.plan.kind.id in {"heal_and_let_go", "space_first"}, covered
            welcoming = {"two_way", "welcome", "long_quiet", "missed_each_other", "door_open"}
            assert talks or not welcoming & assessment.trace.findings.keys(), covered


@pytest.mark.parametrize("item", [item for item in QUIET if item != "in_touch"])
def test_no_other_answer_frees_a_step(pack: Pack, item: str) -> None:
    """Changing or removing one of these answers of a calm person frees no step."""
    sampler = PersonSampler(pack, 7)
    for _ in range(120):
        answers = sampler.random_answers({item: CALM[item]}, calm=0.6)
        changed = {**answers, item: sampler.random_answer(item)}
        assert held_steps(plan_for(pack, answers)) <= held_steps(plan_for(pack, changed)), changed


SAFETY: Final[list[tuple[Answers, frozenset[str]]]] = [
    *(({"afraid": answer}, AT_RISK_HOLDS) for answer in ("once", "often")),
    *(({"what_they_did": [act]}, AT_RISK_HOLDS) for act in ("hurt", "checked", "follows", "keeps_contacting")),
    ({"own_acts": ["hurt"], "own_acts_why": "protect"}, AT_RISK_HOLDS),
    *(({"own_acts": ["threatened"], "own_acts_why": why}, CONTACT | {"apologise"}) for why in ("other", "both", None)),
    *(({"own_reaching": [act]}, CONTACT | {"apologise"}) for act in ("after_no", "looked_phone", "asked_others")),
    *(({"limits": [limit]}, CONTACT | {"apologise"}) for limit in ("legal", "blocked_everywhere", "blocked_some")),
    *(({"self_harm_thoughts": answer}, CONTACT | {"apologise"}) for answer in SELF_HARM_NOTICES),
]


@pytest.mark.parametrize(
    ("safety", "never_raised"), SAFETY, ids=lambda value: str(dict(value)) if isinstance(value, dict) else ""
)
def test_a_safety_yes_adds_no_weight(pack: Pack, safety: Answers, never_raised: frozenset[str]) -> None:
    """A yes to a safety question does not add weight to certain steps, and frees none."""
    sampler = PersonSampler(pack, 8)
    hidden = dict.fromkeys((*HIDDEN_AT_RISK, *HIDDEN_WHILE_HELD))  # they come up for one of the two alone
    for number in range(80):
        no = {item: CALM[item] for item in safety if item in CALM}
        without = sampler.random_answers({**no, **hidden}, calm=(0.4, 1)[number % 2])
        before, after = plan_for(pack, without), plan_for(pack, {**without, **safety})
        assert held_steps(before) <= held_steps(after)
        raised = {step for step in never_raised if after.step(step).weight > before.step(step).weight}
        assert raised == set(), without


@pytest.mark.parametrize("answer", [*SELF_HARM_NOTICES, None])
def test_dark_thoughts_keep_contact_light(pack: Pack, answer: str | None) -> None:
    """With thoughts of self-harm, or without an answer, a cap keeps every contact step at most light."""
    sampler = PersonSampler(pack, 9)
    for _ in range(60):
        plan = plan_for(pack, sampler.random_answers({"self_harm_thoughts": answer}, calm=0.8))
        assert {plan.step(step).emphasis for step in CONTACT} <= {"light", "not_now"}
        for step in CONTACT:
            assert {"self-harm", "self-harm-open"} & {cap.rule for cap in plan.step(step).caps if cap.at == "light"}
        assert plan.kind.id != "reconnect"
        raised = [notice.id for notice in plan.notices if notice.id in SELF_HARM_NOTICES.values()]
        assert raised == ([] if answer is None else [SELF_HARM_NOTICES[answer]])


@pytest.mark.parametrize("answer", SELF_HARM_NOTICES)
def test_the_notice_about_dark_thoughts_stands_first(pack: Pack, answer: str) -> None:
    """The notice about self-harm is always first and unfolded, with help lines, in every kind of plan.

    The emergency line is the first of them in the last days; otherwise it stands below somebody who listens.
    """
    sampler = PersonSampler(pack, 10)
    signpost = next(notice for notice in pack.content.notices if notice.id == SELF_HARM_NOTICES[answer])
    expected_lines = ("emergency", "crisis") if answer == "ending_now" else ("crisis", "emergency")
    assert (signpost.folded, signpost.short, signpost.with_lines) == (False, True, True)
    assert signpost.help == expected_lines
    assert set(signpost.kinds) == {kind.id for kind in pack.content.kinds}
    for _ in range(60):
        plan = plan_for(pack, sampler.random_answers({"self_harm_thoughts": answer}, calm=0.5))
        assert plan.notices[0].id == signpost.id


def test_what_is_said_of_dark_thoughts(pack: Pack) -> None:
    """The notices do not repeat the words of an option, and are not printed."""
    item = pack.items["self_harm_thoughts"]
    assert isinstance(item, SingleChoice)
    options = {option.id: option.text for option in item.options}
    for answer, name in SELF_HARM_NOTICES.items():
        notice = next(notice for notice in pack.content.notices if notice.id == name)
        assert notice.at_once is not None
        assert notice.on_paper is not None
        about = "hurting yourself" if answer == "hurting" else "ending your life"
        for text in (notice.text, notice.at_once):
            assert about in text.split(". ")[0]
            assert options[answer] not in text
        assert notice.title == "First, talk to someone today"
        for word in ("life", "hurt", "dying", "suicide", "you told us"):
            assert word not in notice.on_paper.lower()
            assert word not in notice.title.lower()


def test_dark_thoughts_put_the_basics_first(pack: Pack) -> None:
    """With thoughts of self-harm, the only step shown is the one about food, sleep and people."""
    sampler = PersonSampler(pack, 10)
    for number in range(300):
        answer = list(SELF_HARM_NOTICES)[number % 3]
        plan = plan_for(pack, sampler.random_answers({"self_harm_thoughts": answer}, calm=0.5))
        assert plan.steps[0].id == "growth"


def test_an_open_question_about_dark_thoughts_has_a_quiet_line(pack: Pack) -> None:
    """If the question is unanswered, there is no notice, but one sentence about someone to talk to."""
    plan = plan_for(pack, {**CALM, "self_harm_thoughts": None})
    assert plan.notices == ()
    assert "quiet_help" in [caution.id for caution in plan.step("growth").cautions]


@pytest.mark.parametrize(
    ("answers", "notice"),
    [
        ({}, "own_acts"),
        ({"shared_ties": ["pets", "work"]}, "own_acts"),
        ({"shared_ties": ["children"]}, "own_acts_family"),
        ({"shared_ties": ["home"], "their_stance": ["over"]}, "own_acts_family"),
        ({"shared_ties": ["children"], "limits": ["legal"]}, "own_acts"),
        ({"shared_ties": ["children"], "limits": ["blocked_everywhere"]}, "own_acts"),
        ({"shared_ties": ["living_together"], "their_stance": ["asked_stop"]}, "own_acts"),
        ({"shared_ties": ["children"], "afraid": "often"}, "own_acts_too"),
    ],
)
def test_own_acts_beside_children(pack: Pack, answers: Answers, notice: str) -> None:
    """Contact is asked to keep to what children or a home need, unless the law or a stop forbids that as well."""
    for acts in ({"own_acts": ["threatened"], "own_acts_why": "other"}, {"own_reaching": ["went_there"]}):
        plan = plan_for(pack, {**CALM, **acts, **answers})
        assert [raised.id for raised in plan.notices if raised.id.startswith("own_acts")] == [notice]


# Questions that come up


def test_at_most_forty_seven_questions(pack: Pack) -> None:
    """At most 47 questions are shown; six are required, and each of these allows “rather not say”."""
    sampler = PersonSampler(pack, 13)
    counts = []
    parts = ("main", "no_part", None)
    for acts, why, broke, hopes, outside in product(
        (["none"], ["hurt"], None), ("protect", "other", None), parts, parts, parts
    ):
        answers = {
            **CALM, "own_acts": acts, "own_acts_why": why, "i_broke_trust": broke, "hopes": hopes, "outside": outside
        }  # fmt: skip
        counts.append(len(assess_answers(pack, answers).responses.visible))
    counts += [len(assess_answers(pack, sampler.random_answers(calm=0.9)).responses.visible) for _ in range(500)]
    assert max(counts) == 47
    required = [item for item in pack.forms["breakup"].items if item.required]
    assert [item.id for item in required] == [
        *("pronoun", "wish", "how_it_ended", "how_long_ago"),
        *("in_touch", "their_stance"),
    ]
    assert all(item.rather_not_say for item in required)


def test_questions_hide_with_their_steps(pack: Pack) -> None:
    """A person at risk is not asked about their own part, and a held talk is not asked about."""
    sampler = PersonSampler(pack, 14)
    for number in range(300):
        answers = sampler.random_answers(calm=(0.5, 0.9)[number % 2])
        visible, held = set(assess_answers(pack, answers).responses.visible), expected_holds(expected_gates(answers))
        side = set(HIDDEN_AT_RISK) - {"said_sorry"}
        assert (visible & side) == (set() if "own_part" in held else side)
        assert (visible & set(HIDDEN_WHILE_HELD)) == (set() if "talk" in held else set(HIDDEN_WHILE_HELD))
        hurt = {answers.get("i_broke_trust"), answers.get("i_hurtful")} & {"small", "big", "main"}
        acted = bool(hurt) or (answers.get("own_name") or 0) >= 3
        assert ("said_sorry" in visible) is (acted and "own_part" not in held)
        assert ("own_acts_why" in visible) is bool(visible_answers({**answers, "own_acts_why": 1}).get("own_acts_why"))


# Check-ins


def test_a_check_in_asks_ten_questions(pack: Pack) -> None:
    """A check-in asks two complete scales, about dark thoughts and about what happened; nothing is required."""
    form = pack.forms["check-in"]
    assert len(form.items) == 10
    assert not any(item.required for item in form.items)
    assert {scale.id for scale in form.scales} == {"steadiness", "space_kept"}


def test_a_check_in_without_a_gate_moves_nothing(pack: Pack) -> None:
    """A check-in that fires no gate does not change the plan."""
    full_sampler, check_in_sampler = PersonSampler(pack, 15), PersonSampler(pack, 16, "check-in")
    for number in range(150):
        full = assess_answers(pack, full_sampler.random_answers(calm=(0.6, 1)[number % 2]))
        waiting = ("none", "one", "two_three")[number % 3]
        quiet = {"since_last_time": ["nothing"], "self_harm_thoughts": "no", "unanswered": waiting}
        check_in = assess_answers(pack, check_in_sampler.random_answers(quiet), form="check-in")
        assert (check_in.plan, check_in.trace.firings) == (None, ())
        assert plan_with_check_in(full, check_in) == full.plan


@pytest.mark.parametrize(
    ("answers", "gates"),
    [
        ({"since_last_time": ["frightened"]}, {"since-frightened"}),
        ({"since_last_time": ["told_to_stop"]}, {"since-told-to-stop"}),
        ({"since_last_time": ["frightened", "told_to_stop"]}, {"since-frightened", "since-told-to-stop"}),
        ({"since_last_time": None}, {"since-open"}),
        ({"unanswered": None}, {"open-questions"}),
        ({"unanswered": "four_plus"}, {"too-many-messages"}),
        ({"self_harm_thoughts": "ending_now"}, {"self-harm", "thoughts-of-dying-now"}),
        ({"self_harm_thoughts": "ending_earlier"}, {"self-harm", "thoughts-of-dying-earlier"}),
        ({"self_harm_thoughts": "hurting"}, {"self-harm", "thoughts-of-hurting"}),
        ({"self_harm_thoughts": None}, {"self-harm-open"}),
    ],
)
def test_a_check_in_adds_holds(pack: Pack, answers: dict[str, Any], gates: set[str]) -> None:
    """A gate of a check-in adds its holds, notice, kind and weights to the last full plan."""
    expected = expected_holds(gates & GATES.keys()).union(
        *(CHECK_IN_GATES[gate][0] for gate in gates & CHECK_IN_GATES.keys())
    )
    sampler = PersonSampler(pack, 17)
    for earlier in (CALM, sampler.random_answers(calm=0.8), sampler.random_answers(calm=0.8)):
        full = assess_answers(pack, earlier)
        assert full.plan is not None
        check_in = assess_answers(pack, {**CALM_CHECK_IN, **answers}, form="check-in")
        assert gates_fired(check_in) == gates
        plan = plan_with_check_in(full, check_in)
        assert held_steps(plan) == held_steps(full.plan) | expected
        moved = {rule for step in plan.steps for rule, _ in set(step.changes) ^ set(full.plan.step(step.id).changes)}
        assert moved <= gates | {
            rule.id for rule in pack.rules if any(leaf.subject == "finding" for leaf, _ in leaves(rule.when))
        }
        assert {notice.id for notice in plan.notices} >= {notice.id for notice in full.plan.notices}
        kinds = [kind.id for kind in pack.content.kinds]
        assert kinds.index(plan.kind.id) <= kinds.index(full.plan.kind.id)
        for gate in gates & CHECK_IN_GATES.keys():
            _, kind, notice = CHECK_IN_GATES[gate]
            assert notice in {raised.id for raised in plan.notices}
            assert kinds.index(plan.kind.id) <= kinds.index(kind)


def test_findings_build_on_findings(pack: Pack) -> None:
    """A chain of findings runs through several strata after the gates, up to the kind of plan."""
    levels = {rule.id: number for number, rules in enumerate(pack.strata) for rule in rules}
    chain = ["keeps-much-space", "long-quiet", "after-a-long-quiet"]
    assert [levels[name] for name in chain] == sorted({levels[name] for name in chain})
    assert levels[chain[0]] > 0
