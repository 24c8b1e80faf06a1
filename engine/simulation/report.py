"""What a simulation counted, as text or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from engine.rendering.render import render_text, to_json
from engine.simulation.statistics import PlanStatistics

_TEMPLATES: Final = Path(__file__).parent / "templates"


def render_census(census: PlanStatistics, form: Literal["text", "json"]) -> str:
    """The census as text or JSON."""
    return to_json(census) if form == "json" else render_text("simulation.txt", _TEMPLATES, census=census)
