"""What a person noted at the actions of their plans: plain values and pure functions. Nothing is counted.

A note belongs to the plan it was made at. What is not for a person stays so in later plans, until they take it back;
what they are doing comes first in the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, get_args

from engine.report.steps import Kept
from web.crypto.encrypted_body import Body

TickState = Literal["done", "doing", "not_for_me"]
STATES: Final[tuple[TickState, ...]] = get_args(TickState)
MOST_NOTES: Final = 200
"""So many stay of one plan: no pack has as many actions, and a body has its bounds."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What a person noted at an action, and when."""

    step: str
    action: str
    state: TickState
    day: date


Ticks = Mapping[int, tuple[Tick, ...]]
"""By the number of a sitting: what was noted at its plan."""


def state_of(text: str) -> TickState | None:
    """The state that a form names, if there is such a one."""
    return next((state for state in STATES if state == text), None)


def note(ticks: Ticks, number: int, tick: Tick) -> Ticks:
    """With one more note, in the place of what was noted at the same action."""
    others = (one for one in ticks.get(number, ()) if (one.step, one.action) != (tick.step, tick.action))
    return {**ticks, number: (*others, tick)[-MOST_NOTES:]}


def take_back(ticks: Ticks, number: int, step: str, action: str) -> Ticks:
    """Without what was noted at an action; that it is not for the person is forgotten in earlier plans too."""

    def stays(one: int, tick: Tick) -> bool:
        if (tick.step, tick.action) != (step, action) or one > number:
            return True
        return one < number and tick.state != "not_for_me"

    found = {one: tuple(tick for tick in notes if stays(one, tick)) for one, notes in ticks.items()}
    return {one: notes for one, notes in found.items() if notes}


def without(ticks: Ticks, number: int) -> Ticks:
    """Without all notes of one plan."""
    return {one: notes for one, notes in ticks.items() if one != number}


def shown(ticks: Ticks, number: int) -> tuple[Tick, ...]:
    """The notes to show at a plan: its own, and what was not for the person in earlier ones."""
    own = ticks.get(number, ())
    noted = {(one.step, one.action) for one in own}
    earlier = {(one.step, one.action): one for one in _before(ticks, number) if one.state == "not_for_me"}
    return (*own, *(tick for where, tick in earlier.items() if where not in noted))


def kept(ticks: Ticks, number: int) -> Kept:
    """What a plan has to take into account."""
    last = {(one.step, one.action): one.state for one in _before(ticks, number)}
    declined = frozenset((one.step, one.action) for one in shown(ticks, number) if one.state == "not_for_me")
    return Kept(declined, frozenset(where for where, state in last.items() if state == "doing") - declined)


def to_body(ticks: Ticks) -> Body:
    """What is kept, as plain JSON values."""
    return {
        str(number): [
            {"step": one.step, "action": one.action, "state": one.state, "day": one.day.isoformat()} for one in notes
        ]
        for number, notes in sorted(ticks.items())
    }


def from_body(body: Mapping[str, Any]) -> Ticks:
    """What was kept."""
    return {int(number): tuple(map(_tick, notes)) for number, notes in body.items()}


def _tick(body: Mapping[str, str]) -> Tick:
    state = state_of(body["state"])
    if state is None:
        raise ValueError
    return Tick(body["step"], body["action"], state, date.fromisoformat(body["day"]))


def _before(ticks: Ticks, number: int) -> list[Tick]:
    return [tick for one, notes in sorted(ticks.items()) if one < number for tick in notes]
