"""Reports of a plan and of a comparison: what they hold, and what they never tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.assessment.pipeline import Assessment, assess
from engine.comparison.changes import compare
from engine.comparison.report import build_comparison_report
from engine.content.items.choices import MultipleChoice
from engine.content.pack import Pack
from engine.content.remarks import REMARK_SLOTS
from engine.loading.library import load_library
from engine.rendering.render import FORMATS, html_document, render, render_explanation
from engine.report.explanation import explain_step, explanation
from engine.report.plan import OpenQuestion, Report, build_report
from engine.report.steps import StepInReport
from engine.report.wording import Wording
from tests.checks.examples import examples
from tests.factories.random_packs import (
    AS_OF,
    CHECK_IN,
    FULL,
    STEPS,
    Raw,
    Size,
    bare_pack,
    form,
    load,
    multiple,
    number,
    random_answer,
    random_pack,
    random_person,
    rating,
    rule,
    single,
    yes_no,
)

SLOTS: Final = tuple(slot for slot in REMARK_SLOTS if slot != "scale")
"""Places whose remarks need not be about a scale."""
LATER: Final = AS_OF + timedelta(days=30)
SHIPPED: Final = load_library()
SECRET: Final = "ZQX"
"""A marker in every text that must not be shown, and in no other."""


def report_of(raw: Raw, answers: Raw, day: date = AS_OF) -> Report:
    return build_report(assess(load(raw), FULL, answers, day))


# What a report holds


def step_of(report: Report, name: str) -> StepInReport:
    return next(step for step in report.steps if step.id == name)


def yes(name: str) -> Raw:
    return {"item": name, "is": True}


def weigh(step: str, amount: int, because: str | None = None) -> Raw:
    return {"weight": {"step": step, "by": amount} | ({"because": because} if because else {})}


def reasoned(*rules: Raw, **changes: Any) -> Raw:
    """A pack with a yes/no question for each rule, which fires on yes with the reason ``Because of <id>.``"""
    for raw_rule in rules:
        if raw_rule["because"] == "So it is.":
            raw_rule["because"] = f"Because of {raw_rule['id']}."
    return bare_pack([yes_no(raw_rule["id"]) for raw_rule in rules], list(rules), **changes)


def fires(name: str, *rule_effects: Raw) -> Raw:
    return rule(name, yes(name), *rule_effects)


def all_yes(raw: Raw) -> Raw:
    return dict.fromkeys((item["id"] for item in texts_of(raw)), True)


def reasons_told(report: Report, step: str) -> list[tuple[str, str]]:
    return [(reason.rule, reason.effect) for reason in step_of(report, step).reasons]


def test_every_step_once_with_its_words() -> None:
    """A report has every step in the order of the plan, with the words of the kind of plan."""
    raw = bare_pack([yes_no("x")], [rule("r", {"item": "x", "is": True}, {"kind": "strong"}, gate=True)])
    raw["kinds"].insert(0, {"id": "strong", "title": "Strong", "text": "Be strong."})
    raw["steps"][1] |= {
        "title": "Usual title",
        "weight": 30,
        "summary": "Usual summary",
        "actions": [{"id": "a", "text": "A."}, {"id": "b", "text": "B.", "base": False}],
        "cautions": [{"id": "c", "text": "C."}, {"id": "d", "text": "D.", "base": False}],
        "done_when": "usual",
        "default_reason": "As usual.",
        "for_kind": {
            "strong": {
                "title": "Strong title",
                "summary": "Strong summary",
                "actions": ["b"],
                "cautions": ["d"],
                "done_when": "strong",
                "default_reason": "For now.",
            }
        },
    }
    usual, strong = report_of(raw, {"x": False}), report_of(raw, {"x": True})
    for report in (usual, strong):
        assert sorted(step.id for step in report.steps) == sorted(STEPS)
        assert [step.position for step in report.steps] == [1, 2, 3, 4, 5]
    usual_step, strong_step = (step_of(report, "space") for report in (usual, strong))
    assert (usual_step.title, usual_step.summary, [todo.id for todo in usual_step.actions]) == (
        "Usual title",
        "Usual summary",
        ["a"],
    )
    assert (usual_step.cautions, usual_step.done_when, usual_step.default_reason) == (("C.",), "usual", "As usual.")
    assert (strong_step.title, strong_step.summary, [todo.id for todo in strong_step.actions]) == (
        "Strong title",
        "Strong summary",
        ["b"],
    )
    assert (strong_step.cautions, strong_step.done_when, strong_step.default_reason) == (("D.",), "strong", "For now.")
    assert (strong.kind.id, strong.kind.title, strong.kind.text) == ("strong", "Strong", "Be strong.")


def test_how_much_is_told_of_a_step() -> None:
    """`limits` bounds the actions, reasons and cautions of a step by its emphasis; the first step counts as focus."""
    weights = {"calm": 20, "talk": 20, "space": 3, "plan": 1}
    names = ("one", "two", "three")
    rules = [
        fires(name, *(weigh(step, by, f"The {name} of {step}.") for step, by in weights.items())) for name in names
    ]
    raw = reasoned(*rules)
    raw["limits"] = {
        "focus": {"actions": 3, "reasons": 2},
        "steady": {"actions": 2, "reasons": 1},
        "light": {"actions": 1},
    }
    for step in raw["steps"]:
        step["actions"] = [{"id": f"a{n}", "text": f"Do {n}."} for n in range(4)]
        step["cautions"] = [{"id": "c", "text": f"Mind {step['id']}."}]
    report = report_of(raw, all_yes(raw))
    limits = {"start_here": (3, 2), "focus": (3, 2), "steady": (2, 1), "light": (1, 2)}
    assert {step.emphasis for step in report.steps} == limits.keys()
    for step in report.steps:
        actions, reasons = limits[step.emphasis]
        assert len(step.actions) == actions
        assert len(step.reasons) <= reasons
        assert bool(step.cautions) is (step.emphasis != "light")


def test_an_answer_is_shown_once_a_step() -> None:
    """Of two reasons of a step that rest on one answer the first shows it; at another step it is shown again."""
    raw = reasoned(fires("x", weigh("calm", 20), weigh("talk", 9, "As x is so.")))
    raw["rules"].append(rule("z", yes("x"), weigh("calm", 3)) | {"because": "It is x as well."})
    report = report_of(raw, {"x": True})
    assert [len(reason.answers) for reason in step_of(report, "calm").reasons] == [1, 0]
    assert [len(reason.answers) for reason in step_of(report, "talk").reasons] == [1]


def test_reasons_for_some_kinds_alone() -> None:
    """A rule with `reasons_shown_in` gives its reason in these kinds of plan, and its weight in all."""
    reasoned_rule = fires("x", weigh("calm", 20))
    raw = reasoned(reasoned_rule, rule("r", yes("y"), {"kind": "strong"}, gate=True))
    raw["kinds"].insert(0, {"id": "strong", "title": "Strong"})
    usual = raw["kinds"][1]["id"]
    next(raw_rule for raw_rule in raw["rules"] if raw_rule["id"] == "x")["reasons_shown_in"] = [usual]
    raw["questionnaires"][0]["sections"][0]["items"] = [yes_no("x"), yes_no("y")]
    usual_report, strong_report = report_of(raw, {"x": True, "y": False}), report_of(raw, {"x": True, "y": True})
    assert (usual_report.kind.id, strong_report.kind.id) == (usual, "strong")
    assert usual_report.steps[0].id == strong_report.steps[0].id == "calm"
    assert reasons_told(usual_report, "calm") == [("x", "raises")]
    assert reasons_told(strong_report, "calm") == []


def test_a_remark_for_what_comes_first() -> None:
    """A remark with `first` is said only if the plan begins with one of these steps."""
    raw = reasoned(fires("x", weigh("calm", 30)), fires("y", weigh("talk", 60)))
    raw["remarks"] = {
        "heading": [
            {"id": "calm", "text": "Calm days", "first": ["calm"], "base": True},
            {"id": "any", "text": "Some days", "base": True},
        ]
    }
    assert report_of(raw, {"x": True, "y": False}).heading == "Calm days"
    assert report_of(raw, {"x": True, "y": True}).heading == "Some days"


def test_a_remark_for_the_action_for_today() -> None:
    """A remark with `today` is said only if one of these actions of its `first` steps is the action for today."""
    raw = reasoned(fires("x", {"action": {"step": "calm", "id": "walk"}}), fires("y", weigh("calm", 30)))
    calm = next(step for step in raw["steps"] if step["id"] == "calm")
    calm["weight"] = 50
    calm["actions"] = [
        {"id": "walk", "text": "Walk.", "base": False, "today": True},
        {"id": "sit", "text": "Sit.", "today": True},
    ]
    raw["remarks"] = {
        "heading": [
            {"id": "walk", "text": "A walk", "first": ["calm"], "today": ["walk"], "base": True},
            {"id": "any", "text": "Some days", "base": True},
        ]
    }
    with_walk, without = report_of(raw, {"x": True}), report_of(raw, {"x": False})
    assert with_walk.today is not None
    assert with_walk.today.action.id == "walk"
    assert with_walk.heading == "A walk"
    assert without.today is not None
    assert without.today.action.id == "sit"
    assert without.heading == "Some days"


def test_a_section_without_any_answer() -> None:
    """Of what is open, a section is whole if none of its questions that could change something has an answer."""
    raw = reasoned(fires("x", weigh("calm", 1)), fires("y", weigh("calm", 2)))
    assert [section.whole for section in report_of(raw, {}).left_open] == [True]
    assert [section.whole for section in report_of(raw, {"x": True}).left_open] == [False]


def test_where_steps_are_told() -> None:
    """The first step and at most two in focus are for this week, the other free ones later, the held ones not now."""
    raw = reasoned(fires("held", {"hold": {"step": "calm"}}), emphasis={"focus": 10, "steady": 5, "most_focus": 4})
    for step in raw["steps"]:
        step |= {"weight": 20, "actions": [{"id": "a", "text": "A."}], "summary": "S.", "done_when": "it is done."}
        step |= {"cautions": [{"id": "c", "text": "C."}]}
    free, held = report_of(raw, {"held": False}), report_of(raw, {"held": True})
    assert [step.emphasis for step in free.steps] == ["start_here"] + ["focus"] * 4
    assert [step.place for step in free.steps] == ["this_week"] * 3 + ["later"] * 2
    assert (free.this_week, free.later, free.not_now) == (free.steps[:3], free.steps[3:], ())
    (last,) = held.not_now
    assert (last.id, last.title, last.summary) == ("calm", "calm", None)
    assert (last.reasons, last.default_reason, last.actions, last.cautions, last.done_when) == ((), None, (), (), None)


def test_reasons_fit_the_place_of_their_step() -> None:
    """A step in front shows what raised or ordered it, a light one what lowers, caps or delays it: two at most."""
    raw = reasoned(
        fires("calmer", weigh("calm", 30), weigh("space", 3)),
        fires("calmest", weigh("calm", 50), {"order": {"first": "space", "then": "talk"}}),
        fires("less", weigh("space", -9), weigh("talk", -9), weigh("plan", -20)),
        fires("capped", {"cap": {"step": "talk", "at": "light"}}, {"cap": {"step": "plan", "at": "focus"}}),
        fires("more", weigh("space", 20), weigh("plan", 12)),
        fires("own", {"order": {"first": "own-part", "then": "plan"}}),
    )
    report = report_of(raw, all_yes(raw))
    assert [(step.id, step.emphasis) for step in report.steps] == [
        ("calm", "start_here"),
        ("space", "steady"),
        ("own-part", "light"),
        ("plan", "light"),
        ("talk", "light"),
    ]
    assert reasons_told(report, "calm") == [("calmest", "raises"), ("calmer", "raises")]
    assert reasons_told(report, "space") == [("more", "raises"), ("less", "lowers")]
    assert reasons_told(report, "talk") == [("capped", "caps")]  # “less” has been told
    assert reasons_told(report, "own-part") == []
    assert reasons_told(report, "plan") == [("own", "waits")]  # a cap at focus is not why it is light


def test_a_step_in_front_is_told_what_puts_it_there() -> None:
    """If nothing raises the first step it shows what orders it before another, never what lowers it."""
    raw = reasoned(
        fires("heavy", weigh("plan", 40)),
        fires("order", {"order": {"first": "calm", "then": "plan"}}),
        fires("less", weigh("calm", -5)),
    )
    report = report_of(raw, all_yes(raw))
    assert [step.id for step in report.this_week] == ["calm", "plan"]
    assert reasons_told(report, "calm") == [("order", "orders")]
    assert reasons_told(report, "plan") == [("heavy", "raises")]


def test_a_weight_may_have_its_own_reason() -> None:
    """A weight's own reason is shown at its steps, with the sign that counts; elsewhere the rule's."""
    moved = fires(
        "moved",
        weigh("calm", -2, "Less."),
        weigh("calm", 30, "More."),
        weigh("space", 25),
        {"order": {"first": "talk", "then": "plan"}},
        weigh("plan", -1, "Later."),
    )
    report = report_of(reasoned(moved), {"moved": True})
    assert [step_of(report, step).reasons[0].sentence for step in ("calm", "space", "plan")] == [
        "More.",
        "Because of moved.",
        "Later.",
    ]


def test_no_sentence_is_told_twice() -> None:
    """Shown sentences are not repeated: as a reason of a second step, from two rules, after a notice or a remark."""
    raw = reasoned(
        fires("both", weigh("calm", 30), weigh("space", 25)),
        fires("other", weigh("calm", 29), weigh("space", 26)),
        fires("noticed", weigh("talk", 9), {"notice": "n"}),
        fires("remarked", weigh("plan", 9)),
        notices=[{"id": "n", "title": "Mind", "text": "First this. It was noticed!"}],
        remarks={"situation": [{"id": "s", "text": "It was\nremarked.", "base": True}]},
    )
    texts = {"both": "It is so.", "other": "It is  So", "noticed": "It was noticed.", "remarked": "Remarked. And more."}
    for raw_rule in raw["rules"]:
        raw_rule["because"] = texts[raw_rule["id"]]
    for step in raw["steps"]:
        step["default_reason"] = "Nothing moves it." if step["id"] in {"talk", "space"} else f"{step['id']} stays."
    report = report_of(raw, all_yes(raw))
    assert reasons_told(report, "calm") == [("both", "raises")]
    reasons_and_defaults = {step.id: (len(step.reasons), step.default_reason) for step in report.steps}
    assert reasons_and_defaults == {
        "calm": (1, None),
        "space": (0, "Nothing moves it."),
        "talk": (0, None),
        "plan": (0, "plan stays."),
        "own-part": (0, "own-part stays."),
    }


def sentences_told(report: Report) -> Iterator[str]:
    """Every text of a report that must not come twice."""
    for notice in report.notices:
        yield from (notice.title, notice.text)
    yield from filter(None, (report.kind.text, report.opening, *report.situation, report.leave_alone))
    yield report.heading
    for step in report.steps:
        yield from (reason.sentence for reason in step.reasons)
        yield from filter(None, (step.default_reason,))
    yield from filter(None, (report.not_now_because, report.come_back and report.come_back.text))


TEXTS: Final = tuple(f"Sentence {letter}." for letter in "abcdefghijkl")


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_no_sentence_is_ever_told_twice(random: Random) -> None:
    """However few sentences a pack is written with, no report tells one of them twice, and none of a report is empty."""

    def text() -> str:
        return " ".join(random.sample(TEXTS, random.choice((1, 1, 2))))

    rules = [
        fires(f"r{index}", *(weigh(random.choice(STEPS), random.choice((-8, 8, 20))) for _ in range(3)))
        for index in range(6)
    ]
    raw = reasoned(*rules)
    for raw_rule in raw["rules"]:
        raw_rule["because"] = text()
        if random.random() < 0.3:
            raw_rule["then"][0]["weight"]["because"] = text()
        if random.random() < 0.2:
            raw_rule["then"].append({"hold": {"step": random.choice(STEPS)}})
    raw["kinds"][0]["text"] = TEXTS[0]
    raw["notices"] = [{"id": "n", "title": "N", "text": " ".join(TEXTS[1:3])}]
    raw["rules"][0]["then"].append({"notice": "n"})
    raw["look_again"] = {"days": 2, "check_in_days": 1}
    raw["remarks"] = {
        slot: [{"id": f"m{n}", "text": text(), "base": True, "about": f"a{n // 2}"} for n in range(5)] for slot in SLOTS
    }
    for step in raw["steps"]:
        step["default_reason"] = text()
    answers = {item["id"]: random.random() < 0.5 for item in texts_of(raw)}
    report = report_of(raw, answers)
    sentences = [sentence for text in sentences_told(report) for sentence in text.split(". ")]
    without_marks = [sentence.rstrip(".") for sentence in sentences]
    assert len(without_marks) == len(set(without_marks))


@pytest.mark.parametrize("name", ["Sam", "Dr. Sam", "a. a", "No. 5?", "…", "is so"])
def test_a_name_changes_nothing_but_itself(name: str) -> None:
    """Which sentences count as shown does not depend on the typed name."""
    raw = reasoned(fires("a", weigh("calm", 30)), fires("b", weigh("calm", 20)), fires("c", weigh("space", 20)))
    texts_behind = ("{partner} is so.", "It is {partner}.", "It is so. {partner} too.")
    for raw_rule, text in zip(raw["rules"], texts_behind, strict=True):
        raw_rule["because"] = text
    raw["questionnaires"][0]["sections"][0]["items"].append({"id": "name", "type": "text", "text": "?"})
    raw["voice"] = {"name_item": "name", "name": "partner", "no_name": "x", "default": "they"}
    raw["voice"]["forms"] = {"they": {"they": "they"}}
    report = report_of(raw, {"a": True, "b": True, "c": True, "name": name})
    assert [reason.sentence for step in report.steps for reason in step.reasons] == [
        text.replace("{partner}", name) for text in texts_behind
    ]


def test_reasons_quote_question_and_answer() -> None:
    """Under a reason stand what it speaks of, or else three of the answers behind it, in the words of the form."""
    items = [
        single("s", "one", said="you chose {answer}"),
        multiple("m", "two", "three"),
        rating("r", 3, first=1, anchors=[{"text": "low", "said": "you are low"}, {"text": "mid"}, {"text": "high"}]),
        yes_no("y"),
        number("n", 0, 9, unit="days", whole=True),
        {"id": "d", "type": "date", "text": "?"},
    ]
    for item in items:
        item["text"] = f"Question {item['id']}?"
        for option in item.get("options", ()):
            option["text"] = f"Option {option['id']}"
    when = {"all": [{"item": item["id"], "answered": True} for item in items[1:]]}
    raw = bare_pack(items, [rule("r", when, {"weight": {"step": "plan", "by": 9}})])
    raw["rules"][0]["because"] = "As {said:s}, so it is."
    answers = {"s": "one", "m": ["two", "three"], "r": 1, "y": False, "n": 4, "d": "2026-01-05"}
    (reason,) = report_of(raw, answers).steps[0].reasons
    assert reason.sentence == "As you chose Option one, so it is."
    assert [(answered.item, answered.question, answered.answer) for answered in reason.answers] == [
        ("s", "Question s?", ("Option one",)),
    ]
    raw["rules"][0]["because"] = "So it is."
    (reason,) = report_of(raw, answers).steps[0].reasons
    assert [(answered.item, answered.question, answered.answer) for answered in reason.answers] == [
        ("m", "Question m?", ("Option two", "Option three")),
        ("r", "Question r?", ("low",)),
        ("y", "Question y?", ("no",)),
    ]
    raw["rules"][0]["because"] = "As {said:s}, so it is."
    (without,) = {step.reasons for step in report_of(raw, answers | {"s": None}).steps}
    assert without == ()


NO_EVIDENCE: Final[Mapping[str, tuple[Raw, Raw, Any]]] = {
    "a question left open": (yes_no("x"), {"item": "x", "answered": False}, None),
    "I'd rather not say": (yes_no("x", rather_not_say=True), {"item": "x", "answered": False}, None),
    "I don't know": (single("x", "big", "unsure"), {"item": "x", "is": "unsure"}, "unsure"),
    "none of these": (multiple("x", "some", "none"), {"item": "x", "includes": "none"}, ["none"]),
    "not this one": (multiple("x", "some", "none"), {"not": {"item": "x", "includes": "some"}}, ["none"]),
}


@pytest.mark.parametrize("what", NO_EVIDENCE)
def test_what_is_no_evidence_is_no_reason(what: str) -> None:
    """A rule that rests on it alone moves a step and is no reason; beside other answers it is not among those shown."""
    item, condition, answer = NO_EVIDENCE[what]
    for option in item.get("options", ()):
        if item["type"] == "single":
            option["value"] = "unknown" if option["id"] == "unsure" else 1
        elif option["id"] == "none":
            option["exclusive"] = True
    rules = [
        rule("alone", condition, {"weight": {"step": "plan", "by": 9, "line": "because of nothing"}}),
        rule("both", {"all": [condition, yes("y")]}, {"weight": {"step": "plan", "by": 5, "line": "because of y"}}),
    ]
    for raw_rule in rules:
        raw_rule["because"] = f"It is {raw_rule['id']}."
    raw = bare_pack([item, yes_no("y")], rules)
    plan = report_of(raw, {"x": answer, "y": True}).steps[0]
    assert [(reason.rule, [answered.item for answered in reason.answers]) for reason in plan.reasons] == [
        ("both", ["y"])
    ]
    assert plan.line == "because of y"
    without = report_of(raw, {"x": answer}).steps[0]
    assert (without.id, without.reasons, without.line) == ("plan", (), None)


def test_the_clause_of_no_evidence_is_not_said() -> None:
    """A reason whose sentence quotes an answer that is no evidence is passed over, whatever else made its rule fire."""
    item = single("x", "big", "unsure")
    item["options"][0] |= {"value": 1, "said": "it was big"}
    item["options"][1] |= {"value": "unknown", "said": "you're not sure"}
    weight = {"weight": {"step": "plan", "by": 9, "line": "because {said:x}"}}
    raw = bare_pack([item, yes_no("y")], [rule("r", yes("y"), weight)])
    raw["rules"][0]["because"] = "Because {said:x}."
    told, unsure = (report_of(raw, {"x": answer, "y": True}).steps[0] for answer in ("big", "unsure"))
    assert ([reason.sentence for reason in told.reasons], told.line) == (["Because it was big."], "because it was big")
    assert (unsure.reasons, unsure.line) == ((), None)


def test_notices_in_their_declared_order() -> None:
    """Notices stand in the order of the content, and the first that need not be folded is open."""
    notices: list[Raw] = [{"id": name, "title": name, "text": name} for name in ("n2", "n1", "n3", "n4")]
    notices[0]["folded"] = True
    rules = [rule(f"r{name}", {"item": "x", "is": True}, {"notice": name}) for name in ("n4", "n1", "n2")]
    raw = bare_pack([yes_no("x")], rules, notices=notices)
    assert [(notice.id, notice.open) for notice in report_of(raw, {"x": True}).notices] == [
        ("n2", False),
        ("n1", True),
        ("n4", False),
    ]


@pytest.mark.parametrize("because_of", ["kind", "notice"])
def test_a_short_report(because_of: str) -> None:
    """Briefly: one step with two actions, the others as titles, no scales and no open questions."""
    scales = [{"id": "s", "title": "S", "items": ["r"], "method": "sum"}]
    raw = bare_pack([yes_no("x"), rating("r"), yes_no("open")], [], scales)
    raw["rules"] = [
        rule("r", {"item": "x", "is": True}, {because_of: "brief"}),
        rule("reads", {"item": "open", "is": True}, weigh("calm", 1)),
        rule("told", {"item": "r", "at_least": 0}, weigh("calm", 50), weigh("space", 40), weigh("talk", 10)),
        rule("tasked", {"item": "r", "at_least": 0}, weigh("calm", 1), {"action": {"step": "calm", "id": "a0"}}),
    ]
    raw["kinds"].insert(0, {"id": "brief", "title": "B", "short": because_of == "kind"})
    raw["notices"] = [{"id": "brief", "title": "N", "text": "T.", "short": because_of == "notice"}]
    for step in raw["steps"]:
        step |= {"summary": "S.", "actions": [{"id": f"a{n}", "text": "A.", "today": n == 3} for n in range(5)]}
        step |= {
            "cautions": [{"id": "c", "text": "C."}],
            "done_when": "done.",
            "default_reason": f"{step['id']} rests.",
        }
    raw["steps"][0]["actions"] = [{"id": f"a{n}", "text": "A.", "base": n > 0} for n in range(5)]
    report, whole = report_of(raw, {"x": True, "r": 2}), report_of(raw, {"x": False, "r": 2})
    assert (report.short, whole.short) == (True, False)
    first, *other_steps = report.steps
    assert ([todo.id for todo in first.actions], first.cautions) == (["a0", "a1"], ("C.",))
    # A reason stands only beside its own task; the strongest rule has none.
    assert [reason.rule for reason in first.reasons] == ["tasked"]
    assert whole.steps[0].reasons[0].rule == "told"
    assert (first.summary, first.done_when) == (None, None)
    assert [step.place for step in report.steps] == ["this_week", *["later"] * 4]
    for step in other_steps:
        assert (step.reasons, step.default_reason, step.actions, step.cautions, step.done_when) == (
            (),
            None,
            (),
            (),
            None,
        )
        assert step.summary is None
    assert (report.scales, report.left_open) == ((), ())
    assert (len(whole.scales), len(whole.left_open)) == (1, 1)
    # The first step has nothing for today, and the second is not of this week.
    assert report.today is None
    assert whole.today is not None
    assert (whole.today.step, whole.today.action.id) == ("space", "a3")


def test_the_action_for_today() -> None:
    """What a rule added comes first, then what is there anyway; it is not listed a second time."""
    raw = reasoned(
        fires("adds", {"action": {"step": "calm", "id": "added"}}),
        fires("more", {"action": {"step": "calm", "id": "also"}}),
    )
    raw["steps"][0] |= {
        "weight": 30,
        "actions": [
            {"id": "long", "text": "Long."},
            {"id": "base", "text": "Base.", "today": True},
            {"id": "also", "text": "Also.", "base": False},
            {"id": "added", "text": "Added.", "base": False, "today": True},
            {"id": "last", "text": "Last."},
            {"id": "beyond", "text": "Beyond."},
        ],
    }
    added, base = report_of(raw, all_yes(raw)), report_of(raw, {})
    assert added.today is not None
    assert base.today is not None
    assert (added.today.step, added.today.action.id, base.today.action.id) == ("calm", "added", "base")
    assert [todo.id for todo in added.steps[0].actions] == ["also", "long", "base"]
    assert [todo.id for todo in base.steps[0].actions] == ["long", "last", "beyond"]
    raw["steps"][0] |= {"actions": []}
    raw["rules"] = []
    raw["steps"][1] |= {"weight": 4, "actions": [{"id": "a", "text": "A.", "today": True}]}
    assert report_of(raw, {}).today is None  # the second step is light, and not for this week
    raw["steps"][1] |= {"weight": 25}
    report = report_of(raw, {})
    assert report.today is not None
    assert (report.today.step, step_of(report, "space").actions) == ("space", ())


def test_cautions_that_rules_added_stand_for_the_others() -> None:
    """At most two cautions of rules are shown, or else the first that is always there."""
    raw = reasoned(*(fires(name, {"caution": {"step": "calm", "id": name}}) for name in ("x", "y", "z")))
    cautions: list[Raw] = [{"id": name, "text": f"Mind {name}.", "base": False} for name in ("x", "y", "z")]
    raw["steps"][0]["cautions"] = [{"id": "a", "text": "A."}, {"id": "b", "text": "B."}, *cautions]
    assert step_of(report_of(raw, {}), "calm").cautions == ("A.",)
    assert step_of(report_of(raw, {"z": True}), "calm").cautions == ("Mind z.",)
    assert step_of(report_of(raw, all_yes(raw)), "calm").cautions == ("Mind x.", "Mind y.")


def remarks(*texts_by_id: tuple[str, str], **fields: Any) -> list[Raw]:
    return [{"id": name, "text": text, **fields} for name, text in texts_by_id]


def says(slot: str, name: str) -> Raw:
    return {"say": {"place": slot, "id": name}}


def test_the_situation() -> None:
    """It is summed up in the first three sentences that can be said, one about each thing, in the order of the content."""
    names = ("one", "two", "three", "four", "five")
    raw = reasoned(*(fires(name, says("situation", name)) for name in reversed(names)))
    raw["remarks"] = {"situation": remarks(*((name, f"It is {name}.") for name in names))}
    raw["remarks"]["situation"][1]["about"] = raw["remarks"]["situation"][0]["about"] = "a"
    raw["remarks"]["situation"][3] |= {"text": "It is three."}
    assert report_of(raw, all_yes(raw)).situation == ("It is one.", "It is three.", "It is five.")
    assert report_of(raw, {"two": True, "four": True}).situation == ("It is two.", "It is three.")
    assert report_of(raw, {}).situation == ()


def test_a_remark_speaks_an_answer() -> None:
    """A remark with the clause of an answer is passed over where there is no answer, for one that can be said."""
    items = [single("mood", "low", "high"), yes_no("x")]
    for option in items[0]["options"]:
        option["said"] = f"your mood is {option['id']}"
    raw = bare_pack(items, [rule("r", yes("x"), says("heading", "mood"))])
    raw["remarks"] = {"heading": [*remarks(("mood", "{said:mood}, so rest")), *remarks(("base", "Rest"), base=True)]}
    headings = [
        report_of(raw, answers).heading for answers in ({"x": True, "mood": "low"}, {"x": True}, {"mood": "low"})
    ]
    assert headings == ["Your mood is low, so rest", "Rest", "Rest"]
    del raw["remarks"]
    raw["rules"] = []
    assert report_of(raw, {}).heading == "Usual"


def test_each_place_has_its_remark() -> None:
    """Opening, leave-alone and come-back are shown if the content has them; the reason for holds only if there are
    any.
    """
    raw = reasoned(
        fires("held", {"hold": {"step": "plan"}}, {"notice": "n"}),
        fires("why", says("not_now", "second")),
        look_again={"days": 28, "check_in_days": 7},
        notices=[{"id": "n", "title": "N", "text": "It is the law."}],
    )
    raw["remarks"] = {
        slot: remarks(("a", f"Some {slot}."), base=True) for slot in ("opening", "leave_alone", "come_back")
    }
    raw["remarks"]["not_now"] = [
        *remarks(("first", "It is the law."), base=True),
        *remarks(("second", "As I said.")),
        *remarks(("third", "It waits."), base=True),
    ]
    held, all_raised, free = (report_of(raw, answers) for answers in ({"held": True}, all_yes(raw), {"why": True}))
    assert (held.opening, held.leave_alone) == ("Some opening.", "Some leave_alone.")
    assert held.come_back is not None
    assert held.come_back.text == "Some come_back."
    # The notice's sentences are not repeated.
    assert (held.not_now_because, all_raised.not_now_because, free.not_now_because) == ("It waits.", "As I said.", None)
    del raw["remarks"]
    raw["rules"][1]["then"] = [{"finding": "f"}]
    bare = report_of(raw, {"held": True})
    assert (bare.opening, bare.leave_alone, bare.not_now_because) == (None, None, None)


def test_a_closed_kind_says_what_names_it() -> None:
    """In an allowlist-only kind only remarks are said that name it, whatever a rule says."""
    raw = reasoned(fires("r", {"kind": "shut"}, says("opening", "r")))
    raw["kinds"].insert(0, {"id": "shut", "title": "S", "allowlist_only": True})
    raw["remarks"] = {"opening": [*remarks(("r", "Ruled.")), *remarks(("any", "Any."), base=True)]}
    assert report_of(raw, {"r": True}).opening is None
    raw["remarks"]["opening"][1]["kinds"] = ["usual", "shut"]
    assert report_of(raw, {"r": True}).opening == "Any."


def test_scales_are_told_as_the_content_says() -> None:
    """A scale is shown with its range, its band and how much of it was answered; one that is never shown is not there."""
    scales: list[Raw] = [
        {"id": "bar", "title": "Bar", "about": "About", "items": ["a", "b"], "method": "sum", "constant": 1},
        {"id": "words", "title": "Words", "items": ["a"], "method": "mean", "shown": "words"},
        {"id": "never", "title": "Never", "items": ["a"], "method": "sum", "shown": "never"},
    ]
    scales[0]["bands"] = [{"id": "low", "title": "Low", "words": "It is low.", "from": 0}]
    scales_in_report = report_of(bare_pack([rating("a"), rating("b")], [], scales), {"a": 2, "b": 3}).scales
    assert [(scale.id, scale.value, scale.lowest, scale.highest, scale.shown) for scale in scales_in_report] == [
        ("bar", 6, 1, 9, "bar"),
        ("words", 2, 0, 4, "words"),
    ]
    assert (scales_in_report[0].about, scales_in_report[0].answered, scales_in_report[0].items) == ("About", 2, 2)
    assert [scale.position for scale in scales_in_report] == [62, None]
    assert scales_in_report[0].band is not None
    assert (scales_in_report[0].band.id, scales_in_report[0].band.title, scales_in_report[0].band.words) == (
        "low",
        "Low",
        "It is low.",
    )
    unanswered = report_of(bare_pack([rating("a"), rating("b")], [], scales), {"a": 2}).scales[0]
    assert (unanswered.value, unanswered.band, unanswered.answered, unanswered.items) == (None, None, 1, 2)
    assert unanswered.position is None


def test_only_scales_of_how_one_is_now() -> None:
    """A scale about the past is not shown, nor one without any asked item; a mixed one is."""
    items = [yes_no("all"), rating("now", show_when={"item": "all", "is": True}), rating("then")]
    scales = [
        {"id": name, "title": name, "items": item_ids, "method": "sum", "missing": {"minimum": 1}}
        for name, item_ids in (("n", ["now"]), ("t", ["then"]), ("mixed", ["now", "then"]))
    ]
    raw = bare_pack([], [], scales)
    raw["questionnaires"][0]["sections"] = [
        {"id": "now", "title": "Now", "items": items[:2]},
        {"id": "then", "title": "Then", "frame": "then", "items": items[2:]},
    ]
    assert [scale.id for scale in report_of(raw, {"all": True, "then": 1}).scales] == ["n", "mixed"]
    assert [scale.id for scale in report_of(raw, {"all": False, "then": 1}).scales] == ["mixed"]


@pytest.mark.parametrize(("value", "position"), [(-2, 0), (0, 50), (2, 100), (-1, 25)])
def test_where_a_value_lies(value: int, position: int) -> None:
    """The position runs from 0 at the lowest value to 100 at the highest."""
    scales: list[Raw] = [{"id": "s", "title": "S", "items": ["a"], "method": "sum"}]
    (scale,) = report_of(bare_pack([rating("a", first=-2)], [], scales), {"a": value}).scales
    assert scale.position == position


def test_a_line_of_one_point() -> None:
    """A scale whose lowest value is its highest is drawn at the beginning."""
    scales: list[Raw] = [{"id": "s", "title": "S", "items": ["a"], "method": "count", "count_from": 0}]
    (scale,) = report_of(bare_pack([rating("a")], [], scales), {"a": 3}).scales
    assert (scale.lowest, scale.highest, scale.position) in {(1, 1, 0), (0, 1, 100)}


def test_what_is_left_open() -> None:
    """Open questions that something reads are listed by section, but for sensitive ones and those that did not come up."""
    items = [
        yes_no("open", text="Open?"),
        yes_no("rather-not", text="Rather not?"),
        yes_no("told", text="Told?"),
        yes_no("secret", text="Secret?", sensitive=True),
        {"id": "note", "type": "text", "text": "Note?"},
        yes_no("hidden", text="Hidden?", show_when={"item": "told", "is": False}),
        multiple("several", "one", text="Several?"),
        yes_no("idle", text="Idle?"),
        rating("scored", text="Scored?"),
        rating("unseen", text="Unseen?"),
    ]
    scales = [
        {"id": "s", "title": "S", "items": ["scored"], "method": "sum"},
        {"id": "u", "title": "U", "items": ["unseen"], "method": "sum", "shown": "never"},
    ]
    read_items = ("open", "rather-not", "told", "secret", "hidden", "several")
    raw = bare_pack(items, [rule("r", {"any": [{"item": name, "answered": False} for name in read_items]})], scales)
    raw["questionnaires"][0]["sections"] = [
        {"id": "a", "title": "First", "items": items[:1]},
        {"id": "b", "title": "Second", "items": items[2:6]},
        {"id": "c", "title": "Third", "items": [items[1], *items[6:]]},
    ]
    report = report_of(raw, {"rather-not": None, "told": True, "several": []})
    assert [(section.title, section.questions) for section in report.left_open] == [
        ("First", (OpenQuestion("open", "Open?"),)),
        (
            "Third",
            (
                OpenQuestion("rather-not", "Rather not?"),
                OpenQuestion("several", "Several?"),
                OpenQuestion("scored", "Scored?"),
            ),
        ),
    ]


def test_when_to_come_back() -> None:
    """The next days are counted from the sitting, a check-in's from the last one, and it is offered if there is one."""
    raw = bare_pack([yes_no("x")], [], look_again={"days": 28, "check_in_days": 7})
    full = report_of(raw, {}).come_back
    assert full is not None
    assert (full.on, full.check_in_on, full.text) == (AS_OF + timedelta(days=28), None, None)
    raw["questionnaires"].append(form(CHECK_IN, [yes_no("x")], [], role="check_in"))
    pack = load(raw)
    full_sitting = assess(pack, FULL, {}, AS_OF)
    check_ins = [None, *(assess(pack, CHECK_IN, {}, AS_OF + timedelta(days=days)) for days in (8, 21))]
    dates = [
        come_back.check_in_on for check_in in check_ins if (come_back := build_report(full_sitting, check_in).come_back)
    ]
    assert dates == [AS_OF + timedelta(days=7), AS_OF + timedelta(days=15), None]
    assert report_of(bare_pack([yes_no("x")], []), {}).come_back is None


