"""Every question matters: changing only its answer can change an action, a position or a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from engine.assessment.pipeline import assess
from engine.report.plan import build_report
from tests.breakup.simulated_people import population, simulated_person

PEOPLE: Final = 400
VOICE: Final = frozenset({"pronoun", "partner_name"})
"""Items that only change words."""


def actions_places_and_reasons(answers: dict[str, Any]) -> object:
    pop = population()
    report = build_report(assess(pop.pack, "breakup", answers, pop.taken_on, complete=False, plain=True))
    steps = [
        (step.id, step.emphasis, [action.id for action in step.actions], [reason.rule for reason in step.reasons])
        for step in report.steps
    ]
    return report.today and report.today.action.id, steps


def other_answers(item_id: str, given: object) -> Iterator[object]:
    choices = population().pack.items[item_id].choices
    return (choice.answer for choice in choices if choice.answer != given)


@pytest.mark.parametrize(
    "item_id", [item.id for item in population().pack.forms["breakup"].items if item.id not in VOICE]
)
def test_an_answer_alone_changes_a_plan(item_id: str) -> None:
    """For at least one person, another answer to this question changes an action, a position or a reason."""
    for number in range(PEOPLE):
        answers: dict[str, Any] = dict(simulated_person(number).answers)
        if answers.get(item_id) is None:
            continue
        before = actions_places_and_reasons(answers)
        if any(
            actions_places_and_reasons({**answers, item_id: other}) != before
            for other in other_answers(item_id, answers[item_id])
        ):
            return
    pytest.fail(f"{item_id} changes no plan")
