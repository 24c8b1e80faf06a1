"""Who might answer a questionnaire: the rates and ties that persons are drawn by.

These are the models of ``questionnaires/populations/*.yaml``; ``questionnaires/README.md`` describes every field. Two
things are hidden in a person: *traits*, which are normal numbers, and one *circumstance*. To conditions they are items,
so that what hangs on them is written as everywhere: ``{item: pull, at_least: 1}``, ``{item: circumstance, is: warm}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product
from math import sqrt
from typing import Annotated, Final

from pydantic import Field

from engine.answers.answers_file import DayOfSitting
from engine.assessment.evaluator import Node, evaluator
from engine.content.base import Id, Model, Text, Unique, VersionOne
from engine.content.conditions import Condition
from engine.content.items.base import Item
from engine.content.items.choices import Option, SingleChoice
from engine.content.items.number import NumberItem
from engine.content.pack import Form, Pack
from engine.content.questionnaire import Questionnaire, Section

CIRCUMSTANCE: Final = "circumstance"
"""What conditions call the circumstance by. No item of a questionnaire with a population can have this id."""
TRAIT_LIMIT: Final = 9.0
"""No trait is farther from 0 than this: more people were never born."""

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]
Load = Annotated[float, Field(ge=-1, le=1)]


class Trait(Model):
    """Something hidden that makes answers hang together: normal, mean 0 and spread 1 over all people."""

    id: Id
    about: Text | None = None
    loads: Mapping[Id, Load] = Field(default_factory=dict)
    """How strongly it hangs on earlier traits; the rest of its spread is its own."""


class Circumstance(Model):
    """Where things stand for a person; everybody is in exactly one."""

    id: Id
    weight: Weight
    about: Text | None = None
    adds: Mapping[Id, float] = Field(default_factory=dict)
    """How much higher these traits are here. Over all people every trait keeps mean 0 and spread 1."""


class SectionRates(Model):
    """What some people do with a section of the form."""

    skipped: Share = 0
    """How many pass over the whole of it."""
    last: Share = 0
    """How many stop after it, and leave the rest open."""


class Case(Model):
    """Other rates for some people. Cases that are true follow one another: each changes what stands by then."""

    when: Condition
    weights: Mapping[str, Weight] | None = None
    chances: Mapping[str, Share] | None = None
    times: Mapping[str, Weight] = Field(default_factory=dict)
    """Weights or chances to multiply."""
    left_open: Share | None = None
    rather_not_say: Share | None = None


class Rates(Model):
    """How often each answer to one item is given.

    ``weights`` are for answers of which one is given, ``chances`` for the options of a multiple choice, each for
    itself. With ``loads`` a person high in the trait gives an answer late in the list, or chooses more; how many give
    each answer stays as written.
    """

    weights: Mapping[str, Weight] | None = None
    chances: Mapping[str, Share] | None = None
    otherwise: Mapping[str, Weight] = Field(default_factory=dict)
    """Which exclusive option stands where nothing was chosen."""
    loads: Mapping[Id, Load] = Field(default_factory=dict)
    left_open: Share | None = None
    rather_not_say: Share = 0
    given: tuple[Case, ...] = ()


class PopulationFile(Model):
    """``questionnaires/populations/<questionnaire>.yaml``."""

    population: VersionOne
    questionnaire: Id
    title: Text
    about: Text | None = None
    taken_on: DayOfSitting
    """The day all of them answer, so that dates can be counted from it."""
    left_open: Share = 0
    """How many pass over an item that says nothing of it and is not required."""
    traits: tuple[Trait, ...] = ()
    circumstances: Annotated[tuple[Circumstance, ...], Unique("circumstance")] = ()
    sections: Mapping[Id, SectionRates] = Field(default_factory=dict)
    answers: Mapping[Id, Rates]


@dataclass(frozen=True, eq=False)
class Population:
    """A population with the form it answers, ready to be drawn from."""

    file: PopulationFile
    pack: Pack
    form: Form

    @property
    def taken_on(self) -> date:
        return date.fromisoformat(self.file.taken_on)

    @cached_property
    def with_hidden(self) -> Pack:
        """The pack as conditions see it: with circumstance and traits as if they were asked."""
        return with_hidden(self.file, self.pack)

    @cached_property
    def hidden(self) -> frozenset[str]:
        return frozenset(item.id for item in hidden_items(self.file))

    @cached_property
    def cases(self) -> Mapping[str, tuple[tuple[Node, Case], ...]]:
        """By item its cases, each with its condition ready to be evaluated."""
        return {
            name: tuple((evaluator(case.when, self.with_hidden), case) for case in rates.given)
            for name, rates in self.file.answers.items()
        }

    @cached_property
    def correlations(self) -> TraitCorrelations:
        return TraitCorrelations(self.file)

    @cached_property
    def residual_spread(self) -> Mapping[str, float]:
        """By trait and by item the part that hangs on nothing else."""
        explained = self.correlations.explained_variance | {
            name: self.correlations.explained_by(rates.loads) for name, rates in self.file.answers.items()
        }
        return {name: sqrt(max(0.0, 1 - share)) for name, share in explained.items()}

    def left_open(self, item: Item) -> float:
        """How many pass over an item, unless a case says otherwise."""
        item_rate = self.file.answers[item.id].left_open
        return item_rate if item_rate is not None else 0.0 if item.required else self.file.left_open


class TraitCorrelations:
    """How traits hang together, with one another and over circumstances.

    A trait is first made from earlier traits and a part of its own, mean 0 and spread 1. What the circumstance adds
    then moves and widens it, so it is moved and narrowed back: rates stay as written, whatever circumstances add.
    """

    def __init__(self, file: PopulationFile) -> None:
        names = [trait.id for trait in file.traits]
        covariances: dict[tuple[str, str], float] = {}
        self.explained_variance: dict[str, float] = {}
        """By trait how much of the whole, which is 1, earlier traits explain, before any circumstance."""
        for index, trait in enumerate(file.traits):
            for other_name in names[:index]:
                covariance = sum(load * covariances[loaded, other_name] for loaded, load in trait.loads.items())
                covariances[trait.id, other_name] = covariances[other_name, trait.id] = covariance
            covariances[trait.id, trait.id] = 1.0
            self.explained_variance[trait.id] = sum(
                load * covariances[trait.id, loaded] for loaded, load in trait.loads.items()
            )
        weight = sum(circumstance.weight for circumstance in file.circumstances) or 1.0
        weighted_additions = [(circumstance.weight / weight, circumstance.adds) for circumstance in file.circumstances]
        self.means = {name: sum(share * adds.get(name, 0) for share, adds in weighted_additions) for name in names}
        pairs = list(product(names, names))
        added_covariances = {
            (name, other): sum(
                share * (adds.get(name, 0) - self.means[name]) * (adds.get(other, 0) - self.means[other])
                for share, adds in weighted_additions
            )
            for name, other in pairs
        }
        self.deviations = {name: sqrt(1 + added_covariances[name, name]) for name in names}
        self._correlations = {
            pair: (covariances[pair] + added_covariances[pair]) / (self.deviations[pair[0]] * self.deviations[pair[1]])
            for pair in pairs
        }

    def explained_by(self, loads: Mapping[str, float]) -> float:
        """How much of the whole these loads explain."""
        pairs = product(loads, loads)
        return sum(loads[name] * loads[other] * self._correlations[name, other] for name, other in pairs)


def hidden_items(file: PopulationFile) -> Iterable[Item]:
    """What is hidden in a person, as items."""
    if file.circumstances:
        options = tuple(
            Option(id=circumstance.id, text=circumstance.about or circumstance.id)
            for circumstance in file.circumstances
        )
        yield SingleChoice(type="single", id=CIRCUMSTANCE, text=CIRCUMSTANCE, options=options)
    for trait in file.traits:
        about = trait.about or trait.id
        yield NumberItem(type="number", id=trait.id, text=about, lowest=-TRAIT_LIMIT, highest=TRAIT_LIMIT, whole=False)


def with_hidden(file: PopulationFile, pack: Pack) -> Pack:
    """The pack with one more questionnaire, which nobody is asked: what is hidden in a person."""
    items = tuple(hidden_items(file))
    if not items:
        return pack
    section = Section(id=CIRCUMSTANCE, title=file.title, items=items)
    # Not a name that a file could have, so that it meets no questionnaire of the pack.
    questionnaire = Questionnaire.model_construct(
        questionnaire="@hidden", pack=pack.id, title=file.title, sections=(section,)
    )
    return Pack(pack.content.model_copy(update={"questionnaires": (questionnaire, *pack.content.questionnaires)}))
