"""Which rules fired, and the answers behind each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Final

from engine.assessment.evaluator import Facts, Node, SharedLeaves, evaluator
from engine.assessment.evaluator.generated import FiredRules, generate
from engine.assessment.evaluator.numbers import Slots, slots_of
from engine.content.conditions import AllOf, Condition, Leaf, Not, leaves
from engine.content.pack import Form, Pack
from engine.content.rules import Rule

EngineAnswers = Mapping[tuple[object, str], Sequence[str]]
"""The results of the rules engine: by ruleset and the members it read, the rules that fired. They contain a person's
answers and live no longer than the person's trace."""
NO_ANSWERS: Final[EngineAnswers] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Firing:
    """One rule that fired, with everything behind it."""

    rule: str
    stratum: int
    items: tuple[str, ...]
    """The items whose answers, or missing answers, made the condition true, directly or through scales and findings."""
    scales: tuple[str, ...]
    findings: tuple[str, ...]
    """The findings that the condition reads, positive or negated."""
    sensitive: bool
    """True if one of the items is sensitive. Then the reason is not shown."""


@dataclass(frozen=True, eq=False)
class Trace:
    """The rules that fired for one person. The answers behind a firing are computed on demand."""

    fired: tuple[tuple[str, ...], ...]
    """The rules that fired, by stratum, in the order of ids."""
    findings: Mapping[str, tuple[str, ...]]
    """Each recorded finding with the rules that recorded it."""
    support: Support | None = None
    """None for a trace without answers: it contains which rules fired, but not why."""
    engine_answers: EngineAnswers = field(default_factory=dict, repr=False)
    """Empty after plain evaluation."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trace) and (self.firings, self.findings) == (other.firings, other.findings)

    def __hash__(self) -> int:
        return hash(self.fired)

    @property
    def rules(self) -> Iterator[str]:
        """All rules that fired, by stratum, then by id."""
        return chain.from_iterable(self.fired)

    def firing(self, rule: str) -> Firing:
        """The firing of a rule, cached.

        Raises:
            KeyError: the rule did not fire.
        """
        if self.support is None:
            raise KeyError(rule)
        return self.support.firing(rule)

    @cached_property
    def firings(self) -> tuple[Firing, ...]:
        """All firings, in the order of ``rules``."""
        return tuple(map(self.firing, self.rules))


class FiringsOfPlan(Mapping[str, Firing]):
    """The firings of some rules, by rule, from their traces."""

    def __init__(self, traces: Mapping[str, Trace]) -> None:
        self._traces = traces

    def __getitem__(self, rule: str) -> Firing:
        return self._traces[rule].firing(rule)

    def __iter__(self) -> Iterator[str]:
        return iter(self._traces)

    def __len__(self) -> int:
        return len(self._traces)


@dataclass(frozen=True)
class Logic:
    """A pack's rules prepared for plain evaluation."""

    strata: tuple[tuple[tuple[Rule, Node], ...], ...]
    """The first stratum contains the gates and may be empty."""
    slots: Slots
    fired_rules: tuple[FiredRules, ...]
    """By stratum, the function that returns which of its rules fire."""
    nodes: Mapping[str, Node]
    records: Mapping[str, tuple[str, ...]]
    """The findings that each rule records."""
    recorders: tuple[frozenset[str], ...]
    """By stratum, the rules that record findings."""
    texts: frozenset[str]
    """Items whose answers no rule may read."""


@lru_cache(maxsize=32)
def logic_of(pack: Pack) -> Logic:
    """The prepared rules of a pack, cached."""
    leaves: SharedLeaves = {}
    nodes = {rule.id: evaluator(rule.when, pack, leaves) for rule in pack.rules}
    slots = slots_of(pack)
    return Logic(
        strata=tuple(tuple((rule, nodes[rule.id]) for rule in rules) for rules in pack.strata),
        slots=slots,
        fired_rules=tuple(generate(rules, pack, slots) for rules in pack.strata),
        nodes=nodes,
        records={rule.id: rule.findings for rule in pack.rules},
        recorders=tuple(frozenset(rule.id for rule in rules if rule.findings) for rules in pack.strata),
        texts=frozenset(name for name, item in pack.items.items() if item.is_free_text),
    )


@lru_cache(maxsize=64)
def _fixed(pack: Pack, form: Form) -> Mapping[str, Firing]:
    """The firings that are always equal: of rules whose condition is a conjunction of answers."""
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
    """Finds the answers behind firings on demand, through scales and findings."""

    def __init__(self, pack: Pack, form: Form, facts: Facts, fired: tuple[tuple[str, ...], ...]) -> None:
        """``facts`` contains all recorded findings; a condition reads only those of earlier strata."""
        self._pack, self._logic, self._position, self._facts = pack, logic_of(pack), form.position, facts
        self._fixed = _fixed(pack, form)
        self._fired = fired
        self._noted_strata = 0
        """The number of strata for which the items behind findings are known."""
        self._firings: dict[str, Firing] = {}
        self._by_rule: dict[str, frozenset[str]] = {}
        self._by_scale: dict[str, tuple[str, ...]] = {}
        self._by_finding: dict[str, set[str]] = {}

    @cached_property
    def _strata(self) -> Mapping[str, int]:
        return {rule: stratum for stratum, rules in enumerate(self._fired) for rule in rules}

    def firing(self, rule: str) -> Firing:
        """The firing of a rule, cached.

        Raises:
            KeyError: the rule did not fire.
        """
        if rule not in self._firings:
            stratum = self._strata[rule]
            while self._noted_strata < stratum:
                self._note_findings(self._noted_strata)
                self._noted_strata += 1
            self._firings[rule] = self._fixed.get(rule) or self._find(rule, stratum)[0]
        return self._firings[rule]

    def _note_findings(self, stratum: int) -> None:
        """Record the items behind the findings of a stratum, after those of earlier strata."""
        recorders = self._logic.recorders[stratum]
        for rule in self._fired[stratum]:
            if rule in recorders:
                fixed = self._fixed.get(rule)
                items: Iterable[str] = fixed.items if fixed else self._find(rule, stratum)[1]
                for finding in self._logic.records[rule]:
                    self._by_finding.setdefault(finding, set()).update(items)

    def _find(self, rule: str, stratum: int) -> tuple[Firing, set[str]]:
        """A firing, and all items behind it, including those that the form does not contain."""
        item_ids: set[str] = set()
        ids_by_subject: dict[str, dict[str, None]] = {"item": {}, "scale": {}, "finding": {}}
        for leaf in self._logic.nodes[rule].support(self._facts, True):
            ids_by_subject[leaf.subject][leaf.id] = None
            item_ids.update(self._items_behind(leaf))
        firing = Firing(
            rule=rule,
            stratum=stratum,
            items=tuple(sorted(item_ids & self._position.keys(), key=self._position.__getitem__)),
            scales=tuple(ids_by_subject["scale"]),
            findings=tuple(ids_by_subject["finding"]),
            sensitive=not self._pack.sensitive.isdisjoint(item_ids),
        )
        return firing, item_ids

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
            if scale_score is None:  # the form does not contain it
                self._by_scale[scale] = self._pack.scales[scale].items
            else:
                is_known = scale_score.value is not None
                self._by_scale[scale] = tuple(
                    item for item, value in scale_score.items.items() if (value is not None) == is_known
                )
        return self._by_scale[scale]

    def _items_behind_silence(self, rule: str) -> frozenset[str]:
        """The answers that kept a rule from firing. Chains of findings may be long, so this is not recursive."""
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
