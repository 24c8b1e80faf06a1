"""Generators of random packs and random answers, as plain values that an author and a person could write.

All of them draw from a ``random.Random``, so that they work with Hypothesis, whose ``randoms()`` shrink, and with the
seeds of ``tests/benchmarks``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from engine.assessment.evaluator import Facts
from engine.assessment.responses import validate_answers
from engine.assessment.rules_engine.durable import DurableEngine
from engine.assessment.scoring import score
from engine.assessment.trace import logic_of
from engine.content.pack import Form, Pack
from engine.loading.library import load_snapshot

Raw = dict[str, Any]
AS_OF: Final = date(2026, 11, 23)
FULL, CHECK_IN = "full", "again"
STEPS: Final = ("calm", "space", "talk", "own-part", "plan")

# Ids that are easily confused: keys of the rules engine, words of YAML, numbers and other alphabets.
_ODD_IDS: Final = (
    "id",
    "sid",
    "s",
    "m",
    "k0",
    "k1",
    "1",
    "0",
    "true",
    "null",
    "no",
    "größe",
    "愛",
    "да",
    "A",
    "u_",
    "x-y",
)
# Integers, fractions, tiny numbers that JSON writes with an exponent, and adjacent numbers at the allowed limit.
_ODD_NUMBERS: Final = (
    0,
    1,
    -1,
    2,
    3.5,
    0.1,
    0.3,
    0.30000000000000004,
    1e-05,
    2.5e-07,
    5e-324,
    10**15,
    10**15 - 1,
    999999999999999.9,
    -1e15,
)
_TYPES: Final = ("single", "valued", "multiple", "rating", "rating", "yes_no", "number", "date", "text")


@dataclass(frozen=True)
class Size:
    """The largest number of each part in a random pack."""

    items: int = 7
    options: int = 4
    scales: int = 3
    rules: int = 4
    """Per stratum."""
    strata: int = 4
    depth: int = 4
    branches: int = 4
    answered: bool = True
    """Whether conditions can use ``answered``."""
    gates: bool = True
    hidden: bool = True
    """Whether items can have a ``show_when``."""


@dataclass(frozen=True)
class RandomCase:
    """A pack as written and as loaded, with the answers of several people to one of its forms."""

    raw: Raw
    pack: Pack
    people: tuple[tuple[str, Raw], ...] = field(default=())

    def __repr__(self) -> str:
        return f"Case(raw={self.raw!r}, people={self.people!r})"


def cases(size: Size = Size(), people: int = 3) -> st.SearchStrategy[RandomCase]:
    """Packs with answers, for Hypothesis."""
    return st.randoms(use_true_random=False, note_method_calls=False).map(lambda random: case(random, size, people))


def case(random: Random, size: Size, people: int) -> RandomCase:
    raw = random_pack(random, size)
    return RandomCase(raw, load(raw), tuple(random_person(random, raw) for _ in range(people)))


def load(raw: Raw) -> Pack:
    """The loaded pack, after all checks that apply to files."""
    return load_snapshot(json.dumps(raw))


def facts_of(pack: Pack, form: Form, answers: Raw) -> Facts:
    """The facts that conditions can read about one person before any rule has fired."""
    responses = validate_answers(pack, form, answers, AS_OF, complete=False)
    return Facts(responses.answers, form.item_ids, score(pack, form, responses.answers), AS_OF)


def fired_by(engine: DurableEngine, pack: Pack, form: Form, facts: Facts) -> set[str]:
    """The rules that durable_rules fires, without the confirmation by the plain evaluator."""
    logic = logic_of(pack)
    values = logic.slots.read(facts)
    encoded_facts = engine.encoded(values)
    fired: set[str] = set()
    for stratum in range(len(logic.strata) if form.has_plan else min(1, len(logic.strata))):
        fired |= engine.fire(stratum, encoded_facts)
        logic.slots.record(values, {finding for rule_id in fired for finding in logic.records[rule_id]})
    return fired


def bare_pack(items: list[Raw], rules: list[Raw], scales: list[Raw] | None = None, **fields: Any) -> Raw:
    """A minimal pack with these items, rules and scales."""
    raw: Raw = {
        "dialect": 1,
        "pack": "p",
        "title": "P",
        "emphasis": {"focus": 20, "steady": 5},
        "kinds": [{"id": "usual", "title": "Usual", "default": True}],
        "steps": [{"id": step, "title": step} for step in STEPS],
        "questionnaires": [form(FULL, items, scales or [])],
        "rules": sorted(rules, key=lambda entry: str(entry["id"])),
    }
    return raw | fields


def form(name: str, items: list[Raw], scales: list[Raw], role: str = "full") -> Raw:
    section = {"id": "only", "title": "Only", "items": items}
    return {"questionnaire": name, "pack": "p", "title": name, "role": role, "sections": [section], "scales": scales}


def rule(name: str, when: Raw, *then: Raw, gate: bool = False) -> Raw:
    """A rule; without effects it records a finding with the same id as the rule."""
    return {"id": name, "because": "So it is.", "gate": gate, "when": when, "then": list(then) or [{"finding": name}]}


def yes_no(name: str, **fields: Any) -> Raw:
    return {"id": name, "type": "yes_no", "text": "?", **fields}


def rating(name: str, points: int = 5, **fields: Any) -> Raw:
    return {"id": name, "type": "rating", "text": "?", "first": 0, "anchors": [{"text": "a"}] * points, **fields}


def number(name: str, lowest: float, highest: float, *, whole: bool = False, **fields: Any) -> Raw:
    return {"id": name, "type": "number", "text": "?", "lowest": lowest, "highest": highest, "whole": whole, **fields}


def single(name: str, *options: str, **fields: Any) -> Raw:
    return {
        "id": name,
        "type": "single",
        "text": "?",
        "options": [{"id": option, "text": "?"} for option in options],
        **fields,
    }


def multiple(name: str, *options: str, none: str | None = None, **fields: Any) -> Raw:
    option_entries: list[Raw] = [{"id": option, "text": "?"} for option in options]
    if none is not None:
        option_entries.append({"id": none, "text": "?", "exclusive": True})
    return {"id": name, "type": "multiple", "text": "?", "options": option_entries, **fields}


# Random packs


def random_pack(random: Random, size: Size) -> Raw:
    names = _names(random, size.items)
    items = [_item(random, name, size, text=bool(index)) for index, name in enumerate(names)]
    scales = [
        scale for index in range(random.randint(0, size.scales)) if (scale := _scale(random, f"scale{index}", items))
    ]
    own_items = [_item(random, f"own{index}", size) for index in range(random.randint(0, 2))]
    own_scales = [scale for scale in [_scale(random, "own", own_items)] if scale]
    for item in items + own_items:
        item["sensitive"] = random.random() < 0.2
    author = _RuleWriter(random, size, items + own_items, scales + own_scales)
    if size.hidden:
        for index, item in enumerate(items):
            if index and random.random() < 0.2:
                item["show_when"] = _RuleWriter(random, size, items[:index], []).condition(2)
    repeated = [item for item in items if "show_when" not in item and random.random() < 0.5]
    forms = [form(FULL, items, scales)]
    if repeated or own_items:
        forms.append(form(CHECK_IN, repeated + own_items, own_scales, role="check_in"))
    raw = bare_pack(items, author.rules())
    return raw | {"questionnaires": forms}


def _names(random: Random, limit: int) -> list[str]:
    count = random.randint(1, limit)
    words = random.sample(_ODD_IDS, min(count, len(_ODD_IDS)))
    return [*words, *(f"i{index}" for index in range(count - len(words)))]


def _item(random: Random, name: str, size: Size, *, text: bool = True) -> Raw:
    item_type: str = random.choice(_TYPES if text else _TYPES[:-1])
    match item_type:
        case "single":
            return single(name, *_names(random, size.options))
        case "valued":
            item = single(name, *_names(random, size.options))
            for option in item["options"]:
                option["value"] = "unknown" if random.random() < 0.2 else _number(random)
            return item
        case "multiple":
            return multiple(name, *_names(random, size.options), none="none" if random.random() < 0.6 else None)
        case "rating":
            return rating(name, random.randint(2, 6), first=random.choice((0, 1, -2, -1)))
        case "yes_no":
            return yes_no(name)
        case "number":
            low: float
            high: float
            low, high = random.choice(((0, 10), (-5, 5), (-1e15, 1e15), (0, 1e-05), (0, 10**15), (-0.5, 1e12)))
            return number(name, low, high, whole=low in {0, -5} and high != 1e-05 and random.random() < 0.5)
        case "date":
            return {"id": name, "type": "date", "text": "?"}
        case "text":
            return {"id": name, "type": "text", "text": "?"}
        case other:
            raise AssertionError(other)


def _number(random: Random) -> float:
    return random.choice(_ODD_NUMBERS) if random.random() < 0.5 else random.randint(-4, 8)


def _scale(random: Random, name: str, items: list[Raw]) -> Raw | None:
    scorable = [item for item in items if item["type"] not in {"date", "text"} and _scorable(item)]
    if not scorable:
        return None
    chosen = random.sample(scorable, random.randint(1, len(scorable)))
    ids = [str(item["id"]) for item in chosen]
    scale: Raw = {
        "id": name,
        "title": name,
        "items": ids,
        "method": random.choice(("sum", "mean", "weighted", "count", "min", "max")),
        "reverse": [item_id for item_id in ids if random.random() < 0.3],
        "constant": random.choice((0, 0, 0, 2, -0.5)),
        "rounding": random.choice(("none", "none", "half_up", "up", "down")),
    }
    if scale["method"] == "weighted":
        scale["weights"] = {item_id: random.choice((1, 2, 0.5, 3)) for item_id in ids}
    if scale["method"] == "count" and random.random() < 0.7:
        scale["count_from"] = random.choice((0, 2, 0.5))
    if random.random() < 0.6:
        scale["missing"] = {"minimum": random.randint(1, len(ids)), "prorate": random.random() < 0.5}
    if not any(item["type"] == "yes_no" for item in chosen):
        scale["base"] = random.choice((None, None, 0, 1, -1))
    ratings = [item for item in chosen if item["type"] == "rating"]
    if ratings and random.random() < 0.4:
        valued_item = random.choice(ratings)
        points = [str(valued_item["first"] + step) for step in range(len(valued_item["anchors"]))]
        values = [_number(random) if index else 1 for index in range(len(points))]
        scale["values"] = {valued_item["id"]: dict(zip(points, values, strict=True))}
    if random.random() < 0.5:
        lowest = random.randint(-3, 3)
        edges = (lowest, lowest + random.choice((0.5, 1, 4)))[: random.randint(1, 2)]
        scale["bands"] = [
            {"id": band, "title": "?", random.choice(("from", "above")): edge}
            for band, edge in zip(("low", "1"), edges, strict=False)
        ]
    return scale


def _scorable(item: Raw) -> bool:
    return "options" not in item or any(option.get("value") != "unknown" for option in item["options"])


class _RuleWriter:
    """Generates conditions and rules about the items, scales and findings of a pack."""

    def __init__(self, random: Random, size: Size, items: list[Raw], scales: list[Raw]) -> None:
        self.random, self.size = random, size
        self.items = [item for item in items if item["type"] != "text"]
        self.scales = scales
        self.findings: list[str] = []

    def rules(self) -> list[Raw]:
        """Rules in strata. Several rules can record a finding, all of them in strata before its readers."""
        random = self.random
        rules: list[Raw] = []
        earlier_findings: list[str] = []
        for stratum in range(random.randint(1, self.size.strata)):
            self.findings = list(earlier_findings)
            findings = [f"f{stratum}{letter}" for letter in "ab"]
            for index in range(random.randint(0 if stratum else 1, self.size.rules)):
                recorded: list[Raw] = [{"finding": finding} for finding in findings if random.random() < 0.6]
                gate = stratum == 0 and self.size.gates and random.random() < 0.5
                scales, self.scales = self.scales, [] if gate else self.scales
                when = self.condition(random.randint(0, self.size.depth))
                self.scales = scales
                name = f"{random.choice(_ODD_IDS)}-{stratum}{index}"
                then = recorded or [{"weight": {"step": random.choice(STEPS), "by": 1}}]
                rules.append(rule(name, when, *then, gate=gate))
            recorded_here = {
                effect["finding"] for rule_entry in rules for effect in rule_entry["then"] if "finding" in effect
            }
            earlier_findings.extend(finding for finding in findings if finding in recorded_here)
        return rules

    def condition(self, depth: int) -> Raw:
        random = self.random
        if depth == 0 or random.random() < 0.15:
            return self.leaf()
        connective = random.choice(("all", "any", "not"))
        if connective == "not":
            return {"not": self.condition(depth - 1)}
        return {connective: [self.condition(depth - 1) for _ in range(random.randint(1, self.size.branches))]}

    def leaf(self) -> Raw:
        random = self.random
        subjects = ["item"] * 3 + ["scale"] * bool(self.scales) + ["finding"] * 2 * bool(self.findings)
        match random.choice(subjects):
            case "item":
                return self._item_leaf(random.choice(self.items))
            case "scale":
                return self._scale_leaf(random.choice(self.scales))
            case _:
                operator = random.choice(("is", "is_not"))
                return {"finding": random.choice(self.findings), operator: random.random() < 0.5}

    def _answered(self) -> bool:
        return self.size.answered and self.random.random() < 0.12

    def _item_leaf(self, item: Raw) -> Raw:
        random, name = self.random, item["id"]
        if self._answered():
            return {"item": name, "answered": random.random() < 0.5}
        match item["type"]:
            case "yes_no":
                return {"item": name, random.choice(("is", "is_not")): random.random() < 0.5}
            case "single":
                if all("value" in option for option in item["options"]) and random.random() < 0.5:
                    values = [option["value"] for option in item["options"] if option["value"] != "unknown"]
                    return {
                        "item": name,
                        random.choice(("at_least", "at_most")): random.choice([*values, _number(random)]),
                    }
                return {"item": name, **self._equal([option["id"] for option in item["options"]])}
            case "multiple":
                options = [option["id"] for option in item["options"]]
                match random.choice(("includes", "one_of", "at_least", "at_most")):
                    case "includes":
                        return {"item": name, "includes": random.choice(options)}
                    case "one_of":
                        return {"item": name, "one_of": [random.choice(options) for _ in range(random.randint(1, 3))]}
                    case operator:
                        return {"item": name, operator: random.choice((0, 1, 2, 1.5))}
            case "rating":
                return {"item": name, **self._ordered(lambda: random.randint(item["first"] - 1, item["first"] + 6))}
            case "date":
                if random.random() < 0.5:
                    return {"item": name, **self._ordered(lambda: random_day(random))}
                return {"item": name, **self._ordered(lambda: random.choice((0, 1, 30, -1, 400)))}
            case _:
                return {"item": name, **self._ordered(lambda: _number(random))}

    def _scale_leaf(self, scale: Raw) -> Raw:
        random = self.random
        if self._answered():
            return {"scale": scale["id"], "answered": random.random() < 0.5}
        bands = [band["id"] for band in scale.get("bands", [])]
        if bands and random.random() < 0.5:
            return {"scale": scale["id"], **self._ordered(lambda: random.choice(bands))}
        return {"scale": scale["id"], **self._ordered(lambda: _number(random))}

    def _equal(self, options: list[str]) -> Raw:
        operator = self.random.choice(("is", "is_not", "one_of"))
        if operator == "one_of":
            return {"one_of": [self.random.choice(options) for _ in range(self.random.randint(1, 3))]}
        return {operator: self.random.choice(options)}

    def _ordered(self, operand: Any) -> Raw:
        operator = self.random.choice(("is", "is_not", "one_of", "at_least", "at_most", "at_least", "at_most"))
        if operator == "one_of":
            return {"one_of": [operand() for _ in range(self.random.randint(1, 3))]}
        return {operator: operand()}


# Random answers


def random_day(random: Random) -> str:
    reach = random.choice((3, 3, 40, 500, 43_000))
    return (AS_OF + timedelta(days=random.randint(-reach, min(reach, 500)))).isoformat()


def random_person(random: Random, raw: Raw) -> tuple[str, Raw]:
    """One of the pack's forms and answers to it: some missing, some withheld and some at the limits."""
    questionnaire = random.choice(raw["questionnaires"])
    share_missing = random.choice((0, 0.1, 0.4))
    answers: Raw = {}
    for item in (item for section in questionnaire["sections"] for item in section["items"]):
        if random.random() >= share_missing:
            answers[item["id"]] = None if random.random() < 0.08 else random_answer(random, item)
    return questionnaire["questionnaire"], answers


def random_answer(random: Random, item: Raw) -> Any:
    match item["type"]:
        case "yes_no":
            return random.random() < 0.5
        case "single":
            return random.choice(item["options"])["id"]
        case "multiple":
            exclusive = [option["id"] for option in item["options"] if option.get("exclusive")]
            if exclusive and random.random() < 0.2:
                return [random.choice(exclusive)]
            combinable = [option["id"] for option in item["options"] if not option.get("exclusive")]
            return random.sample(combinable, random.randint(0, len(combinable)))
        case "rating":
            return item["first"] + random.randrange(len(item["anchors"]))
        case "date":
            return random_day(random)
        case "text":
            return random.choice(("", "Sam", "1", "true"))
        case _:
            low, high = item["lowest"], item["highest"]
            allowed = [
                value for value in _ODD_NUMBERS if low <= value <= high and not (item["whole"] and value != int(value))
            ]
            chosen = random.choice([*allowed, low, high])
            return int(chosen) if item["whole"] else chosen
