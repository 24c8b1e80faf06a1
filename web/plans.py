"""What comes of the answers: the plan, files to take along, and the way to delete everything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.answers import export_text
from engine.helplines import report_lines
from engine.rendering import render
from engine.report import build_report
from web.journeys import Journey
from web.keeping import here
from web.past import around, plan_of, shown
from web.quiz import opened_journey, taken
from web.reopening import require_journey
from web.sessions import current, forget
from web.sittings import Sitting

plans: Final = Blueprint("plans", __name__)
GONE: Final = "plans.gone"


@plans.before_request
def _opened() -> Response | None:
    """Only the page that says that everything is gone needs no journey."""
    return None if request.endpoint == GONE else require_journey()


@plans.get("/plan/<int:number>")
def plan(number: int) -> Response | str:
    """The plan of what was finished last; while nothing was, the questions."""
    taking = taken(number)
    version = taking.sitting.finished
    if version is None:
        return redirect(url_for("quiz.resume", number=number), 303)
    site = current()
    found = shown(site, taking.journey, taking.sitting)
    if found is None:  # a check-in, which shows in the plan that it belongs to
        full = plan_of(site, taking.journey, taking.sitting)
        return redirect(url_for("plans.plan", number=full.number) if full else url_for("returning.mine"), 303)
    report = build_report(found.full, found.check_in, report_lines(site.services, None, site.today()))
    return render_template(
        "plan.html",
        fragment=Markup(render(report, "html")),  # noqa: S704 - every value in it is escaped
        n=number,
        taken_on=version.taken_on,
        can_go_on=taking.waiting > 0 or taking.sitting.state == "continued",
        open_count=taking.waiting,
        **around(site, taking.journey, found),
    )


@plans.get("/plan/<int:number>/answers.json")
def answers(number: int) -> Response:
    """The answers behind a plan, with the content they were given to."""
    taking = taken(number)
    version = taking.sitting.finished
    if version is None:
        abort(404)
    questionnaire = taking.sitting.questionnaire
    return _file("answers.json", export_text(taking.pack, questionnaire, version.taken_on, version.answers))


@plans.get("/everything.json")
def everything() -> Response:
    """All that is kept behind the link."""
    journey = opened_journey()
    snapshots = {one.content: current().journeys.content(one.content) for one in journey.sittings}
    contents = {digest: json.loads(text) for digest, text in snapshots.items() if text is not None}
    return _file("everything.json", json.dumps(_written(journey, contents), ensure_ascii=False, indent=1) + "\n")


def _written(journey: Journey, contents: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "heartwork": 1,
        "settings": dict(journey.settings),
        "sittings": [_sitting(one) for one in journey.sittings],
        "contents": contents,
    }


def _sitting(sitting: Sitting) -> dict[str, Any]:
    versions = [{"taken_on": one.taken_on.isoformat(), "answers": dict(one.answers)} for one in sitting.versions]
    return {
        "number": sitting.number,
        "questionnaire": sitting.questionnaire,
        "content": sitting.content,
        "created_on": sitting.created_day.isoformat(),
        "taken_on": sitting.taken_on and sitting.taken_on.isoformat(),
        "state": sitting.state,
        "answers": dict(sitting.answers),
        "left_open": sorted(sitting.asked - sitting.answers.keys()),
        "to_correct": {page: {item: list(texts) for item, texts in one.items()} for page, one in sitting.typed.items()},
        "earlier": versions,
    }


def _file(name: str, text: str) -> Response:
    response = make_response(text)
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@plans.get("/delete")
def delete() -> str:
    """Ask once. The page names nothing."""
    return render_template("delete.html")


@plans.post("/delete")
def deleted() -> Response:
    """Delete everything behind the link; the answer is the same if it was gone already."""
    if request.form.get("confirm") != "yes":
        return redirect(url_for("plans.delete"), 303)
    site = current()
    site.journeys.delete(here(), site.today())
    forget()
    return redirect(url_for("plans.gone"), 303)


@plans.get("/deleted")
def gone() -> str:
    """It is done."""
    return render_template("deleted.html")
