"""All sittings behind one private link. Every change is atomic, also with two tabs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import wraps
from typing import Any, Final, Literal, ParamSpec, TypeVar

from web.crypto.encrypted_body import Body, UnreadableError
from web.crypto.private_link import Secret
from web.journeys.action_notes import ActionNotes
from web.journeys.action_notes import from_body as notes_from_body
from web.journeys.action_notes import to_body as notes_to_body
from web.journeys.sitting import Sitting, empty_sitting, from_body, to_body
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

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Event = Literal["started", "finished"]
"""The counted events of sittings."""
MOST_TRIES: Final = 100
"""The number of concurrent changes after which a change gives up."""


@dataclass(frozen=True, slots=True)
class Journey:
    """The data of one person."""

    revision: int
    next_number: int
    """The number of the next sitting. Numbers are never reused, even after deletion."""
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    action_notes: ActionNotes = field(default_factory=dict, repr=False)
    sittings: tuple[Sitting, ...] = ()
    """The sittings by number."""
    unreadable: tuple[str, ...] = ()
    """The ids of damaged sittings, which can only be deleted."""

    def sitting(self, number: int) -> Sitting | None:
        """The sitting with this number, if it exists."""
        return next((sitting for sitting in self.sittings if sitting.number == number), None)

    def draft(self, questionnaire: str) -> Sitting | None:
        """The unfinished sitting of this questionnaire, if there is one."""
        drafts = (sitting for sitting in self.sittings if sitting.state == "draft")
        return next((draft for draft in drafts if draft.questionnaire == questionnaire), None)


def _retried(change: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Retry a change that starts from the stored value until no other change intervenes."""

    @wraps(change)
    def retried(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        for _ in range(MOST_TRIES - 1):
            with suppress(StaleRevisionError):
                return change(*args, **kwargs)
        return change(*args, **kwargs)

    return retried


class Journeys:
    """The journeys in a storage. A secret gives full access to one journey and none to others.

    Every call may raise errors of the storage; ``NotFoundError`` means that the link is no longer valid.
    """

    def __init__(
        self,
        storage: Storage,
        on_event: Callable[[Event], None] = lambda _: None,
        on_failure: Callable[[UnavailableError | UnreadableError], None] = lambda _: None,
    ) -> None:
        self._storage: Final = storage
        self._on_event: Final = on_event
        self._on_failure: Final = on_failure
        """Called with failures that do not fail the call."""

    def start(
        self, secret: Secret, questionnaire: str, content: Content, today: date, day: date | None = None
    ) -> Journey:
        """Store a new journey with an empty draft.

        Args:
            day: the person's date, if it differs from the site's.
        """
        draft = _new_sitting(1, questionnaire, content, day or today)
        journey = Journey(revision=1, next_number=2, sittings=(replace(draft, revision=1),))
        self._storage.create_journey(secret, _journey_body(journey), _to_storage(draft, content), today)
        self._on_event("started")
        return journey

    def load(self, secret: Secret, today: date) -> Journey | None:
        """The journey of a link, whose last visit becomes today; None if the link leads nowhere."""
        stored = self._storage.read_journey(secret)
        if stored is None:
            return None
        if stored.seen_day < today:
            try:
                self._storage.touch(secret, today)
            except UnavailableError as error:  # it can be read even if nothing can be written now
                self._on_failure(error)
        journey = _journey_from_storage(stored)
        if journey.unreadable:
            self._on_failure(UnreadableError())
        return journey

    @_retried
    def add(self, secret: Secret, questionnaire: str, content: Content, today: date) -> Sitting:
        """Add a draft, or return the existing one of this questionnaire, so that a double click begins one sitting."""
        journey = self._read(secret)
        if (draft := journey.draft(questionnaire)) is not None:
            return draft
        new = _new_sitting(journey.next_number, questionnaire, content, today)
        changed = replace(journey, next_number=journey.next_number + 1)
        self._storage.add_sitting(secret, journey.revision, _journey_body(changed), _to_storage(new, content))
        self._on_event("started")
        return replace(new, revision=1)

    def change_settings(self, secret: Secret, settings: Mapping[str, Any]) -> Journey:
        """Change settings of a journey, which are plain JSON values."""
        return self._save(secret, lambda journey: replace(journey, settings={**journey.settings, **settings}))

    def change_notes(self, secret: Secret, work: Callable[[ActionNotes], ActionNotes]) -> Journey:
        """Change the notes about actions. ``work`` may be called several times."""
        return self._save(secret, lambda journey: replace(journey, action_notes=work(journey.action_notes)))

    @_retried
    def _save(self, secret: Secret, work: Callable[[Journey], Journey]) -> Journey:
        """Change the data of a journey other than its sittings. Nothing is written if nothing changes."""
        journey = self._read(secret)
        changed = work(journey)
        if changed == journey:
            return journey
        revision = self._storage.save_journey(secret, journey.revision, _journey_body(changed))
        return replace(changed, revision=revision)

    def change(
        self, secret: Secret, sitting_id: str, work: Callable[[Sitting], Sitting], *, read: Sitting | None = None
    ) -> Sitting:
        """Change a sitting, and return it as stored.

        Args:
            work: returns the changed sitting for the stored one. It is called again if the stored one changed
                meanwhile, so that no change is lost. If it changes nothing, nothing is written.
            read: the sitting as this request has read it. It is read again only if it changed since.
        """
        if read is not None:
            with suppress(StaleRevisionError):
                return self._write_changed(secret, read, work)
        return self._read_and_change(secret, sitting_id, work)

    @_retried
    def _read_and_change(self, secret: Secret, sitting_id: str, work: Callable[[Sitting], Sitting]) -> Sitting:
        stored = self._storage.read_sitting(secret, sitting_id)
        if stored is None:
            raise NotFoundError
        return self._write_changed(secret, _sitting_from_storage(stored), work)

    def _write_changed(self, secret: Secret, before: Sitting, work: Callable[[Sitting], Sitting]) -> Sitting:
        after = work(before)
        if after == before:
            return before
        revision = self._storage.save_sitting(secret, before.id, before.revision, to_body(after), after.state)
        if before.state == "draft" and after.state == "finished":
            self._on_event("finished")
        return replace(after, revision=revision)

    def delete_sitting(self, secret: Secret, sitting_id: str, today: date) -> bool:
        """Delete a sitting, damaged or not, and its notes. Returns True if its bytes are already wiped."""
        with suppress(NotFoundError):
            self._save(secret, lambda journey: _without_notes(journey, sitting_id))
        return self._storage.delete_sitting(secret, sitting_id, today)

    def _read(self, secret: Secret) -> Journey:
        stored = self._storage.read_journey(secret)
        if stored is None:
            raise NotFoundError
        return _journey_from_storage(stored)


def _new_sitting(number: int, questionnaire: str, content: Content, today: date) -> Sitting:
    sitting_id = secrets.token_hex(16)
    return empty_sitting(id=sitting_id, number=number, questionnaire=questionnaire, content=content.digest, day=today)


def _to_storage(sitting: Sitting, content: Content) -> NewSitting:
    return NewSitting(sitting.id, content, sitting.state, to_body(sitting))


def _journey_body(journey: Journey) -> Body:
    """The data of a journey other than its sittings, in format 1."""
    return {
        "next_number": journey.next_number,
        "settings": dict(journey.settings),
        "ticks": notes_to_body(journey.action_notes),
    }


def _without_notes(journey: Journey, sitting_id: str) -> Journey:
    """The journey without the notes of one sitting's plan; for a damaged sitting, without those of all unknown
    plans.
    """
    numbers = {sitting.number for sitting in journey.sittings if sitting.id != sitting_id}
    remaining = {number: notes for number, notes in journey.action_notes.items() if number in numbers}
    return replace(journey, action_notes=remaining)


def _journey_from_storage(stored: StoredJourney) -> Journey:
    sittings: list[Sitting] = []
    damaged = list(stored.unreadable)
    for stored_sitting in stored.sittings:
        try:
            sittings.append(_sitting_from_storage(stored_sitting))
        except UnreadableError:
            damaged.append(stored_sitting.id)
    sittings.sort(key=lambda sitting: sitting.number)
    body = stored.body
    return Journey(
        revision=stored.revision,
        next_number=body["next_number"],
        settings=body["settings"],
        action_notes=notes_from_body(body["ticks"]),
        sittings=tuple(sittings),
        unreadable=tuple(sorted(damaged)),
    )


def _sitting_from_storage(stored: StoredSitting) -> Sitting:
    sitting = from_body(stored.id, stored.revision, stored.body)
    # These two are plain columns too, for keys and purging, where nothing protects them.
    if (sitting.content_digest, sitting.state) != (stored.content_digest, stored.state):
        raise UnreadableError
    return sitting