def test_help_that_belongs_to_the_notices() -> None:
    """The kinds of help lines of all raised notices are named once, in the order of the notices."""
    notices = [
        {"id": name, "title": name, "text": name, "help": kinds}
        for name, kinds in (("a", ["crisis", "emergency"]), ("b", ["other"]), ("c", ["abuse", "emergency"]))
    ]
    raw = reasoned(fires("r", {"notice": "c"}, {"notice": "a"}), fires("s", {"notice": "b"}), notices=notices)
    assert report_of(raw, {"r": True}).help_kinds == ("crisis", "emergency", "abuse")
    assert report_of(raw, {}).help_kinds == ()


def test_evidence_belongs_to_an_action() -> None:
    """An action carries what research says of it."""
    raw = bare_pack([yes_no("x")], [])
    note = {"label": "some_support", "outcome": "sleep", "reference": "A study"}
    raw["steps"][0]["actions"] = [{"id": "a", "text": "A.", "evidence": note}, {"id": "b", "text": "B."}]
    first, second = report_of(raw, {}).steps[0].actions
    assert first.evidence is not None
    assert (first.evidence.label, first.evidence.outcome, first.evidence.reference) == tuple(note.values())
    assert second.evidence is None


def test_where_a_report_comes_from() -> None:
    """A report says of which day and which content it is."""
    raw = bare_pack([yes_no("x")], [])
    report = report_of(raw, {}, LATER)
    assert (report.title, report.questionnaire, report.taken_on) == ("P", FULL, LATER)
    assert report.content_digest == load(raw).content_digest


