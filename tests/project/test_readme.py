"""The README: its example runs, its picture is the code's import order, and it stays short."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.paths import ROOT
from tests.project.documents import fences, text_of
from tests.test_architecture import ENGINE_ORDER, WEB_ORDER
from tests.tools.make_architecture import ENGINE_LABELS, PICTURE, WEB_LABELS, picture

README: Final = ROOT / "README.md"
MOST_WORDS: Final = 700
MOST_TERMS: Final = 20


def test_the_library_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example prints the first three steps, how many rules fired and a report, and writes the comparison."""
    shutil.copytree(ROOT / "questionnaires" / "examples", tmp_path / "questionnaires" / "examples")
    monkeypatch.chdir(tmp_path)
    (example,) = fences(README, "python")
    exec(compile(example, str(README), "exec"), {})  # noqa: S102 - the document's own code
    lines = capsys.readouterr().out.splitlines()
    assert all(re.fullmatch(r"\w+ (?:start_here|focus|steady|light|not_now)", line) for line in lines[:3])
    assert re.fullmatch(r"[1-9]\d+ rules fired", lines[3])
    assert len(lines) > 30
    assert "<" in (tmp_path / "changes.html").read_text(encoding="utf-8")


def test_the_example_uses_public_names() -> None:
    """The example uses no name of the engine that ``engine.__all__`` does not list."""
    import engine

    (example,) = fences(README, "python")
    assert set(re.findall(r"\bengine\.(\w+)", example)) <= set(engine.__all__)


def test_the_picture_is_the_import_order() -> None:
    """The architecture picture has each package once, and is what its script writes from the declared order."""
    assert set(ENGINE_LABELS) == set(ENGINE_ORDER)
    assert set(WEB_LABELS) == set(WEB_ORDER)
    assert PICTURE.read_text(encoding="utf-8") == picture()


def test_the_readme_is_short() -> None:
    """Without its code the README has at most 700 words, and its glossary at most 20 terms."""
    text = text_of(README)
    assert len(re.findall(r"[A-Za-z]+", re.sub(r"\]\([^)]*\)", "]", text))) <= MOST_WORDS
    terms = re.findall(r"^\| (?!word|---)[^|]+\|", text, re.MULTILINE)
    assert 0 < len(terms) <= MOST_TERMS
