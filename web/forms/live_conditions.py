"""Conditions for the script of the page: does an item come up, given what is chosen on this very page?

Whatever other pages decide is worked out here, and what is left is a small tree for ``heartwork.js``: ``true``,
``false``, ``null`` for unknown, ``{"all": […]}``, ``{"any": […]}``, ``{"not": …}``, ``{"sure": …}`` (true or not), or a
question about one field, whose truth while it is open is ``open``:

- ``{"item": name, "open": …, "is": {value: truth}}``
- ``{"item": name, "open": …, "has": [values]}``: is one of these boxes ticked?
- ``{"item": name, "open": …, "alone": [values], "count": [truths]}``: by how many others are ticked
- ``{"item": name, "open": …, "filled": truth}``
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from engine.assessment.evaluator import Facts, evaluator
from engine.assessment.responses import visibility_dependencies
from engine.assessment.scoring import scorers
from engine.content.conditions import QUANTITY_OPERATORS, AllOf, AnyOf, Condition, Leaf, Not
from engine.content.items.base import Item
from engine.content.pack import Form, Pack
from engine.content.values import Value

Answers = Mapping[str, Value | None]


class _NotExpressible(Exception):
    """The condition reads something on this page that the script cannot evaluate."""


def live_condition(
    pack: Pack, form: Form, item: Item, on_page: Collection[str], answers: Answers, as_of: date
) -> str | None:
    """The condition as JSON; None if nothing on the page affects it, or the script cannot evaluate it."""
    if item.show_when is None or visibility_dependencies(pack, form, item.id).isdisjoint(on_page):
        return None
    try:
        tree = _TreeBuilder(pack, form, on_page, answers, as_of).build(item.show_when)
    except _NotExpressible:
        return None
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


class _TreeBuilder:
    def __init__(self, pack: Pack, form: Form, on_page: Collection[str], answers: Answers, as_of: date) -> None:
        self._pack, self._form, self._on_page, self._as_of = pack, form, frozenset(on_page), as_of
        self._answers = {name: value for name, value in answers.items() if name not in self._on_page}

    def build(self, condition: Condition) -> Any:
        match condition:
            case AllOf():
                return {"all": [self.build(part) for part in condition.all]}
            case AnyOf():
                return {"any": [self.build(part) for part in condition.any]}
            case Not():
                return {"not": self.build(condition.not_)}
            case Leaf(subject="item") if condition.id in self._on_page:
                return self._item_test(condition)
            case Leaf(subject="item"):
                return self._truth(condition, self._answers)
            case Leaf(subject="step"):
                return self._step_test(condition)
            case Leaf():
                scale = self._pack.scales.get(condition.id)
                if scale is None or not self._on_page.isdisjoint(scale.items):
                    raise _NotExpressible
                return self._truth(condition, self._answers)

    def _step_test(self, leaf: Leaf) -> Any:
        # A gate with an unknown condition does not hold, so each is wrapped in "sure".
        held_test = {"any": [{"sure": self.build(gate.when)} for gate in self._pack.gates_holding(leaf.id)]}
        return held_test if leaf.operator == "is" else {"not": held_test}

    def _truth(self, leaf: Leaf, answers: Answers) -> bool | None:
        scales = {leaf.id: scorers(self._pack)[leaf.id].score(answers)} if leaf.subject == "scale" else {}
        facts = Facts(answers, self._form.item_ids, scales, self._as_of)
        return evaluator(leaf, self._pack).truth(facts)

    def _item_test(self, leaf: Leaf) -> dict[str, Any]:
        item = self._pack.items[leaf.id]
        test: dict[str, Any] = {"item": leaf.id, "open": self._truth(leaf, {})}
        if item.takes_several and leaf.operator != "answered":
            return {**test, **self._box_test(leaf, item)}
        truths = {choice.key: self._truth(leaf, {leaf.id: choice.answer}) for choice in item.choices}
        return {**test, "is": truths} if truths else self._filled_test(leaf, test)

    def _filled_test(self, leaf: Leaf, test: dict[str, Any]) -> dict[str, Any]:
        if leaf.operator != "answered":
            raise _NotExpressible
        return {**test, "filled": leaf.operand is True}

    def _box_test(self, leaf: Leaf, item: Item) -> dict[str, Any]:
        if leaf.operator in QUANTITY_OPERATORS:
            combinable = tuple(choice.key for choice in item.choices if not choice.exclusive)
            exclusive = tuple(choice.key for choice in item.choices if choice.exclusive)
            counts = [self._truth(leaf, {leaf.id: exclusive[:1]}) if exclusive else None]
            counts += [self._truth(leaf, {leaf.id: combinable[:count]}) for count in range(1, len(combinable) + 1)]
            return {"alone": list(exclusive), "count": counts}
        if leaf.operator in {"includes", "one_of"}:
            return {"has": [choice.key for choice in item.choices if self._truth(leaf, {leaf.id: choice.answer})]}
        raise _NotExpressible
