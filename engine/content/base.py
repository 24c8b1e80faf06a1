"""What all models of content share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

_ID = re.compile(r"[^\W_][\w-]{0,63}")


def _check_id(value: str) -> str:
    # Normal form C: two ids that look alike are alike.
    if not _ID.fullmatch(value) or unicodedata.normalize("NFC", value) != value:
        error_type = "heartwork_id"
        raise PydanticCustomError(error_type, "not an id")
    return value


def _check_text(value: str) -> str:
    if not value.strip():
        error_type = "heartwork_text"
        raise PydanticCustomError(error_type, "a text is empty")
    return value


def _check_neutral(value: str) -> str:
    if any(mark in value for mark in "{}\n"):
        message = "a calendar shows this to others: one line, without placeholders"
        raise ValueError(message)
    return value


def _check_version(value: object) -> object:
    # For Python, true and 1.0 are 1 as well.
    return value if type(value) is int else str(value)


class Words:
    """Marks a field as words for people: the digest of what content *means* leaves it out."""


WORDS: Final = Words()
Id = Annotated[str, AfterValidator(_check_id)]
Text = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_check_text), WORDS]
NeutralText = Annotated[
    str, StringConstraints(max_length=40), AfterValidator(_check_text), AfterValidator(_check_neutral), WORDS
]
"""A few words that anybody may see: nobody is spoken of."""

VersionOne = Annotated[Literal[1], BeforeValidator(_check_version)]
"""The number 1, and nothing that merely equals it."""


def is_date(text: str) -> bool:
    """True for a calendar date written 2026-11-23."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class Reference(NamedTuple):
    """A name of something that stands elsewhere in the pack."""

    kind: str
    """Of what it names: a step, tag, kind, notice, action, caution, remark, finding or item."""
    id: str
    path: tuple[str | int, ...] = ()
    """Where the name stands in what makes the reference."""
    within: str = ""
    """The step of an action or caution, the slot of a remark."""


class Model(BaseModel):
    """A piece of content: never changed after it was read, nothing unknown in it, nothing converted silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def as_written(self) -> dict[str, Any] | None:
        """The value as authors write it, where that is not field by field."""
        return None

    def references(self) -> Iterator[Reference]:
        """What it names of the pack, all of which must exist."""
        return iter(())
