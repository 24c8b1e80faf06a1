"""The one clock: everything else is told which day it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from typing import Final


class Clock:
    """The clock on the wall, in a time zone; without one, in that of the machine. Tests have one that they set."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone: Final = zone

    def today(self) -> date:
        """The calendar day where people are."""
        return self.now().astimezone(self._zone).date()

    def now(self) -> datetime:
        """This instant, in UTC."""
        return datetime.now(UTC)


def today(zone: tzinfo | None = None) -> date:
    """The calendar day in a time zone; without one, where this machine is."""
    return Clock(zone).today()
