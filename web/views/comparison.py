"""Looking back: two sittings side by side, and all of them over time. Where a plan is kept short, only if one asks."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan
from engine.comparison.changes import compare as compared
from engine.comparison.report import ComparisonReport, build_comparison_report
from engine.comparison.timeline_report import build_timeline_report
from engine.rendering.render import render
from web.http.error_pages import require_journey
from web.http.state import content_state
from web.journeys.history import ShownPlan, assessed, finished, looks, newest_full, order, shown
from web.journeys.journey import Journey
from web.journeys.sitting import Sitting
from web.views.request import opened_journey

blueprint: Final = Blueprint("comparison", __name__)
blueprint.before_request(require_journey)
FEWEST: Final = 2


@blueprint.get("/compare")
def choose() -> Response:
    """Two were chosen from the lists."""
    numbers = [request.args.get(name, "") for name in ("a", "b")]
    if not all(one.isascii() and one.isdigit() and len(one) < 7 for one in numbers) or numbers[0] == numbers[1]:
        return redirect(url_for("history.show", _anchor="two"), 303)
    return redirect(url_for("comparison.compare", before=int(numbers[0]), after=int(numbers[1])), 303)


@blueprint.get("/compare/<int:before>/<int:after>")
def compare(before: int, after: int) -> Response | str:
    """Two sittings, the older one first."""
    journey = opened_journey()
    one, other = journey.sitting(before), journey.sitting(after)
    if one is None or other is None or one is other or one.finished is None or other.finished is None:
        abort(404)
    if order(one) > order(other):
        return redirect(url_for("comparison.compare", before=after, after=before, show=request.args.get("show")), 303)
    asked = request.args.get("show") == "1"
    report = _report(journey, one, other, everything=asked)
    return render_template(
        "comparison/compare.html",
        fragment=Markup(render(report, "html")),  # noqa: S704 - every value in it is escaped
        before=before,
        after=after,
        kept_short=report.short,
    )


def _report(journey: Journey, one: Sitting, other: Sitting, *, everything: bool) -> ComparisonReport:
    versions = content_state().versions
    (before, plan_before), (after, plan_after) = _with_plan(journey, one), _with_plan(journey, other)
    if before.pack.id != after.pack.id:
        abort(404)
    newest = newest_full(versions, journey)
    short = newest is not None and newest not in (one, other) and _is_short(shown(versions, journey, newest))
    comparison = compared(before, after)
    plans = (plan_before, plan_after)
    return build_comparison_report(comparison, before, after, everything=everything, plans=plans, short=short)


def _with_plan(journey: Journey, sitting: Sitting) -> tuple[Assessment, Plan | None]:
    """A sitting, with its plan as it is shown."""
    versions = content_state().versions
    found = shown(versions, journey, sitting)
    return (found.full, found.plan) if found else (assessed(versions, sitting), None)


def _is_short(plan: ShownPlan | None) -> bool:
    return plan is not None and plan.short


@blueprint.get("/timeline")
def timeline() -> str:
    """All sittings over time."""
    versions, journey = content_state().versions, opened_journey()
    sittings, newest = finished(journey), newest_full(versions, journey)
    hidden = newest is not None and request.args.get("show") != "1" and _is_short(shown(versions, journey, newest))
    fragment = None
    if len(sittings) >= FEWEST and not hidden:
        fragment = Markup(render(build_timeline_report(looks(versions, sittings)), "html"))  # noqa: S704 - it is escaped
    return render_template("comparison/timeline.html", fragment=fragment, hidden=hidden and len(sittings) >= FEWEST)
