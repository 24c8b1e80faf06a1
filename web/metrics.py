"""Numbers for Prometheus (the door to its client): how much, how long, how often it failed; never who, or what advice.

No label comes from a person: routes, methods and codes are those of the program, and a test holds the list of names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from engine.inference import tally, timed_by

REQUESTS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
EVALUATIONS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


class _Engine(Collector):
    """What the rules engine has counted itself."""

    def collect(self) -> Iterator[CounterMetricFamily]:
        found = tally()
        for name, said, value in (
            ("evaluations", "Evaluations by the rules engine", found.evaluations),
            ("mismatches", "Decisions of the rules engine that the plain evaluator corrected", found.mismatches),
            ("failures", "Calls of the rules engine that failed", found.failures),
            ("rebuilds", "Instances of the rules engine that were made anew", found.rebuilds),
        ):
            yield CounterMetricFamily(f"heartwork_engine_{name}", said, value=value)


class Metrics:
    """All numbers of one process."""

    def __init__(self) -> None:
        self._registry: Final = CollectorRegistry()
        self._requests: Final = Counter(
            "heartwork_requests", "Requests", ("method", "route", "status"), registry=self._registry
        )
        self._seconds: Final = Histogram(
            "heartwork_request_seconds",
            "Seconds until the answer was made",
            ("route",),
            buckets=REQUESTS,
            registry=self._registry,
        )
        evaluations: Final = Histogram(
            "heartwork_evaluation_seconds",
            "Seconds for all rules of one sitting",
            buckets=EVALUATIONS,
            registry=self._registry,
        )
        self._sittings: Final = Counter("heartwork_sittings", "Sittings", ("event",), registry=self._registry)
        self._errors: Final = Counter(
            "heartwork_storage_errors", "Calls of the storage that failed", ("code",), registry=self._registry
        )
        self._registry.register(_Engine())
        timed_by(evaluations.time)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def sitting(self, event: Literal["started", "finished"]) -> None:
        """A sitting was begun, or finished for the first time."""
        self._sittings.labels(event).inc()

    def storage_error(self, code: str) -> None:
        """The storage could not do what it was asked for."""
        self._errors.labels(code).inc()

    def text(self) -> bytes:
        """All numbers as Prometheus reads them."""
        return generate_latest(self._registry)
