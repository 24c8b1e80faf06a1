"""Builds one pack from its files: resolves references to items and anchors, and records every place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def assemble(
    manifest: ParsedFile[StepsFile],
    questionnaires: Sequence[ParsedFile[Questionnaire]],
    rule_files: Sequence[ParsedFile[RuleFile]],
) -> ProblemCollector:
    """Build a pack, which is not checked yet, with a collector for the problems of its checks.

    Args:
        manifest: the file that declares the pack.
        questionnaires: all questionnaires that name it.
        rule_files: the other files of its folder.

    Raises:
        ContentError: a reference to an item or a set of anchors is unknown, or two files define an item differently.
    """
    items = _items(questionnaires)
    forms = [_with_items(file.model, items) for file in questionnaires]
    rules = [rule for file in rule_files for rule in file.model.rules]
    content = Snapshot.model_construct(  # its parts have been validated
        **{name: getattr(manifest.model, name) for name in StepsFile.model_fields},
        questionnaires=tuple(sorted(forms, key=lambda questionnaire: questionnaire.id)),
        rules=tuple(sorted(rules, key=lambda rule: rule.id)),
    )
    positions: dict[ContentKey, SourcePosition] = {("pack", content.pack): (manifest.source, ())}
    positions |= {("step", step.id): (manifest.source, ("steps", index)) for index, step in enumerate(content.steps)}
    for key, position in (*_rule_positions(rule_files), *_questionnaire_positions(questionnaires)):
        positions.setdefault(key, position)
    pack = Pack(content, {key: source.where(path) for key, (source, path) in positions.items()})
    all_files: list[ParsedFile[Any]] = [manifest, *questionnaires, *rule_files]
    return ProblemCollector(pack, positions, fields_of_files(all_files))


def _rule_positions(files: Sequence[ParsedFile[RuleFile]]) -> Iterator[tuple[ContentKey, SourcePosition]]:
    for file in files:
        for index, rule in enumerate(file.model.rules):
            path: ValuePath = ("rules", index)
            yield ("rule", rule.id), (file.source, path)
            for name, examples in (("fires", rule.examples.fires), ("silent", rule.examples.silent)):
                for number in range(len(examples)):
                    yield ("example", f"{rule.id}/{name}/{number}"), (file.source, (*path, "examples", name, number))


def _questionnaire_positions(files: Sequence[ParsedFile[Questionnaire]]) -> Iterator[tuple[ContentKey, SourcePosition]]:
    for file in files:
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
    """Every item that is written out, by id, with its anchors as texts."""
    problems: list[Problem] = []
    items: dict[str, Item] = {}
    locations: dict[str, Location] = {}
    references: list[tuple[str, Location]] = []
    for file in questionnaires:
        for item, path in _items_with_paths(file.model):
            location = file.source.where(path)
            if isinstance(item, ItemReference):
                references.append((item.use, file.source.where((*path, "use"))))
                continue
            resolved = item
            if isinstance(item, Rating) and isinstance(item.anchors, str):
                if item.anchors not in file.model.anchors:
                    anchors_location = file.source.where((*path, "anchors"))
                    problems.append(no_such("set of anchors", item.anchors, file.model.anchors, anchors_location))
                resolved = item.model_copy(update={"anchors": file.model.anchors.get(item.anchors)})
            first_location = locations.setdefault(item.id, location)
            # Duplicates in one file are reported by the check of definitions.
            if items.setdefault(item.id, resolved) != resolved and first_location.file != location.file:
                problems.append(problem("HW313", location, id=item.id, other=first_location))
    problems += [no_such("item", name, items, location) for name, location in references if name not in items]
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
