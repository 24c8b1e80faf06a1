"""Populations: strict reading, and that sampled people have the rates of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from math import sqrt
from pathlib import Path
from statistics import correlation, mean
from typing import Any, Final

import pytest
from click.testing import CliRunner

from engine.assessment.responses import validate_answers
from engine.cli.check import check as check_command
from engine.errors import ContentError
from engine.loading.library import load_library, load_with_problems
from engine.simulation.population import Population
from engine.simulation.population_checks import check_populations, population_path, read_population
from engine.simulation.sampling import sample_person
from tests.factories.small_pack import MARK, Folder
from tests.paths import GOLDEN

GOLDEN_PACK: Final = GOLDEN / "content"
PEOPLE: Final = 2000
HEAD: Final = "population: 1\nquestionnaire: main\ntitle: Anybody\ntaken_on: 2026-10-05\n"
ANSWERS: Final = """\
answers:
  pronoun: {weights: {they: 1, she: 3}}
  name: {weights: {Sam: 1, "O'Neill": 1, 愛: 1}, left_open: 0.4}
  met: {weights: {3: 1, 2020-02-29: 1}}
  talk: {weights: {no: 30, some: 50, often: 20}, rather_not_say: 0.1}
  calm: {weights: {0: 1, 1: 2, 2: 4, 3: 3}}
  rest: {weights: {1: 1, 2: 2, 3: 1}}
  days: {weights: {0: 1, 7: 1}}
  safe: {weights: {true: 3, false: 1}}
  signs: {chances: {one: 0.3, two: 0.5}, otherwise: {none: 1}}
  hope: {weights: {true: 1, false: 1}}
"""
EVERY: Final = """\
population: 1
questionnaire: every
title: Anybody
taken_on: 2026-10-05
left_open: 0.1
traits:
  - {id: ease_of_mind}
  - {id: hurried, loads: {ease_of_mind: -0.5}}
circumstances:
  - {id: here, weight: 3, adds: {hurried: 0.5}}
  - {id: there, weight: 1}
sections:
  days: {skipped: 0.1, last: 0.2}
answers:
  word: {weights: {they: 1, he: 3}, rather_not_say: 0.1}
  name: {weights: {Sam: 1, "O'Neill": 1, 愛: 1}, left_open: 0.4}
  since: {weights: {3: 1, 200: 1, 2020-02-29: 1}}
  talk: {weights: {no: 1, some: 2, often: 1}, loads: {ease_of_mind: 0.6}}
  worth: {weights: {little: 1, unsure: 1, much: 1}}
  signs: {chances: {called: 0.5, wrote: 0.4, came: 0.1}, otherwise: {none: 1}}
  burdens: {chances: {work: 0.3, home: 0.3, other: 0.1}}
  calm: {weights: {0: 1, 1: 2, 2: 2, 3: 1}, loads: {ease_of_mind: 0.8}}
  rest: {weights: {1: 1, 2: 2, 3: 2, 4: 1}, loads: {ease_of_mind: 0.5, hurried: -0.3}}
  hurry: {weights: {-1: 1, 0: 1, 1: 1}, loads: {hurried: 0.9}}
  hours: {weights: {0.5: 1, 7.5: 3, 9: 1}}
  walks: {weights: {0: 1, 5: 1, 30: 1}}
  songs: {weights: {0: 1, 3: 1}}
  alone: {weights: {true: 1, false: 1}}
  afraid: {weights: {true: 1, false: 9}, given: [{when: {item: circumstance, is: there}, times: {true: 3}}]}
  plans: {weights: {true: 1, false: 1}}
  late: {weights: {true: 1, false: 1}}
