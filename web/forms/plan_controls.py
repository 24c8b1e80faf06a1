"""The controls on a plan's page: notes about actions, links to questions and help lines.

The page's template extends the engine's template of a plan by blocks and is rendered in the engine's environment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.rendering.render import render_html
from engine.rendering.render import stylesheet as stylesheet_of_fragments
from engine.report.actions import StepAndAction, ToDo
from engine.report.plan import Report
from web.journeys.action_notes import ActionNote, NoteState

TEMPLATES: Final = Path(__file__).parents[1] / "views" / "templates" / "report"


@dataclass(frozen=True, slots=True)
class Ticked:
    """The action that was ticked last, if that was today, and the text beside it."""

    step: str
    action: str
    text: str | None
    """The content's text; None for the page's own."""


@dataclass(frozen=True, slots=True)
class MoreToday:
    """What may follow today's action when it is done."""

    step: str = ""
    action: ToDo | None = None
    """One more small action; None if this week has none left."""


@dataclass(frozen=True, slots=True)
class PlanControls:
    """The URLs of a plan's page, and the notes about its actions."""

    note_url: str
    """The URL for notes, as ``step``, ``action`` and ``state``; an empty state removes a note."""
    hidden: tuple[tuple[str, str], ...] = ()
    """Hidden fields of every form."""
    states: Mapping[StepAndAction, NoteState] = field(default_factory=dict)
    """The notes about actions."""
    change_urls: Mapping[str, str] = field(default_factory=dict)
    """By item: the URL where its answer can be changed. Reports show no sensitive answer, so none is linked."""
    answer_urls: Mapping[str, str] = field(default_factory=dict)
    """By item: the URL where an open question can be answered."""
    help_url: str = ""
    """The public page with help lines of every country."""
    continue_url: str | None = None
    """The URL where the questions continue, for a first plan."""
    ticked: Ticked | None = None
    more_today: MoreToday | None = None
    """None until today's action is done."""
    status: str = ""
    """HTML about the plan: one line below the introduction; after a change, what moved, before the rest."""
    earlier_letter: str = ""
    """HTML: the person's note to themselves, if there is one."""
    keep_rows: str = ""
    """HTML: rows that lead to keeping the plan, to files and to help."""
    letter_row: str = ""
    """HTML: a fold with the form for a note to the later self; empty if it is not offered."""
    about_links: str = ""
    """HTML: links to related pages."""
    privacy_row: str = ""
    """HTML: a fold about what others could see on this device."""
    country_form: str = ""
    """HTML: the choice of a country, if help lines come first."""
    arriving: bool = False
    """True after a changed answer: the page opens at the notices and the status."""


def render_plan(report: Report, controls: PlanControls) -> str:
    """The plan's HTML fragment with its controls. Everything is escaped except fields documented as HTML."""
    return render_html("plan_with_controls.html", TEMPLATES, report=report, controls=controls)


def stylesheet() -> str:
    """The style sheet of all fragments and of these controls."""
    return stylesheet_of_fragments() + (TEMPLATES / "controls.css").read_text(encoding="utf-8")


def more_today(report: Report, notes: Sequence[ActionNote]) -> MoreToday | None:
    """The action after today's: the first of this week that was open when today's was ticked.

    It stays the same when it is ticked too: one more is enough.
    """
    if (today := report.today) is None:
        return None
    keys = [(note.step, note.action) for note in notes if note.state == "done"]
    if (today.step, today.action.id) not in keys:
        return None
    before = keys[: keys.index((today.step, today.action.id))]
    open_actions = ((step.id, action) for step in report.this_week for action in step.actions)
    return next(
        (MoreToday(step, action) for step, action in open_actions if (step, action.id) not in before), MoreToday()
    )
