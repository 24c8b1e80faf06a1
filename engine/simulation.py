"""A population's plans: persons are drawn, assessed, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from engine.assessment import Assessment, assess
from engine.census import Census, Count, Influence
from engine.errors import HeartworkError, problem
from engine.inference import fired, infer
from engine.lengths import length
from engine.persons import draw
from engine.plan import Plan, arrange, outcome
from engine.population import Population, answer_from
from engine.questionnaire import Item, Multiple, Rating, ShortText, Single, YesNo
from engine.rendering import render
from engine.report import build_report
from engine.responses import RawResponses, accept
from engine.scoring import Answers, score

Clock = Callable[[], float]
"""Seconds since some moment. The engine has no clock; whoever wants times brings one."""
SAMPLE: Final = 200
"""How many persons are asked what another answer would change: each takes as long as a hundred others."""


def simulate(
    population: Population,
    people: int,
    seed: int,
    *,
    items: int = 0,
    clock: Clock | None = None,
    after_each: Callable[[], object] = lambda: None,
) -> Census:
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
    count = Count(population.pack, form)
    influences = _Influences(population)
    for number in range(people):
        assessment, plan = _one(population, draw(population, seed, number), count, clock)
        after_each()
        if number < items:
            influences.add(assessment, plan)
            after_each()
    found = influences.found if items else None
    return count.census(population.file.title, population.taken_on, seed, found)


def _one(population: Population, answers: RawResponses, count: Count, clock: Clock | None) -> tuple[Assessment, Plan]:
    now, questionnaire = clock or (lambda: 0.0), population.file.questionnaire
    started = now()
    assessment = assess(population.pack, questionnaire, answers, population.taken_on)
    assessed = now()
    report = build_report(assessment)
    render(report, "text")
    reported = now()
    words = length(report)
    assert assessment.plan is not None  # noqa: S101 - the form has one
    count.add(assessment, assessment.plan, words.unfolded, words.folded)
    if clock is not None:
        count.assessing.append(assessed - started)
        count.reporting.append(reported - assessed)
    return assessment, assessment.plan


class _Influences:
    """Which items would have changed plans, had they been answered in another way."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._asked, self._changed, self._reordered = (Counter[str]() for _ in range(3))
        self._seen: dict[tuple[str, ...], tuple[object, object]] = {}

    @property
    def found(self) -> dict[str, Influence]:
        names = [item.id for item in self._population.form.items]
        return {name: Influence(self._asked[name], self._changed[name], self._reordered[name]) for name in names}

    def add(self, assessment: Assessment, plan: Plan) -> None:
        """Try every other answer to every item that this person was asked."""
        own, order = outcome(plan), _order(plan)
        answers, visible = assessment.responses.answers, set(assessment.responses.visible)
        for item in assessment.form.items:
            if item.id in visible:
                others = _alternatives(self._population, item, answers.get(item.id))
                seen = [self._see({**answers, item.id: other}) for other in others]
                self._asked[item.id] += 1
                self._changed[item.id] += any(whole != own for whole, _ in seen)
                self._reordered[item.id] += any(other != order for _, other in seen)

    def _see(self, answers: Answers) -> tuple[object, object]:
        """All that the plan shows, and its order. The same rules make the same plan, and many answers fire the same."""
        pack, form, day = self._population.pack, self._population.form, self._population.taken_on
        responses = accept(pack, form, answers, day, complete=False)
        scales = score(pack, form, responses.answers)
        rules = fired(pack, form, responses, scales, day)
        if rules not in self._seen:
            plan = arrange(pack, infer(pack, form, responses, scales, day, plain=True))
            self._seen[rules] = outcome(plan), _order(plan)
        return self._seen[rules]


def _order(plan: Plan) -> object:
    return plan.kind.id, [step.id for step in plan.steps]


def _alternatives(population: Population, item: Item, given: Any) -> Iterator[Any]:
    """Every other answer; of a multiple choice such as differ in one option, of numbers such as have a rate."""
    match item:
        case Multiple():
            yield from _choices(item, given or ())
            return
        case ShortText():
            return
        case Single():
            among: list[Any] = [option.id for option in item.options]
        case Rating():
            among = list(range(item.first, item.last + 1))
        case YesNo():
            among = [True, False]
        case _:
            rates = population.file.answers.get(item.id)
            among = [answer_from(item, one, population.taken_on) for one in (rates and rates.weights) or ()]
    yield from (one for one in among if one != given)


def _choices(item: Multiple, given: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    alone = {option.id for option in item.options if option.exclusive}
    chosen = tuple(one for one in given if one not in alone)
    for option in item.options:
        if option.id in alone:
            other: tuple[str, ...] = (option.id,)
        elif option.id in chosen:
            other = tuple(one for one in chosen if one != option.id)
        else:
            other = (*chosen, option.id)
        if other and other != given:
            yield other
