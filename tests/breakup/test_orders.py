"""The order of the breakup pack's steps: exactly the constraints of the guide apply."""

from __future__ import annotations

from itertools import islice, product
from typing import Any, Final

import pytest

from engine.assessment.plan import Plan
from engine.content.effects import OrderEffect
from engine.content.pack import Pack
from engine.loading.library import load_library
from tests.breakup.expected_gates import (
    CALM,
    CONTACT,
    QUIET,
    Answers,
    PersonSampler,
    distance_kept,
    every_combination,
    plan_for,
    welcome,
)

Pair = tuple[str, str]
PART: Final = {"no_part": 0, "small": 1, "big": 2, "main": 3}
TRUST_ROWS: Final = ("they_broke_trust", "i_broke_trust", "jealousy")
NEVER: Final = (
    # What the guide refuses as a constraint (4.3).
    *(
        ("talk", "apologise"),
        ("growth", "talk"),
        ("understand", "learn"),
        ("own_part", "learn"),
        ("understand", "space"),
    ),
    *((step, last) for last in ("patience", "learn") for step in ("understand", "own_part", "space", "growth", "talk")),
)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_library().packs["breakup"]


def part(answers: Answers, row: str) -> int | None:
    """How big a part something played; None if that is not known."""
    return PART.get(answers.get(row) or "")


def constraints(answers: Answers) -> set[Pair]:
    """The constraints of 4.3 that apply to these answers. Unknown answers lead to none."""
    own_part = part(answers, "i_broke_trust")
    pairs: set[Pair] = {("own_part", "apologise")}
    if own_part is not None and own_part < 3:
        pairs.add(("understand", "apologise"))
    if not welcome(answers):
        pairs |= {("talk", "care"), ("talk", "memories")}
        if own_part is None or own_part < 2:  # after one's own breach trust is promises kept, which needs no talk
            pairs.add(("talk", "trust"))
        if not distance_kept(answers):  # the pack's own exception: rules/breakup/README.md
            pairs.add(("space", "talk"))
    if own_part is not None and own_part >= 2 and answers.get("said_sorry") in {"not_yet", "explained"}:
        pairs |= {("apologise", "trust"), ("apologise", "care")}
    if any((part(answers, row) or 0) >= 2 for row in TRUST_ROWS):
        pairs |= {("trust", "care"), ("trust", "memories")}
    return pairs


def binding_constraints(plan: Plan) -> set[Pair]:
    """The constraints that apply in a plan: those between free steps."""
    return {(first, step.id) for step in plan.steps for first, _ in step.waits_for}


def free_pairs(plan: Plan, pairs: set[Pair]) -> set[Pair]:
    return {pair for pair in pairs if not any(plan.step(step).held for step in pair)}


def violated_pairs(plan: Plan, pairs: set[Pair]) -> list[Pair]:
    return [(first, second) for first, second in pairs if plan.step(first).position > plan.step(second).position]


def test_only_these_constraints_exist(pack: Pack) -> None:
    """The pack has ten order constraints, and none that the guide refuses."""
    pairs = {
        (effect.order.first, effect.order.then)
        for rule in pack.rules
        for effect in rule.then
        if isinstance(effect, OrderEffect)
    }
    assert pairs == {
        *(("own_part", "apologise"), ("understand", "apologise"), ("space", "talk")),
        *(("talk", "trust"), ("talk", "care"), ("talk", "memories")),
        *(("apologise", "trust"), ("apologise", "care"), ("trust", "care"), ("trust", "memories")),
    }
    assert pairs.isdisjoint(NEVER)


# With the trust rows all known; what is open among them has a test of its own.
KNOWN: Final = {row: ["no_part", "small", "big", "main"] for row in TRUST_ROWS}


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_every_combination_about_trust(pack: Pack, every: int) -> None:
    """For combinations of answers about trust, apology and contact, exactly the expected constraints apply."""
    apologies = ("not_yet", "explained", "plain", "many_times", None)
    counted = 0
    combinations = product(*KNOWN.values(), apologies, ("both_write", "not_in_touch", "wants_to_talk"))
    for values in islice(combinations, 0, None, every):
        answers = {**CALM, **dict(zip((*KNOWN, "said_sorry", "in_touch"), values, strict=True))}
        if part(answers, "i_broke_trust") == 0:
            answers.pop("said_sorry")
        plan = plan_for(pack, answers)
        assert binding_constraints(plan) == constraints(answers), answers
        assert violated_pairs(plan, constraints(answers)) == [], answers
        counted += len(binding_constraints(plan))
    assert counted > 4500 / every


