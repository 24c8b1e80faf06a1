"""The numbers and lists in documents are those of the code and of the shipped pack."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
import pytest
from click.testing import CliRunner

from engine.content.items.text import ShortText
from engine.loading.library import load_library
from engine.loading.yaml import MOST_DEPTH
from engine.rendering.render import WIDTH
from engine.report.help_lines import STALE_AFTER
from tests.benchmarks.sample import sample
from tests.breakup.population_survey import PEOPLE
from tests.checks.number_words import NUMBER_WORDS
from tests.paths import EXAMPLES, ROOT
from tests.project.documents import DOCUMENTS, fences, name_of, text_of
from tests.test_architecture import MOST_LINES, MOST_LINES_OF_A_FUNCTION
from web.cli.main import cli
from web.forms.paging import MOST_ITEMS, MOST_ROWS
from web.http.session import REFRESH_MINUTES
from web.server.serving import CONNECTIONS, GRACE_SECONDS, WAITRESS
from web.settings import Settings
from web.storage.databases.base import PATIENCE
from web.storage.databases.postgres import SPARE_CONNECTIONS

NUMBER: Final = rf"(?:\d+(?:[.,]\d+)*|{'|'.join(word for word, value in NUMBER_WORDS.items() if value)}|two\s+thousand)"


def number(written: str) -> float:
    """A number, in figures or as a word."""
    if written.split() == ["two", "thousand"]:
        return 2000
    word = written.lower()
    return NUMBER_WORDS[word] if word in NUMBER_WORDS else float(written.replace(",", ""))


# Counts

COUNTED: Final = re.compile(
    rf"\b({NUMBER})((?: [a-z]+)?) (questions|items|rules|steps|parts|kinds|scales)\b", re.IGNORECASE
)
NOT_OF_THE_PACK: Final[dict[str, set[str]]] = {
    "docs/authoring.md": {"Seven questions"},  # of the pack that the page builds
    "docs/commands.md": {"three steps"},  # the first three of a plan
    "docs/performance.md": {"36 items", "8 scales", "120 rules", "55 rules", "9 items"},  # of the generated pack
    "questionnaires/README.md": {"five questions", "four questions"},  # of a page
    "rules/README.md": {"six steps", "two steps", "two rules", "Three questions"},  # of writing a rule; behind a reason
    "rules/breakup/README.md": {"four steps"},  # the first four
    "tests/cases/README.md": {"two kinds"},  # of the two plans of a comparison
}
"""What documents count that is not of the shipped pack. ADRs are not looked at: they say what was so when they were written."""


@cache
def counts() -> dict[str, set[int]]:
    """How many there are in the breakup pack; of questions, in each questionnaire."""
    pack = load_library().packs["breakup"]
    full = pack.forms["breakup"].questionnaire
    return {
        "questions": {len(form.items) for form in pack.forms.values()},
        "items": {len(pack.items)},
        "rules": {len(pack.rules)},
        "steps": {len(pack.steps)},
        "kinds": {len(pack.content.kinds)},
        "parts": {sum(not section.continues for section in full.sections)},
        "scales": {len(pack.scales), *shown_scales()},
    }


@cache
def shown_scales() -> tuple[int, int]:
    """How many scales the example's report shows, and how many of them with numbers."""
    outcome = CliRunner().invoke(cli, ["report", str(EXAMPLES / "first-weeks.yaml"), "--format", "json"])
    scales: list[dict[str, Any]] = json.loads(outcome.stdout)["scales"]
    return len(scales), sum(scale["shown"] == "bar" for scale in scales)


@pytest.mark.parametrize(
    "document",
    [document for document in DOCUMENTS if not {"decisions", "engine", "web"} & set(document.relative_to(ROOT).parts)],
    ids=name_of,
)
def test_counts_are_those_of_the_pack(document: Path) -> None:
    """Whatever a document counts of questions, rules, steps and the like, the shipped pack has, or it is said to be another's."""
    foreign = NOT_OF_THE_PACK.get(name_of(document), set())
    foreign_counts = set()
    for written in COUNTED.finditer(document.read_text(encoding="utf-8")):
        if written[0] in foreign:
            foreign_counts.add(written[0])
        else:
            assert number(written[1]) in counts()[written[3].lower()], written[0]
    assert foreign_counts == foreign


def test_the_readme_counts_the_pack() -> None:
    """The README says how many questions there are and are required, and how many scales a report shows."""
    text = " ".join(text_of(ROOT / "README.md").split())
    form = load_library().packs["breakup"].forms["breakup"]
    required = re.search(rf"({NUMBER}) are required", text)
    assert required is not None
    assert number(required[1]) == sum(item.required for item in form.items)
    scales = re.search(rf"at most ({NUMBER}) scales, ({NUMBER}) of them with numbers", text)
    assert scales is not None
    assert tuple(map(number, scales.groups())) == shown_scales()


def test_the_generated_pack_is_described() -> None:
    """docs/performance.md says how large the pack is that is measured."""
    raw = sample()
    (questionnaire,) = raw["questionnaires"]
    sizes = {
        "items": sum(len(section["items"]) for section in questionnaire["sections"]),
        "scales": len(questionnaire["scales"]),
        "rules": len(raw["rules"]),
        "steps": len(raw["steps"]),
    }
    text = text_of(ROOT / "docs" / "performance.md")
    assert all(f"{size} {noun}" in text for noun, size in sizes.items()), sizes


# Limits and times

