"""The reasons for a step's place: sentences of the rules that match it, with the answers behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, Literal, NamedTuple, get_args

from engine.assessment.additions import PlanEntry
from engine.assessment.ordering import Emphasis
from engine.assessment.plan import Plan, PlannedStep
from engine.content.pack import Pack
from engine.content.placeholders import clause_items
from engine.report.remarks import RepetitionFilter
from engine.report.wording import Answered, Wording

MOST_ANSWERS: Final = 3
"""The number of answers shown for a reason."""
MOST_MENTIONS: Final = 2
"""How many reasons of a report may refer to one answer while other reasons exist."""

ReasonEffect = Literal["raises", "lowers", "orders", "waits", "caps"]
_EFFECTS_BY_EMPHASIS: Final[Mapping[Emphasis, tuple[ReasonEffect, ...]]] = {
    "start_here": ("raises", "orders"),
    "focus": ("raises", "orders"),
    # The first two suffice for a step in the middle; the others are used if no rule changed its weight.
    "steady": ("raises", "lowers", "caps", "waits"),
    "light": ("lowers", "caps", "waits", "raises"),
    "not_now": (),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule's sentence with the answers behind it. None is sensitive, so they can be shown and corrected."""

    rule: str
    effect: ReasonEffect
    """What the rule did to the step: changed its weight, ordered it, or capped it."""
    sentence: str
    answers: tuple[Answered, ...]
    """At most three answers: of the items in the rule's ``because``, or else of those that made it fire. Answers that
    an earlier reason of the step shows are left out; a short report shows none."""


class FactCounter:
    """Counts how often the reasons of a report refer to an answer, to prefer answers that were used less."""

    def __init__(self) -> None:
        self._mentions: Counter[str] = Counter()

    def is_worn(self, items: Iterable[str]) -> bool:
        """True if one of these answers was used often enough."""
        return any(self._mentions[item] >= MOST_MENTIONS for item in items)

    def note(self, items: Iterable[str]) -> None:
        """Count a reason that refers to these answers."""
        self._mentions.update(items)


class _OwnTexts(NamedTuple):
    """The texts of a rule's effects for one step and change, which replace or supplement the rule's own."""

    reason: str | None
    """Their first reason; None to use the rule's."""
    lines: tuple[str, ...]
    """Their path lines, in the order of effects."""


_NO_TEXTS: Final = _OwnTexts(None, ())


@lru_cache(maxsize=32)
def _own_texts(pack: Pack) -> Mapping[tuple[str, str, ReasonEffect], _OwnTexts]:
    """By rule, step and change: the texts of the rule's effects, if they have any."""
    texts: dict[tuple[str, str, ReasonEffect], _OwnTexts] = {}
    changes: tuple[ReasonEffect, ...] = get_args(ReasonEffect)
    for rule in pack.rules:
        targets = [(effect, pack.targets(effect.target)) for effect in rule.then]
        for step in dict.fromkeys(step for _, steps in targets for step in steps):
            effects = [effect for effect, steps in targets if step in steps]
            for change in changes:
                reason = next(filter(None, (effect.own_reason(change) for effect in effects)), None)
                lines = tuple(filter(None, (effect.path_line(change) for effect in effects)))
                if reason or lines:
                    texts[rule.id, step, change] = _OwnTexts(reason, lines)
    return texts


class _Candidate(NamedTuple):
    """A reason that may be shown."""

    rule: str
    effect: ReasonEffect
    text: str


