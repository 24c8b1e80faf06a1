"""Explains a plan to authors and sceptical readers: rules, places in files, answers, arithmetic.

Rules that rest on sensitive answers are masked, unless it is asked for: what they did is shown, not which they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan, PlannedStep
from engine.assessment.trace import Firing
from engine.content.serialization import as_plain_data
from engine.errors import HeartworkError, did_you_mean, join_ids, problem
from engine.report.wording import Answered, Wording


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """One rule that fired. A masked one has no name, location, sentence, answers or effects."""

    rule: str | None
    location: str | None
    """``file:line:column``; None for a pack from a snapshot."""
    gate: bool
    stratum: int
    """0 for gates."""
    because: str | None
    answers: tuple[Answered, ...]
    effects: tuple[str, ...]
    """The effects as they are written in the rule."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """A rule's part in the arithmetic of a step: what it added, capped, held or ordered first."""

    effect: str
    rule: ExplainedRule | None
    """None if the kind of plan caused it."""


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """A step's place and weight, and how they were computed."""

    planned: PlannedStep
    title: str
    changes: tuple[Contribution, ...]
    caps: tuple[Contribution, ...]
    lifted_by: tuple[str, ...]
    """The steps that wait for this one and determine its effective weight."""
    waits_for: tuple[Contribution, ...]
    held_by: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind a plan, or behind one step of it."""

    title: str
    kind: str | None
    kind_rules: tuple[ExplainedRule, ...]
    notices: tuple[Contribution, ...]
    rules: tuple[ExplainedRule, ...]
    steps: tuple[ExplainedStep, ...]
    masked: bool
    """True if rules were masked because they rest on sensitive answers."""


def explanation(assessment: Assessment, *, show_sensitive: bool = False) -> Explanation:
    """All rules that fired, and the arithmetic of every step."""
    explainer, plan = _Explainer(assessment, show_sensitive), assessment.plan
    return explainer.explanation(
        rules=[explainer.rule(firing) for firing in assessment.trace.firings],
        notices=[
            Contribution(notice.id, explainer.rule(plan.firings[rule]))
            for notice in plan.notices
            for rule in notice.rules
        ]
        if plan
        else [],
        steps=[explainer.step(plan, step) for step in plan.steps] if plan else [],
    )


def explain_step(assessment: Assessment, step_id: str, *, show_sensitive: bool = False) -> Explanation:
    """The arithmetic of one step, with the rules that contributed to it.

    Raises:
        HeartworkError: the plan has no such step.
    """
    explainer, plan = _Explainer(assessment, show_sensitive), assessment.plan
    steps = {step.id: step for step in plan.steps} if plan else {}
    if plan is None or step_id not in steps:
        facts = {"id": step_id, "hint": did_you_mean(step_id, steps), "allowed": join_ids(steps)}
        raise HeartworkError([problem("HW609", assessment.provenance.questionnaire, **facts)])
    step = explainer.step(plan, steps[step_id])
    rules = [part.rule for part in (*step.changes, *step.caps, *step.waits_for, *step.held_by) if part.rule]
    entries = (*steps[step_id].actions, *steps[step_id].cautions)
    rules += [explainer.rule(plan.firings[rule]) for entry in entries for rule in entry.rules]
    return explainer.explanation(rules=dict.fromkeys(rules), notices=(), steps=[step])


class _Explainer:
    def __init__(self, assessment: Assessment, show_sensitive: bool) -> None:
        self._assessment, self._show_sensitive = assessment, show_sensitive
        self._words = Wording(assessment)
        self._masked = False

    def explanation(
        self, *, rules: Iterable[ExplainedRule], notices: Iterable[Contribution], steps: Iterable[ExplainedStep]
    ) -> Explanation:
        plan = self._assessment.plan
        return Explanation(
            title=self._words.say(self._assessment.pack.content.title),
            kind=plan.kind.id if plan else None,
            kind_rules=tuple(self.rule(plan.firings[rule]) for rule in plan.kind.rules) if plan else (),
            notices=tuple(notices),
            rules=tuple(rules),
            steps=tuple(steps),
            masked=self._masked,
        )

    def rule(self, firing: Firing) -> ExplainedRule:
        """The rule of a firing, masked if it rests on a sensitive answer."""
        rule = self._words.rules[firing.rule]
        if firing.sensitive and not self._show_sensitive:
            self._masked = True
            return ExplainedRule(None, None, rule.gate, firing.stratum, None, (), ())
        location = self._assessment.pack.location("rule", rule.id)
        return ExplainedRule(
            rule=rule.id,
            location=str(location) if location else None,
            gate=rule.gate,
            stratum=firing.stratum,
            because=self._words.sentence(rule.because, firing) or rule.because,
            answers=self._words.answers_behind(firing),
            effects=tuple(json.dumps(as_plain_data(effect), ensure_ascii=False) for effect in rule.then),
        )

    def step(self, plan: Plan, planned: PlannedStep) -> ExplainedStep:
        """A step's place, with the contribution of each rule."""

        def contribution(effect: str, rule: str | None) -> Contribution:
            return Contribution(effect, self.rule(plan.firings[rule]) if rule else None)

        return ExplainedStep(
            planned,
            self._words.step_title(planned.id, plan),
            changes=tuple(contribution(f"{amount:+d}", rule) for rule, amount in planned.changes),
            caps=tuple(contribution(cap.at, cap.rule) for cap in planned.caps),
            lifted_by=() if planned.held else tuple(_lifting(plan, planned)),
            waits_for=tuple(contribution(prerequisite, rule) for prerequisite, rule in planned.waits_for),
            held_by=tuple(contribution("held", rule) for rule in planned.held_by),
        )


def _lifting(plan: Plan, planned: PlannedStep) -> list[str]:
    """The steps that wait for this one, directly or indirectly, and determine its effective weight."""
    if planned.effective == planned.bounded:
        return []
    waiting = {planned.id}
    for _ in plan.steps:
        waiting |= {
            step.id for step in plan.steps if any(prerequisite in waiting for prerequisite, _ in step.waits_for)
        }
    return [step.id for step in plan.steps if step.id in waiting - {planned.id} and step.bounded == planned.effective]
