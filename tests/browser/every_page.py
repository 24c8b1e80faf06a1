"""What is wrong with a page as it is drawn: sideways scroll, small targets, motion, colours that a system forces."""

from __future__ import annotations

from typing import Any, Final

from playwright.sync_api import Page

LEAST_TARGET: Final = 44
"""CSS pixels that whatever can be pressed is wide and high."""
_SIDEWAYS: Final = """() => {
    const wide = document.documentElement.scrollWidth, room = document.documentElement.clientWidth;
    if (wide <= room) return [];
    const beyond = [...document.body.querySelectorAll("*")].filter(element => element.getBoundingClientRect().right > room + 1);
    const last = beyond.filter(element => !beyond.some(other => other !== element && element.contains(other)));
    return [`${wide} px wide in ${room}: ` + last.slice(0, 3).map(element => element.outerHTML.slice(0, 80)).join(" | ")];
}"""
_SMALL_TARGETS: Final = """least => {
    const shown = element => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0 && !element.closest(".unseen");
    const inText = link => {
        if (link.tagName !== "A" || getComputedStyle(link).display !== "inline") return false;
        let block = link.parentElement;
        while (getComputedStyle(block).display === "inline") block = block.parentElement;
        return block.textContent.replace(/\\s+/g, " ").trim().length > link.textContent.replace(/\\s+/g, " ").trim().length + 1;
    };
    const target = element => element.matches("input[type=radio], input[type=checkbox]") ? element.closest("label") || element.labels[0] || element : element;
    const pressed = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
        .filter(element => !element.disabled).map(target);
    return [...new Set(pressed)].filter(element => shown(element) && !element.matches(".skip") && !inText(element)).map(element => {
        const { width, height } = element.getBoundingClientRect();
        return width < least - .5 || height < least - .5 ? `${Math.round(width)} x ${Math.round(height)}: ${element.outerHTML.replace(/\\s+/g, " ").slice(0, 100)}` : "";
    }).filter(Boolean);
}"""
_MOTION: Final = """() => [document.documentElement, ...document.body.querySelectorAll("*")].filter(element => {
    const style = getComputedStyle(element);
    const lasts = style.transitionDuration.split(",").some(time => parseFloat(time) > 0.011);
    return lasts || style.animationName !== "none" || style.scrollBehavior === "smooth";
}).map(element => element.outerHTML.slice(0, 80))"""
_LOST: Final = """() => {
    const canvas = getComputedStyle(document.body).backgroundColor;
    const shown = element => element.checkVisibility() && element.getClientRects().length > 0;
    const outlined = style => ["Top", "Right", "Bottom", "Left"].some(side => parseFloat(style[`border${side}Width`]) > 0 && style[`border${side}Color`] !== canvas);
    const drawn = style => (style.stroke !== "none" && style.stroke !== canvas && parseFloat(style.strokeWidth) > 0) || (style.fill !== "none" && style.fill !== canvas);
    const buttons = [...document.querySelectorAll(".button, main select, main textarea, main input[type=text]")].filter(shown).filter(button => !outlined(getComputedStyle(button)));
    const shapes = [...document.querySelectorAll("use.pebble, .pebbles use")].filter(shown).filter(shape => !drawn(getComputedStyle(shape)));
    const numbers = [...document.querySelectorAll(".stone b")].filter(shown).filter(number => {
        const shape = number.parentElement.querySelector("use");
        return getComputedStyle(number).color === getComputedStyle(shape).fill;
    });
    return [...buttons, ...shapes, ...numbers].map(element => element.outerHTML.slice(0, 80));
}"""
OPEN_ALL: Final = "() => document.querySelectorAll('details').forEach(fold => { fold.open = true; })"
USUAL_TEXT: Final = {"fontSizes": {"standard": 16, "fixed": 13}}
"""Chromium's own sizes of text."""
DOUBLE_TEXT: Final = {"fontSizes": {"standard": 32, "fixed": 26}}
"""What Chromium's setting of twice the usual size of text is; breakpoints in rem follow it."""


def _faults(page: Page, script: str, argument: Any = None) -> list[str]:
    faults: list[str] = page.evaluate(script, argument)
    return faults


def sideways(page: Page) -> list[str]:
    """Whether the page is wider than its window, and what makes it so."""
    return _faults(page, _SIDEWAYS)


def small_targets(page: Page) -> list[str]:
    """What can be pressed and is too small for a thumb; links within running text, and what is disabled, aside."""
    return _faults(page, _SMALL_TARGETS, LEAST_TARGET)


def motion(page: Page) -> list[str]:
    """What would move although the person asked for none."""
    return _faults(page, _MOTION)


def lost_in_forced_colours(page: Page) -> list[str]:
    """Buttons and fields without an edge, stones and pebbles that cannot be seen, and numbers in the colour of their stone."""
    return _faults(page, _LOST)
