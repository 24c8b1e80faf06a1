"""The shipped content, edited as an author would edit it over the months: three versions of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.paths import ROOT

Edits = Mapping[str, tuple[tuple[str, str], ...]]
"""By file: what stands there, as a pattern, and what comes in its place."""
RULE: Final = (r"  - id: [\w-]+\n(?:(?!\n  - id: ).)*?item: together.*?(?:\n\n|\Z)", "")
"""A rule that reads an item which is removed."""
SECOND_VERSION: Final[Edits] = {
    "questionnaires/breakup.yaml": (
        (r'text: "I slept well enough"', 'text: "I slept as I need it"'),  # reworded
        (r"      - id: together\n.*?(?=      - id: )", ""),  # removed
        (
            r"(      - id: direction\n)",  # added, and scored
            '      - id: daylight\n        type: yes_no\n        text: "I was outside by daylight"\n\\1',
        ),
        (r"items: \[people, body, own_thing, direction\]", "items: [people, body, own_thing, direction, daylight]"),
    ),
    "rules/breakup/own_life.yaml": (RULE,),
    "rules/breakup/time.yaml": (RULE, RULE),
}
THIRD_VERSION: Final[Edits] = {
    **SECOND_VERSION,
    "questionnaires/breakup.yaml": (
        *SECOND_VERSION["questionnaires/breakup.yaml"],
        (r"unanswered: \{none: 4, one: 3,", "unanswered: {none: 4, one: 2,"),  # an answer counts otherwise
        (r"(items: \[sleep, day, thoughts, settle\].*?rounding: )half_up", r"\1up"),  # calculated otherwise
    ),
}


def edited_content(folder: Path, edits: Edits) -> Path:
    """A folder of content: the shipped one with these edits, each of which has to be one."""
    for name in ("questionnaires", "rules"):
        shutil.copytree(ROOT / name, folder / name)
    for name, changes in edits.items():
        path = folder / name
        text = path.read_text(encoding="utf-8")
        for pattern, new in changes:
            text, count = re.subn(pattern, new, text, count=1, flags=re.DOTALL)
            assert count == 1, (name, pattern)
        path.write_text(text, encoding="utf-8")
    return folder
