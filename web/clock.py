"""The one clock: everything else is told which day it is."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """The calendar day where the person is."""
    return datetime.now(UTC).astimezone().date()
