"""The gates of the breakup pack: each over every combination of the answers it reads, and that nothing lifts a hold."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any, Final

import pytest

from engine.assessment.evaluator import Facts
from engine.assessment.pipeline import Assessment, plan_with_check_in, raised_notices
from engine.assessment.plan import arrange
from engine.assessment.responses import validate_answers
from engine.assessment.trace import Firing, Trace, logic_of
from engine.content.conditions import leaves
from engine.content.pack import Pack
from engine.content.rules import EFFECTS, HoldEffect, Rule
from engine.loading.checks.rule_examples import check_examples
from engine.loading.library import Library, load_library
from tests.breakup.expected_gates import (
    AT_RISK_HOLDS,
    CALM,
    CHECK_IN_GATES,
    CONTACT,
    DAY,
    GATES,
    HIDDEN_AT_RISK,
    HIDDEN_WHILE_HELD,
    QUIET,
    Answers,
    Crowd,
    asked,
    every_answer,
    every_combination,
    fired_gates,
    held,
    holds,
    notices,
    planned,
    taken,
)

READ: Final = {gate: items for gate, (_, _, _, items) in GATES.items() if items}
CALM_CHECK_IN: Final[Answers] = {
    **{item: CALM[item] for item in ("sleep", "day", "thoughts", "settle", "self_harm")},
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


def gates_fired(found: Assessment) -> set[str]:
    return {firing.rule for firing in found.trace.firings if firing.stratum == 0}


def gates_alone(pack: Pack, answers: Answers) -> set[str]:
    """The gates that fire, without all that follows them."""
    form = pack.forms["breakup"]
    facts = Facts(validate_answers(pack, form, answers, DAY, complete=False).answers, form.asked, {}, DAY)
    return {rule.id for rule, node in logic_of(pack).strata[0] if node.truth(facts) is True}


def held_by(pack: Pack, rules: set[str]) -> frozenset[str]:
    """What these rules hold, by their effects."""
    effects = [effect for rule in pack.rules if rule.id in rules for effect in rule.then]
    return frozenset(step for one in effects if isinstance(one, HoldEffect) for step in pack.targets(one.hold))


# What is in the pack


def test_it_loads_without_a_problem(library: Library, pack: Pack) -> None:
    """The shipped content has no problem, and every rule has examples of both kinds, which it keeps."""
    assert library.problems == ()
    assert list(check_examples(pack)) == []
    assert [rule.id for rule in pack.rules if not (rule.examples.fires and rule.examples.silent)] == []


def test_the_rules_engine_agrees_on_the_examples(pack: Pack) -> None:
    """The first examples of every rule have the same trace with and without the rules engine."""
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
    """Every gate of the pack has its meaning written down in these tests, and reads no more than is said there."""
    assert {rule.id for rule in gates_of(pack)} == {*GATES, *CHECK_IN_GATES}
    for rule in gates_of(pack):
        if rule.id in READ:
            assert {leaf.id for leaf, _ in leaves(rule.when)} == set(READ[rule.id])


# Each gate over every combination of its answers


@pytest.mark.parametrize("gate", READ)
def test_every_combination_of_a_gate(pack: Pack, gate: str) -> None:
    """For every combination of a gate's answers the gates that are meant fire, no other, and they hold what they must."""
    outcomes = set()
    for answers in every_combination(pack, READ[gate]):
        meant = fired_gates(answers)
        found = gates_alone(pack, answers)
        assert found == meant, answers
        assert held_by(pack, found) == holds(meant), answers
        outcomes.add(gate in meant)
    assert outcomes == {True, False}


def test_every_combination_of_open_questions(pack: Pack) -> None:
    """Whichever of the eight questions are left out, kept back or answered, one open answer holds contact and apology."""
    names = [item for item in QUIET if item != "self_harm"]
    for states in product(("answered", "null", "absent"), repeat=len(names)):
        answers = dict(CALM)
        for item, state in zip(names, states, strict=True):
            if state == "null":
                answers[item] = None
            elif state == "absent":
                del answers[item]
        found = gates_alone(pack, answers)
        assert found == ({"open-questions"} if set(states) != {"answered"} else set()), answers
    assert held(planned(pack, {**CALM, "afraid": None})) == CONTACT | {"apologise"}


