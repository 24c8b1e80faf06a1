"""Speaking of the other person: closed placeholders, filled by the pack's own words.

``{they}`` and the like are words of the chosen form, ``{partner}`` is the name or what stands for it, and a pair such
as ``{has/have}`` agrees with the placeholder before it: a name takes the singular. Words at the start of a sentence get
a capital. What the words are is content (``voice:`` in ``steps.yaml``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from engine.content.items.reading.characters import is_invisible
from engine.content.steps import PlaceholderWords

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_VERB = r"(?:[^\W\d_]+(?:['’][^\W\d_]+)?|['’][^\W\d_]+)"
_PAIR = re.compile(f"{_VERB}/{_VERB}")
"""Two verbs, or their short forms right behind the placeholder: ``{they}{’s/’re}``."""
_OPENING_MARKS = "'\"“‘("
_CLOSING_MARKS = "'\"”’)"
_SENTENCE_ENDS = (".", "!", "?", "…")
_MID_SENTENCE = "so "
"""Stands before a text that begins no sentence."""
CLAUSE_PREFIX = "said:"
"""``{said:item}`` stands for the clause of an answer, in reasons and remarks."""
ANSWER_PLACEHOLDER = "answer"
"""The one placeholder that is not about a person: the words of an answer, in an item's ``said``."""


def placeholders(text: str) -> Iterator[str]:
    """The placeholders of a text that are not verb pairs."""
    for match in _PLACEHOLDER.finditer(text):
        if not _PAIR.fullmatch(match[1]):
            yield match[1]
    if "{" in (remainder := _PLACEHOLDER.sub("", text)) or "}" in remainder:
        yield "{" if "{" in remainder else "}"


@lru_cache(maxsize=4096)  # asked of the same texts of a pack for every report
def clause_items(text: str) -> tuple[str, ...]:
    """The items whose clauses a text speaks."""
    return tuple(
        placeholder.removeprefix(CLAUSE_PREFIX)
        for placeholder in placeholders(text)
        if placeholder.startswith(CLAUSE_PREFIX)
    )


def known_placeholders(voice: PlaceholderWords | None) -> tuple[str, ...]:
    """The placeholders a pack with this voice may use."""
    return () if voice is None else (*voice.forms[voice.default], voice.name)


def _begins_sentence(preceding: str) -> bool:
    """True if a word begins a sentence behind this text: at its start, after a line break or the end of a sentence."""
    text = preceding.rstrip(_OPENING_MARKS)
    before_space = text.rstrip()
    if not text or "\n" in text[len(before_space) :]:
        return True
    return len(before_space) < len(text) and before_space.rstrip(_CLOSING_MARKS).endswith(_SENTENCE_ENDS)


class _Part(NamedTuple):
    """A placeholder of a text, with the words before it."""

    literal: str
    """What stands between the placeholder before and this one."""
    placeholder: str
    verbs: tuple[str, str] | None
    """Singular and plural, of a verb pair."""
    begins: bool | None
    """Whether it begins a sentence; None: that depends on what is filled in before it."""


@lru_cache(maxsize=8192)  # texts of content, which are filled again for every person
def _split(text: str) -> tuple[tuple[_Part, ...], str]:
    """The placeholders of a text, and what stands behind the last one."""
    parts: list[_Part] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        literal, end = text[end : match.start()], match.end()
        singular, _, plural = match[1].partition("/")
        verbs = (singular, plural) if _PAIR.fullmatch(match[1]) else None
        # What stands right before it decides, unless that is nothing but marks and spaces.
        decided = literal.rstrip(_OPENING_MARKS).rstrip().rstrip(_CLOSING_MARKS) != ""
        parts.append(_Part(literal, match[1], verbs, _begins_sentence(literal) if decided else None))
    return tuple(parts), text[end:]


@dataclass(frozen=True)
class PlaceholderFiller:
    """Fills placeholders for one person's answers."""

    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    plural: bool = False
    name_placeholder: str | None = None
    name: str = ""
    typed: bool = False
    """True if the name was typed by the person: it keeps its own capitals."""

    def fill(
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
        parts, rest = _split(text)
        filled_text = ""
        plural = self.plural
        before = _MID_SENTENCE if inside else ""
        for literal, placeholder, verbs, begins in parts:
            filled_text += literal
            own_capitals = False
            if verbs is not None:
                filled = verbs[plural]
            elif placeholder == self.name_placeholder:
                filled, plural, own_capitals = self.name, False, self.typed
            elif placeholder == ANSWER_PLACEHOLDER:
                filled = answer
            elif placeholder.startswith(CLAUSE_PREFIX):
                filled = clauses[placeholder.removeprefix(CLAUSE_PREFIX)]
            else:
                filled, plural = self.words[placeholder], self.plural
            if not own_capitals and (_begins_sentence(before + filled_text) if begins is None else begins):
                filled = filled[:1].upper() + filled[1:]
            filled_text += filled
        return filled_text + rest


def placeholder_filler(voice: PlaceholderWords | None, answers: Mapping[str, object]) -> PlaceholderFiller:
    """The filler for these answers; unknown answers give the default form and no name."""
    if voice is None:
        return PlaceholderFiller()
    form_id = answers.get(voice.pronoun_item or "")
    form_id = form_id if isinstance(form_id, str) and form_id in voice.forms else voice.default
    name = answers.get(voice.name_item or "")
    typed = isinstance(name, str) and not is_invisible(name)
    return PlaceholderFiller(
        words=voice.forms[form_id],
        plural=form_id in voice.plural,
        name_placeholder=voice.name,
        name=name.strip() if isinstance(name, str) and typed else voice.no_name,
        typed=typed,
    )
