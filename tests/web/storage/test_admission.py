"""Admission leaves one thread free, and lets one thread at a time try a database that does not answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final

import pytest

from tests.servers.waiting import SECONDS, wait_until
from web.storage import UnavailableError
from web.storage.databases.admission import Admission, Kind
from web.storage.databases.deadline import deadline_in
from web.storage.errors import FailureCode

CALLERS: Final = 8


class Calls:
    """Database calls that last until the test ends them."""

    def __init__(self, admission: Admission) -> None:
        self.admission: Final = admission
        self.inside: Final[list[str]] = []
        self._ends: Final[dict[str, threading.Event]] = {}
        self._pool: Final = ThreadPoolExecutor(CALLERS)

    def begin(self, name: str, kind: Kind = "read", code: FailureCode | None = None) -> Future[None]:
        """Begin a call, which fails with ``code`` when it is ended."""
        self._ends[name] = threading.Event()
        return self._pool.submit(self._call, name, kind, code)

    def _call(self, name: str, kind: Kind, code: FailureCode | None) -> None:
        with self.admission.admitted(kind):
            self.inside.append(name)
            assert self._ends[name].wait(SECONDS)
            if code is not None:
                raise UnavailableError(code=code)

    def wait_for(self, *names: str) -> None:
        wait_until(lambda: set(names) <= set(self.inside), f"{names} to be inside")

    def has_waiting(self, number: int) -> bool:
        return len(self.admission._waiting) == number

    def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()

    def close(self) -> None:
        self.end(*self._ends)
        self._pool.shutdown()


@contextmanager
def calls_of(admission: Admission) -> Iterator[Calls]:
    calls = Calls(admission)
    try:
        yield calls
    finally:
        calls.close()


def fail(admission: Admission, kind: Kind, code: FailureCode) -> None:
    """A call that fails."""
    with pytest.raises(UnavailableError), admission.admitted(kind):
        raise UnavailableError(code=code)


def succeed(admission: Admission, kind: Kind) -> None:
    with admission.admitted(kind):
        pass


def is_refused(call: Callable[[], object]) -> str:
    """The kind of failure of a call that is refused."""
    with pytest.raises(UnavailableError) as refused:
        call()
    return refused.value.code


def test_calls_beyond_the_capacity_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls beyond the capacity are admitted in order as others leave, and none is refused."""
    monkeypatch.setattr("web.storage.databases.admission.STALL_TICKS", 10 * SECONDS)
    names = [str(number) for number in range(CALLERS)]
    with calls_of(Admission(1)) as calls:
        futures = [calls.begin(names[0])]
        calls.wait_for(names[0])
        for number, name in enumerate(names[1:], start=1):
            futures.append(calls.begin(name))
            wait_until(partial(calls.has_waiting, number), "a call to wait")
        for name in names:
            calls.wait_for(name)
            calls.end(name)
        for future in futures:
            future.result(SECONDS)
        assert calls.inside == names


def test_calls_are_refused_when_others_stall() -> None:
    """When the admitted threads stall, waiting calls are refused, and later ones at once, until one leaves."""
    with calls_of(Admission(2)) as calls:
        calls.begin("first")
        calls.begin("second")
        calls.wait_for("first", "second")
        assert is_refused(lambda: succeed(calls.admission, "read")) == "slow"
        assert {is_refused(lambda: succeed(calls.admission, "write")) for _ in range(1000)} == {"slow"}
        calls.end("first")
        wait_until(lambda: _admits(calls.admission), "a call to be let in")


def _admits(admission: Admission) -> bool:
    try:
        succeed(admission, "read")
    except UnavailableError:
        return False
    return True


def test_a_waiting_call_has_a_deadline() -> None:
    """A waiting call is refused at its deadline, which does not count as a stall."""
    with calls_of(Admission(1)) as calls:
        calls.begin("first")
        calls.wait_for("first")
        with deadline_in(0):
            assert is_refused(lambda: succeed(calls.admission, "read")) == "slow"
        waiting = calls.begin("second")
        calls.end("first", "second")
        waiting.result(SECONDS)


def test_one_tries_after_a_call_without_an_answer() -> None:
    """Until a call succeeds, only one call of its kind is admitted, and others are refused at once."""
    with calls_of(Admission(CALLERS)) as calls:
        fail(calls.admission, "read", "slow")
        trial = calls.begin("trial", code="slow")
        calls.wait_for("trial")
        assert {is_refused(lambda: succeed(calls.admission, "read")) for _ in range(1000)} == {"slow"}
        calls.end("trial")
        assert is_refused(lambda: trial.result(SECONDS)) == "slow"
        succeed(calls.admission, "read")
        calls.begin("next")
        calls.begin("another")
        calls.wait_for("next", "another")


def test_writers_fail_apart() -> None:
    """While writes get no answer, reads are admitted; a write that succeeds closes both breakers."""
    with calls_of(Admission(CALLERS)) as calls:
        fail(calls.admission, "write", "slow")
        calls.begin("writer", "write")
        calls.wait_for("writer")
        calls.begin("reader")
        calls.begin("another reader")
        calls.wait_for("reader", "another reader")
        succeed(calls.admission, "read")
        assert is_refused(lambda: succeed(calls.admission, "write")) == "slow"
        fail(calls.admission, "read", "slow")
        calls.end("writer")
        wait_until(lambda: _admits(calls.admission), "readers to be let in")


def test_what_fails_with_an_answer_is_no_stall() -> None:
    """Failures for other reasons, and errors of the caller, do not open the breaker."""
    admission = Admission(CALLERS, stalled_as="busy")
    with calls_of(admission) as calls:
        fail(admission, "read", "away")
        with pytest.raises(KeyError), admission.admitted("read"):
            raise KeyError
        calls.begin("first")
        calls.begin("second")
        calls.wait_for("first", "second")
        calls.end("first", "second")
        fail(admission, "write", "busy")
        with pytest.raises(KeyError), admission.admitted("write"):
            raise KeyError
        calls.begin("writer", "write")
        calls.wait_for("writer")
        assert is_refused(lambda: succeed(admission, "write")) == "busy", "an error of the caller proves no commit"


def test_a_call_within_a_call_is_let_in() -> None:
    """A nested transaction needs no further admission."""
    admission = Admission(1)
    with admission.admitted("read"), admission.admitted("write"):
        pass
    succeed(admission, "write")