@pytest.mark.parametrize(
    ("answers", "raised"),
    [
        (CALM, ()),
        ({**CALM, "afraid": "once"}, ("at_risk",)),
        ({**CALM, "self_harm": "yes", "limits": ["legal"]}, ("self_harm", "order")),
        ({**CALM, "afraid": None}, ("open_questions",)),
        ({"afraid": "often"}, ("at_risk", "open_questions")),
    ],
)
def test_notices_can_be_told_while_answering(pack: Pack, answers: Answers, raised: tuple[str, ...]) -> None:
    """What gates raise with the answers so far is known before the end, in the order in which notices are shown."""
    form = pack.forms["breakup"]
    assert raised_notices(pack, form, validate_answers(pack, form, answers, DAY, complete=False), DAY) == raised


def test_gates_combine(pack: Pack) -> None:
    """Of 1,500 people exactly the steps are held that the gates meant for them hold together, and notices stand in order."""
    crowd, counts = Crowd(pack, 4), set()
    for number in range(1500):
        answers = crowd.somebody(calm=(0, 0.5, 0.8)[number % 3])
        meant, found = fired_gates(answers), taken(pack, answers)
        plan = found.plan
        assert plan is not None
        counts.add(len(meant))
        assert gates_fired(found) == gates_alone(pack, answers) == meant, answers
        assert held(plan) == holds(meant), answers
        assert [notice.id for notice in plan.notices] == notices(answers), answers
        assert [step.held for step in plan.steps] == sorted(step.held for step in plan.steps)
    assert counts >= {0, 1, 2, 3, 4, 5}


def test_without_a_gate_all_eleven_steps_are_free(pack: Pack) -> None:
    """Of 300 people without a gate nothing is held, and each step appears once."""
    crowd = Crowd(pack, 11)
    for _ in range(300):
        plan = planned(pack, crowd.somebody(QUIET))
        assert held(plan) == frozenset()
        assert sorted(step.id for step in plan.steps) == sorted(step.id for step in pack.steps)
        assert plan.notices == ()


# Nothing lifts a hold


def test_no_effect_takes_a_hold_away(pack: Pack) -> None:
    """There are ten effects; one holds, none frees; whatever rules fire together, one more never frees a step."""
    assert set(EFFECTS) == {"finding", "weight", "order", "cap", "action", "caution", "hold", "notice", "kind", "say"}
    random = Random(2)
    for rule in pack.rules:
        others = random.sample([one.id for one in pack.rules if one.id != rule.id], random.randrange(40))
        before, after = (
            held(arrange(pack, Trace(tuple(Firing(name, 0, (), (), (), sensitive=False) for name in names), {})))
            for names in (others, [*others, rule.id])
        )
        assert before <= after
        assert after == held_by(pack, {*others, rule.id})


def test_only_gates_hold(pack: Pack) -> None:
    """No rule but a gate holds a step, so what is held follows from the answers that gates read, and from nothing else."""
    assert [rule.id for rule in pack.rules if not rule.gate and held_by(pack, {rule.id})] == []
    crowd = Crowd(pack, 5)
    for _ in range(150):
        one, other = crowd.somebody(calm=0.6), crowd.somebody(calm=0.6)
        gate_items = {**QUIET, "own_acts_why": None}
        mixed = {**other, **{item: one.get(item) for item in gate_items}}
        assert held(planned(pack, mixed)) == held(planned(pack, one))


def test_no_wish_lifts_a_hold(pack: Pack) -> None:
    """Whatever a person wishes, the same steps are held."""
    crowd = Crowd(pack, 6)
    for _ in range(60):
        answers = crowd.somebody(calm=0.7)
        assert len({held(planned(pack, {**answers, "wish": wish})) for wish in every_answer(pack.items["wish"])}) == 1


@pytest.mark.parametrize("item", [item for item in QUIET if item != "contact_wish"])
def test_no_other_answer_frees_a_step(pack: Pack, item: str) -> None:
    """Whoever answers one of these in another way than a calm person does, or not at all, has no step freed by it."""
    crowd = Crowd(pack, 7)
    for _ in range(120):
        answers = crowd.somebody({item: CALM[item]}, calm=0.6)
        changed = {**answers, item: crowd.answer(item)}
        assert held(planned(pack, answers)) <= held(planned(pack, changed)), changed


