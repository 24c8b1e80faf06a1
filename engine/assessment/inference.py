"""Rule evaluation: answers and scores in, a trace of the rules that fired out.

Rules are evaluated stratum by stratum, gates first. In each stratum durable_rules evaluates every rule; the plain
evaluator confirms each result and supplies the answers behind it; where they differ the plain evaluator's result is
used and the difference is counted (:mod:`engine.assessment.rules_engine.durable`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import nullcontext
from datetime import date

from engine.assessment.evaluator import Facts
from engine.assessment.responses import ResponseSet
from engine.assessment.rules_engine.counters import timed
from engine.assessment.rules_engine.durable import Evaluation, engine_of
from engine.assessment.scoring import ScaleScores
from engine.assessment.trace import RulesBehindLeaf, Support, Trace, logic_of
from engine.content.pack import Form, Pack
from engine.content.rules import Rule


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
    """Evaluate all rules (of a check-in: its gates).

    Args:
        plain: True leaves out the rules engine, for searches over thousands of alternatives.
        known_findings: findings that something else has recorded; all rules but gates see them. Plain evaluation only.
    """
    facts = _facts(pack, form, responses, scales, as_of)
    recorded: dict[str, tuple[str, ...]] = {}
    support = Support(pack, form, facts)
    evaluation = None if plain else engine_of(pack).start_evaluation(facts)
    with nullcontext() if plain else timed():
        firings = [
            support.firing(rule, stratum)
            for stratum, rule in _fired(pack, form, facts, recorded, evaluation, known_findings)
        ]
    return Trace(tuple(firings), recorded)


def fired_rules(pack: Pack, form: Form, responses: ResponseSet, scales: ScaleScores, as_of: date) -> tuple[str, ...]:
    """Only which rules fire, by the plain evaluator: for searches that try thousands of answers."""
    return tuple(rule.id for _, rule in _fired(pack, form, _facts(pack, form, responses, scales, as_of), {}, None))


def confirmed_rules(
    pack: Pack, form: Form, responses: ResponseSet, scales: ScaleScores, as_of: date
) -> tuple[str, ...] | None:
    """Which rules fire, if the rules engine and the plain evaluator each say so; None if they do not."""
    facts = _facts(pack, form, responses, scales, as_of)
    evaluation = engine_of(pack).start_evaluation(facts)
    fired = tuple(rule.id for _, rule in _fired(pack, form, facts, {}, evaluation))
    return None if evaluation.plain_only else fired


def _facts(pack: Pack, form: Form, responses: ResponseSet, scales: ScaleScores, as_of: date) -> Facts:
    texts = logic_of(pack).texts
    answers = {name: value for name, value in responses.answers.items() if name not in texts}
    return Facts(answers, form.item_ids, scales, as_of, known={})


def _fired(
    pack: Pack,
    form: Form,
    facts: Facts,
    recorded: dict[str, tuple[str, ...]],
    evaluation: Evaluation | None,
    known_findings: Collection[str] = (),
) -> Iterator[tuple[int, Rule]]:
    """Every rule that fires with its stratum, noting in ``recorded`` which findings it records."""
    logic = logic_of(pack)
    for stratum, rules in enumerate(logic.strata if form.has_plan else logic.strata[:1]):
        facts.findings = recorded.keys() | known_findings if known_findings and stratum else recorded.keys()
        confirmed = _true_rules(logic.behind_leaves[stratum], facts)
        decided = confirmed if evaluation is None else evaluation.fire(stratum, confirmed)
        for rule in [rule for rule, _ in rules if rule.id in decided]:
            yield stratum, rule
            for finding in logic.records[rule.id]:
                recorded[finding] = (*recorded.get(finding, ()), rule.id)


def _true_rules(behind_leaves: Iterable[RulesBehindLeaf], facts: Facts) -> set[str]:
    """The rules whose conditions are true, by the plain evaluator."""
    return {
        rule.id
        for leaf, rules in behind_leaves
        if leaf is None or leaf.truth(facts) is True
        for rule, node in rules
        if node is leaf or node.truth(facts) is True
    }
