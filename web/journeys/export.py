"""A journey as a file for programs: everything that is kept behind a link, but the link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.journeys import action_notes
from web.journeys.journey import Journey
from web.journeys.sitting import Sitting


def everything(journey: Journey, contents: Mapping[str, Any]) -> dict[str, Any]:
    """All of it; ``contents`` are the snapshots its sittings were taken under, by digest."""
    return {
        "heartwork": 1,
        "settings": dict(journey.settings),
        "ticks": action_notes.to_body(journey.action_notes),
        "sittings": [_sitting(sitting) for sitting in journey.sittings],
        "contents": contents,
    }


def _sitting(sitting: Sitting) -> dict[str, Any]:
    versions = [
        {"taken_on": version.taken_on.isoformat(), "answers": dict(version.answers)} for version in sitting.versions
    ]
    return {
        "number": sitting.number,
        "questionnaire": sitting.questionnaire,
        "content": sitting.content_digest,
        "created_on": sitting.created_day.isoformat(),
        "taken_on": sitting.taken_on and sitting.taken_on.isoformat(),
        "state": sitting.state,
        "answers": dict(sitting.answers),
        "left_open": sorted(sitting.asked - sitting.answers.keys()),
        "to_correct": {
            page: {item: list(texts) for item, texts in typed.items()} for page, typed in sitting.typed.items()
        },
        "earlier": versions,
    }
