"""Scales then and now, with every word resolved. It says which way a score went and never how good that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from engine.assessment.pipeline import Assessment
from engine.comparison.changes import GAPS, CannotCompare, ScaleChange
from engine.content.pack import Pack
from engine.content.questionnaire import Scale
from engine.content.values import Number, exact
from engine.report.scales import scale_ends
from engine.report.wording import Wording

Display = Literal["bar", "words"]
Direction = Literal["higher", "lower", "same"]
Verdict = Literal["clear", "not_clear", "not_known"]
"""Whether a change is more than usual wobble; ``not_known`` if the scale does not say how much that is."""


@dataclass(frozen=True, slots=True)
class ScaleThenAndNow:
    """One scale that is shown as a line, with both scores on it."""

    id: str
    title: str
    lowest: Number
    highest: Number
    before: Number
    after: Number
    place_before: float
    """Where the score lies on the line, from 0 (its lowest) to 100 (its highest)."""
    place_after: float
    band_before: str | None
    """The title of the band it lay in."""
    band_after: str | None
    way: Direction
    words: str | None
    """The content's words for that way ("steadier"), if it has some."""
    verdict: Verdict
    harder: bool
    """True if it went clearly against the scale's direction: then a kind line is said."""
    easier: bool
    """True if it went clearly in the scale's direction."""
    lowest_band: bool
    """True if the later score lies in the band that is worst by the scale's direction."""
    in_headline: bool
    """False if the first sentences do not speak of it."""
    praised: bool
    """False if a better score is nothing to praise: then nothing marks it."""
    headline: str | None
    """The content's words for a score that went clearly in the scale's direction ("You're steadier"); else None."""


@dataclass(frozen=True, slots=True)
class WordsThenAndNow:
    """One scale that is shown in words only: the titles of its bands, and no number."""

    id: str
    title: str
    before: str | None
    after: str | None


class ScaleWording:
    """Finds the words for the scales of two sittings, the earlier one first."""

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
        """The scales that are shown as lines and can be compared."""
        for change, scale in self._comparable("bar"):
            lowest, highest = scale_ends(self._after.pack, scale.id)
            band_before, band_after = self._bands(scale.id)
            assert change.before is not None  # noqa: S101 - a scale that can be compared has both scores
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
                way=direction_of(change),
                words=direction_words(self._later, scale, change),
                verdict=verdict_on(change),
                harder=bool(change.clear) and change.better is False,
                easier=bool(change.clear) and change.better is True,
                lowest_band=is_in_worst_band(scale, self._after.scales[scale.id].band),
                in_headline=scale.in_headline,
                praised=scale.in_headline,
                headline=self._later.say_optional(scale.headline) if change.clear and change.better else None,
            )

    def in_words(self) -> Iterator[WordsThenAndNow]:
        """The scales that are shown in words and can be compared."""
        for _, scale in self._comparable("words"):
            yield WordsThenAndNow(scale.id, self._later.say(scale.title), *self._bands(scale.id))

    def _bands(self, scale: str) -> tuple[str | None, str | None]:
        return self._earlier.band_title(self._before.scales[scale]), self._later.band_title(self._after.scales[scale])

    def sources(self) -> tuple[str, ...]:
        """Who says what is more than usual wobble, each once."""
        return usual_wobble_sources(self._later, (scale for _, scale in self._comparable("bar")))

    def cannot_compare(self) -> Iterator[tuple[str, CannotCompare]]:
        """The scales by title that one would look for, each with the reason why it cannot be compared."""
        for change in self._displays:
            if change.cannot not in (None, "not_compared") and not self._never_came_up(change):
                words = self._later if change.scale in self._after.pack.scales else self._earlier
                yield words.say(words.pack.scales[change.scale].title), change.cannot

    def _never_came_up(self, change: ScaleChange) -> bool:
        """True if a scale has too few answers because none of its questions came up: nobody looks for it then."""
        return change.cannot in GAPS and any(
            set(sitting.responses.visible).isdisjoint(sitting.pack.scales[change.scale].items)
            for sitting in (self._before, self._after)
        )


def is_in_worst_band(scale: Scale, band: str | None) -> bool:
    """Whether a score lies in the band that is worst by the scale's direction."""
    if not scale.bands or scale.direction == "neither":
        return False
    return band == scale.bands[0 if scale.direction == "higher_is_better" else -1].id


def shared_display(packs: Iterable[Pack], scale: str) -> Display | None:
    """How a scale is shown, as the last pack that has it says, if all that have it may show it."""
    displays = [pack.score_display(pack.scales[scale]) for pack in packs if scale in pack.scales]
    return None if None in displays else displays[-1]


def usual_wobble_sources(words: Wording, scales: Iterable[Scale]) -> tuple[str, ...]:
    """Who says what is more than usual wobble, each once."""
    thresholds = [scale.meaningful_change for scale in scales]
    return tuple(dict.fromkeys(words.say(threshold.source) for threshold in thresholds if threshold is not None))


def verdict_on(change: ScaleChange) -> Verdict:
    """Whether a change is more than usual wobble."""
    return "not_known" if change.clear is None else "clear" if change.clear else "not_clear"


def direction_of(change: ScaleChange) -> Direction:
    """Which way a score went."""
    if not change.change:
        return "same"
    return "higher" if change.change > 0 else "lower"


def direction_words(words: Wording, scale: Scale, change: ScaleChange) -> str | None:
    """The content's words for the way a score went, if it has some."""
    return words.say_optional({"higher": scale.higher, "lower": scale.lower, "same": None}[direction_of(change)])


def position_on_line(value: Number, lowest: Number, highest: Number) -> float:
    """Where a score lies between the lowest (0) and the highest (100)."""
    if lowest == highest:
        return 50.0
    return round(float((exact(value) - exact(lowest)) / (exact(highest) - exact(lowest)) * 100), 1)
