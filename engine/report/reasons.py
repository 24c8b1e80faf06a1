"""Why a step stands where it does: the sentences of rules that fit its place, with the answers behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from engine.assessment.additions import PlanEntry
from engine.assessment.ordering import Emphasis
from engine.assessment.plan import Plan, PlannedStep
from engine.content.placeholders import clause_items
from engine.content.rules import Rule
from engine.report.remarks import RepetitionFilter
from engine.report.wording import Answered, Wording

MOST_ANSWERS: Final = 3
"""Behind one reason."""
MOST_MENTIONS: Final = 2
"""So many reasons of a report speak of the same answer, as long as there are others."""

ReasonEffect = Literal["raises", "lowers", "orders", "waits", "caps"]
_EFFECTS_BY_EMPHASIS: Final[Mapping[Emphasis, tuple[ReasonEffect, ...]]] = {
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


class FactCounter:
    """Counts how often the reasons of a report speak of an answer, so that another one can be shown instead."""

    def __init__(self) -> None:
        self._mentions: Counter[str] = Counter()

    def is_worn(self, items: Iterable[str]) -> bool:
        """True if one of these answers was spoken of often enough."""
        return any(self._mentions[item] >= MOST_MENTIONS for item in items)

    def note(self, items: Iterable[str]) -> None:
        """Count a reason that speaks of these answers."""
        self._mentions.update(items)


def reasons(
    words: Wording,
    plan: Plan,
    planned: PlannedStep,
    memory: tuple[RepetitionFilter, FactCounter],
    limit: int,
    *,
    short: bool,
    among: frozenset[str] | None = None,
) -> tuple[Reason, ...]:
    """The reasons that fit a step's place, ``limit`` at most, the strongest first.

    None of them is sensitive, was shown before, or is for other kinds of plan. One that speaks of an answer that two
    reasons spoke of already is shown only if there is no other. An allowlist-only kind shows none: what rules say of
    a step was not written for it.

    Args:
        among: the rules whose reasons may be shown; None for all.
    """
    if not tells_reasons(words, plan, planned):
        return ()
    repetition, facts = memory
    candidates: dict[str, tuple[ReasonEffect, str, tuple[str, ...]]] = {}
    for rule_id, effect, text in _tellable_reasons(words, plan, planned):
        if among is None or rule_id in among:
            items = tuple(clause_items(text)) or plan.firings[rule_id].items
            candidates.setdefault(rule_id, (effect, text, items))
    fitting_reasons: list[Reason] = []
    for may_be_worn in (False, True):
        for rule_id, (effect, text, items) in candidates.items():
            if len(fitting_reasons) == limit or (may_be_worn and fitting_reasons):
                break
            if (
                facts.is_worn(items) != may_be_worn
                or (sentence := repetition.once(text, plan.firings[rule_id])) is None
            ):
                continue
            facts.note(items)
            shown = {answered for reason in fitting_reasons for answered in reason.answers}
            answers = [
                answered
                for answered in words.evidence_behind(plan.firings[rule_id], clause_items(text))
                if answered not in shown
            ]
            fitting_reasons.append(Reason(rule_id, effect, sentence, () if short else tuple(answers[:MOST_ANSWERS])))
    return tuple(fitting_reasons)


def strongest_rule(words: Wording, plan: Plan, planned: PlannedStep) -> str | None:
    """The rule whose reason comes first, if none was shown before."""
    tellable = _tellable_reasons(words, plan, planned) if tells_reasons(words, plan, planned) else iter(())
    return next((rule_id for rule_id, _, _ in tellable), None)


def _tellable_reasons(words: Wording, plan: Plan, planned: PlannedStep) -> Iterator[tuple[str, ReasonEffect, str]]:
    """The rules whose reasons may be shown, the strongest first, each with what it did and its reason."""
    for rule_id, effect in behind_place(plan, planned):
        text = _because(words, words.rules[rule_id], planned.id, effect)
        if may_be_told(words, plan, words.rules[rule_id], text):
            yield rule_id, effect, text


def tells_reasons(words: Wording, plan: Plan, planned: PlannedStep) -> bool:
    """False for an allowlist-only kind, and where a kind of plan words the step as another one."""
    return not words.kind(plan.kind.id).allowlist_only and words.variant(planned.id, plan.kind.id).reasons


def rules_behind(actions: Iterable[PlanEntry]) -> frozenset[str]:
    """The rules that add these actions."""
    return frozenset(rule for entry in actions for rule in entry.rules)


def may_be_told(words: Wording, plan: Plan, rule: Rule, text: str) -> bool:
    """True if a rule's reason or line may stand in this kind of plan, rests on no sensitive answer, and on evidence."""
    firing = plan.firings[rule.id]
    elsewhere = plan.kind.id not in (rule.reasons_shown_in or (plan.kind.id,))
    return not elsewhere and not firing.sensitive and words.rests_on_evidence(firing, clause_items(text))


def behind_place(plan: Plan, planned: PlannedStep) -> Iterator[tuple[str, ReasonEffect]]:
    """The rules behind a step's place, each with what it did."""
    rules_by_effect: Mapping[ReasonEffect, list[str]] = {
        "raises": [rule for rule, weight in planned.changes if weight > 0],
        "lowers": [rule for rule, weight in planned.changes if weight < 0],
        "orders": [
            rule for other in plan.steps for prerequisite, rule in other.waits_for if prerequisite == planned.id
        ],
        "waits": [rule for _, rule in planned.waits_for],
        "caps": [cap.rule for cap in planned.caps if cap.rule is not None and cap.at == planned.emphasis],
    }
    for effect in _EFFECTS_BY_EMPHASIS[planned.emphasis]:
        yield from ((rule, effect) for rule in rules_by_effect[effect])


def _because(words: Wording, rule: Rule, step: str, reason_effect: ReasonEffect) -> str:
    """The reason as it is told at this step: the weight's own, where the rule has one for it."""
    own_reasons = [
        effect.own_reason(reason_effect) for effect in rule.then if step in words.pack.targets(effect.target)
    ]
    return next((own_reason for own_reason in own_reasons if own_reason is not None), rule.because)
