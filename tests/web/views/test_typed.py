"""What is typed over the site: numbers, dates and names are read or asked about, and what is kept has bounds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.person import Person
from tests.clients.site import Site, secret_of
from tests.factories.small_pack import Folder
from web.forms.paging import pages_of
from web.http.person_day import DAY_FIELD
from web.journeys.kept_text import CUT, MOST_BEYOND
from web.journeys.sitting import Sitting

STEPS: Final = """\
dialect: 1
pack: p
title: P
kinds: [{id: k, title: K, default: true}]
steps: [{id: rest, title: Rest}]
"""
FORM: Final = """\
questionnaire: typed
pack: p
title: What is typed
sections:
  - id: facts
    title: Facts
    items:
      - {id: cost, type: number, text: How much?, lowest: 0, highest: 5000, whole: false}
      - {id: cups, type: number, text: How many cups?, lowest: 0, highest: 20}
      - {id: met, type: date, text: When did you meet?, earliest: -10y, latest: today}
      - {id: name, type: text, text: A name?, longest: 40}
  - id: more
    title: More
    items:
      - {id: plan, type: date, text: When will you talk?, earliest: today, latest: +30d}
      - {id: born, type: date, text: When were they born?}
      - {id: boxes, type: multiple, text: Which?, options: [{id: a, text: A}, {id: b, text: B}]}
      - {id: word, type: single, text: Which word?, options: [{id: a, text: A}, {id: b, text: B}]}
"""
LONG: Final = "1234567890" * 11_800
"""118 KB."""
MOST_BYTES: Final = 4 * 1024 + 29
"""Of a sitting in which every field was filled with as much as a request takes, encrypted."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site that asks for numbers, dates and a name."""
    content = Folder(tmp_path / "content").write({"questionnaires/typed.yaml": FORM, "rules/p/steps.yaml": STEPS})
    site = Site(tmp_path / "kept", options={"content": content.path})
    yield site
    site.storage.close()


@pytest.fixture
def person(site: Site) -> Person:
    """A person at the first page."""
    person = site.person()
    person.start()
    return person


def stored(site: Site, person: Person, number: int = 1) -> Sitting:
    return site.sitting(secret_of(person), number)


def sent(person: Person, day: str | None = None, **answers: str | list[str]) -> None:
    """Send the page as it is shown, with these texts in its fields."""
    form = person.questions
    assert form is not None
    fields: dict[str, Any] = {
        **form.initial_fields,
        **{name: [text] if isinstance(text, str) else text for name, text in answers.items()},
    }
    person.send(form, fields if day is None else {**fields, DAY_FIELD: [day]})


def fault(person: Person, item: str) -> str:
    """What the page says is wrong with an answer; nothing if it says nothing."""
    return next((node.text for node in person.page.main.find("p", id=f"q-{item}-error")), "")


def choices(person: Person, item: str) -> list[str]:
    """The readings that are offered to be chosen."""
    form = person.questions
    assert form is not None
    return [control.value for control in form.controls_named(item) if control.kind == "radio"]


# Numbers and dates


def test_numbers_are_read(site: Site, person: Person) -> None:
    """A page takes what can mean one number alone, in the spelling of any country."""
    sent(person, cost="１ 234,５", cups="+3")
    answers = stored(site, person).answers
    assert (answers["cost"], answers["cups"]) == (1234.5, 3)


def test_a_number_with_two_meanings_is_asked_about(site: Site, person: Person) -> None:
    """Both meanings are offered, what was typed stays in its field, and one tap answers."""
    sent(person, cost="1,234")
    assert "cost" not in stored(site, person).answers
    form = person.questions
    assert form is not None
    assert form.initial_fields["cost"] == ["1,234"]
    assert choices(person, "cost") == ["1234", "1.2340"]
    sent(person, cost=["1,234", "1.2340"])
    assert stored(site, person).answers["cost"] == 1.234
    assert stored(site, person).typed == {}


def test_a_choice_that_does_not_belong_to_the_text_is_none(site: Site, person: Person) -> None:
    """What was typed later beside an old choice is no answer, and neither is taken."""
    sent(person, cost=["77", "1.2340"])
    assert "cost" not in stored(site, person).answers
    assert fault(person, "cost")
    form = person.questions
    assert form is not None
    assert form.initial_fields["cost"] == ["77"]
    sent(person)
    assert stored(site, person).answers["cost"] == 77


