"""A sitting with some of its answers changed: what it would have come to, tried by thousands.

What an item or a scale comes to depends only on the changes it can see: those of its own items, and of the items that
decide whether these come up. Only what sees a change is read again, and for each new set of changes worked out once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Final

from engine.assessment.effects import placement_effects, plan_effects
from engine.assessment.evaluator import Facts
from engine.assessment.evaluator.numbers import Values
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Planner, StepPlacements, VisiblePlan, visible_plan_of_rules
from engine.assessment.responses import is_visible
from engine.assessment.scoring import ScaleScore, Scorer, scorers
from engine.assessment.trace import Trace, logic_of
from engine.content.conditions import Condition, leaves
from engine.content.pack import Form, Pack
from engine.content.values import Answers, Value

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


class Dependencies:
    """What each part of a form can see. Findings and conditions may form long chains: nothing recurses."""

    def __init__(self, pack: Pack, form: Form) -> None:
        self._pack = pack
        self.items: dict[str, ItemSet] = {}
        for item in form.items:  # whatever decides whether it comes up is asked earlier
            own = {item.id, TIME} if item.ages else {item.id}
            self.items[item.id] = self.of(item.show_when).union(own) if item.show_when else frozenset(own)
        self.scales = {scale.id: self._of_items(scale.items) for scale in form.scales}
        self.rules: dict[str, ItemSet] = {}
        for rules in logic_of(pack).strata:
            self.rules.update({rule.id: self.of(rule.when) for rule, _ in rules})

    def of(self, condition: Condition) -> ItemSet:
        """All that a condition can see."""
        item_ids: set[str] = set()
        for leaf, _ in leaves(condition):
            match leaf.subject:
                case "item":
                    item_ids |= self.items.get(leaf.id, frozenset())
                case "scale":
                    item_ids |= self._of_items(self._pack.scales[leaf.id].items)
                case "finding":
                    item_ids |= {
                        item_id for rule in self._pack.recorders.get(leaf.id, ()) for item_id in self.rules[rule.id]
                    }
                case "step":
                    item_ids |= {
                        item_id for gate in self._pack.gates_holding(leaf.id) for item_id in self.of(gate.when)
                    }
        return frozenset(item_ids)

    def _of_items(self, names: Iterable[str]) -> ItemSet:
        return frozenset[str]().union(*(self.items.get(name, frozenset()) for name in names))


@lru_cache(maxsize=32)
def dependencies(pack: Pack, form: Form) -> Dependencies:
    """The dependencies of a form, found once."""
    return Dependencies(pack, form)


@dataclass
class _Item:
    name: str
    conditional: bool
    mask: ChangeSet
    """The changes that it can see."""
    cache: dict[ChangeSet, tuple[Value | None, ...]] = field(default_factory=dict)
    """By what it sees of the changes: its answer, or nothing if it is unanswered or does not come up."""


@dataclass
class _Scale:
    scorer: Scorer
    mask: ChangeSet
    cache: dict[ChangeSet, ScaleScore] = field(default_factory=dict)


Fired = tuple[tuple[str, ...], ...]
"""The rules that fire, by stratum."""


class Counterfactuals:
    """A sitting with sets of changes applied. A set is a number with one bit for each change, in their order.

    A change is an item and its other answer (nothing: unanswered), or ``TIME``; a set has one of an item at most.
    """

    def __init__(
        self,
        before: Assessment,
        changes: Sequence[ItemChange],
        *,
        later: date | None = None,
        check_in: Trace | None = None,
    ) -> None:
        """``later`` is the day that ``TIME`` leads to; ``check_in`` the trace of a check-in that was added."""
        self._before, self._later = before, later
        self._pack, self._form = before.pack, before.form
        self._logic = logic_of(self._pack)
        self._bits: dict[str, ChangeSet] = {}
        self._new_answers: dict[ChangeSet, tuple[Value | None, ...]] = {}
        for index, (name, answer) in enumerate(changes):
            self._bits[name] = self._bits.get(name, 0) | 1 << index
            self._new_answers[1 << index] = answer
        self.all_changes: ChangeSet = (1 << len(changes)) - 1
        """All changes together."""
        self._items, self._scales = self._changeable()
        self._values = self._logic.slots.read(self._facts_before())
        self._fired: dict[ChangeSet, Fired] = {}
        self._planner = Planner(self._pack, check_in)
        self._placements: dict[tuple[str, ...], StepPlacements] = {}
        self._outcomes: dict[tuple[str, ...], VisiblePlan] = {}

    def _changeable(self) -> tuple[list[_Item], list[_Scale]]:
        """The items and scales that can see any of the changes, in the order of asking."""
        form_dependencies = dependencies(self._pack, self._form)
        items = [
            _Item(item.id, item.show_when is not None, self._mask(form_dependencies.items[item.id]))
            for item in self._form.items
        ]
        scale_scorers = scorers(self._pack)
        scales = [
            _Scale(scale_scorers[scale.id], self._mask(form_dependencies.scales[scale.id]))
            for scale in self._form.scales
        ]
        return [item for item in items if item.mask], [scale for scale in scales if scale.mask]

    def _mask(self, depends_on: ItemSet) -> ChangeSet:
        return sum(self._bits[name] for name in depends_on & self._bits.keys())

    def _facts_before(self) -> Facts:
        """The sitting as it is. No rule may see what was typed freely."""
        texts, answers = self._logic.texts, self._before.responses.answers
        readable = {name: value for name, value in answers.items() if name not in texts}
        return Facts(readable, self._form.item_ids, self._before.scales, self._before.provenance.as_of)

    def placements(self, changes: ChangeSet) -> StepPlacements:
        """Where each step stands with these changes."""
        return self.place(chain.from_iterable(self.fired(changes)))

    def place(self, rules: Iterable[str]) -> StepPlacements:
        """Where each step stands if these rules fire. The same rules make the same plan; many sets fire the same."""
        placing_rules = placement_effects(self._pack).rules
        fired = tuple([rule for rule in rules if rule in placing_rules])
        if fired not in self._placements:
            self._placements[fired] = self._planner.place(fired)
        return self._placements[fired]

    def visible_plan(self, changes: ChangeSet) -> VisiblePlan:
        """All that a person would see of the plan with these changes."""
        planning_rules = plan_effects(self._pack).rules
        rules = tuple([rule for rule in chain.from_iterable(self.fired(changes)) if rule in planning_rules])
        if rules not in self._outcomes:
            self._outcomes[rules] = visible_plan_of_rules(self._pack, rules)
        return self._outcomes[rules]

    def fired(self, changes: ChangeSet) -> Fired:
        """The rules that fire with these changes, by the plain evaluator."""
        if changes not in self._fired:
            self._fired[changes] = self._evaluate(self._changed_values(changes))
        return self._fired[changes]

    def _evaluate(self, values: Values) -> Fired:
        logic = self._logic
        fired: list[tuple[str, ...]] = []
        for rules_that_fire, recorders in zip(logic.fired_rules, logic.recorders, strict=True):
            rules = tuple(rules_that_fire(values))
            fired.append(rules)
            for rule in recorders.intersection(rules):
                logic.slots.record(values, logic.records[rule])
        return tuple(fired)

    def _changed_values(self, changes: ChangeSet) -> Values:
        """The numbers that conditions compare, with these changes."""
        before, as_of = self._before, self._before.provenance.as_of
        if self._later is not None and changes & self._bits.get(TIME, 0):
            as_of = self._later
        items = [item for item in self._items if changes & item.mask]
        scales = [scale for scale in self._scales if changes & scale.mask]
        answers = dict(before.responses.answers)
        for item in items:  # what decides whether one comes up is asked earlier
            if answer := self._answer(item, changes & item.mask, answers, as_of):
                answers[item.name] = answer[0]
            else:
                answers.pop(item.name, None)
        scores = dict(before.scales)
        for scale in scales:
            visible_changes = changes & scale.mask
            if visible_changes not in scale.cache:
                scale.cache[visible_changes] = scale.scorer.score(answers)
            scores[scale.scorer.scale.id] = scale.cache[visible_changes]
        values = self._values.copy()
        facts = Facts(answers, self._form.item_ids, scores, as_of)
        readable_items = [item.name for item in items if item.name not in self._logic.texts]
        self._logic.slots.read_again(values, facts, readable_items, [scale.scorer.scale.id for scale in scales])
        return values

    def _answer(
        self, item: _Item, visible_changes: ChangeSet, answers: Answers, as_of: date
    ) -> tuple[Value | None, ...]:
        if visible_changes not in item.cache:
            visible = not item.conditional or is_visible(self._pack, self._form, item.name, answers, as_of)
            own_change = visible_changes & self._bits.get(item.name, 0)
            answer = self._new_answers[own_change] if own_change else answer_if_any(self._before, item.name)
            item.cache[visible_changes] = answer if visible else ()
        return item.cache[visible_changes]
