"""The census of many people's plans, and the command that prints it."""

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
from engine.simulation.population_checks import population_of, read_population
from engine.simulation.report import render_census
from engine.simulation.run import simulate
from engine.simulation.sampling import sample_person
from engine.simulation.statistics import HoldCounts, Influence
from engine.simulation.word_count import count_words
from tests.engine.simulation.test_population import ANSWERS, EVERY, GOLDEN_PACK, HEAD, near
from tests.factories.small_pack import FILES, Folder
from web.cli import simulate as command

QUIET: Final = ANSWERS.replace("{no: 30, some: 50, often: 20}, rather_not_say: 0.1", "{some: 1}")


def population_in(folder: Folder, text: str = HEAD + ANSWERS) -> Population:
    """The small pack with people who answer it."""
    path = population_of("main", folder.small().path)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return read_population(path, load_library(folder.path))[0]


# Counts


def test_a_census_counts_plans(folder: Folder) -> None:
    """Every count is what the plans of the same persons say, one by one."""
    population = population_in(folder)
    found = simulate(population, 150, seed=3)
    people = [
        assess(population.pack, "main", sample_person(population, 3, one), population.taken_on) for one in range(150)
    ]
    plans = [one.plan for one in people if one.plan is not None]
    assert found.people == len(plans) == 150
    assert found.kinds == {kind: sum(plan.kind.id == kind for plan in plans) for kind in ("quiet", "open")}
    assert found.nothing_held == sum(not any(step.held for step in plan.steps) for plan in plans)
    for step, emphases in found.steps.items():
        for emphasis, counted in emphases.items():
            assert counted == sum(plan.step(step).emphasis == emphasis for plan in plans)
    orders = [tuple(step.id for step in plan.steps) for plan in plans]
    assert (found.orders, found.first_threes) == (len(set(orders)), len(set(orders)))
    assert {three.steps: three.people for three in found.common_threes} == {one: orders.count(one) for one in orders}
    fired = [{firing.rule for firing in one.trace.firings} for one in people]
    assert found.used["rules"] == {rule.id: sum(rule.id in one for one in fired) for rule in population.pack.rules}
    assert found.holds == {"unsafe": HoldCounts(found.used["rules"]["unsafe"], found.used["rules"]["unsafe"])}
    assert found.used["notices"] == {"help": sum(bool(plan.notices) for plan in plans)}
    walks = sum(any(action.id == "walk" for action in plan.step("rest").actions) for plan in plans)
    assert found.used["actions"]["rest/walk"] == walks
    words = sorted(len(render(build_report(one), "text").split()) for one in people)
    assert (found.words.least, found.words.most) == (words[0], words[-1])
    assert found.words.median == (words[74] + words[75]) / 2
    folded = sorted(count_words(build_report(one)).folded for one in people)
    assert (found.words_folded.least, found.words_folded.most) == (folded[0], folded[-1])
    assert found.words_folded.most < found.words.most


def test_folded_words_are_what_a_page_shows(folder: Folder) -> None:
    """Closed folds show their summaries, and nothing that is in them."""
    population = population_in(folder)
    report = build_report(assess(population.pack, "main", sample_person(population, 3, 0), population.taken_on))
    page = re.sub(r"<svg.*?</svg>", " ", render(report, "html"), flags=re.DOTALL)
    shut = re.sub(r"(<details[^>]*>\s*<summary[^>]*>.*?</summary>).*?</details>", r"\1", page, flags=re.DOTALL)
    assert count_words(report).folded == len(re.sub(r"<[^>]+>", " ", shut).split())


def test_rates_show_in_plans(folder: Folder) -> None:
    """As many have a held step as give the answer that holds one."""
    found = simulate(population_in(folder), 600, seed=1)
    assert near(1 - found.nothing_held / 600, 0.27, 600)


