"""Which rules fired, and which answers are behind each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.assessment.evaluator import Facts, Node, SharedLeaves, evaluator
from engine.content.conditions import AllOf, Condition, Leaf, Not, leaves
from engine.content.pack import Form, Pack
from engine.content.rules import Rule


@dataclass(frozen=True, slots=True)
class Firing:
    """One rule that fired, with everything behind it."""

    rule: str
    stratum: int
    items: tuple[str, ...]
    """The items whose answers (or missing answers) made the condition true, through scales and findings as well."""
    scales: tuple[str, ...]
    findings: tuple[str, ...]
    """Findings the condition asked for, whether it wanted them recorded or not."""
    sensitive: bool
    """True if one of the items is sensitive: then nobody is told why."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What the rules made of one person's answers."""

    firings: tuple[Firing, ...]
    """By stratum, then by rule id."""
    findings: Mapping[str, tuple[str, ...]]
    """Each recorded finding with the rules that recorded it."""


RulesBehindLeaf = tuple[Node | None, tuple[tuple[Rule, Node], ...]]
"""A leaf without which none of some rules can fire, and these rules; None for rules that have no such leaf."""


@dataclass(frozen=True)
class Logic:
    """A pack's rules ready for plain evaluation."""

    strata: tuple[tuple[tuple[Rule, Node], ...], ...]
    """The first one holds the gates, and may be empty."""
    behind_leaves: tuple[tuple[RulesBehindLeaf, ...], ...]
    """The same rules by a leaf that they need: where it is not true, none of them has to be evaluated."""
    nodes: Mapping[str, Node]
    records: Mapping[str, tuple[str, ...]]
    """The findings each rule records."""
    texts: frozenset[str]
    """Items whose answers no rule may see."""


@lru_cache(maxsize=32)
def logic_of(pack: Pack) -> Logic:
    """The pack's rules, prepared once."""
    leaves: SharedLeaves = {}
    nodes = {rule.id: evaluator(rule.when, pack, leaves) for rule in pack.rules}
    strata = tuple(tuple((rule, nodes[rule.id]) for rule in rules) for rules in pack.strata)
    behind_leaves = tuple(_behind_leaves(rules, nodes, pack, leaves) for rules in pack.strata)
    records = {rule.id: rule.findings for rule in pack.rules}
    texts = frozenset(name for name, item in pack.items.items() if item.is_free_text)
    return Logic(strata, behind_leaves, nodes, records, texts)


def _behind_leaves(
    rules: Iterable[Rule], nodes: Mapping[str, Node], pack: Pack, shared: SharedLeaves
) -> tuple[RulesBehindLeaf, ...]:
    """Rules by one leaf that each needs: of several the one that most rules need."""
    needed = [(rule, [evaluator(leaf, pack, shared) for leaf in _needed_leaves(rule.when)]) for rule in rules]
    times_needed = Counter(leaf for _, needed_leaves in needed for leaf in needed_leaves)
    groups: dict[Node | None, list[tuple[Rule, Node]]] = {}
    for rule, needed_leaves in needed:
        leaf = max(needed_leaves, key=times_needed.__getitem__, default=None)
        groups.setdefault(leaf, []).append((rule, nodes[rule.id]))
    return tuple((leaf, tuple(group)) for leaf, group in groups.items())


def _needed_leaves(condition: Condition) -> list[Leaf]:
    """Leaves of which each must be true. Not that a finding is missing: most are, so it spares little."""
    branches = condition.all if isinstance(condition, AllOf) else (condition,)
    return [
        leaf
        for leaf in branches
        if isinstance(leaf, Leaf)
        if leaf.subject != "finding" or (leaf.operand is True) == (leaf.operator == "is")
    ]


@lru_cache(maxsize=64)
def _fixed(pack: Pack, form: Form) -> Mapping[str, Firing]:
    """The firings that are always the same: of rules whose condition needs all of some answers and nothing else."""
    fixed: dict[str, Firing] = {}
    for stratum, rules in enumerate(pack.strata):
        for rule in rules:
            condition_leaves = [leaf for leaf, _ in leaves(rule.when)]
            item_ids = {leaf.id for leaf in condition_leaves}
            if (
                _needs_all(rule.when)
                and all(leaf.subject == "item" for leaf in condition_leaves)
                and form.item_ids.issuperset(item_ids)
            ):
                items = tuple(sorted(item_ids, key=form.position.__getitem__))
                fixed[rule.id] = Firing(rule.id, stratum, items, (), (), not pack.sensitive.isdisjoint(item_ids))
    return fixed


