"""The base class of all models, and the field types and markers that they share."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

_ID = re.compile(r"[^\W_][\w-]{0,63}")


def _check_id(value: str) -> str:
    # Only normal form C: otherwise two ids could look the same and differ.
    if not _ID.fullmatch(value) or unicodedata.normalize("NFC", value) != value:
        error_type = "heartwork_id"
        raise PydanticCustomError(error_type, "not an id")
    return value


def check_text(value: str) -> str:
    """Return the text unchanged.

    Raises:
        PydanticCustomError: the text is empty or has only white space.
    """
    if not value.strip():
        error_type = "heartwork_text"
        raise PydanticCustomError(error_type, "a text is empty")
    return value


def _check_neutral(value: str) -> str:
    if any(mark in value for mark in "{}\n"):
        message = "others can see this: one line, without placeholders"
        raise ValueError(message)
    return value


def _check_version(value: object) -> object:
    # Python compares true and 1.0 equal to 1. As text they do not match.
    return value if type(value) is int else str(value)


class Words:
    """Marks a field as text for people. The meaning digest leaves such fields out."""


@dataclass(frozen=True)
class RefersTo:
    """Marks a field that holds ids of this kind. Loading checks that each of them exists."""

    kind: str


@dataclass(frozen=True)
class Unique:
    """Marks a list of ids of this kind, or of entries with such ids. Loading checks that no id occurs twice."""

    kind: str
    within: Literal["list", "questionnaire", "everything"] = "list"
    """The scope of uniqueness: the list, all such lists of a questionnaire, or all such lists of the pack."""


WORDS: Final = Words()
Id = Annotated[str, AfterValidator(_check_id)]
ItemId = Annotated[Id, RefersTo("item")]
StepId = Annotated[Id, RefersTo("step")]
TagId = Annotated[Id, RefersTo("tag")]
KindId = Annotated[Id, RefersTo("kind")]
NoticeId = Annotated[Id, RefersTo("notice")]
Text = Annotated[str, StringConstraints(max_length=4000), AfterValidator(check_text), WORDS]
NeutralLine = Annotated[str, AfterValidator(check_text), AfterValidator(_check_neutral), WORDS]
"""One line that other people can see, in a calendar, a browser tab or a link preview. It has no placeholders."""
NeutralText = Annotated[NeutralLine, StringConstraints(max_length=40)]
"""A neutral line of at most 40 characters."""

LinkWord = Annotated[str, StringConstraints(pattern=r"^[a-z]{3,8}$")]
"""A word that can occur in a private link: three to eight lower-case letters."""
LinkWords = Annotated[tuple[LinkWord, ...], Field(max_length=300), WORDS]
"""Words that new links do not contain. With many more of them, most random links would have to be rejected."""

VersionOne = Annotated[Literal[1], BeforeValidator(_check_version)]
"""The integer 1; true and 1.0 are refused."""


FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)
"""The first and the last day of a sitting. Each date item has its own bounds for answers."""


def is_date(text: str) -> bool:
    """True for a calendar date in the form 2026-11-23."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_day_of_sitting(day: date) -> bool:
    """True if a sitting can be on this day: far enough from the limits of ``date`` to add days to it."""
    return FIRST_DAY <= day <= LAST_DAY


class Model(BaseModel):
    """The base class of all content: frozen, without unknown fields, and without type conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    def as_written(self) -> dict[str, Any] | None:
        """The value as authors write it, if that differs from its fields; else None."""
        return None