class PlanReasons:
    """What the rules of one plan say about its steps. One instance serves one report and caches what is asked
    repeatedly.
    """

    def __init__(self, words: Wording, plan: Plan) -> None:
        self.words: Final = words
        self.plan: Final = plan
        self._texts: Final = _own_texts(words.pack)
        self._kind_tells: Final = not words.kind(plan.kind.id).allowlist_only
        self._rules_to_tell: Final[dict[str, bool]] = {}
        self._behind_places: Final[dict[str, tuple[tuple[str, ReasonEffect], ...]]] = {}

    def reasons(
        self,
        planned: PlannedStep,
        memory: tuple[RepetitionFilter, FactCounter],
        limit: int,
        *,
        short: bool,
        among: frozenset[str] | None = None,
    ) -> tuple[Reason, ...]:
        """The reasons that match a step's place, at most ``limit``, the strongest first.

        Sensitive reasons, reasons that were shown before, and those for other kinds of plan are excluded. A reason
        about an answer that two reasons already used is shown only if there is no other. An allowlist-only kind shows
        none, because rules' sentences were not written for it.

        Args:
            among: the rules whose reasons may be shown; None for all.
        """
        facts = memory[1]
        worn: list[_Candidate] = []
        fitting_reasons: list[Reason] = []
        for candidate in self._candidates(planned, among):
            if len(fitting_reasons) == limit:
                break
            if facts.is_worn(self._spoken_items(candidate)):
                worn.append(candidate)
            elif (reason := self._reason(candidate, memory, fitting_reasons, short=short)) is not None:
                fitting_reasons.append(reason)
        if not fitting_reasons and limit:
            of_worn = (self._reason(candidate, memory, (), short=short) for candidate in worn)
            fitting_reasons.extend(filter(None, (next(filter(None, of_worn), None),)))
        return tuple(fitting_reasons)

    def _candidates(self, planned: PlannedStep, among: frozenset[str] | None) -> Iterator[_Candidate]:
        """The reasons that may be shown, one for each rule, computed on demand."""
        seen_rules: set[str] = set()
        for candidate in self._tellable(planned):
            if candidate.rule not in seen_rules and (among is None or candidate.rule in among):
                seen_rules.add(candidate.rule)
                yield candidate

    def _spoken_items(self, candidate: _Candidate) -> tuple[str, ...]:
        return clause_items(candidate.text) or self.plan.firings[candidate.rule].items

    def _reason(
        self,
        candidate: _Candidate,
        memory: tuple[RepetitionFilter, FactCounter],
        earlier: Iterable[Reason],
        *,
        short: bool,
    ) -> Reason | None:
        """The reason in words, which is then marked as shown; None if it was shown earlier or an answer is missing."""
        repetition, facts = memory
        firing = self.plan.firings[candidate.rule]
        if (sentence := repetition.once(candidate.text, firing)) is None:
            return None
        facts.note(self._spoken_items(candidate))
        if short:
            return Reason(candidate.rule, candidate.effect, sentence, ())
        shown = {answered for reason in earlier for answered in reason.answers}
        behind = self.words.evidence_behind(firing, clause_items(candidate.text))
        answers = [answered for answered in behind if answered not in shown]
        return Reason(candidate.rule, candidate.effect, sentence, tuple(answers[:MOST_ANSWERS]))

    def strongest_rule(self, planned: PlannedStep) -> str | None:
        """The rule of the first reason, as if none had been shown before."""
        return next((candidate.rule for candidate in self._tellable(planned)), None)

    def _tellable(self, planned: PlannedStep) -> Iterator[_Candidate]:
        """The reasons that may be shown, the strongest first."""
        if not self.tells_reasons(planned):
            return
        for rule, effect in self.behind_place(planned):
            own = self._texts.get((rule, planned.id, effect), _NO_TEXTS).reason
            text = self.words.rules[rule].because if own is None else own
            if self.may_be_shown(rule, text):
                yield _Candidate(rule, effect, text)

    def path_lines(self, planned: PlannedStep) -> Iterator[tuple[str, str]]:
        """The rules with a path line for the step's place, the strongest first, with the line."""
        if not self.tells_reasons(planned):
            return
        for rule, effect in self.behind_place(planned):
            for line in self._texts.get((rule, planned.id, effect), _NO_TEXTS).lines:
                if self.may_be_shown(rule, line):
                    yield rule, line

    def tells_reasons(self, planned: PlannedStep) -> bool:
        """False for an allowlist-only kind, and if a kind of plan replaces the step by another one."""
        return self._kind_tells and self.words.variant(planned.id, self.plan.kind.id).reasons

    def may_be_shown(self, rule: str, text: str) -> bool:
        """True if a rule's reason or line may be shown in this kind of plan and rests on evidence.

        A rule that fires because of “none of these” or of a question that was not asked may move a step, but gives no
        reason.
        """
        if rule not in self._rules_to_tell:
            self._rules_to_tell[rule] = self._may_tell_rule(rule)
        if not self._rules_to_tell[rule]:
            return False
        spoken = clause_items(text)
        return not spoken or self.words.are_evidence(self.plan.firings[rule], spoken)

    def _may_tell_rule(self, rule: str) -> bool:
        shown_in = self.words.rules[rule].reasons_shown_in
        if shown_in and self.plan.kind.id not in shown_in:
            return False
        firing = self.plan.firings[rule]
        return not firing.sensitive and self.words.rests_on_evidence(firing)

    def behind_place(self, planned: PlannedStep) -> tuple[tuple[str, ReasonEffect], ...]:
        """The rules behind a step's place, each with its change."""
        if planned.id not in self._behind_places:
            effects = _EFFECTS_BY_EMPHASIS[planned.emphasis]
            self._behind_places[planned.id] = tuple(
                (rule, effect) for effect in effects for rule in self._rules_with(effect, planned)
            )
        return self._behind_places[planned.id]

    def _rules_with(self, effect: ReasonEffect, planned: PlannedStep) -> Sequence[str]:
        match effect:
            case "raises":
                return [rule for rule, weight in planned.changes if weight > 0]
            case "lowers":
                return [rule for rule, weight in planned.changes if weight < 0]
            case "orders":
                return self._ordering_rules.get(planned.id, ())
            case "waits":
                return [rule for _, rule in planned.waits_for]
            case "caps":
                return [cap.rule for cap in planned.caps if cap.rule is not None and cap.at == planned.emphasis]

    @cached_property
    def _ordering_rules(self) -> Mapping[str, Sequence[str]]:
        """By step: the rules that order it before another one."""
        rules: dict[str, list[str]] = {}
        for step in self.plan.steps:
            for prerequisite, rule in step.waits_for:
                rules.setdefault(prerequisite, []).append(rule)
        return rules


def rules_behind(actions: Iterable[PlanEntry]) -> frozenset[str]:
    """The rules that add these actions."""
    return frozenset(rule for entry in actions for rule in entry.rules)
