"""Timelines: runs of comparable scores, gaps, positions on the lines, headlines and formats."""

from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from engine.assessment.pipeline import assess
from engine.comparison.changes import compare
from engine.comparison.report import build_comparison_report
from engine.comparison.timeline import ScoredSitting, TimelineReport, build_timeline_report, score_sitting
from engine.content.pack import Pack
from engine.rendering.moves import day_rows, has_gaps, has_rings
from engine.rendering.render import FORMATS, render
from tests.checks.examples import examples
from tests.factories.random_packs import (
    AS_OF,
    FULL,
    Raw,
    Size,
    bare_pack,
    load,
    random_answer,
    random_pack,
    rating,
    yes_no,
)
from tests.tools import make_schemas

SCHEMA: Final = Draft202012Validator(
    json.loads((make_schemas.FOLDER / "timeline.json").read_text("utf-8")), format_checker=FormatChecker()
)
CALM: Final[Raw] = {
    "id": "calm",
    "title": "CalmTitle",
    "items": ["one", "two"],
    "method": "sum",
    "direction": "higher_is_better",
    "higher": "calmer",
    "lower": "less calm",
    "bands": [{"id": "low", "title": "LowBand", "from": 0}, {"id": "high", "title": "HighBand", "from": 5}],
    "meaningful_change": {"points": 3, "items": 2, "source": "SourceWords"},
}


def pack(**changes: Any) -> Pack:
    """A pack with one scale over two ratings; ``changes`` replace fields of the scale."""
    items = [rating("one"), rating("two"), rating("three"), yes_no("hidden", sensitive=True)]
    return load(bare_pack(items, [], [{**CALM, **changes}]))


def score_all(*sittings: tuple[Pack, Raw]) -> list[ScoredSitting]:
    """Sittings a week apart."""
    return [
        score_sitting(content, FULL, answers, AS_OF + timedelta(days=7 * week))
        for week, (content, answers) in enumerate(sittings)
    ]


def report_of(*sittings: tuple[Pack, Raw]) -> TimelineReport:
    return build_timeline_report(score_all(*sittings))


def test_one_line() -> None:
    """Each score has its positions by day and by value; the words compare the first score with the last."""
    same = pack()
    report = report_of((same, {"one": 0, "two": 1}), (same, {"one": 1, "two": 2}), (same, {"one": 3, "two": 4}))
    (line,) = report.lines
    (run,) = line.runs
    assert [(point.value, point.across, point.along, point.band) for point in run.points] == [
        (1, 0.0, 12.5, "LowBand"),
        (3, 50.0, 37.5, "LowBand"),
        (7, 100.0, 87.5, "HighBand"),
    ]
    assert (line.before, line.after, line.way, line.words, line.verdict) == (1, 7, "higher", "calmer", "clear")
    assert (run.lowest, run.highest, run.cannot) == (0, 8, None)
    assert report.sources == ("SourceWords",)
    assert "clearly calmer (1 → 7 of 8)" in render(report, "text")


@pytest.mark.parametrize(
    ("changes", "reason", "words"),
    [
        ({"items": ["one", "three"]}, "items_differ", "it asked other questions then"),
        ({"reverse": ["two"]}, "values_differ", "its answers counted differently then"),
        ({"method": "max"}, "method_differ", "it was calculated differently then"),
    ],
)
def test_a_break(changes: Raw, reason: str, words: str) -> None:
    """Scores that cannot be compared are in different runs, and the later run has the reason."""
    old, new = pack(), pack(**changes)
    answers = {"one": 1, "two": 2, "three": 3}
    report = report_of((old, answers), (old, answers), (new, answers), (new, answers))
    (line,) = report.lines
    assert [(len(run.points), run.cannot) for run in line.runs] == [(2, None), (2, reason)]
    assert line.since == AS_OF + timedelta(days=14)
    for output_format in ("text", "md", "html"):
        assert words in " ".join(render(report, output_format).split())


def test_a_gap() -> None:
    """A sitting with too few answers leaves a gap within a run; a scale without any score has no line."""
    same = pack()
    full = {"one": 1, "two": 2}
    report = report_of((same, full), (same, {"one": 1}), (same, full))
    (run,) = report.lines[0].runs
    assert [point.value for point in run.points] == [3, None, 3]
    assert "too few answers" in render(report, "text")
    assert report_of((same, {}), (same, {"one": 1})).lines == ()
    assert "Nothing can be shown over time yet." in render(report_of((same, {})), "text")


def test_what_is_not_shown() -> None:
    """A scale has no line if it is never shown, not compared, or has a sensitive item."""
    answers: Raw = {"one": 1, "two": 2, "hidden": True}
    secret = pack(items=["one", "hidden"])
    for content in (pack(shown="never"), pack(compared=False), secret):
        assert report_of((content, answers), (content, answers)).lines == ()
    open_then = pack(items=["one", "two"])
    assert report_of((secret, answers), (open_then, answers)).lines == ()


def test_in_words() -> None:
    """A scale that is shown in words has no number in any format."""
    content = pack(shown="words")
    report = report_of((content, {"one": 3, "two": 3}), (content, {"one": 4, "two": 4}))
    assert [point.value for point in report.lines[0].runs[0].points] == [None, None]
    assert (report.lines[0].before, report.lines[0].after) == (None, None)
    for output_format in ("text", "md", "html"):
        text = render(report, output_format)
        assert "HighBand" in text
        assert "of 8" not in text
    assert "<svg" not in render(report, "html")


