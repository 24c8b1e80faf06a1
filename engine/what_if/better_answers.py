"""The answers that are better for a person than the actual one. What-ifs suppose only these.

The direction comes from the item (``better``), or from the directed scales that it belongs to. If neither has one, or
two scales disagree, no answer is better. Unanswered items are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.assessment.scoring import scorers
from engine.content.items.base import Item
from engine.content.pack import Pack
from engine.content.questionnaire import Scale
from engine.content.values import Exact, Value, exact_value

Worth = Callable[[Value], Exact | None]
"""The value of an answer for the person; None if unknown."""


@dataclass(frozen=True, slots=True)
class SupposedChange:
    """Another answer to one item."""

    item: str
    before: Value
    after: Value
    index: int
    """The position of the other answer among all answers, from 0."""
    points: int
    """The distance between the two answers."""


def better_answers(pack: Pack, name: str, actual: Value) -> tuple[SupposedChange, ...]:
    """The answers that are better than the actual one, the nearest first."""
    item = pack.items[name]
    worths = _worths_by_item(pack)[name]
    answers = item.answers_in_order
    if not answers or not worths:
        return ()
    actual_index = answers.index(actual)
    better = [
        SupposedChange(name, actual, answer, index, abs(index - actual_index))
        for index, answer in enumerate(answers)
        if _is_better([(worth(actual), worth(answer)) for worth in worths])
    ]
    return tuple(sorted(better, key=lambda change: (change.points, change.index)))


def _is_better(worth_pairs: list[tuple[Exact | None, Exact | None]]) -> bool:
    """True if it is better by one value at least and worse by none."""
    known_pairs = [(before, after) for before, after in worth_pairs if before is not None and after is not None]
    return (
        len(known_pairs) == len(worth_pairs)
        and all(after >= before for before, after in known_pairs)
        and any(after > before for before, after in known_pairs)
    )


@lru_cache(maxsize=32)
def _worths_by_item(pack: Pack) -> Mapping[str, tuple[Worth, ...]]:
    """By item: the values of its answers, by its own direction or by each of its scales."""
    return {
        name: (_signed(_own_worth(item), 1 if item.better == "higher" else -1),)
        if item.is_ordered and item.better is not None
        else tuple(_by_scales(pack, name))
        for name, item in pack.items.items()
    }


def _own_worth(item: Item) -> Worth:
    """By the item's own direction: the options' values, or the order of answers."""
    if all(choice.value is None for choice in item.choices):
        return item.answers_in_order.index
    return {choice.answer: exact_value(choice.value) for choice in item.choices}.__getitem__


def _by_scales(pack: Pack, name: str) -> Iterator[Worth]:
    """By each directed scale that contains the item."""
    scale_scorers = scorers(pack)
    for scale in pack.scales.values():
        if name in scale.items and (sign := _sign(scale, name)):
            code = next(coding.code for coding in scale_scorers[scale.id].items if coding.item == name)
            yield _signed(code, sign)


def _sign(scale: Scale, name: str) -> int:
    weight = scale.weights.get(name, 1) if scale.method == "weighted" else 1
    direction = {"higher_is_better": 1, "lower_is_better": -1, "neither": 0}[scale.direction]
    return direction * ((weight > 0) - (weight < 0))


def _signed(worth: Worth, sign: int) -> Worth:
    def signed(answer: Value) -> Exact | None:
        value = worth(answer)
        return None if value is None else sign * value

    return signed
