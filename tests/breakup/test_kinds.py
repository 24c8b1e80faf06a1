"""The kinds of plan of the breakup pack: the first line of the guide's table that applies, and what each kind may say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import pytest

from engine.assessment.plan import Plan
from engine.content.pack import Pack
from engine.content.steps import Kind, RemarkSlot, Step, Variant
from engine.loading.library import load_library
from tests.breakup.expected_gates import (
    AT_RISK_HOLDS,
    CALM,
    CONTACT,
    QUIET,
    Crowd,
    every_answer,
    every_combination,
    kind,
    planned,
    space_kept,
    steadiness,
    taken,
    welcome,
)

CLOSED: Final = "safety_first"
PLACES_WITH_BASE: Final[tuple[RemarkSlot, ...]] = ("heading", "leave_alone", "come_back")
KINDS: Final = ("safety_first", "heal_and_let_go", "space_first", "reconnect")
PEOPLE: Final = 3_000
"""Drawn twice, so that two processes can share them."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_library().packs["breakup"]


def test_kinds_stand_strongest_first(pack: Pack) -> None:
    """There are four kinds, the strongest first; space first needs no reason, and contact is light in all but the last."""
    assert [one.id for one in pack.content.kinds] == list(KINDS)
    assert [one.id for one in pack.content.kinds if one.default] == ["space_first"]
    for one in pack.content.kinds:
        light = {step for cap in one.caps if cap.at == "light" for step in pack.targets(cap)}
        assert light == (set() if one.id == "reconnect" else CONTACT)


# The first line that applies


def test_every_combination_about_contact(pack: Pack) -> None:
    """The kind is the one meant, for every combination of how they are in touch, where the other stands, and what waits."""
    found = Counter[str]()
    for answers in every_combination(pack, ("contact_wish", "where_they_stand", "unanswered")):
        for wish in ("try_again", "get_over"):
            someone = {**answers, "wish": wish}
            assert planned(pack, someone).kind.id == kind(someone), someone
            found[kind(someone)] += 1
    assert found.keys() == {"heal_and_let_go", "space_first", "reconnect"}


@pytest.mark.parametrize(
    "items",
    [
        ("contact_wish", "ended_when", "unanswered"),
        ("contact_wish", "own_reaching"),
        ("wish", "ended_when", "self_harm"),
        ("limits", "contact_wish", "wish"),
        ("afraid", "own_acts", "own_acts_why", "wish"),
        ("sleep", "day", "thoughts", "settle"),
    ],
    ids="-".join,
)
def test_every_combination_of_a_few(pack: Pack, items: tuple[str, ...]) -> None:
    """The kind is the one meant, for every combination of some answers of a person who is calm otherwise."""
    for answers in every_combination(pack, items):
        assert planned(pack, answers).kind.id == kind(answers), answers


def test_every_combination_of_a_long_quiet(pack: Pack) -> None:
    """Where nothing was said, it takes six weeks, nothing that waits, and space kept well to open a door."""
    looking = tuple(every_answer(pack.items["checking"]))
    opened = 0
    for weeks, waiting, *looks in product(
        ("four_weeks", "six_weeks", None), ("none", "one"), looking, looking, looking
    ):
        answers = dict(zip(("checking", "urge_acted", "asking"), looks, strict=True))
        someone = {**CALM, "contact_wish": "nothing_said", "ended_when": weeks, "unanswered": waiting, **answers}
        assert planned(pack, someone).kind.id == kind(someone), someone
        opened += kind(someone) == "reconnect"
    assert opened > 20


def crowd(pack: Pack, seed: int) -> Iterator[tuple[dict[str, Any], Plan]]:
    """Many people with their plans: some answer all as they like, some are calm where gates ask."""
    people = Crowd(pack, seed)
    for number in range(PEOPLE):
        answers = people.somebody(calm=(0.2, 0.85, 1, 0.95)[number % 4])
        yield answers, planned(pack, answers)


