"""Public pages: help, privacy, accessibility, a lost link, the end; and static files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, abort, render_template, request

from web.http import static_files
from web.views.request import help_context

blueprint: Final = Blueprint("information", __name__)
CACHE_FOR_GOOD: Final = "public, max-age=31536000, immutable"
CACHE_A_DAY: Final = "public, max-age=86400"
ROBOTS: Final = (
    "User-agent: *\nDisallow: /open/\nDisallow: /quiz/\nDisallow: /plan/\nDisallow: /link\nDisallow: /have\n"
)


@blueprint.get("/help")
def help() -> str:  # noqa: A001 - it is the page of this name
    """Help lines by country. Reads and sets no cookie."""
    return render_template("information/help.html", **help_context())


def _page(name: str) -> Callable[[], str]:
    """The view of a page that is identical for everyone."""
    return lambda: render_template(f"information/{name}.html")


for name in ("privacy", "accessibility", "lost", "deleted"):
    blueprint.add_url_rule(f"/{name}", name, _page(name))


@blueprint.get("/static/<name>")
def asset(name: str) -> Response:
    """A style sheet, script or icon. Devices may cache it, because changed files have new names."""
    file = next((asset for asset in static_files.assets().values() if asset.name == name), None)
    return _send(file or abort(404), CACHE_FOR_GOOD)


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """The icon at its conventional URL."""
    return _send(static_files.assets()["icon.svg"], CACHE_A_DAY)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What search engines should skip; private pages say it in their headers too."""
    return Response(ROBOTS, mimetype="text/plain", headers={"Cache-Control": CACHE_A_DAY})


def _send(file: static_files.Asset, caching: str) -> Response:
    gzipped = file.gzipped if request.accept_encodings["gzip"] > 0 else None
    response = Response(gzipped or file.body, content_type=file.type, headers={"Cache-Control": caching})
    if file.gzipped is not None:
        response.vary.add("Accept-Encoding")
    if gzipped is not None:
        response.headers["Content-Encoding"] = "gzip"
    return response
