"""All packs of a content folder, found, read and checked; or one pack from a snapshot."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from engine.content.pack import Form, Pack, Snapshot
from engine.content.questionnaire import Questionnaire
from engine.content.renamed_keys import with_new_keys
from engine.content.rules import RuleFile
from engine.content.serialization import canonical_json
from engine.content.steps import StepsFile
from engine.errors import ContentError, Location, Problem, did_you_mean, listed, problem
from engine.loading.assembly import Assembly
from engine.loading.checks.problems import ProblemCollector
from engine.loading.checks.references import check_pack
from engine.loading.parsing import Reading, read_model
from engine.loading.yaml import MOST_DEPTH, MOST_NUMBER, Source, read

M = TypeVar("M", bound=BaseModel)
MANIFEST = "steps.yaml"
SERVICES = "services.yaml"
"""Help lines, which belong to no pack."""
_LOST: Mapping[type[BaseModel], frozenset[str]] = {
    Questionnaire: frozenset({"item", "scale"}),
    RuleFile: frozenset({"finding"}),
    StepsFile: frozenset({"step", "tag", "kind", "notice", "remark", "placeholder"}),
}
"""What may be defined in a file of this model that nobody can read."""


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


def content_root() -> Path:
    """The folder with the shipped ``questionnaires/`` and ``rules/``: inside an installed wheel, or the checkout."""
    package = Path(__file__).parents[1]
    packed = package / "_content"
    return packed if packed.is_dir() else package.parent


def load_library(root: Path | None = None) -> Library:
    """Load the content under ``root`` (shipped content unless told).

    Raises:
        ContentError: with every problem found, if any is more than advice.
    """
    packs, problems = load_with_problems(root)
    if any(not one.advice for one in problems):
        raise ContentError(problems)
    return Library(packs, tuple(problems))


def load_snapshot(text: str, *, checked: bool = False) -> Pack:
    """The pack a snapshot was taken of: it gives the same plans, and has the same digests.

    A snapshot under keys that are renamed since is read under today's. It keeps its digest, and is written as it was;
    the digest of what it means is that of the same content under today's keys.

    Args:
        checked: it was checked when it was taken, which the caller tells by its digest; else it is checked anew.

    Raises:
        ContentError: the text is not a snapshot this engine reads.
    """
    place = Location("<snapshot>")
    try:
        value = json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_number)
        renamed = with_new_keys(value)
        stored = canonical_json(value) if renamed != value else None
        pack = Pack(Snapshot.model_validate(_tuples(renamed)), stored=stored)
        pack.snapshot.encode()
    except (ValueError, ValidationError, RecursionError) as error:
        raise ContentError([problem("HW607", place)]) from error
    if checked:
        return pack
    desk = ProblemCollector(pack, {}, files=[(Source(place.file, None, {}), pack.content)])
    check_pack(desk)
    if faults := [one for one in desk.problems if not one.advice]:
        raise ContentError(faults)
    return pack


def _tuples(value: Any, depth: int = 0) -> Any:
    if depth > 2 * MOST_DEPTH:
        raise RecursionError
    if isinstance(value, list):
        return tuple(_tuples(one, depth + 1) for one in value)
    return {key: _tuples(one, depth + 1) for key, one in value.items()} if isinstance(value, dict) else value


def _number(text: str) -> int | float:
    number = float(text)
    if not abs(number) <= MOST_NUMBER:
        raise ValueError(text)
    return number if set(text) & set(".eE") else int(text)


def load_with_problems(root: Path | None = None) -> tuple[dict[str, Pack], list[Problem]]:
    """Read everything under ``root`` and return the packs that are whole, and all problems by their places."""
    base = root or content_root()
    shelf = _FolderReader(base, "" if root is None else f"{root}/")
    questionnaires = [shelf.read(Questionnaire, path) for path in shelf.yaml(base / "questionnaires")]
    folders = [path for path in shelf.inside(base / "rules") if path.is_dir()]
    manifests = {folder: shelf.manifest(folder) for folder in folders}
    if not questionnaires and not folders and not shelf.problems:
        shelf.problems.append(problem("HW325", Location(printable(str(base))), path=printable(str(base))))
    packs = _packs(shelf, questionnaires, manifests)
    for folder in (base / "questionnaires", base / "rules", *folders):
        shelf.stray(folder, known=folder != base / "rules")
    return packs, sorted(set(shelf.problems), key=lambda one: (one.where, one.code, one.broken))


class _FolderReader:
    """Reads files and collects what is wrong with them."""

    def __init__(self, base: Path, prefix: str) -> None:
        self.base, self.prefix = base, prefix
        self.problems: list[Problem] = []
        self.lost: frozenset[str] = frozenset()
        """What questionnaires that nobody can read may have defined, for whichever pack."""

    def name(self, path: Path) -> str:
        return printable(f"{self.prefix}{path.relative_to(self.base)}")

    def inside(self, folder: Path) -> list[Path]:
        """What lies in a folder, sorted; nothing if there is no such folder."""
        try:
            return sorted(Path(entry.path) for entry in os.scandir(folder) if not entry.name.startswith("."))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.problems.append(problem("HW101", Location(self.name(folder)), reason=reason))
            return []

    def yaml(self, folder: Path, *, deep: bool = False) -> Iterator[Path]:
        """The YAML files of a folder, and of the folders in it if ``deep``."""
        for path in self.inside(folder):
            if path.suffix in {".yaml", ".yml"}:
                yield path
            elif deep and path.is_dir() and not path.is_symlink():
                yield from self.yaml(path, deep=True)

    def stray(self, folder: Path, *, known: bool) -> None:
        """Advise on files that look like content and are not read, for their place or their ending."""
        for path in self.inside(folder):
            read = known and path.suffix in {".yaml", ".yml"}
            if (
                path.suffix.lower() in {".yaml", ".yml", ".json"}
                and not read
                and path.name != SERVICES
                and path.is_file()
            ):
                self.problems.append(problem("HW326", Location(self.name(path))))

    def read(self, model: type[M], path: Path) -> Reading[M]:
        source, problems = read(path, self.name(path), partly=True)
        self.problems.extend(problems)
        reading = Reading[M](Source(self.name(path), None, {}), None) if source is None else read_model(model, source)
        self.problems.extend(reading.problems)
        return reading

    def manifest(self, folder: Path) -> Reading[StepsFile]:
        """What declares a pack. What cannot be read is replaced, so that the rest of the pack can be checked."""
        path = folder / MANIFEST
        if os.path.lexists(path):
            reading = self.read(StepsFile, path)
            if reading.model is not None:
                return reading
            place = reading.source.where(())
        else:
            self.problems.append(problem("HW322", Location(self.name(folder)), id=printable(folder.name)))
            place = Location(self.name(folder))
            reading = Reading(Source(place.file, None, {}), None)
        named = _named(reading, "pack")
        stand_in = StepsFile.model_construct(dialect=1, pack=named or folder.name, title="…", kinds=())
        return Reading(Source(place.file, {"pack": stand_in.pack}, {}), stand_in, lost=_LOST[StepsFile])


def printable(name: str) -> str:
    """The name of a file, which may hold any bytes, as text."""
    return os.fsencode(name).decode("utf-8", "replace")


def _packs(
    shelf: _FolderReader, questionnaires: list[Reading[Questionnaire]], manifests: Mapping[Path, Reading[StepsFile]]
) -> dict[str, Pack]:
    packs: dict[str, Pack] = {}
    rule_files = {
        folder: [shelf.read(RuleFile, path) for path in shelf.yaml(folder, deep=True) if path != folder / MANIFEST]
        for folder in manifests
    }
    declared: dict[str, Path] = {}
    for folder, manifest in manifests.items():
        name = _named(manifest, "pack")
        if name in declared:
            where, other = (one.source.where(("pack",)) for one in (manifest, manifests[declared[name]]))
            shelf.problems.append(problem("HW301", where, kind="pack", id=name, other=other))
        else:
            declared[name] = folder
    asked = _by_pack(shelf, questionnaires, declared)
    for name, folder in declared.items():
        unread = any(one.model is None for one in rule_files[folder])
        lost = shelf.lost | (_LOST[RuleFile] if unread else frozenset())
        assembly = Assembly(manifests[folder], asked.get(name, []), rule_files[folder], lost)
        pack = assembly.pack()
        shelf.problems.extend(assembly.problems)
        if pack is not None:
            packs[name] = pack
    return packs


def _by_pack(
    shelf: _FolderReader, questionnaires: list[Reading[Questionnaire]], declared: Mapping[str, Path]
) -> dict[str, list[Reading[Questionnaire]]]:
    """The questionnaires that could be read, by the pack they name."""
    asked: dict[str, list[Reading[Questionnaire]]] = {}
    first: dict[str, Location] = {}
    for reading in questionnaires:
        name, where = _named(reading, "questionnaire"), reading.source.where(("questionnaire",))
        pack = _named(reading, "pack")
        if name and name in first:
            shelf.problems.append(problem("HW301", where, kind="questionnaire", id=name, other=first[name]))
        elif reading.model is not None and pack in declared:
            asked.setdefault(pack, []).append(reading)
        elif reading.model is not None:
            place = reading.source.where(("pack",))
            facts = {"kind": "pack", "id": pack, "hint": did_you_mean(pack, declared)}
            shelf.problems.append(problem("HW302", place, **facts, allowed=f": {listed(declared)}"))
        if reading not in asked.get(pack, []):
            shelf.lost |= _LOST[Questionnaire]  # nobody can say which pack it was meant for
        first.setdefault(name, where)
    return asked


def _named(reading: Reading[Any], field_name: str) -> str:
    value = reading.source.value
    found = value.get(field_name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
