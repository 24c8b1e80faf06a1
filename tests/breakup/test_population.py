"""Two thousand simulated persons: what holds for every report, and that every text is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.breakup.population_survey import MORE_PEOPLE, PEOPLE, VARIANTS, Survey, survey_of
from tests.breakup.simulated_people import population
from tests.checks.contradictions import pairs
from tests.checks.report_checks import CHECKS

pytestmark = pytest.mark.timeout(1200)  # the first test looks at all persons, and others wait for it
CHECK_IN_ONLY: Final = {"since-frightened", "since-open", "since-told-to-stop"}


@pytest.fixture(scope="module")
def whole_survey(made_once: Callable[[str, Callable[[Path], None]], Path]) -> Survey:
    """Everybody, looked at once in this test run."""

    def fill(folder: Path) -> None:
        (folder / "survey.json").write_text(survey_of(range(PEOPLE)).to_json(), encoding="utf-8")

    folder = made_once("survey-of-people", fill)
    return Survey.of_json((folder / "survey.json").read_text(encoding="utf-8"))


def assert_none(survey: Survey, check: str) -> None:
    """Nobody has this fault; else some who have."""
    assert check in {*CHECKS, *(pair.id for pair in pairs())}, "nobody is looked at for this"
    assert survey.counts[check] == 0, "\n".join(survey.faults[check][:3])


@pytest.mark.exhaustive
def test_nothing_is_wrong_for_three_thousand_more() -> None:
    """None of three thousand other persons has a fault that one of the tests below looks for."""
    survey = survey_of(range(PEOPLE, MORE_PEOPLE))
    assert survey.counts == {}, "\n".join(problem for problems in survey.faults.values() for problem in problems[:3])


def test_no_sentence_comes_twice(whole_survey: Survey) -> None:
    """Nobody reads the same sentence twice in one report."""
    assert_none(whole_survey, "twice")


def test_no_clause_comes_twice_in_a_step(whole_survey: Survey) -> None:
    """No two reasons of one step begin with the same clause."""
    assert_none(whole_survey, "clause_twice")


def test_no_echo(whole_survey: Survey) -> None:
    """No sentence says a question or an answer in seven words of the form."""
    assert_none(whole_survey, "echo")


def test_the_other_one_has_one_word(whole_survey: Survey) -> None:
    """Nobody's report speaks of the other person with another pronoun than the chosen one."""
    assert_none(whole_survey, "other_word")


@pytest.mark.parametrize("pair", [pair.id for pair in pairs()])
def test_contradictions(whole_survey: Survey, pair: str) -> None:
    """No report holds two things that contradict each other: a pair of ``contradictions.yaml``."""
    assert_none(whole_survey, pair)


def test_never_list(whole_survey: Survey) -> None:
    """No report says anything of the never-list, in whatever words it came together."""
    assert_none(whole_survey, "never")


def test_grammar(whole_survey: Survey) -> None:
    """Everybody's report is right as English: agreement, small words, capitals, marks and quotes."""
    assert_none(whole_survey, "right_english")


def test_every_way_to_speak_of_the_other_one(whole_survey: Survey) -> None:
    """Each of the three pronouns comes up with a name and without one, often enough to be looked at."""
    counts = whole_survey.occurrences["other"]
    assert len(counts) == 6
    assert min(counts.values()) >= 0.01 * PEOPLE, counts


def test_reading_age(whole_survey: Survey) -> None:
    """Everybody's report is read with ease at the age of twelve, and has no sentence of more than 25 words."""
    assert_none(whole_survey, "easy_to_read")


def test_first_screen(whole_survey: Survey) -> None:
    """It has at most 120 words beside its notice, this week at most three steps, each three actions."""
    assert_none(whole_survey, "first_screen")


def test_lengths(whole_survey: Survey) -> None:
    """No report is much longer or shorter than the content guide asks (5.2); a short one is a page or two."""
    assert_none(whole_survey, "whole_length")


def lengths(survey: Survey, held_or_whole: str) -> Iterator[tuple[int, int]]:
    """Words of each report that is not short, unfolded and folded: of plans with held steps, or of those without."""
    for written, times in survey.occurrences["length"].items():
        held, unfolded, folded = written.split()
        yield from [(int(unfolded), int(folded))] * (times if held == held_or_whole else 0)


