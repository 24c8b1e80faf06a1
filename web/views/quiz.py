"""Answering: the pages with questions, those between them, a look at all answers, and the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from engine.content.placeholders import placeholder_filler
from web.forms import (
    Earlier,
    PageSpec,
    Stop,
    interstitial_view,
    previous_stop,
    question_page_view,
    read_page,
    review_view,
    still_seen,
    stop_named,
)
from web.forms.paging import KEEP, OFFER
from web.forms.progress import CHECK, PLAN, SittingProgress
from web.http.error_pages import require_journey
from web.http.session import is_kept as kept_here
from web.http.session import keep_on_device
from web.http.state import app_state, content_state
from web.journeys.history import last_time
from web.journeys.sitting import Merged, Sitting, SubmittedPage, answer, see
from web.views.request import link_context, taken

blueprint: Final = Blueprint("quiz", __name__)
blueprint.before_request(require_journey)
ASIDE: Final = ("back", "later")
"""Buttons that save a page as it is, and lead elsewhere than on."""
LISTED: Final = "listed"
"""In the cookie: items of a page from another tab that took the place of other answers, until that was told."""
LATER: Final = "later"
LOOKED_AT: Final = ("GET", "HEAD", "OPTIONS")
TEMPLATES: Final = {
    "before": "quiz/before_section.html",
    "notice": "quiz/notice.html",
    "offer": "quiz/offer.html",
    "keep": "quiz/keep_link.html",
}


def _sent(number: int) -> SittingProgress:
    """The sitting that a form was sent for: a form of another sitting is refused, so that nothing gets mixed up."""
    taking = taken(number)
    if request.form.get("sitting", taking.sitting.id) != taking.sitting.id:
        abort(400)
    return taking


def _to(number: int, name: str) -> Response:
    """Go to a page; who came from the look at all answers, or from the plan, comes back to it."""
    back: dict[str, Any] = {"back": _back()} if name != CHECK and _back() else {}
    return redirect(url_for("quiz.show", number=number, name=name, **back), 303)


def _back() -> str | None:
    """Where a page with questions was come to from, and leads back to."""
    return next((place for place in (CHECK, PLAN) if place == request.values.get("back")), None)


@blueprint.get("/quiz/<int:number>")
def resume(number: int) -> Response:
    """Where it goes on."""
    return _to(number, taken(number).after())


@blueprint.get("/quiz/<int:number>/<name>")
def show(number: int, name: str) -> Response | str:
    """A page, with questions or without."""
    taking = taken(number)
    stop = stop_named(taking.stops, name)
    if stop is not None:
        return _questions(taking, stop.page) if stop.page is not None else _between(taking, stop)
    if name not in taking.pages and name not in taking.between:
        abort(404)
    return _to(number, taking.after(name))


def _questions(taking: SittingProgress, page: PageSpec) -> str:
    return render_template(
        "quiz/question.html",
        view=question_page_view(taking.pack, taking.form, taking.sitting, page, taking.as_of),
        n=taking.sitting.number,
        sitting_id=taking.sitting.id,
        revision=taking.sitting.revision,
        listed=_listed(taking),
        back=_back(),
    )


def _between(taking: SittingProgress, stop: Stop) -> str:
    return render_template(
        TEMPLATES[stop.kind],
        view=interstitial_view(taking.pack, taking.form, taking.sitting, stop, taking.as_of),
        n=taking.sitting.number,
        sitting_id=taking.sitting.id,
        **(link_context(first=True) if stop.kind == "keep" else {}),
    )


def _listed(taking: SittingProgress) -> tuple[str, ...]:
    """Questions whose answers took the place of others, told once; sensitive ones are never named."""
    names = session.pop(LISTED) if LISTED in session else ()
    say = placeholder_filler(taking.pack.content.voice, taking.sitting.answers).say
    return tuple(say(taking.pack.items[name].text) for name in names if name in taking.form.asked)


@blueprint.post("/quiz/<int:number>/<name>")
def take(number: int, name: str) -> Response:
    """A page comes in; it is on the disk before the answer goes out."""
    taking = _sent(number)
    if (page := taking.pages.get(name)) is not None:
        return _answers(taking, page)
    if name not in taking.between:
        raise MethodNotAllowed(LOOKED_AT) if name in {CHECK, LATER} else NotFound
    stop = stop_named(taking.stops, name)
    if stop is None:
        return _to(number, taking.after(name))
    if name == OFFER and request.form.get("choice") == "plan":
        return _end(taking)
    if name == KEEP and "keep" in request.form:
        keep_on_device(request.form["keep"] == "yes")
    kept = app_state().journeys.change(taking.secret, taking.sitting.id, lambda sitting: see(sitting, stop.mark))
    return _to(number, taking.with_sitting(kept).after(name))


def _answers(taking: SittingProgress, page: PageSpec) -> Response:
    then = request.form.get("then")
    sent = read_page(page, taking.form, request.form.to_dict(flat=False)).as_page(_revision(taking.sitting))
    merged = Merged({})

    def work(sitting: Sitting) -> Sitting:
        nonlocal merged
        after, merged = answer(sitting, _put_aside(sitting, sent) if then in ASIDE else sent)
        return still_seen(taking.pack, taking.form, after, taking.as_of)

    kept = app_state().journeys.change(taking.secret, taking.sitting.id, work)
    if named := [name for name in merged.listed if name not in taking.pack.sensitive]:
        session[LISTED] = named
    taking = taking.with_sitting(kept)
    if then == "later":
        return redirect(url_for("quiz.later", number=kept.number), 303)
    if then is None and _back() == PLAN and kept.finished is not None:
        return _amended(taking, page.name)
    before = previous_stop(taking.stops, page.name) if then == "back" else None
    return _to(kept.number, before.name if before else taking.after(page.name))


def _amended(taking: SittingProgress, name: str) -> Response:
    """One answer was changed from the plan, which is made anew at once, unless something has to be said first."""
    stop = stop_named(taking.stops, name)
    if stop is not None and not stop.done:
        return _to(taking.sitting.number, name)
    before = taking.sitting.finished
    kept = app_state().journeys.change(taking.secret, taking.sitting.id, taking.finished)
    if kept.state == "finished" and not kept.typed:
        moved = int(kept.finished != before)
        return redirect(url_for("plan.show", number=kept.number, moved=moved, _anchor="said"), 303)
    return _to(kept.number, taking.with_sitting(kept).wanted)


def _put_aside(sitting: Sitting, sent: SubmittedPage) -> SubmittedPage:
    """A page that somebody leaves unfinished: what is blank on it was not left open, and is asked again."""
    known = sitting.asked | sitting.answers.keys() | sent.submitted.keys()
    typed = {item: texts for item, texts in sent.typed.items() if texts}
    return replace(sent, asked=[name for name in sent.asked if name in known], typed=typed)


def _revision(sitting: Sitting) -> int:
    """The revision a page was shown at. What was tampered with counts as old, so that its blanks take nothing away."""
    text = request.form.get("revision", "")
    shown = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return shown if shown <= sitting.revision else 0


@blueprint.get("/quiz/<int:number>/later")
def later(number: int) -> str:
    """Stop here: the link and the words that lead back."""
    taken(number)
    return render_template("quiz/later.html", n=number, **link_context())


@blueprint.get("/quiz/<int:number>/check")
def review(number: int) -> str:
    """All answers, before the plan is made."""
    taking = taken(number)
    versions = content_state().versions
    last = last_time(versions, taking.journey, taking.sitting)
    earlier = Earlier(versions.pack_of(last.content), version.answers) if last and (version := last.finished) else None
    return render_template(
        "quiz/review.html",
        view=review_view(taking.pack, taking.form, taking.sitting, taking.as_of, earlier),
        n=number,
        sitting_id=taking.sitting.id,
        listed=_listed(taking),
        last_on=last and last.taken_on,
    )


@blueprint.post("/quiz/<int:number>/finish")
def finish(number: int) -> Response:
    """Make the plan of these answers."""
    return _end(_sent(number))


def _end(taking: SittingProgress) -> Response:
    kept = app_state().journeys.change(taking.secret, taking.sitting.id, taking.finished)
    if kept.state == "finished" and not kept.typed:
        if kept_here():
            keep_on_device(on=True, days=False)
        return redirect(url_for("plan.show", number=kept.number), 303)
    return _to(kept.number, taking.with_sitting(kept).after())
