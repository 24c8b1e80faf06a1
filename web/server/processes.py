"""Signal handlers of a server process, and a pool of worker processes that share one address.

The parent of the workers answers no requests and replaces workers that end. It blocks signals and waits for them one at
a time. Workers inherit the blocked signals: a SIGHUP stays pending until the worker is ready, and SIGTERM and SIGINT,
which systemd and terminals send to all processes, are handled by the parent alone. The parent stops the workers by
closing a pipe. The kernel closes the pipe if the parent is killed.
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
RESTART_SECONDS: Final = 1  # delay before a worker is replaced, so that the log does not grow fast
log: Final = logging.getLogger("heartwork")


def handle_signals(reload: Callable[[], None]) -> Callable[[], bool]:
    """Install handlers: SIGHUP reloads in a thread; SIGTERM and SIGINT ask the server to stop; a second one exits.

    Returns:
        A function that tells whether the server has to stop.
    """
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
    """A fixed number of worker processes. Each runs ``work``, which gets a function that tells whether to stop."""

    def __init__(self, count: int, work: Callable[[Callable[[], bool]], None]) -> None:
        self._count: Final = count
        self._work: Final = work
        self._workers: Final[list[ForkProcess]] = []
        self._worker_end, self._parent_end = Pipe(duplex=False)

    def run(self, on_open: Callable[[], None], on_stop: Callable[[], None], reload: Callable[[], bool]) -> int:
        """Run the workers until a signal stops them, and return the exit code.

        Args:
            on_open: called once the signals are blocked and the workers are started.
            on_stop: called when the first signal to stop arrives.
            reload: called on SIGHUP; the workers get the signal as well if it returns true.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # an inherited SIG_IGN would hide the end of workers
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
                log.error("worker %s ended (%s) and is replaced", worker.pid, reason)
                signal.alarm(RESTART_SECONDS)

    def _start_missing(self) -> None:
        while len(self._workers) < self._count and not self._parent_end.closed:
            worker = ForkProcess(target=self._run_worker)
            try:
                worker.start()
            except OSError as error:  # no memory for another process; the other workers continue
                log.error("worker not started (%s)", type(error).__name__)  # noqa: TRY400
                signal.alarm(RESTART_SECONDS)
                return
            self._workers.append(worker)

    def _run_worker(self) -> None:
        self._parent_end.close()  # an open copy in a worker would hide the end of the parent
        try:
            self._work(self._worker_end.poll)
        except Exception as error:  # noqa: BLE001 - a traceback could contain answers
            log.error("worker %d failed (%s)", os.getpid(), type(error).__name__)  # noqa: TRY400
            raise SystemExit(1) from None
