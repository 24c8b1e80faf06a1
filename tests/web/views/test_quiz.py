"""Answering over HTTP without scripts: what is sent is kept, whatever way it comes, and every answer is a clear page."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.person import Person
from tests.clients.site import Site, example, new_tab, secret_of
from tests.clients.walked import person_at
from tests.paths import ROOT
from web.crypto.private_link import Secret
from web.journeys.sitting import Sitting

ANSWERS: Final = example("first-weeks")
FIRST: Final = "you_two"


def at_first_page(site: Site) -> Person:
    """Somebody at the first page with questions."""
    person = site.person()
    person.start()
    assert person.page_name == FIRST
    return person


def at_page(site: Site, name: str, answers: dict[str, Any] = ANSWERS) -> Person:
    """Somebody who answered everything up to a place."""
    return person_at(site, name, answers)


def stored_sitting(site: Site, person: Person) -> Sitting:
    return site.sitting(secret_of(person))


def with_tuples(answers: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in answers.items()}


# The whole way


def test_the_whole_way(site: Site) -> None:
    """Start, every question, a look at all answers, the plan: what is kept is what was answered, and nothing else."""
    person = site.person()
    person.start()
    person.walk(ANSWERS)
    assert stored_sitting(site, person).state == "draft"
    person.finish()
    assert person.path == "/plan/1"
    sitting = stored_sitting(site, person)
    assert (sitting.answers, sitting.state, sitting.taken_on) == (with_tuples(ANSWERS), "finished", site.clock.today())


def test_every_page_says_where_it_is(site: Site) -> None:
    """Titles are neutral, and progress counts the pages with questions."""
    person = at_first_page(site)
    pages = []
    while person.page_name != "check":
        if person.questions is not None:
            match = re.search(r"Page (\d+) of (\d+)", person.page.text)
            assert match is not None, person.path
            assert match[0] in person.page.title
            pages.append((int(match[1]), int(match[2])))
            person.answer(ANSWERS)
        else:
            person.go_on()
        assert not re.search("(?i)break|heart|safe|dark", person.page.title)
    assert [page for page, _ in pages] == list(range(1, len(pages) + 1))
    assert {count for _, count in pages} == {len(pages)}


def on_another_device(site: Site, secret: Secret) -> Person:
    """Somebody who opens a link on another device."""
    person = site.person()
    person.send(person.get(f"/open/{secret.code}").form("/open"))
    return person


def choose_at_offer(person: Person, choice: str) -> None:
    """Choose what the offer offers."""
    form = person.page.form()
    person.send(form, {**form.initial_fields, "choice": [choice]})


def test_after_the_fifth_part_a_first_plan(site: Site) -> None:
    """Seeing a first plan finishes; going on continues the same sitting, its content and its day."""
    person = at_page(site, "offer")
    secret, day = secret_of(person), site.clock.today()
    choose_at_offer(person, "plan")
    assert person.path == "/plan/1"
    first = site.sitting(secret)
    assert (first.state, first.taken_on) == ("finished", day)
    site.clock.advance(days=3)
    person = on_another_device(site, secret)
    assert person.path == "/plan/1"
    assert "/quiz/1" in person.page.links
    person.get("/quiz/1")
    assert person.page_name == "between_you"
    person.answer(ANSWERS)
    half = site.sitting(secret)
    assert (half.state, half.versions[0].answers, half.taken_on) == ("continued", first.answers, day)
    before = new_tab(person).get("/plan/1").text
    person.walk(ANSWERS)
    person.finish()
    assert person.page.text != before
    last = site.sitting(secret)
    assert (last.number, last.content_digest, last.taken_on, last.state) == (1, first.content_digest, day, "finished")
    assert last.answers == with_tuples(ANSWERS)
    assert [version.answers for version in last.versions] == [first.answers]


# What cannot be taken


def assert_errors(person: Person, *items: str) -> None:
    """The page tells of errors at these questions: in the title, in a summary with links, and at each field."""
    page = person.page
    assert page.title.startswith("Error:")
    for item in items:
        marked = [node for node in page.root.walk() if node.attributes.get("aria-invalid") == "true"]
        ids = {node.attributes["id"]: node for node in page.root.walk() if "id" in node.attributes}
        at_item = [
            node
            for node in marked
            if item in " ".join((node.attributes.get("id", ""), node.attributes.get("name", "")))
        ]
        assert at_item, item
        described = " ".join(node.attributes.get("aria-describedby", "") for node in at_item).split()
        assert described
        assert all(ids[name].text for name in described)
        links = [link for link in page.links if link.startswith("#")]
        assert any(item in link for link in links), links
        assert all(link[1:] in ids for link in links)


def test_required_questions(site: Site) -> None:
    """An empty first page comes back with an error at each question that needs an answer, and at no other."""
    person = at_first_page(site)
    person.answer({})
    assert person.page_name == FIRST
    assert_errors(person, "pronoun", "wish", "how_it_ended")
    person.answer({"partner_name": "Ana", "pronoun": "she"})
    assert_errors(person, "wish", "how_it_ended")
    sitting = stored_sitting(site, person)
    assert sitting.answers == {"partner_name": "Ana", "pronoun": "she"}
    assert person.questions is not None
    assert person.questions.initial_fields["partner_name"] == ["Ana"]
    person.walk(ANSWERS, "contact_now")
    assert not person.page.title.startswith("Error")


def test_what_cannot_be_taken_is_shown_again(site: Site) -> None:
    """A name that is too long stays as it was typed, beside its error; the rest of the page is kept."""
    person = at_first_page(site)
    name = "Maximilian-Alexander " * 4
    person.answer({**ANSWERS, "partner_name": name})
    assert person.page_name == FIRST
    assert_errors(person, "partner_name")
    assert person.questions is not None
    assert person.questions.initial_fields["partner_name"] == [name.strip()]
    assert "partner_name" not in stored_sitting(site, person).answers
    assert stored_sitting(site, person).answers["wish"] == "try_again"
    away = new_tab(person)
    away.get("/help")
    again = on_another_device(site, secret_of(person))
    assert again.path.startswith("/quiz/1/")
    assert_errors(again, "partner_name")
    again.answer({"partner_name": "Max"})
    assert stored_sitting(site, again).answers["partner_name"] == "Max"
    assert stored_sitting(site, again).typed == {}


def test_none_of_these_with_others(site: Site) -> None:
    """What contradicts itself is an error with both still ticked, and not an answer."""
    person = at_page(site, "contact_now-2")
    person.answer({**ANSWERS, "shared_ties": ["home", "none"]})
    assert_errors(person, "shared_ties")
    assert person.questions is not None
    assert set(person.questions.initial_fields["shared_ties"]) == {"home", "none"}
    assert "shared_ties" not in stored_sitting(site, person).answers


def test_rather_not_say(site: Site) -> None:
    """Rather not to say is an answer, also where one is needed; it is not asked again."""
    person = at_first_page(site)
    person.walk({**ANSWERS, "pronoun": None, "wish": None, "how_long_ago": None, "how_it_ended": None}, "contact_now")
    sitting = stored_sitting(site, person)
    assert [sitting.answers[name] for name in ("pronoun", "wish", "how_long_ago", "how_it_ended")] == [None] * 4


def test_no_plan_while_something_has_to_be_corrected(site: Site) -> None:
    """What was typed and cannot be taken comes first, also where there is a plan already: it is never dropped."""
    person = at_page(site, "check")
    person.finish()
    assert person.path == "/plan/1"
    for name in ("x" * 50, "y" * 50):
        person.get("/quiz/1/you_two?back=check")
        person.answer({"partner_name": name})
        assert_errors(person, "partner_name")
        person.get("/quiz/1/check")
        person.finish()
        assert person.page_name == FIRST
        assert_errors(person, "partner_name")
        assert person.questions is not None
        assert person.questions.initial_fields["partner_name"] == [name]
    person.answer({"partner_name": "Max"})
    person.get("/quiz/1/check")
    person.finish()
    assert person.path == "/plan/1"
    assert stored_sitting(site, person).answers["partner_name"] == "Max"


@pytest.mark.parametrize("then", ["back", "later"])
def test_a_page_put_aside(site: Site, then: str) -> None:
    """Who goes back or stops in the middle of a page keeps what is on it, is not reproached, and is asked the rest again."""
    person = at_page(site, "contact_now")
    form = person.questions
    assert form is not None
    fields = {**person.filled_fields(form, {"limits": ["none"]}), "then": [then]}
    person.send(form, fields)
    assert person.page_name == {"back": "you_two-2", "later": "later"}[then]
    sitting = stored_sitting(site, person)
    assert (sitting.answers["limits"], sitting.typed) == (("none",), {})
    person.get("/quiz/1")
    assert person.page_name == "contact_now"
    assert not person.page.title.startswith("Error")
    person.answer(ANSWERS)
    assert person.page_name == "contact_now-2"


# Back, two tabs, twice


def test_back_and_another_answer(site: Site) -> None:
    """Who goes back and sends the page once more changes what they change, and can take an answer back."""
    person = at_page(site, "feeling_safe")
    person.get("/quiz/1/you_two")
    assert person.questions is not None
    assert person.questions.initial_fields["wish"] == ["try_again"]
    fields = person.filled_fields(person.questions, {"wish": "get_over"})
    fields["partner_name"] = [""]
    person.send(person.questions, fields)
    sitting = stored_sitting(site, person)
    assert sitting.answers["wish"] == "get_over"
    assert "partner_name" not in sitting.answers
    assert person.page_name == "feeling_safe"


def test_a_double_click_is_one_click(site: Site) -> None:
    """The same form twice is one change, and leads to the same place."""
    person = at_first_page(site)
    form = person.questions
    assert form is not None
    fields = person.filled_fields(form, ANSWERS)
    person.send(form, fields)
    once, path = stored_sitting(site, person), person.path
    person.send(form, fields)
    assert (stored_sitting(site, person), person.path) == (once, path)


def test_two_tabs(site: Site) -> None:
    """A page that was filled in before another tab sent it: its blanks take nothing away, its answers win and are named."""
    person = at_first_page(site)
    other = new_tab(person)
    person.answer({**ANSWERS, "wish": "get_over"})
    form = other.questions
    assert form is not None
    fields = other.filled_fields(form, {name: ANSWERS[name] for name in ("pronoun", "how_it_ended")})
    fields |= {"wish": ["decide"], "partner_name": [""]}
    other.send(form, fields)
    sitting = stored_sitting(site, other)
    assert sitting.answers["wish"] == "decide"
    assert sitting.answers["partner_name"] == "Sam"
    assert "What would you like?" in other.page.text
    assert "What would you like?" not in new_tab(other).get(other.path).text


def test_two_tabs_say_nothing_of_sensitive_answers(site: Site) -> None:
    """Which sensitive answer took the place of another is kept, and not named on the next page."""
    person = at_page(site, "feeling_safe")
    other = new_tab(person)
    person.answer({**ANSWERS, "afraid": "often"})
    other.answer({**ANSWERS, "afraid": "never"})
    assert stored_sitting(site, other).answers["afraid"] == "never"
    assert "afraid" not in other.page.text


# What does not belong


@pytest.mark.parametrize("sitting", ["", "0" * 32, "x", "'; drop table", "é"])
def test_a_form_of_another_sitting(site: Site, sitting: str) -> None:
    """A page that carries another sitting's id is refused in plain words, and changes nothing."""
    person = at_first_page(site)
    form = person.questions
    assert form is not None
    page = person.send(form, {**person.filled_fields(form, ANSWERS), "sitting": [sitting]}, status=400)
    assert page.heading
    assert stored_sitting(site, person).answers == {}
    person.send(form, person.filled_fields(form, ANSWERS))
    assert stored_sitting(site, person).answers["wish"] == "try_again"


