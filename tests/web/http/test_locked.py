"""A draft whose link was never shown, left alone: it goes on in this browser, and tells nothing of before."""

from __future__ import annotations

import pytest

from tests.clients.person import Person
from tests.clients.site import Site, example, secret_of
from tests.web.http.test_session import secret_in
from web.crypto.private_link import Secret

NAME = "Jonasz"
ANSWERS = {**example("first-weeks"), "pronoun": "she", "partner_name": NAME, "wish": "get_over"}


def begin(site: Site) -> tuple[Person, Secret]:
    """A person who sent the first page, and has seen neither link nor words."""
    person = site.person()
    person.start()
    person.answer(ANSWERS)
    return person, secret_in(site, person.client.client)  # type: ignore[attr-defined]


def left_alone(site: Site, **time: float) -> tuple[Person, Secret]:
    person, secret = begin(site)
    site.clock.advance(**(time or {"hours": 3}))
    return person, secret


def test_it_goes_on_at_its_next_open_page(site: Site) -> None:
    """After three hours, and after 23, the next open page is there; after a day and a bit the device is closed."""
    person, _ = left_alone(site)
    assert person.get("/continue").path == "/quiz/1/you_two-2"
    site.clock.advance(hours=23)
    assert person.get("/continue").path == "/quiz/1/you_two-2"
    site.clock.advance(hours=24, minutes=6)
    assert person.get("/continue").path == "/have?e=closed"


def test_it_is_open_until_two_idle_hours(site: Site) -> None:
    """Before that everything is as usual, the link too."""
    person, _ = left_alone(site, minutes=115)
    assert NAME in person.get("/quiz/1/you_two").html
    assert person.get("/quiz/1/check").main.find("h1")


PRIVATE_PATHS = (
    "/quiz/1/you_two",
    "/quiz/1/you_two?back=check",
    "/quiz/1/you_two?back=plan",
    "/quiz/1/keep",
    "/quiz/1/check",
    "/quiz/1/later",
    "/plans",
    "/plan/1",
    "/plan/1/file",
    "/plan/1/answers.json?sure=yes",
    "/everything.json?sure=yes",
    "/timeline",
    "/link",
    "/link/qr.svg",
    "/link/new",
    "/continue",
    "/",
    "/have",
    "/delete",
    "/sitting/1/delete",
)


@pytest.mark.parametrize("path", PRIVATE_PATHS)
def test_nothing_of_before_can_be_read(site: Site, path: str) -> None:
    """Wherever one goes, there is no earlier answer, no link and no words, in the page or in an address."""
    person, secret = left_alone(site)
    page = person.get(path)
    sent = page.html + "".join(reply.location for reply in person.responses)
    assert NAME not in sent
    assert secret.code not in sent
    assert secret.old_code not in sent
    assert not all(word in page.text for word in secret.words)
    assert not [control for form in page.forms for control in form.controls if control.checked]
    assert "/link" not in page.links


def test_its_next_page_speaks_without_the_name(site: Site) -> None:
    """Questions say "they", and not the name or the pronoun of before; once it is unlocked they do again."""
    person, secret = left_alone(site)
    page = person.get("/continue")
    assert " she " not in page.main.text.lower()
    assert " her " not in page.main.text.lower()
    assert person.questions is not None
    assert person.questions.initial_fields["revision"] == ["0"]
    form = person.get("/have").form("/have")
    person.send(form, {**form.initial_fields, "text": [" ".join(secret.words)]})
    assert NAME in person.get("/quiz/1/you_two").html


def test_back_does_not_lead_back(site: Site) -> None:
    """The button "Back" saves, and stays at what is open."""
    person, _ = left_alone(site)
    person.get("/continue")
    form = person.questions
    assert form is not None
    page = person.send(form, {**person.filled_fields(form, {}), "then": ["back"]})
    assert page.path == "/quiz/1/you_two-2"
    assert NAME not in page.html


def test_what_is_answered_since_can_be_corrected(site: Site) -> None:
    """A page that was sent since is shown as it was sent, with what is wrong on it."""
    person, _ = left_alone(site)
    person.get("/continue")
    person.answer(ANSWERS)
    assert person.page_name == "keep"
    page = person.get("/quiz/1/you_two-2")
    assert page.path == "/quiz/1/you_two-2"
    form = person.questions
    assert form is not None
    assert form.initial_fields["how_long_ago"] == [ANSWERS["how_long_ago"]]


def test_a_page_sent_late_is_taken(site: Site) -> None:
    """A form of before is saved without the link; blanks on it clear nothing."""
    person, secret = begin(site)
    form = person.get("/quiz/1/you_two").form("/quiz/1/you_two")
    site.clock.advance(hours=5)
    sent = {name: values for name, values in form.initial_fields.items() if name not in {"partner_name", "wish"}}
    page = person.send(form, {**sent, "how_it_ended": [ANSWERS["how_it_ended"]]})
    assert page.path == "/quiz/1/you_two-2"
    journey = site.journey(secret)
    assert journey is not None
    assert journey.sittings[0].answers["partner_name"] == NAME
    assert journey.sittings[0].answers["wish"] == "get_over"