SAFETY: Final[list[tuple[Answers, frozenset[str]]]] = [
    *(({"afraid": answer}, AT_RISK_HOLDS) for answer in ("once", "often")),
    *(({"their_acts": [act]}, AT_RISK_HOLDS) for act in ("hurt", "checked", "follows")),
    ({"own_acts": ["hurt"], "own_acts_why": "protect"}, AT_RISK_HOLDS),
    *(({"own_acts": ["threatened"], "own_acts_why": why}, CONTACT | {"apologise"}) for why in ("other", "both", None)),
    *(({"own_reaching": [act]}, CONTACT | {"apologise"}) for act in ("after_no", "looked_phone", "asked_others")),
    *(({"limits": [limit]}, CONTACT | {"apologise"}) for limit in ("legal", "blocked_everywhere", "blocked_some")),
    *(({"self_harm": answer}, CONTACT | {"apologise"}) for answer in ("yes", "not_now")),
]


@pytest.mark.parametrize(
    ("safety", "never_raised"), SAFETY, ids=lambda value: str(dict(value)) if isinstance(value, dict) else ""
)
def test_a_safety_yes_adds_no_weight(pack: Pack, safety: Answers, never_raised: frozenset[str]) -> None:
    """A yes on a question about safety adds no weight to the steps that it must not bring forward, and frees none."""
    crowd = Crowd(pack, 8)
    hidden = dict.fromkeys((*HIDDEN_AT_RISK, *HIDDEN_WHILE_HELD))  # they come up for one of the two alone
    for number in range(80):
        no = {item: CALM[item] for item in safety if item in CALM}
        without = crowd.somebody({**no, **hidden}, calm=(0.4, 1)[number % 2])
        before, after = planned(pack, without), planned(pack, {**without, **safety})
        assert held(before) <= held(after)
        raised = {step for step in never_raised if after.step(step).weight > before.step(step).weight}
        assert raised == set(), without


@pytest.mark.parametrize("answer", ["yes", "not_now", None])
def test_dark_thoughts_keep_contact_light(pack: Pack, answer: object) -> None:
    """With thoughts of self-harm, or with the question open, no contact step is more than light, by a cap of its own."""
    crowd = Crowd(pack, 9)
    for _ in range(100):
        plan = planned(pack, crowd.somebody({"self_harm": answer}, calm=0.8))
        assert {plan.step(step).emphasis for step in CONTACT} <= {"light", "not_now"}
        for step in CONTACT:
            assert {"self-harm", "self-harm-open"} & {cap.rule for cap in plan.step(step).caps if cap.at == "light"}
        assert plan.kind.id != "reconnect"
        assert ("self_harm" in [notice.id for notice in plan.notices]) is (answer is not None)


def test_the_notice_about_dark_thoughts_stands_first(pack: Pack) -> None:
    """Whatever else is raised, thoughts of self-harm come first, open, with a line to talk to."""
    crowd = Crowd(pack, 10)
    signpost = next(notice for notice in pack.content.notices if notice.id == "self_harm")
    assert (signpost.folded, signpost.short, signpost.help[:1]) == (False, True, ("crisis",))
    for _ in range(100):
        assert planned(pack, crowd.somebody({"self_harm": "yes"}, calm=0.5)).notices[0].id == "self_harm"


def test_dark_thoughts_put_the_basics_first(pack: Pack) -> None:
    """With thoughts of self-harm the one step that is shown is food, sleep and people, whatever else weighs."""
    crowd = Crowd(pack, 10)
    for _ in range(300):
        assert planned(pack, crowd.somebody({"self_harm": "yes"}, calm=0.5)).steps[0].id == "growth"


# Questions that come up


def test_at_most_forty_seven_questions(pack: Pack) -> None:
    """Nobody is shown more than 47 questions, and five of all are required, each of which may be kept to oneself."""
    crowd = Crowd(pack, 13)
    shown = [len(taken(pack, {**CALM, "i_broke_trust": "big"}).responses.visible)]
    for acts, why, broke in product((["none"], ["hurt"], None), ("protect", "other", None), ("big", "no_part", None)):
        answers = {**CALM, "own_acts": acts, "own_acts_why": why, "i_broke_trust": broke}
        shown.append(len(taken(pack, answers).responses.visible))
    shown += [len(taken(pack, crowd.somebody(calm=0.9)).responses.visible) for _ in range(500)]
    assert max(shown) == 47
    required = [item for item in pack.forms["breakup"].items if item.required]
    assert [item.id for item in required] == ["pronoun", "wish", "ended_when", "who_ended", "contact_wish"]
    assert all(item.rather_not_say for item in required)


