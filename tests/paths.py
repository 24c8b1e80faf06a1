"""Folders of the checkout that tests read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
EXAMPLES: Final = ROOT / "questionnaires" / "examples"
CASES: Final = ROOT / "tests" / "cases"
PACKS: Final = ROOT / "tests" / "packs"
GOLDEN: Final = ROOT / "tests" / "golden"
