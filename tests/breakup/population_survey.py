"""Five thousand simulated persons, each assessed and reported once a test run, however many processes share the tests.

The persons are looked at in slices. Whoever needs the survey takes the slices that nobody has taken yet, notes what it
finds of each in a file beside those of the other processes, and waits for the rest: so two processes take half each.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from tests.breakup.simulated_people import Taken, person
from tests.checks.contradictions import contradictions
from tests.checks.report_checks import CHECKS

PEOPLE: Final = 5000
SLICES: Final = 20
EXAMPLES: Final = 5
"""So many are told of what is wrong in a slice; all are counted."""
PATIENCE: Final = 900.0
"""Seconds to wait for what another process has taken: it may have a slow machine, or have died."""


@dataclass(repr=False)
class Survey:
    """What was found."""

    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By check or pair some examples of what is wrong, each with the person's number: ``people.person`` makes it again."""
    counts: Counter[str] = field(default_factory=Counter)
    """By check or pair how many persons something is wrong for."""
    seen: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """What there is in all reports, by subject: how many have it."""

    def add(self, one: Taken) -> None:
        """Look at one person."""
        for name, check in CHECKS.items():
            if found := list(check(one)):
                self._note(name, one, "; ".join(found))
        for pair, met in contradictions(one):
            self._note(pair, one, met)
        for subject, things in _seen(one).items():
            self.seen[subject].update(things)

    def _note(self, name: str, one: Taken, what: str) -> None:
        self.counts[name] += 1
        if len(self.faults[name]) < EXAMPLES:
            self.faults[name].append(f"person {one.number}: {what}")

    def merge(self, noted: Mapping[str, Any]) -> None:
        """Add what another slice found."""
        for name, found in noted["faults"].items():
            self.faults[name] += found
        self.counts.update(noted["counts"])
        for subject, things in noted["seen"].items():
            self.seen[subject].update(things)

    def noted(self) -> str:
        return json.dumps({"faults": self.faults, "counts": self.counts, "seen": self.seen})


def _seen(one: Taken) -> dict[str, set[str]]:
    """What is in this person's plan and report, of what is counted over all."""
    report, plan = one.report, one.plan
    words = one.length
    return {
        "rule": {firing.rule for firing in one.assessment.trace.firings},
        "notice": {notice.id for notice in plan.notices},
        "kind": {report.kind.id},
        "actions": {f"{step.id}/{added.id}" for step in plan.steps for added in step.actions},
        "cautions": {f"{step.id}/{added.id}" for step in plan.steps for added in step.cautions},
        "read": _read(one),
        "early": {step.id for step in report.steps[:3] if step.place != "not_now"},
        "focus": {step.id for step in report.this_week},
        "order": {" ".join(step.id for step in report.steps)},
        "three": {" ".join(step.id for step in report.steps[:3])},
        "free": {str(not report.not_now)},
        "other": {f"{one.pronoun}, {'a name' if one.name else 'no name'}"},
        "length": set()
        if report.short
        else {f"{'held' if report.not_now else 'whole'} {words.unfolded} {words.folded}"},
    }


def _read(one: Taken) -> set[str]:
    """The actions and the variants of texts that stand in the report, and not only in the plan behind it."""
    kind, today = one.report.kind.id, one.report.today
    found = {f"action {today.step}/{today.action.id}"} if today else set()
    for step in one.report.steps:
        found |= {f"action {step.id}/{action.id}" for action in step.actions}
        found |= {f"{name} {step.id} {kind}" for name in VARIANTS if getattr(step, name)}
    return found


VARIANTS: Final = ("title", "summary", "done_when", "default_reason")


@lru_cache(maxsize=1)
def survey(folder: Path) -> Survey:
    """The whole survey, of which this process does what no other one has begun.

    Args:
        folder: the same for all processes of a test run, and for no other run.
    """
    folder.mkdir(exist_ok=True)
    for number in range(SLICES):
        if _taken(folder / f"{number}.taken"):
            _note(folder / f"{number}.json", number)
    whole = Survey()
    for number in range(SLICES):
        whole.merge(_waited_for(folder / f"{number}.json"))
    return whole


def _taken(path: Path) -> bool:
    """True for the one process that takes this slice."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def _note(path: Path, number: int) -> None:
    part = Survey()
    for one in range(number, PEOPLE, SLICES):
        part.add(person(one))
    unfinished = path.with_suffix(".part")
    unfinished.write_text(part.noted(), encoding="utf-8")
    unfinished.replace(path)


def _waited_for(path: Path) -> Mapping[str, Any]:
    until = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < until, f"whoever took {path.name} never came back"
        time.sleep(0.05)  # nothing tells one process of pytest what another has done
    noted: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return noted
