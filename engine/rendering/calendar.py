"""Calendar entries: this week's actions and the days to return. Only this module imports icalendar.

Other people may see a calendar. Titles are the content's neutral ones, never texts of actions; unscheduled steps and
short reports are left out; there are no alarms.
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
"""One week, with at most one action on each day."""
_PRODUCT_ID: Final = "-//Plan//Plan 1//EN"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One day in a calendar."""

    uid: str
    """Equal for equal content and day, so that a second import replaces the first."""
    on: date
    title: str


def calendar_entries(
    assessment: Assessment, check_in: Assessment | None = None, preferences: ActionPreferences = NO_PREFERENCES
) -> tuple[CalendarEntry, ...]:
    """The entries of a calendar: one action a day from the day of the last sitting, then the days to return.

    Empty if the plan has no calendar: its kind has no weeks, its report is short, or the pack declares none.

    Raises:
        ValueError: the sitting is a check-in, which has no plan.
        HeartworkError: the second sitting is not a check-in of the first.
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
    """This week's steps and actions as the report lists them: today's first, then one of each step in turn."""
    steps = [step for step in report.this_week if step.id in step_ids]
    rounds = zip_longest(*([(step.id, action.id) for action in step.actions] for step in steps))
    alternating = [pair for round_ in rounds for pair in round_ if pair is not None]
    today = report.today
    return ([(today.step, today.action.id)] if today and today.step in step_ids else []) + alternating


def _uid(pack: Pack, names: Sequence[str], day: date) -> str:
    """A unique id derived by a hash, which reveals nothing."""
    return hashlib.sha256("/".join((pack.id, *names, day.isoformat())).encode()).hexdigest()[:32]
