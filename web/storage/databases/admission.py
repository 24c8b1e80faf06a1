"""Limits how many threads use the database, so that one always remains for pages that need no database.

This is a bulkhead and a circuit breaker. The server has one thread more than the capacity. At full capacity a thread
waits as long as others enter or leave, and is refused once they have stopped. After a call without an answer, only one
thread at a time tries the database, and all others are refused at once, until a call succeeds: a queue of requests is
then answered quickly. Reads and writes have separate breakers, because a lost standby stops only writes.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from web.storage.databases.deadline import seconds_left
from web.storage.errors import FailureCode, UnavailableError

Kind = Literal["read", "write"]
TICK_SECONDS: Final = 0.1
STALL_TICKS: Final = 10
"""After so many ticks in which no thread enters or leaves, the admitted threads count as stalled.

Ticks are counted instead of seconds: a process that is not scheduled for a while counts one tick.
"""


class Admission:
    """Admits the threads of one process to its database."""

    def __init__(self, capacity: int = 8, *, stalled_as: FailureCode = "slow") -> None:
        """Begin without admitted threads.

        Args:
            capacity: how many threads may be admitted at once.
            stalled_as: the kind of failure of calls without an answer, and of threads that are refused.
        """
        self.capacity: Final = capacity
        self._stalled_as: Final = stalled_as
        self._changed: Final = threading.Condition()
        self._admitted: Final[list[Kind]] = []
        self._waiting: Final[deque[object]] = deque()
        self._changes = 0
        """How often a thread has entered or left."""
        self._stalled_at: int | None = None
        """The number of changes when a thread last gave up waiting."""
        self._open_breakers: Final[set[Kind]] = set()
        """The kinds of call that have not succeeded since one of them was not answered."""
        self._thread: Final = threading.local()

    @contextmanager
    def admitted(self, kind: Kind) -> Iterator[None]:
        """Admit this thread for one transaction; nested transactions belong to the outermost one.

        Raises:
            UnavailableError: the admitted threads have stalled, or another thread already tries the database.
        """
        if getattr(self._thread, "is_admitted", False):
            yield
            return
        self._enter(kind)
        self._thread.is_admitted = True
        try:
            yield
        except UnavailableError as error:
            if error.code == self._stalled_as:
                self._open_breakers.add(kind)
            raise
        else:
            self._open_breakers.difference_update({"read", kind})
        finally:
            self._thread.is_admitted = False
            with self._changed:
                self._admitted.remove(kind)
                self._note_change()

    def _enter(self, kind: Kind) -> None:
        with self._changed:
            self._refuse_if_tried(kind)
            if self._waiting or len(self._admitted) >= self.capacity:
                self._wait_for_turn()
                self._refuse_if_tried(kind)
            self._admitted.append(kind)
            self._note_change()

    def _note_change(self) -> None:
        self._changes += 1
        self._changed.notify_all()

    def _refuse_if_tried(self, kind: Kind) -> None:
        if kind in self._open_breakers and kind in self._admitted:
            raise UnavailableError(code=self._stalled_as)

    def _wait_for_turn(self) -> None:
        """Wait in first-come order, as long as other threads enter or leave."""
        ticket = object()
        self._waiting.append(ticket)
        try:
            changes, ticks = self._changes, 0
            while len(self._admitted) >= self.capacity or self._waiting[0] is not ticket:
                ticks = ticks + 1 if changes == self._changes else 0
                changes = self._changes
                if ticks > STALL_TICKS:
                    self._stalled_at = changes
                left = seconds_left(TICK_SECONDS)
                if self._stalled_at == changes or not left:
                    raise UnavailableError(code=self._stalled_as)
                self._changed.wait(left)
        finally:
            self._waiting.remove(ticket)
            self._changed.notify_all()
