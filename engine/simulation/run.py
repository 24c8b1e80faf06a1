"""A population's plans: persons are drawn, assessed, and counted."""

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
"""Seconds since some moment. The engine has no clock; whoever wants times brings one."""
DONORS: Final = 100
"""How many more people there are to take somebody else's answer from."""
INFLUENCE_SAMPLE: Final = 200
"""How many persons are asked what another answer would change: each takes as long as a hundred others."""


def simulate(
    population: Population,
    people: int,
    seed: int,
    *,
    items: int = 0,
    clock: Clock | None = None,
    after_each: Callable[[], object] = lambda: None,
) -> PlanStatistics:
    """Draw people, make their plans and reports, and count what comes out.

    Args:
        people: how many, at least one.
        items: for how many of them, the first ones, to try every other answer to every item.
        clock: measures how long an assessment and a report take.
        after_each: called after each person, and after each one whose other answers were tried.

    Raises:
        HeartworkError: the form is a check-in, which has no plan.
        ResponseError: the population gives answers the form does not accept.
    """
    form = population.form
    if not form.has_plan:
        raise HeartworkError([problem("HW606", form.questionnaire.questionnaire)])
    collector = StatisticsCollector(population.pack, form)
    donors = [sample_person(population, seed, people + index) for index in range(DONORS if items else 0)]
    influences = _Influences(population, donors)
    for number in range(people):
        assessment, plan = _assess_person(population, sample_person(population, seed, number), collector, clock)
        after_each()
        if number < items:
            influences.add(assessment, plan, number)
            after_each()
    by_item = influences.by_item() if items else None
    return collector.statistics(population.file.title, population.taken_on, seed, by_item)


def _assess_person(
    population: Population, answers: RawResponses, collector: StatisticsCollector, clock: Clock | None
) -> tuple[Assessment, Plan]:
    read_clock = clock or (lambda: 0.0)
    started = read_clock()
    assessment = assess(population.pack, population.file.questionnaire, answers, population.taken_on)
    assessed = read_clock()
    report = build_report(assessment)
    render(report, "text")
    reported = read_clock()
    assert assessment.plan is not None  # noqa: S101 - the form has one
    collector.add(assessment, assessment.plan, report)
    if clock is not None:
        collector.seconds.append((assessed - started, reported - assessed))
    return assessment, assessment.plan


@dataclass(frozen=True, slots=True)
class _ComparedPlan:
    """A plan as far as it is compared."""

    visible: object
    order: object
    explanations: object

    @classmethod
    def of(cls, plan: Plan) -> _ComparedPlan:
        reasons = [(step.id, step.changes, step.waits_for, step.held_by) for step in plan.steps]
        remarks = {slot: [remark.id for remark in slot_remarks] for slot, slot_remarks in plan.remarks.items()}
        return cls(visible_plan(plan), (plan.kind.id, [step.id for step in plan.steps]), (reasons, remarks))


class _Influences:
    """Which items would have changed plans, had they been answered in another way."""

    def __init__(self, population: Population, donors: Sequence[RawResponses]) -> None:
        self._population, self._donors = population, donors
        self._counts = {item.id: Counter[str]() for item in population.form.items}
        self._plans_by_rules: dict[tuple[str, ...], _ComparedPlan] = {}

    def by_item(self) -> dict[str, Influence]:
        return {item: Influence(**counter) for item, counter in self._counts.items()}

    def add(self, assessment: Assessment, plan: Plan, number: int) -> None:
        """Try every other answer to every item that this person was asked, none, and that of somebody else."""
        actual, answers = _ComparedPlan.of(plan), assessment.responses.answers
        for item in assessment.form.items:
            if item.id not in assessment.responses.visible:
                continue
            answer, counter = answers.get(item.id), self._counts[item.id]
            others = [
                self._plan_for({**answers, item.id: alternative})
                for alternative in _alternatives(self._population, item, answer)
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
        """What the next of the others said who was asked this; the person's own answer if nobody was."""
        start = number % len(self._donors)
        donor_answers = (donor.get(item.id) for donor in (*self._donors[start:], *self._donors[:start]))
        return next((answer for answer in donor_answers if answer is not None), own_answer)

    def _plan_for(self, answers: RawResponses) -> _ComparedPlan:
        """All that is compared. The same rules make the same plan, and many answers fire the same."""
        pack, form, taken_on = self._population.pack, self._population.form, self._population.taken_on
        responses = validate_answers(pack, form, answers, taken_on, complete=False)
        scales = score(pack, form, responses.answers)
        rules = fired_rules(pack, form, responses, scales, taken_on)
        if rules not in self._plans_by_rules:
            plan = arrange(pack, infer(pack, form, responses, scales, taken_on, plain=True))
            self._plans_by_rules[rules] = _ComparedPlan.of(plan)
        return self._plans_by_rules[rules]


def _alternatives(population: Population, item: Item, answer: Any) -> Iterator[Any]:
    """Every other answer; of a multiple choice such as differ in one option, of numbers such as have a rate."""
    if item.takes_several:
        yield from _choices(item, answer or ())
    elif item.choices:
        yield from (choice.answer for choice in item.choices if choice.answer != answer)
    elif not item.is_free_text:
        rates = population.file.answers.get(item.id)
        candidates = [item.from_key(key, population.taken_on) for key in (rates and rates.weights) or ()]
        yield from (candidate for candidate in candidates if candidate != answer)


def _choices(item: Item, chosen_before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
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
