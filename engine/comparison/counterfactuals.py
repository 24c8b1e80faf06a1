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
from engine.assessment.plan import Outcome, Standing, outcome_of, standing
from engine.assessment.responses import is_visible
from engine.assessment.scoring import ScaleScore, Scorer, Value, scorers
from engine.assessment.trace import Trace, logic_of
from engine.content.conditions import Condition, leaves
from engine.content.pack import Form, Pack
from engine.content.questionnaire import DateItem
from engine.content.rules import HoldEffect, Rule

TIME: Final = "@time"
"""Stands among changed answers for "time has passed": dates are asked for their age. No item can have this id."""

Change = int
"""A set of changes: one bit each."""
Sight = frozenset[str]
"""The items whose answers something can depend on, and ``TIME``."""


Changed = tuple[str, tuple[Value | None, ...]]
"""An item and its other answer, or nothing."""


def given_to(assessment: Assessment, name: str) -> tuple[Value | None, ...]:
    """The answer to an item, or nothing if there is none."""
    answers = assessment.responses.answers
    return (answers[name],) if name in answers else ()


@dataclass
class Dependencies:
    """What each part of a form can see. Findings and conditions may form long chains: nothing recurses."""

    pack: Pack
    items: dict[str, Sight] = field(default_factory=dict)
    scales: dict[str, Sight] = field(default_factory=dict)
    rules: dict[str, Sight] = field(default_factory=dict)

    def of(self, condition: Condition) -> Sight:
        """All that a condition can see."""
        found: set[str] = set()
        for leaf, _ in leaves(condition):
            match leaf.subject:
                case "item":
                    found |= self.items.get(leaf.id, frozenset())
                case "scale":
                    found |= self._items(self.pack.scales[leaf.id].items)
                case "finding":
                    found |= {one for rule in self.pack.recorders.get(leaf.id, ()) for one in self.rules[rule.id]}
                case "step":
                    found |= self._gates(leaf.id)
        return frozenset(found)

    def _items(self, names: Iterable[str]) -> Sight:
        return frozenset[str]().union(*(self.items.get(name, frozenset()) for name in names))

    def _gates(self, step: str) -> Sight:
        """What the gates that can hold a step see."""
        gates = [
            rule
            for rule in self.pack.rules
            if rule.gate
            and any(isinstance(one, HoldEffect) and step in self.pack.targets(one.hold) for one in rule.then)
        ]
        return frozenset[str]().union(*(self.of(rule.when) for rule in gates))


@lru_cache(maxsize=32)
def dependencies(pack: Pack, form: Form) -> Dependencies:
    """What each item, scale and rule can see in a form."""
    found = Dependencies(pack)
    for item in form.items:  # whatever decides whether it comes up is asked earlier
        own = {item.id, TIME} if isinstance(item, DateItem) else {item.id}
        found.items[item.id] = frozenset(own if item.show_when is None else own | found.of(item.show_when))
    for scale in form.scales:
        found.scales[scale.id] = found._items(scale.items)  # noqa: SLF001 - the two belong together
    for rules in logic_of(pack).strata:
        for rule, _ in rules:
            found.rules[rule.id] = found.of(rule.when)
    return found


@dataclass
class _Item:
    name: str
    conditional: bool
    sees: Change
    known: dict[Change, tuple[Value | None, ...]] = field(default_factory=dict)
    """By what it sees of the changes: its answer, or nothing if it is unanswered or does not come up."""


@dataclass
class _Scale:
    scorer: Scorer
    sees: Change
    known: dict[Change, ScaleScore] = field(default_factory=dict)


@dataclass
class _Rules:
    """Rules of one stratum that see the same changes."""

    stratum: int
    rules: list[tuple[Rule, Node]]
    sees: Change
    known: dict[Change, tuple[str, ...]] = field(default_factory=dict)
    """By what they see of the changes: those that fire."""
    records: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    """By those that fire: the findings that they record."""


Fired = tuple[tuple[str, ...], ...]
"""The rules that fire, group by group."""


