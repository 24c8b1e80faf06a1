"""The coming four weeks: own steps in order and with room, what waits for what, and unscheduled steps without a week."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import Plan
from engine.rendering.render import FORMATS, html_document, render
from engine.report.weeks import EARLIEST_WEEK, STEPS_PER_WEEK, ComingWeeks, build_weeks
from tests.checks.examples import examples
from tests.engine.comparison.test_changes import effects
from tests.factories.random_packs import (
    AS_OF,
    FULL,
    STEPS,
    Raw,
    Size,
    bare_pack,
    form,
    load,
    random_answer,
    random_pack,
    rating,
    rule,
    yes_no,
)

ALWAYS: Final[Raw] = {"item": "a", "answered": True}


def pack_of(*rule_effects: Raw, weights: tuple[int, ...] = (30, 25, 22, 10, 0), **changes: Any) -> Raw:
    raw = bare_pack([rating("a")], [rule("r", ALWAYS, *rule_effects)] if rule_effects else [])
    raw["steps"] = [dict(step) | {"weight": weight} for step, weight in zip(raw["steps"], weights, strict=True)]
    return raw | {"weeks": {"kinds": [raw["kinds"][0]["id"]]}} | changes


def weeks_of(raw: Raw) -> ComingWeeks:
    return build_weeks(assess(load(raw), FULL, {"a": 1}, AS_OF))


def in_weeks(coming: ComingWeeks) -> list[list[str]]:
    return [[step.step for step in week.steps] for week in coming.weeks]


def test_focus_first_then_steady_then_light() -> None:
    """Emphasis says when a step may begin, and each week has room for a few."""
    assert in_weeks(weeks_of(pack_of())) == [["calm", "space", "talk"], ["own-part"], ["plan"], []]
    assert in_weeks(weeks_of(pack_of(weights=(9, 8, 7, 6, 5)))) == [
        ["calm"],
        ["space", "talk"],
        ["own-part", "plan"],
        [],
    ]
    assert in_weeks(weeks_of(pack_of(weights=(4, 3, 2, 1, 0)))) == [
        ["calm"],
        [],
        ["space", "talk"],
        ["own-part", "plan"],
    ]


def test_weeks_are_counted_from_the_day_of_the_sitting() -> None:
    """Four weeks of seven days."""
    coming = weeks_of(pack_of())
    assert [(week.number, week.begins) for week in coming.weeks] == [
        (number, AS_OF + timedelta(days=7 * number - 7)) for number in (1, 2, 3, 4)
    ]


def test_what_must_wait_begins_a_week_later() -> None:
    """A step stands at least a week behind what it waits for, and names it."""
    coming = weeks_of(pack_of({"order": {"first": "calm", "then": "space"}}))
    assert in_weeks(coming) == [["calm"], ["space", "talk"], ["own-part", "plan"], []]
    assert [step.waits_for for week in coming.weeks for step in week.steps] == [(), ("calm",), (), (), ()]


def test_more_steps_than_room() -> None:
    """What four weeks have no room for stands after them."""
    chain = [{"order": {"first": first, "then": second}} for first, second in pairwise(STEPS)]
    coming = weeks_of(pack_of(*chain))
    assert in_weeks(coming) == [[step] for step in STEPS[:4]]
    assert [step.step for step in coming.later] == [STEPS[4]]


def test_steps_apart() -> None:
    """Unscheduled steps have no week, and neither has what must wait for them; held ones stand nowhere."""
    raw = pack_of({"order": {"first": "space", "then": "talk"}}, {"order": {"first": "talk", "then": "plan"}})
    raw["weeks"]["unscheduled"] = {"step": "space", "title": "ApartTitle", "text": "ApartText."}
    coming = weeks_of(raw)
    assert in_weeks(coming) == [["calm"], ["own-part"], [], []]
    assert coming.unscheduled is not None
    assert (coming.unscheduled.title, coming.unscheduled.steps) == ("ApartTitle", ("space", "talk", "plan"))
    for output_format in FORMATS:
        assert "ApartTitle" in render(coming, output_format)
    raw["weeks"]["unscheduled"]["kinds"] = ["other"]
    raw["kinds"] = [{"id": "other", "title": "O"}, *raw["kinds"]]
    hidden = weeks_of(raw)
    assert (in_weeks(hidden), hidden.unscheduled) == (in_weeks(coming), None)


def test_held_steps_have_no_week() -> None:
    """Nothing is planned for what is not now, with or without a check-in."""
    raw = pack_of({"hold": {"step": "space"}})
    raw["rules"][0] |= {"gate": True, "when": {"item": "news", "is": True}}
    raw["questionnaires"].append(form("again", [yes_no("news")], [], role="check_in"))
    pack = load(raw)
    full = assess(pack, FULL, {"a": 1}, AS_OF)
    later = assess(pack, "again", {"news": True}, AS_OF + timedelta(days=7))
    assert "space" in in_weeks(build_weeks(full))[0]
    assert not [week for week in in_weeks(build_weeks(full, later)) if "space" in week]


def test_where_there_are_none() -> None:
    """There are no weeks without the block, in other kinds of plan, and in short reports."""
    raw = pack_of({"notice": "n"}, notices=[{"id": "n", "title": "N", "text": "?"}])
    assert weeks_of(raw).offered
    short = copy.deepcopy(raw)
    short["notices"][0]["short"] = True
    without = {key: value for key, value in raw.items() if key != "weeks"}
    other = copy.deepcopy(raw)
    other["kinds"] = [{"id": "other", "title": "O"}, *raw["kinds"]]
    other["weeks"]["kinds"] = ["other"]
    for raw_pack in (short, without, other):
        coming = weeks_of(raw_pack)
        assert (coming.offered, coming.weeks, coming.later, coming.unscheduled, coming.text) == (
            False,
            (),
            (),
            None,
            None,
        )
        assert {len(render(coming, output_format)) > 60 for output_format in FORMATS} == {True}


def test_what_is_told_of_a_step() -> None:
    """Its title, the first thing to do, and how one notices that it is done, in every format and escaped."""
    raw = pack_of()
    raw["weeks"]["text"] = "AboutText."
    raw["steps"][0] |= {
        "title": "Calm & <rest>",
        "done_when": "you rested.",
        "actions": [{"id": "one", "text": "Sit *down*.", "today": True}, {"id": "two", "text": "Lie down."}],
    }
    coming = weeks_of(raw)
    assert (coming.weeks[0].steps[0].to_begin, coming.weeks[0].steps[0].done_when) == ("Sit *down*.", "you rested.")
    text = render(coming, "text")
    for words in (
        "AboutText.",
        "Calm & <rest>",
        "To begin with: Sit *down*.",
        "done when you rested.",
        "Week 1, from 23 Nov",
    ):
        assert words in text
    assert "Calm &amp; &lt;rest&gt;" in html_document(coming)
    assert "\\<rest\\>" in render(coming, "md")
    assert json.loads(render(coming, "json"))["weeks"][0]["begins"] == "2026-11-23"


def week_numbers(plan: Plan, coming: ComingWeeks) -> dict[str, int]:
    weeks = {step.step: week.number for week in coming.weeks for step in week.steps}
    return weeks | {step.step: len(STEPS_PER_WEEK) + 1 for step in coming.later}


def any_sitting(random: Random) -> Assessment:
    raw = random_pack(random, Size(items=5, options=3, rules=4, strata=2, depth=2, branches=3))
    raw["kinds"] = [{"id": "strong", "title": "S"}, *raw["kinds"]]
    raw["notices"] = [{"id": "n", "title": "N", "text": "?"}]
    raw["steps"] = [copy.deepcopy(step) | {"weight": random.randint(0, 25)} for step in raw["steps"]]
    raw["steps"][0]["actions"] = [{"id": "walk", "text": "?", "base": False}]
    raw["weeks"] = {"kinds": [kind["id"] for kind in raw["kinds"]]}
    raw["weeks"]["unscheduled"] = {"steps": random.sample(STEPS, random.randint(1, 3)), "title": "A"}
    for raw_rule in raw["rules"]:
        raw_rule["then"] = [effect for effect in raw_rule["then"] if "finding" in effect] + effects(random)
    full = next(questionnaire for questionnaire in raw["questionnaires"] if questionnaire["questionnaire"] == FULL)
    items = [item for section in full["sections"] for item in section["items"]]
    answers = {item["id"]: random_answer(random, item) for item in items if random.random() < 0.9}
    return assess(load(raw), FULL, answers, AS_OF, plain=True)


@settings(max_examples=examples(50), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_whatever_the_plan(random: Random) -> None:
    """Each free step stands in one place, in the order of the plan, with room, and behind what it waits for."""
    sitting = any_sitting(random)
    plan, coming = sitting.plan, build_weeks(sitting)
    block = sitting.pack.content.weeks
    assert plan is not None
    assert block is not None
    assert block.unscheduled is not None
    unscheduled_ids = sitting.pack.targets(block.unscheduled)
    weeks = week_numbers(plan, coming)
    free = [step for step in plan.steps if not step.held]
    unscheduled = {step.id for step in free} - set(weeks)
    named = set(coming.unscheduled.steps if coming.unscheduled else ())  # titles are ids here
    assert named == (set() if len(free) < len(plan.steps) else unscheduled)
    assert [step.id for step in free if step.id not in unscheduled] == list(weeks)
    assert unscheduled.isdisjoint(weeks)
    assert {step.id for step in free} == unscheduled | set(weeks)
    assert all(len(week.steps) <= STEPS_PER_WEEK[week.number - 1] for week in coming.weeks)
    for step in free:
        prerequisites = [prerequisite for prerequisite, _ in step.waits_for]
        if step.id in weeks:
            assert weeks[step.id] >= EARLIEST_WEEK[step.emphasis]
            assert all(
                weeks[prerequisite] < weeks[step.id] or weeks[prerequisite] > len(STEPS_PER_WEEK)
                for prerequisite in prerequisites
            )
        else:
            assert step.id in unscheduled_ids or unscheduled & set(prerequisites)


@pytest.mark.parametrize("output_format", FORMATS)
def test_the_same_bytes(output_format: Any) -> None:
    """The same sitting gives the same list."""
    assert render(weeks_of(pack_of()), output_format) == render(weeks_of(pack_of()), output_format)