"""
"""A population for the golden content, with every type of item and every field of a population."""

Read = Callable[[str], Population]


@pytest.fixture
def read(folder: Folder) -> Read:
    """A function that reads a population of the small pack."""
    folder.small()
    path = population_path("main", folder.path)

    def make(text: str) -> Population:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return read_population(path, load_library(folder.path))[0]

    return make


def people(population: Population, count: int = PEOPLE, seed: int = 1) -> list[dict[str, Any]]:
    return [sample_person(population, seed, number) for number in range(count)]


def near(share: float, rate: float, count: int = PEOPLE) -> bool:
    """Whether a share is within 4.5 standard errors of a rate."""
    return abs(share - rate) <= 4.5 * sqrt(max(rate * (1 - rate), 0.25 / count) / count)


def shares(answers: list[Any]) -> Mapping[Any, float]:
    return {answer: number / len(answers) for answer, number in Counter(answers).items()}


# The same persons


def test_the_same_person_every_time(read: Read) -> None:
    """A person depends only on the population, the seed and the number."""
    population, read_again = read(HEAD + ANSWERS), read(HEAD + ANSWERS)
    seventh = sample_person(population, 1, 7)
    assert seventh == people(population, 8)[7] == people(read_again, 20)[7]
    assert people(population, 20, seed=2) != people(population, 20)


def test_persons_of_a_seed_never_change(read: Read) -> None:
    """A seed always gives the same people, so that statistics stay comparable."""
    assert sample_person(read(HEAD + ANSWERS), 1, 0) == {
        "pronoun": "she",
        "name": "愛",
        "met": "2020-02-29",
        "talk": "some",
        "calm": 2,
        "rest": 3,
        "days": 0,
        "safe": True,
        "signs": ("none",),
        "hope": True,
    }


def test_every_question_has_its_own_chance(read: Read) -> None:
    """Removing a question does not change the answers to the others."""
    before = people(read(HEAD + ANSWERS), 50)
    fewer = ANSWERS.replace("  signs: {chances: {one: 0.3, two: 0.5}, otherwise: {none: 1}}\n", "")
    after = people(read(HEAD + fewer), 50)
    assert [{name: answer for name, answer in person.items() if name != "signs"} for person in before] == after
    assert before != after


# Rates


def test_answers_come_at_their_rates(read: Read) -> None:
    """Weights are shares of those who answer; leaving open and “rather not say” have separate rates."""
    drawn = people(read(HEAD + ANSWERS))
    talk = shares([person["talk"] for person in drawn])
    assert all(
        near(talk[answer], rate) for answer, rate in {None: 0.1, "no": 0.27, "some": 0.45, "often": 0.18}.items()
    )
    assert near(mean("name" in person for person in drawn), 0.6)
    assert {person["name"] for person in drawn if "name" in person} == {"Sam", "O'Neill", "愛"}
    assert {person["met"] for person in drawn} == {"2026-10-02", "2020-02-29"}
    calm = shares([person["calm"] for person in drawn])
    assert all(near(calm[point], rate) for point, rate in {0: 0.1, 1: 0.2, 2: 0.4, 3: 0.3}.items())


def test_options_are_chosen_each_for_itself(read: Read) -> None:
    """Chances are the shares that choose an option; without any, the exclusive option is given, if it has a weight."""
    drawn = people(read(HEAD + ANSWERS))
    for option, rate in {"one": 0.3, "two": 0.5, "none": 0.35}.items():
        assert near(mean(option in person["signs"] for person in drawn), rate)
    assert all(len(person["signs"]) == 1 for person in drawn if "none" in person["signs"])
    drawn = people(read(HEAD + ANSWERS.replace(", otherwise: {none: 1}", "")))
    assert near(mean("signs" in person for person in drawn), 0.65)


def test_pages_are_skipped_and_left(read: Read) -> None:
    """People skip whole sections, or stop after a section, at the rates of the file."""
    drawn = people(read(HEAD + "sections: {second: {skipped: 0.2}}\n" + ANSWERS))
    assert near(mean("calm" not in person and "signs" not in person for person in drawn), 0.2)
    assert all(("calm" in person) == ("signs" in person) for person in drawn)
    drawn = people(read(HEAD + "sections: {first: {last: 0.3}}\n" + ANSWERS))
    assert near(mean("calm" not in person for person in drawn), 0.3)


def test_the_share_of_a_file_is_for_items_that_say_nothing(read: Read) -> None:
    """An item's ``left_open`` replaces the file's, also if it is 0."""
    drawn = people(read(HEAD + "left_open: 0.5\n" + ANSWERS.replace("she: 3}", "she: 3}, left_open: 0")))
    assert all("pronoun" in person for person in drawn)
    assert near(mean("calm" in person for person in drawn), 0.5)
    assert near(mean("name" in person for person in drawn), 0.6)


TRAITS: Final = "traits: [{id: mood}, {id: zest, loads: {mood: 0.8}}]\n"


def tied(calm: str, rest: str) -> str:
    answers = ANSWERS.replace("3: 3}}", f"3: 3}}, loads: {{{calm}}}}}").replace(
        "3: 1}}", f"3: 1}}, loads: {{{rest}}}}}"
    )
    return HEAD + TRAITS + answers


@pytest.mark.parametrize(
    ("calm", "rest", "tie"),
    [
        ("mood: 0.9", "mood: 0.9", 0.81),
        ("mood: 0.9", "mood: -0.9", -0.81),
        ("mood: 0.9", "zest: 0.9", 0.65),
        ("mood: 1", "zest: 0.5", 0.4),
        ("mood: 0.9", "mood: 0", 0),
    ],
)
def test_traits_tie_answers_together(read: Read, calm: str, rest: str, tie: float) -> None:
    """Loadings on the same or on correlated traits make answers correlate, and do not change the rates.

    The tie is a little weaker than the product of the loads, as answers have few points.
    """
    drawn = people(read(tied(calm, rest)))
    measured = correlation([person["calm"] for person in drawn], [person["rest"] for person in drawn])
    assert abs(tie) - 0.15 < measured * (1 if tie >= 0 else -1) < abs(tie) + 0.06
    points = shares([person["calm"] for person in drawn])
    assert all(near(points[point], rate) for point, rate in {0: 0.1, 1: 0.2, 2: 0.4, 3: 0.3}.items())


def test_circumstances_move_people_and_not_the_whole(read: Read) -> None:
    """What a circumstance adds to a trait changes its people's answers, but not the rates over all people."""
    circumstances = "circumstances: [{id: here, weight: 1, adds: {mood: 1}}, {id: there, weight: 3}]\n"
    cases = "{when: {item: circumstance, is: here}, weights: {often: 1}}, {when: {item: circumstance, is: there}, weights: {no: 1}}"
    text = HEAD + TRAITS + circumstances + tied("mood: 0.9", "").removeprefix(HEAD + TRAITS)
    drawn = people(read(text.replace("rather_not_say: 0.1", f"given: [{cases}]")))
    assert near(mean(person["talk"] == "often" for person in drawn), 0.25)
    points = shares([person["calm"] for person in drawn])
    assert all(abs(points[point] - rate) < 0.03 for point, rate in {0: 0.1, 1: 0.2, 2: 0.4, 3: 0.3}.items())
    often_calm, no_calm = ([person["calm"] for person in drawn if person["talk"] == talk] for talk in ("often", "no"))
    assert mean(often_calm) > mean(no_calm) + 0.4


