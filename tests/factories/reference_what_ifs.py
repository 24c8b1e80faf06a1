"""A second implementation of what-ifs by brute force: it assesses the answers again with each possible change.

It follows ``docs/decisions/009`` and shares no code with ``engine/what_if/search.py``: it does not search over sets of
changes, and takes the value of answers from the content as written (``tests/factories/reference_evaluator.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from typing import Any

from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import Plan, PlannedStep
from tests.factories import reference_evaluator as reference

Raw = dict[str, Any]
Change = tuple[str, Any, int]
"""An item, its changed answer, and the distance from the given answer, in answers."""
EMPHASES = ["start_here", "focus", "steady", "light", "not_now"]


def content(assessment: Assessment) -> Raw:
    """The pack as it was written."""
    written: Raw = json.loads(assessment.pack.snapshot)
    return written


def answers_to(item: Raw) -> list[Any]:
    match item["type"]:
        case "single":
            return [option["id"] for option in item["options"]]
        case "rating":
            return [item.get("first", 0) + offset for offset in range(len(item["anchors"]))]
        case "yes_no":
            return [False, True]
        case _:
            return []


def worths(raw: Raw, item: Raw, answer: Any) -> list[Fraction | None]:
    """How good an answer is for the person: by the item's ``better``, else by each scale with a direction."""
    if "better" in item:
        value: Any = answers_to(item).index(answer)
        options = item.get("options", ())
        if any("value" in option for option in options):
            (value,) = [option.get("value", "unknown") for option in options if option["id"] == answer]
        worth = None if value == "unknown" else Fraction(str(value))
        return [worth if worth is None or item["better"] == "higher" else -worth]
    values: list[Fraction | None] = []
    for form in raw["questionnaires"]:
        for scale in form.get("scales", ()):
            weight = Fraction(str(scale.get("weights", {}).get(item["id"], 1)))
            if item["id"] in scale["items"] and scale.get("direction", "neither") != "neither" and weight:
                worth = reference._value(scale, item, answer)
                inverted = (scale["direction"] == "lower_is_better") != (weight < 0)
                values.append(worth if worth is None or not inverted else -worth)
    return values


def better_changes(raw: Raw, item: Raw, actual: Any) -> Iterator[Change]:
    answers = answers_to(item)
    for answer in answers:
        worth_pairs = list(zip(worths(raw, item, actual), worths(raw, item, answer), strict=True))
        if all(before is not None and after is not None and after >= before for before, after in worth_pairs) and any(
            before != after for before, after in worth_pairs
        ):
            yield item["id"], answer, abs(answers.index(answer) - answers.index(actual))


def supposed_changes(assessment: Assessment, raw: Raw) -> list[Change]:
    items = {item["id"]: item for item in _items(raw)}
    return [
        change
        for name, actual in assessment.responses.answers.items()
        if items[name].get("changeable") and name not in assessment.pack.sensitive and actual is not None
        for change in better_changes(raw, items[name], actual)
        if change[2] <= raw["what_if"].get("farthest", change[2])
    ]


def _items(raw: Raw) -> Iterator[Raw]:
    for form in raw["questionnaires"]:
        for section in form["sections"]:
            yield from section["items"]


def eases_forbidden(assessment: Assessment, raw: Raw, names: set[str], kinds: dict[str, str]) -> bool:
    """True if a change eases a step of ``not_eased`` while its ``when`` is true, with items outside ``unless``."""
    block = raw["what_if"].get("not_eased")
    if block is None or names <= set(block.get("unless", ())):
        return False
    answers = {name: answer for name, answer in assessment.responses.answers.items() if answer is not None}
    person = reference.ReferenceEvaluation(
        raw, assessment.provenance.questionnaire, answers, assessment.provenance.as_of
    )
    eased = {name for name, kind in kinds.items() if kind == "eases"}
    return person.truth(block["when"]) is True and bool(eased & set(block["steps"]))


def plan_with(assessment: Assessment, *changes: Change) -> Plan:
    """The plan for changed answers."""
    answers = {
        name: list(value) if isinstance(value, tuple) else value for name, value in assessment.responses.answers.items()
    }
    answers |= {name: answer for name, answer, _ in changes}
    questionnaire, as_of = assessment.provenance.questionnaire, assessment.provenance.as_of
    plan = assess(assessment.pack, questionnaire, answers, as_of, complete=False, plain=True).plan
    assert plan is not None
    return plan


