"""How long a report is to read, in words: all of it, and what is seen while every fold is closed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from engine.rendering import render
from engine.report import Report

_FOLDS: Final = frozenset({"details", "summary", "svg"})


@dataclass(frozen=True, slots=True)
class Length:
    """Words of a report."""

    unfolded: int
    """All of it, as it is printed: in the text format."""
    folded: int
    """What a browser shows while nothing that opens is open."""


def length(report: Report) -> Length:
    """Count the words of a report."""
    seen = _Seen()
    seen.feed(render(report, "html"))
    return Length(len(render(report, "text").split()), len(" ".join(seen.text).split()))


class _Seen(HTMLParser):
    """The text outside closed folds, each of which shows its summary. What is drawn is not read."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._open: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser gives them
        self._open[tag] += tag in _FOLDS

    def handle_endtag(self, tag: str) -> None:
        self._open[tag] -= tag in _FOLDS

    def handle_data(self, data: str) -> None:
        folds = self._open["details"]
        if not self._open["svg"] and (folds == 0 or (folds == 1 and self._open["summary"])):
            self.text.append(data)