def test_cases_follow_one_another(read: Read) -> None:
    """Cases replace or multiply rates, one after another."""
    cases = (
        "{when: {item: talk, is: no}, weights: {1: 1, 2: 1}}, "
        "{when: {item: talk, one_of: [no, some]}, times: {1: 3}, left_open: 0.2}, "
        "{when: {item: talk, is: often}, rather_not_say: 1}"
    )
    drawn = people(read(HEAD + ANSWERS.replace("{1: 1, 2: 2, 3: 1}", "{1: 1, 2: 2, 3: 1}, given: [" + cases + "]")))
    by_talk = {talk: [person for person in drawn if person["talk"] == talk] for talk in ("no", "some", "often", None)}
    for talk, rates in {
        "no": {1: 0.75, 2: 0.25},
        "some": {1: 0.5, 2: 1 / 3, 3: 1 / 6},
        None: {1: 0.25, 2: 0.5},
    }.items():
        rest = [person["rest"] for person in by_talk[talk] if "rest" in person]
        assert all(near(shares(rest)[point], rate, len(rest)) for point, rate in rates.items())
    assert near(mean("rest" in person for person in by_talk["some"]), 0.8, len(by_talk["some"]))
    assert {person["rest"] for person in by_talk["often"]} == {None}


# What the form asks


def test_only_what_comes_up_is_answered(read: Read) -> None:
    """People answer exactly the questions that their other answers show."""
    for person in people(read(HEAD + ANSWERS), 300):
        assert ("days" in person) == (person["talk"] in {"no", "some"})
        assert ("hope" in person) == (person["talk"] != "no")


