"""What-ifs and weeks of the breakup pack (content-guide 9 and 10.7)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from random import Random
from typing import Any, Final

import pytest

from engine.assessment.ordering import EMPHASES
from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import Plan
from engine.content.pack import Pack
from engine.rendering.render import render
from engine.report.weeks import build_weeks
from engine.simulation.sampling import sample_person
from engine.what_if.better_answers import better_answers
from engine.what_if.report import build_what_if_report
from engine.what_if.search import WhatIf, find_what_ifs
from tests.breakup.simulated_people import population
from tests.checks.readability import sentences
from tests.engine.what_if.test_search import what_ifs_told
from tests.factories.random_packs import random_answer
from tests.factories.reference_what_ifs import brute_force

PEOPLE, STRANGERS, BY_BRUTE_FORCE = 200, 100, 15
# The person's own doing: sections 4, 5, 8 and 9 of the guide, and three of section 7. Never sleep, never the other one.
OWN: Final = {
    *("day", "thoughts", "settle", "checking", "urge_acted", "asking"),
    *("people", "body", "own_thing", "direction", "own_name", "own_effect"),
    *("hear_no", "wait", "different"),
}
MAY_MOVE: Final = {"understand", "own_part", "space", "growth", "apologise", "patience", "learn"}
CONTACT: Final = ("talk", "trust", "care", "memories")
NO_WEEK: Final = {*CONTACT, "apologise"}
NEVER: Final = re.compile(r"\b(will|chance|win|back|soon|should|must|miss)\b")


def pack() -> Pack:
    return population().pack


@lru_cache(maxsize=1)
def everybody() -> tuple[Assessment, ...]:
    """Simulated people, and people with random answers."""
    pop, random = population(), Random(7)
    people = [sample_person(pop, 3, number) for number in range(PEOPLE)]
    items = [item.model_dump() for item in pop.pack.forms["breakup"].items]
    for _ in range(STRANGERS):
        answers = {item["id"]: random_answer(random, item) for item in items if random.random() < 0.9}
        safe = {"afraid": "never", "what_they_did": ["none"], "limits": ["none"], "own_acts": ["none"]}
        safe |= {"self_harm_thoughts": "no"}
        people.append(answers | (safe if random.random() < 0.8 else {}))
    return tuple(assess(pop.pack, "breakup", answers, pop.taken_on, complete=False, plain=True) for answers in people)


@lru_cache(maxsize=1)
def what_ifs_of_everybody() -> tuple[tuple[Assessment, tuple[WhatIf, ...]], ...]:
    """All people with all their what-ifs."""
    return tuple((assessment, find_what_ifs(assessment).what_ifs) for assessment in everybody())


def plan_after(assessment: Assessment, what_if: WhatIf) -> Plan:
    answers: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in assessment.responses.answers.items()
    }
    answers |= {change.item: change.after for change in what_if.changes}
    plan = assess(assessment.pack, "breakup", answers, assessment.provenance.as_of, complete=False, plain=True).plan
    assert plan is not None
    return plan


def test_only_own_answers_and_own_steps() -> None:
    """What-ifs are only about what the person can do, and about steps that need no one else."""
    assert {item.id for item in pack().items.values() if item.changeable} == OWN | {"said_sorry"}
    all_what_ifs = [what_if for _, what_ifs in what_ifs_of_everybody() for what_if in what_ifs]
    supposed = {item for what_if in all_what_ifs for item in what_if.items}
    assert supposed <= OWN
    # Each is supposed of somebody, but what would make room for a talk: that is nobody's to bring about.
    assert supposed >= OWN - {"hear_no", "different"}
    assert supposed.isdisjoint(pack().sensitive)
    assert {move.step for what_if in all_what_ifs for move in what_if.moves} <= MAY_MOVE


def test_no_contact_step_gets_more() -> None:
    """No what-if gives a contact step more weight, more emphasis or an earlier position, or changes holds."""
    for assessment, what_ifs in what_ifs_of_everybody():
        assert assessment.plan is not None
        for what_if in islice(what_ifs, 4):
            plan = plan_after(assessment, what_if)
            assert plan.kind.id == assessment.plan.kind.id
            assert {step.id for step in plan.steps if step.held} == {
                step.id for step in assessment.plan.steps if step.held
            }
            for step in CONTACT:
                before, after = assessment.plan.step(step), plan.step(step)
                assert after.weight <= before.weight, (step, what_if)
                assert after.effective <= before.effective, (step, what_if)
                assert EMPHASES.index(after.emphasis) >= EMPHASES.index(before.emphasis), (step, what_if)
                assert after.position >= before.position, (step, what_if)


def test_none_where_somebody_may_be_at_risk_or_lets_go() -> None:
    """Short plans, safety first and heal-and-let-go have no what-ifs; the others do."""
    offered = {True: 0, False: 0}
    for assessment in everybody():
        assert assessment.plan is not None
        result = find_what_ifs(assessment, most=1)
        dark = any(notice.id.startswith("self_harm") for notice in assessment.plan.notices)
        assert result.offered == (assessment.plan.kind.id in {"space_first", "reconnect"} and not dark)
        assert result.offered or not result.what_ifs
        offered[result.offered] += 1
    assert min(offered.values()) > 100


def test_most_people_are_told_something() -> None:
    """Four of five people whose kind allows what-ifs have at least one, mostly with a single answer."""
    sizes = [
        len(what_ifs[0].changes) if what_ifs else 0
        for assessment, what_ifs in what_ifs_of_everybody()
        if find_what_ifs(assessment, most=0).offered
    ]
    assert sizes.count(0) < len(sizes) / 5
    assert sizes.count(1) > sizes.count(2) > 0


def presses(assessment: Assessment) -> bool:
    """Whether the person put pressure on the other, waits for answers, or looks at their pages on most days."""
    answers = assessment.responses.answers
    waiting, checking = answers.get("unanswered"), answers.get("checking")
    return (
        "pressed" in assessment.trace.findings
        or waiting not in {None, "none"}
        or (isinstance(checking, int) and checking >= 3)
    )


def test_nobody_who_presses_is_let_off() -> None:
    """For people who press, wait or look, no what-if eases space or the own part, except by giving space."""
    eased = {True: 0, False: 0}
    for assessment, what_ifs in what_ifs_of_everybody():
        for what_if in what_ifs:
            if {move.step for move in what_if.moves if move.way == "eases"} & {"space", "own_part"}:
                assert not presses(assessment) or what_if.items <= {"checking", "urge_acted", "asking"}, what_if
                eased[presses(assessment)] += 1
    assert min(eased.values()) > 20


def test_nothing_out_of_reach_is_supposed() -> None:
    """No what-if supposes an answer more than two steps from the one given."""
    assert {
        change.points for _, what_ifs in what_ifs_of_everybody() for what_if in what_ifs for change in what_if.changes
    } == {1, 2}


def test_every_answer_that_can_be_supposed_has_its_clause() -> None:
    """Each better answer has its own ``if`` clause in the second person, without promises."""
    for item in pack().items.values():
        if not item.is_ordered or not item.changeable:
            continue
        reachable = {
            better.after for answer in item.answers_in_order for better in better_answers(pack(), item.id, answer)
        }
        for answer in item.answers_in_order:
            (choice,) = item.chosen(answer)
            clause = choice.supposed
            assert (clause is not None) == (answer in reachable), (item.id, answer)
            if clause is not None:
                assert not clause.endswith(".")
                assert clause[0].islower() or clause[0] == "{"
                assert "you" in clause or "strong feeling" in clause
                assert not NEVER.search(clause), clause
                assert len(clause.split()) <= 16, clause


def rendered_what_ifs() -> Iterator[tuple[Assessment, str]]:
    for assessment in everybody():
        result = find_what_ifs(assessment, most=3)
        if result.offered:
            yield assessment, render(build_what_if_report(result, assessment), "text")


def test_words() -> None:
    """No placeholder is left, no contact step is named, no safety answer is quoted, and sentences stay short."""
    options = [
        option.text
        for name in pack().sensitive
        for option in getattr(pack().items[name], "options", ())
        if len(option.text) > 12 and "{" not in option.text
    ]
    for assessment, text in rendered_what_ifs():
        assert "{" not in text
        flat = " ".join(text.split())
        titles = {variant.title for step in pack().steps if step.id in CONTACT for variant in step.for_kind.values()}
        titles |= {step.title for step in pack().steps if step.id in CONTACT}
        assert not any(f"“{title}”" in flat for title in titles if title)
        assert not any(option in flat for option in options)
        assert text.count("· If ") <= 3
        assert all(len(sentence.split()) <= 55 for sentence in sentences(flat)), assessment


def test_weeks_hold_own_steps_alone() -> None:
    """Weeks have each free step once, without contact steps; safety first has no weeks."""
    titles = {step.id: step for step in pack().steps}
    for assessment in everybody():
        assert assessment.plan is not None
        weeks = build_weeks(assessment)
        dark = any(notice.id.startswith("self_harm") for notice in assessment.plan.notices)
        assert weeks.offered == (assessment.plan.kind.id != "safety_first" and not dark)
        stand = [step.step for week in weeks.weeks for step in week.steps] + [step.step for step in weeks.later]
        free = [step.id for step in assessment.plan.steps if not step.held and step.id not in NO_WEEK]
        assert stand == (free if weeks.offered else [])
        if weeks.unscheduled:
            assert assessment.plan.kind.id in {"space_first", "reconnect"}
            assert len(weeks.unscheduled.steps) == sum(not assessment.plan.step(name).held for name in NO_WEEK)
        text = render(weeks, "text")
        assert "{" not in text
        assert not re.search(r"\bWeek\b", text.partition("Only if ")[2])
        json.loads(render(weeks, "json"))
    assert set(titles) >= NO_WEEK


@pytest.mark.parametrize("number", range(BY_BRUTE_FORCE))
def test_drawn_persons_by_brute_force(number: int) -> None:
    """The search finds what brute force finds, and the rules engine confirms all of it."""
    pop = population()
    assessment = assess(pop.pack, "breakup", sample_person(pop, 11, number), pop.taken_on, complete=False)
    result = find_what_ifs(assessment)
    assert result.unconfirmed == ()
    assert set(what_ifs_told(result)) == brute_force(assessment)