def test_most_reports_are_as_long_as_people_read(whole_survey: Survey) -> None:
    """Nearly all in which every step is open have 1,100 to 1,500 words unfolded, and at most 500 folded."""
    word_counts = list(lengths(whole_survey, "whole"))
    assert sum(1100 <= unfolded <= 1500 for unfolded, _ in word_counts) >= 0.95 * len(word_counts)
    assert sum(folded <= 500 for _, folded in word_counts) >= 0.95 * len(word_counts)


def test_most_reports_with_held_steps_are_shorter(whole_survey: Survey) -> None:
    """Plans with four or five held steps have six or seven to tell: 1,000 to 1,300 words, at most 500 folded."""
    word_counts = list(lengths(whole_survey, "held"))
    assert sum(1000 <= unfolded <= 1300 for unfolded, _ in word_counts) >= 0.94 * len(word_counts)
    assert sum(folded <= 500 for _, folded in word_counts) >= 0.96 * len(word_counts)


def test_no_heading_names_another_step(whole_survey: Survey) -> None:
    """Trust, a talk or good times stand in the heading of nobody whose plan begins with something else."""
    assert_none(whole_survey, "heading")


def test_no_format_quotes_a_safety_answer(whole_survey: Survey) -> None:
    """Text, Markdown, HTML and JSON of a hundred persons hold no option of a safety question."""
    assert_none(whole_survey, "formats")


def test_every_step_comes_early_for_somebody(whole_survey: Survey) -> None:
    """Each of the steps stands among the first three for someone, and of this week for one in two hundred."""
    assert set(whole_survey.occurrences["early"]) == {step.id for step in population().pack.steps}
    focus = whole_survey.occurrences["focus"]
    assert all(focus[step] >= 0.005 * PEOPLE for step in ("care", "memories", "apologise")), focus


def test_every_rule_fires_for_somebody(whole_survey: Survey) -> None:
    """Every rule fires for someone, but for those that only a check-in asks."""
    assert {rule.id for rule in population().pack.rules} - set(whole_survey.occurrences["rule"]) == CHECK_IN_ONLY


@pytest.mark.parametrize("field", ["actions", "cautions"])
def test_everything_is_in_somebodys_plan(whole_survey: Survey, field: str) -> None:
    """Every action and every caution is in someone's plan."""
    written = {f"{step.id}/{addition.id}" for step in population().pack.steps for addition in getattr(step, field)}
    assert written - set(whole_survey.occurrences[field]) == set()


def test_every_kind_and_notice_is_for_somebody(whole_survey: Survey) -> None:
    """Every kind of plan and every notice is in someone's report."""
    content = population().pack.content
    assert set(whole_survey.occurrences["kind"]) == {kind.id for kind in content.kinds}
    assert set(whole_survey.occurrences["notice"]) == {notice.id for notice in content.notices}


def test_everything_is_read_by_somebody(whole_survey: Survey) -> None:
    """Every action and every variant of a text stands in someone's report, and not only in a plan behind it."""
    read = set(whole_survey.occurrences["read"])
    written = set()
    for step in population().pack.steps:
        written |= {f"action {step.id}/{action.id}" for action in step.actions}
        for kind, texts in step.for_kind.items():
            if kind == "safety_first" and texts.default_reason:  # it has all its own words, whichever step comes first
                read.add(f"default_reason {step.id} {kind}")
            written |= {f"{name} {step.id} {kind}" for name in VARIANTS if getattr(texts, name)}
    assert written - read == set()


def test_most_people_may_do_everything(whole_survey: Survey) -> None:
    """At least two in five have no held step: for them all eleven steps are open, reconnection included."""
    assert whole_survey.occurrences["free"]["True"] >= 0.4 * PEOPLE


def test_people_get_plans_of_their_own(whole_survey: Survey) -> None:
    """Hardly two people share an order of steps, and no first three is everybody's."""
    orders, threes = whole_survey.occurrences["order"], whole_survey.occurrences["three"]
    assert len(orders) > 500
    assert len(threes) > 80
    assert threes.most_common(1)[0][1] < 0.2 * PEOPLE
