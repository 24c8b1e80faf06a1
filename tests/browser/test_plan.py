"""The plan in a browser: ticks, one answer changed, a country, paper, and pages beside it, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from engine.assessment.pipeline import assess
from engine.report.help_lines import report_lines
from engine.report.plan import Report, build_report
from engine.simulation.population_checks import population_path, read_population
from engine.simulation.sampling import sample_person
from tests.browser.reading_order import wrong_on_paper
from tests.browser.visitor import Axe, Visitor, choose_note, press_tick, tick
from tests.clients.site import cached_content, example
from web.forms.plan_controls import PlanControls, render_plan

Visit = Callable[..., Visitor]
MOST_WORDS: Final = 130
"""On the first screen of a plan, by ``shared/content-guide.md`` §5.1."""
SCREEN: Final = 740
FOLD: Final = """() => {
    const places = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), range = document.createRange();
    while (walker.nextNode()) {
        const text = walker.currentNode, around = text.parentElement;
        if (!around.checkVisibility() || around.closest(".unseen")) continue;
        for (const word of text.textContent.matchAll(/\\S+/g)) {
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            places.push(range.getBoundingClientRect().bottom);
        }
    }
    const first = document.querySelector(".notice, .today").getBoundingClientRect().top;
    return [places.filter(bottom => bottom <= innerHeight).length, first];
}"""
"""How many words are seen before one scrolls, and where the first thing begins that a plan has to say."""
SHAPE: Final = """() => {
    const box = element => element.getBoundingClientRect(), all = selector => [...document.querySelectorAll(selector)];
    const small = all("main a, main button, main summary, main select, main textarea").filter(element => {
        const inText = element.closest(".status, .help p:not(.elsewhere), .help li");
        return element.checkVisibility() && !inText && box(element).height < 43.9;
    });
    const way = document.querySelector(".way");
    return {
        sideways: document.documentElement.scrollWidth - innerWidth,
        small: small.map(element => element.outerHTML.slice(0, 80)),
        moving: all("main *").filter(element => getComputedStyle(element).transitionDuration !== "0s").length,
        hidden: way.scrollHeight - way.clientHeight,
        beside: box(way).right <= box(document.querySelector(".today")).left,
    };
}"""
"""How a plan lies in its window."""
SEED: Final = 7
DRAWN: Final = 40
MOST_SHEETS: Final = 4
PEOPLE: Final = ("first-weeks", "afraid", "required-only", "dark-thoughts", "own-violence")


def visitor_at_plan(visit: Visit, name: str = "first-weeks", **options: object) -> Visitor:
    """Somebody who looks at their plan."""
    visitor = visit(**options)
    visitor.skip_to("check", example(name))
    visitor.go_on()
    assert visitor.path == "/plan/1"
    return visitor


@pytest.mark.parametrize("js", [True, False])
def test_ticks_and_one_answer(visit: Visit, js: bool) -> None:
    """Done, doing, not for me, taken back; then one answer is changed from the plan, which says what moved."""
    visitor = visitor_at_plan(visit, js=js)
    press_tick(visitor, ".today", "true")
    visitor.page.locator(".today .after:not(:empty)").wait_for()
    assert visitor.page.locator(".today .next form.act").count() == 1
    press_tick(visitor, ".today .next", "true")
    assert tick(visitor, ".week").get_attribute("aria-pressed") == "true"
    press_tick(visitor, ".today", "false")
    visitor.page.locator(".today .next").wait_for(state="detached")
    before = tick(visitor, ".week").inner_text()
    choose_note(visitor, ".week", "not_for_me")
    assert tick(visitor, ".week").inner_text() != before
    last = ".week li.step:last-child .actions"  # of another step than the answer is about
    choose_note(visitor, last, "doing")
    visitor.page.locator(".week .passed summary").first.click()
    with visitor.navigation():
        visitor.page.locator(".passed button").first.click()
    assert visitor.page.locator(".passed").count() == 0
    visitor.page.locator(".week .more > summary").first.click()
    with visitor.navigation():
        visitor.page.locator(".week .change a").first.click()
    assert visitor.query == "back=plan"
    item = visitor.page.url.partition("#q-")[2]
    points = visitor.page.locator(f'input[name="{item}"]:not([value="~"])')
    visitor.choose(item, str(points.nth(points.count() - 2).get_attribute("value")))
    visitor.go_on()
    assert (visitor.path, visitor.query) == ("/plan/1", "moved=1")
    assert "Your answer is changed" in visitor.page.locator(".moved").inner_text()
    assert visitor.page.locator(".tick[aria-pressed=mixed]").count() >= 1


def test_a_tick_that_fails_is_sent_as_a_form(visit: Visit) -> None:
    """Where the script gets no answer the form is sent as without it; the page comes back to the same place."""
    visitor = visitor_at_plan(visit)
    visitor.page.evaluate("() => { window.fetch = () => Promise.reject(new Error('no network')); }")
    with visitor.navigation():
        tick(visitor, ".week").click()
    assert visitor.page.url.partition("#")[2].startswith("do-")
    assert tick(visitor, ".week").get_attribute("aria-pressed") == "true"


def test_ticks_by_keyboard(visit: Visit) -> None:
    """Each row and menu is reached and pressed without a mouse; Escape closes a menu, and the focus stays."""
    visitor = visitor_at_plan(visit)
    tick(visitor, ".today").focus()
    visitor.page.keyboard.press("Space")
    visitor.page.locator(".today .tick[aria-pressed=true]").first.wait_for()
    assert visitor.page.evaluate("document.activeElement.matches('.today .tick')")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    assert visitor.page.locator(".menu[open]").count() == 1
    visitor.page.keyboard.press("Escape")
    assert visitor.page.locator(".menu[open]").count() == 0
    assert visitor.page.evaluate("document.activeElement.matches('.today .menu > summary')")


def test_every_shape_of_a_plan(visit: Visit) -> None:
    """Nothing scrolls sideways at 320 px or with text twice as large, nothing to press is small, and the way fits beside."""
    visitor, shape = visitor_at_plan(visit), {}
    for width, height, text in ((320, 740, "100%"), (360, 740, "200%"), (1280, 800, "100%")):
        visitor.page.set_viewport_size({"width": width, "height": height})
        visitor.page.evaluate("size => { document.documentElement.style.fontSize = size; }", text)
        shape = visitor.page.evaluate(SHAPE)
        assert shape["sideways"] <= 0, (width, text)
        assert shape["small"] == []
        assert shape["moving"] == 0  # the visitor asks for less motion
        assert shape["beside"] is (width == 1280)
    assert shape["hidden"] <= 0


def test_forced_colours(visit: Visit) -> None:
    """What is ticked, and a step to start with, still differ from the others where a person chose the colours."""
    visitor = visitor_at_plan(visit)
    visitor.page.emulate_media(forced_colors="active", reduced_motion="reduce")
    press_tick(visitor, ".today", "true")
    colour = "selector => getComputedStyle(document.querySelector(selector)).backgroundColor"
    ticked = visitor.page.evaluate(colour, ".today .tick[aria-pressed=true] .box")
    assert ticked != visitor.page.evaluate(colour, ".week .tick[aria-pressed=false] .box")
    widths = visitor.page.evaluate(
        """() => ["start_here", "focus", "light"].map(
            name => parseFloat(getComputedStyle(document.querySelector(`.path .${name} .pebble`)).strokeWidth))"""
    )
    assert widths == sorted(set(widths), reverse=True)


def reports() -> Iterator[tuple[str, Report]]:
    """Plans of the examples, and of persons of the shipped population, drawn from a seed: some of each kind."""
    content = cached_content(None)
    library, pack = content.library, content.library.packs["breakup"]
    population, _ = read_population(population_path("breakup"), library, "breakup")
    people = {name: example(name) for name in PEOPLE}
    people |= {f"person {number}": sample_person(population, SEED, number) for number in range(DRAWN)}
    lines = report_lines(content.services, None, population.taken_on)
    for name, answers in people.items():
        yield name, build_report(assess(pack, "breakup", answers, population.taken_on, plain=True), None, lines)


def test_the_first_screen_is_short(visit: Visit) -> None:
    """Before the fold of a phone stand at most 130 words, and what a plan has to say first, a notice or the day, begins there.

    Buttons and help lines are counted with them. A notice of danger is never cut for it: it comes whole,
    with its line, and the day then stands below the fold (safety first).
    """
    visitor, kinds, faults = visitor_at_plan(visit), set(), {}
    for name, report in reports():
        fragment = render_plan(report, PlanControls(note_url="/plan/1/tick"))
        visitor.page.evaluate("fragment => { document.querySelector('article').outerHTML = fragment; }", fragment)
        words, first = visitor.page.evaluate(FOLD)
        kinds.add(report.kind.id)
        if words > MOST_WORDS or first >= SCREEN:
            faults[name] = (words, first)
    assert len(kinds) == 4
    assert faults == {}


@pytest.mark.parametrize(
    "name",
    [
        name if name in {"first-weeks", "dark-thoughts"} else pytest.param(name, marks=pytest.mark.exhaustive)
        for name in PEOPLE
    ],
)
def test_paper(visit: Visit, name: str, tmp_path: Path) -> None:
    """A plan with the lines of a country is at most four sheets of either paper, with what was folded and nothing that leads on."""
    visitor = visitor_at_plan(visit, name, js=False)
    press_tick(visitor, ".today", "true")
    visitor.page.locator("#place").select_option("uk")
    with visitor.navigation():
        visitor.page.locator("#country button").click()
    assert "United Kingdom" in visitor.page.locator(".help h2").inner_text()
    for paper in ("A4", "Letter"):
        written = visitor.page.pdf(path=tmp_path / f"{paper}.pdf", format=paper, prefer_css_page_size=True)
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", written)) <= MOST_SHEETS, paper
    assert wrong_on_paper(visitor.page) == []


@pytest.mark.parametrize("name", ["first-weeks", "dark-thoughts"])
def test_looks(visit: Visit, axe_in_looks: Axe, name: str) -> None:
    """Nothing for axe to find in the plan's new states, folded and open, and on the pages beside it."""
    visitor, faults = visitor_at_plan(visit, name), []
    press_tick(visitor, ".today", "true")
    choose_note(visitor, ".week li.step:last-child .actions", "doing")
    choose_note(visitor, ".week .actions", "not_for_me")
    visitor.page.locator(".week .menu > summary").first.click()
    faults += visitor.audit(axe_in_looks)
    visitor.page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    faults += visitor.audit(axe_in_looks)
    visitor.go("/quiz/1/you_two?back=plan")
    faults += visitor.audit(axe_in_looks)
    unchosen = visitor.page.locator("input[name=wish]:not(:checked)").first.get_attribute("value")
    visitor.choose("wish", str(unchosen))
    visitor.go_on()
    assert visitor.query == "moved=1"
    faults += visitor.audit(axe_in_looks)
    for page in ("weeks", "what-if"):
        visitor.go("/plan/1")
        if visitor.page.locator(f'a[href="/plan/1/{page}"]').count():
            visitor.go(f"/plan/1/{page}")
            faults += visitor.audit(axe_in_looks)
    assert faults == []
