"""Write every page with sample data for a visual check: ``python -m tests.tools.preview FOLDER [--shots]``.

It writes one HTML file for each state of each page, with the stylesheet and the script. ``--shots`` takes screenshots with
Chromium at 360 and 1280 px, in light and dark mode.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from flask import Flask, render_template
from jinja2 import StrictUndefined
from markupsafe import Markup

from engine.answers.front_page import default_front_page
from engine.answers.front_page_files import load_front_page
from engine.assessment.pipeline import assess
from engine.comparison.changes import compare
from engine.comparison.report import build_comparison_report
from engine.comparison.timeline import build_timeline_report, score_sitting
from engine.loading.help_services import load_services
from engine.loading.library import load_library
from engine.rendering.calendar import calendar_entries
from engine.rendering.pdf import PAPERS
from engine.rendering.render import phrase, render, render_html, symbols
from engine.report.help_lines import report_lines, select_help_lines
from engine.report.help_section import HelpSectionBuilder
from engine.report.plan import Report, build_report
from tests.breakup.expected_gates import CALM
from tests.clients.site import example
from tests.factories.sample_journey import SECRET
from tests.paths import ROOT
from web.app import TEMPLATES, register_views
from web.forms.front_page import FrontPageView, minutes_to_answer, minutes_to_first_plan
from web.forms.interstitial_page import interstitial_view
from web.forms.paging import pages_of
from web.forms.parsing import read_page
from web.forms.plan_controls import PlanControls, Ticked, more_today, render_plan
from web.forms.question_page import question_page_view
from web.forms.review_page import EarlierAnswers, review_view
from web.forms.route import Walk, stop_named
from web.http import static_files
from web.journeys.action_notes import ActionNote
from web.journeys.sitting import LONGEST_LETTER, Letter, Sitting, Version, apply_page, empty_sitting
from web.views.comparison import TEMPLATES as COMPARED
from web.views.history import NextSitting, SittingRow
from web.views.plan import PARTS
from web.views.request import help_line_html

STATIC: Final = ROOT / "web" / "views" / "static"
DAY: Final = date(2026, 11, 26)
LIBRARY: Final = load_library()
PACK: Final = LIBRARY.packs["breakup"]
FORM: Final = PACK.forms["breakup"]
FRONT_PAGE: Final = load_front_page("breakup", LIBRARY, load_services())
assert FRONT_PAGE.example is not None
EXAMPLE_PLAN: Final = build_report(FRONT_PAGE.example)
FRONT: Final = FrontPageView(FRONT_PAGE.page, minutes_to_answer(FORM), minutes_to_first_plan(FORM), EXAMPLE_PLAN)
CHROMIUM: Final = "/usr/bin/chromium"
ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Options that start Chromium without any prompts."""
SHELL: Final[dict[str, Any]] = {
    "site": {
        "operator_name": "Example Counselling, Dublin",
        "operator_contact": "",
        "draft_days": 30,
        "idle_days": 400,
    },
    "journey_open": True,
    "locked": False,
    "asset_url": str,
    "symbols": symbols(),
    "csrf_token": lambda: "token",
    "neutral_name": FRONT_PAGE.page.neutral_name,
    "n": 1,
    "listed": (),
    "back": None,
    "last_on": None,
}
LINK: Final[dict[str, Any]] = {
    "url": f"https://plan.example/open/{SECRET.code}",
    "words": SECRET.words,
    "discreet": False,
    "next_url": "/continue",
    "keeps_place": False,
    "note": None,
}
SHOWN_PLAN: Final[dict[str, Any]] = {"check_in": None, "moved_by_check_in": False, "short": False}
TOKEN: Final = (("csrf_token", "token"),)
ANSWERS: Final[Mapping[str, Any]] = {**CALM, "pronoun": "he", "partner_name": "Sam"}


def _sitting(answers: Mapping[str, Any]) -> Sitting:
    empty = empty_sitting(id="0" * 32, number=1, questionnaire="breakup", content="c", day=DAY)
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in answers.items()}
    return replace(empty, answers=values, asked=frozenset(values), revision=4, page_revisions={"you_two": 2})


def _walk(sitting: Sitting) -> Walk:
    return Walk(PACK, FORM, sitting, DAY)


