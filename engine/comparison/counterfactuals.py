"""A sitting with some of its answers changed: what it would have come to, tried by thousands.

Nothing is worked out twice. What an item, a scale or a rule comes to depends only on the changes it can see: those of
its own items, and of the items that decide whether these come up. Only for a new set of these is it evaluated again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

from engine.assessment.effects import placement_effects, plan_effects
from engine.assessment.evaluator import Facts, Node
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import StepPlacements, VisiblePlan, place_steps, visible_plan_of_rules
from engine.assessment.responses import is_visible
from engine.assessment.scoring import ScaleScore, Scorer, scorers
from engine.assessment.trace import Trace, logic_of
from engine.content.conditions import Condition, leaves
from engine.content.pack import Form, Pack
from engine.content.rules import Rule
from engine.content.values import Value

TIME: Final = "@time"
"""Stands among changed answers for "time has passed": dates are asked for their age. No item can have this id."""

ChangeSet = int
"""A set of changes: one bit each."""
ItemSet = frozenset[str]
"""The items whose answers something can depend on, and ``TIME``."""


ItemChange = tuple[str, tuple[Value | None, ...]]
"""An item and its other answer, or nothing."""


def answer_if_any(assessment: Assessment, name: str) -> tuple[Value | None, ...]:
    """The answer to an item, or nothing if there is none."""
    answers = assessment.responses.answers
    return (answers[name],) if name in answers else ()


@dataclass
class Dependencies:
    """What each part of a form can see. Findings and conditions may form long chains: nothing recurses."""

    pack: Pack
    items: dict[str, ItemSet] = field(default_factory=dict)
    scales: dict[str, ItemSet] = field(default_factory=dict)
    rules: dict[str, ItemSet] = field(default_factory=dict)

    def of(self, condition: Condition) -> ItemSet:
        """All that a condition can see."""
        item_ids: set[str] = set()
        for leaf, _ in leaves(condition):
            match leaf.subject:
                case "item":
                    item_ids |= self.items.get(leaf.id, frozenset())
                case "scale":
                    item_ids |= self._items(self.pack.scales[leaf.id].items)
                case "finding":
                    item_ids |= {
                        item_id for rule in self.pack.recorders.get(leaf.id, ()) for item_id in self.rules[rule.id]
                    }
                case "step":
                    item_ids |= {item_id for gate in self.pack.gates_holding(leaf.id) for item_id in self.of(gate.when)}
        return frozenset(item_ids)

    def _items(self, names: Iterable[str]) -> ItemSet:
        return frozenset[str]().union(*(self.items.get(name, frozenset()) for name in names))


@lru_cache(maxsize=32)
def dependencies(pack: Pack, form: Form) -> Dependencies:
    """What each item, scale and rule can see in a form."""
    result = Dependencies(pack)
    for item in form.items:  # whatever decides whether it comes up is asked earlier
        item_ids = {item.id, TIME} if item.ages else {item.id}
        result.items[item.id] = frozenset(item_ids if item.show_when is None else item_ids | result.of(item.show_when))
    for scale in form.scales:
        result.scales[scale.id] = result._items(scale.items)  # noqa: SLF001 - the two belong together
    for rules in logic_of(pack).strata:
        for rule, _ in rules:
            result.rules[rule.id] = result.of(rule.when)
    return result


@dataclass
class _Item:
    name: str
    conditional: bool
    mask: ChangeSet
    cache: dict[ChangeSet, tuple[Value | None, ...]] = field(default_factory=dict)
    """By what it sees of the changes: its answer, or nothing if it is unanswered or does not come up."""


@dataclass
class _Scale:
    scorer: Scorer
    mask: ChangeSet
    cache: dict[ChangeSet, ScaleScore] = field(default_factory=dict)


@dataclass
class _Rules:
    """Rules of one stratum that see the same changes."""

    stratum: int
    rules: list[tuple[Rule, Node]]
    mask: ChangeSet
    cache: dict[ChangeSet, tuple[str, ...]] = field(default_factory=dict)
    """By what they see of the changes: those that fire."""
    records: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    """By those that fire: the findings that they record."""


Fired = tuple[tuple[str, ...], ...]
"""The rules that fire, group by group."""


class Counterfactuals:
    """A sitting with sets of changes applied. A set is a number with one bit for each change, in their order.

    A change is an item and its other answer (nothing: unanswered), or ``TIME``; a set has one of an item at most.
    """

    def __init__(self, before: Assessment, changes: Sequence[ItemChange], *, later: date | None = None) -> None:
        """``later`` is the day that ``TIME`` leads to."""
        self._before, self._later = before, later
        self._pack, self._form = before.pack, before.form
        self._bits: dict[str, ChangeSet] = {}
        self._new_answers: dict[ChangeSet, tuple[Value | None, ...]] = {}
        for index, (name, answer) in enumerate(changes):
            self._bits[name] = self._bits.get(name, 0) | 1 << index
            self._new_answers[1 << index] = answer
        self._all = (1 << len(changes)) - 1
        form_dependencies = dependencies(self._pack, self._form)
        self._items = [
            _Item(item.id, item.show_when is not None, self._mask(form_dependencies.items[item.id]))
            for item in self._form.items
        ]
        scale_scorers = scorers(self._pack)
        self._scales = [
            _Scale(scale_scorers[scale.id], self._mask(form_dependencies.scales[scale.id]))
            for scale in self._form.scales
        ]
        self._groups = self._group_rules(form_dependencies.rules)
        self._fired: dict[ChangeSet, Fired] = {}
        self._standing: dict[tuple[str, ...], StepPlacements] = {}
        self._outcomes: dict[tuple[str, ...], VisiblePlan] = {}

    def _mask(self, depends_on: ItemSet) -> ChangeSet:
        return sum(bit for name, bit in self._bits.items() if name in depends_on)

    def _group_rules(self, rule_dependencies: Mapping[str, ItemSet]) -> list[_Rules]:
        groups: dict[tuple[int, ChangeSet], _Rules] = {}
        for stratum, rules in enumerate(logic_of(self._pack).strata):
            for rule, node in rules:
                mask = self._mask(rule_dependencies[rule.id])
                groups.setdefault((stratum, mask), _Rules(stratum, [], mask)).rules.append((rule, node))
        return list(groups.values())

    def all_changes(self) -> ChangeSet:
        """All changes together."""
        return self._all

    def placements(self, changes: ChangeSet, check_in: Trace | None = None) -> StepPlacements:
        """Where each step stands with these changes. The same rules make the same plan, and many sets fire the same.

        Args:
            check_in: a later check-in's trace, the same each time.
        """
        rules = self._fired_among(changes, placement_effects(self._pack).rules)
        if rules not in self._standing:
            self._standing[rules] = place_steps(self._pack, rules, check_in)
        return self._standing[rules]

    def visible_plan(self, changes: ChangeSet) -> VisiblePlan:
        """All that a person would see of the plan with these changes."""
        rules = self._fired_among(changes, plan_effects(self._pack).rules)
        if rules not in self._outcomes:
            self._outcomes[rules] = visible_plan_of_rules(self._pack, rules)
        return self._outcomes[rules]

    def _fired_among(self, changes: ChangeSet, candidates: Collection[str]) -> tuple[str, ...]:
        """Those of some rules that fire with these changes."""
        return tuple(rule for names in self.fired(changes) for rule in names if rule in candidates)

    def fired(self, changes: ChangeSet) -> Fired:
        """The rules that fire with these changes, by the plain evaluator."""
        if changes not in self._fired:
            self._fired[changes] = self._evaluate(changes)
        return self._fired[changes]

    def _evaluate(self, changes: ChangeSet) -> Fired:
        facts: Facts | None = None
        stratum = 0
        fired: list[tuple[str, ...]] = []
        for group in self._groups:
            visible_changes = changes & group.mask
            if visible_changes not in group.cache:
                facts = facts or self._facts(changes)
                if group.stratum != stratum:  # no rule sees the findings of its own stratum
                    stratum = group.stratum
                    facts.findings = self._findings(stratum, fired)
                group.cache[visible_changes] = tuple(rule.id for rule, node in group.rules if node.truth(facts) is True)
            fired.append(group.cache[visible_changes])
        return tuple(fired)

    def _findings(self, stratum: int, fired: Sequence[tuple[str, ...]]) -> set[str]:
        """What the rules of earlier strata record."""
        records = logic_of(self._pack).records
        findings: set[str] = set()
        for group, names in zip(self._groups, fired, strict=False):
            if group.stratum < stratum and names:
                if names not in group.records:
                    group.records[names] = {finding for name in names for finding in records[name]}
                findings |= group.records[names]
        return findings

    def _facts(self, changes: ChangeSet) -> Facts:
        as_of = self._before.provenance.as_of
        if self._later is not None and changes & self._bits.get(TIME, 0):
            as_of = self._later
        answers: dict[str, Value | None] = {}
        for item in self._items:
            visible_changes = changes & item.mask
            if visible_changes not in item.cache:
                visible = not item.conditional or is_visible(self._pack, self._form, item.name, answers, as_of)
                own_change = visible_changes & self._bits.get(item.name, 0)
                answer = self._new_answers[own_change] if own_change else answer_if_any(self._before, item.name)
                item.cache[visible_changes] = answer if visible else ()
            if answer := item.cache[visible_changes]:
                answers[item.name] = answer[0]
        scales: dict[str, ScaleScore] = {}
        for scale in self._scales:
            visible_changes = changes & scale.mask
            if visible_changes not in scale.cache:
                scale.cache[visible_changes] = scale.scorer.score(answers)
            scales[scale.scorer.scale.id] = scale.cache[visible_changes]
        texts = logic_of(self._pack).texts
        readable = {name: value for name, value in answers.items() if name not in texts}
        return Facts(readable, self._form.item_ids, scales, as_of)
