"""The kinds of plan of the breakup pack: which kind applies, and which texts it may have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import pytest

from engine.assessment.plan import Plan
from engine.content.pack import Pack
from engine.content.remarks import RemarkSlot
from engine.content.steps import Kind, Step, Variant
from engine.loading.library import load_library
from tests.breakup.expected_gates import (
    AT_RISK_HOLDS,
    CALM,
    CONTACT,
    QUIET,
    PersonSampler,
    assess_answers,
    every_answer,
    every_combination,
    expected_kind,
    kind_of,
    plan_for,
    space_kept,
    steadiness,
    welcome,
)

SAFETY_FIRST: Final = "safety_first"
PLACES_WITH_BASE: Final[tuple[RemarkSlot, ...]] = ("heading", "leave_alone", "come_back")
KINDS: Final = ("safety_first", "heal_and_let_go", "space_first", "reconnect")
PEOPLE: Final = 3_000
"""The number of people per seed in exhaustive runs."""
"""There are two seeds, so that two processes can share the work."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_library().packs["breakup"]


def test_kinds_stand_strongest_first(pack: Pack) -> None:
    """There are four kinds, the strongest first; space first needs no reason, and contact is light in all but the last."""
    assert [kind.id for kind in pack.content.kinds] == list(KINDS)
    assert [kind.id for kind in pack.content.kinds if kind.default] == ["space_first"]
    for kind in pack.content.kinds:
        light = {step for cap in kind.caps if cap.at == "light" for step in pack.targets(cap)}
        quiet = (
            {"understand", "learn"} if kind.id == SAFETY_FIRST else set()
        )  # nothing to work out for who may be at risk
        assert light == (set() if kind.id == "reconnect" else CONTACT | quiet)


# The first line that applies


def test_every_combination_about_contact(pack: Pack) -> None:
    """The kind is the expected one for all combinations of contact, the other's position and waiting messages."""
    kinds = Counter[str]()
    for answers in every_combination(pack, ("in_touch", "their_stance", "unanswered")):
        assert kind_of(pack, answers) == expected_kind(answers), answers
        kinds[expected_kind(answers)] += 1
    assert kinds.keys() == {"heal_and_let_go", "space_first", "reconnect"}


@pytest.mark.parametrize(
    "items",
    [
        ("in_touch", "how_long_ago", "unanswered"),
        ("in_touch", "own_reaching"),
        ("wish", "how_long_ago", "self_harm_thoughts"),
        ("limits", "in_touch", "wish"),
        ("afraid", "own_acts", "own_acts_why", "wish"),
        ("sleep", "day", "thoughts", "settle"),
    ],
    ids="-".join,
)
def test_every_combination_of_a_few(pack: Pack, items: tuple[str, ...]) -> None:
    """The kind is the expected one for all combinations of some answers of a calm person."""
    for answers in every_combination(pack, items):
        assert kind_of(pack, answers) == expected_kind(answers), answers


def test_every_combination_of_a_long_quiet(pack: Pack) -> None:
    """Where nothing was said, it takes six weeks, nothing that waits, and space kept well to open a door."""
    frequencies = tuple(every_answer(pack.items["checking"]))
    opened = 0
    for weeks, waiting, *levels in product(
        ("four_weeks", "six_weeks", None), ("none", "one"), frequencies, frequencies, frequencies
    ):
        answers = dict(zip(("checking", "urge_acted", "asking"), levels, strict=True))
        someone = {**CALM, "in_touch": "not_in_touch", "how_long_ago": weeks, "unanswered": waiting, **answers}
        assert kind_of(pack, someone) == expected_kind(someone), someone
        opened += expected_kind(someone) == "reconnect"
    assert opened > 20


def people_with_plans(pack: Pack, seed: int, people: int) -> Iterator[tuple[dict[str, Any], Plan]]:
    """Random people with their plans; some of them have calm answers to the questions of gates."""
    sampler = PersonSampler(pack, seed)
    for number in range(people):
        answers = sampler.random_answers(calm=(0.2, 0.85, 1, 0.95)[number % 4])
        yield answers, plan_for(pack, answers)


