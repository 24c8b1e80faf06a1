"""Every page in every state: nothing for axe to find (WCAG 2.2 AA), no sideways scroll, in light and dark, small and wide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.browser.visitor import Axe, Visitor
from tests.clients.site import example
from tests.factories.sample_journey import PUBLIC_PATHS

ANSWERS: Final = {
    **example("first-weeks"),
    "afraid": "often",
    "self_harm_thoughts": "ending_earlier",
    "own_acts": ["checked"],
}
Visit = Callable[..., Visitor]


def test_public_pages(visit: Visit, axe_in_looks: Axe) -> None:
    """Pages for everybody, and what is said when something is wrong on them."""
    visitor, faults = visit(), []
    visitor.expected = {404}
    errors = ("malformed", "word_count&count=3", "unknown_word&positions=2.5", "checksum", "closed")
    for path in (*PUBLIC_PATHS, "/nobody", *(f"/have?e={code}" for code in errors), f"/open/{'A' * 22}", "/deleted"):
        visitor.go(path)
        faults += visitor.audit(axe_in_looks)
    assert faults == []


def test_questions(visit: Visit, axe_in_looks: Axe) -> None:
    """Every page with questions and between them, fresh, with errors, and answered."""
    visitor, faults = visit(), []
    visitor.start()
    for _ in range(40):
        if visitor.page_name == "check":
            break
        faults += visitor.audit(axe_in_looks)
        if visitor.page_name in {"you_two", "contact_now"}:
            visitor.go_on()
            assert visitor.page.title().startswith("Error:")
            faults += visitor.audit(axe_in_looks)
        visitor.fill_at_once(ANSWERS)
        visitor.go_on()
    faults += visitor.audit(axe_in_looks)
    assert visitor.page_name == "check"
    assert faults == []


def test_around_the_plan(visit: Visit, axe_in_looks: Axe) -> None:
    """Contradictions, the plan, the link, a form from yesterday, and the end."""
    visitor, faults = visit(), []
    visitor.expected = {400, 403}
    visitor.skip_to("check", example("first-weeks"))
    visitor.go("/quiz/1/contact_now?back=check")
    visitor.page.evaluate("document.querySelectorAll('[name=ties]').forEach(box => { box.checked = true; })")
    visitor.go_on()
    faults += visitor.audit(axe_in_looks)
    visitor.go("/quiz/1/contact_now?back=check")
    visitor.page.evaluate(
        "document.querySelectorAll('[name=ties]').forEach(box => { box.checked = box.value == 'none'; })"
    )
    visitor.fill({"limits": ["legal"]})
    visitor.go_on()
    faults += visitor.audit(axe_in_looks)
    visitor.go_on()
    assert visitor.path == "/plan/1"
    visitor.page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    faults += visitor.audit(axe_in_looks)
    for path in ("/link", "/link/new", "/quiz/1/later", "/delete", "/start?open=1", "/quiz/1/check", "/plan/1/file"):
        visitor.go(path)
        visitor.page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
        faults += visitor.audit(axe_in_looks)
    visitor.go("/quiz/1/you_two")
    visitor.page.evaluate("document.querySelector('[name=sitting]').value = 'x'")
    visitor.go_on()
    faults += visitor.audit(axe_in_looks)
    visitor.go("/quiz/1/you_two")
    visitor.context.clear_cookies()
    visitor.go_on()
    faults += visitor.audit(axe_in_looks)
    visitor.page.locator("#reopen").fill("three little words")
    visitor.go_on()
    faults += visitor.audit(axe_in_looks)
    assert faults == []
