"""A second, simple implementation of the dialect, which evaluates the content as written.

Tests compare the engine with it. It follows the design and shares no code with ``engine/assessment/evaluator/`` and
``engine/assessment/scoring.py``: it has no compiler, no strata and no cache beyond one person, and finds ids by search.
"""

from __future__ import annotations

import math
from datetime import date
from fractions import Fraction
from typing import Any

Raw = dict[str, Any]
Truth = bool | None


class ReferenceEvaluation:
    """One person's answers to one form of a pack, and the results of the rules."""

    def __init__(self, raw: Raw, form: str, answers: Raw, as_of: date) -> None:
        self.raw, self.as_of = raw, as_of
        self.form = next(
            questionnaire for questionnaire in raw["questionnaires"] if questionnaire["questionnaire"] == form
        )
        self.items: dict[str, Raw] = {}
        for questionnaire in raw["questionnaires"]:
            sections = questionnaire["sections"]
            self.items |= {item["id"]: item for section in sections for item in section["items"] if "id" in item}
        self.asked = [item.get("id", item.get("use")) for section in self.form["sections"] for item in section["items"]]
        self._answers: dict[str, Any] = {}
        self._fires: dict[str, bool] = {}
        for name in self.asked:
            shown_when = self.items[name].get("show_when")
            answer = answers.get(name)
            empty = answer is None or answer == [] or (isinstance(answer, str) and not answer.strip())
            if not empty and (shown_when is None or self.truth(shown_when) is True):
                self._answers[name] = answer

    def fired(self) -> set[str]:
        """The ids of all rules that fire; for a check-in only of gates."""
        full = self.form.get("role", "full") == "full"
        return {rule["id"] for rule in self.raw["rules"] if (full or rule.get("gate")) and self.fires(rule)}

    def findings(self) -> dict[str, set[str]]:
        """Every recorded finding with the rules that recorded it."""
        recorders: dict[str, set[str]] = {}
        fired = self.fired()
        for rule in self.raw["rules"]:
            for effect in rule["then"]:
                if rule["id"] in fired and "finding" in effect:
                    recorders.setdefault(effect["finding"], set()).add(rule["id"])
        return recorders

    def fires(self, rule: Raw) -> bool:
        if rule["id"] not in self._fires:
            self._fires[rule["id"]] = self.truth(rule["when"]) is True
        return self._fires[rule["id"]]

    def truth(self, when: Raw) -> Truth:
        if "not" in when:
            inner = self.truth(when["not"])
            return None if inner is None else not inner
        if "all" in when:
            truths = [self.truth(branch) for branch in when["all"]]
            return False if False in truths else None if None in truths else True
        if "any" in when:
            truths = [self.truth(branch) for branch in when["any"]]
            return True if True in truths else None if None in truths else False
        if "step" in when:
            return self._held(when["step"]) == ("is" in when)
        (operator,) = set(when) - {"item", "scale", "finding"}
        operand = when[operator]
        if "finding" in when:
            recorded = any(
                self.fires(rule) for rule in self.raw["rules"] if {"finding": when["finding"]} in rule["then"]
            )
            return bool(recorded == operand if operator == "is" else recorded != operand)
        if "scale" in when:
            return self._scale_truth(when["scale"], operator, operand)
        return self._item_truth(when["item"], operator, operand)

    def cited(self, when: Raw) -> set[str]:
        """The items whose answers, or missing answers, make the condition true, false or unknown."""
        if "not" in when:
            return self.cited(when["not"])
        if "all" in when or "any" in when:
            branches = when.get("all") or when["any"]
            return set[str]().union(
                *(self.cited(branch) for branch in branches if self.truth(branch) is self.truth(when))
            )
        if "item" in when:
            return {when["item"]}
        if "scale" in when:
            (scale,) = [
                candidate
                for form in self.raw["questionnaires"]
                for candidate in form["scales"]
                if candidate["id"] == when["scale"]
            ]
            if not set(scale["items"]) <= set(self.asked):
                return set(scale["items"])
            answered_items = {
                name
                for name in scale["items"]
                if name in self._answers and _value(scale, self.items[name], self._answers[name]) is not None
            }
            return answered_items if self.score(scale) is not None else set(scale["items"]) - answered_items
        recorders = [rule for rule in self.raw["rules"] if {"finding": when["finding"]} in rule["then"]]
        cited_rules = [rule for rule in recorders if self.fires(rule)] or recorders
        return set[str]().union(*(self.cited(rule["when"]) for rule in cited_rules))

    def support(self) -> dict[str, tuple[list[str], bool]]:
        """For each rule that fires: the items behind it, in order, and whether one of them is sensitive."""
        conditions = {rule["id"]: rule["when"] for rule in self.raw["rules"]}
        cited_items = {name: self.cited(conditions[name]) for name in self.fired()}
        return {
            name: (
                [item for item in self.asked if item in items],
                any(self.is_sensitive(item) for item in items),
            )
            for name, items in cited_items.items()
        }

    def is_sensitive(self, name: str) -> bool:
        """True if the item is marked as sensitive, or was asked because of the answer to such an item."""
        item = self.items[name]
        return bool(item.get("sensitive")) or any(map(self.is_sensitive, self._items_read(item.get("show_when", {}))))

    def _items_read(self, when: Raw) -> list[str]:
        if "item" in when:
            return [when["item"]]
        if "scale" in when:
            scales = [scale for form in self.raw["questionnaires"] for scale in form["scales"]]
            return [item for scale in scales if scale["id"] == when["scale"] for item in scale["items"]]
        branches = [when["not"]] if "not" in when else when.get("all") or when.get("any") or []
        return [name for branch in branches for name in self._items_read(branch)]

    def _held(self, name: str) -> bool:
        """True if a gate holds the step, given the answers so far."""
        (step,) = [candidate for candidate in self.raw["steps"] if candidate["id"] == name]
        holds = [
            (rule, effect["hold"])
            for rule in self.raw["rules"]
            for effect in rule["then"]
            if "hold" in effect and rule.get("gate")
        ]
        return any(
            self.truth(rule["when"]) is True
            for rule, hold in holds
            if name in [hold.get("step"), *hold.get("steps", ())] or hold.get("tag") in step.get("tags", ())
        )

    def _item_truth(self, name: str, operator: str, operand: Any) -> Truth:
        if name not in self.asked:
            return None
        if operator == "answered":
            return bool((name in self._answers) == operand)
        if name not in self._answers:
            return None
        item, answer = self.items[name], self._answers[name]
        match item["type"]:
            case "multiple":
                if operator in {"includes", "one_of"}:
                    options = operand if isinstance(operand, list) else [operand]
                    return any(option in answer for option in options)
                exclusive = [option["id"] for option in item["options"] if option.get("exclusive")]
                return _compare(len([option for option in answer if option not in exclusive]), operator, operand)
            case "single" if operator in {"at_least", "at_most"}:
                (value,) = [option["value"] for option in item["options"] if option["id"] == answer]
                return None if value == "unknown" else _compare(value, operator, operand)
            case "date":
                example = operand[0] if isinstance(operand, list) else operand
                if isinstance(example, str):
                    return _compare(answer, operator, operand)  # ISO dates sort as texts
                age = (self.as_of - date.fromisoformat(answer)).days
                if operator == "at_most" and operand >= 0 > age:
                    return False  # a future date
                return _compare(age, operator, operand)
            case _:
                return _compare(answer, operator, operand)

    def _scale_truth(self, name: str, operator: str, operand: Any) -> Truth:
        (scale,) = [
            candidate
            for form in self.raw["questionnaires"]
            for candidate in form.get("scales", ())
            if candidate["id"] == name
        ]
        if not set(scale["items"]) <= set(self.asked):
            return None
        score = self.score(scale)
        if operator == "answered":
            return bool((score is not None) == operand)
        if score is None:
            return None
        example = operand[0] if isinstance(operand, list) else operand
        if not isinstance(example, str):
            return _compare(int(score) if score.denominator == 1 else float(score), operator, operand)
        bands = [band["id"] for band in scale["bands"]]
        reached_bands = [index for index, band in enumerate(scale["bands"]) if _reaches(score, band)]
        band_index = [bands.index(band) for band in operand] if isinstance(operand, list) else bands.index(operand)
        return _compare(max(reached_bands, default=-1), operator, band_index)

    def score(self, scale: Raw) -> Fraction | None:
        """The exact score; None if too few items are answered."""
        values: dict[str, Fraction] = {}
        for name in scale["items"]:
            if name in self._answers and (value := _value(scale, self.items[name], self._answers[name])) is not None:
                values[name] = value
        missing = scale.get("missing")
        if len(values) < (missing["minimum"] if missing else len(scale["items"])):
            return None
        total = _total(scale, values)
        if missing and missing.get("prorate") and scale["method"] in {"sum", "weighted", "count"}:
            weights = {name: _exact(scale.get("weights", {}).get(name, 1)) for name in scale["items"]}
            total *= sum(weights.values(), Fraction()) / sum((weights[name] for name in values), Fraction())
        total += _exact(scale.get("constant", 0))
        match scale.get("rounding", "none"):
            case "half_up":
                return Fraction(math.floor(total + Fraction(1, 2)))
            case "up":
                return Fraction(math.ceil(total))
            case "down":
                return Fraction(math.floor(total))
            case _:
                return total


