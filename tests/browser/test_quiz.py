"""Taking the quiz in a browser, with scripts and without: errors, Back, other devices, leaving, deleting a draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.browser.visitor import Visitor
from tests.clients.site import example

ANSWERS: Final = example("first-weeks")
Visit = Callable[..., Visitor]

both = pytest.mark.parametrize("js", [True, False], ids=["script", "no-script"])


@both
def test_a_first_plan_and_on(visit: Visit, js: bool) -> None:
    """After the fifth part a plan, and then the rest of the questions."""
    visitor = visit(js=js)
    visitor.skip_to("offer", ANSWERS)
    visitor.press("See a first plan now")
    assert visitor.path == "/plan/1"
    visitor.press("Go on with the questions")
    assert visitor.path == "/quiz/1/between_you"
    visitor.walk(ANSWERS)
    visitor.go_on()
    assert visitor.path == "/plan/1"
    assert not visitor.main.get_by_role("link", name="Go on with the questions").count()


@both
def test_nothing_chosen(visit: Visit, js: bool) -> None:
    """An empty page comes back with a summary whose links lead to the questions; a reader hears of it first."""
    visitor = visit(js=js)
    visitor.start()
    visitor.fill({"partner_name": "Ana"})
    visitor.go_on()
    assert visitor.page.title().startswith("Error:")
    links = visitor.page.locator(".faults a")
    assert links.count() == 3
    if js:
        assert visitor.page.evaluate("document.activeElement.className") == "faults"
    links.nth(1).click()
    if js:
        assert visitor.page.evaluate("document.activeElement.name") == "wish"
    assert visitor.page.locator("main input[name=partner_name]").input_value() == "Ana"
    visitor.answer({name: ANSWERS[name] for name in ("pronoun", "wish", "how_it_ended")})
    assert visitor.page_name == "you_two-2"
    assert not visitor.page.title().startswith("Error:")


@both
def test_back_and_forth(visit: Visit, js: bool) -> None:
    """The browser's Back and Reload, and the page's own Back: everything that was answered is still chosen."""
    visitor = visit(js=js)
    visitor.start()
    visitor.walk(ANSWERS, "contact_now")
    visitor.page.go_back()
    visitor.page.go_back()
    visitor.page.reload()
    visitor.go("/quiz/1/you_two-2")
    assert visitor.page.locator("main input[name=how_long_ago][value=three_weeks]").is_checked()
    visitor.press("Back")
    assert visitor.page_name == "you_two"
    assert visitor.page.locator("main input[name=wish][value=try_again]").is_checked()
    visitor.choose("wish", "decide")
    visitor.go_on()
    visitor.page.go_back()
    visitor.page.reload()
    assert visitor.page.locator("main input[name=wish][value=decide]").is_checked()
    visitor.go("/quiz/1")
    assert visitor.page_name == "contact_now"
    visitor.fill({"in_touch": "answers"})
    visitor.press("Finish later")
    assert visitor.page_name == "later"
    visitor.press("Go on")
    assert visitor.page.locator("main input[name=in_touch][value=answers]").is_checked()


@both
def test_two_clicks(visit: Visit, js: bool) -> None:
    """Two quick clicks are one."""
    visitor = visit(js=js)
    visitor.start()
    visitor.fill(ANSWERS)
    visitor.page.locator("main .buttons .button").dblclick()
    visitor.page.wait_for_url("**/you_two-2")
    visitor.fill(ANSWERS)
    visitor.page.locator("main .buttons .button").dblclick()
    visitor.page.wait_for_url("**/keep")


@both
def test_a_question_that_comes_up(visit: Visit, js: bool) -> None:
    """With a script it is there at once and goes away again; without, the page comes once more."""
    visitor = visit(js=js)
    visitor.skip_to("feeling_safe", ANSWERS)
    why = visitor.page.locator("#q-own_acts_why")
    visitor.fill({**ANSWERS, "own_acts": ["checked"]})
    if js:
        assert why.is_visible()
        visitor.choose("own_acts", "none")
        assert not why.is_visible()
        assert not visitor.page.locator("main input[name=own_acts][value=checked]").is_checked()
        visitor.choose("own_acts", "checked")
        visitor.fill({"own_acts_why": "protect"})
        visitor.go_on()
    else:
        assert not why.is_visible()
        visitor.go_on()
        assert visitor.page_name == "feeling_safe"
        assert why.is_visible()
        visitor.answer({"own_acts_why": "protect"})
    assert visitor.page_name != "feeling_safe"


@both
def test_change_an_answer(visit: Visit, js: bool) -> None:
    """From the look at all answers to one of them, and back again."""
    visitor = visit(js=js)
    visitor.skip_to("check", ANSWERS)
    visitor.page.locator("main .given summary", has_text="Your own life").click()
    with visitor.navigation():
        visitor.page.locator('main .given a[href*="q-people"]').click()
    assert "back=check" in visitor.query
    visitor.choose("people", "4")
    visitor.go_on()
    assert visitor.page_name == "check"
    visitor.page.locator("main .given summary", has_text="Your own life").click()
    assert "every day" in visitor.main_text.casefold()


@both
def test_another_device(visit: Visit, js: bool) -> None:
    """Twelve words on another device lead to where this one stopped; the link does as well."""
    visitor, second, third = visit(js=js), visit(js=js), visit(js=js)
    visitor.skip_to("two_weeks", ANSWERS)
    secret = visitor.secret
    second.go("/have")
    second.page.locator("main textarea, main input[name=text]").first.fill(" ".join(secret.words[:11]))
    second.go_on()
    assert second.page.title().startswith("Error:")
    second.page.locator("main textarea, main input[name=text]").first.fill(", ".join(secret.words).upper())
    second.go_on()
    assert second.path == "/quiz/1/two_weeks"
    second.answer(ANSWERS)
    third.go(f"/open/{secret.code}")
    third.go_on()
    assert third.path == "/quiz/1/dark_thoughts"


@both
def test_leave_at_once(visit: Visit, js: bool) -> None:
    """The exit is somewhere else at once and forgets this device; the draft stays."""
    visitor = visit(js=js)
    visitor.skip_to("contact_now", ANSWERS)
    secret = visitor.secret
    visitor.page.get_by_role("button", name="Exit this page").click()
    visitor.page.wait_for_url(lambda url: not url.startswith(visitor.url))
    assert len(visitor.exits) == 1
    assert visitor.context.cookies(visitor.url) == []
    visitor.go("/quiz/1/contact_now")
    assert visitor.path == "/have"
    visitor.go(f"/open/{secret.code}")
    visitor.go_on()
    assert visitor.path == "/quiz/1/contact_now"
    if js:
        for _ in range(3):
            visitor.page.keyboard.press("Shift")
        visitor.page.wait_for_url(lambda url: not url.startswith(visitor.url))


@both
def test_a_new_link(visit: Visit, js: bool) -> None:
    """A new link is shown before the old one dies; then only the new one opens."""
    visitor, second = visit(js=js), visit(js=js)
    visitor.skip_to("contact_now", ANSWERS)
    old = visitor.secret
    visitor.go("/link")
    visitor.press("Make a new link")
    visitor.go_on()
    new = visitor.secret
    assert new != old
    second.go(f"/open/{old.code}")
    second.go_on()
    assert second.path == "/lost"
    second.go(f"/open/{new.code}")
    second.go_on()
    assert second.path == "/quiz/1/contact_now"


@both
def test_a_page_left_open_over_night(visit: Visit, js: bool) -> None:
    """A page whose cookie is gone asks for the words, and takes what was answered."""
    visitor = visit(js=js)
    visitor.skip_to("contact_now", ANSWERS)
    secret = visitor.secret
    visitor.fill(ANSWERS)
    visitor.context.clear_cookies()
    visitor.expected = {403}
    visitor.go_on()
    visitor.page.locator("#reopen").fill(" ".join(secret.words))
    visitor.go_on()
    if visitor.page_name == "contact_now":  # with the cookie its token is gone too, so it is asked once more
        visitor.go_on()
    assert visitor.page_name == "contact_now-2"
    visitor.go("/quiz/1/contact_now")
    assert visitor.page.locator("main input[name=in_touch][value=answers]").is_checked()


@both
def test_delete_everything(visit: Visit, js: bool) -> None:
    """One confirmation, and link and words lead nowhere."""
    visitor = visit(js=js)
    visitor.skip_to("contact_now", ANSWERS)
    secret = visitor.secret
    with visitor.navigation():
        visitor.page.get_by_role("contentinfo").get_by_role("link", name="Delete everything").click()
    visitor.go_on()
    assert visitor.path == "/deleted"
    assert visitor.context.cookies(visitor.url) == []
    visitor.go(f"/open/{secret.code}")
    visitor.go_on()
    assert visitor.path == "/lost"


def test_the_way_by_keyboard(visit: Visit, browser: Browser) -> None:
    """Skip link, choices and button can be reached and used with keys alone, and where one is can be seen."""
    visitor = visit()
    visitor.start()
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.name") == "pronoun"
    visitor.page.keyboard.press("Space")
    assert visitor.page.locator("main input[name=pronoun]").first.is_checked()
    outline = visitor.page.evaluate(
        "(() => { const on = document.activeElement, row = on.closest('label');"
        " return [on, row].map(element => getComputedStyle(element).outlineStyle); })()"
    )
    assert set(outline) != {"none"}
