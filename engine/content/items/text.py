"""A short text, such as a name."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.content.items.base import AnswerLocation, Item, TypedInput, ValidatedAnswer
from engine.content.items.reading.characters import is_invisible
from engine.errors import problem


class ShortText(Item):
    """A short text, such as a name. Rules cannot read it. A text without a visible character counts as no answer."""

    type: Literal["text"]
    longest: Annotated[int, Field(ge=1, le=500)] = 60
    is_free_text: ClassVar = True
    scored_by: ClassVar = "nothing"
    operators: ClassVar = ()
    has_clauses: ClassVar = False

    @property
    def input(self) -> TypedInput:
        return TypedInput("text", longest=self.longest)

    def validate_answer(self, value: Any, location: AnswerLocation) -> ValidatedAnswer:
        if isinstance(value, str) and is_invisible(value):
            return None, []
        if not isinstance(value, str) or any(map(_is_control, value)):
            return self.wrong_type("one line of text", value, location)
        if len(value) > self.longest:
            return None, [problem("HW507", location, id=self.id, most=self.longest)]
        return value.strip(), []


def _is_control(char: str) -> bool:
    """True for controls, line separators, surrogates and characters that change the text direction."""
    changes_direction = "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"
    return changes_direction or unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
