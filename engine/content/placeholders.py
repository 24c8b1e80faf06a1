"""Fill the placeholders in texts with words for the other person.

``{they}`` and similar placeholders are replaced by words of the chosen form, and ``{partner}`` by the name or its
substitute. A verb pair such as ``{has/have}`` agrees with the placeholder before it; a name takes the singular. Words
at the start of a sentence are capitalised. The words are content: ``voice:`` in ``steps.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from engine.content.items.reading.characters import is_invisible
from engine.content.steps import PlaceholderWords

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_VERB = r"(?:[^\W\d_]+(?:['’][^\W\d_]+)?|['’][^\W\d_]+)"
_PAIR = re.compile(f"{_VERB}/{_VERB}")
"""The singular and plural of a verb, or their short forms directly after a placeholder: ``{they}{’s/’re}``."""
_OPENING_MARKS = "'\"“‘("
_CLOSING_MARKS = "'\"”’)"
_SENTENCE_ENDS = (".", "!", "?", "…")
_MID_SENTENCE = "so "
"""Text put before a text that does not begin a sentence."""
CLAUSE_PREFIX = "said:"
"""``{said:item}`` is replaced by the clause of an answer, in reasons and remarks."""
ANSWER_PLACEHOLDER = "answer"
"""``{answer}`` is replaced by the words of an answer, in the ``said`` of an item."""


def placeholders(text: str) -> Iterator[str]:
    """The names of the placeholders in a text except verb pairs; a brace without its partner counts as one."""
    for match in _PLACEHOLDER.finditer(text):
        if not _PAIR.fullmatch(match[1]):
            yield match[1]
    if "{" in (remainder := _PLACEHOLDER.sub("", text)) or "}" in remainder:
        yield "{" if "{" in remainder else "}"


@lru_cache(maxsize=4096)  # every report asks for the same texts of a pack
def clause_items(text: str) -> tuple[str, ...]:
    """The ids of the items whose clauses a text contains."""
    return tuple(
        placeholder.removeprefix(CLAUSE_PREFIX)
        for placeholder in placeholders(text)
        if placeholder.startswith(CLAUSE_PREFIX)
    )


def known_placeholders(voice: PlaceholderWords | None) -> tuple[str, ...]:
    """The placeholders that texts of a pack with this voice can use."""
    return () if voice is None else (*voice.forms[voice.default], voice.name)


def _begins_sentence(preceding: str) -> bool:
    """True if the next word begins a sentence: after an empty text, a line break or the end of a sentence."""
    text = preceding.rstrip(_OPENING_MARKS)
    before_space = text.rstrip()
    if not text or "\n" in text[len(before_space) :]:
        return True
    return len(before_space) < len(text) and before_space.rstrip(_CLOSING_MARKS).endswith(_SENTENCE_ENDS)


@dataclass(frozen=True)
class PlaceholderFiller:
    """Fills placeholders with the words that one person's answers select."""

    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    plural: bool = False
    name_placeholder: str | None = None
    name: str = ""
    typed: bool = False
    """True if the person typed the name, so that its capitals are not changed."""

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
            text: a text of the content.
            answer: replaces ``{answer}``.
            clauses: replaces ``{said:item}``, by item id.
            inside: the text will be part of a sentence, so its first word is not capitalised.

        Raises:
            KeyError: a placeholder is unknown. Loading a pack checks that its texts have none.
        """
        if "{" not in text:
            return text
        filled_text = before = _MID_SENTENCE if inside else ""
        plural = self.plural
        for index, part in enumerate(_PLACEHOLDER.split(text)):
            if index % 2 == 0:  # the text between two placeholders
                filled_text += part
                continue
            own_capitals = False
            if _PAIR.fullmatch(part):
                filled = part.split("/")[plural]
            elif part == self.name_placeholder:
                filled, plural, own_capitals = self.name, False, self.typed
            elif part == ANSWER_PLACEHOLDER:
                filled = answer
            elif part.startswith(CLAUSE_PREFIX):
                filled = clauses[part.removeprefix(CLAUSE_PREFIX)]
            else:
                filled, plural = self.words[part], self.plural
            if not own_capitals and _begins_sentence(filled_text):
                filled = filled[:1].upper() + filled[1:]
            filled_text += filled
        return filled_text.removeprefix(before)


def placeholder_filler(voice: PlaceholderWords | None, answers: Mapping[str, object]) -> PlaceholderFiller:
    """The filler for these answers. Without an answer it uses the default form and the substitute for the name."""
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
