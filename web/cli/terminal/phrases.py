"""The keys that answering in a terminal hears, and every word it says by itself: those of ``phrases.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from engine.errors import ContentError
from engine.loading.yaml import read

BACK: Final = "b"
STOP: Final = "q"
EXPLAIN: Final = "?"
LIST: Final = "l"
DECLINE: Final = "-"
RETRACT: Final = "x"
WRITE: Final = "w"
PLAINLY: Final = "\\"
"""Before a short text that would be taken for a key."""


def phrase(name: str, **facts: object) -> str:
    """The phrase of this name; ``facts`` fill the gaps in it."""
    return str(_phrases()[name]).format(**facts)


def keys(name: str) -> list[tuple[str, str]]:
    """A list of keys, each with what it does."""
    return list(_phrases()[name].items())


@cache
def _phrases() -> Any:
    source, problems = read(Path(__file__).with_name("phrases.yaml"))
    if source is None:
        raise ContentError(problems)
    return source.value
