"""How many minutes a person is told that a questionnaire takes."""

from __future__ import annotations

from typing import Final

from engine.content.pack import Form
from engine.simulation.completion_time import Effort, effort_to_first_plan, longest_effort
from web.forms.paging import pages_of

MINUTES_BETWEEN: Final = 1.0
"""To read the pages between the questions, the one with the private link above all. A test compares it with them."""


def minutes_to_answer(form: Form) -> int:
    """Whole minutes for everything: people who read slowly, and to whom every question comes up."""
    return _whole_minutes(form, longest_effort(form))


def minutes_to_first_plan(form: Form) -> int | None:
    """The same up to the first plan; None if the questionnaire offers none."""
    effort = effort_to_first_plan(form, form.item_ids, {})
    return None if effort is None else _whole_minutes(form, effort)


def _whole_minutes(form: Form, effort: Effort) -> int:
    saving = Effort(taps=len(pages_of(form)) - len(form.questionnaire.sections))
    between = MINUTES_BETWEEN if form.has_plan else 0.0
    return max(1, round((effort + saving).minutes + between))
