"""The day is the person's: a form may say which day it is in the browser's own calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from flask import request

from engine.content.base import is_date
from web.http.state import app_state

DAY_FIELD: Final = "_day"
"""The field that a script fills in. No item has such an id."""
MOST_APART: Final = timedelta(days=1)
"""Time zones differ by so much, and never by more."""


def person_day() -> date:
    """The day in the calendar of the person who sent this form; the site's, if none is sent that can be right."""
    today = app_state().today()
    sent = request.form.get(DAY_FIELD, "") if request.method == "POST" else ""
    if not is_date(sent):
        return today
    day = date.fromisoformat(sent)
    return day if abs(day - today) <= MOST_APART else today
