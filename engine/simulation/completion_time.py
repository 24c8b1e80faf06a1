"""How long a form takes to answer: words to read, questions to think over, fingers to move (ADR 016)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Any, Final

from engine.content.pack import Form
from engine.content.questionnaire import Item, ItemReference, MultipleChoice, Rating, Section, ShortText, SingleChoice

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
        return Effort(
            self.words + other.words,
            self.questions + other.questions,
            self.taps + other.taps,
            self.texts + other.texts,
        )

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
    found = sorted(one.minutes for one in efforts)
    return Minutes(median(found), found[ceil(0.9 * len(found)) - 1])


def longest(form: Form) -> Effort:
    """Of somebody to whom every question of the form comes up, and who gives one answer to each."""
    return _sum(form, form.questionnaire.sections, form.asked, {})


def effort(form: Form, visible: Collection[str], answers: Mapping[str, Any]) -> Effort:
    """Of somebody who saw these questions and gave these answers."""
    return _sum(form, form.questionnaire.sections, visible, answers)


def effort_to_first_plan(form: Form, visible: Collection[str], answers: Mapping[str, Any]) -> Effort | None:
    """The same until a first plan is offered; None if the form offers none."""
    sections = form.questionnaire.sections
    offered = next((place for place, section in enumerate(sections, 1) if section.first_plan), None)
    return None if offered is None else _sum(form, sections[:offered], visible, answers)


def _sum(form: Form, sections: Sequence[Section], visible: Collection[str], answers: Mapping[str, Any]) -> Effort:
    items = {item.id: item for item in form.items}
    found = Effort()
    for section in sections:
        asked = [items[one.use if isinstance(one, ItemReference) else one.id] for one in section.items]
        found += _of_section(section, [item for item in asked if item.id in visible], answers)
    return found


def _of_section(section: Section, asked: Sequence[Item], answers: Mapping[str, Any]) -> Effort:
    """Answers in the same words as those above them are not read anew, nor is what stands with every question alike."""
    if not asked:
        return Effort()
    announced = Effort(_words(section.before), taps=1) if section.before else Effort()
    found = announced + Effort(_words(section.title, section.intro), taps=1)
    read: set[tuple[str, ...]] = set()
    for item in asked:
        labels = _labels(item)
        new = labels not in read
        read.add(labels)
        words, answer = _words(item.text, item.help, *(labels if new else ())), answers.get(item.id)
        typed = isinstance(item, ShortText)
        found += Effort(words, 1, 0 if typed else _taps(answer), 1 if typed and answer else 0)
    return found


def _taps(answer: Any) -> int:
    """As many as boxes are ticked; one for everything else, also to pass on."""
    return len(answer) if isinstance(answer, tuple | list) else 1


def _labels(item: Item) -> tuple[str, ...]:
    match item:
        case SingleChoice() | MultipleChoice():
            return tuple(option.text for option in item.options)
        case Rating():
            return tuple(point.text for point in item.points)
        case _:
            return ()


def _words(*texts: str | None) -> int:
    return sum(len(text.split()) for text in texts if text)
