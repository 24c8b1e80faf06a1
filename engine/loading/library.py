"""Finds, reads and checks all packs of a content folder; loads one pack from a snapshot."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from engine.content.pack import Form, Pack, Snapshot
from engine.content.questionnaire import Questionnaire
from engine.content.rules import RuleFile
from engine.content.serialization import canonical_json, with_new_keys
from engine.content.steps import StepsFile
from engine.errors import ContentError, Location, Problem, by_place, has_faults, merged, no_such, problem
from engine.loading.assembly import assemble
from engine.loading.checks.ids import fields_of_files
from engine.loading.checks.problems import ProblemCollector
from engine.loading.checks.references import check_definitions, check_pack
from engine.loading.pack_cache import cached
from engine.loading.parsing import ParsedFile, parse_file
from engine.loading.yaml import MOST_NUMBER, Source

M = TypeVar("M", bound=BaseModel)
MANIFEST = "steps.yaml"
SERVICES = "services.yaml"
"""The file of help lines, which belongs to no pack."""
YAML_ENDINGS = frozenset({".yaml", ".yml"})


@dataclass(frozen=True)
class Library:
    """The packs of one content folder, by id."""

    packs: Mapping[str, Pack]
    problems: tuple[Problem, ...] = field(default=(), repr=False)
    """Advice only: a folder with a worse problem does not load."""

    @property
    def forms(self) -> Mapping[str, tuple[Pack, Form]]:
        """Every questionnaire with its pack, by the questionnaire's id."""
        return {name: (pack, form) for pack in self.packs.values() for name, form in pack.forms.items()}


def content_root() -> Path:
    """The folder with the shipped ``questionnaires/`` and ``rules/``: in an installed wheel, or in the checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "_content"
    return packaged if packaged.is_dir() else package.parent


def load_library(root: Path | None = None) -> Library:
    """Load the content under ``root``, by default the shipped content.

    Raises:
        ContentError: with every problem found, if any is more than advice.
    """
    packs, problems = load_with_problems(root)
    if has_faults(problems):
        raise ContentError(problems)
    return Library(packs, tuple(problems))


def load_snapshot(text: str, *, checked: bool = False) -> Pack:
    """Load the pack that a snapshot was taken of. It has the same digests and gives the same plans.

    A snapshot that uses keys from before a renaming is translated to the current keys. The pack keeps the stored text
    and its content digest; its meaning digest is that of the translated content.

    Args:
        text: the snapshot as JSON.
        checked: True skips the checks, for a snapshot whose digest shows that it was checked before.

    Raises:
        ContentError: the text is not a snapshot that this engine reads, or a check finds a fault.
    """
    location = Location("<snapshot>")
    try:
        value = json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_number)
        renamed = with_new_keys(value)
        stored = canonical_json(value) if renamed != value else None
        pack = Pack(Snapshot.model_validate_json(json.dumps(renamed)), stored=stored)
        pack.snapshot.encode()
    except (ValueError, ValidationError, RecursionError) as error:
        raise ContentError([problem("HW607", location)]) from error
    if checked:
        return pack
    collector = ProblemCollector(pack, {}, fields_of_files([ParsedFile(Source(location.file, None), pack.content)]))
    check_definitions(collector)
    if not collector.problems:
        check_pack(collector)
    if has_faults(collector.problems):
        raise ContentError(reported for reported in collector.problems if not reported.advice)
    return pack


def _number(text: str) -> int | float:
    number = float(text)
    if not abs(number) <= MOST_NUMBER:
        raise ValueError(text)
    return number if set(text) & set(".eE") else int(text)


@contextmanager
def paused_garbage_collection() -> Iterator[None]:
    """Pause the cyclic garbage collector, whose scans take half the time of loading and of a short command."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@paused_garbage_collection()
def load_with_problems(root: Path | None = None) -> tuple[dict[str, Pack], list[Problem]]:
    """Read and check everything under ``root``; returns the packs, and all problems sorted by their places.

    There are three steps: the text and the shape of each file; definitions, across files; references between them. A
    step runs only if those before it found no faults, and packs are returned only if the last one ran. The packs of the
    shipped content, for which ``root`` is None, come from a cache unless something has changed.
    """
    return cached(lambda: _load(None), content_root()) if root is None else _load(root)


