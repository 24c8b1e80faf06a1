"""The meaning of a released dialect is frozen: the same snapshot and answers always give the same plan.

If one of these tests fails, the engine gives another plan for stored answers. That is never allowed for a released
dialect; see ``tests/tools/make_golden.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from engine.content.conditions import OPERATORS, SUBJECTS
from engine.content.effects import EFFECTS
from engine.content.pack import Pack
from engine.content.questionnaire import ITEM_TYPES, Scale, Section
from engine.content.remarks import REMARK_SLOTS, Notice, Remark
from engine.content.steps import (
    Action,
    Calendar,
    Caution,
    Evidence,
    HiddenCauses,
    Kind,
    KindCap,
    LookAgain,
    Message,
    Step,
    UnscheduledSteps,
    Variant,
    Weeks,
    WhatIfSteps,
)
from engine.loading.library import load_library, load_snapshot
from tests.tools import make_golden as make

DIALECTS: Final = sorted(path for path in make.FOLDER.glob("dialect-*") if path.is_dir())
ADDED_SINCE: Final = frozenset(
    {
        "advice",
        "at_once_also",
        "at_once_title",
        "contingency",
        "held_title",
        "headline",
        "in_headline",
        "finding",
        "gained",
        "lost",
        "on_paper",
        "otherwise",
        "today",
        "lines",
        "summaries",
        "wish",
        "held_heading",
        "strength",
        "tension",
        "scale",
    }
)
"""Optional keys and places that were added to the dialect after its golden files were made. The tests of reports cover
them."""
pytestmark = pytest.mark.parametrize("folder", DIALECTS, ids=lambda path: path.name)


def pack_of(folder: Path) -> Pack:
    return load_snapshot((folder / "snapshot.json").read_text(encoding="utf-8"))


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_digests(folder: Path) -> None:
    """An old snapshot keeps its digests and its JSON."""
    pack = pack_of(folder)
    assert {"content": pack.content_digest, "meaning": pack.meaning_digest} == read(folder / "digests.json")
    assert pack.snapshot + "\n" == (folder / "snapshot.json").read_text(encoding="utf-8")


def assert_unchanged(stored: Any, current: Any, path: str = "plan") -> None:
    """Assert that every stored value is unchanged; the current report may have further fields."""
    if isinstance(stored, dict):
        for key, entry in stored.items():
            assert_unchanged(entry, current[key], f"{path}.{key}")
    elif isinstance(stored, list):
        assert len(stored) == len(current), path
        for index, entry in enumerate(stored):
            assert_unchanged(entry, current[index], f"{path}[{index}]")
    else:
        assert (stored, type(stored)) == (current, type(current)), path


def test_the_plan(folder: Path) -> None:
    """The answers give the same report, apart from fields added since the dialect was released."""
    assert_unchanged(read(folder / "plan.json"), json.loads(make.plan_of(folder)))


def test_people(folder: Path) -> None:
    """Many people's scales, fired rules with their answers, findings, kinds, notices and steps are unchanged."""
    pack, people = pack_of(folder), read(folder / "people.json")
    assert len(people) == make.PEOPLE + make.CHECK_INS
    for person in people:
        answers, taken_on = person["answers"], person["taken_on"]
        outcome = make.outcome(pack, person["questionnaire"], answers, taken_on)
        assert {"answers": answers, "taken_on": taken_on, **json.loads(json.dumps(outcome))} == person


