"""The context of every page's layout that does not come from its view."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from flask import Flask, request, url_for

from engine.rendering.render import headings, symbols
from web.http import static_files
from web.http.session import is_locked, secret_of_open_journey
from web.http.state import app_state, content_state

ANONYMOUS_ENDPOINTS: Final = frozenset(
    {
        "information.help",
        "information.privacy",
        "information.accessibility",
        "information.lost",
        "home.example",
        "home.under_18",
        "home.leave_at_once",
    }
)
"""Pages that are identical for everyone and read no cookie."""


SHOWN_SETTINGS: Final = ("operator_name", "operator_contact", "draft_days", "idle_days")


def init_app(app: Flask) -> None:
    """Provide templates with the site, the URLs of style and scripts, and whether a journey is open."""
    app.context_processor(_layout_context)
    app.jinja_env.globals["url_for"] = template_url


def _layout_context() -> dict[str, Any]:
    settings = app_state().settings
    return {
        "site": {name: getattr(settings, name) for name in SHOWN_SETTINGS},
        "journey_open": has_open_journey(),
        "locked": has_locked_journey(),
        "asset_url": asset_url,
        "neutral_name": content_state().front_page.page.neutral_name or headings()["plan"],
        "symbols": symbols(),
    }


def template_url(endpoint: str, **values: Any) -> str:
    """Flask's ``url_for`` for templates. URLs without values are cached, because every page has ten of them."""
    return url_for(endpoint, **values) if values else _fixed_url(request.root_path, endpoint)


def asset_url(name: str) -> str:
    """The URL of a style sheet, a script or an icon."""
    return _asset_url(request.root_path, name)


@lru_cache(maxsize=256)
def _fixed_url(_root_path: str, endpoint: str) -> str:
    return url_for(endpoint)


@lru_cache(maxsize=64)
def _asset_url(_root_path: str, name: str) -> str:
    return url_for("information.asset", name=static_files.assets()[name].name)


def has_open_journey() -> bool:
    """Whether a journey is open on this device, as far as this page may know."""
    return _may_know_journey() and secret_of_open_journey() is not None and not is_locked()


def has_locked_journey() -> bool:
    """Whether a locked journey is open here."""
    return _may_know_journey() and is_locked()


def _may_know_journey() -> bool:
    return request.endpoint not in {None, *ANONYMOUS_ENDPOINTS}


def base_url() -> str:
    """The public URL of the site, without a trailing slash."""
    return app_state().settings.base_url or request.host_url.rstrip("/")
