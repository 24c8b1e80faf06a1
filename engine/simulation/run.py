"""Simulate a population: sample people, assess them, and count what is in their plans and reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.assessment.inference import fired_rules, infer
from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import Plan, arrange, visible_plan
from engine.assessment.responses import RawResponses, validate_answers
from engine.assessment.scoring import score
from engine.content.items.base import Item
from engine.errors import HeartworkError, problem
from engine.rendering.render import render
from engine.report.plan import build_report
from engine.simulation.population import Population
from engine.simulation.sampling import sample_person
from engine.simulation.statistics import Influence, PlanStatistics, StatisticsCollector

Clock = Callable[[], float]
"""Returns seconds since a fixed moment. The engine does not read a clock; the caller passes one to measure times."""
DONORS: Final = 100
"""How many additional people are sampled whose answers replace those of others."""
INFLUENCE_SAMPLE: Final = 200
"""For how many people the command tries other answers: that takes a hundred times as long as one report."""


def simulate(
    population: Population,
    people: int,
    seed: int,
    *,
    items: int = 0,
    clock: Clock | None = None,
    after_each: Callable[[], object] = lambda: None,
) -> PlanStatistics:
    """Sample people, make their plans and reports, and return statistics.

    Args:
        people: the number of people, at least one.
        items: the number of people, from the first, for whom every other answer to every item is tried.
        clock: measures the time of assessments and reports; without it the statistics have no times.
        after_each: called after each person's report, and again after other answers were tried for a person.

    Raises:
        HeartworkError: the form is a check-in, which has no plan.
        ResponseError: the population gives answers that the form does not accept.
    """
    form = population.form
    if not form.has_plan:
        raise HeartworkError([problem("HW606", form.questionnaire.questionnaire)])
    collector = StatisticsCollector(population)
    donors = [sample_person(population, seed, people + index) for index in range(DONORS if items else 0)]
    influences = _Influences(population, donors)
    for number in range(people):
        assessment, plan = _assess_person(population, sample_person(population, seed, number), collector, clock)
        after_each()
        if number < items:
            influences.add(assessment, plan, number)
            after_each()
    return collector.statistics(seed, influences.by_item() if items else None)


def _assess_person(
    population: Population, answers: RawResponses, collector: StatisticsCollector, clock: Clock | None
) -> tuple[Assessment, Plan]:
    read_clock = clock or (lambda: 0.0)
    started = read_clock()
    assessment = assess(population.pack, population.file.questionnaire, answers, population.taken_on)
    assessed = read_clock()
    report = build_report(assessment)
    text = render(report, "text")
    reported = read_clock()
    assert assessment.plan is not None  # noqa: S101 - the form is no check-in
    collector.add(assessment, assessment.plan, report, text)
    if clock is not None:
        collector.seconds.append((assessed - started, reported - assessed))
    return assessment, assessment.plan


@dataclass(frozen=True, slots=True)
class _ComparedPlan:
    """The parts of a plan that are compared with those of other plans."""

    visible: object
    order: object
    explanations: object

    @classmethod
    def of(cls, plan: Plan) -> _ComparedPlan:
        reasons = [(step.id, step.changes, step.waits_for, step.held_by) for step in plan.steps]
        remarks = {slot: [remark.id for remark in slot_remarks] for slot, slot_remarks in plan.remarks.items()}
        return cls(visible_plan(plan), (plan.kind.id, [step.id for step in plan.steps]), (reasons, remarks))


class _Influences:
    """Counts, by item, for how many people another answer would change the plan."""

    def __init__(self, population: Population, donors: Sequence[RawResponses]) -> None:
        self._population, self._donors = population, donors
        self._counts = {item.id: Counter[str]() for item in population.form.items}
        self._plans_by_rules: dict[tuple[str, ...], _ComparedPlan] = {}

    def by_item(self) -> dict[str, Influence]:
        return {item: Influence(**counter) for item, counter in self._counts.items()}

    def add(self, assessment: Assessment, plan: Plan, number: int) -> None:
        """Try, for each item that a person was asked: every other answer, no answer, and another person's answer."""
        actual, answers = _ComparedPlan.of(plan), assessment.responses.answers
        for item in assessment.form.items:
            if item.id not in assessment.responses.visible:
                continue
            answer, counter = answers.get(item.id), self._counts[item.id]
            others = [
                self._plan_for({**answers, item.id: alternative})
                for alternative in _other_answers(self._population, item, answer)
            ]
            counter["asked"] += 1
            counter["changed"] += any(other.visible != actual.visible for other in others)
            counter["reordered"] += any(other.order != actual.order for other in others)
            if answer is not None:
                without = self._plan_for({name: value for name, value in answers.items() if name != item.id})
                swapped = self._plan_for({**answers, item.id: self._donor_answer(item, number, answer)})
                counter["answered"] += 1
                counter["swapped"] += swapped.visible != actual.visible
                counter["left_open"] += without.visible != actual.visible
                counter["untold"] += without != actual

    def _donor_answer(self, item: Item, number: int, own_answer: Any) -> Any:
        """The answer of the next donor who answered the item; the person's own answer if none did."""
        start = number % len(self._donors)
        donor_answers = (donor.get(item.id) for donor in (*self._donors[start:], *self._donors[:start]))
        return next((answer for answer in donor_answers if answer is not None), own_answer)

    def _plan_for(self, answers: RawResponses) -> _ComparedPlan:
        """The plan for these answers. Many answers fire the same rules, so plans are cached by rules."""
        pack, form, taken_on = self._population.pack, self._population.form, self._population.taken_on
        responses = validate_answers(pack, form, answers, taken_on, complete=False)
        scales = score(pack, form, responses.answers)
        rules = fired_rules(pack, form, responses, scales, taken_on)
        if rules not in self._plans_by_rules:
            plan = arrange(pack, infer(pack, form, responses, scales, taken_on, plain=True))
            self._plans_by_rules[rules] = _ComparedPlan.of(plan)
        return self._plans_by_rules[rules]


def _other_answers(population: Population, item: Item, answer: Any) -> Iterator[Any]:
    """Every other answer: for a multiple choice those that differ in one option, for a number those with a rate."""
    if item.takes_several:
        yield from _other_selections(item, answer or ())
    elif item.choices:
        yield from (choice.answer for choice in item.choices if choice.answer != answer)
    elif not item.is_free_text:
        rates = population.file.answers.get(item.id)
        candidates = [item.from_key(key, population.taken_on) for key in (rates and rates.weights) or ()]
        yield from (candidate for candidate in candidates if candidate != answer)


def _other_selections(item: Item, chosen_before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    exclusive = {choice.key for choice in item.choices if choice.exclusive}
    chosen = tuple(option_id for option_id in chosen_before if option_id not in exclusive)
    for option_id in (choice.key for choice in item.choices):
        if option_id in exclusive:
            alternative: tuple[str, ...] = (option_id,)
        elif option_id in chosen:
            alternative = tuple(other for other in chosen if other != option_id)
        else:
            alternative = (*chosen, option_id)
        if alternative and alternative != chosen_before:
            yield alternative
