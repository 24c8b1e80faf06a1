"""The first page, the example, the start, a link or twelve words, the page for young people, and the quick exit."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine.rendering.render import phrase
from web.crypto.private_link import LinkError, Secret
from web.http.person_day import person_day
from web.http.security import limiter, mark_secret_shown, opening_limit
from web.http.session import close_journey, is_kept, is_locked, open_journey, secret_of_open_journey, unlock
from web.http.state import app_state, content_state
from web.journeys.history import History
from web.journeys.journey import Journey
from web.views.request import help_context, html_of, opened_history

blueprint: Final = Blueprint("home", __name__)
LONGEST_CODE: Final = 64
LINK_FAULTS: Final = frozenset(
    {"malformed", "word_count", "unknown_word", "checksum", "empty", "closed", "locked", "other"}
)


@blueprint.get("/")
def landing() -> str:
    """What this is: the same for everyone, but for devices that keep their place. Those can go on from here."""
    kept = secret_of_open_journey() is not None and is_kept()
    return render_template(
        "home/landing.html",
        front=content_state().front_page_view,
        emphasis=partial(phrase, "emphasis"),
        kept=kept,
        journey_open=kept,
    )


@blueprint.get("/example")
def example() -> str:
    """The plan of an invented person. It reads no cookie and sets none."""
    front = content_state().front_page_view
    if front.report is None:
        abort(404)
    return render_template("home/example.html", front=front, fragment=html_of(front.report))


@blueprint.get("/start")
def ask_age() -> str:
    """The last page before the questions: how old a person is, or whether to leave the plan that is open here."""
    already = request.args.get("open") == "1" and secret_of_open_journey() is not None
    return render_template("home/start.html", front=content_state().front_page_view, already=already)


@blueprint.post("/start")
@limiter.limit(lambda: app_state().settings.start_limit)
def start() -> AnyResponse:
    """Begin a journey: nothing is stored before. A journey that is open here is only replaced on request."""
    adult, current = request.form.get("adult"), secret_of_open_journey()
    state, content = app_state(), content_state()
    if content.front_page.page.age is not None and adult != "yes":
        return redirect(url_for("home.under_18" if adult == "no" else "home.ask_age"), 303)
    if current is not None and request.form.get("another") != "yes":
        journey = state.load_journey(current)
        if journey is not None:
            url = _continue_url(journey) if _is_untouched(journey) else url_for("home.ask_age", open="1")
            return redirect(url, 303)
    secret, questionnaire = Secret.mint(content.avoided_words), content.questionnaire
    state.journeys.start(secret, questionnaire, content.snapshot_for(questionnaire), state.today(), person_day())
    open_journey(secret, shown=False)
    return redirect(url_for("quiz.resume", number=1), 303)


@blueprint.get("/young")
def under_18() -> str:
    """Help lines for people who are too young, if the content asks for the age. Nothing is stored."""
    front = content_state().front_page_view
    if front.page.age is None:
        abort(404)
    return render_template("home/under_18.html", front=front, **help_context(front.page.age.young.help))


@blueprint.get("/have")
def link_form() -> str:
    """The form for a link or twelve words."""
    fault, count = request.args.get("e"), request.args.get("count", "")
    positions = [int(part[:4]) for part in request.args.get("positions", "").split(".") if _is_number(part)]
    return render_template(
        "home/enter_link.html",
        error=fault if fault in LINK_FAULTS else None,
        positions=positions[:12],
        count=int(count[:4]) if _is_number(count) else 0,
        other=secret_of_open_journey() is not None and (fault == "other" or not is_locked()),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


@blueprint.post("/have")
@opening_limit
def enter_link() -> AnyResponse:
    """Open the journey of a typed link or typed words. A fault is shown without repeating what was typed."""
    text = request.form.get("text", "")
    if not text.strip():
        return redirect(url_for("home.link_form", e="empty"), 303)
    try:
        secret = Secret.read(text)
    except LinkError as fault:
        positions = ".".join(map(str, fault.positions))
        return redirect(url_for("home.link_form", e=fault.code, positions=positions, count=fault.count), 303)
    return _open_or_ask(secret, url_for("home.link_form", e="other"))


@blueprint.get("/open/<code>")
def link_page(code: str) -> AnyResponse:
    """A private link was followed: show one button and look nothing up, as chat programs follow links as well."""
    try:
        secret = Secret.of_code(code[:LONGEST_CODE])
    except LinkError:
        return redirect(url_for("home.link_form", e="malformed"), 303)
    mark_secret_shown()
    current = secret_of_open_journey()
    page = render_template("home/open_link.html", code=secret.code, other=current is not None and current != secret)
    return AnyResponse(page, mimetype="text/html", headers={"Referrer-Policy": "no-referrer"})


@blueprint.post("/open")
@opening_limit
def open_link() -> AnyResponse:
    """The button was pressed: exchange the link for a cookie."""
    try:
        secret = Secret.of_code(request.form.get("code", "")[:LONGEST_CODE])
    except LinkError:
        return redirect(url_for("home.link_form", e="malformed"), 303)
    return _open_or_ask(secret, url_for("home.link_page", code=secret.code))


@blueprint.get("/continue")
def resume() -> AnyResponse:
    """Go on where the person stopped."""
    if secret_of_open_journey() is None:
        return redirect(url_for("home.link_form", e="closed"), 303)
    return redirect(_continue_url(opened_history().journey), 303)


@blueprint.get("/exit")
def leave_at_once() -> AnyResponse:
    """Forget this device and go to an everyday page. It is a plain link, so that it works without a script."""
    close_journey()
    response = redirect(app_state().settings.exit_url, 303)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def _continue_url(journey: Journey) -> str:
    """Where a person goes on: at the newest plan, and before there is one, at the next question."""
    if (full := History(journey, content_state().content_versions).newest_full) is not None:
        return url_for("plan.show", number=full.number)
    if journey.sittings:
        return url_for("quiz.resume", number=journey.sittings[-1].number)
    return url_for("history.show")


def _open_or_ask(secret: Secret, url_to_ask: str) -> AnyResponse:
    """Open a journey, unless another one is open and was not allowed to be closed."""
    if app_state().load_journey(secret) is None:
        return redirect(url_for("information.lost"), 303)
    current = secret_of_open_journey()
    if current == secret:
        unlock()
        return redirect(url_for("home.resume"), 303)
    if current is not None and request.form.get("replace") != "yes":
        return redirect(url_to_ask, 303)
    open_journey(secret)
    return redirect(url_for("home.resume"), 303)


def _is_untouched(journey: Journey) -> bool:
    """Whether it was only just begun: a double click on "Start" begins once."""
    return len(journey.sittings) == 1 and not (journey.sittings[0].asked or journey.sittings[0].seen)
