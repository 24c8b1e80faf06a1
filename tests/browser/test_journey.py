"""A whole life with a plan on a phone, weeks apart, in one go: with scripts and without, by eye, by ear and on paper."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

import pytest
from pypdf import PdfReader

from tests.browser.reading_order import out_of_order, wrong_on_paper
from tests.browser.visitor import Visitor
from tests.clients.site import House, example
from tests.web.views.test_history import LOOK
from web.crypto.private_link import Secret

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ANSWERS, LATER = (json.loads(json.dumps(example(name))) for name in ("first-weeks", "first-weeks-later"))
FRIGHTENED: Final = {**LOOK, "since_last_time": ["frightened"]}
MOST_SHEETS: Final = 4
DAYS: Final = ("2026-11-26", "2026-12-03", "2026-12-10", "2027-01-07")
TICKS: Final = """() => Object.fromEntries([...document.querySelectorAll("article [data-action]")].map(one => [one.dataset.action,
    one.className.replace("action", "").trim() || one.parentElement.querySelector(":scope > .noted")?.classList[1] || ""]))"""
LINES: Final = """() => [...document.querySelectorAll(".betweens svg")].map(one => [...one.querySelectorAll("circle")]
    .map(dot => parseFloat(dot.getAttribute("cx"))))"""
ROWS: Final = """() => [...document.querySelectorAll(".comparison .table tbody tr")].map(row => [...row.cells].map(one => one.textContent))"""


@dataclass
class Life:
    """Somebody who comes to a site with a browser, on one device after the other; what is wrong anywhere is kept."""

    browser: Browser
    site: tuple[House, str]
    js: bool
    axe: str
    folder: Path
    devices: list[Visitor] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def device(self) -> Visitor:
        """A browser that knows nothing; the one before is closed."""
        self.close()
        self.devices.append(Visitor(self.browser, self.site[1], js=self.js))
        return self.devices[-1]

    def close(self) -> None:
        for one in self.devices[-1:]:
            one.context.close()

    def back(self, secret: Secret, weeks: int) -> Visitor:
        """Another device, some weeks later, with the twelve words."""
        self.site[0].clock.pass_(weeks=weeks)
        one = self.device()
        one.go("/have")
        self.see(one)
        one.page.locator("main textarea").fill(" ".join(secret.words))
        one.go_on()
        return one

    def see(self, one: Visitor, path: str | None = None) -> None:
        """Look at a page as it is, folded and open, and listen to it."""
        if path is not None:
            one.go(path)
        for unfold in (False, True):
            if unfold and not one.page.locator("main details").count():
                break
            one.page.evaluate(
                "open => document.querySelectorAll('main details').forEach(one => { one.open ||= open; })", unfold
            )
            self.faults += out_of_order(one.page) + one.wide()
        if self.js:
            self.faults += one.look(self.axe, (360,), ("light",))

    def print(self, one: Visitor, path: str) -> str:
        """A page on paper: at most four sheets. Returns its words without spaces."""
        one.go(path)
        self.faults += wrong_on_paper(one.page)
        file = self.folder / "printed.pdf"
        one.page.pdf(path=file, format="A4", prefer_css_page_size=True)
        sheets = PdfReader(file).pages
        assert 1 <= len(sheets) <= MOST_SHEETS
        return plain("".join(sheet.extract_text() for sheet in sheets))

    def file(self, one: Visitor, path: str, name: str) -> dict[str, Any]:
        """What the page with files gives, once it was told that it may."""
        one.go(path)
        one.main.locator("#sure-answers").check()
        with one.page.expect_download() as found:
            one.main.get_by_role("button", name=name).click()
        found.value.save_as(self.folder / "file.json")
        kept: dict[str, Any] = json.loads((self.folder / "file.json").read_text())
        return kept


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def life(
    request: pytest.FixtureRequest, browser: Browser, site: tuple[House, str], axe: str, tmp_path: Path
) -> Iterator[Life]:
    """A life of its own on a site of its own; at its end nothing may have been wrong on any page."""
    one = Life(browser, site, request.param, axe, tmp_path)
    yield one
    one.close()
    assert one.faults + [fault for device in one.devices for fault in device.faults] == []


def test_a_life_with_a_plan(life: Life) -> None:
    """Taken, ticked, closed, reopened, frightened, calm again, taken anew, compared, printed, exported and deleted: all holds."""
    one = life.device()
    take(life, one)
    noted = tick(life, one)
    secret = one.secret
    look_in(life, secret, noted)
    one = take_again(life, secret, noted)
    compare(life, one)
    on_paper(life, one)
    export(life, one, noted)
    delete(life, one, secret)


def plain(text: str) -> str:
    """The letters alone: in a file for paper two may be one shape, and spaces are where they fit."""
    return "".join(normalize("NFKC", text).split())


def kind(one: Visitor) -> str:
    return str(one.page.locator("article.report").get_attribute("data-kind"))


def take(life: Life, one: Visitor) -> None:
    """Every question answered by hand; the file of answers gives them back."""
    life.see(one, "/")
    one.start()
    one.walk(ANSWERS)
    life.see(one)
    assert one.page.locator(".given .last").count() == 0
    one.go_on()
    assert (one.path, kind(one)) == ("/plan/1", "space_first")
    life.see(one)
    kept = life.file(one, "/plan/1/file", "Make a file of the answers")
    assert kept["answers"] == ANSWERS


def tick(life: Life, one: Visitor) -> dict[str, str]:
    """Today's action done, one not for them, which another replaces, one of a folded step begun: what is noted, by action."""
    one.go("/plan/1")
    one.page.locator("#step-own_part summary").first.click()
    noted = {}
    for within, state in (("#step-own_part", "doing"), (".today", "done"), ("#step-space", "not_for_me")):
        before = one.page.evaluate(TICKS)
        form = one.page.locator(f"{within} .tick").first
        action = str(form.locator("[name=action]").get_attribute("value"))
        with one.arriving():
            form.locator(f"button[value={state}]").click()
        after = one.page.evaluate(TICKS)
        noted[action] = state
        if state == "not_for_me":
            assert action not in after
            assert len(after) == len(before)
            assert one.page.locator(f".passed [id$='-{action}']").count() == 1
        else:
            assert after == {**before, action: state}
            assert one.page.locator(f".noted.{state}").is_visible()
    assert one.page.locator(".noted time").first.get_attribute("datetime") == DAYS[0]
    life.see(one)
    return noted


