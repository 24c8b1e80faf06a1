"""Saving as one answers: each change is kept at once, as the page's script sends it, and nothing else happens by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients.person import Fields, Person, Response
from tests.clients.site import FlaskTestClient, Site, cached_content, example, new_tab, secret_of
from tests.web.views.test_quiz import at_page, stored_sitting
from web.app import create_app
from web.settings import Settings

ANSWERS: Final = example("first-weeks")
PAGE: Final = "two_weeks"


class Tab:
    """A page with questions that is open, with its script: what it shows, what was changed on it, its revision."""

    def __init__(self, person: Person) -> None:
        form = person.questions
        assert form is not None
        self.person: Final = person
        self.path: Final = form.action
        self.fields: Final[Fields] = dict(form.initial_fields)
        self.changed: list[str] = []

    def choose(self, name: str, *values: str) -> None:
        self.fields[name] = list(values)
        self.changed.append(name)

    def send(self, names: list[str]) -> Response:
        """Send a save as the script does, without looking at what comes back."""
        always = {name: self.fields[name] for name in ("csrf_token", "sitting", "revision")}
        answers = {name: self.fields.get(name, []) for name in names}
        return self.person.client.post(f"{self.path}/save", {**always, "asked": names, "changed": names, **answers})

    def save(self) -> None:
        reply = self.send(self.changed)
        assert reply.status == 200, reply.status
        self.fields["revision"] = [str(revision_of(reply))]
        self.changed = []

    def press(self, button: str | None = None) -> None:
        """Press a button of the page, which then says what was not saved yet."""
        fields = {**self.fields, "changed": ["", *self.changed], **({"then": [button]} if button else {})}
        self.person.follow(self.path, self.person.client.post(self.path, fields), 200)


def revision_of(reply: Response) -> int:
    return int(answer_of(reply)["revision"])


def answer_of(reply: Response) -> dict[str, Any]:
    answer: dict[str, Any] = reply.response.get_json()  # type: ignore[attr-defined]
    return answer


def open_page(site: Site, name: str = PAGE) -> tuple[Person, Tab]:
    person = at_page(site, name)
    return person, Tab(person)


def other_tab(person: Person) -> Tab:
    tab = new_tab(person)
    tab.get(person.path)
    return Tab(tab)


def answers_of(site: Site, person: Person) -> dict[str, Any]:
    return {name: value for name, value in stored_sitting(site, person).answers.items() if name in ANSWERS}


# What a save does


def test_a_change_is_kept_at_once(site: Site) -> None:
    """After a save the answer is there; the page waits still, as nothing else on it was answered or left open."""
    person, tab = open_page(site)
    tab.choose("sleep", "3")
    tab.save()
    sitting = stored_sitting(site, person)
    assert (sitting.answers["sleep"], sitting.state) == (3, "draft")
    assert not {"sleep", "day"} & sitting.asked
    assert person.get("/quiz/1").heading == "The last two weeks"
    assert person.questions is not None
    assert person.questions.initial_fields["sleep"] == ["3"]
    assert not person.page.title.startswith("Error")


def test_clearing_clears(site: Site) -> None:
    """An answer that is taken back is gone, with its boxes too, and the question is asked again."""
    person, tab = open_page(site)
    tab.choose("sleep", "3")
    tab.choose("worst_time", "nights", "mornings")
    tab.save()
    tab.choose("sleep")
    tab.choose("worst_time")
    tab.save()
    sitting = stored_sitting(site, person)
    assert not {"sleep", "worst_time"} & (sitting.answers.keys() | sitting.asked)


def test_a_blank_is_no_error(site: Site) -> None:
    """A needed question that is blank is no fault while the page is open, and one when its button is pressed."""
    person = site.person()
    person.start()
    tab = Tab(person)
    for values in (["decide"], []):
        tab.choose("wish", *values)
        tab.save()
    assert stored_sitting(site, person).typed == {}
    assert "wish" not in stored_sitting(site, person).answers
    assert not person.get(person.path).title.startswith("Error")
    tab.press()
    assert person.page.title.startswith("Error")


def test_a_text_that_is_too_long_is_kept_as_typed(site: Site) -> None:
    """What can't be taken stays in its field; the name that was there before stays as it is until it is corrected."""
    person = site.person()
    person.start()
    tab = Tab(person)
    tab.choose("partner_name", "Sam")
    tab.save()
    tab.choose("partner_name", "x" * 50)
    tab.save()
    sitting = stored_sitting(site, person)
    assert (sitting.answers["partner_name"], sitting.typed) == ("Sam", {"you_two": {"partner_name": ("x" * 50,)}})
    tab.choose("partner_name", "Max")
    tab.save()
    assert (stored_sitting(site, person).answers["partner_name"], stored_sitting(site, person).typed) == ("Max", {})


