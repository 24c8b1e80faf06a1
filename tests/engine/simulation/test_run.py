"""Statistics of simulated people's plans, and the command that prints them."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from engine.assessment.pipeline import assess
from engine.assessment.responses import validate_answers
from engine.errors import HeartworkError
from engine.loading.library import load_library
from engine.rendering.render import render
from engine.report.plan import build_report
from engine.simulation.completion_time import Minutes, effort
from engine.simulation.population import Population
from engine.simulation.population_checks import population_path, read_population
from engine.simulation.run import simulate
from engine.simulation.sampling import sample_person
from engine.simulation.statistics import HoldCounts, Influence, render_statistics
from engine.simulation.word_count import count_words
from tests.engine.simulation.test_population import ANSWERS, EVERY, GOLDEN_PACK, HEAD, near
from tests.factories.small_pack import FILES, Folder
from web.cli import simulate as command

QUIET: Final = ANSWERS.replace("{no: 30, some: 50, often: 20}, rather_not_say: 0.1", "{some: 1}")


def population_in(folder: Folder, text: str = HEAD + ANSWERS) -> Population:
    """A population for the small pack."""
    path = population_path("main", folder.small().path)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return read_population(path, load_library(folder.path))[0]


# Counts


def test_statistics_count_plans(folder: Folder) -> None:
    """Every count agrees with the plans of the same people."""
    population = population_in(folder)
    statistics = simulate(population, 150, seed=3)
    people = [
        assess(population.pack, "main", sample_person(population, 3, number), population.taken_on)
        for number in range(150)
    ]
    plans = [assessment.plan for assessment in people if assessment.plan is not None]
    assert statistics.people == len(plans) == 150
    assert statistics.kinds == {kind: sum(plan.kind.id == kind for plan in plans) for kind in ("quiet", "open")}
    assert statistics.nothing_held == sum(not any(step.held for step in plan.steps) for plan in plans)
    for step, emphases in statistics.steps.items():
        for emphasis, counted in emphases.items():
            assert counted == sum(plan.step(step).emphasis == emphasis for plan in plans)
    orders = [tuple(step.id for step in plan.steps) for plan in plans]
    assert (statistics.orders, statistics.first_threes) == (len(set(orders)), len(set(orders)))
    assert {three.steps: three.people for three in statistics.common_threes} == {
        order: orders.count(order) for order in orders
    }
    fired = [{firing.rule for firing in assessment.trace.firings} for assessment in people]
    assert statistics.used["rules"] == {
        rule.id: sum(rule.id in fired_rules for fired_rules in fired) for rule in population.pack.rules
    }
    assert statistics.holds == {
        "unsafe": HoldCounts(statistics.used["rules"]["unsafe"], statistics.used["rules"]["unsafe"])
    }
    assert statistics.used["notices"] == {"help": sum(bool(plan.notices) for plan in plans)}
    walks = sum(any(action.id == "walk" for action in plan.step("rest").actions) for plan in plans)
    assert statistics.used["actions"]["rest/walk"] == walks
    words = sorted(len(render(build_report(assessment), "text").split()) for assessment in people)
    assert (statistics.words.least, statistics.words.most) == (words[0], words[-1])
    assert statistics.words.median == (words[74] + words[75]) / 2
    folded = sorted(count_words(build_report(assessment)).folded for assessment in people)
    assert (statistics.words_folded.least, statistics.words_folded.most) == (folded[0], folded[-1])
    assert statistics.words_folded.most < statistics.words.most


def test_folded_words_are_what_a_page_shows(folder: Folder) -> None:
    """Words in closed folds are not counted, except in their summaries."""
    population = population_in(folder)
    report = build_report(assess(population.pack, "main", sample_person(population, 3, 0), population.taken_on))
    page = re.sub(r"<svg.*?</svg>", " ", render(report, "html"), flags=re.DOTALL)
    shut = re.sub(r"(<details[^>]*>\s*<summary[^>]*>.*?</summary>).*?</details>", r"\1", page, flags=re.DOTALL)
    assert count_words(report).folded == len(re.sub(r"<[^>]+>", " ", shut).split())


def test_rates_show_in_plans(folder: Folder) -> None:
    """The share of people with a held step is the rate of the answer that holds it."""
    statistics = simulate(population_in(folder), 600, seed=1)
    assert near(1 - statistics.nothing_held / 600, 0.27, 600)


def test_what_nobody_uses(folder: Folder) -> None:
    """Unused content is listed, without rules that only a check-in can make fire."""
    population_in(folder, HEAD + QUIET)
    rules = "".join(RULE.replace("{item}", item) for item in ("calm", "new"))
    questionnaire = FILES["questionnaires/check.yaml"] + "      - {id: new, type: yes_no, text: Is it new?}\n"
    folder.write({"rules/small/later.yaml": f"rules:\n{rules}", "questionnaires/check.yaml": questionnaire})
    population, _ = read_population(population_path("main", folder.path), load_library(folder.path))
    unused = simulate(population, 200, seed=1).unused
    assert unused == {
        "rules": ("unsafe", "when-calm"),
        "actions": ("call/wait",),
        "cautions": (),
        "summaries": (),
        "notices": ("help",),
        "remarks": (),
        "contingencies": (),
    }


RULE: Final = """\
  - id: when-{item}
    gate: true
    because: So it is.
    when: {item: {item}, answered: false}
    then: [hold: {step: call}]
