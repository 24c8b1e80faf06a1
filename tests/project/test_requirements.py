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
    pinned, end = [], 0
    for match in PIN.finditer(text):
        assert match.start() == end, text[end : match.start()]
        pinned.append((Requirement(match["pin"]), tuple(re.findall("sha256:[0-9a-f]+", match["hashes"]))))
        end = match.end()
    assert end == len(text), text[end:]
    return pinned


def versions(file: str, python: str) -> dict[NormalizedName, str]:
    """The packages that a file installs on Linux with this Python."""
    markers = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux"}
    markers |= {
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
    }
    chosen = [
        requirement
        for requirement, _ in pins(file)
        if requirement.marker is None or requirement.marker.evaluate(dict(markers))
    ]
    versions_by_name = {
        canonicalize_name(requirement.name): next(iter(requirement.specifier)).version for requirement in chosen
    }
    assert len(versions_by_name) == len(chosen), "a package is pinned twice for one Python"
    return versions_by_name


def required_packages(file: str) -> list[Requirement]:
    """What ``pyproject.toml`` asks for, with what the extras it names bring."""
    groups = PROJECT["dependency-groups"]
    every = {"build": groups["build"], "run": PROJECT["project"]["dependencies"]}
    every["dev"] = [
        *every["run"],
        *every["build"],
        *(requirement for requirement in groups["dev"] if isinstance(requirement, str)),
    ]
    requirements = [Requirement(requirement) for requirement in every[file]]
    return requirements + [
        Requirement(f"{requirement.name}-{extra}{requirement.specifier}")
        for requirement in requirements
        for extra in requirement.extras
    ]


@pytest.mark.parametrize("file", FILES)
def test_everything_is_pinned_by_hash(file: str) -> None:
    """A file holds exact versions with hashes and nothing else: no index, no option, no range."""
    assert pins(file)
    for requirement, hashes in pins(file):
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], requirement
        assert requirement.url is None
        assert len(set(hashes)) == len(hashes) >= 1


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_project_gets_what_it_asks_for(file: str, python: str) -> None:
    """Each package that the project names is pinned, for every supported Python, in a version that it allows."""
    pinned = versions(file, python)
    for requirement in required_packages(file):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_tested_is_what_is_served(python: str) -> None:
    """The packages of a server and those it is built with are, to the version, those that the tests run with."""
    assert (versions("run", python) | versions("build", python)).items() <= versions("dev", python).items()


def test_the_build_is_pinned() -> None:
    """Whatever the project names as its own build system is among the packages that are installed before."""
    names = versions("build", "3.11")
    for requirement in map(Requirement, PROJECT["build-system"]["requires"]):
        assert requirement.specifier.contains(names[canonicalize_name(requirement.name)])
    assert {"pip", "setuptools"} <= names.keys()


def test_the_pythons() -> None:
    """These tests look at the Pythons that the project supports."""
    supported = Marker(" and ".join(f"python_version {bound}" for bound in _bounds()))
    assert [
        python for python in (f"3.{minor}" for minor in range(8, 20)) if supported.evaluate({"python_version": python})
    ] == [*PYTHONS]


def _bounds() -> list[str]:
    bounds = PROJECT["project"]["requires-python"].split(",")
    return [re.sub(r"([<>=]+)(.+)", r"\1 '\2'", bound) for bound in bounds]
