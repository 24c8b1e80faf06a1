"""What of a plan can be taken along on paper or into a calendar; and what is asked before."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.rendering.calendar import calendar, entries
from engine.rendering.pdf import PAPERS, Paper, printed
from engine.report.help_lines import report_lines
from web.http.error_pages import require_journey
from web.http.state import app_state, content_state
from web.views.plan import attachment, planned

papers: Final = Blueprint("papers", __name__)
papers.before_request(require_journey)


@papers.get("/plan/<int:number>/file")
def choose(number: int) -> str:
    """Which file, and what to know before."""
    one = planned(number)
    return render_template(
        "downloads/download.html",
        n=number,
        before_file=one.before_file,
        unsure=request.args.get("sure", ""),
        papers=PAPERS,
        kinds=[kind for kind in content_state().services.kinds if not kind.in_reports],
        entries=entries(one.found, one.shown.check_in, one.kept),
    )


@papers.get("/plan/<int:number>/plan.pdf")
def pdf(number: int) -> Response:
    """The plan on paper. Kinds of help that could give somebody away are in it only if they were asked for."""
    one, services = planned(number), content_state().services
    if one.before_file and request.args.get("sure") != "yes":
        return redirect(url_for("papers.choose", number=number, sure="no"), 303)
    known = {kind.id for kind in services.kinds}
    asked = [name for name in request.args.getlist("with") if name in known]
    lines = report_lines(services, one.country, app_state().today(), asked)
    paper: Paper = "letter" if request.args.get("paper") == "letter" else "a4"
    return attachment("plan.pdf", "application/pdf", printed(one.found, one.shown.check_in, lines, paper, one.kept))


@papers.get("/plan/<int:number>/week.ics")
def week(number: int) -> Response:
    """The week for a calendar, where a plan has one."""
    one = planned(number)
    made = calendar(one.found, one.shown.check_in, one.kept)
    if made is None:
        abort(404)
    return attachment("week.ics", "text/calendar", made)
