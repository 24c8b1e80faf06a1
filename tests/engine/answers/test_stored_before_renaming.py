"""Files that commit ba1fecb wrote, before keys of the dialect were renamed: same plans, same comparisons."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from engine.answers.answers_file import export_text, read_answers_file
from engine.assessment.pipeline import Assessment, assess
from engine.comparison.changes import compare
from engine.comparison.report import build_comparison_report
from engine.content.pack import Pack
from engine.content.serialization import canonical_json
from engine.errors import FileError
from engine.loading.library import Library, load_snapshot
from engine.report.plan import build_report
from tests.factories.stored_before_renaming import STORED, expected, fields_of, is_as_then, todays_pack, without_text

EXPORT: Final = json.loads((STORED / "export.json").read_text(encoding="utf-8"))
FIRST: Final = expected()["journeys"][0]
"""What that commit made of the first journey, whose files these are."""


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The content of that commit under today's keys, as authors write it."""
    return todays_pack(tmp_path_factory.mktemp("content"))


def exported(number: int) -> Assessment:
    """A finished sitting of the export, under the content that stands beside it there."""
    sitting = next(stored for stored in EXPORT["sittings"] if stored["number"] == number)
    pack = load_snapshot(canonical_json(EXPORT["contents"][sitting["content"]]))
    assert pack.content_digest == sitting["content"]
    return assess(pack, sitting["questionnaire"], sitting["answers"], date.fromisoformat(sitting["taken_on"]))


def without_digest(report: dict[str, Any]) -> dict[str, Any]:
    return {**report, "content_digest": None}


def test_answers_with_their_content() -> None:
    """They give the plan they gave, wherever they are read, and are exported again as they were."""
    path = STORED / "answers.json"
    sitting = read_answers_file(path, Library({}))
    assert sitting.advice == ()
    assert is_as_then(fields_of(build_report(sitting.assess())), FIRST["sittings"][0]["alone"])
    exported_again = export_text(sitting.pack, "breakup", sitting.as_of, sitting.file.answers)
    assert json.loads(exported_again) == json.loads(path.read_text(encoding="utf-8"))


def test_a_digest_that_does_not_fit(tmp_path: Path) -> None:
    """The digest is checked over the content as it is stored: that of the same content under today's keys is another."""
    answers = json.loads((STORED / "answers.json").read_text(encoding="utf-8"))
    answers["snapshot"]["limits"] = answers["snapshot"].pop("told")
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(answers), encoding="utf-8")
    with pytest.raises(FileError) as caught:
        read_answers_file(path, Library({}))
    assert [problem.code for problem in caught.value.problems] == ["HW605"]


@pytest.mark.parametrize("name", ["answers.yaml", "answers.yaml.draft"])
def test_answers_without_content(today: Pack, name: str) -> None:
    """The digest they name is that of today's content under its old keys, so nothing is said of other content."""
    sitting = read_answers_file(STORED / name, Library({today.id: today}))
    assert sitting.file.content != today.content_digest
    assert sitting.advice == ()
    if name == "answers.yaml":
        then = without_digest(without_text(FIRST["sittings"][0]["alone"]))
        assert is_as_then(without_digest(fields_of(build_report(sitting.assess()))), then)


def test_answers_to_other_content(today: Pack) -> None:
    """If the content has changed besides, that is said as ever."""
    changed = load_snapshot(today.snapshot.replace('"title":"After a breakup"', '"title":"Afterwards"'))
    assert changed.snapshot != today.snapshot
    sitting = read_answers_file(STORED / "answers.yaml", Library({changed.id: changed}))
    assert [problem.code for problem in sitting.advice] == ["HW603"]


def test_the_export() -> None:
    """Every finished sitting of an export gives its plan under the content in it, and every two compare as they did."""
    for stored in FIRST["sittings"]:
        if "alone" in stored:
            assert is_as_then(fields_of(build_report(exported(stored["number"]))), stored["alone"])
    for stored_comparison in FIRST["comparisons"]:
        before, after = exported(stored_comparison["before"]), exported(stored_comparison["after"])
        report = build_comparison_report(compare(before, after), before, after)
        assert is_as_then(fields_of(report), stored_comparison["alone"])


def test_old_answers_and_new_ones(today: Pack, tmp_path: Path) -> None:
    """Stored answers and answers to today's content compare as two under the old content: with what moved each step."""
    before, after_then = exported(1), exported(3)
    path = tmp_path / "later.json"
    path.write_text(
        export_text(today, "breakup", after_then.provenance.as_of, EXPORT["sittings"][2]["answers"]), encoding="utf-8"
    )
    after = read_answers_file(path, Library({})).assess()
    assert after.provenance.content_digest == today.content_digest != before.provenance.content_digest
    comparison = compare(before, after)
    assert comparison.no_attribution is None
    assert any(move.causes for move in comparison.moves)
    stored_comparison = next(stored for stored in FIRST["comparisons"] if (stored["before"], stored["after"]) == (1, 3))
    assert is_as_then(fields_of(build_comparison_report(comparison, before, after)), stored_comparison["alone"])


def test_a_check_in_beside(today: Pack) -> None:
    """A check-in under the content of either time becomes part of a plan of either time."""
    check_in = next(stored for stored in EXPORT["sittings"] if stored["number"] == 2)
    packs = (exported(1).pack, today)
    reports = []
    for of_plan in packs:
        for of_check_in in packs:
            full, short = (
                assess(pack, stored["questionnaire"], stored["answers"], date.fromisoformat(stored["taken_on"]))
                for pack, stored in ((of_plan, EXPORT["sittings"][0]), (of_check_in, check_in))
            )
            reports.append(without_digest(fields_of(build_report(full, short))))
    assert all(report == reports[0] for report in reports)
    assert not is_as_then(reports[0], without_digest(without_text(FIRST["sittings"][0]["alone"])))