@pytest.mark.parametrize("revision", ["", "-1", "999999999", "1e3", "²", "9" * 5000, "x"])
def test_a_tampered_revision(site: Site, revision: str) -> None:
    """A revision that cannot be is taken for an old one: what is sent counts, and what is left out takes nothing away."""
    person = at_page(site, "contact_now")
    person.get("/quiz/1/you_two")
    form = person.questions
    assert form is not None
    fields = {**person.filled_fields(form, {"wish": "decide"}), "revision": [revision]}
    fields.pop("partner_name")
    person.send(form, fields)
    sitting = stored_sitting(site, person)
    assert (sitting.answers["wish"], sitting.answers["partner_name"]) == ("decide", "Sam")


def test_fields_nobody_asked_for(site: Site) -> None:
    """Unknown items, items of other pages, odd values and files are no answers; what belongs is kept."""
    person = at_first_page(site)
    form = person.questions
    assert form is not None
    odd = {
        "nobody": ["x"],
        "afraid": ["often"],
        "asked": [*form.initial_fields["asked"], "nobody", "self_harm_thoughts", "how_long_together"],
        "how_it_ended": ["never"],
    }
    person.send(form, {**person.filled_fields(form, ANSWERS), **odd})
    sitting = stored_sitting(site, person)
    assert not {"nobody", "afraid", "how_it_ended"} & sitting.answers.keys()
    assert not {"nobody", "self_harm_thoughts", "how_long_together"} & sitting.asked
    assert sitting.answers["wish"] == "try_again"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/quiz/2", 404),
        ("/quiz/2/you_two", 404),
        ("/quiz/1/nobody", 404),
        ("/quiz/1/before-nobody", 404),
        ("/quiz/1/next-99", 404),
        ("/quiz/99999999999999999999999/you_two", 404),
        ("/quiz/-1", 404),
        ("/quiz/x/you_two", 404),
        ("/quiz/1/you_two/more", 404),
        ("/plan/2", 404),
        ("/plan/1/answers.json", 404),
        ("/plan/99999999999999999999999", 404),
        ("/quiz/1/finish", 404),
    ],
)
def test_addresses_that_lead_nowhere(site: Site, path: str, status: int) -> None:
    """A number or a name that does not exist is a clear page."""
    person = at_first_page(site)
    if path.endswith("finish"):
        status = person.client.get(path).status
        assert status in {404, 405}
    page = person.get(path, status=status)
    assert page.heading
    assert page.title == "Your plan" or "plan" in page.title
    assert person.get("/quiz/1").heading


