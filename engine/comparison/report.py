"""Two sittings with every word resolved: the documented context of the comparison templates.

It says what changed and never how good that is. Changed answers to sensitive items are quoted in no format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from engine.assessment.ordering import EMPHASES
from engine.assessment.pipeline import Assessment, holds
from engine.assessment.plan import Placement, Plan, arrange, is_short
from engine.comparison.changes import CannotCompare, Comparison, NoAttribution, StepMove
from engine.comparison.counterfactuals import TIME
from engine.comparison.scales import ScaleThenAndNow, ScaleWording, WordsThenAndNow
from engine.comparison.standing import HeldSteps, StepAsBefore, held_steps, is_named, standing_title, steps_as_before
from engine.content.items.base import Item
from engine.report.scales import past_items
from engine.report.wording import Wording

MOST_CAUSES: Final = 3
"""So many answers are named as what moved a step, unless one asks for everything."""
Headline = Literal["calm", "easier", "still_hard", "harder"]
"""``easier`` and ``harder``: some scales went clearly one way; ``still_hard``: some clearly easier, while other things
are hard; ``calm``: nothing is clear."""
SMALL_SHIFT: Final = 2
"""A step that moved by at most so many places and kept its emphasis has shifted, no more."""


@dataclass(frozen=True, slots=True)
class ChangeMessage:
    """The content's message for when a lasting notice is gone. It does not say which."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A changed answer that moved a step."""

    item: str
    said: str | None
    """The later answer as a clause in the second person, where the content has one."""
    question: str


@dataclass(frozen=True, slots=True)
class MoveInReport:
    """A step that moved, and why. None for a place: it was not, or is no more, among the steps."""

    step: str
    title: str
    before: Placement | None
    after: Placement | None
    causes: tuple[Cause, ...] | None
    """The answers that moved it, the strongest first, without sensitive ones; None if that is not told."""
    more: int
    """How many more answers moved it, which are told if everything is."""
    time: bool
    """True if the days that passed are among the causes."""
    hidden: bool
    """True if a sensitive answer is among the causes."""
    aside: bool
    """True for a step of which the content hides the causes (``hide_own_causes``): it stands last."""
    note: str | None
    """What the content says in place of such causes."""


@dataclass(frozen=True, slots=True)
class AnswerThenAndNow:
    """A changed answer that is not sensitive. Empty: not answered."""

    question: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    without_effect: bool
    """True if it changes nothing in the plan."""


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """Two sittings as a person reads them, in this order."""

    title: str
    before_on: date
    after_on: date
    days: int
    changed: ChangeMessage | None
    """Stands above everything."""
    kind_now: str | None
    """The kind of plan by its title, without more; None if it is the same as before. Beside it the first sentences tell
    no scores and no encouragement."""
    short: bool
    """True if it is kept short: nothing below is shown, unless one asks for everything, and no answer even then."""
    headline: Headline
    """What the first sentences say of the scales."""
    scales: tuple[ScaleThenAndNow, ...]
    in_words: tuple[WordsThenAndNow, ...]
    sources: tuple[str, ...]
    """Who says what is more than usual wobble."""
    seen_differently: tuple[AnswerThenAndNow, ...]
    """Answers about something that is over: they have no direction."""
    moves: tuple[MoveInReport, ...]
    """Steps whose emphasis changed, that moved far, came or went."""
    small_shifts: tuple[MoveInReport, ...]
    """All other steps that moved."""
    as_before: tuple[StepAsBefore, ...]
    held: HeldSteps | None
    """Of the later plan; None if it holds none, or if the steps are not shown."""
    hidden_causes: str | None
    """Said once if the content hides which answers moved some of these steps (``hide_own_causes``)."""
    no_attribution: NoAttribution | None
    answers: tuple[AnswerThenAndNow, ...]
    """All other changed answers."""
    cannot_compare: tuple[tuple[str, CannotCompare], ...]
    """Scales by title, each with the reason why it cannot be compared."""


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
    """The report of a comparison, in the words of the later sitting's content.

    Args:
        everything: tell all that moved a step; where the report would be short, tell scales and moves. Even then it
            names no answer, changed or as a cause, and no held step.
        plans: the plans as they were shown, where check-ins were added to them; they decide what stands above
            everything, which kind it is now, and whether the report is short.
        short: keep it short in any case, unless everything is told.
        named: the full sitting that check-ins belong to, whose name and pronoun are used; by default the other one, if
            it is a full one.
    """
    shown_plans = plans[0] or _plan_of(before), plans[1] or _plan_of(after)
    named = named or next((assessment for assessment in (after, before) if assessment.form.has_plan), None)
    reporter = _ComparisonReporter(comparison, before, after, shown_plans, named)
    return reporter.report(everything=everything, discreet=short or reporter.is_short())


