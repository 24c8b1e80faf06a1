"""All sittings in a row: each scale over time, in runs within which its scores can be compared. No rule is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from engine.assessment.responses import RawResponses, ResponseSet, validate_answers
from engine.assessment.scoring import ScaleScore, ScaleScores, score
from engine.comparison.changes import CannotCompare, ScaleChange, cannot_compare, scale_change
from engine.content.pack import Form, Pack

GAPS = frozenset({"not_enough_answers_before", "not_enough_answers_after"})
"""What leaves a score out of a line, and does not break it."""


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
    """One score; ``look`` is its sitting's place among those that were given."""

    look: int
    score: ScaleScore


@dataclass(frozen=True, slots=True)
class Run:
    """Scores of one scale that can be compared with each other, in order."""

    points: tuple[Point, ...]
    cannot: CannotCompare | None
    """Why they cannot be compared with the run before; None for the first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One scale over time."""

    scale: str
    runs: tuple[Run, ...]
    change: ScaleChange | None
    """From the first to the last score of the last run; None if it has only one."""


def score_sitting(pack: Pack, questionnaire: str, raw: RawResponses, as_of: date) -> ScoredSitting:
    """A sitting's scores alone, which cost a hundredth of its plan.

    Raises:
        KeyError: the pack has no such questionnaire.
        ResponseError: the answers cannot be accepted.
    """
    form = pack.forms[questionnaire]
    responses = validate_answers(pack, form, raw, as_of, complete=False)
    return ScoredSitting(pack, form, responses, score(pack, form, responses.answers), as_of)


def timeline(looks: Sequence[ScoredSitting]) -> tuple[Line, ...]:
    """Each compared scale over the sittings, which come in their order of time."""
    names = dict.fromkeys(name for look in reversed(looks) for name in look.scales)
    return tuple(line for name in names if (line := _line(looks, name)) is not None)


def _line(looks: Sequence[ScoredSitting], name: str) -> Line | None:
    places = [place for place, look in enumerate(looks) if _came_up(look, name)]
    if all(looks[place].scales[name].value is None for place in places):
        return None
    runs = tuple(_runs(looks, name, places))
    known = [point.score for point in runs[-1].points if point.score.value is not None]
    scale = looks[places[-1]].pack.scales[name]
    return Line(name, runs, scale_change(scale, known[0], known[-1]) if len(known) > 1 else None)


def _came_up(look: ScoredSitting, name: str) -> bool:
    """Whether anything was asked that the scale is made of: who was not asked has no score to miss."""
    scale = look.pack.scales[name] if name in look.scales else None
    return scale is not None and scale.compared and not set(scale.items).isdisjoint(look.responses.visible)


def _runs(looks: Sequence[ScoredSitting], name: str, places: Sequence[int]) -> Iterator[Run]:
    points: list[Point] = []
    cannot: CannotCompare | None = None
    for place in places:
        if points:
            reason = cannot_compare(looks[points[-1].look], looks[place], name)
            if reason is not None and reason not in GAPS:
                yield Run(tuple(points), cannot)
                points, cannot = [], reason
        points.append(Point(place, looks[place].scales[name]))
    yield Run(tuple(points), cannot)