def test_what_no_page_offers_is_no_answer(site: Site) -> None:
    """The checks are those of the page: values, items of other pages and fields that were not asked for are not taken."""
    person, tab = open_page(site)
    tab.choose("sleep", "9")
    tab.choose("afraid", "often")
    tab.choose("people", "3")
    tab.save()
    assert not {"sleep", "people"} & stored_sitting(site, person).answers.keys()
    assert stored_sitting(site, person).answers["afraid"] == ANSWERS["afraid"]


def test_the_same_again_changes_nothing(site: Site) -> None:
    """A save that says nothing new writes nothing."""
    person, tab = open_page(site)
    tab.choose("sleep", "3")
    tab.save()
    before = stored_sitting(site, person)
    tab.choose("sleep", "3")
    tab.save()
    assert stored_sitting(site, person) == before


# What it never does


@pytest.mark.parametrize("name", ["contact_now", "contact_now-2", "feeling_safe", "dark_thoughts"])
def test_nothing_sensitive_is_kept_before_its_button(site: Site, name: str) -> None:
    """The pages about limits, one's own reaching, safety and self-harm offer no saving, and none is taken."""
    person, tab = open_page(site, name)
    assert "data-save=" not in person.page.html
    before = stored_sitting(site, person)
    item = tab.fields["asked"][0]
    tab.choose(item, "~")
    assert tab.send(tab.changed).status == 404
    assert stored_sitting(site, person) == before
    tab.press()
    assert item in stored_sitting(site, person).answers


def test_a_finished_sitting_stays_finished(site: Site) -> None:
    """After the plan an answer waits for its button: a save is refused, and never finishes anything either."""
    person, tab = open_page(site, "own_life")
    late = other_tab(person)
    tab.choose("people", "4")
    tab.save()
    assert stored_sitting(site, person).state == "draft"
    tab.press()
    person.walk(ANSWERS)
    person.finish()
    finished = stored_sitting(site, person)
    late.choose("people", "1")
    assert late.send(late.changed).status == 409
    assert stored_sitting(site, person) == finished
    person.get("/quiz/1/own_life?back=plan")
    assert "data-save=" not in person.page.html


@pytest.mark.parametrize(
    ("odd", "status"),
    [({"csrf_token": ["x"]}, 403), ({"csrf_token": []}, 403), ({"sitting": ["0" * 32]}, 400)],
)
def test_forms_of_others_are_refused(site: Site, odd: Fields, status: int) -> None:
    """A token of someone else, or another sitting, changes nothing."""
    _, tab = open_page(site)
    before = stored_sitting(site, tab.person)
    tab.choose("sleep", "3")
    tab.fields.update(odd)
    assert tab.send(tab.changed).status == status
    assert stored_sitting(site, tab.person) == before


@pytest.mark.parametrize(
    "path", ["/quiz/1/nobody/save", "/quiz/1/check/save", "/quiz/1/keep/save", "/quiz/7/two_weeks/save"]
)
def test_addresses_that_lead_nowhere(site: Site, path: str) -> None:
    """Only pages with questions can be saved."""
    person, tab = open_page(site)
    tab.choose("sleep", "3")
    reply = person.client.post(path, {name: tab.fields[name] for name in ("csrf_token", "sitting", "revision")})
    assert reply.status == 404
    assert person.client.get(path).status in {404, 405}


def test_a_closed_device_keeps_nothing(site: Site) -> None:
    """After two idle hours a save is refused, and the button asks for the words as ever."""
    person, tab = open_page(site)
    secret = secret_of(person)
    site.clock.advance(hours=3)
    tab.choose("sleep", "3")
    assert tab.send(tab.changed).status == 403
    assert "sleep" not in site.sitting(secret).answers


