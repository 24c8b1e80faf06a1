"""The endpoints ``/healthz``, ``/readyz`` and ``/metrics`` for operators.

Metrics count requests, durations, errors and sittings. They contain no answers and nothing about plans.
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
"""Endpoints that accept any host name, because load balancers use addresses, and that metrics do not count."""
PROXY_HEADERS: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
CACHE_SECONDS: Final = 1.0
"""Seconds for which the results of all checks are cached."""
PROBE_SECONDS: Final = 10.0
"""Seconds for which the result of a check that writes is cached."""
READINESS: Final = "heartwork.readiness"
METRICS: Final = "heartwork.metrics"
log: Final = logging.getLogger("heartwork")


class Probe:
    """Checks one part of the process, and caches the result: ``ok``, or one word for the kind of failure."""

    def __init__(
        self,
        check: Callable[[], object],
        failure: str = "unavailable",
        *,
        seconds: float = 0.0,
        on_unavailable: Callable[[UnavailableError], None] = lambda _: None,
    ) -> None:
        """Make a probe that has no result yet.

        Args:
            check: fails if it raises an error or returns False.
            failure: the result of a failure that has no code.
            seconds: for how long a result is valid.
            on_unavailable: called with each error of the storage.
        """
        self._check: Final = check
        self._failure: Final = failure
        self._seconds: Final = seconds
        self._on_unavailable: Final = on_unavailable
        self._result = failure
        self._until = -math.inf

    def current(self) -> str:
        if time.monotonic() >= self._until:
            self._until = time.monotonic() + self._seconds
            self._result = self._run()
        return self._result

    def _run(self) -> str:
        try:
            return self._failure if self._check() is False else "ok"
        except UnavailableError as error:
            self._on_unavailable(error)
            return _failure_kind(error)
        except Exception as error:  # noqa: BLE001 - this part does not work, whatever the error is
            log.warning("not ready: %s (%s)", self._failure, type(error).__name__)
            return self._failure


def _failure_kind(error: UnavailableError) -> str:
    """The code of an error; for the deletion log, the code of the error of its disk or folder."""
    if error.code == "deletion_log" and isinstance(error.__cause__, OSError):
        return CODES_BY_ERRNO.get(error.__cause__.errno or 0, "unavailable")
    return error.code


class Readiness:
    """Whether each part of a process works.

    Results are cached for ``CACHE_SECONDS``. Checks that write to the database or the deletion log run at most once in
    ``PROBE_SECONDS``.
    """

    def __init__(self, state: AppState) -> None:
        self._state: Final = state
        self._lock: Final = Lock()
        self._results: dict[str, str] = {}
        self._until = -math.inf
        self._is_behind = False
        storage, failed = state.storage, state.storage_failed
        self._read: Final = Probe(self._read_database, on_unavailable=failed)
        self._write: Final = Probe(storage.database.probe_write, seconds=PROBE_SECONDS, on_unavailable=failed)
        self._delete: Final = Probe(storage.deletion_log.probe, seconds=PROBE_SECONDS, on_unavailable=failed)
        self._content: Final = Probe(self._has_content, "missing")
        self._rules: Final = Probe(self._engine_agrees, "wrong")

    def check(self) -> dict[str, str]:
        """The result for each part.

        While one thread waits for a slow database, other threads get the previous results: if they waited as well, a
        few health checks would occupy all threads.
        """
        if not self._lock.acquire(timeout=CACHE_SECONDS):
            return {**self._results, "database": "slow"}
        try:
            if time.monotonic() >= self._until:
                self._results = self._check_all()
                self._until = time.monotonic() + CACHE_SECONDS
            return dict(self._results)
        finally:
            self._lock.release()

    def _check_all(self) -> dict[str, str]:
        read = self._read.current()
        return {
            "database": self._write.current() if read == "ok" else read,
            "deletion_log": self._delete.current(),
            "migrations": "behind" if read == "ok" and self._is_behind else read,
            "content": self._content.current(),
            "rules": self._rules.current(),
        }

    def _read_database(self) -> None:
        self._state.storage.count()
        with self._state.storage.database.reading() as connection:
            self._is_behind = current_revision(connection) != head_revision()

    def _has_content(self) -> bool:
        content = self._state.content
        return content.questionnaire in content.library.forms

    def _engine_agrees(self) -> bool:
        """Whether the rules engine and the plain evaluator agree for a sitting without answers."""
        content = self._state.content
        pack, _ = content.library.forms[content.questionnaire]
        before = total_counters()
        assess(pack, content.questionnaire, {}, self._state.today(), complete=False)
        after = total_counters()
        return (after.mismatches, after.failures) == (before.mismatches, before.failures)


def init_app(app: Flask, state: AppState, metrics: Metrics | None) -> None:
    """Register the endpoints, and count requests if there are metrics."""
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
    """Liveness: the process answers. The database is not checked, because a restart would not repair it."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Readiness: the process can serve pages. The status is 503 if one part does not work."""
    readiness: Readiness = current_app.extensions[READINESS]
    results = readiness.check()
    return jsonify(results), 200 if set(results.values()) == {"ok"} else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Metrics in the text format of Prometheus; 404 for clients that may not read them."""
    request_metrics: Metrics | None = current_app.extensions[METRICS]
    if request_metrics is None or not _may_read_metrics(app_state().settings):
        abort(404)
    return Response(request_metrics.text(), content_type=CONTENT_TYPE)


def _may_read_metrics(settings: Settings) -> bool:
    if settings.metrics == "token":
        authorization = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(authorization, f"Bearer {settings.metrics_token}".encode())
    # A proxy on this machine also has a loopback address, but it adds a header or passes on the public host name.
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    proxied = any(header in request.headers for header in PROXY_HEADERS)
    return not proxied and is_loopback(request.remote_addr or "") and is_loopback(host)
