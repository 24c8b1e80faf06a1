"""What a report of the breakup pack must not contain: safety answers, and texts that exclude each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest

from engine.assessment.pipeline import Assessment
from engine.content.pack import Pack
from engine.content.steps import Action, Caution
from engine.loading.library import load_library
from engine.rendering.render import FORMATS, render
from engine.report.plan import Report, build_report
from engine.report.wording import Wording
from tests.breakup.case_files import PRONOUNS, contains_phrase
from tests.breakup.case_files import readable_text as read_as
from tests.breakup.expected_gates import (
    CALM,
    QUIET,
    Answers,
    PersonSampler,
    assess_answers,
    at_risk,
    chosen,
    every_answer,
    legal_limit,
    seeing_someone,
    told_to_stop,
)
from tests.checks.pack_texts import pack_pattern

PEOPLE: Final = 600


@cache
def pack() -> Pack:
    return load_library().packs["breakup"]


@dataclass(frozen=True)
class RandomPerson:
    """A random person with a report."""

    answers: Answers
    assessment: Assessment
    report: Report

    @property
    def tasks(self) -> str:
        """The tasks of the report: every action, and what to leave alone."""
        steps = [action.text for step in self.report.steps for action in step.actions]
        today = [self.report.today.action.text] if self.report.today else []
        return " ".join((*today, *steps))

    @property
    def text(self) -> str:
        """The sentences of the report, without titles and summaries of held steps and without quoted answers."""
        report = self.report
        texts = [report.heading, report.wish, report.opening, *report.situation, report.leave_alone]
        texts += [report.not_now_because, report.strength, report.tension]
        for contingency in report.contingencies:
            texts += [contingency.title, contingency.text, contingency.after]
            texts += [text for reply in contingency.replies for text in (reply.when, reply.text)]
        for step in report.steps:
            if step.place != "not_now":
                texts += [step.title, step.line, step.summary, step.default_reason, step.done_when, *step.cautions]
                texts += [reason.sentence for reason in step.reasons]
        return " ".join(text for text in texts if text) + " " + self.tasks


def report_of(answers: Answers) -> RandomPerson:
    assessment = assess_answers(pack(), answers)
    return RandomPerson(answers, assessment, build_report(assessment))


@cache
def everybody() -> tuple[RandomPerson, ...]:
    """Random people: some answer at random, some calmly where gates read, some stop early."""
    sampler, people = PersonSampler(pack(), 40), []
    items = [item.id for item in pack().forms["breakup"].items]
    early_items = items[: items.index("talks_arguments")]
    for number in range(PEOPLE):
        answers = sampler.random_answers(calm=(0.3, 0.7, 0.9, 1)[number % 4])
        if number % 5 == 0:  # the first plan, after five parts
            answers = {item: answer for item, answer in answers.items() if item in early_items}
        people.append(report_of(answers))
    return tuple(people)


def people_where(condition: str) -> Iterator[RandomPerson]:
    """The people who fulfil a condition."""
    means: dict[str, Any] = {
        "at risk": at_risk,
        "no contact": lambda answers: legal_limit(answers) or told_to_stop(answers),
        "someone new": lambda answers: seeing_someone(answers) or "committed" in chosen(answers, "their_stance"),
        "dark": lambda answers: answers.get("self_harm_thoughts") in {"hurting", "ending_earlier", "ending_now"},
        "no children": lambda answers: "children" not in chosen(answers, "shared_ties"),
    }
    people = [person for person in everybody() if means[condition](person.answers)]
    assert len(people) > 20
    yield from people


# Safety answers


def secret_phrases(assessment: Assessment) -> set[str]:
    """The texts of all questions about safety and of their answers, as options and as clauses."""
    words = Wording(assessment)
    phrases, plain_phrases = set[str](), set[str]()
    for item in assessment.pack.items.values():
        phrases_of_item = phrases if item.sensitive else plain_phrases
        phrases_of_item.add(words.say(item.text))
        for answer in every_answer(item):
            value = tuple(answer) if isinstance(answer, list) else answer
            if value is not None and (not isinstance(value, tuple) or len(value) == 1):
                phrases_of_item.update(map(words.say, item.words(value)))
                phrases_of_item.add(words.say(item.clause(value) or ""))
    notices = plainly(" . ".join(words.say(notice.text) for notice in assessment.pack.content.notices))
    return {
        phrase
        for phrase in map(plainly, phrases - plain_phrases)
        if len(phrase.split()) >= 3 and f" {phrase} " not in f" {notices} "
    }


def plainly(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()


@pytest.mark.parametrize("people", [30, pytest.param(120, marks=pytest.mark.exhaustive)])
def test_no_format_says_a_safety_answer_back(people: int) -> None:
    """No format of a report has a question or an answer about safety, limits or what was tried."""
    checked = 0
    for person in everybody()[:people]:
        phrases = secret_phrases(person.assessment)
        for output_format in FORMATS:
            text = f" {plainly(read_as(render(person.report, output_format), output_format))} "
            assert [phrase for phrase in phrases if f" {phrase} " in text] == []
        checked += len(phrases)
    assert checked > 25 * people


def test_no_reason_rests_on_a_safety_answer() -> None:
    """No reason in a report rests on a sensitive answer, and no answer quoted beneath one is sensitive."""
    sensitive = pack().sensitive
    for person in everybody():
        for step in person.report.steps:
            for reason in step.reasons:
                firing = next(firing for firing in person.assessment.trace.firings if firing.rule == reason.rule)
                assert not sensitive.intersection(firing.items)
                assert not sensitive.intersection(answer.item for answer in reason.answers)


# Two things that exclude each other (9)


def test_right_pronoun() -> None:
    """The chosen pronoun is used for the other person, and “they” if none was chosen."""
    for person in everybody():
        wrong = PRONOUNS[person.answers.get("pronoun") or "they"].split("|")
        assert [word for word in wrong if contains_phrase(word, person.text)] == []
        assert "{" not in person.text


def test_hand_overs_are_for_parents() -> None:
    """Handovers are mentioned only to people with children."""
    assert [
        person.answers for person in people_where("no children") if re.search(r"hand-?over", person.text, re.IGNORECASE)
    ] == []


def test_nobody_at_risk_is_asked_to_be_patient() -> None:
    """Safety first does not mention patience, counselling for couples, or getting on with the other person."""
    never = r"patien|couples? counsel|forgiv|apolog|\bblock|confront|leave (?:him|her|them)\b|sorry"
    assert [person.text for person in people_where("at risk") if re.search(never, person.text, re.IGNORECASE)] == []
    assert all(person.report.short for person in people_where("at risk"))


def test_no_reaching_out_while_contact_is_held() -> None:
    """While a contact step is held, no task is to send, give or say something to the other person, or to meet."""
    reach = (
        r"(?<!don’t )(?<!you’d )\bsend\b(?! that person\b| them one line to say\b)|\b(?:meet|call|write to) (?:him|her|them)\b"
        r"|\bgift|\bsurprise|\binvite|say it once|couples"
    )
    held = [person for person in everybody() if any(step.place == "not_now" for step in person.report.steps)]
    assert len(held) > 100
    assert [person.tasks for person in held if re.search(reach, person.tasks, re.IGNORECASE)] == []


def test_nothing_is_written_after_a_stop() -> None:
    """After an order, a stop or a full block, no task asks for a message."""
    write = pack_pattern("one message a week", "agree on (?:hours|a few)", "keep those messages to", "handover")
    for person in people_where("no contact"):
        if person.assessment.plan and person.assessment.plan.kind.id != "safety_first":
            assert not write.search(person.text), person.answers


def test_somebody_new_and_another_try() -> None:
    """If the other person has a new partner, no sentence mentions trying again."""
    again = pack_pattern("try again")
    for person in people_where("someone new"):
        assert not again.search(person.text), person.answers


WAITING: Final = (
    "how long you will wait",
    "answer in (?:his|her|their) own time",
    "if a no comes",
    "you can hope",
    "waiting an end",
)


def test_no_waiting_after_an_answer() -> None:
    """The kind for letting go has no text about waiting for an answer."""
    wait = pack_pattern(*WAITING)
    for person in everybody():
        if person.report.kind.id == "heal_and_let_go":
            assert not wait.search(person.text), person.answers


def test_words_on_waiting_are_for_other_kinds() -> None:
    """Every action and caution about waiting names the kinds it is for, and letting go is none of them."""
    written: list[Action | Caution] = []
    for step in pack().steps:
        written += [*step.actions, *step.cautions]
    wait = pack_pattern(*WAITING)
    about_waiting = [addition for addition in written if wait.search(addition.text.replace("{their}", "their"))]
    assert len(about_waiting) >= len(WAITING) - 1
    for addition in about_waiting:
        assert addition.kinds, addition.id
        assert not {"heal_and_let_go", "safety_first"}.intersection(addition.kinds), addition.id


def test_no_challenge_in_dark_days() -> None:
    """With thoughts of self-harm, no text asks for lessons or insights, or to put the phone away."""
    challenge = pack_pattern(
        "couldn’t see back then",
        "circle what was the same",
        "somewhere you’ve never been",
        "phone in (?:a drawer|another room)",
        "a class, a (?:match|talk)",
    )
    assert sum(challenge.search(person.text) is not None for person in everybody()) > 100, "others are told so"
    for person in people_where("dark"):
        if person.report.kind.id != "safety_first":
            assert not challenge.search(person.text), person.answers


SUPPOSED: Final = re.compile(
    r"\byou (?:two )?(?:did|have|had|are|want|named?|owe|told|said)\b|\bnothing you\b|\balready\b|\bthere (?:is|may be)\b",
    re.IGNORECASE,
)
"""How a sentence refers to a person's answers."""


