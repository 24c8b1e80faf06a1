"""Two sittings with every word resolved: the documented context of the comparison templates.

Changed answers to sensitive items are never quoted, here as little as in a plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from engine.assessment import Assessment
from engine.comparison import TIME, CannotCompare, Comparison, NoAttribution, Placement, ScaleChange
from engine.pack import Pack
from engine.questionnaire import Number
from engine.scoring import plain, scorers
from engine.wording import BandInReport, Wording


@dataclass(frozen=True, slots=True)
class ScaleThenAndNow:
    """One scale of a comparison, in words."""

    id: str
    title: str
    change: ScaleChange
    lowest: Number
    highest: Number
    band_before: BandInReport | None
    band_after: BandInReport | None
    source: str | None
    """Where the scale's meaningful change comes from."""
    shown: Literal["bar", "words"]


@dataclass(frozen=True, slots=True)
class MoveInReport:
    """A step that moved, and why."""

    step: str
    title: str
    before: Placement | None
    after: Placement | None
    causes: tuple[str, ...] | None
    """The questions whose answers moved it, without sensitive ones; None if that cannot be told."""
    time: bool
    """True if the days that passed are among the causes."""
    hidden: bool
    """True if a sensitive answer is among the causes."""


@dataclass(frozen=True, slots=True)
class AnswerThenAndNow:
    """A changed answer that is not sensitive."""

    question: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    without_effect: bool


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """Two sittings as a person reads them."""

    title: str
    before_on: date
    after_on: date
    days: int
    scales: tuple[ScaleThenAndNow, ...]
    cannot_compare: tuple[tuple[str, CannotCompare], ...]
    """Scales by title, each with the reason why it cannot be compared."""
    kind_before: str | None
    kind_after: str | None
    kind_changed: bool
    moves: tuple[MoveInReport, ...]
    answers: tuple[AnswerThenAndNow, ...]
    no_attribution: NoAttribution | None


def build_comparison_report(comparison: Comparison, before: Assessment, after: Assessment) -> ComparisonReport:
    """The report of a comparison, in the words of the later sitting's content."""
    words = Wording(after)
    earlier = Wording(before)
    same_kind = comparison.kind_before == comparison.kind_after
    return ComparisonReport(
        title=words.say(after.pack.content.title),
        before_on=comparison.before_on,
        after_on=comparison.after_on,
        days=(comparison.after_on - comparison.before_on).days,
        scales=tuple(_scales_then_and_now(comparison, before, after)),
        cannot_compare=tuple(
            (_scale_title(change.scale, after, before), change.cannot)
            for change in comparison.scales
            if change.cannot not in (None, "not_compared") and _shown(change.scale, after.pack, before.pack)
        ),
        kind_before=earlier.say(earlier.kind(comparison.kind_before).title) if comparison.kind_before else None,
        kind_after=words.say(words.kind(comparison.kind_after).title) if comparison.kind_after else None,
        kind_changed=not same_kind,
        moves=tuple(_moves_in_words(comparison, before, after)),
        answers=tuple(_answers_then_and_now(comparison, before, after)),
        no_attribution=comparison.no_attribution,
    )


def _shown(name: str, *packs: Pack) -> Literal["bar", "words"] | None:
    """How the first pack shows a scale, if all packs that have it do."""
    ways = [pack.shown(pack.scales[name]) for pack in packs if name in pack.scales]
    return None if None in ways else ways[0]


def _scale_title(name: str, *assessments: Assessment) -> str:
    found = next(one for one in assessments if name in one.pack.scales)
    return Wording(found).say(found.pack.scales[name].title)


def _scales_then_and_now(comparison: Comparison, before: Assessment, after: Assessment) -> Iterator[ScaleThenAndNow]:
    words = Wording(after)
    for change in comparison.scales:
        scale = after.pack.scales.get(change.scale)
        shown = _shown(change.scale, after.pack, before.pack)
        if scale is None or shown is None or change.cannot is not None:
            continue
        ready = scorers(after.pack)[scale.id]
        yield ScaleThenAndNow(
            id=scale.id,
            title=words.say(scale.title),
            change=_without_sensitive(change, after.pack),
            lowest=plain(ready.low),
            highest=plain(ready.high),
            band_before=Wording(before).band(before.scales[scale.id]),
            band_after=words.band(after.scales[scale.id]),
            source=words.maybe(scale.meaningful_change.source) if scale.meaningful_change else None,
            shown=shown,
        )


def _without_sensitive(change: ScaleChange, pack: Pack) -> ScaleChange:
    """Nobody is told that an answer about safety moved."""
    moved = tuple(item for item in change.moved_items if item not in pack.sensitive)
    return replace(change, moved_items=moved)


def _moves_in_words(comparison: Comparison, before: Assessment, after: Assessment) -> Iterator[MoveInReport]:
    sensitive = {change.item for change in comparison.answers if change.sensitive}
    for move in comparison.moves:
        found = after if any(step.id == move.step for step in after.pack.steps) else before
        words = Wording(found)
        kind = found.plan.kind.id if found.plan else ""
        causes = None
        if move.causes is not None:
            told = [one for one in move.causes if one != TIME and one not in sensitive]
            causes = tuple(words.say(found.pack.items[one].text) for one in told)
        yield MoveInReport(
            step=move.step,
            title=words.step_title(move.step, kind),
            before=move.before,
            after=move.after,
            causes=causes,
            time=TIME in (move.causes or ()),
            hidden=any(one in sensitive for one in move.causes or ()),
        )


def _answers_then_and_now(comparison: Comparison, before: Assessment, after: Assessment) -> Iterator[AnswerThenAndNow]:
    earlier, later = Wording(before), Wording(after)
    for change in comparison.answers:
        if change.sensitive:
            continue
        item = after.pack.items.get(change.item) or before.pack.items[change.item]
        then = before.pack.items.get(change.item, item)
        yield AnswerThenAndNow(
            question=later.say(item.text),
            before=earlier.answered(then, change.before).answer,
            after=later.answered(item, change.after).answer,
            without_effect=change.item in comparison.without_effect,
        )
