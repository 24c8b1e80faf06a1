"""What the documents say is so: every command in them runs, every option exists, and every option is in them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
import pytest
from click.testing import CliRunner

from engine.errors import catalogue
from engine.loading.yaml import parse
from tests.paths import ROOT
from tests.project.documents import DOCUMENTS, EXTENDING, FENCE, fences, name_of
from tests.servers.waiting import SECONDS
from web.cli.main import cli

SKIPPED: Final = ("make", "git", "uv", "pipx", "pip", "python", "python3", "apt-get", ".ci/run", "source")
"""Commands in documents that are not run, because they would set up, install or test everything again."""
OPTION: Final = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")


every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


def commands() -> dict[str, click.Command]:
    """Every command by its name."""
    context = click.Context(cli, info_name="heartwork")
    commands = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in commands.items() if command is not None}


def options(command: click.Command) -> set[str]:
    """All options of a command, and of the commands in it."""
    names = {name for option in command.params if isinstance(option, click.Option) for name in option.opts}
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    return names.union(*map(options, inner))


# Commands that are shown run


@dataclass
class Workspace:
    """A folder as it would be where a reader follows a document: beside the shipped content, with some files of their own."""

    folder: Path
    content: Path = field(init=False)

    def __post_init__(self) -> None:
        for name in ("questionnaires", "rules"):
            (self.folder / name).symlink_to(ROOT / name)
        own_content = self.folder / "my-content"
        own_content.mkdir()
        for name in ("questionnaires", "rules"):
            (own_content / name).symlink_to(ROOT / name)
        example = ROOT / "questionnaires" / "examples" / "first-weeks.yaml"
        (self.folder / "answers.yaml").write_bytes(example.read_bytes())
        self.content = self.folder

    def follow(self, document: Path) -> int:
        """Do what a document says, in order; return how many commands ran."""
        ran = 0
        for language, text in FENCE.findall(document.read_text(encoding="utf-8")):
            if language == "yaml" and (path := path_in(text)):
                (self.content / path).parent.mkdir(parents=True, exist_ok=True)
                (self.content / path).write_text(text, encoding="utf-8")
            if language == "console":
                ran += sum(self.run(line, output) for line, output in shown_commands(text))
        return ran

    def run(self, line: str, output: list[str]) -> bool:
        program, *arguments = shlex.split(line, comments=True)
        if program == "mkdir":
            for folder in (argument for argument in arguments if not argument.startswith("-")):
                assert not Path(folder).is_absolute()
                (self.folder / folder).mkdir(parents=True, exist_ok=True)
                self.content = self.folder / Path(folder).parts[0]
            return False
        if program in SKIPPED:
            return False
        if arguments[:1] in (
            ["db"],
            ["doctor"],
        ):  # they need an installation; tests/web/cli/test_database.py has one
            return False
        if arguments[:1] == ["serve"]:  # it would not end; tests/web/cli/test_serve.py runs it
            return False
        assert program in {"heartwork", ".venv/bin/heartwork"}, f"{program}: add it to SKIPPED, or let it run"
        result = CliRunner().invoke(cli, arguments, prog_name="heartwork")
        assert result.exit_code == 0, f"$ {line}\n{result.output}"
        lines = result.output.splitlines()
        for expected in output:
            pattern = ".*".join(map(re.escape, expected.split("…")))
            assert any(re.fullmatch(pattern, printed) for printed in lines), f"$ {line}\n{expected}"
        return True


def path_in(text: str) -> str | None:
    """The path that a YAML fence names in its first line."""
    match = re.match(r"# ([\w./-]+\.yaml)\n", text)
    return match[1] if match else None


def shown_commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console fence, each with the output that is shown beneath it."""
    uses: list[tuple[str, list[str]]] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            uses.append((line[2:], []))
        elif line.strip():
            assert uses, f"{line!r} stands before any command"
            uses[-1][1].append(line)
    yield from uses