def test_saves_do_not_count_against_the_limits(tmp_path: Path) -> None:
    """However many changes are made, no limit by address is nearer."""
    site = Site(tmp_path / "kept")
    person, tab = open_page(site)
    settings = Settings(data_dir=site.folder, start_limit="1 per hour", open_limit="1 per hour")
    limited = create_app(settings, storage=site.storage, clock=site.clock, content=cached_content(None)).test_client()
    cookie = person.client.client.get_cookie("s")  # type: ignore[attr-defined]
    limited.set_cookie("s", cookie.value)
    tab.person.client = FlaskTestClient(limited)
    for number in range(8):
        tab.choose("sleep", str(number % 4))
        tab.save()
    assert limited.get("/quiz/1/two_weeks").status_code == 200
    site.storage.close()


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("button", [None, "back", "later"])
def test_a_save_that_comes_after_the_button_is_refused(site: Site, button: str | None, again: bool) -> None:
    """A save hung, its answer was changed, the button was pressed: it arrives late and brings nothing back."""
    person, tab = open_page(site)
    if again:
        tab.choose("sleep", "1")
        tab.press()
        person.get(f"/quiz/1/{PAGE}")
        tab = Tab(person)
    hung = Tab(person)
    hung.fields.update(tab.fields)
    hung.choose("sleep", "3")
    hung.choose("worst_time", "nights")
    tab.choose("sleep", "1")
    tab.choose("worst_time")
    tab.press(button)
    pressed = stored_sitting(site, person)
    late = hung.send(hung.changed)
    assert (late.status, answer_of(late)) == (409, {"error": "late"})
    assert stored_sitting(site, person) == pressed
    assert pressed.answers["sleep"] == 1
    assert "worst_time" not in pressed.answers


def test_a_page_that_was_pressed_can_be_saved_again(site: Site) -> None:
    """One who comes back to it sees the newest, and what is changed is kept at once."""
    person, tab = open_page(site)
    tab.choose("sleep", "3")
    tab.press()
    person.get(f"/quiz/1/{PAGE}")
    tab = Tab(person)
    tab.choose("sleep", "2")
    tab.save()
    assert stored_sitting(site, person).answers["sleep"] == 2


def test_an_old_tab_keeps_its_change_for_its_button(site: Site) -> None:
    """Its saves are refused once the page was sent elsewhere; its button brings them, and nothing else."""
    person, tab = open_page(site)
    old = other_tab(person)
    tab.choose("sleep", "3")
    tab.press()
    old.choose("day", "1")
    assert old.send(old.changed).status == 409
    old.press()
    answers = stored_sitting(site, person).answers
    assert (answers["sleep"], answers["day"]) == (3, 1)


def test_no_answer_to_a_script_sets_a_cookie(site: Site) -> None:
    """It may come after the answer to Exit, and would open the journey again; nor is there one where none is open."""
    person, tab = open_page(site)
    site.clock.advance(minutes=20)
    tab.choose("sleep", "3")
    reply = tab.send(tab.changed)
    assert (reply.status, reply.headers.get("Set-Cookie")) == (200, None)
    script = {"Sec-Fetch-Dest": "empty"}
    fetched = person.client.client.get(f"/quiz/1/{PAGE}", headers=script)  # type: ignore[attr-defined]
    assert (fetched.status_code, fetched.headers.get("Set-Cookie")) == (200, None)
    page = person.client.get(f"/quiz/1/{PAGE}")
    assert page.headers.get("Set-Cookie")
    stranger = site.person()
    reply = stranger.client.post(f"{tab.path}/save", {"asked": ["sleep"], "changed": ["sleep"], "sleep": ["3"]})
    assert (reply.status, reply.headers.get("Set-Cookie")) == (403, None)


def test_a_save_after_everything_was_deleted(site: Site) -> None:
    """It is refused, and nothing comes back."""
    person, _ = open_page(site)
    late = other_tab(person)
    secret = secret_of(person)
    late.choose("sleep", "3")
    form = person.get("/delete").form("/delete")
    person.send(form)
    assert late.send(late.changed).status == 403
    assert site.journey(secret) is None


ODD_BODIES: Final = {
    "application/json": b'{"asked": ["sleep"], "changed": ["sleep"], "sleep": "3"}',
    "text/plain": b"asked=sleep&changed=sleep&sleep=3",
    "multipart/form-data; boundary=x": b"--x--",
    "application/x-www-form-urlencoded": b"sleep=" + b"3" * 200_000,
}


@pytest.mark.parametrize(("kind", "status"), [*zip(ODD_BODIES, (403, 403, 400, 413), strict=True)])
def test_odd_bodies_are_refused(site: Site, kind: str, status: int) -> None:
    """Other types than that of a form, and too much of it, change nothing."""
    person, tab = open_page(site)
    before = stored_sitting(site, person)
    client = person.client.client  # type: ignore[attr-defined]
    reply = client.post(f"{tab.path}/save", data=ODD_BODIES[kind], content_type=kind)
    assert reply.status_code == status
    assert stored_sitting(site, person) == before


