"""Persons drawn from a population: the door to chance, which opens with a seed only.

Person ``number`` under a ``seed`` is the same however many are drawn. Every question of a person has a generator of its
own, so that one that is added, moved or dropped leaves the chance in all others as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from random import Random
from statistics import NormalDist
from typing import Any, Final

from engine.assessment.evaluator import Facts
from engine.assessment.responses import is_visible
from engine.content.questionnaire import Item, ItemReference, MultipleChoice
from engine.simulation.population import CIRCUMSTANCE, FARTHEST, Population, answer_from

_NORMAL: Final = NormalDist()
_TINY: Final = 2.0**-60  # stands for 0, the one number of a generator that no normal number belongs to


def sample_person(population: Population, seed: int, number: int) -> dict[str, Any]:
    """The raw answers of one person, in the order of asking."""
    return _PersonSampler(population, f"{seed}/{number}").answers


@dataclass
class _Now:
    """The rates of one item as they are for one person."""

    rates: dict[str, float]
    left_open: float
    rather_not_say: float


class _PersonSampler:
    """One person, from what is hidden to the last answer."""

    def __init__(self, population: Population, name: str) -> None:
        self._population, self._name = population, name
        self._traits: dict[str, float] = {}
        self._known: dict[str, Any] = {}
        """What conditions can ask about: what is hidden, and the answers so far."""
        self._facts = Facts(self._known, population.form.asked | population.hidden, {}, population.taken_on)
        self.answers: dict[str, Any] = {}
        self._be_somebody()
        self._fill_in()

    def _random(self, what: str) -> Random:
        return Random(f"{self._name}/{what}")  # noqa: S311 - nothing secret: it has to come out the same again

    def _be_somebody(self) -> None:
        file, ties = self._population.file, self._population.ties
        adds: Mapping[str, float] = {}
        if file.circumstances:
            position = _normal(self._random(f"@{CIRCUMSTANCE}"))
            found = _reached({one.id: one.weight for one in file.circumstances}, position)
            adds = next(one.adds for one in file.circumstances if one.id == found)
            self._known[CIRCUMSTANCE] = found
        before: dict[str, float] = {}
        for trait in file.traits:
            own = self._population.own[trait.id] * _normal(self._random(f"@{trait.id}"))
            before[trait.id] = own + sum(load * before[other] for other, load in trait.loads.items())
            moved = before[trait.id] + adds.get(trait.id, 0) - ties.moved[trait.id]
            self._traits[trait.id] = max(-FARTHEST, min(FARTHEST, moved / ties.wider[trait.id]))
        self._known.update(self._traits)

    def _fill_in(self) -> None:
        population = self._population
        items = {item.id: item for item in population.form.items}
        for section in population.form.questionnaire.sections:
            page = population.file.sections.get(section.id)
            random = self._random(f"@{section.id}")
            skips, stops = random.random(), random.random()
            if page is None or skips >= page.skipped:
                for one in section.items:
                    self._ask(items[one.use if isinstance(one, ItemReference) else one.id])
            if page is not None and stops < page.last:
                return

    def _ask(self, item: Item) -> None:
        population = self._population
        if item.id not in population.file.answers:
            return
        if not is_visible(population.pack, population.form, item.id, self.answers, population.taken_on):
            return
        now, random = self._rates(item), self._random(item.id)
        silent = random.random()
        if silent < now.left_open:
            return
        if silent < now.left_open + now.rather_not_say:
            self.answers[item.id] = None
        elif (answer := self._answer(item, now, random)) is not None:
            self.answers[item.id] = self._known[item.id] = answer

    def _rates(self, item: Item) -> _Now:
        usual = self._population.file.answers[item.id]
        rates = usual.weights or usual.chances or {}
        now = _Now(dict(rates), self._population.left_open(item), usual.rather_not_say)
        for node, case in self._population.cases[item.id]:
            if node.truth(self._facts) is True:
                now.rates = dict(case.weights or case.chances or now.rates)
                for one, factor in case.times.items():
                    now.rates[one] = now.rates.get(one, 0) * factor
                now.left_open = now.left_open if case.left_open is None else case.left_open
                now.rather_not_say = now.rather_not_say if case.rather_not_say is None else case.rather_not_say
        return now

    def _answer(self, item: Item, now: _Now, random: Random) -> Any:
        if not isinstance(item, MultipleChoice):
            found = _reached(now.rates, self._position(item, random))
            return None if found is None else answer_from(item, found, self._population.taken_on)
        positions = {option: self._position(item, random) for option in now.rates}
        chosen = tuple(option for option, chance in now.rates.items() if positions[option] > _edge(1 - chance))
        alone = _reached(self._population.file.answers[item.id].otherwise, self._position(item, random))
        return chosen or (None if alone is None else (alone,))

    def _position(self, item: Item, random: Random) -> float:
        """Where the person stands among all people with this answer: a normal number."""
        loads = self._population.file.answers[item.id].loads
        own = self._population.own[item.id] * _normal(random)
        return own + sum(load * self._traits[trait] for trait, load in loads.items())


def _normal(random: Random) -> float:
    return _NORMAL.inv_cdf(random.random() or _TINY)


def _edge(share: float) -> float:
    """The normal number that this share of all people stays below."""
    return -inf if share <= 0 else inf if share >= 1 else _NORMAL.inv_cdf(share)


def _reached(weights: Mapping[str, float], position: float) -> str | None:
    """The answer in whose part of all people the position lies, in the order of the list; None if none has a weight."""
    total, below, last = sum(weights.values()), 0.0, None
    for answer, weight in weights.items():
        if weight:
            below, last = below + weight, answer
            if position <= _edge(below / total):
                return answer
    return last
