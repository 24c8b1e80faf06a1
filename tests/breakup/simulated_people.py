"""Simulated people of the breakup pack with their reports, as lines of text and as facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import Plan
from engine.content.steps import Caution
from engine.loading.library import load_library
from engine.report.plan import Report, build_report
from engine.report.steps import StepInReport
from engine.report.wording import Wording
from engine.simulation.population import Population
from engine.simulation.population_checks import population_path, read_population
from engine.simulation.sampling import sample_person
from engine.simulation.word_count import WordCount, count_words

SEED = 1
FOLLOW_UPS = frozenset({"hopes_about", "outside_from", "breach_of_trust"})
"""Sensitive questions that nearly all people are asked: they choose actions, but no text that others see first."""
Shape = Literal["sentence", "title", "clause", "label"]
"""A clause stands inside a sentence and begins small; a label may come again: what research says of an action, or what to
answer to a “no” in two cases."""


@dataclass(frozen=True, slots=True)
class Line:
    """A text of a report."""

    text: str
    shape: Shape = "sentence"


@lru_cache(maxsize=1)
def population() -> Population:
    return read_population(population_path("breakup"), load_library())[0]


@dataclass(frozen=True)
class SimulatedPerson:
    """One simulated person with the report."""

    number: int
    assessment: Assessment
    report: Report

    @property
    def answers(self) -> dict[str, object]:
        return dict(self.assessment.responses.answers)

    @property
    def plan(self) -> Plan:
        assert self.assessment.plan is not None
        return self.assessment.plan

    @property
    def name(self) -> str | None:
        """What was typed for the other one's name."""
        name = self.answers.get("partner_name")
        return name.strip() if isinstance(name, str) and name.strip() else None

    @property
    def pronoun(self) -> str:
        pronoun = self.answers.get("pronoun")
        placeholders = self.assessment.pack.content.voice
        assert placeholders is not None
        return pronoun if isinstance(pronoun, str) and pronoun in placeholders.forms else placeholders.default

    @property
    def is_private(self) -> bool:
        """Whether a sensitive question has an answer other than “none”, “no” or “never”."""
        answers = ((name, self.answers.get(name)) for name in self.assessment.pack.sensitive - FOLLOW_UPS)
        return any(value not in ("never", "no", ("none",), None) for _, value in answers)

    @property
    def times_named(self) -> tuple[int, int]:
        """How often the plan has the name, and how often in the opening, today's task and this week."""
        report, name = self.report, self.name or ""
        first = [report.wish, *report.situation, report.opening, report.today.action.text if report.today else None]
        for step in report.this_week:
            first += [step.title, step.line, step.summary, step.done_when, *step.cautions]
            first += [*(reason.sentence for reason in step.reasons), *(action.text for action in step.actions)]
        return self.text.count(name), sum(text.count(name) for text in first if text)

    @cached_property
    def wording(self) -> Wording:
        return Wording(self.assessment)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every text of the report that comes from the pack, without questions, answers and titles of held steps."""
        return tuple(line for line in _lines(self.report) if line.text)

    @cached_property
    def word_count(self) -> WordCount:
        return count_words(self.report)

    @cached_property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @cached_property
    def facts(self) -> frozenset[str]:
        """The facts of the report, as named in ``contradictions.yaml``."""
        return frozenset((*_facts_of_answers(self), *_facts_of_plan(self), *_facts_of_report(self)))


def simulated_person(number: int, replaced: Mapping[str, object] | None = None) -> SimulatedPerson:
    """The person with this number, assessed and reported; ``replaced`` has other answers to some questions."""
    pop = population()
    answers = sample_person(pop, SEED, number) | dict(replaced or {})
    assessment = assess(pop.pack, "breakup", answers, pop.taken_on, complete=False, plain=True)
    return SimulatedPerson(number, assessment, build_report(assessment))


def _lines(report: Report) -> Iterator[Line]:
    yield from (Line(notice.text) for notice in report.notices)
    yield Line(report.kind.text or "")
    yield Line(report.heading, "title")
    first = [report.wish, *report.situation, report.opening, report.today.action.text if report.today else None]
    yield from (Line(text or "") for text in (*first, report.leave_alone))
    yield from (Line(step.line or "", "clause") for step in report.path if step.line)
    for step in report.steps:
        yield from _lines_of(step)
    for contingency in report.contingencies:
        yield Line(contingency.title, "title")
        yield Line(contingency.text)
        for reply in contingency.replies:
            yield Line(reply.when, "label")
            yield Line(reply.text, "label")
        yield Line(contingency.after or "")
    yield from (Line(text or "") for text in (report.strength, report.tension))
    yield from (Line(scale.band.words or "") for scale in report.scales if scale.band)
    yield from (
        Line(text or "") for text in (report.not_now_because, report.come_back.text if report.come_back else "")
    )
    actions = [
        *((report.today.action,) if report.today else ()),
        *(action for step in report.steps for action in step.actions),
    ]
    yield from (Line(action.evidence.outcome, "label") for action in actions if action.evidence)


def _lines_of(step: StepInReport) -> Iterator[Line]:
    if step.place != "not_now":
        yield Line(step.title or "", "title")
    yield from (
        Line(text or "") for text in (step.summary, *(reason.sentence for reason in step.reasons), step.default_reason)
    )
    yield from (Line(text) for text in (*(action.text for action in step.actions), *step.cautions))
    yield Line(step.done_when or "", "clause")


def _facts_of_answers(person: SimulatedPerson) -> Iterator[str]:
    for item, value in person.answers.items():
        chosen = value if isinstance(value, tuple) else (value,)
        yield from (f"answer {item}={option}" for option in chosen if option is not None)
    yield from (f"finding {name}" for name in person.assessment.trace.findings)


def _facts_of_plan(person: SimulatedPerson) -> Iterator[str]:
    for planned in person.plan.steps:
        yield f"step {planned.id} {planned.emphasis}"
        if planned.held:
            yield f"held {planned.id}"
    pack, words, report = person.assessment.pack, person.wording, person.report
    in_report: dict[str, set[str | None]] = {
        slot: {getattr(report, slot)} for slot in ("heading", "wish", "opening", "held_heading", "strength", "tension")
    }
    in_report |= {"situation": set(report.situation), "leave_alone": {report.leave_alone}}
    in_report["not_now"] = {report.not_now_because}
    in_report["scale"] = {scale.band.words for scale in report.scales if scale.band}
    in_report["come_back"] = {report.come_back.text if report.come_back else None}
    for slot, remarks in person.plan.remarks.items():
        texts = {remark.id: remark.text for remark in pack.content.remarks[slot]}
        yield from (
            f"remark {slot}/{remark.id}" for remark in remarks if words.sentence(texts[remark.id]) in in_report[slot]
        )


def _facts_of_report(person: SimulatedPerson) -> Iterator[str]:
    report = person.report
    yield f"kind {report.kind.id}"
    for notice in report.notices:
        yield f"notice {notice.id}"
        if not notice.folded:
            yield f"shown notice {notice.id}"
        if notice.open:
            yield f"open notice {notice.id}"
    yield from (f"contingency {contingency.id}" for contingency in report.contingencies)
    if report.today:
        yield f"today {report.today.step}/{report.today.action.id}"
        yield f"action {report.today.step}/{report.today.action.id}"
    yield from (f"band {scale.id}/{scale.band.id}" for scale in report.scales if scale.band)
    for step in report.steps:
        yield f"place {step.id} {step.place}"
        prefix = "held " if step.place == "not_now" else ""
        yield from (f"{prefix}title {step.id}" for _ in (step.title,) if step.title)
        yield from (f"{prefix}summary {step.id}" for _ in (step.summary,) if step.summary)
        yield from (f"action {step.id}/{action.id}" for action in step.actions)
        yield from (f"reason {step.id}/{reason.rule}" for reason in step.reasons)
        texts = _cautions(person.wording.steps[step.id].cautions, person.wording)
        yield from (f"caution {step.id}/{texts[text]}" for text in step.cautions)


def _cautions(cautions: tuple[Caution, ...], words: Wording) -> dict[str, str]:
    return {words.say(caution.text): caution.id for caution in cautions}