@pytest.mark.parametrize(
    "sentence",
    [
        "You did not name trust as the trouble, so this is in the background.",
        "Nothing you told us makes this urgent, and a fair look is always worth it.",
        "You two have the room you need at the moment, so nothing here is urgent.",
        "There may be little to say sorry for, and that is fine.",
        "You want to move on, so a talk has no weight here.",
    ],
)
def test_a_sentence_about_answers_is_seen(sentence: str) -> None:
    """Sentences that are true only for some answers are recognised."""
    assert SUPPOSED.search(sentence)


def test_what_did_not_move_says_nothing_of_answers() -> None:
    """The default reason of a step is true for all answers."""
    sentences = {
        step.default_reason: person.answers
        for person in everybody()
        for step in person.report.steps
        if step.default_reason
    }
    assert len(sentences) > 10
    for sentence, answers in sentences.items():
        claim = re.sub(r"\bif there is something you are sorry for\b", "", sentence, flags=re.IGNORECASE)
        assert not SUPPOSED.search(claim), (sentence, answers)


def test_nobody_is_told_that_there_is_nothing_to_be_sorry_for() -> None:
    """A person who names what hurt, or takes all the blame, does not get the text that no apology is needed."""
    answers = {**CALM, **QUIET, "i_broke_trust": "no_part", "own_name": 4, "own_effect": 1, "blame_split": "all_mine"}
    (rule,) = (rule for rule in pack().rules if "calls for a sorry" in rule.because)
    someone = report_of(answers)
    assert rule.id not in {firing.rule for firing in someone.assessment.trace.firings}
    for output_format in FORMATS:
        assert rule.because not in read_as(render(someone.report, output_format), output_format)