@pytest.mark.parametrize(
    ("seed", "people"),
    [(1, 1000), *(pytest.param(seed, PEOPLE, marks=pytest.mark.exhaustive) for seed in (1, 31))],
)
def test_the_kind_of_a_crowd(pack: Pack, seed: int, people: int) -> None:
    """Random people have the expected kind; contact is at most light, and never first, except to reconnect."""
    kinds = Counter[str]()
    words = {kind.id: shown_words(pack, kind) for kind in pack.content.kinds}
    for answers, plan in people_with_plans(pack, seed, people):
        assert plan.kind.id == expected_kind(answers), answers
        kinds[plan.kind.id] += 1
        emphases = {plan.step(step).emphasis for step in CONTACT}
        if plan.kind.id != "reconnect":
            assert emphases <= {"light", "not_now"}, answers
            assert plan.steps[0].id not in CONTACT, answers
        else:
            assert "not_now" not in {step.emphasis for step in plan.steps}, answers
        free = [step for step in plan.steps if not step.held]
        assert all(step.actions for step in free), answers
        additions = {(step.id, addition.id) for step in free for addition in (*step.actions, *step.cautions)}
        assert additions <= words[plan.kind.id], answers
    assert min(kinds[kind] for kind in KINDS) > people / 20


def test_scales_are_those_meant_here(pack: Pack) -> None:
    """The two scores that decide kinds agree with the tests' own calculation, also with missing answers."""
    sampler = PersonSampler(pack, 2)
    for _ in range(500):
        answers = sampler.random_answers()
        scales = assess_answers(pack, answers).scales
        assert scales["steadiness"].value == steadiness(answers)
        assert scales["space_kept"].value == space_kept(answers)


def test_reconnecting_needs_every_gate_answered(pack: Pack) -> None:
    """If a question that a gate reads is unanswered, the kind is never the one for reconnecting."""
    assert kind_of(pack, CALM) == "reconnect"
    sampler = PersonSampler(pack, 3)
    for number, item in product(range(15), QUIET):
        answers = sampler.random_answers(QUIET if number % 2 else {**QUIET, "in_touch": "wants_to_talk"})
        without = {name: answer for name, answer in answers.items() if name != item}
        assert kind_of(pack, {**answers, item: None}) != "reconnect"
        assert kind_of(pack, without) != "reconnect"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "reconnect"),
        ({"in_touch": "answers"}, "reconnect"),
        ({"in_touch": "answers", "unanswered": "one"}, "space_first"),
        ({"in_touch": "answers", "unanswered": "one", "their_stance": ["would_try"]}, "reconnect"),
        ({"in_touch": "friendly_note"}, "space_first"),
        ({"in_touch": "see_each_other"}, "space_first"),
        ({"in_touch": "see_each_other", "their_stance": ["would_try", "unsure"]}, "reconnect"),
        ({"in_touch": "see_each_other", "their_stance": ["would_try"], "how_long_ago": "two_weeks"}, "space_first"),
        ({"in_touch": "not_in_touch", "their_stance": ["would_try"], "checking": 4, "asking": 4}, "space_first"),
        ({"in_touch": "not_in_touch", "their_stance": ["asked_space"]}, "space_first"),
        ({"in_touch": "wants_to_talk", "their_stance": ["asked_space", "would_try"]}, "space_first"),
        ({"their_stance": ["asked_stop", "would_try"]}, "heal_and_let_go"),
        ({"their_stance": ["unsure"]}, "reconnect"),
        ({"their_stance": None}, "space_first"),
        ({"in_touch": "practical_only", "their_stance": ["would_try"]}, "space_first"),
        ({"their_stance": ["over"], "in_touch": "wants_to_talk"}, "space_first"),
        ({"their_stance": ["over"]}, "heal_and_let_go"),
        ({"their_stance": ["committed"], "in_touch": "wants_to_talk"}, "heal_and_let_go"),
        ({"limits": ["blocked_some"]}, "space_first"),
        ({"own_reaching": ["asked_others"]}, "space_first"),
        ({"what_they_did": ["checked"]}, "safety_first"),
        ({"what_they_did": ["keeps_contacting"]}, "safety_first"),
        ({"afraid": "once", "wish": "get_over", "limits": ["legal"]}, "safety_first"),
        ({"self_harm_thoughts": "hurting"}, "space_first"),
        ({"how_long_ago": "two_weeks"}, "reconnect"),
        ({"how_long_ago": "two_weeks", "in_touch": "answers"}, "space_first"),
        ({"sleep": 0, "day": 1, "thoughts": 1, "settle": 1}, "space_first"),
        ({"sleep": 1, "day": 1, "thoughts": 1, "settle": 1}, "reconnect"),
        ({"wish": None}, "reconnect"),
    ],
)
def test_kinds_that_are_easy_to_get_wrong(pack: Pack, changes: dict[str, Any], expected: str) -> None:
    """Single changes to a calm person give the kind that is written here from the guide's table."""
    assert kind_of(pack, {**CALM, **changes}) == expected
    assert expected_kind({**CALM, **changes}) == expected


