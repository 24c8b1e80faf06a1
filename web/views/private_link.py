"""The private link in a person's hands: shown, as a picture, made anew; and their place kept on this device."""

from __future__ import annotations

import io
import re
from typing import Any, Final

import segno
from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from web.crypto.private_link import LinkError, Secret
from web.http.error_pages import require_journey
from web.http.layout import own_address
from web.http.security import shows_secret
from web.http.session import keep, kept, move_journey, opened
from web.http.state import app_state
from web.storage import Missing

keeping: Final = Blueprint("keeping", __name__)
keeping.before_request(require_journey)
_WAY_BACK: Final = re.compile(
    r"/(?:(?:quiz|plan)/\d{1,6}(?:/[a-z0-9_-]{1,64})?|compare/\d{1,6}/\d{1,6}|plans|timeline|link|continue)?"
)


@keeping.get("/link")
def link() -> str:
    """The link and its words, the words first."""
    return render_template("private_link/link.html", **link_context())


@keeping.get("/link/qr.svg")
def picture() -> Response:
    """The link as a QR code, drawn here, without a style."""
    drawn = io.BytesIO()
    segno.make(link_of(here()), error="m", micro=False).save(
        drawn, kind="svg", scale=6, border=4, dark="#000", light="#fff", xmldecl=False, svgclass=None, lineclass=None
    )
    shows_secret()
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


@keeping.get("/link/new")
def new_link() -> str:
    """A new link, which is shown before the old one dies. Nothing has changed yet."""
    new = Secret.mint()
    shows_secret()
    sealed = app_state().new_links.seal({"old": here().code, "new": new.code})
    return render_template("private_link/new_link.html", new_url=link_of(new), new_words=new.words, sealed=sealed)


@keeping.post("/link/new")
def new_link_taken() -> AnyResponse:
    """The person has the new link in hand: from now on it is the only one. It may be sent twice."""
    state, old = app_state(), here()
    sealed = state.new_links.unseal(request.form.get("sealed", "")) or {}
    try:
        before, new = Secret.of_code(str(sealed.get("old"))), Secret.of_code(str(sealed.get("new")))
    except LinkError:
        return redirect("/link/new", 303)
    if old == new:
        return redirect("/link", 303)
    if old != before or request.form.get("confirm") != "yes":
        return redirect("/link/new", 303)
    state.journeys.replace_link(old, new, state.today())
    move_journey(new)
    return redirect("/link", 303)


@keeping.post("/keep")
def keep_place() -> AnyResponse:
    """The person's choice for this device. Seven days are for a draft; a plan stays until the browser is closed."""
    state = app_state()
    journey = state.journeys.load(here(), state.today())
    if journey is None:
        raise Missing
    keep(request.form.get("keep") == "yes", days=any(one.finished is None for one in journey.sittings))
    return redirect(way_back(request.form.get("next", "")), 303)


def link_context(*, first: bool = False) -> dict[str, Any]:
    """What a page that shows the private link needs; it says that the response holds a secret.

    Args:
        first: whether it is shown for the first time, at the first save.
    """
    shows_secret()
    secret = here()
    return {
        "url": link_of(secret),
        "words": secret.words,
        "first": first,
        "next_url": way_back(request.args.get("next", "")),
        "kept_here": kept(),
    }


def link_of(secret: Secret) -> str:
    """The private link as people pass it on."""
    return f"{own_address()}/open/{secret.code}"


def here() -> Secret:
    """The journey that is open; a view of a private room always has one."""
    secret = opened()
    if secret is None:
        raise Missing
    return secret


def way_back(path: str) -> str:
    """A path of a page of this site that somebody wants to go on to, or else where they stopped."""
    return path if path and _WAY_BACK.fullmatch(path) else "/continue"