# Safety first is a closed kind

GENTLE: Final = {
    "hard-days",
    "very-shaky",
    "broken-nights",
    "feelings-stay",
    "alone",
    "body-forgotten",
    "nothing-of-your-own",
    "little-own-life",
    "first-days",
}
"""The rules whose reasons are only about the person's daily life."""


def test_safety_first_begins_with_the_person() -> None:
    """A person at risk begins with sleep, food and people, and has one task of that step today."""
    for person in people_where("at risk"):
        assert person.report.steps[0].id == "growth", person.answers
        assert person.report.today is not None


def test_safety_first_gives_no_reason_for_distance_or_duty() -> None:
    """In safety first, no reason mentions space, messages, a shared home or the person's own part."""
    for person in people_where("at risk"):
        reasons = {reason.rule for step in person.report.steps for reason in step.reasons}
        assert reasons <= GENTLE, person.answers


# The first screen (5.1)


def test_first_screen_is_short() -> None:
    """The first screen has at most 120 words besides notices, and each step of the week at most three actions."""
    for person in everybody():
        report = person.report
        texts = [report.kind.text, report.heading, report.introduction, report.leave_alone]
        texts += [report.today.action.text] if report.today else []
        assert len(" ".join(text for text in texts if text).split()) <= 120, person.answers
        assert len(report.this_week) <= 3
        assert all(len(step.actions) <= 3 for step in report.steps)


def test_everybody_has_something_for_today() -> None:
    """Every plan has one thing to do today, one to leave alone, a heading, and a word for coming back."""
    for person in everybody():
        report = person.report
        assert report.today is not None or report.kind.id == "safety_first", person.answers
        assert report.leave_alone, person.answers
        assert report.heading, person.answers
        assert report.come_back is not None
        assert report.come_back.text, person.answers
