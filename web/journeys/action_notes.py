"""What a person noted at the actions of their plans: plain values and pure functions. Nothing is counted.

A note belongs to the plan it was made at. What is not for a person stays so in later plans, until they take it back;
what they are doing comes first in the next one. In a journey's body notes are stored as ``ticks``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from pydantic import TypeAdapter

from engine.report.actions import ActionPreferences
from web.crypto.encrypted_body import Body

NoteState = Literal["done", "doing", "not_for_me"]
NOTE_STATES: Final[tuple[NoteState, ...]] = get_args(NoteState)
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
_KEPT: Final = TypeAdapter(dict[int, tuple[ActionNote, ...]])


def state_of(text: str) -> NoteState | None:
    """The state that a form names, if there is such a one."""
    return next((state for state in NOTE_STATES if state == text), None)


def add_note(notes: ActionNotes, number: int, note: ActionNote) -> ActionNotes:
    """With one more note, in the place of what was noted at the same action."""
    others = (other for other in notes.get(number, ()) if _key(other) != _key(note))
    return {**notes, number: (*others, note)[-MOST_NOTES:]}


def take_back(notes: ActionNotes, number: int, step: str, action: str) -> ActionNotes:
    """Without what was noted at an action; that it is not for the person is forgotten in earlier plans too."""

    def stays(plan: int, note: ActionNote) -> bool:
        if _key(note) != (step, action) or plan > number:
            return True
        return plan < number and note.state != "not_for_me"

    remaining = {plan: tuple(note for note in of_plan if stays(plan, note)) for plan, of_plan in notes.items()}
    return {plan: of_plan for plan, of_plan in remaining.items() if of_plan}


def visible_notes(notes: ActionNotes, number: int) -> tuple[ActionNote, ...]:
    """The notes to show at a plan: its own, and what was not for the person in earlier ones."""
    of_plan = notes.get(number, ())
    noted = set(map(_key, of_plan))
    declined = {_key(note): note for note in _earlier_notes(notes, number) if note.state == "not_for_me"}
    return (*of_plan, *(note for key, note in declined.items() if key not in noted))


def action_preferences(notes: ActionNotes, number: int) -> ActionPreferences:
    """What a plan has to take into account."""
    last_states = {_key(note): note.state for note in _earlier_notes(notes, number)}
    declined = frozenset(_key(note) for note in visible_notes(notes, number) if note.state == "not_for_me")
    doing = frozenset(key for key, state in last_states.items() if state == "doing")
    return ActionPreferences(declined, doing - declined)


def to_body(notes: ActionNotes) -> Body:
    """What is kept, as plain JSON values."""
    body: Body = _KEPT.dump_python(dict(sorted(notes.items())), mode="json")
    return body


def from_body(body: Body) -> ActionNotes:
    """What was kept."""
    return _KEPT.validate_python(body)


def _key(note: ActionNote) -> tuple[str, str]:
    return note.step, note.action


def _earlier_notes(notes: ActionNotes, number: int) -> list[ActionNote]:
    return [note for plan, of_plan in sorted(notes.items()) if plan < number for note in of_plan]
