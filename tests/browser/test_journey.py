"""A whole life with a plan on a phone, weeks apart, in one go: with scripts and without, by eye, by ear and on paper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

import pytest
from pypdf import PdfReader

from tests.browser.reading_order import out_of_order, wrong_on_paper
from tests.browser.visitor import Axe, Visitor, choose_note, press_tick
from tests.clients.site import Site, example
from tests.web.views.test_history import CHECK_IN_ANSWERS
from web.crypto.private_link import Secret

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ANSWERS, LATER = (json.loads(json.dumps(example(name))) for name in ("first-weeks", "first-weeks-later"))
FRIGHTENED: Final = {**CHECK_IN_ANSWERS, "since_last_time": ["frightened"]}
MOST_SHEETS: Final = 4
DAYS: Final = ("2026-11-26", "2026-12-03", "2026-12-10", "2027-01-07")
TICKS: Final = """() => Object.fromEntries([...document.querySelectorAll("article [data-action]")].map(action => [action.dataset.action,
    {true: "done", mixed: "doing", false: ""}[action.querySelector(".tick").getAttribute("aria-pressed")]]))"""
SCALES: Final = """() => [...document.querySelectorAll(".comparison table.days")].map(table => ({
    title: table.caption.querySelector("h3").textContent,
    rows: [...table.tBodies[0].rows].map(row => ({
        number: parseFloat(row.cells[row.cells.length - 1].textContent),
        filled: row.querySelectorAll(".there, .more").length}))}))"""


@dataclass
class ReturningPerson:
    """Somebody who comes to a site with a browser, on one device after the other; what is wrong anywhere is kept."""

    browser: Browser
    served_site: tuple[Site, str]
    js: bool
    axe: Axe
    folder: Path
    devices: list[Visitor] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def new_device(self) -> Visitor:
        """A browser that knows nothing; the one before is closed."""
        self.close()
        self.devices.append(Visitor(self.browser, self.served_site[1], js=self.js))
        return self.devices[-1]

    def close(self) -> None:
        for visitor in self.devices[-1:]:
            visitor.context.close()

    def return_later(self, secret: Secret, weeks: int) -> Visitor:
        """Another device, some weeks later, with the twelve words."""
        self.served_site[0].clock.advance(weeks=weeks)
        visitor = self.new_device()
        visitor.go("/have")
        self.check_page(visitor)
        visitor.page.locator("main textarea").fill(" ".join(secret.words))
        visitor.go_on()
        return visitor

    def check_page(self, visitor: Visitor, path: str | None = None) -> None:
        """Look at a page as it is, folded and open, and listen to it."""
        if path is not None:
            visitor.go(path)
        for unfold in (False, True):
            if unfold and not visitor.page.locator("main details").count():
                break
            visitor.page.evaluate(
                "open => document.querySelectorAll('main details').forEach(details => { details.open ||= open; })",
                unfold,
            )
            self.faults += out_of_order(visitor.page) + visitor.horizontal_overflow()
        if self.js:
            self.faults += visitor.audit(self.axe, (360,), ("light",))

    def print_page(self, visitor: Visitor, path: str) -> str:
        """A page on paper: at most four sheets. Returns its words without spaces."""
        visitor.go(path)
        self.faults += wrong_on_paper(visitor.page)
        file = self.folder / "printed.pdf"
        visitor.page.pdf(path=file, format="A4", prefer_css_page_size=True)
        sheets = PdfReader(file).pages
        assert 1 <= len(sheets) <= MOST_SHEETS
        return plain("".join(sheet.extract_text() for sheet in sheets))

    def download(self, visitor: Visitor, path: str, name: str) -> dict[str, Any]:
        """The downloads of the page with files, after its confirmation."""
        visitor.go(path)
        visitor.main.locator("#sure-answers").check()
        with visitor.page.expect_download() as download:
            visitor.main.get_by_role("button", name=name).click()
        download.value.save_as(self.folder / "file.json")
        content: dict[str, Any] = json.loads((self.folder / "file.json").read_text())
        return content


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.exhaustive)], ids=["script", "no-script"])
def person(
    request: pytest.FixtureRequest, browser: Browser, served_site: tuple[Site, str], axe: Axe, tmp_path: Path
) -> Iterator[ReturningPerson]:
    """A life of its own on a site of its own; at its end nothing may have been wrong on any page."""
    returning = ReturningPerson(browser, served_site, request.param, axe, tmp_path)
    yield returning
    returning.close()
    assert returning.faults + [fault for device in returning.devices for fault in device.faults] == []


def test_a_life_with_a_plan(person: ReturningPerson) -> None:
    """A whole journey: answer, tick, close, reopen, check in twice, retake, compare, print, export and delete."""
    visitor = person.new_device()
    take_quiz(person, visitor)
    noted = note_actions(person, visitor)
    secret = visitor.secret
    check_in(person, secret, noted)
    visitor = take_again(person, secret, noted)
    compare(person, visitor)
    on_paper(person, visitor)
    export(person, visitor, noted)
    delete(person, visitor, secret)


def plain(text: str) -> str:
    """The letters alone: in a file for paper two may be one shape, and spaces are where they fit."""
    return "".join(normalize("NFKC", text).split())


def kind_of(visitor: Visitor) -> str:
    return str(visitor.page.locator("article.report").get_attribute("data-kind"))


def take_quiz(person: ReturningPerson, visitor: Visitor) -> None:
    """Every question answered by hand; the file of answers gives them back."""
    person.check_page(visitor, "/")
    visitor.start()
    visitor.walk(ANSWERS)
    person.check_page(visitor)
    assert visitor.page.locator(".given .last").count() == 0
    visitor.go_on()
    assert (visitor.path, kind_of(visitor)) == ("/plan/1", "space_first")
    person.check_page(visitor)
    content = person.download(visitor, "/plan/1/file", "A file of the answers")
    assert content["answers"] == ANSWERS


def note_actions(person: ReturningPerson, visitor: Visitor) -> dict[str, str]:
    """Today's action done, one not for them, which another replaces, one of a folded step begun: what is noted, by action."""
    visitor.go("/plan/1")
    visitor.page.locator(".later > details > summary").click()
    noted = {}
    for within, state in (("#step-learn", "doing"), (".today", "done"), ("#step-space", "not_for_me")):
        before = visitor.page.evaluate(TICKS)
        form = visitor.page.locator(f"{within} form.act").first
        action = str(form.locator("[name=action]").get_attribute("value"))
        if state == "done":
            press_tick(visitor, within, "true")
        else:
            choose_note(visitor, within, state)
        after = visitor.page.evaluate(TICKS)
        noted[action] = state
        if state == "not_for_me":
            assert action not in after
            assert len(after) == len(before)
            assert visitor.page.locator(f".passed [id$='-{action}']").count() == 1
        else:
            assert after == {**before, action: state}
            assert visitor.page.locator(f"{within} .after").is_visible() is (state == "done")
        visitor.page.evaluate("document.querySelectorAll('.later > details').forEach(fold => { fold.open = true; })")
    person.check_page(visitor)
    return noted


