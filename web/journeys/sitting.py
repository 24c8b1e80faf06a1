"""One sitting, from the first page to the versions of its plan: plain values and pure functions.

A sitting is a *draft* until it is first finished, including by "See a first plan now". A later answer ("Go on",
"Change this answer") makes it *continued*: it keeps its number, content and day, and the finished answers become a
version.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, PlainSerializer, TypeAdapter

from engine.assessment.responses import RawResponses
from engine.content.items.reading.characters import is_invisible
from web.crypto.encrypted_body import Body, UnreadableError
from web.journeys.kept_text import MOST_BEYOND, is_shortened, shortened
from web.storage import State

MOST_VERSIONS: Final = 100
"""The maximum of earlier versions."""
MOST_OF_VERSIONS: Final = 32 * 1024
"""The maximum bytes of earlier versions; at least one is kept."""
LONGEST_LETTER: Final = 300
MOST_OF_LETTER: Final = LONGEST_LETTER + MOST_BEYOND
"""How much of a note that is too long is kept, so that it can be shortened."""


def _with_tuples(answers: RawResponses) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in answers.items()}


Answers = Annotated[RawResponses, AfterValidator(_with_tuples)]
Names = Annotated[frozenset[str], PlainSerializer(sorted)]
Typed = Mapping[str, tuple[str, ...]]
"""By item: the texts of its fields as typed; empty if a required answer is missing."""


@dataclass(frozen=True, slots=True)
class Version:
    """Answers that were finished."""

    taken_on: date
    answers: Answers = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A note to the later self. No rule reads it."""

    text: str = field(repr=False)
    day: date

    @property
    def surplus(self) -> int:
        """The number of characters above the limit. Such a note is shown only where it can be shortened."""
        return max(0, len(self.text) - LONGEST_LETTER)

    @property
    def is_shortened(self) -> bool:
        """Whether more was typed than is kept."""
        return is_shortened(self.text, MOST_OF_LETTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """The data of one sitting. Answers have no ``repr``, so that they cannot get into a log.

    An alias is the name under which a field is stored.
    """

    id: str
    revision: int
    """The number of saves; 0 before the first. Every form contains ``id`` and ``revision``."""
    number: int
    questionnaire: str
    content_digest: Annotated[str, Field(alias="content")]
    """The digest of its content."""
    created_day: date
    taken_on: date | None = None
    state: State = "draft"
    answers: Answers = field(default_factory=dict, repr=False)
    """All answers, including those to hidden items, which are dropped when the sitting is finished."""
    asked: Names = field(default_factory=frozenset, repr=False)
    """The items that were asked, answered or left open."""
    seen: Names = frozenset()
    """Pages without questions that were seen."""
    page_revisions: Annotated[Mapping[str, int], Field(alias="answered")] = field(default_factory=dict)
    """Submitted pages, with the revision that each submission led to."""
    typed: Mapping[str, Typed] = field(default_factory=dict, repr=False)
    """By page: invalid input, which is shown again until the page is submitted without problems."""
    versions: tuple[Version, ...] = field(default=(), repr=False)
    """Earlier finished versions, oldest first. While the sitting is continued, the last one is its newest plan."""
    letter: Letter | None = field(default=None, repr=False)
    pressed: Mapping[str, int] = field(default_factory=dict)
    """Pages whose button was pressed, with the resulting revision; saves of pages shown before that are refused."""

    @property
    def finished(self) -> Version | None:
        """The answers of its plan: those it was last finished with; None if it never was."""
        if self.state == "finished" and self.taken_on is not None:
            return Version(self.taken_on, self.answers)
        return self.versions[-1] if self.versions else None

    @property
    def day(self) -> date:
        """The day it was first finished; before that, the day it was begun."""
        return self.taken_on or self.created_day

    def as_of(self, today: date) -> date:
        """The day to which its answers refer: the day it was first finished; before that, today."""
        return self.taken_on or today


@dataclass(frozen=True, slots=True)
class MergeResult:
    """Answers after a page was merged."""

    answers: RawResponses
    replaced: tuple[str, ...] = ()
    """Items of a stale page that replaced a newer answer."""


@dataclass(frozen=True, slots=True)
class SubmittedPage:
    """One submitted page of answers."""

    name: str
    asked: Collection[str]
    """Its visible items."""
    answers: RawResponses = field(repr=False)
    """The answers on it. An item without an entry was left blank."""
    base_revision: int
    """The sitting's revision when the page was shown."""
    typed: Typed = field(default_factory=dict, repr=False)
    """Invalid input. These items are not in ``asked``, so that earlier answers stay."""
    changed: Collection[str] | None = None
    """Items changed since the page was shown or last saved; None if unknown, without a script."""


def merge(current: RawResponses, submitted: RawResponses, asked: Collection[str], *, stale: bool) -> MergeResult:
    """Merge the answers of a page into existing ones.

    The page determines its items. If it is stale, because the same page was submitted elsewhere after it was shown,
    its blanks are ignored and replaced answers are listed.
    """
    filled = {name: value for name, value in _with_tuples(submitted).items() if name in asked and not _is_blank(value)}
    if not stale:
        unasked = {name: value for name, value in current.items() if name not in asked}
        return MergeResult({**unasked, **filled})
    replaced = (name for name, value in filled.items() if name in current and not _same(current[name], value))
    return MergeResult({**current, **filled}, tuple(sorted(replaced)))


def empty_sitting(*, id: str, number: int, questionnaire: str, content: str, day: date) -> Sitting:  # noqa: A002
    """An empty sitting."""
    return Sitting(
        id=id, revision=0, number=number, questionnaire=questionnaire, content_digest=content, created_day=day
    )


def apply_page(sitting: Sitting, page: SubmittedPage) -> tuple[Sitting, MergeResult]:
    """Apply a submitted page. A page without changes changes nothing, so a double click counts once.

    Of a stale page that lists its changes only these count, because the rest is older than what is stored.
    """
    stale = is_stale(sitting, page)
    asked = sitting.asked | frozenset(page.asked)
    if page.changed is not None:
        blank = {name: texts for name, texts in page.typed.items() if not texts}
        changes = _changes_alone(sitting, page, page.changed)
        page = changes if stale else replace(page, asked={*page.asked, *blank.keys() & page.changed})
        page, stale = replace(page, typed={**page.typed, **blank}), False
    merged = merge(sitting.answers, page.answers, page.asked, stale=stale)
    typed = _typed_after(sitting.typed, page, merged.answers)
    same = _all_same(merged.answers, sitting.answers)
    known = page.name in sitting.page_revisions and not (page.changed and sitting.state != "finished")
    if same and asked == sitting.asked and typed == sitting.typed and known:
        return sitting, merged
    now = {page.name: sitting.revision + 1}
    base = sitting if same else _continued(sitting)
    base = replace(base, page_revisions={**base.page_revisions, **now}, pressed={**base.pressed, **now})
    return replace(base, answers=merged.answers, asked=asked, typed=typed), merged


def is_stale(sitting: Sitting, page: SubmittedPage) -> bool:
    """Whether a page was submitted elsewhere after this one was shown."""
    return sitting.page_revisions.get(page.name, 0) > page.base_revision


def comes_too_late(sitting: Sitting, page: SubmittedPage) -> bool:
    """Whether the page's button was pressed after this save's page was shown, so that the save may be older."""
    return sitting.pressed.get(page.name, 0) > page.base_revision


def apply_changes(sitting: Sitting, page: SubmittedPage) -> Sitting:
    """Apply the changes on a page that is still open, as they are made.

    The rest of the page is ignored, so it cannot be stale. Blanks do not count as left open and are asked again; a
    missing required answer is not a problem while the page is open.
    """
    changes = _changes_alone(sitting, page, page.changed or ())
    answers = merge(sitting.answers, changes.answers, changes.asked, stale=False).answers
    typed = _typed_after(sitting.typed, changes, answers)
    if _all_same(answers, sitting.answers) and typed == sitting.typed:
        return sitting
    revisions = {**sitting.page_revisions, page.name: sitting.revision + 1}
    return replace(_continued(sitting), answers=answers, typed=typed, page_revisions=revisions)


def _changes_alone(sitting: Sitting, page: SubmittedPage, changed: Collection[str]) -> SubmittedPage:
    """The page reduced to what was changed. A blank always removes the answer."""
    faulty = {name: texts for name, texts in page.typed.items() if name in changed and texts}
    waiting = {name: texts for name, texts in sitting.typed.get(page.name, {}).items() if name not in changed}
    return replace(
        page,
        asked=frozenset(changed) - faulty.keys(),
        answers={name: value for name, value in page.answers.items() if name in changed},
        typed={**waiting, **faulty},
    )


def _typed_after(typed_before: Mapping[str, Typed], page: SubmittedPage, answers: RawResponses) -> dict[str, Typed]:
    """The invalid input after a page was merged, without blanks that have an answer."""
    other_pages = {name: typed for name, typed in typed_before.items() if name != page.name}
    typed = {item: tuple(texts) for item, texts in page.typed.items() if texts or item not in answers}
    return {**other_pages, page.name: typed} if typed else other_pages


def mark_seen(sitting: Sitting, page: str) -> Sitting:
    """Record that a page without questions was seen."""
    return sitting if page in sitting.seen else replace(sitting, seen=sitting.seen | {page})


def finish(sitting: Sitting, answers: RawResponses, today: date) -> Sitting:
    """Finish the sitting with its applicable answers.

    The first time determines its day. If nothing differs from the previous version, there is no new one.
    """
    plain = _with_tuples(answers)
    base = sitting if _all_same(plain, sitting.answers) else _continued(sitting)
    versions = base.versions
    if versions and _all_same(versions[-1].answers, plain):
        versions = versions[:-1]
    taken_on = base.taken_on or today
    return replace(
        base, state="finished", answers=plain, taken_on=taken_on, typed={}, versions=_newest_versions(versions)
    )


def _newest_versions(versions: tuple[Version, ...]) -> tuple[Version, ...]:
    """As many of the newest versions as the limits allow."""
    newest_first = versions[: -MOST_VERSIONS - 1 : -1]
    sizes = accumulate(len(json.dumps(dict(version.answers))) for version in newest_first)
    return versions[-max(1, sum(size <= MOST_OF_VERSIONS for size in sizes)) :]


def with_letter(sitting: Sitting, typed: str, today: date) -> Sitting:
    """Replace the note to the later self; an empty text removes it."""
    text = "" if is_invisible(typed) else shortened(" ".join(typed.split()), MOST_OF_LETTER)
    if sitting.letter is not None and sitting.letter.text == text:
        return sitting
    return replace(sitting, letter=Letter(text, today) if text else None)


def _continued(sitting: Sitting) -> Sitting:
    """The sitting, open for changes; the finished answers become a version."""
    if sitting.state != "finished" or sitting.finished is None:
        return sitting
    return replace(sitting, state="continued", versions=(*sitting.versions, sitting.finished))


def _is_blank(value: Any) -> bool:
    """True for an empty text or no choice. Null is an answer, "I'd rather not say"."""
    return isinstance(value, str | tuple) and not value


def _same(first: Any, second: Any) -> bool:
    """Equality that distinguishes true from 1."""
    return bool(first == second) and isinstance(first, bool) == isinstance(second, bool)


def _all_same(first: RawResponses, second: RawResponses) -> bool:
    return first.keys() == second.keys() and all(_same(first[name], second[name]) for name in first)


def to_body(sitting: Sitting) -> dict[str, Any]:
    """The stored form of a sitting, format 1, without id and revision, which are columns."""
    body: dict[str, Any] = _KEPT.dump_python(sitting, mode="json", by_alias=True, exclude={"id", "revision"})
    if sitting.letter is None:
        del body["letter"]  # bodies from before these fields existed lack them
    if not sitting.pressed:
        del body["pressed"]  # the same
    return body


def from_body(id: str, revision: int, body: Body) -> Sitting:  # noqa: A002
    """The sitting of a stored body.

    Raises:
        UnreadableError: the body is not one of a sitting.
    """
    try:
        sitting = _KEPT.validate_python({**body, "id": id, "revision": revision})
    except (TypeError, ValueError):
        raise UnreadableError from None
    if _KEPT_NAMES - body.keys():
        raise UnreadableError
    return sitting


_KEPT: Final = TypeAdapter(Sitting)
_KEPT_NAMES: Final = to_body(empty_sitting(id="", number=0, questionnaire="", content="", day=date.min)).keys()
