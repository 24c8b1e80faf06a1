"""Looking back: two sittings side by side, and all of them over time. Where a plan is kept short, only if one asks."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan
from engine.comparison.changes import compare as compare_assessments
from engine.comparison.report import ComparisonReport, build_comparison_report
from engine.comparison.timeline import build_timeline_report
from web.journeys.history import History, order_in_time
from web.journeys.sitting import Sitting
from web.views.request import html_of, opened_history

blueprint: Final = Blueprint("comparison", __name__)
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
    history = opened_history()
    first, second = history.journey.sitting(before), history.journey.sitting(after)
    if first is None or second is None or first is second or first.finished is None or second.finished is None:
        abort(404)
    if order_in_time(first) > order_in_time(second):
        return redirect(url_for("comparison.compare", before=after, after=before, show=request.args.get("show")), 303)
    report = _report(history, first, second)
    return render_template(
        "comparison/compare.html", fragment=html_of(report), report=report, before=before, after=after
    )


def _report(history: History, first: Sitting, second: Sitting) -> ComparisonReport:
    before, plan_before = _assessment_and_plan(history, first)
    after, plan_after = _assessment_and_plan(history, second)
    if before.pack.id != after.pack.id:
        abort(404)
    full = None if before.form.has_plan or after.form.has_plan else history.full_sitting_of(second)
    return build_comparison_report(
        compare_assessments(before, after),
        before,
        after,
        everything=request.args.get("show") == "1",
        plans=(plan_before, plan_after),
        short=history.newest_full not in (first, second) and history.short,
        named=history.assess(full) if full else None,
    )


def _assessment_and_plan(history: History, sitting: Sitting) -> tuple[Assessment, Plan | None]:
    """A sitting, with its plan as it is shown."""
    shown = history.shown_plan(sitting)
    return (shown.full, shown.plan) if shown else (history.assess(sitting), None)


@blueprint.get("/timeline")
def timeline() -> str:
    """All sittings over time."""
    history = opened_history()
    enough = len(history.finished) >= MIN_SITTINGS
    hidden = enough and request.args.get("show") != "1" and history.short
    fragment = html_of(build_timeline_report(history.scored_sittings())) if enough and not hidden else None
    return render_template("comparison/timeline.html", fragment=fragment, hidden=hidden)