def test_every_combination_about_contact(pack: Pack) -> None:
    """For every kind of contact, exactly the guide's constraints apply between free steps."""
    for answers in every_combination(pack, ("in_touch", "their_stance", "unanswered")):
        plan = plan_for(pack, answers)
        assert binding_constraints(plan) == free_pairs(plan, constraints(answers)), answers


def test_one_known_row_about_trust_is_enough(pack: Pack) -> None:
    """Trust comes before warmth if any row about trust is big, whether or not the others are known."""
    for row, open_ in product(TRUST_ROWS, (None, "dont_know")):
        answers: dict[str, Any] = {**CALM, **dict.fromkeys(TRUST_ROWS, open_), row: "main"}
        assert binding_constraints(plan_for(pack, answers)) == constraints(answers), answers


@pytest.mark.parametrize("people", [500, pytest.param(2000, marks=pytest.mark.exhaustive)])
def test_the_order_of_a_crowd(pack: Pack, people: int) -> None:
    """Random people have the expected constraints, and their plans comply with them."""
    sampler = PersonSampler(pack, 20)
    for number in range(people):
        answers = sampler.random_answers(QUIET if number % 2 else None, calm=0.5)
        if number % 2:
            answers["in_touch"] = sampler.random_answer("in_touch")
        answers |= {row: sampler.random_answer(row) for row in TRUST_ROWS if part(answers, row) is None}
        if any(part(answers, row) is None for row in TRUST_ROWS):
            continue
        plan = plan_for(pack, answers)
        expected = free_pairs(plan, constraints(answers))
        assert binding_constraints(plan) == expected, answers
        assert violated_pairs(plan, expected) == [], answers


def test_never_as_a_constraint(pack: Pack) -> None:
    """For each constraint that the guide refuses, a plan with the opposite order exists."""
    sampler, unseen = PersonSampler(pack, 21), set(NEVER)
    for _ in range(1500):
        plan = plan_for(pack, sampler.random_answers(QUIET, calm=1) | {"in_touch": sampler.random_answer("in_touch")})
        unseen -= set(violated_pairs(plan, free_pairs(plan, unseen)))
        if not unseen:
            break
    assert unseen == set()


def test_an_apology_may_be_the_first_message(pack: Pack) -> None:
    """If the person broke trust and contact is welcome, the apology comes before talk, care and new memories."""
    answers = {
        **CALM,
        "i_broke_trust": "main",
        "they_broke_trust": "no_part",
        "jealousy": "no_part",
        "said_sorry": "not_yet",
    }
    plan = plan_for(pack, answers)
    assert violated_pairs(plan, {("apologise", step) for step in CONTACT}) == []


def test_held_steps_stand_in_the_articles_order(pack: Pack) -> None:
    """Held steps are last, in the order of the pack, for any weights."""
    sampler, order = PersonSampler(pack, 22), [step.id for step in pack.steps]
    for _ in range(300):
        plan = plan_for(pack, sampler.random_answers(calm=0.6))
        last = [step.id for step in plan.steps if step.held]
        assert last == [step for step in order if step in last]
        assert [step.id for step in plan.steps][len(order) - len(last) :] == last


def test_first_steps_differ(pack: Pack) -> None:
    """Six of the eleven steps are first in the plan of at least one person without a gate."""
    sampler, first = PersonSampler(pack, 23), set()
    for _ in range(1500):
        answers = sampler.random_answers({**QUIET, "wish": "try_again"})
        first.add(plan_for(pack, answers).steps[0].id)
        if len(first) >= 6:
            break
    assert len(first) >= 6
