"""What a simulation counted, as text or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from engine.rendering.render import render_text, to_json
from engine.simulation.statistics import PlanStatistics

_TEMPLATES: Final = Path(__file__).parent / "templates"


def render_statistics(statistics: PlanStatistics, output_format: Literal["text", "json"]) -> str:
    """The statistics as text or JSON."""
    return (
        to_json(statistics)
        if output_format == "json"
        else render_text("simulation.txt", _TEMPLATES, statistics=statistics)
    )
