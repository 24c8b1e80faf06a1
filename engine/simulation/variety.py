"""Measures of how much plans differ: the sentences they share, their first steps, and the rules behind their lines.

The sentences come from these parts of a plan: wish, situation, opening, actions, what to leave alone, summaries,
reasons, cautions, when a step is done, contingencies, strength, tension, remarks on scales, when to come back. Notices,
held steps, help lines, titles, and the conditions of replies (“If they say no”) are not counted. Neither are plans of
allowlist-only kinds, which are alike on purpose.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from types import MappingProxyType
from typing import Final

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Plan
from engine.assessment.trace import Firing
from engine.content.pack import Pack
from engine.content.remarks import RemarkSlot
from engine.report.path import path_lines
from engine.report.plan import Report, build_report
from engine.report.reasons import PlanReasons
from engine.report.remarks import sentences
from engine.report.wording import Wording
from engine.simulation.completion_time import nine_in_ten
from engine.simulation.sampling import sample_pairs

COMMON: Final = 0.6
"""A sentence is common if at least this share of all plans has it."""
PAIRS: Final = 2000
"""The number of random pairs of plans of one kind that are compared."""
MANY_ANSWERS: Final = 30
"""The least number of answers for which a plan should give a reason for each step's place."""

SentenceKey = tuple[str, str, int]
"""The identity of a sentence: kind of text, advice and number of the sentence; for a text without advice, its words."""


@dataclass(frozen=True, slots=True)
class Variety:
    """How much plans differ. Shares are from 0 to 1."""

    plans: int
    """The number of plans whose sentences are compared."""
    common_share: float
    """The share of a plan's sentences that are common (``COMMON``): the mean over plans."""
    common_share_nine_in_ten: float
    """The 90th percentile of the same share."""
    overlap: float
    """The share of sentences that two plans of one kind have in common (Dice): the mean over random pairs."""
    highest_overlap: float
    highest_overlap_in_full: float
    """The highest overlap among pairs in which neither report is short."""
    starts: Mapping[str, int]
    """By step the number of plans that start with it."""
    general_lines: float
    """The share of path lines that do not come from a rule, among people with at least ``MANY_ANSWERS``."""
    most_actions: int
    """The largest number of actions in a report, including today's."""
    most_actions_this_week: int
    steps_without_action: int
    """The number of free steps without an action, in reports that are not short."""
    steps_without_line: int
    """The number of free steps without a line."""
    contingencies: Mapping[str, int]
    """By contingency the number of reports that have it."""


@dataclass(frozen=True, slots=True)
class ComparedPlan:
    """The sentences of one plan."""

    keys: frozenset[SentenceKey]
    short: bool


@dataclass
class VarietyCollector:
    """Counts plans one by one."""

    pack: Pack
    starts: Counter[str] = field(default_factory=Counter)
    contingencies: Counter[str] = field(default_factory=Counter)
    lines: Counter[bool] = field(default_factory=Counter)
    """Path lines of people with many answers, by whether they come from a rule."""
    most_actions: int = 0
    most_actions_this_week: int = 0
    steps_without: Counter[str] = field(default_factory=Counter)
    plans_by_kind: dict[str, list[ComparedPlan]] = field(default_factory=lambda: defaultdict(list))

    def add(self, assessment: Assessment, plan: Plan, report: Report) -> None:
        """Count one person's plan."""
        self.starts.update(step.id for step in plan.steps[:1] if not step.held)
        self.contingencies.update(contingency.id for contingency in report.contingencies)
        self._count_actions(report)
        words = Wording(assessment)
        is_allowlist_only = words.kind(plan.kind.id).allowlist_only
        named_only = report.short and not is_allowlist_only  # its other steps have titles only
        with_line = report.steps[:1] if named_only else report.steps
        self.steps_without["line"] += sum(step.line is None for step in with_line if step.place != "not_now")
        if is_allowlist_only:
            return
        if sum(value is not None for value in assessment.responses.answers.values()) >= MANY_ANSWERS:
            lines = path_lines(PlanReasons(words, plan))
            self.lines.update(line.rule is not None for line in lines.values())
        compared = ComparedPlan(frozenset(_sentence_keys(assessment, plan)), report.short)
        self.plans_by_kind[plan.kind.id].append(compared)

    def variety(self, seed: int) -> Variety:
        """The measures of all plans counted; the pairs are drawn with ``seed``."""
        plans = [plan.keys for of_kind in self.plans_by_kind.values() for plan in of_kind]
        plans_with = Counter(key for keys in plans for key in keys)
        common = {key for key, count in plans_with.items() if count >= COMMON * len(plans)}
        shares = [len(keys & common) / len(keys) for keys in plans if keys]
        pairs = sample_pairs(list(self.plans_by_kind.values()), PAIRS, seed)
        overlaps = [(_overlap(first, second), first.short or second.short) for first, second in pairs]
        return Variety(
            plans=len(plans),
            common_share=fmean(shares) if shares else 0.0,
            common_share_nine_in_ten=nine_in_ten(shares) if shares else 0.0,
            overlap=fmean(overlap for overlap, _ in overlaps) if overlaps else 0.0,
            highest_overlap=max((overlap for overlap, _ in overlaps), default=0.0),
            highest_overlap_in_full=max((overlap for overlap, is_short in overlaps if not is_short), default=0.0),
            starts={step.id: self.starts[step.id] for step in self.pack.steps},
            general_lines=self.lines[False] / max(self.lines.total(), 1),
            most_actions=self.most_actions,
            most_actions_this_week=self.most_actions_this_week,
            steps_without_action=self.steps_without["action"],
            steps_without_line=self.steps_without["line"],
            contingencies={
                contingency.id: self.contingencies[contingency.id] for contingency in self.pack.content.contingencies
            },
        )

    def _count_actions(self, report: Report) -> None:
        today = 1 if report.today else 0
        this_week = today + sum(len(step.actions) for step in report.this_week)
        self.most_actions_this_week = max(self.most_actions_this_week, this_week)
        self.most_actions = max(self.most_actions, this_week + sum(len(step.actions) for step in report.later))
        if not report.short:
            with_today = report.today.step if report.today else None
            free_steps = (*report.this_week, *report.later)
            self.steps_without["action"] += sum(not step.actions and step.id != with_today for step in free_steps)