def test_what_nobody_uses(folder: Folder) -> None:
    """What no plan shows is named, and what a check-in alone could bring about is not missed."""
    population_in(folder, HEAD + QUIET)
    more = "".join(RULE.replace("{item}", item) for item in ("calm", "new"))
    questionnaire = FILES["questionnaires/check.yaml"] + "      - {id: new, type: yes_no, text: Is it new?}\n"
    folder.write({"rules/small/later.yaml": f"rules:\n{more}", "questionnaires/check.yaml": questionnaire})
    population, _ = read_population(population_of("main", folder.path), load_library(folder.path))
    unused = simulate(population, 200, seed=1).unused
    assert unused == {
        "rules": ("unsafe", "when-calm"),
        "actions": ("call/wait",),
        "cautions": (),
        "notices": ("help",),
        "remarks": (),
    }


RULE: Final = """\
  - id: when-{item}
    gate: true
    because: So it is.
    when: {item: {item}, answered: false}
    then: [hold: {step: call}]
"""


def test_a_census_is_the_same_every_time(folder: Folder) -> None:
    """The same population, seed and number give the same bytes; another seed gives others."""
    population = population_in(folder)
    first, again, other = (render_census(simulate(population, 60, seed), "json") for seed in (1, 1, 2))
    assert first == again != other
    assert json.loads(first)["seconds_to_assess"] is None


def test_whoever_brings_a_clock_gets_times(folder: Folder) -> None:
    """Times are medians of what the clock of the caller says, around assessing and around the report."""
    ticks = (number * number for number in count())
    found = simulate(population_in(folder), 3, seed=1, clock=lambda: float(next(ticks)))
    assert (found.seconds_to_assess, found.seconds_to_report) == (7, 9)


def test_each_person_is_told(folder: Folder) -> None:
    """Whoever watches hears of each person, and of each whose other answers were tried."""
    heard: list[int] = []
    simulate(population_in(folder), 5, seed=1, items=2, after_each=lambda: heard.append(1))
    assert len(heard) == 7


def test_a_check_in_has_no_plans(folder: Folder, tmp_path: Path) -> None:
    """A population may answer a check-in, but there is nothing to count then."""
    folder.small()
    path = tmp_path / "check.yaml"
    path.write_text(HEAD.replace("main", "check") + "answers: {talk: {weights: {no: 1}}, calm: {weights: {1: 1}}}\n")
    population, _ = read_population(path, load_library(folder.path))
    with pytest.raises(HeartworkError) as refused:
        simulate(population, 1, seed=1)
    assert [one.code for one in refused.value.problems] == ["HW606"]


def test_rules_that_hold_together(folder: Folder) -> None:
    """It is counted how often a rule holds, and how often no other one does."""
    population_in(folder)
    more = RULE.replace("{item}", "calm").replace("answered: false", "at_most: 1")
    folder.write({"rules/small/later.yaml": f"rules:\n{more}"})
    population, _ = read_population(population_of("main", folder.path), load_library(folder.path))
    found = simulate(population, 200, seed=1)
    people = [sample_person(population, 1, number) for number in range(200)]
    unsafe = [one["talk"] == "no" for one in people]
    low = [one["calm"] < 2 for one in people]
    both = sum(map(all, zip(unsafe, low, strict=True)))
    assert both > 0
    assert found.holds["unsafe"] == HoldCounts(sum(unsafe), sum(unsafe) - both)
    assert found.holds["when-calm"] == HoldCounts(sum(low), sum(low) - both)


# Items


def test_which_items_matter(folder: Folder) -> None:
    """An item matters to a person if one of its other answers changes something to be seen, and only if it came up."""
    found = simulate(population_in(folder, HEAD + QUIET), 40, seed=1, items=30).items
    assert found is not None
    assert list(found) == ["pronoun", "name", "met", "talk", "calm", "rest", "days", "safe", "signs", "hope"]
    assert asked_changed_reordered(found["name"]) == asked_changed_reordered(found["pronoun"]) == (30, 0, 0)
    assert asked_changed_reordered(found["talk"]) == (30, 30, 30)
    assert asked_changed_reordered(found["days"]) == (30, 0, 0)
    assert 0 < found["rest"].changed <= found["rest"].asked == 30
    assert found["rest"].reordered < found["rest"].changed
    assert 0 < found["safe"].asked < 30
    assert found["safe"].share == 0


