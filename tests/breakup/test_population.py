"""Checks of two thousand simulated people: rules for every report, and that every text is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from engine.simulation.variety import Variety
from tests.breakup.expected_gates import CALM
from tests.breakup.population_survey import MORE_PEOPLE, PEOPLE, VARIANTS, Survey, read_over_a_shoulder, survey_of
from tests.breakup.simulated_people import FOLLOW_UPS, SimulatedPerson, population, simulated_person
from tests.checks.contradictions import pairs
from tests.checks.report_checks import CHECKS

pytestmark = pytest.mark.timeout(1200)  # the first test looks at all persons, and others wait for it
ENOUGH: Final = 3
"""The least number of plans that must have a text, so that its use is not by chance."""
MOST_SEEN: Final = 660
"""The most words of a report with closed folds: some 550, and why each of this week's steps is there, with its answers."""
CHECK_IN_ONLY: Final = {"since-frightened", "since-open", "since-told-to-stop"}


@pytest.fixture(scope="module")
def whole_survey(made_once: Callable[[str, Callable[[Path], None]], Path]) -> Survey:
    """The survey of all people, made once in a test run."""

    def fill(folder: Path) -> None:
        (folder / "survey.json").write_text(survey_of(range(PEOPLE)).to_json(), encoding="utf-8")

    folder = made_once("survey-of-people", fill)
    return Survey.of_json((folder / "survey.json").read_text(encoding="utf-8"))


def assert_none(survey: Survey, check: str) -> None:
    """Assert that no person has this fault; the message shows examples."""
    assert check in {*CHECKS, *(pair.id for pair in pairs())}, "nobody is looked at for this"
    assert survey.counts[check] == 0, "\n".join(survey.faults[check][:3])


@pytest.mark.exhaustive
def test_nothing_is_wrong_for_three_thousand_more() -> None:
    """None of three thousand other people has a fault that the tests below check."""
    survey = survey_of(range(PEOPLE, MORE_PEOPLE))
    assert survey.counts == {}, "\n".join(problem for problems in survey.faults.values() for problem in problems[:3])


def test_no_sentence_comes_twice(whole_survey: Survey) -> None:
    """No report has the same sentence twice."""
    assert_none(whole_survey, "twice")


def test_no_clause_comes_twice_in_a_step(whole_survey: Survey) -> None:
    """No two reasons of one step begin with the same clause."""
    assert_none(whole_survey, "clause_twice")


def test_no_echo(whole_survey: Survey) -> None:
    """No sentence repeats seven successive words of a question or an answer."""
    assert_none(whole_survey, "echo")


def test_the_other_one_has_one_word(whole_survey: Survey) -> None:
    """Every report uses the chosen pronoun for the other person."""
    assert_none(whole_survey, "other_word")


@pytest.mark.parametrize("pair", [pair.id for pair in pairs()])
def test_contradictions(whole_survey: Survey, pair: str) -> None:
    """No report has two contradicting facts, as listed in ``contradictions.yaml``."""
    assert_none(whole_survey, pair)


def test_never_list(whole_survey: Survey) -> None:
    """No report has a phrase of the list of forbidden phrases."""
    assert_none(whole_survey, "never")


def test_grammar(whole_survey: Survey) -> None:
    """Every report is correct English: agreement, articles, capitals, punctuation and quotes."""
    assert_none(whole_survey, "right_english")


def test_every_way_to_speak_of_the_other_one(whole_survey: Survey) -> None:
    """Each of the three pronouns occurs with and without a name, often enough for these checks."""
    counts = whole_survey.occurrences["other"]
    assert len(counts) == 6
    assert min(counts.values()) >= 0.01 * PEOPLE, counts


def test_reading_age(whole_survey: Survey) -> None:
    """Every report is easy to read at the age of twelve, and has no sentence of more than 25 words."""
    assert_none(whole_survey, "easy_to_read")


def test_first_screen(whole_survey: Survey) -> None:
    """The first screen has at most 120 words besides notices, and the week at most three steps of three actions."""
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
    """Nine in ten in which every step is open have 1,000 to 1,700 words unfolded, and at most ``MOST_SEEN`` folded."""
    word_counts = list(lengths(whole_survey, "whole"))
    assert sum(1000 <= unfolded <= 1700 for unfolded, _ in word_counts) >= 0.9 * len(word_counts)
    assert sum(folded <= MOST_SEEN for _, folded in word_counts) >= 0.9 * len(word_counts)


def test_most_reports_with_held_steps_are_shorter(whole_survey: Survey) -> None:
    """Plans with four or five held steps have 1,000 to 1,500 words."""
    word_counts = list(lengths(whole_survey, "held"))
    assert sum(1000 <= unfolded <= 1500 for unfolded, _ in word_counts) >= 0.9 * len(word_counts)
    assert sum(folded <= MOST_SEEN for _, folded in word_counts) >= 0.9 * len(word_counts)


def test_a_plan_agrees_with_itself(whole_survey: Survey) -> None:
    """The heading, the opening and today's task belong to the first step."""
    assert_none(whole_survey, "heading")


def test_every_free_step_has_its_line(whole_survey: Survey) -> None:
    """Each free step has one line of at most 60 characters, none twice, none in the words of the form."""
    assert_none(whole_survey, "path")


def test_lines_come_from_answers(whole_survey: Survey) -> None:
    """For people with thirty answers, hardly any line is the general one of a step."""
    assert variety_of(whole_survey).general_lines <= 0.1


def test_there_is_not_too_much_to_do(whole_survey: Survey) -> None:
    """A report has at most fourteen actions, of which seven are for this week, and one in each free step."""
    assert_none(whole_survey, "ticks")


