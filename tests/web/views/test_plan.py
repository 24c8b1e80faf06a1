"""What comes of the answers: the plan, the files, and nothing at all once everything was deleted."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from engine.answers.answers_file import read_answers_file
from engine.cli.report import report
from engine.loading.library import Library
from engine.rendering.render import render
from engine.report.help_lines import report_lines
from engine.report.plan import build_report
from tests.clients.page import read_page
from tests.clients.person import Person
from tests.clients.site import FlaskTestClient, Site, example, new_tab, secret_of
from tests.clients.walked import PLAN, person_at

ANSWERS: Final = example("first-weeks")


def with_plan(site: Site, answers: dict[str, Any] = ANSWERS) -> Person:
    """Somebody who has a plan."""
    return person_at(site, PLAN, answers)


def download(person: Person, path: str) -> str:
    """A file, which has a neutral name and is never kept anywhere on the way."""
    reply: Any = person.client.get(path)
    assert reply.status == 200
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{path.partition("?")[0].rpartition("/")[2]}"'
    assert reply.headers["Content-Type"].startswith("application/json")
    assert reply.headers["Cache-Control"] == "no-store"
    assert "noindex" in reply.headers["X-Robots-Tag"]
    text: str = reply.response.get_data(as_text=True)
    return text


@pytest.mark.parametrize("name", ["first-weeks", "afraid", "required-only", "dark-thoughts", "own-violence"])
def test_the_plan_is_the_report(site: Site, name: str, tmp_path: Path) -> None:
    """The page holds the report of the answers, word for word; the file of answers gives that report anywhere."""
    person = with_plan(site, example(name))
    path = tmp_path / "answers.json"
    path.write_text(download(person, "/plan/1/answers.json?sure=yes"), encoding="utf-8")
    sitting = read_answers_file(path, Library({}))
    assert (sitting.as_of, sitting.advice) == (site.clock.today(), ())
    lines = report_lines(site.state.content.services, None, site.clock.today())
    words = read_page(f"<main>{render(build_report(sitting.assess(), help_lines=lines), 'html')}</main>").text
    assert words in person.page.main.without("change", "answer", "from-here", "go-on", "menu").text
    run = CliRunner().invoke(report, [str(path), "--format", "json"])
    assert (run.exit_code, run.stderr) == (0, "")
    assert json.loads(run.stdout)["taken_on"] == site.clock.today().isoformat()


def test_the_day_of_a_plan_stays(site: Site) -> None:
    """A plan speaks of the day its sitting was finished first, whenever it is looked at."""
    person = with_plan(site)
    before = person.page.text
    site.clock.advance(minutes=100)
    assert person.get("/plan/1").text == before
    assert site.sitting(secret_of(person)).taken_on == site.clock.today()


def test_a_draft_has_no_plan(site: Site) -> None:
    """While nothing was finished, the address of a plan leads back to the questions, and there is no file of it."""
    person = site.person()
    person.start()
    person.get("/plan/1")
    assert person.path.startswith("/quiz/1/")
    assert person.client.get("/plan/1/answers.json").status == 404


def test_everything_in_one_file(site: Site) -> None:
    """The file holds what was answered, what was left open, what waits to be corrected, versions and the content."""
    person = site.person()
    person.start()
    person.walk(ANSWERS, "offer")
    form = person.page.form()
    person.send(form, {**form.initial_fields, "choice": ["plan"]})
    person.get("/quiz/1/you_two")
    person.answer({"partner_name": "x" * 50, "wish": "get_over"})
    exported = json.loads(download(person, "/everything.json?sure=yes"))
    sitting = site.sitting(secret_of(person))
    (exported_sitting,) = exported["sittings"]
    assert exported_sitting["answers"] == json.loads(json.dumps(dict(sitting.answers)))
    assert exported_sitting["to_correct"] == {"you_two": {"partner_name": ["x" * 50]}}
    assert exported_sitting["earlier"][0]["answers"]["wish"] == "try_again"
    assert (exported_sitting["number"], exported_sitting["state"], exported_sitting["taken_on"]) == (
        1,
        "continued",
        site.clock.today().isoformat(),
    )
    assert exported["contents"][exported_sitting["content"]]["pack"] == "breakup"
    secret = secret_of(person)
    text = json.dumps(exported)
    assert secret.code not in text
    assert not set(secret.words) <= set(text.split())


def test_a_file_of_an_earlier_version(site: Site) -> None:
    """While a sitting is continued, its plan and its file are those that were finished last."""
    person = with_plan(site)
    before, file = person.page.text, download(person, "/plan/1/answers.json?sure=yes")
    person.get("/quiz/1/you_two?back=check")
    person.answer({"wish": "get_over"})
    assert person.page_name == "check"
    person.get("/plan/1")
    assert before.split()[:40] == person.page.text.split()[:40]
    assert download(person, "/plan/1/answers.json?sure=yes") == file
    assert "/quiz/1" in person.page.links
    person.get("/quiz/1")
    person.finish()
    assert json.loads(download(person, "/plan/1/answers.json?sure=yes"))["answers"]["wish"] == "get_over"


def test_delete_everything(site: Site) -> None:
    """One confirmation, and it is all gone: rows, bytes, the cookie. The page that asks names nothing."""
    person = with_plan(site)
    secret = secret_of(person)
    page = person.get("/delete")
    assert not any(word in page.text for word in ("Sam", "breakup", "plan 1"))
    form = page.form("/delete")
    person.send(form, {name: texts for name, texts in form.initial_fields.items() if name != "confirm"})
    assert person.path == "/delete"
    assert site.journey(secret) is not None
    other = new_tab(person)
    person.send(form, {**form.initial_fields, "confirm": ["yes"]})
    assert person.path == "/deleted"
    assert site.journey(secret) is None
    assert isinstance(person.client, FlaskTestClient)
    assert person.client.client.get_cookie("s") is None
    for path in ("/plan/1", "/quiz/1", "/everything.json", "/link"):
        other.get(path)
        assert other.path.startswith("/have")
    assert site.storage.database.check() == ()


def test_delete_with_words(site: Site) -> None:
    """Who has only the words can delete as well; words that never were anything get no other answer than dead ones."""
    secret = secret_of(with_plan(site))
    for words, gone in (("abandon " * 11 + "about", False), (" ".join(secret.words), True)):
        visitor = site.person()
        visitor.send(visitor.get("/have").form("/have"), {**visitor.page.form("/have").initial_fields, "text": [words]})
        assert (visitor.path == "/lost") is not gone
    visitor.send(
        visitor.get("/delete").form("/delete"), {**visitor.page.form("/delete").initial_fields, "confirm": ["yes"]}
    )
    assert site.journey(secret) is None
    late = site.person()
    late.send(
        late.get("/have").form("/have"), {**late.page.form("/have").initial_fields, "text": [" ".join(secret.words)]}
    )
    assert late.path == "/lost"


def test_plans_keep_their_day(site: Site) -> None:
    """Dates in a plan count from the day it was finished, not from today."""
    person = with_plan(site)
    secret = secret_of(person)
    site.clock.advance(days=40)
    later = site.person()
    later.send(later.get(f"/open/{secret.code}").form("/open"))
    assert later.page.text == person.page.text
    assert site.sitting(secret).taken_on == date(2026, 11, 26)
