"""The path of a plan: the line of each free step, and the numbers and names of held ones."""

from __future__ import annotations

from typing import Any

import pytest

from engine.assessment.pipeline import assess
from engine.report.plan import Report, build_report
from tests.factories.random_packs import AS_OF, FULL, Raw, bare_pack, load, rule, single, yes_no


def path_pack(*rules: Raw, items: tuple[str, ...] = (), **changes: Any) -> Raw:
    """A pack with a yes/no question for each rule, which fires on yes."""
    names = dict.fromkeys((*(raw_rule["id"] for raw_rule in rules), *items))
    return bare_pack([yes_no(name) for name in names], list(rules), **changes)


def fires(name: str, *effects: Raw, **fields: Any) -> Raw:
    return rule(name, {"item": name, "is": True}, *effects, **fields)


def weight(step: str, by: int, line: str | None = None) -> Raw:
    return {"weight": {"step": step, "by": by} | ({"line": line} if line else {})}


def report_of(raw: Raw, **answers: Any) -> Report:
    asked = [item["id"] for item in raw["questionnaires"][0]["sections"][0]["items"] if item["type"] == "yes_no"]
    return build_report(assess(load(raw), FULL, dict.fromkeys(asked, True) | answers, AS_OF))


def lines(report: Report) -> dict[str, str | None]:
    return {step.id: step.line for step in report.path if step.place != "not_now"}


def with_lines(raw: Raw) -> Raw:
    """Each step has two lines of its own."""
    for step in raw["steps"]:
        step["lines"] = [f"for {step['id']}", f"more of {step['id']}"]
    return raw


def test_the_line_of_the_strongest_rule_that_raises() -> None:
    """A step in front has the line of the strongest rule that gave it weight, and no other has it."""
    raw = path_pack(
        fires("a", weight("talk", 5, "because of a")),
        fires("b", weight("talk", 30, "because of b")),
        fires("c", weight("talk", -3, "lower down, because of c")),
        fires("d", weight("talk", 40)),
    )
    report = report_of(with_lines(raw))
    assert (report.path[0].id, report.path[0].line) == ("talk", "because of b")
    assert lines(report) == {"talk": "because of b"} | {
        step: f"for {step}" for step in ("calm", "space", "own-part", "plan")
    }
    assert [(step.number, step.id, step.title, step.emphasis, step.place, step.line) for step in report.path] == [
        (step.position, step.id, step.title, step.emphasis, step.place, step.line) for step in report.steps
    ]


def test_the_line_of_a_light_step() -> None:
    """A light step has the line of what lowers it, then of what caps it, and then of what raises it."""
    down = fires("a", weight("talk", -6, "lower down, because of a"))
    cap = fires("b", {"cap": {"step": "talk", "at": "light", "line": "lower down, because of b"}})
    up = fires("c", weight("talk", 2, "because of c"))
    front = fires("d", weight("calm", 50))
    for rules, expected in (
        ((down, cap, up), "lower down, because of a"),
        ((cap, up), "lower down, because of b"),
        ((up,), "because of c"),
    ):
        report = report_of(with_lines(path_pack(front, *rules)))
        talk = next(step for step in report.path if step.id == "talk")
        assert (talk.emphasis, talk.line) == ("light", expected)


def test_no_two_lines_are_alike() -> None:
    """A step gives its line to one that has no other, and whole lines count as alike whatever their capitals."""
    shared = "because it is so"
    raw = path_pack(
        fires("a", weight("talk", 50, shared), weight("calm", 40, "Because it  is so.")),
        fires("b", weight("talk", 9, "because of b")),
    )
    assert lines(report_of(with_lines(raw))) == {
        "talk": "because of b",
        "calm": "Because it  is so.",
        **{step: f"for {step}" for step in ("space", "own-part", "plan")},
    }
    raw["rules"][1]["then"] = [weight("space", 1)]
    assert lines(report_of(with_lines(raw)))["talk"] == shared
    assert lines(report_of(with_lines(raw)))["calm"] == "for calm"


