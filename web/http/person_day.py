"""The person's day: a form may contain the date of the browser's calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from flask import request

from engine.content.base import is_date
from web.http.state import app_state

DAY_FIELD: Final = "_day"
"""The field that a script fills in. No item has this id."""
MOST_APART: Final = timedelta(days=1)
"""The maximum difference between time zones."""


def person_day() -> date:
    """The date in the calendar of the person who sent this form, or the site's if none or an implausible one was
    sent.
    """
    today = app_state().today()
    sent = request.form.get(DAY_FIELD, "") if request.method == "POST" else ""
    if not is_date(sent):
        return today
    day = date.fromisoformat(sent)
    return day if abs(day - today) <= MOST_APART else today
