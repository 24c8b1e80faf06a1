"""What all models of content share."""

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
    # Normal form C: two ids that look alike are alike.
    if not _ID.fullmatch(value) or unicodedata.normalize("NFC", value) != value:
        error_type = "heartwork_id"
        raise PydanticCustomError(error_type, "not an id")
    return value


def check_text(value: str) -> str:
    """The text, if there is one.

    Raises:
        PydanticCustomError: it is empty.
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
    # For Python, true and 1.0 are 1 as well.
    return value if type(value) is int else str(value)


class Words:
    """Marks a field as words for people: the digest of what content *means* leaves it out."""


@dataclass(frozen=True)
class RefersTo:
    """Marks a field as naming things of this kind by their ids: each has to exist."""

    kind: str


@dataclass(frozen=True)
class Unique:
    """Marks a list whose entries have ids of this kind, or are such ids: none stands there twice."""

    kind: str
    within: Literal["list", "questionnaire", "everything"] = "list"
    """Where no other list may have the same id: in the same questionnaire, or in any file of the pack."""


WORDS: Final = Words()
Id = Annotated[str, AfterValidator(_check_id)]
ItemId = Annotated[Id, RefersTo("item")]
StepId = Annotated[Id, RefersTo("step")]
TagId = Annotated[Id, RefersTo("tag")]
KindId = Annotated[Id, RefersTo("kind")]
NoticeId = Annotated[Id, RefersTo("notice")]
Text = Annotated[str, StringConstraints(max_length=4000), AfterValidator(check_text), WORDS]
NeutralLine = Annotated[str, AfterValidator(check_text), AfterValidator(_check_neutral), WORDS]
"""One line that others may see, in a calendar, a list of tabs or a link preview: it has no placeholder for a person."""
NeutralText = Annotated[NeutralLine, StringConstraints(max_length=40)]
"""A few such words."""

LinkWord = Annotated[str, StringConstraints(pattern=r"^[a-z]{3,8}$")]
"""A word that a private link may be written with: three to eight small letters."""
LinkWords = Annotated[tuple[LinkWord, ...], Field(max_length=300), WORDS]
"""Words that links are kept free of: of many more, a new link would hardly ever be free."""

VersionOne = Annotated[Literal[1], BeforeValidator(_check_version)]
"""The number 1, and nothing that merely equals it."""


FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)
"""The days on which questions may be answered, in a file or by an option. Each date item has bounds of its own."""


def is_date(text: str) -> bool:
    """True for a calendar date written 2026-11-23."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_day_of_sitting(day: date) -> bool:
    """True for a day that answers may speak of: near the ends of the calendar no days can be counted on from it."""
    return FIRST_DAY <= day <= LAST_DAY


class Model(BaseModel):
    """A piece of content: never changed after it was read, nothing unknown in it, nothing converted silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def as_written(self) -> dict[str, Any] | None:
        """The value as authors write it, where that is not field by field."""
        return None