def test_a_date_with_two_meanings_is_asked_about(site: Site, person: Person) -> None:
    """Where browsers have no calendar, people type dates: both days are offered, and the text stays where it is seen."""
    sent(person, met="3.4.26")
    assert choices(person, "met") == ["2026-03-04", "2026-04-03"]
    (field,) = person.page.main.find("input", id="f-met")
    assert (field.attributes["type"], field.attributes["value"]) == ("text", "3.4.26")
    assert "3 April 2026" in person.page.text
    sent(person, met=["3.4.26", "2026-04-03"])
    assert stored(site, person).answers["met"] == "2026-04-03"


def test_bounds_stand_in_the_field(person: Person) -> None:
    """The calendar of the browser offers what can be answered, and the script may move it by a day."""
    (field,) = person.page.main.find("input", id="f-met")
    assert {name: field.attributes.get(name) for name in ("type", "min", "max", "data-moves")} == {
        "type": "date",
        "min": "2016-11-26",
        "max": "2026-11-26",
        "data-moves": "",
    }


@pytest.mark.parametrize("text", ["0026-04-03", "9999-12-31", "2026-11-27", "2016-11-25"])
def test_days_out_of_bounds(site: Site, person: Person, text: str) -> None:
    """The page says from when to when, in words."""
    sent(person, met=text)
    assert "met" not in stored(site, person).answers
    assert "from 26 November 2016 to 26 November 2026" in fault(person, "met")


def test_what_does_not_fit_any_more_is_asked_again(site: Site, person: Person) -> None:
    """A day that was still to come when it was typed, and is over when the plan is made, has to be corrected first."""
    sent(person)
    person.walk({"plan": "2026-11-26"})
    for _ in range(3):  # past midnight, and never idle for two hours
        site.clock.advance(minutes=90)
        person.get("/quiz/1/check")
    person.finish()
    sitting = stored(site, person)
    assert (sitting.state, sitting.typed) == ("draft", {"more": {"plan": ("2026-11-26",)}})
    assert "from 27 November 2026 to 27 December 2026" in fault(person, "plan")
    sent(person, plan="2026-12-01")
    person.walk({})
    person.finish()
    assert stored(site, person).taken_on == date(2026, 11, 27)


def test_an_old_plan_stays_readable(site: Site, person: Person) -> None:
    """What was accepted before there were bounds is not measured by them: the plan, the list and the files are there."""
    sent(person)
    person.walk({})
    person.finish()
    secret = secret_of(person)
    old = {"born": "0026-04-03", "met": "2031-01-01", "name": "\u3164"}
    site.state.journeys.change(secret, stored(site, person).id, lambda sitting: replace(sitting, answers=old))
    for path in ("/plan/1", "/plans", "/timeline", "/quiz/1/check", "/quiz/1/more", "/plan/1/answers.json", "/link"):
        assert person.client.get(path).status < 400, path


@pytest.mark.parametrize("name", ["\u3164", "\u200b\u2060", "\u2800\u2800", "\u0301", "\U000e0041", "\u202e"])
def test_a_name_of_nothing_visible(site: Site, person: Person, name: str) -> None:
    """It is a question that was left open."""
    sent(person, name=name)
    sitting = stored(site, person)
    assert "name" in sitting.asked
    assert ("name" in sitting.answers, sitting.typed) == (False, {})


# The day


@pytest.mark.parametrize(
    ("sent_day", "day"),
    [
        ("2026-11-25", "2026-11-25"),
        ("2026-11-26", "2026-11-26"),
        ("2026-11-27", "2026-11-27"),
        ("2026-11-24", "2026-11-26"),
        ("2026-11-28", "2026-11-26"),
        ("9999-12-31", "2026-11-26"),
        ("0001-01-01", "2026-11-26"),
        ("27.11.2026", "2026-11-26"),
        ("", "2026-11-26"),
    ],
)
def test_the_day_is_the_persons(site: Site, sent_day: str, day: str) -> None:
    """The day in the browser's calendar counts if it can be right; without it, and without a script, the site's."""
    person = site.person()
    form = person.get("/").form("/start")
    assert form.initial_fields[DAY_FIELD] == [""]
    person.send(form, {**form.initial_fields, DAY_FIELD: [sent_day]})
    assert stored(site, person).created_day.isoformat() == day
    sent(person, sent_day, met=day)
    assert stored(site, person).answers["met"] == day
    person.walk({})
    form = person.page.form("/finish")
    person.send(form, {**form.initial_fields, DAY_FIELD: [sent_day]})
    taken_on = stored(site, person).taken_on
    assert taken_on is not None
    assert taken_on.isoformat() == day
    form = person.get("/plans").form("/plans/new")
    person.send(form, {**form.initial_fields, DAY_FIELD: [sent_day]})
    assert stored(site, person, 2).created_day.isoformat() == day


