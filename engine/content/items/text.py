"""A short text, such as a name."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.content.items.base import AnswerLocation, Item, TypedInput, ValidatedAnswer
from engine.content.items.reading.characters import is_invisible
from engine.errors import problem


class ShortText(Item):
    """A short text, such as a name. No rule can read it. A text of which nothing can be seen is no answer."""

    type: Literal["text"]
    longest: Annotated[int, Field(ge=1, le=500)] = 60
    is_free_text: ClassVar = True
    scored_by: ClassVar = "nothing"

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

    @property
    def has_clauses(self) -> bool:
        return False

    @property
    def operators(self) -> tuple[str, ...]:
        return ()


def _is_control(char: str) -> bool:
    """Line breaks and the like, and what turns the direction of writing round for all that follows."""
    changes_direction = "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"
    return changes_direction or unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
