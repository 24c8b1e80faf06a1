"""Pages that are the same for everybody: help, privacy, accessibility, a lost link; and the files they are made of."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, abort, render_template, request

from web.http import static_files as assets
from web.http.state import app_state
from web.views.help import help_context

pages: Final = Blueprint("pages", __name__)
FOR_GOOD: Final = "public, max-age=31536000, immutable"
A_DAY: Final = "public, max-age=86400"
ROBOTS: Final = (
    "User-agent: *\nDisallow: /open/\nDisallow: /quiz/\nDisallow: /plan/\nDisallow: /link\nDisallow: /have\n"
)


@pages.get("/help")
def help() -> str:  # noqa: A001 - it is the page of this name
    """Help lines by country. It reads no cookie and sets none."""
    return render_template("information/help.html", **help_context())


@pages.get("/privacy")
def privacy() -> str:
    """What is kept, where, for how long, and who answers for it."""
    settings = app_state().settings
    return render_template("information/privacy.html", draft_days=settings.draft_days, idle_days=settings.idle_days)


@pages.get("/accessibility")
def accessibility() -> str:
    """What was tried, and what is missing: docs/accessibility.md in a few words."""
    return render_template("information/accessibility.html")


@pages.get("/lost")
def lost() -> str:
    """A link that leads nowhere. The page is the same whether it ever did."""
    return render_template("information/lost.html")


@pages.get("/static/<name>")
def asset(name: str) -> Response:
    """Style, script and icon, which may stay on a device for good: other bytes have another name."""
    found = assets.by_address().get(name)
    if found is None:
        abort(404)
    return _sent(found, FOR_GOOD)


@pages.get("/favicon.ico")
def favicon() -> Response:
    """The icon for browsers that ask without being told."""
    found = assets.assets()
    icon = found.get("favicon.ico") or found.get("icon.svg")
    if icon is None:
        return Response(status=204)
    return _sent(icon, A_DAY)


@pages.get("/robots.txt")
def robots() -> Response:
    """What search engines had better leave alone; private pages say so themselves."""
    return Response(ROBOTS, mimetype="text/plain", headers={"Cache-Control": A_DAY})


def _sent(found: assets.Asset, caching: str) -> Response:
    small = found.small if request.accept_encodings["gzip"] > 0 else None
    response = Response(small or found.body, content_type=found.type, headers={"Cache-Control": caching})
    if found.small is not None:
        response.vary.add("Accept-Encoding")
    if small is not None:
        response.headers["Content-Encoding"] = "gzip"
    return response
