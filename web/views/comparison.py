"""Comparing: two sittings side by side, and all over time. If a plan is short, only on request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan
from engine.comparison.changes import compare as compare_assessments
from engine.comparison.report import ComparisonReport, build_comparison_report
from engine.comparison.timeline import build_timeline_report
from engine.rendering.render import render_html
from engine.report.plan import build_report
from web.journeys.history import History, ShownPlan, order_in_time
from web.journeys.sitting import Sitting
from web.views.request import opened_history

blueprint: Final = Blueprint("comparison", __name__)
MIN_SITTINGS: Final = 2
MOST_PLANS: Final = 5
"""The number of plans, the newest, whose first step is shown; each costs as much as its page."""
TEMPLATES: Final = Path(__file__).parent / "templates" / "comparison"
"""Pages that extend the engine's templates and are rendered by it."""


@blueprint.get("/compare")
def choose() -> Response:
    """Compare the two sittings chosen from the lists."""
    numbers = [request.args.get(name, "") for name in ("a", "b")]
    valid = all(number.isascii() and number.isdigit() and len(number) < 7 for number in numbers)
    if not valid or numbers[0] == numbers[1]:
        return redirect(url_for("history.show", _anchor="two"), 303)
    return redirect(url_for("comparison.compare", before=int(numbers[0]), after=int(numbers[1])), 303)


@blueprint.get("/compare/<int:before>/<int:after>")
def compare(before: int, after: int) -> Response | str:
    """Compare two sittings, the older one first."""
    history = opened_history()
    first, second = history.journey.sitting(before), history.journey.sitting(after)
    if first is None or second is None or first is second or first.finished is None or second.finished is None:
        abort(404)
    if order_in_time(first) > order_in_time(second):
        return redirect(url_for("comparison.compare", before=after, after=before, show=request.args.get("show")), 303)
    later = _ComparedSitting.of(history, second)
    report = _report(history, _ComparedSitting.of(history, first), later)
    is_newest = second is history.newest_full
    links = {
        "plan": url_for("plan.show", number=after) if is_newest else url_for("home.resume"),
        "new": is_newest,
        "show": url_for("comparison.compare", before=before, after=after, show=1),
        "timeline": url_for("comparison.timeline"),
        "others": url_for("history.show", _anchor="two"),
        "help": url_for("information.help"),
    }
    drawn = None if report.short or later.shown is None else build_report(later.shown.full, later.shown.check_in)
    fragment = render_html("comparison_with_links.html", TEMPLATES, report=report, plan=drawn, links=links)
    return render_template("comparison/compare.html", fragment=Markup(fragment))  # noqa: S704 - every value is escaped


@dataclass(frozen=True, slots=True)
class _ComparedSitting:
    """A sitting with its plan as shown."""

    sitting: Sitting
    assessment: Assessment
    shown: ShownPlan | None
    """None for a check-in."""

    @classmethod
    def of(cls, history: History, sitting: Sitting) -> _ComparedSitting:
        shown = history.shown_plan(sitting)
        return cls(sitting, shown.full if shown else history.assess(sitting), shown)

    @property
    def plan(self) -> Plan | None:
        return self.shown.plan if self.shown else None


def _report(history: History, first: _ComparedSitting, second: _ComparedSitting) -> ComparisonReport:
    before, after = first.assessment, second.assessment
    if before.pack.id != after.pack.id:
        abort(404)
    full = None if before.form.has_plan or after.form.has_plan else history.full_sitting_of(second.sitting)
    return build_comparison_report(
        compare_assessments(before, after),
        before,
        after,
        everything=request.args.get("show") == "1",
        plans=(first.plan, second.plan),
        short=history.newest_full not in (first.sitting, second.sitting) and history.short,
        named=history.assess(full) if full else None,
    )


@blueprint.get("/timeline")
def timeline() -> str:
    """All sittings over time."""
    history = opened_history()
    enough = len(history.finished) >= MIN_SITTINGS
    hidden = enough and request.args.get("show") != "1" and history.short
    fragment = _timeline_fragment(history) if enough and not hidden else None
    return render_template("comparison/timeline.html", fragment=fragment, hidden=hidden)


def _has_first_step(plan: Plan) -> bool:
    """Whether its plan had a free step; the timeline has no row otherwise."""
    return any(not step.held for step in plan.steps)


def _timeline_fragment(history: History) -> Markup:
    newest = [sitting for sitting in history.finished if history.is_full(sitting)][-MOST_PLANS:]
    shown = [(sitting, plan) for sitting in newest if (plan := history.shown_plan(sitting)) is not None]
    links = {
        "plan": url_for("home.resume"),
        "plans": [url_for("plan.show", number=sitting.number) for sitting, plan in shown if _has_first_step(plan.plan)],
        "others": url_for("history.show", _anchor="two"),
        "again": url_for("history.show"),
    }
    report = build_timeline_report(history.scored_sittings(), [(plan.full, plan.plan) for _, plan in shown])
    return Markup(render_html("timeline_with_links.html", TEMPLATES, report=report, links=links))  # noqa: S704 - escaped
