"""Which of the changed answers moved which step of a plan (ADR 003)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

from engine.assessment.ordering import EMPHASES
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Placement
from engine.comparison.counterfactuals import TIME, ChangeSet, Counterfactuals, answer_if_any


def changed_items(before: Assessment, after: Assessment) -> list[str]:
    """The items asked both times whose answer changed, in the order of asking."""
    earlier, later = before.responses.answers, after.responses.answers
    names = [item.id for item in after.form.items if item.id in before.form.item_ids]
    return [name for name in names if earlier.get(name) != later.get(name)]


class AttributionSearch:
    """Tries out which of the changed answers, applied to the earlier ones, move what."""

    def __init__(self, before: Assessment, after: Assessment) -> None:
        self._after = after
        changed_ids = changed_items(before, after)
        self._unread = [name for name in changed_ids if name not in after.pack.read_by_conditions]
        self._changes = [name for name in changed_ids if name not in self._unread]
        if before.provenance.as_of != after.provenance.as_of:
            self._changes.append(TIME)
        item_changes = [(name, answer_if_any(after, name)) for name in self._changes]
        self._counterfactuals = Counterfactuals(before, item_changes, later=after.provenance.as_of)
        self._bits: Sequence[ChangeSet] = [1 << index for index in range(len(self._changes))]

    def causes(self, steps: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """For each step an irreducible set of changes that moves it: the smallest, as long as one or two suffice.

        The strongest comes first: that without which the step would stay farthest from its later place.
        """
        final_placements = self._counterfactuals.placements(self._counterfactuals.all_changes).placements
        changes_by_step: dict[str, ChangeSet] = {}
        for bits in chain(combinations(self._bits, 1), combinations(self._bits, 2)):
            unexplained = [step for step in steps if step not in changes_by_step]
            if not unexplained:
                break
            changes = sum(bits)
            placements = self._counterfactuals.placements(changes).placements
            changes_by_step.update(
                {step: changes for step in unexplained if placements[step] == final_placements[step]}
            )
        for step in steps:
            if step not in changes_by_step:
                changes_by_step[step] = self._reduced(step, final_placements[step])
        return {step: self._strongest_first(step, changes_by_step[step]) for step in steps}

    def _reduced(self, step: str, target: Placement) -> ChangeSet:
        """All changes, less every one that can be spared, until none can."""
        remaining = self._counterfactuals.all_changes
        reduced = True
        while reduced:
            reduced = False
            for bit in self._bits:
                if remaining & bit and self._counterfactuals.placements(remaining & ~bit).placements[step] == target:
                    remaining &= ~bit
                    reduced = True
        return remaining

    def _strongest_first(self, step: str, changes: ChangeSet) -> tuple[str, ...]:
        """The names of changes: by how far the step stays from its later place without each of them.

        Far is counted in places first, then in emphases, then in weight; equals stand in the order of asking.
        """
        with_all = self._counterfactuals.placements(changes)

        def distance(bit: ChangeSet) -> tuple[int, int, int]:
            without = self._counterfactuals.placements(changes & ~bit)
            placement, target = without.placements[step], with_all.placements[step]
            emphasis = EMPHASES.index(placement.emphasis) - EMPHASES.index(target.emphasis)
            weight = without.effective_weights[step] - with_all.effective_weights[step]
            return -abs(placement.position - target.position), -abs(emphasis), -abs(weight)

        members = [(bit, name) for bit, name in zip(self._bits, self._changes, strict=True) if changes & bit]
        return tuple(name for _, name in sorted(members, key=lambda member: distance(member[0])))

    def without_effect(self) -> Iterator[str]:
        """Changes that change nothing: alone, after all others, and in their turn in the order of asking and back."""
        yield from self._unread
        everything = self._counterfactuals.all_changes
        for bit, name in zip(self._bits, self._changes, strict=True):
            earlier = bit - 1
            contexts = (0, everything & ~bit, earlier, everything & ~bit & ~earlier)
            if all(self._same(context, context | bit) for context in contexts):
                yield name

    def _same(self, changes: ChangeSet, extended: ChangeSet) -> bool:
        counterfactuals = self._counterfactuals
        if counterfactuals.fired(changes) == counterfactuals.fired(extended):
            return True
        if counterfactuals.placements(changes).placements != counterfactuals.placements(extended).placements:
            return False
        return counterfactuals.visible_plan(changes) == counterfactuals.visible_plan(extended)
