"""The recipes of ``docs/extending.md`` work: each is followed in a copy of the tree."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.paths import ROOT
from tests.project.documents import EXTENDING

MOST_SOURCES: Final = 3
DEADLINE: Final = 120
"""Seconds for one command."""
BLOCK: Final = re.compile(r"^```(\w+)(?: title=\"([^\"\n]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
UNFINISHED: Final = shutil.ignore_patterns("*.pyc.*", "*.tmp")
"""Compiled files that another process is writing."""
PROGRAMS: Final = {"python": [sys.executable], "heartwork": [sys.executable, "-m", "web.cli"]}


def recipes() -> dict[str, str]:
    """Every section of the document by its heading."""
    _, *parts = re.split(r"^## (.+)$", EXTENDING.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@dataclass
class Copy:
    """A copy of the tree, in which a recipe is followed."""

    folder: Path
    changed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=DEADLINE)
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.folder / name)
        for package in ("engine", "web", "tests"):  # compiled code stays valid where a file and its time are the same
            for compiled in (ROOT / package).rglob("__pycache__"):
                target = self.folder / compiled.relative_to(ROOT)
                shutil.copytree(compiled, target, ignore=UNFINISHED, dirs_exist_ok=True)

    def run(self, command: list[str], text: str = "") -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GIT"))}
        place = {"PYTHONPATH": str(self.folder), "GIT_CEILING_DIRECTORIES": str(self.folder.parent)}
        process = subprocess.run(
            command,
            input=text,
            cwd=self.folder,
            env=inherited | place,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert process.returncode == 0, f"$ {shlex.join(command)}\n{text}{process.stdout}{process.stderr}"

    def change(self, diff: str) -> None:
        """Apply a diff, wherever in its file the lines around it stand by now."""
        self.run(["git", "apply", "--verbose", "-"], diff)
        self.changed.update(re.findall(r"^\+\+\+ b/(.+)$", diff, re.MULTILINE))

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        assert not path.exists(), f"{name} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.changed.add(name)

    @property
    def changed_sources(self) -> set[str]:
        return {name for name in self.changed if name.startswith(("engine/", "web/")) and name.endswith(".py")}


def commands(text: str) -> Iterator[list[str]]:
    """The commands of a console block."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            program, *arguments = shlex.split(line[2:], comments=True)
            yield [*PROGRAMS[program], *arguments]


def follow(recipe: str, copy: Copy) -> int:
    """Make all changes of a recipe, then run its commands; return how many ran."""
    blocks = BLOCK.findall(recipe)
    for language, new_file, text in blocks:
        if new_file:
            copy.write(new_file, text)
        elif language == "diff":
            copy.change(text)
    lines = [command for language, _, text in blocks if language == "console" for command in commands(text)]
    for command in lines:
        copy.run(command)
    return len(lines)


@pytest.mark.parametrize("heading", recipes())
def test_a_recipe_works(heading: str, tmp_path: Path) -> None:
    """All changes of a recipe fit the tree, in at most three source files, and then its commands succeed."""
    copy = Copy(tmp_path)
    assert follow(recipes()[heading], copy) > 0
    assert 1 <= len(copy.changed_sources) <= MOST_SOURCES, copy.changed_sources


BROKEN: Final = {
    "a line that is not there": (
        "diff",
        "--- a/README.md\n+++ b/README.md\n@@ -1 +1,2 @@\n-No such line.\n+Another.\n",
    ),
    "a file that is there": ('markdown title="README.md"', "# Another\n"),
    "a command that fails": ("console", '$ python -c "raise SystemExit(1)"\n'),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_recipe_that_does_not_fit_fails(broken: str, tmp_path: Path) -> None:
    """A change whose lines are gone, a new file that exists and a command that fails are each noticed."""
    copy = Copy(tmp_path)
    fence, text = BROKEN[broken]
    with pytest.raises(AssertionError):
        follow(f"```{fence}\n{text}```\n", copy)
