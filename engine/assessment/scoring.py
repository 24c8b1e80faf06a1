"""Computes scale scores from answers, exactly: with integers and fractions, rounded only if the scale says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Final

from engine.content.items.base import Item, ItemCoding
from engine.content.pack import Form, Pack
from engine.content.questionnaire import Scale
from engine.content.values import (
    UNKNOWN,
    Answers,
    CodedValue,
    Exact,
    Number,
    as_plain_number,
    exact,
    exact_value,
    reduced,
)


@dataclass(frozen=True, slots=True)
class ScaleScore:
    """The score of one scale. ``value`` is None if too few items were answered, which is never a low score."""

    scale: str
    value: Number | None
    answered: int
    missing: int
    band: str | None
    items: Mapping[str, Number | None]
    """The coded value of each item; None if unanswered."""


ScaleScores = Mapping[str, ScaleScore]


def answer_codes(scale: Scale, item: Item) -> dict[str, CodedValue]:
    """The value of each possible answer in this scale before reversal, by option id, point, or true/false as text.

    Empty for items whose answers are numbers, and for those that cannot be scored.
    """
    codes, written_codes = item.codes(scale.base), scale.values.get(item.id)
    return {key: value if written_codes is None else written_codes.get(key, UNKNOWN) for key, value in codes.items()}


def item_coding(scale: Scale, item: Item) -> ItemCoding | None:
    """The coding of an item in a scale; None if no answer has a value."""
    values = {key: exact_value(value) for key, value in answer_codes(scale, item).items()}
    coding = item.coding(values)
    return coding.reversed() if coding is not None and item.id in scale.reverse else coding


@dataclass(frozen=True)
class Scorer:
    """A scale prepared for scoring: the codings of its items and the range of its score."""

    scale: Scale
    items: tuple[ItemCoding, ...]
    low: Exact
    high: Exact
    weights: Mapping[str, Exact]
    counts_from: Mapping[str, Exact]

    def score(self, answers: Answers) -> ScaleScore:
        """The score for these answers."""
        coded: dict[str, Number | None] = {}
        known_values: dict[str, Exact] = {}
        for coded_item in self.items:
            name = coded_item.item
            answer = answers.get(name)
            value = None if answer is None or answer == () else coded_item.code(answer)
            coded[name] = None if value is None else as_plain_number(value)
            if value is not None:
                known_values[name] = value
        item_count = len(self.items)
        needed = item_count if self.scale.missing is None else self.scale.missing.minimum
        total = self._value(known_values) if len(known_values) >= needed else None
        return ScaleScore(
            scale=self.scale.id,
            value=None if total is None else as_plain_number(total),
            answered=len(known_values),
            missing=item_count - len(known_values),
            band=None if total is None else self.band(total),
            items=coded,
        )

    def _value(self, known_values: Mapping[str, Exact]) -> Exact:
        missing = self.scale.missing
        prorated = missing is not None and missing.prorate and len(known_values) < len(self.items)
        total = _METHODS[self.scale.method](self, known_values)
        if prorated and self.scale.method in PRORATED:
            # Prorating uses weights if there are any: missing items are assumed to be like the rest.
            total_weight, known_weight = sum(self.weights.values()), sum(self.weights[name] for name in known_values)
            total = reduced(Fraction(total * total_weight) / known_weight)
        return rounded(total + exact(self.scale.constant), self.scale.rounding)

    def band(self, value: Exact) -> str | None:
        """The highest band whose lower bound the score reaches."""
        reached = None
        for band in self.scale.bands:
            edge, above = band.edge
            if value > exact(edge) or (value == exact(edge) and not above):
                reached = band.id
        return reached


def rounded(value: Exact, rounding: str) -> Exact:
    """The score as the scale reports it; halves are rounded up."""
    if rounding == "none" or isinstance(value, int):
        return value
    return {"half_up": floor(value + Fraction(1, 2)), "up": ceil(value), "down": floor(value)}[rounding]


_METHODS: Final[Mapping[str, Callable[[Scorer, Mapping[str, Exact]], Exact]]] = {
    "sum": lambda _, values: sum(values.values()),
    "mean": lambda _, values: reduced(Fraction(sum(values.values())) / len(values)),
    "weighted": lambda scorer, values: sum(value * scorer.weights[name] for name, value in values.items()),
    "count": lambda scorer, values: sum(value >= scorer.counts_from[name] for name, value in values.items()),
    "min": lambda _, values: min(values.values()),
    "max": lambda _, values: max(values.values()),
}
PRORATED: Final = frozenset({"sum", "weighted", "count"})
"""The methods for which a missing item reduces the score, so that prorating has a meaning."""


def scorer(scale: Scale, items: Mapping[str, Item]) -> Scorer | None:
    """The scale prepared for scoring; None if one of its items cannot be scored."""
    codings = [item_coding(scale, items[name]) for name in scale.items if name in items]
    scorable = [coding for coding in codings if coding is not None]
    if len(scorable) < len(scale.items):
        return None
    weights = {name: exact(scale.weights.get(name, 1)) for name in scale.items}
    count_from = 1 if scale.count_from is None else scale.count_from
    thresholds = {
        name: exact(count_from.get(name, 1) if isinstance(count_from, Mapping) else count_from) for name in scale.items
    }
    low, high = _range(scale, scorable, weights)
    constant = exact(scale.constant)
    ends = (rounded(low + constant, scale.rounding), rounded(high + constant, scale.rounding))
    return Scorer(scale, tuple(scorable), *ends, weights, thresholds)


def _range(scale: Scale, items: Sequence[ItemCoding], weights: Mapping[str, Exact]) -> tuple[Exact, Exact]:
    """The lowest and highest score before the constant, including those with the allowed number of missing items."""
    factors = [weights[item.item] if scale.method == "weighted" else 1 for item in items]
    ends = [sorted((item.low * factor, item.high * factor)) for item, factor in zip(items, factors, strict=True)]
    lows, highs = sorted(low for low, _ in ends), sorted((high for _, high in ends), reverse=True)
    missing = scale.missing
    needed = len(items) if missing is None else min(missing.minimum, len(items))
    match scale.method:
        case "count":
            return 0, len(items)
        case "min":
            return lows[0], highs[needed - 1]
        case "max":
            return lows[needed - 1], highs[0]
    answered = range(needed, len(items) + 1)
    prorated = missing is not None and missing.prorate
    if scale.method == "mean":
        shares = {count: Fraction(1, count) for count in answered}
    elif scale.method == "weighted" and prorated and needed < len(items):
        total_weight = sum(weights.values())
        return min(item.low for item in items) * total_weight, max(item.high for item in items) * total_weight
    else:
        shares = {count: Fraction(len(items), count) if prorated else Fraction(1) for count in answered}
    low = min(sum(lows[:count]) * share for count, share in shares.items())
    high = max(sum(highs[:count]) * share for count, share in shares.items())
    return reduced(low), reduced(high)


@lru_cache(maxsize=32)
def scorers(pack: Pack) -> Mapping[str, Scorer]:
    """Every scale of the pack prepared for scoring, by id."""
    scorer_by_scale = {name: scorer(scale, pack.items) for name, scale in pack.scales.items()}
    return {name: pack_scorer for name, pack_scorer in scorer_by_scale.items() if pack_scorer is not None}


def score(pack: Pack, form: Form, answers: Answers) -> ScaleScores:
    """Score all scales whose items the form contains.

    Args:
        pack: the content.
        form: the form that was answered.
        answers: the accepted answers by item id.

    Returns:
        By scale id: the value (None if too few items were answered), the band, and the coded value of each item.
    """
    pack_scorers = scorers(pack)
    return {scale.id: pack_scorers[scale.id].score(answers) for scale in form.scales}
