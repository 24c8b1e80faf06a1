"""The scales of a report, with every text resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from engine.assessment.pipeline import Assessment
from engine.assessment.scoring import scorers
from engine.content.pack import Form, Pack
from engine.content.values import Number, as_plain_number
from engine.report.remarks import RepetitionFilter
from engine.report.wording import BandInReport, Wording


@dataclass(frozen=True, slots=True)
class ScaleInReport:
    """One scale of a report. ``value`` is None if too few items were answered."""

    id: str
    title: str
    about: str | None
    value: Number | None
    lowest: Number
    highest: Number
    position: int | None
    """The value between the lowest (0) and highest (100) score; None without a value, and for a scale shown in words.
    """
    band: BandInReport | None
    shown: Literal["bar", "words"]
    answered: int
    items: int


def report_scales(words: Wording, assessment: Assessment, repetition: RepetitionFilter) -> Iterator[ScaleInReport]:
    """The scales that describe the person now, without those about the past and those without any asked item.

    A remark about a scale replaces the words of its band.
    """
    past, visible = past_items(assessment.form), assessment.responses.visible
    for score in assessment.scales.values():
        scale = words.pack.scales[score.scale]
        display = words.pack.score_display(scale)
        if display is None or past.issuperset(scale.items) or set(scale.items).isdisjoint(visible):
            continue
        lowest, highest = scale_ends(words.pack, scale.id)
        yield ScaleInReport(
            id=scale.id,
            title=words.say(scale.title),
            about=words.say_optional(scale.about),
            value=score.value,
            lowest=lowest,
            highest=highest,
            position=_position(score.value, lowest, highest) if display == "bar" else None,
            band=_band(words.band(score), scale.id, repetition),
            shown=display,
            answered=score.answered,
            items=len(scale.items),
        )


def _band(band: BandInReport | None, scale: str, repetition: RepetitionFilter) -> BandInReport | None:
    if band is None:
        return None
    remark = repetition.remark_about("scale", scale)
    return band if remark is None else replace(band, words=remark)


def past_items(form: Form) -> frozenset[str]:
    """The items of sections about something that is over."""
    sections = form.questionnaire.sections
    return frozenset(name for section in sections if section.frame == "then" for name in section.item_ids)


def scale_ends(pack: Pack, scale: str) -> tuple[Number, Number]:
    """The lowest and highest possible score."""
    scorer = scorers(pack)[scale]
    return as_plain_number(scorer.low), as_plain_number(scorer.high)


def _position(value: Number | None, low: Number, high: Number) -> int | None:
    return None if value is None else round(100 * (value - low) / (high - low)) if high > low else 0