def test_whether_an_answer_is_the_same_is_not_told(site: Site) -> None:
    """Sending a guess looks the same whether it is right or wrong."""
    pages = []
    for wish in ("get_over", "try_again"):
        person, _ = begin(site)
        form = person.get("/quiz/1/you_two").form("/quiz/1/you_two")
        site.clock.advance(hours=3)
        page = person.send(form, {**person.hidden_fields(form), "revision": ["0"], "wish": [wish]})
        pages.append(page.main.text)
        assert person.questions is not None
        assert person.questions.initial_fields["revision"] == ["0"]
    assert pages[0] == pages[1]


def test_the_link_is_shown_on_the_way_and_ends_the_day(site: Site) -> None:
    """The page with the words comes as usual; once it was shown, two idle hours close the device."""
    person, secret = left_alone(site)
    person.get("/continue")
    page = person.answer(ANSWERS)
    assert person.page_name == "keep"
    assert all(word in page.text for word in secret.words)
    assert "/continue" not in person.get("/plan/1").path
    site.clock.advance(minutes=121)
    assert person.get("/continue").path == "/have?e=closed"


def test_it_stays_locked_to_the_end(site: Site) -> None:
    """A person who answers everything is asked for the words before the look at all answers, and then sees it."""
    person, secret = left_alone(site)
    person.get("/continue")
    person.walk(ANSWERS, lambda person: person.path.startswith("/have"))
    assert person.path == "/have?e=locked"
    form = person.page.form("/have")
    page = person.send(form, {**form.initial_fields, "text": [" ".join(secret.words)]})
    assert page.path == "/quiz/1/check"
    assert NAME in page.html


def test_a_plan_made_while_locked_is_not_shown(site: Site) -> None:
    """Nor is it after another two hours."""
    person, _ = left_alone(site)
    person.get("/continue")
    person.walk(ANSWERS, "offer")
    form = person.page.form()
    page = person.send(form, {**form.initial_fields, "choice": ["plan"]})
    assert page.path == "/have?e=locked"
    assert person.get("/plan/1").path == "/have?e=locked"
    assert person.get("/continue").path == "/have?e=locked"


def test_sensitive_answers_close_it(site: Site) -> None:
    """A draft that was walked past its words is closed after two hours, as ever; no page of it is left."""
    person, _ = begin(site)
    page = person.get("/quiz/1/feeling_safe")
    assert page.path == "/quiz/1/feeling_safe"
    person.answer({"afraid": "often"})
    site.clock.advance(hours=3)
    assert person.get("/quiz/1/feeling_safe").path == "/have?e=closed"
    assert person.get("/continue").path == "/have?e=closed"


def test_whether_anything_sensitive_was_said_is_not_told(site: Site) -> None:
    """Who left the sensitive questions open is closed out like those who answered: it depends on the pages alone."""
    for answer in ({"afraid": "often"}, {"afraid": "never"}, {"afraid": None}, {}):
        person, _ = begin(site)
        person.get("/quiz/1/feeling_safe")
        person.answer(answer)
        site.clock.advance(hours=3)
        assert person.get("/continue").path == "/have?e=closed"


def test_it_cannot_be_kept_for_longer(site: Site) -> None:
    """Neither the form for the device nor that of the page with the words is taken before the words were seen."""
    person, _ = left_alone(site)
    person.get("/continue")
    form = person.questions
    assert form is not None
    token = form.initial_fields["csrf_token"]
    for path in ("/keep", "/quiz/1/keep"):
        person.client.post(path, {"csrf_token": token, "keep": ["yes"], "next": ["/plan/1"]})
    site.clock.advance(hours=25)
    assert person.get("/continue").path == "/have?e=closed"


def test_nothing_is_saved_at_once_there(site: Site) -> None:
    """Saving while typing would tell whether an answer is new: such a page is kept by its button alone."""
    person, _ = left_alone(site)
    person.get("/continue")
    form = person.questions
    assert form is not None
    assert 'data-save="' not in person.page.html
    reply = person.client.post("/quiz/1/you_two-2/save", form.initial_fields)
    assert reply.status == 403


def test_exit_ends_it(site: Site) -> None:
    """Before and after the two hours."""
    for hours in (0, 3):
        person, _ = begin(site)
        site.clock.advance(hours=hours)
        assert person.client.post("/exit", {}).status == 200
        assert person.get("/continue").path == "/have?e=closed"


def test_later_shows_no_words_while_locked(site: Site) -> None:
    """The page for stopping says where it goes on."""
    person, secret = left_alone(site)
    page = person.get("/quiz/1/later")
    assert page.main.find("a", href="/quiz/1")
    assert not any(word in page.main.text.split() for word in secret.words if len(word) > 5)


def test_it_can_be_deleted(site: Site) -> None:
    """Deleting reads nothing."""
    person, secret = left_alone(site)
    form = person.get("/delete").form("/delete")
    person.send(form)
    assert site.journey(secret) is None


def test_an_opened_link_is_never_locked(site: Site) -> None:
    """Who came by the link is closed out after two hours, as their link has been shown."""
    person, _ = begin(site)
    person.walk(ANSWERS, "keep")
    secret = secret_of(person)
    other = site.person()
    form = other.get(f"/open/{secret.code}").form("/open")
    other.send(form)
    site.clock.advance(hours=3)
    assert other.get("/continue").path == "/have?e=closed"
