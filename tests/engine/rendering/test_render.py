"""Rendering: four formats with the same facts, escaped, wrapped, and with no field that is not documented."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise, zip_longest
from pathlib import Path
from random import Random
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, nodes
from markdown_it import MarkdownIt  # comes with rich
from markupsafe import Markup, escape

import engine
from engine.assessment.ordering import Emphasis
from engine.assessment.pipeline import assess
from engine.assessment.plan import Placement
from engine.comparison.changes import CannotCompare, NoAttribution, StepMove, compare
from engine.comparison.report import (
    AnswerThenAndNow,
    Cause,
    ComparisonReport,
    MoveInReport,
    build_comparison_report,
)
from engine.comparison.scales import ScaleThenAndNow, WordsThenAndNow
from engine.comparison.steps import HeldSteps, StepAsBefore
from engine.comparison.timeline import TimelineReport
from engine.content.items.reading.characters import is_invisible
from engine.rendering.render import (
    DRAWINGS,
    FORMATS,
    WIDTH,
    Format,
    _wrapped,
    escaped,
    html_document,
    lighten,
    render,
    render_explanation,
)
from engine.report.actions import EvidenceNote, Today, ToDo
from engine.report.explanation import Contribution, ExplainedRule, ExplainedStep, Explanation, explanation
from engine.report.help_lines import Choice, HelpGroup, HelpLine, HelpLines, PhoneLine, TextLine
from engine.report.help_section import NoticeInReport
from engine.report.path import PathStep
from engine.report.plan import (
    ComeBack,
    KindInReport,
    OpenQuestion,
    OpenSection,
    Report,
    build_report,
)
from engine.report.reasons import Reason
from engine.report.remarks import ContingencyInReport
from engine.report.scales import ScaleInReport
from engine.report.steps import StepInReport
from engine.report.weeks import ComingWeeks
from engine.report.wording import Answered, BandInReport
from engine.what_if.report import WhatIfReport
from tests.checks.examples import examples
from tests.factories.random_packs import (
    AS_OF,
    FULL,
    Raw,
    Size,
    bare_pack,
    load,
    random_pack,
    random_person,
    rating,
    rule,
    single,
    yes_no,
)
from tests.factories.random_packs import form as form_of
from tests.paths import ROOT
from tests.tools.make_schemas import dataclasses_in

LATER: Final = AS_OF + timedelta(days=30)
TEMPLATES: Final = Path(engine.__file__ or "").parent / "rendering" / "templates"
quickly = settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
RANDOMS: Final = st.randoms(use_true_random=False, note_method_calls=False)


# A pack that has everything a report can show, and the other person's name in every text


def full_pack() -> Raw:
    items: list[Raw] = [
        {"id": "name", "type": "text", "text": "Name?", "longest": 200},
        single("how", "good", "bad", text="{partner}?"),
        rating("calm", 3, text="Calm with {partner}?"),
        rating("near", 3, text="Near {partner}?"),
        yes_no("open", text="{partner}: open?"),
        yes_no("danger", text="Danger?", sensitive=True),
        {"id": "note", "type": "text", "text": "Note?", "longest": 200},
    ]
    items[1]["options"][0] |= {"text": "{partner} is good", "said": "{partner} is good"}
    items[1]["options"][1] |= {"said": "{partner} is bad"}
    items[2]["anchors"] = [{"text": "{partner} low"}, {"text": "mid"}, {"text": "high"}]
    band: Raw = {"id": "low", "title": "{partner} low", "words": "{partner} words", "from": 0}
    scales: list[Raw] = [
        {"id": "bar", "title": "{partner} bar", "about": "{partner}", "items": ["calm", "near"], "method": "sum"},
        {"id": "word", "title": "{partner} word", "items": ["calm"], "method": "sum", "shown": "words"},
        {"id": "few", "title": "{partner} few", "items": ["near"], "method": "mean"},
    ]
    scales[0] |= {"bands": [band], "direction": "lower_is_better"}
    scales[0] |= {"meaningful_change": {"points": 1, "items": 1, "source": "{partner}"}}
    scales[1] |= {"bands": [band, {"id": "high", "title": "high {partner}", "from": 1}]}
    good: Raw = {"item": "how", "is": "good"}
    rules = [
        rule(
            "good",
            good,
            {"weight": {"step": "talk", "by": 40, "line": "because it is good"}},
            {"weight": {"step": "calm", "by": 25}},
            {"contingency": "if"},
        ),
        rule("again", good, {"weight": {"step": "calm", "by": 5, "because": "{partner}, because {said:how}"}}),
        rule("kind", good, {"kind": "strong"}, {"notice": "n"}, {"notice": "m"}),
        rule("calm", {"scale": "bar", "at_least": 1}, {"action": {"step": "talk", "id": "b"}}),
        rule("less", {"scale": "bar", "at_least": 1}, {"weight": {"step": "space", "by": -4}}),
        rule("held", {"item": "danger", "is": True}, {"hold": {"step": "plan"}}, gate=True),
        rule("open", {"item": "open", "is": True}, {"weight": {"step": "own-part", "by": 1}}),
    ]
    for number, raw_rule in enumerate(rules):
        raw_rule["because"] = f"{{partner}} because of {{partner}} ({number})"
    raw = bare_pack(items, rules, scales, title="{partner}")
    raw["questionnaires"][0] |= {"title": "{partner} asked"}
    raw["questionnaires"][0]["sections"][0] |= {"title": "{partner} section"}
    raw["questionnaires"].append(form_of("again", [items[1]], [], role="check_in"))
    raw["look_again"] = {"days": 28, "check_in_days": 7}
    raw["rules"].sort(key=lambda raw_rule: str(raw_rule["id"]))
    raw["kinds"].insert(0, {"id": "strong", "title": "{partner} strong", "text": "{partner} strong.\n{partner} more."})
    raw["notices"] = [
        {"id": "n", "title": "{partner} notice", "text": "{partner} now\n{partner} then", "help": ["listen"]},
        {"id": "m", "title": "{partner} folded", "text": "{partner} one\n{partner} two", "help": ["listen", "speak"]},
    ]
    slots = ("heading", "wish", "opening", "leave_alone", "not_now", "strength", "tension", "come_back")
    raw["remarks"] = {
        slot: [{"id": "a", "text": f"{{partner}} {slot}\n{{partner}} at {slot}", "base": True}] for slot in slots
    }
    raw["remarks"]["held_heading"] = [{"id": "a", "text": "{partner} held", "base": True}]
    raw["remarks"]["scale"] = [{"id": "a", "about": "bar", "text": "{partner} on the bar", "base": True}]
    raw["contingencies"] = [
        {
            "id": "if",
            "title": "If {partner} writes",
            "about": "message",
            "text": "Read what {partner} writes.",
            "replies": [{"when": "If {partner} asks", "text": "“{partner}, yes.”"}],
            "after": "{partner} reads it.",
        }
    ]
    raw["remarks"]["situation"] = [
        {"id": name, "text": f"{{partner}} is {name}.", "base": True} for name in ("one", "two", "three")
    ]
    for number, step in enumerate(raw["steps"]):
        evidence = {
            "label": "some_support",
            "outcome": f"{{partner}} out {number}",
            "reference": f"{{partner}} ref {number}",
        }
        step |= {"title": "{partner} " + step["title"], "summary": f"{{partner}} sums up {number}"}
        step |= {"held_title": "{partner} " + step["title"] + " held", "lines": [f"{{partner}} for {number}"]}
        step |= {"default_reason": f"{{partner}} moves nothing {number}", "done_when": f"{{partner}} is done {number}."}
        step |= {
            "actions": [
                {"id": "a", "text": f"{{partner}} acts {number}", "evidence": evidence, "today": number == 2},
                {"id": "b", "text": f"{{partner}} acts more {number}", "base": number != 2, "evidence": evidence},
                {"id": "c", "text": f"{{partner}} acts last {number}"},
            ],
            "cautions": [{"id": "c", "text": f"{{partner}} minds {number}"}],
        }
    raw["voice"] = {
        "name_item": "name",
        "name": "partner",
        "no_name": "your ex",
        "default": "they",
        "forms": {"they": {"they": "they"}},
        "plural": ["they"],
    }
    return raw


FULL_PACK: Final = load(full_pack())
BEFORE: Final[Raw] = {"how": "bad", "calm": 0, "near": 1, "danger": False}
AFTER: Final[Raw] = {"how": "good", "calm": 2, "open": None, "danger": True}


def both(name: str) -> tuple[Report, ComparisonReport]:
    """A plan and a comparison of a person whose other person has this name, which they also wrote as a note."""
    before = assess(FULL_PACK, FULL, BEFORE | {"name": name, "note": "before"}, AS_OF)
    after = assess(FULL_PACK, FULL, AFTER | {"near": 1, "name": name}, LATER)
    few = assess(FULL_PACK, FULL, AFTER | {"name": name, "note": name}, LATER)
    return build_report(after), build_comparison_report(compare(before, few), before, few)


def pairs(first_name: str, second_name: str) -> Iterator[tuple[Report | ComparisonReport, Report | ComparisonReport]]:
    """The reports of two people who differ in this name only, side by side."""
    yield from zip(both(first_name), both(second_name), strict=True)


# HTML

VOID: Final = {"meta", "br", "hr", "img", "input", "link"}


class Tree(HTMLParser):
    """Reads HTML strictly: every tag that opens closes, in order. Texts are collected by element."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.shape: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text: list[str] = []
        self.classes: list[str] = []
        self.by_class: list[tuple[str, str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, tuple(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.classes.append(dict(attrs).get("class") or "")
            self.by_class.append((self.classes[-1], ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.classes.pop()
        self.shape.append((f"/{tag}", ()))

    def handle_data(self, data: str) -> None:
        if data.strip():
            assert self.open, "text outside of everything"
            self.text.append(data)
            self.by_class.append((self.classes[-1], data.strip()))

    def texts_of_class(self, name: str) -> list[str]:
        """The texts of the elements with a class, without those further inside."""
        return [text for class_name, text in self.by_class if class_name == name and text]

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attributes in self.shape for key, value in attributes if key == name]


ODD: Final = (
    "<b>\"'&{{7*7}}",
    "<script>alert(1)</script>",
    "**x** _y_ `z` ~~w~~",
    "[a](b) ![a](b) <http://a.b>",
    "- a",
    "+ a",
    "* a",
    "# a",
    "1. a",
    "12) a",
    "> a",
    "---",
    "===",
    "```",
    "&amp; &lt;",
    "a\\",
    "| a | b |",
    "{they} {% raw %}",
    "a  b",
    "愛 · größe",
    "[x]: y",
    "_",
    ":",
)
NAMES: Final = st.text(st.sampled_from("-+*_`#>[]()!|~\\&<;{}\"'=.:/ 01ab\u00a0\u200bé愛"), min_size=1, max_size=12)


def odd_names(test: Any) -> Any:
    """Names of any kind, and at any rate the ones above."""
    for name in ODD:
        test = example(name)(test)
    return quickly(given(NAMES.filter(lambda name: not is_invisible(name)))(test))


def flat(text: str) -> str:
    return " ".join(text.split())


@odd_names
def test_names_mean_nothing_to_html(name: str) -> None:
    """Whatever a person types, the page has the same elements, and the name stands in it as typed."""
    for harmless, odd in pairs("Sam", name):
        plain_tree, odd_tree = Tree(html_document(harmless)), Tree(html_document(odd))
        assert plain_tree.shape == odd_tree.shape
        assert [flat(text.replace("Sam", name.strip())) for text in plain_tree.text] == [
            flat(text) for text in odd_tree.text
        ]


def tokens(markdown: str) -> Iterator[tuple[str, str]]:
    """What Markdown makes of a text: blocks and marks, and each run of text as one."""
    for block in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        yield block.type, ""
        text = ""
        for child in block.children or ():
            if child.type == "text":
                text += child.content
            else:
                yield "text", flat(text)
                yield child.type, child.content
                text = ""
        if block.children:
            yield "text", flat(text)


@odd_names
def test_names_mean_nothing_to_markdown(name: str) -> None:
    """Whatever a person types, Markdown has the same blocks and marks, and shows the name as typed."""
    for harmless, odd in pairs("Sam", name):
        expected = [(kind, flat(text.replace("Sam", name.strip()))) for kind, text in tokens(render(harmless, "md"))]
        assert list(tokens(render(odd, "md"))) == expected


@odd_names
def test_names_stay_in_their_line(name: str) -> None:
    """Whatever a person types, the text format has the same words in the same order, and no more line breaks."""

    def without_lines(words: list[str]) -> list[str]:
        return [word for word in words if set(word) not in ({"="}, {"-"})]

    for harmless, odd in pairs("Sam", name):
        plain_text, odd_text = render(harmless, "text"), render(odd, "text")
        words = plain_text.replace("SAM", flat(name).upper()).replace("Sam", flat(name)).split()
        assert without_lines(odd_text.split()) == without_lines(words)
        for line in odd_text.split("\n"):
            assert line.splitlines() in ([line], [])


def test_macros_do_not_escape_twice() -> None:
    """What a macro returns is escaped once: Markdown shows the characters, not their backslashes."""
    text = render(both("*a* & <b>")[0], "md")
    assert "\\\\" not in text
    assert text.count("\\*a\\* \\& \\<b\\>") > 10


def test_html_is_sound() -> None:
    """Ids are unique, labels and links lead to them; a page holds no script, no handler and nothing from elsewhere."""
    for report in both("Sam"):
        tree = Tree(html_document(report))
        ids = tree.attributes("id")
        assert len(ids) == len(set(ids))
        assert {label for labels in tree.attributes("aria-labelledby") for label in labels.split()} <= set(ids)
        assert {link.removeprefix("#") for link in tree.attributes("href")} <= set(ids)
        tags = [tag for tag, _ in tree.shape]
        assert tags.count("h1") == tags.count("main") == 1
        assert tags.count("title") == 1 + tree.attributes("role").count("img")
        assert not {"script", "link", "img", "iframe"} & set(tags)
        assert not [key for _, attributes in tree.shape for key, _ in attributes if key.startswith("on")]
        assert not tree.attributes("src") + tree.attributes("style")
        levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert not re.search(r"url\((?!#)", html_document(report))


def test_the_fragment_is_in_the_page() -> None:
    """A page is the HTML fragment with a frame around it."""
    for report in both("<b>"):
        assert render(report, "html") in html_document(report)


# The formats hold the same facts

EMPHASIS: Final[Mapping[Emphasis, str]] = {
    "start_here": "Start here",
    "focus": "Focus",
    "steady": "Steady",
    "light": "Light",
    "not_now": "Set aside",
}


def steps_in(report: Report, output_format: Format) -> list[tuple[str, str]]:
    """Title and emphasis of each step that is told in full, read back from a format."""
    text = render(report, output_format)
    match output_format:
        case "json":
            steps = [step for step in report.steps if step.place == "this_week" or step.has_more]
            return [(step.title or "", EMPHASIS[step.emphasis]) for step in steps]
        case "html":
            details = re.findall(
                r'<section class="(?:week|later)".*?</ol>\s*(?:</details>\s*)?</section>', text, re.DOTALL
            )
            tree = Tree("".join(details))
            return list(zip(tree.texts_of_class("title"), tree.texts_of_class("emphasis"), strict=True))
        case "md":
            return re.findall(r"^### \d+\. (.*) \((.*)\)$", text.replace("\\", ""), re.MULTILINE)
        case "text":
            details = re.split(r"^(?:This week|The other steps)$", text, flags=re.MULTILINE)[1:]
            return re.findall(r"^\d+\. (.*) \[(.*)\]$", "".join(details), re.MULTILINE)


def path_in(report: Report, output_format: Format) -> list[tuple[str, str, str, str]]:
    """Number, title, emphasis and line of each free step, read back from a format."""
    text = render(report, output_format)
    match output_format:
        case "json":
            free_steps = [step for step in json.loads(text)["path"] if step["place"] != "not_now"]
            return [
                (str(step["number"]), step["title"], EMPHASIS[step["emphasis"]], step["line"]) for step in free_steps
            ]
        case "html":
            parts = re.search(r'<ol class="path".*?</ol>', text, re.DOTALL)
            assert parts is not None
            tree = Tree(parts[0])
            numbers = re.findall(r"<b>(\d+)</b>", parts[0])
            columns = [tree.texts_of_class(name) for name in ("title", "emphasis", "here")]
            return list(zip(numbers, *columns, strict=True))
        case "md":
            return re.findall(r"^(\d+)\. \*\*(.*)\*\* \((.*)\): (.*)$", text.replace("\\", ""), re.MULTILINE)
        case "text":
            return re.findall(r"^ *(\d+)\. (.*) \[(.*)\]\n +(for .*)$", text, re.MULTILINE)


def held_in(report: Report, output_format: Format) -> list[tuple[str, str]]:
    """Number and title of each held step, read back from a format."""
    text = render(report, output_format)
    match output_format:
        case "json":
            held = [step for step in json.loads(text)["path"] if step["place"] == "not_now"]
            return sorted((str(step["number"]), step["title"]) for step in held)
        case "html":
            listed = re.findall(r'<li id="step-([\w-]+)"[^>]*>.*<span>(.*)</span></li>', text)  # with or without number
            numbers_by_step = {step.id: str(step.number) for step in report.not_now}
            return [(numbers_by_step[step], title) for step, title in listed]
        case "md":
            return re.findall(r"^- (\d+): (.*)$", text, re.MULTILINE)
        case "text":
            return re.findall(r"^ +(\d+)  (.*)$", text, re.MULTILINE)


@quickly
@given(RANDOMS)
def test_formats_hold_the_same_plan(random: Random) -> None:
    """All formats list the same steps in the same order with the same emphasis, and as many reasons and actions."""
    raw = random_pack(random, Size(items=5, rules=4, strata=2, depth=2, branches=3))
    for number, step in enumerate(raw["steps"]):
        step |= {"title": f"Step {number}", "weight": random.randint(0, 30), "default_reason": f"Still {number}."}
        step["actions"] = [{"id": f"a{n}", "text": f"Do {n}.", "today": n == 1} for n in range(random.randint(0, 5))]
        step["cautions"] = [{"id": f"c{n}", "text": f"Heed {n}."} for n in range(random.randint(0, 2))]
        step["done_when"] = "so it is."
        step["lines"] = [f"for {number}"]
    raw["kinds"][0]["short"] = random.random() < 0.3
    for number, raw_rule in enumerate(raw["rules"]):
        raw_rule["because"] = f"Because {number}."
        raw_rule["then"].append({"weight": {"step": random.choice(raw["steps"])["id"], "by": random.choice((-9, 9))}})
        if random.random() < 0.3:
            raw_rule["then"].append({"hold": {"step": random.choice(raw["steps"])["id"]}})
    first_form_only = raw | {"questionnaires": raw["questionnaires"][:1]}
    assessment = assess(load(raw), FULL, random_person(random, first_form_only)[1], AS_OF, plain=True)
    report = build_report(assessment)
    path = [(str(step.number), step.title, EMPHASIS[step.emphasis], step.line) for step in report.path if step.line]
    assert report.short or len(path) == len(report.steps) - len(report.not_now)
    held = [(str(step.number), step.title) for step in report.not_now if step.title]
    counts = {
        "Because ": sum(len(step.reasons) for step in report.steps),
        "Still ": sum(step.default_reason is not None for step in report.steps),
        "Do ": sum(len(step.actions) for step in report.steps) + (report.today is not None),
        "Heed ": sum(len(step.cautions) for step in report.steps),
        "so it is.": sum(step.done_when is not None for step in report.steps),
    }
    for output_format in FORMATS:
        assert steps_in(report, output_format) == steps_in(report, "json")
        if not report.short:  # of a short one the later steps have no line
            assert path_in(report, output_format) == path
        assert held_in(report, output_format) == held
        text = render(report, output_format)
        assert {words: text.count(words) for words in counts} == counts


ACTION_BY_ACTION: Final = {"html", "json"}
"""The formats that say beside each action what research says of it; the others do at the end, and not of all."""


def facts_of(report: Report, output_format: Format) -> Iterator[str]:
    """Everything that a report tells, in the order of reading; what was asked is printed for the first step alone."""
    yield from (notice.title for notice in report.notices)
    yield report.notices[0].text
    yield from filter(None, (report.kind.text, report.heading, report.opening, *report.situation))
    assert report.today is not None
    yield report.today.action.text
    assert report.leave_alone is not None
    yield report.leave_alone
    first, *other_steps = (step for step in report.steps if step.place != "not_now")
    yield from why_of(first, with_answers=True)
    yield from details_of(first, output_format)
    for step in other_steps:
        yield from filter(None, (step.title,))
        yield from why_of(step, with_answers=output_format in {"html", "json"})
        yield from details_of(step, output_format)
    if output_format not in ACTION_BY_ACTION:
        yield from (text for _, action in report.researched for text in evidence_of(action))
    assert report.not_now_because is not None
    assert report.held_heading is not None
    yield from (report.held_heading, report.not_now_because)
    yield from (step.title for step in report.not_now if step.title)
    yield from (line for step in report.path if (line := step.line))
    for contingency in report.contingencies:
        yield from (contingency.title, contingency.text)
        yield from (text for reply in contingency.replies for text in (reply.when, reply.text))
        yield from filter(None, (contingency.after,))
    yield from filter(None, (report.strength, report.tension))
    for scale in report.scales:
        yield scale.title
    for section in report.left_open:
        yield section.title
        yield from (
            () if section.whole and output_format != "json" else (question.question for question in section.questions)
        )
    assert report.come_back is not None
    yield from filter(None, (report.come_back.text,))


def why_of(step: StepInReport, *, with_answers: bool) -> Iterator[str]:
    for reason in step.reasons:
        yield reason.sentence
        yield from (answered.question for answered in reason.answers if with_answers)
    if step.default_reason:
        yield step.default_reason


def details_of(step: StepInReport, output_format: Format) -> Iterator[str]:
    yield from filter(None, (step.summary, step.done_when))
    for action in step.actions:
        yield action.text
        if output_format in ACTION_BY_ACTION:
            yield from evidence_of(action)
    yield from step.cautions


def evidence_of(action: ToDo) -> Iterator[str]:
    """What research says of an action."""
    if action.evidence is not None:
        yield from (action.evidence.outcome, action.evidence.reference or "")


def words_of(report: Report, output_format: Format) -> str:
    """All words of a format in one line, without its marks."""
    text = render(report, output_format)
    if output_format == "html":
        text = " ".join(Tree(text).text)
    if output_format == "json":
        text = " ".join(part for part in strings(json.loads(text)))
    return flat(re.sub(r"^> ?|\\", "", text, flags=re.MULTILINE) if output_format == "md" else text).casefold()


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for child in value.values():
                yield from strings(child)
        case list():
            for child in value:
                yield from strings(child)
        case _:
            pass


@pytest.mark.parametrize("output_format", FORMATS)
def test_formats_hold_the_same_facts(output_format: Format) -> None:
    """Every format tells everything that a report holds."""
    report = both("Max")[0]
    assert [step.place for step in report.steps] == ["this_week", "this_week", "later", "later", "not_now"]
    assert [notice.open for notice in report.notices] == [True, False]
    words = words_of(report, output_format)
    facts = [flat(fact).casefold() for fact in facts_of(report, output_format)]
    assert len(facts) > 50
    assert not [fact for fact in facts if fact not in words]
    assert report.come_back is not None
    for day in (report.come_back.on, report.come_back.check_in_on):
        assert day is not None
        assert (day.isoformat() if output_format == "json" else f"{day.day} {day:%B} {day.year}".casefold()) in words


def parts_of(report: Report, output_format: Format) -> list[str | None]:
    """The parts of a report in the order of reading: a page folds what can wait, and puts the kind of plan last."""
    first, second, third, *_ = report.steps
    assert report.today is not None
    assert report.come_back is not None
    notices, contingency = [notice.title for notice in report.notices], report.contingencies[0]
    later = [third.title, third.default_reason]
    strength, tension, scales = report.strength, report.tension, ("How you are", report.scales[0].title)
    left_open = ("What we don’t know", report.left_open[0].questions[0].question)
    beginning = [report.introduction, report.today.action.text, report.leave_alone]
    beginning += ["Your steps", first.title, first.line, second.title, second.line, third.title]
    beginning += [report.held_heading, report.not_now_because, report.not_now[0].title]
    beginning += ["This week", second.title, second.reasons[0].sentence]
    end = ["When to come back", report.come_back.text, "Help and support"]
    if output_format == "html":
        folds = ["More about later steps", *later, contingency.title, contingency.text, tension, *left_open]
        return [report.heading, notices[0], *beginning, strength, *folds, *scales, *end, report.kind.text]
    main_part = ["The other steps", *later, contingency.title, contingency.text, strength, tension, *scales, *left_open]
    return [*notices, report.kind.text, report.heading, *beginning, *main_part, *end, report.questionnaire]


def test_formats_tell_in_the_same_order() -> None:
    """Text and Markdown tell the parts of a report in one order, HTML in that of a page; no folded notice is above them."""
    report = both("Max")[0]
    for output_format in ("text", "md", "html"):
        words, position = words_of(report, output_format), 0
        for part in parts_of(report, output_format):
            assert part is not None
            index = words.find(flat(part).casefold(), position)
            assert index >= 0, f"{part!r} in {output_format}"
            position = index
        folded = words.index(flat(report.notices[1].text).casefold())
        assert output_format == "html" or folded > words.index("help and support")
    assert [key for _, attributes in Tree(html_document(report)).shape for key, _ in attributes if key == "open"] == []


def test_formats_hold_the_same_comparison() -> None:
    """All formats tell of the same moves, scales, causes and answers."""
    comparison = both("Max")[1]
    expected = [
        *(move.title for move in (*comparison.moves, *comparison.small_shifts)),
        *(scale.title for scale in comparison.scales),
        *(scale.title for scale in comparison.in_words),
        *(title for title, _ in comparison.cannot_compare),
        *(change.question for change in comparison.answers),
        *(cause.said or cause.question for move in comparison.moves for cause in move.causes or ()),
        *(band for scale in comparison.scales for band in (scale.band_before, scale.band_after) if band),
        *(words for scale in comparison.in_words for words in (scale.before, scale.after)),
        *(answer for change in comparison.answers for answer in (*change.before, *change.after)),
        *comparison.sources,
        comparison.kind_now,
    ]
    assert comparison.cannot_compare
    assert comparison.in_words
    for output_format in FORMATS:
        text = flat(render(comparison, output_format).replace("\\", ""))
        for phrase in expected:
            assert phrase is not None
            assert phrase in text, f"{phrase!r} is not in {output_format}"


@pytest.mark.parametrize("output_format", ["text", "md", "html"])
def test_yes_and_no_are_worded_in_templates(output_format: Format) -> None:
    """Yes and no are words of the templates, in plans and in comparisons."""
    pack = load(bare_pack([yes_no("x", text="X?")], [rule("r", {"item": "x", "is": True})]))
    yes_sitting, no_sitting = assess(pack, FULL, {"x": True}, AS_OF), assess(pack, FULL, {"x": False}, AS_OF)
    text = render(build_comparison_report(compare(yes_sitting, no_sitting), yes_sitting, no_sitting), output_format)
    assert re.search(r"yes\W.*no\b", text.partition("X?")[2].lower(), re.DOTALL)


def test_no_plan_is_not_nothing_moved() -> None:
    """Where there is no plan nobody is told that nothing moved."""
    raw = bare_pack([yes_no("x")], [])
    raw["questionnaires"].append(raw["questionnaires"][0] | {"questionnaire": "again", "role": "check_in"})
    pack = load(raw)
    full, check = assess(pack, FULL, {"x": True}, AS_OF), assess(pack, "again", {"x": True}, AS_OF)
    still = build_comparison_report(compare(full, full), full, full)
    none = build_comparison_report(compare(full, check), full, check)
    for output_format in ("text", "md", "html"):
        assert "Nothing moved" in render(still, output_format)
        assert "Nothing moved" not in render(none, output_format)


# Width, JSON, bytes

LONG: Final = "a long title that goes on and on " * 5


def long_texts() -> tuple[Report, ComparisonReport]:
    """The two reports with every text made long."""

    def longer(value: Any) -> Any:
        if isinstance(value, dict):
            words = {
                "text",
                "title",
                "summary",
                "because",
                "outcome",
                "reference",
                "about",
                "words",
                "source",
                "default_reason",
                "done_when",
                "after",
            }
            ids = {"bar", "message"}  # what a remark and a contingency are about
            return {
                key: f"{child} {LONG}"
                if key in words and isinstance(child, str) and child not in ids
                else longer(child)
                for key, child in value.items()
            }
        return [longer(child) for child in value] if isinstance(value, list) else value

    pack = load(longer(full_pack()))
    before = assess(pack, FULL, BEFORE | {"name": "Sam"}, AS_OF)
    after = assess(pack, FULL, AFTER | {"name": "Sam"}, LATER)
    return build_report(after), build_comparison_report(compare(before, after), before, after)


def test_text_fits_its_width() -> None:
    """No line of the text format is longer than its width, however long the texts are."""
    for report in long_texts():
        lines = render(report, "text").splitlines()
        assert max(map(len, lines)) <= WIDTH
        assert all(line == line.rstrip() for line in lines)


def test_addresses_are_not_broken() -> None:
    """What has no space in it, such as an address, stays in one piece."""
    address = "https://example.org/" + "x" * 100
    assert _wrapped(f"See {address} there", "  ") == f"  See\n  {address}\n  there"


def test_wrapped_paragraphs() -> None:
    """Each paragraph begins a line; the first indent is for the first one, blank lines count for nothing."""
    assert _wrapped("\none\n\ntwo  three\n", "- ", "  ") == "- one\n  two three"


@pytest.mark.parametrize("output_format", FORMATS)
def test_the_same_bytes(output_format: Format) -> None:
    """The same report gives the same bytes."""
    for first, second in pairs("Sam", "Sam"):
        assert render(first, output_format).encode() == render(second, output_format).encode()
        assert render(first, output_format).endswith("\n")


@pytest.mark.parametrize("output_format", ["text", "md"])
def test_no_gaps(output_format: Format) -> None:
    """There are never two blank lines together, none at the start, and one end of line at the end."""
    for report in both("Sam"):
        text = render(report, output_format)
        assert "\n\n\n" not in text
        assert text == text.strip() + "\n"


def documented(value: Any, hint: Any) -> None:
    """Check a JSON value against the type that documents it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        fits = [argument for argument in arguments if (argument is NoneType) == (value is None)]
        assert fits, (value, hint)
        if value is not None and any(
            dataclasses.is_dataclass(alternative) or get_origin(alternative) for alternative in fits
        ):
            documented(value, fits[0])
    elif dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        assert set(value) == set(hints)
        for name, field_hint in hints.items():
            documented(value[name], field_hint)
    elif origin is tuple:
        assert isinstance(value, list)
        hints_of_values = arguments[:1] * len(value) if arguments[1:] == (...,) else arguments
        for child, child_hint in zip(value, hints_of_values, strict=True):
            documented(child, child_hint)
    elif origin is Literal:
        assert value in arguments
    elif hint is date:
        assert date.fromisoformat(value).isoformat() == value
    else:
        assert isinstance(value, hint)


def test_json_is_the_documented_report() -> None:
    """JSON has exactly the fields of the documented dataclasses, with the documented types."""
    for name in ("Sam", ODD[0]):
        report, comparison = both(name)
        documented(json.loads(render(report, "json")), Report)
        documented(json.loads(render(comparison, "json")), ComparisonReport)


def test_json_of_what_it_cannot_hold() -> None:
    """A value that JSON cannot hold is refused and not made up."""
    report = dataclasses.replace(both("Sam")[0], content_digest=typing.cast("str", object()))
    with pytest.raises(TypeError):
        render(report, "json")


# Templates use what is documented, all of it, and nothing else

DATE: Final = {"day", "month", "year", "isoformat"}
LOOP: Final = {"index", "first", "last"}
ONLY_IN_JSON: Final[Mapping[type, set[str]]] = {
    ScaleThenAndNow: {"id", "harder", "lowest_band"},
    StepAsBefore: {"step"},
    WordsThenAndNow: {"id"},
    MoveInReport: {"step"},
    Cause: {"item"},
    KindInReport: {"before_file"},
    StepInReport: {"passed_over", "line"},
    HelpLine: {"checked", "checked_how", "may_have_changed"},
}
"""What documents the JSON format and the pages of ``web``."""
ONLY_IN_HTML: Final[Mapping[type, set[str]]] = {
    Report: {"content_digest", "help_kinds"},
    PathStep: {"id"},
    HelpGroup: {"kind"},
    HelpLine: {"id"},
    Choice: {"id"},
    PhoneLine: {"dial"},
    TextLine: {"dial"},
    Today: {"step"},
    ScaleInReport: {"id", "position"},
    ScaleThenAndNow: {"place_before", "place_after", "praised", "easier"},
    StepAsBefore: {"aside"},
    Reason: {"rule", "effect"},
    MoveInReport: {"aside"},
    Answered: {"item"},
    OpenQuestion: {"item"},
    StepInReport: {"id"},
    NoticeInReport: {"id", "text"},
    **{owner: {"id"} for owner in (ToDo, KindInReport, BandInReport, ContingencyInReport)},
}
"""What HTML needs to lead somewhere and to draw, and to be put to use by the pages of ``web``."""


READ_BY_PROPERTY: Final[Mapping[str, Mapping[type, set[str]]]] = {
    "introduction": {Report: {"wish", "situation", "opening"}},
    "has_more": {StepInReport: {"summary", "reasons", "default_reason", "actions", "cautions"}},
}
"""The fields that a property reads; others choose steps by their place."""
FUNCTIONS: Final = {function.__name__: function for function in DRAWINGS}
"""What templates ask where something is drawn, by name."""
READ_BY_FUNCTION: Final[Mapping[str, Mapping[type, set[str]]]] = {
    "move_rows": {
        ComparisonReport: {"moves", "small_shifts", "as_before", "held"},
        MoveInReport: {"title", "before", "after", "aside"},
        StepAsBefore: {"title", "placement", "aside"},
        HeldSteps: {"apart"},
    },
}
"""The fields that such a function reads."""
METHODS_OF_TEXTS: Final = frozenset({"startswith", "index", "split", "removeprefix"})
FILTERS_OF_LISTS: Final = frozenset({"trim", "list", "selectattr", "rejectattr", "reverse", "sort"})
"""Filters that leave the type of what they get."""


@cache
def hints_of(owner: Any) -> dict[str, Any]:
    return get_type_hints(owner)


def macros_in(template: nodes.Template) -> dict[str, nodes.Macro]:
    return {macro.name: macro for macro in template.find_all(nodes.Macro)}


@dataclass
class Reader:
    """Walks a template with the types of its context, and notes every field it uses."""

    environment: Environment = field(default_factory=Environment)
    used: dict[Any, set[str]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    template_context: dict[str, Any] = field(default_factory=dict)
    """What a template's own macros see without being told."""

    def __post_init__(self) -> None:
        shared = [self.environment.parse((TEMPLATES / name).read_text(encoding="utf-8")) for name in MACROS]
        words, *_ = shared
        self.modules = {
            imported.target: macros_in(template)
            for name, template in zip(MACROS, shared, strict=True)
            for imported in IMPORTS
            if typing.cast("nodes.Const", imported.template).value == name
        }
        (head,) = (
            assignment.node
            for assignment in words.find_all(nodes.Assign)
            if getattr(assignment.target, "name", "") == "head"
        )
        assert isinstance(head, nodes.Dict)
        self.head = {typing.cast("nodes.Const", pair.key).value for pair in head.items}

    def read(self, template: str, **context: Any) -> None:
        tree = self.environment.parse((TEMPLATES / template).read_text(encoding="utf-8"))
        self.template_context = dict(context)
        scope = dict(context)
        for node in tree.body:
            if not isinstance(node, nodes.Macro):
                self.visit(node, scope, macros_in(tree))

    def visit(self, node: nodes.Node, scope: dict[str, Any], macros: dict[str, nodes.Macro]) -> Any:
        """The type of an expression; None if it is a plain value."""
        match node:
            case nodes.Name():
                return scope.get(node.name)
            case nodes.Getattr():
                return self.attribute(node, scope, macros)
            case nodes.Getitem(arg=nodes.Slice()):
                return self.visit(node.node, scope, macros)
            case nodes.Getitem() if (element := self.element(self.visit(node.node, scope, macros))) is not None:
                return element
            case nodes.For():
                inner_scope = dict(scope) | {"loop": LOOP}
                self.bind(node.target, self.element(self.visit(node.iter, scope, macros)), inner_scope)
                for child in (*([node.test] if node.test else []), *node.body, *node.else_):
                    self.visit(child, inner_scope, macros)
                return None
            case nodes.Call():
                types = [self.visit(argument, scope, macros) for argument in node.args]
                called = node.node
                name = called.attr if isinstance(called, nodes.Getattr) else getattr(called, "name", "")
                module = getattr(called.node, "name", "") if isinstance(called, nodes.Getattr) else ""
                if module == "tools" and module not in self.modules:  # a page around the template brings them
                    return None
                macros = self.modules.get(module, macros)
                if name in FUNCTIONS:
                    self.read_by(READ_BY_FUNCTION.get(name, {}))
                    return self.documented_type(get_type_hints(FUNCTIONS[name])["return"])
                if name in macros:
                    macro = macros[name]
                    inner_scope = self.template_context | dict(
                        zip_longest((parameter.name for parameter in macro.args), types)
                    )
                    for child in macro.body:
                        self.visit(child, inner_scope, macros)
                elif isinstance(called, nodes.Getattr) and not (
                    isinstance(called.node, nodes.Dict) or called.attr in METHODS_OF_TEXTS
                ):
                    self.attribute(called, scope, macros)
                return None
            case nodes.Filter():
                types = [self.visit(child, scope, macros) for child in node.iter_child_nodes()]
                return types[0] if node.name in FILTERS_OF_LISTS and types else None
            case nodes.CondExpr():
                types = [self.visit(child, scope, macros) for child in node.iter_child_nodes()]
                return next((found_type for found_type in types if found_type is not None), None)
            case nodes.Assign():
                self.bind(node.target, self.visit(node.node, scope, macros), scope)
                return None
            case _:
                for child in node.iter_child_nodes():
                    self.visit(child, scope, macros)
                return None

    def attribute(self, node: nodes.Getattr, scope: dict[str, Any], macros: dict[str, nodes.Macro]) -> Any:
        if isinstance(node.node, nodes.Getattr) and getattr(node.node.node, "name", "") == "w":
            assert node.node.attr == "head"
            assert node.attr in self.head
            self.words.add(node.attr)
            return None
        if isinstance(node.node, nodes.Name) and node.node.name == "head":  # among the words themselves
            assert node.attr in self.head
            self.words.add(node.attr)
            return None
        owner = self.visit(node.node, scope, macros)
        if owner in (LOOP, date):
            assert node.attr in (LOOP if owner is LOOP else DATE), f"{node.attr} of {owner}"
            return None
        assert dataclasses.is_dataclass(owner), f"line {node.lineno}: .{node.attr} of something undocumented"
        hints = hints_of(typing.cast("Any", owner))
        if isinstance(computed := getattr(owner, node.attr, None), property):
            self.read_by(READ_BY_PROPERTY.get(node.attr, {Report: {"steps"}, StepInReport: {"place"}}))
            return self.documented_type(get_type_hints(computed.fget)["return"])
        assert node.attr in hints, f"line {node.lineno}: {owner} has no field {node.attr}"
        self.used.setdefault(owner, set()).add(node.attr)
        return self.documented_type(hints[node.attr])

    def read_by(self, fields: Mapping[type, set[str]]) -> None:
        for owner, names in fields.items():
            self.used.setdefault(owner, set()).update(names)

    def documented_type(self, hint: Any) -> Any:
        """A type without its None; plain values have none."""
        if get_origin(hint) in (Union, UnionType):
            hint = next(argument for argument in get_args(hint) if argument is not NoneType)
        return hint if dataclasses.is_dataclass(hint) or get_origin(hint) is tuple or hint is date else None

    def element(self, hint: Any) -> Any:
        return self.documented_type(get_args(hint)[0]) if get_origin(hint) is tuple else None

    def bind(self, target: nodes.Node, element: Any, scope: dict[str, Any]) -> None:
        if isinstance(target, nodes.Tuple):
            for part, kind in zip(target.items, get_args(element), strict=True):
                self.bind(part, self.documented_type(kind), scope)
        else:
            scope[typing.cast("nodes.Name", target).name] = element


MACROS: Final = (
    "shared/words.jinja",
    "shared/drawings.jinja",
    "help_lines/help_lines.jinja",
    "comparison/scale_rows.jinja",
    "comparison/moves.jinja",
)
IMPORTS: Final = [
    imported
    for path in TEMPLATES.rglob("*.*")
    if path.suffix in {".html", ".md", ".txt", ".jinja"}
    for imported in Environment(autoescape=True).parse(path.read_text(encoding="utf-8")).find_all(nodes.Import)
]
"""What templates import: a file of macros has the same short name everywhere."""
SHARED: Final = (*MACROS, "styles/base.css", "styles/plan.css", "styles/print.css")
CONTEXTS: Final[Mapping[str, dict[str, Any]]] = {
    **{f"plan/report.{suffix}": {"report": Report} for suffix in ("txt", "md", "html")},
    **{f"comparison/comparison.{suffix}": {"report": ComparisonReport} for suffix in ("txt", "md", "html")},
    **{f"what_if/what_if.{suffix}": {"report": WhatIfReport} for suffix in ("txt", "md", "html")},
    **{f"weeks/weeks.{suffix}": {"report": ComingWeeks} for suffix in ("txt", "md", "html")},
    **{f"timeline/timeline.{suffix}": {"report": TimelineReport} for suffix in ("txt", "md", "html")},
    "explanation/explanation.txt": {"report": Explanation},
    "help_lines/help_lines.txt": {"report": HelpLines},
    "comparison/moved.html": {"report": ComparisonReport},
    "shared/page.html": {},
    "styles/comparison.css": {},
    "styles/weeks.css": {},
}


@cache
def fields_used(*templates: str) -> dict[Any, set[str]]:
    reader = Reader()
    for template in templates:
        reader.read(template, **CONTEXTS[template])
    return {owner: names for owner, names in reader.used.items() if not owner.__module__.startswith("engine.rendering")}


def fields_of(*classes: type) -> dict[Any, set[str]]:
    return {owner: {field.name for field in dataclasses.fields(typing.cast("Any", owner))} for owner in classes}


def test_every_template_is_known() -> None:
    """The templates are those whose context is documented, but for typst's own."""
    assert {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.*")} == {
        *CONTEXTS,
        *SHARED,
        "plan/report.typ",
    }


@pytest.mark.parametrize("template", CONTEXTS)
def test_templates_use_only_documented_fields(template: str) -> None:
    """Every attribute that a template asks for is a field of a documented dataclass."""
    used = fields_used(template)
    assert bool(used) is bool(CONTEXTS[template])


def test_every_field_of_a_report_is_used() -> None:
    """HTML uses every documented field, but for those of a comparison that are there for JSON; none of these is shown."""
    documented_fields = fields_of(*dataclasses_in(Report), *dataclasses_in(ComparisonReport))
    assert {OpenSection, ComeBack, EvidenceNote, Placement, AnswerThenAndNow} <= documented_fields.keys()
    used_fields = fields_used("plan/report.html", "comparison/comparison.html")
    unused = {owner: names - used_fields.get(owner, set()) for owner, names in documented_fields.items()}
    assert {owner: names for owner, names in unused.items() if names} == ONLY_IN_JSON
    assert {owner: names for owner, names in used_fields.items() if names - documented_fields[owner]} == {}


@pytest.mark.parametrize("kind", ["plan/report", "comparison/comparison"])
def test_all_formats_use_the_same_fields(kind: str) -> None:
    """Text and Markdown show the same fields as HTML, but for what only HTML needs."""
    text, markdown, html = (fields_used(f"{kind}.{suffix}") for suffix in ("txt", "md", "html"))
    assert text == markdown == {owner: names - ONLY_IN_HTML.get(owner, set()) for owner, names in html.items()}
    html_only = {
        owner: names
        for owner, names in ONLY_IN_HTML.items()
        if (owner in {ScaleThenAndNow, MoveInReport, StepAsBefore}) is (kind == "comparison/comparison")
    }
    assert [names for owner, names in html_only.items() if not names <= html[owner]] == []


def test_every_field_of_an_explanation_is_used() -> None:
    """The explanation shows all its documented fields, but for the title of the pack."""
    documented_fields = fields_of(Explanation, Contribution, ExplainedRule, ExplainedStep)
    used_fields = fields_used("explanation/explanation.txt")
    assert {
        owner: names - used_fields[owner] for owner, names in documented_fields.items() if names - used_fields[owner]
    } == {Explanation: {"title"}}


def test_every_word_is_used() -> None:
    """The file of words holds none that no template uses, nor the page for paper or a command."""
    reader = Reader()
    for template, context in CONTEXTS.items():
        reader.read(template, **context)
    code = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "engine").rglob("*.py"))
    elsewhere = set(re.findall(r'head(?:ings\(\))?\[["\'](\w+)["\']\]', code))
    on_paper = set(re.findall(r"head\.(\w+)", (TEMPLATES / "plan" / "report.typ").read_text(encoding="utf-8")))
    assert reader.words | elsewhere | (on_paper & reader.head) == reader.head


def test_every_reason_has_words() -> None:
    """Every reason why something cannot be compared or attributed has its words in all formats."""
    report = both("Sam")[1]
    cannot = [reason for reason in get_args(CannotCompare) if reason != "not_compared"]
    for output_format in ("text", "md", "html"):
        for reason in cannot:
            changed = dataclasses.replace(report, cannot_compare=(("Scale", reason),))
            assert render(changed, output_format).count("Scale: ") == 1
        for why in get_args(NoAttribution):
            assert render(dataclasses.replace(report, no_attribution=why), output_format)


def test_every_emphasis_and_label_has_words() -> None:
    """Every emphasis and every evidence label has its words in all formats."""
    report = both("Sam")[0]
    for output_format in ("text", "md", "html"):
        for emphasis in EMPHASIS:
            path = tuple(dataclasses.replace(step, emphasis=emphasis, place="later") for step in report.path)
            text = render(dataclasses.replace(report, path=path), output_format)
            assert text.count(EMPHASIS[emphasis]) >= len(path)
        for label in get_args(get_type_hints(EvidenceNote)["label"]):
            todo = ToDo("a", "Do it.", EvidenceNote(label, "sleep", None))
            steps = (dataclasses.replace(report.steps[0], actions=(todo,)),)
            assert "sleep" in render(dataclasses.replace(report, steps=steps), output_format)


# Explanations as text


def test_explanation_of_a_plan_without_rules() -> None:
    """Where no rule fired the explanation still names the kind of plan, and that it is the default."""
    assessment = assess(load(bare_pack([yes_no("x")], [])), FULL, {}, AS_OF)
    text = render_explanation(explanation(assessment))
    assert "Kind of plan: usual" in text
    assert "default" in text
    assert len(re.findall(r"^\d\. ", text, re.MULTILINE)) == 5


def test_moves_are_documented_too() -> None:
    """A move of a comparison and a move in its report speak of the same step and places."""
    ours, theirs = get_type_hints(MoveInReport), get_type_hints(StepMove)
    assert {name: theirs[name] for name in ("step", "before", "after")} == {
        name: ours[name] for name in ("step", "before", "after")
    }


class Marked:
    """Something that knows its own HTML."""

    def __html__(self) -> str:
        return "<i>"


class Text(str):
    """A text of another class."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value", ["plain", "a < b & 'c' \"d\" >", "", 3, 1.5, None, Markup("<b>"), Marked(), Text("<"), ["<"]]
)
def test_escaping_is_that_of_markupsafe(value: object) -> None:
    """Whatever stands in a template is escaped as Jinja would have it, also beside macros with defaults and keywords."""
    assert escaped(value) == escape(value)
    plain, lean = Environment(autoescape=True), Environment(autoescape=True)
    lighten(lean)
    source = (
        "{% macro say(text, end='!', before='<') %}{{ before }}{{ text }}{{ end }}{{ caller() if caller else '' }}{% endmacro %}"
        "{{ say(value) }}{{ say(value, before='&') }}{% call say('x') %}<p>{{ value }}{% endcall %}"
        "{% for one in [value, value] %}{{ say(one) ~ one }}{{ loop.index }}{% endfor %}{% set s %}{{ value }}{% endset %}{{ s }}"
    )
    assert lean.from_string(source).render(value=value) == plain.from_string(source).render(value=value)
