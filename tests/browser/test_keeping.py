"""The plan in a browser: ticks, one answer changed, a country, paper, and pages beside it, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.browser.visitor import Visitor
from tests.web.house import example

Visit = Callable[..., Visitor]
MOST_WORDS: Final = 120
"""On the first screen of a plan, by ``shared/content-guide.md`` §5.1."""
MOST_SHEETS: Final = 4
PEOPLE: Final = ("first-weeks", "afraid", "five-required-only", "dark-thoughts", "own-violence")


def planned(visit: Visit, name: str = "first-weeks", **options: object) -> Visitor:
    """Somebody who looks at their plan."""
    one = visit(**options)
    one.skip_to("check", example(name))
    one.go_on()
    assert one.path == "/plan/1"
    return one


def tick(one: Visitor, within: str, state: str) -> None:
    """Press the first button of this kind."""
    with one.arriving():
        one.page.locator(f"{within} .tick button[value={state}]").first.click()
    assert one.path == "/plan/1"


@pytest.mark.parametrize("js", [True, False])
def test_ticks_and_one_answer(visit: Visit, js: bool) -> None:
    """Done, doing, not for me, taken back; then one answer is changed from the plan, which says what moved."""
    one = planned(visit, js=js)
    tick(one, ".today", "done")
    assert one.page.locator(".today .noted.done").count() == 1
    before = one.page.locator(".week .actions > li").first.inner_text()
    tick(one, ".week .actions", "not_for_me")
    assert one.page.locator(".week .actions > li").first.inner_text() != before
    tick(one, ".week .actions", "doing")
    assert "Doing it since" in one.page.locator(".week .actions > li.doing").first.inner_text()
    one.page.locator(".week .passed summary").first.click()
    with one.arriving():
        one.page.locator(".passed .tick button").first.click()
    assert one.page.locator(".passed").count() == 0
    one.page.locator("#why-first > summary").click()
    with one.arriving():
        one.page.locator("#why-first .change a").first.click()
    assert one.query == "back=plan"
    asked = one.page.url.partition("#q-")[2]
    last = one.page.locator(f'input[name="{asked}"]:not([value="~"])').last
    one.choose(asked, str(last.get_attribute("value")))
    one.go_on()
    assert (one.path, one.query) == ("/plan/1", "moved=1")
    assert "Your answer is changed" in one.page.locator(".moved").inner_text()
    assert one.page.locator(".noted.doing").count() >= 1


@pytest.mark.parametrize("js", [True, False])
def test_a_folded_action_is_found_again(visit: Visit, js: bool) -> None:
    """Who ticks something in a folded step comes back to it, and it is open."""
    one = planned(visit, js=js)
    one.page.locator(".later summary").first.click()
    tick(one, ".later details[open]", "done")
    assert one.page.locator(".later .noted.done").first.is_visible()


@pytest.mark.parametrize("name", PEOPLE)
def test_the_first_screen_is_short(visit: Visit, name: str) -> None:
    """Up to "Why this first?" there are at most 120 words, besides help lines; without a notice it fits the screen."""
    one = planned(visit, name)
    words, bottom = one.page.evaluate(
        """() => {
            const end = document.querySelector("#why-first").getBoundingClientRect().top + scrollY;
            const parts = [...document.querySelectorAll("main *")].filter(one => !one.children.length || one.matches("p"));
            const seen = parts.filter(one => one.checkVisibility() && !one.closest("p *, button, .moved, .lines"))
                .filter(one => one.getBoundingClientRect().top + scrollY < end);
            return [seen.map(one => one.innerText).join(" ").split(/\\s+/).filter(Boolean).length, end];
        }"""
    )
    assert words <= MOST_WORDS
    assert bottom < 740 or name in {"afraid", "dark-thoughts", "own-violence"}


@pytest.mark.parametrize("name", PEOPLE)
def test_paper(visit: Visit, name: str, tmp_path: Path) -> None:
    """A plan with the lines of a country is at most four sheets, with what was folded and without any button."""
    one = planned(visit, name, js=False)
    tick(one, ".today", "done")
    one.page.locator("#place").select_option("uk")
    with one.arriving():
        one.page.locator("#country button").click()
    assert "United Kingdom" in one.page.locator(".help h2").inner_text()
    written = one.page.pdf(path=tmp_path / "plan.pdf", format="A4", prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", written)) <= MOST_SHEETS
    one.page.emulate_media(media="print")
    shown = one.page.locator("button, form, .exit, .change, .foot, .onward")
    assert not any(shown.nth(number).is_visible() for number in range(shown.count()))


@pytest.mark.parametrize("name", ["first-weeks", "dark-thoughts"])
def test_looks(visit: Visit, axe: str, name: str) -> None:
    """Nothing for axe to find in the plan's new states, folded and open, and on the pages beside it."""
    one, faults = planned(visit, name), []
    tick(one, ".today", "done")
    tick(one, ".week .actions", "doing")
    tick(one, ".week .actions", "not_for_me")
    faults += one.look(axe)
    one.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    faults += one.look(axe)
    one.go("/quiz/1/you_two?back=plan")
    faults += one.look(axe)
    other = one.page.locator("input[name=wish]:not(:checked)").first.get_attribute("value")
    one.choose("wish", str(other))
    one.go_on()
    assert one.query == "moved=1"
    faults += one.look(axe)
    for page in ("weeks", "what-if"):
        one.go("/plan/1")
        if one.page.locator(f'a[href="/plan/1/{page}"]').count():
            one.go(f"/plan/1/{page}")
            faults += one.look(axe)
    assert faults == []
