"""What a page around a report adds to its HTML: addresses where answers are given, and what was noted at actions.

Without it a report is a document. Nothing here changes what a report says, only what can be done from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, get_args

TickState = Literal["done", "doing", "not_for_me"]
STATES: Final[tuple[TickState, ...]] = get_args(TickState)


@dataclass(frozen=True, slots=True)
class Tick:
    """What a person noted at an action, and when."""

    step: str
    action: str
    state: TickState
    day: date


@dataclass(frozen=True, slots=True)
class Hooks:
    """Where a page leads to from a report. What is missing is not offered."""

    change: Mapping[str, str] = field(default_factory=dict)
    """By item: where its answer can be changed. Only what a report shows is linked, and so no sensitive answer."""
    open_question: Mapping[str, str] = field(default_factory=dict)
    """By item: where a question that was left open can be answered."""
    go_on: str | None = None
    """Where the questions go on, if the plan is a first one."""
    ticks: tuple[Tick, ...] = ()
    tick_url: str | None = None
    """Where ticks are sent, as ``step``, ``action`` and ``state``, which is empty to take one back."""
    hidden: tuple[tuple[str, str], ...] = ()
    """Fields that go with every form."""
    country: str | None = None
    """Where a country can be chosen for the help lines."""
    said: str = ""
    """HTML that the page has to say of the plan: after its notices, above which nothing stands, and before the rest."""
    arriving: bool = False
    """True if somebody comes to read what is said: the place is marked, and begins with the notices."""


NO_HOOKS: Final = Hooks()
