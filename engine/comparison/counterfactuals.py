"""Plans of a sitting with some of its answers changed, for searches that try thousands of changes.

An item or a scale depends only on changes to its own items, and to the items that decide whether these are asked. Only
items and scales that depend on a change are evaluated again, and each result is cached by the changes it depends on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache, partial
from itertools import chain
from typing import Final

from engine.assessment.effects import placement_effects, plan_effects
from engine.assessment.evaluator import Facts
from engine.assessment.evaluator.numbers import Values
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Planner, StepPlacements, VisiblePlan, visible_plan_of_rules
from engine.assessment.responses import is_visible
from engine.assessment.scoring import ScaleScore, scorers
from engine.assessment.trace import Trace, logic_of
from engine.content.conditions import Condition, leaves
from engine.content.pack import Form, Pack
from engine.content.values import Answers, Value

TIME: Final = "@time"
"""The change “time has passed”, which matters to conditions on the age of a date. No item can have this id."""

ChangeSet = int
"""A bit mask: one bit for each change."""
ItemSet = frozenset[str]
"""The items whose answers something depends on, and ``TIME``."""
ItemChange = tuple[str, tuple[Value | None, ...]]
"""An item and its new answer in a tuple, which is empty for an item that is to be unanswered."""
Fired = tuple[tuple[str, ...], ...]
"""The rules that fire, by stratum."""


def answer_if_any(assessment: Assessment, name: str) -> tuple[Value | None, ...]:
    """The answer to an item in a tuple, which is empty if the item is unanswered."""
    answers = assessment.responses.answers
    return (answers[name],) if name in answers else ()


class Dependencies:
    """The items that each item, scale and rule of a form depends on.

    They are collected in the order of asking, then by stratum: chains of findings may be too long for recursion.
    """

    def __init__(self, pack: Pack, form: Form) -> None:
        self._pack = pack
        self.items: dict[str, ItemSet] = {}
        for item in form.items:  # an item's show_when depends only on earlier items
            own = {item.id, TIME} if item.ages else {item.id}
            self.items[item.id] = self.of(item.show_when).union(own) if item.show_when else frozenset(own)
        self.scales = {scale.id: self._of_items(scale.items) for scale in form.scales}
        self.rules: dict[str, ItemSet] = {}
        for rules in logic_of(pack).strata:
            self.rules.update({rule.id: self.of(rule.when) for rule, _ in rules})

    def of(self, condition: Condition) -> ItemSet:
        """The items that a condition depends on."""
        item_ids: set[str] = set()
        for leaf, _ in leaves(condition):
            match leaf.subject:
                case "item":
                    item_ids |= self.items.get(leaf.id, frozenset())
                case "scale":
                    item_ids |= self._of_items(self._pack.scales[leaf.id].items)
                case "finding":
                    item_ids.update(*(self.rules[rule.id] for rule in self._pack.recorders.get(leaf.id, ())))
                case "step":
                    item_ids.update(*(self.of(gate.when) for gate in self._pack.gates_holding(leaf.id)))
        return frozenset(item_ids)

    def _of_items(self, names: Iterable[str]) -> ItemSet:
        return frozenset[str]().union(*(self.items.get(name, frozenset()) for name in names))


_dependencies = lru_cache(maxsize=32)(Dependencies)


class Counterfactuals:
    """The plans of a sitting with sets of changes applied. Bit 0 of a set is the first change given.

    There may be several changes of one item; a set holds at most one of them.
    """

    def __init__(
        self,
        before: Assessment,
        changes: Sequence[ItemChange],
        *,
        later: date | None = None,
        check_in: Trace | None = None,
    ) -> None:
        """``later`` is the day after the change ``TIME``; ``check_in`` is the trace of a check-in added to the plan."""
        self._before, self._later = before, later
        self._pack, self._form = before.pack, before.form
        self._logic, self._scorers = logic_of(self._pack), scorers(self._pack)
        self._bits: dict[str, ChangeSet] = {}
        self._new_answers: dict[ChangeSet, tuple[Value | None, ...]] = {}
        for index, (name, answer) in enumerate(changes):
            self._bits[name] = self._bits.get(name, 0) | 1 << index
            self._new_answers[1 << index] = answer
        self.all_changes: ChangeSet = (1 << len(changes)) - 1
        depends_on = _dependencies(self._pack, self._form)
        self._items, self._scales = self._masks(depends_on.items), self._masks(depends_on.scales)
        """By item, in the order of asking, and by scale the changes that it depends on, if there are any."""
        self._answers: dict[tuple[str, ChangeSet], tuple[Value | None, ...]] = {}
        """By item and the changes it depends on its answer; empty if it is unanswered or not asked."""
        self._scores: dict[tuple[str, ChangeSet], ScaleScore] = {}
        answers = before.responses.answers
        readable = {name: value for name, value in answers.items() if name not in self._logic.texts}
        facts = Facts(readable, self._form.item_ids, before.scales, before.provenance.as_of)
        self._values = self._logic.slots.read(facts)
        self._fired: dict[ChangeSet, Fired] = {}
        self._place = cache(Planner(self._pack, check_in).place)
        self._visible_plan = cache(partial(visible_plan_of_rules, self._pack))

    def _masks(self, dependencies: Mapping[str, ItemSet]) -> dict[str, ChangeSet]:
        masks = {}
        for name, items in dependencies.items():
            if mask := sum(self._bits[item] for item in items & self._bits.keys()):
                masks[name] = mask
        return masks

    def placements(self, changes: ChangeSet) -> StepPlacements:
        """The placements of all steps with these changes."""
        return self.place(chain.from_iterable(self.fired(changes)))

    def place(self, rules: Iterable[str]) -> StepPlacements:
        """The placements of all steps if these rules fire. Many change sets fire the same rules, so they are cached."""
        placing_rules = placement_effects(self._pack).rules
        return self._place(tuple([rule for rule in rules if rule in placing_rules]))

    def visible_plan(self, changes: ChangeSet) -> VisiblePlan:
        """What a person would see of the plan with these changes."""
        planning_rules = plan_effects(self._pack).rules
        fired = chain.from_iterable(self.fired(changes))
        return self._visible_plan(tuple([rule for rule in fired if rule in planning_rules]))

    def fired(self, changes: ChangeSet) -> Fired:
        """The rules that fire with these changes, by the plain evaluator."""
        if changes not in self._fired:
            logic, values, fired = self._logic, self._changed_values(changes), []
            for rules_that_fire, recorders in zip(logic.fired_rules, logic.recorders, strict=True):
                rules = tuple(rules_that_fire(values))
                fired.append(rules)
                for rule in recorders.intersection(rules):
                    logic.slots.record(values, logic.records[rule])
            self._fired[changes] = tuple(fired)
        return self._fired[changes]

    def _changed_values(self, changes: ChangeSet) -> Values:
        """The numbers that conditions compare, with these changes. Free text has none: no rule may read it."""
        before, as_of = self._before, self._before.provenance.as_of
        if self._later is not None and changes & self._bits.get(TIME, 0):
            as_of = self._later
        items = [name for name, mask in self._items.items() if changes & mask]
        scales = [name for name, mask in self._scales.items() if changes & mask]
        answers, scores = dict(before.responses.answers), dict(before.scales)
        for name in items:  # in the order of asking: an item's show_when depends only on earlier items
            if answer := self._answer(name, changes & self._items[name], answers, as_of):
                answers[name] = answer[0]
            else:
                answers.pop(name, None)
        for name in scales:
            key = name, changes & self._scales[name]
            if key not in self._scores:
                self._scores[key] = self._scorers[name].score(answers)
            scores[name] = self._scores[key]
        values, texts = self._values.copy(), self._logic.texts
        facts = Facts(answers, self._form.item_ids, scores, as_of)
        self._logic.slots.read_again(values, facts, [name for name in items if name not in texts], scales)
        return values

    def _answer(self, name: str, changes: ChangeSet, answers: Answers, as_of: date) -> tuple[Value | None, ...]:
        key = name, changes
        if key not in self._answers:
            visible = is_visible(self._pack, self._form, name, answers, as_of)
            own_change = changes & self._bits.get(name, 0)
            answer = self._new_answers[own_change] if own_change else answer_if_any(self._before, name)
            self._answers[key] = answer if visible else ()
        return self._answers[key]