"""


def test_statistics_are_the_same_every_time(folder: Folder) -> None:
    """The same population, seed and number give the same bytes; another seed gives others."""
    population = population_in(folder)
    first, repeated, other_seed = (render_statistics(simulate(population, 60, seed), "json") for seed in (1, 1, 2))
    assert first == repeated != other_seed
    assert json.loads(first)["seconds_to_assess"] is None


def test_whoever_brings_a_clock_gets_times(folder: Folder) -> None:
    """The times for assessment and report are medians measured with the caller's clock."""
    ticks = (number * number for number in count())
    statistics = simulate(population_in(folder), 3, seed=1, clock=lambda: float(next(ticks)))
    assert (statistics.seconds_to_assess, statistics.seconds_to_report) == (7, 9)


def test_each_person_is_told(folder: Folder) -> None:
    """``after_each`` is called for each person, and for each person whose other answers were tried."""
    heard: list[int] = []
    simulate(population_in(folder), 5, seed=1, items=2, after_each=lambda: heard.append(1))
    assert len(heard) == 7


def test_a_check_in_has_no_plans(folder: Folder, tmp_path: Path) -> None:
    """A population for a check-in can be read but not simulated."""
    folder.small()
    path = tmp_path / "check.yaml"
    path.write_text(HEAD.replace("main", "check") + "answers: {talk: {weights: {no: 1}}, calm: {weights: {1: 1}}}\n")
    population, _ = read_population(path, load_library(folder.path))
    with pytest.raises(HeartworkError) as refused:
        simulate(population, 1, seed=1)
    assert [problem.code for problem in refused.value.problems] == ["HW606"]


def test_rules_that_hold_together(folder: Folder) -> None:
    """For each rule it is counted how often it holds a step, and how often it alone does."""
    population_in(folder)
    rules = RULE.replace("{item}", "calm").replace("answered: false", "at_most: 1")
    folder.write({"rules/small/later.yaml": f"rules:\n{rules}"})
    population, _ = read_population(population_path("main", folder.path), load_library(folder.path))
    statistics = simulate(population, 200, seed=1)
    people = [sample_person(population, 1, number) for number in range(200)]
    unsafe = [person["talk"] == "no" for person in people]
    low = [person["calm"] < 2 for person in people]
    both = sum(map(all, zip(unsafe, low, strict=True)))
    assert both > 0
    assert statistics.holds["unsafe"] == HoldCounts(sum(unsafe), sum(unsafe) - both)
    assert statistics.holds["when-calm"] == HoldCounts(sum(low), sum(low) - both)


# Items


def test_which_items_matter(folder: Folder) -> None:
    """An item counts as changed for people who were asked it and for whom another answer changes the visible plan."""
    items = simulate(population_in(folder, HEAD + QUIET), 40, seed=1, items=30).items
    assert items is not None
    assert list(items) == ["pronoun", "name", "met", "talk", "calm", "rest", "days", "safe", "signs", "hope"]
    assert asked_changed_reordered(items["name"]) == asked_changed_reordered(items["pronoun"]) == (30, 0, 0)
    assert asked_changed_reordered(items["talk"]) == (30, 30, 30)
    assert asked_changed_reordered(items["days"]) == (30, 0, 0)
    assert 0 < items["rest"].changed <= items["rest"].asked == 30
    assert items["rest"].reordered < items["rest"].changed
    assert 0 < items["safe"].asked < 30
    assert items["safe"].changed == 0


