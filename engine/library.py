"""All packs of a content folder, found, read and checked; or one pack from a snapshot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from engine.assembly import Assembly
from engine.checking import Desk
from engine.consistency import check_pack
from engine.content import content_root
from engine.errors import ContentError, Location, Problem, did_you_mean, listed, problem
from engine.loading import Reading, read_model
from engine.pack import Form, Pack, Snapshot
from engine.questionnaire import Questionnaire
from engine.ruleset import RuleFile
from engine.source import Source, read
from engine.steps import StepsFile

M = TypeVar("M", bound=BaseModel)
MANIFEST = "steps.yaml"


@dataclass(frozen=True)
class Library:
    """The packs of one content folder, by id."""

    packs: Mapping[str, Pack]
    problems: tuple[Problem, ...] = field(default=(), repr=False)
    """Advice only: a folder with anything worse does not load."""

    @property
    def forms(self) -> Mapping[str, tuple[Pack, Form]]:
        """Every questionnaire with its pack, by the questionnaire's id."""
        return {name: (pack, form) for pack in self.packs.values() for name, form in pack.forms.items()}


def load_library(root: Path | None = None) -> Library:
    """Load the content under ``root`` (shipped content unless told).

    Raises:
        ContentError: with every problem found, if any is more than advice.
    """
    packs, problems = inspect(root)
    if any(not one.advice for one in problems):
        raise ContentError(problems)
    return Library(packs, tuple(problems))


def load_snapshot(text: str) -> Pack:
    """The pack a snapshot was taken of: it gives the same plans, and has the same digests.

    Raises:
        ContentError: the text is not a snapshot this engine reads.
    """
    place = Location("<snapshot>")
    try:
        pack = Pack(Snapshot.model_validate(_tuples(json.loads(text))))
    except (ValueError, ValidationError, RecursionError) as error:
        raise ContentError([problem("HW607", place)]) from error
    desk = Desk(pack, {}, files=[(Source(place.file, None, {}), pack.content)])
    check_pack(desk)
    if faults := [one for one in desk.problems if not one.advice]:
        raise ContentError(faults)
    return pack


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(one) for one in value)
    return {key: _tuples(one) for key, one in value.items()} if isinstance(value, dict) else value


def inspect(root: Path | None = None) -> tuple[dict[str, Pack], list[Problem]]:
    """Read everything under ``root`` and return the packs with all problems, in the order of their places."""
    base = root or content_root()
    prefix = "" if root is None else f"{root}/"
    shelf = _Shelf(base, prefix)
    questionnaires = [shelf.read(Questionnaire, path) for path in _yaml(base / "questionnaires")]
    folders = [path for path in sorted((base / "rules").glob("*")) if path.is_dir()] if base.is_dir() else []
    manifests: dict[Path, Reading[StepsFile]] = {}
    for folder in folders:
        if (folder / MANIFEST).is_file():
            manifests[folder] = shelf.read(StepsFile, folder / MANIFEST)
        else:
            where = Location(f"{prefix}{folder.relative_to(base)}")
            shelf.problems.append(problem("HW322", where, id=folder.name))
    if not questionnaires and not folders:
        shelf.problems.append(problem("HW325", Location(str(base)), path=base))
    packs = _packs(shelf, questionnaires, manifests)
    return packs, sorted(set(shelf.problems), key=lambda one: (str(one.where).split(":")[0], one.where))


class _Shelf:
    """Reads files and collects what is wrong with them."""

    def __init__(self, base: Path, prefix: str) -> None:
        self.base, self.prefix = base, prefix
        self.problems: list[Problem] = []
        self.unreadable = False

    def read(self, model: type[M], path: Path) -> Reading[M]:
        source, problems = read(path, f"{self.prefix}{path.relative_to(self.base)}")
        self.problems.extend(problems)
        if source is None:
            self.unreadable = True
            return Reading(Source(str(path), None, {}), None)
        reading = read_model(model, source)
        self.problems.extend(reading.problems)
        return reading


def _yaml(folder: Path, pattern: str = "*") -> list[Path]:
    return sorted(path for path in folder.glob(pattern) if path.suffix in {".yaml", ".yml"} and path.is_file())


def _packs(
    shelf: _Shelf, questionnaires: list[Reading[Questionnaire]], manifests: Mapping[Path, Reading[StepsFile]]
) -> dict[str, Pack]:
    packs: dict[str, Pack] = {}
    asked: dict[str, list[Reading[Questionnaire]]] = {}
    first: dict[str, Location] = {}
    for reading in questionnaires:
        name = _named(reading, "questionnaire")
        where = reading.source.where(("questionnaire",))
        if name in first:
            shelf.problems.append(problem("HW301", where, kind="questionnaire", id=name, other=first[name]))
            continue
        first[name] = where
        asked.setdefault(_named(reading, "pack"), []).append(reading)
    declared = {_named(reading, "pack"): folder for folder, reading in manifests.items()}
    for name, readings in asked.items():
        if name and name not in declared and not shelf.unreadable:
            for reading in readings:
                facts = {
                    "kind": "pack",
                    "id": name,
                    "hint": did_you_mean(name, declared),
                    "allowed": f": {listed(declared)}",
                }
                shelf.problems.append(problem("HW302", reading.source.where(("pack",)), **facts))
    for folder, manifest in manifests.items():
        name = _named(manifest, "pack")
        if declared[name] != folder:
            other = manifests[declared[name]].source.where(("pack",))
            shelf.problems.append(problem("HW301", manifest.source.where(("pack",)), kind="pack", id=name, other=other))
            continue
        rule_files = [shelf.read(RuleFile, path) for path in _yaml(folder, "**/*") if path != folder / MANIFEST]
        assembly = Assembly(manifest, asked.get(name, []), rule_files)
        pack = assembly.pack()
        shelf.problems.extend(assembly.problems)
        if pack is not None:
            packs[name] = pack
    return packs


def _named(reading: Reading[Any], field_name: str) -> str:
    value = reading.source.value
    found = value.get(field_name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