def test_nobody_is_welcome_by_a_wish(pack: Pack) -> None:
    """The wish does not make contact welcome: all wishes except getting over it give the same kind."""
    sampler = PersonSampler(pack, 4)
    for _ in range(100):
        answers = sampler.random_answers(calm=0.9)
        kinds = {kind_of(pack, {**answers, "wish": wish}) for wish in ("try_again", "decide", "not_sure", None)}
        assert len(kinds) == 1
        assert kinds != {"reconnect"} or welcome(answers) or answers["in_touch"] == "not_in_touch"


# The words of each kind


def actions_and_cautions(step: Step) -> list[tuple[str, tuple[str, ...]]]:
    """Every action and caution of a step, with the kinds it is meant for."""
    return [(action.id, action.kinds) for action in step.actions] + [
        (caution.id, caution.kinds) for caution in step.cautions
    ]


def shown_words(pack: Pack, kind: Kind) -> set[tuple[str, str]]:
    """Every action and caution that a kind of plan may have, with its step."""
    allowed_words: set[tuple[str, str]] = set()
    for step in pack.steps:
        variant = step.for_kind.get(kind.id, Variant())
        listed = {*(variant.actions or ()), *(variant.cautions or ())}
        for name, kinds in actions_and_cautions(step):
            allowed = kind.id in kinds if kinds else not kind.allowlist_only
            if allowed or name in listed:
                allowed_words.add((step.id, name))
    return allowed_words


def free_steps(pack: Pack, kind: str) -> list[Step]:
    """The steps that can appear in a kind of plan without being held."""
    return [step for step in pack.steps if kind != SAFETY_FIRST or step.id not in AT_RISK_HOLDS]


@pytest.mark.parametrize("name", KINDS)
def test_every_step_has_words_in_every_kind(pack: Pack, name: str) -> None:
    """Each step that can appear has a title, a summary, an end one can see, a word on why it stands there, and an action."""
    kind = next(kind for kind in pack.content.kinds if kind.id == name)
    for step in free_steps(pack, name):
        variant = step.for_kind.get(name, Variant())
        for field in ("title", "summary", "done_when", "default_reason"):
            assert getattr(variant, field) or getattr(step, field), (step.id, field)
        assert {(step.id, action.id) for action in step.actions} & shown_words(pack, kind), step.id


def test_safety_first_has_all_its_own_words(pack: Pack) -> None:
    """In safety first, each free step has its own variant of every text."""
    kind = next(kind for kind in pack.content.kinds if kind.id == SAFETY_FIRST)
    assert (kind.allowlist_only, kind.short) == (True, True)
    for step in free_steps(pack, SAFETY_FIRST):
        variant = step.for_kind[SAFETY_FIRST]
        assert all((variant.title, variant.summary, variant.default_reason, variant.actions)), step.id
        assert variant.cautions == (), step.id
    for step in pack.steps:
        if step.id in AT_RISK_HOLDS:
            assert SAFETY_FIRST not in step.for_kind
            assert [name for name, kinds in actions_and_cautions(step) if SAFETY_FIRST in kinds] == []


@pytest.mark.parametrize("name", ["heal_and_let_go", "reconnect"])
def test_contact_and_patience_change_with_the_kind(pack: Pack, name: str) -> None:
    """In the kind for letting go, the steps about patience and contact have their own texts."""
    for step in pack.steps:
        if step.id in CONTACT or (step.id == "patience" and name == "reconnect") or step.id == "apologise":
            variant = step.for_kind[name]
            assert variant.title != step.title, step.id
            assert variant.summary != step.summary, step.id
    patience = next(step for step in pack.steps if step.id == "patience")
    patience_words = patience.for_kind.get(name, Variant())
    assert ("yourself" in (patience_words.title or patience.title)) is (name == "heal_and_let_go")


def test_remarks_of_each_kind(pack: Pack) -> None:
    """Every kind has a heading for each possible first step, and remarks for what to leave alone and coming back."""
    for slot, name in product(PLACES_WITH_BASE, KINDS):
        base = [remark for remark in pack.content.remarks[slot] if remark.base and name in (remark.kinds or KINDS)]
        always = [remark for remark in base if not remark.first]
        first = {step for remark in base for step in remark.first}
        can_begin = {step.id for step in free_steps(pack, name)} - (CONTACT if name != "reconnect" else set())
        can_begin -= {"apologise"}  # one's own part always comes before it
        assert len(always) == 1 or (slot == "heading" and not always and first >= can_begin), (slot, name)