def check_in(person: ReturningPerson, secret: Secret, noted: dict[str, str]) -> None:
    """A week later frightened, which holds the plan back and shows no scores; a week after that calm, and it is as before."""
    visible = {action: state for action, state in noted.items() if state != "not_for_me"}
    for number, answers, expected_kind in ((2, FRIGHTENED, "safety_first"), (3, CHECK_IN_ANSWERS, "space_first")):
        visitor = person.return_later(secret, weeks=1)
        assert visitor.path == "/plan/1"
        if number == 2:
            assert visible.items() <= visitor.page.evaluate(TICKS).items()
        person.check_page(visitor, "/plans")
        visitor.press("Start a short check-in")
        assert visitor.path == f"/quiz/{number}/two_weeks"
        visitor.walk(answers)
        person.check_page(visitor)
        visitor.go_on()
        assert (visitor.path, kind_of(visitor)) == ("/plan/1", expected_kind)
        person.check_page(visitor)
        person.check_page(visitor, "/timeline")
        assert (visitor.page.locator("article").count() == 0) is (expected_kind == "safety_first")
    visitor.go("/plan/1")
    assert visible.items() <= visitor.page.evaluate(TICKS).items()


def take_again(person: ReturningPerson, secret: Secret, noted: dict[str, str]) -> Visitor:
    """Four weeks later from an empty page; what was said last time stands at the end alone, and what was begun comes first."""
    visitor = person.return_later(secret, weeks=4)
    visitor.go("/plans")
    visitor.press("Take it again")
    assert visitor.path == "/quiz/4/you_two"
    person.check_page(visitor, "/plans")
    person.check_page(visitor, "/plan/1")
    visitor.press("Go on with it")
    for _ in range(40):
        if visitor.page_name == "check":
            break
        assert not visitor.page.locator("main input:checked").count()
        assert not visitor.page.locator(".last").count()
        visitor.fill_at_once({**LATER, "keep": "no"})
        visitor.go_on()
    answers_listed = visitor.page.locator(".given .rows > li")
    assert 0 < visitor.page.locator(".given .last").count() < answers_listed.count()
    person.check_page(visitor)
    visitor.go_on()
    assert visitor.path == "/compare/1/4"
    visitor.press("See your new plan")
    assert (visitor.path, kind_of(visitor)) == ("/plan/4", "reconnect")
    person.check_page(visitor)
    begun, declined = (next(action for action in noted if noted[action] == state) for state in ("doing", "not_for_me"))
    first = visitor.page.locator(f"li.step:has([data-action={begun}]) [data-action]").first
    assert first.get_attribute("data-action") == begun
    assert declined not in visitor.page.evaluate(TICKS)
    return visitor


