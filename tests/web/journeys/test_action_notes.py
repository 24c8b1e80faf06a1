"""Notes at the actions of plans, as plain values: what is shown, what is passed over, and what stays of it."""

from __future__ import annotations

from datetime import date
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from web.journeys.action_notes import (
    MOST_NOTES,
    NOTE_STATES,
    ActionNote,
    ActionNotes,
    NoteState,
    action_preferences,
    add_note,
    from_body,
    state_of,
    take_back,
    to_body,
    visible_notes,
)

DAY: Final = date(2026, 11, 26)
MUTE: Final = ("space", "mute")
WALK: Final = ("growth", "walk")


def note_at(action: tuple[str, str], state: NoteState) -> ActionNote:
    return ActionNote(*action, state, DAY)


def notes_of(*entries: tuple[int, tuple[str, str], NoteState]) -> ActionNotes:
    """These notes, one after the other."""
    notes: ActionNotes = {}
    for number, action, state in entries:
        notes = add_note(notes, number, note_at(action, state))
    return notes


def test_a_later_note_takes_the_place_of_an_earlier_one() -> None:
    """At one action of one plan there is one note; other plans have their own."""
    notes = notes_of((1, MUTE, "doing"), (1, WALK, "done"), (1, MUTE, "done"), (2, MUTE, "doing"))
    assert notes == {1: (note_at(WALK, "done"), note_at(MUTE, "done")), 2: (note_at(MUTE, "doing"),)}


def test_declined_stays_declined() -> None:
    """A declined action is skipped in later plans too, not in earlier ones, until it is taken back."""
    notes = notes_of((2, MUTE, "not_for_me"))
    assert [action_preferences(notes, number).declined for number in (1, 2, 3)] == [frozenset(), {MUTE}, {MUTE}]
    assert visible_notes(notes, 3) == (note_at(MUTE, "not_for_me"),)
    assert take_back(notes, 3, *MUTE) == {}
    assert take_back(notes, 1, *MUTE) == notes


def test_a_new_note_counts_more_than_an_old_one() -> None:
    """Who does something after all that was not for them has it back in this plan."""
    notes = notes_of((1, MUTE, "not_for_me"), (2, MUTE, "doing"))
    assert action_preferences(notes, 2).declined == frozenset()
    assert visible_notes(notes, 2) == (note_at(MUTE, "doing"),)


def test_begun_comes_first_next_time() -> None:
    """An action in progress counts as begun in later plans, not in its own, and not once it is done or declined."""
    notes = notes_of((1, MUTE, "doing"), (1, WALK, "doing"), (2, WALK, "done"), (3, MUTE, "not_for_me"))
    assert [action_preferences(notes, number).begun for number in (1, 2, 3)] == [frozenset(), {MUTE, WALK}, frozenset()]
    assert [shown_note.state for shown_note in visible_notes(notes, 2)] == ["done"]


def test_taking_back_leaves_other_plans() -> None:
    """Removing a note removes only declined actions from earlier plans as well."""
    notes = notes_of((1, MUTE, "done"), (2, MUTE, "not_for_me"), (2, WALK, "done"))
    assert take_back(notes, 2, *MUTE) == notes_of((1, MUTE, "done"), (2, WALK, "done"))


def test_there_is_a_bound() -> None:
    """However many notes are sent, a body stays small."""
    notes: ActionNotes = {}
    for number in range(MOST_NOTES + 50):
        notes = add_note(notes, 1, ActionNote("step", f"a{number}", "done", DAY))
    assert len(notes[1]) == MOST_NOTES


def test_states_by_name() -> None:
    """A form names one of three states."""
    assert [state_of(name) for name in (*NOTE_STATES, "", "Done", "won")] == [*NOTE_STATES, None, None, None]


ANY: Final = st.builds(
    ActionNote, st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from(NOTE_STATES), st.just(DAY)
)


@given(st.lists(st.tuples(st.integers(1, 3), ANY), max_size=12))
def test_kept_as_they_are(entries: list[tuple[int, ActionNote]]) -> None:
    """Notes come back from their body as they were, and nothing is declined and begun at once."""
    notes: ActionNotes = {}
    for number, note in entries:
        notes = add_note(notes, number, note)
    assert from_body(to_body(notes)) == notes
    for number in (1, 2, 3, 4):
        preferences = action_preferences(notes, number)
        assert not preferences.declined & preferences.begun
