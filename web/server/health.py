"""For those who watch the site: is it alive, is it ready, how much it does. Nothing here knows of a person.

``/metrics`` counts requests, time, errors and sittings, all without a word about what anybody answered or was advised.
"""

from __future__ import annotations

import hmac
import time
from typing import Final

from flask import Blueprint, Flask, Response, abort, g, jsonify, request

from web.app_state import Site
from web.http import logs
from web.http.session import current
from web.server.readiness import Readiness
from web.settings import Settings, is_loopback

watching: Final = Blueprint("watching", __name__)
UNWATCHED: Final = frozenset({"watching.alive", "watching.ready", "watching.metrics"})
"""Endpoints that are answered under any host name and not counted: balancers and watchers ask by addresses."""
PROXIED: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"


def provide(app: Flask, site: Site) -> None:
    """Count what is answered, and answer who watches."""
    app.extensions["heartwork.readiness"] = Readiness(site)
    app.register_blueprint(watching)
    if site.metrics is None:
        return
    metrics = site.metrics

    def end(response: Response) -> Response:
        if request.endpoint not in UNWATCHED:
            metrics.answered(logs.method(), logs.route(), response.status_code, time.perf_counter() - g.began)
        return response

    app.after_request(end)


@watching.get("/healthz")
def alive() -> Response:
    """Whether the process answers. It asks nothing of the database: restarting would not mend that."""
    return Response("ok\n", mimetype="text/plain")


@watching.get("/readyz")
def ready() -> tuple[Response, int]:
    """Whether people can be sent here."""
    from flask import current_app

    readiness: Readiness = current_app.extensions["heartwork.readiness"]
    found = readiness.look()
    return jsonify(found), 200 if set(found.values()) == {"ok"} else 503


@watching.get("/metrics")
def metrics() -> Response:
    """Numbers for Prometheus, for those who may have them; for others there is no such page."""
    site = current()
    if site.metrics is None or not _may_watch(site.settings):
        abort(404)
    return Response(site.metrics.text(), content_type=TEXT)


def _may_watch(settings: Settings) -> bool:
    if settings.metrics == "token":
        given = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {settings.metrics_token}".encode())
    # Who comes over a proxy comes from this machine as well, but the proxy says so, or passes on the name people use.
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    proxied = any(one in request.headers for one in PROXIED)
    return not proxied and is_loopback(request.remote_addr or "") and is_loopback(name)
