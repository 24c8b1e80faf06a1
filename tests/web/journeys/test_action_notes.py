"""Notes at the actions of plans, as plain values: what is shown, what is passed over, and what stays of it."""

from __future__ import annotations

from datetime import date
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from web.journeys.action_notes import (
    MOST_NOTES,
    STATES,
    ActionNote,
    ActionNotes,
    NoteState,
    from_body,
    kept,
    note,
    shown,
    state_of,
    take_back,
    to_body,
    without,
)

DAY: Final = date(2026, 11, 26)
MUTE: Final = ("space", "mute")
WALK: Final = ("growth", "walk")


def tick(where: tuple[str, str], state: NoteState) -> ActionNote:
    return ActionNote(*where, state, DAY)


def noted(*notes: tuple[int, tuple[str, str], NoteState]) -> ActionNotes:
    """These notes, one after the other."""
    ticks: ActionNotes = {}
    for number, where, state in notes:
        ticks = note(ticks, number, tick(where, state))
    return ticks


def test_a_later_note_takes_the_place_of_an_earlier_one() -> None:
    """At one action of one plan there is one note; other plans have their own."""
    ticks = noted((1, MUTE, "doing"), (1, WALK, "done"), (1, MUTE, "done"), (2, MUTE, "doing"))
    assert ticks == {1: (tick(WALK, "done"), tick(MUTE, "done")), 2: (tick(MUTE, "doing"),)}


def test_declined_stays_declined() -> None:
    """What is not for somebody is passed over in later plans too, not in earlier ones, until they take it back."""
    ticks = noted((2, MUTE, "not_for_me"))
    assert [kept(ticks, number).declined for number in (1, 2, 3)] == [frozenset(), {MUTE}, {MUTE}]
    assert shown(ticks, 3) == (tick(MUTE, "not_for_me"),)
    assert take_back(ticks, 3, *MUTE) == {}
    assert take_back(ticks, 1, *MUTE) == ticks


def test_a_new_note_counts_more_than_an_old_one() -> None:
    """Who does something after all that was not for them has it back in this plan."""
    ticks = noted((1, MUTE, "not_for_me"), (2, MUTE, "doing"))
    assert kept(ticks, 2).declined == frozenset()
    assert shown(ticks, 2) == (tick(MUTE, "doing"),)


def test_begun_comes_first_next_time() -> None:
    """What somebody is doing is begun for later plans, not for its own, and not once it is done or declined."""
    ticks = noted((1, MUTE, "doing"), (1, WALK, "doing"), (2, WALK, "done"), (3, MUTE, "not_for_me"))
    assert [kept(ticks, number).begun for number in (1, 2, 3)] == [frozenset(), {MUTE, WALK}, frozenset()]
    assert [one.state for one in shown(ticks, 2)] == ["done"]


def test_taking_back_leaves_other_plans() -> None:
    """Only that something is not for somebody is forgotten in earlier plans as well."""
    ticks = noted((1, MUTE, "done"), (2, MUTE, "not_for_me"), (2, WALK, "done"))
    assert take_back(ticks, 2, *MUTE) == noted((1, MUTE, "done"), (2, WALK, "done"))


def test_a_deleted_plan_leaves_no_notes() -> None:
    """The notes of one plan go with it."""
    assert without(noted((1, MUTE, "done"), (2, MUTE, "doing")), 1) == noted((2, MUTE, "doing"))


def test_there_is_a_bound() -> None:
    """However often somebody presses, a body stays small."""
    ticks: ActionNotes = {}
    for number in range(MOST_NOTES + 50):
        ticks = note(ticks, 1, ActionNote("step", f"a{number}", "done", DAY))
    assert len(ticks[1]) == MOST_NOTES


def test_states_by_name() -> None:
    """A form names one of three states."""
    assert [state_of(name) for name in (*STATES, "", "Done", "won")] == [*STATES, None, None, None]


ANY: Final = st.builds(ActionNote, st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from(STATES), st.just(DAY))


@given(st.lists(st.tuples(st.integers(1, 3), ANY), max_size=12))
def test_kept_as_they_are(notes: list[tuple[int, ActionNote]]) -> None:
    """Notes come back from their body as they were, and nothing is declined and begun at once."""
    ticks: ActionNotes = {}
    for number, one in notes:
        ticks = note(ticks, number, one)
    assert from_body(to_body(ticks)) == ticks
    for number in (1, 2, 3, 4):
        found = kept(ticks, number)
        assert not found.declined & found.begun
