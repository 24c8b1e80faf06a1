"""The search for the changed answers that moved each step of a plan (ADR 003)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

from engine.assessment.ordering import EMPHASES
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Placement
from engine.comparison.counterfactuals import TIME, ChangeSet, Counterfactuals, answer_if_any


def changed_items(before: Assessment, after: Assessment) -> list[str]:
    """The items that both forms ask and whose answers differ, in the order of asking."""
    earlier, later = before.responses.answers, after.responses.answers
    names = [item.id for item in after.form.items if item.id in before.form.item_ids]
    return [name for name in names if earlier.get(name) != later.get(name)]


class AttributionSearch:
    """Applies sets of the changed answers to the earlier sitting, and looks which of them move a step."""

    def __init__(self, before: Assessment, after: Assessment) -> None:
        changed_ids = changed_items(before, after)
        self._unread = [name for name in changed_ids if name not in after.pack.read_by_conditions]
        changes = [name for name in changed_ids if name not in self._unread]
        if before.provenance.as_of != after.provenance.as_of:
            changes.append(TIME)
        item_changes = [(name, answer_if_any(after, name)) for name in changes]
        self._counterfactuals = Counterfactuals(before, item_changes, later=after.provenance.as_of)
        self._names: dict[ChangeSet, str] = {1 << index: name for index, name in enumerate(changes)}
        """By bit the item, or ``TIME``."""

    def causes(self, steps: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """For each step an irreducible set of changes that gives it its later placement, the strongest change first.

        The set is the smallest one if one or two changes are enough.
        """
        final_placements = self._counterfactuals.placements(self._counterfactuals.all_changes).placements
        causes: dict[str, ChangeSet] = {}
        for bits in chain(combinations(self._names, 1), combinations(self._names, 2)):
            unexplained = [step for step in steps if step not in causes]
            if not unexplained:
                break
            changes = sum(bits)
            placements = self._counterfactuals.placements(changes).placements
            causes.update({step: changes for step in unexplained if placements[step] == final_placements[step]})
        for step in steps:
            if step not in causes:
                causes[step] = self._reduced(step, final_placements[step])
        return {step: self._strongest_first(step, causes[step]) for step in steps}

    def _reduced(self, step: str, target: Placement) -> ChangeSet:
        """All changes, without each one that the step does not need for its later placement."""
        remaining = self._counterfactuals.all_changes
        reduced = True
        while reduced:  # a change that was needed may not be needed any more once others are left out
            reduced = False
            for bit in self._names:
                if remaining & bit and self._counterfactuals.placements(remaining & ~bit).placements[step] == target:
                    remaining &= ~bit
                    reduced = True
        return remaining

    def _strongest_first(self, step: str, changes: ChangeSet) -> tuple[str, ...]:
        """The names of changes, ordered by how far the step is from its later placement without each of them.

        The distance is counted in positions, then in emphases, then in weight. Equal changes keep the order of asking.
        """
        with_all = self._counterfactuals.placements(changes)

        def distance(bit: ChangeSet) -> tuple[int, int, int]:
            without = self._counterfactuals.placements(changes & ~bit)
            placement, target = without.placements[step], with_all.placements[step]
            emphasis = EMPHASES.index(placement.emphasis) - EMPHASES.index(target.emphasis)
            weight = without.effective_weights[step] - with_all.effective_weights[step]
            return abs(placement.position - target.position), abs(emphasis), abs(weight)

        members = sorted((bit for bit in self._names if changes & bit), key=distance, reverse=True)
        return tuple(self._names[bit] for bit in members)

    def without_effect(self) -> Iterator[str]:
        """The changes that leave the plan as it is: alone, after all others, and in either order of asking."""
        yield from self._unread
        everything = self._counterfactuals.all_changes
        for bit, name in self._names.items():
            earlier = bit - 1
            contexts = (0, everything & ~bit, earlier, everything & ~bit & ~earlier)
            if all(self._same(context, context | bit) for context in contexts):
                yield name

    def _same(self, changes: ChangeSet, extended: ChangeSet) -> bool:
        counterfactuals = self._counterfactuals
        return counterfactuals.fired(changes) == counterfactuals.fired(extended) or (
            counterfactuals.visible_plan(changes) == counterfactuals.visible_plan(extended)
        )
