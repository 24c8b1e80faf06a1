"""Comparison reports: their content, order and omissions, and that all formats have the same content."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engine.assessment.pipeline import Assessment, assess
from engine.comparison.changes import Comparison, compare
from engine.comparison.report import Cause, ChangeMessage, ComparisonReport, build_comparison_report
from engine.comparison.scales import ScaleThenAndNow, WordsThenAndNow
from engine.content.pack import Pack
from engine.loading.library import load_library
from engine.rendering.render import FORMATS, Format, _template, html_document, render
from tests.breakup.case_files import FOLDER, read_case
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
    random_answer,
    random_pack,
    rating,
    rule,
    single,
    yes_no,
)
from tests.tools import make_schemas

LATER: Final = AS_OF + timedelta(days=42)
JSON: Final[TypeAdapter[ComparisonReport]] = TypeAdapter(ComparisonReport)
SHOWN: Final[tuple[Format, ...]] = ("text", "md", "html")


def sat(pack: Pack, answers: Raw, day: date = AS_OF, questionnaire: str = FULL) -> Assessment:
    return assess(pack, questionnaire, answers, day, plain=True)


def compared(before: Assessment, after: Assessment, *, everything: bool = False) -> ComparisonReport:
    return build_comparison_report(compare(before, after), before, after, everything=everything)


def report_of(raw: Raw, before: Raw, after: Raw, day: date = LATER, *, everything: bool = False) -> ComparisonReport:
    pack = load(raw)
    return compared(sat(pack, before), sat(pack, after, day), everything=everything)


# A pack in which everything can change that a comparison tells


def whole_pack() -> Raw:
    """A pack that covers every part of a comparison. Each text begins with its kind, so that reports can be searched for it."""
    danger, calm, more_question = yes_no("danger", sensitive=True), rating("calm"), yes_no("more", text="MoreQuestion")
    over = single("over", "small", "big", text="OverQuestion")
    over["options"] = [{"id": size, "text": f"Over{size}", "said": f"overSaid{size}"} for size in ("small", "big")]
    few = rating("few", text="FewQuestion")
    scales: list[Raw] = [
        {"id": "ease", "title": "EaseTitle", "items": ["calm"], "method": "sum", "direction": "higher_is_better"},
        {"id": "lack", "title": "LackTitle", "items": ["few"], "method": "sum"},
        {"id": "word", "title": "WordTitle", "items": ["calm"], "method": "sum", "shown": "words"},
    ]
    scales[0] |= {"meaningful_change": {"points": 2, "items": 1, "source": "SourceWords"}, "higher": "easeHigher"}
    scales[2]["bands"] = [{"id": "a", "title": "WordLow", "from": 0}, {"id": "b", "title": "WordHigh", "from": 3}]
    rules = [
        rule("danger", {"item": "danger", "is": True}, {"kind": "safe"}, {"notice": "danger"}, gate=True),
        rule("more", {"item": "more", "is": True}, {"kind": "strong"}, {"notice": "passing"}),
        rule("over", {"item": "over", "is": "big"}, {"weight": {"step": "plan", "by": 30}}),
        rule("reads-more", {"item": "more", "is": True}, {"weight": {"step": "talk", "by": 10}}),
    ]
    raw = bare_pack([danger, calm, more_question, few], rules, scales, title="PackTitle")
    raw["questionnaires"][0]["sections"].append({"id": "over", "title": "Over", "frame": "then", "items": [over]})
    raw["kinds"] = [
        {"id": "safe", "title": "SafeTitle", "short": True},
        {"id": "strong", "title": "StrongTitle"},
        *raw["kinds"],
    ]
    raw["notices"] = [
        {"id": "danger", "title": "DangerTitle", "text": "DangerText.", "lasting": True},
        {"id": "passing", "title": "PassingTitle", "text": "PassingText."},
    ]
    raw["changed"] = {"title": "ChangedTitle", "text": "ChangedText."}
    for step in raw["steps"]:
        step["title"] = f"Step{step['id'].replace('-', '')}"
    return raw


QUIET: Final[Raw] = {"danger": False, "calm": 1, "more": False, "over": "small"}
DANGER: Final[Raw] = QUIET | {"danger": True}
LIVELY: Final[Raw] = QUIET | {"calm": 4, "more": True, "over": "big"}


@pytest.mark.parametrize("output_format", SHOWN)
def test_the_order(output_format: Format) -> None:
    """The parts are in a fixed order: lasting notice gone, kind, headline, scales, the past, moves, answers."""
    stands_above = ["ChangedTitle", "ChangedText", "StrongTitle"]
    for before, above, over, more in ((DANGER, stands_above, [], []), (QUIET, [], ["OverQuestion"], ["MoreQuestion"])):
        text = render(report_of(whole_pack(), before, LIVELY, everything=True), output_format)
        order = [*above, "EaseTitle", "WordTitle"]
        if output_format == "html":  # what is opened comes after what is seen, and the title of the pack at the foot
            order, last = [*order, "Stepplan", *over], [*more, "LackTitle", "PackTitle"]
        else:
            order, last = ["PackTitle", *order, *over, "Stepplan"], ["LackTitle", *more]
        places = [text.index(part) for part in order] + [text.rindex(part) for part in last]
        assert places == sorted(places)


@pytest.mark.parametrize("output_format", SHOWN)
def test_the_kind_stands_without_scores(output_format: Format) -> None:
    """If the kind changed, the new title is shown once, and the sentence beside it has no score."""
    report = report_of(whole_pack(), QUIET, LIVELY)
    assert (report.kind_now, report.headline) == ("StrongTitle", "calm")
    assert {scale.in_headline for scale in report.scales} == {False}
    text = render(report, output_format)
    assert text.count("StrongTitle") == 1
    assert "Usual" not in text
    beside_it = text[text.index("StrongTitle") : text.index("EaseTitle")]
    assert not re.search(r"\d →|→ \d|clearly", beside_it)
    same_kind = report_of(whole_pack(), QUIET, QUIET | {"calm": 4})
    assert {scale.in_headline for scale in same_kind.scales} == {True}
    assert report_of(whole_pack(), QUIET, QUIET | {"calm": 4}).kind_now is None


# What changed about safety


def test_a_lasting_notice_that_is_gone() -> None:
    """If a lasting notice is gone, the content's message is shown, which does not reveal the notice."""
    report = report_of(whole_pack(), DANGER, QUIET)
    assert report.changed == ChangeMessage("ChangedTitle", "ChangedText.")
    for output_format in FORMATS:
        assert "Danger" not in render(report, output_format)