@pytest.mark.parametrize("path", ["/quiz/1/nobody", "/quiz/2/you_two", "/quiz/1/next-99", "/quiz/2/finish"])
def test_forms_to_addresses_that_lead_nowhere(site: Site, path: str) -> None:
    """Nor does a form get anywhere there."""
    person = at_first_page(site)
    form = person.questions
    assert form is not None
    fields = person.filled_fields(form, ANSWERS)
    assert person.client.post(path, fields).status in {400, 404}
    assert stored_sitting(site, person).answers == {}


@pytest.mark.parametrize("path", ["/quiz/1/check", "/quiz/1", "/plan/1", "/plan/1/answers.json", "/everything.json"])
def test_wrong_methods(site: Site, path: str) -> None:
    """A form sent where none belongs is refused with what is allowed."""
    person = at_first_page(site)
    token = person.hidden_fields(person.page.form())["csrf_token"]
    reply = person.client.post(path, {"csrf_token": token})
    assert reply.status == 405
    assert "GET" in reply.headers["Allow"]


def test_pages_that_do_not_come_up(site: Site) -> None:
    """A page that does not come up with these answers leads on to one that does."""
    person = at_page(site, "your_side", {**ANSWERS, "limits": ["legal"]})
    person.get("/quiz/1/if_you_talked")
    assert person.page_name == "your_side"
    person.get("/quiz/1/next-3")
    assert person.page_name == "your_side"


