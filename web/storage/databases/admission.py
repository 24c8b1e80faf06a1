"""Who may wait for the database: never so many threads that none is left for a page that needs no database.

A bulkhead and a circuit breaker. At most ``most`` threads are inside at once, and the server has one thread more. A
thread that finds it full waits while those inside get on, and is refused at once when they do not. After a call that
got no answer, and until one succeeds, one thread at a time tries, and the others are refused at once, so that a queue
of requests is answered quickly. Reading and writing fail apart: a lost standby stops writers only.
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
"""Ticks without anyone entering or leaving after which those inside count as stalled.

Ticks and not time: a process that gets no processor for a while counts one tick, not many.
"""


class Admission:
    """The threads of one process that use its database."""

    def __init__(self, most: int = 8, *, stalled_as: FailureCode = "slow") -> None:
        """Begin with no thread inside.

        Args:
            most: how many threads may be inside at once.
            stalled_as: the kind of failure of a call that got no answer, and of one that is refused for that reason.
        """
        self.most: Final = most
        self._stalled_as: Final = stalled_as
        self._changed: Final = threading.Condition()
        self._inside: Final[list[Kind]] = []
        self._waiting: Final[deque[object]] = deque()
        self._moves = 0
        """How often a thread has entered or left."""
        self._stalled_at: int | None = None
        """The number of moves at which a thread waited in vain."""
        self._unanswered: Final[set[Kind]] = set()
        """The kinds of call of which none has succeeded since one got no answer."""
        self._mine: Final = threading.local()

    @contextmanager
    def admitted(self, kind: Kind) -> Iterator[None]:
        """Be inside for one transaction. A transaction within another one is part of it.

        Raises:
            UnavailableError: it is full and stalled, or another thread is trying already whether it answers again.
        """
        if getattr(self._mine, "inside", False):
            yield
            return
        self._enter(kind)
        self._mine.inside = True
        try:
            yield
        except UnavailableError as error:
            if error.code == self._stalled_as:
                self._unanswered.add(kind)
            raise
        else:
            self._unanswered.difference_update({"read", kind})
        finally:
            self._mine.inside = False
            self._leave(kind)

    def _enter(self, kind: Kind) -> None:
        with self._changed:
            self._refuse_if_tried(kind)
            if self._waiting or len(self._inside) >= self.most:
                self._wait_for_turn()
                self._refuse_if_tried(kind)
            self._inside.append(kind)
            self._move()

    def _leave(self, kind: Kind) -> None:
        with self._changed:
            self._inside.remove(kind)
            self._move()

    def _move(self) -> None:
        self._moves += 1
        self._changed.notify_all()

    def _refuse_if_tried(self, kind: Kind) -> None:
        if kind in self._unanswered and kind in self._inside:
            raise UnavailableError(code=self._stalled_as)

    def _wait_for_turn(self) -> None:
        """Wait, first come first served, while those inside get on."""
        ticket = object()
        self._waiting.append(ticket)
        try:
            moves, ticks = self._moves, 0
            while len(self._inside) >= self.most or self._waiting[0] is not ticket:
                ticks = ticks + 1 if moves == self._moves else 0
                moves = self._moves
                if ticks > STALL_TICKS:
                    self._stalled_at = moves
                left = seconds_left(TICK_SECONDS)
                if self._stalled_at == moves or not left:
                    raise UnavailableError(code=self._stalled_as)
                self._changed.wait(left)
        finally:
            self._waiting.remove(ticket)
            self._changed.notify_all()
