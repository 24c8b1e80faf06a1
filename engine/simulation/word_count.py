"""How long a report is to read, in words: all of it, and what is seen while every fold is closed."""

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
"""A tag of our own templates, in which ``>`` stands for nothing else: values are escaped."""


@dataclass(frozen=True, slots=True)
class WordCount:
    """Words of a report."""

    unfolded: int
    """All of it, as it is printed: in the text format."""
    folded: int
    """What a browser shows while nothing that opens is open."""


def count_words(report: Report) -> WordCount:
    """Count the words of a report."""
    visible_text = " ".join(_visible_text(render(report, "html")))
    return WordCount(len(render(report, "text").split()), len(unescape(visible_text).split()))


def _visible_text(document: str) -> Iterator[str]:
    """The text outside closed folds, each of which shows its summary. What is drawn is not read."""
    open_tags: Counter[str] = Counter()
    text, *rest = _TAG.split(document)
    yield text
    for closing, tag, after in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        if tag in _FOLDS:
            open_tags[tag] += -1 if closing else 1
        folds = open_tags["details"]
        if not open_tags["svg"] and (folds == 0 or (folds == 1 and open_tags["summary"])):
            yield after
