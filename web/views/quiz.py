"""Answering: question pages, pages between them, the review of all answers, and the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, abort, jsonify, make_response, redirect, render_template, request, session, url_for
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from engine.content.remarks import Notice
from web.forms.interstitial_page import interstitial_view
from web.forms.paging import KEEP_PAGE, OFFER_PAGE, PageSpec
from web.forms.parsing import read_page
from web.forms.progress import PLAN_PAGE, REVIEW_PAGE, SittingProgress
from web.forms.question_page import question_page_view
from web.forms.review_page import EarlierAnswers, review_view
from web.forms.route import Stop, drop_stale_marks, previous_stop, stop_named
from web.http.locked import may_show, with_hidden, without_hidden_blanks
from web.http.session import is_kept, is_locked, keep_on_device
from web.http.state import app_state, content_state
from web.journeys.history import History
from web.journeys.sitting import (
    MergeResult,
    Sitting,
    SubmittedPage,
    apply_changes,
    apply_page,
    comes_too_late,
    is_stale,
    mark_seen,
)
from web.views.request import link_context, notice_help_context, opened_history, question_urls, require_sitting

blueprint: Final = Blueprint("quiz", __name__)
SAVE_AND_LEAVE: Final = ("back", "later")
"""Buttons that save a page and lead elsewhere."""
REPLACED_KEY: Final = "listed"
"""The session key of items whose newer answers a stale page replaced, until they are shown."""
LATER_PAGE: Final = "later"
READ_METHODS: Final = ("GET", "HEAD", "OPTIONS")
TEMPLATES: Final = {
    "before": "quiz/before_section.html",
    "notice": "quiz/notice.html",
    "offer": "quiz/offer.html",
    "keep": "quiz/keep_link.html",
}


def _require_sent_sitting(number: int) -> SittingProgress:
    """The sitting that a form was sent for; a form of another sitting is refused."""
    progress = require_sitting(number)
    if request.form.get("sitting", progress.sitting.id) != progress.sitting.id:
        abort(400)
    return progress


def _change_sitting(progress: SittingProgress, work: Callable[[Sitting], Sitting]) -> Sitting:
    """Change the sitting that this request has read."""
    sitting = progress.sitting
    return app_state().journeys.change(progress.secret, sitting.id, work, read=sitting)


def _redirect_to(number: int, name: str) -> Response:
    """Redirect to a page, and back to the review or the plan if the person came from there."""
    back: dict[str, Any] = {"back": _return_page()} if name != REVIEW_PAGE and _return_page() else {}
    return redirect(url_for("quiz.show", number=number, name=name, **back), 303)


def _return_page() -> str | None:
    """The page from which a question page was reached, and to which it leads back."""
    return next((page for page in (REVIEW_PAGE, PLAN_PAGE) if page == request.values.get("back")), None)


@blueprint.get("/quiz/<int:number>")
def resume(number: int) -> Response:
    """The page where the questions continue."""
    return _redirect_to(number, require_sitting(number).next_page())


@blueprint.get("/quiz/<int:number>/<name>")
def show(number: int, name: str) -> Response | str:
    """Show a page, with or without questions."""
    progress = require_sitting(number)
    stop = stop_named(progress.question_stops if name in progress.pages else progress.stops, name)
    if stop is not None and is_locked() and not may_show(stop, progress.next_page()):
        return _redirect_to(number, progress.next_page())
    if stop is not None:
        return _question_page(progress, stop.page) if stop.page is not None else _interstitial_page(progress, stop)
    if name not in progress.pages and name not in progress.interstitials:
        abort(404)
    return _redirect_to(number, progress.next_page(name))


def _question_page(progress: SittingProgress, page: PageSpec) -> str:
    # For a locked journey the revision would reveal whether an answer equals the earlier one.
    sitting = replace(progress.sitting, revision=0) if is_locked() else progress.sitting
    view = question_page_view(with_hidden(progress), page)
    return render_template(
        "quiz/question.html",
        view=replace(view, saved_at_once=False) if is_locked() else view,
        sitting=sitting,
        listed=_replaced_questions(progress),
        back=_return_page(),
    )


def _interstitial_page(progress: SittingProgress, stop: Stop) -> str:
    return render_template(
        TEMPLATES[stop.kind],
        view=interstitial_view(with_hidden(progress), stop),
        page_name=stop.name,
        sitting=progress.sitting,
        **(link_context() if stop.kind == "keep" else {}),
        **(notice_help_context(_with_lines(progress, stop)) if stop.kind == "notice" else {}),
    )


def _with_lines(progress: SittingProgress, stop: Stop) -> Notice | None:
    """The first notice of a page that has help lines."""
    notices = (notice for notice in progress.pack.content.notices if notice.id in stop.notices)
    return next((notice for notice in notices if notice.with_lines), None)


def _replaced_questions(progress: SittingProgress) -> tuple[str, ...]:
    """Questions whose newer answers were replaced, shown once; sensitive ones are never named."""
    names = session.pop(REPLACED_KEY) if REPLACED_KEY in session else ()
    return tuple(progress.fill(progress.pack.items[name].text) for name in names if name in progress.form.item_ids)


@blueprint.post("/quiz/<int:number>/<name>")
def submit_page(number: int, name: str) -> Response:
    """Save a submitted page; it is on the disk before the response is sent."""
    progress = _require_sent_sitting(number)
    if (page := progress.pages.get(name)) is not None:
        return _submit_answers(progress, page)
    if name not in progress.interstitials:
        raise MethodNotAllowed(READ_METHODS) if name in {REVIEW_PAGE, LATER_PAGE} else NotFound
    stop = stop_named(progress.stops, name)
    if stop is None:
        return _redirect_to(number, progress.next_page(name))
    if name == OFFER_PAGE and request.form.get("choice") == "plan":
        return _finish_sitting(progress)
    if name == KEEP_PAGE and "keep" in request.form:
        keep_on_device(request.form["keep"] == "yes")
    changed = _change_sitting(progress, lambda sitting: mark_seen(sitting, stop.mark))
    return _redirect_to(number, progress.with_sitting(changed).next_page(name))


def _submit_answers(progress: SittingProgress, page: PageSpec) -> Response:
    button = request.form.get("then")
    fields = request.form.to_dict(flat=False)
    read = read_page(page, progress.form, fields, progress.as_of).as_submitted_page(_base_revision(progress.sitting))
    submitted = without_hidden_blanks(read)
    merged, walk = MergeResult({}), progress

    def apply(sitting: Sitting) -> Sitting:
        nonlocal merged, walk
        page_to_apply = _without_new_blanks(sitting, submitted) if button in SAVE_AND_LEAVE else submitted
        after, merged = apply_page(sitting, page_to_apply)
        walk = progress.with_sitting(after)
        return drop_stale_marks(walk)

    changed = _change_sitting(progress, apply)
    replaced = [name for name in merged.replaced if name not in progress.pack.sensitive]
    if replaced and not is_locked():
        session[REPLACED_KEY] = replaced
    progress = walk.with_sitting(changed)
    if button == "later":
        return redirect(url_for("quiz.later", number=changed.number), 303)
    if button is None and _return_page() == PLAN_PAGE and changed.finished is not None:
        return _finish_amended(progress, page.name)
    previous = previous_stop(progress.stops, page.name) if button == "back" else None
    return _redirect_to(changed.number, previous.name if previous else progress.next_page(page.name))


@blueprint.post("/quiz/<int:number>/<name>/save")
def save(number: int, name: str) -> Response:
    """Save what was changed on a page that is still open, and return the page's revision.

    It finishes nothing: a finished sitting stays as its plan says until a page's button is pressed. Saves that were
    under way at that moment are refused.
    """
    progress = _require_sent_sitting(number)
    page = progress.pages.get(name)
    if page is None or not page.is_saved_at_once(progress.pack):
        abort(404)
    fields = request.form.to_dict(flat=False)
    read = read_page(page, progress.form, fields, progress.as_of)
    submitted = read.as_submitted_page(_base_revision(progress.sitting))
    stale = refused = False

    def apply(sitting: Sitting) -> Sitting:
        nonlocal stale, refused
        stale = is_stale(sitting, submitted)
        refused = sitting.state == "finished" or comes_too_late(sitting, submitted)
        if refused:
            return sitting
        return drop_stale_marks(progress.with_sitting(apply_changes(sitting, submitted)))

    kept = _change_sitting(progress, apply)
    if refused:
        return make_response(jsonify(error="late"), 409)
    # A stale page stays stale, because it does not show what was sent elsewhere.
    return make_response(jsonify(revision=submitted.base_revision if stale else kept.revision))


def _finish_amended(progress: SittingProgress, name: str) -> Response:
    """Finish the sitting after one answer was changed from the plan, unless the person must see something first."""
    stop = stop_named(progress.stops, name)
    if stop is not None and not stop.done:
        return _redirect_to(progress.sitting.number, name)
    before = progress.sitting.finished
    changed = _change_sitting(progress, progress.finish)
    if changed.state == "finished" and not changed.typed:
        moved = int(changed.finished != before)
        return redirect(url_for("plan.show", number=changed.number, moved=moved, _anchor="said"), 303)
    return _redirect_to(changed.number, progress.with_sitting(changed).first_to_correct)


def _without_new_blanks(sitting: Sitting, sent: SubmittedPage) -> SubmittedPage:
    """The page without blanks that were left unanswered when the person stopped; these are asked again."""
    asked_before = sitting.asked | sitting.answers.keys() | sent.answers.keys()
    typed = {item: texts for item, texts in sent.typed.items() if texts}
    return replace(sent, asked=[name for name in sent.asked if name in asked_before], typed=typed)


def _base_revision(sitting: Sitting) -> int:
    """The revision at which a page was shown. A manipulated one counts as old, so that its blanks remove nothing."""
    text = request.form.get("revision", "")
    revision = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return revision if revision <= sitting.revision else 0


@blueprint.get("/quiz/<int:number>/later")
def later(number: int) -> str:
    """Stop here, and show the link and words."""
    require_sitting(number)
    if is_locked():
        return render_template("quiz/later_locked.html", n=number)
    return render_template("quiz/later.html", n=number, **link_context())


@blueprint.get("/quiz/<int:number>/check")
def review(number: int) -> str:
    """The review of all answers before the plan."""
    progress = require_sitting(number)
    content_versions = content_state().content_versions
    last_sitting = History(progress.journey, content_versions).previous(progress.sitting)
    earlier = None
    if last_sitting and (version := last_sitting.finished):
        earlier = EarlierAnswers(content_versions.pack_of(last_sitting.content_digest), version.answers)
    return render_template(
        "quiz/review.html",
        view=review_view(progress, earlier),
        page_urls=question_urls(progress, REVIEW_PAGE),
        sitting=progress.sitting,
        listed=_replaced_questions(progress),
        last_on=last_sitting and last_sitting.taken_on,
    )


@blueprint.post("/quiz/<int:number>/finish")
def finish(number: int) -> Response:
    """Finish the sitting. After a repeated questionnaire the comparison comes first."""
    progress = _require_sent_sitting(number)
    return _finish_sitting(progress, compared=progress.sitting.state != "finished")


def _finish_sitting(progress: SittingProgress, *, compared: bool = False) -> Response:
    changed = _change_sitting(progress, progress.finish)
    if changed.state == "finished" and not changed.typed:
        if is_kept():
            keep_on_device(on=True, days=False)
        earlier = opened_history().compared_unasked(changed) if compared else None
        if earlier is not None:
            return redirect(url_for("comparison.compare", before=earlier.number, after=changed.number), 303)
        return redirect(url_for("plan.show", number=changed.number), 303)
    return _redirect_to(changed.number, progress.with_sitting(changed).next_page())
