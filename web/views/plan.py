"""What comes of the answers: the plan, files to take along, and the way to delete everything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine.answers.answers_file import export_text
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan
from engine.rendering.hooks import Hooks, Tick
from engine.rendering.render import render, render_moved
from engine.report.help_lines import report_lines
from engine.report.plan import Report, before_file, build_report
from engine.report.steps import Kept
from engine.report.weeks import build_weeks, has_weeks
from engine.what_if.report import MOST_WHAT_IFS, build_what_if_report
from engine.what_if.search import find_what_ifs, has_what_ifs
from web.forms.progress import Taking
from web.http.error_pages import require_journey
from web.http.security import form_token
from web.http.session import forget
from web.http.state import app_state, content_state
from web.journeys import export
from web.journeys import history as past
from web.journeys.action_notes import kept, note, shown, state_of, take_back
from web.journeys.journey import Journey
from web.journeys.sitting import Sitting, Version
from web.views.amending import moved, to_answer, to_change
from web.views.help import country_of
from web.views.private_link import here
from web.views.quiz import opened_journey, taken, taken_of

plans: Final = Blueprint("plans", __name__)
GONE: Final = "plans.gone"
JSON: Final = "application/json"


@plans.before_request
def _opened() -> Response | None:
    """Only the page that says that everything is gone needs no journey."""
    return None if request.endpoint == GONE else require_journey()


@dataclass(frozen=True)
class Planned:
    """A plan that was asked for, and whose it is."""

    journey: Journey
    taking: Taking
    version: Version
    shown: past.Shown

    @property
    def found(self) -> Assessment:
        return self.shown.full

    @property
    def plan(self) -> Plan:
        return self.shown.plan

    @property
    def as_answered(self) -> bool:
        """False if a short look made the plan more careful: then nothing is said that rests on the answers alone."""
        return not self.shown.moved

    @property
    def before_file(self) -> str | None:
        """What is asked before anything of this plan becomes a file."""
        return before_file(self.found, self.shown.check_in)

    @property
    def number(self) -> int:
        return self.taking.sitting.number

    @property
    def kept(self) -> Kept:
        return kept(self.journey.ticks, self.number)

    @property
    def country(self) -> str | None:
        """The country of the help lines: the one that was chosen, or else the operator's."""
        return country_of(self.journey.settings.get("country"))

    @property
    def assumed(self) -> bool:
        """Whether nobody chose that country."""
        return self.country is not None and self.journey.settings.get("country") is None


def _found(number: int) -> Planned | None:
    """The plan of what was finished last in a sitting; None while nothing was."""
    journey = opened_journey()
    taking = taken_of(journey, number)
    version = taking.sitting.finished
    if version is None:
        return None
    found = past.shown(content_state().versions, journey, taking.sitting)
    if found is None:  # a check-in, which shows in the plan that it belongs to
        full = past.plan_of(content_state().versions, journey, taking.sitting)
        abort(redirect(url_for("plans.plan", number=full.number) if full else url_for("returning.mine"), 303))
    return Planned(journey, taking, version, found)


def planned(number: int) -> Planned:
    """The same where there has to be one."""
    return _found(number) or abort(404)


@plans.get("/plan/<int:number>")
def plan(number: int) -> Response | str:
    """The plan of what was finished last; while nothing was, the questions."""
    one = _found(number)
    if one is None:
        return redirect(url_for("quiz.resume", number=number), 303)
    content, pack = content_state(), one.taking.pack
    lines = report_lines(content.services, one.country, app_state().today())
    report = build_report(one.found, one.shown.check_in, lines, kept=one.kept)
    before = None if one.shown.brief else past.last_time(content.versions, one.journey, one.taking.sitting)
    return render_template(
        "plan/plan.html",
        fragment=Markup(render(report, "html", _hooks(one, report))),  # noqa: S704 - every value in it is escaped
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
        before_on=before and past.order(before)[0],
    )


def _can_go_on(one: Planned) -> bool:
    return one.taking.waiting > 0 or one.taking.sitting.state == "continued"


def _hooks(one: Planned, report: Report) -> Hooks:
    number, change = one.number, _moved(one)
    around = past.around(content_state().versions, one.journey, one.shown)
    return Hooks(
        change=to_change(one.taking, report),
        open_question=to_answer(one.taking, report),
        go_on=url_for("quiz.resume", number=number) if _can_go_on(one) else None,
        ticks=shown(one.journey.ticks, number),
        tick_url=url_for("plans.tick", number=number),
        hidden=(form_token(), ("sitting", one.taking.sitting.id)),
        country="#country",
        said=render_template("plan/plan_status.html", moved=change, **around),
        arriving=bool(change),
    )


def _moved(one: Planned) -> Markup | bool:
    """What a change moved, if one was just made; True if it moved nothing."""
    if request.args.get("moved") not in {"0", "1"}:
        return False
    report = moved(one.taking) if request.args["moved"] == "1" else None
    return True if report is None else Markup(render_moved(report))  # noqa: S704 - every value in it is escaped