@pytest.mark.parametrize(
    ("before", "after"), [(QUIET, DANGER), (DANGER, DANGER), (QUIET, QUIET), (LIVELY, QUIET), (QUIET, LIVELY)]
)
def test_no_lasting_notice_is_gone(before: Raw, after: Raw) -> None:
    """There is no message if a lasting notice is new, unchanged or absent, or if another notice is gone."""
    assert report_of(whole_pack(), before, after).changed is None


def test_without_a_message() -> None:
    """There is no message if the pack has none."""
    raw = whole_pack()
    del raw["changed"]
    assert report_of(raw, DANGER, QUIET).changed is None


def test_lasting_in_either_version() -> None:
    """A notice counts if it is lasting in either version; the message is the later version's, if it has one."""
    old, new, none = whole_pack(), whole_pack(), whole_pack()
    old["notices"][0]["lasting"] = False
    new["changed"]["title"] = "NewTitle"
    del none["changed"], none["notices"][0]
    none["rules"][0]["then"].pop()
    first = {raw_rule["id"]: raw_rule for raw_rule in none["rules"]}["danger"]
    assert first["then"] == [{"kind": "safe"}]
    for earlier, later, title in (
        (old, new, "NewTitle"),
        (new, old, "ChangedTitle"),
        (whole_pack(), none, "ChangedTitle"),
    ):
        report = compared(sat(load(earlier), DANGER), sat(load(later), QUIET, LATER))
        assert report.changed is not None
        assert report.changed.title == title


@pytest.fixture(scope="module")
def with_check_in() -> Pack:
    """The pack with a check-in, and a gate that reads it."""
    raw = whole_pack()
    raw["questionnaires"].append(form(CHECK_IN, [rating("calm"), yes_no("scare", sensitive=True)], [], "check_in"))
    gate = rule("scare", {"item": "scare", "is": True}, {"kind": "safe"}, {"notice": "danger"}, gate=True)
    raw["rules"] = sorted([*raw["rules"], gate], key=lambda raw_rule: str(raw_rule["id"]))
    return load(raw)


def test_check_ins_and_what_is_gone(with_check_in: Pack) -> None:
    """A notice counts as gone only if the later sitting could have raised it: a check-in cannot after a full sitting."""
    safe, scared = ({"calm": 1, "scare": scare} for scare in (False, True))
    full = sat(with_check_in, DANGER), sat(with_check_in, QUIET, LATER)
    check = sat(with_check_in, scared, AS_OF, CHECK_IN), sat(with_check_in, safe, LATER, CHECK_IN)
    assert [bool(compared(*pair).changed) for pair in (full, check, (check[0], full[1]), (full[0], check[1]))] == [
        True,
        True,
        True,
        False,
    ]


# Short comparisons


def is_short(report: ComparisonReport) -> bool:
    """Whether a report has no scales, moves and answers."""
    parts = (report.scales, report.in_words, report.sources, report.seen_differently, report.moves)
    more_parts = (report.small_shifts, report.answers, report.cannot_compare)
    assert report.short is not any((*parts, *more_parts))
    return report.short and report.no_attribution is None


@pytest.mark.parametrize(("before", "after"), [(DANGER, LIVELY), (LIVELY, DANGER), (DANGER, DANGER | {"calm": 4})])
def test_short_kinds(before: Raw, after: Raw) -> None:
    """If either kind is short, no format has a scale, a move or an answer, unless everything is asked for."""
    short = report_of(whole_pack(), before, after)
    assert is_short(short)
    for output_format in FORMATS:
        text = render(short, output_format)
        assert not re.search(r"EaseTitle|LackTitle|WordTitle|Question|Over|Step|SourceWords", text)
    assert not is_short(report_of(whole_pack(), before, after, everything=True))
    assert not is_short(report_of(whole_pack(), QUIET, LIVELY))


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize(("before", "after"), [(DANGER, LIVELY), (LIVELY, DANGER)])
def test_everything_of_a_short_one_has_no_answer(before: Raw, after: Raw, output_format: Format) -> None:
    """If everything is asked for, a short comparison has scales and moves, but no answers."""
    text = render(report_of(whole_pack(), before, after, everything=True), output_format)
    assert "EaseTitle" in text
    assert "Stepplan" in text
    assert not re.search(r"\w+Question", text)
    usual = render(report_of(whole_pack(), QUIET, LIVELY, everything=True), output_format)
    assert re.search(r"\w+Question", usual)


def test_short_notices() -> None:
    """A short notice makes a comparison short if the later plan raises it."""
    raw = whole_pack()
    raw["notices"][1]["short"] = True
    assert is_short(report_of(raw, QUIET, LIVELY))
    assert not is_short(report_of(raw, LIVELY, QUIET))


