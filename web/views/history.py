"""All plans behind a link: the list, taking the questions again, a check-in, deleting one sitting or everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.content.pack import Pack
from web.http.error_pages import require_journey
from web.http.session import close_journey
from web.http.state import app_state, content_state
from web.journeys.history import finished_sittings, is_full, newest_full, order_in_time, previous_sitting
from web.journeys.journey import Journey
from web.journeys.sitting import Sitting
from web.storage import Content
from web.views.request import current_secret, opened_journey

blueprint: Final = Blueprint("history", __name__)
blueprint.before_request(require_journey)
MOOD_DAYS: Final = 14
"""Days within which a difference is mostly mood."""


@dataclass(frozen=True, slots=True)
class SittingRow:
    """One sitting in the list."""

    number: int
    on: date
    """The day it was finished first; for a draft, the day it was begun."""
    short: bool
    draft: bool
    continued: bool
    """True if something was changed and is not finished yet."""
    before: int | None
    """What was finished before it, to compare it with: before all the questions, all the questions."""


@dataclass(frozen=True, slots=True)
class NextSitting:
    """A questionnaire that can be taken next."""

    questionnaire: str
    draft: Sitting | None
    """The one that was begun already."""
    on: date | None
    """The day from which it is suggested; None if the content suggests none."""
    due: bool


@blueprint.get("/plans")
def show() -> str:
    """All sittings, the newest first, and what can be done next."""
    journey, today = opened_journey(), app_state().today()
    full = newest_full(content_state().content_versions, journey)
    return render_template(
        "history/plans.html",
        rows=_rows(journey),
        newest=full.number if full else None,
        again=_next_full(journey, full),
        short=_next_check_in(journey, full),
        mood=full is not None and (today - order_in_time(full)[0]).days < MOOD_DAYS,
        done=len(finished_sittings(journey)),
        unreadable=len(journey.unreadable),
    )


def _rows(journey: Journey) -> list[SittingRow]:
    content_versions = content_state().content_versions
    return [
        SittingRow(
            number=sitting.number,
            on=order_in_time(sitting)[0],
            short=not is_full(content_versions, sitting),
            draft=sitting.finished is None,
            continued=sitting.finished is not None and sitting.state == "continued",
            before=earlier.number if (earlier := previous_sitting(content_versions, journey, sitting)) else None,
        )
        for sitting in sorted(journey.sittings, key=order_in_time, reverse=True)
    ]


def _next_full(journey: Journey, full: Sitting | None) -> NextSitting:
    """The questionnaire with a plan, under the content of today."""
    content = content_state()
    name = full.questionnaire if full and full.questionnaire in content.library.forms else content.questionnaire
    look_again = content.library.forms[name][0].content.look_again
    on = order_in_time(full)[0] + timedelta(days=look_again.days) if full and look_again else None
    return NextSitting(name, journey.draft(name), on, due=on is None or on <= app_state().today())


def _next_check_in(journey: Journey, full: Sitting | None) -> NextSitting | None:
    """The check-in that belongs to the newest plan, under the content of that plan."""
    if full is None:
        return None
    pack = content_state().content_versions.pack_of(full.content_digest)
    if (name := _check_in_questionnaire(pack)) is None:
        return None
    look_again, newest_day = pack.content.look_again, order_in_time(finished_sittings(journey)[-1])[0]
    on = newest_day + timedelta(days=look_again.check_in_days) if look_again else None
    return NextSitting(name, journey.draft(name), on, due=on is None or on <= app_state().today())


def _check_in_questionnaire(pack: Pack) -> str | None:
    return next((name for name, form in pack.forms.items() if not form.has_plan), None)


@blueprint.post("/plans/new")
def begin() -> Response:
    """Begin again, empty. A double click begins once."""
    state, content, journey = app_state(), content_state(), opened_journey()
    full, name = newest_full(content.content_versions, journey), request.form.get("questionnaire")
    again, short = _next_full(journey, full), _next_check_in(journey, full)
    if name == again.questionnaire:
        snapshot = content.snapshot_for(name)
    elif short is not None and full is not None and name == short.questionnaire:
        pack = content.content_versions.pack_of(full.content_digest)
        snapshot = Content(pack.content_digest, pack.snapshot)
    else:
        return redirect(url_for("history.show"), 303)
    sitting = state.journeys.add(current_secret(), name, snapshot, state.today())
    return redirect(url_for("quiz.resume", number=sitting.number), 303)


@blueprint.get("/sitting/<int:number>/delete")
def confirm_delete_sitting(number: int) -> str:
    """Ask once."""
    sitting = _require_sitting(number)
    short = not is_full(content_state().content_versions, sitting)
    return render_template("history/delete_sitting.html", n=number, on=order_in_time(sitting)[0], short=short)


@blueprint.post("/sitting/<int:number>/delete")
def delete_sitting(number: int) -> Response:
    """Delete one sitting; one that is gone already is gone."""
    if request.form.get("confirm") != "yes":
        return redirect(url_for("history.confirm_delete_sitting", number=number), 303)
    state = app_state()
    if (sitting := opened_journey().sitting(number)) is not None:
        state.journeys.delete_sitting(current_secret(), sitting.id, state.today())
    return redirect(url_for("history.show"), 303)


@blueprint.post("/plans/unreadable")
def delete_unreadable() -> Response:
    """Delete what is damaged."""
    state = app_state()
    for sitting_id in opened_journey().unreadable if request.form.get("confirm") == "yes" else ():
        state.journeys.delete_sitting(current_secret(), sitting_id, state.today())
    return redirect(url_for("history.show"), 303)


@blueprint.get("/delete")
def confirm_delete_everything() -> str:
    """Ask once. The page names nothing."""
    return render_template("history/delete_everything.html")


@blueprint.post("/delete")
def delete_everything() -> Response:
    """Delete everything behind the link; the answer is the same if it was gone already."""
    if request.form.get("confirm") != "yes":
        return redirect(url_for("history.confirm_delete_everything"), 303)
    state = app_state()
    state.journeys.delete(current_secret(), state.today())
    close_journey()
    return redirect(url_for("information.deleted"), 303)


def _require_sitting(number: int) -> Sitting:
    sitting = opened_journey().sitting(number)
    if sitting is None:
        abort(404)
    return sitting
