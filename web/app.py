"""The application factory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import TYPE_CHECKING, Final

from flask import Flask, request
from jinja2 import StrictUndefined

from engine.rendering.bytecode import template_cache
from engine.rendering.render import lighten
from web.app_state import AppState, LoadedContent, load_content
from web.clock import Clock
from web.crypto.server_key import server_key
from web.http import error_pages, layout, logs, rates, security, session
from web.http.state import STATE_KEY
from web.server import health
from web.server.startup import open_migrated
from web.settings import Settings
from web.storage import Storage
from web.storage.databases.deadline import PAGE_SECONDS, deadline_in
from web.views import comparison, downloads, history, home, information, plan, private_link, quiz

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TEMPLATES: Final = Path(__file__).parent / "views" / "templates"


class App(Flask):
    """A Flask application with a deadline for the storage calls of each request.

    The log of an error contains the route, the type of the error and the stack, but no address, message or value.
    """

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with deadline_in(PAGE_SECONDS):
            return super().wsgi_app(environ, start_response)

    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> None:
        error_type, _, trace = exc_info
        frames = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in extract_tb(trace)]
        route = request.url_rule.rule if request.url_rule else "no route"
        error_name = error_type.__qualname__ if error_type else "nothing"
        self.logger.error("%s at %s %s: %s", error_name, request.method, route, " > ".join(frames[-8:]))


def create_app(
    settings: Settings,
    *,
    storage: Storage | None = None,
    clock: Clock | None = None,
    content: LoadedContent | None = None,
) -> Flask:
    """Create the application of one process.

    Args:
        storage: an open storage; by default the database of the settings is opened and migrated.
        clock: the clock; by default the system clock in the time zone of the settings.
        content: loaded content; by default the content of the settings is loaded.

    Raises:
        ContentError: the content has problems.
        SettingsError: the settings do not fit the content.
        StorageError: the database cannot be opened.
        KeyFileError: the file of the server key is not valid.
        OSError: a file cannot be read or written.
    """
    loaded = content or load_content(settings)
    key = server_key(settings.data_dir, settings.server_key)
    storage = storage or open_migrated(settings.data_dir, settings.database_url, threads=settings.threads)
    metrics = None
    if settings.metrics != "off":
        from web.server.metrics import Metrics  # most installations do not need prometheus_client

        metrics = Metrics()
    state = AppState(settings, loaded, storage, clock or Clock(settings.zone), key, metrics)
    app = App("web", static_folder=None, template_folder=str(TEMPLATES))
    app.logger.addFilter(logs.RedactingFilter())
    app.jinja_env.undefined = StrictUndefined
    lighten(app.jinja_env)
    app.jinja_env.bytecode_cache = template_cache(__file__, "web")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions[STATE_KEY] = state
    session.init_app(app, state)
    logs.init_app(app, behind_proxy=settings.proxy_hops > 0)
    security.init_app(app, state)
    rates.init_app(app, state)
    layout.init_app(app)
    error_pages.init_app(app)
    register_views(app)
    health.init_app(app, state, metrics)
    return app


def register_views(app: Flask) -> None:
    """Register the blueprints of all pages."""
    for view in (home, information, private_link, quiz, plan, downloads, history, comparison):
        app.register_blueprint(view.blueprint)