def test_every_look_has_its_row() -> None:
    """A table has a row for each sitting, also for a check-in that did not ask the scale; the last is marked as newest."""
    raw = bare_pack([rating("one"), rating("two"), rating("three")], [], [CALM])
    (full,) = raw["questionnaires"]
    only = {**full["sections"][0], "items": [rating("three")]}
    again = {"questionnaire": "again", "pack": full["pack"], "title": "Again", "role": "check_in", "sections": [only]}
    raw["questionnaires"].append(again)
    with_check_in = load(raw)
    sittings = [
        score_sitting(with_check_in, FULL, {"one": 0, "two": 1}, AS_OF),
        score_sitting(with_check_in, "again", {"three": 1}, AS_OF + timedelta(days=7)),
        score_sitting(with_check_in, FULL, {"one": 3, "two": 4}, AS_OF + timedelta(days=42)),
    ]
    report = build_timeline_report(sittings)
    assert [(look.on, look.short) for look in report.looks] == [
        (AS_OF, False),
        (AS_OF + timedelta(days=7), True),
        (AS_OF + timedelta(days=42), False),
    ]
    rows = day_rows(report, report.lines[0])
    assert [(row.point and row.point.value, row.newest) for row in rows] == [(1, False), (None, False), (7, True)]
    html = render(report, "html")
    assert html.count("<tr") == 4
    assert html.count("not asked") == 1
    assert html.count('class="newest"') == 1
    assert html.count('class="more"') == 6


@pytest.mark.parametrize(("praised", "ringed"), [(True, 6), (False, 0)])
def test_nobody_is_praised(praised: bool, ringed: int) -> None:
    """A better score is not ringed if the content takes the scale out of the headline."""
    same = pack(in_headline=praised)
    report = report_of((same, {"one": 0, "two": 1}), (same, {"one": 3, "two": 4}))
    assert render(report, "html").count('class="more"') == ringed
    assert has_rings(report) is praised
    assert not has_gaps(report)


def test_the_headline_needs_the_plans() -> None:
    """The headline encourages only if plans are given."""
    same = pack(headline="You’re calmer")
    low, high = {"one": 0, "two": 1}, {"one": 3, "two": 4}
    full = assess(same, FULL, high, AS_OF, complete=False, plain=True)
    assert full.plan is not None
    plans = [(full, full.plan)]
    for answers, given_plans, headline, words in (
        ((low, high), plans, "easier", "you’re calmer"),
        ((low, high), [], "still_hard", "still a hard stretch"),
        ((high, low), plans, "harder", "it’s harder than at first"),
        ((low, low), plans, "calm", "How this week went"),
    ):
        report = build_timeline_report(score_all(*((same, sitting) for sitting in answers)), given_plans)
        assert report.headline == headline
        assert [first.on for first in report.first_steps] == [AS_OF for _ in given_plans]
        for output_format in ("text", "md", "html"):
            assert words in render(report, output_format)


def test_one_day_and_none() -> None:
    """Sittings of a single day are in the middle; a timeline without sittings is refused."""
    same = pack()
    day = [score_sitting(same, FULL, {"one": 1, "two": answer}, AS_OF) for answer in (1, 2)]
    report = build_timeline_report(day)
    assert [point.across for point in report.lines[0].runs[0].points] == [50.0, 50.0]
    with pytest.raises(ValueError, match="at least one"):
        build_timeline_report([])


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_any_sittings(random: Random) -> None:
    """The timeline of random sittings is valid by the schema, renders in every format, and agrees with the comparison."""
    raw = random_pack(random, Size(items=5, rules=2, strata=1, depth=1, branches=2))
    content = load(raw)
    items = [item.model_dump(exclude_none=True) for item in content.forms[FULL].items]
    days = [AS_OF + timedelta(days=number) for number in random.sample(range(400), random.randrange(1, 6))]
    answer_sets = [{item["id"]: random_answer(random, item) for item in items if random.random() < 0.8} for _ in days]
    sittings = [
        score_sitting(content, FULL, answers, day) for answers, day in zip(answer_sets, sorted(days), strict=True)
    ]
    report = build_timeline_report(sittings)
    assert list(SCHEMA.iter_errors(json.loads(render(report, "json")))) == []
    for output_format in FORMATS:
        render(report, output_format)
    assert isinstance(report.first_on, date)
    first, last = (
        assess(content, FULL, answer_sets[index], sittings[index].as_of, complete=False, plain=True)
        for index in (0, -1)
    )
    comparison = build_comparison_report(compare(first, last), first, last)
    scales = {scale.id: scale for scale in comparison.scales}
    for line in report.lines:
        scored_on = [point.on for point in line.runs[-1].points if point.value is not None]
        if line.id in scales and len(scored_on) > 1 and (scored_on[0], scored_on[-1]) == (min(days), max(days)):
            scale = scales[line.id]
            assert (line.before, line.after) == (scale.before, scale.after)
            assert (line.way, line.verdict) == (scale.way, scale.verdict)