# Over night, and elsewhere


def test_over_night(site: Site) -> None:
    """A page sent after the device was closed asks for the words, and is then taken as it was filled in."""
    person = at_page(site, "contact_now")
    secret = secret_of(person)
    form = person.questions
    assert form is not None
    site.clock.advance(hours=10)
    page = person.send(form, person.filled_fields(form, ANSWERS), status=403)
    assert site.sitting(secret).answers.keys() & {"in_touch"} == set()
    again = page.form("/quiz/1/contact_now")
    person.send(again, {**again.initial_fields, "reopen": ["no such words"]}, status=403)
    again = person.page.form("/quiz/1/contact_now")
    person.send(again, {**again.initial_fields, "reopen": [" ".join(secret.words)]})
    assert person.path == "/quiz/1/contact_now-2"
    sitting = site.sitting(secret)
    assert {name: sitting.answers[name] for name in form.names if name in ANSWERS} == {
        name: with_tuples(ANSWERS)[name] for name in form.names if name in ANSWERS
    }


def test_a_look_after_the_device_was_closed(site: Site) -> None:
    """A page that is only looked at leads to where the link is asked for."""
    person = at_first_page(site)
    person.get("/link")
    site.clock.advance(hours=3)
    person.get("/quiz/1/you_two")
    assert person.path.startswith("/have")


