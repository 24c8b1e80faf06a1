"""``.ci/subjects``: how long the subjects of commits may be, and how a long one is reworded."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.paths import ROOT
from tests.servers.waiting import SECONDS

SCRIPT: Final = ROOT / ".ci" / "subjects"
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


class Repository:
    """A temporary repository with the script in it, and one commit that the rule does not cover."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".ci").mkdir(parents=True)
        shutil.copy(SCRIPT, folder / ".ci")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("An old subject " + "that nobody counts " * 5)
        self.first = self.git("rev-parse", "HEAD")

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the repository, without the user's configuration."""
        settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(self.folder)}
        identities = {
            f"GIT_{role}_{field}": "somebody" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")
        }
        environment = {"PATH": os.environ["PATH"], **settings, **identities, **environment}
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=SECONDS,
        )

    def git(self, *arguments: str) -> str:
        outcome = self.run("git", *arguments)
        assert outcome.returncode == 0, outcome.stderr
        return outcome.stdout.strip()

    def commit(self, subject: str) -> None:
        """Commit a new file, with a body that is wider than a subject may be."""
        (self.folder / subject[:8]).touch()
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", f"{subject}\n\n{'A wide body. ' * 10}")

    def check(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script; without arguments on everything after the first commit."""
        return self.run("/bin/sh", ".ci/subjects", *(arguments or (self.first,)), **environment)

    def subjects(self) -> list[str]:
        return self.git("log", "--format=%s", f"{self.first}..HEAD").splitlines()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def test_short_subjects_pass(repository: Repository) -> None:
    """Subjects of up to 65 characters pass without a word, whatever came before the rule and however wide the bodies are."""
    for subject in ("Cache snapshots by digest", "x" * 65, "ü" * 65):
        repository.commit(subject)
    outcome = repository.check()
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")


def test_long_subjects_are_named(repository: Repository) -> None:
    """A subject of 66 characters fails: its commit is named, with its length, and no other commit is."""
    repository.commit("Short")
    repository.commit("é" * 66)
    outcome = repository.check()
    assert outcome.returncode == 1
    commits = re.findall(r"^  ([0-9a-f]{7,}) (.*) \((\d+) characters\)$", outcome.stderr, re.MULTILINE)
    assert commits == [(repository.git("log", "-1", "--format=%h"), "é" * 66, "66")]


def test_the_command_rewords(repository: Repository) -> None:
    """The command in the message reaches every commit it names, on a merged branch too, and afterwards the check passes."""
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit("A side " + "x" * 70)
    repository.git("checkout", "--quiet", "main")
    repository.commit("A main " + "x" * 70)
    repository.git("merge", "--quiet", "--no-ff", "--message", "Merge " + "x" * 70, "side")
    repository.commit("The last one")
    outcome = repository.check()
    assert len(re.findall(r" characters\)$", outcome.stderr, re.MULTILINE)) == 2
    (command,) = re.findall(r"^  (git rebase .*)$", outcome.stderr, re.MULTILINE)
    rebase = repository.run(
        *command.split(),
        GIT_SEQUENCE_EDITOR="sed -i -E 's/^pick (.* A )/reword \\1/'",
        GIT_EDITOR="sed -i -E '1s/^(A [a-z]+).*/\\1/'",
    )
    assert rebase.returncode == 0, rebase.stderr
    assert repository.check().returncode == 0
    assert sorted(subject for subject in repository.subjects() if not subject.startswith("Merge")) == [
        "A main",
        "A side",
        "The last one",
    ]


@pytest.mark.parametrize("case", ["another history", "a shallow clone", "no repository", "no git"])
def test_where_nothing_can_be_checked(repository: Repository, tmp_path: Path, case: str) -> None:
    """Without git, or without the history back to where the rule began, one line says that subjects are not checked."""
    repository.commit("x" * 80)
    arguments, environment = (repository.first,), {}
    if case == "another history":
        arguments = ("ba1fecb23d30f89177ddbdef5e419fcfe038cfe2",)
    elif case == "a shallow clone":
        address = repository.folder.as_uri()
        repository.git("clone", "--quiet", "--depth=1", address, str(tmp_path / "clone"))
        repository.folder = tmp_path / "clone"
    elif case == "no repository":
        shutil.rmtree(repository.folder / ".git")
        environment = {"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    else:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "dirname").symlink_to(shutil.which("dirname") or "")
        environment = {"PATH": str(tmp_path / "bin")}
    outcome = repository.check(*arguments, **environment)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert re.fullmatch(r"Commit subjects are not checked: .*\.\n", outcome.stdout)


def test_the_check_runs_and_is_described() -> None:
    """``make check`` runs the script, and CONTRIBUTING.md names the same number of characters."""
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert recipe is not None
    assert ".ci/subjects" in recipe[1]
    limit = re.search(r"^most=(\d+)$", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)
    assert limit is not None
    commits = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## Commits\n")[2]
    assert re.findall(r"(\d+)\s+characters", commits) == [limit[1]]
