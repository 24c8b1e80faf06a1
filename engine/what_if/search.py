"""Finds what would change a plan: the smallest changes of answers that would move a step (ADR 009).

Only better answers within reach are supposed (:mod:`engine.what_if.better_answers`), only for changeable,
non-sensitive items, and only in kinds of plan with what-ifs. A change is rejected if it gives a step outside
``what_if`` more weight, more emphasis or an earlier position, if it changes the kind of plan or a hold, or if it eases
a step that must not ease.

The plain evaluator searches. A result counts once the rules engine has confirmed it.
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
"""The positions a person sees first; moves there count more."""
MoveKind = Literal["rises", "eases", "shifts"]


@dataclass(frozen=True, slots=True)
class SupposedMove:
    """A step that would have another position. It shifts if only its position changes, because others pass it."""

    step: str
    before: Placement
    after: Placement
    way: MoveKind

    @property
    def visible(self) -> bool:
        """True if it does more than shift and concerns the first positions."""
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
    """The actual plan."""
    offered: bool
    """False if the pack or this kind of plan has none, or the report is short."""
    what_ifs: tuple[WhatIf, ...]
    """The most significant first: most visible moves, then the smallest change, then the order of the form."""
    unconfirmed: tuple[WhatIf, ...]
    """The number that the rules engine did not confirm, which are left out."""
    more: int
    """The number beyond ``most``."""
    everything: bool
    """True if all were asked for."""


def has_what_ifs(pack: Pack, plan: Plan) -> bool:
    """Whether a plan has what-ifs: not in every kind, and not in a short report."""
    allowed = pack.content.what_if
    return allowed is not None and plan.kind.id in allowed.kinds and not is_short(pack, plan)


def find_what_ifs(assessment: Assessment, check_in: Assessment | None = None, *, most: int | None = None) -> WhatIfs:
    """Find what would change a plan: single changes, or pairs if no single change does.

    Args:
        full: the full sitting.
        check_in: a later check-in that was added to the plan. Its items are left out; if it found something new, there
            are no what-ifs.
        most: the maximum, no two about the same item; None for all.

    Raises:
        HeartworkError: the second sitting is not a check-in of the first.
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
        """All smallest changes that move a step and may be shown, the most significant first."""
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
        """True if a step that must not ease would ease because of answers about other matters."""
        eased = {move.step for move in what_if.moves if move.way == "eases"}
        return not eased.isdisjoint(self._not_eased) and not what_if.items <= self._easing_items

    def _may_be_shown(self, supposed: StepPlacements) -> bool:
        """True if kind and holds stay and no other step gains."""
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
        """True if both evaluators give the same plan for the other answers."""
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
    """Every better answer within reach to a changeable, answered item, in the order of the form."""
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
    """The rank of an emphasis; lower means more emphasis."""
    return EMPHASES.index(placement.emphasis)


def _gains(step: str, actual: StepPlacements, supposed: StepPlacements) -> bool:
    """True for more weight (its own or effective), more emphasis, or an earlier position."""
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
    """Without changes that go farther than another one of the same items with the same result."""
    equivalent: dict[object, list[WhatIf]] = defaultdict(list)
    for what_if in what_ifs:
        equivalent[what_if.items, what_if.moves].append(what_if)
    for group in equivalent.values():
        yield from (what_if for what_if in group if not any(_is_nearer(other, what_if) for other in group))


def _is_nearer(what_if: WhatIf, other: WhatIf) -> bool:
    """True if one change of the same items is smaller and none is larger."""
    points = [(change.points, same.points) for change, same in zip(what_if.changes, other.changes, strict=True)]
    return all(near <= far for near, far in points) and any(near < far for near, far in points)