def test_a_check_in_may_say_something() -> None:
    """A remark that a check-in's gate says speaks of the check-in's answers, and is there though the plan is older."""
    gate = rule("gate", {"item": "mood", "is": "low"}, says("opening", "mood"), gate=True)
    mood = single("mood", "low", "high")
    for option in mood["options"]:
        option["said"] = f"your mood is {option['id']}"
    raw = bare_pack([mood], [gate], remarks={"opening": remarks(("mood", "{said:mood}."))})
    raw["questionnaires"].append(form(CHECK_IN, [mood], [], role="check_in"))
    pack = load(raw)
    full = assess(pack, FULL, {"mood": "high"}, AS_OF)
    low, high = (assess(pack, CHECK_IN, {"mood": mood}, LATER) for mood in ("low", "high"))
    assert build_report(full).opening is None
    assert build_report(full, low).opening == "Your mood is low."
    assert build_report(full, high).opening is None


def test_a_check_in_has_no_report_of_its_own() -> None:
    """A check-in alone cannot be reported; added to the last full sitting its plan can."""
    held = rule("held", {"item": "x", "is": True}, {"hold": {"step": "plan"}}, {"notice": "n"}, gate=True)
    raw = bare_pack([yes_no("y")], [held], notices=[{"id": "n", "title": "N", "text": "Mind."}])
    raw["questionnaires"].append(form(CHECK_IN, [yes_no("x")], [], role="check_in"))
    pack = load(raw)
    full, check_in = assess(pack, FULL, {"y": True}, AS_OF), assess(pack, CHECK_IN, {"x": True}, LATER)
    with pytest.raises(ValueError, match="check-in"):
        build_report(check_in)
    report = build_report(full, check_in)
    assert [notice.id for notice in report.notices] == ["n"]
    assert next(step for step in report.steps if step.id == "plan").emphasis == "not_now"
    assert len(render(report, "text")) > 0


