"""Answers are kept as they are chosen: what a killed browser, a reload, two tabs, Back and an old page leave behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Error, Page, Request, Route, expect

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.visitor import Visitor
from tests.clients.site import example
from tests.servers.server_process import Server

ANSWERS: Final = example("first-weeks")
Visit = Callable[..., Visitor]
SAVE: Final = "**/save"
PAGE: Final = "two_weeks"


def at(visit: Visit, name: str = PAGE) -> Visitor:
    visitor = visit()
    visitor.skip_to(name, ANSWERS)
    return visitor


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f'main input[name="{name}"][value="{value}"]').locator("xpath=ancestor::label").click()


def wait_until_saved(page: Page) -> None:
    expect(page.locator(".saved")).to_have_text("Saved", timeout=20_000)


def chosen(page: Page) -> dict[str, list[str]]:
    """What is chosen on a page, by item."""
    answers: dict[str, list[str]] = page.evaluate(
        """() => [...document.querySelectorAll("main input:checked")].reduce(
        (all, input) => ({...all, [input.name]: [...(all[input.name] || []), input.value]}), {})"""
    )
    return answers


def kept(visitor: Visitor, name: str = PAGE) -> dict[str, list[str]]:
    """What is kept of a page: what a tab that never saw it shows."""
    tab = visitor.context.new_page()
    tab.goto(f"{visitor.url}/quiz/1/{name}")
    answers = chosen(tab)
    tab.close()
    return answers


@contextmanager
def held_saves(page: Page) -> Iterator[list[Route]]:
    """Saves wait until they are let go; all of them go when the block ends."""
    waiting: list[Route] = []
    held = True

    def hold(route: Route) -> None:
        if held:
            waiting.append(route)
        else:
            route.continue_()

    page.route(SAVE, hold)
    yield waiting
    held = False
    for route in waiting:
        route.continue_()


def wait_for_save(page: Page, waiting: list[Route]) -> None:
    """Until a save is on its way."""
    for _ in range(200):
        if waiting:
            return
        page.wait_for_timeout(25)
    message = "no save was sent"
    raise AssertionError(message)


def test_saved_is_said_after_it_is_kept(visit: Visit) -> None:
    """While a change is on its way the page says nothing; when it is there another tab has it."""
    visitor = at(visit)
    with held_saves(visitor.page) as waiting:
        choose(visitor.page, "sleep", "3")
        wait_for_save(visitor.page, waiting)
        assert visitor.page.locator(".saved").inner_text() == ""
        assert "sleep" not in kept(visitor)
    wait_until_saved(visitor.page)
    assert kept(visitor) == {"sleep": ["3"]}


def test_a_killed_browser_loses_nothing_that_was_saved(visit: Visit, browser: Browser, server: Server) -> None:
    """The browser's process ends at once, with a page half answered: all that was saved is there with the words."""
    doomed = browser.browser_type.launch(executable_path=CHROMIUM, args=FLAGS)
    visitor = Visitor(doomed, server.url)
    visitor.skip_to(PAGE, ANSWERS)
    secret = visitor.secret
    for name in ("sleep", "day"):
        choose(visitor.page, name, "1")
    wait_until_saved(visitor.page)
    with pytest.raises(Error):
        doomed.new_browser_cdp_session().send("Browser.crash")
    again = visit()
    again.go(f"/open/{secret.code}")
    again.go_on()
    assert again.page_name == PAGE
    assert chosen(again.page) == {"sleep": ["1"], "day": ["1"]}
    assert not again.page.title().startswith("Error")


def test_a_reload_keeps_what_was_chosen_and_cleared(visit: Visit) -> None:
    """After a reload everything stands as it was, and what was taken back stays away."""
    visitor = at(visit)
    for name, value in (("sleep", "3"), ("day", "2"), ("worst_time", "nights"), ("worst_time", "mornings")):
        choose(visitor.page, name, value)
    visitor.page.locator("#q-day input[type=radio]").first.focus()
    visitor.page.get_by_role("button", name="Clear this answer: I got through").click()
    choose(visitor.page, "worst_time", "nights")
    wait_until_saved(visitor.page)
    for _ in range(2):
        assert chosen(visitor.page) == {"sleep": ["3"], "worst_time": ["mornings"]} == kept(visitor)
        visitor.page.reload()


def test_two_tabs(visit: Visit) -> None:
    """Each tab keeps its own changes and takes none of the other's away; then the button of the older one is pressed."""
    visitor = at(visit)
    first, second = visitor.page, visitor.context.new_page()
    choose(first, "sleep", "3")
    choose(first, "day", "3")
    wait_until_saved(first)
    second.goto(first.url)
    choose(first, "sleep", "0")
    wait_until_saved(first)
    choose(second, "day", "1")
    wait_until_saved(second)
    assert kept(visitor) == {"sleep": ["0"], "day": ["1"]}
    with second.expect_navigation():
        second.locator("main button.button").first.click()
    assert second.url.endswith("/dark_thoughts")
    assert kept(visitor) == {"sleep": ["0"], "day": ["1"]}
    assert "two places" not in second.locator("main").inner_text()


def test_an_old_page_brings_nothing_back(visit: Visit) -> None:
    """A page from before is pressed after its answers were changed and taken back elsewhere: it changes nothing."""
    visitor = at(visit)
    choose(visitor.page, "sleep", "3")
    choose(visitor.page, "day", "3")
    wait_until_saved(visitor.page)
    old = visitor.context.new_page()
    old.goto(visitor.page.url)
    choose(visitor.page, "sleep", "0")
    visitor.page.locator("#q-day input[type=radio]").first.focus()
    visitor.page.get_by_role("button", name="Clear this answer: I got through").click()
    wait_until_saved(visitor.page)
    with old.expect_navigation():
        old.locator("main button.button").first.click()
    assert kept(visitor) == {"sleep": ["0"]}


