"""Test cases of whole people: the plan and report of each are what a counsellor would expect."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import pytest

from engine.answers.answers_file import AnswersFile
from engine.content.items.choices import MultipleChoice, SingleChoice
from engine.content.pack import Pack
from engine.errors import ContentError, ResponseError
from engine.loading.library import load_library
from engine.rendering.render import FORMATS, Format, render
from engine.report.plan import build_report
from tests.breakup.case_files import (
    FOLDER,
    PRONOUNS,
    Case,
    CasePerson,
    CaseSitting,
    Changes,
    Expectation,
    Finding,
    check_comparison,
    check_plan,
    check_report,
    contains_phrase,
    read_case,
    readable_text,
)

FILES: Final = sorted(FOLDER.glob("*/*.yaml"))
SITTINGS: Final = [
    (path, later) for path in FILES for later in (0, 1) if not later or "\nlater:" in path.read_text("utf-8")
]
PAIRS: Final = [path for path, later in SITTINGS if later]
every_sitting = pytest.mark.parametrize(
    ("path", "number"), SITTINGS, ids=lambda value: getattr(value, "stem", str(value))
)
every_format = pytest.mark.parametrize("output_format", FORMATS)


@lru_cache(maxsize=1)
def pack() -> Pack:
    return load_library().packs["breakup"]


@cache
def person_of(path: Path) -> CasePerson:
    return read_case(path, pack())


def sitting_of(path: Path, number: int) -> CaseSitting:
    return person_of(path).sittings[number]


@every_sitting
def test_the_plan(path: Path, number: int) -> None:
    """A person's plan has the expected kind, notices, holds and order."""
    sitting = sitting_of(path, number)
    assert sitting.assessment.responses.dropped == ()
    assert (sitting.expect.kind, sitting.expect.notices is None) == (sitting.plan.kind.id, False)
    check_plan(sitting.plan, sitting.expect)


@every_sitting
@every_format
def test_the_words(path: Path, number: int, output_format: Format) -> None:
    """In every format a person's report has all expected texts and none of the forbidden ones."""
    sitting = sitting_of(path, number)
    check_report(sitting.assessment, sitting.expect, output_format)


@every_sitting
@every_format
def test_the_right_word_for_the_other_one(path: Path, number: int, output_format: Format) -> None:
    """Every report speaks of the other person with the word that was chosen, and of handovers to parents alone."""
    sitting = sitting_of(path, number)
    answers = sitting.assessment.responses.answers
    text = readable_text(render(build_report(sitting.assessment), output_format), output_format)
    assert "{" not in text
    assert [word for word in PRONOUNS[str(answers["pronoun"])].split("|") if contains_phrase(word, text)] == []
    assert "children" in (answers.get("shared_ties") or ()) or not re.search("hand-?over", text, re.IGNORECASE)  # type: ignore[operator]


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
@every_format
def test_the_changes(path: Path, output_format: Format) -> None:
    """The comparison of a person's two sittings has exactly the expected changes."""
    changes = person_of(path).changes
    assert changes is not None
    check_comparison(person_of(path), changes, output_format)


def met_findings() -> list[Any]:
    """Every finding that is fixed, with its sitting."""
    return [
        pytest.param(path, number, finding, id=f"{path.stem}-{number}-{index}")
        for path, number in SITTINGS
        for index, finding in enumerate(sitting_of(path, number).also)
    ]


@pytest.mark.parametrize(("path", "number", "finding"), met_findings())
def test_what_was_put_right(path: Path, number: int, finding: Finding) -> None:
    """A finding that is fixed stays fixed."""
    check_finding(path, number, finding)


def check_finding(path: Path, number: int, finding: Finding) -> None:
    sitting = sitting_of(path, number)
    check_plan(sitting.plan, finding)
    for output_format in FORMATS:
        check_report(sitting.assessment, finding, output_format)
        if finding.changes != Changes():
            check_comparison(person_of(path), finding.changes, output_format)


def unmet_findings() -> list[Any]:
    """Every open finding as a test that is expected to fail until the pack is corrected."""
    parameters = []
    for path, number in SITTINGS:
        for index, finding in enumerate(sitting_of(path, number).findings):
            mark = pytest.mark.xfail(strict=True, raises=AssertionError, reason=finding.because)
            parameters.append(pytest.param(path, number, finding, marks=mark, id=f"{path.stem}-{number}-{index}"))
    placeholder = pytest.param(FILES[0], 0, None, marks=pytest.mark.skip(reason="every finding is met"), id="none")
    return parameters or [placeholder]


