"""The scales of a comparison and of a timeline with every text resolved, and the headline that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from engine.assessment.pipeline import Assessment, holds
from engine.comparison.changes import TOO_FEW_ANSWERS, CannotCompare, ScaleChange
from engine.content.pack import Pack
from engine.content.questionnaire import Scale
from engine.content.values import Number, exact
from engine.report.scales import scale_ends
from engine.report.wording import Wording

Display = Literal["bar", "words"]
Direction = Literal["higher", "lower", "same"]
Verdict = Literal["clear", "not_clear", "not_known"]
"""Whether a change is larger than usual variation; ``not_known`` if the scale has no ``meaningful_change``."""
Headline = Literal["calm", "easier", "still_hard", "harder"]
"""``easier``: a scale got clearly better; ``still_hard``: the same, but something else is hard; ``harder``: a scale got
clearly worse and none clearly better; ``calm``: no clear change."""


@dataclass(frozen=True, slots=True)
class ScaleThenAndNow:
    """One scale that is drawn as a line, with the earlier and the later score on it."""

    id: str
    title: str
    lowest: Number
    highest: Number
    before: Number
    after: Number
    place_before: float
    """The position of the earlier score on the line, from 0 (lowest score) to 100 (highest score)."""
    place_after: float
    band_before: str | None
    """The title of the band that the earlier score is in."""
    band_after: str | None
    way: Direction
    words: str | None
    """The content's words for that direction (“steadier”), if it has any."""
    verdict: Verdict
    harder: bool
    """True if the score changed clearly for the worse, by the scale's direction."""
    easier: bool
    """True if the score changed clearly for the better, by the scale's direction."""
    lowest_band: bool
    """True if the later score is in the worst band, by the scale's direction."""
    in_headline: bool
    """False if the headline ignores this scale."""
    praised: bool
    """False if the content does not want a better score to be marked."""
    headline: str | None
    """The content's words for a clearly better score (“You're steadier”); else None."""


@dataclass(frozen=True, slots=True)
class WordsThenAndNow:
    """One scale that is shown in words only: the titles of its bands, and no number."""

    id: str
    title: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class PointInReport:
    """One score."""

    look: int
    """The index of its sitting in ``looks``."""
    on: date
    short: bool
    """True if it comes from a check-in."""
    value: Number | None
    """None if too few items were answered, and for a scale that is shown in words."""
    band: str | None
    """The title of its band."""
    across: float
    """The position of its day between the first (0) and the last (100) sitting."""
    along: float | None
    """The position of the score between the lowest (0) and the highest (100); None without a value."""


@dataclass(frozen=True, slots=True)
class RunInReport:
    """Successive scores that can be compared with each other."""

    lowest: Number
    highest: Number
    points: tuple[PointInReport, ...]
    cannot: CannotCompare | None
    """Why they cannot be compared with the run before; None for the first run."""


@dataclass(frozen=True, slots=True)
class LineInReport:
    """One scale over time."""

    id: str
    title: str
    shown: Display
    runs: tuple[RunInReport, ...]
    since: date | None
    """The day of the score that the last one is compared with: the first of the last run. None without a comparison."""
    before: Number | None
    after: Number | None
    lowest: Number
    highest: Number
    way: Direction
    words: str | None
    """The content's words for that direction, if it has any."""
    verdict: Verdict
    harder: bool
    """True if the score changed clearly for the worse, by the scale's direction."""
    easier: bool
    """True if the score changed clearly for the better, by the scale's direction."""
    lowest_band: bool
    """True if the last score is in the worst band, by the scale's direction."""
    in_headline: bool
    """False if the headline ignores this scale, and a better score is not marked."""
    headline: str | None
    """The content's words for a clearly better score; else None."""


