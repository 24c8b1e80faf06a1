"""Estimates of how long a form takes to answer: time to read, to decide, to tap and to type (ADR 016)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any, Final

from engine.content.items.base import Item
from engine.content.pack import Form
from engine.content.questionnaire import Section

WORDS_A_MINUTE: Final = 175
"""The lower end of the range in which most adults read English non-fiction silently. The mean is 238 (Brysbaert 2019,
Journal of Memory and Language 109, 104047), but people in distress read slowly."""
SECONDS_A_QUESTION: Final = 3.0
"""To remember and to decide. An estimate without a source."""
SECONDS_A_TAP: Final = 1.0
"""To find and touch a control, with scrolling. An estimate without a source."""
SECONDS_A_TEXT: Final = 8.0
"""To type a name. An estimate without a source."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What a person reads and does to answer."""

    words: int = 0
    questions: int = 0
    taps: int = 0
    texts: int = 0
    """Typed answers."""

    def __add__(self, other: Effort) -> Effort:
        words, questions = self.words + other.words, self.questions + other.questions
        return Effort(words, questions, self.taps + other.taps, self.texts + other.texts)

    @property
    def minutes(self) -> float:
        """The time this takes a slow reader."""
        moving = self.taps * SECONDS_A_TAP + self.texts * SECONDS_A_TEXT
        return self.words / WORDS_A_MINUTE + (self.questions * SECONDS_A_QUESTION + moving) / 60


@dataclass(frozen=True, slots=True)
class Minutes:
    """The time that some people took."""

    median: float
    nine_in_ten: float
    """The 90th percentile: nine people in ten took no longer."""


def minutes_of(efforts: Sequence[Effort]) -> Minutes:
    """The time for these efforts, of which there must be at least one."""
    minutes = [effort_of_person.minutes for effort_of_person in efforts]
    return Minutes(median(minutes), nine_in_ten(minutes))


def nine_in_ten(values: Iterable[float]) -> float:
    """The 90th percentile by the nearest-rank method: the lowest value that nine in ten do not exceed."""
    ranked = sorted(values)
    return ranked[(9 * len(ranked) - 1) // 10]


def longest_effort(form: Form) -> Effort:
    """The effort of a person who is shown every question of the form, and gives one answer to each."""
    return effort(form, form.item_ids, {})


def effort(form: Form, visible: Collection[str], answers: Mapping[str, Any]) -> Effort:
    """The effort of a person who was shown these questions and gave these answers."""
    return _effort(form, form.questionnaire.sections, visible, answers)


def effort_to_first_plan(form: Form, visible: Collection[str], answers: Mapping[str, Any]) -> Effort | None:
    """The effort up to the section after which a first plan is offered; None if the form offers none."""
    sections = form.questionnaire.sections
    section_count = next((number for number, section in enumerate(sections, 1) if section.first_plan), None)
    return None if section_count is None else _effort(form, sections[:section_count], visible, answers)


def _effort(form: Form, sections: Sequence[Section], visible: Collection[str], answers: Mapping[str, Any]) -> Effort:
    items = {item.id: item for item in form.items if item.id in visible}
    section_items = [(section, [items[name] for name in section.item_ids if name in items]) for section in sections]
    return sum((_section_effort(section, shown, answers) for section, shown in section_items if shown), Effort())


def _section_effort(section: Section, items: Sequence[Item], answers: Mapping[str, Any]) -> Effort:
    """The effort for one section. Labels that an earlier question of the section had as well are not read again."""
    total = Effort(_words(section.before, section.title, section.intro), taps=2 if section.before else 1)
    labels_read: set[tuple[str, ...]] = set()
    for item in items:
        labels = tuple(choice.text for choice in item.choices if choice.text)
        is_new = labels not in labels_read
        labels_read.add(labels)
        words, answer = _words(item.text, item.help, *(labels if is_new else ())), answers.get(item.id)
        if item.is_free_text:
            total += Effort(words, 1, texts=1 if answer else 0)
        else:  # one tap for each ticked box, and one for any other answer or to skip the question
            total += Effort(words, 1, len(answer) if isinstance(answer, tuple | list) else 1)
    return total


@lru_cache(maxsize=4096)  # a page's progress counts the same texts of the form again and again
def _words(*texts: str | None) -> int:
    return sum(len(text.split()) for text in texts if text)
