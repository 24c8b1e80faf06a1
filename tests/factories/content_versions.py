"""Three versions of the shipped content, edited as an author would edit it over time."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.paths import ROOT

QUESTIONS: Final = Path("questionnaires", "breakup.yaml")
RULES: Final = Path("rules", "breakup")
START_OF_A_RULE: Final = re.compile(r"^(?=  - id: )", re.MULTILINE)


@dataclass(frozen=True)
class Edits:
    """The edits of one version."""

    removed: str
    """An item to remove with all rules that read it. Few rules read it, and no scale uses it."""
    changes: tuple[tuple[str, str], ...]
    """Edits of the questionnaire: patterns and their replacements."""


SECOND_VERSION: Final = Edits(
    removed="hopes_about",
    changes=(
        (r'text: "I slept well enough"', 'text: "I slept as I need it"'),  # reworded
        (
            r"(      - id: direction\n)",  # added, and scored
            '      - id: daylight\n        type: yes_no\n        text: "I was outside by daylight"\n\\1',
        ),
        (r"items: \[people, body, own_thing, direction\]", "items: [people, body, own_thing, direction, daylight]"),
    ),
)
THIRD_VERSION: Final = replace(
    SECOND_VERSION,
    changes=(
        *SECOND_VERSION.changes,
        (r"unanswered: \{none: 4, one: 3,", "unanswered: {none: 4, one: 2,"),  # another value for an answer
        (r"(items: \[sleep, day, thoughts, settle\].*?rounding: )half_up", r"\1up"),  # another calculation
    ),
)


def edited_content(folder: Path, edits: Edits) -> Path:
    """A content folder with the shipped content and these edits, each of which must change it."""
    for name in ("questionnaires", "rules"):
        shutil.copytree(ROOT / name, folder / name)
    _change(folder / QUESTIONS, (rf"      - id: {edits.removed}\n.*?(?=      - id: |\n  - id: )", ""), *edits.changes)
    assert sum(_without_readers(path, edits.removed) for path in (folder / RULES).glob("*.yaml"))
    return folder


def _change(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for pattern, new in changes:
        text, count = re.subn(pattern, new, text, count=1, flags=re.DOTALL)
        assert count == 1, (path.name, pattern)
    path.write_text(text, encoding="utf-8")


def _without_readers(path: Path, item: str) -> int:
    """Remove the rules that read an item from a file, and return their number."""
    blocks = START_OF_A_RULE.split(path.read_text(encoding="utf-8"))
    kept = [block for block in blocks if f"item: {item}," not in block]
    path.write_text("".join(kept), encoding="utf-8")
    return len(blocks) - len(kept)