@pytest.mark.parametrize("form", ["every", "again"])
def test_forms_accept_what_is_drawn(form: str, tmp_path: Path) -> None:
    """The form accepts all sampled answers, for every type of item."""
    library = load_library(GOLDEN_PACK)
    pack, asked_form = library.forms[form]
    text = EVERY
    if form != "every":
        lines = [line for line in EVERY.splitlines() if line.split(":")[0].strip() in asked_form.item_ids]
        lines.append("  new: {weights: {true: 1, false: 1}}")
        text = EVERY.replace("every", form).split("sections:")[0] + "answers:\n" + "\n".join(lines) + "\n"
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    population, advice = read_population(tmp_path / "p.yaml", library)
    assert not advice
    seen: set[str] = set()
    for answers in people(population, 300):
        accepted = validate_answers(pack, asked_form, answers, population.taken_on)
        assert not accepted.dropped
        assert accepted.answers == {name: answers[name] for name in accepted.answers}
        assert list(answers) == [item.id for item in asked_form.items if item.id in answers]
        seen |= accepted.answers.keys()
    assert seen == asked_form.item_ids


# How it is read


def test_a_library_does_not_read_populations(read: Read, folder: Folder) -> None:
    """Loading a library ignores populations and gives no advice on them."""
    before = {problem.code for problem in folder.problems()}
    read(HEAD + ANSWERS)
    packs, problems = load_with_problems(folder.path)
    assert {problem.code for problem in problems} == before
    assert set(packs["small"].forms) == {"main", "check"}


def test_check_reads_populations(read: Read, folder: Folder) -> None:
    """``heartwork check`` reports faults of a population, and advice on it."""
    read(HEAD + ANSWERS)
    path = population_path("main", folder.path)
    assert check_populations(load_library(folder.path), folder.path) == []
    path.write_text(HEAD + ANSWERS.replace("talk: {", "tolk: {"), encoding="utf-8")
    result = CliRunner().invoke(check_command, [str(folder.path)])
    assert result.exit_code == 1
    lines = [line for line in result.stderr.splitlines() if line.startswith(str(path))]
    assert sorted(line.split()[1] for line in lines) == ["HW501", "HW707"]
    path.write_text(HEAD + ANSWERS.replace("  hope: {weights: {true: 1, false: 1}}\n", ""), encoding="utf-8")
    assert CliRunner().invoke(check_command, [str(folder.path)]).exit_code == 0
    assert [problem.code for problem in check_populations(load_library(folder.path), folder.path)] == ["HW707"]


