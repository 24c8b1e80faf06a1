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

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
MAX_DELAY: Final = 30.0
"""Seconds after which another worker is tried, if several ended before they were ready."""
log: Final = logging.getLogger("heartwork")

WorkerMain = Callable[[int, Event, Callable[[], None]], None]
"""What a worker does: it is told its number and when to stop, and says when it is ready."""


@dataclass
class Worker:
    """One process, as its parent knows it."""

    number: int
    pid: int
    control_socket: socket.socket
    ready: bool = False
    reload_pending: bool = False
    """Whether it has to take the content anew as soon as it is ready: it may have read the old one."""

    def reload(self) -> None:
        self.reload_pending = not self.ready
        if self.ready:
            os.kill(self.pid, signal.SIGHUP)


class WorkerPool:
    """Some workers, which are started one after the first, as that one makes the database and the key."""

    def __init__(
        self,
        count: int,
        worker_main: WorkerMain,
        on_open: Callable[[], None],
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        """``on_open`` is called when all are ready for the first time, ``on_stop`` before they are told to stop."""
        self._count: Final = count
        self._worker_main: Final = worker_main
        self._on_open: Final = on_open
        self._on_stop: Final = on_stop
        self._workers: Final[dict[int, Worker]] = {}
        self._start_times: Final[dict[int, float]] = {0: 0.0}
        """Which workers have to be started, and when."""
        self._selector: Final = selectors.PollSelector()
        self._failures = 0
        self._stopping = self._is_open = self._has_been_ready = False
        self._exit_code = 0

    def run(self) -> int:
        """Have them work until a signal says to stop; return the exit code."""
        woken, waker = socket.socketpair()
        woken.setblocking(False)
        waker.setblocking(False)
        self._selector.register(woken, selectors.EVENT_READ)
        previous_handlers = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        try:
            while self._workers or self._start_times:
                self._poll(woken)
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in previous_handlers.items():
                signal.signal(number, handler)
            for closable in (woken, waker, self._selector):
                closable.close()
        return self._exit_code

    def _poll(self, woken: socket.socket) -> None:
        timeout = max(0.0, min(self._start_times.values()) - time.monotonic()) if self._start_times else None
        for key, _ in self._selector.select(timeout):
            if key.fileobj is woken:
                for number in woken.recv(64):
                    self._handle_signal(number)
            else:
                self._read_worker(key.data)
        for number in [number for number, start_time in self._start_times.items() if start_time <= time.monotonic()]:
            del self._start_times[number]
            self._start_worker(number, woken)

    def _handle_signal(self, number: int) -> None:
        """A signal came: stop well at the first, at once at the second; or take the content anew."""
        if number != signal.SIGHUP and not self._stopping:
            self._on_stop()
        for worker in self._workers.values():
            if number == signal.SIGHUP:
                worker.reload()
            elif self._stopping:
                os.kill(worker.pid, signal.SIGKILL)
                self._exit_code = 128 + number
            else:
                worker.control_socket.shutdown(socket.SHUT_WR)
        if number != signal.SIGHUP:
            self._stopping = True
            self._start_times.clear()

    def _read_worker(self, worker: Worker) -> None:
        """A worker is ready, or has ended."""
        try:
            message = worker.control_socket.recv(1)
        except ConnectionError:
            message = b""
        if not message:
            self._on_worker_end(worker)
            return
        worker.ready = self._has_been_ready = True
        self._failures = 0
        if worker.reload_pending:
            worker.reload()
        if not self._stopping:
            numbers = self._workers.keys() | self._start_times.keys()
            self._start_times.update({number: 0.0 for number in range(self._count) if number not in numbers})
            if not self._is_open and sum(other.ready for other in self._workers.values()) == self._count:
                self._is_open = True
                self._on_open()

    def _on_worker_end(self, worker: Worker) -> None:
        self._selector.unregister(worker.control_socket)
        worker.control_socket.close()
        del self._workers[worker.number]
        code = os.waitstatus_to_exitcode(os.waitpid(worker.pid, 0)[1])
        if self._stopping:
            return
        if not self._has_been_ready:  # what stands in the way of the first has been said, and stands in everybody's
            self._exit_code = code if code > 0 else 1
            return
        log.error("worker %d ended (%s %d): another takes its place", worker.number, *_exit_words(code))
        self._failures = 0 if worker.ready else self._failures + 1
        self._start_times[worker.number] = time.monotonic() + self._retry_delay()

    def _retry_delay(self) -> float:
        """Seconds until the next try: longer after each failure in a row, up to a bound."""
        return min(MAX_DELAY, 2.0 ** min(self._failures - 1, 10)) if self._failures else 0.0

    def _start_worker(self, number: int, woken: socket.socket) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            control_socket, worker_socket = socket.socketpair()
            with ExitStack() as stack:
                stack.enter_context(control_socket)
                stack.enter_context(worker_socket)
                pid = os.fork()
                stack.pop_all()
        except OSError as error:  # no room for another process: those that are there go on, and it is tried again
            if not self._has_been_ready:
                raise
            log.error("worker %d could not be started (%s)", number, type(error).__name__)  # noqa: TRY400
            self._failures += 1
            self._start_times[number] = time.monotonic() + self._retry_delay()
            return
        if pid == 0:
            # A child closes its parent's sockets: while a sibling held one, the end of its other side went unnoticed.
            for inherited in (control_socket, woken, *(other.control_socket for other in self._workers.values())):
                inherited.close()
            _run_worker(number, worker_socket, self._worker_main)
        worker_socket.close()
        self._workers[number] = worker = Worker(number, pid, control_socket)
        self._selector.register(control_socket, selectors.EVENT_READ, worker)


def _exit_words(code: int) -> tuple[str, int]:
    return ("signal", -code) if code < 0 else ("exit code", code)


def _run_worker(number: int, control_socket: socket.socket, worker_main: WorkerMain) -> None:
    """Work in a process of its own, which ends here, whatever happens."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; until it can end well, the parent sees to it
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        stop = Event()

        def wait_for_parent() -> None:
            with suppress(OSError):
                control_socket.recv(1)  # which comes to nothing, once the parent wants it or has ended
            stop.set()

        Thread(target=wait_for_parent, name="parent", daemon=True).start()
        worker_main(number, stop, lambda: control_socket.sendall(b"."))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process is not its parent and must not go on
        log.error("worker %d failed (%s)", number, type(error).__name__)  # noqa: TRY400
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
