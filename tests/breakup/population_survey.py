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

from tests.breakup.simulated_people import SimulatedPerson, simulated_person
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
    """By check or pair some examples of what is wrong, each with the person's number: ``simulated_people.simulated_person`` makes it again."""
    counts: Counter[str] = field(default_factory=Counter)
    """By check or pair how many persons something is wrong for."""
    occurrences: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """What there is in all reports, by subject: how many have it."""

    def add(self, person: SimulatedPerson) -> None:
        """Look at one person."""
        for name, check in CHECKS.items():
            if problems := list(check(person)):
                self._count(name, person, "; ".join(problems))
        for pair, met in contradictions(person):
            self._count(pair, person, met)
        for subject, occurrences in _occurrences(person).items():
            self.occurrences[subject].update(occurrences)

    def _count(self, name: str, person: SimulatedPerson, problem: str) -> None:
        self.counts[name] += 1
        if len(self.faults[name]) < EXAMPLES:
            self.faults[name].append(f"person {person.number}: {problem}")

    def merge(self, part: Mapping[str, Any]) -> None:
        """Add what another slice found."""
        for name, examples in part["faults"].items():
            self.faults[name] += examples
        self.counts.update(part["counts"])
        for subject, counts in part["occurrences"].items():
            self.occurrences[subject].update(counts)

    def to_json(self) -> str:
        return json.dumps({"faults": self.faults, "counts": self.counts, "occurrences": self.occurrences})


def _occurrences(person: SimulatedPerson) -> dict[str, set[str]]:
    """What is in this person's plan and report, of what is counted over all."""
    report, plan = person.report, person.plan
    word_count = person.word_count
    return {
        "rule": {firing.rule for firing in person.assessment.trace.firings},
        "notice": {notice.id for notice in plan.notices},
        "kind": {report.kind.id},
        "actions": {f"{step.id}/{addition.id}" for step in plan.steps for addition in step.actions},
        "cautions": {f"{step.id}/{addition.id}" for step in plan.steps for addition in step.cautions},
        "read": _visible_texts(person),
        "early": {step.id for step in report.steps[:3] if step.place != "not_now"},
        "focus": {step.id for step in report.this_week},
        "order": {" ".join(step.id for step in report.steps)},
        "three": {" ".join(step.id for step in report.steps[:3])},
        "free": {str(not report.not_now)},
        "other": {f"{person.pronoun}, {'a name' if person.name else 'no name'}"},
        "length": set()
        if report.short
        else {f"{'held' if report.not_now else 'whole'} {word_count.unfolded} {word_count.folded}"},
    }


def _visible_texts(person: SimulatedPerson) -> set[str]:
    """The actions and the variants of texts that stand in the report, and not only in the plan behind it."""
    kind, today = person.report.kind.id, person.report.today
    visible = {f"action {today.step}/{today.action.id}"} if today else set()
    for step in person.report.steps:
        visible |= {f"action {step.id}/{action.id}" for action in step.actions}
        visible |= {f"{name} {step.id} {kind}" for name in VARIANTS if getattr(step, name)}
    return visible


VARIANTS: Final = ("title", "summary", "done_when", "default_reason")


@lru_cache(maxsize=1)
def survey(folder: Path) -> Survey:
    """The whole survey, of which this process does what no other one has begun.

    Args:
        folder: the same for all processes of a test run, and for no other run.
    """
    folder.mkdir(exist_ok=True)
    for number in range(SLICES):
        if _claim_slice(folder / f"{number}.taken"):
            _survey_slice(folder / f"{number}.json", number)
    whole = Survey()
    for number in range(SLICES):
        whole.merge(_wait_for_slice(folder / f"{number}.json"))
    return whole


def _claim_slice(path: Path) -> bool:
    """True for the one process that takes this slice."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def _survey_slice(path: Path, slice_number: int) -> None:
    slice_survey = Survey()
    for person_number in range(slice_number, PEOPLE, SLICES):
        slice_survey.add(simulated_person(person_number))
    unfinished = path.with_suffix(".part")
    unfinished.write_text(slice_survey.to_json(), encoding="utf-8")
    unfinished.replace(path)


def _wait_for_slice(path: Path) -> Mapping[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < deadline, f"whoever took {path.name} never came back"
        time.sleep(0.05)  # nothing tells one process of pytest what another has done
    part: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return part
