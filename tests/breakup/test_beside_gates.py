"""What stands beside a gate in a report of the breakup pack: nothing that contradicts it."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any, Final

import pytest
from pypdf import PdfReader

from engine.assessment.pipeline import assess
from engine.loading.library import load_library
from engine.rendering.pdf import report_pdf
from engine.rendering.render import render
from engine.report.plan import Report, build_report
from tests.breakup.expected_gates import CALM, QUIET, assess_answers
from tests.breakup.simulated_people import simulated_person
from tests.checks.pack_texts import pack_phrase

EARLIER: Final[dict[str, Any]] = {**CALM, **QUIET, "ended_when": "two_weeks", "who_ended": "them", "wish": "try_again"}


def report_of(**answers: object) -> Report:
    return build_report(assess_answers(load_library().packs["breakup"], {**EARLIER, **answers}))


@pytest.mark.parametrize("output_format", ["text", "md"])
def test_safety_first_tells_no_other_gate(output_format: Any) -> None:
    """Whoever may be at risk reads openly of thoughts of dying and of the law, and of no other gate; nor on paper."""
    report = report_of(
        afraid="often", own_acts=["threatened"], own_acts_why="both", limits=["legal"], contact_wish="stop_all",
        unanswered="four_plus", where_they_stand=["over"], self_harm="yes", own_reaching=None,
    )  # fmt: skip
    assert [notice.id for notice in report.notices if not notice.folded] == ["self_harm", "order"]
    assert len(report.notices) > 5
    document = render(report, output_format)
    for text in ("Something", "Some things you did", "No contact", "Nothing more to send", "something you did"):
        assert pack_phrase(text) not in document
    pages = PdfReader(BytesIO(report_pdf(report))).pages
    on_paper = " ".join(word for page in pages for word in page.extract_text().split())
    assert report.heading in on_paper
    assert pack_phrase("A clear answer") not in on_paper
    assert pack_phrase("No contact") not in on_paper


def test_thoughts_of_dying_come_before_everything() -> None:
    """With thoughts of dying, today is one person; nothing says that nobody need be told; answers are not held up."""
    assert "What research says" in render(report_of(), "text")
    assert "research" in render(report_of(), "html")
    for answers in ({}, {"afraid": "often"}, {"sleep": 0, "day": 0, "thoughts": 0, "settle": 0}):
        report = report_of(self_harm="yes", **answers)
        assert report.today is not None
        assert report.today.action.id == "someone_now"
        assert report.opening == "Rest comes first today. Nothing has to be decided."
        assert len(report.situation) <= 1
        assert not [reason.answers for step in report.steps for reason in step.reasons if reason.answers]
        assert "What research says" not in render(report, "text")
        assert "research" not in render(report, "html")


def test_put_away_is_one_line() -> None:
    """Letting go, held steps have no titles, and nothing of one's own is called a step for two."""
    for answers in ({"limits": ["legal"]}, {"contact_wish": "stop_all"}, {"where_they_stand": ["over"]}):
        report = report_of(**answers)
        assert report.not_now
        assert not [step for step in report.not_now if step.title or step.summary]
        assert (report.not_now_because or "").startswith("The steps that take two are put away")
        for text in ("Care for the people around you", "Short and kind is enough", "free yes"):
            assert pack_phrase(text) not in render(report, "text")
            assert pack_phrase(text) not in render(report, "html")


def test_open_questions_do_not_offer_contact() -> None:
    """Beside a stop nothing says that answers would bring contact back."""
    report = report_of(contact_wish="stop_all", afraid=None)
    assert "suggest contact" not in render(report, "text")
    assert "suggest contact" in render(report_of(afraid=None), "text")


def test_pressing_stays_on_paper() -> None:
    """Whoever pressed is told to take it seriously, and that a sorry stays on paper."""
    report = report_of(own_acts=["threatened"], own_acts_why="other", i_broke_trust="big", apology="not_yet")
    cautions = [caution for step in report.steps for caution in step.cautions]
    assert "Take it seriously, and let someone help you with it." in cautions
    assert any(caution.startswith("This stays on paper.") for caution in cautions)
    assert pack_phrase("Being hard on yourself helps nobody. Be fair, and be kind.") not in cautions