# What is never shown


def texts_of(raw: Raw) -> Iterator[Raw]:
    """Every item of a pack as it was written."""
    for questionnaire in raw["questionnaires"]:
        for section in questionnaire["sections"]:
            yield from section["items"]


def items_behind(raw: Raw, name: str) -> set[str]:
    """Every item a rule can rest on, through scales and findings: by walking what was written."""
    rules = {raw_rule["id"]: raw_rule for raw_rule in raw["rules"]}
    scales = {scale["id"]: scale for questionnaire in raw["questionnaires"] for scale in questionnaire["scales"]}
    behind: set[str] = set()

    def walk(value: Any, seen: frozenset[str]) -> None:
        if isinstance(value, list):
            for element in value:
                walk(element, seen)
        elif isinstance(value, dict):
            if "item" in value:
                behind.add(value["item"])
            elif "scale" in value:
                behind.update(scales[value["scale"]]["items"])
            elif "finding" in value:
                for rule_id, raw_rule in rules.items():
                    if rule_id not in seen and {"finding": value["finding"]} in raw_rule["then"]:
                        walk(raw_rule["when"], seen | {rule_id})
            else:
                walk(list(value.values()), seen)

    walk(rules[name]["when"], frozenset({name}))
    return behind


def marked(random: Random) -> Raw:
    """A random pack in which some items are sensitive: their texts, and what rests on nothing else, carry the mark."""
    raw = random_pack(random, Size(items=6, options=3, rules=4, strata=3, depth=2, branches=3))
    secret = {item["id"]: random.random() < 0.5 for item in texts_of(raw)}
    for item in texts_of(raw):
        mark = SECRET if secret[item["id"]] else "open"
        item |= {"sensitive": secret[item["id"]], "text": f"{mark} question", "said": f"{mark} said {{answer}}"}
        item["help"] = f"{mark} help"
        for option in item.get("options", ()):
            option |= {"text": f"{mark} option", "said": f"{mark} said"}
        for index, _ in enumerate(item.get("anchors", ())):
            item["anchors"][index] = {"text": f"{mark} anchor", "said": f"{mark} said"}
        if item["type"] == "number":
            item["unit"] = f"{mark} unit"
    for raw_rule in raw["rules"]:
        behind = items_behind(raw, raw_rule["id"])
        raw_rule["because"] = f"{SECRET if behind and all(secret[item] for item in behind) else 'open'} because."
        step = random.choice(STEPS)
        raw_rule["then"] += [{"weight": {"step": step, "by": random.choice((-6, 6, 30))}}]
        if random.random() < 0.3:
            raw_rule["then"] += [{"hold": {"step": random.choice(STEPS)}}, {"kind": "strong"}, {"notice": "n"}]
    raw["kinds"].insert(0, {"id": "strong", "title": "Strong"})
    raw["notices"] = [{"id": "n", "title": "N", "text": "Mind."}]
    hidden = load(raw).sensitive
    types = {item["id"]: item["type"] for item in texts_of(raw) if item["id"] not in hidden}
    speaking = [name for name, kind in types.items() if kind != "text"]
    raw["remarks"] = {
        slot: [{"id": name, "text": f"{slot} for {{said:{name}}}."} for name in speaking] for slot in SLOTS
    }
    for raw_rule in raw["rules"]:
        raw_rule["then"] += [says(random.choice(SLOTS), name) for name in speaking if random.random() < 0.3]
    return raw