def look_in(life: Life, secret: Secret, noted: dict[str, str]) -> None:
    """A week later frightened, which holds the plan back and shows no scores; a week after that calm, and it is as before."""
    shown = {action: state for action, state in noted.items() if state != "not_for_me"}
    for number, answers, wanted in ((2, FRIGHTENED, "safety_first"), (3, LOOK, "space_first")):
        one = life.back(secret, weeks=1)
        assert one.path == "/plan/1"
        if number == 2:
            assert shown.items() <= one.page.evaluate(TICKS).items()
        life.see(one, "/plans")
        one.press("Take a short look")
        assert one.path == f"/quiz/{number}/two_weeks"
        one.walk(answers)
        life.see(one)
        one.go_on()
        assert (one.path, kind(one)) == ("/plan/1", wanted)
        life.see(one)
        life.see(one, "/timeline")
        assert (one.page.locator("article").count() == 0) is (wanted == "safety_first")
    one.go("/plan/1")
    assert shown.items() <= one.page.evaluate(TICKS).items()


def take_again(life: Life, secret: Secret, noted: dict[str, str]) -> Visitor:
    """Four weeks later from an empty page; what was said last time stands at the end alone, and what was begun comes first."""
    one = life.back(secret, weeks=4)
    one.go("/plans")
    one.press("Take it again")
    assert one.path == "/quiz/4/you_two"
    life.see(one, "/plans")
    life.see(one, "/plan/1")
    one.press("Go on with it")
    for _ in range(40):
        if one.place == "check":
            break
        assert not one.page.locator("main input:checked").count()
        assert not one.page.locator(".last").count()
        one.tick({**LATER, "keep": "no"})
        one.go_on()
    asked = one.page.locator(".given dl > div")
    assert 0 < one.page.locator(".given .last").count() < asked.count()
    life.see(one)
    one.go_on()
    assert (one.path, kind(one)) == ("/plan/4", "reconnect")
    life.see(one)
    begun, declined = (next(action for action in noted if noted[action] == state) for state in ("doing", "not_for_me"))
    first = one.page.locator(f"li.step:has([data-action={begun}]) [data-action]").first
    assert first.get_attribute("data-action") == begun
    assert declined not in one.page.evaluate(TICKS)
    return one


