"""Downloads: a plan as PDF and calendar, the answers, everything; and the confirmation before some of them."""

from __future__ import annotations

import json
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.answers.answers_file import export_text
from engine.rendering.calendar import calendar_entries, calendar_file
from engine.rendering.pdf import PAPERS, Paper, plan_pdf
from engine.report.help_lines import report_lines
from web.http.layout import base_url
from web.http.state import app_state, content_state
from web.journeys import export
from web.journeys.history import History
from web.journeys.sitting import Sitting
from web.views.request import opened_history, require_plan, require_sitting

blueprint: Final = Blueprint("downloads", __name__)
JSON_TYPE: Final = "application/json"


@blueprint.get("/plan/<int:number>/file")
def choose(number: int) -> str:
    """The choice of a file, with what to know first."""
    planned = require_plan(number)
    return render_template(
        "downloads/download.html",
        n=number,
        before_file=planned.before_file,
        unsure=request.args.get("sure", ""),
        papers=PAPERS,
        kinds=[kind for kind in content_state().services.kinds if not kind.in_reports],
        entries=calendar_entries(planned.full, planned.check_in, planned.preferences),
    )


@blueprint.get("/plan/<int:number>/plan.pdf")
def pdf(number: int) -> Response:
    """The plan as a PDF. Revealing kinds of help are included only on request."""
    planned, services = require_plan(number), content_state().services
    if planned.before_file and request.args.get("sure") != "yes":
        return redirect(url_for("downloads.choose", number=number, sure="no"), 303)
    kind_ids = {kind.id for kind in services.kinds}
    chosen = [name for name in request.args.getlist("with") if name in kind_ids]
    help_page = f"{base_url()}{url_for('information.help')}"
    lines = report_lines(services, planned.country, app_state().today(), chosen, help_page)
    paper: Paper = "letter" if request.args.get("paper") == "letter" else "a4"
    body = plan_pdf(planned.full, planned.check_in, lines, paper, planned.preferences)
    return attachment("plan.pdf", "application/pdf", body)


@blueprint.get("/plan/<int:number>/week.ics")
def week(number: int) -> Response:
    """The week as calendar entries, if a plan has one."""
    planned = require_plan(number)
    text = calendar_file(planned.full, planned.check_in, planned.preferences)
    if text is None:
        abort(404)
    return attachment("week.ics", "text/calendar", text)


@blueprint.get("/plan/<int:number>/answers.json")
def answers(number: int) -> Response:
    """The answers of a plan with their content."""
    progress = require_sitting(number)
    version = progress.sitting.finished or abort(404)
    if request.args.get("sure") != "yes":
        return _ask_first(opened_history(), progress.sitting)
    text = export_text(progress.pack, progress.sitting.questionnaire, version.taken_on, version.answers)
    return attachment("answers.json", JSON_TYPE, text)


def _ask_first(history: History, sitting: Sitting | None) -> Response:
    """Redirect to the confirmation for a file of answers, which contains every answer whatever the plan is."""
    if sitting is not None and not history.is_full(sitting):
        sitting = history.full_sitting_of(sitting)
    if sitting is None:
        abort(404)
    return redirect(url_for("downloads.choose", number=sitting.number, sure="answers"), 303)


@blueprint.get("/everything.json")
def everything() -> Response:
    """Everything stored behind the link."""
    history = opened_history()
    if request.args.get("sure") != "yes":
        return _ask_first(history, history.newest_full)
    digests = dict.fromkeys(
        sitting.content_digest for sitting in history.journey.sittings
    )  # many sittings, few contents
    snapshots = {digest: app_state().storage.read_content(digest) for digest in digests}
    contents = {digest: json.loads(text) for digest, text in snapshots.items() if text is not None}
    text = json.dumps(export.everything(history.journey, contents), ensure_ascii=False, indent=1) + "\n"
    return attachment("everything.json", JSON_TYPE, text)


def attachment(name: str, media_type: str, body: str | bytes) -> Response:
    """A download with a neutral file name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, mimetype=media_type, headers=headers)
