"""Statistics on the plans of many people: what the plans have in common, and which content none of them uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Final, Literal, get_args

from engine.assessment.additions import PlanEntry
from engine.assessment.ordering import EMPHASES, Emphasis
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan, PlannedStep
from engine.content.conditions import leaves
from engine.content.pack import Form
from engine.content.remarks import Contingency, Notice, Remark, RemarkSlot
from engine.content.rules import Rule
from engine.content.steps import Step
from engine.rendering.render import render_text, to_json
from engine.report.plan import Report
from engine.simulation.completion_time import Effort, Minutes, effort, effort_to_first_plan, minutes_of
from engine.simulation.population import Population
from engine.simulation.variety import Variety, VarietyCollector
from engine.simulation.word_count import WordCount, count_words

UsageCategory = Literal["rules", "actions", "cautions", "summaries", "notices", "remarks", "contingencies"]
RARELY_BELOW: Final = 0.1
"""An item hardly ever changes a plan if it does so for a smaller share of people than this."""
MOST_FIRST_THREES: Final = 5
"""How many of the most common first three steps are listed."""
_TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class MinMedianMax:
    """The minimum, the median and the maximum of a count."""

    least: float
    median: float
    most: float


@dataclass(frozen=True, slots=True)
class FirstThreeSteps:
    """Three steps, and how many people's plans begin with them."""

    steps: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True)
class HoldCounts:
    """For how many people a rule holds steps, and for how many of them it is the only rule that does."""

    people: int
    alone: int


@dataclass(frozen=True, slots=True)
class Influence:
    """For how many people another answer to an item would change the plan."""

    asked: int = 0
    """People who were asked the item."""
    changed: int = 0
    """Of those asked: one of the other answers would change the visible plan."""
    reordered: int = 0
    """Of those asked: one of the other answers would change the kind of plan, or the order of steps."""
    answered: int = 0
    """People who answered the item. The following counts are of them."""
    swapped: int = 0
    """Another person's answer would change the visible plan."""
    left_open: int = 0
    """Leaving the item open would change the visible plan."""
    untold: int = 0
    """Leaving the item open would change the visible plan, or a reason or a remark of the report."""

    @property
    def matters(self) -> float:
        """The share of those who answered whose plan would change with another person's answer, or with none.

        It is the larger of the two shares, and 0 without answers.
        """
        return max(self.swapped, self.left_open) / self.answered if self.answered else 0.0


@dataclass(frozen=True, slots=True)
class PlanStatistics:
    """The plans of many people. Counts are numbers of people, unless another unit is given."""

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
    """The number of different orders of all steps."""
    first_threes: int
    """The number of different first three steps."""
    common_threes: tuple[FirstThreeSteps, ...]
    """The most common ones."""
    holds: Mapping[str, HoldCounts]
    """By rule that can hold steps."""
    used: Mapping[UsageCategory, Mapping[str, int]]
    """How many people's plans use each part of the content: rules that fired; actions, cautions and summaries
    (``step/id``) of steps that are not held; notices; remarks (``slot/id``); contingencies."""
    words: MinMedianMax
    """Words of a report with all folds open."""
    words_folded: MinMedianMax
    """Words of a report with all folds closed."""
    minutes: Minutes
    """The time to answer."""
    minutes_to_first_plan: Minutes | None
    """The time until a first plan is offered; None if the form offers none."""
    variety: Variety
    """How much the plans differ."""
    seconds_to_assess: float | None
    """The median; None if time was not measured."""
    seconds_to_report: float | None
    items: Mapping[str, Influence] | None = None
    """By item; None if other answers were not tried."""

    @property
    def silent(self) -> tuple[str, ...]:
        """The items that hardly ever change a plan, by ``Influence.matters`` and ``RARELY_BELOW``."""
        influences = self.items or {}
        return tuple(
            name for name, influence in influences.items() if influence.answered and influence.matters < RARELY_BELOW
        )

    @property
    def unused(self) -> Mapping[UsageCategory, tuple[str, ...]]:
        """By category the content that no plan uses."""
        return {
            category: tuple(name for name, people in usage.items() if not people)
            for category, usage in self.used.items()
        }


def render_statistics(statistics: PlanStatistics, output_format: Literal["text", "json"]) -> str:
    """The statistics as text or JSON."""
    if output_format == "json":
        return to_json(statistics)
    return render_text("simulation.txt", _TEMPLATES, statistics=statistics)


