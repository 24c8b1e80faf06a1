"""The pages before a journey in a browser: what is seen at once, what stays in sight, and what goes on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from engine.answers.front_page_files import load_front_page
from engine.loading.help_services import load_services
from engine.loading.library import load_library

if TYPE_CHECKING:
    from tests.browser.visitor import Axe, Visitor


def example_label() -> str:
    """What says that the example is one."""
    page = load_front_page("breakup", load_library(), load_services()).page
    assert page.example is not None
    return page.example.label


def test_start_is_in_sight(visit: Callable[..., Visitor]) -> None:
    """On a phone of 390 by 740 the heading, Start and the example are seen without scrolling."""
    visitor = visit(width=390)
    visitor.go("/")
    for selector in ("h1", ".buttons .button >> nth=0", ".buttons .button >> nth=1"):
        box = visitor.main.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 740


@pytest.mark.parametrize("path", ["/", "/start", "/example", "/young"])
def test_pages_fit_and_are_accessible(visit: Callable[..., Visitor], axe: Axe, path: str) -> None:
    """In every size and both colour schemes, and with text of twice the size."""
    visitor = visit()
    visitor.go(path)
    faults = visitor.audit(axe)
    visitor.page.set_viewport_size({"width": 640, "height": 740})
    visitor.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert faults + visitor.horizontal_overflow() == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_label_stays_in_sight(visit: Callable[..., Visitor], width: int) -> None:
    """“Example” is on every screen of the example, however far one scrolls, and nothing lies above it."""
    visitor = visit(width=width)
    visitor.go("/example")
    label = visitor.main.get_by_text(example_label(), exact=True)
    height = visitor.page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 700):
        visitor.page.evaluate("top => window.scrollTo({top, behavior: 'instant'})", top)
        box = label.bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= 740 - box["height"]
        on_top = "([x, y]) => document.elementFromPoint(x, y).textContent"
        middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        assert visitor.page.evaluate(on_top, middle) == example_label()


def test_the_label_is_on_every_sheet(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    """A printed example says on each sheet that the person is invented."""
    visitor = visit(width=1280)
    visitor.go("/example")
    visitor.page.pdf(path=tmp_path / "example.pdf", format="A4", prefer_css_page_size=True)
    sheets = PdfReader(tmp_path / "example.pdf").pages
    label = example_label().replace(" ", "")
    assert len(sheets) > 1
    assert [label in sheet.extract_text().replace(" ", "").replace("\n", "") for sheet in sheets] == [True] * len(
        sheets
    )


def test_the_example_leads_to_the_start(visit: Callable[..., Visitor]) -> None:
    """From the first page to the example, from there to the question about age, and to the first questions."""
    visitor = visit(width=390)
    visitor.go("/")
    visitor.press("See an example plan")
    assert visitor.path == "/example"
    visitor.press("Start your own")
    assert visitor.path == "/start"
    visitor.press("Yes, I’m 18 or over")
    assert visitor.path.startswith("/quiz/1")
    assert visitor.visible_questions
