"""What the page of a plan adds to the report: notes at actions, links, and their words."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import engine
from engine.rendering.render import render
from engine.report.plan import OpenQuestion, OpenSection, Report
from tests.engine.rendering.test_render import Reader, macros_in
from tests.engine.report.test_action_preferences import report
from web.forms.plan_controls import TEMPLATES, PlanControls, more_today, render_plan
from web.journeys.action_notes import ActionNote, NoteState

DAY: Final = date(2026, 11, 26)
CONTROLS: Final = PlanControls(note_url="/plan/1/tick")
ENGINE_TEMPLATES: Final = Path(engine.__file__ or "").parent / "rendering" / "templates"


def test_ticks_are_buttons() -> None:
    """What was noted is said by the state of its button, beside the choices that make sense then; all is escaped."""
    controls = PlanControls(note_url='/"plan', hidden=(("csrf_token", '"><b>'),))
    plain = render_plan(report(("calm", "a0")), controls)
    assert plain.count("<form") == 5  # today's, three more, and the one that is passed over
    assert '"><b>' not in plain
    assert '/"plan' not in plain
    states: tuple[tuple[NoteState | None, str], ...] = (("done", "true"), ("doing", "mixed"), (None, "false"))
    for state, pressed in states:
        states_of_actions = {("calm", "a1"): state} if state else {}
        button = re.search(
            r'data-tick="calm/a1".*?<button class="tick"[^>]*>',
            render_plan(report(), replace(controls, states=states_of_actions)),
            re.DOTALL,
        )
        assert button is not None
        assert f'aria-pressed="{pressed}"' in button[0]


def test_one_more_is_enough() -> None:
    """After the action for today comes the first that was open then. It stays when it is ticked too, and may be none."""
    plan_report = report()
    assert plan_report.today is not None
    today, (first, second, *others) = (
        plan_report.today.action.id,
        [action.id for action in plan_report.steps[0].actions],
    )

    def more(*done: str) -> str | None:
        found = more_today(plan_report, [ActionNote("calm", action, "done", DAY) for action in done])
        return None if found is None else found.action.id if found.action else "nothing"

    assert more() is more(first) is None
    assert more(today) == more(today, first) == more(today, second) == first
    assert more(first, today) == more(first, today, second) == second
    assert more(first, second, *others, today) == "nothing"


def test_status_stands_under_the_heading() -> None:
    """What is said of a plan stands before Today; after a change it comes first, and the page opens there."""
    status = "<p>Said & done.</p>"
    html = render_plan(report(), replace(CONTROLS, status=status))
    assert 'id="said"' not in html
    assert html.index("<h1") < html.index(status) < html.index('class="card warm today"')
    html = render_plan(report(), replace(CONTROLS, status=status, arriving=True))
    assert html.index('<div id="said" tabindex="-1" data-focus>') < html.index(status) < html.index("<h1")
    assert html.count(status) == 1


def test_links_only_where_the_page_leads_somewhere() -> None:
    """The way back to the questions is offered only where it is named."""
    questions = OpenSection("Section", whole=False, questions=(OpenQuestion("x", "X?"), OpenQuestion("y", "Y?")))
    first_plan = replace(report(), left_open=(questions,))
    assert "/quiz" not in render_plan(first_plan, CONTROLS)
    links = replace(CONTROLS, answer_urls={"x": "/quiz/1/a#q-x"}, continue_url="/quiz/1/b")
    html = render_plan(first_plan, links)
    assert html.count('href="/quiz/1/a#q-x"') == html.count('href="/quiz/1/b"') == 1


def test_template_uses_only_documented_fields() -> None:
    """Every attribute that the templates ask for is a field of the report or of the controls, and all controls are used."""
    reader = Reader()
    reader.modules["tools"] = macros_in(
        reader.environment.parse((TEMPLATES / "controls.jinja").read_text(encoding="utf-8"))
    )
    for template in (str(TEMPLATES / "plan_with_controls.html"), "plan/report.html"):
        reader.read(template, report=Report, controls=PlanControls)
    assert reader.used[PlanControls] == {field.name for field in dataclasses.fields(PlanControls)}


def test_names_of_templates_are_their_own() -> None:
    """No template of the page hides one of the engine, or is hidden by it."""
    page_templates, engine_templates = (
        {str(path.relative_to(folder)) for path in folder.rglob("*.*")} for folder in (TEMPLATES, ENGINE_TEMPLATES)
    )
    assert page_templates
    assert not page_templates & engine_templates


def test_nothing_but_controls_is_added() -> None:
    """Without what can be pressed, the page has the lines of the document, in its order."""
    plan_report = report(("calm", "a0"))
    added = iter(render_plan(plan_report, CONTROLS).split("\n"))
    actions = ("data-action", 'class="elsewhere"')  # a row that is a button, a sentence that is a link
    plain = [
        line
        for line in render(plan_report, "html").split("\n")
        if line and not any(marker in line for marker in actions)
    ]
    assert [line for line in plain if line not in added] == []