def everything_told(earlier: Assessment, later: Assessment) -> Iterator[str]:
    """Both sittings in every form in which they are shown."""
    for assessment in (earlier, later):
        report = build_report(assessment)
        yield from (render(report, output_format) for output_format in FORMATS)
        yield html_document(report)
        yield render_explanation(explanation(assessment))
        yield from (render_explanation(explain_step(assessment, step)) for step in STEPS)
    comparison = build_comparison_report(compare(earlier, later), earlier, later)
    yield from (render(comparison, output_format) for output_format in FORMATS)
    yield html_document(comparison)


def full_person(random: Random, raw: Raw) -> Raw:
    return random_person(random, raw | {"questionnaires": [raw["questionnaires"][0]]})[1]


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_sensitive_answers_are_never_told(random: Random) -> None:
    """No format of any report tells a word of a sensitive question, of its answer, or of a rule that rests on it."""
    raw = marked(random)
    pack = load(raw)
    earlier, later = (assess(pack, FULL, full_person(random, raw), day, plain=True) for day in (AS_OF, LATER))
    for text in everything_told(earlier, later):
        assert SECRET not in text
    secret = {item["id"] for item in texts_of(raw) if item["sensitive"]}
    reasons = [
        reason
        for report in (build_report(earlier), build_report(later))
        for step in report.steps
        for reason in step.reasons
    ]
    for reason in reasons:
        assert not secret & {answered.item for answered in reason.answers}
    for answers in (earlier.responses.answers, later.responses.answers):
        assert set(answers) <= {item.id for item in pack.forms[FULL].items}


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_sensitive_answers_are_told_on_request(random: Random) -> None:
    """With --show-sensitive, explain tells each rule that fired, and its answers; without, it says that it does not."""
    raw = marked(random)
    assessment = assess(load(raw), FULL, full_person(random, raw), AS_OF, plain=True)
    unmasked, masked = explanation(assessment, show_sensitive=True), explanation(assessment)
    assert [note.rule for note in unmasked.rules] == [firing.rule for firing in assessment.trace.firings]
    because = {raw_rule["id"]: raw_rule["because"] for raw_rule in raw["rules"]}
    for note, firing in zip(unmasked.rules, assessment.trace.firings, strict=True):
        assert note.because == because[firing.rule]
        assert tuple(answered.item for answered in note.answers) == firing.items
    assert unmasked.masked is False
    assert masked.masked is any(firing.sensitive for firing in assessment.trace.firings)
    assert [note.rule for note in masked.rules] == [
        None if firing.sensitive else firing.rule for firing in assessment.trace.firings
    ]