def test_what_if_answers(whole_survey: Survey) -> None:
    """A report has at most two contingencies with different subjects, and none in a short plan; each is rare."""
    assert_none(whole_survey, "what_if_answers")
    told = whole_survey.occurrences["contingencies"]
    assert max(told.values()) <= 0.4 * PEOPLE
    subjects = Counter(contingency.about for contingency in population().pack.content.contingencies)
    assert min(subjects.values()) >= 2


def test_the_name_is_used(whole_survey: Survey) -> None:
    """A given name is used three times in a plan, two of them early, and never in a notice."""
    assert_none(whole_survey, "names")


def test_safety_first_gives_nothing_away(whole_survey: Survey) -> None:
    """No format of safety first has the name, the wish, the title of a held step or a reason with an answer."""
    assert_none(whole_survey, "safety_first")


def test_nothing_stands_in_private_plans_alone(whole_survey: Survey) -> None:
    """No heading, title, line, reason, fallback or remark appears only with a sensitive answer.

    What stands in private plans alone must also be read by a person who answered the same but for those questions. What
    hardly anybody reads may be missing there by chance.
    """
    private, public = whole_survey.occurrences["private"], whole_survey.occurrences["public"]
    sentences = " ".join(public)
    alone = {text for text in private if text not in public and text.partition(" ")[2] not in sentences}
    people = {number for text in alone for number in whole_survey.private_people[text]}
    explained = {text for number in people for text in read_over_a_shoulder(without_sensitive_answers(number))}
    assert {text for text in alone - explained if private[text] >= ENOUGH} == set()


def without_sensitive_answers(number: int) -> SimulatedPerson:
    """The person with this number, with calm answers to the sensitive questions."""
    asked = population().form.item_ids & population().pack.sensitive
    return simulated_person(number, {item: CALM.get(item) for item in asked - FOLLOW_UPS})


# How far plans differ


def variety_of(survey: Survey) -> Variety:
    assert survey.variety is not None
    return survey.variety


def test_plans_have_few_sentences_of_everybody(whole_survey: Survey) -> None:
    """At most 15 % of a plan's sentences are common, which means in three of five plans."""
    assert variety_of(whole_survey).common_share <= 0.15


def test_two_plans_of_one_kind_differ(whole_survey: Survey) -> None:
    """Two plans of one kind share a quarter of their sentences on average, and never more than half.

    Safety first and the short plans of the worst days are alike on purpose, and are left out of the second.
    """
    variety = variety_of(whole_survey)
    assert variety.overlap <= 0.25
    assert variety.highest_overlap_in_full <= 0.5


def test_no_step_starts_most_plans(whole_survey: Survey) -> None:
    """No step starts more than 35 % of plans."""
    assert max(variety_of(whole_survey).starts.values()) <= 0.35 * PEOPLE


def test_no_format_quotes_a_safety_answer(whole_survey: Survey) -> None:
    """No format of a hundred people's reports has the text of an option of a safety question."""
    assert_none(whole_survey, "formats")


def test_every_step_comes_early_for_somebody(whole_survey: Survey) -> None:
    """Each step is among the first three for at least one person, and in the week of one in two hundred."""
    assert set(whole_survey.occurrences["early"]) == {step.id for step in population().pack.steps}
    focus = whole_survey.occurrences["focus"]
    assert all(focus[step] >= 0.005 * PEOPLE for step in ("care", "memories", "apologise")), focus


def test_every_rule_fires_for_somebody(whole_survey: Survey) -> None:
    """Every rule fires for at least one person, except rules that only read a check-in."""
    assert {rule.id for rule in population().pack.rules} - set(whole_survey.occurrences["rule"]) == CHECK_IN_ONLY


@pytest.mark.parametrize("field", ["actions", "cautions"])
def test_everything_is_in_somebodys_plan(whole_survey: Survey, field: str) -> None:
    """Every action and every caution is in at least one plan."""
    written = {f"{step.id}/{addition.id}" for step in population().pack.steps for addition in getattr(step, field)}
    assert written - set(whole_survey.occurrences[field]) == set()


def test_every_kind_and_notice_is_for_somebody(whole_survey: Survey) -> None:
    """Every kind of plan and every notice is in at least one report."""
    content = population().pack.content
    assert set(whole_survey.occurrences["kind"]) == {kind.id for kind in content.kinds}
    assert set(whole_survey.occurrences["notice"]) == {notice.id for notice in content.notices}


def test_everything_is_read_by_somebody(whole_survey: Survey) -> None:
    """Nearly every action, and every variant of a text, is visible in at least one report.

    The other actions are told to those who say “not for me” of one before them.
    """
    read = set(whole_survey.occurrences["read"])
    written, actions = set[str](), set[str]()
    for step in population().pack.steps:
        actions |= {f"action {step.id}/{action.id}" for action in step.actions}
        for kind, texts in step.for_kind.items():
            written |= {f"{name} {step.id} {kind}" for name in VARIANTS if getattr(texts, name)}
    assert written - read == set()
    assert len(actions - read) <= 0.1 * len(actions)


def test_most_people_may_do_everything(whole_survey: Survey) -> None:
    """At least two in five have no held step: for them all eleven steps are open, reconnection included."""
    assert whole_survey.occurrences["free"]["True"] >= 0.4 * PEOPLE


def test_people_get_plans_of_their_own(whole_survey: Survey) -> None:
    """Orders of steps are nearly unique, and the number of different first three steps does not fall."""
    orders, threes = whole_survey.occurrences["order"], whole_survey.occurrences["three"]
    assert len(orders) > 500
    assert len(threes) >= 184
    assert threes.most_common(1)[0][1] < 0.2 * PEOPLE