def test_another_device(site: Site) -> None:
    """Another device goes on where this one stopped, with all answers; both may write."""
    person = at_page(site, "two_weeks")
    other = site.person()
    other.get("/have")
    other.send(
        other.page.form("/have"),
        {**other.page.form("/have").initial_fields, "text": [" ".join(secret_of(person).words)]},
    )
    assert other.path == "/quiz/1/two_weeks"
    other.answer(ANSWERS)
    person.answer({**ANSWERS, "sleep": 4})
    assert stored_sitting(site, person).answers["sleep"] == 4
    assert stored_sitting(site, person) == stored_sitting(site, other)


def test_a_journey_that_is_gone(site: Site) -> None:
    """A page of a journey that was deleted meanwhile is not taken, and says nothing else than for a dead link."""
    person = at_first_page(site)
    other = new_tab(person)
    secret = secret_of(person)
    other.get("/delete")
    other.send(other.page.form("/delete"), {**other.page.form("/delete").initial_fields, "confirm": ["yes"]})
    assert other.path == "/deleted"
    assert site.journey(secret) is None
    form = person.questions
    assert form is not None
    reply = person.client.post("/quiz/1/you_two", person.filled_fields(form, ANSWERS))
    assert reply.status in {200, 303, 403}
    assert site.journey(secret) is None
    for path in (f"/open/{secret.code}", f"/open/{'A' * 22}"):
        visitor = site.person()
        visitor.get(path)
        visitor.send(visitor.page.form("/open"))
        assert visitor.path == "/lost"


# Questions that hang on others


def test_a_question_that_comes_up_on_the_same_page(site: Site) -> None:
    """Without a script, the page with a question that came up by an answer on it is shown once more, once."""
    person = at_page(site, "feeling_safe")
    answers = {**ANSWERS, "own_acts": ["checked"]}
    answers.pop("own_acts_why", None)
    person.answer(answers)
    assert person.page_name == "feeling_safe"
    assert "What was it for?" in person.page.text
    assert not person.page.title.startswith("Error")
    assert person.questions is not None
    assert person.questions.initial_fields["own_acts"] == ["checked"]
    person.answer({"own_acts_why": "protect"})
    assert person.page_name != "feeling_safe"
    assert stored_sitting(site, person).answers["own_acts_why"] == "protect"


