"""Scales then and now, with every word resolved. It says which way a score went and never how good that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.assessment.pipeline import Assessment
from engine.assessment.scoring import scorers
from engine.comparison.changes import CannotCompare, ScaleChange
from engine.content.values import Number, as_plain_number, exact
from engine.report.wording import Wording

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


@dataclass(frozen=True, slots=True)
class WordsThenAndNow:
    """One scale that is shown in words only: the titles of its bands, and no number."""

    id: str
    title: str
    before: str | None
    after: str | None


class ScaleWording:
    """Finds the words for the scales of two sittings."""

    def __init__(self, changes: tuple[ScaleChange, ...], before: Assessment, after: Assessment) -> None:
        self._before, self._after = before, after
        self._earlier, self._later = Wording(before), Wording(after)
        displayed = [(change, display) for change in changes if (display := self._display(change.scale))]
        self._bars = [change for change, display in displayed if change.cannot is None and display == "bar"]
        self._in_words = [change for change, display in displayed if change.cannot is None and display == "words"]
        self._all_shown = [change for change, _ in displayed]

    def _display(self, scale: str) -> Literal["bar", "words"] | None:
        """How a scale is shown, if everyone who has it may show it."""
        packs = [sitting.pack for sitting in (self._after, self._before) if scale in sitting.pack.scales]
        displays = [pack.score_display(pack.scales[scale]) for pack in packs]
        return None if None in displays else displays[0]

    def bars(self) -> Iterator[ScaleThenAndNow]:
        """The scales that are shown as lines and can be compared."""
        for change in self._bars:
            scale, direction = self._after.pack.scales[change.scale], direction_of(change)
            scorer = scorers(self._after.pack)[scale.id]
            lowest, highest = as_plain_number(scorer.low), as_plain_number(scorer.high)
            bands = self._bands(scale.id)
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
                band_before=bands[0],
                band_after=bands[1],
                way=direction,
                words=None
                if direction == "same"
                else self._later.say_optional(scale.higher if direction == "higher" else scale.lower),
                verdict=verdict_on(change),
                harder=bool(change.clear) and change.better is False,
            )

    def in_words(self) -> Iterator[WordsThenAndNow]:
        """The scales that are shown in words and can be compared."""
        for change in self._in_words:
            title = self._later.say(self._after.pack.scales[change.scale].title)
            yield WordsThenAndNow(change.scale, title, *self._bands(change.scale))

    def _bands(self, scale: str) -> tuple[str | None, str | None]:
        before, after = self._earlier.band(self._before.scales[scale]), self._later.band(self._after.scales[scale])
        return before.title if before else None, after.title if after else None

    def sources(self) -> tuple[str, ...]:
        """Who says what is more than usual wobble, each once."""
        thresholds = [self._after.pack.scales[change.scale].meaningful_change for change in self._bars]
        return tuple(
            dict.fromkeys(self._later.say(threshold.source) for threshold in thresholds if threshold is not None)
        )

    def cannot_compare(self) -> Iterator[tuple[str, CannotCompare]]:
        """The scales by title that one would look for, each with the reason why it cannot be compared."""
        for change in self._all_shown:
            if change.cannot is not None and change.cannot != "not_compared" and not self._never_came_up(change):
                words = self._later if change.scale in self._after.pack.scales else self._earlier
                yield words.say(words.pack.scales[change.scale].title), change.cannot

    def _never_came_up(self, change: ScaleChange) -> bool:
        """True if a scale has too few answers because none of its questions came up: nobody looks for it then."""
        if change.cannot not in ("not_enough_answers_before", "not_enough_answers_after"):
            return False
        return any(
            set(sitting.responses.visible).isdisjoint(sitting.pack.scales[change.scale].items)
            for sitting in (self._before, self._after)
        )


def verdict_on(change: ScaleChange) -> Verdict:
    """Whether a change is more than usual wobble."""
    return "not_known" if change.clear is None else "clear" if change.clear else "not_clear"


def direction_of(change: ScaleChange) -> Direction:
    """Which way a score went."""
    if not change.change:
        return "same"
    return "higher" if change.change > 0 else "lower"


def position_on_line(value: Number, lowest: Number, highest: Number) -> float:
    """Where a score lies between the lowest (0) and the highest (100)."""
    if lowest == highest:
        return 50.0
    return round(float((exact(value) - exact(lowest)) / (exact(highest) - exact(lowest)) * 100), 1)
