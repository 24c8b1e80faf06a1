"""Signals and processes: what ends a server or has it reload its content, and several workers at one address.

The parent of workers answers no request and replaces each that ends. It takes signals one at a time; workers inherit
that they are blocked. So SIGHUP waits until a worker answers, and SIGTERM and Ctrl-C, which systemd and terminals send
to all, are left to the parent. It ends workers by closing a pipe; the system does so if the parent is killed.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.context import ForkProcess
from threading import Event, Thread
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM)
RESTART_SECONDS: Final = 1  # after which a worker that ended is replaced: one that cannot start should not fill the log
log: Final = logging.getLogger("heartwork")


def handle_signals(reload: Callable[[], None]) -> Callable[[], bool]:
    """Have SIGHUP reload, beside the requests; return what says whether SIGTERM or Ctrl-C came. A second one exits."""
    stop = Event()

    def stop_or_exit(number: int, _: object) -> None:
        if stop.is_set():
            raise SystemExit(128 + number)
        stop.set()

    signal.signal(signal.SIGTERM, stop_or_exit)
    signal.signal(signal.SIGINT, stop_or_exit)
    signal.signal(signal.SIGHUP, lambda *_: Thread(target=reload, name="content", daemon=True).start())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    return stop.is_set


class WorkerPool:
    """The workers of a parent; ``work`` is what each does, and gets a function that says whether it should stop."""

    def __init__(self, count: int, work: Callable[[Callable[[], bool]], None]) -> None:
        self._count: Final = count
        self._work: Final = work
        self._workers: Final[list[ForkProcess]] = []
        self._worker_end, self._parent_end = Pipe(duplex=False)

    def run(self, on_open: Callable[[], None], on_stop: Callable[[], None], reload: Callable[[], bool]) -> int:
        """Have them work until a signal says to stop, and return the exit code; reload them if ``reload`` says so."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, as it may be inherited, it would hide who ended
        self._start_missing()
        on_open()
        while self._workers or not self._parent_end.closed:
            match signal.sigwait(SIGNALS):
                case signal.SIGCHLD:
                    self._remove_ended()
                case signal.SIGALRM:
                    self._start_missing()
                case signal.SIGHUP:
                    for worker in self._workers if reload() else []:
                        os.kill(worker.pid or 0, signal.SIGHUP)
                case number if self._parent_end.closed:
                    for worker in self._workers:
                        worker.kill()
                    return 128 + number
                case _:
                    on_stop()
                    self._parent_end.close()
        return 0

    def _remove_ended(self) -> None:
        for worker in [worker for worker in self._workers if not worker.is_alive()]:
            self._workers.remove(worker)
            if not self._parent_end.closed:
                code = worker.exitcode or 0
                reason = f"signal {-code}" if code < 0 else f"exit code {code}"
                log.error("worker %s ended (%s): another takes its place", worker.pid, reason)
                signal.alarm(RESTART_SECONDS)

    def _start_missing(self) -> None:
        while len(self._workers) < self._count and not self._parent_end.closed:
            worker = ForkProcess(target=self._run_worker)
            try:
                worker.start()
            except OSError as error:  # no room for another process: those that are there go on
                log.error("a worker could not be started (%s)", type(error).__name__)  # noqa: TRY400
                signal.alarm(RESTART_SECONDS)
                return
            self._workers.append(worker)

    def _run_worker(self) -> None:
        self._parent_end.close()  # while a worker held it as well, the end of the parent went unnoticed
        try:
            self._work(self._worker_end.poll)
        except Exception as error:  # noqa: BLE001 - a traceback would hold what people wrote
            log.error("worker %d failed (%s)", os.getpid(), type(error).__name__)  # noqa: TRY400
            raise SystemExit(1) from None
