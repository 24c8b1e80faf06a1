"""Reports of a plan and of a comparison: what they hold, and what they never tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.assessment import Assessment, assess
from engine.comparison import compare
from engine.comparison_report import build_comparison_report
from engine.explanation import explain_step, explanation
from engine.library import load_library
from engine.pack import Pack
from engine.questionnaire import Multiple
from engine.rendering import FORMATS, page, render, render_explanation
from engine.report import Report, build_report
from engine.wording import Wording
from tests.generators import (
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

LATER: Final = AS_OF + timedelta(days=30)
SHIPPED: Final = load_library()
SECRET: Final = "ZQX"  # noqa: S105 - a mark
"""Stands in every text that must not be told, and in no other."""


def report_of(raw: Raw, answers: Raw, day: date = AS_OF) -> Report:
    return build_report(assess(load(raw), FULL, answers, day))


# What a report holds


def test_every_step_once_with_its_words() -> None:
    """A report has every step in the order of the plan, with the words of the kind of plan."""
    raw = bare_pack([yes_no("x")], [rule("r", {"item": "x", "is": True}, {"kind": "strong"}, gate=True)])
    raw["kinds"].insert(0, {"id": "strong", "title": "Strong", "text": "Be strong."})
    raw["steps"][1] |= {
        "title": "Usual title",
        "summary": "Usual summary",
        "actions": [{"id": "a", "text": "A."}, {"id": "b", "text": "B.", "base": False}],
        "for_kind": {"strong": {"title": "Strong title", "summary": "Strong summary", "actions": ["b"]}},
    }
    usual, strong = report_of(raw, {"x": False}), report_of(raw, {"x": True})
    for report in (usual, strong):
        assert sorted(step.id for step in report.steps) == sorted(STEPS)
        assert [step.position for step in report.steps] == [1, 2, 3, 4, 5]
    one, other = (next(step for step in found.steps if step.id == "space") for found in (usual, strong))
    assert (one.title, one.summary, [todo.id for todo in one.actions]) == ("Usual title", "Usual summary", ["a"])
    assert (other.title, other.summary, [todo.id for todo in other.actions]) == (
        "Strong title",
        "Strong summary",
        ["b"],
    )
    assert (strong.kind.id, strong.kind.title, strong.kind.text) == ("strong", "Strong", "Be strong.")
    assert [reason.rule for reason in strong.kind_reasons] == ["r"]
    assert usual.kind_reasons == ()


def test_reasons_name_their_effect_once() -> None:
    """Each rule is a reason once, by the strongest thing it did; of a held step only the holds are told."""
    items = [yes_no("x"), yes_no("y")]
    moved = rule(
        "moved",
        {"item": "x", "is": True},
        {"weight": {"step": "plan", "by": 9}},
        {"cap": {"step": "plan", "at": "steady"}},
        {"order": {"first": "calm", "then": "plan"}},
        {"action": {"step": "plan", "id": "walk"}},
    )
    less = rule("less", {"item": "x", "is": True}, {"weight": {"step": "plan", "by": -2}})
    capped = rule("capped", {"item": "x", "is": True}, {"cap": {"step": "plan", "at": "focus"}})
    ordered = rule("ordered", {"item": "x", "is": True}, {"order": {"first": "talk", "then": "plan"}})
    says = rule("says", {"item": "x", "is": True}, {"caution": {"step": "plan", "id": "slow"}})
    held = rule("held", {"item": "y", "is": True}, {"hold": {"step": "plan"}}, gate=True)
    raw = bare_pack(items, [moved, less, capped, ordered, says, held])
    raw["rules"].sort(key=lambda one: str(one["id"]))
    raw["steps"][4] |= {"actions": [{"id": "walk", "text": "Walk.", "base": False}]}
    raw["steps"][4] |= {"cautions": [{"id": "slow", "text": "Slowly.", "base": False}]}
    free = next(step for step in report_of(raw, {"x": True, "y": False}).steps if step.id == "plan")
    assert [(reason.rule, reason.effect) for reason in free.reasons] == [
        ("moved", "raises"),
        ("less", "lowers"),
        ("ordered", "orders"),
        ("capped", "caps"),
        ("says", "says"),
    ]
    stuck = next(step for step in report_of(raw, {"x": True, "y": True}).steps if step.id == "plan")
    assert [(reason.rule, reason.effect) for reason in stuck.reasons] == [("held", "holds")]
    assert (stuck.actions, stuck.cautions) == ((), ())


def test_reasons_quote_question_and_answer() -> None:
    """Under a reason stand the questions and answers behind it, in the words of the form."""
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
    when = {"all": [{"item": item["id"], "answered": True} for item in items]}
    raw = bare_pack(items, [rule("r", when, {"weight": {"step": "plan", "by": 9}})])
    answers = {"s": "one", "m": ["two", "three"], "r": 1, "y": False, "n": 4, "d": "2026-01-05"}
    (reason,) = report_of(raw, answers).steps[0].reasons
    assert [(one.item, one.question, one.answer, one.said) for one in reason.answers] == [
        ("s", "Question s?", ("Option one",), "you chose Option one"),
        ("m", "Question m?", ("Option two", "Option three"), None),
        ("r", "Question r?", ("low",), "you are low"),
        ("y", "Question y?", ("no",), None),
        ("n", "Question n?", ("4 days",), None),
        ("d", "Question d?", ("2026-01-05",), None),
    ]


def test_a_missing_answer_can_be_a_reason() -> None:
    """A rule about a question left open shows that question without an answer."""
    raw = bare_pack(
        [yes_no("x")],
        [rule("r", {"item": "x", "answered": False}, {"weight": {"step": "plan", "by": 9}})],
    )
    (reason,) = report_of(raw, {}).steps[0].reasons
    assert [one.answer for one in reason.answers] == [()]


def test_notices_in_their_declared_order() -> None:
    """Notices stand in the order of the content, whatever raised them first."""
    notices = [{"id": name, "title": name, "text": name} for name in ("n2", "n1", "n3")]
    rules = [rule(f"r{name}", {"item": "x", "is": True}, {"notice": name}) for name in ("n1", "n2")]
    raw = bare_pack([yes_no("x")], rules, notices=notices)
    assert [notice.id for notice in report_of(raw, {"x": True}).notices] == ["n2", "n1"]


def test_scales_are_told_as_the_content_says() -> None:
    """A scale is shown with its range, its band and how much of it was answered; one that is never shown is not there."""
    scales: list[Raw] = [
        {"id": "bar", "title": "Bar", "about": "About", "items": ["a", "b"], "method": "sum", "constant": 1},
        {"id": "words", "title": "Words", "items": ["a"], "method": "mean", "shown": "words"},
        {"id": "never", "title": "Never", "items": ["a"], "method": "sum", "shown": "never"},
    ]
    scales[0]["bands"] = [{"id": "low", "title": "Low", "words": "It is low.", "from": 0}]
    found = report_of(bare_pack([rating("a"), rating("b")], [], scales), {"a": 2, "b": 3}).scales
    assert [(one.id, one.value, one.lowest, one.highest, one.shown) for one in found] == [
        ("bar", 6, 1, 9, "bar"),
        ("words", 2, 0, 4, "words"),
    ]
    assert (found[0].about, found[0].answered, found[0].items) == ("About", 2, 2)
    assert found[0].band is not None
    assert (found[0].band.id, found[0].band.title, found[0].band.words) == ("low", "Low", "It is low.")
    missing = report_of(bare_pack([rating("a"), rating("b")], [], scales), {"a": 2}).scales[0]
    assert (missing.value, missing.band, missing.answered, missing.items) == (None, None, 1, 2)


def test_what_is_left_open() -> None:
    """Open questions are listed, but for short texts, sensitive ones and those that did not come up."""
    items = [
        yes_no("open", text="Open?"),
        yes_no("rather-not", text="Rather not?"),
        yes_no("told", text="Told?"),
        yes_no("secret", text="Secret?", sensitive=True),
        {"id": "note", "type": "text", "text": "Note?"},
        yes_no("hidden", text="Hidden?", show_when={"item": "told", "is": False}),
        multiple("several", "one", text="Several?"),
    ]
    found = report_of(bare_pack(items, []), {"rather-not": None, "told": True, "several": []})
    assert found.left_open == ("Open?", "Rather not?", "Several?")


def test_evidence_and_cautions() -> None:
    """An action carries what research says of it, and cautions without a rule are there from the start."""
    raw = bare_pack([yes_no("x")], [])
    note = {"label": "some_support", "outcome": "sleep", "reference": "A study"}
    raw["steps"][0] |= {
        "actions": [{"id": "a", "text": "A.", "evidence": note}, {"id": "b", "text": "B."}],
        "cautions": [{"id": "c", "text": "C."}, {"id": "d", "text": "D.", "base": False}],
    }
    step = report_of(raw, {}).steps[0]
    first, second = step.actions
    assert first.evidence is not None
    assert (first.evidence.label, first.evidence.outcome, first.evidence.reference) == tuple(note.values())
    assert (second.evidence, step.cautions) == (None, ("C.",))


def test_where_a_report_comes_from() -> None:
    """A report says of which day and which content it is."""
    raw = bare_pack([yes_no("x")], [])
    report = report_of(raw, {}, LATER)
    assert (report.title, report.questionnaire, report.taken_on) == ("P", FULL, LATER)
    assert report.content_digest == load(raw).content_digest


def test_a_check_in_has_no_report_of_its_own() -> None:
    """A check-in alone cannot be reported; added to the last full sitting its plan can."""
    held = rule("held", {"item": "x", "is": True}, {"hold": {"step": "plan"}}, {"notice": "n"}, gate=True)
    raw = bare_pack([yes_no("y")], [held], notices=[{"id": "n", "title": "N", "text": "Mind."}])
    raw["questionnaires"].append(form(CHECK_IN, [yes_no("x")], [], role="check_in"))
    pack = load(raw)
    full, check = assess(pack, FULL, {"y": True}, AS_OF), assess(pack, CHECK_IN, {"x": True}, LATER)
    with pytest.raises(ValueError, match="check-in"):
        build_report(check)
    report = build_report(full, check)
    assert [notice.id for notice in report.notices] == ["n"]
    assert next(step for step in report.steps if step.id == "plan").emphasis == "not_now"
    assert len(render(report, "text")) > 0


# What is never told


def texts_of(raw: Raw) -> Iterator[Raw]:
    """Every item of a pack as it was written."""
    for questionnaire in raw["questionnaires"]:
        for section in questionnaire["sections"]:
            yield from section["items"]


def items_behind(raw: Raw, name: str) -> set[str]:
    """Every item a rule can rest on, through scales and findings: by walking what was written."""
    rules = {one["id"]: one for one in raw["rules"]}
    scales = {scale["id"]: scale for one in raw["questionnaires"] for scale in one["scales"]}
    behind: set[str] = set()

    def walk(value: Any, seen: frozenset[str]) -> None:
        if isinstance(value, list):
            for one in value:
                walk(one, seen)
        elif isinstance(value, dict):
            if "item" in value:
                behind.add(value["item"])
            elif "scale" in value:
                behind.update(scales[value["scale"]]["items"])
            elif "finding" in value:
                for other, one in rules.items():
                    if other not in seen and {"finding": value["finding"]} in one["then"]:
                        walk(one["when"], seen | {other})
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
    for one in raw["rules"]:
        behind = items_behind(raw, one["id"])
        one["because"] = f"{SECRET if behind and all(secret[item] for item in behind) else 'open'} because."
        step = random.choice(STEPS)
        one["then"] += [{"weight": {"step": step, "by": random.choice((-6, 6, 30))}}]
        if random.random() < 0.3:
            one["then"] += [{"hold": {"step": random.choice(STEPS)}}, {"kind": "strong"}, {"notice": "n"}]
    raw["kinds"].insert(0, {"id": "strong", "title": "Strong"})
    raw["notices"] = [{"id": "n", "title": "N", "text": "Mind."}]
    return raw


def everything_told(one: Assessment, other: Assessment) -> Iterator[str]:
    """Both sittings in every form in which they are shown."""
    for found in (one, other):
        report = build_report(found)
        yield from (render(report, form) for form in FORMATS)
        yield page(report)
        yield render_explanation(explanation(found))
        yield from (render_explanation(explain_step(found, step)) for step in STEPS)
    comparison = build_comparison_report(compare(one, other), one, other)
    yield from (render(comparison, form) for form in FORMATS)
    yield page(comparison)


def full_person(random: Random, raw: Raw) -> Raw:
    return random_person(random, raw | {"questionnaires": [raw["questionnaires"][0]]})[1]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_sensitive_answers_are_never_told(random: Random) -> None:
    """No format of any report tells a word of a sensitive question, of its answer, or of a rule that rests on it."""
    raw = marked(random)
    pack = load(raw)
    one, other = (assess(pack, FULL, full_person(random, raw), day, plain=True) for day in (AS_OF, LATER))
    for text in everything_told(one, other):
        assert SECRET not in text
    secret = {item["id"] for item in texts_of(raw) if item["sensitive"]}
    told = [
        reason
        for report in (build_report(one), build_report(other))
        for reason in (*report.kind_reasons, *(reason for step in report.steps for reason in step.reasons))
    ]
    for reason in told:
        assert not secret & {answered.item for answered in reason.answers}
    for answers in (one.responses.answers, other.responses.answers):
        assert set(answers) <= {item.id for item in pack.forms[FULL].items}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_sensitive_answers_are_told_on_request(random: Random) -> None:
    """With --show-sensitive, explain tells each rule that fired, and its answers; without, it says that it does not."""
    raw = marked(random)
    found = assess(load(raw), FULL, full_person(random, raw), AS_OF, plain=True)
    shown, masked = explanation(found, show_sensitive=True), explanation(found)
    assert [note.rule for note in shown.rules] == [firing.rule for firing in found.trace.firings]
    because = {one["id"]: one["because"] for one in raw["rules"]}
    for note, firing in zip(shown.rules, found.trace.firings, strict=True):
        assert note.because == because[firing.rule]
        assert tuple(one.item for one in note.answers) == firing.items
    assert shown.masked is False
    assert masked.masked is any(firing.sensitive for firing in found.trace.firings)
    assert [note.rule for note in masked.rules] == [
        None if firing.sensitive else firing.rule for firing in found.trace.firings
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
    for one in rules[:-1]:
        one["because"] = f"{SECRET} {one['id']}."
    raw = bare_pack(items, rules, scales)
    raw["kinds"].insert(0, {"id": "safe", "title": "Safe", "text": "Safety first."})
    raw["notices"] = [{"id": "n", "title": "N", "text": "There is help."}]
    raw["rules"][2]["then"].append({"notice": "n"})
    return raw


@pytest.fixture(scope="module")
def secret() -> tuple[Pack, Assessment, Assessment]:
    """The pack with a sensitive answer, and two sittings between which it changed."""
    pack = load(secret_pack())
    one = assess(pack, FULL, {"danger": False, "harm": 0, "calm": 3}, AS_OF)
    other = assess(pack, FULL, {"danger": True, "harm": 4, "calm": 3, "more": True}, LATER)
    return pack, one, other


def test_what_sensitive_answers_did_is_told_without_them(secret: tuple[Pack, Assessment, Assessment]) -> None:
    """Holds, kind and notice that rest on a sensitive answer are in the report, without a word of why."""
    report = build_report(secret[2])
    assert (report.kind.id, report.kind_reasons) == ("safe", ())
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
    _, one, other = secret
    comparison = compare(one, other)
    report = build_comparison_report(comparison, one, other)
    assert {"danger", "harm"} & {cause for move in comparison.moves for cause in move.causes or ()}
    assert report.moves
    for move in report.moves:
        assert move.hidden
        assert not move.causes
    assert report.answers == ()


def test_explain_masks_and_shows(secret: tuple[Pack, Assessment, Assessment]) -> None:
    """Explain names no rule that rests on a sensitive answer, and no effect of it, unless it is asked to."""
    found = secret[2]
    text = render_explanation(explanation(found))
    assert SECRET not in text
    assert not [name for name in ("gate", "finds", "reads", "scaled", "unsafe") if f'"{name}"' in text]
    shown = render_explanation(explanation(found, show_sensitive=True))
    for name in ("gate", "finds", "reads", "scaled"):
        assert f"{SECRET} {name}." in shown
    assert f"{SECRET} danger?" in shown
    assert f"{SECRET} 4" in shown
    assert SECRET in render_explanation(explain_step(found, "plan", show_sensitive=True))


def test_a_sensitive_score_is_not_shown() -> None:
    """A scale over a sensitive item is in no report and no comparison, unless its author says that it tells nothing."""
    raw = secret_pack()
    raw["questionnaires"][0]["scales"][0] |= {"shown": "bar"}
    for told in (None, False, True):
        if told is not None:
            raw["questionnaires"][0]["scales"][0]["sensitive"] = told
        pack = load(raw)
        one, other = (assess(pack, FULL, {"danger": False, "harm": harm, "calm": 1}, AS_OF) for harm in (0, 4))
        shown = len(build_report(one).scales), len(build_comparison_report(compare(one, other), one, other).scales)
        assert shown == ((1, 1) if told is False else (0, 0))


def test_sensitive_items_of_a_scale_are_not_named(secret: tuple[Pack, Assessment, Assessment]) -> None:
    """Which sensitive items of a scale moved is not told either."""
    raw = secret_pack()
    raw["questionnaires"][0]["scales"][0] |= {"shown": "bar", "sensitive": False}
    pack = load(raw)
    one = assess(pack, FULL, {"danger": False, "harm": 0, "calm": 1}, AS_OF)
    other = assess(pack, FULL, {"danger": False, "harm": 4, "calm": 3}, LATER)
    report = build_comparison_report(compare(one, other), one, other)
    assert len(report.scales) == 1
    assert "harm" not in json.dumps(json.loads(render(report, "json")))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_shipped_content_never_tells(random: Random) -> None:
    """Under the shipped content no report asks a sensitive question again, or says a sentence that rests on one."""
    pack, form = random.choice([(pack, form) for pack, form in SHIPPED.forms.values() if form.has_plan])
    people = []
    for day in (AS_OF, LATER):
        answers = {item.id: random_answer(random, item.model_dump()) for item in form.items if random.random() < 0.9}
        answers |= {
            item.id: [answers[item.id][0]] for item in form.items if isinstance(item, Multiple) and answers.get(item.id)
        }
        answers |= {item.id: "2026-10-01" for item in form.items if item.type == "date"}
        people.append(assess(pack, form.questionnaire.questionnaire, answers, day, complete=False, plain=True))
    one, other = people
    open_ = [pack.items[name].text for name in pack.items if not pack.items[name].sensitive]
    secret = [item.text for item in pack.items.values() if item.sensitive and item.text not in open_]
    comparison = build_comparison_report(compare(one, other), one, other)
    for words, texts in (
        (Wording(one), [render(build_report(one), "json"), render_explanation(explanation(one))]),
        (Wording(other), [render(build_report(other), "json"), render(comparison, "json")]),
    ):
        firings = one.trace.firings if words.answers is one.responses.answers else other.trace.firings
        told = {words.rules[firing.rule].because for firing in firings if not firing.sensitive}
        kept = {words.rules[firing.rule].because for firing in firings if firing.sensitive} - told
        for text in texts:
            flat = " ".join(text.split())
            for sentence in [*secret, *kept]:
                assert words.say(sentence) not in flat
                assert json.dumps(words.say(sentence), ensure_ascii=False)[1:-1] not in flat
