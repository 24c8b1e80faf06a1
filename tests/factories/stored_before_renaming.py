"""Data that commit ba1fecb stored, before keys of the dialect were renamed; see ``tests/fixtures/ba1fecb/README.md``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from engine.content.pack import Pack
from engine.content.serialization import with_new_keys
from engine.loading.library import load_library
from engine.rendering.render import AnyReport, render
from tests.paths import ROOT

STORED: Final = ROOT / "tests" / "fixtures" / "ba1fecb"
REPORT_FIELDS: Final = {
    "brief": "short",
    "unmoved": "default_reason",
    "apart": "unscheduled",
    "untold": "hidden_causes",
}
"""The current names of report fields that are named after keys, by their old names."""


@cache
def expected() -> Any:
    """The reports that the commit made from the stored data, with the current names of their fields."""
    return with_report_fields(json.loads((STORED / "expected.json").read_text(encoding="utf-8")))


def with_report_fields(value: Any) -> Any:
    """The same JSON value with the current names of report fields."""
    if isinstance(value, list):
        return [with_report_fields(entry) for entry in value]
    if isinstance(value, dict):
        return {REPORT_FIELDS.get(key, key): with_report_fields(entry) for key, entry in value.items()}
    return value


CHOSEN_OTHERWISE: Final = {"steps": ("actions", "reasons", "to_begin"), "answers": ("question",)}
"""Lists whose entries later versions select differently: they show first what a rule adds for the person, mention an answer
at most twice, and word a comparison with a check-in like the full sitting."""


def fields_of(report: AnyReport) -> Any:
    """The fields of a report as in ``expected``. Its rendered text is not compared, because the layout has changed."""
    return comparable(json.loads(render(report, "json")))


def comparable(report: Any) -> Any:
    """The fields of a report that later versions must not change."""
    return without_chosen(sorted_moves(report))


def without_chosen(value: Any) -> Any:
    """The same JSON value without the entries that later versions select differently."""
    if isinstance(value, list):
        return [without_chosen(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    fields = {name: without_chosen(entry) for name, entry in value.items()}
    for name, chosen in CHOSEN_OTHERWISE.items():
        if isinstance(fields.get(name), list):
            fields[name] = [
                {key: entry[key] for key in entry if key not in chosen} if isinstance(entry, dict) else entry
                for entry in fields[name]
            ]
    return fields


def sorted_moves(report: Any) -> Any:
    """The moves sorted by step id, because later versions list some of them last."""
    lists = {
        name: sorted(report[name], key=lambda move: move["step"])
        for name in ("moves", "small_shifts")
        if name in report
    }
    return {**report, **lists}


def without_text(value: Any) -> Any:
    """The reports in ``expected``, without their text."""
    if isinstance(value, dict):
        if value.keys() == {"text", "json"}:
            return comparable(value["json"])
        return {key: without_text(entry) for key, entry in value.items()}
    return value


def is_as_then(now: Any, then: Any) -> bool:
    """True if all fields of one or several reports equal those in ``expected``."""
    fields = without_text(then)
    return bool(common_fields(now, fields) == fields)


def common_fields(value: Any, earlier: Any) -> Any:
    """The part of a JSON value that reports of that commit also had: fields were added since, and none was removed."""
    if isinstance(value, dict) and isinstance(earlier, dict):
        return {key: common_fields(entry, earlier[key]) for key, entry in value.items() if key in earlier}
    if isinstance(value, list) and isinstance(earlier, list) and len(value) == len(earlier):
        return [common_fields(*pair) for pair in zip(value, earlier, strict=True)]
    return value


def stored_snapshot() -> Any:
    """The stored snapshot of the content shipped with that commit."""
    return json.loads((STORED / "answers.json").read_text(encoding="utf-8"))["snapshot"]


def todays_content(folder: Path) -> Path:
    """A content folder with the content of that commit, written with the current keys."""
    snapshot = with_new_keys(stored_snapshot())
    rules, questionnaires = snapshot.pop("rules"), snapshot.pop("questionnaires")
    files = {f"questionnaires/{questionnaire['questionnaire']}.yaml": questionnaire for questionnaire in questionnaires}
    files |= {"rules/breakup/steps.yaml": snapshot, "rules/breakup/rules.yaml": {"rules": rules}}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    return folder


def todays_pack(folder: Path) -> Pack:
    """The pack of that content folder."""
    return load_library(todays_content(folder)).packs["breakup"]
