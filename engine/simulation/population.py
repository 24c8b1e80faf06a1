"""The model of a population: how often people give each answer to a questionnaire, and how answers correlate.

These are the models of ``questionnaires/populations/*.yaml``; ``questionnaires/README.md`` describes every field. A
person has hidden variables: normally distributed *traits*, and one *circumstance*. Conditions read them as items:
``{item: pull, at_least: 1}``, ``{item: circumstance, is: warm}``.
"""

from __future__ import annotations

from collections.abc import Mapping
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
"""The id of the circumstance in conditions. No item of a questionnaire with a population can have this id."""
TRAIT_LIMIT: Final = 9.0
"""Traits are clipped to this many standard deviations from 0, which a normal variable practically never reaches."""

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]
Load = Annotated[float, Field(ge=-1, le=1)]


class Trait(Model):
    """A hidden variable that makes answers correlate: normal, with mean 0 and standard deviation 1 over all people."""

    id: Id
    about: Text | None = None
    loads: Mapping[Id, Load] = Field(default_factory=dict)
    """Its loadings on earlier traits; the rest of its variance is independent."""


class Circumstance(Model):
    """A hidden category of people. Every person is in exactly one."""

    id: Id
    weight: Weight
    about: Text | None = None
    adds: Mapping[Id, float] = Field(default_factory=dict)
    """How much higher these traits are here. Over all people every trait keeps mean 0 and standard deviation 1."""


class SectionRates(Model):
    """How many people do not answer a section of the form, or what comes after it."""

    skipped: Share = 0
    """The share of people who skip the whole section."""
    last: Share = 0
    """The share of people who stop after it."""


class Case(Model):
    """Other rates for people who fulfil a condition. Cases that apply to a person are applied one after another."""

    when: Condition
    weights: Mapping[str, Weight] | None = None
    chances: Mapping[str, Share] | None = None
    times: Mapping[str, Weight] = Field(default_factory=dict)
    """Factors by which weights or chances are multiplied."""
    left_open: Share | None = None
    rather_not_say: Share | None = None


class Rates(Model):
    """How often each answer to one item is given.

    ``weights`` are for items with one answer. ``chances`` are for multiple choices: each option is drawn independently.
    ``loads`` are loadings on traits: with a high trait, a person gives an answer late in the list, or chooses more
    options, while the share of each answer over all people stays as written.
    """

    weights: Mapping[str, Weight] | None = None
    chances: Mapping[str, Share] | None = None
    otherwise: Mapping[str, Weight] = Field(default_factory=dict)
    """The weights of the exclusive options, one of which is given if no other option was chosen."""
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
    """The day on which everyone answers, so that dates can be given relative to it."""
    left_open: Share = 0
    """The share of people who skip an item that is not required and has no ``left_open`` itself."""
    traits: tuple[Trait, ...] = ()
    circumstances: Annotated[tuple[Circumstance, ...], Unique("circumstance")] = ()
    sections: Mapping[Id, SectionRates] = Field(default_factory=dict)
    answers: Mapping[Id, Rates]


@dataclass(frozen=True, eq=False)
class Population:
    """A population with the form it answers, prepared for sampling."""

    file: PopulationFile
    pack: Pack
    form: Form

    @cached_property
    def taken_on(self) -> date:
        return date.fromisoformat(self.file.taken_on)

    @cached_property
    def hidden_items(self) -> Mapping[str, Item]:
        """The hidden variables as items, by id."""
        items: list[Item] = []
        if self.file.circumstances:
            options = tuple(
                Option(id=circumstance.id, text=circumstance.about or circumstance.id)
                for circumstance in self.file.circumstances
            )
            items.append(SingleChoice(type="single", id=CIRCUMSTANCE, text=CIRCUMSTANCE, options=options))
        for trait in self.file.traits:
            text, limit = trait.about or trait.id, TRAIT_LIMIT
            items.append(NumberItem(type="number", id=trait.id, text=text, lowest=-limit, highest=limit, whole=False))
        return {item.id: item for item in items}

    @cached_property
    def with_hidden(self) -> Pack:
        """The pack for conditions of the population: a questionnaire that asks for the hidden variables is added."""
        if not self.hidden_items:
            return self.pack
        content, title = self.pack.content, self.file.title
        section = Section(id=CIRCUMSTANCE, title=title, items=tuple(self.hidden_items.values()))
        # Its name is not a valid id, so it cannot clash with a questionnaire of the pack. Hence no validation.
        questionnaire = Questionnaire.model_construct(
            questionnaire="@hidden", pack=self.pack.id, title=title, sections=(section,)
        )
        return Pack(content.model_copy(update={"questionnaires": (questionnaire, *content.questionnaires)}))

    @cached_property
    def cases(self) -> Mapping[str, tuple[tuple[Node, Case], ...]]:
        """By item its cases, each with its compiled condition."""
        return {
            name: tuple((evaluator(case.when, self.with_hidden), case) for case in rates.given)
            for name, rates in self.file.answers.items()
        }

    @cached_property
    def correlations(self) -> TraitCorrelations:
        return TraitCorrelations(self.file)

    @cached_property
    def residual_deviations(self) -> Mapping[str, float]:
        """By trait and by item the standard deviation of the part that no trait explains."""
        explained = self.correlations.explained_variance | {
            name: self.correlations.explained_by(rates.loads) for name, rates in self.file.answers.items()
        }
        return {name: sqrt(max(0.0, 1 - share)) for name, share in explained.items()}

    def left_open(self, item: Item) -> float:
        """The share of people who skip an item, before any case."""
        item_rate = self.file.answers[item.id].left_open
        return item_rate if item_rate is not None else 0.0 if item.required else self.file.left_open


class TraitCorrelations:
    """The correlations of traits over all people.

    A trait is a sum of earlier traits and an independent part, with mean 0 and variance 1. What the circumstance adds
    changes both, so each trait is standardised again with ``means`` and ``deviations``. By the law of total covariance,
    the covariance of two traits is the one within a circumstance plus the one between circumstances.
    """

    def __init__(self, file: PopulationFile) -> None:
        names = [trait.id for trait in file.traits]
        within: dict[tuple[str, str], float] = {}
        self.explained_variance: dict[str, float] = {}
        """By trait the share of its variance that earlier traits explain, within a circumstance."""
        for index, trait in enumerate(file.traits):
            for other in names[:index]:
                covariance = sum(load * within[loaded, other] for loaded, load in trait.loads.items())
                within[trait.id, other] = within[other, trait.id] = covariance
            within[trait.id, trait.id] = 1.0
            self.explained_variance[trait.id] = sum(
                load * within[trait.id, loaded] for loaded, load in trait.loads.items()
            )
        weight = sum(circumstance.weight for circumstance in file.circumstances) or 1.0
        shares = [(circumstance.weight / weight, circumstance.adds) for circumstance in file.circumstances]
        self.means = {name: sum(share * adds.get(name, 0) for share, adds in shares) for name in names}
        between = {
            (name, other): sum(
                share * (adds.get(name, 0) - self.means[name]) * (adds.get(other, 0) - self.means[other])
                for share, adds in shares
            )
            for name, other in product(names, names)
        }
        self.deviations = {name: sqrt(1 + between[name, name]) for name in names}
        self._correlations = {
            (name, other): (within[name, other] + added) / (self.deviations[name] * self.deviations[other])
            for (name, other), added in between.items()
        }

    def explained_by(self, loads: Mapping[str, float]) -> float:
        """The share of an item's variance that these loadings explain; the checks refuse more than 1."""
        return sum(
            loads[name] * loads[other] * self._correlations[name, other] for name, other in product(loads, loads)
        )
