"""The keys of the dialogue, and its texts, which are in ``phrases.yaml``."""

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
"""Escapes a text that is also a key."""


def phrase(name: str, **facts: object) -> str:
    """The phrase with this name; ``facts`` are the values of its placeholders."""
    return str(_phrases()[name]).format(**facts)


def keys(name: str) -> list[tuple[str, str]]:
    """Keys with their descriptions."""
    return list(_phrases()[name].items())


@cache
def _phrases() -> Any:
    source, problems = read(Path(__file__).with_name("phrases.yaml"))
    if source is None:
        raise ContentError(problems)
    return source.value
