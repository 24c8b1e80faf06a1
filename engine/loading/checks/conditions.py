"""Does a condition ask something that exists, with an operator that fits, and in an order that works?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Final

from engine.assessment.scoring import as_plain_number, scorer
from engine.content.base import is_date
from engine.content.conditions import Condition, Leaf, leaves
from engine.content.pack import ContentKey, Form
from engine.content.questionnaire import (
    DateItem,
    Item,
    MultipleChoice,
    NumberItem,
    Rating,
    Scale,
    ShortText,
    SingleChoice,
    YesNo,
)
from engine.content.rules import HoldEffect, OrderEffect
from engine.errors import describe_value, join_ids
from engine.loading.checks.problems import ProblemCollector
from engine.loading.yaml import ValuePath

_EQUALITY_OPERATORS: Final = ("is", "is_not", "answered")
_ORDER_OPERATORS: Final = ("is", "is_not", "one_of", "at_least", "at_most", "answered")
_COUNT_OPERATORS: Final = ("includes", "one_of", "at_least", "at_most", "answered")


def operators_for(item: Item) -> tuple[str, ...]:
    """The operators that may be asked of an item."""
    match item:
        case SingleChoice():
            valued = all(option.value is not None for option in item.options)
            return _ORDER_OPERATORS if valued else ("is", "is_not", "one_of", "answered")
        case MultipleChoice():
            return _COUNT_OPERATORS
        case YesNo():
            return _EQUALITY_OPERATORS
        case ShortText():
            return ()
        case _:
            return _ORDER_OPERATORS


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
        if leaf.subject == "step" and not allow_steps:
            subject, allowed = "a step in a rule", "item, scale, finding"
            collector.report("HW303", key, (*path, "step"), operator="step", subject=subject, allowed=allowed)
        elif collector.check_exists(leaf.subject, leaf.id, collector.ids[leaf.subject], key, (*path, leaf.subject)):
            match leaf.subject:
                case "item":
                    _check_item_leaf(collector, leaf, collector.pack.items[leaf.id], key, path)
                case "scale":
                    _check_scale_leaf(collector, leaf, collector.pack.scales[leaf.id], key, path)
                case "finding":
                    fits = isinstance(leaf.operand, bool)
                    _check_two_valued_leaf(collector, leaf, "a finding", fits, "true or false", key, path)
                case "step":
                    _check_two_valued_leaf(collector, leaf, "a step", leaf.operand == "held", "held", key, path)


def _check_item_leaf(collector: ProblemCollector, leaf: Leaf, item: Item, key: ContentKey, path: ValuePath) -> None:
    if isinstance(item, ShortText):
        collector.report("HW306", key, (*path, "item"), id=item.id)
        return
    allowed = operators_for(item)
    if not _check_operator(collector, leaf, f"“{item.id}” ({item.type})", allowed, key, path):
        return
    for operand, operand_path in _operands(collector, leaf, key, path):
        bounds: tuple[float, float] | None = None
        match item:
            case _ if leaf.operator == "answered" or isinstance(item, YesNo):
                fits, expected = isinstance(operand, bool), "true or false"
            case SingleChoice() | MultipleChoice() if leaf.operator not in {"at_least", "at_most"}:
                options = [option.id for option in item.options]
                fits, expected = isinstance(operand, str), f"an option of “{item.id}” ({join_ids(options)})"
                if isinstance(operand, str):
                    collector.check_exists(f"option of “{item.id}”", operand, options, key, operand_path)
            case DateItem():
                fits = _is_whole(operand) or (isinstance(operand, str) and is_date(operand))
                expected = "a date such as 2026-11-23, or a number of days ago"
            case Rating():
                bounds = (item.first, item.last)
                fits, expected = _is_whole(operand), f"a whole number from {item.first} to {item.last}"
            case NumberItem():
                bounds = (item.lowest, item.highest)
                fits, expected = _is_number(operand), f"a number from {item.lowest} to {item.highest}"
            case _:
                fits, expected = _is_number(operand), "a number"
        _check_operand(collector, leaf, fits, expected, operand, key, operand_path)
        if bounds is not None:
            _check_reach(collector, operand, bounds, f"“{item.id}”", key, operand_path)


def _check_scale_leaf(collector: ProblemCollector, leaf: Leaf, scale: Scale, key: ContentKey, path: ValuePath) -> None:
    if not _check_operator(collector, leaf, f"the scale “{scale.id}”", _ORDER_OPERATORS, key, path):
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
                collector, leaf, _is_number(operand), "a score or the id of a band", operand, key, operand_path
            )
            if (scale_scorer := scorer(scale, collector.pack.items)) is not None:
                bounds = (as_plain_number(scale_scorer.low), as_plain_number(scale_scorer.high))
                _check_reach(collector, operand, bounds, f"“{scale.id}”", key, operand_path)


def _check_two_valued_leaf(
    collector: ProblemCollector, leaf: Leaf, subject: str, fits: bool, expected: str, key: ContentKey, path: ValuePath
) -> None:
    if _check_operator(collector, leaf, subject, ("is", "is_not"), key, path):
        _check_operand(collector, leaf, fits, expected, leaf.operand, key, (*path, leaf.operator))


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
    if _is_number(operand) and not low <= operand <= high:  # type: ignore[operator]  # _is_number says so
        collector.report("HW324", key, path, found=describe_value(operand), what=f"{subject} runs from {low} to {high}")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_order(collector: ProblemCollector, form: Form, item: Item, key: ContentKey) -> None:
    """``show_when`` may read only what is known when the item comes up in this form."""
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
    for rule in collector.pack.rules:
        holds = (effect for effect in rule.then if isinstance(effect, HoldEffect))
        if not rule.gate or not any(leaf.id in collector.pack.targets(effect.hold) for effect in holds):
            continue
        for gate_leaf, _ in leaves(rule.when):
            if form.position.get(gate_leaf.id, -1) >= position:
                collector.report("HW319", key, path, id=leaf.id, gate=rule.id, item=gate_leaf.id)


def check_cycles(collector: ProblemCollector) -> None:
    """Findings may not depend on themselves, nor steps precede themselves."""
    for cycle in find_cycles(collector.pack.prerequisites):
        collector.report("HW308", ("rule", cycle[0]), circle=" → ".join(cycle))
    orders = [
        (effect.order, (rule.id, index))
        for rule in collector.pack.rules
        for index, effect in enumerate(rule.then)
        if isinstance(effect, OrderEffect)
    ]
    follows: dict[str, list[str]] = {}
    by_pair = {(order.first, order.then): effect_position for order, effect_position in orders}
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
    """Circles of nodes that lead to each other, none with a node of another; each ends with the node it begins with."""
    cycles: list[list[str]] = []
    remaining = {node: graph[node] for node in sorted(graph)}
    while True:
        try:
            TopologicalSorter(remaining).prepare()
        except CycleError as error:
            nodes = error.args[1][:0:-1]  # it begins and ends with the same node, and goes the other way round
            start = nodes.index(min(nodes))
            cycles.append([*nodes[start:], *nodes[: start + 1]])
            remaining = {
                node: [successor for successor in successors if successor not in nodes]
                for node, successors in remaining.items()
                if node not in nodes
            }
        else:
            return cycles
