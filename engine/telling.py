"""What a report says, said once: a sentence that has been told is passed over where it would come again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.plan import Added, Plan
from engine.steps import Place, Remark
from engine.wording import Wording

_ENDS = re.compile(r"(?<=[.!?…])['\"”’)]*\s+|\s*\n\s*")


def sentences(text: str) -> frozenset[str]:
    """The sentences of a text, the same for texts that differ in capitals, white space or the last mark alone."""
    found = (" ".join(one.split()).strip(" .!?…'\"“”‘’()").casefold() for one in _ENDS.split(text))
    return frozenset(one for one in found if one)


class Telling:
    """Remembers what was told, in the order of reading, and finds the remarks of a plan."""

    def __init__(self, words: Wording, plan: Plan) -> None:
        self._words, self._plan = words, plan
        self._told: set[str] = set()

    def note(self, *texts: str | None) -> None:
        """Note texts that are told in any case."""
        self._told.update(one for text in texts if text for one in sentences(text))

    def once(self, text: str | None) -> str | None:
        """The text, which now counts as told; None if one of its sentences was told before."""
        if text is None or sentences(text) & self._told:
            return None
        self.note(text)
        return text

    def remark(self, place: Place) -> str | None:
        """The first remark of a place that can be said and is new."""
        return next(iter(self.remarks(place, 1)), None)

    def remarks(self, place: Place, most: int) -> tuple[str, ...]:
        """The first remarks of a place that can be said and are new, at most one about the same thing."""
        found: list[str] = []
        about: set[str] = set()
        for remark, added in self._possible(place):
            if len(found) == most:
                break
            if remark.about in about or (text := self.once(self._said(remark, added))) is None:
                continue
            found.append(text)
            if remark.about is not None:
                about.add(remark.about)
        return tuple(found)

    def _possible(self, place: Place) -> Iterator[tuple[Remark, Added]]:
        remarks = {one.id: one for one in self._words.pack.content.remarks.get(place, ())}
        for added in self._plan.remarks.get(place, ()):
            yield remarks[added.id], added

    def _said(self, remark: Remark, added: Added) -> str | None:
        """The remark's words, with the clauses of the first sitting behind it that has them all."""
        firings = [self._plan.firings[rule] for rule in added.rules]
        told = (self._words.sentence(remark.text, firing) for firing in firings or (None,))
        return next((one for one in told if one is not None), None)