@plans.post("/plan/<int:number>/tick")
def tick(number: int) -> Response:
    """Note that an action is done, begun, or not for this person; or take that back."""
    one = _sent(number)
    step, action, state = (request.form.get(name, "") for name in ("step", "action", "state"))
    if action not in {found.id for placed in one.plan.steps if placed.id == step for found in placed.actions}:
        abort(400)
    journeys, known = app_state().journeys, state_of(state)
    if known is not None:
        new = Tick(step, action, known, app_state().today())
        journeys.tick(one.taking.secret, lambda ticks: note(ticks, number, new))
    elif not state:
        journeys.tick(one.taking.secret, lambda ticks: take_back(ticks, number, step, action))
    else:
        abort(400)
    anchor = f"step-{step}" if known == "not_for_me" else f"do-{step}-{action}"
    return redirect(url_for("plans.plan", number=number, _anchor=anchor), 303)


@plans.post("/plan/<int:number>/country")
def country(number: int) -> Response:
    """Keep the country for help lines in the journey; an empty one is none, whatever the operator named."""
    one = _sent(number)
    chosen = request.form.get("country", "")
    if chosen and chosen not in {found.id for found in content_state().services.countries}:
        abort(400)
    app_state().journeys.set(one.taking.secret, {"country": chosen})
    return redirect(url_for("plans.plan", number=number, _anchor="help"), 303)


def _sent(number: int) -> Planned:
    """The plan that a form was sent from: a form of another one is refused."""
    one = planned(number)
    if request.form.get("sitting") != one.taking.sitting.id:
        abort(400)
    return one


@plans.get("/plan/<int:number>/what-if")
def what_if(number: int) -> str:
    """What would change this plan."""
    one = planned(number)
    if not one.as_answered or not has_what_ifs(one.taking.pack, one.plan):
        abort(404)
    report = build_what_if_report(find_what_ifs(one.found, one.shown.check_in, most=MOST_WHAT_IFS), one.found)
    return render_template("plan/plan_subpage.html", fragment=Markup(render(report, "html")), n=number)  # noqa: S704 - escaped


@plans.get("/plan/<int:number>/weeks")
def weeks(number: int) -> str:
    """The coming four weeks."""
    one = planned(number)
    if not one.as_answered or not has_weeks(one.taking.pack, one.plan):
        abort(404)
    report = build_weeks(one.found, one.shown.check_in, kept=one.kept)
    return render_template("plan/plan_subpage.html", fragment=Markup(render(report, "html")), n=number)  # noqa: S704 - escaped


@plans.get("/plan/<int:number>/answers.json")
def answers(number: int) -> Response:
    """The answers behind a plan, with the content they were given to."""
    taking = taken(number)
    version = taking.sitting.finished
    if version is None:
        abort(404)
    if request.args.get("sure") != "yes":
        return _asked_first(taking.sitting)
    questionnaire = taking.sitting.questionnaire
    text = export_text(taking.pack, questionnaire, version.taken_on, version.answers)
    return attachment("answers.json", JSON, text)


def _asked_first(sitting: Sitting | None) -> Response:
    """To the page that asks whether a file of answers may be made: it holds every answer, whatever the plan is now."""
    if sitting is not None and not past.is_full(content_state().versions, sitting):
        sitting = past.plan_of(content_state().versions, opened_journey(), sitting)
    if sitting is None:
        abort(404)
    return redirect(url_for("papers.choose", number=sitting.number, sure="answers"), 303)


@plans.get("/everything.json")
def everything() -> Response:
    """All that is kept behind the link."""
    journey = opened_journey()
    if request.args.get("sure") != "yes":
        return _asked_first(past.newest_full(content_state().versions, journey))
    digests = dict.fromkeys(one.content for one in journey.sittings)  # many sittings, and few contents
    snapshots = {digest: app_state().journeys.content(digest) for digest in digests}
    contents = {digest: json.loads(text) for digest, text in snapshots.items() if text is not None}
    text = json.dumps(export.everything(journey, contents), ensure_ascii=False, indent=1) + "\n"
    return attachment("everything.json", JSON, text)


def attachment(name: str, kind: str, made: str | bytes) -> Response:
    """A file to take along, under a name that tells nothing.

    Args:
        kind: its media type.
    """
    response = make_response(made)
    response.mimetype = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@plans.get("/delete")
def delete() -> str:
    """Ask once. The page names nothing."""
    return render_template("history/delete_everything.html")


@plans.post("/delete")
def deleted() -> Response:
    """Delete everything behind the link; the answer is the same if it was gone already."""
    if request.form.get("confirm") != "yes":
        return redirect(url_for("plans.delete"), 303)
    state = app_state()
    state.journeys.delete(here(), state.today())
    forget()
    return redirect(url_for("plans.gone"), 303)


@plans.get("/deleted")
def gone() -> str:
    """It is done."""
    return render_template("information/deleted.html")
