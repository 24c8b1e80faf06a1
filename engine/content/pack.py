"""A content pack: its questionnaires, scales, steps and rules as one frozen value, with snapshot and digests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Annotated, Literal

from engine.content.base import Unique
from engine.content.conditions import Leaf, leaves
from engine.content.items.base import Item
from engine.content.questionnaire import ItemReference, Questionnaire, Scale
from engine.content.rules import Rule
from engine.content.serialization import as_plain_data, canonical_json, sha256, with_old_keys
from engine.content.steps import Step, StepsFile, Target, Thresholds
from engine.errors import Location

ContentKey = tuple[str, str]
"""What a place in a file belongs to: ("rule", its id), ("scale", its id) …"""


class Snapshot(StepsFile):
    """All of a pack that decides a plan and its texts, in one value: what old plans are recalculated from."""

    emphasis: Thresholds
    """Always written out, so that other defaults change no old plan."""
    questionnaires: Annotated[tuple[Questionnaire, ...], Unique("questionnaire")]
    rules: Annotated[tuple[Rule, ...], Unique("rule", "everything")] = ()


@dataclass(frozen=True, eq=False)
class Form:
    """A questionnaire ready to be answered: its items in order, and the scales it asks wholly."""

    questionnaire: Questionnaire
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]

    @cached_property
    def item_ids(self) -> frozenset[str]:
        return frozenset(item.id for item in self.items)

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Each item's place in the order of asking, from 0."""
        return {item.id: index for index, item in enumerate(self.items)}

    def item(self, name: str) -> Item:
        """The item with this id."""
        return self.items[self.position[name]]

    @property
    def has_plan(self) -> bool:
        return self.questionnaire.role == "full"


