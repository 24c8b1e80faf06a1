"""What can be done from a plan: ticks, one changed answer, a country, and pages beside it."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from tests.clients.page import Form, Node
from tests.clients.person import Person
from tests.clients.site import Site, example, secret_of
from tests.web.views.test_plan import ANSWERS, download, with_plan
from web.crypto.private_link import Secret

NOTE_BUTTONS: Final = ["done", "doing", "not_for_me"]
"""Of an action that nothing was noted at: its row, and the two of its menu."""


def forms(person: Person) -> list[Form]:
    """The forms at the actions, in the order of reading."""
    return [form for form in person.page.forms if form.action.endswith("/tick")]


def form_at(person: Person, action: str) -> Form:
    return next(form for form in forms(person) if form.values("action") == [action])


def press(person: Person, action: str, state: str) -> None:
    form = form_at(person, action)
    assert state in form.values("state")
    person.send(form, {**form.initial_fields, "state": [state]})
    assert person.path.split("#")[0] == "/plan/1"


def action_names(person: Person) -> list[str]:
    """All actions of the plan that can be ticked."""
    return [form.values("action")[0] for form in forms(person)]


def week(person: Person) -> Node:
    return person.page.main.find("section", class_="week")[0]


def test_every_action_can_be_noted(site: Site) -> None:
    """Each action of the plan has one form: its row is a button, two more are in its menu. Nothing is counted."""
    person = with_plan(site)
    note_forms = forms(person)
    marked = [node for node in person.page.main.walk() if "data-action" in node.attributes]
    assert len(note_forms) == len(marked) > 8
    assert all(form.values("state") == NOTE_BUTTONS for form in note_forms)
    assert not any(sign in person.page.text for sign in ("%", "streak", " of 11"))


def test_done_and_taken_back(site: Site) -> None:
    """The row of an action says what is noted at it, on every device; pressed again it takes that back."""
    person = with_plan(site)
    secret, first = secret_of(person), action_names(person)[0]
    assert pressed(person, first) == "false"
    press(person, first, "done")
    assert pressed(person, first) == "true"
    assert form_at(person, first).values("state") == ["", "doing", "not_for_me"]
    site.clock.advance(days=2)
    person = on_another_device(site, secret)
    assert pressed(person, first) == "true"
    press(person, first, "")
    assert pressed(person, first) == "false"
    press(person, first, "doing")
    assert pressed(person, first) == "mixed"
    assert form_at(person, first).values("state") == ["done", "", "not_for_me"]


def pressed(person: Person, action: str) -> str:
    """How the row of an action says what is noted at it."""
    form = next(
        form
        for form in person.page.main.find("form", class_="act")
        if form.attributes["data-tick"].endswith(f"/{action}")
    )
    return form.find("button", class_="tick")[0].attributes["aria-pressed"]


def status(person: Person) -> list[str]:
    return [node.text for node in person.page.main.find("p", role="status")]


def test_a_kind_line_and_one_more(site: Site) -> None:
    """What was ticked last has one line, on its day; the action for today is followed by one more, and by nothing then."""
    person = with_plan(site)
    today, *others = action_names(person)
    press(person, others[1], "done")
    assert len(status(person)) == 1
    assert not person.page.main.find("div", class_="next")
    press(person, today, "done")
    assert len(status(person)) == 1
    (more,) = person.page.main.find("div", class_="next")
    (offered,) = more.find("form", class_="act")
    assert offered.attributes["data-tick"].partition("/")[2] == others[0]
    form = next(form for form in forms(person) if form.values("place"))
    person.send(form, {**form.initial_fields, "state": ["done"]})
    assert person.responses[-2].location.endswith("#today")
    (more,) = person.page.main.find("div", class_="next")
    assert more.find("button", class_="tick")[0].attributes["aria-pressed"] == "true"
    assert len(more.find("form", class_="act")) == len(status(person)) == 1
    secret = secret_of(person)
    site.clock.advance(days=1)
    person = on_another_device(site, secret)
    assert status(person) == []
    press(person, today, "")
    assert not person.page.main.find("div", class_="next")


def on_another_device(site: Site, secret: Secret) -> Person:
    """The same plan on another device."""
    later = site.person()
    later.send(later.get(f"/open/{secret.code}").form("/open"))
    assert later.path == "/plan/1"
    return later


def test_another_in_its_place(site: Site) -> None:
    """A declined action makes room for the next action of the step, and can be taken back there."""
    person = with_plan(site)
    today, before = action_names(person)[0], action_names(person)
    press(person, today, "not_for_me")
    assert action_names(person)[0] != today
    assert today in action_names(person)
    assert form_at(person, today).values("state") == [""]
    passed = person.page.main.find("details", class_="passed")
    assert len(passed) == 1
    assert "Take this back" in passed[0].text
    press(person, today, "")
    assert action_names(person) == before


def test_where_nothing_is_left_the_summary_stays(site: Site) -> None:
    """A step whose actions are all declined says what it is about."""
    person = with_plan(site)
    for _ in range(60):
        unpressed = [form for form in forms(person) if form.values("state") == NOTE_BUTTONS]
        if not unpressed:
            break
        person.send(unpressed[0], {**unpressed[0].initial_fields, "state": ["not_for_me"]})
    steps = week(person).find("li", class_="step")
    assert steps
    for step in steps:
        assert step.find("p", class_="summary")
        assert not step.find("ul", class_="actions")


@pytest.mark.parametrize(
    "fields",
    [{"state": ["won"]}, {"action": ["nothing"]}, {"step": ["nothing"]}, {"sitting": ["other"]}, {"sitting": []}],
)
def test_only_what_the_plan_has(site: Site, fields: dict[str, list[str]]) -> None:
    """Nothing else can be noted than the three states, at actions of this plan."""
    person = with_plan(site)
    form = forms(person)[0]
    reply = person.client.post(form.action, {**form.initial_fields, "state": ["done"], **fields})
    assert reply.status == 400
    journey = site.journey(secret_of(person))
    assert journey is not None
    assert journey.action_notes == {}


def test_a_draft_has_no_ticks(site: Site) -> None:
    """There is nothing to note while there is no plan."""
    person = with_plan(site)
    form = forms(person)[0]
    assert person.client.post("/plan/7/tick", {**form.initial_fields, "state": ["done"]}).status == 404


def test_ticks_go_along(site: Site) -> None:
    """The file of everything has them, and nothing else is counted."""
    person = with_plan(site)
    press(person, action_names(person)[0], "done")
    (note,) = json.loads(download(person, "/everything.json?sure=yes"))["ticks"]["1"]
    assert note == {"step": "patience", "action": action_names(person)[0], "state": "done", "day": "2026-11-26"}


def test_ticks_are_deleted_with_their_sitting(site: Site) -> None:
    """A deleted sitting leaves no notes behind."""
    person = with_plan(site)
    press(person, action_names(person)[0], "done")
    secret = secret_of(person)
    journeys, today = site.state.journeys, site.clock.today()
    journeys.delete_sitting(secret, site.sitting(secret).id, today)
    journey = site.journey(secret)
    assert journey is not None
    assert (journey.action_notes, journey.sittings) == ({}, ())


# One answer


def change_links(person: Person) -> list[str]:
    changes = person.page.main.find("p", class_="change")
    return [link.attributes["href"] for change in changes for link in change.find("a")]


@pytest.mark.parametrize("name", ["first-weeks", "afraid", "required-only", "dark-thoughts", "own-violence"])
def test_each_reason_leads_to_its_answer(site: Site, name: str) -> None:
    """Behind each answer that is shown there is a link to where it is asked. No sensitive one is shown or linked."""
    person = with_plan(site, example(name))
    sensitive = site.state.content.content_versions.pack_of(site.sitting(secret_of(person)).content_digest).sensitive
    shown_items = [node.attributes["data-item"] for node in person.page.main.walk() if "data-item" in node.attributes]
    links = change_links(person)
    assert [link.partition("#q-")[2] for link in links] == shown_items
    assert not set(shown_items) & sensitive
    for link in sorted(set(links)):
        assert person.client.get(link.partition("#")[0]).status == 200


def amend(person: Person, item: str, answers: dict[str, Any]) -> None:
    """Follow the link at a reason, answer otherwise and save."""
    link = next(link for link in change_links(person) if link.endswith(f"#q-{item}"))
    person.get(link.partition("#")[0])
    assert "Save and see your plan" in person.page.text
    person.answer(answers)


def test_one_answer_changed(site: Site) -> None:
    """It makes a new version of the same sitting, of the same day, and says above the plan what moved."""
    person = with_plan(site)
    site.clock.advance(minutes=90)
    amend(person, "how_long_ago", {"how_long_ago": other_option(site, person)})
    assert person.path.startswith("/plan/1")
    assert "Your answer is changed" in person.page.text
    moved = person.page.main.find("section", class_="moved")
    assert len(moved) == 1
    sitting = site.sitting(secret_of(person))
    assert (sitting.state, len(sitting.versions), sitting.number) == ("finished", 1, 1)
    assert sitting.versions[0].answers["how_long_ago"] == ANSWERS["how_long_ago"]
    assert person.get("/plan/1").main.find("section", class_="moved") == []


def test_a_notice_comes_before_what_moved(site: Site) -> None:
    """Nothing precedes a notice that a change has raised, and the page opens at the notice."""
    person = with_plan(site)
    person.get("/quiz/1/contact_now?back=plan")
    person.answer({"limits": ["legal"]})
    names = ("notice", "moved", "first", "h1")
    order = [name for node in person.page.main.walk() for name in names if node.tag == name or node.has(class_=name)]
    assert order == ["notice", "moved", "first", "h1"]
    landing = next(node for node in person.page.main.walk() if "data-focus" in node.attributes)
    assert person.responses[-2].location.endswith(f"#{landing.attributes['id']}")
    assert landing.find("section", class_="notice")


def other_option(site: Site, person: Person) -> str:
    """The last thing that could be said of when it ended."""
    item: Any = site.state.content.content_versions.pack_of(site.sitting(secret_of(person)).content_digest).items[
        "how_long_ago"
    ]
    return str(item.options[-1].id)


def test_the_same_answer_again(site: Site) -> None:
    """Saving the same answer says that the plan stays; there is no new version."""
    person = with_plan(site)
    amend(person, "how_long_ago", {"how_long_ago": ANSWERS["how_long_ago"]})
    assert "Your plan stays as it was" in person.page.text
    assert site.sitting(secret_of(person)).versions == ()


def test_moved_without_a_change(site: Site) -> None:
    """The address alone tells of no change that never was."""
    person = with_plan(site)
    for query in ("moved=1", "moved=0", "moved=7"):
        assert "Your answer is changed" not in person.get(f"/plan/1?{query}").text


def test_an_answer_that_asks_for_more(site: Site) -> None:
    """If the same page then asks one more thing, it is asked first; the plan comes after that."""
    person = with_plan(site, {**ANSWERS, "own_acts": ["none"]})
    page = person.get("/quiz/1/feeling_safe?back=plan")
    assert "own_acts_why" not in page.form().names
    person.answer({"own_acts": ["checked"]})
    assert person.page_name == "feeling_safe"
    assert "own_acts_why" in person.page.form().names
    person.answer({"own_acts": ["checked"], "own_acts_why": "other"})
    assert person.path.startswith("/plan/1")


def test_a_mistake_is_shown_first(site: Site) -> None:
    """What can't be taken stays on its page, and the plan stays as it is until it is corrected."""
    person = with_plan(site)
    person.get("/quiz/1/you_two?back=plan")
    person.answer({"partner_name": "x" * 50})
    assert person.page.title.startswith("Error:")
    person.answer({"partner_name": "Sam"})
    assert person.path.startswith("/plan/1")


