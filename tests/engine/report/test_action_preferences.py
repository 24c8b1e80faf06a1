"""What a person noted at actions: what is not for them is passed over, what they began comes first, nothing else moves."""

from __future__ import annotations

from random import Random
from typing import Any, Final

import pytest

from engine.assessment.pipeline import assess
from engine.rendering.render import FORMATS, html_document, render
from engine.report.actions import ActionPreferences
from engine.report.plan import Report, build_report
from engine.report.weeks import build_weeks
from tests.breakup.test_reports import everybody
from tests.factories.random_packs import AS_OF, FULL, bare_pack, load, yes_no

ACTIONS: Final[list[dict[str, Any]]] = [{"id": f"a{n}", "text": f"Do {n}.", "today": n in {1, 3}} for n in range(5)]


def report(*declined: tuple[str, str], begun: tuple[str, ...] = (), **changes: Any) -> Report:
    """A plan with five actions for its first step."""
    raw = bare_pack([yes_no("x")], [], **changes)
    raw["steps"][0] |= {"weight": 30, "summary": "About it.", "actions": ACTIONS}
    preferences = ActionPreferences(frozenset(declined), frozenset(("calm", action) for action in begun))
    return build_report(assess(load(raw), FULL, {}, AS_OF), preferences=preferences)


def actions_of(plan_report: Report) -> tuple[str | None, list[str], list[str]]:
    """The action for today, the others of the first step, and those passed over."""
    first = plan_report.steps[0]
    return (
        plan_report.today.action.id if plan_report.today else None,
        [action.id for action in first.actions],
        [action.id for action in first.passed_over],
    )


def test_the_next_one_takes_its_place() -> None:
    """Today's as well; what is declined is kept apart, to be taken back."""
    assert actions_of(report()) == ("a1", ["a0", "a2", "a3"], [])
    assert actions_of(report(("calm", "a0"))) == ("a1", ["a2", "a3", "a4"], ["a0"])
    assert actions_of(report(("calm", "a1"))) == ("a3", ["a0", "a2", "a4"], ["a1"])
    assert actions_of(report(("calm", "a1"), ("calm", "a3"))) == (None, ["a0", "a2", "a4"], ["a1", "a3"])
    assert actions_of(report(("space", "a0"), ("calm", "b"), ("no", "a0"))) == actions_of(report())


def test_what_was_begun_comes_first() -> None:
    """Before what rules added; not if it is not for the person."""
    assert actions_of(report(begun=("a4",))) == ("a1", ["a4", "a0", "a2"], [])
    assert actions_of(report(begun=("a3",)))[0] == "a3"
    assert actions_of(report(("calm", "a4"), begun=("a4",))) == ("a1", ["a0", "a2", "a3"], ["a4"])


@pytest.mark.parametrize("short", [False, True])
def test_a_step_without_actions_says_what_it_is_about(short: bool) -> None:
    """If nothing of a step is for the person, its summary stays, in a short report too."""
    kinds = [{"id": "usual", "title": "Usual", "default": True, "short": short}]
    all_actions = [("calm", action["id"]) for action in ACTIONS]
    plan_report = report(*all_actions, kinds=kinds)
    assert (plan_report.short, plan_report.today, plan_report.steps[0].actions) == (short, None, ())
    assert plan_report.steps[0].summary == "About it."
    assert report(kinds=kinds).steps[0].summary == (None if short else "About it.")


def test_nothing_else_moves() -> None:
    """Of the shipped pack: places and notices stay, whatever is declined, and no action comes twice."""
    chance = Random(7)
    for person in everybody()[:40]:
        assessment = person.assessment
        plan = assessment.plan
        assert plan is not None
        all_actions = [(step.id, action.id) for step in plan.steps for action in step.actions]
        declined = frozenset(chance.sample(all_actions, len(all_actions) // 2))
        plan_report = build_report(
            assessment, preferences=ActionPreferences(declined, frozenset(all_actions) - declined)
        )
        assert [(step.id, step.emphasis, step.place) for step in plan_report.steps] == [
            (step.id, step.emphasis, step.place) for step in person.report.steps
        ]
        assert (plan_report.notices, plan_report.kind) == (person.report.notices, person.report.kind)
        offered = [(step.id, action.id) for step in plan_report.steps for action in step.actions]
        offered += [(plan_report.today.step, plan_report.today.action.id)] if plan_report.today else []
        assert len(set(offered)) == len(offered)
        assert not declined & set(offered)


def test_weeks_begin_with_what_is_left() -> None:
    """The coming weeks name no action that is not for the person."""
    for person in everybody()[:10]:
        weeks = build_weeks(person.assessment)
        first = next((step for week in weeks.weeks for step in week.steps if step.to_begin), None)
        if first is None:
            continue
        step = next(step for step in person.report.steps if step.id == first.step)
        today = person.report.today
        begun = today.action if today and today.step == step.id else step.actions[0]
        changed = build_weeks(person.assessment, preferences=ActionPreferences(frozenset({(step.id, begun.id)})))
        changed_step = next(entry for week in changed.weeks for entry in week.steps if entry.step == step.id)
        assert changed_step.to_begin != first.to_begin


def test_there_is_nothing_to_press() -> None:
    """A document has no form, no address of a page, no note at an action, and no id for one."""
    plan_report = report(("calm", "a0"))
    for text in (html_document(plan_report), *(render(plan_report, output_format) for output_format in FORMATS)):
        assert not any(
            part in text for part in ("<form", "<button", "/quiz", 'id="do-', 'class="passed"', "Not for me")
        )
