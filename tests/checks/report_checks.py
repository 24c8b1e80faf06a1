"""What is looked at in everybody's report: each check finds what is wrong in one person's, in words.

People share most of their texts, so what is found in one is remembered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from engine.content.placeholders import placeholder_filler
from engine.rendering.render import render
from engine.report.wording import answer_words
from tests.breakup.simulated_people import Line, Taken, population
from tests.checks import grammar
from tests.checks.forbidden_phrases import never_said
from tests.checks.readability import grade, sentences, words

SPOKEN: Final = {"he": "he|him|his|himself", "she": "she|her|hers|herself"}
"""The words of each form that no other form has."""
ECHO: Final = 7
"""So many words of the form in a row are an echo. Six cannot be helped: “he wants to talk or meet”."""
LONGEST: Final = 25
"""Words of a sentence, with the clauses of answers in it; without them the content has twenty at most."""
HARDEST: Final = 6.0
"""The school grade of a report: 6 is read with ease at the age of twelve."""
SEEN_IN: Final = 50
"""Of so many persons one is written in all formats, which takes as long as all else."""
HEADED: Final = {  # a heading with this word stands above a plan that begins with one of these steps
    "trust": ("trust",),
    "talk": ("talk",),
    "good times": ("memories", "care"),
    "sleep": ("growth",),
    "looking": ("space", "growth"),
}


def twice(one: Taken) -> Iterator[str]:
    """A sentence that comes twice."""
    told = (line.text for line in one.lines if line.shape != "label")
    counts = Counter(sentence for text in told for sentence in _sentences(text))
    yield from (sentence for sentence, times in counts.items() if times > 1)


@cache
def _sentences(text: str) -> tuple[str, ...]:
    return tuple(sentence.casefold() for sentence in sentences(text))


def clause_twice(one: Taken) -> Iterator[str]:
    """Two reasons of one step that begin with the same clause."""
    for step in one.report.steps:
        for reason, other in pairwise(step.reasons):
            same = zip(words(reason.sentence.casefold()), words(other.sentence.casefold()), strict=False)
            if len(list(_while_alike(same))) > 3:
                yield f"{step.id}: {reason.sentence} / {other.sentence}"


def _while_alike(same: Iterable[tuple[str, str]]) -> Iterator[str]:
    for a, b in same:
        if a != b:
            return
        yield a


def echo(one: Taken) -> Iterator[str]:
    """A sentence that says a question or an answer in the words of the form."""
    for line in one.lines:
        yield from _echoes(line.text, one.pronoun, one.name)


@cache
def _echoes(text: str, pronoun: str, name: str | None) -> tuple[str, ...]:
    told = [word.casefold() for word in words(text)]
    runs = (tuple(told[start : start + ECHO]) for start in range(len(told) - ECHO + 1))
    return tuple(f"{' '.join(run)}: {text}" for run in runs if run in _asked(pronoun, name))


@lru_cache(maxsize=256)
def _asked(pronoun: str, name: str | None) -> frozenset[tuple[str, ...]]:
    """Every run of ``ECHO`` words of the form, as it is asked of this person."""
    pack = population().pack
    voice = pack.content.voice
    assert voice is not None
    answers = {voice.pronoun_item or "": pronoun, voice.name_item or "": name}
    say = placeholder_filler(voice, answers).say
    found = set()
    for item in population().form.items:
        texts = [item.text, *(option.text for option in (*getattr(item, "options", ()), *getattr(item, "points", ())))]
        for text in texts:
            asked = [word.casefold() for word in words(say(text))]
            found |= {tuple(asked[start : start + ECHO]) for start in range(len(asked) - ECHO + 1)}
    return frozenset(found)


def never(one: Taken) -> Iterator[str]:
    """Something of the never-list. A name is not ours to judge."""
    for line in one.lines:
        yield from _never(line.text if one.name is None else line.text.replace(one.name, "Sam"))


@cache
def _never(text: str) -> tuple[str, ...]:
    return tuple(never_said(text))


def other_word(one: Taken) -> Iterator[str]:
    """A word of another pronoun than the chosen one."""
    text = one.text if one.name is None else one.text.replace(one.name, "Sam")
    for form, spoken in SPOKEN.items():
        if form != one.pronoun and (found := re.search(rf"\b(?:{spoken})\b", text, re.IGNORECASE)):
            yield f"{found[0]}: {text[max(0, found.start() - 30) : found.end() + 30]}"


def right_english(one: Taken) -> Iterator[str]:
    """A fault of grammar."""
    for line in one.lines:
        yield from _right_english(line, grammar.Other(one.pronoun, one.name))


@cache
def _right_english(line: Line, other: grammar.Other) -> tuple[str, ...]:
    return tuple(grammar.faults(line, other, population().pack))


def easy_to_read(one: Taken) -> Iterator[str]:
    """A report that is too hard to read, or a sentence that is too long."""
    spoken = [line.text.rstrip(".") + "." for line in one.lines]
    if (hard := grade(" ".join(spoken))) > HARDEST:
        yield f"grade {hard:.1f}"
    for line in one.lines:
        yield from _long(line.text)


@cache
def _long(text: str) -> tuple[str, ...]:
    return tuple(one for one in sentences(text) if len(words(one)) > LONGEST)


def first_screen(one: Taken) -> Iterator[str]:
    """A first screen of more than 120 words beside its notice, or without something to do and to leave alone."""
    report = one.report
    first = [report.kind.text, report.heading, report.opening, *report.situation, report.leave_alone]
    first += [report.today.action.text] if report.today else []
    if (count := len(" ".join(filter(None, first)).split())) > 120:
        yield f"{count} words"
    if report.today is None or report.leave_alone is None:
        yield "nothing for today, or nothing to leave alone"
    if not 1 <= len(report.this_week) <= 3:
        yield f"{len(report.this_week)} steps this week"
    yield from (step.id for step in report.steps if len(step.actions) > 3 or len(step.reasons) > 2)


def whole_length(one: Taken) -> Iterator[str]:
    """A report that nobody would read to its end, or that tells too little."""
    found = one.length
    if one.report.short:
        fits = found.unfolded <= 650 and found.folded <= 350
    else:
        fits = 850 <= found.unfolded <= 1650 and 340 <= found.folded <= 530
    if not fits:
        yield f"{found.unfolded} words, {found.folded} while folded"


def heading(one: Taken) -> Iterator[str]:
    """A heading that speaks of something else than the first step."""
    for word, steps in HEADED.items():
        told = re.search(rf"^(?!Today).*\b{word}\b", one.report.heading, re.IGNORECASE)
        if told and one.report.kind.id != "safety_first" and one.report.steps[0].id not in steps:
            yield f"{one.report.heading}: {one.report.steps[0].id}"


def formats(one: Taken) -> Iterator[str]:
    """An option of a safety question in the words of the form, in a text, Markdown, HTML or JSON."""
    if one.number % SEEN_IN:
        return
    for form in ("text", "md", "html", "json"):
        document = render(one.report, form)
        yield from (f"{form}: {text}" for text in _safety_options() if text in document)


@lru_cache(maxsize=1)
def _safety_options() -> tuple[str, ...]:
    names = ("limits", "own_reaching", "afraid", "their_acts", "own_acts", "own_acts_why", "self_harm")
    items = [population().pack.items[name] for name in names]
    texts = [text for item in items for option in item.options for text in answer_words(item, option.id)]  # type: ignore[union-attr]
    return tuple(text for text in texts if len(text.split()) > 3 and "{" not in text)


CHECKS: Final[Mapping[str, Callable[[Taken], Iterator[str]]]] = {
    check.__name__: check
    for check in (
        twice,
        clause_twice,
        echo,
        never,
        other_word,
        right_english,
        easy_to_read,
        first_screen,
        whole_length,
        heading,
        formats,
    )
}