def compare(person: ReturningPerson, visitor: Visitor) -> None:
    """What changed: a headline, tables of pebbles with the same numbers, moves with causes, and all that was answered."""
    visitor.go("/compare/1/4")
    person.check_page(visitor)
    assert visitor.page.locator("h1").count() == 1
    scales = visitor.page.evaluate(SCALES)
    assert len(scales) == 3
    for scale in scales:
        assert len(scale["rows"]) == 2
        assert [row["filled"] for row in scale["rows"]] == [row["number"] for row in scale["rows"]]
    moves = visitor.page.locator("ol.moves > li")
    titles = [text.strip() for text in moves.locator("h3").all_inner_texts()]
    assert len(titles) > 3
    assert visitor.page.locator(".lines path").count() == len(titles)
    differ = {item for item in ANSWERS.keys() | LATER.keys() if ANSWERS.get(item) != LATER.get(item)}
    differ -= person.served_site[0].state.content.library.forms["breakup"][0].sensitive
    assert visitor.page.locator(".comparison dt").count() == len(differ)
    person.check_page(visitor, "/timeline")
    steady = visitor.page.locator("table.over").first
    assert [str(day.get_attribute("datetime")) for day in steady.locator("tbody time").all()] == list(DAYS)
    assert steady.locator("tbody svg.pebbles").count() == len(DAYS)
    visitor.go("/plan/4")
    assert titles


def on_paper(person: ReturningPerson, visitor: Visitor) -> None:
    """Plans, with what was ticked, the comparison and the days over time: what is folded is on paper, and no button."""
    for path, selector in (
        ("/plan/1", ".later .actions .tick > span:last-child"),
        ("/plan/4", ".later .actions .tick > span:last-child"),
        ("/compare/1/4", ".comparison dt"),
        ("/timeline", "table.over tbody td:last-child"),
    ):
        printed = person.print_page(visitor, path)
        texts = [plain(text) for text in visitor.page.locator(selector).all_text_contents()]
        assert len(texts) > 3
        assert [text for text in texts if text not in printed] == []


def export(person: ReturningPerson, visitor: Visitor, noted: dict[str, str]) -> None:
    """The file of everything holds every day, every answer, every tick, and the content that was answered."""
    content = person.download(visitor, "/plan/4/file", "A file of everything")
    taken = {sitting["taken_on"]: sitting["answers"] for sitting in content["sittings"]}
    assert taken == dict(zip(DAYS, (ANSWERS, FRIGHTENED, CHECK_IN_ANSWERS, LATER), strict=True))
    assert {sitting["state"] for sitting in content["sittings"]} == {"finished"}
    assert {tick["action"]: tick["state"] for tick in content["ticks"]["1"]} == noted
    assert {sitting["content"] for sitting in content["sittings"]} == set(content["contents"])


def delete(person: ReturningPerson, visitor: Visitor, secret: Secret) -> None:
    """One day goes alone; then all, and neither words nor link lead anywhere."""
    person.check_page(visitor, "/plans")
    with visitor.navigation():
        visitor.page.locator('main a[href="/sitting/2/delete"]').click()
    person.check_page(visitor)
    visitor.go_on()
    assert (visitor.path, visitor.page.locator(".sittings > li").count()) == ("/plans", 3)
    with visitor.navigation():
        visitor.page.get_by_role("contentinfo").locator('a[href="/delete"]').click()
    person.check_page(visitor)
    visitor.go_on()
    assert visitor.path == "/deleted"
    person.check_page(visitor)
    assert person.served_site[0].journey(secret) is None
    visitor.go("/plan/4")
    assert visitor.path == "/have"
    visitor = person.return_later(secret, weeks=0)
    assert visitor.path == "/lost"
    person.check_page(visitor, f"/open/{secret.code}")
    visitor.go_on()
    assert visitor.path == "/lost"
