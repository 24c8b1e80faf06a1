"""A person's sitting for a view: its content, its journey, and its position in the questionnaire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from engine.content.values import Value
from web.crypto.private_link import Secret
from web.forms.paging import (
    BEFORE_PREFIX,
    KEEP_PAGE,
    NOTICE_PREFIX,
    OFFER_PAGE,
    PageSpec,
    page_of_item,
    pages_by_name,
    pages_of,
)
from web.forms.route import Walk, is_done, next_stop, waiting_texts
from web.journeys.journey import Journey
from web.journeys.sitting import Sitting, Typed, finish

REVIEW_PAGE: Final = "check"
PLAN_PAGE: Final = "plan"


@dataclass(frozen=True)
class SittingProgress(Walk):
    """A sitting with its content and its journey."""

    secret: Secret = field(repr=False)
    journey: Journey = field(repr=False)
    """The journey with all sittings, as read at the start of the request."""
    full: Sitting | None = field(default=None, repr=False)
    """The full sitting of a check-in; None for a full sitting or if there is none."""

    @property
    def earlier_answers(self) -> Mapping[str, object]:
        finished = self.full.finished if self.full else None
        return finished.answers if finished else {}

    @property
    def pages(self) -> Mapping[str, PageSpec]:
        """All question pages, visible or not."""
        return pages_by_name(self.form)

    @property
    def interstitials(self) -> frozenset[str]:
        """All other pages that may become visible."""
        sections = self.form.questionnaire.sections
        announcements = {f"{BEFORE_PREFIX}{section.id}" for section in sections if section.before}
        notices = {f"{NOTICE_PREFIX}{number}" for number, section in enumerate(sections, 1) if section.followed_by}
        return frozenset({KEEP_PAGE, OFFER_PAGE} | announcements | notices)

    def next_page(self, name: str | None = None) -> str:
        """The page after a page: the same one again, a later one, an earlier one, or the review of all answers."""
        stop = next_stop(self.stops, name) or next_stop(self.stops)
        return REVIEW_PAGE if stop is None else stop.name

    @property
    def waiting_pages(self) -> int:
        """The number of question pages that are not done."""
        shown_pages = (page for page in pages_of(self.form) if not self.visible.isdisjoint(page.items))
        return sum(not is_done(self, page) for page in shown_pages)

    @property
    def first_to_correct(self) -> str:
        """The first page with a required or invalid answer before there can be a plan."""
        stops = (stop.name for stop in self.stops if stop.page and waiting_texts(self.sitting, stop.name))
        return next(stops, self.next_page())

    def finish(self, sitting: Sitting) -> Sitting:
        """The sitting with its plan, or marked with the answers that are required or invalid."""
        walk = self.with_sitting(sitting)
        responses = walk.responses
        if sitting.taken_on is None and (unfit := self._unfit_answers(responses.answers)):
            answers = {name: value for name, value in sitting.answers.items() if name not in unfit}
            return replace(sitting, answers=answers, typed=self._marked(sitting.typed, unfit))
        needed = (name for name in responses.visible if self.form.item(name).required)
        missing = [name for name in needed if name not in responses.answers]
        if missing:
            return replace(sitting, typed=self._marked(sitting.typed, dict.fromkeys(missing, ())))
        shown_pages = (page for page in pages_of(self.form) if not walk.visible.isdisjoint(page.items))
        if any(waiting_texts(sitting, page.name) for page in shown_pages):
            return sitting
        return finish(sitting, responses.answers, self.today)

    def _unfit_answers(self, answers: Mapping[str, Value | None]) -> Typed:
        """Answers that no longer fit on the day the sitting is finished, because bounds moved with the day."""
        return {
            name: (str(value),)
            for name, value in answers.items()
            if value is not None
            and (item := self.form.item(name)).input is not None
            and item.validate_on(value, name, self.as_of)[1]
        }

    def _marked(self, typed: Mapping[str, Typed], to_correct: Typed) -> dict[str, Typed]:
        marked = dict(typed)
        for item, texts in to_correct.items():
            page = page_of_item(self.form, item).name
            marked[page] = {item: texts, **marked.get(page, {})}
        return marked
