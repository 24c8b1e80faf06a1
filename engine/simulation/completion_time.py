"""How long a form takes to answer: words to read, questions to think over, fingers to move (ADR 016)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from statistics import median
from typing import Any, Final

from engine.content.items.base import Item
from engine.content.pack import Form
from engine.content.questionnaire import Section

WORDS_A_MINUTE: Final = 175
"""The slow end of what most adults read of English non-fiction in silence; the mean is 238 (Brysbaert 2019, Journal of
Memory and Language 109, 104047). Whoever cries reads no faster than that."""
SECONDS_A_QUESTION: Final = 3.0
"""To remember and to decide: a judgement."""
SECONDS_A_TAP: Final = 1.0
"""To find the place with a thumb, scrolling included: a judgement."""
SECONDS_A_TEXT: Final = 8.0
"""To type a name: a judgement."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What a person does to answer."""

    words: int = 0
    questions: int = 0
    taps: int = 0
    texts: int = 0
    """Answers that are typed."""

    def __add__(self, other: Effort) -> Effort:
        words, questions = self.words + other.words, self.questions + other.questions
        return Effort(words, questions, self.taps + other.taps, self.texts + other.texts)

    @property
    def minutes(self) -> float:
        """How long that takes someone who reads slowly."""
        moving = self.taps * SECONDS_A_TAP + self.texts * SECONDS_A_TEXT
        return self.words / WORDS_A_MINUTE + (self.questions * SECONDS_A_QUESTION + moving) / 60


@dataclass(frozen=True, slots=True)
class Minutes:
    """How long some people took."""

    median: float
    nine_in_ten: float
    """Nine people in ten took no longer."""


def minutes_of(efforts: Sequence[Effort]) -> Minutes:
    """How long these people took; there must be at least one."""
    minutes = sorted(effort_of_person.minutes for effort_of_person in efforts)
    return Minutes(median(minutes), minutes[ceil(0.9 * len(minutes)) - 1])


def longest_effort(form: Form) -> Effort:
    """Of somebody to whom every question of the form comes up, and who gives one answer to each."""
    return effort(form, form.item_ids, {})


def effort(form: Form, visible: Collection[str], answers: Mapping[str, Any]) -> Effort:
    """Of somebody who saw these questions and gave these answers."""
    return _effort(form, form.questionnaire.sections, visible, answers)


def effort_to_first_plan(form: Form, visible: Collection[str], answers: Mapping[str, Any]) -> Effort | None:
    """The same until a first plan is offered; None if the form offers none."""
    sections = form.questionnaire.sections
    section_count = next((number for number, section in enumerate(sections, 1) if section.first_plan), None)
    return None if section_count is None else _effort(form, sections[:section_count], visible, answers)


def _effort(form: Form, sections: Sequence[Section], visible: Collection[str], answers: Mapping[str, Any]) -> Effort:
    items = {item.id: item for item in form.items if item.id in visible}
    section_items = [(section, [items[name] for name in section.item_ids if name in items]) for section in sections]
    return sum((_section_effort(section, shown, answers) for section, shown in section_items if shown), Effort())


def _section_effort(section: Section, items: Sequence[Item], answers: Mapping[str, Any]) -> Effort:
    """Answers in the same words as those above them are not read anew, nor is what stands with every question alike."""
    total = Effort(_words(section.before, section.title, section.intro), taps=2 if section.before else 1)
    labels_read: set[tuple[str, ...]] = set()
    for item in items:
        labels = tuple(choice.text for choice in item.choices if choice.text)
        is_new = labels not in labels_read
        labels_read.add(labels)
        words, answer = _words(item.text, item.help, *(labels if is_new else ())), answers.get(item.id)
        is_typed = item.is_free_text
        total += Effort(words, 1, 0 if is_typed else _taps(answer), 1 if is_typed and answer else 0)
    return total


def _taps(answer: Any) -> int:
    """As many as boxes are ticked; one for everything else, also to pass on."""
    return len(answer) if isinstance(answer, tuple | list) else 1


@lru_cache(maxsize=4096)  # of a form's own texts, for each of its pages
def _words(*texts: str | None) -> int:
    return sum(len(text.split()) for text in texts if text)
