"""What a person noted at actions: what is not for them is passed over, what they began comes first, nothing else moves."""

from __future__ import annotations

from random import Random
from typing import Any, Final

import pytest

from engine.assessment.pipeline import assess
from engine.rendering.render import FORMATS, html_document, render
from engine.report.plan import Report, build_report
from engine.report.steps import ActionPreferences
from engine.report.weeks import build_weeks
from tests.breakup.test_reports import everybody
from tests.factories.random_packs import AS_OF, FULL, bare_pack, load, yes_no

ACTIONS: Final[list[dict[str, Any]]] = [{"id": f"a{n}", "text": f"Do {n}.", "today": n in {1, 3}} for n in range(5)]


def report(*declined: tuple[str, str], begun: tuple[str, ...] = (), **more: Any) -> Report:
    """A plan with five actions for its first step."""
    raw = bare_pack([yes_no("x")], [], **more)
    raw["steps"][0] |= {"weight": 30, "summary": "About it.", "actions": ACTIONS}
    kept = ActionPreferences(frozenset(declined), frozenset(("calm", one) for one in begun))
    return build_report(assess(load(raw), FULL, {}, AS_OF), kept=kept)


def told(found: Report) -> tuple[str | None, list[str], list[str]]:
    """The action for today, the others of the first step, and those passed over."""
    first = found.steps[0]
    return (
        found.today.action.id if found.today else None,
        [one.id for one in first.actions],
        [one.id for one in first.passed_over],
    )


def test_the_next_one_takes_its_place() -> None:
    """Today's as well; what is declined is kept apart, to be taken back."""
    assert told(report()) == ("a1", ["a0", "a2", "a3"], [])
    assert told(report(("calm", "a0"))) == ("a1", ["a2", "a3", "a4"], ["a0"])
    assert told(report(("calm", "a1"))) == ("a3", ["a0", "a2", "a4"], ["a1"])
    assert told(report(("calm", "a1"), ("calm", "a3"))) == (None, ["a0", "a2", "a4"], ["a1", "a3"])
    assert told(report(("space", "a0"), ("calm", "b"), ("no", "a0"))) == told(report())


def test_what_was_begun_comes_first() -> None:
    """Before what rules added; not if it is not for the person."""
    assert told(report(begun=("a4",))) == ("a1", ["a4", "a0", "a2"], [])
    assert told(report(begun=("a3",)))[0] == "a3"
    assert told(report(("calm", "a4"), begun=("a4",))) == ("a1", ["a0", "a2", "a3"], ["a4"])


@pytest.mark.parametrize("short", [False, True])
def test_a_step_without_actions_says_what_it_is_about(short: bool) -> None:
    """If nothing of a step is for the person, its summary stays, in a short report too."""
    kinds = [{"id": "usual", "title": "Usual", "default": True, "short": short}]
    every = [("calm", one["id"]) for one in ACTIONS]
    found = report(*every, kinds=kinds)
    assert (found.short, found.today, found.steps[0].actions) == (short, None, ())
    assert found.steps[0].summary == "About it."
    assert report(kinds=kinds).steps[0].summary == (None if short else "About it.")


def test_nothing_else_moves() -> None:
    """Of the shipped pack: places, reasons, notices and texts stay, whatever is declined, and no action comes twice."""
    chance = Random(7)
    for one in everybody()[:40]:
        assessment = one.assessment
        plan = assessment.plan
        assert plan is not None
        every = [(step.id, action.id) for step in plan.steps for action in step.actions]
        declined = frozenset(chance.sample(every, len(every) // 2))
        found = build_report(assessment, kept=ActionPreferences(declined, frozenset(every) - declined))
        assert [(step.id, step.emphasis, step.place) for step in found.steps] == [
            (step.id, step.emphasis, step.place) for step in one.report.steps
        ]
        assert (found.notices, found.kind, found.heading) == (one.report.notices, one.report.kind, one.report.heading)
        shown = [(step.id, action.id) for step in found.steps for action in step.actions]
        shown += [(found.today.step, found.today.action.id)] if found.today else []
        assert len(set(shown)) == len(shown)
        assert not declined & set(shown)


def test_weeks_begin_with_what_is_left() -> None:
    """The coming weeks name no action that is not for the person."""
    for one in everybody()[:10]:
        weeks = build_weeks(one.assessment)
        first = next((step for week in weeks.weeks for step in week.steps if step.to_begin), None)
        if first is None:
            continue
        step = next(step for step in one.report.steps if step.id == first.step)
        found = build_weeks(one.assessment, kept=ActionPreferences(frozenset({(step.id, step.actions[0].id)})))
        again = next(other for week in found.weeks for other in week.steps if other.step == step.id)
        assert again.to_begin != first.to_begin


def test_there_is_nothing_to_press() -> None:
    """A document has no form, no address of a page, no note at an action, and no id for one."""
    found = report(("calm", "a0"))
    for text in (html_document(found), *(render(found, form) for form in FORMATS)):
        assert not any(
            part in text for part in ("<form", "<button", "/quiz", 'id="do-', 'class="passed"', "Not for me")
        )
