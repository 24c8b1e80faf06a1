"""The pack that docs/authoring.md builds: a break with tea."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.paths import ROOT
from tests.project.documents import fences

DOCUMENT: Final = ROOT / "docs" / "authoring.md"
FRONT_PAGE: Final = "questionnaires/front_pages/tea.yaml"


def write_tutorial_pack(folder: Path) -> Path:
    """Write all files of the tutorial into a folder, and return the folder."""
    for text in fences(DOCUMENT, "yaml"):
        if name := re.match(r"# ([\w./-]+\.yaml)\n", text):
            path = folder / name[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder
