"""The number of words in a report: in all of it, and in what is visible while every fold is closed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

from engine.rendering.render import render
from engine.report.plan import Report

_FOLDS: Final = ("details", "summary", "svg")
_TAG: Final = re.compile(r"<(/?)([a-z][a-z0-9]*)[^>]*>")
"""A tag of the engine's templates. ``>`` only ends a tag: attribute values are escaped."""


@dataclass(frozen=True, slots=True)
class WordCount:
    """Words of a report."""

    unfolded: int
    """Words of the text format, which has everything."""
    folded: int
    """Words of the HTML format that a browser shows while every fold is closed."""


def count_words(report: Report, text: str | None = None) -> WordCount:
    """Count the words of a report; ``text`` is its text format, if that was rendered already."""
    visible_text = " ".join(_visible_text(render(report, "html")))
    return WordCount(len((text or render(report, "text")).split()), len(unescape(visible_text).split()))


def _visible_text(document: str) -> Iterator[str]:
    """The text of an HTML document, without pictures and the content of folds, but with their summaries."""
    open_tags: Counter[str] = Counter()
    text, *rest = _TAG.split(document)
    yield text
    for closing, tag, after in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        if tag in _FOLDS:
            open_tags[tag] += -1 if closing else 1
        folds = open_tags["details"]
        if not open_tags["svg"] and (folds == 0 or (folds == 1 and open_tags["summary"])):
            yield after
