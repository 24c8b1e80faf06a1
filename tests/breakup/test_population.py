"""Five thousand simulated persons: what is true of everybody's report, and that everything written is for somebody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import pytest

from tests.breakup.population_survey import PEOPLE, VARIANTS, Survey, survey
from tests.breakup.simulated_people import population
from tests.checks.contradictions import pairs
from tests.checks.report_checks import CHECKS

pytestmark = pytest.mark.timeout(1200)  # the first test of each process looks at all persons, or waits for it
CHECK_IN_ONLY: Final = {"since-frightened", "since-open", "since-told-to-stop"}


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """Everybody, looked at once in this test run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return survey(shared / "survey-of-people")


def assert_none(found: Survey, check: str) -> None:
    """Nobody has this fault; else some who have."""
    assert check in {*CHECKS, *(pair.id for pair in pairs())}, "nobody is looked at for this"
    assert found.counts[check] == 0, "\n".join(found.faults[check][:3])


def test_no_sentence_comes_twice(all_of_them: Survey) -> None:
    """Nobody reads the same sentence twice in one report."""
    assert_none(all_of_them, "twice")


def test_no_clause_comes_twice_in_a_step(all_of_them: Survey) -> None:
    """No two reasons of one step begin with the same clause."""
    assert_none(all_of_them, "clause_twice")


def test_no_echo(all_of_them: Survey) -> None:
    """No sentence says a question or an answer in seven words of the form."""
    assert_none(all_of_them, "echo")


def test_the_other_one_has_one_word(all_of_them: Survey) -> None:
    """Nobody's report speaks of the other person with another pronoun than the chosen one."""
    assert_none(all_of_them, "other_word")


@pytest.mark.parametrize("pair", [pair.id for pair in pairs()])
def test_contradictions(all_of_them: Survey, pair: str) -> None:
    """No report holds two things that contradict each other: a pair of ``contradictions.yaml``."""
    assert_none(all_of_them, pair)


def test_never_list(all_of_them: Survey) -> None:
    """No report says anything of the never-list, in whatever words it came together."""
    assert_none(all_of_them, "never")


def test_grammar(all_of_them: Survey) -> None:
    """Everybody's report is right as English: agreement, small words, capitals, marks and quotes."""
    assert_none(all_of_them, "right_english")


def test_every_way_to_speak_of_the_other_one(all_of_them: Survey) -> None:
    """Each of the three pronouns comes up with a name and without one, often enough to be looked at."""
    found = all_of_them.seen["other"]
    assert len(found) == 6
    assert min(found.values()) >= 50, found


def test_reading_age(all_of_them: Survey) -> None:
    """Everybody's report is read with ease at the age of twelve, and has no sentence of more than 25 words."""
    assert_none(all_of_them, "easy_to_read")


def test_first_screen(all_of_them: Survey) -> None:
    """It has at most 120 words beside its notice, this week at most three steps, each three actions."""
    assert_none(all_of_them, "first_screen")


def test_lengths(all_of_them: Survey) -> None:
    """No report is much longer or shorter than the content guide asks (5.2); a brief one is a page or two."""
    assert_none(all_of_them, "whole_length")


def lengths(found: Survey, which: str) -> Iterator[tuple[int, int]]:
    """Words of each report that is not brief, unfolded and folded: of plans with held steps, or of those without."""
    for written, times in found.seen["length"].items():
        held, unfolded, folded = written.split()
        yield from [(int(unfolded), int(folded))] * (times if held == which else 0)


def test_most_reports_are_as_long_as_people_read(all_of_them: Survey) -> None:
    """Nearly all in which every step is open have 1,100 to 1,500 words unfolded, and at most 500 folded."""
    found = list(lengths(all_of_them, "whole"))
    assert sum(1100 <= unfolded <= 1500 for unfolded, _ in found) >= 0.95 * len(found)
    assert sum(folded <= 500 for _, folded in found) >= 0.95 * len(found)


def test_most_reports_with_held_steps_are_shorter(all_of_them: Survey) -> None:
    """Plans with four or five held steps have six or seven to tell: 1,000 to 1,300 words, at most 500 folded."""
    found = list(lengths(all_of_them, "held"))
    assert sum(1000 <= unfolded <= 1300 for unfolded, _ in found) >= 0.94 * len(found)
    assert sum(folded <= 500 for _, folded in found) >= 0.96 * len(found)


def test_no_heading_names_another_step(all_of_them: Survey) -> None:
    """Trust, a talk or good times stand in the heading of nobody whose plan begins with something else."""
    assert_none(all_of_them, "heading")


def test_no_format_quotes_a_safety_answer(all_of_them: Survey) -> None:
    """Text, Markdown, HTML and JSON of a hundred persons hold no option of a safety question."""
    assert_none(all_of_them, "formats")


def test_every_step_comes_early_for_somebody(all_of_them: Survey) -> None:
    """Each of the steps stands among the first three for someone, and of this week for one in two hundred."""
    assert set(all_of_them.seen["early"]) == {step.id for step in population().pack.steps}
    focus = all_of_them.seen["focus"]
    assert all(focus[step] >= 0.005 * PEOPLE for step in ("care", "memories", "apologise")), focus


def test_every_rule_fires_for_somebody(all_of_them: Survey) -> None:
    """Every rule fires for someone, but for those that only a check-in asks."""
    assert {rule.id for rule in population().pack.rules} - set(all_of_them.seen["rule"]) == CHECK_IN_ONLY


@pytest.mark.parametrize("what", ["actions", "cautions"])
def test_everything_is_in_somebodys_plan(all_of_them: Survey, what: str) -> None:
    """Every action and every caution is in someone's plan."""
    written = {f"{step.id}/{one.id}" for step in population().pack.steps for one in getattr(step, what)}
    assert written - set(all_of_them.seen[what]) == set()


def test_every_kind_and_notice_is_for_somebody(all_of_them: Survey) -> None:
    """Every kind of plan and every notice is in someone's report."""
    content = population().pack.content
    assert set(all_of_them.seen["kind"]) == {kind.id for kind in content.kinds}
    assert set(all_of_them.seen["notice"]) == {notice.id for notice in content.notices}


def test_everything_is_read_by_somebody(all_of_them: Survey) -> None:
    """Every action and every variant of a text stands in someone's report, and not only in a plan behind it."""
    read = set(all_of_them.seen["read"])
    written = set()
    for own in population().pack.steps:
        written |= {f"action {own.id}/{action.id}" for action in own.actions}
        for kind, texts in own.for_kind.items():
            if kind == "safety_first" and texts.unmoved:  # it has all its own words, whichever step comes first
                read.add(f"unmoved {own.id} {kind}")
            written |= {f"{name} {own.id} {kind}" for name in VARIANTS if getattr(texts, name)}
    assert written - read == set()


def test_most_people_may_do_everything(all_of_them: Survey) -> None:
    """At least two in five have no held step: for them all eleven steps are open, reconnection included."""
    assert all_of_them.seen["free"]["True"] >= 0.4 * PEOPLE


def test_people_get_plans_of_their_own(all_of_them: Survey) -> None:
    """Hardly two people share an order of steps, and no first three is everybody's."""
    orders, threes = all_of_them.seen["order"], all_of_them.seen["three"]
    assert len(orders) > 500
    assert len(threes) > 80
    assert threes.most_common(1)[0][1] < 0.2 * PEOPLE
