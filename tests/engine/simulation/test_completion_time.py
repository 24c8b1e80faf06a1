"""Estimates of the time to answer."""

from __future__ import annotations

import pytest

from engine.content.pack import Form
from engine.content.questionnaire import ItemReference, Questionnaire
from engine.loading.library import load_library
from engine.loading.yaml import parse
from engine.simulation.completion_time import (
    SECONDS_A_QUESTION,
    SECONDS_A_TAP,
    SECONDS_A_TEXT,
    WORDS_A_MINUTE,
    Effort,
    Minutes,
    effort,
    effort_to_first_plan,
    longest_effort,
    minutes_of,
)

FORM = """\
questionnaire: main
pack: small
title: Not counted
sections:
  - id: one
    title: Two words
    before: Three more words
    intro: And four more words
    first_plan: true
    items:
      - {id: talk, type: rating, text: I talk., anchors: [not at all, a lot]}
      - {id: calm, type: rating, text: I am calm., help: Rather., anchors: [not at all, a lot]}
  - id: two
    title: Word
    items:
      - {id: name, type: text, text: Name}
      - {id: signs, type: multiple, text: Signs, options: [{id: one, text: first one}, {id: two, text: second}]}
"""


def parsed(text: str = FORM) -> Form:
    """The form without a pack."""
    source, problems = parse(text, "form.yaml")
    assert source is not None, problems
    questionnaire = Questionnaire.model_validate(source.value)
    items = [
        item for section in questionnaire.sections for item in section.items if not isinstance(item, ItemReference)
    ]
    return Form(questionnaire, tuple(items), ())


def test_effort_of_everybody() -> None:
    """Titles, introductions, questions, help and labels are counted; equal labels count once in a section."""
    form = parsed()
    assert longest_effort(form) == Effort(
        words=2 + 3 + 4 + 2 + 5 + 3 + 1 + 1 + 1 + 1 + 3, questions=4, taps=2 + 2 + 1 + 1
    )


def test_effort_of_one_person() -> None:
    """Only what was shown is counted, with a tap for each ticked option and a text for each typed answer."""
    form = parsed()
    person_effort = effort(form, ["name", "signs"], {"name": "Sam", "signs": ("one", "two")})
    assert person_effort == Effort(words=1 + 1 + 1 + 3, questions=2, taps=1 + 2, texts=1)
    assert effort(form, [], {}) == Effort()
    assert effort(form, ["name"], {}) == Effort(words=2, questions=1, taps=1)


def test_effort_to_a_first_plan() -> None:
    """The effort ends with the section after which a first plan is offered; without such a section it is None."""
    form = parsed()
    assert effort_to_first_plan(form, form.item_ids, {}) == effort(form, ["talk", "calm"], {})
    assert effort_to_first_plan(parsed(FORM.replace("    first_plan: true\n", "")), form.item_ids, {}) is None


def test_minutes() -> None:
    """Words, questions, taps and texts each take the time of their constant."""
    assert Effort(words=WORDS_A_MINUTE).minutes == 1
    assert Effort(questions=1).minutes == pytest.approx(SECONDS_A_QUESTION / 60)
    assert Effort(taps=2, texts=3).minutes == pytest.approx((2 * SECONDS_A_TAP + 3 * SECONDS_A_TEXT) / 60)
    assert Effort(1, 2, 3, 4) + Effort(5, 6, 7, 8) == Effort(6, 8, 10, 12)


def test_nine_in_ten() -> None:
    """Minutes have the median and the 90th percentile."""
    people = [Effort(words=WORDS_A_MINUTE * minutes) for minutes in range(10, 0, -1)]
    assert minutes_of(people) == Minutes(5.5, 9)
    assert minutes_of(people[:1]) == Minutes(10, 10)


def test_a_question_takes_about_ten_seconds() -> None:
    """The constants agree with measurements: about ten seconds for a single question.

    Pew Research Center (2022) counts about ten, and less in a battery; 10.3 on average at TurkPrime (2015).
    """
    for _, form in load_library().forms.values():
        most = longest_effort(form)
        assert 8 <= most.minutes * 60 / most.questions <= 13
