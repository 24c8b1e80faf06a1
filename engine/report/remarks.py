"""The remarks and contingencies of a report.

A sentence that the report already contains is not repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.assessment.additions import PlanEntry
from engine.assessment.plan import Plan
from engine.assessment.trace import Firing
from engine.content.pack import Pack
from engine.content.placeholders import clause_items
from engine.content.remarks import Remark, RemarkSlot
from engine.report.wording import Wording

_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])['\"”’)]*\s+|\s*\n\s*")


@dataclass(frozen=True, slots=True)
class ReplyInReport:
    """What to say or do in one case of a contingency."""

    when: str
    text: str


@dataclass(frozen=True, slots=True)
class ContingencyInReport:
    """What to do if something happens that the person may worry about."""

    id: str
    title: str
    text: str
    replies: tuple[ReplyInReport, ...]
    after: str | None
    """The text after the replies."""


def sentences(text: str) -> frozenset[str]:
    """The normalised sentences of a text: capitals, white space and the last punctuation mark do not count."""
    normalized = (
        " ".join(sentence.split()).strip(" .!?…'\"“”‘’()").casefold() for sentence in _SENTENCE_ENDS.split(text)
    )
    return frozenset(sentence for sentence in normalized if sentence)


_sentences_of_content = lru_cache(maxsize=8192)(sentences)
"""The same, cached, for texts without words of a person, which many reports share."""


@lru_cache(maxsize=32)
def _remarks_of(pack: Pack) -> Mapping[RemarkSlot, Mapping[str, Remark]]:
    """The remarks of a pack by slot and id."""
    return {slot: {remark.id: remark for remark in remarks} for slot, remarks in pack.content.remarks.items()}


class RepetitionFilter:
    """Records the texts of a report in the order of reading, and selects remarks that repeat none of them."""

    def __init__(self, words: Wording, plan: Plan) -> None:
        self._words, self._plan = words, plan
        self._noted: set[str] = set()
        self._today: tuple[str, str] | None = None

    def note(self, *texts: str | None) -> None:
        """Record texts of the content that are shown in any case."""
        for text in texts:
            self._noted |= self._sentences(text)

    def suit(self, step: str, action: str) -> None:
        """Exclude remarks that belong to an action for today other than this one."""
        self._today = step, action

    def once(self, text: str | None, firing: Firing | None = None) -> str | None:
        """A text of the content in words, which is then recorded.

        None if the report contains one of its sentences already, or if an answer that it refers to is missing.
        """
        text_sentences = self._sentences(text, firing)
        if text is None or text_sentences & self._noted or (filled := self._words.sentence(text, firing)) is None:
            return None
        self._noted |= text_sentences
        return filled

    def _sentences(self, text: str | None, firing: Firing | None = None) -> frozenset[str]:
        """The sentences, independent of the typed name, because a name may look like the end of a sentence."""
        if text is None:
            return frozenset()
        nameless = self._words.nameless(text, firing) or ""
        # A text with clauses may contain typed words.
        return sentences(nameless) if clause_items(text) else _sentences_of_content(nameless)

    def remark(self, slot: RemarkSlot) -> str | None:
        """The first remark of a slot that is complete and new."""
        return next(iter(self.remarks(slot, 1)), None)

    def remarks(self, slot: RemarkSlot, limit: int) -> tuple[str, ...]:
        """The first remarks of a slot that are complete and new, at most one for each subject."""
        texts: list[str] = []
        subjects: set[str | None] = set()
        for remark, entry in self._remarks_of(slot):
            if len(texts) == limit:
                break
            if (remark.about is None or remark.about not in subjects) and (text := self._once_filled(remark, entry)):
                texts.append(text)
                subjects.add(remark.about)
        return tuple(texts)

    def remark_about(self, slot: RemarkSlot, subject: str) -> str | None:
        """The first remark of a slot about this subject that is complete and new."""
        texts = (
            self._once_filled(remark, entry) for remark, entry in self._remarks_of(slot) if remark.about == subject
        )
        return next(filter(None, texts), None)

    def _remarks_of(self, slot: RemarkSlot) -> Iterator[tuple[Remark, PlanEntry]]:
        remarks = _remarks_of(self._words.pack).get(slot, {})
        entries = ((remarks[entry.id], entry) for entry in self._plan.remarks.get(slot, ()))
        return ((remark, entry) for remark, entry in entries if self._suits_today(remark))

    def _suits_today(self, remark: Remark) -> bool:
        if not remark.today:
            return True
        return self._today is not None and self._today[0] in remark.first and self._today[1] in remark.today

    def _once_filled(self, remark: Remark, entry: PlanEntry) -> str | None:
        """The remark in words, with the clauses of the first sitting behind it that has all of them."""
        if not clause_items(remark.text) or not entry.rules:
            return self.once(remark.text)
        firings = (self._plan.firings[rule] for rule in entry.rules)
        return next(filter(None, (self.once(remark.text, firing) for firing in firings)), None)


def contingencies(words: Wording, plan: Plan) -> Iterator[ContingencyInReport]:
    """The first contingencies that rules offer, one for each subject."""
    content = words.pack.content
    declared = {contingency.id: contingency for contingency in content.contingencies}
    offered = [declared[entry.id] for entry in plan.contingencies]
    first_about = {contingency.about: contingency for contingency in reversed(offered)}
    chosen = [contingency for contingency in offered if first_about[contingency.about] is contingency]
    for contingency in chosen[: content.limits.contingencies]:
        replies = tuple(ReplyInReport(words.say(reply.when), words.say(reply.text)) for reply in contingency.replies)
        title, text = words.say(contingency.title), words.say(contingency.text)
        yield ContingencyInReport(contingency.id, title, text, replies, words.say_optional(contingency.after))
