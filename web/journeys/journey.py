"""All sittings behind one private link, and every change to them as one step that two tabs cannot spoil."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Literal, TypeVar

from web.crypto.encrypted_body import Body, Unreadable
from web.crypto.private_link import Secret
from web.journeys.action_notes import ActionNotes
from web.journeys.action_notes import from_body as ticks_from_body
from web.journeys.action_notes import to_body as ticks_to_body
from web.journeys.sitting import Sitting, begin, from_body, to_body
from web.storage import (
    Content,
    NewSitting,
    NotFoundError,
    StaleRevisionError,
    Storage,
    StoredJourney,
    StoredSitting,
    UnavailableError,
)

T = TypeVar("T")
Event = Literal["started", "finished"]
"""What is counted of sittings."""
MOST_TRIES: Final = 100
"""Somebody else must have written that often meanwhile, until a change gives up."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What one person has."""

    revision: int
    next_number: int
    """The number of the next sitting: none is given twice, also not after one was deleted."""
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    ticks: ActionNotes = field(default_factory=dict, repr=False)
    sittings: tuple[Sitting, ...] = ()
    """By their numbers."""
    unreadable: tuple[str, ...] = ()
    """Ids of sittings that are damaged and can only be deleted."""

    def sitting(self, number: int) -> Sitting | None:
        """The sitting with this number, if there is one."""
        return next((one for one in self.sittings if one.number == number), None)

    def draft(self, questionnaire: str) -> Sitting | None:
        """The sitting of this questionnaire that was never finished, if there is one."""
        drafts = (one for one in self.sittings if one.questionnaire == questionnaire and one.state == "draft")
        return next(drafts, None)


class Journeys:
    """The journeys in a storage. Who has the secret may do everything with one journey, and nothing with another.

    Every call may raise what the storage raises; ``Missing`` is what a link that died in between says.
    """

    def __init__(self, storage: Storage, noted: Callable[[Event], None] = lambda _: None) -> None:
        self._storage: Final = storage
        self._noted: Final = noted

    def start(self, secret: Secret, questionnaire: str, content: Content, day: date) -> Journey:
        """Keep a new journey with an empty draft."""
        first = _new_sitting(1, questionnaire, content, day)
        journey = Journey(revision=1, next_number=2, sittings=(replace(first, revision=1),))
        self._storage.create_journey(secret, _body(journey), _as_new(first, content), day)
        self._noted("started")
        return journey

    def load(self, secret: Secret, day: date) -> Journey | None:
        """The journey behind a link, which counts as looked at today; nothing if the link leads nowhere."""
        found = self._storage.read_journey(secret)
        if found is None:
            return None
        if found.seen_day < day:
            with suppress(UnavailableError):  # it can be read, even if nothing can be written now
                self._storage.touch(secret, day)
        return _journey(found)

    def content(self, digest: str) -> str | None:
        """The snapshot that a sitting was taken under."""
        return self._storage.read_content(digest)

    def add(self, secret: Secret, questionnaire: str, content: Content, day: date) -> Sitting:
        """One more draft, or the one that this questionnaire has already: a double click begins one sitting."""

        def step(journey: Journey) -> Sitting:
            if (draft := journey.draft(questionnaire)) is not None:
                return draft
            new = _new_sitting(journey.next_number, questionnaire, content, day)
            following = replace(journey, next_number=journey.next_number + 1)
            self._storage.add_sitting(secret, journey.revision, _body(following), _as_new(new, content))
            self._noted("started")
            return replace(new, revision=1)

        return self._with_journey(secret, step)

    def set(self, secret: Secret, settings: Mapping[str, Any]) -> Journey:
        """Change some settings of a journey; they are plain JSON values."""
        return self._save(secret, lambda journey: replace(journey, settings={**journey.settings, **settings}))

    def tick(self, secret: Secret, work: Callable[[ActionNotes], ActionNotes]) -> Journey:
        """Change what was noted at the actions of plans. ``work`` may be asked several times."""
        return self._save(secret, lambda journey: replace(journey, ticks=work(journey.ticks)))

    def _save(self, secret: Secret, work: Callable[[Journey], Journey]) -> Journey:
        """Change what is kept of a journey besides its sittings. If nothing changes, nothing is written."""

        def step(journey: Journey) -> Journey:
            following = work(journey)
            if following == journey:
                return journey
            return replace(following, revision=self._storage.save_journey(secret, journey.revision, _body(following)))

        return self._with_journey(secret, step)

    def change(self, secret: Secret, sitting_id: str, work: Callable[[Sitting], Sitting]) -> Sitting:
        """Change a sitting and return it as it is kept.

        ``work`` gets what is kept and returns what shall be; it is asked again if somebody else wrote meanwhile, so
        that nothing is lost. If it changes nothing, nothing is written.
        """
        found = self._storage.read_sitting(secret, sitting_id)
        if found is None:
            raise NotFoundError
        tries = 0
        while True:
            before = _sitting(found)
            after = work(before)
            if after == before:
                return before
            try:
                revision = self._storage.save_sitting(secret, sitting_id, before.revision, to_body(after), after.state)
            except StaleRevisionError as stale:
                tries += 1
                if tries == MOST_TRIES or not isinstance(stale.current, StoredSitting):
                    raise
                found = stale.current
            else:
                if before.state == "draft" and after.state == "finished":
                    self._noted("finished")
                return replace(after, revision=revision)

    def delete_sitting(self, secret: Secret, sitting_id: str, day: date) -> bool:
        """Delete one sitting, also a damaged one, and its notes; true if its bytes are wiped already."""
        with suppress(NotFoundError):
            self._save(secret, lambda journey: _without_notes(journey, sitting_id))
        return self._storage.delete_sitting(secret, sitting_id, day)

    def delete(self, secret: Secret, day: date) -> bool:
        """Delete everything behind a link; true if its bytes are wiped already."""
        return self._storage.delete_journey(secret, day)

    def replace_link(self, old: Secret, new: Secret, day: date) -> bool:
        """Give a journey another link, which its person has in hand already; it may be repeated."""
        return self._storage.replace_link(old, new, day)

    def _with_journey(self, secret: Secret, step: Callable[[Journey], T]) -> T:
        """Do a step that starts from the journey as it is kept, again and again until nobody else was faster."""
        tries = 0
        while True:
            found = self._storage.read_journey(secret)
            if found is None:
                raise NotFoundError
            try:
                return step(_journey(found))
            except StaleRevisionError:
                tries += 1
                if tries == MOST_TRIES:
                    raise


