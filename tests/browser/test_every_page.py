"""Every page in every state, in the conditions in which people read it: small, wide, large type, forced colours, no motion, on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.every_page import (
    DOUBLE_TEXT,
    OPEN_ALL,
    lost_in_forced_colours,
    motion,
    sideways,
    small_targets,
)
from tests.browser.reading_order import out_of_order, wrong_on_paper
from tests.tools.preview import write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HEIGHT: Final = 740
Look = Callable[..., list[str]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every page in every state, with what belongs to it."""
    return write(tmp_path_factory.mktemp("pages"))


@pytest.fixture
def look_at(browser: Browser, files: list[Path]) -> Iterator[Look]:
    """Opens every page in a window of a width, and collects what some checks find."""
    contexts = []

    def look(
        width: int,
        *checks: Callable[[Page], list[str]],
        before: str | None = None,
        fonts: dict[str, Any] | None = None,
        **options: Any,
    ) -> list[str]:
        context = browser.new_context(viewport={"width": width, "height": HEIGHT}, **options)
        contexts.append(context)
        page, faults = context.new_page(), []
        if fonts is not None:
            context.new_cdp_session(page).send("Page.setFontSizes", fonts)
        for file in files:
            page.goto(file.as_uri())
            if before is not None:
                page.evaluate(before)
            faults += [f"{file.stem}: {fault}" for check in checks for fault in check(page)]
        return faults

    yield look
    for context in contexts:
        context.close()


def test_small(look_at: Look) -> None:
    """At 320 px nothing scrolls sideways, all can be pressed with a thumb, nothing moves unasked: also within what is folded."""
    assert look_at(320, sideways, small_targets, motion, before=OPEN_ALL, reduced_motion="reduce") == []


def test_wide(look_at: Look) -> None:
    """At 1,280 px the same, and with forced colours no edge, stone or number is lost."""
    checks = (sideways, small_targets, lost_in_forced_colours)
    assert look_at(1280, *checks, before=OPEN_ALL, forced_colors="active") == []


def test_large_type(look_at: Look) -> None:
    """With text of twice the size nothing scrolls sideways on a phone, or is too small to press."""
    assert look_at(390, sideways, small_targets, before=OPEN_ALL, fonts=DOUBLE_TEXT) == []


def test_reading_order(look_at: Look) -> None:
    """What is read later stands further down; headings go down by one level at a time."""
    assert look_at(390, out_of_order) == []


def test_paper(look_at: Look) -> None:
    """No page has a button or a closed fold on paper, or is wider than it."""
    assert look_at(700, wrong_on_paper) == []
