"""What would change a plan: the smallest changes of changeable answers that would move a step, and how (ADR 009).

Only a better answer within reach is supposed (:mod:`engine.what_if.better_answers`), only to items that are
changeable and not sensitive, and only in kinds of plan that have what-ifs. A change is passed over if it gives a step
outside ``what_if`` more weight or emphasis or an earlier place, or if it changes the kind of plan or what is held:
nobody is told how to bring that about. Nor does a step ease that the content says must not ease with these answers.

The plain evaluator tries everything. What is found counts only once the rules engine has confirmed it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from engine.assessment.inference import confirmed_rules
from engine.assessment.ordering import EMPHASES
from engine.assessment.pipeline import Assessment, effective_plan, holds
from engine.assessment.plan import Placement, Plan, StepPlacements, is_short
from engine.assessment.responses import validate_answers
from engine.assessment.scoring import score
from engine.comparison.counterfactuals import Counterfactuals
from engine.content.pack import Pack
from engine.content.steps import NotEased, WhatIfSteps
from engine.what_if.better_answers import SupposedChange, better_answers

FIRST_PLACES: Final = 3
"""The places a person sees first: moves there weigh more."""
MoveKind = Literal["rises", "eases", "shifts"]


@dataclass(frozen=True, slots=True)
class SupposedMove:
    """A step that would stand elsewhere. It shifts if only its place changes, as others pass it."""

    step: str
    before: Placement
    after: Placement
    way: MoveKind

    @property
    def visible(self) -> bool:
        """True if it is more than a shift, and touches the places a person sees first."""
        return self.way != "shifts" and min(self.before.position, self.after.position) <= FIRST_PLACES


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One or two other answers, and all steps that they would move, in the order of the plan."""

    changes: tuple[SupposedChange, ...]
    moves: tuple[SupposedMove, ...]

    @property
    def points(self) -> int:
        return sum(change.points for change in self.changes)

    @property
    def items(self) -> frozenset[str]:
        return frozenset(change.item for change in self.changes)


@dataclass(frozen=True, slots=True)
class WhatIfs:
    """What would change one plan."""

    plan: Plan | None
    """The plan as it is."""
    offered: bool
    """False if the pack has none, or none for this kind of plan, or the plan is told briefly."""
    what_ifs: tuple[WhatIf, ...]
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
    new_findings = check_in is not None and not check_in.trace.findings.keys() <= assessment.trace.findings.keys()
    everything = most is None
    if plan is None or allowed is None or new_findings or not has_what_ifs(pack, plan):
        return WhatIfs(plan, offered=False, what_ifs=(), unconfirmed=(), more=0, everything=everything)
    search = _Search(assessment, check_in, allowed)
    confirmed: list[WhatIf] = []
    unconfirmed: list[WhatIf] = []
    skipped = 0
    for what_if in search.ranked():
        used_items = {item for earlier in confirmed for item in earlier.items}
        if most is not None and (len(confirmed) >= most or what_if.items & used_items):
            skipped += 1
        else:
            (confirmed if search.confirmed(what_if) else unconfirmed).append(what_if)
    return WhatIfs(
        plan,
        offered=True,
        what_ifs=tuple(confirmed),
        unconfirmed=tuple(unconfirmed),
        more=skipped,
        everything=everything,
    )


