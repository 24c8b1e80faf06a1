"""Files to take along: a plan for paper and for a calendar, the answers, everything; and what is asked before."""

from __future__ import annotations

import json
from typing import Final

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.answers.answers_file import export_text
from engine.rendering.calendar import calendar_entries, calendar_file
from engine.rendering.pdf import PAPERS, Paper, plan_pdf
from engine.report.help_lines import report_lines
from web.http.error_pages import require_journey
from web.http.state import app_state, content_state
from web.journeys import export, history
from web.journeys.sitting import Sitting
from web.views.request import opened_journey, require_plan, require_sitting

blueprint: Final = Blueprint("downloads", __name__)
blueprint.before_request(require_journey)
JSON_TYPE: Final = "application/json"


@blueprint.get("/plan/<int:number>/file")
def choose(number: int) -> str:
    """Which file, and what to know before."""
    planned = require_plan(number)
    return render_template(
        "downloads/download.html",
        n=number,
        before_file=planned.before_file,
        unsure=request.args.get("sure", ""),
        papers=PAPERS,
        kinds=[kind for kind in content_state().services.kinds if not kind.in_reports],
        entries=calendar_entries(planned.assessment, planned.shown_plan.check_in, planned.preferences),
    )


@blueprint.get("/plan/<int:number>/plan.pdf")
def pdf(number: int) -> Response:
    """The plan on paper. Kinds of help that could give somebody away are in it only if they were asked for."""
    planned, services = require_plan(number), content_state().services
    if planned.before_file and request.args.get("sure") != "yes":
        return redirect(url_for("downloads.choose", number=number, sure="no"), 303)
    kind_ids = {kind.id for kind in services.kinds}
    chosen = [name for name in request.args.getlist("with") if name in kind_ids]
    lines = report_lines(services, planned.country, app_state().today(), chosen)
    paper: Paper = "letter" if request.args.get("paper") == "letter" else "a4"
    body = plan_pdf(planned.assessment, planned.shown_plan.check_in, lines, paper, planned.preferences)
    return attachment("plan.pdf", "application/pdf", body)


@blueprint.get("/plan/<int:number>/week.ics")
def week(number: int) -> Response:
    """The week for a calendar, where a plan has one."""
    planned = require_plan(number)
    text = calendar_file(planned.assessment, planned.shown_plan.check_in, planned.preferences)
    if text is None:
        abort(404)
    return attachment("week.ics", "text/calendar", text)


@blueprint.get("/plan/<int:number>/answers.json")
def answers(number: int) -> Response:
    """The answers behind a plan, with the content they were given to."""
    progress = require_sitting(number)
    version = progress.sitting.finished
    if version is None:
        abort(404)
    if request.args.get("sure") != "yes":
        return _ask_first(progress.sitting)
    questionnaire = progress.sitting.questionnaire
    text = export_text(progress.pack, questionnaire, version.taken_on, version.answers)
    return attachment("answers.json", JSON_TYPE, text)


def _ask_first(sitting: Sitting | None) -> Response:
    """To the page that asks whether a file of answers may be made: it holds every answer, whatever the plan is now."""
    if sitting is not None and not history.is_full(content_state().content_versions, sitting):
        sitting = history.full_sitting_of(content_state().content_versions, opened_journey(), sitting)
    if sitting is None:
        abort(404)
    return redirect(url_for("downloads.choose", number=sitting.number, sure="answers"), 303)


@blueprint.get("/everything.json")
def everything() -> Response:
    """All that is kept behind the link."""
    journey = opened_journey()
    if request.args.get("sure") != "yes":
        return _ask_first(history.newest_full(content_state().content_versions, journey))
    digests = dict.fromkeys(sitting.content_digest for sitting in journey.sittings)  # many sittings, and few contents
    snapshots = {digest: app_state().journeys.read_snapshot(digest) for digest in digests}
    contents = {digest: json.loads(text) for digest, text in snapshots.items() if text is not None}
    text = json.dumps(export.everything(journey, contents), ensure_ascii=False, indent=1) + "\n"
    return attachment("everything.json", JSON_TYPE, text)


def attachment(name: str, media_type: str, body: str | bytes) -> Response:
    """A file to take along, under a name that tells nothing.

    Args:
        media_type: its media type.
    """
    response = make_response(body)
    response.mimetype = media_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
