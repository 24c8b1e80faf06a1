"""Rules tested by their own examples: authors write tests in the rule itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
"""The day that examples speak of: one that never changes, so that dates in them can be counted from it."""


def check_examples(pack: Pack) -> Iterator[Problem]:
    """Every rule that its examples contradict, or that lacks one that fires or one that stays silent."""
    for rule in pack.rules:
        rule_location = pack.location("rule", rule.id) or Location(f"<rule {rule.id}>")
        for expectation, examples in (("fires", rule.examples.fires), ("silent", rule.examples.silent)):
            if not examples:
                lacking = "fires" if expectation == "fires" else "stays silent"
                yield problem("HW403", rule_location, what=lacking)
            for index, example in enumerate(examples):
                example_location = pack.location("example", f"{rule.id}/{expectation}/{index}") or rule_location
                yield from _check_example(pack, rule, example, example_location, fires=expectation == "fires")


def _check_example(
    pack: Pack, rule: Rule, example: Mapping[str, Any], location: Location, *, fires: bool
) -> Iterator[Problem]:
    form = _form_for(pack, rule, example)
    if form is None:
        yield problem("HW404", location, reason="no questionnaire asks all these items")
        return
    try:
        responses = validate_answers(pack, form, example, AS_OF, complete=False)
    except HeartworkError as error:
        for rejection in error.problems:
            yield problem("HW404", location, reason=rejection.broken)
        return
    if responses.dropped:
        yield problem("HW404", location, reason=f"“{responses.dropped[0]}” is not asked with these answers")
    elif (rule.id in fired_rules(pack, form, responses, score(pack, form, responses.answers), AS_OF)) != fires:
        yield problem("HW401" if fires else "HW402", location)


def _form_for(pack: Pack, rule: Rule, example: Mapping[str, Any]) -> Form | None:
    """The form to answer: one that asks what the rule reads, and a full one first, as check-ins ask only gates."""
    read_items = {leaf.id for leaf, _ in leaves(rule.when) if leaf.subject == "item"}
    forms = sorted(pack.forms.values(), key=lambda form: (not form.item_ids.issuperset(read_items), not form.has_plan))
    return next((form for form in forms if form.item_ids.issuperset(example) and (form.has_plan or rule.gate)), None)