def test_back_means_nothing_in_a_draft(site: Site) -> None:
    """A draft is not finished by an address."""
    person = site.person()
    person.start()
    person.get("/quiz/1/you_two?back=plan")
    person.answer({name: ANSWERS[name] for name in ("pronoun", "partner_name", "wish")})
    assert person.path.startswith("/quiz/1/")
    assert site.sitting(secret_of(person)).state == "draft"


def test_a_first_plan_says_what_it_does_not_know(site: Site) -> None:
    """After "See a first plan now" the plan names open questions, each with a link, and leads on."""
    person = site.person()
    person.start()
    person.walk(ANSWERS, "offer")
    form = person.page.form()
    person.send(form, {**form.initial_fields, "choice": ["plan"]})
    assert person.path == "/plan/1"
    assert "This is a first plan. Go on with the questions" in person.page.text
    links = [link.attributes["href"] for link in person.page.main.find("a", class_="answer")]
    assert links
    person.get(links[0].partition("#")[0])
    assert "Save and see your plan" in person.page.text
    person.send(person.page.form())
    assert person.path.startswith("/plan/1")


# Country


def test_a_country_for_help_lines(site: Site) -> None:
    """It is kept with the plan, on every device, until another is chosen; no other text comes in."""
    person = with_plan(site)
    form = person.page.form("/country")
    person.send(form, {**form.initial_fields, "country": ["uk"]})
    assert "Help and support: United Kingdom" in person.page.text
    other = on_another_device(site, secret_of(person))
    assert "Help and support: United Kingdom" in other.page.text
    form = other.page.form("/country")
    assert other.client.post(form.action, {**form.initial_fields, "country": ["atlantis"]}).status == 400
    other.send(form, {**form.initial_fields, "country": [""]})
    assert "United Kingdom" not in other.page.main.find("h2", id="help")[0].text


# Pages beside the plan


@pytest.mark.parametrize("name", ["first-weeks", "afraid", "dark-thoughts"])
@pytest.mark.parametrize(("page", "title"), [("weeks", "The coming four weeks"), ("what-if", "What would change")])
def test_pages_beside_the_plan(site: Site, name: str, page: str, title: str) -> None:
    """They are linked where the kind of plan has them, and are nowhere else."""
    person = with_plan(site, example(name))
    path = f"/plan/1/{page}"
    if path in person.page.links:
        assert title in person.get(path).heading
        assert "/plan/1" in person.page.links
    else:
        assert person.client.get(path).status == 404
    assert (path in with_plan(site).page.links) is True