def test_questions_hide_with_their_steps(pack: Pack) -> None:
    """One's own side is not asked of a person at risk, and a talk is not asked about while it is held."""
    crowd = Crowd(pack, 14)
    for number in range(300):
        answers = crowd.somebody(calm=(0.5, 0.9)[number % 2])
        visible, kept = set(taken(pack, answers).responses.visible), holds(fired_gates(answers))
        side = set(HIDDEN_AT_RISK) - {"apology"}
        assert (visible & side) == (set() if "own_part" in kept else side)
        assert (visible & set(HIDDEN_WHILE_HELD)) == (set() if "talk" in kept else set(HIDDEN_WHILE_HELD))
        broke = answers.get("i_broke_trust") in {"small", "big", "main"}
        assert ("apology" in visible) is (broke and "own_part" not in kept)
        assert ("own_acts_why" in visible) is bool(asked({**answers, "own_acts_why": 1}).get("own_acts_why"))


# Check-ins


def test_a_check_in_asks_ten_questions(pack: Pack) -> None:
    """A check-in asks two scales whole, about dark thoughts, and what happened since; it requires nothing."""
    form = pack.forms["check-in"]
    assert len(form.items) == 10
    assert not any(item.required for item in form.items)
    assert {scale.id for scale in form.scales} == {"steadiness", "space_kept"}


def test_a_check_in_without_a_gate_moves_nothing(pack: Pack) -> None:
    """A check-in that fires no gate gives the same plan as before, whatever it says of sleep, looking and writing."""
    full_crowd, later = Crowd(pack, 15), Crowd(pack, 16, "check-in")
    for number in range(150):
        full = taken(pack, full_crowd.somebody(calm=(0.6, 1)[number % 2]))
        waiting = ("none", "one", "two_three")[number % 3]
        quiet = {"since_last_time": ["nothing"], "self_harm": "no", "unanswered": waiting}
        found = taken(pack, later.somebody(quiet), form="check-in")
        assert (found.plan, found.trace.firings) == (None, ())
        assert plan_with_check_in(full, found) == full.plan


@pytest.mark.parametrize(
    ("answers", "gates"),
    [
        ({"since_last_time": ["frightened"]}, {"since-frightened"}),
        ({"since_last_time": ["told_to_stop"]}, {"since-told-to-stop"}),
        ({"since_last_time": ["frightened", "told_to_stop"]}, {"since-frightened", "since-told-to-stop"}),
        ({"since_last_time": None}, {"since-open"}),
        ({"unanswered": None}, {"open-questions"}),
        ({"unanswered": "four_plus"}, {"too-many-messages"}),
        ({"self_harm": "yes"}, {"self-harm"}),
        ({"self_harm": None}, {"self-harm-open"}),
    ],
)
def test_a_check_in_adds_holds(pack: Pack, answers: dict[str, Any], gates: set[str]) -> None:
    """A gate of a check-in adds its holds, its notice, its kind and its weights to the last full plan, and holds nothing else."""
    meant = holds(gates & GATES.keys()).union(*(CHECK_IN_GATES[one][0] for one in gates & CHECK_IN_GATES.keys()))
    crowd = Crowd(pack, 17)
    for keep in (CALM, crowd.somebody(calm=0.8), crowd.somebody(calm=0.8)):
        full = taken(pack, keep)
        assert full.plan is not None
        check_in = taken(pack, {**CALM_CHECK_IN, **answers}, form="check-in")
        assert gates_fired(check_in) == gates
        plan = plan_with_check_in(full, check_in)
        assert held(plan) == held(full.plan) | meant
        moved = {rule for step in plan.steps for rule, _ in set(step.changes) ^ set(full.plan.step(step.id).changes)}
        assert moved <= gates | {
            rule.id for rule in pack.rules if any(leaf.subject == "finding" for leaf, _ in leaves(rule.when))
        }
        assert {one.id for one in plan.notices} >= {one.id for one in full.plan.notices}
        kinds = [one.id for one in pack.content.kinds]
        assert kinds.index(plan.kind.id) <= kinds.index(full.plan.kind.id)
        for gate in gates & CHECK_IN_GATES.keys():
            _, kind, notice = CHECK_IN_GATES[gate]
            assert notice in {one.id for one in plan.notices}
            assert kinds.index(plan.kind.id) <= kinds.index(kind)


def test_findings_build_on_findings(pack: Pack) -> None:
    """A chain of findings spans several strata after the gates: space kept, a long quiet, an open door, a calm talk."""
    levels = {rule.id: number for number, rules in enumerate(pack.strata) for rule in rules}
    chain = ["keeps-much-space", "long-quiet", "door-after-a-long-quiet", "ready-to-talk"]
    assert [levels[name] for name in chain] == sorted({levels[name] for name in chain})
    assert levels[chain[0]] > 0
