"""Whole persons from ``tests/cases``: what they answered, and what their plan must and must not be.

``tests/cases/README.md`` says what each key means. What is not one of these keys is refused.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from engine.answers.answers_file import IsoDate
from engine.assessment.ordering import Emphasis
from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import Plan
from engine.comparison.changes import Comparison, compare
from engine.comparison.report import build_comparison_report
from engine.content.base import Id, Model, Text
from engine.content.pack import Pack
from engine.errors import ContentError, problem
from engine.loading.parsing import read_model
from engine.loading.yaml import read
from engine.rendering.render import Format, render
from engine.report.plan import build_report
from tests.paths import CASES

FOLDER: Final = CASES
PRONOUNS: Final[Mapping[str, str]] = {
    "he": "she|her|hers|herself",
    "she": "he|him|his|himself",
    "they": "he|him|his|himself|she|her|hers|herself",
}
"""The words that do not belong in the report of somebody who speaks of the other one in this way."""


class Expectation(Model):
    """What must be so in one plan and its report. What is left out is not looked at."""

    kind: Id | None = None
    notices: tuple[Id, ...] | None = None
    held: tuple[Id, ...] | None = None
    first: tuple[Id, ...] | None = None
    before: tuple[tuple[Id, Id], ...] = ()
    emphasis: Mapping[Id, Emphasis | tuple[Emphasis, ...]] = {}
    says: tuple[Text, ...] = ()
    never: tuple[Text, ...] = ()
    folded: tuple[Text, ...] = ()


class Changes(Model):
    """What must be so in the comparison of two sittings."""

    clear: Mapping[Id, str] | None = None
    not_clear: tuple[Id, ...] = ()
    kind: tuple[Id, Id] | None = None
    moved: Mapping[Id, str] = {}
    says: tuple[Text, ...] = ()
    never: tuple[Text, ...] = ()


class Finding(Expectation):
    """Something that is right for the person and not so yet."""

    changes: Changes = Changes()
    because: Text


class Later(Model):
    """A second sitting of the same person."""

    taken_on: IsoDate
    answers: Mapping[str, Any]
    expect: Expectation
    also: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()


class Case(Later):
    """One person."""

    questionnaire: Id
    later: Later | None = None
    changes: Changes | None = None


@dataclass(frozen=True)
class Sitting:
    """One sitting of a person, with what is expected of it."""

    name: str
    assessment: Assessment
    expect: Expectation
    also: tuple[Finding, ...]
    findings: tuple[Finding, ...]

    @property
    def plan(self) -> Plan:
        assert self.assessment.plan is not None
        return self.assessment.plan


@dataclass(frozen=True)
class Person:
    """A case, taken."""

    name: str
    sittings: tuple[Sitting, ...]
    changes: Changes | None

    @property
    def comparison(self) -> Comparison:
        before, after = (one.assessment for one in self.sittings)
        return compare(before, after)


def read_case(path: Path, pack: Pack) -> Person:
    """The person in a file.

    Raises:
        ContentError: with every key, kind, step, scale and notice that is not known.
        ResponseError: an answer cannot be accepted.
    """
    source, problems = read(path)
    reading = read_model(Case, source) if source is not None else None
    if reading is None or reading.model is None or reading.problems:
        raise ContentError(reading.problems if reading else problems)
    case = reading.model
    unknown = sorted(set(named(case)) - known(pack))
    if unknown:
        raise ContentError([problem("HW602", str(path), id=one, hint="", allowed="") for one in unknown])
    sittings = [taken(pack, case.questionnaire, path.stem, case)]
    if case.later is not None:
        sittings.append(taken(pack, case.questionnaire, f"{path.stem}, later", case.later))
    return Person(path.stem, tuple(sittings), case.changes)


def taken(pack: Pack, questionnaire: str, name: str, one: Later) -> Sitting:
    assessment = assess(pack, questionnaire, one.answers, date.fromisoformat(one.taken_on))
    return Sitting(name, assessment, one.expect, one.also, one.findings)


def named(case: Case) -> Iterator[str]:
    """Every id that the expectations of a case name."""
    parts = [case, *([case.later] if case.later else [])]
    changes = [
        one
        for one in (case.changes, *(finding.changes for part in parts for finding in (*part.also, *part.findings)))
        if one
    ]
    for one in (expectation for part in parts for expectation in (part.expect, *part.also, *part.findings)):
        yield from (f"kind {one.kind}",) if one.kind else ()
        yield from (f"notice {notice}" for notice in one.notices or ())
        steps = (*(one.held or ()), *(one.first or ()), *one.emphasis, *(step for pair in one.before for step in pair))
        yield from (f"step {step}" for step in steps)
    for change in changes:
        yield from (f"kind {kind}" for kind in change.kind or ())
        yield from (f"scale {scale}" for scale in (*(change.clear or {}), *change.not_clear))
        yield from (f"step {step}" for step in change.moved)
        yield from (f"way {way}" for way in (*(change.clear or {}).values(), *change.moved.values()))


def known(pack: Pack) -> set[str]:
    return {
        *(f"kind {one.id}" for one in pack.content.kinds),
        *(f"notice {one.id}" for one in pack.content.notices),
        *(f"step {one.id}" for one in pack.steps),
        *(f"scale {name}" for name in pack.scales),
        *(f"way {way}" for way in ("better", "worse", "earlier", "later")),
    }


# Looking


def look_at_plan(plan: Plan, expect: Expectation) -> None:
    """Compare a plan with what is expected of it."""
    places = {step.id: step.position for step in plan.steps}
    if expect.kind is not None:
        assert plan.kind.id == expect.kind
    if expect.notices is not None:
        assert [notice.id for notice in plan.notices] == list(expect.notices)
    if expect.held is not None:
        assert {step.id for step in plan.steps if step.held} == set(expect.held)
    if expect.first is not None:
        assert plan.steps[0].id in expect.first
    assert [pair for pair in expect.before if places[pair[0]] > places[pair[1]]] == []
    for step, wanted in expect.emphasis.items():
        assert plan.step(step).emphasis in ((wanted,) if isinstance(wanted, str) else wanted), step


def look_at_words(assessment: Assessment, expect: Expectation, form: Format) -> None:
    """Compare a report with what it is expected to say."""
    document = render(build_report(assessment), form)
    look_for(readable(document, form), expect.says, expect.never)
    if form in {"text", "md", "html"}:
        opened = re.sub(r"<details\b.*?</details>", " ", document, flags=re.DOTALL) if form == "html" else document
        look_for(readable(opened, form), (), expect.folded)


def look_at_changes(person: Person, expect: Changes, form: Format) -> None:
    """Compare the comparison of two sittings with what is expected of it."""
    found = person.comparison
    scales = {one.scale: one for one in found.scales}
    if expect.clear is not None:
        clear = {name: "better" if one.better else "worse" for name, one in scales.items() if one.clear}
        assert clear == expect.clear
    assert [name for name in expect.not_clear if scales[name].cannot or scales[name].clear is not False] == []
    if expect.kind is not None:
        assert (found.kind_before, found.kind_after) == expect.kind
    before, after = ({step.id: step.position for step in one.plan.steps} for one in person.sittings)
    for step, way in expect.moved.items():
        assert (after[step] > before[step]) if way == "later" else (after[step] < before[step]), step
    report = build_comparison_report(found, *(one.assessment for one in person.sittings))
    look_for(readable(render(report, form), form), expect.says, expect.never)


def look_for(text: str, says: Iterable[str], never: Iterable[str]) -> None:
    assert [one for one in says if " ".join(one.split()) not in text] == []
    assert [one for one in never if stands_in(one, text)] == []


def stands_in(phrase: str, text: str) -> bool:
    """True if a phrase stands in a text as whole words, whatever the capitals."""
    words = r"\s+".join(map(re.escape, phrase.split()))
    return re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE) is not None


def readable(document: str, form: Format) -> str:
    """What one reads of a document: without tags, signs and line breaks."""
    if form == "json":
        document = " ".join(strings(json.loads(document)))
    if form == "html":
        document = html.unescape(re.sub(r"<[^>]+>", " ", document))
    if form == "md":
        document = re.sub(r"\\(?=\W)|\*\*|^[#>\-\s]+", " ", document, flags=re.MULTILINE)
        document = document.replace("  ", " ")
    return " ".join(document.split())


def strings(value: Any) -> Iterator[str]:
    """Every text in a piece of JSON that is more than one word."""
    if isinstance(value, str) and " " in value:
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
