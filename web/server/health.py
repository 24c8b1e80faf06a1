"""For those who watch the site: is it alive, is it ready, how much it does. Nothing here knows of a person.

``/metrics`` counts requests, time, errors and sittings, all without a word about what anybody answered or was advised.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, request

from engine.assessment.pipeline import assess
from engine.assessment.rules_engine.durable import total_counters
from web.app_state import AppState
from web.http import logs
from web.http.state import app_state
from web.settings import Settings, is_loopback
from web.storage.migrations import current_revision, head_revision

if TYPE_CHECKING:
    from web.server.metrics import Metrics

blueprint: Final = Blueprint("health", __name__)
UNCOUNTED_ENDPOINTS: Final = frozenset({"health.alive", "health.ready", "health.metrics"})
"""Endpoints that are answered under any host name and not counted: balancers and watchers ask by addresses."""
PROXY_HEADERS: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
CACHE_SECONDS: Final = 1.0
"""Seconds for which a finding of readiness holds, so that frequent checks cost nothing more."""
READINESS: Final = "heartwork.readiness"
METRICS: Final = "heartwork.metrics"
log: Final = logging.getLogger("heartwork")


class Readiness:
    """Whether database, tables, content and rules engine of a process can do their work, as last looked at."""

    def __init__(self, state: AppState) -> None:
        self._state: Final = state
        self._lock: Final = Lock()
        self._results: dict[str, str] = {}
        self._until = 0.0
        self._head_revision: Final = head_revision()

    def check(self) -> dict[str, str]:
        """Each part with ``ok`` or what is wrong with it, in one word."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._results = {
                    "database": self._result_of(lambda: self._state.storage.count() >= 0, "unavailable"),
                    "migrations": self._result_of(self._is_migrated, "behind"),
                    "content": self._result_of(self._has_content, "missing"),
                    "rules": self._result_of(self._engine_agrees, "wrong"),
                }
                self._until = time.monotonic() + CACHE_SECONDS
            return dict(self._results)

    def _result_of(self, condition: Callable[[], bool], failure: str) -> str:
        try:
            return "ok" if condition() else failure
        except Exception as error:  # noqa: BLE001 - whatever it is, this part does not work
            log.warning("not ready: %s (%s)", failure, type(error).__name__)
            return failure

    def _is_migrated(self) -> bool:
        with self._state.storage.database.reading() as connection:
            return current_revision(connection) == self._head_revision

    def _has_content(self) -> bool:
        content = self._state.content
        return content.questionnaire in content.library.forms

    def _engine_agrees(self) -> bool:
        """Whether the rules engine and the plain evaluator agree about a person who has not answered anything."""
        content = self._state.content
        name = content.questionnaire
        pack, _ = content.library.forms[name]
        earlier_counters = total_counters()
        assess(pack, name, {}, self._state.today(), complete=False)
        later_counters = total_counters()
        return (later_counters.mismatches, later_counters.failures) == (
            earlier_counters.mismatches,
            earlier_counters.failures,
        )


def init_app(app: Flask, state: AppState, metrics: Metrics | None) -> None:
    """Answer health checks, and count requests if there are metrics."""
    app.extensions[READINESS] = Readiness(state)
    app.extensions[METRICS] = metrics
    app.register_blueprint(blueprint)
    if metrics is None:
        return

    def count_response(response: Response) -> Response:
        if request.endpoint not in UNCOUNTED_ENDPOINTS:
            metrics.answered(
                logs.request_method(), logs.request_route(), response.status_code, time.perf_counter() - g.began
            )
        return response

    app.after_request(count_response)


@blueprint.get("/healthz")
def alive() -> Response:
    """Whether the process answers. It asks nothing of the database: restarting would not mend that."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Whether people can be sent here."""
    readiness: Readiness = current_app.extensions[READINESS]
    results = readiness.check()
    return jsonify(results), 200 if set(results.values()) == {"ok"} else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Numbers for Prometheus, for those who may have them; for others there is no such page."""
    request_metrics: Metrics | None = current_app.extensions[METRICS]
    if request_metrics is None or not _may_read_metrics(app_state().settings):
        abort(404)
    return Response(request_metrics.text(), content_type=CONTENT_TYPE)


def _may_read_metrics(settings: Settings) -> bool:
    if settings.metrics == "token":
        authorization = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(authorization, f"Bearer {settings.metrics_token}".encode())
    # Who comes over a proxy comes from this machine as well, but the proxy says so, or passes on the name people use.
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    proxied = any(header in request.headers for header in PROXY_HEADERS)
    return not proxied and is_loopback(request.remote_addr or "") and is_loopback(host)
