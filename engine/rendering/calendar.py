"""Calendar entries: a person's own things to do this week, and the day to look again. Only here icalendar is imported.

Others may share a calendar. So titles are the content's neutral ones, never the texts of actions; steps that the pack
leaves unscheduled are not in it, nor is anything of a plan that is told briefly; nothing rings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest
from typing import Final

from icalendar import Calendar, Event

from engine.assessment.pipeline import Assessment
from engine.content.pack import Pack
from engine.report.actions import NO_PREFERENCES, ActionPreferences
from engine.report.plan import Report, build_report
from engine.report.weeks import scheduled_steps

DAYS: Final = 7
"""A week: at most one thing to do on each of its days."""
_PRODUCT_ID: Final = "-//Plan//Plan 1//EN"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One day in a calendar."""

    uid: str
    """The same for the same content and day, so that a second copy takes the place of the first."""
    on: date
    title: str


def calendar_entries(
    assessment: Assessment, check_in: Assessment | None = None, preferences: ActionPreferences = NO_PREFERENCES
) -> tuple[CalendarEntry, ...]:
    """What goes into a calendar: from the day of the last sitting one thing a day, then the days to look again.

    Empty if the plan has no calendar: its kind has no weeks, it is told briefly, or the pack declares none.

    Raises:
        ValueError: the sitting is a check-in, which has no plan of its own.
        HeartworkError: the second is no check-in to the first.
    """
    titles, step_ids = assessment.pack.content.calendar, scheduled_steps(assessment, check_in)
    report = build_report(assessment, check_in, preferences=preferences)
    if titles is None or step_ids is None:
        return ()
    pack, begins = assessment.pack, (check_in or assessment).provenance.as_of
    own_titles = {(step.id, action.id): action.calendar for step in pack.steps for action in step.actions}
    days = [begins + timedelta(days=offset) for offset in range(DAYS)]
    entries = [
        CalendarEntry(_uid(pack, names, day), day, own_titles[names] or titles.action)
        for day, names in zip(days, _alternate_steps(report, step_ids), strict=False)
    ]
    look_again = report.come_back
    days = [day for day in (look_again.check_in_on, look_again.on) if day is not None] if look_again else []
    entries += [CalendarEntry(_uid(pack, ("look_again",), day), day, titles.look_again) for day in days]
    return tuple(entries)


def calendar_file(
    assessment: Assessment, check_in: Assessment | None = None, preferences: ActionPreferences = NO_PREFERENCES
) -> bytes | None:
    """The entries as an iCalendar file (RFC 5545); None if there are none."""
    entries = calendar_entries(assessment, check_in, preferences)
    if not entries:
        return None
    stamp = datetime.combine((check_in or assessment).provenance.as_of, time(), tzinfo=UTC)
    file = Calendar()
    file.add("version", "2.0")
    file.add("prodid", _PRODUCT_ID)
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", stamp)
        event.add("dtstart", entry.on)
        event.add("dtend", entry.on + timedelta(days=1))
        event.add("summary", entry.title)
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT")
        file.add_component(event)
    return bytes(file.to_ical())


def _alternate_steps(report: Report, step_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Steps and actions of this week as a report offers them: today's first, then of each step in turn."""
    steps = [step for step in report.this_week if step.id in step_ids]
    rounds = zip_longest(*([(step.id, action.id) for action in step.actions] for step in steps))
    alternating = [pair for round_ in rounds for pair in round_ if pair is not None]
    today = report.today
    return ([(today.step, today.action.id)] if today and today.step in step_ids else []) + alternating


def _uid(pack: Pack, names: Sequence[str], day: date) -> str:
    """Derived, and still nothing to read."""
    return hashlib.sha256("/".join((pack.id, *names, day.isoformat())).encode()).hexdigest()[:32]