@dataclass(frozen=True, eq=False)
class Pack:
    """One content pack. Two packs are the same if their digests are."""

    content: Snapshot
    locations: Mapping[ContentKey, Location] = field(default_factory=dict, repr=False)
    """Where rules, scales … stand in files; empty for a pack from a snapshot."""
    stored: str | None = field(default=None, repr=False)
    """The snapshot as it was stored, if that was under keys that are renamed since: it stays the pack's identity."""

    @property
    def id(self) -> str:
        return self.content.pack

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.content.steps

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Sorted by id: their order and their files mean nothing."""
        return self.content.rules

    @cached_property
    def rules_by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def items(self) -> Mapping[str, Item]:
        items: dict[str, Item] = {}
        for questionnaire in self.content.questionnaires:
            items.update({item.id: item for item in items_of(questionnaire)})
        return items

    @cached_property
    def scales(self) -> Mapping[str, Scale]:
        return {scale.id: scale for questionnaire in self.content.questionnaires for scale in questionnaire.scales}

    @cached_property
    def sensitive(self) -> frozenset[str]:
        """Items whose answers nobody may be told: marked so, or asked because of an answer that is."""
        sensitive = {item_id for item_id, item in self.items.items() if item.sensitive}
        while dependent := {
            item_id
            for item_id, read_ids in self.show_when_dependencies.items()
            if item_id not in sensitive and read_ids & sensitive
        }:
            sensitive |= dependent
        return frozenset(sensitive)

    @cached_property
    def show_when_dependencies(self) -> Mapping[str, frozenset[str]]:
        """For each item with a ``show_when``: the items whose answers it reads, directly or in a scale."""
        return {
            item_id: frozenset(read_id for leaf, _ in leaves(item.show_when) for read_id in self.items_read_by(leaf))
            for item_id, item in self.items.items()
            if item.show_when is not None
        }

    @cached_property
    def read_by_conditions(self) -> frozenset[str]:
        """Items that can have an effect: read by a rule or by ``show_when``, directly or in a scale."""
        conditions = [rule.when for rule in self.rules]
        conditions += [item.show_when for item in self.items.values() if item.show_when is not None]
        return frozenset(
            item_id for condition in conditions for leaf, _ in leaves(condition) for item_id in self.items_read_by(leaf)
        )

    def items_read_by(self, leaf: Leaf) -> tuple[str, ...]:
        """The items whose answers a leaf asks, directly or in a scale."""
        # Not what a hold rests on: that can be seen in the plan anyway, so what depends on it tells nothing more.
        match leaf.subject:
            case "item":
                return (leaf.id,)
            case "scale" if leaf.id in self.scales:
                return self.scales[leaf.id].items
            case _:
                return ()

    def score_display(self, scale: Scale) -> Literal["bar", "words"] | None:
        """How a person may be shown this score, if at all: not one that gives a sensitive answer away."""
        hidden = scale.sensitive if scale.sensitive is not None else not self.sensitive.isdisjoint(scale.items)
        return None if hidden or scale.shown == "never" else scale.shown

    @cached_property
    def recorders(self) -> Mapping[str, tuple[Rule, ...]]:
        """Every finding with the rules that can record it."""
        rules_by_finding: dict[str, dict[str, Rule]] = {}
        for rule in self.rules:
            for finding in rule.findings:
                rules_by_finding.setdefault(finding, {})[rule.id] = rule
        return {finding: tuple(rules.values()) for finding, rules in rules_by_finding.items()}

    @cached_property
    def prerequisites(self) -> Mapping[str, tuple[str, ...]]:
        """For each rule the rules that can record a finding it reads."""
        return {
            rule.id: tuple(
                dict.fromkeys(
                    recorder.id
                    for leaf, _ in leaves(rule.when)
                    if leaf.subject == "finding"
                    for recorder in self.recorders.get(leaf.id, ())
                )
            )
            for rule in self.rules
        }

    @cached_property
    def strata(self) -> tuple[tuple[Rule, ...], ...]:
        """Gates first; then each rule after all rules that record a finding it reads. A checked pack has no circles."""
        level: dict[str, int] = {}
        gates = {rule.id for rule in self.rules if rule.gate}
        for rule_id in TopologicalSorter(self.prerequisites).static_order():
            below = max((level[recorder_id] for recorder_id in self.prerequisites[rule_id]), default=0)
            level[rule_id] = 0 if rule_id in gates else 1 + below
        strata: list[list[Rule]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
        for rule in self.rules:
            strata[level[rule.id]].append(rule)
        return tuple(map(tuple, strata))

    @cached_property
    def forms(self) -> Mapping[str, Form]:
        """By questionnaire id."""
        forms: dict[str, Form] = {}
        for questionnaire in self.content.questionnaires:
            items = tuple(items_of(questionnaire))
            item_ids = {item.id for item in items}
            scales = tuple(scale for scale in self.scales.values() if item_ids.issuperset(scale.items))
            forms[questionnaire.questionnaire] = Form(questionnaire, items, scales)
        return forms

    def gates_holding(self, step: str) -> tuple[Rule, ...]:
        """The gates that can hold a step: it is held if one of them fires."""
        return tuple(
            rule
            for rule in self.rules
            if rule.gate and any(effect.holds and step in self.targets(effect.target) for effect in rule.then)
        )

    def targets(self, target: Target | None) -> tuple[str, ...]:
        """The steps an effect or cap is about, in content order."""
        if target is None:
            return ()
        if target.step is not None:
            return (target.step,)
        step_ids = set(target.steps or ())
        return tuple(step.id for step in self.steps if step.id in step_ids or target.tag in step.tags)

    def location(self, kind: str, name: str) -> Location | None:
        return self.locations.get((kind, name))

    @cached_property
    def snapshot(self) -> str:
        """Canonical JSON of everything: sorted keys, no white space, defaults and authors' examples left out.

        Of a pack that was stored under keys that are renamed since, it is what was stored.
        """
        return canonical_json(as_plain_data(self.content)) if self.stored is None else self.stored

    @cached_property
    def content_digest(self) -> str:
        """SHA-256 over the snapshot: changes with every text."""
        return sha256(self.snapshot)

    @cached_property
    def meaning_digest(self) -> str:
        """SHA-256 over the snapshot without texts: packs with the same one give the same plans.

        It is taken under today's keys, also for a pack that was stored under older ones.
        """
        return sha256(canonical_json(as_plain_data(self.content, words=False)))

    def has_digest(self, digest: str) -> bool:
        """True if this is the digest of this very content, under today's keys or under those before them."""
        return digest == self.content_digest or digest in self._digests_by_keys

    @cached_property
    def _digests_by_keys(self) -> frozenset[str]:
        snapshot = as_plain_data(self.content)
        return frozenset(sha256(canonical_json(version)) for version in (snapshot, with_old_keys(snapshot)))


def items_of(questionnaire: Questionnaire) -> Iterator[Item]:
    """The items in the order of asking, as far as they are not references."""
    for section in questionnaire.sections:
        for item in section.items:
            if not isinstance(item, ItemReference):
                yield item