def _plan_of(assessment: Assessment) -> Plan:
    """The plan; for a check-in, which has none, one that at any rate holds the notices and the kind of its gates."""
    return assessment.plan or arrange(assessment.pack, assessment.trace)


class _ComparisonReporter:
    def __init__(
        self,
        comparison: Comparison,
        before: Assessment,
        after: Assessment,
        plans: tuple[Plan, Plan],
        named: Assessment | None,
    ) -> None:
        self._comparison, self._before, self._after, self._plans = comparison, before, after, plans
        self._earlier, self._later = (
            Wording(assessment, named=None if assessment.form.has_plan else named) for assessment in (before, after)
        )
        self._hidden = after.pack.content.hide_own_causes
        self._with_hidden_causes = after.pack.targets(self._hidden) if self._hidden else ()
        self._held = held_steps(self._later, plans[1])
        self._raised_before, self._raised_after = ({notice.id for notice in plan.notices} for plan in plans)

    def is_short(self) -> bool:
        """A comparison is short if either plan is by its kind, or if the later one is by a notice."""
        return self._earlier.kind(self._plans[0].kind.id).short or is_short(self._after.pack, self._plans[1])

    def report(self, *, everything: bool, discreet: bool) -> ComparisonReport:
        comparison, later, short = self._comparison, self._later, discreet and not everything
        unchecked = self._before.plan, self._after.plan  # without what check-ins added, as the moves are
        before_on, after_on = self._before.provenance.as_of, self._after.provenance.as_of
        limit = len(comparison.answers) if everything else MOST_CAUSES
        scale_changes = () if short else comparison.scales
        scales = ScaleWording(scale_changes, (self._before, self._after), (self._earlier, later))
        if discreet and self._held is not None and self._held.named:
            self._held = replace(self._held, heading=None, because=None, named=False)
        moves = [] if short else sorted(self._moves(limit), key=lambda move: move.aside)
        if discreet:
            moves = [replace(move, causes=None, more=0, time=False, hidden=False, note=None) for move in moves]
        kind_now, bars = self._kind_now(), tuple(scales.bars())
        headline = self._headline(bars)
        if kind_now is not None:  # said first, and no score beside it
            headline = "calm" if headline == "easier" else headline
            bars = tuple(replace(scale, in_headline=False) for scale in bars)
        small_shifts = [move for move in moves if _is_small(move)]
        others = [move for move in moves if move not in small_shifts]
        answers = [] if discreet else list(self._answers())
        return ComparisonReport(
            title=later.say(self._after.pack.content.title),
            before_on=before_on,
            after_on=after_on,
            days=(after_on - before_on).days,
            changed=self._changed(),
            kind_now=kind_now,
            short=short,
            headline=headline,
            scales=bars,
            in_words=tuple(scales.in_words()),
            sources=scales.sources(),
            seen_differently=tuple(answer for about_past, answer in answers if about_past),
            moves=tuple(others),
            small_shifts=tuple(small_shifts),
            as_before=() if short else tuple(steps_as_before(later, unchecked, self._held, self._with_hidden_causes)),
            held=None if short or comparison.no_attribution == "no_plan" else self._held,
            hidden_causes=None if discreet else self._hidden_causes(others),
            no_attribution=None if short else comparison.no_attribution,
            answers=tuple(answer for about_past, answer in answers if not about_past),
            cannot_compare=tuple(scales.cannot_compare()),
        )

    def _changed(self) -> ChangeMessage | None:
        """The message for a lasting notice that is gone, if the later sitting asked what could have raised it."""
        if self._before.form.has_plan and not self._after.form.has_plan:
            return None
        contents = (self._after.pack.content, self._before.pack.content)
        lasting = {notice.id for content in contents for notice in content.notices if notice.lasting}
        message = contents[0].changed or contents[1].changed
        if message is None or not lasting & (self._raised_before - self._raised_after):
            return None
        return ChangeMessage(self._later.say(message.title), self._later.say(message.text))

    def _newly_raised(self) -> bool:
        """True if the later sitting raised a lasting notice that the earlier one did not."""
        lasting = {notice.id for notice in self._after.pack.content.notices if notice.lasting}
        return bool(lasting & (self._raised_after - self._raised_before))

    def _kind_now(self) -> str | None:
        """The kind of the later plan, if the earlier one was another."""
        with_plans = self._before.form.has_plan and self._after.form.has_plan
        kind_before, kind = (plan.kind.id for plan in self._plans)
        return self._later.say(self._later.kind(kind).title) if with_plans and kind != kind_before else None

    def _moves(self, limit: int) -> Iterator[MoveInReport]:
        later = self._later
        sensitive = {change.item for change in self._comparison.answers if change.sensitive}
        for move in (move for move in self._comparison.moves if is_named(self._held, move.after)):
            words, plan = (later, self._plans[1]) if move.after else (self._earlier, self._plans[0])
            aside = move.step in self._with_hidden_causes
            with_causes = move.causes is not None and not aside
            causes = (move.causes or ()) if with_causes else ()
            quotable = [later.pack.items[name] for name in causes if name != TIME and name not in sensitive]
            quoted = (Cause(item.id, _clause(later, item), later.say(item.text)) for item in quotable[:limit])
            yield MoveInReport(
                step=move.step,
                title=standing_title(words, move.step, plan),
                before=move.before,
                after=move.after,
                causes=tuple(quoted) if with_causes else None,
                more=len(quotable[limit:]),
                time=TIME in causes,
                hidden=not sensitive.isdisjoint(causes),
                aside=aside,
                note=self._note(move) if aside else None,
            )

    def _headline(self, scales: Iterable[ScaleThenAndNow]) -> Headline:
        """No encouragement beside a changed notice, a worst band, another scale that got worse or ``sober_when``."""
        summarized = [scale for scale in scales if scale.in_headline]
        if not any(scale.easier for scale in summarized):
            return "harder" if any(scale.harder for scale in summarized) else "calm"
        sober_when = self._after.pack.content.sober_when
        is_sober = sober_when is not None and holds(sober_when, self._after)
        is_hard = any(scale.harder or scale.lowest_band for scale in scales)
        return "still_hard" if is_sober or is_hard or self._changed() or self._newly_raised() else "easier"

    def _note(self, move: StepMove) -> str | None:
        """What stands in place of the causes of a step that is not in one person's hands."""
        hidden = self._hidden
        if hidden is None or move.before is None or move.after is None or self._comparison.no_attribution:
            return None
        sittings = ((self._earlier, self._before), (self._later, self._after))
        if any(words.rules[firing.rule].gate for words, sitting in sittings for firing in sitting.trace.firings):
            return None
        had, has = (hidden.finding in sitting.trace.findings for _, sitting in sittings)
        before, after = (
            (placement.position, EMPHASES.index(placement.emphasis)) for placement in (move.before, move.after)
        )
        text = (hidden.gained if has else hidden.lost) if has != had and has == (after < before) else None
        return self._later.say_optional(text or hidden.otherwise)

    def _hidden_causes(self, moves: Iterable[MoveInReport]) -> str | None:
        """What is said instead of the answers that moved some steps, if such a step moved more than a little."""
        if self._hidden is None or self._comparison.no_attribution or not any(move.aside for move in moves):
            return None
        return self._later.say_optional(self._hidden.text)

    def _answers(self) -> Iterator[tuple[bool, AnswerThenAndNow]]:
        """Each with True if it is about something that is over and was answered both times."""
        past = past_items(self._after.form)
        for change in self._comparison.answers:
            if change.sensitive:
                continue
            question = self._later.answered(self._after.pack.items[change.item], change.after)
            answer = AnswerThenAndNow(
                question=question.question,
                before=self._earlier.answered(self._before.pack.items[change.item], change.before).answer,
                after=question.answer,
                without_effect=change.item in self._comparison.without_effect,
            )
            yield change.item in past and bool(answer.before and answer.after), answer


def _clause(words: Wording, item: Item) -> str | None:
    return words.clause(item, words.answers.get(item.id)) if item.said_as == "clause" else None


def _is_small(move: MoveInReport) -> bool:
    """Between the places of steps that are not for now every shift is small: these are not ranked."""
    if move.before is None or move.after is None or move.before.emphasis != move.after.emphasis:
        return False
    return move.after.emphasis == "not_now" or abs(move.after.position - move.before.position) <= SMALL_SHIFT
