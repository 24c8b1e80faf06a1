"""Metrics for Prometheus: counts, durations and errors.

Labels are routes, methods, status codes and error codes, never data of a person. A test checks the names.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from engine.assessment.rules_engine.counters import set_timer
from engine.assessment.rules_engine.durable import total_counters
from web.app_state import EventCounters

REQUEST_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
EVALUATION_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


ENGINE_COUNTERS: Final = {
    "evaluations": "Evaluations by the rules engine",
    "mismatches": "Results of the rules engine that the plain evaluator replaced",
    "failures": "Failed calls of the rules engine",
    "rebuilds": "Rules engine instances that were rebuilt",
}
MULTIPROCESS_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of prometheus_client for a folder in which all workers count, so that any worker can report the sums."""


class Metrics(EventCounters):
    """The metrics of one process, or the sums of all workers of a server."""

    def __init__(self) -> None:
        self._registry: Final = CollectorRegistry()
        self._requests: Final = Counter(
            "heartwork_requests", "Requests", ("method", "route", "status"), registry=self._registry
        )
        self._durations: Final = Histogram(
            "heartwork_request_seconds",
            "Seconds until the response was ready",
            ("route",),
            buckets=REQUEST_BUCKETS,
            registry=self._registry,
        )
        evaluations: Final = Histogram(
            "heartwork_evaluation_seconds",
            "Seconds to evaluate all rules for one sitting",
            buckets=EVALUATION_BUCKETS,
            registry=self._registry,
        )
        self._sittings: Final = Counter("heartwork_sittings", "Sittings", ("event",), registry=self._registry)
        self._errors: Final = Counter(
            "heartwork_storage_errors", "Failed calls of the storage", ("code",), registry=self._registry
        )
        self._engine_counters: Final = {
            name: Counter(f"heartwork_engine_{name}", description, registry=self._registry)
            for name, description in ENGINE_COUNTERS.items()
        }
        self._engine_lock: Final = Lock()
        self._engine_totals = dict.fromkeys(ENGINE_COUNTERS, 0)
        set_timer(evaluations.time)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request and its duration in seconds."""
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(route).observe(seconds)
        self._add_engine_counts()

    def sitting(self, event: Literal["started", "finished"]) -> None:
        """Count a sitting that was started, or finished for the first time."""
        self._sittings.labels(event).inc()

    def storage_error(self, code: str) -> None:
        """Count a failed call of the storage."""
        self._errors.labels(code).inc()

    def text(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        self._add_engine_counts()
        if (folder := os.environ.get(MULTIPROCESS_VARIABLE)) is None:
            return generate_latest(self._registry)
        combined = CollectorRegistry()
        MultiProcessCollector(combined, folder)  # type: ignore[no-untyped-call]
        return generate_latest(combined)

    def _add_engine_counts(self) -> None:
        """Add the counts of the rules engine since the last call."""
        with self._engine_lock:
            totals = total_counters()
            for name, counter in self._engine_counters.items():
                total = getattr(totals, name)
                counter.inc(total - self._engine_totals[name])
                self._engine_totals[name] = total
