"""The one clock: everything else is told which day it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """What tells the time. Tests have one that they set."""

    def today(self) -> date:
        """The calendar day where the server is."""
        ...

    def now(self) -> datetime:
        """This instant, in UTC."""
        ...


class RealClock:
    """The clock on the wall."""

    def today(self) -> date:
        return today()

    def now(self) -> datetime:
        return datetime.now(UTC)


def today() -> date:
    """The calendar day where the person is."""
    return datetime.now(UTC).astimezone().date()
