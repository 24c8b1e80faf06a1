"""All sittings behind one link: numbers that stay, changes that meet, and a link that may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

import pytest
from sqlalchemy import update

from tests.factories.sample_journey import CONTENT, DAY, OTHER_SECRET, SECRET, content_snapshot
from web.crypto.encrypted_body import UnreadableError
from web.crypto.private_link import Secret
from web.journeys import journey as module
from web.journeys.journey import Journey, Journeys
from web.journeys.sitting import MergeResult, Sitting, SubmittedPage, apply_page, finish
from web.storage import NotFoundError, StaleRevisionError, Storage, StoredSitting, tables

LATER: Final = DAY + timedelta(days=40)


@pytest.fixture
def journeys(storage: Storage) -> Journeys:
    """Journeys, with one that was just started."""
    started = Journeys(storage)
    started.start(SECRET, "breakup", CONTENT, DAY)
    return started


def load(journeys: Journeys) -> Journey:
    journey = journeys.load(SECRET, DAY)
    assert journey is not None
    return journey


def first(journeys: Journeys) -> Sitting:
    return load(journeys).sittings[0]


def send(journeys: Journeys, submitted: dict[str, Any], base: int) -> tuple[Sitting, list[MergeResult]]:
    """Send a page with the items a, b and c to the first sitting, the way a view does."""
    merged: list[MergeResult] = []

    def take_page(sitting: Sitting) -> Sitting:
        after, result = apply_page(sitting, SubmittedPage("one", ("a", "b", "c"), submitted, base))
        merged.append(result)
        return after

    return journeys.change(SECRET, first(journeys).id, take_page), merged


def end(journeys: Journeys, sitting: Sitting) -> Sitting:
    return journeys.change(SECRET, sitting.id, lambda draft: finish(draft, draft.answers, DAY))


def test_a_journey_starts_with_a_draft(storage: Storage) -> None:
    """A new journey has one empty draft with the number 1, and what is returned is what is kept."""
    journeys = Journeys(storage)
    started = journeys.start(SECRET, "breakup", CONTENT, DAY)
    assert journeys.load(SECRET, DAY) == started
    (draft,) = started.sittings
    assert (draft.number, draft.revision, draft.state, draft.created_day) == (1, 1, "draft", DAY)
    assert (draft.questionnaire, draft.content_digest, len(draft.id)) == ("breakup", CONTENT.digest, 32)
    assert (started.next_number, started.settings, started.revision) == (2, {}, 1)
    assert storage.read_content(draft.content_digest) == CONTENT.json
    assert journeys.load(OTHER_SECRET, DAY) is None


def test_looking_is_noted(journeys: Journeys, storage: Storage) -> None:
    """Loading a journey counts as looking at it."""
    journeys.load(SECRET, LATER)
    stored = storage.read_journey(SECRET)
    assert stored is not None
    assert stored.seen_day == LATER


@pytest.mark.sqlite
def test_a_journey_can_be_read_while_nothing_can_be_written(journeys: Journeys, storage: Storage) -> None:
    """If the database cannot be written now, a journey is shown all the same."""
    with storage.database.writing():
        assert journeys.load(SECRET, LATER) is not None
    stored = storage.read_journey(SECRET)
    assert stored is not None
    assert stored.seen_day == DAY


def test_a_page_is_kept(journeys: Journeys) -> None:
    """A change is kept before it is returned, with its new revision."""
    after, _ = send(journeys, {"a": 1}, 1)
    assert (after.revision, after.answers) == (2, {"a": 1})
    assert first(journeys) == after


def test_no_change_writes_nothing(journeys: Journeys) -> None:
    """The same page twice is written once."""
    after, _ = send(journeys, {"a": 1}, 1)
    again, _ = send(journeys, {"a": 1}, 1)
    assert again == after == first(journeys)


def test_two_tabs_lose_nothing(journeys: Journeys) -> None:
    """A page from an older revision is merged with what came meanwhile."""
    send(journeys, {"a": 1, "b": 2}, 1)
    after, (merged,) = send(journeys, {"a": 3, "c": 4}, 1)
    assert after.answers == {"a": 3, "b": 2, "c": 4}
    assert merged.replaced == ("a",)


def test_writers_that_meet_lose_nothing(journeys: Journeys) -> None:
    """If another change comes between reading and writing, the change is made again from the new value."""
    interruptions = iter([True, True])

    def work(sitting: Sitting) -> Sitting:
        if next(interruptions, False):
            journeys.change(
                SECRET, sitting.id, lambda latest: replace(latest, answers={**latest.answers, f"x{latest.revision}": 1})
            )
        return replace(sitting, answers={**sitting.answers, "mine": 2})

    after = journeys.change(SECRET, first(journeys).id, work)
    assert after.answers == {"x1": 1, "x2": 1, "mine": 2}
    assert first(journeys) == after


def test_a_sitting_that_was_read_is_not_read_again_unless_it_has_changed(
    journeys: Journeys, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change starts from the sitting it is given; if another change came between, from the stored one."""
    reads: list[str] = []
    read_sitting = storage.read_sitting

    def counted(secret: Secret, sitting_id: str) -> StoredSitting | None:
        reads.append(sitting_id)
        return read_sitting(secret, sitting_id)

    def add(name: str, sitting: Sitting) -> Sitting:
        return replace(sitting, answers={**sitting.answers, name: 1})

    monkeypatch.setattr(storage, "read_sitting", counted)
    read = first(journeys)
    after = journeys.change(SECRET, read.id, partial(add, "a"), read=read)
    assert (after.answers, after, reads) == ({"a": 1}, first(journeys), [])
    later = journeys.change(SECRET, read.id, partial(add, "b"), read=read)
    assert (later.answers, later, reads) == ({"a": 1, "b": 1}, first(journeys), [read.id])


