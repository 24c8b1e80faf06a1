"""What many people's plans have in common, and what none of them uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Final, Literal, get_args

from engine.assessment.ordering import EMPHASES, Emphasis
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan
from engine.content.conditions import leaves
from engine.content.pack import Form, Pack
from engine.content.rules import HoldEffect, Rule
from engine.simulation.completion_time import Effort, Minutes, effort, effort_to_first_plan, minutes_of

Sort = Literal["rules", "actions", "cautions", "notices", "remarks"]
HARDLY: Final = 0.1
"""For a smaller share of people than this, an item hardly ever changes a plan."""
MOST_THREES: Final = 5
"""How many of the commonest first three steps are named."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Least, middle and most of what was counted."""

    least: float
    median: float
    most: float


@dataclass(frozen=True, slots=True)
class Three:
    """The first three steps of some people's plans."""

    steps: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True)
class Hold:
    """For how many people a rule holds steps, and for how many of them no other rule does."""

    people: int
    alone: int


@dataclass(frozen=True, slots=True)
class Influence:
    """How many of those who were asked an item would see another plan, had they given one of its other answers."""

    asked: int
    changed: int
    """Something else in the plan: its kind, a notice, the order, an emphasis, an action, a caution."""
    reordered: int
    """Another kind of plan, or another order of steps."""
    answered: int = 0
    """Those who gave an answer; what follows counts them alone."""
    swapped: int = 0
    """What is in the plan would change with somebody else's answer."""
    left_open: int = 0
    """What is in the plan would change had they left it open."""
    untold: int = 0
    """That, or what the report says about it: a reason, a remark."""

    @property
    def share(self) -> float:
        """How many of those who were asked would see something else; 0 if nobody was asked."""
        return self.changed / self.asked if self.asked else 0.0

    @property
    def matters(self) -> float:
        """The larger share of those who answered for whom somebody else's answer, or none, would change the plan."""
        return max(self.swapped, self.left_open) / self.answered if self.answered else 0.0


@dataclass(frozen=True, slots=True)
class PlanStatistics:
    """The plans of many people. Counts are of people; what nobody has counts 0."""

    pack: str
    questionnaire: str
    population: str
    content_digest: str
    taken_on: date
    seed: int
    people: int
    kinds: Mapping[str, int]
    nothing_held: int
    """People in whose plan no step is held."""
    steps: Mapping[str, Mapping[Emphasis, int]]
    orders: int
    """How many different orders of all steps there are."""
    first_threes: int
    """How many different first three steps."""
    common_threes: tuple[Three, ...]
    holds: Mapping[str, Hold]
    """By rule that can hold steps."""
    used: Mapping[Sort, Mapping[str, int]]
    """Rules that fired, actions and cautions (step/id) of steps that are not held, notices, remarks (place/id)."""
    words: Spread
    """Length of the reports, with all folds open."""
    words_folded: Spread
    """The same while they are closed."""
    minutes: Minutes
    """How long it takes to answer."""
    minutes_to_first_plan: Minutes | None
    """The same until a first plan is offered."""
    seconds_to_assess: float | None
    """The median; None if nobody measured."""
    seconds_to_report: float | None
    items: Mapping[str, Influence] | None = None
    """By item, if it was asked for."""

    @property
    def silent(self) -> tuple[str, ...]:
        """Items that hardly ever change a plan: for fewer than one in ten, with another's answer or none."""
        found = self.items or {}
        return tuple(name for name, one in found.items() if one.answered and one.matters < HARDLY)

    @property
    def unused(self) -> Mapping[Sort, tuple[str, ...]]:
        """What nobody's plan used."""
        return {sort: tuple(name for name, people in found.items() if not people) for sort, found in self.used.items()}


