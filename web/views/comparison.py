"""Looking back: two sittings side by side, and all of them over time. Where a plan is kept short, only if one asks."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan
from engine.comparison.changes import compare as compare_assessments
from engine.comparison.report import ComparisonReport, build_comparison_report
from engine.comparison.timeline import build_timeline_report
from engine.rendering.render import render
from web.http.error_pages import require_journey
from web.http.state import content_state
from web.journeys.history import (
    ShownPlan,
    assess_sitting,
    finished_sittings,
    newest_full,
    order_in_time,
    scored_sittings,
    shown_plan,
)
from web.journeys.journey import Journey
from web.journeys.sitting import Sitting
from web.views.request import opened_journey

blueprint: Final = Blueprint("comparison", __name__)
blueprint.before_request(require_journey)
MIN_SITTINGS: Final = 2


@blueprint.get("/compare")
def choose() -> Response:
    """Two were chosen from the lists."""
    numbers = [request.args.get(name, "") for name in ("a", "b")]
    valid = all(number.isascii() and number.isdigit() and len(number) < 7 for number in numbers)
    if not valid or numbers[0] == numbers[1]:
        return redirect(url_for("history.show", _anchor="two"), 303)
    return redirect(url_for("comparison.compare", before=int(numbers[0]), after=int(numbers[1])), 303)


@blueprint.get("/compare/<int:before>/<int:after>")
def compare(before: int, after: int) -> Response | str:
    """Two sittings, the older one first."""
    journey = opened_journey()
    first, second = journey.sitting(before), journey.sitting(after)
    if first is None or second is None or first is second or first.finished is None or second.finished is None:
        abort(404)
    if order_in_time(first) > order_in_time(second):
        return redirect(url_for("comparison.compare", before=after, after=before, show=request.args.get("show")), 303)
    everything = request.args.get("show") == "1"
    report = _report(journey, first, second, everything=everything)
    return render_template(
        "comparison/compare.html",
        fragment=Markup(render(report, "html")),  # noqa: S704 - every value in it is escaped
        before=before,
        after=after,
        kept_short=report.short,
    )


def _report(journey: Journey, first: Sitting, second: Sitting, *, everything: bool) -> ComparisonReport:
    content_versions = content_state().content_versions
    before, plan_before = _assessment_and_plan(journey, first)
    after, plan_after = _assessment_and_plan(journey, second)
    if before.pack.id != after.pack.id:
        abort(404)
    newest = newest_full(content_versions, journey)
    short = (
        newest is not None
        and newest not in (first, second)
        and _is_short(shown_plan(content_versions, journey, newest))
    )
    comparison = compare_assessments(before, after)
    plans = (plan_before, plan_after)
    return build_comparison_report(comparison, before, after, everything=everything, plans=plans, short=short)


def _assessment_and_plan(journey: Journey, sitting: Sitting) -> tuple[Assessment, Plan | None]:
    """A sitting, with its plan as it is shown."""
    content_versions = content_state().content_versions
    shown = shown_plan(content_versions, journey, sitting)
    return (shown.full, shown.plan) if shown else (assess_sitting(content_versions, sitting), None)


def _is_short(shown: ShownPlan | None) -> bool:
    return shown is not None and shown.short


@blueprint.get("/timeline")
def timeline() -> str:
    """All sittings over time."""
    content_versions, journey = content_state().content_versions, opened_journey()
    sittings, newest = finished_sittings(journey), newest_full(content_versions, journey)
    hidden = (
        newest is not None
        and request.args.get("show") != "1"
        and _is_short(shown_plan(content_versions, journey, newest))
    )
    fragment = None
    if len(sittings) >= MIN_SITTINGS and not hidden:
        report = build_timeline_report(scored_sittings(content_versions, sittings))
        fragment = Markup(render(report, "html"))  # noqa: S704 - it is escaped
    hidden = hidden and len(sittings) >= MIN_SITTINGS
    return render_template("comparison/timeline.html", fragment=fragment, hidden=hidden)