@pytest.mark.parametrize(("path", "number", "finding"), unmet_findings())
def test_what_is_not_right_yet(path: Path, number: int, finding: Finding) -> None:
    """An open finding is not fulfilled; once it is, it must be moved to the expectations."""
    check_finding(path, number, finding)


# The cases themselves


def test_there_are_many_kinds_of_people() -> None:
    """There are at least 22 persons and two who came back; all kinds, most notices, and every way of being in touch occur."""
    sittings = [sitting_of(path, number) for path, number in SITTINGS]
    assert len(FILES) >= 22
    assert len(PAIRS) >= 2
    assert {sitting.plan.kind.id for sitting in sittings} == {kind.id for kind in pack().content.kinds}
    assert {notice.id for sitting in sittings for notice in sitting.plan.notices} == {
        notice.id for notice in pack().content.notices
    }
    for name in (
        "pronoun",
        "wish",
        "how_long_ago",
        "how_long_together",
        "how_it_ended",
        "broken_before",
        "in_touch",
        "blame_split",
    ):
        item = pack().items[name]
        assert isinstance(item, SingleChoice | MultipleChoice)
        assert {sitting.assessment.responses.answers.get(name) for sitting in sittings} >= {
            option.id for option in item.options
        }


MINIMAL: Final = """\
questionnaire: breakup
taken_on: 2026-10-05
answers: {pronoun: she, wish: decide, how_it_ended: me, how_long_ago: a_year, in_touch: both_write, their_stance: null}
expect: {kind: space_first, notices: [open_questions]}
"""


@pytest.mark.parametrize(
    "change",
    [
        ("expect:", "expects:"),
        ("kind:", "sort:"),
        ("kind: space_first", "kind: space"),
        ("notices: [open_questions]", "notices: [open]"),
        ("kind: space_first", "first: [talking]"),
        ("kind: space_first", "held: [contact]"),
        ("kind: space_first", "emphasis: {talk: heavy}"),
        ("kind: space_first", "emphasis: {talking: light}"),
        ("kind: space_first", "before: [[talk, tell]]"),
        ("kind: space_first", "before: [[talk]]"),
        ("expect:", "changes: {moved: {talk: up}}\nexpect:"),
        ("expect:", "changes: {clear: {mood: better}}\nexpect:"),
        ("expect:", "findings: [{never: [soon]}]\nexpect:"),
        ("expect:", "later: {taken_on: 2026-11-05, answers: {}}\nexpect:"),
        ("questionnaire: breakup", "questionnaire: breakup\nname: Jo"),
    ],
)
def test_what_is_not_known_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    """A key, a step, a kind, a notice or a scale that does not exist is an error, and so is a finding without a reason."""
    path = tmp_path / "somebody.yaml"
    path.write_text(MINIMAL)
    assert read_case(path, pack()).name == "somebody"
    path.write_text(MINIMAL.replace(*change))
    with pytest.raises(ContentError):
        read_case(path, pack())


def test_answers_are_held_to_the_questionnaire(tmp_path: Path) -> None:
    """The answers of a case are valid and complete."""
    path = tmp_path / "somebody.yaml"
    for change in (("both_write", "all_good"), ("wish: decide, ", ""), ("pronoun: she", "pronoun: she, mood: 3")):
        path.write_text(MINIMAL.replace(*change))
        with pytest.raises(ResponseError):
            read_case(path, pack())


@pytest.mark.parametrize(
    ("key", "phrases"),
    [("says", ["nobody says this"]), ("never", ["Space first"]), ("folded", ["Space first"])],
)
def test_words_are_looked_for(tmp_path: Path, key: str, phrases: list[str]) -> None:
    """The checks find missing sentences, forbidden ones, and forbidden ones outside of folds."""
    path = tmp_path / "somebody.yaml"
    path.write_text(MINIMAL)
    sitting = read_case(path, pack()).sittings[0]
    with pytest.raises(AssertionError):
        check_report(sitting.assessment, Expectation.model_validate({key: tuple(phrases)}), "text")


def test_the_keys_are_described() -> None:
    """tests/cases/README.md has a row for each key, and no other rows."""
    text = (FOLDER / "README.md").read_text("utf-8")
    rows = [
        name
        for row in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.MULTILINE)
        for name in re.findall(r"\w+", row)
    ]
    models = (Case, Expectation, Changes)
    assert set(rows) == {name for model in models for name in model.model_fields}
    assert set(AnswersFile.model_fields) & set(Case.model_fields) == {"questionnaire", "taken_on", "answers"}