def asked_changed_reordered(influence: Influence) -> tuple[int, int, int]:
    return influence.asked, influence.changed, influence.reordered


def test_none_and_somebody_elses_answer(folder: Folder) -> None:
    """People are counted whose plan changes without their answer, or with that of another person."""
    population = population_in(folder)
    statistics = simulate(population, 40, seed=1, items=40)
    items = statistics.items
    assert items is not None
    people = [sample_person(population, 1, number) for number in range(40)]
    donor_answers = [sample_person(population, 1, 40 + number)["talk"] for number in range(40)]
    answer_pairs = [
        (person["talk"], donor_answer)
        for person, donor_answer in zip(people, donor_answers, strict=True)
        if person["talk"] and donor_answer
    ]
    talk = items["talk"]
    assert len(answer_pairs) < talk.answered == sum(person["talk"] is not None for person in people) < 40
    assert (
        sum((answer == "no") != (donor_answer == "no") for answer, donor_answer in answer_pairs)
        <= talk.swapped
        < talk.answered
    )
    assert talk.left_open >= sum(person["talk"] == "no" for person in people)
    assert talk.untold >= talk.left_open
    assert talk.matters == max(talk.swapped, talk.left_open) / talk.answered
    assert items["name"].answered > items["name"].untold == 0


def test_items_that_hardly_ever_change_a_plan(folder: Folder) -> None:
    """Items are listed that change the plan of fewer than one in ten of those who answered."""
    statistics = simulate(population_in(folder), 60, seed=1, items=60)
    assert {"pronoun", "name", "met"} <= set(statistics.silent)
    assert "talk" not in statistics.silent
    assert simulate(population_in(folder), 5, seed=1).silent == ()
    assert Influence().matters == 0


def test_minutes_to_answer(folder: Folder) -> None:
    """The time to answer is computed from what each person was asked and answered."""
    population = population_in(folder)
    statistics = simulate(population, 51, seed=1)
    answers = [sample_person(population, 1, number) for number in range(51)]
    accepted = [
        validate_answers(population.pack, population.form, person_answers, population.taken_on)
        for person_answers in answers
    ]
    minutes = sorted(effort(population.form, responses.visible, responses.answers).minutes for responses in accepted)
    assert statistics.minutes == Minutes(minutes[25], minutes[45])
    assert statistics.minutes_to_first_plan is None


def test_every_type_of_item_can_matter(tmp_path: Path) -> None:
    """Other answers are tried for items of every type except free text."""
    path = tmp_path / "p.yaml"
    path.write_text(EVERY, encoding="utf-8")
    population, _ = read_population(path, load_library(GOLDEN_PACK))
    items = simulate(population, 25, seed=1, items=25).items
    assert items is not None
    assert {name for name, influence in items.items() if not influence.changed} <= {"name", "word", "late", "songs"}


# The command


@dataclass
class CommandRunner:
    folder: Folder

    def run(self, *arguments: object) -> Result:
        text = [str(argument) for argument in (*arguments, "--content", self.folder.path)]
        result = CliRunner().invoke(command.simulate, text, prog_name="heartwork simulate")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result


@pytest.fixture
def runner(folder: Folder) -> CommandRunner:
    population_in(folder)
    return CommandRunner(folder)


def test_the_command_prints_statistics(runner: CommandRunner) -> None:
    """The command prints text with times to stdout, and nothing to stderr."""
    result = runner.run("-n", 30)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("30 people: Anybody\n")
    for expected in ("judgement", "quiet", "unsafe", "call", "help", "Median times"):
        assert expected in result.stdout
    assert re.search(r"Time to answer: [0-9.]+ minutes, nine in ten within [0-9.]+$", result.stdout, re.MULTILINE)
    assert "Hardly ever" not in result.stdout
    output = runner.run("main", "-n", 30, "--items").stdout
    assert re.search(r"^Hardly ever change a plan .*:[\s\w,]+pronoun, name", output, re.MULTILINE)
    assert max(map(len, output.splitlines())) <= 120


