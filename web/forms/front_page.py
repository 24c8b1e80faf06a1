"""The view of the front page: its texts, the duration of the questions, and the example's first steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.answers.front_page import FrontPage
from engine.content.pack import Form
from engine.report.path import PathStep
from engine.report.plan import Report
from engine.simulation.completion_time import Effort, effort_to_first_plan, longest_effort
from web.forms.paging import pages_of

FIRST_STEPS: Final = 3
"""The number of steps of the example on the front page."""
MINUTES_BETWEEN: Final = 1.5
"""Minutes for reading pages between the questions, mainly the one with the private link. A test compares it with
them."""


@dataclass(frozen=True, slots=True)
class FrontPageView:
    """A front page with the values of its placeholders."""

    page: FrontPage
    minutes: int
    first_minutes: int | None
    report: Report | None
    """The example plan; None if there is no example."""

    @property
    def first_steps(self) -> tuple[PathStep, ...]:
        """The first free steps of the example's path."""
        path = self.report.path if self.report is not None else ()
        return tuple(step for step in path if step.place != "not_now")[:FIRST_STEPS]

    @property
    def more(self) -> int:
        """The number of other steps of the example."""
        return (len(self.report.path) if self.report is not None else 0) - len(self.first_steps)


def minutes_to_answer(form: Form) -> int:
    """Whole minutes for all questions, for people who read slowly and see every question."""
    return _whole_minutes(form, longest_effort(form))


def minutes_to_first_plan(form: Form) -> int | None:
    """The same up to the first plan; None if the questionnaire offers none."""
    effort = effort_to_first_plan(form, form.item_ids, {})
    return None if effort is None else _whole_minutes(form, effort)


def _whole_minutes(form: Form, effort: Effort) -> int:
    saving = Effort(taps=len(pages_of(form)) - len(form.questionnaire.sections))
    between = MINUTES_BETWEEN if form.has_plan else 0.0
    return max(1, round((effort + saving).minutes + between))
