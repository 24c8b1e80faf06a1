"""Assessment in one call: answers → scores → trace → plan, with its provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from engine.assessment.effects import collected_effects, effects_of
from engine.assessment.evaluator import Facts, evaluator
from engine.assessment.inference import fired_gates, infer
from engine.assessment.plan import Plan, arrange, raised_notices
from engine.assessment.responses import RawResponses, ResponseSet, validate_answers
from engine.assessment.scoring import ScaleScores, score
from engine.assessment.trace import Trace
from engine.content.conditions import Condition
from engine.content.pack import Form, Pack
from engine.errors import HeartworkError, Location, problem


@dataclass(frozen=True, slots=True)
class Provenance:
    """The inputs of an assessment. Equal inputs give equal assessments."""

    questionnaire: str
    content_digest: str
    meaning_digest: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result of assessing one sitting."""

    pack: Pack
    form: Form
    responses: ResponseSet
    scales: ScaleScores
    trace: Trace
    plan: Plan | None
    """None for a check-in, which has no plan; see :func:`plan_with_check_in`."""
    provenance: Provenance


def assess(
    pack: Pack,
    questionnaire: str,
    raw: RawResponses,
    as_of: date,
    *,
    complete: bool = True,
    kept: bool = False,
    plain: bool = False,
    locations: Mapping[str, Location] | None = None,
) -> Assessment:
    """Assess raw answers: validate, score, evaluate the rules and arrange the plan.

    Example::

        pack, form = load_library().forms["breakup"]
        assessment = assess(pack, "breakup", {"wish": "try_again"}, date(2026, 12, 1), complete=False)
        first_step = assessment.plan.steps[0].id

    Args:
        pack: the content.
        questionnaire: the id of one of the pack's forms.
        raw: the answers by item id.
        as_of: the day the answers were given.
        complete: False allows required items without an answer.
        kept: True for answers that were accepted when they were given; see :func:`validate_answers`.
        plain: True skips the rules engine. The result is the same, but unconfirmed; for searches.
        locations: the place of each answer in a file, for messages.

    Raises:
        KeyError: the pack has no such questionnaire.
        ResponseError: the answers are invalid.
    """
    form = pack.forms[questionnaire]
    responses = validate_answers(pack, form, raw, as_of, complete=complete, kept=kept, locations=locations)
    scales = score(pack, form, responses.answers)
    trace = infer(pack, form, responses, scales, as_of, plain=plain)
    plan = arrange(pack, trace) if form.has_plan else None
    provenance = Provenance(questionnaire, pack.content_digest, pack.meaning_digest, as_of)
    return Assessment(pack, form, responses, scales, trace, plan, provenance)


def plan_with_check_in(full: Assessment, check_in: Assessment) -> Plan:
    """The full sitting's plan, with what a later check-in's gates say and find.

    Both need content with the same meaning; a check-in uses the content of the full sitting to which it belongs.

    Raises:
        HeartworkError: the second sitting is not a check-in of the first.
    """
    same = full.provenance.meaning_digest == check_in.provenance.meaning_digest
    if full.plan is None or check_in.plan is not None or not same:
        reason = "a check-in is added to a full sitting under the same content"
        raise HeartworkError([problem("HW604", check_in.provenance.questionnaire, reason=reason)])
    return arrange(full.pack, _trace_with_new_findings(full, check_in), check_in.trace)


def _trace_with_new_findings(full: Assessment, check_in: Assessment) -> Trace:
    """The full sitting's trace, evaluated again with the findings of the check-in's gates.

    The rules engine is not used: it has confirmed both sittings separately.
    """
    new_findings = check_in.trace.findings.keys() - full.trace.findings.keys()
    if not new_findings:
        return full.trace
    as_of = full.provenance.as_of
    return infer(full.pack, full.form, full.responses, full.scales, as_of, plain=True, known_findings=new_findings)


def effective_plan(full: Assessment, check_in: Assessment | None) -> Plan | None:
    """The plan of a sitting, with a check-in added if there is one; None for a check-in alone.

    Raises:
        HeartworkError: the second sitting is not a check-in of the first.
    """
    return full.plan if check_in is None else plan_with_check_in(full, check_in)


def holds(condition: Condition, sitting: Assessment) -> bool:
    """True if a condition holds for a sitting's answers, scores and findings; unknown counts as false."""
    answers, findings = sitting.responses.answers, sitting.trace.findings
    facts = Facts(answers, sitting.form.item_ids, sitting.scales, sitting.provenance.as_of, findings)
    return bool(evaluator(condition, sitting.pack).truth(facts))


def notices_while_answering(pack: Pack, form: Form, responses: ResponseSet, as_of: date) -> tuple[str, ...]:
    """The notices of gates that fire with these answers, in the pack's order, for display during the questionnaire.

    The rules engine is not used; it confirms the plan later.
    """
    fired = fired_gates(pack, form, responses, as_of)
    return raised_notices(pack, collected_effects(effects_of(pack), fired))
