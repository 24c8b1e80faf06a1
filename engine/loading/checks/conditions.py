"""Does a condition ask something that exists, with an operator that fits, and in an order that works?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from engine.assessment.scoring import plain, scorer
from engine.content.base import is_date
from engine.content.conditions import Condition, Leaf, leaves
from engine.content.pack import Form, Key
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
from engine.errors import listed, shown
from engine.loading.checks.problems import ProblemCollector
from engine.loading.yaml import ValuePath

_EQUAL: Final = ("is", "is_not", "answered")
_ORDERED: Final = ("is", "is_not", "one_of", "at_least", "at_most", "answered")
_COUNTED: Final = ("includes", "one_of", "at_least", "at_most", "answered")


def operators_for(item: Item) -> tuple[str, ...]:
    """The operators that may be asked of an item."""
    match item:
        case SingleChoice():
            valued = all(option.value is not None for option in item.options)
            return _ORDERED if valued else ("is", "is_not", "one_of", "answered")
        case MultipleChoice():
            return _COUNTED
        case YesNo():
            return _EQUAL
        case ShortText():
            return ()
        case _:
            return _ORDERED


def check_condition(
    desk: ProblemCollector, condition: Condition, key: Key, path: ValuePath, *, held: bool = False
) -> None:
    """Check every leaf; ``held`` allows asking whether a step is held."""
    for leaf, inside in leaves(condition):
        here = (*path, *inside)
        match leaf.subject:
            case "item":
                if desk.known("item", leaf.id, desk.pack.items, key, (*here, "item")):
                    _item_leaf(desk, leaf, desk.pack.items[leaf.id], key, here)
            case "scale":
                if desk.known("scale", leaf.id, desk.pack.scales, key, (*here, "scale")):
                    _scale_leaf(desk, leaf, desk.pack.scales[leaf.id], key, here)
            case "finding":
                if desk.known("finding", leaf.id, desk.pack.recorders, key, (*here, "finding")):
                    _finding_leaf(desk, leaf, key, here)
            case "step":
                if not held:
                    desk.report(
                        "HW303",
                        key,
                        (*here, "step"),
                        operator="step",
                        subject="a step in a rule",
                        allowed="item, scale, finding",
                    )
                elif desk.known("step", leaf.id, [step.id for step in desk.pack.steps], key, (*here, "step")):
                    _held_leaf(desk, leaf, key, here)


def _item_leaf(desk: ProblemCollector, leaf: Leaf, item: Item, key: Key, path: ValuePath) -> None:
    if isinstance(item, ShortText):
        desk.report("HW306", key, (*path, "item"), id=item.id)
        return
    allowed = operators_for(item)
    if not _operator(desk, leaf, f"“{item.id}” ({item.type})", allowed, key, path):
        return
    for operand, there in _operands(desk, leaf, key, path):
        match item:
            case _ if leaf.operator == "answered":
                _expect(desk, leaf, isinstance(operand, bool), "true or false", operand, key, there)
            case YesNo():
                _expect(desk, leaf, isinstance(operand, bool), "true or false", operand, key, there)
            case SingleChoice() | MultipleChoice() if leaf.operator not in {"at_least", "at_most"}:
                options = [option.id for option in item.options]
                if not isinstance(operand, str):
                    _expect(desk, leaf, False, f"an option of “{item.id}” ({listed(options)})", operand, key, there)
                else:
                    desk.known(f"option of “{item.id}”", operand, options, key, there)
            case DateItem():
                fits = _whole(operand) or (isinstance(operand, str) and is_date(operand))
                _expect(desk, leaf, fits, "a date such as 2026-11-23, or a number of days ago", operand, key, there)
            case Rating():
                _expect(
                    desk, leaf, _whole(operand), f"a whole number from {item.first} to {item.last}", operand, key, there
                )
                _reach(desk, operand, item.first, item.last, f"“{item.id}” runs", key, there)
            case NumberItem():
                _expect(
                    desk, leaf, _number(operand), f"a number from {item.lowest} to {item.highest}", operand, key, there
                )
                _reach(desk, operand, item.lowest, item.highest, f"“{item.id}” runs", key, there)
            case _:
                _expect(desk, leaf, _number(operand), "a number", operand, key, there)


def _scale_leaf(desk: ProblemCollector, leaf: Leaf, scale: Scale, key: Key, path: ValuePath) -> None:
    if not _operator(desk, leaf, f"the scale “{scale.id}”", _ORDERED, key, path):
        return
    for operand, there in _operands(desk, leaf, key, path):
        if leaf.operator == "answered":
            _expect(desk, leaf, isinstance(operand, bool), "true or false", operand, key, there)
        elif isinstance(operand, str):
            desk.known(f"band of “{scale.id}”", operand, [band.id for band in scale.bands], key, there)
        else:
            _expect(desk, leaf, _number(operand), "a score or the id of a band", operand, key, there)
            if (ready := scorer(scale, desk.pack.items)) is not None:
                _reach(desk, operand, plain(ready.low), plain(ready.high), f"“{scale.id}” runs", key, there)


def _finding_leaf(desk: ProblemCollector, leaf: Leaf, key: Key, path: ValuePath) -> None:
    if _operator(desk, leaf, "a finding", ("is", "is_not"), key, path):
        _expect(desk, leaf, isinstance(leaf.operand, bool), "true or false", leaf.operand, key, (*path, leaf.operator))


def _held_leaf(desk: ProblemCollector, leaf: Leaf, key: Key, path: ValuePath) -> None:
    if _operator(desk, leaf, "a step", ("is", "is_not"), key, path):
        _expect(desk, leaf, leaf.operand == "held", "held", leaf.operand, key, (*path, leaf.operator))


def _operator(
    desk: ProblemCollector, leaf: Leaf, subject: str, allowed: tuple[str, ...], key: Key, path: ValuePath
) -> bool:
    if leaf.operator not in allowed:
        facts = {"operator": leaf.operator, "subject": subject, "allowed": listed(allowed)}
        desk.report("HW303", key, (*path, leaf.operator), at_key=True, **facts)
        return False
    return True


def _operands(desk: ProblemCollector, leaf: Leaf, key: Key, path: ValuePath) -> list[tuple[object, ValuePath]]:
    """Each operand with its place; a list where one is wanted, or the other way round, is reported."""
    there = (*path, leaf.operator)
    several = isinstance(leaf.operand, tuple)
    if several != (leaf.operator == "one_of"):
        expected = "a list" if leaf.operator == "one_of" else "one value, not a list"
        _expect(desk, leaf, False, expected, leaf.operand, key, there)
        return []
    if isinstance(leaf.operand, tuple):
        if len({isinstance(one, str) for one in leaf.operand}) > 1:
            _expect(desk, leaf, False, "a list of one kind of value", leaf.operand, key, there)
            return []
        return [(one, (*there, index)) for index, one in enumerate(leaf.operand)]
    return [(leaf.operand, there)]


def _expect(
    desk: ProblemCollector, leaf: Leaf, fits: bool, expected: str, found: object, key: Key, path: ValuePath
) -> None:
    if not fits:
        desk.report("HW304", key, path, operator=leaf.operator, expected=expected, found=shown(found))


def _reach(
    desk: ProblemCollector, operand: object, low: float, high: float, what: str, key: Key, path: ValuePath
) -> None:
    if _number(operand) and not low <= operand <= high:  # type: ignore[operator]  # _number says so
        desk.report("HW324", key, path, found=shown(operand), what=f"{what} from {low} to {high}")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_order(desk: ProblemCollector, form: Form, item: Item, key: Key) -> None:
    """``show_when`` may read only what is known when the item comes up in this form."""
    if item.show_when is None or item.id in desk.broken:
        return
    now = form.position[item.id]
    for leaf, inside in leaves(item.show_when):
        path = ("show_when", *inside)
        match leaf.subject:
            case "item" if leaf.id in desk.pack.items:
                _earlier(desk, form, (leaf.id,), now, f"“{leaf.id}”", key, path)
            case "scale" if leaf.id in desk.pack.scales:
                _earlier(desk, form, desk.pack.scales[leaf.id].items, now, f"the scale “{leaf.id}”", key, path)
            case "finding":
                desk.report("HW305", key, path, subject=f"the finding “{leaf.id}”")
            case "step":
                _gates_earlier(desk, form, leaf, now, key, path)


def _earlier(
    desk: ProblemCollector, form: Form, items: tuple[str, ...], now: int, subject: str, key: Key, path: ValuePath
) -> None:
    if any(form.position.get(name, now) >= now for name in items if name in desk.pack.items.keys() - desk.broken):
        desk.report("HW305", key, path, subject=subject)


def _gates_earlier(desk: ProblemCollector, form: Form, leaf: Leaf, now: int, key: Key, path: ValuePath) -> None:
    for rule in desk.pack.rules:
        holds = (effect for effect in rule.then if isinstance(effect, HoldEffect))
        if not rule.gate or not any(leaf.id in desk.pack.targets(effect.hold) for effect in holds):
            continue
        for read, _ in leaves(rule.when):
            if form.position.get(read.id, -1) >= now:
                desk.report("HW319", key, path, id=leaf.id, gate=rule.id, item=read.id)


def check_cycles(desk: ProblemCollector) -> None:
    """Findings may not depend on themselves, nor steps precede themselves."""
    for circle in circles(desk.pack.needs):
        desk.report("HW308", ("rule", circle[0]), circle=" → ".join(circle))
    orders = [
        (effect.order, (rule.id, index))
        for rule in desk.pack.rules
        for index, effect in enumerate(rule.then)
        if isinstance(effect, OrderEffect)
    ]
    follows: dict[str, list[str]] = {}
    by_pair = {(order.first, order.then): place for order, place in orders}
    for first, then in by_pair:
        follows.setdefault(first, []).append(then)
        follows.setdefault(then, [])
    for circle in circles(follows):
        pairs = list(pairwise(circle))
        told = ", ".join(
            f"{first} before {then} (rule {by_pair[first, then][0]}, {desk.where(*_order(*by_pair[first, then]))})"
            for first, then in pairs
        )
        desk.report("HW309", *_order(*by_pair[pairs[0]]), circle=told)


def _order(rule: str, index: int) -> tuple[Key, ValuePath]:
    return ("rule", rule), ("then", index, "order")


def circles(graph: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """One circle for each group of nodes that reach themselves, each beginning and ending with the same node."""
    found: list[list[str]] = []
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
            for after in branches:
                if after in on_trail:
                    found.append([*trail[on_trail[after] :], after])
                elif after not in done:
                    on_trail[after] = len(trail)
                    trail.append(after)
                    stack.append((after, iter(graph.get(after, []))))
                    break
            else:
                stack.pop()
                trail.pop()
                del on_trail[node]
                done.add(node)
    return found
