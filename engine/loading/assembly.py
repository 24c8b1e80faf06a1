"""One pack from its files: references resolved, duplicates refused, every place remembered, everything checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from engine.content.pack import Key, Pack, Snapshot
from engine.content.questionnaire import Anchor, Item, ItemReference, Questionnaire, Rating, Scale, Section
from engine.content.rules import Rule, RuleFile
from engine.content.steps import StepsFile
from engine.errors import Problem, did_you_mean, listed, problem
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
        lost: frozenset[str] = frozenset(),
    ) -> None:
        """Take the files of a pack.

        Args:
            manifest: what declares the pack.
            questionnaires: all that name the pack.
            rule_files: the other files of its folder.
            lost: the kinds of things that files beyond reading may have defined.
        """
        self.problems: list[Problem] = []
        self.anchors: dict[Key, SourcePosition] = {}
        self._manifest, self._questionnaires, self._rule_files = manifest, questionnaires, rule_files
        readings: Sequence[Reading[Any]] = [manifest, *questionnaires, *rule_files]
        self._broken = {name for reading in readings for name in reading.broken}
        self._lost = lost.union(*(reading.lost for reading in readings))
        self._whole = not lost and all(reading.whole for reading in readings)
        self._gone = {reading.source.file: reading.gone for reading in readings}
        self._files = [(reading.source, reading.model) for reading in readings if reading.model is not None]

    def pack(self) -> Pack | None:
        """The pack, or None if something in its files could not be read; all that could is checked in any case."""
        steps = self._manifest.model
        if steps is None:
            return None
        self.anchors["pack", steps.pack] = (self._manifest.source, ())
        for step, path in _paired(steps.steps, self._manifest, "steps"):
            self.anchors.setdefault(("step", step.id), (self._manifest.source, path))
        rules = self._rules()
        items = self._items()
        scales = self._scales()
        questionnaires = [
            self._resolved(reading, reading.model, items, scales)
            for reading in self._questionnaires
            if reading.model is not None
        ]
        content = Snapshot.model_construct(  # of parts that have been validated
            **{name: getattr(steps, name) for name in StepsFile.model_fields},
            questionnaires=tuple(sorted(questionnaires, key=lambda one: one.questionnaire)),
            rules=tuple(rules[name] for name in sorted(rules)),
        )
        places = {key: source.where(path) for key, (source, path) in self.anchors.items()}
        pack = Pack(content, places)
        desk = ProblemCollector(pack, self.anchors, frozenset(self._broken), self._lost, self._files, self._gone)
        check_pack(desk)
        self.problems.extend(desk.problems)
        return pack if self._whole else None

    def _claim(self, kind: str, name: str, source: Source, path: ValuePath) -> bool:
        """True if nothing else has this id yet."""
        key = (kind, name)
        if key in self.anchors:
            other = self.anchors[key][0].where(self.anchors[key][1])
            self.problems.append(problem("HW301", source.where(path), kind=kind, id=name, other=other))
            return False
        self.anchors[key] = (source, path)
        return True

    def _rules(self) -> dict[str, Rule]:
        found: dict[str, Rule] = {}
        for reading in self._rule_files:
            for rule, path in _paired(reading.model.rules if reading.model else (), reading, "rules"):
                if not self._claim("rule", rule.id, reading.source, path):
                    self._lost |= {"finding"}
                else:
                    found[rule.id] = rule
                    for wanted in ("fires", "silent"):
                        for index in range(len(getattr(rule.examples, wanted))):
                            there = (*path, "examples", wanted, index)
                            self.anchors["example", f"{rule.id}/{wanted}/{index}"] = (reading.source, there)
        return found

    def _scales(self) -> dict[str, list[Scale]]:
        """Each questionnaire's scales, without those that another one has defined already."""
        found: dict[str, list[Scale]] = {}
        for reading in self._questionnaires:
            model = reading.model
            if model:
                self.anchors["questionnaire", model.questionnaire] = (reading.source, ())
            for scale, path in _paired(model.scales if model else (), reading, "scales"):
                if model and self._claim("scale", scale.id, reading.source, path):
                    found.setdefault(model.questionnaire, []).append(scale)
        return found

    def _items(self) -> dict[str, Item]:
        """Every item that is written out, once, with its anchors in words."""
        found: dict[str, Item] = {}
        for reading in self._questionnaires:
            here: dict[str, ValuePath] = {}
            for section, item, path in _asked(reading):
                name = item.use if isinstance(item, ItemReference) else item.id
                if name in here:
                    other = reading.source.where(here[name])
                    self.problems.append(
                        problem("HW301", reading.source.where(path), kind="item", id=name, other=other)
                    )
                    continue
                here[name] = path
                self.anchors["asked", f"{section}/{name}"] = (reading.source, path)
                if isinstance(item, ItemReference):
                    continue
                whole = self._in_words(item, reading, path)
                if whole is None:
                    self._broken.add(name)
                elif name not in found:
                    found[name] = whole
                    self.anchors["item", name] = (reading.source, path)
                elif found[name] != whole:
                    self._broken.add(name)
                    source, first = self.anchors["item", name]
                    self.problems.append(
                        problem("HW313", reading.source.where(path), id=name, other=source.where(first))
                    )
        return found

    def _in_words(self, item: Item, reading: Reading[Questionnaire], path: ValuePath) -> Item | None:
        """The item with the set of anchors that it names; None if there is no such set."""
        if not isinstance(item, Rating) or not isinstance(item.anchors, str) or reading.model is None:
            return item
        sets: Mapping[str, tuple[Anchor, ...]] = reading.model.anchors
        if item.anchors in sets:
            return item.model_copy(update={"anchors": sets[item.anchors]})
        if item.anchors not in reading.broken:
            facts = {"kind": "set of anchors", "id": item.anchors, "hint": did_you_mean(item.anchors, sets)}
            where = reading.source.where((*path, "anchors"))
            self.problems.append(problem("HW302", where, **facts, allowed=f": {listed(sets)}"))
        return None

    def _resolved(
        self,
        reading: Reading[Questionnaire],
        model: Questionnaire,
        items: Mapping[str, Item],
        scales: Mapping[str, list[Scale]],
    ) -> Questionnaire:
        seen: set[str] = set()
        sections: list[Section] = []
        paths = {(item.use if isinstance(item, ItemReference) else item.id): path for _, item, path in _asked(reading)}
        for section in model.sections:
            asked: list[Item] = []
            for item in section.items:
                name = item.use if isinstance(item, ItemReference) else item.id
                if name in seen:
                    continue
                seen.add(name)
                if name in items:
                    asked.append(items[name])
                elif name not in self._broken and "item" not in self._lost:
                    where = reading.source.where((*paths[name], "use"))
                    facts = {
                        "kind": "item",
                        "id": name,
                        "hint": did_you_mean(name, items),
                        "allowed": f": {listed(items)}",
                    }
                    self.problems.append(problem("HW302", where, **facts))
            sections.append(section.model_copy(update={"items": tuple(asked)}))
        update = {"sections": tuple(sections), "anchors": {}, "scales": tuple(scales.get(model.questionnaire, ()))}
        return model.model_copy(update=update)


def _paths(reading: Reading[Any], *place: str | int) -> Iterator[ValuePath]:
    """The paths of the entries of a list that are in the model too, in their order."""
    value: Any = reading.source.value
    for part in place:
        value = value.get(part, ()) if isinstance(value, dict) else value[int(part)]
    paths = ((*place, index) for index in range(len(value)))
    return (path for path in paths if path not in reading.gone)


def _paired(models: Sequence[T], reading: Reading[Any], *place: str | int) -> Iterator[tuple[T, ValuePath]]:
    """Each entry of a list with the path it was read from."""
    return zip(models, _paths(reading, *place), strict=True) if models else iter(())


def _asked(reading: Reading[Questionnaire]) -> Iterator[tuple[str, Item | ItemReference, ValuePath]]:
    """Each item or reference with the questionnaire's id and the path it was read from."""
    if reading.model is not None:
        for section, place in _paired(reading.model.sections, reading, "sections"):
            for item, path in _paired(section.items, reading, *place, "items"):
                yield reading.model.questionnaire, item, path