def test_what_nobody_answers_is_advice(folder: Folder, tmp_path: Path) -> None:
    """An item without rates gives advice and is not answered; if it is required, it is a fault."""
    folder.small()
    path = tmp_path / "p.yaml"
    path.write_text(HEAD + ANSWERS.replace("  hope: {weights: {true: 1, false: 1}}\n", ""), encoding="utf-8")
    population, advice = read_population(path, load_library(folder.path))
    assert [problem.code for problem in advice] == ["HW707"]
    assert not any("hope" in person for person in people(population, 50))
    folder.plant("questionnaires/main.yaml", "text: Do you hope?", "text: Do you hope?\n        required: true")
    with pytest.raises(ContentError) as refused:
        read_population(path, load_library(folder.path))
    assert [problem.code for problem in refused.value.problems] == ["HW704"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("population: 1", "population: ▸2", "HW204"),
        ("main", "▸mian", "HW602"),
        ("2026-10-05", "▸2026-02-30", "HW203"),
        ("title: Anybody", "▸titel: Anybody\ntitle: Anybody", "HW201"),
        ("{they: 1, she: 3}", "{they: 1, ▸he: 3}", "HW502"),
        ("{they: 1, she: 3}", "{they: 1, she: ▸-3}", "HW206"),
        ("{they: 1, she: 3}", "{they: 1, she: ▸much}", "HW203"),
        ("{weights: {they: 1, she: 3}}", "{▸weights: {they: 0}}", "HW703"),
        ("  talk:", "  ▸tolk: {weights: {no: 1}}\n  talk:", "HW501"),
        ("{3: 1, 2020-02-29: 1}", "{▸1999-12-31: 1}", "HW504"),
        ("{3: 1, 2020-02-29: 1}", "{▸someday: 1}", "HW503"),
        ("{3: 1, 2020-02-29: 1}", "{▸10000: 1}", "HW504"),
        ("{3: 1, 2020-02-29: 1}", "{▸99999999999999999999: 1}", "HW503"),
        ("{0: 1, 1: 2, 2: 4, 3: 3}", "{0: 1, ▸4: 2}", "HW504"),
        ("{0: 1, 1: 2, 2: 4, 3: 3}", "{0: 1, ▸1.5: 2}", "HW503"),
        ("{0: 1, 7: 1}", "{▸nan: 1}", "HW503"),
        ("{true: 3, false: 1}", "{▸yes: 3}", "HW503"),
        ('"O\'Neill": 1', f"▸{'x' * 31}: 1", "HW507"),
        ("rather_not_say: 0.1", "rather_not_say: ▸1.1", "HW206"),
        ("{one: 0.3, two: 0.5}", "{one: 0.3, ▸three: 0.5}", "HW502"),
        ("{one: 0.3, two: 0.5}", "{one: 0.3, ▸none: 0.5}", "HW708"),
        ("otherwise: {none: 1}", "otherwise: {▸one: 1}", "HW708"),
        ("otherwise: {none: 1}", "▸otherwise: {none: 0}", "HW703"),
        ("signs: {chances: {one: 0.3, two: 0.5}, otherwise: {none: 1}}", "signs: {▸weights: {one: 1}}", "HW702"),
        ("hope: {weights: {true: 1, false: 1}}", "▸hope: {left_open: 0.5}", "HW702"),
        ("hope: {weights:", "hope: {▸chances: {true: 1}, weights:", "HW702"),
        ("hope: {weights:", "hope: {▸otherwise: {true: 1}, weights:", "HW702"),
        ("hope: {weights:", "hope: {loads: {▸mood: 1}, weights:", "HW302"),
        ("answers:\n", "sections: {▸third: {last: 0.1}}\nanswers:\n", "HW302"),
        ("answers:\n", "traits: [{id: ▸calm}]\nanswers:\n", "HW701"),
        ("answers:\n", "traits: [{id: ▸circumstance}]\nanswers:\n", "HW701"),
        ("answers:\n", "traits: [{id: mood}, {id: ▸mood}]\nanswers:\n", "HW701"),
        ("answers:\n", "traits: [{id: mood, loads: {▸mood: 0.1}}]\nanswers:\n", "HW302"),
        ("answers:\n", "traits: [{id: a}, {id: b}, {id: c, ▸loads: {a: 0.8, b: 0.7}}]\nanswers:\n", "HW705"),
        ("hope: {weights:", "hope: {▸loads: {a: 0.8, b: 0.6}, weights:", "HW705"),
        ("answers:\n", "circumstances: [{id: a, weight: 1}, ▸{id: a, weight: 1}]\nanswers:\n", "HW301"),
        ("answers:\n", "▸circumstances: [{id: a, weight: 0}]\nanswers:\n", "HW703"),
        ("answers:\n", "circumstances: [{id: a, weight: 1, adds: {▸mood: 1}}]\nanswers:\n", "HW302"),
        ("hope: {weights:", "hope: {given: [{when: {item: ▸clam, at_least: 1}}], weights:", "HW302"),
        ("hope: {weights:", "hope: {given: [{when: {item: calm, ▸includes: 1}}], weights:", "HW303"),
        ("hope: {weights:", "hope: {given: [{when: {step: ▸call, is: held}}], weights:", "HW303"),
        ("hope: {weights:", "hope: {given: [{when: ▸{scale: ease, at_least: 1}}], weights:", "HW706"),
        ("hope: {weights:", "hope: {given: [{when: ▸{finding: tired, is: true}}], weights:", "HW706"),
        ("hope: {weights:", "hope: {given: [{when: {not: ▸{item: hope, is: true}}}], weights:", "HW706"),
        ("calm: {weights:", "calm: {given: [{when: ▸{item: rest, at_least: 1}}], weights:", "HW706"),
        ("hope: {weights:", "hope: {given: [{when: {item: calm, is: 1}, times: {▸maybe: 1}}], weights:", "HW302"),
        ("hope: {weights:", "hope: {given: [{when: {item: calm, is: 1}, weights: {▸maybe: 1}}], weights:", "HW503"),
        ("hope: {weights:", "hope: {given: [{when: {item: calm, is: 1}, ▸chances: {true: 1}}], weights:", "HW702"),
    ],
)
def test_faults_are_told_at_their_place(read: Read, old: str, new: str, code: str) -> None:
    """Every fault is refused with its code and its position."""
    text = HEAD + ANSWERS
    assert text.count(old) == 1
    if "loads: {a:" in new and "hope" in new:
        text = text.replace("answers:", "traits: [{id: a}, {id: b, loads: {a: 0.2}}]\nanswers:")
    text = text.replace(old, new)
    before = text.partition(MARK)[0]
    with pytest.raises(ContentError) as refused:
        read(text.replace(MARK, ""))
    (problem,) = refused.value.problems
    location = f":{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    assert (problem.code, str(problem.where).endswith(location)) == (code, True), f"{problem}, not at {location}"


