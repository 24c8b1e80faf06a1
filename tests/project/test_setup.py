"""``.ci/setup`` on machines where something is missing: Pythons, environments and compilers here are only pretended."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.paths import ROOT

TOOLS = ("cat", "cksum", "cp", "dirname", "grep", "head", "ls", "mktemp", "rm", "sed", "sh", "tail")

# A Python that claims to be of another version or to lack modules, and that writes down what is asked of pip and venv.
FAKE_PYTHON = """
import os, pathlib, sys, types
command, *arguments = sys.argv[1:]
sys.version_info = {version!r}
sys.base_prefix = {prefix!r}
sys._base_executable = {prefix!r} + "/python"
sys.modules["durable_rules_engine"] = types.ModuleType("durable_rules_engine")
sys.modules.update(dict.fromkeys({absent!r}))
if arguments[0] == "-c":
    exec(arguments[1])
else:
    with open({log!r}, "a") as log:
        print(*arguments[1:], "CPPFLAGS=" + os.environ.get("CPPFLAGS", ""), file=log)
    if arguments[1] == "venv":
        (pathlib.Path(arguments[2]) / "bin").mkdir(parents=True)
        (pathlib.Path(arguments[2]) / "pyvenv.cfg").touch()
        (pathlib.Path(arguments[2]) / "bin" / "python").symlink_to(command)
    elif "install" in arguments and {pip_fails!r}:
        sys.exit("no network\\nnothing was installed")
