"""Run the command ``heartwork`` of this environment, with ``datetime.now`` reading its time from a file.

It imports nothing of Heartwork by name: the command is found as the environment names it. The file is named by
``HEARTWORK_COMPARE_CLOCK``; changing it moves the time of a server that runs.
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
    """Takes every real datetime for one of the class that is put in its place."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _RealDatetime)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, _RealDatetime)


class _SetDatetime(_RealDatetime, metaclass=_LikeDatetime):
    """A datetime whose "now" stands in the file."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        instant = _RealDatetime.fromisoformat(CLOCK.read_text(encoding="ascii"))
        return instant.astimezone(tz) if tz is not None else instant.replace(tzinfo=None)


def main() -> None:
    """Set the clock and hand over to the command."""
    dt.datetime = _SetDatetime  # type: ignore[misc]
    (command,) = (entry for entry in entry_points(group="console_scripts") if entry.name == "heartwork")
    sys.argv[0] = "heartwork"
    sys.exit(command.load()())


if __name__ == "__main__":
    main()