def test_short_check_ins(with_check_in: Pack) -> None:
    """A comparison with a check-in is short if the gates of either sitting propose a short kind."""
    safe, scared = (sat(with_check_in, {"calm": 1, "scare": scare}, LATER, CHECK_IN) for scare in (False, True))
    quiet, danger = sat(with_check_in, QUIET), sat(with_check_in, DANGER)
    assert [compared(*pair).short for pair in ((quiet, safe), (quiet, scared), (danger, safe), (scared, safe))] == [
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize("output_format", SHOWN)
def test_short_is_said(output_format: Format) -> None:
    """A short comparison has a sentence that says so; one without differences does not."""
    short = report_of(whole_pack(), DANGER, DANGER)
    line = str(_template(output_format, "shared/words.jinja").module.head["kept_short"])  # type: ignore[attr-defined]
    assert line in render(short, output_format)
    assert line not in render(report_of(whole_pack(), QUIET, QUIET), output_format)


# Days


def test_days_between() -> None:
    """A comparison has both days and their distance."""
    pack = load(bare_pack([yes_no("x")], []))
    earlier, later = sat(pack, {}), sat(pack, {}, LATER)
    forward, backward = compared(earlier, later), compared(later, earlier)
    assert (forward.before_on, forward.after_on, forward.days) == (AS_OF, LATER, 42)
    assert backward.days == -42


def words_module() -> Any:
    return _template("text", "shared/words.jinja").module


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "the same day"),
        (1, "1 day"),
        (3, "3 days"),
        (7, "1 week"),
        (13, "13 days"),
        (14, "2 weeks"),
        (40, "about 6 weeks"),
        (42, "6 weeks"),
        (-42, "6 weeks"),
    ],
)
def test_days_as_people_say_them(days: int, words: str) -> None:
    """Spans of less than two weeks are given in days, longer ones in weeks."""
    assert str(words_module().span(days)) == words


# Scales


def scale(**changes: Any) -> Raw:
    return {"id": "s", "title": "ScaleTitle", "items": ["a", "b"], "method": "sum", **changes}


def one_scale(before: int, after: int, **changes: Any) -> ComparisonReport:
    """The report of a scale of two ratings, from 0 to 8, with an earlier and a later score."""
    raw = bare_pack([rating("a"), rating("b")], [], [scale(**changes)])
    answers_before, answers_after = ({"a": min(score, 4), "b": max(0, score - 4)} for score in (before, after))
    return report_of(raw, answers_before, answers_after)


MEANT: Final = {"points": 3, "items": 1, "source": "SourceWords"}


@pytest.mark.parametrize(
    ("before", "after", "way", "verdict"),
    [
        (1, 4, "higher", "clear"),
        (4, 1, "lower", "clear"),
        (1, 3, "higher", "not_clear"),
        (3, 1, "lower", "not_clear"),
        (2, 2, "same", "not_clear"),
    ],
)
def test_way_and_verdict(before: int, after: int, way: str, verdict: str) -> None:
    """The direction of a change and its verdict do not depend on the scale's direction."""
    for direction in ("higher_is_better", "lower_is_better", "neither"):
        (scale_line,) = one_scale(before, after, meaningful_change=MEANT, direction=direction).scales
        assert (scale_line.before, scale_line.after, scale_line.way, scale_line.verdict) == (
            before,
            after,
            way,
            verdict,
        )
    (unknown,) = one_scale(before, after).scales
    assert (unknown.way, unknown.verdict) == (way, "not_known")


def test_the_words_for_the_way() -> None:
    """The content's words for a direction are used if it has any."""
    own_words: Raw = {"higher": "more of it", "lower": "less of it"}
    assert [one_scale(*ends, **own_words).scales[0].words for ends in ((1, 4), (4, 1), (2, 2))] == [
        "more of it",
        "less of it",
        None,
    ]
    assert one_scale(1, 4, lower="less of it").scales[0].words is None


@pytest.mark.parametrize(
    ("ends", "direction", "harder"),
    [
        ((5, 1), "higher_is_better", "lower"),
        ((1, 5), "lower_is_better", "higher"),
        ((1, 5), "higher_is_better", None),
        ((5, 1), "lower_is_better", None),
        ((5, 1), "neither", None),
        ((3, 2), "higher_is_better", None),
    ],
)
def test_harder(ends: tuple[int, int], direction: str, harder: str | None) -> None:
    """A line of comfort is shown for a clear change for the worse, and only for that."""
    report = one_scale(*ends, direction=direction, meaningful_change=MEANT)
    assert [scale_line.way for scale_line in report.scales if scale_line.harder] == ([harder] if harder else [])
    line = str(words_module().harder(report))
    assert bool(line) is bool(harder)
    for output_format in SHOWN:
        parts = line.split(". ")[:2] if output_format == "html" else [line]  # there it is the headline and what follows
        assert all(part in " ".join(render(report, output_format).split()) for part in parts)


def test_scales_that_went_hard_ways() -> None:
    """Each scale is judged by its own direction, and the headline does not encourage if one got worse."""
    scales = [
        scale(id=name, title=name.upper(), items=[name], meaningful_change=MEANT, direction=f"{better_way}_is_better")
        for name, better_way in (("a", "higher"), ("b", "lower"), ("c", "higher"))
    ]
    raw = bare_pack([rating("a"), rating("b"), rating("c")], [], scales)
    report = report_of(raw, {"a": 4, "b": 0, "c": 0}, {"a": 0, "b": 4, "c": 4})
    assert [(scale_line.title, scale_line.way) for scale_line in report.scales if scale_line.harder] == [
        ("A", "lower"),
        ("B", "higher"),
    ]
    assert report.headline == "still_hard"
    assert str(words_module().harder(report)) == ""
    harder = report_of(raw, {"a": 4, "b": 0, "c": 0}, {"a": 0, "b": 4, "c": 0})
    assert harder.headline == "harder"
    assert str(words_module().harder(harder)) != ""


@pytest.mark.parametrize(
    ("after", "facts", "headline"),
    [
        ({"a": 4}, {}, "easier"),
        ({"a": 3}, {}, "calm"),
        ({"a": 4}, {"in_headline": False}, "calm"),
        ({"a": 4}, {"bands": [{"id": "all", "title": "All", "from": 0}]}, "still_hard"),
        ({"a": 4, "b": 4}, {}, "still_hard"),
        ({"a": 4, "b": None}, {}, "easier"),
    ],
)
def test_the_headline(after: Raw, facts: Raw, headline: str) -> None:
    """The headline does not encourage if the scale is not part of it or in its worst band, or by ``sober_when``."""
    meant = {"points": 4, "items": 1, "source": "SourceWords"}
    raw = bare_pack(
        [rating("a"), rating("b")],
        [],
        [scale(items=["a"], direction="higher_is_better", meaningful_change=meant, **facts)],
        sober_when={"item": "b", "is": 4},
    )
    assert report_of(raw, {"a": 0, "b": 0}, after).headline == headline


