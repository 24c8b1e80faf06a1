"""Front pages: what may stand in the file, what its example has to be, and what a questionnaire without one shows."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from engine.answers.front_page_files import check_front_pages, load_front_page
from engine.cli.check import check as check_command
from engine.errors import ContentError
from engine.loading.help_services import load_services
from engine.loading.library import load_library
from tests.factories.small_pack import MARK, Folder

FILE: Final = "questionnaires/front_pages/main.yaml"
PAGE: Final = """\
front_page: 1
questionnaire: main
name: A name
description: Some questions and a plan.
title: Take your time.
facts:
  - {title: "About {minutes}.", text: "Nothing else."}
example:
  answers: ann
  label: "Example: Ann isn't real"
  about: What Ann would get.
  title: What a plan looks like
  text: Every step has a reason.
  more: "… and {more} more."
age:
  question: Are you old enough?
  yes: "Yes"
  no: "No"
  link: I'm too young
  young: {title: Not for you, text: Talk to somebody., help: [nearby]}
"""
ANSWERS: Final = """\
heartwork: 1
questionnaire: main
taken_on: 2026-10-05
answers: {pronoun: she, name: Bo, met: 2026-01-01, talk: some, calm: 3, rest: 3, days: 2, signs: [none], hope: true}
"""
SERVICES: Final = "kinds: [{id: nearby, title: Somebody near}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """The small pack with a front page and help lines of one kind."""
    example = {"questionnaires/examples/ann.yaml": ANSWERS, "rules/services.yaml": SERVICES}
    return Folder(tmp_path).small().write({FILE: PAGE, **example})


def positions_and_codes(folder: Folder) -> list[tuple[str, str]]:
    """What is wrong with the front pages, as places and codes."""
    problems = check_front_pages(load_library(folder.path), load_services(folder.path), folder.path)
    return [(str(reported.where).removeprefix(f"{folder.path}/"), reported.code) for reported in problems]


def test_a_front_page_and_its_example(folder: Folder) -> None:
    """The file is read as it is written, and its example has a plan."""
    library = load_library(folder.path)
    content = load_front_page("main", library, load_services(folder.path), folder.path)
    assert positions_and_codes(folder) == []
    assert content.page.name == "A name"
    assert content.example is not None
    assert content.example.plan is not None
    assert [step.id for step in content.example.plan.steps if step.held] == []


def test_a_questionnaire_without_a_front_page(tmp_path: Path) -> None:
    """Its own title is the first thing people read; there is no example and no question about age."""
    folder = Folder(tmp_path).small()
    page = load_front_page("main", load_library(folder.path), load_services(folder.path), folder.path).page
    assert (page.title, page.lead, page.name, page.example, page.age) == ("The main one", None, None, None, None)


def test_a_front_page_is_in_no_digest(folder: Folder) -> None:
    """No plan depends on it, so a change of it makes no stored plan old."""
    before = load_library(folder.path).packs["small"].content_digest
    folder.plant(FILE, "Take your time.", "There is no hurry.")
    assert load_library(folder.path).packs["small"].content_digest == before
    (folder.path / FILE).unlink()
    assert load_library(folder.path).packs["small"].content_digest == before


FAULTS: Final = [
    ("HW201", "title: Take", f"{MARK}titel: x\ntitle: Take"),
    ("HW202", f"{MARK}front_page: 1", None),
    ("HW206", "name: A name", f'name: {MARK}"{{minutes}} of your time"'),
    ("HW206", "name: A name", f"name: {MARK}{'A long name ' * 4}"),
    ("HW302", "help: [nearby]", f"help: [{MARK}far]"),
    ("HW316", "title: Take your time.", f'title: {MARK}"{{minuets}} of your time"'),
    ("HW316", "text: Every step has a reason.", f'text: {MARK}"{{more}} steps"'),
    ("HW316", "title: Take your time.", f'title: {MARK}"{{first_minutes}}"'),
    ("HW801", "questionnaire: main", f"questionnaire: {MARK}mian"),
    ("HW801", "questionnaire: main", f"questionnaire: {MARK}check"),
    ("HW803", "answers: ann", f"answers: {MARK}bob"),
]


@pytest.mark.parametrize(("code", "old", "new"), FAULTS)
def test_faults_of_the_file(folder: Folder, code: str, old: str, new: str | None) -> None:
    """Each is reported at its place, and such a page is not loaded."""
    if new is None:
        folder.plant(FILE, "front_page: 1\n", "")
        folder.plant(FILE, "questionnaire: main", f"{MARK}questionnaire: main")
    else:
        folder.plant(FILE, old, new)
    (expected,) = folder.expected()
    assert positions_and_codes(folder) == [(expected, code)]
    with pytest.raises(ContentError):
        load_front_page("main", load_library(folder.path), load_services(folder.path), folder.path)


def test_a_file_under_another_name(folder: Folder) -> None:
    """A front page is found by its name, so the name has to be that of the questionnaire."""
    (folder.path / FILE).rename(folder.path / "questionnaires/front_pages/other.yaml")
    assert positions_and_codes(folder) == [("questionnaires/front_pages/other.yaml:2:16", "HW802")]


AT_THE_NAME: Final = f"{FILE}:9:12"
UNFIT: Final = [
    ("questionnaire: main", "questionnaire: check", AT_THE_NAME, {"HW804"}),
    ("talk: some", "talk: no", AT_THE_NAME, {"HW806"}),
    ("talk: some", "talk: seldom", "questionnaires/examples/ann.yaml:4:58", {"HW502"}),
    ("taken_on: 2026-10-05\n", "", "questionnaires/examples/ann.yaml:1:1", {"HW601"}),
]


@pytest.mark.parametrize(("old", "new", "place", "codes"), UNFIT)
def test_unfit_examples(folder: Folder, old: str, new: str, place: str, codes: set[str]) -> None:
    """Answers to something else, answers for which a gate fires, and answers that the form does not take."""
    folder.plant("questionnaires/examples/ann.yaml", old, new)
    assert {(position, code) for position, code in positions_and_codes(folder)} == {(place, code) for code in codes}


def test_an_example_answers_what_is_sensitive(folder: Folder) -> None:
    """Leaving it out is no answer, nor is “I'd rather not say”; a plan that is kept short is no example either."""
    folder.plant(
        "questionnaires/main.yaml",
        "text: Do you hope?",
        "text: Do you hope?\n        sensitive: true\n        rather_not_say: true",
    )
    assert positions_and_codes(folder) == []
    folder.plant("questionnaires/examples/ann.yaml", "hope: true", "hope: null")
    assert positions_and_codes(folder) == [(AT_THE_NAME, "HW805")]
    folder.plant("questionnaires/examples/ann.yaml", ", hope: null", "")
    assert positions_and_codes(folder) == [(AT_THE_NAME, "HW805")]
    folder.plant("rules/small/steps.yaml", "title: Open\n", "title: Open\n    short: true\n")
    assert positions_and_codes(folder) == [(AT_THE_NAME, "HW805"), (AT_THE_NAME, "HW807")]


def test_the_command_checks_them(folder: Folder) -> None:
    """``heartwork check`` reports them with everything else, and says what to do."""
    assert CliRunner().invoke(check_command, [str(folder.path)]).exit_code == 0
    folder.plant(FILE, "answers: ann", "answers: bob")
    result = CliRunner().invoke(check_command, [str(folder.path)])
    assert result.exit_code == 1
    assert f"{folder.path}/{AT_THE_NAME}: HW803" in result.output
    assert f"{folder.path}/questionnaires/examples/bob.yaml" in result.output
