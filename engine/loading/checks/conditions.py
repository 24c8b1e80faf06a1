"""Checks conditions: what they ask exists, the operators and operands fit, and nothing depends on itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from engine.assessment.scoring import scorer
from engine.content.conditions import ORDER_OPERATORS, Condition, Leaf, leaves
from engine.content.items.base import BOOLEAN, Item, is_number
from engine.content.pack import ContentKey, Form
from engine.content.questionnaire import Scale
from engine.content.values import as_plain_number
from engine.errors import describe_value, join_ids
from engine.loading.checks.problems import ProblemCollector
from engine.loading.yaml import ValuePath


def check_condition(
    collector: ProblemCollector,
    condition: Condition,
    key: ContentKey,
    condition_path: ValuePath,
    *,
    allow_steps: bool = False,
) -> None:
    """Check every leaf of a condition; ``allow_steps`` lets it ask whether a step is held, as ``show_when`` may."""
    for leaf, leaf_path in leaves(condition):
        check = _LeafCheck(collector, leaf, key, (*condition_path, *leaf_path))
        if leaf.subject == "step" and not allow_steps:
            subject, allowed = "a step in a rule", "item, scale, finding"
            collector.report("HW303", key, (*check.path, "step"), operator="step", subject=subject, allowed=allowed)
        elif check.exists(leaf.subject, leaf.id, collector.ids[leaf.subject], (*check.path, leaf.subject)):
            check.run()


@dataclass(frozen=True)
class _LeafCheck:
    """The checks of one leaf whose subject exists."""

    collector: ProblemCollector
    leaf: Leaf
    key: ContentKey
    path: ValuePath

    def run(self) -> None:
        operand = self.leaf.operand
        match self.leaf.subject:
            case "item":
                self._item(self.collector.pack.items[self.leaf.id])
            case "scale":
                self._scale(self.collector.pack.scales[self.leaf.id])
            case "finding":
                if self._operator_fits("a finding", ("is", "is_not")):
                    self._operand(isinstance(operand, bool), "true or false", operand)
            case "step":
                if self._operator_fits("a step", ("is", "is_not")):
                    self._operand(operand == "held", "held", operand)

    def exists(self, kind: str, name: str, ids: Collection[str], path: ValuePath) -> bool:
        return self.collector.check_exists(kind, name, ids, self.key, path)

    def _item(self, item: Item) -> None:
        if not item.operators:
            self.collector.report("HW306", self.key, (*self.path, "item"), id=item.id)
            return
        if not self._operator_fits(f"“{item.id}” ({item.type})", item.operators):
            return
        expected = BOOLEAN if self.leaf.operator == "answered" else item.expected_operand(self.leaf.operator)
        for operand, path in self._operands():
            if expected.ids and isinstance(operand, str):
                self.exists(f"option of “{item.id}”", operand, expected.ids, path)
            self._operand(expected.fits(operand), expected.description, operand, path)
            if expected.lowest is not None and expected.highest is not None:
                self._reach(operand, expected.lowest, expected.highest, path)

    def _scale(self, scale: Scale) -> None:
        if not self._operator_fits(f"the scale “{scale.id}”", ORDER_OPERATORS):
            return
        for operand, path in self._operands():
            if self.leaf.operator == "answered":
                self._operand(isinstance(operand, bool), "true or false", operand, path)
            elif isinstance(operand, str):
                self.exists(f"band of “{scale.id}”", operand, [band.id for band in scale.bands], path)
            else:
                self._operand(is_number(operand), "a score or the id of a band", operand, path)
                if (scale_scorer := scorer(scale, self.collector.pack.items)) is not None:
                    low, high = as_plain_number(scale_scorer.low), as_plain_number(scale_scorer.high)
                    self._reach(operand, low, high, path)

    def _operator_fits(self, subject: str, allowed: tuple[str, ...]) -> bool:
        operator = self.leaf.operator
        if operator not in allowed:
            facts = {"operator": operator, "subject": subject, "allowed": join_ids(allowed)}
            self.collector.report("HW303", self.key, (*self.path, operator), at_key=True, **facts)
        return operator in allowed

    def _operands(self) -> list[tuple[object, ValuePath]]:
        """Each operand with its path; none, and reported, if there is a list instead of one value or the reverse."""
        operand, path = self.leaf.operand, (*self.path, self.leaf.operator)
        if isinstance(operand, tuple) != (self.leaf.operator == "one_of"):
            self._operand(False, "a list" if self.leaf.operator == "one_of" else "one value, not a list", operand)
            return []
        if not isinstance(operand, tuple):
            return [(operand, path)]
        if len({isinstance(entry, str) for entry in operand}) > 1:
            self._operand(False, "a list of one kind of value", operand)
            return []
        return [(entry, (*path, index)) for index, entry in enumerate(operand)]

    def _operand(self, fits: bool, expected: str, actual: object, path: ValuePath | None = None) -> None:
        if not fits:
            operator, described = self.leaf.operator, describe_value(actual)
            place = path or (*self.path, operator)
            self.collector.report("HW304", self.key, place, operator=operator, expected=expected, found=described)

    def _reach(self, operand: object, low: float, high: float, path: ValuePath) -> None:
        if is_number(operand) and not low <= operand <= high:  # type: ignore[operator]  # is_number says so
            what = f"“{self.leaf.id}” runs from {low} to {high}"
            self.collector.report("HW324", self.key, path, found=describe_value(operand), what=what)


def check_order(collector: ProblemCollector, form: Form, item: Item, key: ContentKey) -> None:
    """Check that ``show_when`` reads only what is known before the item is asked in this form."""
    if item.show_when is None:
        return
    pack, position = collector.pack, form.position[item.id]
    for leaf, leaf_path in leaves(item.show_when):
        path = ("show_when", *leaf_path)
        known_items = [name for name in pack.items_read_by(leaf) if name in pack.items]
        if leaf.subject == "step":
            _check_gates_earlier(collector, form, leaf, position, key, path)
        elif leaf.subject == "finding" or any(form.position.get(name, position) >= position for name in known_items):
            subject = f"“{leaf.id}”" if leaf.subject == "item" else f"the {leaf.subject} “{leaf.id}”"
            collector.report("HW305", key, path, subject=subject)


def _check_gates_earlier(
    collector: ProblemCollector, form: Form, leaf: Leaf, position: int, key: ContentKey, path: ValuePath
) -> None:
    for gate in collector.pack.gates_holding(leaf.id):
        for gate_leaf, _ in leaves(gate.when):
            if form.position.get(gate_leaf.id, -1) >= position:
                collector.report("HW319", key, path, id=leaf.id, gate=gate.id, item=gate_leaf.id)


def check_cycles(collector: ProblemCollector) -> None:
    """Report findings that depend on themselves, and steps that rules order before themselves."""
    for cycle in find_cycles(collector.pack.prerequisites):
        collector.report("HW308", ("rule", cycle[0]), circle=" → ".join(cycle))
    orders: dict[tuple[str, str], tuple[ContentKey, ValuePath]] = {
        effect.pair: (("rule", rule.id), ("then", index, "order"))
        for rule in collector.pack.rules
        for index, effect in enumerate(rule.then)
        if effect.pair is not None
    }
    follows: dict[str, list[str]] = {step: [] for pair in orders for step in pair}
    for first, then in orders:
        follows[first].append(then)
    for cycle in find_cycles(follows):
        pairs = list(pairwise(cycle))
        circle = ", ".join(
            f"{first} before {then} (rule {orders[first, then][0][1]}, {collector.where(*orders[first, then])})"
            for first, then in pairs
        )
        collector.report("HW309", *orders[pairs[0]], circle=circle)


def find_cycles(graph: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Cycles of a graph that share no node with each other; each begins and ends with its least node."""
    cycles: list[list[str]] = []
    remaining = {node: graph[node] for node in sorted(graph)}
    while True:
        try:
            TopologicalSorter(remaining).prepare()
        except CycleError as error:
            nodes = error.args[1][:0:-1]  # from the end to the start, without the repeated node
            start = nodes.index(min(nodes))
            cycles.append([*nodes[start:], *nodes[: start + 1]])
            remaining = {
                node: [successor for successor in successors if successor not in nodes]
                for node, successors in remaining.items()
                if node not in nodes
            }
        else:
            return cycles
