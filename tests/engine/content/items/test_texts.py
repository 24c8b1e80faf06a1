"""Text items: a text without a visible character counts as no answer."""

from __future__ import annotations

import pytest

from engine.content.items.reading.characters import is_invisible
from engine.content.items.text import ShortText

NOTHING = [
    "",
    "   ",
    "\u00a0\u2003\u3000",
    "\u200b\u200c\u200d\u2060\ufeff",
    "\u0301\u0302",
    "\u202e\u2066\u2069",
    "\u3164",
    "\u115f\u1160\uffa0",
    "\u2800",
    "\U000e0041\U000e007f",
    "\ufe0f\U000e0100",
    "\u00ad\u034f\u061c\u180e",
    "\u2065\ufff0",
    "\x00\x07",
    "\n\t",
]


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_visible(text: str) -> None:
    """White space, lone marks, fillers, controls and tags count as no answer, without a problem."""
    assert is_invisible(text)
    assert ShortText(id="t", type="text", text="?").validate_answer(text, "t") == (None, [])


@pytest.mark.parametrize(
    "text", ["Kim", "李", "é", "\u200bKim", "ㅤJo", "🙂", "1", "-", "~", "\U0001f9d1\u200d\U0001f680", "\U0010ffff\ue000"]
)
def test_something_visible(text: str) -> None:
    """A letter, a sign or an emoji is an answer."""
    assert not is_invisible(text)
    assert ShortText(id="t", type="text", text="?").validate_answer(text, "t") == (text, [])
