"""People who do anything, in any order, in several tabs: nothing that was acknowledged is lost, and nothing breaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import pytest

from engine.assessment.responses import validate_answers
from engine.content.items.base import Item
from engine.content.items.choices import MultipleChoice
from engine.content.items.text import ShortText
from tests.clients.page import Form
from tests.clients.person import RATHER_NOT_SAY, Fields, Person, Response, fields_of
from tests.clients.site import Site, new_tab, secret_of
from tests.clients.terminal import random_item_answer
from web.forms.paging import page_of_item, pages_of
from web.journeys.sitting import Sitting

STEPS: Final = 60
BLANK: Final = "blank"
INVALID: Final = "wrong"
NOWHERE: Final = ("/quiz/1/nobody", "/quiz/7", "/plan/7", "/quiz/1/next-99", "/open/x", "/static/x", "/quiz/1/before-x")
SOMEWHERE: Final = (
    "/",
    "/help",
    "/privacy",
    "/link",
    "/quiz/1",
    "/quiz/1/check",
    "/plan/1",
    "/quiz/1/later",
    "/delete",
)


@dataclass
class SeenPage:
    """A page with questions, as a tab showed it once."""

    form: Form
    when: int
    reply: Response | None = None


@dataclass
class Walk:
    """A person with several tabs, and everything the server confirmed to them."""

    site: Site
    random: Random
    tabs: list[Person] = field(default_factory=list)
    seen_pages: list[SeenPage] = field(default_factory=list)
    moment: int = 0
    changed: dict[str, int] = field(default_factory=dict)
    """When each page last brought anything new."""

    def __post_init__(self) -> None:
        person = self.site.person()
        person.start()
        self.tabs.append(person)
        self.secret = secret_of(person)
        self.pack, self.questions = self.site.state.content.content_versions.form_of(
            self.sitting.content_digest, "breakup"
        )

    @property
    def sitting(self) -> Sitting:
        return self.site.sitting(self.secret)

    @property
    def person(self) -> Person:
        return self.random.choice(self.tabs)

    def item(self, name: str) -> Item:
        item: Item = self.questions.items[self.questions.position[name]]
        return item

    def remember(self, person: Person) -> None:
        """Remember the page with questions that a tab shows."""
        form = person.questions
        if form is not None and all(seen.reply is not person.response for seen in self.seen_pages):
            self.seen_pages.append(SeenPage(form, self.moment, person.response))

    def page_of(self, person: Person) -> SeenPage | None:
        """The page with questions that a tab shows now."""
        self.remember(person)
        return next((seen for seen in self.seen_pages if seen.reply is person.response), None)

    # The moves

    def step(self) -> None:
        self.moment += 1
        moves = [self.answer] * 8 + [self.old_page] * 2 + [self.go] * 2
        moves += [self.send_twice, self.open_tab, self.tamper, self.send_over_night, self.finish]
        self.random.choice(moves)()
        for person in self.tabs:
            self.remember(person)

    def answer(self) -> None:
        person = self.person
        if person.questions is None:
            person.get("/quiz/1")
        if person.questions is None and person.page_name != "check" and person.path.startswith("/quiz/1/"):
            person.go_on()
        if (seen := self.page_of(person)) is not None:
            self.send(person, seen)

    def old_page(self) -> None:
        """The Back button, without a reload."""
        if self.seen_pages:
            self.send(self.person, self.random.choice(self.seen_pages))

    def send_twice(self) -> None:
        if not self.seen_pages:
            return
        person, seen = self.person, self.random.choice(self.seen_pages)
        fields, values = self.some_answers(seen.form)
        self.check_sent(person, seen, fields, values)
        before = self.sitting
        self.post(person, seen.form, fields)
        assert self.sitting == before

    def go(self) -> None:
        person = self.person
        names = [page.name for page in pages_of(self.questions)]
        paths = [*SOMEWHERE, *(f"/quiz/1/{name}" for name in names)]
        before = self.sitting
        if self.random.random() < 0.2:
            path = self.random.choice(NOWHERE)
            assert person.client.get(path).status in {303, 404}
        else:
            person.get(self.random.choice(paths))
        assert self.sitting == before, "looking changes nothing"
        self.remember(person)

    def open_tab(self) -> None:
        other = new_tab(self.person)
        if self.random.random() < 0.5:
            other = self.site.person()
            other.send(other.get(f"/open/{self.secret.code}").form("/open"))
        self.tabs = [*self.tabs[-2:], other]
        self.remember(other)

    def tamper(self) -> None:
        if not self.seen_pages:
            return
        person, seen = self.person, self.random.choice(self.seen_pages)
        before = self.sitting
        odd = self.random.choice([{"sitting": ["0" * 32]}, {"sitting": [""]}])
        fields, _ = self.some_answers(seen.form)
        self.post(person, seen.form, {**fields, **odd}, status=400)
        assert self.sitting == before
        junk: Fields = {"nobody": ["x"], "asked": [*fields.get("asked", []), "nobody"], "revision": ["-7"]}
        fields, values = self.some_answers(seen.form)
        self.check_sent(person, SeenPage(seen.form, -1), {**fields, **junk}, values)

    def send_over_night(self) -> None:
        if not self.seen_pages:
            return
        seen = self.random.choice(self.seen_pages)
        self.site.clock.advance(hours=12)
        fields, values = self.some_answers(seen.form)
        person = self.person
        person.send(seen.form, fields, status=403)
        again = person.page.form()
        words = self.random.choice([" ".join(self.secret.words), self.secret.code])
        self.check_sent(person, SeenPage(again, seen.when), {**again.initial_fields, "reopen": [words]}, values)
        self.tabs = [person]

    def finish(self) -> None:
        person, before = self.person, self.sitting
        person.get("/quiz/1/check")
        if person.page_name != "check":
            return
        person.finish()
        responses, after = (
            validate_answers(
                self.pack, self.questions, before.answers, before.as_of(self.site.clock.today()), complete=False
            ),
            self.sitting,
        )
        if person.path.startswith("/plan"):
            assert after.answers == responses.answers
            assert after.state == "finished"
            if before.finished is not None and before.finished.answers != after.answers:
                assert before.finished in after.versions
        else:
            assert after.answers == before.answers

    # What then must be

    def some_answers(self, form: Form) -> tuple[Fields, dict[str, Any]]:
        """Some answers to a page, and what they say."""
        fields: Fields = dict(form.initial_fields)
        values: dict[str, Any] = {}
        for name in form.names:
            if name not in self.questions.position or (not form.controls_named(name)):
                continue
            values[name], texts = self.some_value(self.item(name))
            fields.pop(name, None)
            if texts:
                fields[name] = texts
        return fields, values

    def some_value(self, item: Item) -> tuple[Any, list[str]]:
        dice = self.random.random()
        if dice < 0.1:
            return (INVALID if item.required else BLANK), []
        if dice < 0.2:
            match item:
                case ShortText():
                    return INVALID, ["x" * 41]
                case MultipleChoice() if item.rather_not_say:
                    return INVALID, [RATHER_NOT_SAY, item.options[0].id]
                case _:
                    return INVALID, ["nothing-of-this"]
        if dice < 0.3 and item.rather_not_say:
            return None, [RATHER_NOT_SAY]
        value = random_item_answer(self.random, item)
        return value, fields_of({item.id: value})[item.id]

    def send(self, person: Person, seen: SeenPage) -> None:
        fields, values = self.some_answers(seen.form)
        self.check_sent(person, seen, fields, values)

    def post(self, person: Person, form: Form, fields: Fields, status: int = 200) -> None:
        """Send a page; if it is from another device, once more by the button that is then offered."""
        reply = person.client.post(form.action, fields)
        if reply.status == 403:
            person.follow(form.action, reply, 403)
            person.send(person.page.form(), status=status)
        else:
            person.follow(form.action, reply, status)

    def check_sent(self, person: Person, seen: SeenPage, fields: Fields, values: dict[str, Any]) -> None:
        before = self.sitting
        self.post(person, seen.form, fields)
        self.moment += 1
        after = self.sitting
        page = page_of_item(self.questions, next(iter(values))).name
        stale = self.changed.get(page, 0) > seen.when
        expected = dict(before.answers)
        for name, value in values.items():
            if value is INVALID or (value is BLANK and stale):
                continue
            expected.pop(name, None)
            if value is not BLANK:
                expected[name] = value
        assert after.answers == expected
        for name, value in values.items():
            if value is INVALID and fields.get(name):
                assert after.typed[page][name]
        if (after.answers, after.asked, after.typed) != (before.answers, before.asked, before.typed):
            self.changed[page] = self.moment
        if before.finished is not None:
            assert after.finished == before.finished, "the plan stays until another is made"
        self.remember(person)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.exhaustive) for seed in range(2, 12))])
def test_nothing_acknowledged_is_lost(site: Site, seed: int) -> None:
    """After any sequence of moves, each accepted page is stored as sent, and the rest is unchanged."""
    walk = Walk(site, Random(seed))
    for _ in range(STEPS):
        walk.step()
    assert walk.sitting.revision > STEPS / 3
