"""Compare two sittings: changed scales and answers, steps that moved in the plan, and the answers that moved them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Placement, Plan
from engine.assessment.scoring import ScaleScore, answer_codes, scorers
from engine.comparison.attribution import AttributionSearch, changed_items
from engine.content.pack import Pack
from engine.content.questionnaire import Scale
from engine.content.values import Number, Value, as_plain_number, exact
from engine.errors import HeartworkError, problem
from engine.report.wording import Sitting

CannotCompare = Literal[
    "not_compared",
    "not_in_both",
    "items_differ",
    "values_differ",
    "method_differ",
    "not_enough_answers_before",
    "not_enough_answers_after",
]
TOO_FEW_ANSWERS: Final = frozenset[CannotCompare]({"not_enough_answers_before", "not_enough_answers_after"})
"""The reasons that concern one score. All others concern the scale."""
NoAttribution = Literal["content_differs", "questionnaire_differs", "no_plan"]


@dataclass(frozen=True, slots=True)
class ScaleChange:
    """One scale in both sittings. If ``cannot`` is set, all fields after it have their defaults."""

    scale: str
    before: Number | None
    after: Number | None
    cannot: CannotCompare | None = None
    change: Number | None = None
    """After minus before."""
    moved_items: tuple[str, ...] = ()
    """Items answered both times whose value changed."""
    clear: bool | None = None
    """True if the change reaches ``meaningful_change`` in points and in moved items; None if the scale has none."""
    better: bool | None = None
    """True if the score moved in the scale's direction; None if it did not move, or if the scale has no direction."""


@dataclass(frozen=True, slots=True)
class StepMove:
    """A step whose position or emphasis changed. A placement is None if that plan does not have the step."""

    step: str
    before: Placement | None
    after: Placement | None
    causes: tuple[str, ...] | None
    """The changed answers which, applied to the earlier answers, give the step its later position and emphasis. None of
    them can be left out, and the strongest comes first (ADR 003). The field is None if there is no attribution, see
    ``Comparison.no_attribution``."""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One answer that changed. None means unanswered or “rather not say”."""

    item: str
    before: Value | None
    after: Value | None
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences between two sittings."""

    scales: tuple[ScaleChange, ...]
    moves: tuple[StepMove, ...]
    """Empty unless both sittings have a plan."""
    answers: tuple[AnswerChange, ...]
    without_effect: tuple[str, ...]
    """Items whose changed answers are no cause and do not change the plan in any order that was tried (ADR 003)."""
    no_attribution: NoAttribution | None
    """Why causes were not searched for; None if they were."""


def compare(before: Assessment, after: Assessment) -> Comparison:
    """Compare two sittings of one pack.

    Args:
        before: the earlier sitting.
        after: the later sitting.

    Returns:
        Changed scales, moved steps with the answers that moved them, and changed answers.

    Raises:
        HeartworkError: the sittings belong to different packs.
    """
    if before.pack.id != after.pack.id:
        reason = f"one belongs to the pack “{before.pack.id}”, the other to “{after.pack.id}”"
        raise HeartworkError([problem("HW604", after.provenance.questionnaire, reason=reason)])
    no_attribution = _no_attribution(before, after)
    search = None if no_attribution else AttributionSearch(before, after)
    moves = tuple(_moves(before.plan, after.plan, search)) if before.plan and after.plan else ()
    cited = {cause for move in moves for cause in move.causes or ()}
    return Comparison(
        scales=tuple(_scales(before, after)),
        moves=moves,
        answers=tuple(_answers(before, after)),
        without_effect=tuple(item for item in search.without_effect() if item not in cited) if search else (),
        no_attribution=no_attribution,
    )


def _no_attribution(before: Assessment, after: Assessment) -> NoAttribution | None:
    if not (before.plan and after.plan):
        return "no_plan"
    if before.provenance.meaning_digest != after.provenance.meaning_digest:
        return "content_differs"
    return None if before.provenance.questionnaire == after.provenance.questionnaire else "questionnaire_differs"


def _scales(before: Assessment, after: Assessment) -> Iterator[ScaleChange]:
    for name in dict.fromkeys([*before.scales, *after.scales]):
        if cannot := cannot_compare(before, after, name):
            earlier, later = before.scales.get(name), after.scales.get(name)
            yield ScaleChange(name, earlier.value if earlier else None, later.value if later else None, cannot)
        else:
            yield scale_change(after.pack.scales[name], before.scales[name], after.scales[name])


def cannot_compare(before: Sitting, after: Sitting, name: str) -> CannotCompare | None:
    """Why a scale cannot be compared; None if it can.

    Both versions must have the same items, the same values for their answers, and the same scoring method.
    """
    earlier, later = before.pack.scales.get(name), after.pack.scales.get(name)
    if earlier is None or later is None or name not in before.scales or name not in after.scales:
        return "not_in_both"
    if not later.compared:
        return "not_compared"
    if set(earlier.items) != set(later.items):
        return "items_differ"
    if any(_values(before.pack, earlier, item) != _values(after.pack, later, item) for item in earlier.items):
        return "values_differ"
    if _method(earlier) != _method(later):
        return "method_differ"
    if before.scales[name].value is None:
        return "not_enough_answers_before"
    return "not_enough_answers_after" if after.scales[name].value is None else None


def _values(pack: Pack, scale: Scale, item_id: str) -> object:
    item = pack.items[item_id]
    code = next(code for code in scorers(pack)[scale.id].items if code.item == item_id)
    return item.type, answer_codes(scale, item), code.low, code.high, item_id in scale.reverse


def _method(scale: Scale) -> object:
    return scale.method, scale.weights, scale.count_from, scale.constant, scale.rounding, scale.missing


def scale_change(scale: Scale, before: ScaleScore, after: ScaleScore) -> ScaleChange:
    """The change between two scores of a scale that can be compared.

    A threshold in points is used as the reliable change index is (Jacobson and Truax 1991, Journal of Consulting and
    Clinical Psychology 59, 12-19), but it is set by the content and not derived from a standard error.
    """
    assert before.value is not None  # noqa: S101 - the caller checks this with cannot_compare
    assert after.value is not None  # noqa: S101
    change = exact(after.value) - exact(before.value)
    moved_items = tuple(
        item
        for item, value in before.items.items()
        if value is not None and after.items[item] is not None and after.items[item] != value
    )
    meaningful = scale.meaningful_change
    clear = None
    if meaningful is not None:
        clear = max(change, -change) >= exact(meaningful.points) and len(moved_items) >= meaningful.items
    better = None
    if change and scale.direction != "neither":
        better = (change > 0) == (scale.direction == "higher_is_better")
    return ScaleChange(scale.id, before.value, after.value, None, as_plain_number(change), moved_items, clear, better)


def _answers(before: Assessment, after: Assessment) -> Iterator[AnswerChange]:
    for item in changed_items(before, after):
        sensitive = any(item in sitting.pack.sensitive for sitting in (before, after))
        yield AnswerChange(item, before.responses.answers.get(item), after.responses.answers.get(item), sensitive)


def _moves(before: Plan, after: Plan, search: AttributionSearch | None) -> Iterator[StepMove]:
    earlier, later = placements(before), placements(after)
    moved = [step for step in dict.fromkeys([*later, *earlier]) if earlier.get(step) != later.get(step)]
    causes = search.causes(moved) if search else {}
    for step in moved:
        yield StepMove(step, earlier.get(step), later.get(step), causes.get(step))


def placements(plan: Plan) -> dict[str, Placement]:
    """By step its position and emphasis, in the order of the plan."""
    return {step.id: Placement(step.position, step.emphasis) for step in plan.steps}
