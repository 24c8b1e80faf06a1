"""The whole life of a plan in a browser, weeks apart: with scripts and without, and every new page looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.browser.clocked import opened
from tests.browser.visitor import Visitor
from tests.web.house import House, example
from tests.web.test_returning import LATER, LOOK

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ANSWERS: Final = example("first-weeks")
OPEN_ALL: Final = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
both = pytest.mark.parametrize("js", [True, False], ids=["script", "no-script"])
Site = tuple[House, str]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site of its own, at a day of its own."""
    with opened(tmp_path / "kept") as found:
        yield found


def returned(browser: Browser, site: Site, words: str, *, js: bool, weeks: int = 0) -> Visitor:
    """The person on another device, some weeks later, with twelve words."""
    house, url = site
    house.clock.pass_(weeks=weeks)
    one = Visitor(browser, url, js=js)
    one.go("/have")
    one.page.locator("main textarea, main input[name=text]").first.fill(words)
    one.go_on()
    return one


@both
def test_the_life_of_a_plan(browser: Browser, site: Site, js: bool, tmp_path: Path) -> None:
    """Take, plan, close, words elsewhere, short look, again, compare, export, delete."""
    one = Visitor(browser, site[1], js=js)
    one.skip_to("check", ANSWERS)
    one.go_on()
    assert one.path == "/plan/1"
    words = " ".join(one.secret.words)
    one.context.close()

    two = returned(browser, site, words, js=js, weeks=1)
    assert two.path == "/plan/1"
    with two.arriving():
        two.page.get_by_role("link", name="My plans").click()
    two.press("Take a short look")
    two.walk({**LOOK, "since_last_time": ["frightened"]})
    two.go_on()
    assert two.path == "/plan/1"
    assert "Your short look of 3 December 2026 is part of this plan" in two.words
    two.go("/plans")
    two.press("Take a short look")
    two.walk(LOOK)
    two.go_on()
    assert "leaves this plan as it was" in two.words
    two.context.close()

    three = returned(browser, site, words, js=js, weeks=5)
    three.go("/plans")
    three.press("Take it again")
    assert three.path == "/quiz/4/you_two"
    assert not three.page.locator("main input:checked").count()
    three.walk(LATER)
    assert "Last time: Sam" in three.words
    three.go_on()
    assert three.path == "/plan/4"
    compare_and_leave(three, tmp_path, js=js)
    assert one.faults + two.faults + three.faults == []


def compare_and_leave(one: Visitor, tmp_path: Path, *, js: bool) -> None:
    """Compare two days from the lists, look at all of them over time, take everything along, delete one day, then all."""
    one.go("/plans")
    one.page.select_option("#pick-a", "1")
    one.page.select_option("#pick-b", "4")
    one.press("Compare these two")
    assert one.path == "/compare/1/4"
    assert "Since 26 November 2026 (6 weeks): steadier by more than usual wobble" in one.words
    one.main.get_by_text("The same as a table").first.click()
    assert one.main.get_by_role("cell", name="clear change, steadier").first.is_visible()
    one.press("All of it over time")
    assert one.main.get_by_role("img", name="Steadiness").is_visible()
    one.go("/plan/4")
    one.main.get_by_text("Take it with you").click()
    with one.page.expect_download() as found:
        one.main.get_by_role("link", name="Everything that is kept").click()
    found.value.save_as(tmp_path / "everything.json")
    kept = json.loads((tmp_path / "everything.json").read_text())["sittings"]
    assert [sitting["number"] for sitting in kept] == [1, 2, 3, 4]
    one.go("/plans")
    with one.arriving():
        one.main.get_by_role("link", name="Delete the short look").last.click()
    one.press("Delete this day")
    assert one.path == "/plans"
    assert one.page.locator(".sittings > li").count() == 3
    with one.arriving():
        one.page.get_by_role("link", name="Delete everything").click()
    one.press("Delete everything")
    assert one.path == "/deleted"
    one.go("/plans")
    assert one.path == "/have"
    one.context.close()


def test_every_new_page_looked_at(browser: Browser, site: Site, axe: str) -> None:
    """Nothing for axe to find, and no sideways scroll: the list in its states, comparing, over time, asking first."""
    one, faults = Visitor(browser, site[1]), []
    one.skip_to("check", ANSWERS)
    one.go_on()
    words = " ".join(one.secret.words)
    for path in ("/plans", "/timeline"):
        one.go(path)
        faults += one.look(axe)
    one = returned(browser, site, words, js=True, weeks=1)
    one.go("/plans")
    one.press("Take a short look")
    one.walk(LOOK)
    one.go_on()
    faults += one.look(axe)
    one = returned(browser, site, words, js=True, weeks=5)
    one.go("/plans")
    one.press("Take it again")
    one.go("/plans")
    faults += one.look(axe)
    one.go("/plan/1")
    faults += one.look(axe)
    one.press("Go on with it")
    for _ in range(60):
        if one.place == "check":
            break
        one.tick(LATER)
        one.go_on()
    faults += one.look(axe)
    one.go_on()
    for path in ("/compare/1/3", "/compare/1/2", "/timeline", "/plans", "/sitting/2/delete"):
        one.go(path)
        one.page.evaluate(OPEN_ALL)
        faults += one.look(axe)
    one.go("/plans")
    one.press("Take a short look")
    one.walk({**LOOK, "since_last_time": ["frightened"]})
    one.go_on()
    faults += one.look(axe)
    for path in ("/compare/1/3", "/timeline", "/compare/1/3?show=1"):
        one.go(path)
        faults += one.look(axe)
    assert faults == []