@pytest.mark.parametrize(
    "text",
    [
        "sections: {first: {skipped: 0.1}}\n" + ANSWERS,
        ANSWERS.replace("she: 3}", "she: 3}, left_open: 0.1"),
        ANSWERS.replace("she: 3}", "she: 3}, given: [{when: {item: mood, at_least: 0}, left_open: 0.1}]"),
    ],
)
def test_who_has_to_answer_does(read: Read, folder: Folder, text: str) -> None:
    """A required item must not be left open or be in a section that is skipped."""
    text = HEAD + "traits: [{id: mood}]\n" + text
    folder.small()
    folder.plant("questionnaires/main.yaml", "text: Which word fits?", "text: Which word fits?\n        required: true")
    path = folder.path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        read_population(path, load_library(folder.path))
    assert [problem.code for problem in refused.value.problems] == ["HW704"]


def test_a_file_that_is_not_there(folder: Folder) -> None:
    """A missing population file is refused like any other missing file."""
    folder.small()
    with pytest.raises(ContentError) as refused:
        read_population(population_path("main", folder.path), load_library(folder.path))
    assert [problem.code for problem in refused.value.problems] == ["HW101"]


# The shipped one


@pytest.fixture(scope="module")
def crowd() -> list[dict[str, Any]]:
    """People sampled from the shipped population."""
    population, advice = read_population(population_path("breakup"), load_library())
    assert not advice, "every item needs rates: see questionnaires/README.md"
    return people(population, 2000)


def chosen(person: Mapping[str, Any], name: str) -> set[str]:
    answer = person.get(name) or ()
    return set(answer if isinstance(answer, tuple) else (answer,)) - {"none"}


def at_risk(person: Mapping[str, Any]) -> bool:
    protects = bool(chosen(person, "own_acts")) and person.get("own_acts_why") == "protect"
    return bool(chosen(person, "afraid") - {"never"} or chosen(person, "what_they_did")) or protects


@pytest.mark.parametrize(
    ("predicate", "lowest", "highest"),
    [
        (at_risk, 0.10, 0.13),
        (lambda person: chosen(person, "self_harm_thoughts") - {"no"}, 0.06, 0.08),
        (lambda person: chosen(person, "own_acts") & {"hurt", "threatened"}, 0.04, 0.06),
        (lambda person: chosen(person, "limits") & {"legal"}, 0.005, 0.015),
        (lambda person: not person.keys() & {"afraid", "what_they_did", "own_acts"}, 0.02, 0.04),
        (lambda person: not person.keys() & {"talks_arguments", "time_closeness", "people", "body"}, 0.04, 0.06),
    ],
    ids=["at risk", "self-harm", "hurt or threatened", "legal limit", "skips safety", "first plan"],
)
def test_what_was_set_comes_out(
    crowd: list[dict[str, Any]], predicate: Callable[[Mapping[str, Any]], object], lowest: float, highest: float
) -> None:
    """The people of the shipped population have the shares that the file was made for, within chance."""
    share = mean(bool(predicate(person)) for person in crowd)
    slack = 2 * sqrt(highest / len(crowd))
    assert lowest - slack <= share <= highest + slack


def test_names_of_every_kind(crowd: list[dict[str, Any]]) -> None:
    """Some people give no name; some names have an apostrophe, a hyphen, an accent or another script."""
    names = {person.get("partner_name", "") for person in crowd}
    assert "" in names
    for sign in "'’-ëю林":
        assert any(sign in name.lower() for name in names), sign