@pytest.mark.parametrize("seed", [1, 31])
def test_the_kind_of_a_crowd(pack: Pack, seed: int) -> None:
    """Of 6,000 people each has the kind of plan that is meant; contact is at most light and never first but to reconnect."""
    found = Counter[str]()
    words = {one.id: shown_words(pack, one) for one in pack.content.kinds}
    for answers, plan in crowd(pack, seed):
        assert plan.kind.id == kind(answers), answers
        found[plan.kind.id] += 1
        emphases = {plan.step(step).emphasis for step in CONTACT}
        if plan.kind.id != "reconnect":
            assert emphases <= {"light", "not_now"}, answers
            assert plan.steps[0].id not in CONTACT, answers
        else:
            assert "not_now" not in {step.emphasis for step in plan.steps}, answers
        free = [step for step in plan.steps if not step.held]
        assert all(step.actions for step in free), answers
        shown = {(step.id, one.id) for step in free for one in (*step.actions, *step.cautions)}
        assert shown <= words[plan.kind.id], answers
    assert min(found[one] for one in KINDS) > 150


def test_scales_are_those_meant_here(pack: Pack) -> None:
    """The two scores that kinds rest on are what the tests take them for, with answers missing as well."""
    people = Crowd(pack, 2)
    for _ in range(500):
        answers = people.somebody()
        scales = taken(pack, answers).scales
        assert scales["steadiness"].value == steadiness(answers)
        assert scales["space_kept"].value == space_kept(answers)


def test_reconnecting_needs_every_gate_answered(pack: Pack) -> None:
    """If one question that a gate reads is open, the plan is not one of reconnecting, whoever it is."""
    assert planned(pack, CALM).kind.id == "reconnect"
    people = Crowd(pack, 3)
    for number, item in product(range(15), QUIET):
        answers = people.somebody(QUIET if number % 2 else {**QUIET, "contact_wish": "wants_to_talk"})
        without = {name: answer for name, answer in answers.items() if name != item}
        assert planned(pack, {**answers, item: None}).kind.id != "reconnect"
        assert planned(pack, without).kind.id != "reconnect"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "reconnect"),
        ({"contact_wish": "answers"}, "reconnect"),
        ({"contact_wish": "answers", "unanswered": "one"}, "space_first"),
        ({"contact_wish": "answers", "unanswered": "one", "where_they_stand": ["would_try"]}, "reconnect"),
        ({"contact_wish": "practical_only", "where_they_stand": ["would_try"]}, "space_first"),
        ({"where_they_stand": ["over"], "contact_wish": "wants_to_talk"}, "space_first"),
        ({"where_they_stand": ["over"]}, "heal_and_let_go"),
        ({"where_they_stand": ["committed"], "contact_wish": "wants_to_talk"}, "heal_and_let_go"),
        ({"limits": ["blocked_some"]}, "space_first"),
        ({"own_reaching": ["asked_others"]}, "space_first"),
        ({"their_acts": ["checked"]}, "safety_first"),
        ({"afraid": "once", "wish": "get_over", "limits": ["legal"]}, "safety_first"),
        ({"ended_when": "two_weeks"}, "reconnect"),
        ({"ended_when": "two_weeks", "contact_wish": "answers"}, "space_first"),
        ({"sleep": 0, "day": 1, "thoughts": 1, "settle": 1}, "space_first"),
        ({"sleep": 1, "day": 1, "thoughts": 1, "settle": 1}, "reconnect"),
        ({"wish": None}, "reconnect"),
    ],
)
def test_kinds_that_are_easy_to_get_wrong(pack: Pack, changes: dict[str, Any], expected: str) -> None:
    """One change to a calm person gives the kind that the guide's table names, read by eye."""
    assert planned(pack, {**CALM, **changes}).kind.id == expected
    assert kind({**CALM, **changes}) == expected


