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
    one = visit(js=js)
    one.skip_to("offer", ANSWERS)
    one.press("See a first plan now")
    assert one.path == "/plan/1"
    one.press("Go on with the questions")
    assert one.path == "/quiz/1/between_you"
    one.walk(ANSWERS)
    one.go_on()
    assert one.path == "/plan/1"
    assert not one.main.get_by_role("link", name="Go on with the questions").count()


@both
def test_nothing_chosen(visit: Visit, js: bool) -> None:
    """An empty page comes back with a summary whose links lead to the questions; a reader hears of it first."""
    one = visit(js=js)
    one.start()
    one.fill({"partner_name": "Ana"})
    one.go_on()
    assert one.page.title().startswith("Error:")
    links = one.page.locator(".faults a")
    assert links.count() == 3
    if js:
        assert one.page.evaluate("document.activeElement.className") == "faults"
    links.nth(1).click()
    if js:
        assert one.page.evaluate("document.activeElement.name") == "wish"
    assert one.page.locator("main input[name=partner_name]").input_value() == "Ana"
    one.answer({name: ANSWERS[name] for name in ("pronoun", "wish", "ended_when")})
    assert one.place == "you_two-2"
    assert not one.page.title().startswith("Error:")


@both
def test_back_and_forth(visit: Visit, js: bool) -> None:
    """The browser's Back and Reload, and the page's own Back: everything that was answered is still chosen."""
    one = visit(js=js)
    one.start()
    one.walk(ANSWERS, "contact_now")
    one.page.go_back()
    one.page.go_back()
    one.page.reload()
    one.go("/quiz/1/you_two-2")
    assert one.page.locator("main input[name=who_ended][value=them]").is_checked()
    one.press("Back")
    assert one.place == "you_two"
    assert one.page.locator("main input[name=wish][value=try_again]").is_checked()
    one.choose("wish", "decide")
    one.go_on()
    one.page.go_back()
    one.page.reload()
    assert one.page.locator("main input[name=wish][value=decide]").is_checked()
    one.go("/quiz/1")
    assert one.place == "contact_now"
    one.fill({"contact_wish": "answers"})
    one.press("Finish later")
    assert one.place == "later"
    one.press("Go on after all")
    assert one.page.locator("main input[name=contact_wish][value=answers]").is_checked()


@both
def test_two_clicks(visit: Visit, js: bool) -> None:
    """Two quick clicks are one."""
    one = visit(js=js)
    one.start()
    one.fill(ANSWERS)
    one.page.locator("main button.main").dblclick()
    one.page.wait_for_url("**/you_two-2")
    one.fill(ANSWERS)
    one.page.locator("main button.main").dblclick()
    one.page.wait_for_url("**/keep")


@both
def test_a_question_that_comes_up(visit: Visit, js: bool) -> None:
    """With a script it is there at once and goes away again; without, the page comes once more."""
    one = visit(js=js)
    one.skip_to("feeling_safe", ANSWERS)
    why = one.page.locator("#q-own_acts_why")
    one.fill({**ANSWERS, "own_acts": ["checked"]})
    if js:
        assert why.is_visible()
        one.choose("own_acts", "none")
        assert not why.is_visible()
        assert not one.page.locator("main input[name=own_acts][value=checked]").is_checked()
        one.choose("own_acts", "checked")
        one.fill({"own_acts_why": "protect"})
        one.go_on()
    else:
        assert not why.is_visible()
        one.go_on()
        assert one.place == "feeling_safe"
        assert why.is_visible()
        one.answer({"own_acts_why": "protect"})
    assert one.place != "feeling_safe"


@both
def test_change_an_answer(visit: Visit, js: bool) -> None:
    """From the look at all answers to one of them, and back again."""
    one = visit(js=js)
    one.skip_to("check", ANSWERS)
    with one.arriving():
        one.page.locator('main a[href*="people"]').click()
    assert "back=check" in one.query
    one.choose("people", "4")
    one.go_on()
    assert one.place == "check"
    assert "every day" in one.words.casefold()