@pytest.mark.parametrize(
    ("answers", "note"),
    [
        (({"touch": False}, {"touch": True}), "GainedText"),
        (({"touch": True}, {"touch": False}), "LostText"),
        (({"other": False}, {"other": True}), "OtherwiseText"),
        (({"touch": False}, {"touch": True, "danger": True}), None),
    ],
)
def test_steps_that_are_not_in_one_persons_hands(answers: tuple[Raw, Raw], note: str | None) -> None:
    """Steps with hidden causes come last, with the content's text for the finding; with a gate they have no text."""
    hidden = {
        "steps": ["plan"],
        "finding": "in_touch",
        "gained": "GainedText",
        "lost": "LostText",
        "otherwise": "OtherwiseText",
    }
    names = ("touch", "other", "danger")
    raw = bare_pack(
        [yes_no(name) for name in names],
        [
            rule(
                "touch", {"item": "touch", "is": True}, {"finding": "in_touch"}, {"weight": {"step": "plan", "by": 60}}
            ),
            rule("other", {"item": "other", "is": True}, {"weight": {"steps": ["plan", "calm"], "by": 50}}),
            rule("danger", {"item": "danger", "is": True}, {"finding": "gate"}, gate=True),
        ],
        hide_own_causes=hidden,
    )
    before, after = ({**dict.fromkeys(names, False), **sitting} for sitting in answers)
    report = report_of(raw, before, after)
    (move,) = (move for move in (*report.moves, *report.small_shifts) if move.step == "plan")
    assert (move.aside, move.note, move.causes) == (True, note, None)
    assert [move.aside for move in report.moves] == sorted(move.aside for move in report.moves)


def test_places_on_the_line() -> None:
    """A score's position is 0 for the scale's lowest score and 100 for its highest."""
    (scale_line,) = one_scale(0, 8).scales
    assert (scale_line.lowest, scale_line.highest, scale_line.place_before, scale_line.place_after) == (0, 8, 0, 100)
    (scale_line,) = one_scale(1, 6, base=1, constant=-5).scales
    assert (scale_line.lowest, scale_line.highest, scale_line.before, scale_line.after) == (-3, 5, -2, 3)
    assert (scale_line.place_before, scale_line.place_after) == (12.5, 75)
    raw = bare_pack([rating("a")], [], [scale(items=["a"], values={"a": dict.fromkeys("01234", 2)})])
    (flat,) = report_of(raw, {"a": 0}, {"a": 4}).scales
    assert (flat.lowest, flat.highest, flat.place_before, flat.place_after) == (2, 2, 50, 50)


def test_scales_in_words_have_no_numbers() -> None:
    """A scale in words has its bands and no score, in any format, and is not in the headline."""
    raw = whole_pack()
    raw["questionnaires"][0]["scales"][2] |= {"constant": 0.625, "method": "mean"}
    report = report_of(raw, QUIET, LIVELY)
    assert report.in_words == (WordsThenAndNow("word", "WordTitle", "WordLow", "WordHigh"),)
    for output_format in FORMATS:
        assert not re.search(r"[14][.]62|0[.]625", render(report, output_format))
    assert "WordTitle" not in str(words_module().sentence(report))


def test_a_score_without_a_band() -> None:
    """A scale in words whose score is below the first band has no words, and no number instead."""
    raw = whole_pack()
    raw["questionnaires"][0]["scales"][2]["bands"].pop(0)
    (in_words,) = report_of(raw, QUIET, LIVELY).in_words
    assert (in_words.before, in_words.after) == (None, "WordHigh")
    for output_format in SHOWN:
        assert "WordHigh" in render(report_of(raw, QUIET, LIVELY), output_format)


def test_scales_then_and_now() -> None:
    """Scales that are never shown are left out; those that cannot be compared are listed with the reason."""
    scales: list[Raw] = [
        scale(id="told", title="Told", items=["a"], meaningful_change=MEANT),
        scale(id="never", title="Never", items=["a"], shown="never"),
        scale(id="not", title="Not", items=["a"], compared=False),
        scale(id="few", title="Few", items=["a", "b"], meaningful_change=MEANT | {"source": "Other"}),
        scale(id="few-never", title="Few", items=["a", "b"], shown="never"),
        scale(id="again", title="Again", items=["a"], meaningful_change=MEANT),
    ]
    scales[0]["bands"] = [{"id": "low", "title": "Low", "from": 0}, {"id": "high", "title": "High", "from": 2}]
    report = report_of(bare_pack([rating("a"), rating("b")], [], scales), {"a": 0}, {"a": 3})
    first, again = report.scales
    assert (first.id, first.before, first.after, again.id) == ("told", 0, 3, "again")
    assert (first.band_before, first.band_after, again.band_before) == ("Low", "High", None)
    assert report.cannot_compare == (("Few", "not_enough_answers_before"),)
    assert report.sources == ("SourceWords",)


def test_nobody_looks_for_what_never_came_up() -> None:
    """Too few answers are reported for a scale that was left open, but not for one that was not asked."""
    items = [yes_no("x"), rating("a", show_when={"item": "x", "is": True}), rating("b")]
    scales = [scale(items=["a"]), scale(id="t", title="T", items=["b"])]
    raw = bare_pack(items, [], scales)
    assert report_of(raw, {"x": True, "a": 1}, {"x": False}).cannot_compare == (("T", "not_enough_answers_before"),)
    assert ("ScaleTitle", "not_enough_answers_after") in report_of(raw, {"x": True, "a": 1}, {"x": True}).cannot_compare


# Tables


