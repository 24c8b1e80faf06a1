"""Files of content that are parsed once a process, as tests load the same packs some hundred times."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from engine.errors import Problem
from engine.loading import yaml

SHORTEST: Final = 1000
"""Characters of a text that is worth keeping; what tests write is shorter."""


def keep_what_is_parsed() -> None:
    """From now on the loader, which changes nothing of what it reads, gets the same value for the same text."""
    parse = yaml.parse
    parse_once = lru_cache(maxsize=200)(parse)

    def remembering(text: str, name: str) -> tuple[yaml.Source | None, list[Problem]]:
        source, problems = (parse_once if len(text) > SHORTEST else parse)(text, name)
        return source, list(problems)

    yaml.parse = remembering
