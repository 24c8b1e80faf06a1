"""A plan's page with notes about actions and a country, the coming weeks, and what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.comparison.changes import compare
from engine.comparison.report import ComparisonReport, build_comparison_report
from engine.rendering.render import AnyReport, render_moved
from engine.report.actions import after_done
from engine.report.help_lines import Choice, report_lines
from engine.report.plan import Report, build_report
from engine.report.weeks import build_weeks
from engine.what_if.report import MOST_WHAT_IFS, build_what_if_report
from engine.what_if.search import find_what_ifs
from web.forms.paging import page_of_item
from web.forms.plan_controls import PlanControls, Ticked, more_today, render_plan
from web.forms.progress import PLAN_PAGE, SittingProgress
from web.http.person_day import person_day
from web.http.security import form_token
from web.http.state import app_state, content_state
from web.journeys.action_notes import ActionNote, ActionNotes, add_note, state_of, take_back, visible_notes
from web.journeys.sitting import LONGEST_LETTER, with_letter
from web.views.request import PlannedSitting, find_plan, html_of, question_urls, require_plan

blueprint: Final = Blueprint("plan", __name__)
PARTS: Final = ("status", "earlier_letter", "keep_rows", "letter_row", "about_links", "privacy_row", "country_form")
"""The parts of a plan's page that have their own templates."""


@blueprint.get("/plan/<int:number>")
def show(number: int) -> Response | str:
    """Show the plan that was finished last, or the questions if there is none."""
    planned = find_plan(number)
    if planned is None:
        return redirect(url_for("quiz.resume", number=number), 303)
    lines = report_lines(content_state().services, planned.country, app_state().today())
    report = build_report(planned.full, planned.check_in, lines, preferences=planned.preferences)
    fragment = render_plan(report, _controls(planned, report, lines.countries))
    return render_template("plan/plan.html", fragment=Markup(fragment))  # noqa: S704 - every value in it is escaped


def _controls(planned: PlannedSitting, report: Report, countries: Sequence[Choice]) -> PlanControls:
    progress, change = planned.progress, _change_report(planned)
    answered = {answer.item for step in report.steps for reason in step.reasons for answer in reason.answers}
    left_open = {question.item for section in report.left_open for question in section.questions}
    number = planned.sitting.number
    notes = visible_notes(planned.history.journey.action_notes, number)
    return PlanControls(
        change_urls=_question_urls(progress, answered - progress.pack.sensitive),
        answer_urls=_question_urls(progress, left_open),
        help_url=url_for("information.help"),
        continue_url=url_for("quiz.resume", number=number) if planned.can_go_on else None,
        states={(note.step, note.action): note.state for note in notes},
        note_url=url_for("plan.note_action", number=number),
        hidden=(form_token(), ("sitting", planned.sitting.id)),
        ticked=_ticked(planned, notes),
        more_today=more_today(report, notes),
        arriving=bool(change),
        **_parts(planned, change, countries),
    )


def _parts(planned: PlannedSitting, change: Markup | bool, countries: Sequence[Choice]) -> dict[str, str]:
    """The rendered parts of the page as HTML, by their names in the controls."""
    history, begun = planned.history, planned.history.draft
    view: dict[str, Any] = {
        "plan": planned,
        "begun": begun,
        "begun_short": begun is not None and not history.is_full(begun),
        "moved": change,
        "before": None if planned.short else history.previous(planned.sitting),
        "countries": countries,
        "longest_letter": LONGEST_LETTER,
    }
    current_app.update_template_context(view)
    return {name: current_app.jinja_env.get_template(f"plan/{name}.html").render(view) for name in PARTS}


def _ticked(planned: PlannedSitting, notes: Sequence[ActionNote]) -> Ticked | None:
    """The action that was ticked last, on the day of the tick."""
    done = [note for note in notes if note.state == "done"]
    if not done or done[-1].day != app_state().today():
        return None
    last = done[-1]
    return Ticked(last.step, last.action, after_done(planned.full, last.step, last.action))


