"""Answers files: ``{heartwork: 1, questionnaire, content, taken_on, answers}``, in YAML or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from engine.assessment.pipeline import Assessment, assess
from engine.content.base import Id, Model, VersionOne, is_date, is_day_of_sitting
from engine.content.pack import Pack
from engine.content.serialization import canonical_json
from engine.errors import ContentError, FileError, Location, Problem, did_you_mean, join_ids, problem
from engine.loading.library import Library, load_snapshot
from engine.loading.parsing import read_model
from engine.loading.yaml import Source, parse, read

_UNQUOTED = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*|\d{4}-\d\d-\d\d")
_RESERVED_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Words that some YAML parsers read as other types; this engine's parser only the first three."""
Digest = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


def _check_day(value: Any) -> Any:
    if not isinstance(value, str) or not is_date(value):
        kind = "heartwork_date"
        raise PydanticCustomError(kind, "not a date")
    if not is_day_of_sitting(date.fromisoformat(value)):
        kind = "heartwork_day"
        raise PydanticCustomError(kind, "not a day that answers may speak of")
    return value


DayOfSitting = Annotated[str, BeforeValidator(_check_day)]
"""A date as text, from ``FIRST_DAY`` to ``LAST_DAY``."""


class AnswersFile(Model):
    """One sitting in a file. A missing answer means unanswered, null means "I'd rather not say".

    ``content`` is the digest of the content of the sitting, ``snapshot`` that content itself, so that the file gives
    the same plan anywhere. ``left_open``, for drafts, lists items that were asked and left open.
    """

    heartwork: VersionOne
    questionnaire: Id
    content: Digest | None = None
    taken_on: DayOfSitting | None = None
    answers: Mapping[str, Any]
    snapshot: Mapping[str, Any] | None = None
    left_open: tuple[Id, ...] = ()


@dataclass(frozen=True)
class AnswersFileContents:
    """An answers file with its pack and its day: the input of an assessment."""

    source: Source
    file: AnswersFile
    pack: Pack
    as_of: date

    @property
    def advice(self) -> tuple[Problem, ...]:
        """A warning if the answers were given to other content."""
        same = self.file.content is None or self.pack.has_digest(self.file.content)
        return () if same else (problem("HW603", self.source.where(("content",))),)

    @property
    def locations(self) -> Mapping[str, Location]:
        """By item: the place of its answer in the file, or the place of all answers if it has none."""
        locations = {name: self.source.where(("answers", name)) for name in self.file.answers}
        answers_location = self.source.where(("answers",))
        asked = self.pack.forms[self.file.questionnaire].item_ids
        return locations | {name: answers_location for name in asked if name not in locations}

    def assess(self, *, plain: bool = False) -> Assessment:
        """Assess the answers.

        Args:
            plain: True leaves out the rules engine, as :func:`engine.assessment.pipeline.assess` says.

        Raises:
            ResponseError: with the place of each answer that is refused.
        """
        file = self.file
        return assess(self.pack, file.questionnaire, file.answers, self.as_of, plain=plain, locations=self.locations)


def read_answers_file(
    path: Path, library: Library, as_of: date | None = None, text: str | None = None
) -> AnswersFileContents:
    """Read an answers file.

    Args:
        path: the file.
        library: the content, unless the file has a snapshot.
        as_of: the day of the assessment, instead of the file's ``taken_on``.
        text: the contents of the file, if it was read already.

    Raises:
        FileError: the file is not an answers file, or matches no questionnaire.
        ContentError: the snapshot in the file is invalid.
    """
    source, problems = read(path) if text is None else parse(text, str(path))
    if source is None or problems:
        raise FileError(problems)
    if not isinstance(source.value, dict) or "heartwork" not in source.value:
        raise FileError([problem("HW601", source.where(()), reason="the line `heartwork: 1` is missing")])
    try:
        file = read_model(AnswersFile, source)
    except ContentError as error:
        raise FileError(error.problems) from error
    pack = _pack_of(source, file, library)
    return AnswersFileContents(source, file, pack, as_of or _taken_on(source, file))


def _pack_of(source: Source, file: AnswersFile, library: Library) -> Pack:
    snapshot = None if file.snapshot is None else _snapshot_pack(source, file, file.snapshot)
    forms = library.forms if snapshot is None else snapshot.forms
    if file.questionnaire not in forms:
        facts = {"hint": did_you_mean(file.questionnaire, forms), "allowed": join_ids(forms)}
        raise FileError([problem("HW602", source.where(("questionnaire",)), id=file.questionnaire, **facts)])
    return snapshot or library.forms[file.questionnaire][0]


def _snapshot_pack(source: Source, file: AnswersFile, snapshot: Mapping[str, Any]) -> Pack:
    try:
        pack = load_snapshot(canonical_json(snapshot))
    except ContentError as error:
        location = source.where(("snapshot",))
        raise ContentError(replace(snapshot_problem, where=location) for snapshot_problem in error.problems) from error
    if file.content not in (None, pack.content_digest):
        raise FileError([problem("HW605", source.where(("content",)))])
    return pack


def _taken_on(source: Source, file: AnswersFile) -> date:
    if file.taken_on is None:
        reason = "the line `taken_on:` with the day of the answers is missing"
        raise FileError([problem("HW601", Location(source.file), reason=reason)])
    return date.fromisoformat(file.taken_on)


def answers_text(
    pack: Pack,
    questionnaire: str,
    taken_on: date,
    answers: Mapping[str, Any],
    left_open: Iterable[str] = (),
    *,
    content_digest: str | None = None,
) -> str:
    """An answers file as text, from which :func:`read_answers_file` reads the same answers.

    Args:
        content_digest: the digest to write instead of the pack's, for content stored before a renaming.
    """
    lines = [
        "heartwork: 1",
        f"questionnaire: {_yaml_value(questionnaire)}",
        f"content: {_quoted(content_digest or pack.content_digest)}",
        f"taken_on: {taken_on.isoformat()}",
        "answers:" if answers else "answers: {}",
        *(f"  {_yaml_value(name)}: {_yaml_value(value)}" for name, value in answers.items()),
    ]
    if open_items := tuple(left_open):
        lines.append(f"left_open: {_yaml_value(open_items)}")
    return "".join(f"{line}\n" for line in lines)


def export_text(pack: Pack, questionnaire: str, taken_on: date, answers: Mapping[str, Any]) -> str:
    """The same as JSON with a snapshot of the content, so that the file gives the same plan at any time."""
    exported = {
        "heartwork": 1,
        "questionnaire": questionnaire,
        "content": pack.content_digest,
        "taken_on": taken_on.isoformat(),
        "answers": dict(answers),
        "snapshot": json.loads(pack.snapshot),
    }
    return json.dumps(exported, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _yaml_value(value: object) -> str:
    match value:
        case str():
            return value if _UNQUOTED.fullmatch(value) and value.lower() not in _RESERVED_WORDS else _quoted(value)
        case list() | tuple():
            return f"[{', '.join(map(_yaml_value, value))}]"
        case _:
            return json.dumps(value, allow_nan=False)  # a number, true, false or null


def _quoted(text: str) -> str:
    """The text in quotes, with invisible characters as YAML escapes."""
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped)