LIMITS: Final = [
    ("CONTRIBUTING.md", rf"at most ({NUMBER}) lines, and a function at most ({NUMBER})", (MOST_LINES, MOST_LINES_OF_A_FUNCTION)),
    ("CONTRIBUTING.md", rf"({NUMBER}) simulated reports", (PEOPLE,)),
    ("docs/authoring.md", rf"({NUMBER}) simulated reports", (PEOPLE,)),
    ("rules/breakup/README.md", rf"({NUMBER}) simulated persons", (PEOPLE,)),
    ("questionnaires/README.md", rf"more than ({NUMBER}) questions, or of more than ({NUMBER}) answers", (MOST_ITEMS, MOST_ROWS)),
    ("questionnaires/README.md", rf"`longest` \(({NUMBER}), at most", (ShortText.model_fields["longest"].default,)),
    ("rules/README.md", rf"nested ({NUMBER}) deep", (MOST_DEPTH,)),
    ("rules/README.md", rf"more than ({NUMBER}) days ago", (STALE_AFTER.days,)),
    ("docs/commands.md", rf"at most ({NUMBER}) columns", (WIDTH,)),
    ("docs/operating.md", rf"for ({NUMBER}) seconds at most", (GRACE_SECONDS,)),
    ("docs/operating.md", rf"not whole ({NUMBER}) seconds after", (WAITRESS["channel_timeout"],)),
    ("docs/operating.md", rf"At ({NUMBER}) connections", (CONNECTIONS,)),
    ("docs/operating.md", rf"with ({NUMBER}) threads each", (Settings.model_fields["threads"].default,)),
    ("docs/decisions/007-server-and-session.md", rf"with ({NUMBER}) threads", (Settings.model_fields["threads"].default,)),
    ("docs/decisions/007-server-and-session.md", rf"noted every ({NUMBER}) minutes", (REFRESH_MINUTES,)),
    ("docs/decisions/014-two-databases.md", rf"each thread and ({NUMBER}) more, .* than ({NUMBER}) seconds", (SPARE_CONNECTIONS, PATIENCE)),
    ("docs/decisions/015-server-by-numbers.md", rf"\*\*({NUMBER}) threads\*\*", (Settings.model_fields["threads"].default,)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "pattern", "expected"), LIMITS, ids=[f"{limit[0]}-{number}" for number, limit in enumerate(LIMITS)]
)
def test_limits_are_those_of_the_code(document: str, pattern: str, expected: tuple[float, ...]) -> None:
    """Each limit and each time that a document names is the one in the code."""
    match = re.search(pattern, " ".join((ROOT / document).read_text(encoding="utf-8").split()))
    assert match is not None, "the document says it in other words: change the pattern"
    assert tuple(map(number, match.groups())) == tuple(map(float, expected))


def test_connections_are_counted() -> None:
    """The example in docs/operating.md counts the connections of a pool as the program makes them."""
    match = re.search(
        r"(\d+) workers with (\d+) threads each, (\d+) connections", text_of(ROOT / "docs" / "operating.md")
    )
    assert match is not None
    workers, threads, connections = map(int, match.groups())
    assert connections == workers * (threads + SPARE_CONNECTIONS)


def test_versions_are_those_of_the_project() -> None:
    """The wheel in docs/operating.md has the project's version, and both READMEs name the Pythons that it supports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"heartwork-{project['version']}-py3-none-any.whl" in (ROOT / "docs" / "operating.md").read_text(
        encoding="utf-8"
    )
    low, high = (int(bound.rpartition(".")[2]) for bound in project["requires-python"].split(","))
    *earlier, last = (f"3.{minor}" for minor in range(low, high))
    for document in ("README.md", "CONTRIBUTING.md"):
        assert f"Python {', '.join(earlier)} or {last}" in (ROOT / document).read_text(encoding="utf-8")


# Lists

FORMAT_NAMES: Final = {
    "text": "text",
    "md": "Markdown",
    "html": "HTML",
    "json": "JSON",
    "pdf": "PDF",
    "ics": "calendar entries",
}


def test_the_readme_lists_the_formats() -> None:
    """The README names every format of ``heartwork report``, in the order of the command, and no other."""
    command = cli.get_command(click.Context(cli), "report")
    assert command is not None
    (choice,) = (option.type for option in command.params if "--format" in option.opts)
    assert isinstance(choice, click.Choice)
    names = [FORMAT_NAMES[word] for word in choice.choices]
    assert f"{', '.join(names[:-1])} and {names[-1]}." in " ".join(text_of(ROOT / "README.md").split())


def test_the_files_of_a_pack_are_counted() -> None:
    """docs/authoring.md says how many files its pack has, and how many files of answers."""
    paths = [
        match[1]
        for text in fences(ROOT / "docs" / "authoring.md", "yaml")
        if (match := re.match(r"# ([\w./-]+\.yaml)\n", text))
    ]
    answers = sum(path.startswith(("answers/", "questionnaires/examples/")) for path in paths)
    match = re.search(
        rf"in ({NUMBER}) files, and ({NUMBER}) files of answers",
        " ".join(text_of(ROOT / "docs" / "authoring.md").split()),
    )
    assert match is not None
    assert tuple(map(number, match.groups())) == (len(paths) - answers, answers)


def test_no_template_speaks_of_breakups() -> None:
    """As docs/authoring.md says, only content speaks of what a pack is about: no template of the engine or the web does."""
    templates = [
        path for folder in ("engine", "web") for path in (ROOT / folder).rglob("templates/**/*.*") if path.is_file()
    ]
    pattern = re.compile(r"break-?up|\bex\b|\bpartner|relationship|\bcouple", re.IGNORECASE)
    assert templates
    assert [path.name for path in templates if pattern.search(path.read_text(encoding="utf-8"))] == []
