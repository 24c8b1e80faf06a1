"""The causes of ``.ci/setup`` failures: wrong hash, no network, full disk, compiler error; one sentence each."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

from tests.factories.bare_machine import Machine, assert_one_sentence

WHEEL: Final = "tiny-1.0-py3-none-any.whl"
WRONG: Final = "0" * 64
# What pip 26.3 printed when gcc did not know a header; its first and last lines.
COMPILER: Final = """  error: subprocess-exited-with-error
  × Building wheel for durable-rules (pyproject.toml) did not run successfully.
  │ exit code: 1
  ╰─> [15 lines of output]
      <command-line>: fatal error: nothere.h: No such file or directory
      compilation terminated.
  ERROR: Failed building wheel for durable-rules
error: failed-wheel-build-for-install

× Failed to build installable wheels for some pyproject.toml based projects
╰─> durable-rules"""
NO_ROOM: Final = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
CUT_OFF: Final = """error: incomplete-download

× Download failed after 6 attempts because not enough bytes were received (3.1 MB/4.7 MB)
╰─> URL: https://files.example/sqlalchemy-2.1.9-cp311-cp311-manylinux_2_17_x86_64.whl

note: This is an issue with network connectivity, not pip."""


def test_pip_fails(machine: Machine) -> None:
    """When pip fails its own words go into a file, and the next run tries again."""
    machine.has_python("python3", "3.12", pip_fails="no network\nnothing was installed")
    for _ in range(2):
        assert_one_sentence(machine.set_up(), "network", ".venv/setup.log")
        assert "nothing was installed" in machine.venv.joinpath("setup.log").read_text()
    machine.has_python("python3", "3.12")
    assert machine.set_up().returncode == 0


def output_of_pip(folder: Path, requirement: str, *arguments: str) -> str:
    """What the real pip prints when it cannot install a requirement of a file."""
    file = folder / "requirements.txt"
    file.write_text(requirement + "\n")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--target", str(folder / "target"))
    environment = {
        name: setting for name, setting in os.environ.items() if not re.match("pip_|.*_proxy$", name.lower())
    }
    outcome = subprocess.run(
        [*pip, "--only-binary", ":all:", "--require-hashes", "--requirement", str(file), *arguments],
        env=environment | {"PIP_CONFIG_FILE": os.devnull},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        text=True,
        check=False,
    )
    assert outcome.returncode == 1
    return outcome.stdout


@pytest.fixture
def index(tmp_path: Path) -> tuple[str, ...]:
    """The options with which pip looks for packages in a folder with one wheel, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return ("--no-index", "--find-links", str(folder))


@pytest.mark.parametrize("file", ["build", "run"])
def test_wrong_hash(machine: Machine, tmp_path: Path, index: tuple[str, ...], file: str) -> None:
    """The sentence says that it is the hash, of which file and package, where the other hash stands, and what to do."""
    output = output_of_pip(tmp_path, f"tiny==1.0 --hash=sha256:{WRONG}", *index)
    machine.has_python("python3", "3.12", pip_fails=output, failing_at=f"requirements/{file}.txt")
    outcome = machine.set_up("run")
    assert_one_sentence(
        outcome, f"hash of {WHEEL} is wrong", f"requirements/{file}.txt", "tiny==1.0", ".ci/lock", ".venv/setup.log"
    )
    assert "network" not in outcome.stderr
    assert WRONG in machine.venv.joinpath("setup.log").read_text()


def test_no_hash(machine: Machine, tmp_path: Path, index: tuple[str, ...]) -> None:
    """A pin without a hash is named, with its file."""
    machine.has_python("python3", "3.12", pip_fails=output_of_pip(tmp_path, "tiny==1.0", *index))
    assert_one_sentence(machine.set_up("run"), "requirements/build.txt has no hash for tiny==1.0", ".ci/lock")


def test_no_such_version(machine: Machine, tmp_path: Path, index: tuple[str, ...]) -> None:
    """A pin that the index has no file of is named, with the Python that it would be for."""
    output = output_of_pip(tmp_path, f"tiny==2.0 --hash=sha256:{WRONG}", *index)
    machine.has_python("python3", "3.12", pip_fails=output)
    assert_one_sentence(machine.set_up("run"), "no file of tiny==2.0", "Python 3.12", "PYTHON=")


