"""Generates one Python function for the rules of a stratum.

A rule fires only if its condition is true, so a function needs no third value: negation is pushed down to the leaves,
where every comparison with an unknown number is false. The function is built as a syntax tree and compiled; no text of
content is parsed as code.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from types import CodeType, FunctionType
from typing import Final

from engine.assessment.evaluator.numbers import Slots, Values, comparisons, expected_flag, flag_key, slot_key
from engine.content.conditions import OPPOSITE, SIGNS, AllOf, AnyOf, Condition, Leaf, Not, NumberSign
from engine.content.items.base import Comparison
from engine.content.pack import Pack
from engine.content.rules import Rule

FiredRules = Callable[[Values], list[str]]
"""Maps a person's numbers to the rules that fire, in order."""
_TEMPLATE: Final = "def fired_rules(values): ..."
_LINE: Final[dict[str, int]] = {"lineno": 1, "col_offset": 0}
"""The source location of every node. Faster than ``ast.fix_missing_locations``, which walks the whole tree."""
_COMPARE: Final[dict[NumberSign, type[ast.cmpop]]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    ">=": ast.GtE,
    "<=": ast.LtE,
    ">": ast.Gt,
    "<": ast.Lt,
}


def generate(rules: Iterable[Rule], pack: Pack, slots: Slots) -> FiredRules:
    """Generate the function that returns which of these rules fire. None may read a finding of another one."""
    generator = _Generator(pack, slots)
    tests = [_if_true(generator.expression(rule.when, negated=False), rule.id) for rule in rules]
    loads = [
        _assign(f"v{place}", ast.Subscript(_name("values"), _constant(place), ast.Load(), **_LINE))
        for place in sorted(generator.read_places)
    ]
    body: list[ast.stmt] = [
        *loads,
        _assign("fired", ast.List([], ast.Load(), **_LINE)),
        _assign("add", ast.Attribute(_name("fired"), "append", ast.Load(), **_LINE)),
        *tests,
        ast.Return(_name("fired"), **_LINE),
    ]
    return _function(body)


class _Generator:
    """Generates expressions for conditions, and records which slots they read."""

    def __init__(self, pack: Pack, slots: Slots) -> None:
        self._pack, self._slots = pack, slots
        self.read_places: set[int] = set()

    def expression(self, condition: Condition, *, negated: bool) -> ast.expr:
        """An expression for the condition being true or, with ``negated``, false. Both are false for unknown."""
        match condition:
            case Not():
                return self.expression(condition.not_, negated=not negated)
            case AllOf():
                return _group(ast.Or() if negated else ast.And(), self._branches(condition.all, negated))
            case AnyOf():
                return _group(ast.And() if negated else ast.Or(), self._branches(condition.any, negated))
            case Leaf():
                return self._leaf(condition, negated)

    def _branches(self, conditions: Iterable[Condition], negated: bool) -> list[ast.expr]:
        return [self.expression(condition, negated=negated) for condition in conditions]

    def _leaf(self, leaf: Leaf, negated: bool) -> ast.expr:
        compared = comparisons(leaf, self._pack)
        if not compared:
            return _compare(self._variable(flag_key(leaf)), "==", int(expected_flag(leaf) != negated))
        tests = [self._comparison(leaf, comparison, negated) for comparison in compared]
        if len(tests) == 1 or negated:
            return _group(ast.And(), tests)
        variables = [self._variable(slot_key(leaf, comparison)) for comparison in compared]
        return _group(ast.And(), [_group(ast.Or(), tests), *(_is_known(variable) for variable in variables)])

    def _comparison(self, leaf: Leaf, comparison: Comparison, negated: bool) -> ast.expr:
        variable, sign = self._variable(slot_key(leaf, comparison)), SIGNS[leaf.operator]
        if negated:
            return _group(ast.And(), [_compare(variable, OPPOSITE[sign], number) for number in comparison.numbers])
        return _group(ast.Or(), [_compare(variable, sign, number) for number in comparison.numbers])

    def _variable(self, key: tuple[str, ...]) -> str:
        place = self._slots.places[key]
        self.read_places.add(place)
        return f"v{place}"


def _compare(variable: str, sign: NumberSign, number: float) -> ast.expr:
    """A comparison that is false for NaN, the unknown number."""
    operator, constant = _COMPARE[sign](), _constant(number)
    if sign == "!=":
        return ast.Compare(_name(variable), [ast.Eq(), operator], [_name(variable), constant], **_LINE)
    return ast.Compare(_name(variable), [operator], [constant], **_LINE)


def _is_known(variable: str) -> ast.expr:
    return ast.Compare(_name(variable), [ast.Eq()], [_name(variable)], **_LINE)


def _group(operator: ast.And | ast.Or, expressions: Sequence[ast.expr]) -> ast.expr:
    """A Boolean operation without nested operations of the same kind."""
    flat: list[ast.expr] = []
    for expression in expressions:
        nested = isinstance(expression, ast.BoolOp) and type(expression.op) is type(operator)
        flat.extend(expression.values if isinstance(expression, ast.BoolOp) and nested else (expression,))
    return flat[0] if len(flat) == 1 else ast.BoolOp(operator, flat, **_LINE)


def _if_true(test: ast.expr, rule: str) -> ast.stmt:
    call = ast.Call(_name("add"), [_constant(rule)], [], **_LINE)
    return ast.If(test, [ast.Expr(call, **_LINE)], [], **_LINE)


def _assign(variable: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(variable, ast.Store(), **_LINE)], value, lineno=1, col_offset=0)


def _name(variable: str) -> ast.Name:
    return ast.Name(variable, ast.Load(), **_LINE)


def _constant(value: str | float) -> ast.Constant:
    return ast.Constant(value, lineno=1, col_offset=0)


def _function(body: list[ast.stmt]) -> FiredRules:
    module = ast.parse(_TEMPLATE)
    (definition,) = module.body
    assert isinstance(definition, ast.FunctionDef)  # noqa: S101 - it is what the template says
    definition.body = body
    module_code = compile(module, "<rules>", "exec")
    (code,) = (constant for constant in module_code.co_consts if isinstance(constant, CodeType))
    return FunctionType(code, {"__builtins__": {}})
