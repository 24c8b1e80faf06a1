"""Counters of evaluations for /metrics: their number, results and durations."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final


@dataclass
class Counters:
    """The counters of this process."""

    evaluations: int = 0
    mismatches: int = 0
    failures: int = 0
    rebuilds: int = 0


_TIMERS: Final[list[Callable[[], AbstractContextManager[object]]]] = [nullcontext]


def set_timer(timer: Callable[[], AbstractContextManager[object]]) -> None:
    """Run every evaluation of this process inside the context manager ``timer``, because the engine has no clock."""
    _TIMERS[:] = [timer]


def timed() -> AbstractContextManager[object]:
    """The context manager of an evaluation."""
    return _TIMERS[-1]()