@both
def test_another_device(visit: Visit, js: bool) -> None:
    """Twelve words on another device lead to where this one stopped; the link does as well."""
    one, other, third = visit(js=js), visit(js=js), visit(js=js)
    one.skip_to("two_weeks", ANSWERS)
    secret = one.secret
    other.go("/have")
    other.page.locator("main textarea, main input[name=text]").first.fill(" ".join(secret.words[:11]))
    other.go_on()
    assert other.page.title().startswith("Error:")
    other.page.locator("main textarea, main input[name=text]").first.fill(", ".join(secret.words).upper())
    other.go_on()
    assert other.path == "/quiz/1/two_weeks"
    other.answer(ANSWERS)
    third.go(f"/open/{secret.code}")
    third.go_on()
    assert third.path == "/quiz/1/dark_thoughts"


@both
def test_leave_at_once(visit: Visit, js: bool) -> None:
    """The exit is somewhere else at once and forgets this device; the draft stays."""
    one = visit(js=js)
    one.skip_to("contact_now", ANSWERS)
    secret = one.secret
    one.page.get_by_role("link", name="Exit this page").click()
    one.page.wait_for_url(lambda url: not url.startswith(one.url))
    assert len(one.left) == 1
    assert one.context.cookies(one.url) == []
    one.go("/quiz/1/contact_now")
    assert one.path == "/have"
    one.go(f"/open/{secret.code}")
    one.go_on()
    assert one.path == "/quiz/1/contact_now"
    if js:
        for _ in range(3):
            one.page.keyboard.press("Shift")
        one.page.wait_for_url(lambda url: not url.startswith(one.url))


@both
def test_a_new_link(visit: Visit, js: bool) -> None:
    """A new link is shown before the old one dies; then only the new one opens."""
    one, other = visit(js=js), visit(js=js)
    one.skip_to("contact_now", ANSWERS)
    old = one.secret
    one.go("/link")
    one.press("Make a new link")
    one.go_on()
    new = one.secret
    assert new != old
    other.go(f"/open/{old.code}")
    other.go_on()
    assert other.path == "/lost"
    other.go(f"/open/{new.code}")
    other.go_on()
    assert other.path == "/quiz/1/contact_now"


@both
def test_a_page_left_open_over_night(visit: Visit, js: bool) -> None:
    """A page whose cookie is gone asks for the words, and takes what was answered."""
    one = visit(js=js)
    one.skip_to("contact_now", ANSWERS)
    secret = one.secret
    one.fill(ANSWERS)
    one.context.clear_cookies()
    one.expected = {403}
    one.go_on()
    one.page.locator("#reopen").fill(" ".join(secret.words))
    one.go_on()
    if one.place == "contact_now":  # with the cookie its token is gone too, so it is asked once more
        one.go_on()
    assert one.place == "contact_now-2"
    one.go("/quiz/1/contact_now")
    assert one.page.locator("main input[name=contact_wish][value=answers]").is_checked()


@both
def test_delete_everything(visit: Visit, js: bool) -> None:
    """One confirmation, and link and words lead nowhere."""
    one = visit(js=js)
    one.skip_to("contact_now", ANSWERS)
    secret = one.secret
    with one.arriving():
        one.page.get_by_role("contentinfo").get_by_role("link", name="Delete everything").click()
    one.go_on()
    assert one.path == "/deleted"
    assert one.context.cookies(one.url) == []
    one.go(f"/open/{secret.code}")
    one.go_on()
    assert one.path == "/lost"


def test_the_way_by_keyboard(visit: Visit, browser: Browser) -> None:
    """Skip link, choices and button can be reached and used with keys alone, and where one is can be seen."""
    one = visit()
    one.start()
    one.page.keyboard.press("Tab")
    assert one.page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    one.page.keyboard.press("Enter")
    one.page.keyboard.press("Tab")
    assert one.page.evaluate("document.activeElement.name") == "pronoun"
    one.page.keyboard.press("Space")
    assert one.page.locator("main input[name=pronoun]").first.is_checked()
    outline = one.page.evaluate(
        "(() => { const on = document.activeElement, row = on.closest('label');"
        " return [on, row].map(one => getComputedStyle(one).outlineStyle); })()"
    )
    assert set(outline) != {"none"}