def test_no_network(machine: Machine, tmp_path: Path) -> None:
    """An index that does not answer is called that, although pip ends with a package that it could not find."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        index = f"http://127.0.0.1:{unused.getsockname()[1]}/simple"
        output = output_of_pip(tmp_path, f"tiny==1.0 --hash=sha256:{WRONG}", "--retries", "1", "--index-url", index)
    machine.has_python("python3", "3.12", pip_fails=output)
    assert_one_sentence(machine.set_up("run"), "index cannot be reached", "network", "proxy", ".venv/setup.log")


def test_compiler_fails(machine: Machine) -> None:
    """A package that cannot be compiled is named, with the packages that a compiler needs."""
    machine.has_python("python3", "3.12", pip_fails=COMPILER, failing_at="--no-build-isolation")
    assert_one_sentence(
        machine.set_up("run"), "durable-rules could not be compiled", "CPPFLAGS", "gcc libc6-dev python3.12-dev"
    )
    assert "nothere.h" in machine.venv.joinpath("setup.log").read_text()


def test_full_disk(machine: Machine) -> None:
    """A full disk is called that, and what was installed until then is made again."""
    machine.has_python("python3", "3.12", pip_fails=NO_ROOM, failing_at="requirements/run.txt")
    temporary = str(machine.path.parent)
    assert_one_sentence(machine.set_up("run", TMPDIR=temporary), "disk is full", ".venv", temporary, "TMPDIR=")
    machine.has_python("python3", "3.12")
    machine.installer_calls()
    assert machine.set_up("run").returncode == 0
    assert machine.installer_calls()[0].startswith("venv")


@pytest.mark.parametrize(("free", "words"), [("1000", "disk is full"), ("9000000", "cannot be reached")])
def test_download_that_was_cut_off(machine: Machine, free: str, words: str) -> None:
    """A full disk that pip takes for a broken connection is called a full disk: how much is free decides."""
    machine.has_python("python3", "3.12", pip_fails=CUT_OFF)
    machine.has_command("df", f"echo '/dev/vda 10000000 1 {free} 1% /'")
    assert_one_sentence(machine.set_up("run"), words)


def test_log_that_cannot_be_kept(machine: Machine) -> None:
    """Where the environment takes no log, the sentence names one that is left elsewhere."""
    machine.has_python("python3", "3.12", pip_fails=NO_ROOM)
    machine.has_command("cp", "exit 1")
    outcome = machine.set_up("run", TMPDIR=str(machine.checkout))
    assert_one_sentence(outcome, "disk is full")
    log = re.search(r"printed is in (.+)\)\.$", outcome.stderr)
    assert log is not None
    assert NO_ROOM in Path(log[1]).read_text()


def test_environment_is_kept_where_nothing_was_installed(machine: Machine) -> None:
    """After a failure before pip installed anything, the next run goes on with the same environment."""
    machine.has_python("python3", "3.12", pip_fails=COMPILER, failing_at="--no-build-isolation")
    machine.set_up("run")
    machine.has_python("python3", "3.12")
    machine.installer_calls()
    assert machine.set_up("run").returncode == 0
    assert not [line for line in machine.installer_calls() if line.startswith("venv") or "build.txt" in line]


def test_tools_that_were_not_installed(machine: Machine) -> None:
    """New tools that cannot be installed leave none of the old ones; going back to the old pins installs those again."""
    machine.has_python("python3", "3.12")
    machine.set_up("run")
    pins = machine.checkout / "requirements" / "build.txt"
    earlier = pins.read_text()
    machine.has_python("python3", "3.12", pip_fails=CUT_OFF)
    machine.changed("requirements/build.txt")
    assert machine.set_up("run").returncode == 1
    machine.has_python("python3", "3.12")
    pins.write_text(earlier)
    machine.installer_calls()
    assert machine.set_up("run").returncode == 0
    assert [line for line in machine.installer_calls() if "requirements/build.txt" in line]
