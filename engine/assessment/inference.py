"""Evaluates rules: answers and scores in, a trace of fired rules out.

Strata are evaluated in order, gates first. In each stratum durable_rules evaluates every rule, and the plain evaluator
confirms each result and supplies the answers behind it. If they differ, the plain evaluator's result is used and the
difference is counted (:mod:`engine.assessment.rules_engine.durable`).
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import nullcontext
from datetime import date
from itertools import chain

from engine.assessment.evaluator import Facts
from engine.assessment.evaluator.numbers import Values
from engine.assessment.responses import ResponseSet
from engine.assessment.rules_engine.counters import timed
from engine.assessment.rules_engine.durable import Evaluation, engine_of
from engine.assessment.scoring import ScaleScores
from engine.assessment.trace import NO_ANSWERS, EngineAnswers, Support, Trace, logic_of
from engine.content.pack import Form, Pack

Findings = dict[str, tuple[str, ...]]
"""Each recorded finding with the rules that recorded it."""


def infer(
    pack: Pack,
    form: Form,
    responses: ResponseSet,
    scales: ScaleScores,
    as_of: date,
    *,
    plain: bool = False,
    known_findings: Collection[str] = (),
) -> Trace:
    """Evaluate all rules; for a check-in, its gates.

    Args:
        pack: the content.
        form: the form that was answered.
        responses: the accepted answers.
        scales: their scores.
        as_of: the day of the sitting, from which ages of dates are counted.
        plain: True skips the rules engine, for searches over thousands of alternatives.
        known_findings: findings recorded elsewhere, visible to all rules except gates. Requires ``plain``.

    Returns:
        The rules that fired, by stratum, and their findings. The answers behind a rule are computed on demand.
    """
    facts, values = _facts(pack, form, responses, scales, as_of)
    evaluation = None if plain else engine_of(pack).start_evaluation(values)
    with nullcontext() if plain else timed():
        fired, findings = _evaluate(pack, form, values, evaluation, known_findings)
    facts.findings = findings.keys() | known_findings if known_findings else findings.keys()
    return Trace(
        fired, findings, Support(pack, form, facts, fired), NO_ANSWERS if evaluation is None else evaluation.answers
    )


def fired_rules(pack: Pack, form: Form, responses: ResponseSet, scales: ScaleScores, as_of: date) -> tuple[str, ...]:
    """The fired rules by the plain evaluator, for searches over thousands of answers."""
    _, values = _facts(pack, form, responses, scales, as_of)
    return tuple(chain.from_iterable(_evaluate(pack, form, values, None)[0]))


def fired_gates(pack: Pack, form: Form, responses: ResponseSet, as_of: date) -> tuple[str, ...]:
    """The fired gates by the plain evaluator. Gates read items only, so no scores are needed."""
    _, values = _facts(pack, form, responses, {}, as_of)
    logic = logic_of(pack)
    return tuple(logic.fired_rules[0](values)) if logic.fired_rules else ()


def confirmed_rules(
    pack: Pack,
    form: Form,
    responses: ResponseSet,
    scales: ScaleScores,
    as_of: date,
    earlier: EngineAnswers = NO_ANSWERS,
) -> tuple[str, ...] | None:
    """The fired rules if the rules engine and the plain evaluator agree, else None.

    Args:
        earlier: what the rules engine answered for the same person with some other answers: it is asked again only
            where it reads something else now.
    """
    _, values = _facts(pack, form, responses, scales, as_of)
    evaluation = engine_of(pack).start_evaluation(values, earlier)
    fired, _ = _evaluate(pack, form, values, evaluation)
    return None if evaluation.plain_only else tuple(chain.from_iterable(fired))


def _facts(pack: Pack, form: Form, responses: ResponseSet, scales: ScaleScores, as_of: date) -> tuple[Facts, Values]:
    """The values that conditions read, as facts and as numbers."""
    logic = logic_of(pack)
    answers = responses.answers
    if not logic.texts.isdisjoint(answers):
        answers = {name: value for name, value in answers.items() if name not in logic.texts}
    facts = Facts(answers, form.item_ids, scales, as_of, known={})
    return facts, logic.slots.read(facts)


def _evaluate(
    pack: Pack,
    form: Form,
    values: Values,
    evaluation: Evaluation | None,
    known_findings: Collection[str] = (),
) -> tuple[tuple[tuple[str, ...], ...], Findings]:
    """The fired rules by stratum, and their findings, which are also recorded in ``values``."""
    logic = logic_of(pack)
    findings: Findings = {}
    fired: list[tuple[str, ...]] = []
    for stratum, fired_rules_of in enumerate(logic.fired_rules if form.has_plan else logic.fired_rules[:1]):
        if stratum:
            logic.slots.record(values, known_findings)
        rules = fired_rules_of(values)
        if evaluation is not None:
            rules = list(filter(evaluation.fire(stratum, set(rules)).__contains__, rules))
        fired.append(tuple(rules))
        recorders = logic.recorders[stratum]
        if recorders.isdisjoint(rules):
            continue
        for rule in rules:
            if rule in recorders:
                for finding in logic.records[rule]:
                    findings[finding] = (*findings.get(finding, ()), rule)
        logic.slots.record(values, findings)
    return tuple(fired), findings
