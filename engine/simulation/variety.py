"""How far plans differ: which sentences they share, how each one starts, and where each line comes from.

Sentences are those of a plan's parts: wish, situation and opening, what to do and to leave alone, what steps are about,
reasons, cautions, how a step is done, contingencies, strength, tension, remarks on scales, when to come back. Notices,
held steps, help, titles, and what an answer is to (“If they say no”) are not counted, nor are plans of allowlist-only
kinds, which are alike on purpose.
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
from engine.simulation.sampling import sample_pairs

COMMON: Final = 0.6
"""A sentence that stands in this share of all plans is common."""
PAIRS: Final = 2000
"""How many pairs of plans of one kind are compared."""
MANY_ANSWERS: Final = 30
"""Who gave as many can expect that their answers say why a step stands where it does."""

SentenceKey = tuple[str, str, int]
"""What a sentence is counted as: what a text advises and its place in the text, or else its own words."""


@dataclass(frozen=True, slots=True)
class Variety:
    """How far plans differ. Shares are from 0 to 1."""

    plans: int
    """Plans whose sentences are compared."""
    common_share: float
    """The share of a plan's sentences that stand in at least 60 % of plans: the mean."""
    common_share_nine_in_ten: float
    """The same at most, for nine in ten."""
    overlap: float
    """The share of sentences that two plans of one kind have in common: the mean of random pairs."""
    highest_overlap: float
    highest_overlap_in_full: float
    """The same of pairs whose reports are not short."""
    starts: Mapping[str, int]
    """By step, how many plans start with it."""
    general_lines: float
    """The share of path lines that no rule gave, among people with at least 30 answers."""
    most_actions: int
    """The most actions that a report tells, today's among them."""
    most_actions_this_week: int
    steps_without_action: int
    """Free steps without any action, in reports that are not short."""
    steps_without_line: int
    """Free steps without a line."""
    contingencies: Mapping[str, int]
    """By contingency, how many reports tell it."""


@dataclass(frozen=True, slots=True)
class ComparedPlan:
    """The sentences of one plan."""

    keys: frozenset[SentenceKey]
    short: bool


@dataclass
class VarietyCollector:
    """Plans as they come in."""

    pack: Pack
    starts: Counter[str] = field(default_factory=Counter)
    contingencies: Counter[str] = field(default_factory=Counter)
    lines: Counter[bool] = field(default_factory=Counter)
    """Path lines of people with many answers, by whether a rule gave them."""
    most_actions: int = 0
    most_actions_this_week: int = 0
    steps_without: Counter[str] = field(default_factory=Counter)
    plans_by_kind: dict[str, list[ComparedPlan]] = field(default_factory=lambda: defaultdict(list))

    def add(self, assessment: Assessment, plan: Plan, report: Report) -> None:
        """Count one person's plan."""
        self.starts.update(step.id for step in plan.steps[:1] if not step.held)
        self.contingencies.update(contingency.id for contingency in report.contingencies)
        self._count_actions(report)
        named_only = report.short and not self._is_allowlist_only(plan)  # after the first step
        with_line = report.steps[:1] if named_only else report.steps
        self.steps_without["line"] += sum(step.line is None for step in with_line if step.place != "not_now")
        if self._is_allowlist_only(plan):
            return
        if sum(value is not None for value in assessment.responses.answers.values()) >= MANY_ANSWERS:
            lines = path_lines(PlanReasons(Wording(assessment), plan))
            self.lines.update(line.rule is not None for line in lines.values())
        compared = ComparedPlan(frozenset(_sentence_keys(assessment, plan)), report.short)
        self.plans_by_kind[plan.kind.id].append(compared)

    def variety(self, seed: int) -> Variety:
        """Everything counted; ``seed`` draws the pairs."""
        plans = [plan.keys for of_kind in self.plans_by_kind.values() for plan in of_kind]
        plans_with = Counter(key for keys in plans for key in keys)
        common = {key for key, count in plans_with.items() if count >= COMMON * len(plans)}
        shares = sorted(len(keys & common) / len(keys) for keys in plans if keys)
        pairs = list(sample_pairs(list(self.plans_by_kind.values()), PAIRS, seed))
        overlaps = [_overlap(first.keys, second.keys) for first, second in pairs]
        in_full = [
            overlap
            for overlap, (first, second) in zip(overlaps, pairs, strict=True)
            if not (first.short or second.short)
        ]
        return Variety(
            plans=len(plans),
            common_share=fmean(shares) if shares else 0.0,
            common_share_nine_in_ten=shares[(9 * len(shares) - 1) // 10] if shares else 0.0,
            overlap=fmean(overlaps) if overlaps else 0.0,
            highest_overlap=max(overlaps, default=0.0),
            highest_overlap_in_full=max(in_full, default=0.0),
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

    def _is_allowlist_only(self, plan: Plan) -> bool:
        return any(kind.allowlist_only for kind in self.pack.content.kinds if kind.id == plan.kind.id)


def _overlap(first: frozenset[SentenceKey], second: frozenset[SentenceKey]) -> float:
    """The share of sentences that two plans have in common, of those that one of them has on average."""
    return 2 * len(first & second) / max(len(first) + len(second), 1)


def _sentence_keys(assessment: Assessment, plan: Plan) -> Iterator[SentenceKey]:
    """The sentences of a person's plan, the same whatever name and pronoun were given."""
    neutral = _without_voice(assessment)
    for kind, text, advice in _texts(Wording(neutral), plan, build_report(neutral)):
        text_sentences = sentences(text)
        if advice is not None:
            yield from ((kind, advice, number) for number in range(len(text_sentences)))
        else:
            yield from (("", sentence, 0) for sentence in text_sentences)


def _without_voice(assessment: Assessment) -> Assessment:
    """The same sitting without name and pronoun: its plan is arranged already."""
    voice = assessment.pack.content.voice
    asked = {voice.pronoun_item, voice.name_item} if voice else set()
    answers = {name: value for name, value in assessment.responses.answers.items() if name not in asked}
    return replace(assessment, responses=replace(assessment.responses, answers=MappingProxyType(answers)))


TextInPlan = tuple[str, str, str | None]
"""What kind of text it is, its words, and what it advises if the content says so."""


def _texts(words: Wording, plan: Plan, report: Report) -> Iterator[TextInPlan]:
    """The texts of a plan's parts."""
    for slot, texts in _remarks_of(report).items():
        advice = _advice_of_remarks(words, plan, slot)  # of a scale the words of its band may stand there too
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
    """By its words what each remark of a place advises, of those that may be said in a plan."""
    remarks = {remark.id: remark for remark in words.pack.content.remarks.get(slot, ())}
    advice: dict[str | None, str | None] = {}
    for entry in plan.remarks.get(slot, ()):
        firings: list[Firing | None] = [plan.firings[rule] for rule in entry.rules]
        for firing in firings or [None]:
            advice.setdefault(words.sentence(remarks[entry.id].text, firing), remarks[entry.id].advice)
    return advice
