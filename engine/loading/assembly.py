"""One pack from its files: items resolved, and every place remembered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.content.items.base import Item
from engine.content.items.rating import Anchor, Rating
from engine.content.pack import ContentKey, Pack, Snapshot
from engine.content.questionnaire import ItemReference, Questionnaire
from engine.content.rules import RuleFile
from engine.content.steps import StepsFile
from engine.errors import Problem, no_such, problem
from engine.loading.checks.ids import fields_of_files
from engine.loading.checks.problems import ProblemCollector, SourcePosition
from engine.loading.parsing import ParsedFile
from engine.loading.yaml import ValuePath


@dataclass(frozen=True)
class PackFiles:
    """The files of one pack."""

    manifest: ParsedFile[StepsFile]
    """What declares it."""
    questionnaires: Sequence[ParsedFile[Questionnaire]]
    """All that name it."""
    rule_files: Sequence[ParsedFile[RuleFile]]
    """The other files of its folder."""


def assemble(files: PackFiles) -> ProblemCollector:
    """The pack, with the problems of its items if they cannot be put together; nothing else is checked yet."""
    positions: dict[ContentKey, SourcePosition] = {}
    for key, position in _positions(files):
        positions.setdefault(key, position)
    problems: list[Problem] = []
    items = _items(files.questionnaires, positions, problems)
    questionnaires = [_with_items(file.model, items) for file in files.questionnaires]
    rules = [rule for file in files.rule_files for rule in file.model.rules]
    manifest = files.manifest.model
    content = Snapshot.model_construct(  # of parts that have been validated
        **{name: getattr(manifest, name) for name in StepsFile.model_fields},
        questionnaires=tuple(sorted(questionnaires, key=lambda questionnaire: questionnaire.id)),
        rules=tuple(sorted(rules, key=lambda rule: rule.id)),
    )
    pack = Pack(content, {key: source.where(path) for key, (source, path) in positions.items()})
    all_files: list[ParsedFile[Any]] = [files.manifest, *files.questionnaires, *files.rule_files]
    return ProblemCollector(pack, positions, fields_of_files(all_files), problems)


def _positions(files: PackFiles) -> Iterator[tuple[ContentKey, SourcePosition]]:
    """Where everything stands; what stands in several files is there with each of its places."""
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
                    yield (
                        ("example", f"{rule.id}/{name}/{number}"),
                        (
                            rule_file.source,
                            (*path, "examples", name, number),
                        ),
                    )
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


def _items(
    questionnaires: Sequence[ParsedFile[Questionnaire]],
    positions: Mapping[ContentKey, SourcePosition],
    problems: list[Problem],
) -> dict[str, Item]:
    """Every item that is written out, with its anchors in words; ``problems`` grows by what is wrong with items."""
    items: dict[str, Item] = {}
    item_ids = [name for kind, name in positions if kind == "item"]
    for file in questionnaires:
        anchor_sets = file.model.anchors
        for item, path in _items_with_paths(file.model):
            if isinstance(item, ItemReference):
                if item.use not in item_ids:
                    problems.append(no_such("item", item.use, item_ids, file.source.where((*path, "use"))))
                continue
            if isinstance(item, Rating) and isinstance(item.anchors, str) and item.anchors not in anchor_sets:
                location = file.source.where((*path, "anchors"))
                problems.append(no_such("set of anchors", item.anchors, anchor_sets, location))
                continue
            resolved = _with_anchors(item, anchor_sets)
            first_source, first_path = positions["item", item.id]
            if items.setdefault(item.id, resolved) != resolved and first_source is not file.source:
                first_location = first_source.where(first_path)
                problems.append(problem("HW313", file.source.where(path), id=item.id, other=first_location))
    return items


def _with_anchors(item: Item, anchor_sets: Mapping[str, tuple[Anchor, ...]]) -> Item:
    """The item with the words of the set of anchors that it names."""
    if isinstance(item, Rating) and isinstance(item.anchors, str):
        return item.model_copy(update={"anchors": anchor_sets[item.anchors]})
    return item


def _with_items(questionnaire: Questionnaire, items: Mapping[str, Item]) -> Questionnaire:
    """The questionnaire with each item in full, as far as it is sound."""
    sections = tuple(
        section.model_copy(update={"items": tuple(items[item.id] for item in section.items if item.id in items)})
        for section in questionnaire.sections
    )
    return questionnaire.model_copy(update={"sections": sections, "anchors": {}})