def test_back_shows_what_is_kept(visit: Visit) -> None:
    """The browser's Back leads to the page as it is kept, also if it was changed since; going on from there loses nothing."""
    visitor = at(visit)
    choose(visitor.page, "sleep", "3")
    visitor.go_on()
    assert visitor.page_name == "dark_thoughts"
    other = visitor.context.new_page()
    other.goto(f"{visitor.url}/quiz/1/{PAGE}")
    choose(other, "sleep", "1")
    wait_until_saved(other)
    visitor.page.go_back()
    expect(visitor.page.locator('main input[name=sleep][value="1"]')).to_be_checked()
    choose(visitor.page, "day", "2")
    visitor.go_on()
    assert kept(visitor) == {"sleep": ["1"], "day": ["2"]}


def test_one_save_at_a_time(visit: Visit) -> None:
    """While one is on its way further changes wait, and go together as they are then."""
    visitor = at(visit)
    bodies: list[dict[str, list[str]]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/save"):
            bodies.append(parse_qs(request.post_data or ""))

    visitor.page.on("request", note)
    with held_saves(visitor.page) as waiting:
        choose(visitor.page, "sleep", "0")
        wait_for_save(visitor.page, waiting)
        for value in ("1", "2", "3"):
            choose(visitor.page, "sleep", value)
        choose(visitor.page, "day", "2")
        visitor.page.wait_for_timeout(200)
        assert len(bodies) == 1
    wait_until_saved(visitor.page)
    assert [(body["asked"], body.get("sleep"), body.get("day")) for body in bodies] == [
        (["sleep"], ["0"], None),
        (["sleep", "day"], ["3"], ["2"]),
    ]
    assert kept(visitor) == {"sleep": ["3"], "day": ["2"]}


def test_the_button_waits_for_a_save(visit: Visit) -> None:
    """A page that is sent while an older save is on its way comes after it, so that the later answer stays."""
    visitor = at(visit)
    with held_saves(visitor.page) as waiting:
        choose(visitor.page, "sleep", "0")
        wait_for_save(visitor.page, waiting)
        choose(visitor.page, "sleep", "4")
        visitor.page.locator("main button.button").first.click()
        visitor.page.wait_for_timeout(200)
        assert visitor.page_name == PAGE
    visitor.page.wait_for_url("**/dark_thoughts")
    assert kept(visitor) == {"sleep": ["4"]}


def test_what_could_not_be_saved_is_sent_again(visit: Visit) -> None:
    """A server that fails for a while: the page says so, tries again, and its button takes along what is missing."""
    visitor = at(visit)
    visitor.expected = {503}
    visitor.page.route(SAVE, lambda route: route.fulfill(status=503, body=""))
    choose(visitor.page, "sleep", "2")
    expect(visitor.page.locator(".saved")).to_have_text("Not saved yet")
    visitor.page.unroute(SAVE)
    wait_until_saved(visitor.page)
    assert kept(visitor) == {"sleep": ["2"]}
    visitor.page.route(SAVE, lambda route: route.fulfill(status=503, body=""))
    choose(visitor.page, "sleep", "1")
    expect(visitor.page.locator(".saved")).to_have_text("Not saved yet")
    visitor.go_on()
    assert kept(visitor) == {"sleep": ["1"]}
    visitor.faults[:] = [fault for fault in visitor.faults if "503" not in fault]


@pytest.mark.parametrize("name", ["contact_now", "feeling_safe", "dark_thoughts"])
def test_nothing_sensitive_leaves_the_page_before_its_button(visit: Visit, name: str) -> None:
    """No request goes out, a reload forgets it, the page says so, and "Saved" is not there."""
    visitor = at(visit, name)
    sent: list[str] = []
    visitor.page.on("request", lambda request: sent.append(request.method) if request.method != "GET" else None)
    visitor.fill(ANSWERS)
    visitor.page.wait_for_timeout(1000)
    assert sent == []
    assert visitor.page.locator(".saved").inner_text() == ""
    assert "until you press the button" in visitor.main_text
    assert kept(visitor, name) == {}
    visitor.page.reload()
    assert chosen(visitor.page) == {}
    visitor.answer(ANSWERS)
    assert kept(visitor, name) != {}


def test_a_name_is_kept_while_it_is_typed(visit: Visit) -> None:
    """Typing is kept after a short rest, without leaving the field; an empty page has nothing wrong on it."""
    visitor = visit()
    visitor.start()
    visitor.page.locator("main input[name=partner_name]").press_sequentially("Ana")
    wait_until_saved(visitor.page)
    visitor.page.reload()
    assert visitor.page.locator("main input[name=partner_name]").input_value() == "Ana"
    assert not visitor.page.title().startswith("Error")
    assert not visitor.page.locator(".fault").count()


def test_questions_that_come_up_keep_their_answers(visit: Visit) -> None:
    """A question that an answer on the same page brings up is saved too, and its answer waits while it is away."""
    visitor = at(visit, "your_side")
    sorry = visitor.page.locator("#q-said_sorry")
    choose(visitor.page, "own_name", "4")
    expect(sorry).to_be_visible()
    choose(visitor.page, "said_sorry", "plain")
    wait_until_saved(visitor.page)
    choose(visitor.page, "own_name", "0")
    wait_until_saved(visitor.page)
    assert kept(visitor, "your_side")["own_name"] == ["0"]
    visitor.page.reload()
    choose(visitor.page, "own_name", "4")
    expect(sorry.locator("input[value=plain]")).to_be_checked()
