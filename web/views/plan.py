"""The plan of an address: its page with notes at actions and a country, the coming weeks, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.assessment.pipeline import Assessment, assess
from engine.comparison.changes import compare
from engine.comparison.report import ComparisonReport, build_comparison_report
from engine.rendering.render import render, render_moved
from engine.report.help_lines import report_lines
from engine.report.plan import Report, build_report
from engine.report.weeks import build_weeks, has_weeks
from engine.what_if.report import MOST_WHAT_IFS, build_what_if_report
from engine.what_if.search import find_what_ifs, has_what_ifs
from web.forms import page_of_item
from web.forms.plan_controls import PlanControls, render_plan
from web.forms.progress import PLAN, SittingProgress
from web.http.error_pages import require_journey
from web.http.security import form_token
from web.http.state import app_state, content_state
from web.journeys import history
from web.journeys.action_notes import ActionNote, note, shown, state_of, take_back
from web.journeys.sitting import Version
from web.views.request import Planned, find_plan, planned

blueprint: Final = Blueprint("plan", __name__)
blueprint.before_request(require_journey)


@blueprint.get("/plan/<int:number>")
def show(number: int) -> Response | str:
    """The plan of what was finished last; while nothing was, the questions."""
    one = find_plan(number)
    if one is None:
        return redirect(url_for("quiz.resume", number=number), 303)
    content, pack = content_state(), one.taking.pack
    lines = report_lines(content.services, one.country, app_state().today())
    report = build_report(one.found, one.shown.check_in, lines, kept=one.kept)
    before = None if one.shown.short else history.last_time(content.versions, one.journey, one.taking.sitting)
    return render_template(
        "plan/plan.html",
        fragment=Markup(render_plan(report, _controls(one, report))),  # noqa: S704 - every value in it is escaped
        n=number,
        sitting_id=one.taking.sitting.id,
        taken_on=one.version.taken_on,
        can_go_on=_can_go_on(one),
        open_count=one.taking.waiting,
        countries=lines.countries,
        country=one.country,
        assumed=one.assumed,
        what_if=one.as_answered and has_what_ifs(pack, one.plan),
        weeks=one.as_answered and has_weeks(pack, one.plan),
        before=before and before.number,
        before_on=before and history.order(before)[0],
    )


def _can_go_on(one: Planned) -> bool:
    return one.taking.waiting > 0 or one.taking.sitting.state == "continued"


def _controls(one: Planned, report: Report) -> PlanControls:
    number, change = one.number, _moved(one)
    around = history.around(content_state().versions, one.journey, one.shown)
    return PlanControls(
        change=_to_change(one.taking, report),
        open_question=_to_answer(one.taking, report),
        go_on=url_for("quiz.resume", number=number) if _can_go_on(one) else None,
        ticks=shown(one.journey.ticks, number),
        tick_url=url_for("plan.tick", number=number),
        hidden=(form_token(), ("sitting", one.taking.sitting.id)),
        status=render_template("plan/plan_status.html", moved=change, **around),
        arriving=bool(change),
    )


def _to_change(taking: SittingProgress, report: Report) -> Mapping[str, str]:
    """By item: where an answer can be changed that the report shows as a reason. Never a sensitive one."""
    reasons = (reason for step in report.steps for reason in step.reasons)
    items = {answer.item for reason in reasons for answer in reason.answers}
    return {item: _question(taking, item) for item in sorted(items & taking.form.asked - taking.pack.sensitive)}


def _to_answer(taking: SittingProgress, report: Report) -> Mapping[str, str]:
    """By item: where a question can be answered that was left open."""
    items = {question.item for section in report.left_open for question in section.questions}
    return {item: _question(taking, item) for item in sorted(items & taking.form.asked)}


def _question(taking: SittingProgress, item: str) -> str:
    """The address of a question, whose page leads back to the plan."""
    page = page_of_item(taking.form, item).name
    return url_for("quiz.show", number=taking.sitting.number, name=page, back=PLAN, _anchor=f"q-{item}")


def _moved(one: Planned) -> Markup | bool:
    """What a change of an answer moved, if one was just made; True if it moved nothing."""
    if request.args.get("moved") not in {"0", "1"}:
        return False
    report = _what_moved(one.taking) if request.args["moved"] == "1" else None
    return True if report is None else Markup(render_moved(report))  # noqa: S704 - every value in it is escaped


def _what_moved(taking: SittingProgress) -> ComparisonReport | None:
    """What the last change moved in a plan; None if it was never changed, or is being changed."""
    sitting = taking.sitting
    if sitting.finished is None or sitting.state != "finished" or not sitting.versions:
        return None
    before, after = _assessed(taking, sitting.versions[-1]), _assessed(taking, sitting.finished)
    return build_comparison_report(compare(before, after), before, after)


def _assessed(taking: SittingProgress, version: Version) -> Assessment:
    """A version of a sitting, by the content it was taken under."""
    return assess(taking.pack, taking.sitting.questionnaire, version.answers, version.taken_on)


@blueprint.post("/plan/<int:number>/tick")
def tick(number: int) -> Response:
    """Note that an action is done, begun, or not for this person; or take that back."""
    one = _sent(number)
    step, action, state = (request.form.get(name, "") for name in ("step", "action", "state"))
    if action not in {found.id for placed in one.plan.steps if placed.id == step for found in placed.actions}:
        abort(400)
    journeys, known = app_state().journeys, state_of(state)
    if known is not None:
        new = ActionNote(step, action, known, app_state().today())
        journeys.tick(one.taking.secret, lambda ticks: note(ticks, number, new))
    elif not state:
        journeys.tick(one.taking.secret, lambda ticks: take_back(ticks, number, step, action))
    else:
        abort(400)
    anchor = f"step-{step}" if known == "not_for_me" else f"do-{step}-{action}"
    return redirect(url_for("plan.show", number=number, _anchor=anchor), 303)


@blueprint.post("/plan/<int:number>/country")
def country(number: int) -> Response:
    """Keep the country for help lines in the journey; an empty one is none, whatever the operator named."""
    one = _sent(number)
    chosen = request.form.get("country", "")
    if chosen and chosen not in {found.id for found in content_state().services.countries}:
        abort(400)
    app_state().journeys.set(one.taking.secret, {"country": chosen})
    return redirect(url_for("plan.show", number=number, _anchor="help"), 303)


def _sent(number: int) -> Planned:
    """The plan that a form was sent from: a form of another one is refused."""
    one = planned(number)
    if request.form.get("sitting") != one.taking.sitting.id:
        abort(400)
    return one


@blueprint.get("/plan/<int:number>/what-if")
def what_if(number: int) -> str:
    """What would change this plan."""
    one = planned(number)
    if not one.as_answered or not has_what_ifs(one.taking.pack, one.plan):
        abort(404)
    report = build_what_if_report(find_what_ifs(one.found, one.shown.check_in, most=MOST_WHAT_IFS), one.found)
    return _subpage(number, render(report, "html"))


@blueprint.get("/plan/<int:number>/weeks")
def weeks(number: int) -> str:
    """The coming four weeks."""
    one = planned(number)
    if not one.as_answered or not has_weeks(one.taking.pack, one.plan):
        abort(404)
    report = build_weeks(one.found, one.shown.check_in, kept=one.kept)
    return _subpage(number, render(report, "html"))


def _subpage(number: int, html: str) -> str:
    return render_template("plan/plan_subpage.html", fragment=Markup(html), n=number)  # noqa: S704 - it is escaped