def test_left_open_is_not_asked_again(site: Site) -> None:
    """A question that came up and was left open is settled."""
    person = at_page(site, "feeling_safe")
    person.answer({**ANSWERS, "own_acts": ["checked"]})
    person.answer({})
    assert person.page_name != "feeling_safe"


def test_notices_come_at_once(site: Site) -> None:
    """After an answer about danger, or about ending one's life, the next page is about that; then it goes on."""
    person = site.person()
    person.start()
    person.walk(ANSWERS, "feeling_safe")
    assert (
        "plan never repeats"
        in next(
            step for step in person.responses if step.status == 200 and "plan never repeats" in step.page.text
        ).page.text
    )
    person.answer({**ANSWERS, "afraid": "often"})
    assert person.page_name.startswith("next-")
    assert {"/help", "/delete"} <= set(person.page.links)
    person.go_on()
    assert person.page_name == "two_weeks"
    person.walk({**ANSWERS, "self_harm_thoughts": "ending_earlier"}, lambda step: step.page_name.startswith("next-"))
    assert "ending your life" in person.page.text
    assert "equally fine" not in person.page.text
    person.go_on()
    assert person.page_name == "space"


@pytest.mark.parametrize(
    ("answer", "lines"),
    [("ending_now", ("999", "116 123")), ("ending_earlier", ("116 123", "999")), ("hurting", ("116 123", "999"))],
)
def test_lines_stand_beside_the_answer(tmp_path: Path, answer: str, lines: tuple[str, str]) -> None:
    """The page after such thoughts has whom to call, by the operator's country: an emergency comes first in the last days."""
    site = Site(tmp_path / "kept", options={"default_country": "uk"})
    person = at_page(site, "dark_thoughts")
    person.answer({"self_harm_thoughts": answer})
    text = person.page.text
    assert person.page_name.startswith("next-")
    assert text.index("Please talk to someone") < text.index(lines[0]) < text.index(lines[1])
    assert {"tel:999", "tel:116123"} <= set(person.page.links)
    site.storage.close()


def test_lines_without_a_country(site: Site) -> None:
    """Where no country is known, the page has the number that holds in many, and leads to a directory."""
    person = at_page(site, "dark_thoughts")
    person.answer({"self_harm_thoughts": "ending_now"})
    assert "From a mobile, 112 works in many countries." in person.page.text
    assert [link for link in person.page.links if link.startswith("tel:")] == ["tel:112"]
    assert "https://findahelpline.com/" in person.page.links


def test_no_lines_beside_an_answer_about_danger(site: Site) -> None:
    """The page about safety shows no line of any service, because another person may see it."""
    person = at_page(site, "feeling_safe")
    person.answer({**ANSWERS, "afraid": "often"})
    assert "Samaritans" not in person.page.text
    assert not [link for link in person.page.links if link.startswith("tel:")]


# A look at all answers


def test_change_and_come_back(site: Site) -> None:
    """Each answer has a link to where it is changed, and that page leads back to the look at all answers."""
    person = at_page(site, "check")
    links = [link for link in person.page.links if "back=check" in link]
    assert len(links) > 30
    person.get(next(link for link in links if "your_side" in link))
    person.answer({"own_name": 4})
    assert person.page_name == "check"
    assert stored_sitting(site, person).answers["own_name"] == 4


def test_what_comes_up_by_a_change_is_asked_first(site: Site) -> None:
    """A change that brings up questions asks them, and then comes back."""
    answers = {**ANSWERS, "limits": ["legal"]}
    person = at_page(site, "check", answers)
    assert "hear_no" not in stored_sitting(site, person).answers
    person.get("/quiz/1/contact_now?back=check")
    person.answer({"limits": ["none"]})
    assert person.page_name == "if_you_talked"
    person.answer(ANSWERS)
    assert person.page_name == "check"


