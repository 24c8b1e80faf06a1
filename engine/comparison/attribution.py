"""Which of the changed answers moved which step of a plan (ADR 003)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from engine.assessment.ordering import EMPHASES
from engine.assessment.pipeline import Assessment
from engine.assessment.plan import Placement
from engine.comparison.counterfactuals import TIME, Change, Counterfactuals, given_to


def changed_items(before: Assessment, after: Assessment) -> list[str]:
    """The items asked both times whose answer changed, in the order of asking."""
    earlier, later = before.responses.answers, after.responses.answers
    names = [item.id for item in after.form.items if item.id in before.form.asked]
    return [name for name in names if earlier.get(name) != later.get(name)]


class AttributionSearch:
    """Tries out which of the changed answers, applied to the earlier ones, move what."""

    def __init__(self, before: Assessment, after: Assessment) -> None:
        self._after = after
        names = changed_items(before, after)
        self._silent = [name for name in names if name not in after.pack.read_by_conditions]
        self._changes = [name for name in names if name not in self._silent]
        if before.provenance.as_of != after.provenance.as_of:
            self._changes.append(TIME)
        changed = [(name, given_to(after, name)) for name in self._changes]
        self._tried = Counterfactuals(before, changed, later=after.provenance.as_of)
        self._bits: Sequence[Change] = [1 << place for place in range(len(self._changes))]

    def causes(self, steps: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """For each step an irreducible set of changes that moves it: the smallest, as long as one or two suffice.

        The strongest comes first: that without which the step would stay farthest from its later place.
        """
        wanted = self._tried.standing(self._tried.all()).places
        found: dict[str, Change] = {}
        for size in (1, 2):
            for some in combinations(self._bits, size):
                waiting = [step for step in steps if step not in found]
                if not waiting:
                    break
                changes = sum(some)
                places = self._tried.standing(changes).places
                found.update({step: changes for step in waiting if places[step] == wanted[step]})
        for step in steps:
            if step not in found:
                found[step] = self._reduced(step, wanted[step])
        return {step: self._strongest_first(step, found[step]) for step in steps}

    def _reduced(self, step: str, wanted: Placement) -> Change:
        """All changes, less every one that can be spared, until none can."""
        kept = self._tried.all()
        spared = True
        while spared:
            spared = False
            for bit in self._bits:
                if kept & bit and self._tried.standing(kept & ~bit).places[step] == wanted:
                    kept &= ~bit
                    spared = True
        return kept

    def _strongest_first(self, step: str, changes: Change) -> tuple[str, ...]:
        """The names of changes: by how far the step stays from its later place without each of them.

        Far is counted in places first, then in emphases, then in weight; equals stand in the order of asking.
        """
        whole = self._tried.standing(changes)

        def missed(bit: Change) -> tuple[int, int, int]:
            without = self._tried.standing(changes & ~bit)
            one, other = without.places[step], whole.places[step]
            emphasis = EMPHASES.index(one.emphasis) - EMPHASES.index(other.emphasis)
            weight = without.weights[step] - whole.weights[step]
            return -abs(one.position - other.position), -abs(emphasis), -abs(weight)

        own = [(bit, name) for bit, name in zip(self._bits, self._changes, strict=True) if changes & bit]
        return tuple(name for _, name in sorted(own, key=lambda one: missed(one[0])))

    def without_effect(self) -> Iterator[str]:
        """Changes that change nothing: alone, after all others, and in their turn in the order of asking and back."""
        yield from self._silent
        everything = self._tried.all()
        for bit, name in zip(self._bits, self._changes, strict=True):
            earlier = bit - 1
            others = (0, everything & ~bit, earlier, everything & ~bit & ~earlier)
            if all(self._same(some, some | bit) for some in others):
                yield name

    def _same(self, some: Change, more: Change) -> bool:
        tried = self._tried
        if tried.fired(some) == tried.fired(more):
            return True
        if tried.standing(some).places != tried.standing(more).places:
            return False
        return tried.outcome(some) == tried.outcome(more)
