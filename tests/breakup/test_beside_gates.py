"""No text of a breakup report contradicts a gate that fired."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any, Final

import pytest
from pypdf import PdfReader

from engine.assessment.pipeline import assess
from engine.loading.library import load_library
from engine.rendering.pdf import report_pdf
from engine.rendering.render import FORMATS, Format, render
from engine.report.plan import Report, build_report
from tests.breakup.expected_gates import CALM, CONTACT, SAYS_NO, SELF_HARM_NOTICES, assess_answers
from tests.breakup.simulated_people import simulated_person
from tests.checks.pack_texts import pack_phrase

NAME: Final = "Quillon"
EARLIER: Final[dict[str, Any]] = {
    **CALM,
    "partner_name": NAME,
    "how_long_ago": "two_weeks",
    "how_it_ended": "them",
    "talks_arguments": "big",
    "people": 2,
    "checking": 2,
    "worst_time": ["nights"],
}
CLOSED: Final = [
    {"limits": ["legal"]},
    {"limits": ["blocked_everywhere"]},
    {"their_stance": ["asked_stop", "would_try"]},
    {"their_stance": ["over"]},
    {"their_stance": ["committed"]},
    {"own_reaching": ["after_no"]},
    {"own_acts": ["threatened"], "own_acts_why": "other"},
]
"""Contact is held by a no, the law or what the person did."""
PROMISES: Final = re.compile(
    r"\b(?:not yet|soon|for now|when (?:he|she|they) (?:is|are) ready|one day)\b", re.IGNORECASE
)


def report_of(**answers: object) -> Report:
    return build_report(assess_answers(load_library().packs["breakup"], {**EARLIER, **answers}))


def texts_of(slot: str, *ids: str) -> set[str]:
    """The texts of some remarks."""
    remarks = load_library().packs["breakup"].content.remarks
    return {remark.text for remark in remarks[slot] if remark.id in ids}  # type: ignore[index]


def sentences_beside_holds(report: Report) -> Iterator[str]:
    """The texts about held steps and the reasons for holding them."""
    yield from (step.title or "" for step in report.not_now)
    yield from (report.held_heading or "", report.not_now_because or "")
    yield from (notice.text for notice in report.notices)


@pytest.mark.parametrize("output_format", ["text", "md"])
def test_safety_first_tells_no_other_gate(output_format: Any) -> None:
    """A person at risk sees no texts of gates other than self-harm and the law, also in print."""
    report = report_of(
        afraid="often", own_acts=["threatened"], own_acts_why="both", limits=["legal"],
        unanswered="four_plus", their_stance=["asked_stop", "over"], self_harm_thoughts="ending_now", own_reaching=None,
    )  # fmt: skip
    assert [notice.id for notice in report.notices if not notice.folded] == ["self_harm", "order"]
    assert len(report.notices) > 5
    document = render(report, output_format)
    for text in (
        "About this plan",
        "some of what happened may",
        "No contact",
        "Nothing more to send",
        "something you did",
    ):
        assert pack_phrase(text) not in document
    pages = PdfReader(BytesIO(report_pdf(report))).pages
    on_paper = " ".join(word for page in pages for word in page.extract_text().split())
    assert report.heading in on_paper
    assert pack_phrase("A clear answer") not in on_paper
    assert pack_phrase("No contact") not in on_paper


@pytest.mark.parametrize("output_format", FORMATS)
def test_safety_first_has_no_name_and_no_wish(output_format: Format) -> None:
    """No format of a safety-first plan has the name of the other person or the wish."""
    for wish in ("try_again", "get_over"):
        for answers in ({}, {"their_stance": ["over"]}, {"self_harm_thoughts": "ending_earlier"}):
            report = report_of(afraid="often", wish=wish, **answers)
            assert (report.wish, report.kind.id) == (None, "safety_first")
            assert [step.title for step in report.not_now if step.title] == []
            assert [reason for step in report.steps for reason in step.reasons] == []
            assert report.contingencies == ()
            assert NAME not in render(report, output_format)
            assert NAME in render(report_of(wish=wish), output_format)


@pytest.mark.parametrize("answer", SELF_HARM_NOTICES)
def test_thoughts_of_dying_come_before_everything(answer: str) -> None:
    """With thoughts of self-harm, today's task is to tell one person, and no text contradicts that."""
    assert "What research says" in render(report_of(), "text")
    pack = load_library().packs["breakup"]
    openings = [re.escape(remark.text) for remark in pack.content.remarks["opening"] if remark.id.startswith("dark")]
    said = re.compile("|".join(re.sub(r"\\{said:\w+\\}", ".+", opening) for opening in openings))
    assert openings
    for answers in ({}, {"afraid": "often"}, {"sleep": 0, "day": 0, "thoughts": 0, "settle": 0}):
        report = report_of(self_harm_thoughts=answer, **answers)
        assert report.today is not None
        assert (report.steps[0].id, report.today.action.id) == ("growth", "someone_now")
        assert said.fullmatch(report.opening or "")
        assert len(report.situation) <= 1
        assert report.contingencies == ()
        assert not [reason.answers for step in report.steps for reason in step.reasons if reason.answers]
        assert "What research says" not in render(report, "text")
        assert "another room" not in render(report, "text")


