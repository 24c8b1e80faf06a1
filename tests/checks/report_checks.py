"""Checks of the reports of simulated people. Each check finds faults in one report and describes them.

The results for a text are cached, because reports share most of their texts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from engine.content.placeholders import placeholder_filler
from engine.content.steps import LONGEST_LINE
from engine.rendering.render import render
from tests.breakup.simulated_people import Line, SimulatedPerson, population
from tests.checks import grammar
from tests.checks.forbidden_phrases import never_list_hits
from tests.checks.readability import grade, sentences, words

PRONOUN_FORMS: Final = {"he": "he|him|his|himself", "she": "she|her|hers|herself"}
"""The words of each form that other forms do not have."""
ECHO: Final = 7
"""This many consecutive words of the form are an echo. Six are unavoidable: “he wants to talk or meet”."""
LINE_ECHO: Final = 5
"""The same for a path line, which is short."""
SHORT: Final = 4
"""The most words of a sentence that may be repeated: “If he says no”, “All right.”"""
LONGEST: Final = 25
"""The most words of a sentence with clauses of answers; sentences of the content have at most twenty."""
HARDEST: Final = 6.0
"""The highest school grade of a report. Readers of twelve years understand grade 6 easily."""
FIRST_SCREEN: Final = 120
"""The most words in heading, wish, situation, opening, Today and what to leave alone."""
RENDERED_EVERY: Final = 20
"""One of this many people is rendered in all formats, which takes as long as all other checks."""


def twice(person: SimulatedPerson) -> Iterator[str]:
    """A sentence that occurs twice."""
    texts = (line.text for line in person.lines if line.shape != "label")
    counts = Counter(sentence for text in texts for sentence in _sentences(text) if len(words(sentence)) > SHORT)
    yield from (sentence for sentence, times in counts.items() if times > 1)


@cache
def _sentences(text: str) -> tuple[str, ...]:
    return tuple(sentence.casefold() for sentence in sentences(text))


def clause_twice(person: SimulatedPerson) -> Iterator[str]:
    """Two reasons of one step that begin with the same clause."""
    for step in person.report.steps:
        for reason, next_reason in pairwise(step.reasons):
            pairs = zip(words(reason.sentence.casefold()), words(next_reason.sentence.casefold()), strict=False)
            if len(list(_common_prefix(pairs))) > 3:
                yield f"{step.id}: {reason.sentence} / {next_reason.sentence}"


def _common_prefix(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for first, second in pairs:
        if first != second:
            return
        yield first


def echo(person: SimulatedPerson) -> Iterator[str]:
    """A sentence that repeats a question or an answer in the words of the form."""
    for line in person.lines:
        if line.text != person.report.wish:  # the wish is quoted as the person gave it
            yield from _echoes(line.text, person.pronoun, person.name)


@cache
def _echoes(text: str, pronoun: str, name: str | None, length: int = ECHO) -> tuple[str, ...]:
    return tuple(f"{' '.join(run)}: {text}" for run in _runs(text, length) if run in _form_runs(pronoun, name, length))


def _runs(text: str, length: int) -> Iterator[tuple[str, ...]]:
    words_of_text = [word.casefold() for word in words(text)]
    return (tuple(words_of_text[start : start + length]) for start in range(len(words_of_text) - length + 1))


@lru_cache(maxsize=256)
def _form_runs(pronoun: str, name: str | None, length: int) -> frozenset[tuple[str, ...]]:
    """Every run of this many words in the form, as this person sees it."""
    pack = population().pack
    placeholders = pack.content.voice
    assert placeholders is not None
    answers = {placeholders.pronoun_item or "": pronoun, placeholders.name_item or "": name}
    say = placeholder_filler(placeholders, answers).fill
    runs = set()
    for item in population().form.items:
        texts = [item.text, *(option.text for option in (*getattr(item, "options", ()), *getattr(item, "points", ())))]
        for text in texts:
            runs |= set(_runs(say(text), length))
    return frozenset(runs)


def never(person: SimulatedPerson) -> Iterator[str]:
    """A phrase of the never-list, except in a typed name."""
    for line in person.lines:
        yield from _never(line.text if person.name is None else line.text.replace(person.name, "Sam"))


@cache
def _never(text: str) -> tuple[str, ...]:
    return tuple(never_list_hits(text))


def other_word(person: SimulatedPerson) -> Iterator[str]:
    """A word of a pronoun other than the chosen one."""
    text = person.text if person.name is None else person.text.replace(person.name, "Sam")
    for pronoun, forms in PRONOUN_FORMS.items():
        if pronoun != person.pronoun and (match := re.search(rf"\b(?:{forms})\b", text, re.IGNORECASE)):
            yield f"{match[0]}: {text[max(0, match.start() - 30) : match.end() + 30]}"


def right_english(person: SimulatedPerson) -> Iterator[str]:
    """A fault of grammar."""
    for line in person.lines:
        yield from _right_english(line, grammar.OtherPerson(person.pronoun, person.name))


@cache
def _right_english(line: Line, other: grammar.OtherPerson) -> tuple[str, ...]:
    return tuple(grammar.faults(line, other, population().pack))


def easy_to_read(person: SimulatedPerson) -> Iterator[str]:
    """A report that is too hard to read, or a sentence that is too long."""
    spoken = [line.text.rstrip(".") + "." for line in person.lines]
    if (hard := grade(" ".join(spoken))) > HARDEST:
        yield f"grade {hard:.1f}"
    for line in person.lines:
        yield from _long(line.text)


@cache
def _long(text: str) -> tuple[str, ...]:
    return tuple(sentence for sentence in sentences(text) if len(words(sentence)) > LONGEST)


def first_screen(person: SimulatedPerson) -> Iterator[str]:
    """A first screen of more than 120 words besides its notice, or without an action and something to leave alone."""
    report = person.report
    texts = [report.kind.text, report.heading, report.wish, report.opening, *report.situation, report.leave_alone]
    texts += [report.today.action.text] if report.today else []
    if (count := len(" ".join(filter(None, texts)).split())) > FIRST_SCREEN:
        yield f"{count} words"
    if report.today is None or report.leave_alone is None:
        yield "nothing for today, or nothing to leave alone"
    if not 1 <= len(report.this_week) <= 3:
        yield f"{len(report.this_week)} steps this week"
    yield from (step.id for step in report.steps if len(step.actions) > 3 or len(step.reasons) > 2)


def whole_length(person: SimulatedPerson) -> Iterator[str]:
    """A report that is too long or too short."""
    word_count = person.word_count
    if person.report.short:
        fits = word_count.unfolded <= 650 and word_count.folded <= 480
    else:
        fits = 900 <= word_count.unfolded <= 1750 and 340 <= word_count.folded <= 720
    if not fits:
        yield f"{word_count.unfolded} words, {word_count.folded} while folded"


def heading(person: SimulatedPerson) -> Iterator[str]:
    """A heading, an opening or an action for today that belongs to a step other than the first."""
    report, content = person.report, person.assessment.pack.content
    first = report.steps[0].id
    if report.today is None or report.today.step != first:
        yield f"today: {report.today and report.today.step}, not {first}"
    places = ((content.remarks["heading"], report.heading), (content.remarks["opening"], report.opening))
    for remarks, text in places:
        fitting = [remark for remark in remarks if person.wording.sentence(remark.text) == text]
        if fitting and not any(not remark.first or first in remark.first for remark in fitting):
            yield f"{text}: {first}"


def path(person: SimulatedPerson) -> Iterator[str]:
    """A free step without a path line, or a line that is repeated, too long, or an echo of the form."""
    report = person.report
    lines = [step.line for step in report.path if step.place != "not_now" and not (report.short and step.number > 1)]
    if None in lines or len(set(lines)) < len(lines):
        yield f"none, or twice: {lines}"
    for line in filter(None, lines):
        if len(line) > LONGEST_LINE:
            yield f"{len(line)} characters: {line}"
        yield from _echoes(line, person.pronoun, person.name, LINE_ECHO)


def ticks(person: SimulatedPerson) -> Iterator[str]:
    """More than fourteen actions, more than seven for this week, or a step without an action."""
    report = person.report
    week = sum(len(step.actions) for step in report.this_week) + (report.today is not None)
    whole = week + sum(len(step.actions) for step in report.later)
    if whole > 14 or week > 7:
        yield f"{whole} ticks, {week} for this week"
    today = report.today.step if report.today else None
    steps = () if report.short else (*report.this_week, *report.later)
    yield from (f"nothing to do: {step.id}" for step in steps if not step.actions and step.id != today)


def what_if_answers(person: SimulatedPerson) -> Iterator[str]:
    """More than two contingencies, two with the same subject, or any in a short plan."""
    content = {contingency.id: contingency for contingency in person.assessment.pack.content.contingencies}
    subjects = [content[told.id].about or told.id for told in person.report.contingencies]
    if len(subjects) > (0 if person.report.short else 2) or len(set(subjects)) < len(subjects):
        yield f"about {subjects}"


def names(person: SimulatedPerson) -> Iterator[str]:
    """A name fewer than three times in a plan, fewer than twice on the first screen, or in a notice."""
    report, name = person.report, person.name
    if name is None or len(name) < 3:
        return
    yield from (notice.id for notice in report.notices if name in f"{notice.title} {notice.text} {notice.on_paper}")
    if not report.short:
        anywhere, first = person.times_named
        if anywhere < 3 or first < 2:
            yield f"{anywhere} times, {first} of them early"


def safety_first(person: SimulatedPerson) -> Iterator[str]:
    """In a safety-first plan, in any format: the name, the wish, the title of a held step, or a quoted answer."""
    report = person.report
    if report.kind.id != "safety_first":
        return
    shown = {step.title for step in report.steps}
    held = {step.title for step in person.assessment.pack.steps if person.plan.step(step.id).held}
    held |= {variant.title or "" for step in person.assessment.pack.steps for variant in step.for_kind.values()} - shown
    for output_format in ("text", "md", "html", "json"):
        document = render(report, output_format)
        if person.name and len(person.name) > 3 and person.name in document:
            yield f"{output_format}: the name"
        yield from (f"{output_format}: {title}" for title in held if title and title in document)
    if report.wish or any(reason.answers for step in report.steps for reason in step.reasons):
        yield "a wish, or a reason with an answer"


def formats(person: SimulatedPerson) -> Iterator[str]:
    """An option of a safety question in the words of the form, in text, Markdown, HTML or JSON."""
    if person.number % RENDERED_EVERY:
        return
    for output_format in ("text", "md", "html", "json"):
        document = render(person.report, output_format)
        yield from (f"{output_format}: {text}" for text in _safety_options() if text in document)


@lru_cache(maxsize=1)
def _safety_options() -> tuple[str, ...]:
    names = ("limits", "own_reaching", "afraid", "what_they_did", "own_acts", "own_acts_why", "self_harm_thoughts")
    items = [population().pack.items[name] for name in names]
    texts = [choice.text or choice.key for item in items for choice in item.choices]
    return tuple(text for text in texts if len(text.split()) > 3 and "{" not in text)


CHECKS: Final[Mapping[str, Callable[[SimulatedPerson], Iterator[str]]]] = {
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
        path,
        ticks,
        what_if_answers,
        names,
        safety_first,
        formats,
    )
}
