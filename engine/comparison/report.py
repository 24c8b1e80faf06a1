"""A comparison of two sittings with every text resolved: the documented context of the comparison templates.

It reports what changed and does not judge the change. Answers to sensitive items are never part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from engine.assessment.ordering import EMPHASES
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Placement, Plan, arrange, is_short
from engine.comparison.changes import CannotCompare, Comparison, NoAttribution, StepMove
from engine.comparison.counterfactuals import TIME
from engine.comparison.scales import (
    Headline,
    ScaleThenAndNow,
    ScaleWording,
    WordsThenAndNow,
    headline_of,
    is_sober,
    lasting_notices,
)
from engine.comparison.steps import HeldSteps, StepAsBefore, held_steps, is_named, steps_as_before, title_in_plan
from engine.content.items.base import Item
from engine.report.scales import past_items
from engine.report.wording import Wording

MOST_CAUSES: Final = 3
"""How many causes of a move are named, unless everything is asked for."""
SMALL_SHIFT: Final = 2
"""A move is a small shift if the emphasis stays and the position changes by at most this."""


@dataclass(frozen=True, slots=True)
class ChangeMessage:
    """The content's message that a lasting notice is no longer raised. It does not say which notice."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A changed answer that moved a step."""

    item: str
    said: str | None
    """The later answer as a clause in the second person; None if the content has no clause for it."""
    question: str


@dataclass(frozen=True, slots=True)
class MoveInReport:
    """A step that moved, and why. A placement is None if that plan does not have the step."""

    step: str
    title: str
    before: Placement | None
    after: Placement | None
    causes: tuple[Cause, ...] | None
    """The answers that moved it, the strongest first, without sensitive ones; None if causes are not shown."""
    more: int
    """How many further causes there are, which are named if everything is asked for."""
    time: bool
    """True if the days between the sittings are among the causes."""
    hidden: bool
    """True if a sensitive answer is among the causes."""
    aside: bool
    """True if the content hides the causes of this step's moves (``hide_own_causes``): it is listed last."""
    note: str | None
    """The content's text in place of hidden causes."""


@dataclass(frozen=True, slots=True)
class AnswerThenAndNow:
    """A changed answer to an item that is not sensitive. An empty tuple means unanswered."""

    question: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    without_effect: bool
    """True if it changes nothing in the plan."""


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """A comparison of two sittings, in reading order."""

    title: str
    before_on: date
    after_on: date
    days: int
    changed: ChangeMessage | None
    """Shown above everything else."""
    kind_now: str | None
    """The title of the kind of plan; None if the kind did not change. With it, the headline has no scores and does not
    encourage."""
    short: bool
    """True if the report is kept short: it then has no scales, steps or answers."""
    headline: Headline
    """Which of the first sentences is used."""
    scales: tuple[ScaleThenAndNow, ...]
    in_words: tuple[WordsThenAndNow, ...]
    sources: tuple[str, ...]
    """The sources of the thresholds for a clear change."""
    seen_differently: tuple[AnswerThenAndNow, ...]
    """Changed answers in sections about the past (``frame: then``), if both were given. They have no direction."""
    moves: tuple[MoveInReport, ...]
    """Steps that came or went, changed their emphasis or moved far."""
    small_shifts: tuple[MoveInReport, ...]
    """All other steps that moved."""
    as_before: tuple[StepAsBefore, ...]
    held: HeldSteps | None
    """The held steps of the later plan; None if it has none, or if steps are not shown."""
    hidden_causes: str | None
    """The content's sentence in place of causes that it hides (``hide_own_causes``), shown once."""
    no_attribution: NoAttribution | None
    answers: tuple[AnswerThenAndNow, ...]
    """All other changed answers."""
    cannot_compare: tuple[tuple[str, CannotCompare], ...]
    """The titles of scales that cannot be compared, each with the reason."""


