"""Two sittings side by side: what changed in the person, what moved in the plan, and which answers moved it."""

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
from engine.content.values import Exact, Number, Value, as_plain_number, exact
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
GAPS: Final = frozenset[CannotCompare]({"not_enough_answers_before", "not_enough_answers_after"})
"""What is wrong with a score, and not with the scale."""
NoAttribution = Literal["content_differs", "questionnaire_differs", "no_plan"]


@dataclass(frozen=True, slots=True)
class ScaleChange:
    """One scale then and now. If ``cannot`` is set, there is nothing more to say."""

    scale: str
    before: Number | None
    after: Number | None
    cannot: CannotCompare | None = None
    change: Number | None = None
    """After minus before."""
    moved_items: tuple[str, ...] = ()
    """Items answered both times whose value changed."""
    clear: bool | None = None
    """True if the change reaches the scale's meaningful change, by points and by moved items; None if it has none."""
    better: bool | None = None
    """Whether a change is for the better, by the scale's direction; None if there is no change or no direction."""


@dataclass(frozen=True, slots=True)
class StepMove:
    """A step whose place or emphasis changed. None means that it was not, or is no more, among the steps."""

    step: str
    before: Placement | None
    after: Placement | None
    causes: tuple[str, ...] | None
    """Changed answers that together, applied to the earlier ones, give the step its later place and emphasis; none of
    them can be left out, and the strongest comes first (ADR 003). None if it was not asked for, see
    ``Comparison.no_attribution``."""


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One answer that changed; None is unknown."""

    item: str
    before: Value | None
    after: Value | None
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two sittings."""

    scales: tuple[ScaleChange, ...]
    moves: tuple[StepMove, ...]
    """Empty unless both sittings have a plan."""
    answers: tuple[AnswerChange, ...]
    without_effect: tuple[str, ...]
    """Changed answers that leave the plan as it is wherever they were tried: alone, last, and in turn both ways."""
    no_attribution: NoAttribution | None


def compare(before: Assessment, after: Assessment) -> Comparison:
    """Compare two sittings of one pack, the earlier one first.

    Raises:
        HeartworkError: they belong to different packs.
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
    for scale_id in dict.fromkeys([*before.scales, *after.scales]):
        earlier, later = before.scales.get(scale_id), after.scales.get(scale_id)
        cannot = cannot_compare(before, after, scale_id)
        if cannot is not None or earlier is None or later is None:
            values = (earlier.value if earlier else None, later.value if later else None)
            yield ScaleChange(scale_id, *values, cannot=cannot)
        else:
            yield scale_change(after.pack.scales[scale_id], earlier, later)


def cannot_compare(before: Sitting, after: Sitting, name: str) -> CannotCompare | None:
    """Why a scale cannot be compared: it must ask the same items, with the same values, by the same method."""
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
    """What changed between two scores of one scale that can be compared."""
    assert before.value is not None  # noqa: S101 - the caller compares only what has a value
    assert after.value is not None  # noqa: S101
    change = exact(after.value) - exact(before.value)
    distance: Exact = max(change, -change)
    moved_items = tuple(
        item
        for item, value in before.items.items()
        if value is not None and after.items[item] is not None and after.items[item] != value
    )
    meaningful = scale.meaningful_change
    clear = (
        None if meaningful is None else distance >= exact(meaningful.points) and len(moved_items) >= meaningful.items
    )
    better = None
    if change and scale.direction != "neither":
        better = (change > 0) == (scale.direction == "higher_is_better")
    return ScaleChange(scale.id, before.value, after.value, None, as_plain_number(change), moved_items, clear, better)


def _answers(before: Assessment, after: Assessment) -> Iterator[AnswerChange]:
    for item in changed_items(before, after):
        sensitive = any(item in sitting.pack.sensitive for sitting in (before, after))
        yield AnswerChange(item, before.responses.answers.get(item), after.responses.answers.get(item), sensitive)


def _moves(before: Plan, after: Plan, search: AttributionSearch | None) -> Iterator[StepMove]:
    earlier, later = _placements(before), _placements(after)
    moved = [step for step in dict.fromkeys([*later, *earlier]) if earlier.get(step) != later.get(step)]
    causes = search.causes(moved) if search else {}
    for step in moved:
        yield StepMove(step, earlier.get(step), later.get(step), causes.get(step))


def _placements(plan: Plan) -> dict[str, Placement]:
    return {step.id: Placement(step.position, step.emphasis) for step in plan.steps}
