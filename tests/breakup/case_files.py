"""Test cases of whole people from ``tests/cases``: their answers, and what their plans must and must not have.

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

from engine.answers.answers_file import DayOfSitting
from engine.assessment.ordering import Emphasis
from engine.assessment.pipeline import Assessment, assess
from engine.assessment.plan import Plan
from engine.comparison.changes import Comparison, compare
from engine.comparison.report import build_comparison_report
from engine.content.base import Id, Model, Text
from engine.content.pack import Pack
from engine.errors import ContentError, problem
from engine.loading.parsing import parse_file
from engine.rendering.render import Format, render
from engine.report.plan import build_report
from tests.paths import CASES

FOLDER: Final = CASES
PRONOUNS: Final[Mapping[str, str]] = {
    "he": "she|her|hers|herself",
    "she": "he|him|his|himself",
    "they": "he|him|his|himself|she|her|hers|herself",
}
"""By pronoun the words that must not be in the report."""


class Expectation(Model):
    """The expectations on one plan and its report. A missing field is not checked."""

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
    """The expectations on the comparison of two sittings."""

    clear: Mapping[Id, str] | None = None
    not_clear: tuple[Id, ...] = ()
    kind: tuple[Id, Id] | None = None
    moved: Mapping[Id, str] = {}
    says: tuple[Text, ...] = ()
    never: tuple[Text, ...] = ()


class Finding(Expectation):
    """An expectation that the pack does not fulfil yet."""

    changes: Changes = Changes()
    because: Text


class Later(Model):
    """A second sitting of the same person."""

    taken_on: DayOfSitting
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
class CaseSitting:
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
class CasePerson:
    """A case with its assessments."""

    name: str
    sittings: tuple[CaseSitting, ...]
    changes: Changes | None

    @property
    def comparison(self) -> Comparison:
        before, after = (sitting.assessment for sitting in self.sittings)
        return compare(before, after)


def read_case(path: Path, pack: Pack) -> CasePerson:
    """Read the case of a file.

    Raises:
        ContentError: with every key, kind, step, scale and notice that is not known.
        ResponseError: an answer cannot be accepted.
    """
    case = parse_file(Case, path).model
    unknown = sorted(set(named_ids(case)) - known_ids(pack))
    if unknown:
        raise ContentError([problem("HW602", str(path), id=reference, hint="", allowed="") for reference in unknown])
    sittings = [assess_entry(pack, case.questionnaire, path.stem, case)]
    if case.later is not None:
        sittings.append(assess_entry(pack, case.questionnaire, f"{path.stem}, later", case.later))
    return CasePerson(path.stem, tuple(sittings), case.changes)


def assess_entry(pack: Pack, questionnaire: str, name: str, entry: Later) -> CaseSitting:
    assessment = assess(pack, questionnaire, entry.answers, date.fromisoformat(entry.taken_on))
    return CaseSitting(name, assessment, entry.expect, entry.also, entry.findings)


def named_ids(case: Case) -> Iterator[str]:
    """Every id that the expectations of a case name."""
    parts = [case, *([case.later] if case.later else [])]
    changes = [
        change
        for change in (case.changes, *(finding.changes for part in parts for finding in (*part.also, *part.findings)))
        if change
    ]
    for expectation in (expectation for part in parts for expectation in (part.expect, *part.also, *part.findings)):
        yield from (f"kind {expectation.kind}",) if expectation.kind else ()
        yield from (f"notice {notice}" for notice in expectation.notices or ())
        steps = (
            *(expectation.held or ()),
            *(expectation.first or ()),
            *expectation.emphasis,
            *(step for pair in expectation.before for step in pair),
        )
        yield from (f"step {step}" for step in steps)
    for change in changes:
        yield from (f"kind {kind}" for kind in change.kind or ())
        yield from (f"scale {scale}" for scale in (*(change.clear or {}), *change.not_clear))
        yield from (f"step {step}" for step in change.moved)
        yield from (f"way {direction}" for direction in (*(change.clear or {}).values(), *change.moved.values()))


def known_ids(pack: Pack) -> set[str]:
    return {
        *(f"kind {kind.id}" for kind in pack.content.kinds),
        *(f"notice {notice.id}" for notice in pack.content.notices),
        *(f"step {step.id}" for step in pack.steps),
        *(f"scale {name}" for name in pack.scales),
        *(f"way {direction}" for direction in ("better", "worse", "earlier", "later")),
    }


# Looking


def check_plan(plan: Plan, expect: Expectation) -> None:
    """Compare a plan with what is expected of it."""
    positions = {step.id: step.position for step in plan.steps}
    if expect.kind is not None:
        assert plan.kind.id == expect.kind
    if expect.notices is not None:
        assert [notice.id for notice in plan.notices] == list(expect.notices)
    if expect.held is not None:
        assert {step.id for step in plan.steps if step.held} == set(expect.held)
    if expect.first is not None:
        assert plan.steps[0].id in expect.first
    assert [pair for pair in expect.before if positions[pair[0]] > positions[pair[1]]] == []
    for step, expected in expect.emphasis.items():
        assert plan.step(step).emphasis in ((expected,) if isinstance(expected, str) else expected), step


def check_report(assessment: Assessment, expect: Expectation, output_format: Format) -> None:
    """Compare a report with what it is expected to say."""
    document = render(build_report(assessment), output_format)
    check_phrases(readable_text(document, output_format), expect.says, expect.never)
    if output_format in {"text", "md", "html"}:
        opened = (
            re.sub(r"<details\b.*?</details>", " ", document, flags=re.DOTALL) if output_format == "html" else document
        )
        check_phrases(readable_text(opened, output_format), (), expect.folded)


def check_comparison(person: CasePerson, expect: Changes, output_format: Format) -> None:
    """Compare the comparison of two sittings with what is expected of it."""
    comparison = person.comparison
    scales = {change.scale: change for change in comparison.scales}
    if expect.clear is not None:
        clear = {name: "better" if change.better else "worse" for name, change in scales.items() if change.clear}
        assert clear == expect.clear
    assert [name for name in expect.not_clear if scales[name].cannot or scales[name].clear is not False] == []
    if expect.kind is not None:
        assert tuple(sitting.plan.kind.id for sitting in person.sittings) == expect.kind
    before, after = ({step.id: step.position for step in sitting.plan.steps} for sitting in person.sittings)
    for step, direction in expect.moved.items():
        assert (after[step] > before[step]) if direction == "later" else (after[step] < before[step]), step
    report = build_comparison_report(comparison, *(sitting.assessment for sitting in person.sittings))
    check_phrases(readable_text(render(report, output_format), output_format), expect.says, expect.never)


def check_phrases(text: str, says: Iterable[str], never: Iterable[str]) -> None:
    assert [phrase for phrase in says if " ".join(phrase.split()) not in text] == []
    assert [phrase for phrase in never if contains_phrase(phrase, text)] == []


def contains_phrase(phrase: str, text: str) -> bool:
    """Whether a text has a phrase as whole words, ignoring case."""
    words = r"\s+".join(map(re.escape, phrase.split()))
    return re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE) is not None


def readable_text(document: str, output_format: Format) -> str:
    """The text of a document without tags, markup and line breaks."""
    if output_format == "json":
        document = " ".join(strings(json.loads(document)))
    if output_format == "html":
        document = html.unescape(re.sub(r"<[^>]+>", " ", document))
    if output_format == "md":
        document = re.sub(r"\\(?=\W)|\*\*|^[#>\-\s]+", " ", document, flags=re.MULTILINE)
        document = document.replace("  ", " ")
    return " ".join(document.split())


def strings(value: Any) -> Iterator[str]:
    """Every text in a piece of JSON that is more than one word."""
    if isinstance(value, str) and " " in value:
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            yield from strings(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from strings(entry)