def secret_pack() -> Raw:
    """A sensitive answer that shows in a plan through a finding, a scale, a kind, a hold, a notice and show_when."""
    items = [
        yes_no("danger", text=f"{SECRET} danger?", sensitive=True),
        rating("harm", text=f"{SECRET} harm?", sensitive=True),
        rating("calm", text="Calm?"),
        yes_no("more", text="More?", show_when={"item": "danger", "is": True}),
    ]
    items[1]["anchors"] = [{"text": f"{SECRET} {index}"} for index in range(5)]
    scales = [{"id": "mixed", "title": "Mixed", "items": ["harm", "calm"], "method": "sum", "shown": "never"}]
    rules = [
        rule("gate", {"item": "danger", "is": True}, {"hold": {"step": "talk"}}, {"kind": "safe"}, gate=True),
        rule("finds", {"item": "danger", "is": True}, {"finding": "unsafe"}),
        rule("reads", {"finding": "unsafe", "is": True}, {"weight": {"step": "plan", "by": 30}}),
        rule("scaled", {"scale": "mixed", "at_least": 5}, {"weight": {"step": "space", "by": 25}}),
        rule("calm", {"item": "calm", "at_least": 3}, {"weight": {"step": "calm", "by": 20}}),
    ]
    for raw_rule in rules[:-1]:
        raw_rule["because"] = f"{SECRET} {raw_rule['id']}."
    raw = bare_pack(items, rules, scales)
    raw["kinds"].insert(0, {"id": "safe", "title": "Safe", "text": "Safety first."})
    raw["notices"] = [{"id": "n", "title": "N", "text": "There is help."}]
    raw["rules"][2]["then"].append({"notice": "n"})
    return raw