def _question_pages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for page in pages_of(FORM):
        yield (
            f"question-{page.name}",
            "quiz/question.html",
            {"view": question_page_view(_walk(_sitting(ANSWERS)), page)},
        )
    first, contact = pages_of(FORM)[0], pages_of(FORM)[2]
    read = read_page(first, FORM, {"asked": ["pronoun", "wish", "how_it_ended"], "partner_name": ["Samuel " * 9]}, DAY)
    wrong, _ = apply_page(_sitting({}), read.as_submitted_page(4))
    yield "question-errors", "quiz/question.html", {"view": question_page_view(_walk(wrong), first)}
    read = read_page(contact, FORM, {"limits": ["none", "legal"], "their_stance": ["over", "~"]}, DAY)
    wrong, _ = apply_page(_sitting(ANSWERS), read.as_submitted_page(4))
    view = question_page_view(_walk(wrong), contact)
    yield (
        "question-errors-boxes",
        "quiz/question.html",
        {"view": view, "back": "check", "listed": (view.items[0].text,)},
    )
    safe = next(page for page in pages_of(FORM) if page.name == "feeling_safe")
    read = read_page(safe, FORM, {"asked": list(safe.items[:3]), "own_acts": ["hurt"]}, DAY)
    follow_up, _ = apply_page(_sitting({"pronoun": "she"}), read.as_submitted_page(4))
    yield "question-one-more", "quiz/question.html", {"view": question_page_view(_walk(follow_up), safe)}
    hidden = replace(_walk(_sitting(ANSWERS)), hidden=frozenset(ANSWERS))
    locked = {"view": question_page_view(hidden, first), "locked": True, "journey_open": False}
    yield "question-locked", "quiz/question.html", locked
    yield "question-empty", "quiz/question.html", {"view": question_page_view(_walk(_sitting({})), first)}


def _notice_help(names: Collection[str]) -> dict[str, Any]:
    """The help lines of the first notice that has some."""
    notice = next((notice for notice in PACK.content.notices if notice.id in names and notice.with_lines), None)
    lines = report_lines(load_services(), "ie", DAY)
    return {
        "lines": lines,
        "help_in_notice": HelpSectionBuilder(lines).for_notice(notice, folded=False) if notice else None,
        "line_html": help_line_html,
        "country": "ie",
        "assumed": False,
    }


def _interstitial_pages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    dark = _sitting({**ANSWERS, "afraid": "often", "self_harm_thoughts": "ending_now"})
    walk = _walk(dark)
    names = {
        "before-feeling_safe": "quiz/before_section",
        "next-3": "quiz/notice",
        "next-5": "quiz/notice",
        "offer": "quiz/offer",
        "keep": "quiz/keep_link",
    }
    for name, template in names.items():
        stop = stop_named(walk.stops, name)
        assert stop is not None, name
        yield (
            name,
            f"{template}.html",
            {"view": interstitial_view(walk, stop), "page_name": name, **LINK, **_notice_help(stop.notices)},
        )
    yield from (
        (
            name,
            "quiz/review.html",
            {"page_urls": {page.name: f"/quiz/1/{page.name}" for page in pages_of(FORM)}, **view},
        )
        for name, view in _reviews()
    )


def _reviews() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "check", {"view": review_view(_walk(_sitting({**ANSWERS, "hear_no": 3})))}
    missing = {name: value for name, value in ANSWERS.items() if name != "wish"}
    changed = _sitting({**missing, "hear_no": 3, "their_stance": ["asked_stop"]})
    yield "check-waits", {"view": review_view(_walk(changed))}
    earlier = EarlierAnswers(PACK, {**ANSWERS, "wish": "get_over", "sleep": 1})
    again = {"view": review_view(_walk(_sitting(ANSWERS)), earlier), "last_on": DAY - timedelta(days=42)}
    yield "check-again", again


def _plan_pages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    lines = report_lines(load_services(), "ie", DAY)
    people = {
        "plan": ANSWERS,
        "plan-asked-for-space": {**ANSWERS, "their_stance": ["asked_space"], "unanswered": "four_plus"},
        "plan-safety": {**ANSWERS, "afraid": "often"},
        "plan-dark": {**ANSWERS, "self_harm_thoughts": "ending_now"},
    }
    for name, answers in people.items():
        report = build_report(assess(PACK, "breakup", answers, DAY, plain=True), None, lines)
        yield name, "plan/plan.html", {"fragment": _plan_fragment(report)}
        looked = {"check_in": {"provenance": {"as_of": DAY}}, "moved_by_check_in": name != "plan"}
        looked |= {"earlier_letter": Letter("Two weeks ago I slept.", DAY - timedelta(days=42))}
        yield f"{name}-looked", "plan/plan.html", {"fragment": _plan_fragment(report, looked, moved=name == "plan")}
        if report.today:
            today = ActionNote(report.today.step, report.today.action.id, "done", DAY)
            yield f"{name}-ticked", "plan/plan.html", {"fragment": _plan_fragment(report, notes=(today,))}
    kinds = [kind for kind in load_services().kinds if not kind.in_reports]
    week = calendar_entries(assess(PACK, "breakup", ANSWERS, DAY, plain=True))
    file = {"before_file": None, "unsure": "", "papers": PAPERS, "kinds": kinds, "entries": week}
    yield "file", "downloads/download.html", file
    yield (
        "file-asks",
        "downloads/download.html",
        {**file, "before_file": "Someone may come across it.", "unsure": "answers", "entries": ()},
    )


