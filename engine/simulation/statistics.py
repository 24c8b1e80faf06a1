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
from engine.content.rules import Rule
from engine.simulation.completion_time import Effort, Minutes, effort, effort_to_first_plan, minutes_of

UsageCategory = Literal["rules", "actions", "cautions", "notices", "remarks"]
RARELY_BELOW: Final = 0.1
"""For a smaller share of people than this, an item hardly ever changes a plan."""
MOST_FIRST_THREES: Final = 5
"""How many of the commonest first three steps are named."""


@dataclass(frozen=True, slots=True)
class MinMedianMax:
    """Least, middle and most of what was counted."""

    least: float
    median: float
    most: float


@dataclass(frozen=True, slots=True)
class FirstThreeSteps:
    """The first three steps of some people's plans."""

    steps: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True)
class HoldCounts:
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
    common_threes: tuple[FirstThreeSteps, ...]
    holds: Mapping[str, HoldCounts]
    """By rule that can hold steps."""
    used: Mapping[UsageCategory, Mapping[str, int]]
    """Rules that fired, actions and cautions (step/id) of steps that are not held, notices, remarks (place/id)."""
    words: MinMedianMax
    """Length of the reports, with all folds open."""
    words_folded: MinMedianMax
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
        influences = self.items or {}
        return tuple(
            name for name, influence in influences.items() if influence.answered and influence.matters < RARELY_BELOW
        )

    @property
    def unused(self) -> Mapping[UsageCategory, tuple[str, ...]]:
        """What nobody's plan used."""
        return {
            category: tuple(name for name, people in usage.items() if not people)
            for category, usage in self.used.items()
        }


@dataclass
class StatisticsCollector:
    """Plans as they come in."""

    pack: Pack
    form: Form
    people: int = 0
    nothing_held: int = 0
    sole_holds: Counter[str] = field(default_factory=Counter)
    """By rule the people for whom it is the only one that holds."""
    kinds: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, Emphasis]] = field(default_factory=Counter)
    orders: Counter[tuple[str, ...]] = field(default_factory=Counter)
    first_threes: Counter[tuple[str, ...]] = field(default_factory=Counter)
    used: Counter[tuple[UsageCategory, str]] = field(default_factory=Counter)
    words: list[int] = field(default_factory=list)
    words_folded: list[int] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)
    first_efforts: list[Effort] = field(default_factory=list)
    assess_seconds: list[float] = field(default_factory=list)
    report_seconds: list[float] = field(default_factory=list)

    def add(self, assessment: Assessment, plan: Plan, words: int, folded: int) -> None:
        """Count one person's plan, and the words of the report: with its folds open, and closed."""
        order = tuple(step.id for step in plan.steps)
        self.people += 1
        self.nothing_held += not any(step.held for step in plan.steps)
        holding = {rule for step in plan.steps for rule in step.held_by}
        self.sole_holds.update(holding if len(holding) == 1 else ())
        self.kinds[plan.kind.id] += 1
        self.steps.update((step.id, step.emphasis) for step in plan.steps)
        self.orders[order] += 1
        self.first_threes[order[:3]] += 1
        self.used.update(("rules", firing.rule) for firing in assessment.trace.firings)
        self.used.update(set(_shown_in(plan)))
        self.words.append(words)
        self.words_folded.append(folded)
        shown_and_answered = assessment.responses.visible, assessment.responses.answers
        self.efforts.append(effort(self.form, *shown_and_answered))
        first = effort_to_first_plan(self.form, *shown_and_answered)
        self.first_efforts += [first] if first else []

    def statistics(
        self, population: str, taken_on: date, seed: int, items: Mapping[str, Influence] | None
    ) -> PlanStatistics:
        """Everything counted. At least one person must have been."""
        used: dict[UsageCategory, dict[str, int]] = {category: {} for category in get_args(UsageCategory)}
        for category, name in _possible(self.pack, self.form):
            used[category][name] = self.used[category, name]
        rules = {rule.id: rule for rule in self.pack.rules}
        threes = sorted(self.first_threes.items(), key=lambda entry: (-entry[1], entry[0]))
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
            first_threes=len(self.first_threes),
            common_threes=tuple(FirstThreeSteps(steps, people) for steps, people in threes[:MOST_FIRST_THREES]),
            holds={
                name: HoldCounts(people, self.sole_holds[name])
                for name, people in used["rules"].items()
                if rules[name].holds
            },
            used=used,
            words=_spread(self.words),
            words_folded=_spread(self.words_folded),
            minutes=minutes_of(self.efforts),
            minutes_to_first_plan=minutes_of(self.first_efforts) if self.first_efforts else None,
            seconds_to_assess=median(self.assess_seconds) if self.assess_seconds else None,
            seconds_to_report=median(self.report_seconds) if self.report_seconds else None,
            items=items,
        )


def _spread(counts: Sequence[int]) -> MinMedianMax:
    return MinMedianMax(min(counts), median(counts), max(counts))


# What is counted as used: whoever adds a sort of thing to plans adds it to both of these, and to `UsageCategory`.


def _shown_in(plan: Plan) -> Iterator[tuple[UsageCategory, str]]:
    """What a plan shows."""
    for step in plan.steps:
        yield from (("actions", f"{step.id}/{action.id}") for action in step.actions)
        yield from (("cautions", f"{step.id}/{caution.id}") for caution in step.cautions)
    yield from (("notices", notice.id) for notice in plan.notices)
    yield from (("remarks", f"{slot}/{remark.id}") for slot, remarks in plan.remarks.items() for remark in remarks)


def _possible(pack: Pack, form: Form) -> Iterator[tuple[UsageCategory, str]]:
    """What a plan of this form could show."""
    yield from (("rules", rule.id) for rule in pack.rules if _can_fire(rule, form))
    for step in pack.steps:
        yield from (("actions", f"{step.id}/{action.id}") for action in step.actions)
        yield from (("cautions", f"{step.id}/{caution.id}") for caution in step.cautions)
    yield from (("notices", notice.id) for notice in pack.content.notices)
    yield from (
        ("remarks", f"{slot}/{remark.id}") for slot, remarks in pack.content.remarks.items() for remark in remarks
    )


def _can_fire(rule: Rule, form: Form) -> bool:
    """False for rules that read only what other forms ask, such as a check-in."""
    asked_subjects = {("item", name) for name in form.item_ids} | {("scale", scale.id) for scale in form.scales}
    return any(leaf.subject == "finding" or (leaf.subject, leaf.id) in asked_subjects for leaf, _ in leaves(rule.when))
