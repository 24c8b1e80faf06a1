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
from engine.errors import ContentError, Location, Problem, did_you_mean, join_ids, problem
from engine.loading.assembly import Assembly
from engine.loading.checks.problems import ProblemCollector
from engine.loading.checks.references import check_pack
from engine.loading.parsing import Reading, read_model
from engine.loading.yaml import MOST_DEPTH, MOST_NUMBER, Source, read

M = TypeVar("M", bound=BaseModel)
MANIFEST = "steps.yaml"
SERVICES = "services.yaml"
"""Help lines, which belong to no pack."""
_LOST_KINDS: Mapping[type[BaseModel], frozenset[str]] = {
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
    packaged = package / "_content"
    return packaged if packaged.is_dir() else package.parent


def load_library(root: Path | None = None) -> Library:
    """Load the content under ``root`` (shipped content unless told).

    Raises:
        ContentError: with every problem found, if any is more than advice.
    """
    packs, problems = load_with_problems(root)
    if any(not reported.advice for reported in problems):
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
    location = Location("<snapshot>")
    try:
        value = json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_number)
        renamed = with_new_keys(value)
        stored = canonical_json(value) if renamed != value else None
        pack = Pack(Snapshot.model_validate(_tuples(renamed)), stored=stored)
        pack.snapshot.encode()
    except (ValueError, ValidationError, RecursionError) as error:
        raise ContentError([problem("HW607", location)]) from error
    if checked:
        return pack
    collector = ProblemCollector(pack, {}, files=[(Source(location.file, None, {}), pack.content)])
    check_pack(collector)
    if faults := [reported for reported in collector.problems if not reported.advice]:
        raise ContentError(faults)
    return pack


def _tuples(value: Any, depth: int = 0) -> Any:
    if depth > 2 * MOST_DEPTH:
        raise RecursionError
    if isinstance(value, list):
        return tuple(_tuples(entry, depth + 1) for entry in value)
    return {key: _tuples(entry, depth + 1) for key, entry in value.items()} if isinstance(value, dict) else value


def _number(text: str) -> int | float:
    number = float(text)
    if not abs(number) <= MOST_NUMBER:
        raise ValueError(text)
    return number if set(text) & set(".eE") else int(text)


def load_with_problems(root: Path | None = None) -> tuple[dict[str, Pack], list[Problem]]:
    """Read everything under ``root`` and return the packs that are whole, and all problems by their places."""
    content_folder = root or content_root()
    reader = _FolderReader(content_folder, "" if root is None else f"{root}/")
    questionnaires = [reader.read(Questionnaire, path) for path in reader.yaml_files(content_folder / "questionnaires")]
    folders = [path for path in reader.entries(content_folder / "rules") if path.is_dir()]
    manifests = {folder: reader.manifest(folder) for folder in folders}
    if not questionnaires and not folders and not reader.problems:
        path = printable(str(content_folder))
        reader.problems.append(problem("HW325", Location(path), path=path))
    packs = _packs(reader, questionnaires, manifests)
    for folder in (content_folder / "questionnaires", content_folder / "rules", *folders):
        reader.report_stray_files(folder, holds_content=folder != content_folder / "rules")
    return packs, sorted(set(reader.problems), key=lambda reported: (reported.where, reported.code, reported.broken))


