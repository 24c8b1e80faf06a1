"""What can be done from a plan on its page: notes at actions, links back to the questions and to the help lines.

The page's template extends the engine's template of a plan by blocks, and is rendered in the engine's environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.rendering.render import render_html
from engine.rendering.render import stylesheet as stylesheet_of_fragments
from engine.report.plan import Report
from web.journeys.action_notes import ActionNote

TEMPLATES: Final = Path(__file__).parents[1] / "views" / "templates" / "report"


@dataclass(frozen=True, slots=True)
class PlanControls:
    """Where the page of a plan leads to, and what was noted at its actions."""

    note_url: str
    """Where notes are sent, as ``step``, ``action`` and ``state``, which is empty to take one back."""
    hidden: tuple[tuple[str, str], ...] = ()
    """Fields that go with every form."""
    notes: tuple[ActionNote, ...] = ()
    change_urls: Mapping[str, str] = field(default_factory=dict)
    """By item: where its answer can be changed. Only what a report shows is linked, and so no sensitive answer."""
    answer_urls: Mapping[str, str] = field(default_factory=dict)
    """By item: where a question that was left open can be answered."""
    continue_url: str | None = None
    """Where the questions go on, if the plan is a first one."""
    status: str = ""
    """HTML about the plan: it stands after the notices and before the rest."""
    arriving: bool = False
    """True after a change of an answer: the notices and the status are where the page opens."""


def render_plan(report: Report, controls: PlanControls) -> str:
    """The plan's HTML fragment with its controls, every value in it escaped but for ``controls.status``."""
    return render_html("plan_with_controls.html", TEMPLATES, report=report, controls=controls)


def stylesheet() -> str:
    """The style of all fragments and of these controls."""
    return stylesheet_of_fragments() + (TEMPLATES / "controls.css").read_text(encoding="utf-8")