def _question_urls(progress: SittingProgress, items: Iterable[str]) -> dict[str, str]:
    """By item: the URL of its question, whose page leads back to the plan."""
    asked = sorted(progress.form.item_ids.intersection(items))
    urls = question_urls(progress, PLAN_PAGE)
    return {item: f"{urls[page_of_item(progress.form, item).name]}#q-{item}" for item in asked}


def _change_report(planned: PlannedSitting) -> Markup | bool:
    """What a changed answer moved, if one was just changed; True if nothing moved."""
    if request.args.get("moved") not in {"0", "1"}:
        return False
    report = _compare_with_previous(planned) if request.args["moved"] == "1" else None
    return True if report is None else Markup(render_moved(report))  # noqa: S704 - every value in it is escaped


def _compare_with_previous(planned: PlannedSitting) -> ComparisonReport | None:
    """What the last change moved in a plan; None if it was never changed or is being changed."""
    history, sitting = planned.history, planned.sitting
    if sitting.state != "finished" or not sitting.versions:
        return None
    before, after = history.assess(sitting, sitting.versions[-1]), planned.full
    return build_comparison_report(compare(before, after), before, after)


@blueprint.post("/plan/<int:number>/tick")
def note_action(number: int) -> Response:
    """Note that an action is done, begun or declined, or remove the note."""
    planned = _require_sent_plan(number)
    step, action, state = (request.form.get(name, "") for name in ("step", "action", "state"))
    note_state = state_of(state)
    offered_actions = {(offering.id, offered.id) for offering in planned.plan.steps for offered in offering.actions}
    if (step, action) not in offered_actions or (state and note_state is None):
        abort(400)

    def change(notes: ActionNotes) -> ActionNotes:
        if note_state is None:
            return take_back(notes, number, step, action)
        return add_note(notes, number, ActionNote(step, action, note_state, app_state().today()))

    app_state().journeys.change_notes(planned.progress.secret, change)
    anchor = f"step-{step}" if note_state == "not_for_me" else f"do-{step}-{action}"
    if request.form.get("place") == "today":
        anchor = "today"
    return redirect(url_for("plan.show", number=number, _anchor=anchor), 303)


@blueprint.post("/plan/<int:number>/country")
def country(number: int) -> Response:
    """Store the country for help lines in the journey. An empty one means none, whatever the operator's default."""
    planned = _require_sent_plan(number)
    chosen = request.form.get("country", "")
    if chosen and chosen not in {option.id for option in content_state().services.countries}:
        abort(400)
    app_state().journeys.change_settings(planned.progress.secret, {"country": chosen})
    return redirect(url_for("plan.show", number=number, _anchor="help"), 303)


@blueprint.post("/plan/<int:number>/letter")
def letter(number: int) -> Response:
    """Store a note to the later self, also one that is too long, until it is shortened."""
    planned = _require_sent_plan(number)
    if planned.short:
        abort(404)
    typed, today = request.form.get("letter", ""), person_day()
    sitting, secret = planned.sitting, planned.progress.secret
    app_state().journeys.change(secret, sitting.id, lambda stored: with_letter(stored, typed, today), read=sitting)
    return redirect(url_for("plan.show", number=number, _anchor="letter"), 303)


def _require_sent_plan(number: int) -> PlannedSitting:
    """The plan that a form was sent from; a form of another plan is refused."""
    planned = require_plan(number)
    if request.form.get("sitting") != planned.sitting.id:
        abort(400)
    return planned


@blueprint.get("/plan/<int:number>/what-if")
def what_if(number: int) -> str:
    """What would change this plan."""
    planned = require_plan(number)
    if not planned.has_what_ifs:
        abort(404)
    what_ifs = find_what_ifs(planned.full, planned.check_in, most=MOST_WHAT_IFS)
    return _subpage(number, build_what_if_report(what_ifs, planned.full))


@blueprint.get("/plan/<int:number>/weeks")
def weeks(number: int) -> str:
    """The coming four weeks."""
    planned = require_plan(number)
    if not planned.has_weeks:
        abort(404)
    return _subpage(number, build_weeks(planned.full, planned.check_in, preferences=planned.preferences))


def _subpage(number: int, report: AnyReport) -> str:
    return render_template("plan/plan_subpage.html", fragment=html_of(report), n=number)