def _load(root: Path | None) -> tuple[dict[str, Pack], list[Problem]]:
    content_folder = root or content_root()
    reader = _FolderReader(content_folder, "" if root is None else f"{root}/")
    questionnaires = reader.files(Questionnaire, reader.yaml_files(content_folder / "questionnaires"))
    folders = [path for path in reader.entries(content_folder / "rules") if path.is_dir()]
    manifests = [manifest for folder in folders for manifest in reader.manifest(folder)]
    rule_files = [reader.rule_files(folder) for folder in folders]
    if not questionnaires and not folders and not reader.problems:
        path = printable(str(content_folder))
        reader.problems.append(problem("HW325", Location(path), path=path))
    for folder in (content_folder / "questionnaires", content_folder / "rules", *folders):
        reader.report_stray_files(folder, holds_content=folder != content_folder / "rules")
    problems = reader.problems
    if not has_faults(problems):
        problems += _misplaced(questionnaires, manifests)
    if has_faults(problems):
        return {}, by_place(problems)
    collectors: list[ProblemCollector] = []
    for manifest, files_of_rules in zip(manifests, rule_files, strict=True):
        own_questionnaires = [file for file in questionnaires if file.model.pack == manifest.model.pack]
        try:
            collector = assemble(manifest, own_questionnaires, files_of_rules)
        except ContentError as error:
            problems += error.problems
            continue
        check_definitions(collector)
        collectors.append(collector)
        problems += collector.problems
    if has_faults(problems):
        return {}, by_place(problems)
    for collector in collectors:
        check_pack(collector)
        problems += merged(collector.problems)
    return {collector.pack.id: collector.pack for collector in collectors}, by_place(problems)


def _misplaced(
    questionnaires: list[ParsedFile[Questionnaire]], manifests: list[ParsedFile[StepsFile]]
) -> Iterator[Problem]:
    """Duplicate packs and questionnaires, and questionnaires of packs that do not exist."""
    first_locations: dict[tuple[str, str], Location] = {}
    names = [("pack", file.source, file.model.pack) for file in manifests]
    names += [("questionnaire", file.source, file.model.id) for file in questionnaires]
    for kind, source, name in names:
        location = source.where((kind,))
        first_location = first_locations.setdefault((kind, name), location)
        if first_location is not location:
            yield problem("HW301", location, kind=kind, id=name, other=first_location)
    pack_ids = [file.model.pack for file in manifests]
    for file in questionnaires:
        if file.model.pack not in pack_ids:
            yield no_such("pack", file.model.pack, pack_ids, file.source.where(("pack",)))


class _FolderReader:
    """Reads the files of a content folder and collects their problems."""

    def __init__(self, base: Path, prefix: str) -> None:
        self.base, self.prefix = base, prefix
        self.problems: list[Problem] = []

    def name(self, path: Path) -> str:
        return printable(f"{self.prefix}{path.relative_to(self.base)}")

    def entries(self, folder: Path) -> list[Path]:
        """The entries of a folder, sorted, without hidden ones; an empty list if there is no such folder."""
        try:
            return sorted(Path(entry.path) for entry in os.scandir(folder) if not entry.name.startswith("."))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.problems.append(problem("HW101", Location(self.name(folder)), reason=reason))
            return []

    def yaml_files(self, folder: Path, *, deep: bool = False) -> Iterator[Path]:
        """The YAML files of a folder, and of its subfolders if ``deep``."""
        for path in self.entries(folder):
            if path.suffix in YAML_ENDINGS:
                yield path
            elif deep and path.is_dir() and not path.is_symlink():
                yield from self.yaml_files(path, deep=True)

    def report_stray_files(self, folder: Path, *, holds_content: bool) -> None:
        """Advise on files that look like content but are not read, because of their folder or their ending."""
        for path in self.entries(folder):
            is_read = (holds_content and path.suffix in YAML_ENDINGS) or path.name == SERVICES
            if path.suffix.lower() in YAML_ENDINGS | {".json"} and not is_read and path.is_file():
                self.problems.append(problem("HW326", Location(self.name(path))))

    def files(self, model: type[M], paths: Iterable[Path]) -> list[ParsedFile[M]]:
        """The files that have the right shape; the problems of the others are collected."""
        files: list[ParsedFile[M]] = []
        for path in paths:
            try:
                files.append(parse_file(model, path, self.name(path)))
            except ContentError as error:
                self.problems.extend(error.problems)
        return files

    def manifest(self, folder: Path) -> list[ParsedFile[StepsFile]]:
        """The file that declares the pack of a folder, if it exists and has the right shape."""
        path = folder / MANIFEST
        if os.path.lexists(path):
            return self.files(StepsFile, [path])
        self.problems.append(problem("HW322", Location(self.name(folder)), id=printable(folder.name)))
        return []

    def rule_files(self, folder: Path) -> list[ParsedFile[RuleFile]]:
        """All other files of a pack's folder and of its subfolders."""
        return self.files(RuleFile, (path for path in self.yaml_files(folder, deep=True) if path != folder / MANIFEST))


def printable(name: str) -> str:
    """A file name, which may contain any bytes, as text that can be printed."""
    return os.fsencode(name).decode("utf-8", "replace")
