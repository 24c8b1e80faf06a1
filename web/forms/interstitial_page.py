"""What stands on a page between the questions, every word of the content resolved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.assessment.responses import validate_answers
from engine.content.pack import Form, Pack
from engine.content.placeholders import PlaceholderFiller, placeholder_filler
from engine.content.steps import Notice
from web.forms.paging import section_of
from web.forms.route import Stop, StopKind, previous_stop, route
from web.journeys.sitting import Sitting


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice, as it is told while somebody is still answering."""

    id: str
    title: str | None
    """None if its text is one for this moment, which says it all."""
    text: str
    help: tuple[str, ...]
    """The kinds of help lines that belong to it."""


@dataclass(frozen=True, slots=True)
class InterstitialView:
    """A page without questions."""

    name: str
    kind: StopKind
    title: str
    """Of the section it announces or follows."""
    text: str | None
    """Of an announcement."""
    notices: tuple[NoticeView, ...]
    part: int
    parts: int
    previous: str | None
    """The name of the page with questions before it, for the link back."""


def interstitial_view(pack: Pack, form: Form, sitting: Sitting, stop: Stop, as_of: date) -> InterstitialView:
    """What is on a page that is no page with questions."""
    responses = validate_answers(pack, form, sitting.answers, as_of, complete=False)
    filler = placeholder_filler(pack.content.voice, responses.answers)
    section = section_of(form, stop.section_id)
    previous = previous_stop(route(pack, form, sitting, as_of), stop.name)
    announcement = section.before if stop.kind == "before" else None
    return InterstitialView(
        name=stop.name,
        kind=stop.kind,
        title=filler.fill(section.title),
        text=filler.fill(announcement) if announcement else None,
        notices=tuple(_notice_view(notice, filler) for notice in pack.content.notices if notice.id in stop.notices),
        part=stop.part,
        parts=stop.parts,
        previous=previous.name if previous else None,
    )


def _notice_view(notice: Notice, filler: PlaceholderFiller) -> NoticeView:
    title = None if notice.at_once else filler.fill(notice.title)
    return NoticeView(notice.id, title, filler.fill(notice.at_once or notice.text), notice.help)
