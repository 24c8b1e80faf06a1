"""For those who watch the site: is it alive, is it ready, how much it does. Nothing here knows of a person.

``/metrics`` counts requests, time, errors and sittings, all without a word about what anybody answered or was advised.
"""

from __future__ import annotations

import hmac
import logging
import math
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
from web.storage import UnavailableError
from web.storage.errors import CODES_BY_ERRNO
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
PROBE_SECONDS: Final = 10.0
"""Seconds for which the finding of a probe that writes holds."""
READINESS: Final = "heartwork.readiness"
METRICS: Final = "heartwork.metrics"
log: Final = logging.getLogger("heartwork")


class Probe:
    """A look at one part of the storage, whose finding holds for some seconds: ``ok`` or the kind of failure."""

    def __init__(self, look: Callable[[], object], seconds: float, on_failure: Callable[[Exception], None]) -> None:
        self._look: Final = look
        self._seconds: Final = seconds
        self._on_failure: Final = on_failure
        self._word = "ok"
        self._until = -math.inf

    def word(self) -> str:
        if time.monotonic() >= self._until:
            self._word = "unavailable"  # what it is if an error is raised that no code stands for
            self._until = time.monotonic() + self._seconds
            self._word = self._word_now()
        return self._word

    def _word_now(self) -> str:
        try:
            self._look()
        except UnavailableError as error:
            self._on_failure(error)
            return _word_for(error)
        return "ok"


def _word_for(error: UnavailableError) -> str:
    """The kind of failure; of the deletion log, what its disk or folder answered."""
    if error.code == "deletion_log" and isinstance(error.__cause__, OSError):
        return CODES_BY_ERRNO.get(error.__cause__.errno or 0, "unavailable")
    return error.code


class Readiness:
    """Whether the parts of a process can do their work, as last looked at.

    The database is read for each look, and database and deletion log are written at most once in ``PROBE_SECONDS``.
    """

    def __init__(self, state: AppState) -> None:
        self._state: Final = state
        self._lock: Final = Lock()
        self._results: dict[str, str] = {}
        self._until = -math.inf
        self._is_behind = False
        storage, failed = state.storage, state.storage_failed
        self._reading: Final = Probe(self._read, 0.0, failed)
        self._writing: Final = Probe(storage.database.probe_write, PROBE_SECONDS, failed)
        self._deleting: Final = Probe(storage.deletion_log.probe, PROBE_SECONDS, failed)

    def check(self) -> dict[str, str]:
        """Each part with ``ok`` or what is wrong with it, in one word.

        Those who ask while a database that does not answer is waited for do not wait as well: each would take a thread.
        """
        if not self._lock.acquire(timeout=CACHE_SECONDS):
            return {**self._results, "database": "slow"}
        try:
            if time.monotonic() >= self._until:
                self._results = self._look()
                self._until = time.monotonic() + CACHE_SECONDS
            return dict(self._results)
        finally:
            self._lock.release()

    def _look(self) -> dict[str, str]:
        database = self._word_of(self._reading.word, "unavailable")
        migrations = database
        if database == "ok":
            migrations = "behind" if self._is_behind else "ok"
            database = self._word_of(self._writing.word, "unavailable")
        return {
            "database": database,
            "deletion_log": self._word_of(self._deleting.word, "unavailable"),
            "migrations": migrations,
            "content": self._result_of(self._has_content, "missing"),
            "rules": self._result_of(self._engine_agrees, "wrong"),
        }

    def _read(self) -> None:
        self._state.storage.count()
        with self._state.storage.database.reading() as connection:
            self._is_behind = current_revision(connection) != head_revision()

    def _result_of(self, condition: Callable[[], bool], failure: str) -> str:
        return self._word_of(lambda: "ok" if condition() else failure, failure)

    def _word_of(self, look: Callable[[], str], failure: str) -> str:
        try:
            return look()
        except Exception as error:  # noqa: BLE001 - whatever it is, this part does not work
            log.warning("not ready: %s (%s)", failure, type(error).__name__)
            return failure

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
