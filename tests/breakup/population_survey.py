"""Simulated persons, each assessed, reported and looked at, and what was found in all their reports.

A test run looks at two thousand, once, however many processes share the tests; `pytest -m exhaustive` looks at three thousand more.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Final

from engine.simulation.variety import Variety, VarietyCollector
from tests.breakup.simulated_people import SEED, SimulatedPerson, population, simulated_person
from tests.checks.contradictions import contradictions
from tests.checks.report_checks import CHECKS

PEOPLE: Final = 2000
MORE_PEOPLE: Final = 5000
"""So many are looked at where time does not matter."""
EXAMPLES: Final = 5
"""How many failures a message shows; all are counted."""


@dataclass(repr=False)
class Survey:
    """What was found."""

    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By check or pair some examples of what is wrong, each with the person's number: ``simulated_people.simulated_person`` makes it again."""
    counts: Counter[str] = field(default_factory=Counter)
    """By check or pair how many persons something is wrong for."""
    occurrences: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """What there is in all reports, by subject: how many have it."""
    variety: Variety | None = None
    """How far the plans differ; None until all persons were looked at."""

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

    def to_json(self) -> str:
        variety = asdict(self.variety) if self.variety else None
        return json.dumps(
            {"faults": self.faults, "counts": self.counts, "occurrences": self.occurrences, "variety": variety}
        )

    @classmethod
    def of_json(cls, text: str) -> Survey:
        parts = json.loads(text)
        occurrences = {subject: Counter(counts) for subject, counts in parts["occurrences"].items()}
        variety = Variety(**parts["variety"]) if parts["variety"] else None
        return cls(parts["faults"], Counter(parts["counts"]), occurrences, variety)


def _occurrences(person: SimulatedPerson) -> dict[str, set[str]]:
    """What is in this person's plan and report, of what is counted over all."""
    report, plan = person.report, person.plan
    word_count = person.word_count
    shown = "private" if person.is_private else "public"
    return {
        shown: set(_read_over_a_shoulder(person)),
        "rule": {firing.rule for firing in person.assessment.trace.firings},
        "notice": {notice.id for notice in plan.notices},
        "kind": {report.kind.id},
        "actions": {f"{step.id}/{addition.id}" for step in plan.steps for addition in step.actions},
        "cautions": {f"{step.id}/{addition.id}" for step in plan.steps for addition in step.cautions},
        "read": _visible_texts(person),
        "early": {step.id for step in report.steps[:3] if step.place != "not_now"},
        "focus": {step.id for step in report.this_week},
        "contingencies": {contingency.id for contingency in report.contingencies},
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


VARIANTS: Final = ("title", "summary")
"""Hardly anybody needs a reason for a step that nothing moved, or an end for an action that has none of its own."""


def survey_of(people: Iterable[int]) -> Survey:
    """Look at all persons of these numbers."""
    survey, variety = Survey(), VarietyCollector(population().pack)
    for person in map(simulated_person, people):
        survey.add(person)
        variety.add(person.assessment, person.plan, person.report)
    survey.variety = variety.variety(SEED)
    return survey


def _read_over_a_shoulder(person: SimulatedPerson) -> Iterator[str]:
    """What somebody else would notice first: headings, titles, lines, reasons, and what stands where no rule speaks."""
    report = person.report
    heading = report.heading.replace(person.name or "your ex", "your ex")
    yield from (f"heading {heading}", f"held_heading {report.held_heading}")
    for step in report.steps:
        if report.kind.id != "safety_first":  # whose titles are meant to differ
            yield f"title {step.title}"
        texts = [step.line, step.default_reason, *(reason.sentence for reason in step.reasons)]
        yield from (f"phrase {text.replace(person.name or 'your ex', 'your ex')}" for text in texts if text)
