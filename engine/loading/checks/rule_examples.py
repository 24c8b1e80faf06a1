"""Evaluates the examples in the rules, which are the tests that authors write."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from engine.assessment.inference import fired_rules
from engine.assessment.responses import validate_answers
from engine.assessment.scoring import score
from engine.content.conditions import leaves
from engine.content.pack import Form, Pack
from engine.content.rules import Rule
from engine.errors import HeartworkError, Location, Problem, problem

AS_OF: Final = date(2026, 1, 1)
"""The day of all examples. It never changes, so that the ages of dates in them do not either."""


@dataclass(frozen=True)
class _Outcome:
    """The rules that fire for an example, or the reasons why the answers are not possible."""

    fired: Collection[str] = ()
    rejections: tuple[str, ...] = ()


def check_examples(pack: Pack) -> Iterator[Problem]:
    """Report examples that contradict their rule or cannot be answered, and rules without both kinds of examples.

    Many rules have the same examples, so each distinct set of answers is evaluated once.
    """
    outcomes: dict[tuple[str, str], _Outcome] = {}
    for rule in pack.rules:
        rule_location = pack.location("rule", rule.id) or Location(f"<rule {rule.id}>")
        forms = _forms_for(pack, rule)
        for expectation, examples in (("fires", rule.examples.fires), ("silent", rule.examples.silent)):
            if not examples:
                yield problem("HW403", rule_location, what="fires" if expectation == "fires" else "stays silent")
            for index, example in enumerate(examples):
                location = pack.location("example", f"{rule.id}/{expectation}/{index}") or rule_location
                form = next((form for form in forms if form.item_ids.issuperset(example)), None)
                if form is None:
                    yield problem("HW404", location, reason="no questionnaire asks all these items")
                    continue
                key = form.questionnaire.id, repr(sorted(example.items()))  # repr tells true from 1
                if key not in outcomes:
                    outcomes[key] = _outcome(pack, form, example)
                for reason in outcomes[key].rejections:
                    yield problem("HW404", location, reason=reason)
                if not outcomes[key].rejections and (rule.id in outcomes[key].fired) != (expectation == "fires"):
                    yield problem("HW401" if expectation == "fires" else "HW402", location)


def _outcome(pack: Pack, form: Form, example: Mapping[str, Any]) -> _Outcome:
    try:
        responses = validate_answers(pack, form, example, AS_OF, complete=False)
    except HeartworkError as error:
        return _Outcome(rejections=tuple(rejection.broken for rejection in error.problems))
    if responses.dropped:
        return _Outcome(rejections=(f"“{responses.dropped[0]}” is not asked with these answers",))
    return _Outcome(fired_rules(pack, form, responses, score(pack, form, responses.answers), AS_OF))


def _forms_for(pack: Pack, rule: Rule) -> list[Form]:
    """The forms an example may answer: first those that ask what the rule reads, and full ones before check-ins.

    A check-in evaluates gates only, so it is no form for the example of another rule.
    """
    read_items = {leaf.id for leaf, _ in leaves(rule.when) if leaf.subject == "item"}
    forms = (form for form in pack.forms.values() if form.has_plan or rule.gate)
    return sorted(forms, key=lambda form: (not form.item_ids.issuperset(read_items), not form.has_plan))
