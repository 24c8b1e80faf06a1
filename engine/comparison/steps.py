"""The steps of a comparison that did not move, and how a plan presents its held steps."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from engine.assessment.plan import Placement, Plan, is_short
from engine.comparison.changes import placements
from engine.report.remarks import RepetitionFilter
from engine.report.wording import Wording


@dataclass(frozen=True, slots=True)
class StepAsBefore:
    """A step with the same position and emphasis in both plans."""

    step: str
    title: str
    placement: Placement
    aside: bool
    """True if the content hides the causes of this step's moves: it is listed last."""


@dataclass(frozen=True, slots=True)
class HeldSteps:
    """How the later plan presents its held steps."""

    heading: str | None
    because: str | None
    """One reason for all of them."""
    named: bool
    """False if their titles are not shown: one line then stands for all of them."""
    apart: bool
    """True if a rule says that they are not part of the plan: they are then listed, and not drawn."""


def steps_as_before(
    words: Wording, plans: tuple[Plan | None, Plan | None], held: HeldSteps | None, aside: Collection[str]
) -> Iterator[StepAsBefore]:
    """The steps with the same position and emphasis in both plans, in the plan's order; none if a plan is missing.

    Args:
        plans: the earlier plan first.
        held: how the later plan presents its held steps.
        aside: the steps whose causes the content hides.
    """
    before, after = plans
    if before is None or after is None:
        return
    earlier = placements(before)
    for step, placement in placements(after).items():
        if earlier.get(step) == placement and is_named(held, placement):
            yield StepAsBefore(step, title_in_plan(words, step, after), placement, step in aside)


def title_in_plan(words: Wording, step: str, plan: Plan) -> str:
    """A step's title in a plan; for a held step the content's ``held_title``, if it has one."""
    held = words.step_text(step, plan.kind.id, "held_title") if plan.step(step).held else None
    return words.say(held) if held else words.step_title(step, plan)


def is_named(held: HeldSteps | None, placement: Placement | None) -> bool:
    """Whether a step with this placement is shown by its title."""
    return placement is None or placement.emphasis != "not_now" or held is None or held.named


def held_steps(words: Wording, plan: Plan) -> HeldSteps | None:
    """How a plan presents its held steps; None if it holds none."""
    if not any(step.held for step in plan.steps):
        return None
    kind, repetition = words.kind(plan.kind.id), RepetitionFilter(words, plan)
    headings = plan.remarks.get("held_heading", ())
    return HeldSteps(
        heading=repetition.remark("held_heading"),
        because=repetition.remark("not_now"),
        named=kind.names_held and not (kind.allowlist_only and is_short(words.pack, plan)),
        apart=bool(headings) and bool(headings[0].rules),
    )