@dataclass
class StatisticsCollector:
    """Counts the plans of a population one by one."""

    population: Population
    kinds: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, Emphasis]] = field(default_factory=Counter)
    orders: Counter[tuple[str, ...]] = field(default_factory=Counter)
    holders: Counter[frozenset[str]] = field(default_factory=Counter)
    """Plans by the set of all rules that hold one of their steps."""
    used: Counter[tuple[UsageCategory, str]] = field(default_factory=Counter)
    words: list[WordCount] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)
    first_efforts: list[Effort] = field(default_factory=list)
    seconds: list[tuple[float, float]] = field(default_factory=list)
    """The times that an assessment and a report took, if they were measured."""

    def __post_init__(self) -> None:
        self.pack, self.form = self.population.pack, self.population.form
        self.variety = VarietyCollector(self.pack)

    def add(self, assessment: Assessment, plan: Plan, report: Report, text: str) -> None:
        """Count one person's plan and report; ``text`` is the report's text format."""
        self.kinds[plan.kind.id] += 1
        self.steps.update((step.id, step.emphasis) for step in plan.steps)
        self.orders[tuple(step.id for step in plan.steps)] += 1
        self.holders[frozenset(rule for step in plan.steps for rule in step.held_by)] += 1
        self.used.update(("rules", firing.rule) for firing in assessment.trace.firings)
        self.used.update(set(_parts(plan.steps, plan.notices, plan.remarks, plan.contingencies)))
        self.words.append(count_words(report, text))
        self.variety.add(assessment, plan, report)
        visible, answers = assessment.responses.visible, assessment.responses.answers
        self.efforts.append(effort(self.form, visible, answers))
        if first := effort_to_first_plan(self.form, visible, answers):
            self.first_efforts.append(first)

    def statistics(self, seed: int, items: Mapping[str, Influence] | None) -> PlanStatistics:
        """The statistics of all people added, of whom there must be at least one."""
        used: dict[UsageCategory, dict[str, int]] = {category: {} for category in get_args(UsageCategory)}
        for category, name in self._possible():
            used[category][name] = self.used[category, name]
        first_threes: Counter[tuple[str, ...]] = Counter()
        for order, people in self.orders.items():
            first_threes[order[:3]] += people
        commonest = sorted(first_threes.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_FIRST_THREES]
        return PlanStatistics(
            pack=self.pack.id,
            questionnaire=self.form.questionnaire.questionnaire,
            population=self.population.file.title,
            content_digest=self.pack.content_digest,
            taken_on=self.population.taken_on,
            seed=seed,
            people=self.kinds.total(),
            kinds={kind.id: self.kinds[kind.id] for kind in self.pack.content.kinds},
            nothing_held=self.holders[frozenset()],
            steps={
                step.id: {emphasis: self.steps[step.id, emphasis] for emphasis in EMPHASES} for step in self.pack.steps
            },
            orders=len(self.orders),
            first_threes=len(first_threes),
            common_threes=tuple(FirstThreeSteps(steps, people) for steps, people in commonest),
            holds={
                rule.id: HoldCounts(used["rules"][rule.id], self.holders[frozenset({rule.id})])
                for rule in self.pack.rules
                if rule.id in used["rules"] and rule.holds
            },
            used=used,
            words=_min_median_max([count.unfolded for count in self.words]),
            words_folded=_min_median_max([count.folded for count in self.words]),
            minutes=minutes_of(self.efforts),
            minutes_to_first_plan=minutes_of(self.first_efforts) if self.first_efforts else None,
            variety=self.variety.variety(seed),
            seconds_to_assess=median(assessing for assessing, _ in self.seconds) if self.seconds else None,
            seconds_to_report=median(reporting for _, reporting in self.seconds) if self.seconds else None,
            items=items,
        )

    def _possible(self) -> Iterator[tuple[UsageCategory, str]]:
        """The content that a plan of this form could use."""
        yield from (("rules", rule.id) for rule in self.pack.rules if _can_fire(rule, self.form))
        content = self.pack.content
        yield from _parts(content.steps, content.notices, content.remarks, content.contingencies)


def _min_median_max(counts: Sequence[int]) -> MinMedianMax:
    return MinMedianMax(min(counts), median(counts), max(counts))


def _parts(
    steps: Iterable[PlannedStep | Step],
    notices: Iterable[PlanEntry | Notice],
    remarks: Mapping[RemarkSlot, Iterable[PlanEntry | Remark]],
    contingencies: Iterable[PlanEntry | Contingency],
) -> Iterator[tuple[UsageCategory, str]]:
    """The parts of a plan, or of a pack, whose use is counted. A new kind of content is added here."""
    for step in steps:
        yield from (("actions", f"{step.id}/{action.id}") for action in step.actions)
        yield from (("cautions", f"{step.id}/{caution.id}") for caution in step.cautions)
        yield from (("summaries", f"{step.id}/{summary.id}") for summary in step.summaries)
    yield from (("notices", notice.id) for notice in notices)
    yield from (("contingencies", contingency.id) for contingency in contingencies)
    yield from (("remarks", f"{slot}/{remark.id}") for slot, of_slot in remarks.items() for remark in of_slot)


def _can_fire(rule: Rule, form: Form) -> bool:
    """False for a rule that reads only what other forms ask, for example a check-in."""
    asked_subjects = {("item", name) for name in form.item_ids} | {("scale", scale.id) for scale in form.scales}
    return any(leaf.subject == "finding" or (leaf.subject, leaf.id) in asked_subjects for leaf, _ in leaves(rule.when))