@pytest.fixture(scope="module")
def secret() -> tuple[Pack, Assessment, Assessment]:
    """The pack with a sensitive answer, and two sittings between which it changed."""
    pack = load(secret_pack())
    earlier = assess(pack, FULL, {"danger": False, "harm": 0, "calm": 3}, AS_OF)
    later = assess(pack, FULL, {"danger": True, "harm": 4, "calm": 3, "more": True}, LATER)
    return pack, earlier, later


def test_what_sensitive_answers_did_is_told_without_them(secret: tuple[Pack, Assessment, Assessment]) -> None:
    """Holds, kind and notice that rest on a sensitive answer are in the report, without a word of why."""
    report = build_report(secret[2])
    assert report.kind.id == "safe"
    assert [notice.id for notice in report.notices] == ["n"]
    assert {step.id: step.reasons for step in report.steps if step.id != "calm"} == {
        "plan": (),
        "space": (),
        "own-part": (),
        "talk": (),
    }
    assert [reason.rule for step in report.steps for reason in step.reasons] == ["calm"]
    for text in everything_told(secret[1], secret[2]):
        assert SECRET not in text


def test_a_sensitive_cause_is_not_named(secret: tuple[Pack, Assessment, Assessment]) -> None:
    """A step that a sensitive answer moved is said to be moved by answers that are not repeated, and by none by name."""
    _, earlier, later = secret
    comparison = compare(earlier, later)
    report = build_comparison_report(comparison, earlier, later)
    assert {"danger", "harm"} & {cause for move in comparison.moves for cause in move.causes or ()}
    assert report.moves
    for move in report.moves:
        assert move.hidden
        assert not move.causes
    assert report.answers == ()


