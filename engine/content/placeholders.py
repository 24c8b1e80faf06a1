"""Speaking of the other person: closed placeholders, filled by the pack's own words.

``{they}`` and the like are words of the chosen form, ``{partner}`` is the name or what stands for it, and a pair such
as ``{has/have}`` agrees with the placeholder before it: a name takes the singular. Words at the start of a sentence get
a capital. What the words are is content (``voice:`` in ``steps.yaml``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.content.steps import PlaceholderWords

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PAIR = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?/[^\W\d_]+(?:['’][^\W\d_]+)?")
_STARTS = re.compile(r"(?:^|[.!?…]['\"”’)]*\s+|\n\s*)['\"“‘(]*$")
_INSIDE = "so "
"""Stands before a text that begins no sentence."""
CLAUSE_PREFIX = "said:"
"""``{said:item}`` stands for the clause of an answer, in reasons and remarks."""
ANSWER_PLACEHOLDER = "answer"
"""The one placeholder that is not about a person: the words of an answer, in an item's ``said``."""


def placeholders(text: str) -> Iterator[str]:
    """The placeholders of a text that are not verb pairs."""
    for found in _PLACEHOLDER.finditer(text):
        if not _PAIR.fullmatch(found[1]):
            yield found[1]
    if "{" in (rest := _PLACEHOLDER.sub("", text)) or "}" in rest:
        yield "{" if "{" in rest else "}"


def clause_items(text: str) -> tuple[str, ...]:
    """The items whose clauses a text speaks."""
    return tuple(word.removeprefix(CLAUSE_PREFIX) for word in placeholders(text) if word.startswith(CLAUSE_PREFIX))


def known_placeholders(voice: PlaceholderWords | None) -> tuple[str, ...]:
    """The placeholders a pack with this voice may use."""
    return () if voice is None else (*voice.forms[voice.default], voice.name)


@dataclass(frozen=True)
class PlaceholderFiller:
    """Fills placeholders for one person's answers."""

    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    plural: bool = False
    name_word: str | None = None
    name: str = ""
    typed: bool = False
    """True if the name was typed by the person: it keeps its own capitals."""

    def say(
        self,
        text: str,
        answer: str = "",
        clauses: Mapping[str, str] = MappingProxyType({}),
        *,
        inside: bool = False,
    ) -> str:
        """``text`` with every placeholder filled.

        Args:
            clauses: by item what ``{said:item}`` stands for.
            inside: the text will stand inside a sentence, so its first word begins none.

        Raises:
            KeyError: a placeholder is not known; content that loaded has none.
        """
        if "{" not in text:
            return text
        parts: list[str] = []
        plural = self.plural
        end = 0
        before = _INSIDE if inside else ""
        for found in _PLACEHOLDER.finditer(text):
            parts.append(text[end : found.start()])
            end = found.end()
            word = found[1]
            if _PAIR.fullmatch(word):
                one, many = word.split("/")
                filled = many if plural else one
            elif word == self.name_word:
                filled, plural = self.name, False
            elif word == ANSWER_PLACEHOLDER:
                filled = answer
            elif word.startswith(CLAUSE_PREFIX):
                filled = clauses[word.removeprefix(CLAUSE_PREFIX)]
            else:
                filled, plural = self.words[word], self.plural
            if _STARTS.search(before + "".join(parts)) and not (word == self.name_word and self.typed):
                filled = filled[:1].upper() + filled[1:]
            parts.append(filled)
        return "".join(parts) + text[end:]


def placeholder_filler(voice: PlaceholderWords | None, answers: Mapping[str, object]) -> PlaceholderFiller:
    """The speaker for these answers; unknown answers give the default form and no name."""
    if voice is None:
        return PlaceholderFiller()
    form = answers.get(voice.pronoun_item or "")
    form = form if isinstance(form, str) and form in voice.forms else voice.default
    name = answers.get(voice.name_item or "")
    typed = isinstance(name, str) and bool(name.strip())
    return PlaceholderFiller(
        words=voice.forms[form],
        plural=form in voice.plural,
        name_word=voice.name,
        name=name.strip() if isinstance(name, str) and typed else voice.no_name,
        typed=typed,
    )
