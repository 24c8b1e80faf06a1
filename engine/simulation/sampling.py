"""Persons drawn from a population at random, by a seed.

Person ``number`` under a ``seed`` is the same however many are drawn. Every question of a person has a generator of its
own, so that one that is added, moved or dropped leaves the chance in all others as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from random import Random
from statistics import NormalDist
from typing import Any, Final, TypeVar

from engine.assessment.evaluator import Facts
from engine.assessment.responses import is_visible
from engine.content.items.base import Item
from engine.simulation.population import CIRCUMSTANCE, TRAIT_LIMIT, Population

T = TypeVar("T")
_NORMAL: Final = NormalDist()
_TINY: Final = 2.0**-60  # stands for 0, the one number of a generator that no normal number belongs to


def sample_person(population: Population, seed: int, number: int) -> dict[str, Any]:
    """The raw answers of one person, in the order of asking."""
    return _PersonSampler(population, f"{seed}/{number}").answers


def sample_pairs(groups: Sequence[Sequence[T]], count: int, seed: int) -> Iterator[tuple[T, T]]:
    """Pairs of two different members of one group, drawn at random; each member is as likely to come first."""
    random = Random(f"{seed}/pairs")  # noqa: S311 - nothing secret: it has to come out the same again
    members = [(group, index) for group in groups if len(group) > 1 for index in range(len(group))]
    for _ in range(count if members else 0):
        group, index = random.choice(members)
        other = random.randrange(len(group) - 1)
        yield group[index], group[other + (other >= index)]


class _PersonSampler:
    """One person, from what is hidden to the last answer."""

    def __init__(self, population: Population, name: str) -> None:
        self._population, self._name = population, name
        self._traits: dict[str, float] = {}
        self._condition_values: dict[str, Any] = {}
        """What conditions can ask about: what is hidden, and the answers so far."""
        self._facts = Facts(
            self._condition_values, population.form.item_ids | population.hidden, {}, population.taken_on
        )
        self.answers: dict[str, Any] = {}
        self._draw_hidden()
        self._answer_form()

    def _random(self, purpose: str) -> Random:
        return Random(f"{self._name}/{purpose}")  # noqa: S311 - nothing secret: it has to come out the same again

    def _draw_hidden(self) -> None:
        file, correlations = self._population.file, self._population.correlations
        adds: Mapping[str, float] = {}
        if file.circumstances:
            position = _normal(self._random(f"@{CIRCUMSTANCE}"))
            weights = {circumstance.id: circumstance.weight for circumstance in file.circumstances}
            circumstance_id = self._condition_values[CIRCUMSTANCE] = _answer_at(weights, position)
            adds = next(circumstance.adds for circumstance in file.circumstances if circumstance.id == circumstance_id)
        unadjusted: dict[str, float] = {}
        for trait in file.traits:
            residual = self._population.residual_spread[trait.id] * _normal(self._random(f"@{trait.id}"))
            unadjusted[trait.id] = residual + sum(load * unadjusted[loaded] for loaded, load in trait.loads.items())
            shifted = unadjusted[trait.id] + adds.get(trait.id, 0) - correlations.means[trait.id]
            self._traits[trait.id] = max(-TRAIT_LIMIT, min(TRAIT_LIMIT, shifted / correlations.deviations[trait.id]))
        self._condition_values.update(self._traits)

    def _answer_form(self) -> None:
        population = self._population
        items = {item.id: item for item in population.form.items}
        for section in population.form.questionnaire.sections:
            section_rates = population.file.sections.get(section.id)
            random = self._random(f"@{section.id}")
            skips, stops = random.random(), random.random()
            if section_rates is None or skips >= section_rates.skipped:
                for name in section.item_ids:
                    self._ask(items[name])
            if section_rates is not None and stops < section_rates.last:
                return

    def _ask(self, item: Item) -> None:
        population = self._population
        if item.id not in population.file.answers:
            return
        if not is_visible(population.pack, population.form, item.id, self.answers, population.taken_on):
            return
        (rates, left_open, rather_not_say), random = self._rates(item), self._random(item.id)
        draw = random.random()
        if draw < left_open:
            return
        if draw < left_open + rather_not_say:
            self.answers[item.id] = None
        elif (answer := self._answer(item, rates, random)) is not None:
            self.answers[item.id] = self._condition_values[item.id] = answer

    def _rates(self, item: Item) -> tuple[Mapping[str, float], float, float]:
        """For this person: the rate of each answer, of leaving the item open, and of rather not saying."""
        usual = self._population.file.answers[item.id]
        rates = dict(usual.weights or usual.chances or {})
        left_open, rather_not_say = self._population.left_open(item), usual.rather_not_say
        for node, case in self._population.cases[item.id]:
            if node.truth(self._facts) is True:
                rates = dict(case.weights or case.chances or rates)
                rates |= {answer: rates.get(answer, 0) * factor for answer, factor in case.times.items()}
                left_open = left_open if case.left_open is None else case.left_open
                rather_not_say = rather_not_say if case.rather_not_say is None else case.rather_not_say
        return rates, left_open, rather_not_say

    def _answer(self, item: Item, rates: Mapping[str, float], random: Random) -> Any:
        if not item.takes_several:
            answer = _answer_at(rates, self._position(item, random))
            return None if answer is None else item.from_key(answer, self._population.taken_on)
        positions = {option: self._position(item, random) for option in rates}
        chosen = tuple(option for option, chance in rates.items() if positions[option] > _quantile(1 - chance))
        exclusive = _answer_at(self._population.file.answers[item.id].otherwise, self._position(item, random))
        return chosen or (None if exclusive is None else (exclusive,))

    def _position(self, item: Item, random: Random) -> float:
        """Where the person stands among all people with this answer: a normal number."""
        loads = self._population.file.answers[item.id].loads
        residual = self._population.residual_spread[item.id] * _normal(random)
        return residual + sum(load * self._traits[trait] for trait, load in loads.items())


def _normal(random: Random) -> float:
    return _NORMAL.inv_cdf(random.random() or _TINY)


def _quantile(share: float) -> float:
    """The normal number that this share of all people stays below."""
    return -inf if share <= 0 else inf if share >= 1 else _NORMAL.inv_cdf(share)


def _answer_at(weights: Mapping[str, float], position: float) -> str | None:
    """The answer in whose part of all people the position lies, in the order of the list; None if none has a weight."""
    total, weight_below, last_answer = sum(weights.values()), 0.0, None
    for answer, weight in weights.items():
        if weight:
            weight_below, last_answer = weight_below + weight, answer
            if position <= _quantile(weight_below / total):
                return answer
    return last_answer
