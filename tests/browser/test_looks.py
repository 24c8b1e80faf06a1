"""Every page in every state: nothing for axe to find (WCAG 2.2 AA), no sideways scroll, in light and dark, small and wide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.browser.visitor import Visitor
from tests.clients.site import example
from tests.factories.sample_journey import PUBLIC

ANSWERS: Final = {**example("first-weeks"), "afraid": "often", "self_harm": "not_now", "own_acts": ["checked"]}
Visit = Callable[..., Visitor]


def test_public_pages(visit: Visit, axe: str) -> None:
    """Pages for everybody, and what is said when something is wrong on them."""
    one, faults = visit(), []
    one.expected = {404}
    errors = ("malformed", "word_count&count=3", "unknown_word&positions=2.5", "checksum", "closed")
    for path in (*PUBLIC, "/nobody", *(f"/have?e={code}" for code in errors), f"/open/{'A' * 22}", "/deleted"):
        one.go(path)
        faults += one.look(axe)
    assert faults == []


def test_questions(visit: Visit, axe: str) -> None:
    """Every page with questions and between them, fresh, with errors, and answered."""
    one, faults = visit(), []
    one.start()
    for _ in range(40):
        if one.place == "check":
            break
        faults += one.look(axe)
        if one.place in {"you_two", "contact_now"}:
            one.go_on()
            assert one.page.title().startswith("Error:")
            faults += one.look(axe)
        one.tick(ANSWERS)
        one.go_on()
    faults += one.look(axe)
    assert one.place == "check"
    assert faults == []


def test_around_the_plan(visit: Visit, axe: str) -> None:
    """Contradictions, the plan, the link, a form from yesterday, and the end."""
    one, faults = visit(), []
    one.expected = {400, 403}
    one.skip_to("check", example("first-weeks"))
    one.go("/quiz/1/contact_now?back=check")
    one.page.evaluate("document.querySelectorAll('[name=ties]').forEach(box => { box.checked = true; })")
    one.go_on()
    faults += one.look(axe)
    one.go("/quiz/1/contact_now?back=check")
    one.page.evaluate("document.querySelectorAll('[name=ties]').forEach(box => { box.checked = box.value == 'none'; })")
    one.fill({"limits": ["legal"]})
    one.go_on()
    faults += one.look(axe)
    one.go_on()
    assert one.path == "/plan/1"
    one.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    faults += one.look(axe)
    for path in ("/link", "/link/new", "/quiz/1/later", "/delete", "/?open=1", "/quiz/1/check", "/plan/1/file"):
        one.go(path)
        one.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        faults += one.look(axe)
    one.go("/quiz/1/you_two")
    one.page.evaluate("document.querySelector('[name=sitting]').value = 'x'")
    one.go_on()
    faults += one.look(axe)
    one.go("/quiz/1/you_two")
    one.context.clear_cookies()
    one.go_on()
    faults += one.look(axe)
    one.page.locator("#reopen").fill("three little words")
    one.go_on()
    faults += one.look(axe)
    assert faults == []
