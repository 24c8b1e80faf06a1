"""The steps of a plan that did not move, and how its held steps are spoken of: beside those that moved."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from engine.assessment.plan import Placement, Plan, is_short
from engine.report.remarks import RepetitionFilter
from engine.report.wording import Wording


@dataclass(frozen=True, slots=True)
class StepAsBefore:
    """A step that stands where it stood."""

    step: str
    title: str
    placement: Placement
    aside: bool
    """True for a step of which the content hides the causes: it stands last."""


@dataclass(frozen=True, slots=True)
class HeldSteps:
    """How the later plan speaks of its held steps."""

    heading: str | None
    because: str | None
    """One reason for all of them."""
    named: bool
    """False if they have no titles: then one line says all of them."""
    apart: bool
    """True if they are not part of the plan, as a rule says: then nothing is drawn for them."""


def steps_as_before(
    words: Wording, plans: tuple[Plan | None, Plan | None], held: HeldSteps | None, aside: Collection[str]
) -> Iterator[StepAsBefore]:
    """The steps with the same place and emphasis in both plans, in their order; none if one of the two is missing.

    Args:
        plans: the earlier one first.
        held: how the later one speaks of its held steps.
        aside: the steps of which the content hides the causes.
    """
    before, after = plans
    if before is None or after is None:
        return
    earlier = {step.id: Placement(step.position, step.emphasis) for step in before.steps}
    for step in after.steps:
        placement = Placement(step.position, step.emphasis)
        if earlier.get(step.id) == placement and is_named(held, placement):
            yield StepAsBefore(step.id, standing_title(words, step.id, after), placement, step.id in aside)


def standing_title(words: Wording, step: str, plan: Plan) -> str:
    """A step's title as a plan words it; of a held step the content's ``held_title``, if it has one."""
    held = words.step_text(step, plan.kind.id, "held_title") if plan.step(step).held else None
    return words.say(held) if held else words.step_title(step, plan)


def is_named(held: HeldSteps | None, placement: Placement | None) -> bool:
    """False for a held step of a plan that names none."""
    return placement is None or placement.emphasis != "not_now" or held is None or held.named


def held_steps(words: Wording, plan: Plan) -> HeldSteps | None:
    """What is said of the held steps of a plan; None if none is held."""
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
