"""What many people's plans have in common, and what none of them uses."""

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
from engine.content.pack import Form, Pack
from engine.content.remarks import Contingency, Notice, Remark, RemarkSlot
from engine.content.rules import Rule
from engine.content.steps import Step
from engine.rendering.render import render_text, to_json
from engine.report.plan import Report
from engine.simulation.completion_time import Effort, Minutes, effort, effort_to_first_plan, minutes_of
from engine.simulation.variety import Variety, VarietyCollector
from engine.simulation.word_count import WordCount, count_words

UsageCategory = Literal["rules", "actions", "cautions", "summaries", "notices", "remarks", "contingencies"]
RARELY_BELOW: Final = 0.1
"""For a smaller share of people than this, an item hardly ever changes a plan."""
MOST_FIRST_THREES: Final = 5
"""How many of the commonest first three steps are named."""
_TEMPLATES: Final = Path(__file__).parent / "templates"


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

    asked: int = 0
    changed: int = 0
    """Something else in the plan: its kind, a notice, the order, an emphasis, an action, a caution."""
    reordered: int = 0
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
    """Rules that fired; actions, cautions and summaries (step/id) of steps that are not held; notices; remarks
    (place/id); contingencies."""
    words: MinMedianMax
    """Length of the reports, with all folds open."""
    words_folded: MinMedianMax
    """The same while they are closed."""
    minutes: Minutes
    """How long it takes to answer."""
    minutes_to_first_plan: Minutes | None
    """The same until a first plan is offered."""
    variety: Variety
    """How far the plans differ."""
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


def render_statistics(statistics: PlanStatistics, output_format: Literal["text", "json"]) -> str:
    """The statistics as text or JSON."""
    if output_format == "json":
        return to_json(statistics)
    return render_text("simulation.txt", _TEMPLATES, statistics=statistics)


@dataclass
class StatisticsCollector:
    """Plans as they come in."""

    pack: Pack
    form: Form
    kinds: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, Emphasis]] = field(default_factory=Counter)
    orders: Counter[tuple[str, ...]] = field(default_factory=Counter)
    holders: Counter[frozenset[str]] = field(default_factory=Counter)
    """All rules that hold a step of a plan."""
    used: Counter[tuple[UsageCategory, str]] = field(default_factory=Counter)
    words: list[WordCount] = field(default_factory=list)
    efforts: list[Effort] = field(default_factory=list)
    first_efforts: list[Effort] = field(default_factory=list)
    seconds: list[tuple[float, float]] = field(default_factory=list)
    """How long an assessment and a report took, if it was measured."""

    def __post_init__(self) -> None:
        self.variety = VarietyCollector(self.pack)

    def add(self, assessment: Assessment, plan: Plan, report: Report) -> None:
        """Count one person's plan, and the words of the report."""
        self.kinds[plan.kind.id] += 1
        self.steps.update((step.id, step.emphasis) for step in plan.steps)
        self.orders[tuple(step.id for step in plan.steps)] += 1
        self.holders[frozenset(rule for step in plan.steps for rule in step.held_by)] += 1
        self.used.update(("rules", firing.rule) for firing in assessment.trace.firings)
        self.used.update(set(_parts(plan.steps, plan.notices, plan.remarks, plan.contingencies)))
        self.words.append(count_words(report))
        self.variety.add(assessment, plan, report)
        shown_and_answered = assessment.responses.visible, assessment.responses.answers
        self.efforts.append(effort(self.form, *shown_and_answered))
        first = effort_to_first_plan(self.form, *shown_and_answered)
        self.first_efforts += [first] if first else []

    def statistics(
        self, population: str, taken_on: date, seed: int, items: Mapping[str, Influence] | None
    ) -> PlanStatistics:
        """Everything counted. At least one person must have been."""
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
            population=population,
            content_digest=self.pack.content_digest,
            taken_on=taken_on,
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
            words=_spread([count.unfolded for count in self.words]),
            words_folded=_spread([count.folded for count in self.words]),
            minutes=minutes_of(self.efforts),
            minutes_to_first_plan=minutes_of(self.first_efforts) if self.first_efforts else None,
            variety=self.variety.variety(seed),
            seconds_to_assess=median(assessing for assessing, _ in self.seconds) if self.seconds else None,
            seconds_to_report=median(reporting for _, reporting in self.seconds) if self.seconds else None,
            items=items,
        )

    def _possible(self) -> Iterator[tuple[UsageCategory, str]]:
        """What a plan of this form could show."""
        yield from (("rules", rule.id) for rule in self.pack.rules if _can_fire(rule, self.form))
        content = self.pack.content
        yield from _parts(content.steps, content.notices, content.remarks, content.contingencies)


def _spread(counts: Sequence[int]) -> MinMedianMax:
    return MinMedianMax(min(counts), median(counts), max(counts))


def _parts(
    steps: Iterable[PlannedStep | Step],
    notices: Iterable[PlanEntry | Notice],
    remarks: Mapping[RemarkSlot, Iterable[PlanEntry | Remark]],
    contingencies: Iterable[PlanEntry | Contingency],
) -> Iterator[tuple[UsageCategory, str]]:
    """What of a plan, or of a pack, is counted as used. A new kind of thing is added here."""
    for step in steps:
        yield from (("actions", f"{step.id}/{action.id}") for action in step.actions)
        yield from (("cautions", f"{step.id}/{caution.id}") for caution in step.cautions)
        yield from (("summaries", f"{step.id}/{summary.id}") for summary in step.summaries)
    yield from (("notices", notice.id) for notice in notices)
    yield from (("contingencies", contingency.id) for contingency in contingencies)
    yield from (("remarks", f"{slot}/{remark.id}") for slot, of_slot in remarks.items() for remark in of_slot)


def _can_fire(rule: Rule, form: Form) -> bool:
    """False for rules that read only what other forms ask, such as a check-in."""
    asked_subjects = {("item", name) for name in form.item_ids} | {("scale", scale.id) for scale in form.scales}
    return any(leaf.subject == "finding" or (leaf.subject, leaf.id) in asked_subjects for leaf, _ in leaves(rule.when))