def test_what_no_longer_applies(site: Site) -> None:
    """Answers that a sensitive one made void are left out at the end, and not named before: that would tell it."""
    person = at_page(site, "check")
    person.get("/quiz/1/contact_now?back=check")
    person.answer({"limits": ["legal"]})
    assert person.page_name == "check"
    assert "I could hear a no" not in person.page.text
    assert "No longer part of it" not in person.page.text
    assert "hear_no" in stored_sitting(site, person).answers
    person.finish()
    assert not {"hear_no", "wait", "different"} & stored_sitting(site, person).answers.keys()


def test_sensitive_answers_are_masked(site: Site) -> None:
    """The look at all answers shows no sensitive one, nor whether it was answered, and of what hangs on them nothing."""
    answers = {
        **ANSWERS,
        "afraid": "often",
        "own_acts": ["checked"],
        "own_acts_why": "protect",
        "self_harm_thoughts": "ending_earlier",
    }
    person = site.person()
    person.start()
    while person.page_name != "check":
        person.answer(answers) if person.questions is not None else person.go_on()
    assert stored_sitting(site, person).answers["own_acts_why"] == "protect"
    assert not re.search("(?i)often|checked|protect|what was it for|not now", person.page.text)
    not_shown = [part for part in person.page.main.find("li", class_="part") if "Not shown" in part.text]
    assert [part.find("h3")[0].text for part in not_shown] == [
        "Contact now",
        "A few more questions",
        "The last two weeks",
        "Your side",
        "If you talked",
    ]
    assert not re.search("(?i)limit on contact|last month|afraid|ending your life|hurting", person.page.text)


def test_finishing_too_early(site: Site) -> None:
    """Without what is needed there is no plan, but the page where it is missing, with the error."""
    person = at_first_page(site)
    person.get("/quiz/1/check")
    token = person.hidden_fields(Person(person.client).get("/quiz/1/you_two").form())
    reply = person.client.post("/quiz/1/finish", token)
    assert reply.location.endswith("/quiz/1/you_two")
    person.get("/quiz/1/you_two")
    assert_errors(person, "pronoun", "wish")
    assert stored_sitting(site, person).state == "draft"
    person.get("/plan/1")
    assert person.path.startswith("/quiz/1/")


def test_finishing_twice(site: Site) -> None:
    """Two clicks on the last button are one plan."""
    person = at_page(site, "check")
    form = person.page.form("/finish")
    person.send(form)
    once = stored_sitting(site, person)
    person.send(form)
    assert (person.path, stored_sitting(site, person)) == ("/plan/1", once)


# Content that changes


def test_other_content_since(site: Site, tmp_path: Path) -> None:
    """A sitting is asked to its end under the content it was begun with, and gives that content's plan ever after."""
    person = at_page(site, "two_weeks")
    secret = secret_of(person)
    content = tmp_path / "content"
    for name in ("questionnaires", "rules"):
        shutil.copytree(ROOT / name, content / name)
    page = content / "questionnaires" / "breakup.yaml"
    page.write_text(page.read_text().replace("I slept well enough", "I slept like a stone"))
    steps = content / "rules" / "breakup" / "steps.yaml"
    title = re.search(r"title: \"([^\"]+)\"", steps.read_text().partition("\nsteps:")[2])
    assert title is not None
    steps.write_text(steps.read_text().replace(title[1], "Something else"))
    later = Site(site.folder, site.clock, {"content": content})
    other = on_another_device(later, secret)
    assert other.page_name == "two_weeks"
    assert "I slept well enough" in other.page.text
    other.walk(ANSWERS)
    other.finish()
    assert title[1] in other.page.text
    assert "Something else" not in other.page.text
    new = later.person()
    new.start()
    new.walk(ANSWERS, "two_weeks")
    assert "I slept like a stone" in new.page.text
    later.storage.close()