def test_nobody_is_welcome_by_a_wish(pack: Pack) -> None:
    """What a person wishes never makes contact welcome: the kind is the same for all who do not want to get over it."""
    people = Crowd(pack, 4)
    for _ in range(100):
        answers = people.somebody(calm=0.9)
        kinds = {planned(pack, {**answers, "wish": one}).kind.id for one in ("try_again", "decide", "not_sure", None)}
        assert len(kinds) == 1
        assert kinds != {"reconnect"} or welcome(answers) or answers["contact_wish"] == "nothing_said"


# The words of each kind


def said(step: Step) -> list[tuple[str, tuple[str, ...]]]:
    """Every action and caution of a step, with the kinds it is meant for."""
    return [(act.id, act.kinds) for act in step.actions] + [(one.id, one.kinds) for one in step.cautions]


def shown_words(pack: Pack, one: Kind) -> set[tuple[str, str]]:
    """Every action and caution, with its step, that may be said in a kind of plan."""
    found: set[tuple[str, str]] = set()
    for step in pack.steps:
        variant = step.for_kind.get(one.id, Variant())
        own = {*(variant.actions or ()), *(variant.cautions or ())}
        for name, kinds in said(step):
            allowed = one.id in kinds if kinds else not one.allowlist_only
            if allowed or name in own:
                found.add((step.id, name))
    return found


def free_steps(pack: Pack, one: str) -> list[Step]:
    """The steps that can appear in a kind of plan without being held."""
    return [step for step in pack.steps if one != CLOSED or step.id not in AT_RISK_HOLDS]


@pytest.mark.parametrize("name", KINDS)
def test_every_step_has_words_in_every_kind(pack: Pack, name: str) -> None:
    """Each step that can appear has a title, a summary, an end one can see, a word on why it stands there, and an action."""
    one = next(one for one in pack.content.kinds if one.id == name)
    for step in free_steps(pack, name):
        variant = step.for_kind.get(name, Variant())
        for field in ("title", "summary", "done_when", "default_reason"):
            assert getattr(variant, field) or getattr(step, field), (step.id, field)
        base = variant.actions if variant.actions is not None else [act.id for act in step.actions if act.base]
        assert {(step.id, act) for act in base} & shown_words(pack, one), step.id


def test_safety_first_has_all_its_own_words(pack: Pack) -> None:
    """In safety first nothing is said that was written for another kind: each free step has every text of its own."""
    one = next(one for one in pack.content.kinds if one.id == CLOSED)
    assert (one.allowlist_only, one.short) == (True, True)
    for step in free_steps(pack, CLOSED):
        variant = step.for_kind[CLOSED]
        assert all((variant.title, variant.summary, variant.default_reason, variant.actions)), step.id
        assert variant.cautions == (), step.id
    for step in pack.steps:
        if step.id in AT_RISK_HOLDS:
            assert CLOSED not in step.for_kind
            assert [name for name, kinds in said(step) if CLOSED in kinds] == []


@pytest.mark.parametrize("name", ["heal_and_let_go", "reconnect"])
def test_contact_and_patience_change_with_the_kind(pack: Pack, name: str) -> None:
    """Letting go, nobody is told to be patient with the other one, nor to reach out: those steps have words of their own."""
    for step in pack.steps:
        if step.id in CONTACT or (step.id == "patience" and name == "reconnect") or step.id == "apologise":
            variant = step.for_kind[name]
            assert variant.title != step.title, step.id
            assert variant.summary != step.summary, step.id
    patience = next(step for step in pack.steps if step.id == "patience")
    mine = patience.for_kind.get(name, Variant())
    assert ("yourself" in (mine.title or patience.title)) is (name == "heal_and_let_go")


def test_remarks_of_each_kind(pack: Pack) -> None:
    """Every kind has a heading, something to leave alone and a word for coming back, whatever rules say."""
    for place, name in product(PLACES_WITH_BASE, KINDS):
        base = [one for one in pack.content.remarks[place] if one.base and not one.first and name in one.kinds]
        assert len(base) == 1, (place, name)
