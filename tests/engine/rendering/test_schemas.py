"""The published JSON Schemas: they are those of the dataclasses, and what is printed is valid by them."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from engine.assessment.pipeline import assess
from engine.content.pack import Pack
from engine.loading.help_services import load_services
from engine.loading.library import load_library
from engine.rendering.render import render
from engine.report.help_lines import report_lines
from engine.report.plan import build_report
from engine.report.weeks import build_weeks
from engine.what_if.report import build_what_if_report
from engine.what_if.search import find_what_ifs
from tests.checks.examples import examples
from tests.factories.random_packs import AS_OF, FULL, load, random_answer, random_pack, random_person
from tests.factories.random_packs import Size as PackSize
from tests.tools import make_golden as make
from tests.tools import make_schemas

LINES: Final = report_lines(load_services(), "uk", AS_OF, ["domestic_abuse", "own_behaviour"])
EVERY: Final = load_library(make.CONTENT).packs[make.PACK]


def published(name: str) -> Any:
    return json.loads((make_schemas.FOLDER / f"{name}.json").read_text(encoding="utf-8"))


REPORT: Final = Draft202012Validator(published("report"), format_checker=FormatChecker())


@pytest.mark.parametrize("name", make_schemas.SCHEMAS)
def test_schemas_are_up_to_date(name: str) -> None:
    """Each file is what ``python -m tests.tools.make_schemas`` writes, and is itself a sound schema."""
    text = (make_schemas.FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert text == make_schemas.schema(make_schemas.SCHEMAS[name])
    Draft202012Validator.check_schema(json.loads(text))


def test_every_schema_is_published() -> None:
    """The folder holds the schemas that are made, and no other file."""
    assert {path.name for path in make_schemas.FOLDER.iterdir()} == {f"{name}.json" for name in make_schemas.SCHEMAS}


def test_every_field_is_required_and_no_other_allowed() -> None:
    """A report that lacks a field or has one more is not valid."""
    complete = json.loads(make.plan_of(make.FOLDER / "dialect-1"))
    assert list(REPORT.iter_errors(complete)) == []
    for name in complete:
        assert [error.validator for error in REPORT.iter_errors({k: v for k, v in complete.items() if k != name})] == [
            "required"
        ]
    assert [error.validator for error in REPORT.iter_errors(complete | {"more": 1})] == ["additionalProperties"]
    assert [error.validator for error in REPORT.iter_errors(complete | {"taken_on": "some day"})] == ["format"]


def answered(random: Random, pack: Pack, form: str) -> dict[str, Any]:
    items = [item.model_dump(exclude_none=True) for item in pack.forms[form].items]
    answers = {item["id"]: random_answer(random, item) for item in items if random.random() < 0.8}
    return answers | {item["id"]: "2026-10-01" for item in items if item["type"] == "date"}


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_reports_are_valid(random: Random) -> None:
    """Whatever the content and the answers, the JSON of a report is valid by the published schema."""
    raw = random_pack(random, PackSize(items=5, rules=4, strata=2, depth=2, branches=3))
    first_form_only = raw | {"questionnaires": raw["questionnaires"][:1]}
    people = [
        (load(raw), FULL, random_person(random, first_form_only)[1]),
        (EVERY, make.FULL, answered(random, EVERY, make.FULL)),
    ]
    for pack, form, answers in people:
        assessment = assess(pack, form, answers, AS_OF, complete=False, plain=True)
        what_ifs = build_what_if_report(find_what_ifs(assessment), assessment)
        for name, value in (("what_if", what_ifs), ("weeks", build_weeks(assessment))):
            validator = Draft202012Validator(published(name), format_checker=FormatChecker())
            assert list(validator.iter_errors(json.loads(render(value, "json")))) == []
        for help_lines in (None, LINES):
            report = build_report(assessment, None, help_lines)
            assert list(REPORT.iter_errors(json.loads(render(report, "json")))) == []
