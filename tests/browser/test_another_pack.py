"""The pack of the tutorial in a browser: every page speaks of it, and none of breakups."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.factories.tutorial_pack import write_tutorial_pack
from tests.servers.server_process import Server, serve

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.visitor import Visitor

FOREIGN: Final = re.compile(
    r"break-?\s?ups?\b|\bbroken? up\b|\bex(?:es)?\b|\bpartners?\b|relationships?\b|\bcouples?\b|\blov(?:e|ed|ing)\b"
    r"|\bdat(?:ing|ed)\b|\bdivorce|\bapart\b|\breconnect|\bboth of you\b|\byou two\b|\beach other\b|\bmissing (?:him|her|them)\b"
    r"|\b(?:he|she|him|her|his|hers)\b|\bheart\w*|\bMia\b|\bSam\b|\beleven\b",
    re.IGNORECASE,
)
"""Words that no page of a pack about tea has any use for."""
ANSWERS: Final[dict[str, Any]] = {
    "caffeine": "badly",
    "company": ["colleague"],
    "asked_them": False,
    "tired": 3,
    "screen": 3,
    "stiff": 2,
    "minutes": 15,
}
PUBLIC: Final = (
    *("/", "/start", "/example", "/have", "/help", "/privacy", "/accessibility", "/lost", "/deleted"),
    *(f"/have?e={fault}" for fault in ("empty", "malformed", "word_count", "unknown_word", "checksum", "closed")),
    *("/nowhere", "/young", f"/open/{'A' * 22}", "/open/x"),
)
OF_A_PLAN: Final = (
    *("/plan/1", "/plan/1/weeks", "/plan/1/what-if", "/plan/1/file", "/plans", "/timeline", "/compare/1/2"),
    *("/link", "/link/new", "/quiz/1/later", "/quiz/1/check", "/start?open=1", "/delete", "/plans/1/delete"),
)


@pytest.fixture
def tea(tmp_path: Path) -> Iterator[Server]:
    """``heartwork serve`` with the content of the tutorial."""
    server = serve(tmp_path / "kept", HEARTWORK_CONTENT=str(write_tutorial_pack(tmp_path / "tea")))
    yield server
    server.stop()


@pytest.fixture
def visitor(browser: Browser, tea: Server) -> Iterator[Visitor]:
    """A person who would like a cup of tea."""
    from tests.browser.visitor import Visitor

    visitor = Visitor(browser, tea.url)
    visitor.expected |= {400, 403, 404}
    yield visitor
    faults = list(visitor.faults)
    visitor.context.close()
    assert faults == []


def foreign_words(visitor: Visitor) -> list[str]:
    """What a page says of breakups: seen, hidden, folded, in its title, in labels and in what a preview shows."""
    text: str = visitor.page.evaluate(
        """() => [document.title, document.body.textContent,
        ...[...document.querySelectorAll("*")].flatMap(node => ["aria-label", "title", "alt", "content", "placeholder"]
        .map(name => node.getAttribute(name) || ""))].join(" \\n ")"""
    )
    return [f"{visitor.path}: {match[0]}" for match in FOREIGN.finditer(text)]


def read_all(visitor: Visitor, paths: tuple[str, ...]) -> list[str]:
    """The foreign words of some pages."""
    found_words: list[str] = []
    for path in paths:
        visitor.go(path)
        found_words += foreign_words(visitor)
    return found_words


def test_the_words_are_looked_for(visit: Callable[..., Visitor]) -> None:
    """The first page of the breakup starter has some of them, so that looking for them proves something."""
    visitor = visit()
    visitor.go("/")
    assert foreign_words(visitor)


def test_no_page_speaks_of_breakups(visitor: Visitor) -> None:
    """From the first page over every question to the plan, a second look, what it leads to, and all that can go wrong."""
    words = read_all(visitor, PUBLIC)
    visitor.start()
    visitor.walk(ANSWERS, each=lambda: words.extend(foreign_words(visitor)))
    words += foreign_words(visitor)
    visitor.go_on()
    assert visitor.path == "/plan/1"
    words += read_all(visitor, OF_A_PLAN)
    visitor.go("/plans")
    visitor.press("Take it again")
    visitor.walk(
        {**ANSWERS, "tired": 0, "screen": 1, "caffeine": "well"}, each=lambda: words.extend(foreign_words(visitor))
    )
    visitor.go_on()
    words += read_all(visitor, ("/plan/2", "/compare/1/2", "/timeline", "/plans", "/plan/2/weeks", "/plan/2/what-if"))
    visitor.context.clear_cookies()
    words += read_all(visitor, ("/plan/1", "/continue"))
    assert words == []