def _plan_fragment(
    report: Report, facts: Mapping[str, Any] | None = None, notes: tuple[ActionNote, ...] = (), *, moved: bool = False
) -> Markup:
    """The HTML of a plan as on its page.

    Args:
        facts: fields of the sitting that differ from those of a first visit.
        notes: the finished actions, the last one today.
        moved: whether an answer was just changed, without effect.
    """
    plan: dict[str, Any] = {"sitting": _sitting({}), "progress": {"waiting_pages": 4}, "can_go_on": True}
    plan |= {"has_what_ifs": True, "has_weeks": True, "country": "ie", "country_assumed": facts is None}
    plan |= {**SHOWN_PLAN, "short": report.short, "earlier_letter": None, **(facts or {})}
    begun = _sitting({}) if facts else None
    view: dict[str, Any] = {"plan": plan, "begun": begun, "begun_short": False, "moved": moved, "before": begun}
    view |= {"countries": load_services().countries, "longest_letter": LONGEST_LETTER}
    parts: dict[str, Any] = {name: render_template(f"plan/{name}.html", **SHELL, **view) for name in PARTS}
    last = Ticked(notes[-1].step, notes[-1].action, None) if notes else None
    states = {(note.step, note.action): note.state for note in notes}
    controls = PlanControls("/plan/1/tick", TOKEN, states, ticked=last, more_today=more_today(report, notes), **parts)
    return Markup(render_plan(report, replace(controls, arriving=moved, help_url="/help")))  # noqa: S704 - escaped


def _history_pages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The pages of the history: the list, a comparison of two sittings, and the timeline."""
    begun = _sitting({})
    ended = [replace(begun, number=number, taken_on=DAY - timedelta(days=days)) for number, days in ((3, 3), (1, 42))]
    newer, older = (
        replace(ended[0], state="finished"),
        replace(ended[1], state="continued", versions=(Version(DAY, {}),)),
    )
    rows = [
        SittingRow(replace(begun, number=4), short=False, before=None),
        SittingRow(newer, short=True, before=older),
        SittingRow(older, short=False, before=None),
    ]
    again = NextSitting(PACK, "breakup", None, DAY, due=True)
    short = NextSitting(PACK, "check-in", None, DAY + timedelta(days=4), due=False)
    view: dict[str, Any] = {"rows": rows, "newest": 1, "again": again, "short": short, "mood": False, "done": 2}
    yield "plans", "history/plans.html", {**view, "unreadable": 1}
    early, looking = replace(again, due=False), replace(short, due=True)
    first = {**view, "rows": rows[2:], "again": early, "short": looking, "mood": True, "done": 1, "unreadable": 0}
    yield "plans-first", "history/plans.html", first
    draft = {"again": replace(again, draft=begun), "short": replace(short, draft=begun)}
    yield "plans-draft", "history/plans.html", {**view, **draft, "unreadable": 0}
    yield (
        "plans-none",
        "history/plans.html",
        {**first, "rows": [], "newest": None, "short": None, "done": 0, "again": again},
    )
    sixty = [replace(newer, number=60 - index) for index in range(60)]
    many = [SittingRow(sitting, short=index % 3 > 0, before=older) for index, sitting in enumerate(sixty)]
    yield "plans-many", "history/plans.html", {**view, "rows": many, "done": 60, "unreadable": 0}
    yield "delete-one", "history/delete_sitting.html", {"sitting": begun, "short": True}
    yield from _compared_pages()
    yield from _timelines()
    yield "timeline-hidden", "comparison/timeline.html", {"fragment": None, "hidden": True}
    yield "timeline-first", "comparison/timeline.html", {"fragment": None, "hidden": False}


def _stages() -> dict[str, dict[str, Any]]:
    """The answers of a person over time: low at first, then better."""
    low = {**example("first-weeks"), "sleep": 1, "day": 1, "thoughts": 1, "settle": 1, "people": 1, "body": 2}
    low |= {"own_thing": 2, "direction": 2, "checking": 3, "unanswered": "one", "asking": 2, "urge_acted": 2}
    low |= {"their_stance": ["asked_space"]}
    high = {**low, "sleep": 3, "day": 3, "thoughts": 2, "settle": 3, "people": 3, "body": 3, "checking": 1}
    high |= {"asking": 1, "own_name": 3, "own_effect": 3, "direction": 3}
    return {"low": low, "middle": {**low, "sleep": 2, "thoughts": 2, "checking": 2}, "high": high}


def _compared_pages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Comparisons: clearly better, similar, clearly worse, with another kind of plan, and short."""
    low, middle, high = _stages().values()
    pairs = {
        "compare": (low, high),
        "compare-same": (low, middle),
        "compare-harder": (high, low),
        "compare-other": (ANSWERS, {**high, "wish": "get_over", "their_stance": ["over"]}),
        "compare-brief": ({**ANSWERS, "afraid": "often"}, high),
    }
    links = {
        "plan": "plan.html",
        "new": True,
        "show": "compare.html",
        "timeline": "timeline.html",
        "others": "plans.html",
        "help": "help.html",
    }
    for name, (earlier, later) in pairs.items():
        before = assess(PACK, "breakup", earlier, DAY - timedelta(days=42), plain=True)
        after = assess(PACK, "breakup", later, DAY, plain=True)
        report = build_comparison_report(compare(before, after), before, after)
        context = {"report": report, "plan": build_report(after), "links": links}
        fragment = render_html("comparison_with_links.html", COMPARED, **context)
        yield name, "comparison/compare.html", {"fragment": Markup(fragment)}  # noqa: S704 - escaped


