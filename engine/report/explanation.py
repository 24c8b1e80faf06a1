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
from engine.errors import HeartworkError, did_you_mean, listed, problem
from engine.report.wording import Answered, Wording


@dataclass(frozen=True, slots=True)
class RuleNote:
    """One rule that fired. Masked, it has no name, no place, no sentence, no answers and no effects."""

    rule: str | None
    place: str | None
    """``file:line:column``; None for a pack from a snapshot."""
    gate: bool
    stratum: int
    """0 for gates."""
    because: str | None
    answers: tuple[Answered, ...]
    effects: tuple[str, ...]
    """As they are written in the rule."""


@dataclass(frozen=True, slots=True)
class Part:
    """A rule's part in the arithmetic of a step: what it added, capped, held, or put first."""

    what: str
    rule: RuleNote | None
    """None if the kind of plan, and no rule, is behind it."""


@dataclass(frozen=True, slots=True)
class StepNote:
    """One step's place, and how it came about."""

    id: str
    title: str
    position: int
    emphasis: Emphasis
    base: int
    changes: tuple[Part, ...]
    weight: int
    caps: tuple[Part, ...]
    cap: str | None
    """The cap in force, its own or inherited from a step that comes before."""
    bounded: int
    effective: int
    lifted_by: tuple[str, ...]
    """The steps that must wait for this one and are worth as much as its effective weight."""
    waits_for: tuple[Part, ...]
    held_by: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind a plan, or behind one step of it."""

    title: str
    kind: str | None
    kind_rules: tuple[RuleNote, ...]
    notices: tuple[Part, ...]
    rules: tuple[RuleNote, ...]
    steps: tuple[StepNote, ...]
    masked: bool
    """True if something was left out because it rests on sensitive answers."""


def explanation(assessment: Assessment, *, show_sensitive: bool = False) -> Explanation:
    """All rules that fired, and the arithmetic of every step."""
    notes = _Notes(assessment, show_sensitive=show_sensitive)
    plan = assessment.plan
    rules = tuple(notes.rule(firing) for firing in assessment.trace.firings)
    return Explanation(
        title=notes.words.say(assessment.pack.content.title),
        kind=plan.kind.id if plan else None,
        kind_rules=tuple(notes.rules(plan, plan.kind.rules)) if plan else (),
        notices=tuple(Part(one.id, notes.of(plan, rule)) for one in plan.notices for rule in one.rules) if plan else (),
        rules=rules,
        steps=tuple(notes.step(plan, step) for step in plan.steps) if plan else (),
        masked=notes.masked,
    )


def explain_step(assessment: Assessment, name: str, *, show_sensitive: bool = False) -> Explanation:
    """The arithmetic of one step with the rules that had a part in it.

    Raises:
        HeartworkError: the plan has no such step.
    """
    plan = assessment.plan
    found = [step for step in plan.steps if step.id == name] if plan else []
    if plan is None or not found:
        ids = [step.id for step in plan.steps] if plan else []
        facts = {"id": name, "hint": did_you_mean(name, ids), "allowed": listed(ids)}
        raise HeartworkError([problem("HW609", assessment.provenance.questionnaire, **facts)])
    notes = _Notes(assessment, show_sensitive=show_sensitive)
    step = notes.step(plan, found[0])
    parts = (*step.changes, *step.caps, *step.waits_for, *step.held_by)
    shown = [one for added in (*found[0].actions, *found[0].cautions) for one in added.rules]
    rules = dict.fromkeys([*(part.rule for part in parts if part.rule), *notes.rules(plan, shown)])
    title = notes.words.say(assessment.pack.content.title)
    kind_rules = tuple(notes.rules(plan, plan.kind.rules))
    return Explanation(title, plan.kind.id, kind_rules, (), tuple(rules), (step,), notes.masked)


class _Notes:
    def __init__(self, assessment: Assessment, *, show_sensitive: bool) -> None:
        self._assessment = assessment
        self._show = show_sensitive
        self.words = Wording(assessment)
        self.masked = False

    def rule(self, firing: Firing) -> RuleNote:
        """The rule behind a firing, masked if it has to be."""
        rule = self.words.rules[firing.rule]
        if firing.sensitive and not self._show:
            self.masked = True
            return RuleNote(None, None, rule.gate, firing.stratum, None, (), ())
        place = self._assessment.pack.place("rule", rule.id)
        return RuleNote(
            rule=rule.id,
            place=str(place) if place else None,
            gate=rule.gate,
            stratum=firing.stratum,
            because=self.words.sentence(rule.because, firing) or rule.because,
            answers=self.words.behind(firing),
            effects=tuple(json.dumps(as_plain_data(effect), ensure_ascii=False) for effect in rule.then),
        )

    def of(self, plan: Plan, rule: str) -> RuleNote:
        return self.rule(plan.firings[rule])

    def rules(self, plan: Plan, names: Iterable[str]) -> list[RuleNote]:
        return [self.of(plan, name) for name in names]

    def step(self, plan: Plan, placed: PlannedStep) -> StepNote:
        return StepNote(
            id=placed.id,
            title=self.words.step_title(placed.id, plan.kind.id),
            position=placed.position,
            emphasis=placed.emphasis,
            base=placed.base,
            changes=tuple(Part(f"{by:+d}", self.of(plan, rule)) for rule, by in placed.changes),
            weight=placed.weight,
            caps=tuple(self._cap(plan, cap) for cap in placed.caps),
            cap=placed.cap,
            bounded=placed.bounded,
            effective=placed.effective,
            lifted_by=() if placed.held else tuple(_lifting(plan, placed)),
            waits_for=tuple(Part(first, self.of(plan, rule)) for first, rule in placed.waits_for),
            held_by=tuple(Part("held", self.of(plan, rule)) for rule in placed.held_by),
        )

    def _cap(self, plan: Plan, cap: Cap) -> Part:
        return Part(cap.at, self.of(plan, cap.rule) if cap.rule else None)


def _lifting(plan: Plan, placed: PlannedStep) -> list[str]:
    """The steps that wait for this one, directly or not, and give it its effective weight."""
    if placed.effective == placed.bounded:
        return []
    waiting = {placed.id}
    for _ in plan.steps:
        waiting |= {step.id for step in plan.steps if any(first in waiting for first, _ in step.waits_for)}
    return [step.id for step in plan.steps if step.id in waiting - {placed.id} and step.bounded == placed.effective]
