"""A plan with every word resolved: the documented context that templates render.

Nothing here decides anything, and nothing in a template does. Answers to sensitive items are in no report: a reason
that rests on one is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from engine.arrangement import Emphasis
from engine.assessment import Assessment, rearrange
from engine.plan import Added, Plan, PlannedStep
from engine.questionnaire import Number, ShortText
from engine.scoring import plain, scorers
from engine.steps import Step
from engine.wording import Answered, BandInReport, Wording

EvidenceLabel = Literal["supported", "some_support", "common_advice", "research_cautions"]
ReasonEffect = Literal["raises", "lowers", "holds", "caps", "orders", "says"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence of a rule, with the answers behind it."""

    rule: str
    effect: ReasonEffect
    sentence: str
    answers: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class EvidenceNote:
    """What research says about an action and one outcome."""

    label: EvidenceLabel
    outcome: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something to do."""

    id: str
    text: str
    evidence: EvidenceNote | None


@dataclass(frozen=True, slots=True)
class StepInReport:
    """One step of the plan."""

    id: str
    position: int
    emphasis: Emphasis
    title: str
    summary: str | None
    reasons: tuple[Reason, ...]
    actions: tuple[ToDo, ...]
    """Empty for a step that is held."""
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoticeInReport:
    """Something said before the plan."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ScaleInReport:
    """One scale. ``value`` is None if too few items were answered."""

    id: str
    title: str
    about: str | None
    value: Number | None
    lowest: Number
    highest: Number
    band: BandInReport | None
    shown: Literal["bar", "words"]
    answered: int
    items: int


@dataclass(frozen=True, slots=True)
class KindInReport:
    """The kind of plan."""

    id: str
    title: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """A plan as a person reads it."""

    title: str
    questionnaire: str
    taken_on: date
    kind: KindInReport
    kind_reasons: tuple[Reason, ...]
    notices: tuple[NoticeInReport, ...]
    steps: tuple[StepInReport, ...]
    scales: tuple[ScaleInReport, ...]
    left_open: tuple[str, ...]
    """Questions without an answer, except sensitive ones."""
    content_digest: str


def build_report(assessment: Assessment, check_in: Assessment | None = None) -> Report:
    """The report of a full sitting.

    Args:
        check_in: a later check-in, whose holds, caps, notices and kind are added to the plan.

    Raises:
        ValueError: the sitting is a check-in, which has no plan of its own.
        HeartworkError: the second is no check-in to the first.
    """
    plan = assessment.plan if check_in is None else rearrange(assessment, check_in)
    if plan is None:
        message = "a check-in has no plan of its own"
        raise ValueError(message)
    words = Wording(assessment, check_in)
    kind = words.kind(plan.kind.id)
    return Report(
        title=words.say(assessment.pack.content.title),
        questionnaire=words.say(assessment.form.questionnaire.title),
        taken_on=assessment.provenance.as_of,
        kind=KindInReport(kind.id, words.say(kind.title), words.maybe(kind.text)),
        kind_reasons=tuple(_reasons(words, plan, ((rule, "says") for rule in plan.kind.rules))),
        notices=tuple(_notices(words, plan)),
        steps=tuple(_step(words, plan, step) for step in plan.steps),
        scales=tuple(_scales(words, assessment)),
        left_open=tuple(_left_open(words, assessment)),
        content_digest=assessment.provenance.content_digest,
    )


def _notices(words: Wording, plan: Plan) -> Iterator[NoticeInReport]:
    texts = {notice.id: notice for notice in words.pack.content.notices}
    for raised in plan.notices:
        notice = texts[raised.id]
        yield NoticeInReport(notice.id, words.say(notice.title), words.say(notice.text))


def _step(words: Wording, plan: Plan, placed: PlannedStep) -> StepInReport:
    step = words.steps[placed.id]
    variant = step.for_kind.get(plan.kind.id)
    cautions = {added.id for added in placed.cautions}
    return StepInReport(
        id=step.id,
        position=placed.position,
        emphasis=placed.emphasis,
        title=words.step_title(step.id, plan.kind.id),
        summary=words.maybe(variant.summary if variant and variant.summary else step.summary),
        reasons=tuple(_reasons(words, plan, _effects_on(placed))),
        actions=tuple(_to_do(words, step, added) for added in placed.actions),
        cautions=tuple(words.say(one.text) for one in step.cautions if one.id in cautions),
    )


def _to_do(words: Wording, step: Step, added: Added) -> ToDo:
    action = next(action for action in step.actions if action.id == added.id)
    found = action.evidence
    note = EvidenceNote(found.label, words.say(found.outcome), words.maybe(found.reference)) if found else None
    return ToDo(action.id, words.say(action.text), note)


def _reasons(words: Wording, plan: Plan, effects: Iterable[tuple[str, ReasonEffect]]) -> Iterator[Reason]:
    """The sentences of these rules, but for those that rest on a sensitive answer."""
    for rule, effect in effects:
        firing = plan.firings[rule]
        if not firing.sensitive:
            yield Reason(rule, effect, words.say(words.rules[rule].because), words.behind(firing))


def _effects_on(placed: PlannedStep) -> list[tuple[str, ReasonEffect]]:
    """The rules that put a step where it is: a held step's holds alone, else what moved it, each rule once."""
    effects: list[tuple[str, ReasonEffect]] = [(rule, "holds") for rule in placed.held_by]
    if not effects:
        effects += [(rule, "raises" if by > 0 else "lowers") for rule, by in placed.changes if by]
        effects += [(rule, "orders") for _, rule in placed.waits_for]
        effects += [(cap.rule, "caps") for cap in placed.caps if cap.rule is not None]
        shown = (*placed.actions, *placed.cautions)
        effects += [(rule, "says") for added in shown for rule in added.rules]
    first: dict[str, ReasonEffect] = {}
    for rule, effect in effects:
        first.setdefault(rule, effect)
    return list(first.items())


def _scales(words: Wording, assessment: Assessment) -> Iterator[ScaleInReport]:
    for score in assessment.scales.values():
        scale = words.pack.scales[score.scale]
        shown = words.pack.shown(scale)
        if shown is None:
            continue
        ready = scorers(words.pack)[scale.id]
        yield ScaleInReport(
            id=scale.id,
            title=words.say(scale.title),
            about=words.maybe(scale.about),
            value=score.value,
            lowest=plain(ready.low),
            highest=plain(ready.high),
            band=words.band(score),
            shown=shown,
            answered=score.answered,
            items=len(scale.items),
        )


def _left_open(words: Wording, assessment: Assessment) -> Iterator[str]:
    told = set(assessment.responses.visible) - words.pack.sensitive
    for item in assessment.form.items:
        if item.id in told and words.answers.get(item.id) is None and not isinstance(item, ShortText):
            yield words.say(item.text)