def test_a_scale_is_a_table() -> None:
    """Each scale is a table of two days and scores; screen readers skip its pictures."""
    report = report_of(whole_pack(), QUIET, LIVELY)
    (shown,) = report.scales
    (table,) = re.findall(r'<table class="days">.*?</table>', render(report, "html"), re.DOTALL)
    assert re.findall(r"<caption><h3>(\w+)</h3>", table) == [shown.title]
    days, numbers = re.findall(r'datetime="([\d-]+)"', table), re.findall(r"</td><td>([\d.-]+)<", table)
    assert days == [report.before_on.isoformat(), report.after_on.isoformat()]
    assert [float(number) for number in numbers] == [shown.before, shown.after]
    assert re.findall(r"<svg .*?>", table)
    assert all('aria-hidden="true"' in svg for svg in re.findall(r"<svg .*?>", table))


@pytest.mark.parametrize(
    ("ends", "praised", "ringed", "dashed"), [((1, 4), True, 3, 0), ((4, 1), True, 0, 3), ((1, 4), False, 0, 0)]
)
def test_what_came_and_went_is_marked(ends: tuple[int, int], praised: bool, ringed: int, dashed: int) -> None:
    """Gains are ringed and losses dashed, unless the content does not want the scale to be praised."""
    html = render(one_scale(*ends, meaningful_change=MEANT, in_headline=praised), "html")
    assert html.count('class="more"') == ringed
    assert html.count('class="fewer"') == dashed
    assert ("Ringed pebbles" in html, "Dashed" in html, "has no rings" in html) == (
        bool(ringed),
        bool(dashed),
        not praised,
    )


def test_a_scale_without_pebbles_keeps_its_line() -> None:
    """A scale with too many points for pebbles is drawn as a line."""
    raw = bare_pack(
        [rating("a"), rating("b")], [], [scale(items=["a", "b"], method="weighted", weights={"a": 10, "b": 10})]
    )
    report = report_of(raw, {"a": 1, "b": 1}, {"a": 3, "b": 4})
    html = render(report, "html")
    places = [float(place) for place in re.findall(r'<circle class="value" cx="([\d.]+)%"', html)]
    assert places == [report.scales[0].place_before, report.scales[0].place_after]


# What is over, moves, answers


def test_what_is_seen_differently() -> None:
    """Changed answers about the past are listed separately, if both were given."""
    report = report_of(whole_pack(), QUIET, LIVELY)
    assert [(answer.question, answer.before, answer.after) for answer in report.seen_differently] == [
        ("OverQuestion", ("Oversmall",), ("Overbig",))
    ]
    assert "OverQuestion" not in [answer.question for answer in report.answers]
    for before, after in ((None, "big"), ("big", None)):
        report = report_of(whole_pack(), QUIET | {"over": before}, QUIET | {"over": after})
        assert report.seen_differently == ()
        assert [answer.question for answer in report.answers] == ["OverQuestion"]


def test_items_have_the_frame_of_their_section() -> None:
    """Whether a question is about the past depends on its section in the later questionnaire."""
    raw = bare_pack([rating("x", text="X?")], [])
    raw["questionnaires"].append(form("other", [rating("x", text="X?")], []))
    raw["questionnaires"][1]["sections"][0]["frame"] = "then"
    pack = load(raw)
    full = compared(sat(pack, {"x": 0}), sat(pack, {"x": 1}))
    other_questionnaire = compared(sat(pack, {"x": 0}, AS_OF, "other"), sat(pack, {"x": 1}, LATER, "other"))
    assert [(len(report.seen_differently), len(report.answers)) for report in (full, other_questionnaire)] == [
        (0, 1),
        (1, 0),
    ]


def test_changed_answers_in_words() -> None:
    """Changed answers have the question and both answers; those without effect are marked."""
    items = [single("s", "one", "two", text="S?"), yes_no("y", text="Y?")]
    items[0]["options"][0]["text"] = "One"
    items[0]["options"][1]["text"] = "Two"
    raw = bare_pack(items, [rule("r", {"item": "y", "is": True}, {"hold": {"step": "calm"}})])
    report = report_of(raw, {"s": "one", "y": True}, {"s": "two"})
    assert [(answer.question, answer.before, answer.after, answer.without_effect) for answer in report.answers] == [
        ("S?", ("One",), ("Two",), True),
        ("Y?", ("yes",), (), False),
    ]


def test_causes_are_clauses() -> None:
    """A cause has the later answer as a clause, if the content has one."""
    x = single("x", "no", "yes", text="X?")
    x["options"][1]["said"] = "{they} wrote"
    items = [{"id": "note", "type": "text", "text": "?"}, x, yes_no("y", text="Y?"), multiple("z", "a", "b", text="Z?")]
    items[3]["options"] = [{"id": option, "text": option, "said": f"said {option}"} for option in "ab"]
    when = {"all": [{"item": "x", "is": "yes"}, {"item": "y", "is": True}, {"item": "z", "includes": "b"}]}
    raw = bare_pack(items, [rule("r", when, {"weight": {"step": "plan", "by": 30}})])
    raw["voice"] = {"name": "partner", "no_name": "your ex", "default": "he", "forms": {"he": {"they": "he"}}}
    report = report_of(raw, {"x": "no", "y": False, "z": ["a"]}, {"x": "yes", "y": True, "z": ["a", "b"]})
    causes = (Cause("x", "he wrote", "X?"), Cause("y", None, "Y?"), Cause("z", "said a, said b", "Z?"))
    moved = [*report.moves, *report.small_shifts]
    assert moved
    assert all((move.causes, move.time, move.hidden) == (causes, False, False) for move in moved)
    taken_back = report_of(raw, {"x": "yes", "y": True, "z": ["b"]}, {"y": True, "z": ["b"]})
    assert {move.causes for move in taken_back.moves} == {(Cause("x", None, "X?"),)}


