"""A journey as a JSON file: everything stored behind a link except the link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.journeys import action_notes
from web.journeys.journey import Journey
from web.journeys.sitting import Sitting, to_body


def everything(journey: Journey, contents: Mapping[str, Any]) -> dict[str, Any]:
    """Everything; ``contents`` are the snapshots of its sittings' content, by digest."""
    return {
        "heartwork": 1,
        "settings": dict(journey.settings),
        "ticks": action_notes.to_body(journey.action_notes),
        "sittings": [_sitting(sitting) for sitting in journey.sittings],
        "contents": contents,
    }


def _sitting(sitting: Sitting) -> dict[str, Any]:
    kept = to_body(sitting)
    return {
        **{name: kept[name] for name in ("number", "questionnaire", "content")},
        "created_on": kept["created_day"],
        **{name: kept[name] for name in ("taken_on", "state", "answers")},
        "left_open": sorted(sitting.asked - sitting.answers.keys()),
        "to_correct": kept["typed"],
        "earlier": kept["versions"],
        **({"letter": kept["letter"]} if "letter" in kept else {}),
    }
