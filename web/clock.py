"""The clock. Other modules of ``web`` get days and times as arguments."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from typing import Final


class Clock:
    """The system clock in a time zone, by default that of the machine. Tests replace it."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone: Final = zone

    def today(self) -> date:
        """The current calendar day in the time zone."""
        return self.now().astimezone(self._zone).date()

    def now(self) -> datetime:
        """The current time, in UTC."""
        return datetime.now(UTC)


def today(zone: tzinfo | None = None) -> date:
    """The current calendar day in a time zone, by default that of the machine."""
    return Clock(zone).today()