def asked_changed_reordered(found: Influence) -> tuple[int, int, int]:
    return found.asked, found.changed, found.reordered


def test_nobody_was_asked() -> None:
    """What nobody was asked moved nobody."""
    assert Influence(0, 0, 0).share == Influence(0, 0, 0).matters == 0


def test_none_and_somebody_elses_answer(folder: Folder) -> None:
    """Counted are those whose plan is another with no answer, or with that of somebody else who gave one."""
    population = population_in(folder)
    found = simulate(population, 40, seed=1, items=40)
    items = found.items
    assert items is not None
    people = [sample_person(population, 1, number) for number in range(40)]
    others = [sample_person(population, 1, 40 + number)["talk"] for number in range(40)]
    said = [(one["talk"], other) for one, other in zip(people, others, strict=True) if one["talk"] and other]
    talk = items["talk"]
    assert len(said) < talk.answered == sum(one["talk"] is not None for one in people) < 40
    assert sum((one == "no") != (other == "no") for one, other in said) <= talk.swapped < talk.answered
    assert talk.left_open >= sum(one["talk"] == "no" for one in people)
    assert talk.untold >= talk.left_open
    assert talk.matters == max(talk.swapped, talk.left_open) / talk.answered
    assert items["name"].answered > items["name"].untold == 0


def test_items_that_hardly_ever_change_a_plan(folder: Folder) -> None:
    """They are named: fewer than one in ten of those who answered would have another plan without it."""
    found = simulate(population_in(folder), 60, seed=1, items=60)
    assert {"pronoun", "name", "met"} <= set(found.silent)
    assert "talk" not in found.silent
    assert simulate(population_in(folder), 5, seed=1).silent == ()


def test_minutes_to_answer(folder: Folder) -> None:
    """The census tells how long people take, from what each was asked and answered; there is no first plan here."""
    population = population_in(folder)
    found = simulate(population, 51, seed=1)
    answers = [sample_person(population, 1, number) for number in range(51)]
    accepted = [validate_answers(population.pack, population.form, one, population.taken_on) for one in answers]
    minutes = sorted(effort(population.form, one.visible, one.answers).minutes for one in accepted)
    assert found.minutes == Minutes(minutes[25], minutes[45])
    assert found.minutes_to_first_plan is None


def test_every_type_of_item_can_matter(tmp_path: Path) -> None:
    """Other answers are tried for items of every type but short texts; those that no rule reads change nothing."""
    path = tmp_path / "p.yaml"
    path.write_text(EVERY, encoding="utf-8")
    population, _ = read_population(path, load_library(GOLDEN_PACK))
    found = simulate(population, 25, seed=1, items=25).items
    assert found is not None
    assert {name for name, one in found.items() if not one.changed} <= {"name", "word", "late", "songs"}


# The command


@dataclass
class Desk:
    folder: Folder

    def run(self, *arguments: object) -> Result:
        text = [str(one) for one in (*arguments, "--content", self.folder.path)]
        found = CliRunner().invoke(command.simulate, text, prog_name="heartwork simulate")
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found


@pytest.fixture
def desk(folder: Folder) -> Desk:
    population_in(folder)
    return Desk(folder)


def test_the_command_prints_a_census(desk: Desk) -> None:
    """As text on the screen, with times and a word about what rates are; nothing on stderr."""
    found = desk.run("-n", 30)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.startswith("30 people: Anybody\n")
    for word in ("judgement", "quiet", "unsafe", "call", "help", "Median times"):
        assert word in found.stdout
    assert re.search(r"Time to answer: [0-9.]+ minutes, nine in ten within [0-9.]+$", found.stdout, re.MULTILINE)
    assert "Hardly ever" not in found.stdout
    more = desk.run("main", "-n", 30, "--items").stdout
    assert re.search(r"^Hardly ever change a plan .*:[\s\w,]+pronoun, name", more, re.MULTILINE)
    assert max(map(len, more.splitlines())) <= 120