class ScaleWording:
    """Resolves the texts for the scales of two sittings, the earlier one first."""

    def __init__(
        self, changes: tuple[ScaleChange, ...], sittings: tuple[Assessment, Assessment], words: tuple[Wording, Wording]
    ) -> None:
        self._before, self._after = sittings
        self._earlier, self._later = words
        packs = (self._before.pack, self._after.pack)
        self._displays = {change: display for change in changes if (display := shared_display(packs, change.scale))}

    def _comparable(self, shown: Display) -> Iterator[tuple[ScaleChange, Scale]]:
        for change, display in self._displays.items():
            if change.cannot is None and display == shown:
                yield change, self._after.pack.scales[change.scale]

    def bars(self) -> Iterator[ScaleThenAndNow]:
        """The comparable scales that are drawn as lines."""
        for change, scale in self._comparable("bar"):
            lowest, highest = scale_ends(self._after.pack, scale.id)
            band_before, band_after = self._bands(scale.id)
            assert change.before is not None  # noqa: S101 - a comparable scale has both scores
            assert change.after is not None  # noqa: S101
            yield ScaleThenAndNow(
                id=scale.id,
                title=self._later.say(scale.title),
                lowest=lowest,
                highest=highest,
                before=change.before,
                after=change.after,
                place_before=position_on_line(change.before, lowest, highest),
                place_after=position_on_line(change.after, lowest, highest),
                band_before=band_before,
                band_after=band_after,
                praised=scale.in_headline,
                **change_fields(self._later, scale, change, self._after.scales[scale.id].band),
            )

    def in_words(self) -> Iterator[WordsThenAndNow]:
        """The comparable scales that are shown in words."""
        for _, scale in self._comparable("words"):
            yield WordsThenAndNow(scale.id, self._later.say(scale.title), *self._bands(scale.id))

    def _bands(self, scale: str) -> tuple[str | None, str | None]:
        return self._earlier.band_title(self._before.scales[scale]), self._later.band_title(self._after.scales[scale])

    def sources(self) -> tuple[str, ...]:
        """The sources of the thresholds for a clear change, each once."""
        return threshold_sources(self._later, (scale for _, scale in self._comparable("bar")))

    def cannot_compare(self) -> Iterator[tuple[str, CannotCompare]]:
        """The titles of scales that a reader may miss, each with the reason why it cannot be compared."""
        for change in self._displays:
            if change.cannot not in (None, "not_compared") and not self._was_not_asked(change):
                words = self._later if change.scale in self._after.pack.scales else self._earlier
                yield words.say(words.pack.scales[change.scale].title), change.cannot

    def _was_not_asked(self, change: ScaleChange) -> bool:
        """Whether a scale has too few answers because a sitting showed none of its questions."""
        return change.cannot in TOO_FEW_ANSWERS and any(
            set(sitting.responses.visible).isdisjoint(sitting.pack.scales[change.scale].items)
            for sitting in (self._before, self._after)
        )


def shared_display(packs: Iterable[Pack], scale: str) -> Display | None:
    """How the last pack that has a scale shows it; None if one of the packs must not show it."""
    displays = [pack.score_display(pack.scales[scale]) for pack in packs if scale in pack.scales]
    return None if None in displays else displays[-1]


def threshold_sources(words: Wording, scales: Iterable[Scale]) -> tuple[str, ...]:
    """The sources that the content gives for the thresholds of a clear change, each once."""
    thresholds = [scale.meaningful_change for scale in scales]
    return tuple(dict.fromkeys(words.say(threshold.source) for threshold in thresholds if threshold is not None))


def change_fields(words: Wording, scale: Scale, change: ScaleChange | None, last_band: str | None) -> dict[str, Any]:
    """The fields that ``ScaleThenAndNow`` and the timeline's ``LineInReport`` share, by name.

    Args:
        change: None if there is nothing to compare the last score with.
        last_band: the id of the band that the last score is in.
    """
    difference, clear, better = (change.change or 0, change.clear, change.better) if change else (0, None, None)
    way: Direction = "higher" if difference > 0 else "lower" if difference < 0 else "same"
    worst_band = {"higher_is_better": scale.bands[:1], "lower_is_better": scale.bands[-1:], "neither": ()}
    easier = bool(clear) and better is True
    return {
        "way": way,
        "words": words.say_optional({"higher": scale.higher, "lower": scale.lower, "same": None}[way]),
        "verdict": {None: "not_known", False: "not_clear", True: "clear"}[clear],
        "harder": bool(clear) and better is False,
        "easier": easier,
        "lowest_band": any(band.id == last_band for band in worst_band[scale.direction]),
        "in_headline": scale.in_headline,
        "headline": words.say_optional(scale.headline) if easier else None,
    }


def position_on_line(value: Number, lowest: Number, highest: Number) -> float:
    """The position of a score between the lowest (0) and the highest (100) score, with one decimal."""
    if lowest == highest:
        return 50.0
    return round(float((exact(value) - exact(lowest)) / (exact(highest) - exact(lowest)) * 100), 1)


def headline_of(scales: Sequence[ScaleThenAndNow | LineInReport], *, sober: bool) -> Headline:
    """The headline for these scales; it encourages only if no scale got clearly worse or is in its worst band.

    Args:
        sober: True if something besides the scales speaks against encouragement.
    """
    counted = [scale for scale in scales if scale.in_headline]
    if any(scale.easier for scale in counted):
        is_hard = sober or any(scale.harder or scale.lowest_band for scale in scales)
        return "still_hard" if is_hard else "easier"
    return "harder" if any(scale.harder for scale in counted) else "calm"


def is_sober(sitting: Assessment) -> bool:
    """Whether a sitting fulfils its content's ``sober_when`` condition."""
    sober_when = sitting.pack.content.sober_when
    return sober_when is not None and holds(sober_when, sitting)


def lasting_notices(*packs: Pack) -> set[str]:
    """The ids of all notices that these packs declare as lasting."""
    return {notice.id for pack in packs for notice in pack.content.notices if notice.lasting}
