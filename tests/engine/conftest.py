"""Content folders for the tests of loading: empty, with the small pack, or with one questionnaire to score."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.content.pack import Pack
from tests.factories.small_pack import BARE_STEPS, Folder, ScoredForm


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty content folder."""
    root = tmp_path / "content"
    root.mkdir()
    return Folder(root)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The small pack, loaded."""
    return Folder(tmp_path_factory.mktemp("small")).small().pack()


@pytest.fixture
def sheet(folder: Folder) -> Callable[..., ScoredForm]:
    """Make a questionnaire from YAML: the items of its one section, its scales, and rules if need be."""

    def make(
        items: str, scales: str = "[]", *, rules: str = "[]", steps: str = BARE_STEPS, more: str = ""
    ) -> ScoredForm:
        def inside(text: str, width: int) -> str:
            return textwrap.indent("\n" + textwrap.dedent(text).strip("\n"), " " * width)

        head = "questionnaire: sheet\npack: bare\ntitle: Sheet\n" + textwrap.dedent(more)
        sections = f"sections:\n  - id: all\n    title: All\n    items:{inside(items, 6)}\n"
        folder.write(
            {
                "questionnaires/sheet.yaml": f"{head}{sections}scales:{inside(scales, 2)}\n",
                "rules/bare/steps.yaml": textwrap.dedent(steps),
                "rules/bare/all.yaml": f"rules:{inside(rules, 2)}\n",
            }
        )
        return ScoredForm(folder.pack("bare"))

    return make
