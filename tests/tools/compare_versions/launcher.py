"""Run the command ``heartwork`` of this environment, with ``datetime.now`` reading its time from a file.

It finds the command by the environment's entry points and imports nothing of Heartwork by name. The variable
``HEARTWORK_COMPARE_CLOCK`` names the file; changing the file moves the time of a running server.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

CLOCK: Final = Path(os.environ["HEARTWORK_COMPARE_CLOCK"])
_RealDatetime = dt.datetime


class _LikeDatetime(type):
    """Makes ``isinstance`` accept real datetimes as instances of the replacement class."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _RealDatetime)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, _RealDatetime)


class _SetDatetime(_RealDatetime, metaclass=_LikeDatetime):
    """A datetime class that reads ``now`` from the file."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        instant = _RealDatetime.fromisoformat(CLOCK.read_text(encoding="ascii"))
        return instant.astimezone(tz) if tz is not None else instant.replace(tzinfo=None)


def main() -> None:
    """Replace the clock and run the command."""
    dt.datetime = _SetDatetime  # type: ignore[misc]
    (command,) = (entry for entry in entry_points(group="console_scripts") if entry.name == "heartwork")
    sys.argv[0] = "heartwork"
    sys.exit(command.load()())


if __name__ == "__main__":
    main()