class Counterfactuals:
    """A sitting with sets of changes applied. A set is a number with one bit for each change, in their order.

    A change is an item and its other answer (nothing: unanswered), or ``TIME``; a set has one of an item at most.
    """

    def __init__(self, before: Assessment, changes: Sequence[Changed], *, later: date | None = None) -> None:
        """``later`` is the day that ``TIME`` leads to."""
        self._before, self._later = before, later
        self._pack, self._form = before.pack, before.form
        self._bits: dict[str, Change] = {}
        self._changed: dict[Change, tuple[Value | None, ...]] = {}
        for place, (name, answer) in enumerate(changes):
            self._bits[name] = self._bits.get(name, 0) | 1 << place
            self._changed[1 << place] = answer
        self._all = (1 << len(changes)) - 1
        seen = dependencies(self._pack, self._form)
        self._items = [
            _Item(item.id, item.show_when is not None, self._mask(seen.items[item.id])) for item in self._form.items
        ]
        ready = scorers(self._pack)
        self._scales = [_Scale(ready[one.id], self._mask(seen.scales[one.id])) for one in self._form.scales]
        self._groups = self._grouped(seen.rules)
        self._fired: dict[Change, Fired] = {}
        self._standing: dict[tuple[str, ...], Standing] = {}
        self._outcomes: dict[tuple[str, ...], Outcome] = {}

    def _mask(self, sight: Sight) -> Change:
        return sum(bit for name, bit in self._bits.items() if name in sight)

    def _grouped(self, seen: Mapping[str, Sight]) -> list[_Rules]:
        groups: dict[tuple[int, Change], _Rules] = {}
        for stratum, rules in enumerate(logic_of(self._pack).strata):
            for rule, node in rules:
                mask = self._mask(seen[rule.id])
                groups.setdefault((stratum, mask), _Rules(stratum, [], mask)).rules.append((rule, node))
        return list(groups.values())

    def all(self) -> Change:
        """All changes together."""
        return self._all

    def standing(self, changes: Change, check_in: Trace | None = None) -> Standing:
        """Where each step stands with these changes. The same rules make the same plan, and many sets fire the same.

        Args:
            check_in: a later check-in's trace, the same each time.
        """
        rules = self._among(changes, placement_effects(self._pack).rules)
        if rules not in self._standing:
            self._standing[rules] = standing(self._pack, rules, check_in)
        return self._standing[rules]

    def outcome(self, changes: Change) -> Outcome:
        """All that a person would see of the plan with these changes."""
        rules = self._among(changes, plan_effects(self._pack).rules)
        if rules not in self._outcomes:
            self._outcomes[rules] = outcome_of(self._pack, rules)
        return self._outcomes[rules]

    def _among(self, changes: Change, some: Collection[str]) -> tuple[str, ...]:
        """Those of some rules that fire with these changes."""
        return tuple(rule for names in self.fired(changes) for rule in names if rule in some)

    def fired(self, changes: Change) -> Fired:
        """The rules that fire with these changes, by the plain evaluator."""
        if changes not in self._fired:
            self._fired[changes] = self._evaluated(changes)
        return self._fired[changes]

    def _evaluated(self, changes: Change) -> Fired:
        facts: Facts | None = None
        stratum = 0
        fired: list[tuple[str, ...]] = []
        for group in self._groups:
            seen = changes & group.sees
            if seen not in group.known:
                facts = facts or self._facts(changes)
                if group.stratum != stratum:  # no rule sees the findings of its own stratum
                    stratum = group.stratum
                    facts.findings = self._findings(stratum, fired)
                group.known[seen] = tuple(rule.id for rule, node in group.rules if node.truth(facts) is True)
            fired.append(group.known[seen])
        return tuple(fired)

    def _findings(self, stratum: int, fired: Sequence[tuple[str, ...]]) -> set[str]:
        """What the rules of earlier strata record."""
        records = logic_of(self._pack).records
        found: set[str] = set()
        for group, names in zip(self._groups, fired, strict=False):
            if group.stratum < stratum and names:
                if names not in group.records:
                    group.records[names] = {finding for name in names for finding in records[name]}
                found |= group.records[names]
        return found

    def _facts(self, changes: Change) -> Facts:
        day = self._before.provenance.as_of
        if self._later is not None and changes & self._bits.get(TIME, 0):
            day = self._later
        answers: dict[str, Value | None] = {}
        for item in self._items:
            seen = changes & item.sees
            if seen not in item.known:
                comes = not item.conditional or is_visible(self._pack, self._form, item.name, answers, day)
                other = seen & self._bits.get(item.name, 0)
                given = self._changed[other] if other else given_to(self._before, item.name)
                item.known[seen] = given if comes else ()
            if known := item.known[seen]:
                answers[item.name] = known[0]
        scales: dict[str, ScaleScore] = {}
        for scale in self._scales:
            seen = changes & scale.sees
            if seen not in scale.known:
                scale.known[seen] = scale.scorer.score(answers)
            scales[scale.scorer.scale.id] = scale.known[seen]
        texts = logic_of(self._pack).texts
        told = {name: value for name, value in answers.items() if name not in texts}
        return Facts(told, self._form.asked, scales, day)