def _timelines() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Timelines of a few and of many sittings."""
    low, middle, high = _stages().values()
    few = [("breakup", low), ("check-in", middle), ("check-in", {**low, "checking": 4}), ("breakup", high)]
    few.append(("breakup", {**high, "sleep": 4, "own_thing": 4, "wish": "get_over"}))
    many = [("check-in" if day % 4 else "breakup", _changing_answers(day)) for day in range(60)]
    links = {"plan": "plan.html", "others": "plans.html", "again": "plans.html"}
    for name, sittings in {"timeline": few, "timeline-many": many}.items():
        first = DAY - timedelta(days=12 * len(sittings))
        taken = [(form, answers, first + timedelta(days=12 * day)) for day, (form, answers) in enumerate(sittings)]
        taken = [
            (form, {item: answer for item, answer in answers.items() if item in PACK.forms[form].item_ids}, on)
            for form, answers, on in taken
        ]
        full = [assess(PACK, *sitting, plain=True) for sitting in taken[-8:] if sitting[0] == "breakup"]
        plans = [(sitting, sitting.plan) for sitting in full if sitting.plan]
        report = build_timeline_report([score_sitting(PACK, *sitting) for sitting in taken], plans)
        onward = {**links, "plans": ["plan.html"] * len(plans)}
        fragment = render_html("timeline_with_links.html", COMPARED, report=report, links=onward)
        yield name, "comparison/timeline.html", {"fragment": Markup(fragment), "hidden": False}  # noqa: S704 - escaped


def _changing_answers(day: int) -> dict[str, Any]:
    """Answers that vary, with an upward trend."""
    names = ("sleep", "day", "thoughts", "settle", "checking", "urge_acted", "asking")
    changing = {name: min(4, (index + day * 3 + day // 12) % 3 + day // 30) for index, name in enumerate(names)}
    return {**(changing if day % 4 else {**ANSWERS, **changing}), "unanswered": "none"}


def _entry_pages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    front: dict[str, Any] = {"front": FRONT, "emphasis": partial(phrase, "emphasis"), "journey_open": False}
    yield "landing", "home/landing.html", {**front, "kept": False}
    yield "landing-kept", "home/landing.html", {**front, "kept": True, "journey_open": True}
    plain = {**front, "front": FrontPageView(default_front_page(FORM), 11, None, None), "kept": False}
    yield "landing-plain", "home/landing.html", plain
    yield "start", "home/start.html", {**front, "already": False, "ended": False}
    yield "start-already", "home/start.html", {**front, "already": True, "ended": False, "journey_open": True}
    yield "start-ended", "home/start.html", {**front, "already": False, "ended": True}
    yield "no-cookie", "errors/no_cookie.html", {"url": "/start"}
    yield "leave", "home/leave.html", {"at_once": False}
    fragment = Markup(render(EXAMPLE_PLAN, "html"))  # noqa: S704 - every value in it is escaped
    yield "example", "home/example.html", {**front, "fragment": fragment}
    typed = {"error": None, "positions": (), "count": 0, "other": False, "journey_open": False}
    yield "have", "home/enter_link.html", typed
    yield "have-words", "home/enter_link.html", {**typed, "error": "unknown_word", "positions": (3, 7), "count": 12}
    yield "have-typo", "home/enter_link.html", {**typed, "error": "code_typo", "positions": (8,), "count": 30}
    yield "have-several", "home/enter_link.html", {**typed, "error": "several"}
    yield "have-not-made", "home/enter_link.html", {**typed, "error": "not_made"}
    yield "have-other", "home/enter_link.html", {**typed, "error": "other", "other": True, "journey_open": True}
    yield "have-closed", "home/enter_link.html", {**typed, "error": "closed"}
    yield "open", "home/open_link.html", {"code": SECRET.code, "other": False, "journey_open": False}
    yield "open-other", "home/open_link.html", {"code": SECRET.code, "other": True}
    yield "lost", "information/lost.html", {"journey_open": False}
    yield "link", "private_link/link.html", LINK
    yield "link-superseded", "private_link/link.html", {**LINK, "note": "superseded"}
    yield "link-discreet", "private_link/link.html", {**LINK, "discreet": True}
    yield "later", "quiz/later.html", LINK
    yield "later-locked", "quiz/later_locked.html", {"journey_open": False, "locked": True}
    yield "new-link", "private_link/new_link.html", {"new_url": LINK["url"], "new_words": LINK["words"], "sealed": "x"}
    yield "delete", "history/delete_everything.html", {}
    yield "deleted", "information/deleted.html", {"journey_open": False}
    yield "privacy", "information/privacy.html", {"journey_open": False}
    for status in (404, 429, 500, 503):
        yield f"error-{status}", "errors/error.html", {"status": status, "reason": ""}
    again = {"action": "/quiz/1/space", "fields": [("checking", "2")], "positions": (), "count": 0}
    yield "expired", "errors/expired.html", {**again, "ask": True, "error": None}
    yield "expired-error", "errors/expired.html", {**again, "ask": True, "error": "word_count", "count": 11}
    yield "expired-token", "errors/expired.html", {**again, "ask": False, "error": None}


def _help_pages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    services = load_services()
    kinds = [kind.id for kind in services.kinds]
    for name, country in {"help": None, "help-ie": "ie", "help-us": "us"}.items():
        lines = select_help_lines(services, kinds, country, DAY, discreet=True)
        context: dict[str, Any] = {
            "lines": lines,
            "country": country,
            "audience": "anyone",
            "journey_open": False,
        }
        context |= {"assumed": False, "line_html": help_line_html, "back_url": None}
        yield name, "information/help.html", context
    lines = select_help_lines(services, ["crisis", "young"], "uk", DAY, discreet=True)
    yield "young", "home/under_18.html", {**context, "front": FRONT, "lines": lines, "country": "uk"}


def states() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every page in every state: a name, the template and its variables."""
    yield from _entry_pages()
    yield from _question_pages()
    yield from _interstitial_pages()
    yield from _plan_pages()
    yield from _history_pages()
    yield from _help_pages()


