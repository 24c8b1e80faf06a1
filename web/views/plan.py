"""The plan of an address: its page with notes at actions and a country, the coming weeks, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
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
from web.forms.paging import page_of_item
from web.forms.plan_controls import PlanControls, render_plan
from web.forms.progress import PLAN_PAGE, SittingProgress
from web.http.error_pages import require_journey
from web.http.security import form_token
from web.http.state import app_state, content_state
from web.journeys import history
from web.journeys.action_notes import ActionNote, add_note, state_of, take_back, visible_notes
from web.journeys.sitting import Version
from web.views.request import PlannedSitting, find_plan, require_plan

blueprint: Final = Blueprint("plan", __name__)
blueprint.before_request(require_journey)


@blueprint.get("/plan/<int:number>")
def show(number: int) -> Response | str:
    """The plan of what was finished last; while nothing was, the questions."""
    planned = find_plan(number)
    if planned is None:
        return redirect(url_for("quiz.resume", number=number), 303)
    content, pack = content_state(), planned.progress.pack
    lines = report_lines(content.services, planned.country, app_state().today())
    report = build_report(planned.assessment, planned.shown_plan.check_in, lines, preferences=planned.preferences)
    sitting, short = planned.progress.sitting, planned.shown_plan.short
    before = None if short else history.previous_sitting(content.content_versions, planned.journey, sitting)
    return render_template(
        "plan/plan.html",
        fragment=Markup(render_plan(report, _controls(planned, report))),  # noqa: S704 - every value in it is escaped
        n=number,
        sitting_id=sitting.id,
        taken_on=planned.version.taken_on,
        can_go_on=_can_go_on(planned),
        open_count=planned.progress.waiting_pages,
        countries=lines.countries,
        country=planned.country,
        assumed=planned.country_assumed,
        what_if=planned.as_answered and has_what_ifs(pack, planned.plan),
        weeks=planned.as_answered and has_weeks(pack, planned.plan),
        before=before and before.number,
        before_on=before and history.order_in_time(before)[0],
    )


def _can_go_on(planned: PlannedSitting) -> bool:
    return planned.progress.waiting_pages > 0 or planned.progress.sitting.state == "continued"


def _controls(planned: PlannedSitting, report: Report) -> PlanControls:
    number, change = planned.number, _change_report(planned)
    status = history.plan_status(content_state().content_versions, planned.journey, planned.shown_plan)
    return PlanControls(
        change_urls=_change_urls(planned.progress, report),
        answer_urls=_answer_urls(planned.progress, report),
        continue_url=url_for("quiz.resume", number=number) if _can_go_on(planned) else None,
        notes=visible_notes(planned.journey.action_notes, number),
        note_url=url_for("plan.note_action", number=number),
        hidden=(form_token(), ("sitting", planned.progress.sitting.id)),
        status=render_template("plan/plan_status.html", moved=change, **status),
        arriving=bool(change),
    )


def _change_urls(progress: SittingProgress, report: Report) -> Mapping[str, str]:
    """By item: where an answer can be changed that the report shows as a reason. Never a sensitive one."""
    reasons = (reason for step in report.steps for reason in step.reasons)
    items = {answer.item for reason in reasons for answer in reason.answers}
    linked = items & progress.form.item_ids - progress.pack.sensitive
    return {item: _question_url(progress, item) for item in sorted(linked)}


def _answer_urls(progress: SittingProgress, report: Report) -> Mapping[str, str]:
    """By item: where a question can be answered that was left open."""
    items = {question.item for section in report.left_open for question in section.questions}
    return {item: _question_url(progress, item) for item in sorted(items & progress.form.item_ids)}


def _question_url(progress: SittingProgress, item: str) -> str:
    """The address of a question, whose page leads back to the plan."""
    page = page_of_item(progress.form, item).name
    return url_for("quiz.show", number=progress.sitting.number, name=page, back=PLAN_PAGE, _anchor=f"q-{item}")


def _change_report(planned: PlannedSitting) -> Markup | bool:
    """What a change of an answer moved, if one was just made; True if it moved nothing."""
    if request.args.get("moved") not in {"0", "1"}:
        return False
    report = _compare_with_previous(planned.progress) if request.args["moved"] == "1" else None
    return True if report is None else Markup(render_moved(report))  # noqa: S704 - every value in it is escaped


def _compare_with_previous(progress: SittingProgress) -> ComparisonReport | None:
    """What the last change moved in a plan; None if it was never changed, or is being changed."""
    sitting = progress.sitting
    if sitting.finished is None or sitting.state != "finished" or not sitting.versions:
        return None
    before, after = _assess_version(progress, sitting.versions[-1]), _assess_version(progress, sitting.finished)
    return build_comparison_report(compare(before, after), before, after)


def _assess_version(progress: SittingProgress, version: Version) -> Assessment:
    """A version of a sitting, by the content it was taken under."""
    return assess(progress.pack, progress.sitting.questionnaire, version.answers, version.taken_on)


@blueprint.post("/plan/<int:number>/tick")
def note_action(number: int) -> Response:
    """Note that an action is done, begun, or not for this person; or take that back."""
    planned = _require_sent_plan(number)
    step, action, state = (request.form.get(name, "") for name in ("step", "action", "state"))
    actions = (planned_step.actions for planned_step in planned.plan.steps if planned_step.id == step)
    if action not in {offered.id for offered in chain.from_iterable(actions)}:
        abort(400)
    journeys, note_state = app_state().journeys, state_of(state)
    if note_state is not None:
        note = ActionNote(step, action, note_state, app_state().today())
        journeys.change_notes(planned.progress.secret, lambda notes: add_note(notes, number, note))
    elif not state:
        journeys.change_notes(planned.progress.secret, lambda notes: take_back(notes, number, step, action))
    else:
        abort(400)
    anchor = f"step-{step}" if note_state == "not_for_me" else f"do-{step}-{action}"
    return redirect(url_for("plan.show", number=number, _anchor=anchor), 303)


@blueprint.post("/plan/<int:number>/country")
def country(number: int) -> Response:
    """Keep the country for help lines in the journey; an empty one is none, whatever the operator named."""
    planned = _require_sent_plan(number)
    chosen = request.form.get("country", "")
    if chosen and chosen not in {option.id for option in content_state().services.countries}:
        abort(400)
    app_state().journeys.change_settings(planned.progress.secret, {"country": chosen})
    return redirect(url_for("plan.show", number=number, _anchor="help"), 303)


def _require_sent_plan(number: int) -> PlannedSitting:
    """The plan that a form was sent from: a form of another one is refused."""
    planned = require_plan(number)
    if request.form.get("sitting") != planned.progress.sitting.id:
        abort(400)
    return planned


@blueprint.get("/plan/<int:number>/what-if")
def what_if(number: int) -> str:
    """What would change this plan."""
    planned = require_plan(number)
    if not planned.as_answered or not has_what_ifs(planned.progress.pack, planned.plan):
        abort(404)
    what_ifs = find_what_ifs(planned.assessment, planned.shown_plan.check_in, most=MOST_WHAT_IFS)
    report = build_what_if_report(what_ifs, planned.assessment)
    return _subpage(number, render(report, "html"))


@blueprint.get("/plan/<int:number>/weeks")
def weeks(number: int) -> str:
    """The coming four weeks."""
    planned = require_plan(number)
    if not planned.as_answered or not has_weeks(planned.progress.pack, planned.plan):
        abort(404)
    report = build_weeks(planned.assessment, planned.shown_plan.check_in, preferences=planned.preferences)
    return _subpage(number, render(report, "html"))


def _subpage(number: int, html: str) -> str:
    return render_template("plan/plan_subpage.html", fragment=Markup(html), n=number)  # noqa: S704 - it is escaped
