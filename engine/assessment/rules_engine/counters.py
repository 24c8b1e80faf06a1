"""What whoever watches a process may know of its evaluations: how many, how they ended, how long they took."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final


@dataclass
class Counters:
    """What happened in this process, for those who watch it."""

    evaluations: int = 0
    mismatches: int = 0
    failures: int = 0
    rebuilds: int = 0


_TIMERS: Final[list[Callable[[], AbstractContextManager[object]]]] = [nullcontext]


def set_timer(timer: Callable[[], AbstractContextManager[object]]) -> None:
    """Have every evaluation of this process done within what ``timer`` gives: the engine itself has no clock."""
    _TIMERS[:] = [timer]


def timed() -> AbstractContextManager[object]:
    """What an evaluation is done within."""
    return _TIMERS[-1]()
