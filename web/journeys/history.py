"""What a person has behind them: which sittings belong together, and what was said last time. Plain functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.assessment.pipeline import Assessment, assess, plan_with_check_in
from engine.assessment.plan import Plan, is_short
from engine.comparison.timeline import ScoredSitting, score_sitting
from engine.errors import ResponseError
from web.journeys.content_versions import ContentVersions
from web.journeys.journey import Journey
from web.journeys.sitting import Sitting


@dataclass(frozen=True)
class ShownPlan:
    """A plan as its page shows it: a full sitting, and the check-in that was added to it."""

    full: Assessment
    check_in: Assessment | None
    plan: Plan

    @property
    def moved_by_check_in(self) -> bool:
        """Whether the check-in makes it another plan."""
        original = self.full.plan
        return original is not None and _arrangement(original) != _arrangement(self.plan)

    @property
    def short(self) -> bool:
        """Whether it is a plan that is kept short, and is not compared unasked."""
        return is_short(self.full.pack, self.plan)


def _arrangement(plan: Plan) -> object:
    kind, notices = plan.kind.id, [notice.id for notice in plan.notices]
    return kind, notices, [(step.id, step.position, step.emphasis) for step in plan.steps]


def is_full(versions: ContentVersions, sitting: Sitting) -> bool:
    """Whether a sitting has a plan of its own."""
    return versions.has_plan(sitting.content, sitting.questionnaire)


def order_in_time(sitting: Sitting) -> tuple[date, int]:
    """By time: the day it was finished first (until then, the day it was begun), then by number."""
    return sitting.taken_on or sitting.created_day, sitting.number


def finished_sittings(journey: Journey) -> list[Sitting]:
    """The sittings that were ever finished, the oldest first."""
    return sorted((sitting for sitting in journey.sittings if sitting.finished is not None), key=order_in_time)


def newest_full(versions: ContentVersions, journey: Journey) -> Sitting | None:
    """The sitting whose plan is the newest."""
    return next((sitting for sitting in reversed(finished_sittings(journey)) if is_full(versions, sitting)), None)


def full_sitting_of(versions: ContentVersions, journey: Journey, check_in: Sitting) -> Sitting | None:
    """The full sitting that a check-in belongs to: the last one before it, or else the first."""
    full_sittings = [sitting for sitting in finished_sittings(journey) if is_full(versions, sitting)]
    earlier = [sitting for sitting in full_sittings if order_in_time(sitting) < order_in_time(check_in)]
    return earlier[-1] if earlier else next(iter(full_sittings), None)


def check_in_of(versions: ContentVersions, journey: Journey, full: Sitting) -> Sitting | None:
    """The newest check-in after a full sitting, and before the next full one."""
    newest = None
    for sitting in finished_sittings(journey):
        if order_in_time(sitting) > order_in_time(full):
            if is_full(versions, sitting):
                break
            newest = sitting
    return newest


def previous_sitting(versions: ContentVersions, journey: Journey, sitting: Sitting) -> Sitting | None:
    """What was answered before: for a full sitting the full one before it, for a check-in whatever was the last."""
    full = is_full(versions, sitting)
    earlier = [other for other in finished_sittings(journey) if order_in_time(other) < order_in_time(sitting)]
    return next((other for other in reversed(earlier) if not full or is_full(versions, other)), None)


def assess_sitting(versions: ContentVersions, sitting: Sitting) -> Assessment:
    """A finished sitting under the content that it was taken under."""
    version = sitting.finished
    assert version is not None  # noqa: S101 - callers look for it first
    return assess(versions.pack_of(sitting.content), sitting.questionnaire, version.answers, version.taken_on)


def shown_plan(versions: ContentVersions, journey: Journey, sitting: Sitting) -> ShownPlan | None:
    """The plan of a finished full sitting, arranged with its check-in; nothing for a check-in."""
    full = assess_sitting(versions, sitting) if is_full(versions, sitting) else None
    if full is None or full.plan is None:
        return None
    newer = check_in_of(versions, journey, sitting)
    check_in = _under_content_of(full, assess_sitting(versions, newer)) if newer is not None else None
    return ShownPlan(full, check_in, full.plan if check_in is None else plan_with_check_in(full, check_in))


def _under_content_of(full: Assessment, check_in: Assessment) -> Assessment | None:
    """A check-in under the content of the sitting it is added to.

    It was begun under that content, unless another full sitting was finished while it was a draft. Then the questions
    that both contents ask count; what cannot be read counts as not answered, which is cautious.
    """
    if check_in.provenance.meaning_digest == full.provenance.meaning_digest:
        return check_in
    name, as_of = check_in.provenance.questionnaire, check_in.provenance.as_of
    if (form := full.pack.forms.get(name)) is None or form.has_plan:
        return None
    answers = {item: value for item, value in check_in.responses.answers.items() if item in form.item_ids}
    for candidate_answers in (answers, {}):
        try:
            return assess(full.pack, name, candidate_answers, as_of, complete=False)
        except ResponseError:
            continue
    return None


def plan_status(versions: ContentVersions, journey: Journey, plan: ShownPlan) -> dict[str, Any]:
    """What a plan's page says beside the plan: which short look is in it, and which questions were begun since."""
    draft = next((sitting for sitting in reversed(journey.sittings) if sitting.state == "draft"), None)
    return {
        "check_in_on": plan.check_in and plan.check_in.provenance.as_of,
        "check_in_moved": plan.moved_by_check_in,
        "plan_is_short": plan.short,
        "begun": draft and draft.number,
        "begun_on": draft and draft.created_day,
        "begun_short": draft is not None and not is_full(versions, draft),
    }


def scored_sittings(versions: ContentVersions, sittings: Sequence[Sitting]) -> list[ScoredSitting]:
    """The scores of finished sittings, in their order."""
    return [
        score_sitting(versions.pack_of(sitting.content), sitting.questionnaire, version.answers, version.taken_on)
        for sitting in sittings
        if (version := sitting.finished) is not None
    ]
