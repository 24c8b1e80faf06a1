"""Every page in every state, in the conditions in which people read it: small, wide, large type, forced colours, no motion, on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.browser.every_page import (
    DOUBLE_TEXT,
    OPEN_ALL,
    USUAL_TEXT,
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
NO_MEDIA: Final[dict[str, Any]] = {"reduced_motion": "no-preference", "forced_colors": "none"}


@dataclass(frozen=True)
class Look:
    """The conditions in which a page is looked at, and what is checked in them."""

    width: int
    checks: tuple[Callable[[Page], list[str]], ...]
    media: dict[str, Any] = field(default_factory=dict)
    fonts: dict[str, Any] = field(default_factory=lambda: USUAL_TEXT)


FOLDED: Final = {
    "what is read later stands further down, and headings go down by one level at a time": Look(390, (out_of_order,)),
    "no page has a button or a closed fold on paper, or is wider than it": Look(700, (wrong_on_paper,)),
}
UNFOLDED: Final = {
    "on a small screen nothing scrolls sideways, all can be pressed with a thumb, and nothing moves unasked": Look(
        320, (sideways, small_targets, motion), {"reduced_motion": "reduce"}
    ),
    "on a wide screen the same, and with forced colours no edge, stone or number is lost": Look(
        1280, (sideways, small_targets, lost_in_forced_colours), {"forced_colors": "active"}
    ),
    "with text of twice the size nothing scrolls sideways on a phone, or is too small to press": Look(
        390, (sideways, small_targets), fonts=DOUBLE_TEXT
    ),
}


def test_every_page(browser: Browser, tmp_path: Path) -> None:
    """Every page in every state keeps what each look at it demands, folded or with everything unfolded."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    faults = []
    files = write(tmp_path)
    assert len(files) > 50
    for file in files:
        page.goto(file.as_uri())
        for looks in (FOLDED, UNFOLDED):
            if looks is UNFOLDED:
                page.evaluate(OPEN_ALL)
            for demand, look in looks.items():
                page.set_viewport_size({"width": look.width, "height": HEIGHT})
                page.emulate_media(**{**NO_MEDIA, **look.media})
                session.send("Page.setFontSizes", look.fonts)
                faults += [f"{file.stem}: {demand}: {fault}" for check in look.checks for fault in check(page)]
    context.close()
    assert faults == []
