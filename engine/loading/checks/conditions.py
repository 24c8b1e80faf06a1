"""Does a condition ask something that exists, with an operator that fits, and in an order that works?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """Check every leaf; ``allow_steps`` allows asking whether a step is held."""
    for leaf, leaf_path in leaves(condition):
        path = (*condition_path, *leaf_path)
        match leaf.subject:
            case "item":
                if collector.check_exists("item", leaf.id, collector.pack.items, key, (*path, "item")):
                    _check_item_leaf(collector, leaf, collector.pack.items[leaf.id], key, path)
            case "scale":
                if collector.check_exists("scale", leaf.id, collector.pack.scales, key, (*path, "scale")):
                    _check_scale_leaf(collector, leaf, collector.pack.scales[leaf.id], key, path)
            case "finding":
                if collector.check_exists("finding", leaf.id, collector.pack.recorders, key, (*path, "finding")):
                    _check_finding_leaf(collector, leaf, key, path)
            case "step":
                if not allow_steps:
                    collector.report(
                        "HW303",
                        key,
                        (*path, "step"),
                        operator="step",
                        subject="a step in a rule",
                        allowed="item, scale, finding",
                    )
                elif collector.check_exists(
                    "step", leaf.id, [step.id for step in collector.pack.steps], key, (*path, "step")
                ):
                    _check_held_leaf(collector, leaf, key, path)


def _check_item_leaf(collector: ProblemCollector, leaf: Leaf, item: Item, key: ContentKey, path: ValuePath) -> None:
    if not item.operators:
        collector.report("HW306", key, (*path, "item"), id=item.id)
        return
    if not _check_operator(collector, leaf, f"“{item.id}” ({item.type})", item.operators, key, path):
        return
    expected = BOOLEAN if leaf.operator == "answered" else item.expected_operand(leaf.operator)
    for operand, operand_path in _operands(collector, leaf, key, path):
        if expected.ids and isinstance(operand, str):
            collector.check_exists(f"option of “{item.id}”", operand, expected.ids, key, operand_path)
        _check_operand(collector, leaf, expected.fits(operand), expected.description, operand, key, operand_path)
        if expected.lowest is not None and expected.highest is not None:
            bounds = (expected.lowest, expected.highest)
            _check_reach(collector, operand, bounds, f"“{item.id}”", key, operand_path)


def _check_scale_leaf(collector: ProblemCollector, leaf: Leaf, scale: Scale, key: ContentKey, path: ValuePath) -> None:
    if not _check_operator(collector, leaf, f"the scale “{scale.id}”", ORDER_OPERATORS, key, path):
        return
    for operand, operand_path in _operands(collector, leaf, key, path):
        if leaf.operator == "answered":
            _check_operand(collector, leaf, isinstance(operand, bool), "true or false", operand, key, operand_path)
        elif isinstance(operand, str):
            collector.check_exists(
                f"band of “{scale.id}”", operand, [band.id for band in scale.bands], key, operand_path
            )
        else:
            _check_operand(
                collector, leaf, is_number(operand), "a score or the id of a band", operand, key, operand_path
            )
            if (scale_scorer := scorer(scale, collector.pack.items)) is not None:
                bounds = (as_plain_number(scale_scorer.low), as_plain_number(scale_scorer.high))
                _check_reach(collector, operand, bounds, f"“{scale.id}”", key, operand_path)


def _check_finding_leaf(collector: ProblemCollector, leaf: Leaf, key: ContentKey, path: ValuePath) -> None:
    if _check_operator(collector, leaf, "a finding", ("is", "is_not"), key, path):
        _check_operand(
            collector, leaf, isinstance(leaf.operand, bool), "true or false", leaf.operand, key, (*path, leaf.operator)
        )


def _check_held_leaf(collector: ProblemCollector, leaf: Leaf, key: ContentKey, path: ValuePath) -> None:
    if _check_operator(collector, leaf, "a step", ("is", "is_not"), key, path):
        _check_operand(collector, leaf, leaf.operand == "held", "held", leaf.operand, key, (*path, leaf.operator))


def _check_operator(
    collector: ProblemCollector, leaf: Leaf, subject: str, allowed: tuple[str, ...], key: ContentKey, path: ValuePath
) -> bool:
    if leaf.operator not in allowed:
        facts = {"operator": leaf.operator, "subject": subject, "allowed": join_ids(allowed)}
        collector.report("HW303", key, (*path, leaf.operator), at_key=True, **facts)
        return False
    return True


def _operands(
    collector: ProblemCollector, leaf: Leaf, key: ContentKey, path: ValuePath
) -> list[tuple[object, ValuePath]]:
    """Each operand with its place; a list where one is wanted, or the other way round, is reported."""
    operand_path = (*path, leaf.operator)
    is_list = isinstance(leaf.operand, tuple)
    if is_list != (leaf.operator == "one_of"):
        expected = "a list" if leaf.operator == "one_of" else "one value, not a list"
        _check_operand(collector, leaf, False, expected, leaf.operand, key, operand_path)
        return []
    if isinstance(leaf.operand, tuple):
        if len({isinstance(entry, str) for entry in leaf.operand}) > 1:
            _check_operand(collector, leaf, False, "a list of one kind of value", leaf.operand, key, operand_path)
            return []
        return [(entry, (*operand_path, index)) for index, entry in enumerate(leaf.operand)]
    return [(leaf.operand, operand_path)]


def _check_operand(
    collector: ProblemCollector, leaf: Leaf, fits: bool, expected: str, actual: object, key: ContentKey, path: ValuePath
) -> None:
    if not fits:
        collector.report("HW304", key, path, operator=leaf.operator, expected=expected, found=describe_value(actual))


def _check_reach(
    collector: ProblemCollector,
    operand: object,
    bounds: tuple[float, float],
    subject: str,
    key: ContentKey,
    path: ValuePath,
) -> None:
    low, high = bounds
    if is_number(operand) and not low <= operand <= high:  # type: ignore[operator]  # is_number says so
        collector.report("HW324", key, path, found=describe_value(operand), what=f"{subject} runs from {low} to {high}")


def check_order(collector: ProblemCollector, form: Form, item: Item, key: ContentKey) -> None:
    """``show_when`` may read only what is known when the item comes up in this form."""
    if item.show_when is None or item.id in collector.broken_words:
        return
    position = form.position[item.id]
    for leaf, leaf_path in leaves(item.show_when):
        path = ("show_when", *leaf_path)
        match leaf.subject:
            case "item" if leaf.id in collector.pack.items:
                _check_earlier(collector, form, (leaf.id,), position, f"“{leaf.id}”", key, path)
            case "scale" if leaf.id in collector.pack.scales:
                _check_earlier(
                    collector, form, collector.pack.scales[leaf.id].items, position, f"the scale “{leaf.id}”", key, path
                )
            case "finding":
                collector.report("HW305", key, path, subject=f"the finding “{leaf.id}”")
            case "step":
                _check_gates_earlier(collector, form, leaf, position, key, path)


def _check_earlier(
    collector: ProblemCollector,
    form: Form,
    items: tuple[str, ...],
    position: int,
    subject: str,
    key: ContentKey,
    path: ValuePath,
) -> None:
    readable = collector.pack.items.keys() - collector.broken_words
    if any(form.position.get(name, position) >= position for name in items if name in readable):
        collector.report("HW305", key, path, subject=subject)


def _check_gates_earlier(
    collector: ProblemCollector, form: Form, leaf: Leaf, position: int, key: ContentKey, path: ValuePath
) -> None:
    for gate in collector.pack.gates_holding(leaf.id):
        for gate_leaf, _ in leaves(gate.when):
            if form.position.get(gate_leaf.id, -1) >= position:
                collector.report("HW319", key, path, id=leaf.id, gate=gate.id, item=gate_leaf.id)


def check_cycles(collector: ProblemCollector) -> None:
    """Findings may not depend on themselves, nor steps precede themselves."""
    for cycle in find_cycles(collector.pack.prerequisites):
        collector.report("HW308", ("rule", cycle[0]), circle=" → ".join(cycle))
    follows: dict[str, list[str]] = {}
    by_pair = {
        effect.pair: (rule.id, index)
        for rule in collector.pack.rules
        for index, effect in enumerate(rule.then)
        if effect.pair is not None
    }
    for first, then in by_pair:
        follows.setdefault(first, []).append(then)
        follows.setdefault(then, [])
    for cycle in find_cycles(follows):
        pairs = list(pairwise(cycle))
        parts: list[str] = []
        for first, then in pairs:
            rule_id, index = by_pair[first, then]
            location = collector.where(*_order_position(rule_id, index))
            parts.append(f"{first} before {then} (rule {rule_id}, {location})")
        collector.report("HW309", *_order_position(*by_pair[pairs[0]]), circle=", ".join(parts))


def _order_position(rule_id: str, index: int) -> tuple[ContentKey, ValuePath]:
    return ("rule", rule_id), ("then", index, "order")


def find_cycles(graph: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """One circle for each group of nodes that reach themselves, each beginning and ending with the same node."""
    cycles: list[list[str]] = []
    done: set[str] = set()
    for start in sorted(graph):
        trail: list[str] = []
        on_trail: dict[str, int] = {}
        stack = [(start, iter(graph[start]))] if start not in done else []
        if stack:
            on_trail[start] = 0
            trail.append(start)
        while stack:
            node, branches = stack[-1]
            for successor in branches:
                if successor in on_trail:
                    cycles.append([*trail[on_trail[successor] :], successor])
                elif successor not in done:
                    on_trail[successor] = len(trail)
                    trail.append(successor)
                    stack.append((successor, iter(graph.get(successor, []))))
                    break
            else:
                stack.pop()
                trail.pop()
                del on_trail[node]
                done.add(node)
    return cycles