class _Search:
    def __init__(self, assessment: Assessment, check_in: Assessment | None, allowed: WhatIfSteps) -> None:
        self._assessment, self._steps = assessment, assessment.pack.targets(allowed)
        not_eased = allowed.not_eased
        forbidden = not_eased is not None and _must_not_ease(not_eased, assessment, check_in)
        self._not_eased = frozenset(assessment.pack.targets(not_eased)) if not_eased and forbidden else frozenset[str]()
        self._easing_items = frozenset(not_eased.unless if not_eased else ())
        asked_again = () if check_in is None else check_in.form.item_ids
        self._candidates = list(_supposed_changes(assessment, asked_again, allowed.farthest))
        self._counterfactuals = Counterfactuals(
            assessment,
            [(change.item, (change.after,)) for change in self._candidates],
            check_in=check_in.trace if check_in else None,
        )
        self._actual = self._counterfactuals.placements(0)

    def ranked(self) -> list[WhatIf]:
        """All smallest changes that move a step and may be told, the most telling first."""
        for size in (1, 2):
            combined = combinations(range(len(self._candidates)), size)
            if what_ifs := list(filter(None, map(self._try, combined))):
                return sorted(_smallest(what_ifs), key=self._rank)
        return []

    def _try(self, indexes: Sequence[int]) -> WhatIf | None:
        changes = tuple(self._candidates[index] for index in indexes)
        if len({change.item for change in changes}) < len(changes):
            return None
        supposed = self._counterfactuals.placements(sum(1 << index for index in indexes))
        if supposed is self._actual or not self._may_be_shown(supposed):
            return None
        what_if = WhatIf(changes, tuple(self._moves(supposed)))
        moved = any(move.way != "shifts" for move in what_if.moves)
        return what_if if moved and not self._eases_forbidden(what_if) else None

    def _eases_forbidden(self, what_if: WhatIf) -> bool:
        """True if a step that must not ease now would, by other answers than those about itself."""
        eased = {move.step for move in what_if.moves if move.way == "eases"}
        return not eased.isdisjoint(self._not_eased) and not what_if.items <= self._easing_items

    def _may_be_shown(self, supposed: StepPlacements) -> bool:
        """The kind and what is held stay, and no other step gains."""
        actual = self._actual
        unchanged = actual.kind == supposed.kind and _held(actual) == _held(supposed)
        return unchanged and not any(
            _gains(step, actual, supposed) for step in actual.placements if step not in self._steps
        )

    def _moves(self, supposed: StepPlacements) -> Iterator[SupposedMove]:
        for step, before in self._actual.placements.items():
            after = supposed.placements[step]
            if step in self._steps and before != after:
                yield SupposedMove(step, before, after, _move_kind(step, self._actual, supposed))

    def _rank(self, what_if: WhatIf) -> tuple[int, int, list[tuple[int, int]]]:
        position = self._assessment.form.position
        return (
            -sum(move.visible for move in what_if.moves),
            what_if.points,
            [(position[change.item], change.index) for change in what_if.changes],
        )

    def confirmed(self, what_if: WhatIf) -> bool:
        """True if the rules engine, told the other answers anew, comes to the same plan."""
        sitting = self._assessment
        pack, form, as_of = sitting.pack, sitting.form, sitting.provenance.as_of
        answers = {**sitting.responses.answers, **{change.item: change.after for change in what_if.changes}}
        responses = validate_answers(pack, form, answers, as_of, complete=False, kept=True)
        scales, earlier = score(pack, form, responses.answers), sitting.trace.engine_answers
        rules = confirmed_rules(pack, form, responses, scales, as_of, earlier)
        if rules is None:
            return False
        supposed = self._counterfactuals.place(rules)
        return self._may_be_shown(supposed) and tuple(self._moves(supposed)) == what_if.moves


def _must_not_ease(not_eased: NotEased, *sittings: Assessment | None) -> bool:
    """True if one of the sittings says that these steps must not ease."""
    return any(holds(not_eased.when, sitting) for sitting in sittings if sitting is not None)


def _supposed_changes(
    assessment: Assessment, asked_again: Collection[str], farthest: int | None
) -> Iterator[SupposedChange]:
    """Every better answer to a changeable item that was answered, not too far from it, in the order of asking."""
    pack = assessment.pack
    excluded = pack.sensitive.union(asked_again)
    for name, answer in assessment.responses.answers.items():
        effective = name in pack.read_by_conditions and pack.items[name].changeable
        if answer is not None and effective and name not in excluded:
            changes = better_answers(pack, name, answer)
            yield from (change for change in changes if farthest is None or change.points <= farthest)


def _held(plan_state: StepPlacements) -> frozenset[str]:
    return frozenset(step for step, placement in plan_state.placements.items() if placement.emphasis == "not_now")


def _rank_of(placement: Placement) -> int:
    """The lower, the more it is emphasised."""
    return EMPHASES.index(placement.emphasis)


def _gains(step: str, actual: StepPlacements, supposed: StepPlacements) -> bool:
    """More weight, its own or in the order, more emphasis, or an earlier place."""
    before, after = actual.placements[step], supposed.placements[step]
    heavier = (
        supposed.weights[step] > actual.weights[step]
        or supposed.effective_weights[step] > actual.effective_weights[step]
    )
    return heavier or _rank_of(after) < _rank_of(before) or after.position < before.position


def _move_kind(step: str, actual: StepPlacements, supposed: StepPlacements) -> MoveKind:
    before, after = actual.placements[step], supposed.placements[step]
    if before.emphasis != after.emphasis:
        return "rises" if _rank_of(after) < _rank_of(before) else "eases"
    weight = supposed.effective_weights[step] - actual.effective_weights[step]
    if after.position < before.position and weight > 0:
        return "rises"
    return "eases" if after.position > before.position and weight < 0 else "shifts"


def _smallest(what_ifs: Sequence[WhatIf]) -> Iterator[WhatIf]:
    """Without those that go farther than another of the same items, and lead to the same."""
    equivalent: dict[object, list[WhatIf]] = defaultdict(list)
    for what_if in what_ifs:
        equivalent[what_if.items, what_if.moves].append(what_if)
    for group in equivalent.values():
        yield from (what_if for what_if in group if not any(_is_nearer(other, what_if) for other in group))


def _is_nearer(what_if: WhatIf, other: WhatIf) -> bool:
    """True if one of its changes of the same items goes less far, and none farther."""
    points = [(change.points, same.points) for change, same in zip(what_if.changes, other.changes, strict=True)]
    return all(near <= far for near, far in points) and any(near < far for near, far in points)
