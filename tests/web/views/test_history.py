"""Coming back, weeks apart: taking it again, a short look, what was said last time, comparing, deleting one sitting."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any, Final

import pytest

from tests.clients.person import Person
from tests.clients.site import FlaskTestClient, Site, example, new_tab, secret_of
from tests.clients.walked import PLAN, person_at
from web.crypto.private_link import Secret

ANSWERS: Final = example("first-weeks")
CALM: Final = {"sleep": 4, "day": 4, "thoughts": 3, "settle": 4, "self_harm_thoughts": "no", "checking": 0, "asking": 0}
CHECK_IN_ANSWERS: Final = {**CALM, "unanswered": "none", "urge_acted": 0, "since_last_time": ["nothing"]}
LATER: Final = {**ANSWERS, **CALM, "people": 2, "body": 3, "own_thing": 2, "partner_name": "Alex"}


def with_first_plan(site: Site, answers: dict[str, Any] = ANSWERS) -> tuple[Person, Secret]:
    """Somebody with one plan, and their link."""
    person = person_at(site, PLAN, answers)
    return person, secret_of(person)


def come_back(site: Site, secret: Secret, **time: float) -> Person:
    """The same person later, on another device, by the link: at the newest plan."""
    site.clock.advance(**time)
    person = site.person()
    person.send(person.get(f"/open/{secret.code}").form("/open"))
    return person


def begin_sitting(person: Person, questionnaire: str) -> None:
    """Begin something from the list of plans."""
    forms = [form for form in person.get("/plans").forms if form.action == "/plans/new"]
    person.send({form.controls_named("questionnaire")[0].value: form for form in forms}[questionnaire])


def take_again(person: Person, answers: dict[str, Any] = LATER) -> None:
    """Take all the questions again."""
    begin_sitting(person, "breakup")
    person.walk(answers)
    finish_again(person)


def finish_again(person: Person) -> None:
    """Make the new plan, past what changed, which is shown first unless the plan is kept short."""
    person.finish()
    if person.path.startswith("/compare/"):
        (plan,) = {link for link in person.page.links if link.startswith("/plan/")}
        person.get(plan)


def take_check_in(person: Person, answers: dict[str, Any] = CHECK_IN_ANSWERS) -> None:
    """Take a short look."""
    begin_sitting(person, "check-in")
    person.walk(answers)
    person.finish()


def test_the_list_of_plans(site: Site) -> None:
    """What there is, newest first, and when the next is suggested; earlier is allowed, with what that means."""
    person, secret = with_first_plan(site)
    page = person.get("/plans")
    assert "26 November 2026" in page.text
    assert "from 24 December 2026" in page.text
    assert "any sooner, you’d mostly be measuring today’s mood" in page.text
    assert "the next one is from 3 December 2026" in page.text
    assert "Compare" not in page.text
    page = come_back(site, secret, days=15).get("/plans")
    assert "today’s mood" not in page.text
    assert "It becomes part of your plan." in page.text
    page = come_back(site, secret, days=14).get("/plans")
    assert re.search(r"about (ten|eleven|twelve) minutes", page.text)


def test_taking_it_again(site: Site) -> None:
    """It begins empty, a double click begins once, and both plans stay."""
    _, secret = with_first_plan(site)
    person = come_back(site, secret, weeks=6)
    assert person.path == "/plan/1"
    before = person.page.text
    other = new_tab(person)
    begin_sitting(person, "breakup")
    assert person.path == "/quiz/2/you_two"
    form = person.questions
    assert form is not None
    assert not [control for control in form.controls if control.kind in {"radio", "checkbox"} and control.checked]
    page = other.get("/plans")
    assert not [
        control
        for control in page.forms
        if control.controls_named("questionnaire")[:1] and control.controls_named("questionnaire")[0].value == "breakup"
    ]
    assert "/quiz/2" in page.links
    assert "Go on with it" in other.get("/plan/1").text
    person.walk(LATER)
    person.finish()
    assert person.path == "/compare/1/2"
    assert person.page.main.find("h1")[0].text == "You’re steadier than six weeks ago"
    person.get("/plan/2")
    assert "Alex" in person.page.text
    assert person.get("/plan/1").text == before
    person.get("/continue")
    assert person.path == "/plan/2"


def test_what_i_said_last_time(site: Site) -> None:
    """It stands beside each answer at the end, and nowhere before; never where an answer is sensitive."""
    _, secret = with_first_plan(site)
    person = come_back(site, secret, weeks=6)
    begin_sitting(person, "breakup")
    while person.page_name != "check":
        assert "Last time" not in person.page.text
        if person.questions is not None:
            person.answer(LATER)
        else:
            person.go_on()
    page = person.page
    assert "26 November 2026" in page.text
    assert "Last time: Sam" in page.text
    assert "Last time: the same" in page.text
    masked_rows = [row for row in page.main.find("a", class_="go") if "Not shown" in row.text]
    assert masked_rows
    assert not [row for row in masked_rows if "Last time" in row.text]
    first = come_back(site, secret)
    assert "Last time" not in first.get("/quiz/1/check").text


def test_a_short_look_speaks_of_the_person_it_is_about(site: Site) -> None:
    """It asks neither name nor pronoun: its pages have those of the sitting that it belongs to."""
    person, secret = with_first_plan(site)
    take_again(person, {**LATER, "pronoun": "she", "partner_name": "Alex"})
    person = come_back(site, secret, days=7)
    begin_sitting(person, "check-in")
    texts = " ".join(person.get(f"/quiz/3/{page}").text for page in ("two_weeks", "space"))
    assert "When I thought of her" in texts
    assert "her pages" in texts
    assert not re.search(r"\b(them|their)\b", texts)


def test_a_short_look_changes_the_plan_at_once(site: Site) -> None:
    """Its gates hold steps of the plan that is there, with why; the next look takes that back; nothing is quoted."""
    person, secret = with_first_plan(site)
    before = person.page.text
    person = come_back(site, secret, days=7)
    take_check_in(person, {**CHECK_IN_ANSWERS, "since_last_time": ["frightened"]})
    assert person.path == "/plan/1"
    assert "Your check-in of 3 December 2026 is part of this plan until your next one." in person.page.text
    assert "frightened" not in person.page.text
    assert "You don’t have to do anything about these." in person.page.text
    assert person.page.text != before
    assert "The coming four weeks" in before
    assert "The coming four weeks" not in person.page.text
    new_tab(person).get("/plan/1/weeks", status=404)
    careful = person.page.text
    person = come_back(site, secret, days=7)
    assert person.page.text == careful
    take_check_in(person)
    assert "Your check-in of 10 December 2026 didn’t change this plan." in person.page.text
    person.get("/plan/2")
    assert person.path == "/plan/1"
    person = come_back(site, secret, days=21)
    take_again(person)
    assert "Your check-in" not in person.page.text
    assert "Your check-in of 10 December" in person.get("/plan/1").text


def test_a_plan_is_compared_with_a_plan(site: Site) -> None:
    """What changed since the plan before is offered at a new plan and in the list, also if there were short looks between."""
    person, secret = with_first_plan(site)
    assert not [link for link in person.page.links if link.startswith("/compare")]
    take_check_in(person)
    person = come_back(site, secret, weeks=6)
    take_again(person)
    assert "/compare/1/3" in person.page.links
    page = person.get("/plans")
    assert [link for link in page.links if link.startswith("/compare")] == ["/compare/1/3", "/compare/1/2"]
    form = next(candidate for candidate in page.forms if candidate.action == "/compare")
    assert (form.initial_fields["a"], form.initial_fields["b"]) == (["1"], ["3"])


def test_a_look_that_was_begun_before_a_new_plan(site: Site) -> None:
    """It belongs to the plan that is the newest when it is finished, whatever content it was begun under."""
    _, secret = with_first_plan(site)
    person = come_back(site, secret, days=7)
    begin_sitting(person, "check-in")
    take_again(person)
    person = come_back(site, secret, days=1)
    person.get("/quiz/2")
    person.walk({**CHECK_IN_ANSWERS, "since_last_time": ["frightened"]})
    person.finish()
    assert person.path == "/plan/3"
    assert "is part of this plan" in person.page.text


def test_comparing(site: Site) -> None:
    """One sentence first, then lines, what moved and because of what; the older day always comes first."""
    _, secret = with_first_plan(site)
    person = come_back(site, secret, weeks=6)
    take_again(person)
    page = person.get("/plans")
    assert "/compare/1/2" in page.links
    page = person.get("/compare/1/2")
    assert [heading.text for heading in page.main.find("h1")] == ["You’re steadier than six weeks ago"]
    assert page.main.find("svg", class_="lines")
    assert len(page.main.find("table", class_="days")) == 3
    assert page.main.find("li", class_="move")
    assert "/plan/2" in page.links
    person.get("/compare/2/1")
    assert person.path == "/compare/1/2"
    person.get("/compare?a=2&b=1")
    assert person.path == "/compare/1/2"
    for path in ("/compare?a=1&b=1", "/compare?a=x&b=1", "/compare"):
        person.get(path)
        assert person.path.startswith("/plans")
    for path in ("/compare/1/1", "/compare/1/9", "/compare/0/1"):
        person.get(path, status=404)


@pytest.mark.parametrize("careful", ["then", "now", "look"])
def test_safety_first_is_not_compared_unasked(site: Site, careful: str) -> None:
    """Where either plan is about safety, only what stands above everything is said; the rest if one asks."""
    afraid = {"afraid": "often"}
    _, secret = with_first_plan(site, {**ANSWERS, **(afraid if careful == "then" else {})})
    person = come_back(site, secret, weeks=6)
    take_again(person, {**LATER, **(afraid if careful == "now" else {})})
    if careful == "look":
        person = come_back(site, secret, weeks=1)
        take_check_in(person, {**CHECK_IN_ANSWERS, "since_last_time": ["frightened"]})
    page = person.get("/compare/1/2")
    assert not page.main.find("svg")
    assert ("Some answers about safety differ" in page.text) is (careful == "then")
    page = person.get("/compare/1/2?show=1")
    assert page.main.find("svg")
    assert "often" not in page.text
    assert not page.main.find("dl")
    assert not re.search("because (you|it|several|by)|What would you like|Sam", page.main.text)
    page = person.get("/timeline")
    assert bool(page.main.find("svg")) is (careful == "then")
    assert person.get("/timeline?show=1").main.find("svg")


def test_a_fright_that_is_gone(site: Site) -> None:
    """If a short look was about safety and the next full answers are not, that is said calmly, above everything."""
    _, secret = with_first_plan(site)
    take_check_in(come_back(site, secret, weeks=1), {**CHECK_IN_ANSWERS, "since_last_time": ["frightened"]})
    person = come_back(site, secret, weeks=3)
    take_again(person)
    text = person.get("/compare/1/3").main.text
    assert "Some answers about safety differ" in text
    assert text.index("Some answers about safety differ") < text.index("kept short")


def test_over_time(site: Site) -> None:
    """All days in a row: full ones and short looks, each scale as a table, with what came first."""
    person, secret = with_first_plan(site)
    assert "one day so far" in person.get("/timeline").text
    take_check_in(come_back(site, secret, weeks=1))
    person = come_back(site, secret, weeks=5)
    take_again(person)
    page = person.get("/timeline")
    assert "From 26 November 2026 to 7 January 2027" in page.text
    tables = page.main.find("table", class_="days")
    assert tables
    for table in tables:
        days = [heading.attributes["datetime"] for heading in table.find("time")]
        assert days == ["2026-11-26", "2026-12-03", "2027-01-07"]
    assert "3 Dec (check-in)" in tables[0].text
    assert "not asked" in page.text
    assert len(page.main.find("ol", class_="firsts")[0].find("li")) == 2
    for path in ("/compare/2/3", "/compare/1/2"):
        page = person.get(path)
        assert page.main.find("svg")
        assert "One of the two has no plan of its own." in page.text


def test_deleting_one_day(site: Site) -> None:
    """One is asked, one goes, the rest stays and works; its number is never given again."""
    _, secret = with_first_plan(site)
    person = come_back(site, secret, weeks=6)
    take_again(person)
    page = person.get("/sitting/1/delete")
    assert "26 November 2026" in page.text
    form = page.form("/sitting/1/delete")
    person.send(form, {name: texts for name, texts in form.initial_fields.items() if name != "confirm"})
    assert person.path == "/sitting/1/delete"
    person.send(form)
    assert person.path == "/plans"
    assert "26 November 2026" not in person.page.text
    person.get("/plan/1", status=404)
    person.get("/sitting/1/delete", status=404)
    assert "Since" not in person.get("/plan/2").text
    assert isinstance(person.client, FlaskTestClient)
    exported = json.loads(person.client.get("/everything.json?sure=yes").response.get_data(as_text=True))
    assert [sitting["number"] for sitting in exported["sittings"]] == [2]
    person.send(person.get("/sitting/2/delete").form("/delete"))
    assert "Answer the questions and you’ll get a plan." in person.page.text
    person.get("/continue")
    assert person.path == "/plans"
    begin_sitting(person, "breakup")
    assert person.path.startswith("/quiz/3/")


def test_a_look_without_its_plan(site: Site) -> None:
    """If the plan was deleted that a short look belonged to, the look still stands in the list."""
    _, secret = with_first_plan(site)
    person = come_back(site, secret, weeks=1)
    take_check_in(person)
    person.send(person.get("/sitting/1/delete").form("/delete"))
    person.get("/plan/2")
    assert person.path == "/plans"
    assert "Short check-in" in person.page.text
    begin_sitting(person, "breakup")
    assert person.path == "/quiz/3/you_two"


def test_only_what_is_offered_can_be_begun(site: Site) -> None:
    """A questionnaire that is not there, or a short look without a plan, begins nothing."""
    person = site.person()
    person.start()
    secret = secret_of(person)
    assert not person.get("/plans").forms
    for name in ("check-in", "nothing", ""):
        token = person.get("/delete").form("/delete").initial_fields["csrf_token"]
        reply = person.client.post("/plans/new", {"csrf_token": token, "questionnaire": [name]})
        assert reply.location.endswith("/plans")
    journey = site.journey(secret)
    assert journey is not None
    assert len(journey.sittings) == 1
    assert site.clock.today() == date(2026, 11, 26)