# One's own saving, two tabs, and pages that are old


def test_no_tab_is_stale_by_its_own_saving(site: Site) -> None:
    """After any number of saves the page goes out as the newest: what is blank on it then was left open."""
    person, tab = open_page(site)
    for value in ("1", "2", "3"):
        tab.choose("sleep", value)
        tab.save()
    tab.choose("sleep")
    tab.press()
    assert "sleep" not in stored_sitting(site, person).answers
    assert {"sleep", "day"} <= stored_sitting(site, person).asked
    assert "two places" not in person.page.text


def test_a_save_whose_answer_was_lost(site: Site) -> None:
    """A save was kept and its answer never came: the page sends the change again, and nothing is doubled or lost."""
    person, tab = open_page(site)
    tab.choose("sleep", "3")
    tab.choose("day", "2")
    assert tab.send(["sleep"]).status == 200
    tab.choose("sleep", "1")
    tab.press()
    answers = stored_sitting(site, person).answers
    assert (answers["sleep"], answers["day"]) == (1, 2)
    assert {"sleep", "thoughts"} <= stored_sitting(site, person).asked


def test_two_tabs_keep_both_changes(site: Site) -> None:
    """Each tab sends what was changed in it, so neither takes the other's answers away or brings old ones back."""
    person, first = open_page(site)
    first.choose("sleep", "3")
    first.choose("day", "3")
    first.save()
    second = other_tab(person)
    first.choose("sleep", "1")
    first.save()
    second.choose("day", "0")
    second.save()
    assert {name: answers_of(site, person)[name] for name in ("sleep", "day")} == {"sleep": 1, "day": 0}
    first.choose("day")
    first.save()
    second.choose("thoughts", "2")
    second.save()
    assert answers_of(site, person)["sleep"] == 1
    assert "day" not in stored_sitting(site, person).answers


def test_a_stale_page_brings_nothing_back(site: Site) -> None:
    """Pressing the button of an old page keeps what was changed on it, and nothing that it merely shows."""
    person, tab = open_page(site)
    tab.choose("sleep", "3")
    tab.choose("day", "3")
    tab.choose("thoughts", "3")
    tab.save()
    old = other_tab(person)
    tab.choose("sleep", "1")
    tab.choose("day")
    tab.save()
    old.choose("settle", "2")
    old.choose("thoughts")
    old.press()
    answers = stored_sitting(site, person).answers
    assert (answers["sleep"], answers["settle"]) == (1, 2)
    assert not {"day", "thoughts"} & answers.keys()
    assert old.person.page_name == "dark_thoughts"


def test_a_stale_page_that_saves_stays_stale(site: Site) -> None:
    """Its own save does not make it new: it shows nothing of what was answered elsewhere."""
    person, tab = open_page(site)
    old = other_tab(person)
    tab.choose("sleep", "3")
    tab.save()
    before = old.fields["revision"]
    old.choose("day", "2")
    old.save()
    assert old.fields["revision"] == before
    old.press()
    assert (stored_sitting(site, person).answers["sleep"], stored_sitting(site, person).answers["day"]) == (3, 2)


def test_a_needed_box_that_was_unticked_is_missed(site: Site) -> None:
    """On a page without saving, a needed answer that was taken back is no answer: the page asks for it."""
    person = at_page(site, "contact_now-2")
    person.get("/quiz/1/contact_now")
    tab = Tab(person)
    tab.choose("their_stance")
    tab.press()
    assert person.page.title.startswith("Error")
    assert "their_stance" not in stored_sitting(site, person).answers


def test_without_a_script_a_page_is_as_it_was(site: Site) -> None:
    """A form that names no changes is taken whole; if it is stale, what it replaces is listed."""
    person, tab = open_page(site)
    old = other_tab(person)
    tab.choose("sleep", "3")
    tab.save()
    old.person.send(old.person.questions, {**old.fields, "sleep": ["1"]})  # type: ignore[arg-type]
    assert stored_sitting(site, person).answers["sleep"] == 1
    assert "I slept well enough" in old.person.page.text


def test_a_save_leads_nowhere(site: Site) -> None:
    """Its answer is the revision of the page and nothing else, and the page stays the one that waits."""
    person, tab = open_page(site)
    tab.choose("sleep", "0")
    reply = tab.send(tab.changed)
    assert set(answer_of(reply)) == {"revision"}
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"
    assert person.get("/quiz/1").path.endswith(PAGE)
