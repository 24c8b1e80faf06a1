"""A survey of simulated people: all checks of their reports, with what they found.

A test run looks at two thousand, once, however many processes share the tests; `pytest -m exhaustive` looks at three thousand more.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Final

from engine.simulation.variety import Variety, VarietyCollector
from tests.breakup.simulated_people import SEED, SimulatedPerson, population, simulated_person
from tests.checks.contradictions import contradictions
from tests.checks.report_checks import CHECKS

PEOPLE: Final = 2000
MORE_PEOPLE: Final = 5000
"""The number of people in exhaustive runs."""
EXAMPLES: Final = 5
"""The number of failures that a message shows; all are counted."""


@dataclass(repr=False)
class Survey:
    """The results."""

    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By check or pair some examples of failures, each with the person's number: ``simulated_people.simulated_person`` makes it again."""
    counts: Counter[str] = field(default_factory=Counter)
    """By check or pair the number of people with a failure."""
    occurrences: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """By subject the things found in reports, with the number of people who have them."""
    private_people: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By visible text the numbers of the first people with a sensitive answer who have it."""
    variety: Variety | None = None
    """How much the plans differ; None until all people were checked."""

    def add(self, person: SimulatedPerson) -> None:
        """Check one person."""
        for name, check in CHECKS.items():
            if problems := list(check(person)):
                self._count(name, person, "; ".join(problems))
        for pair, met in contradictions(person):
            self._count(pair, person, met)
        for subject, occurrences in _occurrences(person).items():
            self.occurrences[subject].update(occurrences)
        for text in read_over_a_shoulder(person) if person.is_private else ():
            if len(self.private_people[text]) < EXAMPLES:
                self.private_people[text].append(person.number)

    def _count(self, name: str, person: SimulatedPerson, problem: str) -> None:
        self.counts[name] += 1
        if len(self.faults[name]) < EXAMPLES:
            self.faults[name].append(f"person {person.number}: {problem}")

    def to_json(self) -> str:
        variety = asdict(self.variety) if self.variety else None
        parts = {"faults": self.faults, "counts": self.counts, "occurrences": self.occurrences}
        return json.dumps(parts | {"private_people": self.private_people, "variety": variety})

    @classmethod
    def of_json(cls, text: str) -> Survey:
        parts = json.loads(text)
        occurrences = {subject: Counter(counts) for subject, counts in parts["occurrences"].items()}
        variety = Variety(**parts["variety"]) if parts["variety"] else None
        return cls(parts["faults"], Counter(parts["counts"]), occurrences, parts["private_people"], variety)


def _occurrences(person: SimulatedPerson) -> dict[str, set[str]]:
    """The things in this person's plan and report that are counted over all people."""
    report, plan = person.report, person.plan
    word_count = person.word_count
    shown = "private" if person.is_private else "public"
    return {
        shown: read_over_a_shoulder(person),
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
    """The actions and the variants of texts that are visible in the report."""
    kind, today = person.report.kind.id, person.report.today
    visible = {f"action {today.step}/{today.action.id}"} if today else set()
    for step in person.report.steps:
        visible |= {f"action {step.id}/{action.id}" for action in step.actions}
        visible |= {f"{name} {step.id} {kind}" for name in VARIANTS if getattr(step, name)}
    return visible


VARIANTS: Final = ("title", "summary")
"""Other variants are rarely needed: a step usually has a reason, and an action an end."""


def survey_of(people: Iterable[int]) -> Survey:
    """Check all people with these numbers."""
    survey, variety = Survey(), VarietyCollector(population().pack)
    for person in map(simulated_person, people):
        survey.add(person)
        variety.add(person.assessment, person.plan, person.report)
    survey.variety = variety.variety(SEED)
    return survey


def read_over_a_shoulder(person: SimulatedPerson) -> set[str]:
    """The texts that another person would see first, each with its place: headings, titles, lines, reasons, default reasons
    and remarks.

    A crisis plan opens with a notice that says what it is about, so only its headings, titles, lines and reasons count.
    """
    report = person.report
    texts = [("heading", report.heading), ("held_heading", report.held_heading), ("not_now", report.not_now_because)]
    if not SELF_HARM_NOTICES & {notice.id for notice in report.notices}:
        come_back = report.come_back.text if report.come_back else None
        texts += [("wish", report.wish), ("opening", report.opening), ("come_back", come_back)]
        texts += [("leave_alone", report.leave_alone)]
    for step in report.steps:
        if report.kind.id != "safety_first":  # whose titles are meant to differ
            texts.append(("title", step.title))
        texts += [("phrase", step.line), ("phrase", step.default_reason)]
        texts += [("phrase", reason.sentence) for reason in step.reasons]
    return {f"{place} {text.replace(person.name or 'your ex', 'your ex')}" for place, text in texts if text}


SELF_HARM_NOTICES: Final = frozenset({"self_harm", "self_harm_earlier", "self_harm_hurting"})
