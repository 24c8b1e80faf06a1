"""What the plans of several sittings began with, and whether something in them speaks against encouraging words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from engine.assessment.pipeline import Assessment, holds
from engine.assessment.plan import Plan
from engine.report.wording import Wording

Plans = Sequence[tuple[Assessment, Plan]]
"""Full sittings with their plans as they are shown, the oldest first."""


@dataclass(frozen=True, slots=True)
class FirstStep:
    """The step that a plan began with."""

    on: date
    title: str


def first_steps(plans: Plans) -> Iterator[FirstStep]:
    """The first free step of each plan; none of a plan without one."""
    for sitting, plan in plans:
        first = next((step.id for step in plan.steps if not step.held), None)
        if first is not None:
            yield FirstStep(sitting.provenance.as_of, Wording(sitting).step_title(first, plan))


def is_sober(plans: Plans) -> bool:
    """Whether a plan has a lasting notice, or the newest sitting fulfils the content's ``sober_when``."""
    newest, _ = plans[-1]
    sober_when = newest.pack.content.sober_when
    lasting = {notice.id for sitting, _ in plans for notice in sitting.pack.content.notices if notice.lasting}
    raised = {notice.id for _, plan in plans for notice in plan.notices}
    return bool(lasting & raised) or (sober_when is not None and holds(sober_when, newest))
