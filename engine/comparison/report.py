"""Two sittings with every word resolved: the documented context of the comparison templates.

It says what changed and never how good that is. Changed answers to sensitive items are not quoted, here as little as in
a plan; what is left out is in no format.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Placement, Plan, arrange
from engine.comparison.changes import CannotCompare, Comparison, NoAttribution
from engine.comparison.counterfactuals import TIME
from engine.comparison.scales import ScaleThenAndNow, ScaleWording, WordsThenAndNow
from engine.content.pack import Form
from engine.content.questionnaire import ItemReference
from engine.report.wording import Wording

MOST_CAUSES: Final = 3
"""So many answers are named as what moved a step, unless one asks for everything."""
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
    """The kind of plan by its title, without more; None if it is the same as before."""
    short: bool
    """True if it is kept short: nothing below is told, unless one asks for everything."""
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
) -> ComparisonReport:
    """The report of a comparison, in the words of the later sitting's content.

    Args:
        everything: tell scales, moves and answers also where the report would be short, and all that moved a step.
        plans: the plans as they were shown, where check-ins were added to them; they decide what stands above
            everything, which kind it is now, and whether the report is short.
        short: keep it short in any case, unless everything is told.
    """
    earlier, later = Wording(before), Wording(after)
    plans = plans[0] or _plan_of(before), plans[1] or _plan_of(after)
    short = not everything and (short or _is_short(earlier, later, plans))
    scales = ScaleWording(() if short else comparison.scales, before, after)
    limit = len(comparison.answers) if everything else MOST_CAUSES
    moves = [] if short else list(_moves(comparison, (earlier, later), plans, limit))
    answers = [] if short else list(_answers(comparison, before, after))
    return ComparisonReport(
        title=later.say(after.pack.content.title),
        before_on=comparison.before_on,
        after_on=comparison.after_on,
        days=(comparison.after_on - comparison.before_on).days,
        changed=_changed(before, after, plans),
        kind_now=_kind_now(before, later, plans) if after.form.has_plan else None,
        short=short,
        scales=tuple(scales.bars()),
        in_words=tuple(scales.in_words()),
        sources=scales.sources(),
        seen_differently=tuple(answer for about_past, answer in answers if about_past),
        moves=tuple(move for move in moves if not _is_small(move)),
        small_shifts=tuple(move for move in moves if _is_small(move)),
        hidden_causes=_hidden_causes(comparison, later, moves),
        no_attribution=None if short else comparison.no_attribution,
        answers=tuple(answer for about_past, answer in answers if not about_past),
        cannot_compare=tuple(scales.cannot_compare()),
    )


def _plan_of(assessment: Assessment) -> Plan:
    """The plan; for a check-in, which has none, one that at any rate holds the notices and the kind of its gates."""
    return assessment.plan or arrange(assessment.pack, assessment.trace)


def _is_short(earlier: Wording, later: Wording, plans: tuple[Plan, Plan]) -> bool:
    """A comparison is short if either plan is by its kind, or if the later one is by a notice."""
    if earlier.kind(plans[0].kind.id).short or later.kind(plans[1].kind.id).short:
        return True
    raised = {notice.id for notice in plans[1].notices}
    return any(notice.short for notice in later.pack.content.notices if notice.id in raised)


def _changed(before: Assessment, after: Assessment, plans: tuple[Plan, Plan]) -> ChangeMessage | None:
    """The message for a lasting notice that is gone, if the later sitting asked what could have raised it."""
    if before.form.has_plan and not after.form.has_plan:
        return None
    packs = (after.pack, before.pack)
    lasting = {notice.id for pack in packs for notice in pack.content.notices if notice.lasting}
    raised_before, raised_after = ({notice.id for notice in plan.notices} for plan in plans)
    message = next((pack.content.changed for pack in packs if pack.content.changed), None)
    if message is None or not lasting & (raised_before - raised_after):
        return None
    words = Wording(after)
    return ChangeMessage(words.say(message.title), words.say(message.text))


def _kind_now(before: Assessment, later: Wording, plans: tuple[Plan, Plan]) -> str | None:
    """The kind of the later plan, if the earlier one was another."""
    kind = plans[1].kind.id
    if not before.form.has_plan or kind == plans[0].kind.id:
        return None
    return later.say(later.kind(kind).title)


def _moves(
    comparison: Comparison, wordings: tuple[Wording, Wording], plans: tuple[Plan, Plan], limit: int
) -> Iterator[MoveInReport]:
    sensitive = {change.item for change in comparison.answers if change.sensitive}
    with_hidden_causes = _steps_with_hidden_causes(wordings[1])
    for move in comparison.moves:
        index = 1 if move.after else 0
        with_causes = move.causes is not None and move.step not in with_hidden_causes
        causes = (move.causes or ()) if with_causes else ()
        quotable = [name for name in causes if name != TIME and name not in sensitive]
        yield MoveInReport(
            step=move.step,
            title=wordings[index].step_title(move.step, plans[index].kind.id),
            before=move.before,
            after=move.after,
            causes=tuple(_causes(quotable[:limit], wordings[1])) if with_causes else None,
            more=len(quotable[limit:]),
            time=TIME in causes,
            hidden=not sensitive.isdisjoint(causes),
        )


def _causes(item_ids: Iterable[str], later: Wording) -> Iterator[Cause]:
    for item_id in item_ids:
        item = later.pack.items[item_id]
        yield Cause(item_id, later.clause(item, later.answers.get(item_id)), later.say(item.text))


def _steps_with_hidden_causes(words: Wording) -> Collection[str]:
    target = words.pack.content.hide_own_causes
    return () if target is None else words.pack.targets(target)


def _hidden_causes(comparison: Comparison, later: Wording, moves: Iterable[MoveInReport]) -> str | None:
    """What is said instead of the answers that moved some steps, if such a step moved more than a little."""
    message, steps = later.pack.content.hide_own_causes, _steps_with_hidden_causes(later)
    if message is None or comparison.no_attribution:
        return None
    return later.say(message.text) if any(move.step in steps and not _is_small(move) for move in moves) else None


def _is_small(move: MoveInReport) -> bool:
    """Between the places of steps that are not for now every shift is small: these are not ranked."""
    if move.before is None or move.after is None or move.before.emphasis != move.after.emphasis:
        return False
    return move.after.emphasis == "not_now" or abs(move.after.position - move.before.position) <= SMALL_SHIFT


def _answers(comparison: Comparison, before: Assessment, after: Assessment) -> Iterator[tuple[bool, AnswerThenAndNow]]:
    """Each with True if it is about something that is over and was answered both times."""
    earlier, later = Wording(before), Wording(after)
    past_items = _past_items(after.form)
    for change in comparison.answers:
        if change.sensitive:
            continue
        item_before, item_after = before.pack.items[change.item], after.pack.items[change.item]
        answer = AnswerThenAndNow(
            question=later.say(item_after.text),
            before=earlier.answered(item_before, change.before).answer,
            after=later.answered(item_after, change.after).answer,
            without_effect=change.item in comparison.without_effect,
        )
        yield change.item in past_items and bool(answer.before and answer.after), answer


def _past_items(form: Form) -> frozenset[str]:
    """The items of sections that are about something that is over."""
    sections = (section for section in form.questionnaire.sections if section.frame == "then")
    return frozenset(item.id for section in sections for item in section.items if not isinstance(item, ItemReference))
