"""Texts that could harm: beside holds, in crisis plans and for people at risk, with random answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import combinations
from statistics import mean
from typing import Any, Final

import pytest

from engine.assessment.pipeline import Assessment, assess, plan_with_check_in
from engine.comparison.changes import compare
from engine.comparison.report import build_comparison_report
from engine.content.pack import Pack
from engine.loading.library import load_library
from engine.rendering.render import FORMATS, render
from engine.report.plan import Report, build_report
from engine.report.weeks import build_weeks
from tests.breakup.expected_gates import CALM, CONTACT, DAY, QUIET, SELF_HARM_NOTICES, PersonSampler, assess_answers

NAME: Final = "Quillon"
PEOPLE: Final = 12
STOPPED: Final[dict[str, dict[str, Any]]] = {
    "asked to stop, and friendly": {"their_stance": ["asked_stop", "would_try"], "in_touch": "both_write"},
    "blocked": {"limits": ["blocked_everywhere"]},
    "an order": {"limits": ["legal"], "shared_ties": ["children", "living_together"]},
    "went there": {"own_reaching": ["went_there"], "shared_ties": ["none"]},
    "own acts": {"own_acts": ["threatened"], "own_acts_why": "other", "shared_ties": ["none"]},
}
"""Answers after which no message should be sent, and nothing needs to be settled in one."""
HELD: Final[dict[str, dict[str, Any]]] = STOPPED | {
    "over": {"their_stance": ["over"], "in_touch": "both_write"},
    "settled": {"their_stance": ["committed", "would_try"]},
    "seeing someone": {"their_stance": ["seeing", "unsure"]},
    "four waiting": {"unanswered": "four_plus"},
    "space and two waiting": {"their_stance": ["asked_space"], "unanswered": "two_three"},
    "an open answer": {"afraid": None},
}
A_NEXT_TIME: Final = re.compile(
    r"next (?:time you )?see (?:Quillon|him)|[Nn]ext time you’re with|If you text him anyway"
)
WORDS_TO_SEND: Final = re.compile(r"“(?:Thanks|Thank you|I’d (?:like|be glad)|I’m glad|Good to|Hello|Of course|Lovely)")
HOPE: Final = re.compile(
    r"\b(?:and so would|would like to try again|give the waiting|how long you will wait|how would we begin|"
    r"for now|when he is ready|in the first month|will probably)\b",
    re.IGNORECASE,
)


@cache
def pack() -> Pack:
    return load_library().packs["breakup"]


def reports_where(answers: dict[str, Any], seed: int = 7) -> Iterator[Report]:
    """Reports of random people with these answers, for whom no other gate fires."""
    sampler = PersonSampler(pack(), seed)
    for _ in range(PEOPLE):
        others = {"pronoun": "he", "partner_name": NAME, "their_stance": ["none"]}
        calm = {item: answer for item, answer in QUIET.items() if item not in {"in_touch", "their_stance"}}
        drawn = sampler.random_answers({**calm, **others, "in_touch": sampler.random_answer("in_touch")})
        yield build_report(assess_answers(pack(), {**drawn, **answers}))


def check_in_after(since: dict[str, Any], **full: Any) -> tuple[Assessment, Assessment]:
    """A full sitting of a person to whom contact was welcome, and a check-in."""
    base = {**CALM, "pronoun": "he", "partner_name": NAME, "their_stance": ["would_try"], **full}
    calm = {item: CALM[item] for item in ("sleep", "day", "thoughts", "settle", "checking", "urge_acted", "asking")}
    answers = {**calm, "self_harm_thoughts": "no", "unanswered": "none", "since_last_time": ["nothing"], **since}
    check_in = assess(pack(), "check-in", answers, DAY + timedelta(14), complete=False, plain=True)
    return assess_answers(pack(), base), check_in


def tasks(report: Report) -> str:
    """The actions, cautions and contingencies of a report."""
    today = [report.today.action.text] if report.today else []
    steps = [text for step in report.steps for text in (*(action.text for action in step.actions), *step.cautions)]
    return " ".join((*today, *steps, contingency_words(report)))


def contingency_words(report: Report) -> str:
    texts = [(told.text, told.after or "", *(reply.text for reply in told.replies)) for told in report.contingencies]
    return " ".join(text for told in texts for text in told)


def first_screen(report: Report) -> str:
    return " ".join(filter(None, (report.heading, report.introduction, report.leave_alone)))


@pytest.mark.parametrize("name", STOPPED)
def test_nothing_presupposes_a_next_meeting(name: str) -> None:
    """After a stop, an order or own acts, no text mentions a next meeting or has words to send."""
    for report in reports_where({**STOPPED[name], "worst_time": ["seeing_them"], "urge_acted": 4}):
        assert not A_NEXT_TIME.search(tasks(report)), tasks(report)
        assert not re.search(r"next time you see", first_screen(report))
        assert not WORDS_TO_SEND.search(contingency_words(report)), contingency_words(report)


@pytest.mark.parametrize("name", HELD)
def test_nothing_is_hoped_for_beside_a_hold(name: str) -> None:
    """With a hold, no task waits for the hold to end, and no text is about trying again."""
    for report in reports_where({**HELD[name], "how_it_ended": "break_dated", "how_long_ago": "half_a_year"}):
        assert {step.id for step in report.not_now} >= CONTACT
        assert not HOPE.search(tasks(report)), tasks(report)
        assert not [step.title for step in report.not_now if step.title and re.search(r"\bif\b|welcome", step.title)]
        assert "you’ve set to talk" not in tasks(report) or name in {
            "four waiting",
            "space and two waiting",
            "an open answer",
        }


@pytest.mark.parametrize(
    "since", [{"since_last_time": ["told_to_stop"]}, {"since_last_time": None}, {"unanswered": "four_plus"}]
)
@pytest.mark.parametrize("in_touch", ["answers", "wants_to_talk", "not_in_touch"])
def test_a_check_in_that_holds_contact_takes_back_its_words(since: dict[str, Any], in_touch: str) -> None:
    """A gate of a check-in removes the words to send and the end of a wait from the full plan."""
    full: dict[str, Any] = {"in_touch": in_touch, "how_long_ago": "half_a_year", "their_stance": ["unsure"]}
    for answers, held in (({}, False), (since, True)):
        sittings = check_in_after(answers, **full)
        plan, report = plan_with_check_in(*sittings), build_report(*sittings)
        assert ({step.id for step in report.not_now} >= CONTACT) is held
        assert ("stop_date" in [action.id for action in plan.step("patience").actions]) is not held
        assert bool(WORDS_TO_SEND.search(contingency_words(report))) is not held, contingency_words(report)


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_frightened_check_in_is_as_discreet(output_format: Any) -> None:
    """Safety first after a check-in has no name, no wish and no titles of held steps."""
    sittings = check_in_after({"since_last_time": ["frightened", "told_to_stop"]}, their_stance=["over"])
    report = build_report(*sittings)
    assert (report.kind.id, report.wish, report.contingencies) == ("safety_first", None, ())
    assert not [step.title for step in report.not_now if step.title]
    assert NAME not in render(report, output_format)


def test_crisis_plans_say_little_and_not_the_same() -> None:
    """Only the first step of a crisis plan has a line, and two crisis plans differ in most of their texts."""
    prose: list[frozenset[str]] = []
    for seed, answer in enumerate(SELF_HARM_NOTICES):
        for report in reports_where(
            {"self_harm_thoughts": answer, "i_broke_trust": "main", "blame_split": "all_mine"}, seed
        ):
            growth = report.steps[0]
            assert growth.title == "Look after yourself"
            rules = {rule.id: rule for rule in pack().rules}
            tasked = {
                effect.id for reason in growth.reasons for effect in rules[reason.rule].then if hasattr(effect, "id")
            }
            assert not growth.reasons or tasked & {action.id for action in growth.actions}
            assert [step.line for step in report.steps[1:] if step.line] == []
            texts = [report.opening, report.leave_alone, *growth.cautions, *(action.text for action in growth.actions)]
            prose.append(frozenset(filter(None, (*texts, report.come_back.text if report.come_back else None))))
    overlaps = [len(one & other) / min(len(one), len(other)) for one, other in combinations(prose, 2)]
    assert mean(overlaps) < 0.45, mean(overlaps)
    assert len(set(prose)) > len(prose) / 2


def test_nobody_who_saw_no_one_is_told_to_ask_a_friend() -> None:
    """The task for today does not need a friend if the person has seen no one, also in safety first."""
    for report in reports_where({"afraid": "once", "people": 0}):
        assert report.today is not None
        assert "who’s good to you" not in report.today.action.text
    reports = list(reports_where({"afraid": "once", "people": 3, "sleep": 3, "self_harm_thoughts": "no"}))
    assert any(report.today and "who’s good to you" in report.today.action.text for report in reports)


def test_own_acts_are_not_told_by_why_steps_are_held() -> None:
    """The reason for holds after own acts is also used after a no."""
    reasons = {report.not_now_because for report in reports_where({**STOPPED["own acts"], "in_touch": "both_write"})}
    after_a_no = {
        report.not_now_because for report in reports_where({"their_stance": ["over"], "in_touch": "both_write"})
    }
    assert reasons
    assert reasons <= after_a_no


@pytest.mark.parametrize(
    "answers",
    [
        {"own_acts": ["hurt"], "own_acts_why": "other"},
        {"limits": ["legal"]},
        {"their_stance": ["asked_stop"]},
        {"self_harm_thoughts": "hurting"},
        {"self_harm_thoughts": None},
        {"sleep": 3, "day": 0, "thoughts": 0, "settle": 0},
    ],
    ids=str,
)
def test_no_comparison_encourages_beside_something_hard(answers: dict[str, Any]) -> None:
    """The headline of a comparison does not encourage if a gate is new, or after hard days."""
    now = ("sleep", "day", "thoughts", "settle", "people", "body", "own_thing", "direction")
    before = assess_answers(pack(), {**CALM, **dict.fromkeys(now, 1)})
    headlines = []
    for changed in ({}, answers):
        raw = {**CALM, **dict.fromkeys(now, 3), **changed}
        after = assess(pack(), "breakup", raw, DAY + timedelta(35), complete=False, plain=True)
        headlines.append(build_comparison_report(compare(before, after), before, after).headline)
    assert headlines[0] == "easier"
    assert headlines[1] != "easier"


@pytest.mark.parametrize("name", HELD)
def test_no_week_waits_for_the_other_one_beside_a_hold(name: str) -> None:
    """The four weeks do not mention steps for both people if such a step is held."""
    answers = {**CALM, "their_stance": ["none"], "i_broke_trust": "main", "said_sorry": "not_yet", **HELD[name]}
    sitting = assess_answers(pack(), answers)
    assert build_weeks(sitting).unscheduled is None
    assert build_weeks(assess_answers(pack(), {**CALM, "their_stance": ["none"]})).unscheduled is not None