def _new_sitting(number: int, questionnaire: str, content: Content, day: date) -> Sitting:
    name = secrets.token_hex(16)
    return begin(id=name, number=number, questionnaire=questionnaire, content=content.digest, day=day)


def _as_new(sitting: Sitting, content: Content) -> NewSitting:
    return NewSitting(sitting.id, content, sitting.state, to_body(sitting))


def _body(journey: Journey) -> Body:
    """What is kept of a journey besides its sittings, in format 1."""
    return {
        "next_number": journey.next_number,
        "settings": dict(journey.settings),
        "ticks": ticks_to_body(journey.ticks),
    }


def _without_notes(journey: Journey, sitting_id: str) -> Journey:
    """Without the notes at the plan of one sitting; of a damaged one, those of every plan that can't be seen."""
    left = {one.number for one in journey.sittings if one.id != sitting_id}
    return replace(journey, ticks={number: notes for number, notes in journey.ticks.items() if number in left})


def _journey(stored: StoredJourney) -> Journey:
    sittings: list[Sitting] = []
    damaged = list(stored.unreadable)
    for one in stored.sittings:
        try:
            sittings.append(_sitting(one))
        except Unreadable:
            damaged.append(one.id)
    sittings.sort(key=lambda one: one.number)
    body = stored.body
    return Journey(
        revision=stored.revision,
        next_number=body["next_number"],
        settings=body["settings"],
        ticks=ticks_from_body(body["ticks"]),
        sittings=tuple(sittings),
        unreadable=tuple(sorted(damaged)),
    )


def _sitting(stored: StoredSitting) -> Sitting:
    found = from_body(stored.id, stored.revision, stored.body)
    # These two stand beside the body for the sake of keys and of purging, where nothing protects them.
    if (found.content, found.state) != (stored.content_digest, stored.state):
        raise Unreadable
    return found