def test_today_belongs_to_the_reason_beside_it() -> None:
    """Where one fits, today's action was added by a rule whose reason is told."""
    report = report_of(
        contact_wish="both_write",
        i_broke_trust="main",
        rows="big",
        apology="not_yet",
        ended_when="six_weeks",
        own_name=1,
    )
    assert report.today is not None
    first = report.this_week[0]
    assert (report.today.step, first.reasons[0].rule) == (first.id, "i-broke-trust")
    assert report.today.action.id == "value"


def test_answers_under_a_reason_are_few() -> None:
    """Under a reason stand three answers at most, and only those that its sentence quotes where it quotes any."""
    report = report_of(sleep=3, day=3, thoughts=2, settle=2, people=0, body=3, own_thing=3, direction=3)
    reasons = [reason for step in report.steps for reason in step.reasons]
    assert max(len(reason.answers) for reason in reasons) <= 3
    quoting = next(reason for reason in reasons if reason.rule == "alone")
    assert [answer.item for answer in quoting.answers] == ["people"]


@pytest.mark.parametrize("row", ["rows", "they_broke_trust", "hopes", "outside", "faded"])
@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"contact_wish": "stop_all"},
        {"where_they_stand": ["over"]},
        {"where_they_stand": ["committed"]},
        {"own_reaching": ["after_no"], "sleep": 0, "thoughts": 0},
        {"unanswered": "four_plus", "urge_acted": 4, "checking": 4},
        {"afraid": None, "sleep": 0, "thoughts": 0},
    ],
)
def test_the_main_part_is_on_the_first_screen(row: str, answers: dict[str, Any]) -> None:
    """What somebody calls the main part is told at once, whatever else is; beside an open notice there are two sentences."""
    report = report_of(**{row: "main"}, **answers)
    assert any(sentence.startswith("As you see it, ") for sentence in report.situation)
    assert len(report.situation) <= (2 if any(notice.open for notice in report.notices) else 3)


def test_dark_days_hear_nothing_harder_than_the_end() -> None:
    """With thoughts of dying the one sentence about the situation does not say that it is over for good."""
    for stands in ("over", "committed"):
        report = report_of(self_harm="yes", where_they_stand=[stands])
        assert report.kind.id == "heal_and_let_go"
        assert not [text for text in report.situation if "over" in text or "settled" in text]


def test_a_chat_about_children_is_not_muted() -> None:
    """The chat in which a child's day is arranged stays where it is; another one is put into the archive."""
    for answers in ({}, {"own_reaching": ["after_no"]}, {"where_they_stand": ["over"]}):
        for ties, archived in ((["children"], False), (["pets"], True)):
            text = render(report_of(unanswered="two_three", ties=ties, **answers), "text")
            assert ("chat in the archive" in text) is archived, (ties, answers)


@pytest.mark.parametrize("since", ["nothing", "frightened"])
def test_a_dark_short_look_comes_before_everything(since: str) -> None:
    """Thoughts of dying told in a short look have the plan say what it would have said of them at first, whoever it is."""
    pack = load_library().packs["breakup"]
    answers = {"since_last_time": [since], "self_harm": "yes"}
    for number in range(150):
        full = simulated_person(number).assessment
        check_in = assess(pack, "check-in", answers, full.provenance.as_of + timedelta(20), complete=False, plain=True)
        report = build_report(full, check_in)
        assert report.today is not None
        assert (report.steps[0].id, report.today.action.id) == ("growth", "someone_now"), full.responses.answers
        assert pack_phrase("another room") not in render(report, "text")


def test_a_frightened_short_look_has_something_for_today() -> None:
    """Whoever was frightened since begins with their own days, and has one thing to do today."""
    pack = load_library().packs["breakup"]
    for number in range(150):
        full = simulated_person(number).assessment
        answers = {"since_last_time": ["frightened"], "self_harm": "no"}
        check_in = assess(pack, "check-in", answers, full.provenance.as_of + timedelta(20), complete=False, plain=True)
        report = build_report(full, check_in)
        assert report.kind.id == "safety_first"
        assert report.steps[0].id == "growth"
        assert report.today is not None