class _FolderReader:
    """Reads files and collects what is wrong with them."""

    def __init__(self, base: Path, prefix: str) -> None:
        self.base, self.prefix = base, prefix
        self.problems: list[Problem] = []
        self.lost_kinds: frozenset[str] = frozenset()
        """What questionnaires that nobody can read may have defined, for whichever pack."""

    def name(self, path: Path) -> str:
        return printable(f"{self.prefix}{path.relative_to(self.base)}")

    def entries(self, folder: Path) -> list[Path]:
        """What lies in a folder, sorted; nothing if there is no such folder."""
        try:
            return sorted(Path(entry.path) for entry in os.scandir(folder) if not entry.name.startswith("."))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.problems.append(problem("HW101", Location(self.name(folder)), reason=reason))
            return []

    def yaml_files(self, folder: Path, *, deep: bool = False) -> Iterator[Path]:
        """The YAML files of a folder, and of the folders in it if ``deep``."""
        for path in self.entries(folder):
            if path.suffix in {".yaml", ".yml"}:
                yield path
            elif deep and path.is_dir() and not path.is_symlink():
                yield from self.yaml_files(path, deep=True)

    def report_stray_files(self, folder: Path, *, holds_content: bool) -> None:
        """Advise on files that look like content and are not read, for their place or their ending."""
        for path in self.entries(folder):
            is_read = holds_content and path.suffix in {".yaml", ".yml"}
            if (
                path.suffix.lower() in {".yaml", ".yml", ".json"}
                and not is_read
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
            location = reading.source.where(())
        else:
            self.problems.append(problem("HW322", Location(self.name(folder)), id=printable(folder.name)))
            location = Location(self.name(folder))
            reading = Reading(Source(location.file, None, {}), None)
        pack_id = _id_in(reading, "pack")
        stand_in = StepsFile.model_construct(dialect=1, pack=pack_id or folder.name, title="…", kinds=())
        return Reading(Source(location.file, {"pack": stand_in.pack}, {}), stand_in, lost_kinds=_LOST_KINDS[StepsFile])


def printable(name: str) -> str:
    """The name of a file, which may hold any bytes, as text."""
    return os.fsencode(name).decode("utf-8", "replace")


def _packs(
    reader: _FolderReader, questionnaires: list[Reading[Questionnaire]], manifests: Mapping[Path, Reading[StepsFile]]
) -> dict[str, Pack]:
    packs: dict[str, Pack] = {}
    rule_files = {
        folder: [
            reader.read(RuleFile, path) for path in reader.yaml_files(folder, deep=True) if path != folder / MANIFEST
        ]
        for folder in manifests
    }
    declared: dict[str, Path] = {}
    for folder, manifest in manifests.items():
        pack_id = _id_in(manifest, "pack")
        if pack_id in declared:
            location, first_location = (
                reading.source.where(("pack",)) for reading in (manifest, manifests[declared[pack_id]])
            )
            reader.problems.append(problem("HW301", location, kind="pack", id=pack_id, other=first_location))
        else:
            declared[pack_id] = folder
    questionnaires_by_pack = _by_pack(reader, questionnaires, declared)
    for pack_id, folder in declared.items():
        has_unreadable = any(reading.model is None for reading in rule_files[folder])
        lost_kinds = reader.lost_kinds | (_LOST_KINDS[RuleFile] if has_unreadable else frozenset())
        assembly = Assembly(manifests[folder], questionnaires_by_pack.get(pack_id, []), rule_files[folder], lost_kinds)
        pack = assembly.pack()
        reader.problems.extend(assembly.problems)
        if pack is not None:
            packs[pack_id] = pack
    return packs


def _by_pack(
    reader: _FolderReader, questionnaires: list[Reading[Questionnaire]], declared: Mapping[str, Path]
) -> dict[str, list[Reading[Questionnaire]]]:
    """The questionnaires that could be read, by the pack they name."""
    readings_by_pack: dict[str, list[Reading[Questionnaire]]] = {}
    first_locations: dict[str, Location] = {}
    for reading in questionnaires:
        questionnaire_id, location = _id_in(reading, "questionnaire"), reading.source.where(("questionnaire",))
        pack_id = _id_in(reading, "pack")
        if questionnaire_id and questionnaire_id in first_locations:
            first_location = first_locations[questionnaire_id]
            reader.problems.append(
                problem("HW301", location, kind="questionnaire", id=questionnaire_id, other=first_location)
            )
        elif reading.model is not None and pack_id in declared:
            readings_by_pack.setdefault(pack_id, []).append(reading)
        elif reading.model is not None:
            pack_location = reading.source.where(("pack",))
            facts = {"kind": "pack", "id": pack_id, "hint": did_you_mean(pack_id, declared)}
            reader.problems.append(problem("HW302", pack_location, **facts, allowed=f": {join_ids(declared)}"))
        if reading not in readings_by_pack.get(pack_id, []):
            reader.lost_kinds |= _LOST_KINDS[Questionnaire]  # nobody can say which pack it was meant for
        first_locations.setdefault(questionnaire_id, location)
    return readings_by_pack


def _id_in(reading: Reading[Any], field_name: str) -> str:
    content = reading.source.value
    value = content.get(field_name) if isinstance(content, dict) else None
    return value if isinstance(value, str) else ""