def test_the_title_of_dark_days_gives_nothing_away() -> None:
    """The step about the person's own life has the same title with thoughts of self-harm and in other hard times."""
    very_hard: dict[str, Any] = {"sleep": 0, "day": 0, "thoughts": 1, "settle": 0}
    for answers in (*({"self_harm_thoughts": answer} for answer in SELF_HARM_NOTICES), very_hard, {"afraid": "once"}):
        report = report_of(**answers)
        assert next(step.title for step in report.steps if step.id == "growth") == "Look after yourself"
        assert [step.title for step in report.path if step.id == "growth"] == ["Look after yourself"]
    assert next(step.title for step in report_of().steps if step.id == "growth") != "Look after yourself"


@pytest.mark.parametrize("output_format", ["text", "md"])
def test_the_reason_is_not_on_paper(output_format: Format) -> None:
    """Texts that others may see say to talk to someone, and not why."""
    plain = {word for word in ("ending your life", "hurting yourself") if word in render(report_of(), output_format)}
    for answer in SELF_HARM_NOTICES:
        report = report_of(self_harm_thoughts=answer)
        document = render(report, output_format)
        assert "first, talk to someone today" in document.lower()
        assert {word for word in ("ending your life", "hurting yourself") if word in document} == plain
        pages = PdfReader(BytesIO(report_pdf(report))).pages
        on_paper = " ".join(word for page in pages for word in page.extract_text().split())
        assert "First, talk to someone today" in on_paper
        assert not re.search("your life\\. Please|hurting yourself|You told us", on_paper)


@pytest.mark.parametrize("answers", CLOSED, ids=lambda answers: "-".join(map(str, answers.values())))
def test_nothing_is_promised_beside_a_hold(answers: dict[str, Any]) -> None:
    """Held steps have number and name only, and no text says that they only need time."""
    for wish in ("try_again", "decide", "get_over"):
        report = report_of(**answers, wish=wish)
        held = report.not_now
        assert {step.id for step in held} >= CONTACT
        assert [step.number for step in held if step.id in CONTACT] == [5, 7, 8, 9]
        for text in sentences_beside_holds(report):
            assert not PROMISES.search(text), text
        assert not PROMISES.search(" ".join(filter(None, (report.wish, *report.situation, report.opening)))), (
            report.wish
        )


@pytest.mark.parametrize("no", [no for no in SAYS_NO if no != "asked_space"])
def test_the_wish_after_a_no_is_past(no: str) -> None:
    """After a no, no text says that either person would like to try again."""
    for answers in ({}, {"in_touch": "both_write"}, {"in_touch": "see_each_other"}):
        report = report_of(their_stance=[no, "would_try"], wish="try_again", **answers)
        introduction = report.introduction
        assert not re.search(r"[Yy]ou[’']d like to try again|would like to try|so would", introduction), introduction


def test_open_questions_do_not_offer_contact() -> None:
    """With a stop, no text says that answers would bring contact back."""
    open_texts = texts_of("not_now", "open")
    assert open_texts
    assert report_of(their_stance=["asked_stop"], afraid=None).not_now_because not in open_texts
    assert report_of(afraid=None).not_now_because in open_texts


def test_pressing_stays_on_paper() -> None:
    """A person who put pressure on the other reads that it is serious, and that an apology stays on paper."""
    pack = load_library().packs["breakup"]
    for acts in ({"own_acts": ["threatened"], "own_acts_why": "other"}, {"own_reaching": ["went_there"]}):
        plan = assess_answers(pack, {**EARLIER, **acts, "i_broke_trust": "big", "said_sorry": "not_yet"}).plan
        assert plan is not None
        assert "take_it_seriously" in [caution.id for caution in plan.step("own_part").cautions]
        assert "on_paper" in [caution.id for caution in plan.step("apologise").cautions]
        assert "talk_to_someone" in [action.id for action in plan.step("own_part").actions]