def test_explain_masks_and_shows(secret: tuple[Pack, Assessment, Assessment]) -> None:
    """Explain names no rule that rests on a sensitive answer, and no effect of it, unless it is asked to."""
    assessment = secret[2]
    text = render_explanation(explanation(assessment))
    assert SECRET not in text
    assert not [name for name in ("gate", "finds", "reads", "scaled", "unsafe") if f'"{name}"' in text]
    unmasked = render_explanation(explanation(assessment, show_sensitive=True))
    for name in ("gate", "finds", "reads", "scaled"):
        assert f"{SECRET} {name}." in unmasked
    assert f"{SECRET} danger?" in unmasked
    assert f"{SECRET} 4" in unmasked
    assert SECRET in render_explanation(explain_step(assessment, "plan", show_sensitive=True))


def test_a_sensitive_score_is_not_shown() -> None:
    """A scale over a sensitive item is in no report and no comparison, unless its author says that it tells nothing."""
    raw = secret_pack()
    raw["questionnaires"][0]["scales"][0] |= {"shown": "bar"}
    for sensitive in (None, False, True):
        if sensitive is not None:
            raw["questionnaires"][0]["scales"][0]["sensitive"] = sensitive
        pack = load(raw)
        earlier, later = (assess(pack, FULL, {"danger": False, "harm": harm, "calm": 1}, AS_OF) for harm in (0, 4))
        scale_counts = (
            len(build_report(earlier).scales),
            len(build_comparison_report(compare(earlier, later), earlier, later).scales),
        )
        assert scale_counts == ((1, 1) if sensitive is False else (0, 0))


def test_sensitive_items_of_a_scale_are_not_named(secret: tuple[Pack, Assessment, Assessment]) -> None:
    """A report does not reveal which sensitive items of a scale moved."""
    raw = secret_pack()
    raw["questionnaires"][0]["scales"][0] |= {"shown": "bar", "sensitive": False}
    pack = load(raw)
    earlier = assess(pack, FULL, {"danger": False, "harm": 0, "calm": 1}, AS_OF)
    later = assess(pack, FULL, {"danger": False, "harm": 4, "calm": 3}, LATER)
    report = build_comparison_report(compare(earlier, later), earlier, later)
    assert len(report.scales) == 1
    assert "harm" not in json.dumps(json.loads(render(report, "json")))


def openly(pack: Pack) -> Iterator[str]:
    """The pack's own words for a gate's effects are shown whatever they rest on."""
    yield from (notice.text for notice in pack.content.notices)
    yield from (remark.text for remarks_of_slot in pack.content.remarks.values() for remark in remarks_of_slot)


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_shipped_content_never_tells(random: Random) -> None:
    """Under the shipped content no report asks a sensitive question again, or says a sentence that rests on one."""
    pack, form = random.choice([(pack, form) for pack, form in SHIPPED.forms.values() if form.has_plan])
    people = []
    for day in (AS_OF, LATER):
        answers = {item.id: random_answer(random, item.model_dump()) for item in form.items if random.random() < 0.9}
        answers |= {
            item.id: [answers[item.id][0]]
            for item in form.items
            if isinstance(item, MultipleChoice) and answers.get(item.id)
        }
        answers |= {item.id: "2026-10-01" for item in form.items if item.type == "date"}
        people.append(assess(pack, form.questionnaire.questionnaire, answers, day, complete=False, plain=True))
    earlier, later = people
    open_texts = [pack.items[name].text for name in pack.items if not pack.items[name].sensitive]
    secret = [item.text for item in pack.items.values() if item.sensitive and item.text not in open_texts]
    comparison = build_comparison_report(compare(earlier, later), earlier, later)
    for words, texts in (
        (Wording(earlier), [render(build_report(earlier), "json"), render_explanation(explanation(earlier))]),
        (Wording(later), [render(build_report(later), "json"), render(comparison, "json")]),
    ):
        firings = earlier.trace.firings if words.answers is earlier.responses.answers else later.trace.firings
        open_sentences = {words.rules[firing.rule].because for firing in firings if not firing.sensitive}
        open_sentences |= {
            sentence for notice in words.pack.content.notices for sentence in re.split(r"(?<=\.) ", notice.text)
        }
        masked_sentences = {words.rules[firing.rule].because for firing in firings if firing.sensitive} - open_sentences
        masked_sentences = {
            because for because in masked_sentences if not any(because in text for text in openly(pack))
        }
        for text in texts:
            flat = " ".join(text.split())
            for sentence in [*secret, *masked_sentences]:
                assert words.say(sentence) not in flat
                assert json.dumps(words.say(sentence), ensure_ascii=False)[1:-1] not in flat
