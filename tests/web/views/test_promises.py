"""How long the pages say it takes, beside how long it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import pytest

from engine.assessment.responses import validate_answers
from engine.loading.library import load_library
from engine.simulation.completion_time import Effort, effort, effort_to_first_plan, longest_effort, minutes_of
from engine.simulation.population_checks import population_path, read_population
from engine.simulation.sampling import sample_person
from tests.checks.number_words import NUMBER_WORDS
from tests.clients.page import Node
from tests.clients.person import Person
from tests.clients.site import Site, example
from web.forms.paging import BEFORE_PREFIX, pages_of

PEOPLE: Final = 150
ROUNDING: Final = 0.5
"""“About ten” is true of ten and a half, and of no more."""


@dataclass(frozen=True)
class Minutes:
    """How many minutes people need whom nine in ten are no slower than."""

    all: float
    first: float


@pytest.fixture(scope="module")
def questions() -> Minutes:
    """The pages with questions, over drawn persons, each a page of its own to save."""
    library = load_library()
    population, _ = read_population(population_path("breakup", None), library)
    form = population.form
    saving = Effort(taps=len(pages_of(form)) - len(form.questionnaire.sections))
    to_end, to_first_plan = [], []
    for number in range(PEOPLE):
        responses = validate_answers(population.pack, form, sample_person(population, 1, number), population.taken_on)
        to_end.append(effort(form, responses.visible, responses.answers) + saving)
        effort_until = effort_to_first_plan(form, responses.visible, responses.answers)
        assert effort_until is not None
        to_first_plan.append(effort_until + saving)
    return Minutes(minutes_of(to_end).nine_in_ten, minutes_of(to_first_plan).nine_in_ten)


@pytest.fixture
def interstitial_efforts(site: Site) -> dict[str, Effort]:
    """By page between the questions what it takes to read it and to leave it, without copying anything."""
    person = site.person()
    person.start()
    efforts: dict[str, Effort] = {}
    while person.page_name != "check":
        if person.questions is not None:
            person.answer(example("first-weeks"))
            continue
        if not person.page_name.startswith(BEFORE_PREFIX):
            efforts[person.page_name] = Effort(len(unfolded_text(person).split()), taps=1)
        else:  # the words of the content are counted with their section
            form, announced = load_library().forms["breakup"][1], person.page_name.removeprefix(BEFORE_PREFIX)
            section = next(section for section in form.questionnaire.sections if section.id == announced)
            efforts[person.page_name] = Effort(len(person.page.text.split()) - len((section.before or "").split()))
        person.go_on()
    return efforts


def unfolded_text(person: Person) -> str:
    """The words of a page but for those that are folded away."""
    folded = (
        node.text for fold in person.page.main.find("details") for node in fold.children if isinstance(node, Node)
    )
    words = person.page.text
    for text in folded:
        words = words.replace(text, "", 1)
    return words


def promised_minutes(text: str) -> list[int]:
    """Minutes that are promised in words, in their order."""
    return [
        NUMBER_WORDS[word.lower()]
        for word in re.findall(r"\b(?:A|a)(?:bout|fter about) (\w+)(?: minutes)?\b", text)
        if word.lower() in NUMBER_WORDS
    ]


def test_the_landing_page(site: Site, questions: Minutes, interstitial_efforts: dict[str, Effort]) -> None:
    """Nine people in ten need no longer than it says: to the end, and to a first plan."""
    everything, first = promised_minutes(site.person().get("/").text)
    pages = sum(interstitial_efforts.values(), Effort()).minutes
    assert questions.all + pages <= everything + ROUNDING
    assert questions.first + pages - interstitial_efforts["offer"].minutes <= first + ROUNDING


def test_the_offer_of_a_first_plan(site: Site, questions: Minutes) -> None:
    """It says how long the rest takes, and that is no less than nine in ten need."""
    person = site.person()
    person.start()
    person.walk(example("first-weeks"), "offer")
    (promised,) = promised_minutes(person.page.text)
    assert questions.all - questions.first <= promised + ROUNDING


def test_what_the_content_says() -> None:
    """The questionnaires promise what the pages do, and a short look takes no longer than it says."""
    pack = load_library().packs["breakup"]
    assert promised_minutes(pack.forms["breakup"].questionnaire.intro or "") == [10]
    check_in = pack.forms["check-in"]
    (minutes,) = promised_minutes(check_in.questionnaire.intro or "")
    assert (longest_effort(check_in) + Effort(taps=len(pages_of(check_in)))).minutes <= minutes + ROUNDING
