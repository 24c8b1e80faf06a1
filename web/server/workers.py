"""Several processes that answer at one address: their parent answers nobody, and replaces whichever of them ends.

Between the parent and each worker lies a pair of sockets. A worker says on it that it is ready, and whoever of the two
ends, however it ends, closes its side: so the parent knows of a kill at once, and no worker outlives its parent.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final

HEARD: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
MOST_PATIENCE: Final = 30.0
"""Seconds after which another worker is tried, if several ended before they were ready."""
log: Final = logging.getLogger("heartwork")

WorkerMain = Callable[[int, Event, Callable[[], None]], None]
"""What a worker does: it is told its number and when to stop, and says when it is ready."""


@dataclass
class Worker:
    """One process, as its parent knows it."""

    number: int
    process: int
    line: socket.socket
    ready: bool = False
    renews: bool = False
    """Whether it has to take the content anew as soon as it is ready: it may have read the old one."""

    def renew(self) -> None:
        self.renews = not self.ready
        if self.ready:
            os.kill(self.process, signal.SIGHUP)


class WorkerPool:
    """Some workers, which are started one after the first, as that one makes the database and the key."""

    def __init__(
        self, count: int, work: WorkerMain, opened: Callable[[], None], closing: Callable[[], None] = lambda: None
    ) -> None:
        """``opened`` is done when all are ready for the first time, ``closing`` before they are told to stop."""
        self._count: Final = count
        self._work: Final = work
        self._opened: Final = opened
        self._closing: Final = closing
        self._workers: Final[dict[int, Worker]] = {}
        self._due: Final[dict[int, float]] = {0: 0.0}
        """Which workers have to be started, and when."""
        self._selector: Final = selectors.PollSelector()
        self._failures = 0
        self._stopping = self._is_open = self._was_ready = False
        self._code = 0

    def lead(self) -> int:
        """Have them work until a signal says to stop; return the exit code."""
        woken, waker = socket.socketpair()
        woken.setblocking(False)
        waker.setblocking(False)
        self._selector.register(woken, selectors.EVENT_READ)
        before = {one: signal.signal(one, lambda *_: None) for one in HEARD}
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        try:
            while self._workers or self._due:
                self._turn(woken)
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            for one in (woken, waker, self._selector):
                one.close()
        return self._code

    def _turn(self, woken: socket.socket) -> None:
        wait = max(0.0, min(self._due.values()) - time.monotonic()) if self._due else None
        for key, _ in self._selector.select(wait):
            if key.fileobj is woken:
                for number in woken.recv(64):
                    self._hear(number)
            else:
                self._look_at(key.data)
        for number in [number for number, at in self._due.items() if at <= time.monotonic()]:
            del self._due[number]
            self._start(number, woken)

    def _hear(self, number: int) -> None:
        """A signal came: stop well at the first, at once at the second; or take the content anew."""
        if number != signal.SIGHUP and not self._stopping:
            self._closing()
        for one in self._workers.values():
            if number == signal.SIGHUP:
                one.renew()
            elif self._stopping:
                os.kill(one.process, signal.SIGKILL)
                self._code = 128 + number
            else:
                one.line.shutdown(socket.SHUT_WR)
        if number != signal.SIGHUP:
            self._stopping = True
            self._due.clear()

    def _look_at(self, worker: Worker) -> None:
        """A worker is ready, or has ended."""
        try:
            said = worker.line.recv(1)
        except ConnectionError:
            said = b""
        if not said:
            self._has_ended(worker)
            return
        worker.ready = self._was_ready = True
        self._failures = 0
        if worker.renews:
            worker.renew()
        if not self._stopping:
            there = self._workers.keys() | self._due.keys()
            self._due.update({number: 0.0 for number in range(self._count) if number not in there})
            if not self._is_open and sum(one.ready for one in self._workers.values()) == self._count:
                self._is_open = True
                self._opened()

    def _has_ended(self, worker: Worker) -> None:
        self._selector.unregister(worker.line)
        worker.line.close()
        del self._workers[worker.number]
        code = os.waitstatus_to_exitcode(os.waitpid(worker.process, 0)[1])
        if self._stopping:
            return
        if not self._was_ready:  # what stands in the way of the first has been said, and stands in everybody's
            self._code = code if code > 0 else 1
            return
        log.error("worker %d ended (%s %d): another takes its place", worker.number, *_ending(code))
        self._failures = 0 if worker.ready else self._failures + 1
        self._due[worker.number] = time.monotonic() + self._wait()

    def _wait(self) -> float:
        """Seconds until the next try: longer after each failure in a row, up to a bound."""
        return min(MOST_PATIENCE, 2.0 ** min(self._failures - 1, 10)) if self._failures else 0.0

    def _start(self, number: int, woken: socket.socket) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            own, line = socket.socketpair()
            with ExitStack() as stack:
                stack.enter_context(own)
                stack.enter_context(line)
                process = os.fork()
                stack.pop_all()
        except OSError as error:  # no room for another process: those that are there go on, and it is tried again
            if not self._was_ready:
                raise
            log.error("worker %d could not be started (%s)", number, type(error).__name__)  # noqa: TRY400
            self._failures += 1
            self._due[number] = time.monotonic() + self._wait()
            return
        if process == 0:
            # What the parent hears with is not for its child: while a sibling held a line, its end would go unnoticed.
            for one in (own, woken, *(other.line for other in self._workers.values())):
                one.close()
            _be_worker(number, line, self._work)
        line.close()
        self._workers[number] = worker = Worker(number, process, own)
        self._selector.register(own, selectors.EVENT_READ, worker)


def _ending(code: int) -> tuple[str, int]:
    return ("signal", -code) if code < 0 else ("exit code", code)


def _be_worker(number: int, line: socket.socket, work: WorkerMain) -> None:
    """Work in a process of its own, which ends here, whatever happens."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; until it can end well, the parent sees to it
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        stop = Event()

        def wait() -> None:
            with suppress(OSError):
                line.recv(1)  # which comes to nothing, once the parent wants it or has ended
            stop.set()

        Thread(target=wait, name="parent", daemon=True).start()
        work(number, stop, lambda: line.sendall(b"."))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process is not its parent and must not go on
        log.error("worker %d failed (%s)", number, type(error).__name__)  # noqa: TRY400
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