def _overlap(first: ComparedPlan, second: ComparedPlan) -> float:
    """The Dice coefficient of two plans: common sentences over the mean number (Dice 1945, Ecology 26, 297-302)."""
    return 2 * len(first.keys & second.keys) / max(len(first.keys) + len(second.keys), 1)


def _sentence_keys(assessment: Assessment, plan: Plan) -> Iterator[SentenceKey]:
    """The sentences of a person's plan, as they are without a name and a pronoun.

    The report is built once more for this: in a finished text the name and the pronoun cannot be recognised.
    """
    neutral = _without_voice(assessment)
    for kind, text, advice in _texts(Wording(neutral), plan, build_report(neutral)):
        for number, sentence in enumerate(sentences(text)):
            yield ("", sentence, 0) if advice is None else (kind, advice, number)


def _without_voice(assessment: Assessment) -> Assessment:
    """The sitting without the answers for name and pronoun, and with the same plan."""
    voice = assessment.pack.content.voice
    asked = {voice.pronoun_item, voice.name_item} if voice else set()
    answers = {name: value for name, value in assessment.responses.answers.items() if name not in asked}
    return replace(assessment, responses=replace(assessment.responses, answers=MappingProxyType(answers)))


TextInPlan = tuple[str, str, str | None]
"""The kind of text, its words, and the ``advice`` that the content gives for it, if any."""


def _texts(words: Wording, plan: Plan, report: Report) -> Iterator[TextInPlan]:
    """The texts of a plan's parts."""
    for slot, texts in _remarks_of(report).items():
        advice = _advice_of_remarks(words, plan, slot)  # a text that is not in it is the words of a band
        yield from (("remark", text, advice[text]) for text in texts if text and text in advice)
    for step in report.steps:
        if step.place == "not_now":
            continue
        content = words.steps[step.id]
        actions = {action.id: action.advice for action in content.actions}
        cautions = {words.say(caution.text): caution.advice for caution in content.cautions}
        summaries = {words.say(summary.text): summary.advice for summary in content.summaries}
        today = [report.today.action] if report.today and report.today.step == step.id else []
        yield from (("action", action.text, actions[action.id]) for action in (*today, *step.actions))
        yield from (("caution", text, cautions.get(text)) for text in step.cautions)
        yield from (("reason", reason.sentence, None) for reason in step.reasons)
        if step.summary:
            yield "summary", step.summary, summaries.get(step.summary)
        yield from (("step", text, None) for text in (step.default_reason, step.done_when) if text)
    for contingency in report.contingencies:
        replies = [reply.text for reply in contingency.replies]
        yield from (("contingency", text, None) for text in (contingency.text, *replies, contingency.after) if text)


def _remarks_of(report: Report) -> Mapping[RemarkSlot, Sequence[str | None]]:
    return {
        "wish": [report.wish],
        "situation": report.situation,
        "opening": [report.opening],
        "leave_alone": [report.leave_alone],
        "strength": [report.strength],
        "tension": [report.tension],
        "scale": [scale.band.words for scale in report.scales if scale.band],
        "come_back": [report.come_back.text if report.come_back else None],
    }


def _advice_of_remarks(words: Wording, plan: Plan, slot: RemarkSlot) -> Mapping[str | None, str | None]:
    """The ``advice`` of each remark that a plan may show in a slot, by the words of the remark."""
    remarks = {remark.id: remark for remark in words.pack.content.remarks.get(slot, ())}
    advice: dict[str | None, str | None] = {}
    for entry in plan.remarks.get(slot, ()):
        firings: list[Firing | None] = [plan.firings[rule] for rule in entry.rules]
        for firing in firings or [None]:
            advice.setdefault(words.sentence(remarks[entry.id].text, firing), remarks[entry.id].advice)
    return advice
