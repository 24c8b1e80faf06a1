"""The doors: the first page, a start, a link or words, young people, and out at once."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from web.crypto.private_link import LinkError, Secret
from web.http.security import limiter, opening_limit, shows_secret
from web.http.session import forget, kept, open_journey, opened
from web.http.state import app_state, content_state
from web.journeys.history import newest_full
from web.journeys.journey import Journey
from web.storage import Missing
from web.views.help import help_context

entry: Final = Blueprint("entry", __name__)
LONGEST_CODE: Final = 64
YOUNG_KINDS: Final = ("crisis", "young")


@entry.get("/")
def landing() -> str:
    """What this is. A plan that is open is only mentioned where the person chose to keep it, or has just asked."""
    secret = opened()
    asked = request.args.get("open") == "1" and secret is not None
    return render_template(
        "home/landing.html",
        kept=secret is not None and (kept() or asked),
        resume_url="/continue",
        already=asked,
        fix=request.args.get("fix") if request.args.get("fix") == "adult" else None,
    )


@entry.post("/start")
@limiter.limit(lambda: app_state().settings.start_limit)
def start() -> AnyResponse:
    """Begin: only now something is stored. A journey that is open here is never replaced unasked."""
    match request.form.get("adult"):
        case "yes":
            pass
        case "no":
            return redirect("/young", 303)
        case _:
            return redirect("/?fix=adult" + ("&open=1" if opened() else ""), 303)
    state = app_state()
    here = opened()
    if here is not None and request.form.get("another") != "yes":
        journey = state.journeys.load(here, state.today())
        if journey is not None:
            return redirect(place_of(journey) if _is_untouched(journey) else "/?open=1", 303)
    secret = Secret.mint()
    first = content_state().questionnaire
    state.journeys.start(secret, first, content_state().snapshot_for(first), state.today())
    open_journey(secret)
    return redirect("/quiz/1", 303)


@entry.get("/young")
def young() -> str:
    """For who is under 18: help lines, and nothing stored."""
    return render_template("home/under_18.html", **help_context(YOUNG_KINDS))


@entry.get("/have")
def have() -> str:
    """Where a link or twelve words are typed in."""
    asked = request.args
    places = [int(one) for one in asked.get("positions", "").split(".") if one.isascii() and one.isdigit()][:12]
    count = asked.get("count", "")
    return render_template(
        "home/enter_link.html",
        error=asked.get("e") if asked.get("e") in HAVE_FAULTS else None,
        positions=tuple(places),
        count=int(count[:4]) if count.isascii() and count.isdigit() else 0,
        other=opened() is not None,
    )


HAVE_FAULTS: Final = frozenset({"malformed", "word_count", "unknown_word", "checksum", "empty", "closed", "other"})


@entry.post("/have")
@opening_limit
def have_typed() -> AnyResponse:
    """A link or words were typed. What is wrong is said without repeating them."""
    text = request.form.get("text", "")
    if not text.strip():
        return redirect("/have?e=empty", 303)
    try:
        secret = Secret.read(text)
    except LinkError as fault:
        places = ".".join(map(str, fault.positions))
        return redirect(f"/have?e={fault.code}&positions={places}&count={fault.count}", 303)
    return _exchange(secret, "/have?e=other")


@entry.get("/open/<code>")
def open_link(code: str) -> AnyResponse:
    """A link was followed: one button, and nothing is looked up, as chat programs follow links as well."""
    try:
        secret = Secret.of_code(code[:LONGEST_CODE])
    except LinkError:
        return redirect("/have?e=malformed", 303)
    shows_secret()
    here = opened()
    page = render_template("home/open_link.html", code=secret.code, other=here is not None and here != secret)
    return AnyResponse(page, mimetype="text/html", headers={"Referrer-Policy": "no-referrer"})


@entry.post("/open")
@opening_limit
def open_pressed() -> AnyResponse:
    """The button was pressed: the link is exchanged for a cookie."""
    try:
        secret = Secret.of_code(request.form.get("code", "")[:LONGEST_CODE])
    except LinkError:
        return redirect("/have?e=malformed", 303)
    return _exchange(secret, f"/open/{secret.code}")


@entry.get("/continue")
def resume() -> AnyResponse:
    """To where the person stopped."""
    secret = opened()
    if secret is None:
        return redirect("/have?e=closed", 303)
    state = app_state()
    journey = state.journeys.load(secret, state.today())
    if journey is None:
        raise Missing
    return redirect(place_of(journey), 303)


@entry.get("/exit")
def leave_at_once() -> AnyResponse:
    """Forget this device and be somewhere dull. A plain link, so that it works without a script."""
    forget()
    response = redirect(app_state().settings.exit_url, 303)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def place_of(journey: Journey) -> str:
    """Where somebody goes on: at the newest plan, and before there is one, at the next question."""
    if (full := newest_full(content_state().versions, journey)) is not None:
        return f"/plan/{full.number}"
    return f"/quiz/{journey.sittings[-1].number}" if journey.sittings else "/plans"


def _exchange(secret: Secret, back: str) -> AnyResponse:
    """Open a journey, unless another one is open and nobody said that it may be closed."""
    state = app_state()
    journey = state.journeys.load(secret, state.today())
    if journey is None:
        return redirect("/lost", 303)
    here = opened()
    if here == secret:
        return redirect("/continue", 303)
    if here is not None and request.form.get("replace") != "yes":
        return redirect(back, 303)
    open_journey(secret)
    return redirect("/continue", 303)


def _is_untouched(journey: Journey) -> bool:
    """Whether it was only just begun: a double click on "Start" begins once."""
    return len(journey.sittings) == 1 and not (journey.sittings[0].asked or journey.sittings[0].seen)
