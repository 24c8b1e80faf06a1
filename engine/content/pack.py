"""A content pack: questionnaires, scales, steps and rules as one frozen value, with its snapshot and digests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Annotated, Literal

from engine.content.base import Unique
from engine.content.conditions import Condition, Leaf, leaves
from engine.content.items.base import Item
from engine.content.questionnaire import ItemReference, Questionnaire, Scale
from engine.content.rules import Rule
from engine.content.serialization import as_plain_data, canonical_json, sha256, with_old_keys
from engine.content.steps import Step, StepsFile, Target, Thresholds
from engine.errors import Location

ContentKey = tuple[str, str]
"""The kind and id of a piece of content: ("rule", its id), ("scale", its id) …"""


class Snapshot(StepsFile):
    """Everything in a pack that decides a plan and its texts. Stored snapshots are used to recalculate old plans."""

    emphasis: Thresholds
    """Required, so that a change of the defaults does not change old plans."""
    questionnaires: Annotated[tuple[Questionnaire, ...], Unique("questionnaire")]
    rules: Annotated[tuple[Rule, ...], Unique("rule", "everything")] = ()


@dataclass(frozen=True, eq=False)
class Form:
    """A questionnaire with its items in order, and the scales whose items are all in it."""

    questionnaire: Questionnaire
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]

    @cached_property
    def item_ids(self) -> frozenset[str]:
        return frozenset(item.id for item in self.items)

    @cached_property
    def position(self) -> Mapping[str, int]:
        """The position of each item, from 0."""
        return {item.id: index for index, item in enumerate(self.items)}

    def item(self, name: str) -> Item:
        """The item with this id."""
        return self.items[self.position[name]]

    @property
    def has_plan(self) -> bool:
        return self.questionnaire.role == "full"


@dataclass(frozen=True, eq=False)
class Pack:
    """One content pack. Packs with the same digest have the same content."""

    content: Snapshot
    locations: Mapping[ContentKey, Location] = field(default_factory=dict, repr=False)
    """The places of rules, scales … in files; empty for a pack from a snapshot."""
    stored: str | None = field(default=None, repr=False)
    """The snapshot as it was stored, if it uses keys that have been renamed since. It remains the pack's identity."""

    @property
    def id(self) -> str:
        return self.content.pack

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.content.steps

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Sorted by id, because their order and files have no meaning."""
        return self.content.rules

    @cached_property
    def rules_by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def items(self) -> Mapping[str, Item]:
        return {item.id: item for questionnaire in self.content.questionnaires for item in _items(questionnaire)}

    @cached_property
    def scales(self) -> Mapping[str, Scale]:
        return {scale.id: scale for questionnaire in self.content.questionnaires for scale in questionnaire.scales}

    @cached_property
    def sensitive(self) -> frozenset[str]:
        """Items whose answers a report must not reveal: marked as sensitive, or asked because of a sensitive answer."""
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
        """For each item with a ``show_when``: the items that it reads, directly or in a scale."""
        return {
            item_id: self._items_read_in(item.show_when)
            for item_id, item in self.items.items()
            if item.show_when is not None
        }

    @cached_property
    def read_by_conditions(self) -> frozenset[str]:
        """The items that a rule or a ``show_when`` reads, directly or in a scale."""
        read_by_rules = (self._items_read_in(rule.when) for rule in self.rules)
        return frozenset().union(*read_by_rules, *self.show_when_dependencies.values())

    def _items_read_in(self, condition: Condition) -> frozenset[str]:
        return frozenset(item_id for leaf, _ in leaves(condition) for item_id in self.items_read_by(leaf))

    def items_read_by(self, leaf: Leaf) -> tuple[str, ...]:
        """The items that a leaf reads, directly or in a scale."""
        # The items behind a held step are left out: the plan shows the hold, so a leaf about it reveals no more.
        match leaf.subject:
            case "item":
                return (leaf.id,)
            case "scale" if leaf.id in self.scales:
                return self.scales[leaf.id].items
            case _:
                return ()

    def score_display(self, scale: Scale) -> Literal["bar", "words"] | None:
        """How to show this score; None if it is never shown, as when it would reveal a sensitive answer."""
        hidden = scale.sensitive if scale.sensitive is not None else not self.sensitive.isdisjoint(scale.items)
        return None if hidden or scale.shown == "never" else scale.shown

    @cached_property
    def recorders(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules that can record each finding."""
        rules_by_finding: dict[str, dict[str, Rule]] = {}
        for rule in self.rules:
            for finding in rule.findings:
                rules_by_finding.setdefault(finding, {})[rule.id] = rule
        return {finding: tuple(rules.values()) for finding, rules in rules_by_finding.items()}

    @cached_property
    def prerequisites(self) -> Mapping[str, tuple[str, ...]]:
        """For each rule, the rules that can record a finding that it reads."""
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
        """The rules in order of evaluation: gates, then each rule after those that can record a finding it reads.

        Loading has checked that the rules have no cycles.
        """
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
            items = _items(questionnaire)
            item_ids = {item.id for item in items}
            scales = tuple(scale for scale in self.scales.values() if item_ids.issuperset(scale.items))
            forms[questionnaire.id] = Form(questionnaire, items, scales)
        return forms

    def gates_holding(self, step: str) -> tuple[Rule, ...]:
        """The gates that can hold a step. The step is held if one of them fires."""
        return tuple(
            rule
            for rule in self.rules
            if rule.gate and any(effect.holds and step in self.targets(effect.target) for effect in rule.then)
        )

    def targets(self, target: Target | None) -> tuple[str, ...]:
        """The ids of the selected steps, in the order of the content."""
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
        """The content as canonical JSON: sorted keys, no white space, without defaults and authors' examples.

        For a pack that was stored under older keys, it is the JSON that was stored.
        """
        return canonical_json(as_plain_data(self.content)) if self.stored is None else self.stored

    @cached_property
    def content_digest(self) -> str:
        """The SHA-256 digest of the snapshot, which changes with every text."""
        return sha256(self.snapshot)

    @cached_property
    def meaning_digest(self) -> str:
        """The SHA-256 digest of the snapshot without texts. Packs with the same one give the same plans.

        It always uses the current keys, even for a pack that was stored under older keys.
        """
        return sha256(canonical_json(as_plain_data(self.content, words=False)))

    def has_digest(self, digest: str) -> bool:
        """True if this is the digest of this content, with the current or the older keys."""
        return digest == self.content_digest or digest in self._digests_by_keys

    @cached_property
    def _digests_by_keys(self) -> frozenset[str]:
        snapshot = as_plain_data(self.content)
        return frozenset(sha256(canonical_json(version)) for version in (snapshot, with_old_keys(snapshot)))


def _items(questionnaire: Questionnaire) -> tuple[Item, ...]:
    """The items in order. Loading has replaced references by the items themselves."""
    entries = (entry for section in questionnaire.sections for entry in section.items)
    return tuple(entry for entry in entries if not isinstance(entry, ItemReference))
