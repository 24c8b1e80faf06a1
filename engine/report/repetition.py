"""What a report says, said once: a sentence that has been told is passed over where it would come again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.assessment.plan import Added, Plan
from engine.assessment.trace import Firing
from engine.content.steps import Remark, RemarkSlot
from engine.report.wording import Wording

_ENDS = re.compile(r"(?<=[.!?…])['\"”’)]*\s+|\s*\n\s*")


def sentences(text: str) -> frozenset[str]:
    """The sentences of a text, the same for texts that differ in capitals, white space or the last mark alone."""
    found = (" ".join(one.split()).strip(" .!?…'\"“”‘’()").casefold() for one in _ENDS.split(text))
    return frozenset(one for one in found if one)


class RepetitionFilter:
    """Remembers what was told, in the order of reading, and finds the remarks of a plan."""

    def __init__(self, words: Wording, plan: Plan) -> None:
        self._words, self._plan = words, plan
        self._told: set[str] = set()

    def note(self, *texts: str | None) -> None:
        """Note texts of the content that are told in any case."""
        for text in texts:
            self._told |= self._sentences(text)

    def once(self, text: str | None, firing: Firing | None = None) -> str | None:
        """A text of the content in words, which now counts as told.

        None if one of its sentences was told before, or if an answer is missing that it speaks of.
        """
        found = self._sentences(text, firing)
        if text is None or found & self._told or (said := self._words.sentence(text, firing)) is None:
            return None
        self._told |= found
        return said

    def _sentences(self, text: str | None, firing: Firing | None = None) -> frozenset[str]:
        """Whatever name was typed, the same texts are told: a name may look like the end of a sentence."""
        return frozenset() if text is None else sentences(self._words.nameless(text, firing) or "")

    def remark(self, place: RemarkSlot) -> str | None:
        """The first remark of a place that can be said and is new."""
        return next(iter(self.remarks(place, 1)), None)

    def remarks(self, place: RemarkSlot, most: int) -> tuple[str, ...]:
        """The first remarks of a place that can be said and are new, at most one about the same thing."""
        found: list[str] = []
        about: set[str] = set()
        for remark, added in self._possible(place):
            if len(found) == most:
                break
            if remark.about in about or (text := self._first(remark.text, added)) is None:
                continue
            found.append(text)
            if remark.about is not None:
                about.add(remark.about)
        return tuple(found)

    def _possible(self, place: RemarkSlot) -> Iterator[tuple[Remark, Added]]:
        remarks = {one.id: one for one in self._words.pack.content.remarks.get(place, ())}
        for added in self._plan.remarks.get(place, ()):
            yield remarks[added.id], added

    def _first(self, text: str, added: Added) -> str | None:
        """The remark's words, with the clauses of the first sitting behind it that has them all."""
        firings = [self._plan.firings[rule] for rule in added.rules]
        return next((told for one in firings or (None,) if (told := self.once(text, one)) is not None), None)
