"""The command ``heartwork`` as a process: quick to start, the same bytes every time, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click
import pytest
from click.testing import CliRunner

from engine.cli import check, compare, explain, report, services
from engine.cli.options import DateParameter
from tests.paths import ROOT
from tests.servers.waiting import SECONDS
from web.cli import main as cli

EXAMPLE: Final = ROOT / "questionnaires" / "examples" / "first-weeks.yaml"
HEAVY: Final = ("pydantic", "yaml", "durable_rules_engine", "flask", "jinja2", "hypothesis")


def run(*arguments: object, module: bool = True, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "web.cli"] if module else [str(Path(sys.executable).parent / "heartwork")]
    return subprocess.run(
        [*command, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )


def imported_by(code: str) -> set[str]:
    """The modules that a few lines import."""
    lines = f"import sys\n{code}\nprint(*sys.modules)"
    process = subprocess.run(
        [sys.executable, "-c", lines], cwd=ROOT, capture_output=True, text=True, check=True, timeout=SECONDS
    )
    return set(process.stdout.splitlines()[-1].split())


HELP: Final = """
from click.testing import CliRunner
from web.cli.main import cli
assert CliRunner().invoke(cli, {arguments!r}).exit_code == {code}
"""


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--help"], 0), ([], 2), (["--version"], 0), (["repot"], 2), (["report", "--help"], 0)]
)
def test_help_is_quick(arguments: list[str], code: int) -> None:
    """Help, version and a mistyped command import none of the libraries that do the work."""
    modules = imported_by(HELP.format(arguments=arguments, code=code))
    assert not modules & set(HEAVY)


def test_the_engine_does_not_load_the_web() -> None:
    """A command of the engine imports nothing of Flask and of the web but its entry; report imports no more."""
    code = HELP.format(arguments=["report", str(EXAMPLE)], code=0)
    modules = imported_by(code)
    assert {"pydantic", "yaml", "jinja2"} <= modules
    assert not {module for module in modules if module.split(".")[0] in {"flask", "werkzeug", "sqlalchemy", "rich"}}
    assert {module for module in modules if module.split(".")[0] == "web"} == {"web", "web.cli", "web.cli.main"}


def test_importing_the_engine_is_quick() -> None:
    """The engine's public names cost nothing until they are used."""
    assert not imported_by("import engine") & set(HEAVY)


def test_commands_are_listed_with_their_first_lines() -> None:
    """The list of commands names each with a line, and each exists under its name."""
    text = CliRunner().invoke(cli.cli, ["--help"]).stdout
    for name, (module, line) in cli.COMMANDS.items():
        assert f"  {name} " in text
        assert line in " ".join(text.split())
        command = cli.cli.get_command(click.Context(cli.cli), name)
        assert command is not None
        assert command.name == name
        assert module.startswith(("engine.cli.", "web."))
    for cli_module in (check, compare, explain, report, services):
        commands = {name for name, value in vars(cli_module).items() if isinstance(value, click.Command)}
        assert commands == {name for name, (module, _) in cli.COMMANDS.items() if module == cli_module.__name__}


def test_version() -> None:
    """`--version` prints the name of the command and the version in the metadata of the installed package."""
    result = CliRunner().invoke(cli.cli, ["--version"], prog_name="heartwork")
    assert result.stdout == f"heartwork, version {version('heartwork')}\n"


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_short_help(option: str) -> None:
    """Help comes by its short name too, also below a command."""
    assert CliRunner().invoke(cli.cli, [option]).exit_code == 0
    assert CliRunner().invoke(cli.cli, ["check", option]).exit_code == 0


# As processes


@pytest.mark.parametrize("module", [True, False])
def test_both_ways_to_start(module: bool) -> None:
    """The installed command and the module do the same, and call themselves heartwork."""
    process = run("--help", module=module)
    assert (process.returncode, process.stderr) == (0, b"")
    assert process.stdout.startswith(b"Usage: heartwork ")


def test_exit_codes(tmp_path: Path) -> None:
    """0 is well, 1 is a problem in files, 2 is a wrong use; problems and usage go to stderr."""
    (tmp_path / "odd.yaml").write_bytes(b"\x00\xff")
    for arguments, code in (
        (["report", EXAMPLE], 0),
        (["report", tmp_path / "odd.yaml"], 1),
        (["check", tmp_path], 1),
        (["nothing"], 2),
    ):
        process = run(*arguments)
        assert process.returncode == code
        assert b"Traceback" not in process.stdout + process.stderr
        if code and arguments[:1] != ["check"]:
            assert (process.stdout, bool(process.stderr)) == (b"", True)


