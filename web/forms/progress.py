"""One person's sitting, as a view needs it: which one, under which content, and where in the questionnaire."""

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
    """A sitting with the content it was begun under, and the journey it belongs to."""

    secret: Secret = field(repr=False)
    journey: Journey = field(repr=False)
    """All that the person has, as it was when the request came in."""
    full: Sitting | None = field(default=None, repr=False)
    """The full sitting that a check-in belongs to; None for a full one, or if there is none."""

    @property
    def earlier_answers(self) -> Mapping[str, object]:
        finished = self.full.finished if self.full else None
        return finished.answers if finished else {}

    @property
    def pages(self) -> Mapping[str, PageSpec]:
        """All pages with questions, whether they come up or not."""
        return pages_by_name(self.form)

    @property
    def interstitials(self) -> frozenset[str]:
        """All other pages that may come up."""
        sections = self.form.questionnaire.sections
        announcements = {f"{BEFORE_PREFIX}{section.id}" for section in sections if section.before}
        notices = {f"{NOTICE_PREFIX}{number}" for number, section in enumerate(sections, 1) if section.followed_by}
        return frozenset({KEEP_PAGE, OFFER_PAGE} | announcements | notices)

    def next_page(self, name: str | None = None) -> str:
        """The page that waits after a page: this one again, a later one, an earlier one, or a look at all answers."""
        stop = next_stop(self.stops, name) or next_stop(self.stops)
        return REVIEW_PAGE if stop is None else stop.name

    @property
    def waiting_pages(self) -> int:
        """How many pages with questions wait."""
        shown_pages = (page for page in pages_of(self.form) if not self.visible.isdisjoint(page.items))
        return sum(not is_done(self, page) for page in shown_pages)

    @property
    def first_to_correct(self) -> str:
        """The first page on which something must be answered or corrected before there is a plan."""
        stops = (stop.name for stop in self.stops if stop.page and waiting_texts(self.sitting, stop.name))
        return next(stops, self.next_page())

    def finish(self, sitting: Sitting) -> Sitting:
        """The sitting with its plan, or with a mark where something has to be answered or corrected first."""
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
        """What was typed when it fitted, and does not on the day the sitting is finished: bounds may move with it."""
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