def test_a_change_gives_up_at_last(journeys: Journeys, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another change is faster every time, the change ends as stale, and the others are complete."""
    monkeypatch.setattr(module, "MOST_TRIES", 3)

    def always(sitting: Sitting) -> Sitting:
        journeys.change(SECRET, sitting.id, lambda latest: replace(latest, answers={"theirs": latest.revision}))
        return replace(sitting, answers={"mine": 0})

    with pytest.raises(StaleRevisionError):
        journeys.change(SECRET, first(journeys).id, always)
    assert first(journeys).answers == {"theirs": 3}


def test_finishing_is_kept_for_purging(journeys: Journeys, storage: Storage) -> None:
    """The state of a sitting is a column, so that drafts can be distinguished from finished sittings."""
    sitting = end(journeys, send(journeys, {"a": 1}, 1)[0])
    states = [sitting.state]
    for submitted in ({"a": 2}, {"a": 1}):
        send(journeys, submitted, first(journeys).revision)
        stored = storage.read_journey(SECRET)
        assert stored is not None
        states.append(stored.sittings[0].state)
    assert states == ["finished", "continued", "continued"]


# Sittings and their numbers


def test_sittings_are_numbered(journeys: Journeys, storage: Storage) -> None:
    """Sittings come in the order of their numbers, and each questionnaire has one draft at a time."""
    assert journeys.add(SECRET, "breakup", content_snapshot("other words"), LATER) == first(journeys)
    end(journeys, first(journeys))
    second = journeys.add(SECRET, "breakup", content_snapshot("other words"), LATER)
    third = journeys.add(SECRET, "check-in", CONTENT, LATER)
    assert journeys.add(SECRET, "check-in", CONTENT, LATER) == third
    journey = load(journeys)
    assert [sitting.number for sitting in journey.sittings] == [1, 2, 3]
    assert (journey.sitting(2), journey.sitting(3), journey.sitting(4)) == (second, third, None)
    assert (journey.draft("breakup"), journey.draft("check-in"), journey.draft("other")) == (second, third, None)
    assert storage.read_content(second.content_digest) == "other words"


def test_no_number_is_given_twice(journeys: Journeys) -> None:
    """After the last sitting was deleted its number stays unused."""
    end(journeys, first(journeys))
    second = journeys.add(SECRET, "breakup", CONTENT, LATER)
    assert journeys.delete_sitting(SECRET, second.id, LATER) is True
    assert journeys.add(SECRET, "breakup", CONTENT, LATER).number == 3
    assert [sitting.number for sitting in load(journeys).sittings] == [1, 3]


def test_two_tabs_begin_one_sitting(journeys: Journeys, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """If two begin a sitting at the same moment, the slower one gets the draft of the faster one."""
    end(journeys, first(journeys))
    add = storage.add_sitting
    faster: list[Sitting] = []

    def slow(*arguments: Any) -> int:
        monkeypatch.undo()
        faster.append(Journeys(storage).add(SECRET, "breakup", CONTENT, DAY))
        return add(*arguments)

    monkeypatch.setattr(storage, "add_sitting", slow)
    assert [journeys.add(SECRET, "breakup", CONTENT, DAY)] == faster
    assert len(load(journeys).sittings) == 2


def test_settings_are_kept(journeys: Journeys) -> None:
    """Settings are changed one by one; the same once more is no change."""
    journeys.change_settings(SECRET, {"country": "IE", "large": True})
    after = journeys.change_settings(SECRET, {"large": False})
    assert after == load(journeys)
    assert after.settings == {"country": "IE", "large": False}
    assert journeys.change_settings(SECRET, {"large": False}).revision == after.revision


def test_a_step_gives_up_at_last(journeys: Journeys, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another change of the journey is faster every time, the step ends as stale."""
    monkeypatch.setattr(module, "MOST_TRIES", 2)
    save = storage.save_journey

    def slow(*arguments: Any) -> int:
        stored = storage.read_journey(SECRET)
        assert stored is not None
        save(SECRET, stored.revision, stored.body)
        return save(*arguments)

    monkeypatch.setattr(storage, "save_journey", slow)
    with pytest.raises(StaleRevisionError):
        journeys.change_settings(SECRET, {"country": "IE"})


# What leads nowhere, and damage


def test_nothing_can_be_changed_behind_a_dead_link(journeys: Journeys, storage: Storage) -> None:
    """After everything was deleted, every change says that it is missing."""
    sitting = first(journeys)
    assert storage.delete_journey(SECRET, DAY) is True
    assert journeys.load(SECRET, DAY) is None
    with pytest.raises(NotFoundError):
        journeys.change(SECRET, sitting.id, lambda unchanged: unchanged)
    with pytest.raises(NotFoundError):
        journeys.add(SECRET, "breakup", CONTENT, DAY)
    with pytest.raises(NotFoundError):
        journeys.change_settings(SECRET, {})


def test_a_sitting_that_is_deleted_meanwhile(journeys: Journeys) -> None:
    """If a sitting is deleted between reading and writing, the change says that it is missing."""

    def work(sitting: Sitting) -> Sitting:
        journeys.delete_sitting(SECRET, sitting.id, DAY)
        return replace(sitting, answers={"a": 1})

    with pytest.raises(NotFoundError):
        journeys.change(SECRET, first(journeys).id, work)
    assert load(journeys).sittings == ()


def test_a_new_link_leads_to_the_same_sittings(journeys: Journeys, storage: Storage) -> None:
    """After a new link was made, a page that was shown before can be sent with it."""
    before = load(journeys)
    assert storage.replace_link(SECRET, OTHER_SECRET, DAY) is True
    assert journeys.load(SECRET, DAY) is None
    assert journeys.load(OTHER_SECRET, DAY) == before
    page = SubmittedPage("one", ("a",), {"a": 1}, before.sittings[0].revision)
    after = journeys.change(OTHER_SECRET, before.sittings[0].id, lambda latest: apply_page(latest, page)[0])
    assert after.answers == {"a": 1}


@pytest.mark.parametrize("values", [{"state": "finished"}, {"content_digest": content_snapshot("other words").digest}])
def test_what_stands_beside_a_body_must_fit(journeys: Journeys, storage: Storage, values: dict[str, str]) -> None:
    """If the state or the content of a row was changed in the database, the sitting is damaged; it can be deleted."""
    end(journeys, first(journeys))
    changed = journeys.add(SECRET, "breakup", CONTENT, DAY)
    journeys.add(SECRET, "check-in", content_snapshot("other words"), DAY)
    with storage.database.writing() as connection:
        connection.execute(update(tables.sitting).where(tables.sitting.c.id == changed.id).values(**values))
    journey = load(journeys)
    assert ([sitting.number for sitting in journey.sittings], journey.unreadable) == ([1, 3], (changed.id,))
    with pytest.raises(UnreadableError):
        journeys.change(SECRET, changed.id, lambda unchanged: unchanged)
    journeys.delete_sitting(SECRET, changed.id, DAY)
    assert load(journeys).unreadable == ()


def test_a_journey_does_not_show_its_settings(journeys: Journeys) -> None:
    """Settings are in no text of a journey."""
    assert "Iceland" not in repr(journeys.change_settings(SECRET, {"country": "Iceland"}))
