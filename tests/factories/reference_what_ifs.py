"""What would change a plan, found a second time by brute force: every other answer is given anew and assessed.

Written from the words of ``docs/decisions/009``, not from ``engine/what_if/search.py``: no search over sets of changes, and what
answers are worth is read off the content as it was written (``tests/factories/reference_evaluator.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from typing import Any

from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import Plan, PlannedStep
from tests.factories import reference_evaluator as naive

Raw = dict[str, Any]
Change = tuple[str, Any, int]
"""An item, its other answer, and how many answers away that is."""
EMPHASES = ["start_here", "focus", "steady", "light", "not_now"]


def content(found: Assessment) -> Raw:
    """The pack as it was written."""
    written: Raw = json.loads(found.pack.snapshot)
    return written


def answers_to(item: Raw) -> list[Any]:
    match item["type"]:
        case "single":
            return [option["id"] for option in item["options"]]
        case "rating":
            return [item.get("first", 0) + place for place in range(len(item["anchors"]))]
        case "yes_no":
            return [False, True]
        case _:
            return []


def worths(raw: Raw, item: Raw, answer: Any) -> list[Fraction | None]:
    """What an answer is worth to the person: by the item's own word, else by each scale with a direction."""
    if "better" in item:
        value: Any = answers_to(item).index(answer)
        options = item.get("options", ())
        if any("value" in option for option in options):
            (value,) = [option.get("value", "unknown") for option in options if option["id"] == answer]
        worth = None if value == "unknown" else Fraction(str(value))
        return [worth if worth is None or item["better"] == "higher" else -worth]
    found: list[Fraction | None] = []
    for form in raw["questionnaires"]:
        for scale in form.get("scales", ()):
            weight = Fraction(str(scale.get("weights", {}).get(item["id"], 1)))
            if item["id"] in scale["items"] and scale.get("direction", "neither") != "neither" and weight:
                worth = naive._value(scale, item, answer)
                turned = (scale["direction"] == "lower_is_better") != (weight < 0)
                found.append(worth if worth is None or not turned else -worth)
    return found


def better(raw: Raw, item: Raw, given: Any) -> Iterator[Change]:
    answers = answers_to(item)
    for answer in answers:
        pairs = list(zip(worths(raw, item, given), worths(raw, item, answer), strict=True))
        if all(one is not None and other is not None and other >= one for one, other in pairs) and any(
            one != other for one, other in pairs
        ):
            yield item["id"], answer, abs(answers.index(answer) - answers.index(given))


def supposed(found: Assessment, raw: Raw) -> list[Change]:
    items = {item["id"]: item for item in _items(raw)}
    return [
        change
        for name, given in found.responses.answers.items()
        if items[name].get("changeable") and name not in found.pack.sensitive and given is not None
        for change in better(raw, items[name], given)
        if change[2] <= raw["what_if"].get("farthest", change[2])
    ]


def _items(raw: Raw) -> Iterator[Raw]:
    for form in raw["questionnaires"]:
        for section in form["sections"]:
            yield from section["items"]


def lets_off(found: Assessment, raw: Raw, names: set[str], ways: dict[str, str]) -> bool:
    """True if a step eases that must not with the answers as they are, by other answers than those about itself."""
    block = raw["what_if"].get("not_eased")
    if block is None or names <= set(block.get("unless", ())):
        return False
    answers = {name: answer for name, answer in found.responses.answers.items() if answer is not None}
    person = naive.Person(raw, found.provenance.questionnaire, answers, found.provenance.as_of)
    eased = {name for name, one in ways.items() if one == "eases"}
    return person.truth(block["when"]) is True and bool(eased & set(block["steps"]))


def plan_with(found: Assessment, *changes: Change) -> Plan:
    """The plan, made anew with other answers."""
    answers = {
        name: list(value) if isinstance(value, tuple) else value for name, value in found.responses.answers.items()
    }
    answers |= {name: answer for name, answer, _ in changes}
    form, day = found.provenance.questionnaire, found.provenance.as_of
    plan = assess(found.pack, form, answers, day, complete=False, plain=True).plan
    assert plan is not None
    return plan


def gains(before: PlannedStep, after: PlannedStep) -> bool:
    return (
        after.weight > before.weight
        or after.effective > before.effective
        or EMPHASES.index(after.emphasis) < EMPHASES.index(before.emphasis)
        or after.position < before.position
    )


def way(before: PlannedStep, after: PlannedStep) -> str:
    if before.emphasis != after.emphasis:
        return "rises" if EMPHASES.index(after.emphasis) < EMPHASES.index(before.emphasis) else "eases"
    if after.position < before.position and after.effective > before.effective:
        return "rises"
    return "eases" if after.position > before.position and after.effective < before.effective else "shifts"


def moves(now: Plan, then: Plan, allowed: set[str]) -> dict[str, str]:
    """By step the way it moves; empty if there is nothing to tell, or if it must not be told."""
    held = [{step.id for step in plan.steps if step.held} for plan in (now, then)]
    others = [step.id for step in now.steps if step.id not in allowed]
    if now.kind.id != then.kind.id or held[0] != held[1]:
        return {}
    if any(gains(now.step(name), then.step(name)) for name in others):
        return {}
    moved = [
        step.id
        for step in now.steps
        if step.id in allowed
        if (step.position, step.emphasis) != (then.step(step.id).position, then.step(step.id).emphasis)
    ]
    ways = {name: way(now.step(name), then.step(name)) for name in moved}
    return ways if set(ways.values()) - {"shifts"} else {}


Told = tuple[tuple[tuple[str, Any], ...], tuple[tuple[str, str, int, str], ...]]
"""The other answers, and by step the way it moves, its new place and its new emphasis."""


def brute_force(found: Assessment) -> set[Told]:
    """All smallest changes that move a step, found the long way."""
    raw = content(found)
    now = plan_with(found)
    kind = next(one for one in raw["kinds"] if one["id"] == now.kind.id)
    short = [one["id"] for one in raw.get("notices", ()) if one.get("short")]
    block = raw.get("what_if")
    if block is None or kind["id"] not in block["kinds"] or kind.get("short"):
        return set()
    if any(one.id in short for one in now.notices):
        return set()
    allowed = {
        step["id"]
        for step in raw["steps"]
        if step["id"] in [block.get("step"), *block.get("steps", ())] or block.get("tag") in step.get("tags", ())
    }
    single = supposed(found, raw)
    for size in (1, 2):
        tried: dict[tuple[Change, ...], tuple[tuple[str, str, int, str], ...]] = {}
        for some in combinations(single, size):
            if len({name for name, _, _ in some}) == size:
                then = plan_with(found, *some)
                ways = moves(now, then, allowed)
                if ways and not lets_off(found, raw, {name for name, _, _ in some}, ways):
                    tried[some] = tuple(
                        (name, one, then.step(name).position, then.step(name).emphasis) for name, one in ways.items()
                    )
        if tried:
            return {
                (tuple((name, answer) for name, answer, _ in some), told)
                for some, told in tried.items()
                if not any(told == others and _nearer(other, some) for other, others in tried.items())
            }
    return set()


def _nearer(one: tuple[Change, ...], other: tuple[Change, ...]) -> bool:
    """True if one changes the same items by no more, and some by less."""
    pairs = list(zip(one, other, strict=True))
    same = all(a[0] == b[0] for a, b in pairs)
    return same and all(a[2] <= b[2] for a, b in pairs) and any(a[2] < b[2] for a, b in pairs)