def test_small_shifts() -> None:
    """A move is a small shift if the emphasis stays and the position changes by at most two."""
    pull = rule("pull", {"item": "x", "is": True}, {"weight": {"step": "plan", "by": 4}})
    raw = bare_pack([yes_no("x")], [pull])
    for step, weight in zip(raw["steps"], (40, 4, 3, 2, 1), strict=True):
        step["weight"] = weight
    report = report_of(raw, {"x": False}, {"x": True})
    assert [move.step for move in report.moves] == ["plan"]
    assert [move.step for move in report.small_shifts] == ["space", "talk", "own-part"]
    raw["steps"][4]["weight"] = 40
    assert [move.step for move in report_of(raw, {"x": False}, {"x": True}).small_shifts] == []


def test_held_steps_only_shift() -> None:
    """Every move of a step that stays held is a small shift, because held steps are not ranked."""
    hold = rule("hold", {"item": "x", "is": False}, {"hold": {"steps": ["calm", "space", "talk", "own-part"]}})
    raw = bare_pack([yes_no("x")], [hold, rule("one", {"item": "x", "is": True}, {"hold": {"step": "plan"}})])
    raw["steps"] = [raw["steps"][4], *raw["steps"][:4]]
    raw["rules"][0]["then"].append({"hold": {"step": "plan"}})
    raw["steps"].append({"id": "last", "title": "Last"})
    raw["rules"] = sorted(raw["rules"], key=lambda raw_rule: str(raw_rule["id"]))
    report = report_of(raw, {"x": False}, {"x": True})
    (shift,) = report.small_shifts
    assert shift.before is not None
    assert shift.after is not None
    assert (shift.step, shift.before.emphasis, shift.before.position, shift.after.position) == ("plan", "not_now", 2, 6)


@pytest.mark.parametrize("output_format", SHOWN)
def test_nothing_moved(output_format: Format) -> None:
    """The sentence that nothing moved is shown only if there are no small shifts either."""
    pull = rule("pull", {"item": "x", "is": True}, {"weight": {"step": "plan", "by": 2}})
    raw = bare_pack([yes_no("x")], [pull])
    for step, weight in zip(raw["steps"], (40, 4, 3, 2, 1), strict=True):
        step["weight"] = weight
    words = str(_template(output_format, "shared/words.jinja").module.head["nothing"])  # type: ignore[attr-defined]
    shifted, still = report_of(raw, {"x": False}, {"x": True}), report_of(raw, {"x": True}, {"x": True})
    assert (len(shifted.moves), len(shifted.small_shifts)) == (0, 2)
    assert words not in render(shifted, output_format)
    assert words in render(still, output_format)


# JSON


def test_the_schema_is_current() -> None:
    """docs/schemas/comparison.json is generated from the dataclasses; ``python -m tests.tools.make_schemas`` writes it."""
    path = make_schemas.FOLDER / "comparison.json"
    assert path.read_text(encoding="utf-8") == make_schemas.schema(ComparisonReport)


def test_json_is_as_the_schema_says() -> None:
    """The JSON of a comparison can be read back, and has exactly the fields of the schema."""
    for report in (report_of(whole_pack(), DANGER, LIVELY, everything=everything) for everything in (False, True)):
        text = render(report, "json")
        assert JSON.validate_json(text) == report
        properties = json.loads(make_schemas.schema(ComparisonReport))["properties"]
        assert list(json.loads(text)) == list(properties)


def keys(value: Any) -> Iterator[str]:
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys(child)
    yield from value if isinstance(value, dict) else ()


def test_nothing_is_called_better() -> None:
    """No field says whether a change is good; the direction only affects the headline."""
    all_keys = set(keys(json.loads(render(report_of(whole_pack(), QUIET, LIVELY), "json"))))
    assert not {"better", "worse", "direction", "change", "improved"} & all_keys
    low, high = (
        one_scale(1, 5, meaningful_change=MEANT, direction=direction) for direction in ("neither", "higher_is_better")
    )
    assert (low.headline, high.headline) == ("calm", "easier")
    assert replace(low, headline="easier", scales=()) == replace(high, scales=())


def needing(count: int, *, steps: Raw | None = None) -> Pack:
    """A pack in which a step is held if all of ``count`` answers are yes."""
    names = [f"i{index}" for index in range(count)]
    when = {"all": [{"item": name, "is": True} for name in names]}
    raw = bare_pack(
        [yes_no(name, text=f"Question{name}") for name in names], [rule("r", when, {"hold": {"step": "calm"}})]
    )
    return load(raw | (steps or {}))


@pytest.mark.parametrize("count", [1, 3, 4, 6])
@pytest.mark.parametrize("everything", [False, True])
def test_at_most_three_causes(count: int, everything: bool) -> None:
    """At most three causes of a move are named, and the others counted, unless everything is asked for."""
    pack = needing(count)
    answers = pack.forms[FULL].item_ids
    before, after = sat(pack, dict.fromkeys(answers, False)), sat(pack, dict.fromkeys(answers, True))
    report = compared(before, after, everything=everything)
    most = count if everything else 3
    assert {len(move.causes or ()) for move in report.moves} == {min(count, most)}
    assert {move.more for move in report.moves} == {max(0, count - most)}
    for output_format in SHOWN:
        text = " ".join(render(report, output_format).split())
        assert text.count("Questioni0") > len(report.moves)
        assert text.count("more answer") == (len(report.moves) if count > most else 0)


def test_the_strongest_causes_are_named() -> None:
    """The named causes are those without which the step would be farthest from its place."""
    pulls = [("a", 1), ("b", 2), ("c", 9), ("d", 4), ("e", 8)]
    rules = [rule(name, {"item": name, "is": True}, {"weight": {"step": "plan", "by": by}}) for name, by in pulls]
    raw = bare_pack([yes_no(name) for name, _ in pulls], rules)
    for step, weight in zip(raw["steps"], (24, 23, 22, 21, 0), strict=True):
        step["weight"] = weight
    raw["emphasis"] = {"focus": 90, "steady": 24}
    names = [name for name, _ in pulls]
    report = report_of(raw, dict.fromkeys(names, False), dict.fromkeys(names, True))
    (move,) = (candidate for candidate in report.moves if candidate.step == "plan")
    assert ([cause.item for cause in move.causes or ()], move.more) == (["c", "e", "d"], 2)


