"""The view of a page between the questions, with every text resolved."""

from __future__ import annotations

from dataclasses import dataclass

from engine.content.remarks import Notice
from web.forms.page_progress import PageProgress, page_progress
from web.forms.route import Stop, Walk, previous_stop


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice during the questionnaire."""

    id: str
    title: str | None
    """None if it has no text for this moment."""
    text: str
    also: str | None
    """Further things to do, below the help lines."""
    help: tuple[str, ...]
    """The kinds of its help lines."""


@dataclass(frozen=True, slots=True)
class InterstitialView:
    """A page without questions."""

    text: str | None
    """The text of an announcement."""
    notices: tuple[NoticeView, ...]
    progress: PageProgress
    ahead: tuple[str, ...]
    """The titles of the parts that follow."""
    previous: str | None
    """The name of the question page before it, for the link back."""


def interstitial_view(walk: Walk, stop: Stop) -> InterstitialView:
    """Build the view of a page without questions."""
    previous = previous_stop(walk.stops, stop.name)
    announcement = stop.section.before if stop.kind == "before" else None
    return InterstitialView(
        text=announcement and walk.fill(announcement),
        notices=tuple(_notice_view(walk, notice) for notice in walk.pack.content.notices if notice.id in stop.notices),
        progress=page_progress(walk, stop),
        ahead=_titles_ahead(walk, stop),
        previous=previous.name if previous else None,
    )


def _titles_ahead(walk: Walk, stop: Stop) -> tuple[str, ...]:
    waiting = [other for other in walk.stops[walk.stops.index(stop) :] if other.page is not None and not other.done]
    sections = dict.fromkeys(other.section.id for other in waiting if not other.section.continues)
    titles = {section.id: section.title for section in walk.form.questionnaire.sections}
    return tuple(walk.fill(titles[section]) for section in sections)


def _notice_view(walk: Walk, notice: Notice) -> NoticeView:
    title = notice.at_once_title if notice.at_once else notice.title
    return NoticeView(
        id=notice.id,
        title=title and walk.fill(title),
        text=walk.fill(notice.at_once or notice.text),
        also=notice.at_once_also and walk.fill(notice.at_once_also),
        help=notice.help,
    )