EVERYTHING: Final = """
import sys
from click.testing import CliRunner
from tests.factories.parsed_once import keep_the_shipped_packs
from web.cli.main import cli
keep_the_shipped_packs()
example, later, broken = sys.argv[1:]
commands = [["explain", example, "--show-sensitive"], ["check", broken]]
for form in ("text", "md", "html", "json"):
    commands += [["report", example, "--format", form], ["compare", example, later, "--format", form]]
for command in commands:
    found = CliRunner().invoke(cli, command)
    assert (found.exit_code == 1) == (broken in command), found.output
    sys.stdout.buffer.write(found.stdout_bytes + b"--" + found.stderr_bytes)
"""


def test_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """The same files give the same bytes from every command, whatever the order in which a process keeps its sets."""
    (tmp_path / "questionnaires").mkdir()
    (tmp_path / "rules" / "p").mkdir(parents=True)
    (tmp_path / "questionnaires" / "q.yaml").write_text(
        "questionnaire: q\npack: p\nodd: 1\nmore: 2\nsections: [{id: a}]\n"
    )
    (tmp_path / "rules" / "p" / "steps.yaml").write_text(
        "dialect: 1\npack: p\nkinds: [{id: k, titel: K}]\nsteps: [1, {}]\n"
    )
    files = (EXAMPLE, EXAMPLE.with_name("first-weeks-later.yaml"), tmp_path)
    command = [sys.executable, "-c", EVERYTHING, *map(str, files)]
    outputs = {
        subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
            timeout=SECONDS,
        ).stdout
        for seed in ("0", "271828")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 10_000


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_terminals_that_lack_characters(encoding: str) -> None:
    """A terminal that cannot show an arrow or a box gets something else in its place, not an error."""
    process = run(
        "compare", EXAMPLE, EXAMPLE.with_name("first-weeks-later.yaml"), PYTHONIOENCODING=encoding, PYTHONUTF8="0"
    )
    assert (process.returncode, process.stderr) == (0, b"")
    assert process.stdout.decode(encoding)
    assert run("report", "fehlt–„nicht“.yaml", PYTHONIOENCODING=encoding, PYTHONUTF8="0").returncode == 1


def test_files_are_utf_8_everywhere(tmp_path: Path) -> None:
    """A file is written in UTF-8 with plain ends of line, whatever the terminal speaks."""
    target = tmp_path / "plan.json"
    assert run("report", EXAMPLE, "--format", "json", "-o", target, PYTHONIOENCODING="ascii").returncode == 0
    raw = target.read_bytes()
    assert b"\r" not in raw
    assert json.loads(raw.decode("utf-8"))["steps"]


def test_a_reader_that_goes_away() -> None:
    """When whoever reads the output goes away, as head does, there is no traceback."""
    command = f'"{sys.executable}" -m web.cli explain "{EXAMPLE}" | head -c 1'
    process = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, check=False, timeout=SECONDS)
    assert (process.stdout, b"Traceback" in process.stderr, b"should not happen" in process.stderr) == (
        b"K",
        False,
        False,
    )


# Bugs


def test_a_bug_is_one_clean_message(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A bug ends with 1 and two lines on stderr that ask for a report, not with a traceback."""
    monkeypatch.delenv("HEARTWORK_DEBUG", raising=False)
    monkeypatch.setattr(check.check, "callback", lambda **_: 1 // 0)
    with pytest.raises(SystemExit) as ended:
        cli.main(["check"])
    captured = capsys.readouterr()
    assert (ended.value.code, captured.out, len(captured.err.splitlines())) == (1, "", 2)
    assert "ZeroDivisionError" in captured.err
    assert "HEARTWORK_DEBUG" in captured.err


def test_a_bug_is_shown_to_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With HEARTWORK_DEBUG the traceback comes through."""
    monkeypatch.setenv("HEARTWORK_DEBUG", "1")
    monkeypatch.setattr(check.check, "callback", lambda **_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        cli.main(["check"])


def test_every_option_that_is_a_date_is_bounded() -> None:
    """No command takes a day from which no days can be counted on: each such option refuses it with code 2."""
    context = click.Context(cli.cli)
    options = [
        (name, option.opts[-1])
        for name in cli.COMMANDS
        for option in cli.cli.get_command(context, name).params  # type: ignore[union-attr]
        if isinstance(option.type, DateParameter)
    ]
    assert options == [("take", "--date"), ("report", "--as-of"), ("explain", "--as-of"), ("services", "--as-of")]
    for name, option in options:
        result = CliRunner().invoke(
            cli.cli, [name, option, "9999-12-31", *(["x"] if name in {"report", "explain"} else [])]
        )
        assert (result.exit_code, result.stdout) == (2, ""), name
        assert option in result.stderr