def _compare(value: Any, operator: str, operand: Any) -> bool:
    match operator:
        case "is":
            return bool(value == operand)
        case "is_not":
            return bool(value != operand)
        case "one_of":
            return any(value == element for element in operand)
        case "at_least":
            return bool(value >= operand)
        case "at_most":
            return bool(value <= operand)
        case _:
            raise AssertionError(operator)


def _exact(number: float) -> Fraction:
    return Fraction(str(number))


def _reaches(score: Fraction, band: Raw) -> bool:
    return score >= _exact(band["from"]) if "from" in band else score > _exact(band["above"])


def _total(scale: Raw, values: dict[str, Fraction]) -> Fraction:
    match scale["method"]:
        case "sum":
            return sum(values.values(), Fraction())
        case "mean":
            return sum(values.values(), Fraction()) / len(values)
        case "weighted":
            return sum((value * _exact(scale["weights"][name]) for name, value in values.items()), Fraction())
        case "count":
            return Fraction(len([value for value in values.values() if value >= _exact(scale.get("count_from", 1))]))
        case "min":
            return min(values.values())
        case _:
            return max(values.values())


def _value(scale: Raw, item: Raw, answer: Any) -> Fraction | None:
    """The value of the answer in this scale; None if it counts as unanswered."""
    reverse = item["id"] in scale.get("reverse", ())
    if item["type"] == "number":
        number = _exact(answer)
        return _exact(item["lowest"]) + _exact(item["highest"]) - number if reverse else number
    option_values = _option_values(scale, item)
    known_values = [option_value for option_value in option_values.values() if option_value is not None]
    if item["type"] == "multiple":  # counts chosen options: from an exclusive one, or one other, to all others
        low = Fraction(0 if any(option.get("exclusive") for option in item["options"]) else 1)
        high = sum(known_values, Fraction())
        chosen = sum((option_values[option] or Fraction() for option in answer), Fraction())
        return low + high - chosen if reverse else chosen
    coded = option_values[str(answer).lower() if isinstance(answer, bool) else str(answer)]
    if coded is None:
        return None
    return min(known_values) + max(known_values) - coded if reverse else coded


def _option_values(scale: Raw, item: Raw) -> dict[str, Fraction | None]:
    base = scale.get("base")
    mapped = scale.get("values", {}).get(item["id"])
    if mapped is not None:
        return {key: _exact(value) for key, value in mapped.items()}
    match item["type"]:
        case "yes_no":
            return {"true": Fraction(1), "false": Fraction(0)}
        case "rating":
            first = item.get("first", 0) if base is None else base
            return {str(item.get("first", 0) + step): Fraction(first + step) for step in range(len(item["anchors"]))}
        case "multiple":
            return {option["id"]: Fraction(0 if option.get("exclusive") else 1) for option in item["options"]}
        case _:
            options = item["options"]
            if any("value" in option for option in options):
                return {
                    option["id"]: None if option["value"] == "unknown" else _exact(option["value"])
                    for option in options
                }
            return {option["id"]: Fraction(index + (base or 0)) for index, option in enumerate(options)}