def pages() -> dict[str, str]:
    """Every page in every state as HTML."""
    app = Flask("preview", template_folder=str(TEMPLATES), static_folder=None)
    register_views(app)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    with app.test_request_context():
        shell = {**SHELL, "sitting": _sitting({})}
        return {name: render_template(template, **{**shell, **view}) for name, template, view in states()}


def style() -> str:
    """The stylesheet as served, except for the names of files in it."""
    return static_files.style({})


def write(folder: Path) -> list[Path]:
    """Write all pages, the stylesheet, the script and the icon."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "heartwork.css").write_text(style(), encoding="utf-8")
    for path in STATIC.rglob("*"):
        if path.suffix in static_files.TYPES and path.suffix != ".css":
            (folder / path.name).write_bytes(path.read_bytes())
    written = []
    for name, text in pages().items():
        written.append(folder / f"{name}.html")
        written[-1].write_text(text, encoding="utf-8")
    return written


def take_screenshots(files: list[Path]) -> None:
    """Take screenshots of every page, narrow and wide, in light and dark mode."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for width in (360, 1280):
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport={"width": width, "height": 780}, color_scheme=scheme)
                for file in files:
                    page.goto(file.as_uri())
                    page.screenshot(path=file.with_name(f"{file.stem}-{width}-{scheme}.png"), full_page=True)
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shots", action="store_true")
    parser.add_argument("--only", default="", help="pages whose name begins so")
    options = parser.parse_args()
    written = [file for file in write(options.folder) if file.name.startswith(options.only)]
    if options.shots:
        take_screenshots(written)
