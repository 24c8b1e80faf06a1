"""Coming back weeks later in a browser: every page of it looked at, in light and dark, small and wide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.browser.visitor import Visitor
from tests.clients.site import House, example
from tests.web.views.test_history import LATER, LOOK

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ANSWERS: Final = example("first-weeks")
OPEN_ALL: Final = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
Site = tuple[House, str]


def returned(browser: Browser, site: Site, words: str, *, weeks: int) -> Visitor:
    """The person on another device, some weeks later, with twelve words."""
    house, url = site
    house.clock.pass_(weeks=weeks)
    one = Visitor(browser, url)
    one.go("/have")
    one.page.locator("main textarea, main input[name=text]").first.fill(words)
    one.go_on()
    return one


def test_every_new_page_looked_at(browser: Browser, site: Site, axe: str) -> None:
    """Nothing for axe to find, and no sideways scroll: the list in its states, comparing, over time, asking first."""
    one, faults = Visitor(browser, site[1]), []
    one.skip_to("check", ANSWERS)
    one.go_on()
    words = " ".join(one.secret.words)
    for path in ("/plans", "/timeline"):
        one.go(path)
        faults += one.look(axe)
    one = returned(browser, site, words, weeks=1)
    one.go("/plans")
    one.press("Take a short look")
    one.walk(LOOK)
    one.go_on()
    faults += one.look(axe)
    one = returned(browser, site, words, weeks=5)
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
