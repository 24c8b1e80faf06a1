"""The first page, the example, the start, the link form, the page for young people, and Exit."""

from __future__ import annotations

from functools import partial
from typing import Final, get_args

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine.rendering.render import phrase
from web.crypto.private_link import Fault, LinkError, Secret
from web.http.error_pages import (
    DEAD,
    ask_for_press,
    cookie_is_kept,
    no_cookie_page,
    page_of_link,
    query_of_address,
    url_for_fault,
)
from web.http.opening import find_secret, read_address
from web.http.person_day import person_day
from web.http.rates import extra_press, flood_limit, note
from web.http.security import csrf, limiter, mark_secret_shown
from web.http.session import close_journey, is_kept, is_locked, open_journey, secret_of_open_journey, unlock
from web.http.state import app_state, content_state
from web.journeys.history import History
from web.journeys.journey import Journey
from web.views.request import help_context, html_of, opened_history

blueprint: Final = Blueprint("home", __name__)
LINK_FAULTS: Final = frozenset({*get_args(Fault), "empty", "closed", "locked", "other", "not_made"})
MOST_POSITIONS: Final = 30
"""The parameter with the fault of a code."""


@blueprint.get("/")
def landing() -> str:
    """The first page, identical for everyone except devices that keep their place, which can continue."""
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
    """The example plan. Reads and sets no cookie."""
    front = content_state().front_page_view
    if front.report is None:
        abort(404)
    return render_template("home/example.html", front=front, fragment=html_of(front.report))


@blueprint.get("/start")
def ask_age() -> str:
    """The page before the questions: it asks for the age, or whether to leave the plan that is open."""
    if not cookie_is_kept():
        return no_cookie_page(url_for("home.ask_age"))
    already = request.args.get("open") == "1" and secret_of_open_journey() is not None
    ended = request.args.get("e") == "ended"
    return render_template("home/start.html", front=content_state().front_page_view, already=already, ended=ended)


@blueprint.post("/start")
@limiter.limit(flood_limit)
@extra_press("start", ask_for_press)
def start() -> AnyResponse:
    """Begin a journey; nothing is stored before. An open journey is replaced only on request."""
    adult, current = request.form.get("adult"), secret_of_open_journey()
    state, content = app_state(), content_state()
    if content.front_page.page.age is not None and adult != "yes":
        return redirect(url_for("home.under_18" if adult == "no" else "home.ask_age"), 303)
    if current is not None and request.form.get("another") != "yes":
        journey = state.load_journey(current)
        if journey is not None:
            url = _continue_url(journey) if _is_untouched(journey) else url_for("home.ask_age", open="1")
            return redirect(url, 303)
    note("start")
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
        positions=positions[:MOST_POSITIONS],
        count=int(count[:4]) if _is_number(count) else 0,
        other=secret_of_open_journey() is not None and (fault == "other" or not is_locked()),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


@blueprint.post("/have")
@extra_press("open", ask_for_press)
def enter_link() -> AnyResponse:
    """Open the journey of an entered link or words. A fault is shown without repeating the input."""
    text = request.form.get("text", "")
    if not text.strip():
        return redirect(url_for("home.link_form", e="empty"), 303)
    return _open_or_ask(text, url_for("home.link_form", e="other"))


@blueprint.get("/open/<code>")
@blueprint.get("/open/<path:code>")
def link_page(code: str) -> AnyResponse:
    """The page of a followed link: one button, and no lookup, because chat programs follow links too.

    Text around the code in the URL is ignored. The query is searched only if the path has no code.
    """
    reading = read_address(f"/open/{code}", query_of_address())
    if not reading.secrets:
        return redirect(url_for_fault(reading.fault), 303)
    mark_secret_shown()
    codes = " ".join(secret.code for secret in reading.secrets)
    if not cookie_is_kept():
        return AnyResponse(no_cookie_page(url_for("home.link_page", code=codes)), mimetype="text/html")
    current = secret_of_open_journey()
    other = current is not None and current not in reading.secrets
    page = render_template("home/open_link.html", code=codes, other=other)
    return AnyResponse(page, mimetype="text/html", headers={"Referrer-Policy": "no-referrer"})


@blueprint.post("/open")
@extra_press("open", ask_for_press)
def open_link() -> AnyResponse:
    """Exchange the link for a cookie after the button was pressed."""
    text = request.form.get("code", "")
    return _open_or_ask(text, page_of_link(text))


@blueprint.get("/continue")
def resume() -> AnyResponse:
    """Continue where the person stopped."""
    if secret_of_open_journey() is None:
        return redirect(url_for("home.link_form", e="closed"), 303)
    return redirect(_continue_url(opened_history().journey), 303)


@blueprint.route("/exit", methods=["GET", "POST"])
def leave_at_once() -> AnyResponse:
    """Exit: forget this device and go to an everyday page, if this person requests it.

    The button on every page is a form without a token and without a script; forms of other sites were refused
    before. The URL alone works if the browser says that a page of this site leads there. Prefetching, images and
    links of other sites change nothing and get a page with the button.
    """
    url = app_state().settings.exit_url
    if request.method == "POST":
        # No redirect: the form-action policy would have to list the other site and its redirect targets.
        response = AnyResponse(render_template("home/left.html", url=url), mimetype="text/html")
        response.headers["Refresh"] = f"0; url={url}"
    elif _is_own_navigation():
        response = redirect(url, 303)
    else:
        unsaid = "Sec-Fetch-Mode" not in request.headers
        return AnyResponse(render_template("home/leave.html", at_once=unsaid), mimetype="text/html")
    close_journey()
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


csrf.exempt(leave_at_once)


def _is_own_navigation() -> bool:
    """Whether the browser says that a person navigated here from a page of this site.

    See https://www.w3.org/TR/fetch-metadata/; ``Sec-Purpose`` marks prefetching.
    """
    headers = request.headers
    expected = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document"}
    ahead = any(name in headers for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    return request.method == "GET" and not ahead and all(headers.get(name) == expected[name] for name in expected)


def _continue_url(journey: Journey) -> str:
    """The URL to continue at: the newest plan or, before there is one, the next question."""
    if (full := History(journey, content_state().content_versions).newest_full) is not None:
        return url_for("plan.show", number=full.number)
    if journey.sittings:
        return url_for("quiz.resume", number=journey.sittings[-1].number)
    return url_for("history.show")


def _open_or_ask(text: str, url_to_ask: str) -> AnyResponse:
    """Open the journey of a text, unless another one is open and may not be closed."""
    try:
        secret = find_secret(text)
    except LinkError as fault:
        if fault.code not in DEAD:
            return redirect(url_for_fault(fault), 303)
        note("open")
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
    """Whether it was only just begun, so that a double click on "Start" begins once."""
    return len(journey.sittings) == 1 and not (journey.sittings[0].asked or journey.sittings[0].seen)