def gains(before: PlannedStep, after: PlannedStep) -> bool:
    return (
        after.weight > before.weight
        or after.effective > before.effective
        or EMPHASES.index(after.emphasis) < EMPHASES.index(before.emphasis)
        or after.position < before.position
    )


def move_kind(before: PlannedStep, after: PlannedStep) -> str:
    if before.emphasis != after.emphasis:
        return "rises" if EMPHASES.index(after.emphasis) < EMPHASES.index(before.emphasis) else "eases"
    if after.position < before.position and after.effective > before.effective:
        return "rises"
    return "eases" if after.position > before.position and after.effective < before.effective else "shifts"


def moves(actual: Plan, supposed_plan: Plan, allowed: set[str]) -> dict[str, str]:
    """The direction in which each step moves; empty if none moves, or if the what-if is not allowed."""
    held = [{step.id for step in plan.steps if step.held} for plan in (actual, supposed_plan)]
    outside = [step.id for step in actual.steps if step.id not in allowed]
    if actual.kind.id != supposed_plan.kind.id or held[0] != held[1]:
        return {}
    if any(gains(actual.step(name), supposed_plan.step(name)) for name in outside):
        return {}
    moved = [
        step.id
        for step in actual.steps
        if step.id in allowed
        if (step.position, step.emphasis)
        != (supposed_plan.step(step.id).position, supposed_plan.step(step.id).emphasis)
    ]
    kinds = {name: move_kind(actual.step(name), supposed_plan.step(name)) for name in moved}
    return kinds if set(kinds.values()) - {"shifts"} else {}


ToldWhatIf = tuple[tuple[tuple[str, Any], ...], tuple[tuple[str, str, int, str], ...]]
"""The changed answers, and for each step its direction, new position and new emphasis."""


def brute_force(assessment: Assessment) -> set[ToldWhatIf]:
    """All minimal changes that move a step, by exhaustive search."""
    raw = content(assessment)
    actual = plan_with(assessment)
    kind = next(candidate for candidate in raw["kinds"] if candidate["id"] == actual.kind.id)
    short = [notice["id"] for notice in raw.get("notices", ()) if notice.get("short")]
    block = raw.get("what_if")
    if block is None or kind["id"] not in block["kinds"] or kind.get("short"):
        return set()
    if any(notice.id in short for notice in actual.notices):
        return set()
    allowed = {
        step["id"]
        for step in raw["steps"]
        if step["id"] in [block.get("step"), *block.get("steps", ())] or block.get("tag") in step.get("tags", ())
    }
    single = supposed_changes(assessment, raw)
    for size in (1, 2):
        outcomes: dict[tuple[Change, ...], tuple[tuple[str, str, int, str], ...]] = {}
        for changes in combinations(single, size):
            if len({name for name, _, _ in changes}) == size:
                supposed_plan = plan_with(assessment, *changes)
                kinds = moves(actual, supposed_plan, allowed)
                if kinds and not eases_forbidden(assessment, raw, {name for name, _, _ in changes}, kinds):
                    outcomes[changes] = tuple(
                        (name, move, supposed_plan.step(name).position, supposed_plan.step(name).emphasis)
                        for name, move in kinds.items()
                    )
        if outcomes:
            return {
                (tuple((name, answer) for name, answer, _ in changes), outcome)
                for changes, outcome in outcomes.items()
                if not any(
                    outcome == other_outcome and _nearer(other_changes, changes)
                    for other_changes, other_outcome in outcomes.items()
                )
            }
    return set()


def _nearer(nearer: tuple[Change, ...], farther: tuple[Change, ...]) -> bool:
    """True if ``nearer`` changes the same items by no more than ``farther``, and some by less."""
    change_pairs = list(zip(nearer, farther, strict=True))
    same = all(near[0] == far[0] for near, far in change_pairs)
    return (
        same
        and all(near[2] <= far[2] for near, far in change_pairs)
        and any(near[2] < far[2] for near, far in change_pairs)
    )
