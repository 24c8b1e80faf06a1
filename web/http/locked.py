"""A locked journey: it was idle for two hours before its link was ever shown, and continues in this browser.

Another person may hold the device. A locked draft continues at its next open page and shows nothing from before: no
earlier page, no review, no plan, no name in a question, and no hint whether an answer equals the earlier one. The
link or words unlock it. A draft that was asked something sensitive is closed instead, whatever was answered, so that
closing reveals only how far it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeVar

from web.forms.route import Stop, Walk
from web.http.session import forget_journey, hidden_items, hide_items, is_locked
from web.http.state import content_state
from web.journeys.journey import Journey
from web.journeys.sitting import Sitting, SubmittedPage

W = TypeVar("W", bound=Walk)
OPEN_WHILE_LOCKED: Final = frozenset(
    {
        "quiz.resume",
        "quiz.show",
        "quiz.submit_page",
        "quiz.later",
        "history.confirm_delete_everything",
        "history.delete_everything",
    }
)
"""Private pages of a locked journey. The functions below restrict what they show."""


def look_up_hidden(journey: Journey) -> None:
    """Record what was answered before the journey was locked; close it if something sensitive was asked."""
    if hidden_items() is not None:
        return
    hidden: set[str] = set()
    for sitting in journey.sittings:
        pack, _ = content_state().content_versions.form_of(sitting.content_digest, sitting.questionnaire)
        items = _items_with_answers(sitting)
        # Asked but not answered: otherwise it would reveal which pages have answers.
        if sitting.finished is not None or (items | sitting.asked) & pack.sensitive:
            forget_journey()
            return
        hidden |= items
    hide_items(hidden)


def _items_with_answers(sitting: Sitting) -> set[str]:
    typed = {item for page in sitting.typed.values() for item, texts in page.items() if texts}
    return {*sitting.answers, *typed}


def with_hidden(walk: W) -> W:
    """The route without everything hidden on this device; unchanged if the journey is not locked."""
    return replace(walk, hidden=hidden_items() or frozenset()) if is_locked() else walk


def may_show(stop: Stop, next_page: str) -> bool:
    """Whether a page may be shown: of a locked journey its next open page and pages answered since."""
    if not is_locked() or stop.name == next_page:
        return True
    return stop.done and stop.page is not None and not (hidden_items() or frozenset()).intersection(stop.page.items)


def without_hidden_blanks(page: SubmittedPage) -> SubmittedPage:
    """The input of a locked page. Blanks do not clear hidden answers; what was filled in is no longer hidden."""
    if not is_locked():
        return page
    hidden = hidden_items() or frozenset()
    filled = page.answers.keys() | {item for item, texts in page.typed.items() if texts}
    blank = hidden - filled
    hide_items(blank)
    typed = {item: texts for item, texts in page.typed.items() if item not in blank}
    return replace(
        page, asked=[item for item in page.asked if item not in blank], typed=typed, base_revision=0, changed=None
    )
