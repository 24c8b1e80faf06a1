"""Builds one pack from its files: resolves references to items and anchors, and records every place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.content.items.base import Item
from engine.content.items.rating import Rating
from engine.content.pack import ContentKey, Pack, Snapshot
from engine.content.questionnaire import ItemReference, Questionnaire
from engine.content.rules import RuleFile
from engine.content.steps import StepsFile
from engine.errors import ContentError, Location, Problem, no_such, problem
from engine.loading.checks.ids import fields_of_files
from engine.loading.checks.problems import ProblemCollector, SourcePosition
from engine.loading.parsing import ParsedFile
from engine.loading.yaml import ValuePath


@dataclass(frozen=True)
class PackFiles:
    """The files of one pack."""

    manifest: ParsedFile[StepsFile]
    """The file that declares it."""
    questionnaires: Sequence[ParsedFile[Questionnaire]]
    """All questionnaires that name it."""
    rule_files: Sequence[ParsedFile[RuleFile]]
    """The other files of its folder."""


def assemble(files: PackFiles) -> ProblemCollector:
    """Build the pack, which is not checked yet, with a collector for the problems of its checks.

    Raises:
        ContentError: items cannot be resolved, or two files define the same item differently.
    """
    items = _items(files.questionnaires)
    questionnaires = [_with_items(file.model, items) for file in files.questionnaires]
    rules = [rule for file in files.rule_files for rule in file.model.rules]
    manifest = files.manifest.model
    content = Snapshot.model_construct(  # its parts have been validated
        **{name: getattr(manifest, name) for name in StepsFile.model_fields},
        questionnaires=tuple(sorted(questionnaires, key=lambda questionnaire: questionnaire.id)),
        rules=tuple(sorted(rules, key=lambda rule: rule.id)),
    )
    positions: dict[ContentKey, SourcePosition] = {}
    for key, position in _positions(files):
        positions.setdefault(key, position)
    pack = Pack(content, {key: source.where(path) for key, (source, path) in positions.items()})
    all_files: list[ParsedFile[Any]] = [files.manifest, *files.questionnaires, *files.rule_files]
    return ProblemCollector(pack, positions, fields_of_files(all_files))


def _positions(files: PackFiles) -> Iterator[tuple[ContentKey, SourcePosition]]:
    """The positions of all parts that can be located; a part that occurs in several files is yielded for each."""
    manifest = files.manifest
    yield ("pack", manifest.model.pack), (manifest.source, ())
    for index, step in enumerate(manifest.model.steps):
        yield ("step", step.id), (manifest.source, ("steps", index))
    for rule_file in files.rule_files:
        for index, rule in enumerate(rule_file.model.rules):
            path: ValuePath = ("rules", index)
            yield ("rule", rule.id), (rule_file.source, path)
            for name, examples in (("fires", rule.examples.fires), ("silent", rule.examples.silent)):
                for number in range(len(examples)):
                    position = rule_file.source, (*path, "examples", name, number)
                    yield ("example", f"{rule.id}/{name}/{number}"), position
    for file in files.questionnaires:
        yield ("questionnaire", file.model.id), (file.source, ())
        for index, scale in enumerate(file.model.scales):
            yield ("scale", scale.id), (file.source, ("scales", index))
        for item, path in _items_with_paths(file.model):
            yield ("asked", f"{file.model.id}/{item.id}"), (file.source, path)
            if not isinstance(item, ItemReference):
                yield ("item", item.id), (file.source, path)


def _items_with_paths(questionnaire: Questionnaire) -> Iterator[tuple[Item | ItemReference, ValuePath]]:
    for section_index, section in enumerate(questionnaire.sections):
        for index, item in enumerate(section.items):
            yield item, ("sections", section_index, "items", index)


def _items(questionnaires: Sequence[ParsedFile[Questionnaire]]) -> dict[str, Item]:
    """Every item that is written out, by id, with its anchors as texts.

    Raises:
        ContentError: a reference to an item or a set of anchors is unknown, or two files define an item differently.
    """
    problems: list[Problem] = []
    items: dict[str, Item] = {}
    locations: dict[str, Location] = {}
    for file in questionnaires:
        for item, path in _items_with_paths(file.model):
            if isinstance(item, ItemReference):
                continue
            location = file.source.where(path)
            if isinstance(item, Rating) and isinstance(item.anchors, str):
                anchors = file.model.anchors.get(item.anchors)
                if anchors is None:
                    place = file.source.where((*path, "anchors"))
                    problems.append(no_such("set of anchors", item.anchors, file.model.anchors, place))
                item = item.model_copy(update={"anchors": anchors})
            first_location = locations.setdefault(item.id, location)
            # Duplicates in one file are reported by the check of definitions.
            if items.setdefault(item.id, item) != item and first_location.file != location.file:
                problems.append(problem("HW313", location, id=item.id, other=first_location))
    for file in questionnaires:
        for item, path in _items_with_paths(file.model):
            if isinstance(item, ItemReference) and item.use not in items:
                problems.append(no_such("item", item.use, items, file.source.where((*path, "use"))))
    if problems:
        raise ContentError(problems)
    return items


def _with_items(questionnaire: Questionnaire, items: Mapping[str, Item]) -> Questionnaire:
    """The questionnaire with every reference replaced by its item, and sets of anchors by their texts."""
    sections = tuple(
        section.model_copy(update={"items": tuple(items[item.id] for item in section.items)})
        for section in questionnaire.sections
    )
    return questionnaire.model_copy(update={"sections": sections, "anchors": {}})
