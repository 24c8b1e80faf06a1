"""The documents of the project, which several tests compare with the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.paths import ROOT

DOCUMENTS: Final = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *(
        path
        for folder in ("questionnaires", "rules", "engine", "web", "tests")
        for path in sorted((ROOT / folder).rglob("README.md"))
        if "fixtures" not in path.parts
    ),
]
"""All but the changelog and the notes beside old fixtures, which speak of what there was."""
FENCE: Final = re.compile(r"^```(\w*)(?: title=\"[^\"\n]+\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXTENDING: Final = ROOT / "docs" / "extending.md"
"""Recipes that change the tree: ``test_extending.py`` follows them in a copy."""
NEW_FILE: Final = re.compile(r"^```(?:\w+) title=\"([^\"\n]+)\"$", re.MULTILINE)
"""The fence of a file that a recipe makes."""


def name_of(document: Path) -> str:
    """The document's path from the root of the project."""
    return str(document.relative_to(ROOT))


def text_of(document: Path) -> str:
    """The document without its blocks of code."""
    return FENCE.sub("", document.read_text(encoding="utf-8"))


def fences(document: Path, language: str) -> list[str]:
    """The blocks of code in a language."""
    return [
        text
        for fence_language, text in FENCE.findall(document.read_text(encoding="utf-8"))
        if fence_language == language
    ]