@pytest.mark.parametrize("document", [document for document in DOCUMENTS if document != EXTENDING], ids=name_of)
def test_commands_run(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command in a document works where the document has led, and prints what it says."""
    monkeypatch.chdir(tmp_path)
    ran = Workspace(tmp_path).follow(document)
    if name_of(document) in {"README.md", "docs/authoring.md", "docs/commands.md"}:
        assert ran >= 4


@every_document
def test_yaml_is_yaml(document: Path) -> None:
    """Every piece of YAML in a document can be read as strictly as content is; a piece may show one key several times."""
    for text in fences(document, "yaml"):
        source, problems = parse(text, name_of(document))
        assert source is not None or {problem.code for problem in problems} == {"HW103"}, problems


def test_make_targets_exist() -> None:
    """Every target that a document names is one of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        targets_named = re.findall(r"(?:^\$ |`)make ([a-z]+)", text, re.MULTILINE)
        assert set(targets_named) <= targets, name_of(document)


# Commands and options, both ways

COMMANDS_MD: Final = ROOT / "docs" / "commands.md"


def sections() -> dict[str, str]:
    """The sections of docs/commands.md by their headings."""
    parts = re.split(r"^## (.+)$", COMMANDS_MD.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_has_a_section() -> None:
    """docs/commands.md describes the commands that exist, in the order of the help, and no other."""
    described = [heading.removeprefix("heartwork ") for heading in sections() if heading.startswith("heartwork ")]
    assert described == list(commands())
    table = re.findall(r"\[`heartwork (\w+)`\]\(#heartwork-(\w+)\)", COMMANDS_MD.read_text(encoding="utf-8"))
    assert table == [(name, name) for name in commands()]


@pytest.mark.parametrize("name", list(commands()))
def test_every_option_is_described(name: str) -> None:
    """A command's section has a row for each of its options, and none for an option it has not."""
    rows = [line for line in sections()[f"heartwork {name}"].splitlines() if line.startswith("| `-")]
    described = {option for row in rows for option in OPTION.findall(row.split("|")[1])}
    assert described == options(commands()[name])


@pytest.mark.parametrize("name", list(commands()))
def test_every_value_is_described(name: str) -> None:
    """Where an option takes one of a few words, the section names each of them."""
    for parameter in commands()[name].params:
        if isinstance(parameter.type, click.Choice):
            for word in parameter.type.choices:
                assert f"`{word}`" in sections()[f"heartwork {name}"]


def spans(text: str) -> Iterator[str]:
    """Everything in a document that looks like a use of the command."""
    yield from re.findall(r"`(?:\.venv/bin/)?heartwork ([^`\n]+)`", text)
    yield from re.findall(r"^\$ (?:\.venv/bin/)?heartwork (.+)$", text, re.MULTILINE)


@every_document
def test_only_what_exists_is_used(document: Path) -> None:
    """No document uses a command or an option that does not exist."""
    existing = commands()
    for span in spans(document.read_text(encoding="utf-8")):
        name = re.split(r"[\s(…]", span)[0]
        if name and not name.startswith("-"):
            assert name in existing, span
        allowed = options(existing[name]) if name in existing else {"--version"}
        assert set(OPTION.findall(span)) <= allowed | {"--help", "-h"}, span


def test_exit_codes_are_described() -> None:
    """The three exit codes are in docs/commands.md and in the help."""
    rows = re.findall(r"^\| (\d) \|", COMMANDS_MD.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == ["0", "1", "2"]
    text = " ".join(CliRunner().invoke(cli, ["--help"]).stdout.split())
    assert re.search(r"Exit codes: 0 .*, 1 .*, 2 ", text)


@every_document
def test_codes_exist(document: Path) -> None:
    """Every code of a problem that a document names is in the catalogue."""
    codes = set(re.findall(r"\bHW\d{3}\b", document.read_text(encoding="utf-8")))
    assert codes <= catalogue().keys()


def test_the_answers_format_is_described() -> None:
    """docs/commands.md has a row for each key of a file of answers, and none more."""
    from engine.answers.answers_file import AnswersFile

    rows = re.findall(r"^\| `(\w+)` \|", sections()["Files of answers"], re.MULTILINE)
    assert set(rows) == set(AnswersFile.model_fields)


@pytest.mark.parametrize("readme", ["questionnaires", "rules"])
def test_every_field_of_content_is_described(readme: str) -> None:
    """The README names each field that content may have, and has a row for each effect and each place of a remark."""
    from engine.answers import front_page
    from engine.content import effects, questionnaire, remarks, rules, steps
    from engine.content.base import Model

    modules = {"questionnaires": (questionnaire, front_page), "rules": (effects, remarks, rules, steps)}[readme]
    models = [
        model
        for module in modules
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, Model) and model.__module__ == module.__name__
    ]
    text = (ROOT / readme / "README.md").read_text(encoding="utf-8")
    words_named = {word for span in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", span)}
    words_named |= set(re.findall(r"^ *(\w+):", text, re.MULTILINE))
    fields = {info.alias or name for model in models for name, info in model.model_fields.items()}
    assert fields - words_named == set()
    if readme == "rules":
        rows = set(re.findall(r"^\| `(\w+)", text, re.MULTILINE))
        assert {*effects.EFFECTS, *remarks.REMARK_SLOTS} - rows == set()


def test_the_module_runs_as_well() -> None:
    """The command works without being installed, as the documents of the tests assume."""
    command = [sys.executable, "-m", "web.cli", "--version"]
    process = subprocess.run(
        command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True, timeout=SECONDS
    )
    assert process.stdout.startswith("heartwork, version ")
