"""Whole persons: each plan is what a counsellor would expect, and its report says what it must in every format."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import pytest

from engine.answers.answers_file import AnswersFile
from engine.content.pack import Pack
from engine.content.questionnaire import Multiple, Single
from engine.errors import ContentError, ResponseError
from engine.loading.library import load_library
from engine.rendering.render import FORMATS, Format, render
from engine.report.plan import build_report
from tests.breakup.case_files import (
    FOLDER,
    PRONOUNS,
    Case,
    Changes,
    Expectation,
    Finding,
    Person,
    Sitting,
    look_at_changes,
    look_at_plan,
    look_at_words,
    read_case,
    readable,
    stands_in,
)

FILES: Final = sorted(FOLDER.glob("*/*.yaml"))
PLACES: Final = [
    (path, later) for path in FILES for later in (0, 1) if not later or "\nlater:" in path.read_text("utf-8")
]
PAIRS: Final = [path for path, later in PLACES if later]
every_sitting = pytest.mark.parametrize(("path", "number"), PLACES, ids=lambda one: getattr(one, "stem", str(one)))
every_format = pytest.mark.parametrize("form", FORMATS)


@lru_cache(maxsize=1)
def pack() -> Pack:
    return load_library().packs["breakup"]


@cache
def person(path: Path) -> Person:
    return read_case(path, pack())


def sitting(path: Path, number: int) -> Sitting:
    return person(path).sittings[number]


@every_sitting
def test_the_plan(path: Path, number: int) -> None:
    """A person's plan has the kind, the notices, the holds and the order that are expected of it."""
    one = sitting(path, number)
    assert one.assessment.responses.dropped == ()
    assert (one.expect.kind, one.expect.notices is None) == (one.plan.kind.id, False)
    look_at_plan(one.plan, one.expect)


@every_sitting
@every_format
def test_the_words(path: Path, number: int, form: Format) -> None:
    """In every format a person's report says what is expected of it, and nothing of what must not stand there."""
    one = sitting(path, number)
    look_at_words(one.assessment, one.expect, form)


@every_sitting
@every_format
def test_the_right_word_for_the_other_one(path: Path, number: int, form: Format) -> None:
    """Every report speaks of the other person with the word that was chosen, and of hand-overs to parents alone."""
    one = sitting(path, number)
    answers = one.assessment.responses.answers
    text = readable(render(build_report(one.assessment), form), form)
    assert "{" not in text
    assert [word for word in PRONOUNS[str(answers["pronoun"])].split("|") if stands_in(word, text)] == []
    assert "children" in (answers.get("ties") or ()) or not re.search("hand-?over", text, re.IGNORECASE)  # type: ignore[operator]


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
@every_format
def test_the_changes(path: Path, form: Format) -> None:
    """Of a person who comes back the comparison finds what really changed, and no more."""
    changes = person(path).changes
    assert changes is not None
    look_at_changes(person(path), changes, form)


def put_right() -> list[Any]:
    """Every finding that was met, with its sitting."""
    return [
        pytest.param(path, number, one, id=f"{path.stem}-{number}-{place}")
        for path, number in PLACES
        for place, one in enumerate(sitting(path, number).also)
    ]


@pytest.mark.parametrize(("path", "number", "finding"), put_right())
def test_what_was_put_right(path: Path, number: int, finding: Finding) -> None:
    """What was once found wrong for a person stays right."""
    look_at_finding(path, number, finding)


def look_at_finding(path: Path, number: int, finding: Finding) -> None:
    one = sitting(path, number)
    look_at_plan(one.plan, finding)
    for form in FORMATS:
        look_at_words(one.assessment, finding, form)
        if finding.changes != Changes():
            look_at_changes(person(path), finding.changes, form)


def findings() -> list[Any]:
    """Every finding, as a test that must fail until the pack does what is right for the person."""
    found = []
    for path, number in PLACES:
        for place, one in enumerate(sitting(path, number).findings):
            mark = pytest.mark.xfail(strict=True, raises=AssertionError, reason=one.because)
            found.append(pytest.param(path, number, one, marks=mark, id=f"{path.stem}-{number}-{place}"))
    none = pytest.param(FILES[0], 0, None, marks=pytest.mark.skip(reason="every finding is met"), id="none")
    return found or [none]


@pytest.mark.parametrize(("path", "number", "finding"), findings())
def test_what_is_not_right_yet(path: Path, number: int, finding: Finding) -> None:
    """A finding is not met; once it is, it belongs among the expectations."""
    look_at_finding(path, number, finding)


# The cases themselves


def test_there_are_many_kinds_of_people() -> None:
    """There are at least 22 persons and two who came back; all kinds, most notices, and every way of being in touch occur."""
    everybody = [sitting(path, number) for path, number in PLACES]
    assert len(FILES) >= 22
    assert len(PAIRS) >= 2
    assert {one.plan.kind.id for one in everybody} == {one.id for one in pack().content.kinds}
    assert {notice.id for one in everybody for notice in one.plan.notices} == {one.id for one in pack().content.notices}
    for name in (
        "pronoun",
        "wish",
        "ended_when",
        "together",
        "who_ended",
        "broken_before",
        "contact_wish",
        "blame_split",
    ):
        item = pack().items[name]
        assert isinstance(item, Single | Multiple)
        assert {one.assessment.responses.answers.get(name) for one in everybody} >= {
            option.id for option in item.options
        }


MINIMAL: Final = """\
questionnaire: breakup
taken_on: 2026-10-05
answers: {pronoun: she, wish: decide, ended_when: a_year, who_ended: me, contact_wish: both_write}
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
    """A case answers as a person could: with items and options that exist, and with all that is required."""
    path = tmp_path / "somebody.yaml"
    for change in (("both_write", "all_good"), ("wish: decide, ", ""), ("pronoun: she", "pronoun: she, mood: 3")):
        path.write_text(MINIMAL.replace(*change))
        with pytest.raises(ResponseError):
            read_case(path, pack())


@pytest.mark.parametrize(
    ("happens", "expected"),
    [("says", ["nobody says this"]), ("never", ["Space first"]), ("folded", ["For now"])],
)
def test_words_are_looked_for(tmp_path: Path, happens: str, expected: list[str]) -> None:
    """A sentence that is missing, one that must not be there, and one that can be read unopened are all found."""
    path = tmp_path / "somebody.yaml"
    path.write_text(MINIMAL)
    found = read_case(path, pack()).sittings[0]
    with pytest.raises(AssertionError):
        look_at_words(found.assessment, Expectation.model_validate({happens: tuple(expected)}), "text")


def test_the_keys_are_described() -> None:
    """tests/cases/README.md has a row for every key, and for no other."""
    text = (FOLDER / "README.md").read_text("utf-8")
    rows = [
        name
        for row in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.MULTILINE)
        for name in re.findall(r"\w+", row)
    ]
    models = (Case, Expectation, Changes)
    assert set(rows) == {name for model in models for name in model.model_fields}
    assert set(AnswersFile.model_fields) & set(Case.model_fields) == {"questionnaire", "taken_on", "answers"}
