"""A line to one's later self: who may write one, where it is shown again, and where it never is."""

from __future__ import annotations

import json
from typing import Final

import pytest

from tests.clients.person import Person
from tests.clients.site import Site, example, secret_of
from tests.web.views.test_history import begin_sitting, come_back, take_again, take_check_in, with_first_plan
from tests.web.views.test_plan import download
from web.crypto.private_link import Secret
from web.journeys.kept_text import CUT
from web.journeys.sitting import LONGEST_LETTER, MOST_OF_LETTER

LINE: Final = "You made soup <b> today, and it was “all right” & warm."
SHORT_PLANS: Final = ("afraid", "dark-thoughts")


def write(person: Person, text: str) -> None:
    form = person.page.form("/plan/1/letter")
    person.send(form, {**form.initial_fields, "letter": [text]})
    assert person.path.split("#")[0] == "/plan/1"


def with_line(site: Site) -> tuple[Person, Secret]:
    person, secret = with_first_plan(site)
    write(person, LINE)
    return person, secret


def test_a_line_comes_back_at_the_next_full_taking(site: Site) -> None:
    """It stands in its box, and beside the next full plan with its day; a check-in shows it nowhere else."""
    person, secret = with_line(site)
    assert person.page.form("/plan/1/letter").initial_fields["letter"] == [LINE]
    assert person.page.main.find("blockquote") == []
    person = come_back(site, secret, weeks=5)
    take_check_in(person)
    assert person.page.main.find("blockquote") == []
    take_again(person)
    (quoted,) = person.page.main.find("blockquote")
    assert quoted.text.strip() == LINE
    assert "26 November 2026" in person.page.main.find("section", class_="earlier")[0].text
    begin_sitting(person, "breakup")
    assert LINE not in person.page.text


@pytest.mark.parametrize("name", SHORT_PLANS)
def test_no_line_beside_a_short_plan(site: Site, name: str) -> None:
    """A plan that is kept short neither asks for a line nor shows an earlier one."""
    person, secret = with_line(site)
    take_again(person, example(name))
    assert person.path.startswith("/plan/2")
    assert LINE not in person.page.text
    assert not [form for form in person.page.forms if form.action.endswith("/letter")]
    fields = {"csrf_token": [person.page.forms[-1].initial_fields["csrf_token"][0]], "letter": ["x"]}
    sitting = site.sitting(secret, 2)
    assert person.client.post("/plan/2/letter", {**fields, "sitting": [sitting.id]}).status == 404
    assert site.sitting(secret, 2).letter is None


def test_a_line_is_in_no_report(site: Site) -> None:
    """It stands in the complete export alone: not in the plan's files, nor in the answers."""
    person, _ = with_line(site)
    exported = json.loads(download(person, "/everything.json?sure=yes"))
    assert exported["sittings"][0]["letter"] == {"text": LINE, "day": "2026-11-26"}
    for path in ("/plan/1/answers.json", "/plan/1/plan.pdf", "/plan/1/calendar.ics"):
        reply = person.client.get(path)
        assert b"soup" not in reply.response.get_data()  # type: ignore[attr-defined]


def test_a_line_that_is_too_long(site: Site) -> None:
    """It is kept as it was typed, with an error beside it, and comes back nowhere until it is shortened."""
    person, secret = with_first_plan(site)
    write(person, "x" * (LONGEST_LETTER + 1))
    form = person.page.form("/plan/1/letter")
    assert form.initial_fields["letter"] == ["x" * (LONGEST_LETTER + 1)]
    assert person.page.main.find("textarea")[0].attributes["aria-invalid"] == "true"
    take_again(person)
    assert person.page.main.find("blockquote") == []
    person.get("/plan/1")
    assert person.page.main.find("p", id="letter-error")[0].text.endswith("until then it stays here.")
    for length in (MOST_OF_LETTER + 5, 118_000):
        write(person, "y" * length)
        letter = site.sitting(secret).letter
        assert letter is not None
        assert letter.text == "y" * MOST_OF_LETTER + CUT
        assert "kept the beginning" in person.page.main.find("p", id="letter-error")[0].text
    write(person, "\u3164")
    assert site.sitting(secret).letter is None
    write(person, "z" * LONGEST_LETTER)
    assert "aria-invalid" not in person.page.main.find("textarea")[0].attributes


def test_a_line_is_taken_back(site: Site) -> None:
    """An empty box removes it; deleting the plan deletes it; changing an answer keeps it."""
    person, secret = with_line(site)
    write(person, "  \n ")
    assert site.sitting(secret).letter is None
    write(person, LINE + "\r\nAnd a second line.")
    person.get("/quiz/1/you_two")
    person.answer({"wish": "decide"})
    letter = site.sitting(secret).letter
    assert letter is not None
    assert letter.text == LINE + " And a second line."


def test_a_line_cannot_be_read_where_it_is_stored(site: Site) -> None:
    """It is encrypted with the sitting, and shows itself in no ``repr``."""
    _, secret = with_line(site)
    sitting = site.sitting(secret)
    assert "soup" not in repr(sitting)
    stored = site.storage.read_journey(secret)
    assert stored is not None
    assert "soup" not in repr(stored)


def test_a_line_of_another_sitting(site: Site) -> None:
    """A form of another sitting, or without the token, changes nothing."""
    person, secret = with_line(site)
    form = person.page.form("/plan/1/letter")
    token = form.initial_fields["csrf_token"]
    assert person.client.post("/plan/1/letter", {"csrf_token": token, "sitting": ["x"], "letter": ["no"]}).status == 400
    assert person.client.post(
        "/plan/1/letter", {"sitting": form.initial_fields["sitting"], "letter": ["no"]}
    ).status in {
        303,
        400,
        403,
    }
    letter = site.sitting(secret).letter
    assert letter is not None
    assert letter.text == LINE
    assert secret_of(person) == secret