def test_a_later_sitting_is_never_finished_earlier(site: Site) -> None:
    """Whose script ran the first time only has the same day the second time, not the site's day before it."""
    person = site.person()
    person.start()
    person.walk({})
    form = person.page.form("/finish")
    person.send(form, {**form.initial_fields, DAY_FIELD: ["2026-11-27"]})
    person.send(person.get("/plans").form("/plans/new"))
    person.walk({"cups": "1"})
    person.finish()
    assert [str(stored(site, person, number).taken_on) for number in (1, 2)] == ["2026-11-27", "2026-11-27"]


def test_an_old_day_is_not_sent_again(site: Site, person: Person) -> None:
    """A form that is offered once more leaves the day to the script: the one in it may be over."""
    form = person.questions
    assert form is not None
    fields = {**form.initial_fields, "csrf_token": ["old"], DAY_FIELD: ["2026-11-27"], "name": ["Kim"]}
    reply = person.client.post(form.action, fields)
    again = reply.page.form(form.action).initial_fields
    assert (again[DAY_FIELD], again["name"]) == ([""], ["Kim"])


# Bounds


@pytest.mark.parametrize("field", ["cost", "cups", "met", "name"])
def test_a_long_text_is_kept_in_part(site: Site, person: Person, field: str) -> None:
    """The page says that it is too long and that only its beginning is there; the rest of the page is taken."""
    other = "cups" if field != "cups" else "cost"
    sent(person, **{field: LONG, other: "3"})
    sitting = stored(site, person)
    (text,) = sitting.typed["facts"][field]
    most = 40 + MOST_BEYOND if field == "name" else 64
    assert text == LONG[:most] + CUT
    assert sitting.answers == {other: 3}
    assert "We kept the beginning" in fault(person, field)
    sent(person)
    assert stored(site, person).typed["facts"][field] == (text,)


def test_nothing_before_the_text_hides_it(site: Site, person: Person) -> None:
    """Blanks are no part of what was typed, however many there are: the name behind them is read."""
    sent(person, name=f"{' ' * 60_000}Kim{' ' * 50_000}", cups=f"{' ' * 5_000}3")
    assert stored(site, person).answers == {"name": "Kim", "cups": 3}


def test_a_text_a_little_too_long_is_kept_whole(site: Site, person: Person) -> None:
    """What can be shortened by hand is there to be shortened, and nothing is said of a part."""
    sent(person, name="x" * (40 + MOST_BEYOND))
    assert stored(site, person).typed["facts"]["name"] == ("x" * (40 + MOST_BEYOND),)
    assert "kept" not in fault(person, "name")


def test_a_sitting_has_bounds(site: Site, person: Person) -> None:
    """Whatever is sent to whichever page, with the button or by the script, a sitting stays small."""
    for page in ("facts", "more"):
        person.get(f"/quiz/1/{page}")
        form = person.questions
        assert form is not None
        names = [*form.values("asked"), "unknown", "then2"]
        for name in names:
            fields: dict[str, list[str]] = {**form.initial_fields, "changed": [name], "asked": [name]}
            fields |= {name: ["🙂" * 9_000, *(f"{number:04}" * 20 for number in range(99))]}
            for path in (form.action, f"{form.action}/save"):
                assert person.client.post(path, fields).status < 500
    sizes = [len(body) for (body,) in rows(site)]
    assert max(sizes) <= MOST_BYTES
    kept = stored(site, person).typed
    assert all(len(texts) <= 4 for page in kept.values() for texts in page.values())


def test_a_sitting_of_the_shipped_questionnaire_has_bounds(tmp_path: Path) -> None:
    """With nonsense in every field it is a few KiB: docs/operating.md reckons with it."""
    site = Site(tmp_path / "kept")
    person = site.person()
    person.start()
    form = person.questions
    assert form is not None
    hidden = {name: form.initial_fields[name] for name in ("csrf_token", "sitting", "revision")}
    for page in pages_of(site.state.content.library.forms["breakup"][1]):
        texts = ["🙂" * 9_000, *(f"{number:04}" * 20 for number in range(10))]
        for name in page.items:
            fields = {**hidden, "asked": [name], "changed": [name]}
            assert person.client.post(f"/quiz/1/{page.name}", {**fields, name: texts}).status < 400
    assert [len(body) for (body,) in rows(site)] == [7 * 1024 + 29]
    site.storage.close()


def rows(site: Site) -> list[tuple[bytes]]:
    with sqlite3.connect(site.folder / "heartwork.sqlite") as database:
        return database.execute("SELECT body FROM sitting").fetchall()
