"""What can be done from a plan on its page: notes at actions, links back to the questions and to the help lines.

The page's template extends the engine's template of a plan by blocks, and is rendered in the engine's environment.
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
    """The action that was ticked last, if that was today, and what is said of it."""

    step: str
    action: str
    text: str | None
    """The content's words; None: the page's own."""


@dataclass(frozen=True, slots=True)
class MoreToday:
    """What may come once the action for today is done."""

    step: str = ""
    action: ToDo | None = None
    """One more small thing; None if this week has none left."""


@dataclass(frozen=True, slots=True)
class PlanControls:
    """Where the page of a plan leads to, and what was noted at its actions."""

    note_url: str
    """Where notes are sent, as ``step``, ``action`` and ``state``, which is empty to take one back."""
    hidden: tuple[tuple[str, str], ...] = ()
    """Fields that go with every form."""
    states: Mapping[StepAndAction, NoteState] = field(default_factory=dict)
    """What was noted at actions."""
    change_urls: Mapping[str, str] = field(default_factory=dict)
    """By item: where its answer can be changed. Only what a report shows is linked, and so no sensitive answer."""
    answer_urls: Mapping[str, str] = field(default_factory=dict)
    """By item: where a question that was left open can be answered."""
    help_url: str = ""
    """The page with help lines of every country, which needs no plan."""
    continue_url: str | None = None
    """Where the questions go on, if the plan is a first one."""
    ticked: Ticked | None = None
    more_today: MoreToday | None = None
    """None until the action for today is done."""
    status: str = ""
    """HTML about the plan: one line beneath the introduction; after a change what moved, before the rest."""
    earlier_letter: str = ""
    """HTML: what the person once wrote to themselves, if there is anything."""
    keep_rows: str = ""
    """HTML: rows that lead to keeping the plan, to files and to help."""
    letter_row: str = ""
    """HTML: a row that opens to a line to the person's later self; empty where none is asked for."""
    about_links: str = ""
    """HTML: links to what is beside the plan."""
    privacy_row: str = ""
    """HTML: a row that opens to what others could see on this device."""
    country_form: str = ""
    """HTML: the choice of a country, where help lines stand first."""
    arriving: bool = False
    """True after a change of an answer: the notices and the status are where the page opens."""


def render_plan(report: Report, controls: PlanControls) -> str:
    """The plan's HTML fragment with its controls, every value in it escaped but for what is HTML."""
    return render_html("plan_with_controls.html", TEMPLATES, report=report, controls=controls)


def stylesheet() -> str:
    """The style of all fragments and of these controls."""
    return stylesheet_of_fragments() + (TEMPLATES / "controls.css").read_text(encoding="utf-8")


def more_today(report: Report, notes: Sequence[ActionNote]) -> MoreToday | None:
    """What may come after the action for today: the first of this week that was open when that was ticked.

    It stays the same when it is ticked as well: one more is enough, and nothing leads on from there.
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
