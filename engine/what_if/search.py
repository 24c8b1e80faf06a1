"""What would change a plan: the smallest changes of changeable answers that would move a step, and how (ADR 009).

Only a better answer within reach is supposed (:mod:`engine.what_if.better_answers`), only to items that are
changeable and not sensitive, and only in kinds of plan that have what-ifs. A change is passed over if it gives a step
outside ``what_if`` more weight or emphasis or an earlier place, or if it changes the kind of plan or what is held:
nobody is told how to bring that about. Nor does a step ease that the content says must not ease with these answers.

The plain evaluator tries everything. What is found counts only once the rules engine has confirmed it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from engine.assessment.evaluator import Facts, evaluator
from engine.assessment.inference import confirmed_rules
from engine.assessment.ordering import EMPHASES
from engine.assessment.pipeline import Assessment, effective_plan
from engine.assessment.plan import Placement, Plan, Standing, is_short, standing
from engine.assessment.responses import validate_answers
from engine.assessment.scoring import Value, score
from engine.assessment.trace import Trace
from engine.comparison.counterfactuals import Counterfactuals
from engine.content.pack import Pack
from engine.content.steps import NotEased, WhatIfSteps
from engine.what_if.better_answers import better_answers

FIRST_PLACES: Final = 3
"""The places a person sees first: moves there weigh more."""
Way = Literal["rises", "eases", "shifts"]


@dataclass(frozen=True, slots=True)
class Supposed:
    """Another answer to one item."""

    item: str
    before: Value
    after: Value
    place: int
    """Of the other answer among all to the item, from 0."""
    points: int
    """How many answers lie from one to the other."""


@dataclass(frozen=True, slots=True)
class SupposedMove:
    """A step that would stand elsewhere. It shifts if only its place changes, as others pass it."""

    step: str
    before: Placement
    after: Placement
    way: Way

    @property
    def visible(self) -> bool:
        """True if it is more than a shift, and touches the places a person sees first."""
        return self.way != "shifts" and min(self.before.position, self.after.position) <= FIRST_PLACES


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One or two other answers, and all steps that they would move, in the order of the plan."""

    changes: tuple[Supposed, ...]
    moves: tuple[SupposedMove, ...]

    @property
    def points(self) -> int:
        return sum(one.points for one in self.changes)

    @property
    def items(self) -> frozenset[str]:
        return frozenset(one.item for one in self.changes)


@dataclass(frozen=True, slots=True)
class WhatIfs:
    """What would change one plan."""

    kind: str | None
    """The kind of plan; None if there is no plan."""
    offered: bool
    """False if the pack has none, or none for this kind of plan, or the plan is told briefly."""
    found: tuple[WhatIf, ...]
    """The most telling first: most visible moves, then the smallest change, then the order of asking."""
    unconfirmed: tuple[WhatIf, ...]
    """Left out, as the rules engine did not confirm them."""
    more: int
    """How many others there are that were not asked for."""
    everything: bool
    """True if all were asked for."""


def has_what_ifs(pack: Pack, plan: Plan) -> bool:
    """Whether anything is said of what would change a plan: not in every kind, and not where little is told."""
    allowed = pack.content.what_if
    return allowed is not None and plan.kind.id in allowed.kinds and not is_short(pack, plan)


def find_what_ifs(assessment: Assessment, check_in: Assessment | None = None, *, most: int | None = None) -> WhatIfs:
    """Find what would change a plan: single changes, and only if there is none, pairs.

    Args:
        check_in: a later check-in that was added to the plan. What it asked again is not supposed to be otherwise. Is
            anything found there that was not before, then nothing is supposed at all.
        most: so many at most, no two about the same item; None: all.

    Raises:
        HeartworkError: the second is no check-in to the first.
    """
    pack, plan = assessment.pack, effective_plan(assessment, check_in)
    allowed = pack.content.what_if
    anew = check_in is not None and not check_in.trace.findings.keys() <= assessment.trace.findings.keys()
    if plan is None or allowed is None or anew or not has_what_ifs(pack, plan):
        return WhatIfs(
            plan.kind.id if plan else None, offered=False, found=(), unconfirmed=(), more=0, everything=most is None
        )
    search = _Search(assessment, check_in, allowed)
    found: list[WhatIf] = []
    unconfirmed: list[WhatIf] = []
    passed = 0
    named: set[str] = set()
    for one in search.ranked():
        if most is not None and (len(found) >= most or one.items & named):
            passed += 1
        elif search.confirmed(one):
            found.append(one)
            named |= one.items
        else:
            unconfirmed.append(one)
    return WhatIfs(
        plan.kind.id,
        offered=True,
        found=tuple(found),
        unconfirmed=tuple(unconfirmed),
        more=passed,
        everything=most is None,
    )


