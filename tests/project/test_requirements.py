"""``requirements/``, the pinned packages, fits ``pyproject.toml``: all are pinned, each in a version that may be, each by its hash."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import Any, Final

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from tests.paths import ROOT

PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FILES: Final = ("build", "run", "dev")
PYTHONS: Final = ("3.11", "3.12", "3.13")
PIN: Final = re.compile(r"(?P<pin>[^\\]+?)(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")
COMMENT: Final = re.compile(r"^ *#.*\n", re.MULTILINE)


@lru_cache
def pins(file: str) -> list[tuple[Requirement, tuple[str, ...]]]:
    """What a file pins, each with its hashes; whatever else stands in it fails."""
    text = COMMENT.sub("", (ROOT / "requirements" / f"{file}.txt").read_text(encoding="utf-8"))
    found, end = [], 0
    for one in PIN.finditer(text):
        assert one.start() == end, text[end : one.start()]
        found.append((Requirement(one["pin"]), tuple(re.findall("sha256:[0-9a-f]+", one["hashes"]))))
        end = one.end()
    assert end == len(text), text[end:]
    return found


def versions(file: str, python: str) -> dict[NormalizedName, str]:
    """The packages that a file installs on Linux with this Python."""
    here = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux"}
    here |= {"implementation_name": "cpython", "platform_python_implementation": "CPython", "platform_system": "Linux"}
    chosen = [one for one, _ in pins(file) if one.marker is None or one.marker.evaluate(dict(here))]
    found = {canonicalize_name(one.name): next(iter(one.specifier)).version for one in chosen}
    assert len(found) == len(chosen), "a package is pinned twice for one Python"
    return found


def wanted(file: str) -> list[Requirement]:
    """What ``pyproject.toml`` asks for, with what the extras it names bring."""
    groups = PROJECT["dependency-groups"]
    every = {"build": groups["build"], "run": PROJECT["project"]["dependencies"]}
    every["dev"] = [*every["run"], *every["build"], *(one for one in groups["dev"] if isinstance(one, str))]
    found = [Requirement(one) for one in every[file]]
    return found + [Requirement(f"{one.name}-{extra}{one.specifier}") for one in found for extra in one.extras]


@pytest.mark.parametrize("file", FILES)
def test_everything_is_pinned_by_hash(file: str) -> None:
    """A file holds exact versions with hashes and nothing else: no index, no option, no range."""
    assert pins(file)
    for one, hashes in pins(file):
        assert [specifier.operator for specifier in one.specifier] == ["=="], one
        assert one.url is None
        assert len(set(hashes)) == len(hashes) >= 1


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_project_gets_what_it_asks_for(file: str, python: str) -> None:
    """Each package that the project names is pinned, for every supported Python, in a version that it allows."""
    found = versions(file, python)
    for one in wanted(file):
        assert one.specifier.contains(found[canonicalize_name(one.name)]), one


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_tested_is_what_is_served(python: str) -> None:
    """The packages of a server and those it is built with are, to the version, those that the tests run with."""
    assert (versions("run", python) | versions("build", python)).items() <= versions("dev", python).items()


def test_the_build_is_pinned() -> None:
    """Whatever the project names as its own build system is among the packages that are installed before."""
    names = versions("build", "3.11")
    for one in map(Requirement, PROJECT["build-system"]["requires"]):
        assert one.specifier.contains(names[canonicalize_name(one.name)])
    assert {"pip", "setuptools"} <= names.keys()


def test_the_pythons() -> None:
    """These tests look at the Pythons that the project supports."""
    supported = Marker(" and ".join(f"python_version {one}" for one in _bounds()))
    assert [one for one in (f"3.{minor}" for minor in range(8, 20)) if supported.evaluate({"python_version": one})] == [
        *PYTHONS
    ]


def _bounds() -> list[str]:
    bounds = PROJECT["project"]["requires-python"].split(",")
    return [re.sub(r"([<>=]+)(.+)", r"\1 '\2'", one) for one in bounds]
