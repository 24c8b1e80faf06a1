"""One taking of a questionnaire, from the first page to the versions of its plan: plain values and pure functions.

A sitting is a *draft* until it is finished the first time, with "See a first plan now" too. An answer that is given
afterwards ("Go on", "Change this answer") makes it *continued*: it keeps its number, its content and the day it was
taken on, and what was finished stays beside it as a version.
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
"""Earlier versions that stay; nobody looks at more, and a body has its bounds."""
MOST_OF_VERSIONS: Final = 32 * 1024
"""Bytes of all earlier versions: of longer answers fewer stay, and at least one."""
LONGEST_LETTER: Final = 300
MOST_OF_LETTER: Final = LONGEST_LETTER + MOST_BEYOND
"""So much of a letter that is too long is kept, so that it can be shortened."""


def _with_tuples(answers: RawResponses) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in answers.items()}


Answers = Annotated[RawResponses, AfterValidator(_with_tuples)]
Names = Annotated[frozenset[str], PlainSerializer(sorted)]
Typed = Mapping[str, tuple[str, ...]]
"""By item: the texts of its fields, as they were typed; none, if an answer is needed and there was none."""


@dataclass(frozen=True, slots=True)
class Version:
    """Answers as they were finished once."""

    taken_on: date
    answers: Answers = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """A line that a person wrote to their later self. No rule reads it."""

    text: str = field(repr=False)
    day: date

    @property
    def surplus(self) -> int:
        """How many characters it has too many: then it waits to be shortened, and is shown nowhere else."""
        return max(0, len(self.text) - LONGEST_LETTER)

    @property
    def is_shortened(self) -> bool:
        """Whether more was typed than is kept."""
        return is_shortened(self.text, MOST_OF_LETTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """What is known of one taking. Its answers show themselves in no ``repr``, and so in no log line.

    An alias is the name under which a field is kept.
    """

    id: str
    revision: int
    """How often it was kept; 0 is not yet. ``id`` and ``revision`` go with every form."""
    number: int
    questionnaire: str
    content_digest: Annotated[str, Field(alias="content")]
    """The digest of the content it is taken under."""
    created_day: date
    taken_on: date | None = None
    state: State = "draft"
    answers: Answers = field(default_factory=dict, repr=False)
    """Everything answered, also to items that are hidden now: they leave when the sitting is finished."""
    asked: Names = field(default_factory=frozenset, repr=False)
    """Items that were put to the person, answered or left open."""
    seen: Names = frozenset()
    """Pages without answers that need no second look."""
    page_revisions: Annotated[Mapping[str, int], Field(alias="answered")] = field(default_factory=dict)
    """Pages that were sent, with the revision that brought their answers."""
    typed: Mapping[str, Typed] = field(default_factory=dict, repr=False)
    """By page: what was typed and can't be taken as it is. It is shown again, until the page is sent without faults."""
    versions: tuple[Version, ...] = field(default=(), repr=False)
    """What was finished before, oldest first; while the sitting is continued, the last one is its newest plan."""
    letter: Letter | None = field(default=None, repr=False)
    pressed: Mapping[str, int] = field(default_factory=dict)
    """Pages whose button was pressed, with the revision that it led to: a save from before that comes too late."""

    @property
    def finished(self) -> Version | None:
        """What its plan is made of: the answers it was finished with last, if it was ever finished."""
        if self.state == "finished" and self.taken_on is not None:
            return Version(self.taken_on, self.answers)
        return self.versions[-1] if self.versions else None

    @property
    def day(self) -> date:
        """The day it was finished first, and until then the day it was begun."""
        return self.taken_on or self.created_day

    def as_of(self, today: date) -> date:
        """The day its answers speak of: the day it was first finished, and until then today."""
        return self.taken_on or today


@dataclass(frozen=True, slots=True)
class MergeResult:
    """Answers after a page came in."""

    answers: RawResponses
    replaced: tuple[str, ...] = ()
    """Items of a stale page that took the place of another answer, given meanwhile."""


@dataclass(frozen=True, slots=True)
class SubmittedPage:
    """One page of answers, as somebody sent it."""

    name: str
    asked: Collection[str]
    """Its items, as far as they were visible."""
    answers: RawResponses = field(repr=False)
    """The answers on it; an item that is not here was left blank."""
    base_revision: int
    """The sitting's revision when the page was shown."""
    typed: Typed = field(default_factory=dict, repr=False)
    """What cannot be taken. These items are not among ``asked``: what was answered before stays as it is."""
    changed: Collection[str] | None = None
    """Its items that were changed since it was shown or last saved; None if it can't say, as without a script."""


def merge(current: RawResponses, submitted: RawResponses, asked: Collection[str], *, stale: bool) -> MergeResult:
    """Put the answers of a page among those that are there already.

    What a page says of its items holds. If it is stale, because the same page was sent from elsewhere after it had been
    shown, then its blanks say nothing, and what it replaces is listed.
    """
    filled = {name: value for name, value in _with_tuples(submitted).items() if name in asked and not _is_blank(value)}
    if not stale:
        unasked = {name: value for name, value in current.items() if name not in asked}
        return MergeResult({**unasked, **filled})
    replaced = (name for name, value in filled.items() if name in current and not _same(current[name], value))
    return MergeResult({**current, **filled}, tuple(sorted(replaced)))


