"""What a person noted at the actions of their plans: plain values and pure functions. Nothing is counted.

A note belongs to the plan it was made at. What is not for a person stays so in later plans, until they take it back;
what they are doing comes first in the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, get_args

from engine.report.steps import ActionPreferences
from web.crypto.encrypted_body import Body

NoteState = Literal["done", "doing", "not_for_me"]
STATES: Final[tuple[NoteState, ...]] = get_args(NoteState)
MOST_NOTES: Final = 200
"""So many stay of one plan: no pack has as many actions, and a body has its bounds."""


@dataclass(frozen=True, slots=True)
class ActionNote:
    """What a person noted at an action, and when."""

    step: str
    action: str
    state: NoteState
    day: date


ActionNotes = Mapping[int, tuple[ActionNote, ...]]
"""By the number of a sitting: what was noted at its plan."""


def state_of(text: str) -> NoteState | None:
    """The state that a form names, if there is such a one."""
    return next((state for state in STATES if state == text), None)


def note(ticks: ActionNotes, number: int, tick: ActionNote) -> ActionNotes:
    """With one more note, in the place of what was noted at the same action."""
    others = (one for one in ticks.get(number, ()) if (one.step, one.action) != (tick.step, tick.action))
    return {**ticks, number: (*others, tick)[-MOST_NOTES:]}


def take_back(ticks: ActionNotes, number: int, step: str, action: str) -> ActionNotes:
    """Without what was noted at an action; that it is not for the person is forgotten in earlier plans too."""

    def stays(one: int, tick: ActionNote) -> bool:
        if (tick.step, tick.action) != (step, action) or one > number:
            return True
        return one < number and tick.state != "not_for_me"

    found = {one: tuple(tick for tick in notes if stays(one, tick)) for one, notes in ticks.items()}
    return {one: notes for one, notes in found.items() if notes}


def without(ticks: ActionNotes, number: int) -> ActionNotes:
    """Without all notes of one plan."""
    return {one: notes for one, notes in ticks.items() if one != number}


def shown(ticks: ActionNotes, number: int) -> tuple[ActionNote, ...]:
    """The notes to show at a plan: its own, and what was not for the person in earlier ones."""
    own = ticks.get(number, ())
    noted = {(one.step, one.action) for one in own}
    earlier = {(one.step, one.action): one for one in _before(ticks, number) if one.state == "not_for_me"}
    return (*own, *(tick for where, tick in earlier.items() if where not in noted))


def kept(ticks: ActionNotes, number: int) -> ActionPreferences:
    """What a plan has to take into account."""
    last = {(one.step, one.action): one.state for one in _before(ticks, number)}
    declined = frozenset((one.step, one.action) for one in shown(ticks, number) if one.state == "not_for_me")
    return ActionPreferences(declined, frozenset(where for where, state in last.items() if state == "doing") - declined)


def to_body(ticks: ActionNotes) -> Body:
    """What is kept, as plain JSON values."""
    return {
        str(number): [
            {"step": one.step, "action": one.action, "state": one.state, "day": one.day.isoformat()} for one in notes
        ]
        for number, notes in sorted(ticks.items())
    }


def from_body(body: Mapping[str, Any]) -> ActionNotes:
    """What was kept."""
    return {int(number): tuple(map(_tick, notes)) for number, notes in body.items()}


def _tick(body: Mapping[str, str]) -> ActionNote:
    state = state_of(body["state"])
    if state is None:
        raise ValueError
    return ActionNote(body["step"], body["action"], state, date.fromisoformat(body["day"]))


def _before(ticks: ActionNotes, number: int) -> list[ActionNote]:
    return [tick for one, notes in sorted(ticks.items()) if one < number for tick in notes]