def _needs_all(condition: Condition) -> bool:
    match condition:
        case AllOf():
            return all(_needs_all(branch) for branch in condition.all)
        case Not():
            return isinstance(condition.not_, Leaf)
        case _:
            return isinstance(condition, Leaf)


class Support:
    """Finds the answers behind firings, through scales and findings. Firings are asked for stratum by stratum."""

    def __init__(self, pack: Pack, form: Form, facts: Facts) -> None:
        self._pack, self._logic, self._position, self._facts = pack, logic_of(pack), form.position, facts
        self._fixed = _fixed(pack, form)
        self._by_rule: dict[str, frozenset[str]] = {}
        self._by_scale: dict[str, tuple[str, ...]] = {}
        self._by_finding: dict[str, set[str]] = {}

    def firing(self, rule: Rule, stratum: int) -> Firing:
        """The firing of a rule whose condition is true."""
        if (fixed := self._fixed.get(rule.id)) is not None:
            return self._noted(fixed, fixed.items)
        item_ids: set[str] = set()
        ids_by_subject: dict[str, dict[str, None]] = {"item": {}, "scale": {}, "finding": {}}
        for leaf in self._logic.nodes[rule.id].support(self._facts, True):
            ids_by_subject[leaf.subject][leaf.id] = None
            item_ids.update(self._items_behind(leaf))
        firing = Firing(
            rule=rule.id,
            stratum=stratum,
            items=tuple(sorted(item_ids & self._position.keys(), key=self._position.__getitem__)),
            scales=tuple(ids_by_subject["scale"]),
            findings=tuple(ids_by_subject["finding"]),
            sensitive=not self._pack.sensitive.isdisjoint(item_ids),
        )
        return self._noted(firing, item_ids)

    def _noted(self, firing: Firing, items: Iterable[str]) -> Firing:
        """Note the items behind the findings that a firing records."""
        for finding in self._logic.records[firing.rule]:
            self._by_finding.setdefault(finding, set()).update(items)
        return firing

    def _items_behind(self, leaf: Leaf) -> Iterable[str]:
        match leaf.subject:
            case "item":
                return (leaf.id,)
            case "scale":
                return self._items_of(leaf.id)
            case _ if leaf.id in self._by_finding:
                return self._by_finding[leaf.id]
            case _:
                recorders = self._pack.recorders.get(leaf.id, ())
                return frozenset().union(*(self._items_behind_silence(rule.id) for rule in recorders))

    def _items_of(self, scale: str) -> tuple[str, ...]:
        """The answers that make a score, or the missing ones that leave it unknown."""
        if scale not in self._by_scale:
            scale_score = self._facts.scales.get(scale)
            if scale_score is None:  # the form does not ask it
                self._by_scale[scale] = self._pack.scales[scale].items
            else:
                is_known = scale_score.value is not None
                self._by_scale[scale] = tuple(
                    item for item, value in scale_score.items.items() if (value is not None) == is_known
                )
        return self._by_scale[scale]

    def _items_behind_silence(self, rule: str) -> frozenset[str]:
        """What was answered instead of what would make a rule fire. Findings may form long chains: no recursion."""
        waiting = [rule]
        while waiting:
            pending = waiting[-1]
            if pending in self._by_rule:
                waiting.pop()
                continue
            node = self._logic.nodes[pending]
            supporting = tuple(node.support(self._facts, node.truth(self._facts)))
            recorders = [
                recorder.id
                for leaf in supporting
                if leaf.subject == "finding" and leaf.id not in self._by_finding
                for recorder in self._pack.recorders.get(leaf.id, ())
            ]
            unresolved = [recorder for recorder in recorders if recorder not in self._by_rule]
            if unresolved:
                waiting.extend(unresolved)
                continue
            resolved_leaves = [leaf for leaf in supporting if leaf.subject != "finding" or leaf.id in self._by_finding]
            item_sets = [self._items_behind(leaf) for leaf in resolved_leaves]
            self._by_rule[pending] = frozenset().union(*item_sets, *(self._by_rule[recorder] for recorder in recorders))
        return self._by_rule[rule]