"""


class Machine:
    """A checkout of the set-up script and a PATH with only what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.path = folder / "bin"
        self.venv = self.checkout / ".venv"
        self.log = folder / "log"
        self.log.touch()
        (self.checkout / ".ci").mkdir(parents=True)
        shutil.copy(ROOT / ".ci" / "setup", self.checkout / ".ci")
        shutil.copy(ROOT / "pyproject.toml", self.checkout)
        shutil.copytree(ROOT / "requirements", self.checkout / "requirements")
        self.path.mkdir()
        for tool in TOOLS:
            program = shutil.which(tool)
            assert program
            (self.path / tool).symlink_to(program)

    def has_python(self, name: str, version: str, absent: tuple[str, ...] = (), *, pip_fails: bool = False) -> None:
        """Put a Python on PATH."""
        prefix = self.path.parent / f"python-{name}"
        prefix.mkdir(exist_ok=True)
        numbers = tuple(int(number) for number in version.split("."))
        fake = prefix / "fake.py"
        fake.write_text(
            FAKE_PYTHON.format(
                version=numbers, prefix=str(prefix), absent=absent, log=str(self.log), pip_fails=pip_fails
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

    def set_up(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        return subprocess.run(
            ["/bin/sh", self.checkout / ".ci" / "setup", *arguments],
            env={"PATH": str(self.path), "CC": "cc", "HOME": str(self.path.parent), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def installer_calls(self) -> list[str]:
        """The calls of pip and venv since the last call of this."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return lines


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with a compiler and no Python."""
    machine = Machine(tmp_path)
    machine.has_compiler()
    return machine


def assert_one_sentence(outcome: subprocess.CompletedProcess[str], *names: str) -> None:
    """It failed with one line that is one sentence and names each of these."""
    assert outcome.returncode == 1
    assert outcome.stderr.endswith(".\n")
    assert outcome.stderr.count("\n") == 1
    assert ". " not in outcome.stderr
    for name in names:
        assert name in outcome.stderr


def test_no_python(machine: Machine) -> None:
    """Without any Python the sentence names the packages to install."""
    assert_one_sentence(machine.set_up(), "python3", "python3-venv", "python3-dev")


def test_python_that_was_named_is_not_there(machine: Machine) -> None:
    """A Python that was asked for and is not there is not replaced by another."""
    machine.has_python("python3", "3.12")
    assert_one_sentence(machine.set_up(PYTHON="python3.13"), "called python3.13", "apt-get install python3")


def test_python_that_does_not_start(machine: Machine) -> None:
    """A shim that leads nowhere counts as no Python."""
    (machine.path / "python3").symlink_to(shutil.which("false") or "")
    assert_one_sentence(machine.set_up(), "python3")


def supported_range() -> tuple[int, int]:
    """The minor versions of ``requires-python``: the first that works and the first that does not."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    low, high = project["requires-python"].split(",")
    return int(low.removeprefix(">=3.")), int(high.removeprefix("<3."))


def test_range_of_versions_is_that_of_the_project(machine: Machine) -> None:
    """The script takes the Pythons that pyproject.toml names, and no older or newer ones."""
    low, high = supported_range()
    for minor, works in ((low - 1, False), (low, True), (high - 1, True), (high, False)):
        machine.has_python("python3", f"3.{minor}")
        assert (machine.set_up("--check").returncode == 0) is works


@pytest.mark.parametrize(
    ("version", "age"), [("2.7", "too old"), ("3.10", "too old"), ("3.14", "too new"), ("4.0", "too new")]
)
def test_python_of_another_time(machine: Machine, version: str, age: str) -> None:
    """A Python that is too old or too new is named, with one that would do."""
    machine.has_python("python3", version)
    for outcome in (machine.set_up(), machine.set_up(PYTHON="python3")):
        assert_one_sentence(outcome, version, age, "apt-get install python3.13", "PYTHON=python3.13")


def test_another_python_on_path_will_do(machine: Machine) -> None:
    """When python3 is of another time, a supported one beside it is taken."""
    machine.has_python("python3", "3.14")
    machine.has_python("python3.12", "3.12")
    assert machine.set_up().returncode == 0
    assert machine.venv.joinpath("bin", "python").readlink().parent.name == "python-python3.12"


@pytest.mark.parametrize("module", ["ensurepip", "venv"])
def test_no_venv(machine: Machine, module: str) -> None:
    """Debian ships the venv module apart from Python: the sentence names its package."""
    machine.has_python("python3", "3.12", (module,))
    assert_one_sentence(machine.set_up(), "python3.12-venv")


def test_no_compiler(machine: Machine) -> None:
    """Without a C compiler the sentence names it and its package."""
    machine.has_python("python3", "3.12")
    (machine.path / "cc").unlink()
    assert_one_sentence(machine.set_up(), "(cc)", "apt-get install gcc libc6-dev")


def test_compiler_without_the_c_library(machine: Machine) -> None:
    """A compiler that lacks the headers of C is no working compiler."""
    machine.has_python("python3", "3.12")
    machine.has_compiler(lacks="stdlib.h")
    assert_one_sentence(machine.set_up(), "libc6-dev")


def test_no_python_headers(machine: Machine) -> None:
    """Without Python.h the sentence names the package of just this version."""
    machine.has_python("python3", "3.12")
    machine.has_compiler(lacks="Python.h")
    assert_one_sentence(machine.set_up(), "Python.h", "python3.12-dev")


def test_nothing_is_made_where_something_is_missing(machine: Machine) -> None:
    """A set-up that cannot succeed leaves no environment behind, and pip is not asked."""
    machine.has_python("python3", "3.12")
    machine.has_compiler(lacks="Python.h")
    machine.set_up()
    assert not machine.venv.exists()
    assert not machine.installer_calls()


def test_pip_fails(machine: Machine) -> None:
    """When pip fails its own words go into a file, and the next run tries again."""
    machine.has_python("python3", "3.12", pip_fails=True)
    for _ in range(2):
        assert_one_sentence(machine.set_up(), "network", ".venv/setup.log")
        assert "nothing was installed" in machine.venv.joinpath("setup.log").read_text()
    machine.has_python("python3", "3.12")
    assert machine.set_up().returncode == 0


def test_venv_cannot_be_made(machine: Machine) -> None:
    """A place where nothing can be written gives one sentence too."""
    machine.has_python("python3", "3.12")
    outcome = machine.set_up(VENV="pyproject.toml/venv")
    assert_one_sentence(outcome, "pyproject.toml/venv")


def test_foreign_folder_is_left_alone(machine: Machine) -> None:
    """A folder that is no environment is neither used nor emptied."""
    machine.has_python("python3", "3.12")
    keepsake = machine.venv / "letters"
    machine.venv.mkdir()
    keepsake.touch()
    assert_one_sentence(machine.set_up(), ".venv", "VENV=")
    assert keepsake.exists()


def test_made_once(machine: Machine) -> None:
    """The second run says nothing and asks nothing of pip."""
    machine.has_python("python3", "3.12")
    assert machine.set_up().returncode == 0
    assert [line.split()[0] for line in machine.installer_calls()] == ["venv", "pip", "pip", "pip"]
    again = machine.set_up()
    assert (again.returncode, again.stdout, again.stderr, machine.installer_calls()) == (0, "", "", [])


def test_refreshed_when_the_project_changed(machine: Machine) -> None:
    """A change of pyproject.toml installs into the same environment; a new date of it does nothing."""
    machine.has_python("python3", "3.12")
    machine.set_up()
    machine.installer_calls()
    project = machine.checkout / "pyproject.toml"
    os.utime(project, (0, 0))
    machine.set_up()
    assert not machine.installer_calls()
    project.write_text(project.read_text() + "# changed\n")
    machine.set_up()
    assert not [line for line in machine.installer_calls() if line.startswith("venv")]
    machine.set_up()
    assert not machine.installer_calls()


def test_only_what_is_pinned(machine: Machine) -> None:
    """Everything is installed by its hash, first what the rest is built with, and Heartwork itself asks for nothing more."""
    machine.has_python("python3", "3.12")
    machine.set_up()
    build, packages, project = (line for line in machine.installer_calls() if line.startswith("pip"))
    assert "--require-hashes" in build
    assert "requirements/build.txt" in build
    assert {"--require-hashes", "--no-build-isolation", "requirements/dev.txt"} <= set(packages.split())
    assert {"--no-deps", "--no-build-isolation", "--editable"} <= set(project.split())


def test_refreshed_when_a_pin_changed(machine: Machine) -> None:
    """Another version of a package is installed into the same environment."""
    machine.has_python("python3", "3.12")
    machine.set_up()
    pins = machine.checkout / "requirements" / "dev.txt"
    pins.write_text(pins.read_text() + "# changed\n")
    machine.installer_calls()
    machine.set_up()
    assert sum("--no-build-isolation" in line for line in machine.installer_calls()) == 2


def test_newest_if_asked_for(machine: Machine) -> None:
    """LOCKED=no installs what the project allows, without a pin, and later runs without it go back to the pins."""
    machine.has_python("python3", "3.12")
    assert machine.set_up(LOCKED="no").returncode == 0
    assert not [line for line in machine.installer_calls() if "requirements/" in line]
    assert machine.set_up().returncode == 0
    assert [line for line in machine.installer_calls() if "requirements/dev.txt" in line]


def test_environment_keeps_its_python_until_another_is_named(machine: Machine) -> None:
    """PYTHON makes the environment anew if it was made with another one; later runs stay with that."""
    machine.has_python("python3", "3.11")
    machine.has_python("python3.12", "3.12")
    for environment, made_anew in (
        ({}, True),
        ({"PYTHON": "python3.12"}, True),
        ({"PYTHON": "python3.12"}, False),
        ({}, False),
    ):
        assert machine.set_up(**environment).returncode == 0
        assert any(line.startswith("venv") for line in machine.installer_calls()) is made_anew


def test_environment_whose_python_went_away(machine: Machine) -> None:
    """An environment whose Python was removed is made anew with one that is there."""
    machine.has_python("python3.13", "3.13")
    machine.set_up()
    machine.installer_calls()
    shutil.rmtree(machine.path.parent / "python-python3.13")
    machine.has_python("python3", "3.12")
    assert machine.set_up().returncode == 0
    assert any(line.startswith("venv") for line in machine.installer_calls())


def test_folder_of_the_environment(machine: Machine) -> None:
    """VENV names the folder, with spaces if need be."""
    machine.has_python("python3", "3.12")
    assert machine.set_up(VENV="an environment").returncode == 0
    assert (machine.checkout / "an environment" / "pyvenv.cfg").exists()
    assert not machine.venv.exists()


@pytest.mark.parametrize(
    ("version", "flag"), [("3.11", ""), ("3.12", ""), ("3.13", "-DPyEval_CallObject=PyObject_CallObject")]
)
def test_flag_for_durable_rules(machine: Machine, version: str, flag: str) -> None:
    """Only Python 3.13 gets the flag that durable_rules needs there."""
    machine.has_python("python3", version)
    machine.set_up()
    for line in machine.installer_calls():
        if line.startswith("pip"):
            assert line.partition("CPPFLAGS=")[2].strip() == flag


def test_durable_rules_that_does_not_import_is_built_again(machine: Machine) -> None:
    """A durable_rules that pip had cached from a build without the flag is built once more; a failure is said."""
    machine.has_python("python3", "3.13", ("durable_rules_engine",))
    assert_one_sentence(machine.set_up(), ".venv/setup.log")
    (again,) = (line for line in machine.installer_calls() if "--no-cache-dir" in line)
    assert {"--require-hashes", "--no-deps"} <= set(again.split())


def test_this_machine(machine: Machine) -> None:
    """With the Python that runs this test, a real compiler and real headers, nothing is missing."""
    outcome = machine.set_up("--check", PYTHON=sys.executable, PATH=os.environ["PATH"], CC=os.environ.get("CC", ""))
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")
