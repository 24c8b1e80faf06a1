"""All sittings in a row: each scale over time, in runs within which its scores can be compared. No rule is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from engine.assessment.responses import RawResponses, ResponseSet, validate_answers
from engine.assessment.scoring import ScaleScore, ScaleScores, score
from engine.comparison.changes import GAPS, CannotCompare, ScaleChange, cannot_compare, scale_change
from engine.content.pack import Form, Pack


@dataclass(frozen=True, slots=True)
class ScoredSitting:
    """One sitting with its scores."""

    pack: Pack
    form: Form
    responses: ResponseSet
    scales: ScaleScores
    as_of: date


@dataclass(frozen=True, slots=True)
class Point:
    """One score; ``sitting_index`` is its sitting's place among those that were passed."""

    sitting_index: int
    score: ScaleScore


@dataclass(frozen=True, slots=True)
class Run:
    """Scores of one scale that can be compared with each other, in order."""

    points: tuple[Point, ...]
    cannot: CannotCompare | None
    """Why they cannot be compared with the run before; None for the first."""


@dataclass(frozen=True, slots=True)
class ScaleLine:
    """One scale over time."""

    scale: str
    runs: tuple[Run, ...]
    change: ScaleChange | None
    """From the first to the last score of the last run; None if it has only one."""

    @property
    def last(self) -> Point:
        """The last point."""
        return self.runs[-1].points[-1]


def score_sitting(pack: Pack, questionnaire: str, raw: RawResponses, as_of: date) -> ScoredSitting:
    """A sitting's scores alone, which cost a hundredth of its plan.

    Raises:
        KeyError: the pack has no such questionnaire.
        ResponseError: the answers cannot be accepted.
    """
    form = pack.forms[questionnaire]
    responses = validate_answers(pack, form, raw, as_of, complete=False)
    return ScoredSitting(pack, form, responses, score(pack, form, responses.answers), as_of)


def timeline(sittings: Sequence[ScoredSitting]) -> tuple[ScaleLine, ...]:
    """Each compared scale over the sittings, which come in their order of time."""
    scale_ids = dict.fromkeys(scale_id for sitting in reversed(sittings) for scale_id in sitting.scales)
    return tuple(line for scale_id in scale_ids if (line := _line(sittings, scale_id)) is not None)


def _line(sittings: Sequence[ScoredSitting], scale_id: str) -> ScaleLine | None:
    indexes = [index for index, sitting in enumerate(sittings) if _came_up(sitting, scale_id)]
    if all(sittings[index].scales[scale_id].value is None for index in indexes):
        return None
    runs = tuple(_runs(sittings, scale_id, indexes))
    scores = [point.score for point in runs[-1].points if point.score.value is not None]
    scale = sittings[indexes[-1]].pack.scales[scale_id]
    return ScaleLine(scale_id, runs, scale_change(scale, scores[0], scores[-1]) if len(scores) > 1 else None)


def _came_up(sitting: ScoredSitting, scale_id: str) -> bool:
    """Whether anything was asked that the scale is made of: who was not asked has no score to miss."""
    scale = sitting.pack.scales[scale_id] if scale_id in sitting.scales else None
    return scale is not None and scale.compared and not set(scale.items).isdisjoint(sitting.responses.visible)


def _runs(sittings: Sequence[ScoredSitting], scale_id: str, indexes: Sequence[int]) -> Iterator[Run]:
    points: list[Point] = []
    cannot: CannotCompare | None = None
    for index in indexes:
        if points:
            reason = cannot_compare(sittings[points[-1].sitting_index], sittings[index], scale_id)
            if reason is not None and reason not in GAPS:  # a gap leaves a score out, and breaks no line
                yield Run(tuple(points), cannot)
                points, cannot = [], reason
        points.append(Point(index, sittings[index].scales[scale_id]))
    yield Run(tuple(points), cannot)