def empty_sitting(*, id: str, number: int, questionnaire: str, content: str, day: date) -> Sitting:  # noqa: A002
    """A sitting with nothing in it."""
    return Sitting(
        id=id, revision=0, number=number, questionnaire=questionnaire, content_digest=content, created_day=day
    )


def apply_page(sitting: Sitting, page: SubmittedPage) -> tuple[Sitting, MergeResult]:
    """Take a page in. A page that says nothing new changes nothing, so that a double click is one click.

    Of a stale page that knows what was changed on it nothing else counts: what it shows besides is older than what is
    kept.
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
    """Whether a page was sent from elsewhere after this one had been shown."""
    return sitting.page_revisions.get(page.name, 0) > page.base_revision


def comes_too_late(sitting: Sitting, page: SubmittedPage) -> bool:
    """Whether the button of this page was pressed after what is saved here was shown: it may be older than that."""
    return sitting.pressed.get(page.name, 0) > page.base_revision


def apply_changes(sitting: Sitting, page: SubmittedPage) -> Sitting:
    """Take in what was just changed on a page that is still open: each answer as it is chosen, cleared or typed.

    Nothing else of the page counts, so that it can't be stale. What is blank was not left open and is asked again, and
    a blank where an answer is needed is no fault as long as the page is open.
    """
    changes = _changes_alone(sitting, page, page.changed or ())
    answers = merge(sitting.answers, changes.answers, changes.asked, stale=False).answers
    typed = _typed_after(sitting.typed, changes, answers)
    if _all_same(answers, sitting.answers) and typed == sitting.typed:
        return sitting
    revisions = {**sitting.page_revisions, page.name: sitting.revision + 1}
    return replace(_continued(sitting), answers=answers, typed=typed, page_revisions=revisions)


def _changes_alone(sitting: Sitting, page: SubmittedPage, changed: Collection[str]) -> SubmittedPage:
    """The page as if it had asked nothing but what was changed on it. A blank takes the answer away, always."""
    faulty = {name: texts for name, texts in page.typed.items() if name in changed and texts}
    waiting = {name: texts for name, texts in sitting.typed.get(page.name, {}).items() if name not in changed}
    return replace(
        page,
        asked=frozenset(changed) - faulty.keys(),
        answers={name: value for name, value in page.answers.items() if name in changed},
        typed={**waiting, **faulty},
    )


def _typed_after(typed_before: Mapping[str, Typed], page: SubmittedPage, answers: RawResponses) -> dict[str, Typed]:
    """What waits to be corrected after a page came in: nothing of it that is blank where there is an answer."""
    other_pages = {name: typed for name, typed in typed_before.items() if name != page.name}
    typed = {item: tuple(texts) for item, texts in page.typed.items() if texts or item not in answers}
    return {**other_pages, page.name: typed} if typed else other_pages


def mark_seen(sitting: Sitting, page: str) -> Sitting:
    """Note that a page without answers was seen."""
    return sitting if page in sitting.seen else replace(sitting, seen=sitting.seen | {page})


def finish(sitting: Sitting, answers: RawResponses, today: date) -> Sitting:
    """Make a plan of these answers, which are all that apply.

    Only the first time decides the day the sitting was taken on. If nothing differs from the version before, there is
    no new version.
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
    """As many of the newest versions as may stay."""
    newest_first = versions[: -MOST_VERSIONS - 1 : -1]
    sizes = accumulate(len(json.dumps(dict(version.answers))) for version in newest_first)
    return versions[-max(1, sum(size <= MOST_OF_VERSIONS for size in sizes)) :]


def with_letter(sitting: Sitting, typed: str, today: date) -> Sitting:
    """With a line to the person's later self in the place of the one before; without any, if nothing was typed."""
    text = "" if is_invisible(typed) else shortened(" ".join(typed.split()), MOST_OF_LETTER)
    if sitting.letter is not None and sitting.letter.text == text:
        return sitting
    return replace(sitting, letter=Letter(text, today) if text else None)


def _continued(sitting: Sitting) -> Sitting:
    """The sitting, open for other answers; what was finished becomes a version."""
    if sitting.state != "finished" or sitting.finished is None:
        return sitting
    return replace(sitting, state="continued", versions=(*sitting.versions, sitting.finished))


def _is_blank(value: Any) -> bool:
    """Empty text and no choice; null is "I'd rather not say" and an answer."""
    return isinstance(value, str | tuple) and not value


def _same(first: Any, second: Any) -> bool:
    """Equal, and true is not 1."""
    return bool(first == second) and isinstance(first, bool) == isinstance(second, bool)


def _all_same(first: RawResponses, second: RawResponses) -> bool:
    return first.keys() == second.keys() and all(_same(first[name], second[name]) for name in first)


def to_body(sitting: Sitting) -> dict[str, Any]:
    """What is kept of a sitting, in format 1, as JSON values: all but its id and revision, which are its place."""
    body: dict[str, Any] = _KEPT.dump_python(sitting, mode="json", by_alias=True, exclude={"id", "revision"})
    if sitting.letter is None:
        del body["letter"]  # bodies that were kept before there were letters have none
    if not sitting.pressed:
        del body["pressed"]  # nor did those that were kept before this was noted
    return body


def from_body(id: str, revision: int, body: Body) -> Sitting:  # noqa: A002
    """The sitting that was kept.

    Raises:
        UnreadableError: this is no body of a sitting.
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
