"""The order in which a page is read aloud, and what of it is on paper."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from playwright.sync_api import Page

LANDMARKS: Final = ("banner", "main", "contentinfo")
NOT_ON_PAPER: Final = (
    "button:not(.tick), select, nav, form:not(.act), .exit, .skip, .change, .answer, .foot, .moved, .from-here, .menu"
)
"""A tick is a box on paper, and its form a row."""
_READ: Final = """() => {
    const visible = element => element.checkVisibility() && element.getClientRects().length > 0 && !element.closest(".unseen");
    const all = (selector, root) => [...root.querySelectorAll(selector)].filter(visible);
    const parts = all("h1, h2, h3, h4, p, li, dt, dd, summary, button, input, select, tr", document.querySelector("main"));
    const above = [];
    let lowest = -Infinity, right = -Infinity, last = "";
    for (const part of parts) {
        const box = part.getBoundingClientRect();
        // what stands at the right of all that was read is the next column
        if (box.bottom <= lowest && box.left < right) above.push(`${part.tagName} "${part.textContent.trim().slice(0, 40)}" above ${last}`);
        if (box.top > lowest || box.left >= right) [lowest, right, last] = [box.top, box.right, `${part.tagName} "${part.textContent.trim().slice(0, 40)}"`];
    }
    return { levels: all("h1, h2, h3, h4, h5, h6", document).map(heading => Number(heading.tagName[1])), above };
}"""
_FOLDED: Final = """() => [...document.querySelectorAll("article details:not(.folded):not(.passed)")]
    .filter(fold => fold.checkVisibility()).flatMap(fold => [...fold.children].slice(1))
    .filter(child => getComputedStyle(child).display !== "none" && !child.checkVisibility()).map(child => child.outerHTML.slice(0, 90))"""
_SEEN: Final = """selector => [...document.querySelectorAll(selector)].filter(element => {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0 && getComputedStyle(element).visibility === "visible";
}).map(element => element.outerHTML.slice(0, 90))"""


def out_of_order(page: Page) -> list[str]:
    """Landmarks that lack, levels of headings that are passed over, and what is read later than it is seen. A picture may
    be read after the headline that it stands above.

    What is wrong on a page, or was done, may have a heading before the first one.
    """
    result: dict[str, Any] = page.evaluate(_READ)
    levels = result["levels"]
    faults = [f"{role}: {count}" for role in LANDMARKS if (count := page.get_by_role(role).count()) != 1]
    faults += [] if page.get_by_role("navigation", name="At any time").count() == 1 else ["no navigation with a name"]
    faults += [] if levels.count(1) == 1 and set(levels[: levels.index(1)]) <= {2} else [f"headings {levels}"]
    faults += [f"h{level} before h{next_level}" for level, next_level in pairwise(levels) if next_level > level + 1]
    return [f"{page.url}: {fault}" for fault in (*faults, *result["above"])]


def wrong_on_paper(page: Page) -> list[str]:
    """Buttons and ways on that a printed page shows, and folds that stay closed on it."""
    page.emulate_media(media="print")
    faults: list[str] = page.evaluate(_SEEN, NOT_ON_PAPER) + page.evaluate(_FOLDED)
    page.emulate_media(media="null")
    return faults