def test_the_command_prints_json(desk: Desk) -> None:
    """All counts come as JSON, the same for the same seed but for the times."""
    once, again, other = (
        json.loads(desk.run("-n", 20, "--format", "json", "--seed", seed).stdout) for seed in (5, 5, 6)
    )
    for one in (once, again, other):
        assert one.pop("seconds_to_assess") > 0
        assert one.pop("seconds_to_report") > 0
    assert once == again
    assert once != other
    assert (once["people"], once["seed"], once["items"]) == (20, 5, None)
    items = json.loads(desk.run("-n", 20, "--format", "json", "--items").stdout)["items"]
    assert items["talk"].items() >= {"asked": 20, "changed": 20, "reordered": 20}.items()


def codes(found: Result) -> list[str]:
    return [line.split()[1] for line in found.stderr.splitlines()]


def test_advice_comes_on_stderr(desk: Desk) -> None:
    """What nobody answers is told, and the census is printed all the same."""
    path = desk.folder.path / "few.yaml"
    path.write_text(HEAD + ANSWERS.replace("  hope: {weights: {true: 1, false: 1}}\n", ""), encoding="utf-8")
    found = desk.run("--population", path, "-n", 5)
    assert (found.exit_code, codes(found)) == (0, ["HW707"])
    assert found.stdout.startswith("5 people")


def test_what_cannot_be_drawn_from(desk: Desk, tmp_path: Path) -> None:
    """Faults in the file, a questionnaire without population, one that does not exist, a check-in: told, with code 1."""
    (tmp_path / "odd.yaml").write_text(HEAD + ANSWERS.replace("calm", "clam"), encoding="utf-8")
    (tmp_path / "check.yaml").write_text(HEAD.replace("main", "check") + "answers: {talk: {weights: {no: 1}}}\n")
    for arguments, told in (
        (["--population", tmp_path / "odd.yaml"], ["HW707", "HW501"]),
        (["--population", tmp_path / "nowhere.yaml"], ["HW101"]),
        (["check"], ["HW709"]),
        (["mian"], ["HW602"]),
        (["--population", tmp_path / "check.yaml"], ["HW707", "HW606"]),
    ):
        found = desk.run(*arguments)
        assert (found.exit_code, found.stdout, codes(found)) == (1, "", told)


@pytest.mark.parametrize("arguments", [["-n", "0"], ["-n", "many"], ["--seed", "x"], ["--format", "html"], ["a", "b"]])
def test_wrong_use(desk: Desk, arguments: list[str]) -> None:
    """A wrong use ends with 2."""
    found = desk.run(*arguments)
    assert (found.exit_code, found.stdout) == (2, "")


def test_which_questionnaire(desk: Desk, tmp_path: Path) -> None:
    """It has to be said which questionnaire is meant if there are several, and not in two ways at once."""
    path = population_of("main", desk.folder.path)
    assert desk.run("check", "--population", path).exit_code == 2
    other = FILES["questionnaires/check.yaml"].replace("questionnaire: check", "questionnaire: more")
    desk.folder.write({"questionnaires/more.yaml": other.replace("role: check_in\n", "")})
    assert desk.run().exit_code == 2
    assert desk.run("main", "-n", 2).exit_code == 0
    assert desk.run("--population", path, "-n", 2).exit_code == 0


class Screen(io.StringIO):
    """Where stderr goes; somebody may look at it."""

    looked_at = True

    def isatty(self) -> bool:
        return self.looked_at


@pytest.mark.parametrize(
    ("patience", "looked_at", "shown"), [(-1.0, True, True), (1e9, True, False), (-1.0, False, False)]
)
def test_progress(monkeypatch: pytest.MonkeyPatch, patience: float, looked_at: bool, shown: bool) -> None:
    """A bar appears after a while, if somebody looks, and else never."""
    screen = Screen()
    screen.looked_at = looked_at
    monkeypatch.setattr(command, "PATIENCE", patience)
    monkeypatch.setattr("sys.stderr", screen)
    with command._progress(3) as after_each:
        for _ in range(3):
            after_each()
    assert bool(screen.getvalue()) is shown
