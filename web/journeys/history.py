"""The history of a journey: which sittings belong together, and earlier answers. Plain functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from engine.assessment.pipeline import Assessment, assess, plan_with_check_in
from engine.assessment.plan import Plan, is_short
from engine.comparison.timeline import ScoredSitting, score_sitting
from engine.errors import ResponseError
from engine.report.plan import before_file
from web.journeys.content_versions import ContentVersions
from web.journeys.journey import Journey
from web.journeys.sitting import Sitting, Version


@dataclass(frozen=True)
class ShownPlan:
    """A plan as its page shows it: a full sitting, and the check-in added to it."""

    full: Assessment
    check_in: Assessment | None
    plan: Plan

    @property
    def moved_by_check_in(self) -> bool:
        """Whether the check-in changed the plan."""
        original = self.full.plan
        return original is not None and _arrangement(original) != _arrangement(self.plan)

    @property
    def short(self) -> bool:
        """Whether the plan is short. A short plan is not compared without asking."""
        return is_short(self.full.pack, self.plan)


def _arrangement(plan: Plan) -> object:
    kind, notices = plan.kind.id, [notice.id for notice in plan.notices]
    return kind, notices, [(step.id, step.position, step.emphasis) for step in plan.steps]


def order_in_time(sitting: Sitting) -> tuple[date, int]:
    """The sort key by time: the day it was first finished (before that, begun), then the number."""
    return sitting.day, sitting.number


@dataclass(frozen=True, slots=True)
class History:
    """The sittings of a journey, each with its content."""

    journey: Journey
    content_versions: ContentVersions

    def is_full(self, sitting: Sitting) -> bool:
        """Whether a sitting has its own plan."""
        return self.content_versions.has_plan(sitting.content_digest, sitting.questionnaire)

    @property
    def finished(self) -> list[Sitting]:
        """The finished sittings, the oldest first."""
        return sorted((sitting for sitting in self.journey.sittings if sitting.finished), key=order_in_time)

    @property
    def newest_full(self) -> Sitting | None:
        """The sitting with the newest plan."""
        return next(filter(self.is_full, reversed(self.finished)), None)

    def full_sitting_of(self, check_in: Sitting) -> Sitting | None:
        """The full sitting of a check-in: the last one before it, or else the first."""
        full_sittings = list(filter(self.is_full, self.finished))
        return next(reversed(_before(check_in, full_sittings)), None) or next(iter(full_sittings), None)

    def check_in_of(self, full: Sitting) -> Sitting | None:
        """The newest check-in after a full sitting and before the next one."""
        later = (sitting for sitting in self.finished if order_in_time(sitting) > order_in_time(full))
        return next(reversed(list(takewhile(lambda sitting: not self.is_full(sitting), later))), None)

    def previous(self, sitting: Sitting) -> Sitting | None:
        """The previous sitting: for a full one the previous full one, for a check-in the previous of any kind."""
        earlier = reversed(_before(sitting, self.finished))
        return next(filter(self.is_full, earlier) if self.is_full(sitting) else earlier, None)

    def compared_unasked(self, sitting: Sitting) -> Sitting | None:
        """The sitting with which a finished full sitting is compared: the previous one, unless its plan is short."""
        earlier = self.previous(sitting) if self.is_full(sitting) else None
        shown = self.shown_plan(sitting) if earlier is not None else None
        if earlier is None or shown is None or shown.short:
            return None
        return earlier if self.content_versions.pack_of(earlier.content_digest).id == shown.full.pack.id else None

    def assess(self, sitting: Sitting, version: Version | None = None) -> Assessment:
        """Assess a version of a sitting, by default the one finished last, with its content."""
        version = version or sitting.finished
        assert version is not None  # noqa: S101 - callers look for it first
        pack = self.content_versions.pack_of(sitting.content_digest)
        return assess(pack, sitting.questionnaire, version.answers, version.taken_on, kept=True)

    def shown_plan(self, sitting: Sitting) -> ShownPlan | None:
        """The plan of a finished full sitting, with its check-in; None for a check-in."""
        full = self.assess(sitting) if self.is_full(sitting) else None
        if full is None or full.plan is None:
            return None
        newer = self.check_in_of(sitting)
        check_in = _under_content_of(full, self.assess(newer)) if newer is not None else None
        return ShownPlan(full, check_in, full.plan if check_in is None else plan_with_check_in(full, check_in))

    @property
    def short(self) -> bool:
        """Whether the newest plan is short. Then nothing is compared without asking."""
        newest = self.newest_full
        shown = self.shown_plan(newest) if newest else None
        return shown is not None and shown.short

    @property
    def discreet(self) -> bool:
        """Whether the newest plan, or the one a draft leads to so far, asks before it becomes a file."""
        newest = self.newest_full
        shown = self.shown_plan(newest) if newest is not None else None
        if shown is not None and before_file(shown.full, shown.check_in) is not None:
            return True
        if (draft := self.draft) is None:
            return False
        pack = self.content_versions.pack_of(draft.content_digest)
        so_far = assess(pack, draft.questionnaire, draft.answers, draft.created_day, complete=False, kept=True)
        return before_file(so_far) is not None

    @property
    def draft(self) -> Sitting | None:
        """The sitting begun last that was never finished."""
        return next((sitting for sitting in reversed(self.journey.sittings) if sitting.state == "draft"), None)

    def scored_sittings(self) -> list[ScoredSitting]:
        """The scores of finished sittings, in order."""
        return [
            score_sitting(
                self.content_versions.pack_of(sitting.content_digest),
                sitting.questionnaire,
                version.answers,
                version.taken_on,
            )
            for sitting in self.finished
            if (version := sitting.finished) is not None
        ]


def _before(sitting: Sitting, sittings: Sequence[Sitting]) -> list[Sitting]:
    return [other for other in sittings if order_in_time(other) < order_in_time(sitting)]


def _under_content_of(full: Assessment, check_in: Assessment) -> Assessment | None:
    """A check-in with the content of its full sitting.

    It was begun with that content, unless another full sitting was finished while it was a draft. Then the questions
    in both contents count, and unreadable answers count as unanswered, which is cautious.
    """
    if check_in.provenance.meaning_digest == full.provenance.meaning_digest:
        return check_in
    name, as_of = check_in.provenance.questionnaire, check_in.provenance.as_of
    if (form := full.pack.forms.get(name)) is None or form.has_plan:
        return None
    answers = {item: value for item, value in check_in.responses.answers.items() if item in form.item_ids}
    for candidate_answers in (answers, {}):
        try:
            return assess(full.pack, name, candidate_answers, as_of, complete=False, kept=True)
        except ResponseError:
            continue
    return None
