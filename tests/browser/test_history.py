"""Coming back weeks later in a browser: every page of it looked at, in light and dark, small and wide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.browser.visitor import Axe, Visitor
from tests.clients.site import Site, example
from tests.web.views.test_history import CHECK_IN_ANSWERS, LATER

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ANSWERS: Final = example("first-weeks")
OPEN_ALL: Final = "document.querySelectorAll('details').forEach(details => { details.open = true; })"
ServedSite = tuple[Site, str]


def visitor_returning(browser: Browser, served_site: ServedSite, words: str, *, weeks: int) -> Visitor:
    """The person on another device, some weeks later, with twelve words."""
    site, url = served_site
    site.clock.advance(weeks=weeks)
    visitor = Visitor(browser, url)
    visitor.go("/have")
    visitor.page.locator("main textarea, main input[name=text]").first.fill(words)
    visitor.go_on()
    return visitor


def test_every_new_page_looked_at(browser: Browser, served_site: ServedSite, axe_in_looks: Axe) -> None:
    """Nothing for axe to find, and no sideways scroll: the list in its states, comparing, over time, asking first."""
    visitor, faults = Visitor(browser, served_site[1]), []
    visitor.skip_to("check", ANSWERS)
    visitor.go_on()
    words = " ".join(visitor.secret.words)
    for path in ("/plans", "/timeline"):
        visitor.go(path)
        faults += visitor.audit(axe_in_looks)
    visitor = visitor_returning(browser, served_site, words, weeks=1)
    visitor.go("/plans")
    visitor.press("Start a short check-in")
    visitor.walk(CHECK_IN_ANSWERS)
    visitor.go_on()
    faults += visitor.audit(axe_in_looks)
    visitor = visitor_returning(browser, served_site, words, weeks=5)
    visitor.go("/plans")
    visitor.press("Take it again")
    visitor.go("/plans")
    faults += visitor.audit(axe_in_looks)
    visitor.go("/plan/1")
    faults += visitor.audit(axe_in_looks)
    visitor.press("Go on with it")
    for _ in range(60):
        if visitor.page_name == "check":
            break
        visitor.fill_at_once(LATER)
        visitor.go_on()
    faults += visitor.audit(axe_in_looks)
    visitor.go_on()
    assert visitor.path == "/compare/1/3"
    faults += visitor.audit(axe_in_looks)
    visitor.press("See your new plan")
    assert visitor.path == "/plan/3"
    for path in ("/compare/1/3", "/compare/1/2", "/timeline", "/plans", "/sitting/2/delete"):
        visitor.go(path)
        visitor.page.evaluate(OPEN_ALL)
        faults += visitor.audit(axe_in_looks)
    visitor.go("/plans")
    visitor.press("Start a short check-in")
    visitor.walk({**CHECK_IN_ANSWERS, "since_last_time": ["frightened"]})
    visitor.go_on()
    faults += visitor.audit(axe_in_looks)
    for path in ("/compare/1/3", "/timeline", "/compare/1/3?show=1"):
        visitor.go(path)
        faults += visitor.audit(axe_in_looks)
    assert faults == []
