"""Why a step stands where it does: the sentences of rules that fit its place, with the answers behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from engine.assessment.ordering import Emphasis
from engine.assessment.plan import Plan, PlannedStep
from engine.content.placeholders import clause_items
from engine.content.rules import Rule, WeightEffect
from engine.report.repetition import RepetitionFilter
from engine.report.wording import Answered, Wording

MOST_ANSWERS: Final = 3
"""Behind one reason."""

ReasonEffect = Literal["raises", "lowers", "orders", "waits", "caps"]
_FITTING: Final[Mapping[Emphasis, tuple[ReasonEffect, ...]]] = {
    "start_here": ("raises", "orders"),
    "focus": ("raises", "orders"),
    # The first two say enough of a step in the middle; the others stand in where nothing moved its weight.
    "steady": ("raises", "lowers", "caps", "waits"),
    "light": ("lowers", "caps", "waits", "raises"),
    "not_now": (),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence of a rule, with the answers behind it, none of which is sensitive: they can be shown and corrected."""

    rule: str
    effect: ReasonEffect
    """What the rule did to the step: gave or took weight, put it before another or made it wait, or capped it."""
    sentence: str
    answers: tuple[Answered, ...]
    """At most three: of the items that the sentence speaks of, or else of those that made the rule fire. Without those
    that an earlier reason of the same step shows, and none in a short report."""


def reasons(
    words: Wording, plan: Plan, placed: PlannedStep, telling: RepetitionFilter, most: int, *, short: bool = False
) -> tuple[Reason, ...]:
    """The reasons that fit a step's place, ``most`` at most, the strongest first.

    None of them is sensitive, was told before, or is for other kinds of plan.

    An allowlist-only kind tells none: what rules say of a step was not written for it.
    """
    kind = words.kind(plan.kind.id)
    variant = words.steps[placed.id].for_kind.get(kind.id)
    if kind.allowlist_only or (variant is not None and not variant.reasons):
        return ()
    found: list[Reason] = []
    for rule, effect in _fitting(plan, placed):
        firing = plan.firings[rule]
        if len(found) == most:
            break
        if firing.sensitive or any(one.rule == rule for one in found):
            continue
        if kind.id not in (words.rules[rule].reasons_shown_in or (kind.id,)):
            continue
        because = _because(words, words.rules[rule], placed.id, effect)
        sentence = telling.once(because, firing)
        if sentence is not None:
            shown = {answered for one in found for answered in one.answers}
            behind = [one for one in words.behind(firing, clause_items(because)) if one not in shown]
            found.append(Reason(rule, effect, sentence, () if short else tuple(behind[:MOST_ANSWERS])))
    return tuple(found)


def _fitting(plan: Plan, placed: PlannedStep) -> Iterator[tuple[str, ReasonEffect]]:
    """The rules behind a step's place, each with what it did."""
    behind: Mapping[ReasonEffect, list[str]] = {
        "raises": [rule for rule, by in placed.changes if by > 0],
        "lowers": [rule for rule, by in placed.changes if by < 0],
        "orders": [rule for other in plan.steps for first, rule in other.waits_for if first == placed.id],
        "waits": [rule for _, rule in placed.waits_for],
        "caps": [cap.rule for cap in placed.caps if cap.rule is not None and cap.at == placed.emphasis],
    }
    for effect in _FITTING[placed.emphasis]:
        yield from ((rule, effect) for rule in behind[effect])


def _because(words: Wording, rule: Rule, step: str, effect: ReasonEffect) -> str:
    """The reason as it is told at this step: the weight's own, where the rule has one for it."""
    weights = [one.weight for one in rule.then if isinstance(one, WeightEffect)]
    own = [one for one in weights if one.because is not None and step in words.pack.targets(one)]
    fits = {"raises": [one for one in own if one.by > 0], "lowers": [one for one in own if one.by < 0]}
    return next((one.because for one in fits.get(effect, ()) if one.because), rule.because)
