"""What stands on a page between the questions, every word of the content resolved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.assessment.responses import validate_answers
from engine.content.pack import Form, Pack
from engine.content.placeholders import placeholder_filler
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
    voice = placeholder_filler(pack.content.voice, responses.answers)
    section = section_of(form, stop.section_id)
    before = previous_stop(route(pack, form, sitting, as_of), stop.name)
    announced = section.before if stop.kind == "before" else None
    return InterstitialView(
        name=stop.name,
        kind=stop.kind,
        title=voice.say(section.title),
        text=voice.say(announced) if announced else None,
        notices=tuple(
            NoticeView(
                one.id, None if one.at_once else voice.say(one.title), voice.say(one.at_once or one.text), one.help
            )
            for one in pack.content.notices
            if one.id in stop.notices
        ),
        part=stop.part,
        parts=stop.parts,
        previous=before.name if before else None,
    )