class _Search:
    def __init__(self, assessment: Assessment, check_in: Assessment | None, allowed: WhatIfSteps) -> None:
        self._assessment, self._steps = assessment, assessment.pack.targets(allowed)
        self._check_in: Trace | None = check_in.trace if check_in else None
        self._kept = frozenset[str]()
        if (kept := allowed.not_eased) is not None and _stays(kept, assessment, check_in):
            self._kept = frozenset(assessment.pack.targets(kept))
        self._freely = frozenset(kept.unless if kept is not None else ())
        asked_again = () if check_in is None else check_in.form.asked
        self._supposed = list(_supposed(assessment, asked_again, allowed.farthest))
        self._tried = Counterfactuals(assessment, [(one.item, (one.after,)) for one in self._supposed])
        self._now = self._tried.standing(0, self._check_in)

    def ranked(self) -> list[WhatIf]:
        """All smallest changes that move a step and may be told, the most telling first."""
        for size in (1, 2):
            found = [one for some in combinations(range(len(self._supposed)), size) if (one := self._try(some))]
            if found:
                return sorted(_smallest(found), key=self._rank)
        return []

    def _try(self, some: Sequence[int]) -> WhatIf | None:
        changes = tuple(self._supposed[index] for index in some)
        if len({one.item for one in changes}) < len(changes):
            return None
        then = self._tried.standing(sum(1 << index for index in some), self._check_in)
        if then is self._now or not self._may_be_told(then):
            return None
        moves = tuple(self._moves(then))
        real = [one for one in moves if one.way != "shifts"]
        return WhatIf(changes, moves) if real and not self._lets_off(changes, real) else None

    def _lets_off(self, changes: Sequence[Supposed], moves: Sequence[SupposedMove]) -> bool:
        """True if a step that must not ease now would, by other answers than those about itself."""
        eased = {one.step for one in moves if one.way == "eases"}
        return not eased.isdisjoint(self._kept) and not self._freely.issuperset(one.item for one in changes)

    def _may_be_told(self, then: Standing) -> bool:
        """The kind and what is held stay, and no other step gains."""
        now = self._now
        same = now.kind == then.kind and _held(now) == _held(then)
        return same and not any(_gains(step, now, then) for step in now.places if step not in self._steps)

    def _moves(self, then: Standing) -> Iterator[SupposedMove]:
        for step, before in self._now.places.items():
            after = then.places[step]
            if step in self._steps and before != after:
                yield SupposedMove(step, before, after, _way(step, self._now, then))

    def _rank(self, one: WhatIf) -> tuple[int, int, list[tuple[int, int]]]:
        position = self._assessment.form.position
        return (
            -sum(move.visible for move in one.moves),
            one.points,
            [(position[change.item], change.place) for change in one.changes],
        )

    def confirmed(self, one: WhatIf) -> bool:
        """True if the rules engine, told the other answers anew, comes to the same plan."""
        sitting = self._assessment
        pack, form, day = sitting.pack, sitting.form, sitting.provenance.as_of
        raw = {**sitting.responses.answers, **{change.item: change.after for change in one.changes}}
        responses = validate_answers(pack, form, _written(raw), day, complete=False)
        rules = confirmed_rules(pack, form, responses, score(pack, form, responses.answers), day)
        if rules is None:
            return False
        then = standing(pack, rules, self._check_in)
        return self._may_be_told(then) and tuple(self._moves(then)) == one.moves


def _written(answers: Mapping[str, Value | None]) -> dict[str, object]:
    """Accepted answers as they come in."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in answers.items()}


def _stays(kept: NotEased, *sittings: Assessment | None) -> bool:
    """True if one of the sittings says that these steps must not ease."""
    return any(
        evaluator(kept.when, one.pack).truth(
            Facts(one.responses.answers, one.form.asked, one.scales, one.provenance.as_of, one.trace.findings)
        )
        for one in sittings
        if one is not None
    )


def _supposed(assessment: Assessment, asked_again: Collection[str], farthest: int | None) -> Iterator[Supposed]:
    """Every better answer to a changeable item that was answered, not too far from it, in the order of asking."""
    pack, read = assessment.pack, assessment.pack.read_by_conditions
    for name, given in assessment.responses.answers.items():
        item = pack.items[name]
        if not item.changeable or name in pack.sensitive or name in asked_again or name not in read or given is None:
            continue
        for one in better_answers(pack, name, given):
            if farthest is None or one.points <= farthest:
                yield Supposed(name, given, one.answer, one.place, one.points)


def _held(found: Standing) -> frozenset[str]:
    return frozenset(step for step, place in found.places.items() if place.emphasis == "not_now")


def _rank_of(place: Placement) -> int:
    """The lower, the more it is emphasised."""
    return EMPHASES.index(place.emphasis)


def _gains(step: str, now: Standing, then: Standing) -> bool:
    """More weight, its own or in the order, more emphasis, or an earlier place."""
    before, after = now.places[step], then.places[step]
    heavier = then.own[step] > now.own[step] or then.weights[step] > now.weights[step]
    return heavier or _rank_of(after) < _rank_of(before) or after.position < before.position


def _way(step: str, now: Standing, then: Standing) -> Way:
    before, after = now.places[step], then.places[step]
    if before.emphasis != after.emphasis:
        return "rises" if _rank_of(after) < _rank_of(before) else "eases"
    weight = then.weights[step] - now.weights[step]
    if after.position < before.position and weight > 0:
        return "rises"
    return "eases" if after.position > before.position and weight < 0 else "shifts"


def _smallest(found: Sequence[WhatIf]) -> Iterator[WhatIf]:
    """Without those that go farther than another of the same items, and lead to the same."""
    alike: dict[object, list[WhatIf]] = {}
    for one in found:
        alike.setdefault((one.items, one.moves), []).append(one)
    for same in alike.values():
        points = [tuple(change.points for change in one.changes) for one in same]
        for one, own in zip(same, points, strict=True):
            if not any(other != own and all(a <= b for a, b in zip(other, own, strict=True)) for other in points):
                yield one
