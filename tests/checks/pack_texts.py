"""Texts of the breakup pack. A test that forbids one of its sentences uses them, so that it fails if the pack's words change."""

from __future__ import annotations

import re
from functools import cache

from engine.content.placeholders import placeholder_filler
from engine.content.serialization import texts
from engine.loading.library import load_library


@cache
def filled_texts() -> str:
    """Every text of the pack on a separate line, once with each pronoun, without clauses of answers."""
    content = load_library().packs["breakup"].content
    assert content.voice is not None
    fillers = [
        placeholder_filler(content.voice, {content.voice.pronoun_item or "": pronoun})
        for pronoun in content.voice.forms
    ]
    written = [re.sub(r"\{(?:said:\w+|answer)\}", "", text) for _, _, text in texts(content)]
    return "\n".join(filler.fill(text) for filler in fillers for text in written)


def pack_phrase(words: str) -> str:
    """Return words that occur in a text of the pack.

    Raises:
        AssertionError: no text contains them, so that a report cannot either.
    """
    assert words in filled_texts(), f"the pack does not say “{words}” any more: name what it says instead"
    return words


def pack_pattern(*patterns: str) -> re.Pattern[str]:
    """One pattern for several phrases, ignoring case.

    Raises:
        AssertionError: no text of the pack contains one of them.
    """
    missing = [pattern for pattern in patterns if not re.search(pattern, filled_texts(), re.IGNORECASE)]
    assert missing == [], "the pack does not say this any more: name what it says instead"
    return re.compile("|".join(patterns), re.IGNORECASE)
