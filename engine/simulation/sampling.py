"""Random people from a population, reproducible by a seed.

Person ``number`` under a ``seed`` is the same however many people are drawn. Each question of a person has a separate
generator, so that adding, moving or removing a question does not change the random numbers of the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
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
_TINY: Final = 2.0**-60  # replaces 0, for which the inverse of the normal distribution is not defined


def sample_person(population: Population, seed: int, number: int) -> dict[str, Any]:
    """The raw answers of one person, in the order of asking."""
    return _PersonSampler(population, f"{seed}/{number}").answers


def sample_pairs(groups: Sequence[Sequence[T]], count: int, seed: int) -> Iterator[tuple[T, T]]:
    """Random pairs of two different members of one group; every member is equally likely to come first."""
    random = Random(f"{seed}/pairs")  # noqa: S311 - for reproducible samples, not for secrets
    members = [(group, index) for group in groups if len(group) > 1 for index in range(len(group))]
    for _ in range(count if members else 0):
        group, index = random.choice(members)
        other = random.randrange(len(group) - 1)
        yield group[index], group[other + (other >= index)]


class _PersonSampler:
    """Draws one person: first the hidden variables, then the answers in the order of asking."""

    def __init__(self, population: Population, name: str) -> None:
        self._population, self._name = population, name
        self._traits: dict[str, float] = {}
        self._condition_values: dict[str, Any] = {}
        """What conditions can read: the hidden variables, and the answers so far."""
        item_ids = population.form.item_ids | population.hidden_items.keys()
        self._facts = Facts(self._condition_values, item_ids, {}, population.taken_on)
        self.answers: dict[str, Any] = {}
        self._draw_hidden()
        self._answer_form()

    def _random(self, purpose: str) -> Random:
        return Random(f"{self._name}/{purpose}")  # noqa: S311 - for reproducible samples, not for secrets

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
            residual = self._population.residual_deviations[trait.id] * _normal(self._random(f"@{trait.id}"))
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
        """This person's rate of each answer, of leaving the item open, and of “rather not say”."""
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
        """The person's value of the normal variable behind an item (a Gaussian copula, ADR 004)."""
        loads = self._population.file.answers[item.id].loads
        residual = self._population.residual_deviations[item.id] * _normal(random)
        return residual + sum(load * self._traits[trait] for trait, load in loads.items())


def _normal(random: Random) -> float:
    return _NORMAL.inv_cdf(random.random() or _TINY)


def _quantile(share: float) -> float:
    """The quantile of the standard normal distribution, also for shares from 0 downwards and from 1 upwards."""
    return -inf if share <= 0 else inf if share >= 1 else _NORMAL.inv_cdf(share)


def _answer_at(weights: Mapping[str, float], position: float) -> str | None:
    """The answer whose interval of the normal variable contains the position; None if no answer has a weight.

    The answers divide the distribution in the order of the list, each with a share by its weight.
    """
    total, possible = sum(weights.values()), [answer for answer, weight in weights.items() if weight]
    weights_up_to = accumulate(weights[answer] for answer in possible)
    for answer, weight in zip(possible, weights_up_to, strict=True):
        if position <= _quantile(weight / total):
            return answer
    return possible[-1] if possible else None
