"""A fake machine for tests of ``.ci/setup``: its Pythons, pips and compilers are scripts that a test configures."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.paths import ROOT

TOOLS = (
    "cat",
    "cksum",
    "cp",
    "df",
    "dirname",
    "grep",
    "head",
    "ls",
    "mktemp",
    "rm",
    "sed",
    "sh",
    "sort",
    "tail",
    "touch",
)

# A Python that reports another version or lacks modules, and logs the calls of pip and venv.
FAKE_PYTHON = """
import os, pathlib, sys, types
command, *arguments = sys.argv[1:]
sys.version_info = {version!r}
sys.base_prefix = {prefix!r}
sys._base_executable = {prefix!r} + "/python"
sys.modules["durable_rules_engine"] = types.ModuleType("durable_rules_engine")
sys.modules["pip"] = types.ModuleType("pip") if {pip!r} else None
if {pip!r}:
    sys.modules["pip"].__version__ = {pip!r}
sys.modules.update(dict.fromkeys({absent!r}))
if arguments[0] == "-c":
    exec(arguments[1])
else:
    with open({log!r}, "a") as log:
        print(*arguments[1:], "CPPFLAGS=" + os.environ.get("CPPFLAGS", ""), file=log)
    folder = pathlib.Path(arguments[-1])
    if arguments[1] == "venv":
        (folder / "bin").mkdir(parents=True)
        (folder / "pyvenv.cfg").touch()
        (folder / "bin" / "python").symlink_to(command)
    elif {pip_fails!r} and {failing_at!r} in arguments:
        sys.exit({pip_fails!r})
"""


class Machine:
    """A checkout with the set-up script, and a PATH with only the commands that a test adds."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.path = folder / "bin"
        self.venv = self.checkout / ".venv"
        self.unfinished = self.venv / ".unfinished"
        self.log = folder / "log"
        self.log.touch()
        (self.checkout / ".ci").mkdir(parents=True)
        for script in ROOT.joinpath(".ci").glob("setup*"):
            shutil.copy(script, self.checkout / ".ci")
        shutil.copy(ROOT / "pyproject.toml", self.checkout)
        shutil.copytree(ROOT / "requirements", self.checkout / "requirements")
        self.path.mkdir()
        for tool in TOOLS:
            program = shutil.which(tool)
            assert program
            (self.path / tool).symlink_to(program)

    def has_python(
        self,
        name: str,
        version: str,
        absent: tuple[str, ...] = (),
        *,
        pip: str | None = "24.0",
        pip_fails: str = "",
        failing_at: str = "install",
    ) -> None:
        """Put a Python on PATH, without some modules.

        Args:
            name: The name of the command.
            version: The version that it reports.
            absent: The modules that it lacks.
            pip: The version of its pip, or None if it has none.
            pip_fails: What pip prints before it fails; empty if it does not fail.
            failing_at: The argument with which pip fails.
        """
        prefix = self.path.parent / f"python-{name}"
        prefix.mkdir(exist_ok=True)
        numbers = tuple(int(number) for number in version.split("."))
        fake = prefix / "fake.py"
        fake.write_text(
            FAKE_PYTHON.format(
                version=numbers,
                prefix=str(prefix),
                absent=absent,
                log=str(self.log),
                pip=pip,
                pip_fails=pip_fails,
                failing_at=failing_at,
            )
        )
        python = prefix / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{fake}" "{python}" "$@"\n')
        python.chmod(0o755)
        on_path = self.path / name
        on_path.unlink(missing_ok=True)
        on_path.symlink_to(python)

    def has_compiler(self, *, lacks: str = "no header") -> None:
        """Put a C compiler on PATH that fails on sources which name the header it lacks."""
        compiler = self.path / "cc"
        compiler.write_text(f'#!/bin/sh\nfor word; do ! grep -qsF "{lacks}" "$word" || exit 1; done\n')
        compiler.chmod(0o755)

    def has_command(self, name: str, script: str) -> None:
        """Put a shell script on PATH, instead of the tool of that name."""
        path = self.path / name
        path.unlink()
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def set_up(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the set-up script."""
        return subprocess.run(
            ["/bin/sh", self.checkout / ".ci" / "setup", *arguments],
            env={"PATH": str(self.path), "CC": "cc", "HOME": str(self.path.parent), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def installer_calls(self) -> list[str]:
        """The calls of pip and venv since the last call of this method."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return lines

    def changed(self, file: str) -> None:
        """Append a comment to a file of the checkout."""
        path = self.checkout / file
        path.write_text(path.read_text() + "# changed\n")


def assert_one_sentence(outcome: subprocess.CompletedProcess[str], *names: str) -> None:
    """Assert that the script failed with one line, which is one sentence and contains all of these words."""
    assert outcome.returncode == 1
    assert outcome.stderr.endswith(".\n")
    assert outcome.stderr.count("\n") == 1
    assert ". " not in outcome.stderr
    for name in names:
        assert name in outcome.stderr
