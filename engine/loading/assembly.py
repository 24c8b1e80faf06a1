"""One pack from its files: references resolved, duplicates refused, every place remembered, everything checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from engine.content.items.base import Item
from engine.content.items.rating import Anchor, Rating
from engine.content.pack import ContentKey, Pack, Snapshot
from engine.content.questionnaire import ItemReference, Questionnaire, Scale, Section
from engine.content.rules import Rule, RuleFile
from engine.content.steps import StepsFile
from engine.errors import Problem, did_you_mean, join_ids, problem
from engine.loading.checks.problems import ProblemCollector, SourcePosition
from engine.loading.checks.references import check_pack
from engine.loading.parsing import Reading
from engine.loading.yaml import Source, ValuePath

T = TypeVar("T")


class Assembly:
    """Puts a pack together; ``problems`` grows as parts are added."""

    def __init__(
        self,
        manifest: Reading[StepsFile],
        questionnaires: Sequence[Reading[Questionnaire]],
        rule_files: Sequence[Reading[RuleFile]],
        lost_kinds: frozenset[str] = frozenset(),
    ) -> None:
        """Take the files of a pack.

        Args:
            manifest: what declares the pack.
            questionnaires: all that name the pack.
            rule_files: the other files of its folder.
            lost_kinds: the kinds of things that files beyond reading may have defined.
        """
        self.problems: list[Problem] = []
        self.positions: dict[ContentKey, SourcePosition] = {}
        self._manifest, self._questionnaires, self._rule_files = manifest, questionnaires, rule_files
        readings: Sequence[Reading[Any]] = [manifest, *questionnaires, *rule_files]
        self._broken_words = {word for reading in readings for word in reading.broken_words}
        self._lost_kinds = lost_kinds.union(*(reading.lost_kinds for reading in readings))
        self._whole = not lost_kinds and all(reading.whole for reading in readings)
        self._dropped = {reading.source.file: reading.dropped for reading in readings}
        self._files = [(reading.source, reading.model) for reading in readings if reading.model is not None]

    def pack(self) -> Pack | None:
        """The pack, or None if something in its files could not be read; all that could is checked in any case."""
        manifest = self._manifest.model
        if manifest is None:
            return None
        self.positions["pack", manifest.pack] = (self._manifest.source, ())
        for step, path in _with_paths(manifest.steps, self._manifest, "steps"):
            self.positions.setdefault(("step", step.id), (self._manifest.source, path))
        rules = self._rules()
        items = self._items()
        scales = self._scales()
        questionnaires = [
            self._with_items(reading, reading.model, items, scales)
            for reading in self._questionnaires
            if reading.model is not None
        ]
        content = Snapshot.model_construct(  # of parts that have been validated
            **{name: getattr(manifest, name) for name in StepsFile.model_fields},
            questionnaires=tuple(sorted(questionnaires, key=lambda questionnaire: questionnaire.questionnaire)),
            rules=tuple(rules[name] for name in sorted(rules)),
        )
        locations = {key: source.where(path) for key, (source, path) in self.positions.items()}
        pack = Pack(content, locations)
        collector = ProblemCollector(
            pack, self.positions, frozenset(self._broken_words), self._lost_kinds, self._files, self._dropped
        )
        check_pack(collector)
        self.problems.extend(collector.problems)
        return pack if self._whole else None

    def _claim(self, kind: str, name: str, source: Source, path: ValuePath) -> bool:
        """True if nothing else has this id yet."""
        key = (kind, name)
        if key in self.positions:
            first_location = self.positions[key][0].where(self.positions[key][1])
            self.problems.append(problem("HW301", source.where(path), kind=kind, id=name, other=first_location))
            return False
        self.positions[key] = (source, path)
        return True

    def _rules(self) -> dict[str, Rule]:
        rules: dict[str, Rule] = {}
        for reading in self._rule_files:
            for rule, path in _with_paths(reading.model.rules if reading.model else (), reading, "rules"):
                if not self._claim("rule", rule.id, reading.source, path):
                    self._lost_kinds |= {"finding"}
                else:
                    rules[rule.id] = rule
                    for expectation in ("fires", "silent"):
                        for index in range(len(getattr(rule.examples, expectation))):
                            example_path = (*path, "examples", expectation, index)
                            example_key = ("example", f"{rule.id}/{expectation}/{index}")
                            self.positions[example_key] = (reading.source, example_path)
        return rules

    def _scales(self) -> dict[str, list[Scale]]:
        """Each questionnaire's scales, without those that another one has defined already."""
        scales: dict[str, list[Scale]] = {}
        for reading in self._questionnaires:
            model = reading.model
            if model:
                self.positions["questionnaire", model.questionnaire] = (reading.source, ())
            for scale, path in _with_paths(model.scales if model else (), reading, "scales"):
                if model and self._claim("scale", scale.id, reading.source, path):
                    scales.setdefault(model.questionnaire, []).append(scale)
        return scales

    def _items(self) -> dict[str, Item]:
        """Every item that is written out, once, with its anchors in words."""
        items: dict[str, Item] = {}
        for reading in self._questionnaires:
            paths: dict[str, ValuePath] = {}
            for section, item, path in _items_with_paths(reading):
                item_id = item.use if isinstance(item, ItemReference) else item.id
                if item_id in paths:
                    first_location = reading.source.where(paths[item_id])
                    self.problems.append(
                        problem("HW301", reading.source.where(path), kind="item", id=item_id, other=first_location)
                    )
                    continue
                paths[item_id] = path
                self.positions["asked", f"{section}/{item_id}"] = (reading.source, path)
                if isinstance(item, ItemReference):
                    continue
                resolved = self._with_anchors(item, reading, path)
                if resolved is None:
                    self._broken_words.add(item_id)
                elif item_id not in items:
                    items[item_id] = resolved
                    self.positions["item", item_id] = (reading.source, path)
                elif items[item_id] != resolved:
                    self._broken_words.add(item_id)
                    source, first_path = self.positions["item", item_id]
                    self.problems.append(
                        problem("HW313", reading.source.where(path), id=item_id, other=source.where(first_path))
                    )
        return items

    def _with_anchors(self, item: Item, reading: Reading[Questionnaire], path: ValuePath) -> Item | None:
        """The item with the set of anchors that it names; None if there is no such set."""
        if not isinstance(item, Rating) or not isinstance(item.anchors, str) or reading.model is None:
            return item
        anchor_sets: Mapping[str, tuple[Anchor, ...]] = reading.model.anchors
        if item.anchors in anchor_sets:
            return item.model_copy(update={"anchors": anchor_sets[item.anchors]})
        if item.anchors not in reading.broken_words:
            facts = {"kind": "set of anchors", "id": item.anchors, "hint": did_you_mean(item.anchors, anchor_sets)}
            location = reading.source.where((*path, "anchors"))
            self.problems.append(problem("HW302", location, **facts, allowed=f": {join_ids(anchor_sets)}"))
        return None

    def _with_items(
        self,
        reading: Reading[Questionnaire],
        model: Questionnaire,
        items: Mapping[str, Item],
        scales: Mapping[str, list[Scale]],
    ) -> Questionnaire:
        seen_ids: set[str] = set()
        sections: list[Section] = []
        paths = {
            (item.use if isinstance(item, ItemReference) else item.id): path
            for _, item, path in _items_with_paths(reading)
        }
        for section in model.sections:
            section_items: list[Item] = []
            for item in section.items:
                item_id = item.use if isinstance(item, ItemReference) else item.id
                if item_id in seen_ids:
                    continue
                seen_ids.add(item_id)
                if item_id in items:
                    section_items.append(items[item_id])
                elif item_id not in self._broken_words and "item" not in self._lost_kinds:
                    location = reading.source.where((*paths[item_id], "use"))
                    facts = {
                        "kind": "item",
                        "id": item_id,
                        "hint": did_you_mean(item_id, items),
                        "allowed": f": {join_ids(items)}",
                    }
                    self.problems.append(problem("HW302", location, **facts))
            sections.append(section.model_copy(update={"items": tuple(section_items)}))
        update = {"sections": tuple(sections), "anchors": {}, "scales": tuple(scales.get(model.questionnaire, ()))}
        return model.model_copy(update=update)


def _paths(reading: Reading[Any], *list_path: str | int) -> Iterator[ValuePath]:
    """The paths of the entries of a list that are in the model too, in their order."""
    value: Any = reading.source.value
    for part in list_path:
        value = value.get(part, ()) if isinstance(value, dict) else value[int(part)]
    paths = ((*list_path, index) for index in range(len(value)))
    return (path for path in paths if path not in reading.dropped)


def _with_paths(models: Sequence[T], reading: Reading[Any], *list_path: str | int) -> Iterator[tuple[T, ValuePath]]:
    """Each entry of a list with the path it was read from."""
    return zip(models, _paths(reading, *list_path), strict=True) if models else iter(())


def _items_with_paths(reading: Reading[Questionnaire]) -> Iterator[tuple[str, Item | ItemReference, ValuePath]]:
    """Each item or reference with the questionnaire's id and the path it was read from."""
    if reading.model is not None:
        for section, section_path in _with_paths(reading.model.sections, reading, "sections"):
            for item, path in _with_paths(section.items, reading, *section_path, "items"):
                yield reading.model.questionnaire, item, path