@dataclass
class StatisticsCollector:
    """Plans as they come in."""

    pack: Pack
    form: Form
    people: int = 0
    nothing_held: int = 0
    alone: Counter[str] = field(default_factory=Counter)
    """By rule the people for whom it is the only one that holds."""
    kinds: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, Emphasis]] = field(default_factory=Counter)
    orders: Counter[tuple[str, ...]] = field(default_factory=Counter)
    threes: Counter[tuple[str, ...]] = field(default_factory=Counter)
    used: Counter[tuple[Sort, str]] = field(default_factory=Counter)
    words: list[int] = field(default_factory=list)
    words_folded: list[int] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)
    first_efforts: list[Effort] = field(default_factory=list)
    assessing: list[float] = field(default_factory=list)
    reporting: list[float] = field(default_factory=list)

    def add(self, assessment: Assessment, plan: Plan, words: int, folded: int) -> None:
        """Count one person's plan, and the words of the report: with its folds open, and closed."""
        order = tuple(step.id for step in plan.steps)
        self.people += 1
        self.nothing_held += not any(step.held for step in plan.steps)
        holding = {rule for step in plan.steps for rule in step.held_by}
        self.alone.update(holding if len(holding) == 1 else ())
        self.kinds[plan.kind.id] += 1
        self.steps.update((step.id, step.emphasis) for step in plan.steps)
        self.orders[order] += 1
        self.threes[order[:3]] += 1
        self.used.update(("rules", firing.rule) for firing in assessment.trace.firings)
        self.used.update(set(_shown(plan)))
        self.words.append(words)
        self.words_folded.append(folded)
        given = assessment.responses.visible, assessment.responses.answers
        self.efforts.append(effort(self.form, *given))
        first = effort_to_first_plan(self.form, *given)
        self.first_efforts += [first] if first else []

    def census(
        self, population: str, taken_on: date, seed: int, items: Mapping[str, Influence] | None
    ) -> PlanStatistics:
        """Everything counted. At least one person must have been."""
        used: dict[Sort, dict[str, int]] = {sort: {} for sort in get_args(Sort)}
        for sort, name in _possible(self.pack, self.form):
            used[sort][name] = self.used[sort, name]
        rules = {rule.id: rule for rule in self.pack.rules}
        threes = sorted(self.threes.items(), key=lambda one: (-one[1], one[0]))
        return PlanStatistics(
            pack=self.pack.id,
            questionnaire=self.form.questionnaire.questionnaire,
            population=population,
            content_digest=self.pack.content_digest,
            taken_on=taken_on,
            seed=seed,
            people=self.people,
            kinds={kind.id: self.kinds[kind.id] for kind in self.pack.content.kinds},
            nothing_held=self.nothing_held,
            steps={
                step.id: {emphasis: self.steps[step.id, emphasis] for emphasis in EMPHASES} for step in self.pack.steps
            },
            orders=len(self.orders),
            first_threes=len(self.threes),
            common_threes=tuple(Three(steps, people) for steps, people in threes[:MOST_THREES]),
            holds={
                name: Hold(people, self.alone[name])
                for name, people in used["rules"].items()
                if any(isinstance(effect, HoldEffect) for effect in rules[name].then)
            },
            used=used,
            words=_spread(self.words),
            words_folded=_spread(self.words_folded),
            minutes=minutes_of(self.efforts),
            minutes_to_first_plan=minutes_of(self.first_efforts) if self.first_efforts else None,
            seconds_to_assess=median(self.assessing) if self.assessing else None,
            seconds_to_report=median(self.reporting) if self.reporting else None,
            items=items,
        )


def _spread(counts: Sequence[int]) -> Spread:
    return Spread(min(counts), median(counts), max(counts))


# What is counted as used: whoever adds a sort of thing to plans adds it to both of these, and to Sort.


def _shown(plan: Plan) -> Iterator[tuple[Sort, str]]:
    """What a plan shows."""
    for step in plan.steps:
        yield from (("actions", f"{step.id}/{one.id}") for one in step.actions)
        yield from (("cautions", f"{step.id}/{one.id}") for one in step.cautions)
    yield from (("notices", one.id) for one in plan.notices)
    yield from (("remarks", f"{place}/{one.id}") for place, found in plan.remarks.items() for one in found)


def _possible(pack: Pack, form: Form) -> Iterator[tuple[Sort, str]]:
    """What a plan of this form could show."""
    yield from (("rules", rule.id) for rule in pack.rules if _can_fire(rule, form))
    for step in pack.steps:
        yield from (("actions", f"{step.id}/{one.id}") for one in step.actions)
        yield from (("cautions", f"{step.id}/{one.id}") for one in step.cautions)
    yield from (("notices", one.id) for one in pack.content.notices)
    yield from (("remarks", f"{place}/{one.id}") for place, among in pack.content.remarks.items() for one in among)


def _can_fire(rule: Rule, form: Form) -> bool:
    """False for rules that read only what other forms ask, such as a check-in."""
    known = {("item", name) for name in form.asked} | {("scale", scale.id) for scale in form.scales}
    return any(leaf.subject == "finding" or (leaf.subject, leaf.id) in known for leaf, _ in leaves(rule.when))