@pytest.mark.parametrize("everything", [False, True])
def test_hide_own_causes(everything: bool) -> None:
    """The content can hide the causes of some steps: one sentence then replaces them."""
    pack = needing(1, steps={"hide_own_causes": {"steps": ["calm"], "text": "UntoldText."}})
    before, after = sat(pack, {"i0": False}), sat(pack, {"i0": True})
    assert all(move.causes for move in compare(before, after).moves)
    report = compared(before, after, everything=everything)
    assert report.hidden_causes == "UntoldText."
    for move in (*report.moves, *report.small_shifts):
        assert (move.causes is None) is (move.step == "calm")
        assert (move.time, move.hidden, move.more) == (False, False, 0)
    for output_format in FORMATS:
        assert render(report, output_format).count("UntoldText.") == 1
    assert compared(before, before).hidden_causes is None
    hiding_pack = needing(1, steps={"hide_own_causes": {"steps": ["plan"], "text": "UntoldText."}})
    assert compared(sat(hiding_pack, {"i0": False}), sat(hiding_pack, {"i0": True})).hidden_causes is None


def test_no_contact_step_is_put_down_to_anyone() -> None:
    """In the shipped pack no move of a contact step has causes."""
    pack = load_library().packs["breakup"]
    files = sorted(FOLDER.glob("breakup/*.yaml"))
    people = [read_case(path, pack).sittings[0].assessment for path in files]
    contact = {step.id for step in pack.steps if "contact" in step.tags}
    moved = 0
    for before, after in pairwise(people):
        report = compared(before, after, everything=True)
        for move in (*report.moves, *report.small_shifts):
            if move.step in contact:
                moved += 1
                assert (move.causes, move.more, move.time, move.hidden) == (None, 0, False, False)
    assert moved > 20


# The same for random packs and random pairs of sittings

TOKEN: Final = re.compile(r"[A-Z]\d{3}[a-z]\d?")
"""Every text of the packs below: its kind, the number of its owner, and a letter."""


def random_words(random: Random) -> Raw:
    """A random pack in which every text is a unique token, with frames, short kinds and lasting notices."""
    raw = random_pack(random, Size(items=7, options=3, rules=4, strata=2, depth=2, branches=3))
    number = 0
    for questionnaire in raw["questionnaires"]:
        for section in questionnaire["sections"]:
            for item in section["items"]:
                if "use" not in item:
                    _word_item(random, item, number)
                    number += 1
    for index, raw_scale in enumerate(_scales(raw)):
        raw_scale["title"] = f"T{index:03d}t"
        raw_scale["higher"], raw_scale["lower"] = (
            random.choice((None, f"{word}{index:03d}{word.lower()}")) for word in "HL"
        )
        raw_scale["shown"], raw_scale["compared"] = (
            random.choice(("bar", "bar", "words", "never")),
            random.random() < 0.9,
        )
        raw_scale["direction"] = random.choice(("higher_is_better", "lower_is_better", "neither"))
        if random.random() < 0.7:
            raw_scale["meaningful_change"] = {"points": random.choice((1, 2)), "items": 1, "source": f"W{index:03d}w"}
        for band_number, band in enumerate(raw_scale.get("bands", ())):
            band["title"] = f"B{index:03d}b{band_number}"
    raw["kinds"] = [
        {"id": "strong", "title": "K001k", "short": random.random() < 0.3},
        {"id": "usual", "title": "K002k", "default": True},
    ]
    raw["notices"] = [{"id": "n", "title": "N001n", "text": "N002n", "lasting": random.random() < 0.6}]
    raw["changed"] = {"title": "C001c", "text": "C002c"}
    for index, step in enumerate(raw["steps"]):
        step |= {"title": f"P{index:03d}p", "weight": random.randint(0, 25)}
    for raw_rule in raw["rules"]:
        raw_rule["then"] = [effect for effect in raw_rule["then"] if "finding" in effect] + _effects(random)
    if random.random() < 0.5:
        raw["questionnaires"][0]["sections"][0]["frame"] = "then"
    return raw


def _scales(raw: Raw) -> list[Raw]:
    return [raw_scale for questionnaire in raw["questionnaires"] for raw_scale in questionnaire["scales"]]


def _word_item(random: Random, item: Raw, number: int) -> None:
    item["text"] = f"Q{number:03d}q"
    with_clause = random.random() < 0.6
    for index, option in enumerate(item.get("options", ())):
        option["text"] = f"O{number:03d}o{index}"
        if with_clause:
            option["said"] = f"S{number:03d}s{index}"
    if "anchors" in item:
        item["anchors"] = [
            {"text": f"O{number:03d}o{index}"} | ({"said": f"S{number:03d}s{index}"} if with_clause else {})
            for index, _ in enumerate(item["anchors"])
        ]
    if item["type"] == "number":
        item["unit"] = f"O{number:03d}o0"
    if with_clause and item["type"] in {"yes_no", "number", "date"}:
        item["said"] = f"S{number:03d}s0 {{answer}}"


def _effects(random: Random) -> list[Raw]:
    choices: list[Callable[[], Raw]] = [
        lambda: {"weight": {"step": random.choice(STEPS), "by": random.choice((-12, -3, 4, 9, 20))}},
        lambda: {"weight": {"steps": random.sample(STEPS, 2), "by": random.choice((-5, 8))}},
        lambda: {"hold": {"step": random.choice(STEPS)}},
        lambda: {"kind": "strong"},
        lambda: {"notice": "n"},
    ]
    return [random.choice(choices)() for _ in range(random.randint(1, 3))]