def compare(life: Life, one: Visitor) -> None:
    """From the new plan to what changed: a sentence, a figure and a table say the same, causes are named, all is told."""
    one.press("What changed")
    assert one.path == "/compare/1/4"
    life.see(one)
    rows, lines = one.page.evaluate(ROWS), one.page.evaluate(LINES)
    sentence = one.page.locator(".since").inner_text()
    assert len(lines) == 3 <= len(rows)
    for (title, *days, _), line in zip(rows, lines, strict=False):
        lowest, highest = map(float, re.findall(r"\d+", title)[-2:])
        then, now = (float(text.split(",")[0]) for text in days)
        assert line == pytest.approx([100 * (one - lowest) / (highest - lowest) for one in (then, now)], abs=0.1)
        assert re.search(rf"\b{then:g} → {now:g}\b", sentence)
    moves = one.page.locator(".moves > li")
    titles = [text.strip() for text in moves.locator("h3").all_inner_texts()]
    assert len(titles) > 3
    assert 0 < moves.locator("small").count() <= len(titles)
    differ = {item for item in ANSWERS.keys() | LATER.keys() if ANSWERS.get(item) != LATER.get(item)}
    differ -= life.site[0].state.content.library.forms["breakup"][0].sensitive
    assert one.page.locator(".comparison dt").count() == len(differ)
    life.see(one, "/timeline")
    steady = one.page.locator(".over").first
    assert sorted({str(day.get_attribute("datetime")) for day in steady.locator("tbody time").all()}) == list(DAYS)
    assert steady.locator("svg circle").count() == len(DAYS)
    one.go("/plan/4")
    assert set(titles) <= {text.strip() for text in one.page.locator("h3 .title").all_text_contents()}


def on_paper(life: Life, one: Visitor) -> None:
    """Plans, with what was ticked, the comparison and the days over time: what is folded is on paper, and no button."""
    for path, folded in (
        ("/plan/1", ".later .actions > li > span"),
        ("/plan/4", ".later .actions > li > span"),
        ("/compare/1/4", ".changes dt"),
        ("/timeline", "tbody td"),
    ):
        text = life.print(one, path)
        wanted = [plain(found) for found in one.page.locator(folded).all_text_contents()]
        assert len(wanted) > 3
        assert [found for found in wanted if found not in text] == []


def export(life: Life, one: Visitor, noted: dict[str, str]) -> None:
    """The file of everything holds every day, every answer, every tick, and the content that was answered."""
    kept = life.file(one, "/plan/4/file", "Make a file of everything that is kept")
    taken = {sitting["taken_on"]: sitting["answers"] for sitting in kept["sittings"]}
    assert taken == dict(zip(DAYS, (ANSWERS, FRIGHTENED, LOOK, LATER), strict=True))
    assert {sitting["state"] for sitting in kept["sittings"]} == {"finished"}
    assert {tick["action"]: tick["state"] for tick in kept["ticks"]["1"]} == noted
    assert {sitting["content"] for sitting in kept["sittings"]} == set(kept["contents"])


def delete(life: Life, one: Visitor, secret: Secret) -> None:
    """One day goes alone; then all, and neither words nor link lead anywhere."""
    life.see(one, "/plans")
    with one.arriving():
        one.page.locator('main a[href="/sitting/2/delete"]').click()
    life.see(one)
    one.go_on()
    assert (one.path, one.page.locator(".sittings > li").count()) == ("/plans", 3)
    with one.arriving():
        one.page.get_by_role("contentinfo").locator('a[href="/delete"]').click()
    life.see(one)
    one.go_on()
    assert one.path == "/deleted"
    life.see(one)
    assert life.site[0].journey(secret) is None
    one.go("/plan/4")
    assert one.path == "/have"
    one = life.back(secret, weeks=0)
    assert one.path == "/lost"
    life.see(one, f"/open/{secret.code}")
    one.go_on()
    assert one.path == "/lost"
