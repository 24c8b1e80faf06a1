"""Check the English of a text: agreement, articles and other small words, capitals, punctuation and quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.content.pack import Pack
from engine.content.serialization import texts
from tests.breakup.simulated_people import Line

_SINGULAR: Final = {"is", "has", "does", "was", "isn't", "hasn't", "doesn't", "wasn't"}
_PLURAL: Final = {"are", "have", "do", "were", "aren't", "haven't", "don't", "weren't"} | {
    "want",
    "need",
    "know",
    "think",
    "feel",
    "say",
    "ask",
    "write",
    "answer",
    "look",
    "go",
    "come",
    "take",
    "like",
    "see",
    "give",
    "stay",
    "live",
    "get",
    "leave",
}
# After these words a verb has no ending: “does he want”, “let Sam answer”. After “and” it is plural: “you and he want”.
_BARE: Final = {
    "do",
    "does",
    "did",
    "will",
    "would",
    "can",
    "could",
    "may",
    "might",
    "shall",
    "should",
    "must",
    "let",
    "lets",
    "help",
    "see",
    "hear",
    "and",
    "or",
}
_NOT_SPOKEN_SO: Final = r"(?:one\b|once\b|eu|ew|hour|honest|heir)"

ANYWHERE: Final = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "a word twice": r"\b(\w+)\s+\1\b(?![-’'])",
        "a for an": rf"\ba (?!{_NOT_SPOKEN_SO})(?:[aeio]\w|u(?!se|sual|ni|k\b)\w)|\ba (?:hour|honest|heir)",
        "an for a": r"\ban (?!hour|honest|heir)(?:[^aeiou\W\d_]|one\b|once\b|uni|use)",
        "marks doubled": r"[,;:]\s*[,;:.!?]|(?<!\b[ap]\.m)[.!?],|(?<![.…])\.\.(?!\.)|[!?][.;:]|\.\s+[.,;:]",
        "a space before a mark": r"\s[,.;:?!)](?!\.)|[(“‘]\s",
        "no space after a mark": r"[a-z][,;:?!][^\W\d_]|[a-z]{2}\.[A-Z][a-z]",
        "a subject after a preposition": r"\b(?:for|with|about|near|beside|of|to|from|between) (?:he|she|they|I)\b",
        "an object before its verb": r"(?:^|[.!?,;] )(?:him|them|her) (?:is|are|has|have|was|were|does|do|wants?)\b",
        "a possessive alone": r"\b(?:their|your|my|our)(?=[.,;:!?]|$)",
        "a possessive before a verb": r"\b(?:their|your|my) (?:is|are|has|have|was|were|does|do)\b",
        "a genitive twice": r"['’]s['’]|\b(?:his|hers|theirs|yours|others|friends)['’]s\b",
        "a space too many": r"[ \t]{2}|^\s|\s$",
        "a placeholder": r"[{}]",
    }.items()
}
_SMALL_AFTER_A_STOP: Final = re.compile(r"(?<!\ba\.m)(?<!\bp\.m)(?<!\be\.g)(?<!\bi\.e)[.!?]\s+([^\W\d_]+)")
_SINGULAR_AFTER_THEY: Final = re.compile(
    r"\bthey (?!always|sometimes|perhaps|as\b|this|us\b|yes|[\w’']*ss\b)([\w]+s)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class OtherPerson:
    """The name and pronoun of the other person in a text."""

    pronoun: str
    name: str | None
    """The typed name, if there is one."""


@lru_cache(maxsize=8)
def verb_pairs(pack: Pack) -> tuple[frozenset[str], frozenset[str]]:
    """The singular and the plural verbs of the content."""
    pair = re.compile(r"\{([^{}/]+)/([^{}]+)\}")
    pairs = [match for _, _, text in texts(pack.content) for match in pair.findall(text)]
    return frozenset(singular for singular, _ in pairs) | _SINGULAR, frozenset(plural for _, plural in pairs) | _PLURAL


def faults(line: Line, other: OtherPerson, pack: Pack) -> Iterator[str]:
    """The faults of a text, each with its context."""
    text = line.text
    for name, pattern in ANYWHERE.items():
        if match := pattern.search(text):
            yield _fault(name, text, match.start(), match.end())
    yield from _quotes(text)
    yield from _agreement(text, other, pack)
    if line.shape == "sentence":
        yield from _capitals(text, other)
        if not re.search(r"[.!?…][”’)]*$", text):
            yield _fault("no mark at the end", text, len(text), len(text))


def _quotes(text: str) -> Iterator[str]:
    for opening, closing in ("“”", "()", "[]"):
        if text.count(opening) != text.count(closing):
            yield _fault(f"{opening} without {closing}", text, 0, 60)
    if '"' in text:
        yield _fault("a straight quote", text, text.index('"'), text.index('"'))


def _agreement(text: str, other: OtherPerson, pack: Pack) -> Iterator[str]:
    singular, plural = verb_pairs(pack)
    names = ["your ex", *([other.name] if other.name else [])]
    for match in _subjects(("he", "she", *names)).finditer(text):
        if match["verb"].casefold() in plural and (match["before"] or "").strip(" ,").casefold() not in _BARE:
            yield _fault("many verbs for one person", text, match.start(), match.end())
    for match in _subjects(("they",)).finditer(text):
        if match["verb"].casefold() in singular:
            yield _fault("one verb for they", text, match.start(), match.end())
    if match_of_they := _SINGULAR_AFTER_THEY.search(text):
        yield _fault("one verb for they", text, match_of_they.start(), match_of_they.end())


@lru_cache(maxsize=64)
def _subjects(subjects: tuple[str, ...]) -> re.Pattern[str]:
    """The pattern of a subject with the word before and the verb after it."""
    alternatives = "|".join(map(re.escape, subjects))
    return re.compile(
        rf"(?:(?P<before>[\w’']+,? )|\b)(?<!\w)(?:{alternatives}) (?P<verb>[\w]+(?:['’]t)?)", re.IGNORECASE
    )


def _capitals(text: str, other: OtherPerson) -> Iterator[str]:
    """Sentences that do not begin with a capital, except with a typed name."""
    starts = [(match.start(1), match[1]) for match in _SMALL_AFTER_A_STOP.finditer(text)]
    if first_word := re.match(r"[“‘'(]*([^\W\d_]+)", text):
        starts.append((first_word.start(1), first_word[1]))
    for start, word in starts:
        if word[0].islower() and not (other.name and text.startswith(other.name, start)):
            yield _fault("a small letter at the start", text, start, start + len(word))


def _fault(name: str, text: str, start: int, end: int) -> str:
    return f"{name}: “{text[max(0, start - 30) : end + 30]}”"