class Pair:
    """Two random sittings of a random pack, compared."""

    def __init__(self, random: Random) -> None:
        self.raw = random_words(random)
        self.pack = load(self.raw)
        names = [questionnaire["questionnaire"] for questionnaire in self.raw["questionnaires"]]
        forms = random.choice((names[:1] * 2, names[:1] * 2, names[:1] * 2, names[-1:] * 2, [names[0], names[-1]]))
        answers: Raw = {}
        sittings = []
        for name, day in zip(forms, (AS_OF, AS_OF + timedelta(days=random.choice((0, 3, 42)))), strict=True):
            for item in self.pack.forms[name].items:
                if random.random() < 0.7:
                    answers[item.id] = random_answer(random, _raw_item(self.raw, item.id))
            sittings.append(
                sat(
                    self.pack,
                    {item_id: answers[item_id] for item_id in answers if self._asks(name, item_id)},
                    day,
                    name,
                )
            )
        self.before, self.after = sittings
        self.comparison: Comparison = compare(self.before, self.after)
        self.report = compared(self.before, self.after, everything=random.random() < 0.5)

    def is_discreet(self) -> bool:
        """Whether the report is short unless everything is asked for."""
        return self.report.short or compared(self.before, self.after).short

    def _asks(self, name: str, item: str) -> bool:
        return item in self.pack.forms[name].item_ids

    def __repr__(self) -> str:
        answers = self.before.responses.answers, self.after.responses.answers
        return f"Pair({self.raw!r}, {answers!r}, {self.report!r})"


def _raw_item(raw: Raw, name: str) -> Raw:
    items = (
        item
        for questionnaire in raw["questionnaires"]
        for section in questionnaire["sections"]
        for item in section["items"]
    )
    return next(item for item in items if item.get("id") == name)


PAIRS: Final = st.randoms(use_true_random=False, note_method_calls=False).map(Pair)
several = settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def tokens(text: str) -> set[str]:
    return set(TOKEN.findall(text))


@several
@given(PAIRS)
def test_no_sensitive_word(pair: Pair) -> None:
    """No format has a text of a sensitive item, or of an item that is asked because of one."""
    numbers = {_raw_item(pair.raw, name)["text"][1:4] for name in pair.pack.sensitive}
    for text in (*(render(pair.report, output_format) for output_format in FORMATS), html_document(pair.report)):
        assert not {token[1:4] for token in tokens(text) if token[0] in "QOS"} & numbers


@several
@given(PAIRS)
def test_every_moved_step_is_told_once(pair: Pair) -> None:
    """Each step is listed once: as a move, as a small shift, or as before."""
    told_steps = [move.step for move in (*pair.report.moves, *pair.report.small_shifts)]
    moved = [move.step for move in pair.comparison.moves]
    unnamed = (
        {step.id for step in pair.after.plan.steps if step.held} if pair.after.plan and pair.is_discreet() else set()
    )
    assert sorted(told_steps) == ([] if pair.report.short else sorted(set(moved) - unnamed))
    as_before = [step.step for step in pair.report.as_before]
    with_plans = pair.report.no_attribution != "no_plan" and not pair.report.short
    titles = {step["id"]: step["title"] for step in pair.raw["steps"] if step["id"] not in unnamed}
    assert sorted([*told_steps, *as_before]) == (sorted(titles) if with_plans else [])
    for output_format in FORMATS:
        text = render(pair.report, output_format)
        times = 2 if output_format == "html" else 1  # as a picture and as a table
        for title in titles.values():
            assert text.count(title) == (times if with_plans else 0)


@several
@given(PAIRS)
def test_the_sentence_mentions_each_line_once(pair: Pair) -> None:
    """The first sentence has each scale of the headline once; in a hard headline, none with a clear change.

    Where the kind of plan has changed, that is said alone, and no scale is in the headline.
    """
    text = str(words_module().sentence(pair.report))
    mentioned = [token[1:4] for token in TOKEN.findall(text)]
    assert {token[0] for token in TOKEN.findall(text)} <= set("THL")
    is_hard = pair.report.headline in {"harder", "still_hard"}
    expected = [
        line.title[1:4] for line in pair.report.scales if line.in_headline and not (is_hard and line.verdict == "clear")
    ]
    assert sorted(mentioned) == sorted(expected)
    for output_format in SHOWN:
        assert all(token in render(pair.report, output_format) for token in TOKEN.findall(text))


@several
@given(PAIRS)
def test_lines_are_sound(pair: Pair) -> None:
    """Positions are within the line and in the order of the scores, and a clear change has a direction."""
    for scale_line in pair.report.scales:
        assert isinstance(scale_line, ScaleThenAndNow)
        assert min(scale_line.place_before, scale_line.place_after) >= 0
        assert max(scale_line.place_before, scale_line.place_after) <= 100
        assert (scale_line.place_before < scale_line.place_after) <= (scale_line.way == "higher")
        assert (scale_line.place_before > scale_line.place_after) <= (scale_line.way == "lower")
        assert (scale_line.verdict == "clear") <= (scale_line.way != "same")


@several
@given(PAIRS)
def test_all_formats_hold_the_same(pair: Pair) -> None:
    """Text, Markdown and HTML have the same texts; JSON has them too, and can be read back as the same report."""
    text, md, html, raw = (
        tokens(render(pair.report, output_format)) for output_format in ("text", "md", "html", "json")
    )
    assert text == md == html
    assert text <= raw
    assert JSON.validate_json(render(pair.report, "json")) == pair.report
    untold = {
        word
        for move in (*pair.report.moves, *pair.report.small_shifts)
        for cause in move.causes or ()
        for word in tokens(f"{cause.said} {cause.question}")
    }
    assert raw - text <= untold | {word for scale_line in pair.report.scales for word in tokens(str(scale_line.words))}


@several
@given(PAIRS)
def test_no_answer_is_told_twice(pair: Pair) -> None:
    """Each changed answer that is not sensitive is listed once, unless the comparison is kept short."""
    questions = [answer.question for answer in (*pair.report.seen_differently, *pair.report.answers)]
    expected = [_raw_item(pair.raw, change.item)["text"] for change in pair.comparison.answers if not change.sensitive]
    assert sorted(questions) == ([] if pair.is_discreet() else sorted(expected))
