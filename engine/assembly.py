"""One pack from its files: references resolved, duplicates refused, every place remembered, everything checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.checking import Anchor, Desk
from engine.consistency import check_pack
from engine.errors import Problem, did_you_mean, listed, problem
from engine.loading import Reading
from engine.pack import Key, Pack, Snapshot
from engine.questionnaire import Anchor as AnchorWords
from engine.questionnaire import Item, Questionnaire, Rating, Scale, Section, Use
from engine.ruleset import Rule, RuleFile
from engine.source import Path_, Source
from engine.steps import StepsFile


class Assembly:
    """Puts a pack together; ``problems`` grows as parts are added."""

    def __init__(
        self,
        manifest: Reading[StepsFile],
        questionnaires: Sequence[Reading[Questionnaire]],
        rule_files: Sequence[Reading[RuleFile]],
    ) -> None:
        self.problems: list[Problem] = []
        self.anchors: dict[Key, Anchor] = {}
        self._manifest, self._questionnaires, self._rule_files = manifest, questionnaires, rule_files
        readings: Sequence[Reading[Any]] = [manifest, *questionnaires, *rule_files]
        self._broken = frozenset(name for reading in readings for name in reading.broken)
        self._files = [(reading.source, reading.model) for reading in readings if reading.model is not None]

    def pack(self) -> Pack | None:
        """The pack, or None if a file of it is beyond use."""
        steps = self._manifest.model
        unusable = (
            [one for one in self._questionnaires if one.model is None],
            [one for one in self._rule_files if one.model is None],
        )
        if steps is None or any(unusable):
            return None
        self.anchors["pack", steps.pack] = (self._manifest.source, ())
        for path, entry in _entries(self._manifest.source, "steps"):
            self.anchors.setdefault(("step", entry["id"]), (self._manifest.source, path))
        rules = self._rules()
        items = self._items()
        scales = self._scales()
        questionnaires = [self._resolved(reading, items, scales) for reading in self._questionnaires]
        content = Snapshot(
            **{name: getattr(steps, name) for name in StepsFile.model_fields},
            questionnaires=tuple(sorted(questionnaires, key=lambda one: one.questionnaire)),
            rules=tuple(rules[name] for name in sorted(rules)),
        )
        places = {key: source.where(path) for key, (source, path) in self.anchors.items()}
        pack = Pack(content, places)
        desk = Desk(pack, self.anchors, self._broken, self._files)
        check_pack(desk)
        self.problems.extend(desk.problems)
        return pack

    def _claim(self, kind: str, name: str, source: Source, path: Path_) -> bool:
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
            models = {id(rule): rule for rule in (reading.model.rules if reading.model else ())}
            for rule, path in _paired(models.values(), _entries(reading.source, "rules")):
                if self._claim("rule", rule.id, reading.source, path):
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
            for scale, path in _paired(model.scales if model else (), _entries(reading.source, "scales")):
                if model and self._claim("scale", scale.id, reading.source, path):
                    found.setdefault(model.questionnaire, []).append(scale)
        return found

    def _items(self) -> dict[str, Item]:
        """Every item that is written out, once, with its anchors in words."""
        found: dict[str, Item] = {}
        for reading in self._questionnaires:
            here: dict[str, Path_] = {}
            for section, item, path in _asked(reading):
                name = item.use if isinstance(item, Use) else item.id
                if name in here:
                    other = reading.source.where(here[name])
                    self.problems.append(
                        problem("HW301", reading.source.where(path), kind="item", id=name, other=other)
                    )
                    continue
                here[name] = path
                self.anchors["asked", f"{section}/{name}"] = (reading.source, path)
                if isinstance(item, Use):
                    continue
                item = self._in_words(item, reading, path)  # noqa: PLW2901 - the same item, with its words
                if name not in found:
                    found[name] = item
                    self.anchors["item", name] = (reading.source, path)
                elif found[name] != item:
                    source, first = self.anchors["item", name]
                    self.problems.append(
                        problem("HW313", reading.source.where(path), id=name, other=source.where(first))
                    )
        return found

    def _in_words(self, item: Item, reading: Reading[Questionnaire], path: Path_) -> Item:
        if not isinstance(item, Rating) or not isinstance(item.anchors, str) or reading.model is None:
            return item
        sets: Mapping[str, tuple[AnchorWords, ...]] = reading.model.anchors
        if item.anchors in sets:
            return item.model_copy(update={"anchors": sets[item.anchors]})
        facts = {"kind": "set of anchors", "id": item.anchors, "hint": did_you_mean(item.anchors, sets)}
        where = reading.source.where((*path, "anchors"))
        self.problems.append(problem("HW302", where, **facts, allowed=f": {listed(sets)}"))
        return item.model_copy(update={"anchors": (AnchorWords(text="?"), AnchorWords(text="?"))})

    def _resolved(
        self, reading: Reading[Questionnaire], items: Mapping[str, Item], scales: Mapping[str, list[Scale]]
    ) -> Questionnaire:
        model = reading.model
        assert model is not None  # noqa: S101 - pack() returned before
        seen: set[str] = set()
        sections: list[Section] = []
        paths = {(item.use if isinstance(item, Use) else item.id): path for _, item, path in _asked(reading)}
        for section in model.sections:
            asked: list[Item] = []
            for item in section.items:
                name = item.use if isinstance(item, Use) else item.id
                if name in seen:
                    continue
                seen.add(name)
                if name in items:
                    asked.append(items[name])
                elif name not in self._broken:
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


def _entries(source: Source, *names: str) -> list[tuple[Path_, dict[str, Any]]]:
    """The raw entries of a list that have an id, with their paths."""
    value: Any = source.value
    for name in names:
        value = value.get(name, ()) if isinstance(value, dict) else ()
    entries = value if isinstance(value, tuple) else ()
    return [((*names, index), one) for index, one in enumerate(entries) if isinstance(one, dict) and "id" in one]


def _paired(models: Any, entries: list[tuple[Path_, dict[str, Any]]]) -> Iterator[tuple[Any, Path_]]:
    """Each model with the place it was read from; entries that were too broken to read have no model."""
    waiting = iter(entries)
    for model in models:
        for path, entry in waiting:
            if entry["id"] == model.id:
                yield model, path
                break


def _asked(reading: Reading[Questionnaire]) -> Iterator[tuple[str, Item | Use, Path_]]:
    """Each item or reference of a questionnaire with the place it was read from."""
    model = reading.model
    sections: Any = reading.source.value.get("sections", ()) if isinstance(reading.source.value, dict) else ()
    entries = [
        (("sections", number, "items", index), entry)
        for number, section in enumerate(sections)
        if isinstance(section, dict)
        for index, entry in enumerate(section.get("items", ()))
        if isinstance(entry, dict)
    ]
    waiting = iter(entries)
    for item in (item for section in (model.sections if model else ()) for item in section.items):
        field, name = ("use", item.use) if isinstance(item, Use) else ("id", item.id)
        for path, entry in waiting:
            if entry.get(field) == name:
                yield (model.questionnaire if model else ""), item, path
                break
