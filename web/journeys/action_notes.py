"""Notes about actions of plans: plain values and pure functions. Nothing is counted.

A note belongs to the plan it was made on. Declined actions stay declined in later plans until taken back; begun ones
come first in the next plan. Stored bodies call notes ``ticks``.
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
"""The maximum of notes for a plan. No pack has as many actions, and bodies are bounded."""


@dataclass(frozen=True, slots=True)
class ActionNote:
    """A note about an action, with its day."""

    step: str
    action: str
    state: NoteState
    day: date


ActionNotes = Mapping[int, tuple[ActionNote, ...]]
"""By the number of a sitting: the notes of its plan."""
_KEPT: Final = TypeAdapter(dict[int, tuple[ActionNote, ...]])


def state_of(text: str) -> NoteState | None:
    """The state that a form names, if it exists."""
    return next((state for state in NOTE_STATES if state == text), None)


def add_note(notes: ActionNotes, number: int, note: ActionNote) -> ActionNotes:
    """Add a note, replacing the one about the same action."""
    others = (other for other in notes.get(number, ()) if _key(other) != _key(note))
    return {**notes, number: (*others, note)[-MOST_NOTES:]}


def take_back(notes: ActionNotes, number: int, step: str, action: str) -> ActionNotes:
    """Remove the note about an action; a declined action is also removed from earlier plans."""

    def stays(plan: int, note: ActionNote) -> bool:
        if _key(note) != (step, action) or plan > number:
            return True
        return plan < number and note.state != "not_for_me"

    remaining = {plan: tuple(note for note in of_plan if stays(plan, note)) for plan, of_plan in notes.items()}
    return {plan: of_plan for plan, of_plan in remaining.items() if of_plan}


def visible_notes(notes: ActionNotes, number: int) -> tuple[ActionNote, ...]:
    """The notes shown with a plan: its own, and declined actions of earlier ones."""
    of_plan = notes.get(number, ())
    noted = set(map(_key, of_plan))
    declined = {_key(note): note for note in _earlier_notes(notes, number) if note.state == "not_for_me"}
    return (*of_plan, *(note for key, note in declined.items() if key not in noted))


def action_preferences(notes: ActionNotes, number: int) -> ActionPreferences:
    """The preferences for building a report."""
    last_states = {_key(note): note.state for note in _earlier_notes(notes, number)}
    declined = frozenset(_key(note) for note in visible_notes(notes, number) if note.state == "not_for_me")
    doing = frozenset(key for key, state in last_states.items() if state == "doing")
    return ActionPreferences(declined, doing - declined)


def to_body(notes: ActionNotes) -> Body:
    """The notes as JSON values for storage."""
    body: Body = _KEPT.dump_python(dict(sorted(notes.items())), mode="json")
    return body


def from_body(body: Body) -> ActionNotes:
    """The notes from storage."""
    return _KEPT.validate_python(body)


def _key(note: ActionNote) -> tuple[str, str]:
    return note.step, note.action


def _earlier_notes(notes: ActionNotes, number: int) -> list[ActionNote]:
    return [note for plan, of_plan in sorted(notes.items()) if plan < number for note in of_plan]