def test_people_make_every_rule_fire_and_stay_silent(folder: Path) -> None:
    """The golden people cover every rule firing and not firing, every emphasis and every kind of plan."""
    pack = pack_of(folder)
    people = [person for person in read(folder / "people.json") if person["questionnaire"] == make.FULL]
    check_ins = [person for person in read(folder / "people.json") if person["questionnaire"] == make.AGAIN]
    for rule in pack.rules:
        fired = {rule.id in person["rules"] for person in [*people, *check_ins]}
        assert fired == {True, False}, rule.id
    assert {person["kind"] for person in people} == {kind.id for kind in pack.content.kinds}
    assert {step[1] for person in people for step in person["steps"]} == {
        "start_here",
        "focus",
        "steady",
        "light",
        "not_now",
    }
    reached = {(step[1], step[2]) for person in people for step in person["steps"][1:]}
    assert {("focus", pack.content.emphasis.focus), ("steady", pack.content.emphasis.steady)} <= reached
    for scale_id in pack.scales:
        values = [person["scales"][scale_id][0] for person in people]
        assert None in values
        assert len(set(values)) >= 3
    for slot, remarks in pack.content.remarks.items():
        assert {remark for person in [*people, *check_ins] for remark in person["remarks"].get(slot, ())} == {
            remark.id for remark in remarks
        }
    assert {item for person in people for item in person["hidden"]} == {
        item.id for item in pack.forms[make.FULL].items if item.show_when
    }


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a nested value."""
    if isinstance(value, dict):
        yield value
    for entry in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(entry)


def test_everything_is_used(folder: Path) -> None:
    """The pack uses every type of item, operator, effect, method and option that the dialect has."""
    snapshot = read(folder / "snapshot.json")
    all_parts = list(parts(snapshot))
    keys = {key for part in all_parts for key in part}
    assert {part["type"] for part in all_parts if "type" in part} == set(ITEM_TYPES)
    assert set(OPERATORS) <= keys
    assert {"all", "any", "not", *EFFECTS, "step", "steps", "tag"} - ADDED_SINCE <= keys
    operators_by_subject = {
        (subject, operator)
        for part in all_parts
        for subject in SUBJECTS
        for operator in OPERATORS
        if {subject, operator} <= set(part)
    }
    assert {operator for subject, operator in operators_by_subject if subject == "item"} == set(OPERATORS)
    assert {operator for subject, operator in operators_by_subject if subject == "scale"} == set(OPERATORS) - {
        "includes"
    }
    assert {operator for subject, operator in operators_by_subject if subject in {"finding", "step"}} == {
        "is",
        "is_not",
    }
    fields = Scale.model_fields
    for name in ("method", "rounding", "direction", "shown"):
        default = fields[name].default
        values_used = {
            scale.get(name, default)
            for questionnaire in snapshot["questionnaires"]
            for scale in questionnaire.get("scales", ())
        }
        assert values_used == set(get_args(fields[name].annotation)), name
    scale_keys = {
        key
        for questionnaire in snapshot["questionnaires"]
        for scale in questionnaire.get("scales", ())
        for key in scale
    }
    assert scale_keys == {info.alias or name for name, info in fields.items()} - ADDED_SINCE
    assert {"from", "above", "words", "minimum", "prorate", "points", "exclusive", "said", "value", "first"} <= keys
    assert {part["at"] for part in all_parts if "at" in part} == set(get_args(KindCap.model_fields["at"].annotation))
    labels = set(get_args(Evidence.model_fields["label"].annotation))
    assert {part["label"] for part in all_parts if "label" in part} == labels
    assert {"help", "required", "rather_not_say", "sensitive", "changeable", "show_when", "earliest", "latest"} <= keys
    assert {"better", "if", "what_if", "weeks", "unscheduled"} <= keys
    assert {"for_kind", "cautions", "summary", "voice", "role", "intro", "gate", "unit", "whole", "longest"} <= keys
    step_models = (
        Kind,
        Notice,
        Remark,
        Action,
        Caution,
        Step,
        Variant,
        LookAgain,
        Message,
        HiddenCauses,
        Weeks,
        UnscheduledSteps,
        Calendar,
        WhatIfSteps,
    )
    assert {name for model in step_models for name in model.model_fields} - ADDED_SINCE <= keys
    assert set(Section.model_fields) <= keys
    assert {part["frame"] for part in all_parts if "frame" in part} == {"then"}  # “now” is the default
    assert (
        set(snapshot["remarks"])
        == {part["place"] for part in all_parts if "place" in part} | {"come_back"}
        == set(REMARK_SLOTS) - ADDED_SINCE
    )
    assert [part for part in all_parts if "by" in part and "because" in part]
    reason_texts = [remark["text"] for remarks in snapshot["remarks"].values() for remark in remarks]
    reason_texts += [part["because"] for part in all_parts if "because" in part]
    assert {"{said:" in text for text in reason_texts} == {True, False}


def test_the_newest_dialect_is_that_of_its_content(folder: Path) -> None:
    """The golden content still gives the snapshot of the newest dialect."""
    pack = load_library(make.CONTENT).packs[make.PACK]
    if folder == DIALECTS[-1]:
        assert folder.name == f"dialect-{pack.content.dialect}"
        assert pack.snapshot == pack_of(folder).snapshot


def test_golden_files_are_not_made_anew(folder: Path) -> None:
    """The script refuses to overwrite the files of a dialect."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(SystemExit, match="does not change"):
        make.main()
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
