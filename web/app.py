"""The web application, put together."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

from flask import Flask, request
from jinja2 import StrictUndefined

from web.app_state import Site, load_content
from web.clock import Clock, RealClock
from web.crypto.server_key import Sealer, server_key
from web.http.session import SITE, Cookies
from web.server.startup import open_migrated
from web.settings import Settings
from web.storage import Storage

HERE: Final = Path(__file__).parent


class App(Flask):
    """A Flask whose log says where something happened and what kind of error it was: no address, message or value."""

    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> None:
        kind, _, trace = exc_info
        places = []
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        rule = request.url_rule.rule if request.url_rule else "no route"
        name = kind.__qualname__ if kind else "nothing"
        self.logger.error("%s at %s %s: %s", name, request.method, rule, " > ".join(places[-8:]))


def create_app(settings: Settings, *, storage: Storage | None = None, clock: Clock | None = None) -> Flask:
    """The application of one process.

    Args:
        storage: an open storage; without it the one in the data folder is opened.
        clock: what tells the time; without it the one on the wall, in the time zone of the settings.

    Raises:
        ContentError, SettingsError, StorageError, KeyFileError, OSError: it cannot start.
    """
    library, services, questionnaire = load_content(settings)
    key = server_key(settings.data_dir, settings.server_key)
    site = Site(
        settings=settings,
        library=library,
        services=services,
        storage=storage or open_migrated(settings.data_dir, settings.database_url, threads=settings.threads),
        clock=clock or RealClock(settings.zone),
        key=key,
        questionnaire=questionnaire,
    )
    return app_of(site)


def app_of(site: Site) -> Flask:
    """The application around what a process has in hand."""
    from web.http import error_pages, layout, logs, security
    from web.server import health
    from web.views import comparison, downloads, history, home, information, plan, private_link, quiz

    app = App("web", static_folder=None, template_folder=str(HERE / "views" / "templates"))
    app.logger.addFilter(logs.Discreet())
    app.extensions[SITE] = site
    app.session_interface = Cookies(Sealer(site.key, "cookie"), site.clock, secure=site.settings.secure)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.provide(app, behind_proxy=site.settings.proxy_hops > 0)
    security.secure(app, site)
    layout.provide(app)
    error_pages.provide(app)
    public, private = (home.entry, information.pages), (private_link.keeping, quiz.quiz, plan.plans, downloads.papers)
    for room in (*public, *private, history.returning, comparison.comparing):
        app.register_blueprint(room)
    health.provide(app, site)
    return app