def test_the_command_prints_json(runner: CommandRunner) -> None:
    """The command prints all counts as JSON; apart from the times, the same seed gives the same output."""
    first, repeated, other_seed = (
        json.loads(runner.run("-n", 20, "--format", "json", "--seed", seed).stdout) for seed in (5, 5, 6)
    )
    for statistics in (first, repeated, other_seed):
        assert statistics.pop("seconds_to_assess") > 0
        assert statistics.pop("seconds_to_report") > 0
    assert first == repeated
    assert first != other_seed
    assert (first["people"], first["seed"], first["items"]) == (20, 5, None)
    items = json.loads(runner.run("-n", 20, "--format", "json", "--items").stdout)["items"]
    assert items["talk"].items() >= {"asked": 20, "changed": 20, "reordered": 20}.items()


def codes(result: Result) -> list[str]:
    return [line.split()[1] for line in result.stderr.splitlines()]


def test_advice_comes_on_stderr(runner: CommandRunner) -> None:
    """Advice on the population is printed to stderr, and the statistics are printed."""
    path = runner.folder.path / "few.yaml"
    path.write_text(HEAD + ANSWERS.replace("  hope: {weights: {true: 1, false: 1}}\n", ""), encoding="utf-8")
    result = runner.run("--population", path, "-n", 5)
    assert (result.exit_code, codes(result)) == (0, ["HW707"])
    assert result.stdout.startswith("5 people")


def test_what_cannot_be_drawn_from(runner: CommandRunner, tmp_path: Path) -> None:
    """A faulty population, a missing one, an unknown questionnaire and a check-in are refused with exit code 1."""
    (tmp_path / "odd.yaml").write_text(HEAD + ANSWERS.replace("calm", "clam"), encoding="utf-8")
    (tmp_path / "check.yaml").write_text(HEAD.replace("main", "check") + "answers: {talk: {weights: {no: 1}}}\n")
    for arguments, expected_codes in (
        (["--population", tmp_path / "odd.yaml"], ["HW707", "HW501"]),
        (["--population", tmp_path / "nowhere.yaml"], ["HW101"]),
        (["check"], ["HW709"]),
        (["mian"], ["HW602"]),
        (["--population", tmp_path / "check.yaml"], ["HW707", "HW606"]),
    ):
        result = runner.run(*arguments)
        assert (result.exit_code, result.stdout, codes(result)) == (1, "", expected_codes)


@pytest.mark.parametrize("arguments", [["-n", "0"], ["-n", "many"], ["--seed", "x"], ["--format", "html"], ["a", "b"]])
def test_wrong_use(runner: CommandRunner, arguments: list[str]) -> None:
    """Wrong arguments give exit code 2."""
    result = runner.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_which_questionnaire(runner: CommandRunner, tmp_path: Path) -> None:
    """The questionnaire must be named if there are several, and must be that of the population."""
    path = population_path("main", runner.folder.path)
    assert runner.run("check", "--population", path).exit_code == 2
    other = FILES["questionnaires/check.yaml"].replace("questionnaire: check", "questionnaire: more")
    runner.folder.write({"questionnaires/more.yaml": other.replace("role: check_in\n", "")})
    assert runner.run().exit_code == 2
    assert runner.run("main", "-n", 2).exit_code == 0
    assert runner.run("--population", path, "-n", 2).exit_code == 0


class Screen(io.StringIO):
    """A stderr that may be a terminal."""

    looked_at = True

    def isatty(self) -> bool:
        return self.looked_at


@pytest.mark.parametrize(
    ("patience", "looked_at", "is_shown"), [(-1.0, True, True), (1e9, True, False), (-1.0, False, False)]
)
def test_progress(monkeypatch: pytest.MonkeyPatch, patience: float, looked_at: bool, is_shown: bool) -> None:
    """A progress bar appears after a while, and only on a terminal."""
    screen = Screen()
    screen.looked_at = looked_at
    monkeypatch.setattr(command, "PROGRESS_SECONDS", patience)
    monkeypatch.setattr("sys.stderr", screen)
    with command._progress(3) as after_each:
        for _ in range(3):
            after_each()
    assert bool(screen.getvalue()) is is_shown
