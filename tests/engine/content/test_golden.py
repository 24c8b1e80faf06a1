"""What a released dialect means is frozen: the same snapshot and the same answers give the same plan, for ever.

If one of these tests fails, the engine has changed what an old plan says. That is never right for a released dialect:
see ``tests/tools/make_golden.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from engine.content.conditions import OPERATORS, SUBJECTS
from engine.content.pack import Pack
from engine.content.questionnaire import ITEM_TYPES, Scale, Section
from engine.content.rules import EFFECTS
from engine.content.steps import (
    REMARK_SLOTS,
    Action,
    Calendar,
    Caution,
    Evidence,
    HiddenCauses,
    Kind,
    KindCap,
    LookAgain,
    Message,
    Notice,
    Remark,
    Step,
    UnscheduledSteps,
    Variant,
    Weeks,
    WhatIfSteps,
)
from engine.loading.library import load_library, load_snapshot
from tests.tools import make_golden as make

DIALECTS: Final = sorted(path for path in make.HERE.glob("dialect-*") if path.is_dir())
pytestmark = pytest.mark.parametrize("folder", DIALECTS, ids=lambda path: path.name)


def pack_of(folder: Path) -> Pack:
    return load_snapshot((folder / "snapshot.json").read_text(encoding="utf-8"))


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_digests(folder: Path) -> None:
    """An old snapshot keeps its digests, and is written as it was."""
    pack = pack_of(folder)
    assert {"content": pack.content_digest, "meaning": pack.meaning_digest} == read(folder / "digests.json")
    assert pack.snapshot + "\n" == (folder / "snapshot.json").read_text(encoding="utf-8")


def still(then: Any, now: Any, path: str = "plan") -> None:
    """Everything that was there is there, with the same value. A report may learn to say more."""
    if isinstance(then, dict):
        for key, one in then.items():
            still(one, now[key], f"{path}.{key}")
    elif isinstance(then, list):
        assert len(then) == len(now), path
        for index, one in enumerate(then):
            still(one, now[index], f"{path}[{index}]")
    else:
        assert (then, type(then)) == (now, type(now)), path


def test_the_plan(folder: Path) -> None:
    """The answers give the same report, in everything that reports had when the dialect was released."""
    still(read(folder / "plan.json"), json.loads(make.plan_of(folder)))


def test_people(folder: Path) -> None:
    """Scales, rules with the answers behind them, findings, kind, notices and steps of many people are the same."""
    pack, people = pack_of(folder), read(folder / "people.json")
    assert len(people) == make.PEOPLE + make.CHECK_INS
    for person in people:
        given = person["answers"], person["taken_on"]
        found = make.outcome(pack, person["questionnaire"], *given)
        assert {"answers": given[0], "taken_on": given[1], **json.loads(json.dumps(found))} == person


def test_people_make_every_rule_fire_and_stay_silent(folder: Path) -> None:
    """Among the people every rule fires for some and stays silent for others, and every emphasis and kind comes up."""
    pack = pack_of(folder)
    people = [one for one in read(folder / "people.json") if one["questionnaire"] == make.FULL]
    check_ins = [one for one in read(folder / "people.json") if one["questionnaire"] == make.AGAIN]
    for rule in pack.rules:
        fired = {rule.id in one["rules"] for one in [*people, *check_ins]}
        assert fired == {True, False}, rule.id
    assert {one["kind"] for one in people} == {kind.id for kind in pack.content.kinds}
    assert {step[1] for one in people for step in one["steps"]} == {"start_here", "focus", "steady", "light", "not_now"}
    reached = {(step[1], step[2]) for one in people for step in one["steps"][1:]}
    assert {("focus", pack.content.emphasis.focus), ("steady", pack.content.emphasis.steady)} <= reached
    for name in pack.scales:
        values = [one["scales"][name][0] for one in people]
        assert None in values
        assert len(set(values)) >= 3
    for place, among in pack.content.remarks.items():
        assert {name for one in [*people, *check_ins] for name in one["remarks"].get(place, ())} == {
            one.id for one in among
        }
    assert {item for one in people for item in one["hidden"]} == {
        item.id for item in pack.forms[make.FULL].items if item.show_when
    }


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping inside a value."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(one)


def test_everything_is_used(folder: Path) -> None:
    """The pack uses every type of item, operator, effect, method and option that the dialect has."""
    snapshot = read(folder / "snapshot.json")
    every = list(parts(snapshot))
    keys = {key for one in every for key in one}
    assert {one["type"] for one in every if "type" in one} == set(ITEM_TYPES)
    assert set(OPERATORS) <= keys
    assert {"all", "any", "not", *EFFECTS, "step", "steps", "tag"} <= keys
    asked = {
        (subject, operator)
        for one in every
        for subject in SUBJECTS
        for operator in OPERATORS
        if {subject, operator} <= set(one)
    }
    assert {operator for subject, operator in asked if subject == "item"} == set(OPERATORS)
    assert {operator for subject, operator in asked if subject == "scale"} == set(OPERATORS) - {"includes"}
    assert {operator for subject, operator in asked if subject in {"finding", "step"}} == {"is", "is_not"}
    fields = Scale.model_fields
    for name in ("method", "rounding", "direction", "shown"):
        default = fields[name].default
        found = {
            one.get(name, default)
            for questionnaire in snapshot["questionnaires"]
            for one in questionnaire.get("scales", ())
        }
        assert found == set(get_args(fields[name].annotation)), name
    written = {
        key for questionnaire in snapshot["questionnaires"] for one in questionnaire.get("scales", ()) for key in one
    }
    assert written == {info.alias or name for name, info in fields.items()}
    assert {"from", "above", "words", "minimum", "prorate", "points", "exclusive", "said", "value", "first"} <= keys
    assert {one["at"] for one in every if "at" in one} == set(get_args(KindCap.model_fields["at"].annotation))
    labels = set(get_args(Evidence.model_fields["label"].annotation))
    assert {one["label"] for one in every if "label" in one} == labels
    assert {"help", "required", "rather_not_say", "sensitive", "changeable", "show_when", "earliest", "latest"} <= keys
    assert {"better", "if", "what_if", "weeks", "unscheduled"} <= keys
    assert {"for_kind", "cautions", "summary", "voice", "role", "intro", "gate", "unit", "whole", "longest"} <= keys
    of_steps = (
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
    assert {name for model in of_steps for name in model.model_fields} <= keys
    assert set(Section.model_fields) <= keys
    assert {one["frame"] for one in every if "frame" in one} == {"then"}  # “now” is the default
    assert (
        set(snapshot["remarks"])
        == {one["place"] for one in every if "place" in one} | {"come_back"}
        == set(REMARK_SLOTS)
    )
    assert [one for one in every if "by" in one and "because" in one]
    spoken = [one["text"] for among in snapshot["remarks"].values() for one in among]
    spoken += [one["because"] for one in every if "because" in one]
    assert {"{said:" in text for text in spoken} == {True, False}


def test_the_newest_dialect_is_that_of_its_content(folder: Path) -> None:
    """The content from which a dialect's files were made still gives the newest dialect's snapshot."""
    pack = load_library(make.CONTENT).packs[make.PACK]
    if folder == DIALECTS[-1]:
        assert folder.name == f"dialect-{pack.content.dialect}"
        assert pack.snapshot == pack_of(folder).snapshot


def test_golden_files_are_not_made_anew(folder: Path) -> None:
    """The script refuses to write over the files of a dialect."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(SystemExit, match="does not change"):
        make.main()
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
