"""All plans behind a link: the list, new sittings, check-ins, and deletion of one or all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.content.pack import Pack
from web.forms.front_page import minutes_to_answer
from web.http.person_day import person_day
from web.http.rates import flood_limit
from web.http.security import limiter
from web.http.session import close_journey
from web.http.state import app_state, content_state
from web.journeys.history import History, order_in_time
from web.journeys.sitting import Sitting
from web.storage import Content
from web.views.request import current_secret, opened_history

blueprint: Final = Blueprint("history", __name__)
MOOD_DAYS: Final = 14
"""The number of days within which a difference is mostly mood."""


@dataclass(frozen=True, slots=True)
class SittingRow:
    """One sitting in the list."""

    sitting: Sitting
    short: bool
    before: Sitting | None
    """The previous sitting of the same kind, for comparison."""

    @property
    def draft(self) -> bool:
        return self.sitting.finished is None


@dataclass(frozen=True, slots=True)
class NextSitting:
    """A questionnaire that can be taken next."""

    pack: Pack
    questionnaire: str
    draft: Sitting | None
    """The sitting that was already begun, if any."""
    on: date | None
    """The suggested day; None if the content suggests none."""
    due: bool

    @property
    def minutes(self) -> int:
        """The duration of all its questions in minutes."""
        return minutes_to_answer(self.pack.forms[self.questionnaire])

    @property
    def questions(self) -> int:
        """The maximum of its questions."""
        return len(self.pack.forms[self.questionnaire].items)


@blueprint.get("/plans")
def show() -> str:
    """Show all sittings, the newest first, and what can be taken next."""
    history = opened_history()
    full, newest_first = history.newest_full, sorted(history.journey.sittings, key=order_in_time, reverse=True)
    return render_template(
        "history/plans.html",
        rows=[SittingRow(sitting, not history.is_full(sitting), history.previous(sitting)) for sitting in newest_first],
        newest=full and full.number,
        again=_next_full(history),
        short=_next_check_in(history),
        mood=full is not None and (app_state().today() - full.day).days < MOOD_DAYS,
        done=len(history.finished),
        unreadable=len(history.journey.unreadable),
    )


def _next_full(history: History) -> NextSitting:
    """The full questionnaire with today's content."""
    content, full = content_state(), history.newest_full
    name = full.questionnaire if full and full.questionnaire in content.library.forms else content.questionnaire
    pack, _ = content.library.forms[name]
    look_again = pack.content.look_again
    on = full.day + timedelta(days=look_again.days) if full and look_again else None
    return _next_sitting(history, pack, name, on)


def _next_check_in(history: History) -> NextSitting | None:
    """The check-in of the newest plan, with that plan's content."""
    if (full := history.newest_full) is None:
        return None
    pack = history.content_versions.pack_of(full.content_digest)
    name = next((name for name, form in pack.forms.items() if not form.has_plan), None)
    if name is None:
        return None
    look_again = pack.content.look_again
    on = history.finished[-1].day + timedelta(days=look_again.check_in_days) if look_again else None
    return _next_sitting(history, pack, name, on)


def _next_sitting(history: History, pack: Pack, questionnaire: str, on: date | None) -> NextSitting:
    due = on is None or on <= app_state().today()
    return NextSitting(pack, questionnaire, history.journey.draft(questionnaire), on, due)


@blueprint.post("/plans/new")
@limiter.limit(flood_limit)
def begin() -> Response:
    """Begin a new sitting. A double click begins one."""
    state, history = app_state(), opened_history()
    for possible in (_next_full(history), _next_check_in(history)):
        if possible is not None and possible.questionnaire == request.form.get("questionnaire"):
            content = Content(possible.pack.content_digest, possible.pack.snapshot)
            sitting = state.journeys.add(current_secret(), possible.questionnaire, content, person_day())
            return redirect(url_for("quiz.resume", number=sitting.number), 303)
    return redirect(url_for("history.show"), 303)


@blueprint.get("/sitting/<int:number>/delete")
def confirm_delete_sitting(number: int) -> str:
    """Ask for confirmation."""
    history = opened_history()
    sitting = history.journey.sitting(number) or abort(404)
    return render_template("history/delete_sitting.html", sitting=sitting, short=not history.is_full(sitting))


@blueprint.post("/sitting/<int:number>/delete")
def delete_sitting(number: int) -> Response:
    """Delete one sitting, or nothing if it no longer exists."""
    if request.form.get("confirm") != "yes":
        return redirect(url_for("history.confirm_delete_sitting", number=number), 303)
    state = app_state()
    if (sitting := opened_history().journey.sitting(number)) is not None:
        state.journeys.delete_sitting(current_secret(), sitting.id, state.today())
    return redirect(url_for("history.show"), 303)


@blueprint.post("/plans/unreadable")
def delete_unreadable() -> Response:
    """Delete a damaged sitting."""
    state = app_state()
    for sitting_id in opened_history().journey.unreadable if request.form.get("confirm") == "yes" else ():
        state.journeys.delete_sitting(current_secret(), sitting_id, state.today())
    return redirect(url_for("history.show"), 303)


@blueprint.get("/delete")
def confirm_delete_everything() -> str:
    """Ask for confirmation. The page names nothing."""
    return render_template("history/delete_everything.html")


@blueprint.post("/delete")
def delete_everything() -> Response:
    """Delete everything behind the link. The response is the same if it was already deleted."""
    if request.form.get("confirm") != "yes":
        return redirect(url_for("history.confirm_delete_everything"), 303)
    state = app_state()
    state.storage.delete_journey(current_secret(), state.today())
    close_journey()
    return redirect(url_for("information.deleted"), 303)
