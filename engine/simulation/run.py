"""A population's plans: persons are drawn, assessed, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from engine.assessment.inference import fired_rules, infer
from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import Plan, arrange, outcome
from engine.assessment.responses import RawResponses, validate_answers
from engine.assessment.scoring import score
from engine.content.questionnaire import Item, MultipleChoice, Rating, ShortText, SingleChoice, YesNo
from engine.errors import HeartworkError, problem
from engine.rendering.render import render
from engine.report.plan import build_report
from engine.simulation.population import Population, answer_from
from engine.simulation.sampling import sample_person
from engine.simulation.statistics import Influence, PlanStatistics, StatisticsCollector
from engine.simulation.word_count import count_words

Clock = Callable[[], float]
"""Seconds since some moment. The engine has no clock; whoever wants times brings one."""
OTHERS: Final = 100
"""How many more people there are to take somebody else's answer from."""
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
    count = StatisticsCollector(population.pack, form)
    others = [sample_person(population, seed, people + one) for one in range(OTHERS if items else 0)]
    influences = _Influences(population, others)
    for number in range(people):
        assessment, plan = _one(population, sample_person(population, seed, number), count, clock)
        after_each()
        if number < items:
            influences.add(assessment, plan, number)
            after_each()
    found = influences.found if items else None
    return count.census(population.file.title, population.taken_on, seed, found)


def _one(
    population: Population, answers: RawResponses, count: StatisticsCollector, clock: Clock | None
) -> tuple[Assessment, Plan]:
    now, questionnaire = clock or (lambda: 0.0), population.file.questionnaire
    started = now()
    assessment = assess(population.pack, questionnaire, answers, population.taken_on)
    assessed = now()
    report = build_report(assessment)
    render(report, "text")
    reported = now()
    words = count_words(report)
    assert assessment.plan is not None  # noqa: S101 - the form has one
    count.add(assessment, assessment.plan, words.unfolded, words.folded)
    if clock is not None:
        count.assessing.append(assessed - started)
        count.reporting.append(reported - assessed)
    return assessment, assessment.plan


@dataclass(frozen=True, slots=True)
class _Seen:
    """A plan as far as it is compared."""

    whole: object
    order: object
    told: object

    @classmethod
    def of(cls, plan: Plan) -> _Seen:
        reasons = [(step.id, step.changes, step.waits_for, step.held_by) for step in plan.steps]
        remarks = {place: [one.id for one in found] for place, found in plan.remarks.items()}
        return cls(outcome(plan), (plan.kind.id, [step.id for step in plan.steps]), (reasons, remarks))


class _Influences:
    """Which items would have changed plans, had they been answered in another way."""

    def __init__(self, population: Population, others: Sequence[RawResponses]) -> None:
        self._population, self._others = population, others
        self._counts = {item.id: Counter[str]() for item in population.form.items}
        self._seen: dict[tuple[str, ...], _Seen] = {}

    @property
    def found(self) -> dict[str, Influence]:
        names = [one.name for one in fields(Influence)]
        return {item: Influence(**{name: found[name] for name in names}) for item, found in self._counts.items()}

    def add(self, assessment: Assessment, plan: Plan, number: int) -> None:
        """Try every other answer to every item that this person was asked, none, and that of somebody else."""
        own, answers = _Seen.of(plan), assessment.responses.answers
        for item in assessment.form.items:
            if item.id not in assessment.responses.visible:
                continue
            given = answers.get(item.id)
            seen = [self._see({**answers, item.id: one}) for one in _alternatives(self._population, item, given)]
            count = self._counts[item.id]
            count["asked"] += 1
            count["changed"] += any(one.whole != own.whole for one in seen)
            count["reordered"] += any(one.order != own.order for one in seen)
            if given is not None:
                without = self._see({name: one for name, one in answers.items() if name != item.id})
                swapped = self._see({**answers, item.id: self._of_somebody_else(item, number, given)})
                count["answered"] += 1
                count["swapped"] += swapped.whole != own.whole
                count["left_open"] += without.whole != own.whole
                count["untold"] += without != own

    def _of_somebody_else(self, item: Item, number: int, own: Any) -> Any:
        """What the next of the others said who was asked this; the person's own answer if nobody was."""
        at = number % len(self._others)
        said = (one.get(item.id) for one in (*self._others[at:], *self._others[:at]))
        return next((one for one in said if one is not None), own)

    def _see(self, answers: RawResponses) -> _Seen:
        """All that is compared. The same rules make the same plan, and many answers fire the same."""
        pack, form, day = self._population.pack, self._population.form, self._population.taken_on
        responses = validate_answers(pack, form, answers, day, complete=False)
        scales = score(pack, form, responses.answers)
        rules = fired_rules(pack, form, responses, scales, day)
        if rules not in self._seen:
            plan = arrange(pack, infer(pack, form, responses, scales, day, plain=True))
            self._seen[rules] = _Seen.of(plan)
        return self._seen[rules]


def _alternatives(population: Population, item: Item, given: Any) -> Iterator[Any]:
    """Every other answer; of a multiple choice such as differ in one option, of numbers such as have a rate."""
    match item:
        case MultipleChoice():
            yield from _choices(item, given or ())
            return
        case ShortText():
            return
        case SingleChoice():
            among: list[Any] = [option.id for option in item.options]
        case Rating():
            among = list(range(item.first, item.last + 1))
        case YesNo():
            among = [True, False]
        case _:
            rates = population.file.answers.get(item.id)
            among = [answer_from(item, one, population.taken_on) for one in (rates and rates.weights) or ()]
    yield from (one for one in among if one != given)


def _choices(item: MultipleChoice, given: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
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
