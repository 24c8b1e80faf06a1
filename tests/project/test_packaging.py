"""The wheel, built and installed away from the checkout, is the whole program with its content."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.paths import ROOT
from tests.servers.waiting import SECONDS

ANSWERS = ROOT / "questionnaires" / "examples" / "first-weeks.yaml"


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that knows nothing of the checkout or of the environment that runs the tests."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def run_well(*command: str | Path, cwd: Path) -> str:
    """Run a command that has to succeed and take what it prints."""
    outcome = run(*command, cwd=cwd)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


@pytest.fixture(scope="module")
def wheel(made_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The wheel, as ``python -m build`` makes it."""

    def build(folder: Path) -> None:
        run_well(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, cwd=ROOT)

    (built,) = made_once("wheel", build).glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


class Installation:
    """A fresh environment with the wheel in it."""

    def __init__(self, folder: Path, empty: Path) -> None:
        self.environment = folder / "environment"
        self.python = self.environment / "bin" / "python"
        self.empty = empty

    def install(self, wheel: Path) -> None:
        """Make the environment."""
        venv.create(self.environment, symlinks=True, with_pip=True)
        run_well(self.python, "-m", "pip", "install", "--no-index", "--no-deps", wheel, cwd=self.environment)
        # The dependencies come from the environment that runs the tests, so that nothing is downloaded. Python does not
        # read the .pth files of a folder named in a .pth file, so the checkout does not come along: see the first test.
        packages = Path(self.run_python("import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        packages.joinpath("dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def run_python(self, code: str) -> str:
        """Run Python code in the empty folder."""
        return run_well(self.python, "-c", code, cwd=self.empty)

    def heartwork(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command in the empty folder."""
        return run(self.environment / "bin" / "heartwork", *arguments, cwd=self.empty)


@pytest.fixture(scope="module")
def installation(
    made_once: Callable[[str, Callable[[Path], None]], Path], tmp_path_factory: pytest.TempPathFactory, wheel: Path
) -> Installation:
    """The wheel, installed."""
    empty = tmp_path_factory.mktemp("empty")
    folder = made_once("installation", lambda folder: Installation(folder, empty).install(wheel))
    return Installation(folder, empty)


def test_program_comes_from_the_wheel(installation: Installation) -> None:
    """Both packages are imported from the new environment, and the checkout is on no path."""
    code = "import engine, json, sys, web; print(json.dumps([engine.__file__, web.__file__, sys.path]))"
    engine, web, path = json.loads(installation.run_python(code))
    assert Path(engine).is_relative_to(installation.environment)
    assert Path(web).is_relative_to(installation.environment)
    assert str(ROOT) not in path


def test_content_comes_from_the_wheel(installation: Installation) -> None:
    """Shipped questionnaires and rules are found inside the installed engine."""
    root = Path(installation.run_python("from engine import content_root; print(content_root())").strip())
    assert root.is_relative_to(installation.environment)
    assert root.parts[-2:] == ("engine", "_content")
    assert {"questionnaires", "rules"} <= {entry.name for entry in root.iterdir()}


def files_below(folder: str) -> set[str]:
    """The files of the checkout in a folder, without what Python leaves behind."""
    paths = (ROOT / folder).rglob("*")
    return {str(path.relative_to(ROOT)) for path in paths if path.is_file() and "__pycache__" not in path.parts}


@pytest.mark.parametrize("folder", ["questionnaires", "rules"])
def test_wheel_has_all_content(names: set[str], folder: str) -> None:
    """Every file of the content is in the wheel, under ``engine/_content``."""
    expected = files_below(folder)
    assert expected
    assert {f"engine/_content/{name}" for name in expected} <= names


@pytest.mark.parametrize("package", ["engine", "web"])
def test_wheel_has_whole_packages(names: set[str], package: str) -> None:
    """Every file of the packages is in the wheel: modules, templates, marker of types and the rest."""
    expected = files_below(package)
    assert f"{package}/__init__.py" in expected
    assert expected <= names


def test_wheel_has_templates_and_types(names: set[str]) -> None:
    """Reports can be rendered, and a type checker knows that the engine is typed."""
    assert any(name.startswith("engine/rendering/templates/") for name in names)
    assert "engine/py.typed" in names


def test_wheel_has_nothing_else(names: set[str]) -> None:
    """The wheel has two packages and its own description: no tests, no documents."""
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"engine", "web"}
    assert not [name for name in names if "/tests/" in name or "__pycache__" in name]


def test_pages_are_served_from_the_wheel(installation: Installation) -> None:
    """The installed program has its page shells, its style and its migrations."""
    code = (
        "from web.app import create_app; from web.settings import read_settings; "
        "client = create_app(read_settings({'data_dir': '../data'}, {})).test_client(); page = client.get('/'); "
        "print(page.status_code, '/static/heartwork.' in page.text)"
    )
    assert installation.run_python(code).split() == ["200", "True"]


def test_help(installation: Installation) -> None:
    """The command is there and explains itself."""
    assert installation.heartwork("--help").returncode == 0


def test_version(installation: Installation) -> None:
    """The command knows its version, which is that of pyproject.toml."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    outcome = installation.heartwork("--version")
    assert outcome.returncode == 0
    assert project["version"] in outcome.stdout.split()


def test_check(installation: Installation) -> None:
    """The shipped content is without a fault where it was installed."""
    outcome = installation.heartwork("check")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_report(installation: Installation) -> None:
    """A file of answers becomes a report in a folder that has nothing else."""
    shutil.copy(ANSWERS, installation.empty)
    outcome = installation.heartwork("report", ANSWERS.name)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert outcome.stdout.strip()
    assert [entry.name for entry in installation.empty.iterdir()] == [ANSWERS.name]


def test_migrations_come_along(installation: Installation) -> None:
    """A new database can be made where the wheel was installed, with migrations from the wheel."""
    code = """
from pathlib import Path
from web.server.startup import open_migrated
storage = open_migrated(Path("kept"))
print(storage.database.check())
storage.close()
"""
    assert installation.run_python(code) == "()\n"
    shutil.rmtree(installation.empty / "kept")


def test_unknown_command(installation: Installation) -> None:
    """A command that does not exist is refused as wrong usage, without a traceback."""
    outcome = installation.heartwork("nonesuch")
    assert outcome.returncode == 2
    assert "Traceback" not in outcome.stderr
