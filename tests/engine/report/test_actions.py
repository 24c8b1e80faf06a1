"""How many actions a report tells, how a step's are done, and what a step is about for this person."""

from __future__ import annotations

import pytest

from engine.assessment.pipeline import assess
from engine.content.steps import Limits
from engine.report.actions import Offer, allotted
from engine.report.plan import Report, build_report
from tests.factories.random_packs import AS_OF, FULL, STEPS, Raw, bare_pack, load, rule, yes_no


def offers(this_week: list[int], later: list[int], *, today: bool = True) -> list[Offer]:
    """Steps with as many actions besides today's, which belongs to the first."""
    counts = [*((most, True) for most in this_week), *((most, False) for most in later)]
    return [Offer(f"s{n}", most, in_week, today and n == 0) for n, (most, in_week) in enumerate(counts)]


@pytest.mark.parametrize(
    ("this_week", "later", "expected"),
    [
        ([3, 3, 3], [1] * 8, [1, 2, 2, *[1] * 8]),  # one for each, and what is left in turns
        ([3, 3, 3], [2, 2, 1, 1], [2, 2, 2, 2, 2, 1, 1]),  # this week is full, so the others have a second
        ([0, 3, 1], [0, 2], [0, 3, 1, 0, 2]),  # where there is none, none is told
        ([3, 3, 3], [1] * 12, [0, 1, 1, *[1] * 12]),  # each has one, whatever the limit
        ([3], [], [3]),
    ],
)
def test_actions_are_shared_out(this_week: list[int], later: list[int], expected: list[int]) -> None:
    """Each step has one action if it can; then this week has more in turns, and then the others, up to the limits."""
    limits = Limits(actions=14, actions_this_week=7)
    assert list(allotted(offers(this_week, later), limits).values()) == expected


def test_without_limits_all_are_told() -> None:
    """Without limits for the report each step has what it has."""
    assert list(allotted(offers([3, 2], [2, 1]), Limits()).values()) == [3, 2, 2, 1]
    without_today = offers([3, 2], [2], today=False)
    assert list(allotted(without_today, Limits(actions=4)).values()) == [2, 1, 1]


def full_of_actions(**limits: int) -> Raw:
    raw = bare_pack([yes_no("x")], [rule("r", {"item": "x", "is": True}, {"weight": {"step": "talk", "by": 60}})])
    raw["limits"] = limits
    for step in raw["steps"]:
        step |= {"weight": 9, "done_when": f"{step['id']} is done"}
        step["actions"] = [{"id": f"a{n}", "text": f"{step['id']} {n}.", "today": n == 1} for n in range(4)]
    return raw


def report_of(raw: Raw, x: bool | None = True) -> Report:
    return build_report(assess(load(raw), FULL, {"x": x}, AS_OF))


def test_the_limits_of_a_report() -> None:
    """A report has no more actions than its limits, today's among them, and each free step has one."""
    report = report_of(full_of_actions(actions=7, actions_this_week=2))
    assert report.today is not None
    assert (report.today.step, report.steps[0].id) == ("talk", "talk")
    counts = {step.id: len(step.actions) for step in report.steps}
    assert counts["talk"] == 1
    assert 1 + sum(counts.values()) == 7
    assert all(count >= 1 for count in counts.values())
    assert len(counts) == len(STEPS)


def test_how_the_first_action_is_done() -> None:
    """`done_when` is that of the first listed action of a step, including today's, or else the step's."""
    raw = full_of_actions()
    assert report_of(raw).steps[0].done_when == "talk is done"
    talk = next(step for step in raw["steps"] if step["id"] == "talk")
    talk["actions"][2]["done_when"] = "not told first"
    assert report_of(raw).steps[0].done_when == "talk is done"
    talk["actions"][0]["done_when"] = "the first is done"
    assert report_of(raw).steps[0].done_when == "the first is done"
    talk["actions"][1]["done_when"] = "today's is done"
    assert report_of(raw).steps[0].done_when == "today's is done"


def test_a_rule_says_what_a_step_is_about() -> None:
    """The first summary that rules add, and that the kind lets be said, stands in place of the step's and the kind's."""
    raw = full_of_actions()
    talk = next(step for step in raw["steps"] if step["id"] == "talk")
    talk |= {"summary": "As usual.", "for_kind": {"usual": {"summary": "In this kind."}}}
    talk["summaries"] = [
        {"id": "elsewhere", "text": "Elsewhere.", "kinds": ["other"]},
        {"id": "first", "text": "First.", "advice": "same"},
        {"id": "second", "text": "Second.", "advice": "same"},
    ]
    raw["kinds"].insert(0, {"id": "other", "title": "Other"})
    added = [{"summary": {"step": "talk", "id": name}} for name in ("second", "first", "elsewhere")]
    raw["rules"][0]["then"] += added
    assert raw["kinds"][-1]["id"] == "usual"

    def summary(x: bool) -> str | None:
        return next(step.summary for step in report_of(raw, x).steps if step.id == "talk")

    assert (summary(True), summary(False)) == ("First.", "In this kind.")
    raw["rules"][0]["then"].append({"kind": "other"})
    assert summary(True) == "Elsewhere."
    raw["rules"][0]["then"].append({"hold": {"step": "talk"}})
    assert summary(True) is None


@pytest.mark.parametrize(
    ("first", "about"),
    [
        ({"moves": 1}, "Second."),  # a weaker reason
        ({"moves": 9}, "First."),
        ({"moves": None}, "First."),  # it gives no reason: it says how to read the step
        ({"moves": 1, "title": "Titled"}, "First."),
        ({"moves": 1, "sensitive": True}, "First."),
    ],
    ids=str,
)
def test_a_summary_goes_with_the_strongest_reason(first: Raw, about: str) -> None:
    """Of two summaries whose rules moved the step, the one of the stronger reason stands above it."""
    items = [yes_no("x", sensitive=first.get("sensitive", False)), yes_no("y")]

    def says(name: str, item: str, moves: int | None) -> Raw:
        effects: list[Raw] = [{"weight": {"step": "talk", "by": moves}}] if moves else []
        return rule(name, {"item": item, "is": True}, *effects, {"summary": {"step": "talk", "id": name}})

    raw = bare_pack(items, [says("first", "x", first["moves"]), says("second", "y", 5)])
    talk = next(step for step in raw["steps"] if step["id"] == "talk")
    title = {"title": first["title"]} if "title" in first else {}
    talk["summaries"] = [{"id": "first", "text": "First.", **title}, {"id": "second", "text": "Second."}]
    report = build_report(assess(load(raw), FULL, {"x": True, "y": True}, AS_OF))
    assert next(step.summary for step in report.steps if step.id == "talk") == about