def build_comparison_report(
    comparison: Comparison,
    before: Assessment,
    after: Assessment,
    *,
    everything: bool = False,
    plans: tuple[Plan | None, Plan | None] = (None, None),
    short: bool = False,
    named: Assessment | None = None,
) -> ComparisonReport:
    """Build the report of a comparison, in the words of the later sitting's content.

    Args:
        comparison: the result of :func:`engine.comparison.changes.compare` for the two sittings.
        before: the earlier sitting.
        after: the later sitting.
        everything: name all causes, and include scales and moves where the report would be short. Such a report still
            names no answers and no held steps.
        plans: the plans as they were shown, if check-ins were added to them. They decide about ``changed``, the kind of
            plan, and whether the report is short.
        short: make the report short even if the plans do not require it.
        named: the full sitting that a check-in belongs to, which provides name and pronoun. The default is the other
            sitting, if that is a full one.
    """
    return _ComparisonReporter(comparison, before, after, plans, named).report(everything=everything, short=short)


class _ComparisonReporter:
    def __init__(
        self,
        comparison: Comparison,
        before: Assessment,
        after: Assessment,
        plans: tuple[Plan | None, Plan | None],
        named: Assessment | None,
    ) -> None:
        self._comparison, self._before, self._after = comparison, before, after
        # A check-in has no plan: what its gates did still gives notices and a kind.
        self._plan_before = plans[0] or before.plan or arrange(before.pack, before.trace)
        self._plan_after = plans[1] or after.plan or arrange(after.pack, after.trace)
        named = named or next((assessment for assessment in (after, before) if assessment.form.has_plan), None)
        self._earlier, self._later = (
            Wording(assessment, named=None if assessment.form.has_plan else named) for assessment in (before, after)
        )
        self._raised_before, self._raised_after = (
            {notice.id for notice in plan.notices} for plan in (self._plan_before, self._plan_after)
        )
        self._hidden = after.pack.content.hide_own_causes
        self._with_hidden_causes = after.pack.targets(self._hidden) if self._hidden else ()
        self._held = held_steps(self._later, self._plan_after)

    def report(self, *, everything: bool, short: bool) -> ComparisonReport:
        comparison, later = self._comparison, self._later
        # Either kind of plan makes a comparison discreet, but a notice only if the later plan raises it. A discreet one
        # names no answers and no held steps, even if everything is asked for.
        discreet = short or self._earlier.kind(self._plan_before.kind.id).short
        discreet = discreet or is_short(self._after.pack, self._plan_after)
        short = discreet and not everything
        if discreet and self._held is not None and self._held.named:
            self._held = replace(self._held, heading=None, because=None, named=False)
        changes = () if short else comparison.scales
        scales = ScaleWording(changes, (self._before, self._after), (self._earlier, later))
        changed, kind_now, bars = self._changed(), self._kind_now(), tuple(scales.bars())
        headline = headline_of(bars, sober=changed is not None or self._rules_out_encouragement())
        if kind_now is not None:  # the headline is then about the kind of plan, and about no score
            headline = "calm" if headline == "easier" else headline
            bars = tuple(replace(scale, in_headline=False) for scale in bars)
        limit = len(comparison.answers) if everything else MOST_CAUSES
        moves = [] if short else sorted(self._moves(limit), key=lambda move: move.aside)
        if discreet:
            moves = [replace(move, causes=None, more=0, time=False, hidden=False, note=None) for move in moves]
        large_moves = tuple(move for move in moves if not _is_small(move))
        answers = [] if discreet else list(self._answers())
        before_on, after_on = self._before.provenance.as_of, self._after.provenance.as_of
        plans = self._before.plan, self._after.plan  # without check-ins, like the moves
        return ComparisonReport(
            title=later.say(self._after.pack.content.title),
            before_on=before_on,
            after_on=after_on,
            days=(after_on - before_on).days,
            changed=changed,
            kind_now=kind_now,
            short=short,
            headline=headline,
            scales=bars,
            in_words=tuple(scales.in_words()),
            sources=scales.sources(),
            seen_differently=tuple(answer for is_past, answer in answers if is_past),
            moves=large_moves,
            small_shifts=tuple(move for move in moves if _is_small(move)),
            as_before=() if short else tuple(steps_as_before(later, plans, self._held, self._with_hidden_causes)),
            held=None if short or comparison.no_attribution == "no_plan" else self._held,
            hidden_causes=None if discreet else self._hidden_causes(large_moves),
            no_attribution=None if short else comparison.no_attribution,
            answers=tuple(answer for is_past, answer in answers if not is_past),
            cannot_compare=tuple(scales.cannot_compare()),
        )

    def _changed(self) -> ChangeMessage | None:
        """The message that a lasting notice is gone; None if a check-in did not ask what could have raised it."""
        if self._before.form.has_plan and not self._after.form.has_plan:
            return None
        message = self._after.pack.content.changed or self._before.pack.content.changed
        gone = lasting_notices(self._after.pack, self._before.pack) & (self._raised_before - self._raised_after)
        return (
            ChangeMessage(self._later.say(message.title), self._later.say(message.text)) if message and gone else None
        )

    def _rules_out_encouragement(self) -> bool:
        """Whether encouragement is ruled out: by ``sober_when``, or by a new lasting notice."""
        new = self._raised_after - self._raised_before
        return is_sober(self._after) or bool(new & lasting_notices(self._after.pack))

    def _kind_now(self) -> str | None:
        """The title of the later kind of plan, if both sittings have a plan and the kinds differ."""
        kind = self._plan_after.kind.id
        with_plans = self._before.form.has_plan and self._after.form.has_plan
        return (
            self._later.say(self._later.kind(kind).title) if with_plans and kind != self._plan_before.kind.id else None
        )

    def _moves(self, limit: int) -> Iterator[MoveInReport]:
        later = self._later
        sensitive = {change.item for change in self._comparison.answers if change.sensitive}
        for move in (move for move in self._comparison.moves if is_named(self._held, move.after)):
            words, plan = (later, self._plan_after) if move.after else (self._earlier, self._plan_before)
            aside = move.step in self._with_hidden_causes
            causes = None if aside else move.causes
            quotable = [later.pack.items[name] for name in causes or () if name != TIME and name not in sensitive]
            quoted = (Cause(item.id, _clause(later, item), later.say(item.text)) for item in quotable[:limit])
            yield MoveInReport(
                step=move.step,
                title=title_in_plan(words, move.step, plan),
                before=move.before,
                after=move.after,
                causes=None if causes is None else tuple(quoted),
                more=len(quotable[limit:]),
                time=TIME in (causes or ()),
                hidden=not sensitive.isdisjoint(causes or ()),
                aside=aside,
                note=self._note(move) if aside else None,
            )

    def _note(self, move: StepMove) -> str | None:
        """The content's text in place of the hidden causes of a move; None if a gate fired in either sitting.

        ``gained`` and ``lost`` apply if the finding changed and the step moved in the same direction.
        """
        hidden = self._hidden
        if hidden is None or move.before is None or move.after is None or self._comparison.no_attribution:
            return None
        sittings = ((self._earlier, self._before), (self._later, self._after))
        if any(words.rules[rule].gate for words, sitting in sittings for rule in sitting.trace.rules):
            return None
        had, has = (hidden.finding in sitting.trace.findings for _, sitting in sittings)
        before, after = (
            (placement.position, EMPHASES.index(placement.emphasis)) for placement in (move.before, move.after)
        )
        text = (hidden.gained if has else hidden.lost) if has != had and has == (after < before) else None
        return self._later.say_optional(text or hidden.otherwise)

    def _hidden_causes(self, moves: tuple[MoveInReport, ...]) -> str | None:
        """The content's sentence for hidden causes, if one of these moves has some."""
        if self._hidden is None or self._comparison.no_attribution or not any(move.aside for move in moves):
            return None
        return self._later.say_optional(self._hidden.text)

    def _answers(self) -> Iterator[tuple[bool, AnswerThenAndNow]]:
        """The changed answers, each with True if it is about the past and was answered in both sittings."""
        past = past_items(self._after.form)
        for change in (change for change in self._comparison.answers if not change.sensitive):
            later = self._later.answered(self._after.pack.items[change.item], change.after)
            before = self._earlier.answered(self._before.pack.items[change.item], change.before).answer
            without_effect = change.item in self._comparison.without_effect
            answer = AnswerThenAndNow(later.question, before, later.answer, without_effect)
            yield change.item in past and bool(before and later.answer), answer


def _clause(words: Wording, item: Item) -> str | None:
    return words.clause(item, words.answers.get(item.id)) if item.said_as == "clause" else None


def _is_small(move: MoveInReport) -> bool:
    """Whether a move is a small shift. Every move between held places is: held steps are not ranked."""
    if move.before is None or move.after is None or move.before.emphasis != move.after.emphasis:
        return False
    return move.after.emphasis == "not_now" or abs(move.after.position - move.before.position) <= SMALL_SHIFT