def test_own_acts_beside_children() -> None:
    """With children and no order the plan keeps contact to what they need; otherwise it asks for none."""
    acts: dict[str, Any] = {"own_acts": ["threatened"], "own_acts_why": "other"}
    needs, none = (
        pack_phrase("Please keep contact to what the children or the home really need."),
        "Please don’t contact",
    )
    for answers, expected in (
        ({"shared_ties": ["children"]}, needs),
        ({"shared_ties": ["living_together", "pets"]}, needs),
        ({"shared_ties": ["pets"]}, none),
        ({"shared_ties": ["children"], "limits": ["legal"]}, none),
    ):
        text = render(report_of(**acts, **answers), "text")
        flat = " ".join(text.split())
        assert expected in flat
        assert {needs, none} - {expected} == {other for other in (needs, none) if other not in flat}


def test_an_addiction_is_not_caused() -> None:
    """If the partner drinks, uses drugs or gambles, a text says that the person did not cause it."""
    sentence = pack_phrase("You didn’t cause it")
    ill = {"outside": "big", "outside_from": ["their_addiction"]}
    assert sentence in render(report_of(**ill), "text")
    for answers in (
        {"outside": "big", "outside_from": ["my_addiction"]},
        {"they_hurtful": "main"},
        {"what_they_did": ["threatened"]},
        {**ill, "afraid": "often"},
    ):
        assert sentence not in render(report_of(**answers), "text")


def test_dark_days_hear_nothing_harder_than_the_end() -> None:
    """With thoughts of self-harm the first screen does not say that it is over for good."""
    for answer in SELF_HARM_NOTICES:
        for stance in ("over", "committed"):
            report = report_of(self_harm_thoughts=answer, their_stance=[stance])
            assert report.kind.id == "heal_and_let_go"
            assert not re.search(r"\bover\b|settled|someone else", report.introduction), report.introduction


def test_a_chat_that_is_needed_is_not_muted() -> None:
    """If children, a pregnancy or a home are shared, no action mutes a chat."""
    pack = load_library().packs["breakup"]
    muting = {
        (step.id, action.id) for step in pack.steps for action in step.actions if re.search(r"\bmute\b", action.text)
    }

    def muted(**answers: object) -> set[tuple[str, str]]:
        plan = assess_answers(pack, {**EARLIER, "unanswered": "four_plus", **answers}).plan
        assert plan is not None
        return muting & {(step.id, action.id) for step in plan.steps for action in step.actions}

    assert muted(shared_ties=["none"])
    for answers in ({}, {"own_reaching": ["after_no"]}, {"their_stance": ["over"]}, {"their_stance": ["asked_stop"]}):
        for shared in ("children", "pregnancy", "living_together", "home"):
            assert muted(shared_ties=[shared, "pets"], **answers) == set(), (shared, answers)


@pytest.mark.parametrize("since", ["nothing", "frightened"])
def test_a_dark_short_look_comes_before_everything(since: str) -> None:
    """Thoughts of dying in a check-in change the plan as they do in a full sitting."""
    pack = load_library().packs["breakup"]
    for number in range(90):
        full = simulated_person(number).assessment
        answers = {"since_last_time": [since], "self_harm_thoughts": list(SELF_HARM_NOTICES)[number % 3]}
        check_in = assess(pack, "check-in", answers, full.provenance.as_of + timedelta(20), complete=False, plain=True)
        report = build_report(full, check_in)
        assert report.today is not None
        assert (report.steps[0].id, report.today.action.id) == ("growth", "someone_now"), full.responses.answers
        assert "another room" not in render(report, "text")


def test_a_frightened_short_look_has_something_for_today() -> None:
    """A person who was frightened since then begins with self-care, and has one task today."""
    pack = load_library().packs["breakup"]
    for number in range(90):
        full = simulated_person(number).assessment
        answers = {"since_last_time": ["frightened"], "self_harm_thoughts": "no"}
        check_in = assess(pack, "check-in", answers, full.provenance.as_of + timedelta(20), complete=False, plain=True)
        report = build_report(full, check_in)
        assert (report.kind.id, report.steps[0].id, report.wish) == ("safety_first", "growth", None)
        assert report.today is not None