@pytest.mark.parametrize("why", ["sensitive", "elsewhere", "incomplete", "long"])
def test_lines_that_are_passed_over(why: str) -> None:
    """No line is shown for sensitive answers, in excluded kinds, with a missing answer, or above the length limit."""
    line = {"incomplete": "because {said:how}", "long": "because " + "{partner} " * 3}.get(why, "because of a")
    raw = path_pack(fires("a", weight("talk", 50, line)))
    items = raw["questionnaires"][0]["sections"][0]["items"]
    items += [single("how", "good", "bad"), {"id": "name", "type": "text", "text": "Name?", "longest": 200}]
    for option in items[1]["options"]:
        option["said"] = f"it is {option['id']}"
    raw["kinds"].append({"id": "other", "title": "Other"})
    raw["voice"] = {"name_item": "name", "name": "partner", "no_name": "x", "default": "they", "plural": []}
    raw["voice"]["forms"] = {"they": {"they": "they"}}
    if why == "elsewhere":
        raw["rules"][0]["reasons_shown_in"] = ["other"]
    items[0] |= {"sensitive": True} if why == "sensitive" else {}
    report = report_of(with_lines(raw), name="N" * 30 if why == "long" else None)
    assert lines(report)["talk"] == "for talk"
    if why == "incomplete":
        assert lines(report_of(with_lines(raw), how="bad"))["talk"] == "because it is bad"


def test_the_lines_of_a_kind() -> None:
    """A kind's own lines come before the step's; an allowlist-only kind has its own alone, and none of rules."""
    raw = path_pack(fires("a", weight("talk", 50, "because of a"), {"kind": "first"}))
    raw["kinds"].insert(0, {"id": "first", "title": "First", "allowlist_only": True, "names_held": False})
    raw["steps"][1]["for_kind"] = {"first": {"lines": ["in this kind"]}}
    assert raw["steps"][1]["id"] != "talk"
    kind_step = raw["steps"][1]["id"]
    allowlisted = lines(report_of(with_lines(raw)))
    assert {step: line for step, line in allowlisted.items() if line} == {kind_step: "in this kind"}
    raw["kinds"][0]["allowlist_only"] = False
    usual = lines(report_of(raw))
    assert (usual["talk"], usual[kind_step]) == ("because of a", "in this kind")
    raw["steps"][1]["for_kind"]["first"]["reasons"] = False
    raw["rules"][0]["then"].append(weight(kind_step, 60, "because of more"))
    assert lines(report_of(raw))[kind_step] == "in this kind"


def test_no_line_without_content() -> None:
    """Where the content has no line, there is none."""
    assert set(lines(report_of(path_pack(fires("a", weight("talk", 50))))).values()) == {None}


# Held steps


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("allowlist_only", [False, True])
@pytest.mark.parametrize("names_held", [False, True])
def test_held_steps_are_named_where_they_may_be(short: bool, allowlist_only: bool, names_held: bool) -> None:
    """They have their numbers in the content; without names where the kind says so, or short in an allowlist-only kind."""
    raw = path_pack(fires("a", {"hold": {"steps": ["plan", "calm"]}}, {"kind": "first"}))
    kind = {"short": short, "allowlist_only": allowlist_only, "names_held": names_held}
    raw["kinds"].insert(0, {"id": "first", "title": "First", **kind})
    order = [step["id"] for step in raw["steps"]]
    raw["steps"][order.index("plan")] |= {"held_title": "Plan, held", "for_kind": {"first": {"summary": "No."}}}
    raw["steps"][order.index("calm")] |= {"for_kind": {"first": {"held_title": "Calm here"}}}
    raw["remarks"] = {
        "held_heading": [{"id": "h", "text": "Away", "base": True, "kinds": ["first"]}],
        "not_now": [{"id": "n", "text": "So it is.", "base": True, "kinds": ["first"]}],
    }
    report = report_of(with_lines(raw))
    assert (report.held_heading, report.not_now_because) == ("Away", "So it is.")
    named = names_held and not (short and allowlist_only)
    assert report.names_held is named
    expected = {"plan": "Plan, held", "calm": "Calm here"}
    numbers = {step: number for number, step in enumerate(order, 1)}
    assert [(step.number, step.title, step.line, step.summary) for step in report.not_now] == [
        (numbers[step], expected[step] if named else None, None, None) for step in sorted(expected, key=order.index)
    ]
    held_in_path = [step.id for step in report.path if step.place == "not_now"]
    assert sorted(held_in_path) == (sorted(expected) if named else [])


def test_nothing_is_said_of_held_steps_where_none_is() -> None:
    """Without a held step there is neither heading nor reason."""
    raw = path_pack(fires("a", weight("talk", 1)))
    raw["remarks"] = {"held_heading": [{"id": "h", "text": "Away", "base": True}]}
    assert report_of(raw).held_heading is None
