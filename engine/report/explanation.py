"""Why a plan is as it is, for authors and for whoever does not believe it: rules, places, answers, arithmetic.

Rules that rest on sensitive answers are masked, unless it is asked for: what they did is shown, not which they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from engine.assessment.ordering import Emphasis
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Cap, Plan, PlannedStep
from engine.assessment.trace import Firing
from engine.content.serialization import as_plain_data
from engine.errors import HeartworkError, did_you_mean, join_ids, problem
from engine.report.wording import Answered, Wording


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """One rule that fired. Masked, it has no name, no location, no sentence, no answers and no effects."""

    rule: str | None
    location: str | None
    """``file:line:column``; None for a pack from a snapshot."""
    gate: bool
    stratum: int
    """0 for gates."""
    because: str | None
    answers: tuple[Answered, ...]
    effects: tuple[str, ...]
    """As they are written in the rule."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """A rule's part in the arithmetic of a step: what it added, capped, held, or put first."""

    effect: str
    rule: ExplainedRule | None
    """None if the kind of plan, and no rule, is behind it."""


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One step's place, and how it came about."""

    id: str
    title: str
    position: int
    emphasis: Emphasis
    base: int
    changes: tuple[Contribution, ...]
    weight: int
    caps: tuple[Contribution, ...]
    cap: str | None
    """The cap in force, its own or inherited from a step that comes before."""
    bounded: int
    effective: int
    lifted_by: tuple[str, ...]
    """The steps that must wait for this one and are worth as much as its effective weight."""
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
    """True if something was left out because it rests on sensitive answers."""


def explanation(assessment: Assessment, *, show_sensitive: bool = False) -> Explanation:
    """All rules that fired, and the arithmetic of every step."""
    explainer = _Explainer(assessment, show_sensitive=show_sensitive)
    plan = assessment.plan
    rules = tuple(explainer.fired_rule(firing) for firing in assessment.trace.firings)
    return Explanation(
        title=explainer.words.say(assessment.pack.content.title),
        kind=plan.kind.id if plan else None,
        kind_rules=tuple(explainer.rules_by_id(plan, plan.kind.rules)) if plan else (),
        notices=tuple(
            Contribution(notice.id, explainer.rule_by_id(plan, rule))
            for notice in plan.notices
            for rule in notice.rules
        )
        if plan
        else (),
        rules=rules,
        steps=tuple(explainer.step(plan, step) for step in plan.steps) if plan else (),
        masked=explainer.masked,
    )


def explain_step(assessment: Assessment, step_id: str, *, show_sensitive: bool = False) -> Explanation:
    """The arithmetic of one step with the rules that had a part in it.

    Raises:
        HeartworkError: the plan has no such step.
    """
    plan = assessment.plan
    matches = [step for step in plan.steps if step.id == step_id] if plan else []
    if plan is None or not matches:
        ids = [step.id for step in plan.steps] if plan else []
        facts = {"id": step_id, "hint": did_you_mean(step_id, ids), "allowed": join_ids(ids)}
        raise HeartworkError([problem("HW609", assessment.provenance.questionnaire, **facts)])
    explainer = _Explainer(assessment, show_sensitive=show_sensitive)
    step = explainer.step(plan, matches[0])
    parts = (*step.changes, *step.caps, *step.waits_for, *step.held_by)
    rule_ids = [rule for entry in (*matches[0].actions, *matches[0].cautions) for rule in entry.rules]
    rules = dict.fromkeys([*(part.rule for part in parts if part.rule), *explainer.rules_by_id(plan, rule_ids)])
    title = explainer.words.say(assessment.pack.content.title)
    kind_rules = tuple(explainer.rules_by_id(plan, plan.kind.rules))
    return Explanation(title, plan.kind.id, kind_rules, (), tuple(rules), (step,), explainer.masked)


class _Explainer:
    def __init__(self, assessment: Assessment, *, show_sensitive: bool) -> None:
        self._assessment = assessment
        self._show_sensitive = show_sensitive
        self.words = Wording(assessment)
        self.masked = False

    def fired_rule(self, firing: Firing) -> ExplainedRule:
        """The rule behind a firing, masked if it has to be."""
        rule = self.words.rules[firing.rule]
        if firing.sensitive and not self._show_sensitive:
            self.masked = True
            return ExplainedRule(None, None, rule.gate, firing.stratum, None, (), ())
        location = self._assessment.pack.location("rule", rule.id)
        return ExplainedRule(
            rule=rule.id,
            location=str(location) if location else None,
            gate=rule.gate,
            stratum=firing.stratum,
            because=self.words.sentence(rule.because, firing) or rule.because,
            answers=self.words.answers_behind(firing),
            effects=tuple(json.dumps(as_plain_data(effect), ensure_ascii=False) for effect in rule.then),
        )

    def rule_by_id(self, plan: Plan, rule: str) -> ExplainedRule:
        return self.fired_rule(plan.firings[rule])

    def rules_by_id(self, plan: Plan, rule_ids: Iterable[str]) -> list[ExplainedRule]:
        return [self.rule_by_id(plan, rule_id) for rule_id in rule_ids]

    def step(self, plan: Plan, planned: PlannedStep) -> ExplainedStep:
        return ExplainedStep(
            id=planned.id,
            title=self.words.step_title(planned.id, plan.kind.id),
            position=planned.position,
            emphasis=planned.emphasis,
            base=planned.base,
            changes=tuple(
                Contribution(f"{amount:+d}", self.rule_by_id(plan, rule)) for rule, amount in planned.changes
            ),
            weight=planned.weight,
            caps=tuple(self._cap(plan, cap) for cap in planned.caps),
            cap=planned.cap,
            bounded=planned.bounded,
            effective=planned.effective,
            lifted_by=() if planned.held else tuple(_lifting(plan, planned)),
            waits_for=tuple(
                Contribution(prerequisite, self.rule_by_id(plan, rule)) for prerequisite, rule in planned.waits_for
            ),
            held_by=tuple(Contribution("held", self.rule_by_id(plan, rule)) for rule in planned.held_by),
        )

    def _cap(self, plan: Plan, cap: Cap) -> Contribution:
        return Contribution(cap.at, self.rule_by_id(plan, cap.rule) if cap.rule else None)


def _lifting(plan: Plan, planned: PlannedStep) -> list[str]:
    """The steps that wait for this one, directly or not, and give it its effective weight."""
    if planned.effective == planned.bounded:
        return []
    waiting = {planned.id}
    for _ in plan.steps:
        waiting |= {
            step.id for step in plan.steps if any(prerequisite in waiting for prerequisite, _ in step.waits_for)
        }
    return [step.id for step in plan.steps if step.id in waiting - {planned.id} and step.bounded == planned.effective]
