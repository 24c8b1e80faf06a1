"""Snapshots stored with older keys: they are read with the current keys and keep their digests.

``tests/golden/before-renaming`` is the golden snapshot of dialect 1 with its old keys, its digests and its report.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from engine.answers.answers_file import read_answers_file
from engine.assessment.pipeline import Assessment
from engine.comparison.changes import compare
from engine.content.pack import Pack
from engine.content.serialization import EACH, RENAMED_KEYS, canonical_json, with_new_keys, with_old_keys
from engine.errors import ContentError
from engine.loading.library import Library, load_snapshot, load_with_problems
from engine.rendering.render import render
from engine.report.plan import build_report
from tests.paths import GOLDEN

FOLDER: Final = GOLDEN / "before-renaming"
STORED: Final = (FOLDER / "snapshot.json").read_text(encoding="utf-8").rstrip("\n")
DIGESTS: Final[dict[str, str]] = json.loads((FOLDER / "digests.json").read_text(encoding="utf-8"))
REPORT_FIELDS: Final = {"brief": "short", "unmoved": "default_reason"}
"""The old and new names of report fields that are named after keys."""


@pytest.fixture(scope="module")
def stored() -> Pack:
    """The pack of the old snapshot."""
    return load_snapshot(STORED)


@pytest.fixture(scope="module")
def current() -> Pack:
    """The same content with the current keys."""
    return load_snapshot(canonical_json(with_new_keys(json.loads(STORED))))


def values_at(value: Any, path: tuple[str, ...]) -> list[Any]:
    """Every value at a path of the table."""
    if not path:
        return [value]
    if path[0] == EACH:
        entries = value.values() if isinstance(value, dict) else value
        return [match for entry in entries for match in values_at(entry, path[1:])]
    return values_at(value[path[0]], path[1:]) if isinstance(value, dict) and path[0] in value else []


def assess_answers(pack: Pack) -> Assessment:
    """The stored answers, assessed with a pack."""
    return read_answers_file(FOLDER / "answers.yaml", Library({pack.id: pack})).assess()


@pytest.mark.parametrize("path", RENAMED_KEYS, ids="/".join)
def test_each_renamed_key(path: tuple[str, ...]) -> None:
    """The old snapshot has every renamed key, and each value is found under the new key."""
    old = json.loads(STORED)
    assert values_at(old, path)
    assert values_at(with_new_keys(old), (*path[:-1], RENAMED_KEYS[path])) == values_at(old, path)
    assert values_at(with_new_keys(old), path) == []


def test_there_and_back() -> None:
    """Translation can be inverted, and does not change a snapshot with the current keys."""
    old = json.loads(STORED)
    new = with_new_keys(old)
    assert new != old
    assert with_old_keys(new) == old
    assert (with_new_keys(new), with_old_keys(old)) == (new, old)


def test_it_keeps_its_digest(stored: Pack, current: Pack) -> None:
    """The stored snapshot and its digest are kept; the meaning digest is that of the current content."""
    assert stored.content_digest == DIGESTS["content"] != current.content_digest
    assert stored.snapshot == STORED != current.snapshot
    assert stored.meaning_digest == current.meaning_digest != DIGESTS["meaning"]
    assert stored.content == current.content
    assert load_snapshot(stored.snapshot).content_digest == stored.content_digest


def test_white_space_and_order_mean_nothing(stored: Pack) -> None:
    """White space and the order of keys do not change an old snapshot."""
    turned = json.dumps(dict(reversed(json.loads(STORED).items())), indent=1)
    assert load_snapshot(turned).snapshot == stored.snapshot


def test_it_gives_the_report_it_gave(stored: Pack) -> None:
    """The report equals the stored report, apart from renamed and added fields."""

    def as_then(value: Any, then: Any) -> Any:
        if isinstance(then, list):
            return [as_then(entry, entry_then) for entry, entry_then in zip(value, then, strict=True)]
        return {key: as_then(value[key], then[key]) for key in then} if isinstance(then, dict) else value

    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(entry) for entry in value]
        if isinstance(value, dict):
            return {REPORT_FIELDS.get(key, key): renamed(entry) for key, entry in value.items()}
        return value

    stored_report = json.loads((FOLDER / "plan.json").read_text(encoding="utf-8"))
    then = renamed(stored_report)
    assert as_then(json.loads(render(build_report(assess_answers(stored)), "json")), then) == then


def test_it_compares_with_today(stored: Pack, current: Pack) -> None:
    """Sittings with the old and the current snapshot can be compared, including the causes of moves."""
    assert compare(assess_answers(stored), assess_answers(current)).no_attribution is None
    for before, after in ((stored, current), (current, stored), (stored, stored)):
        comparison = compare(assess_answers(before), assess_answers(after))
        assert (comparison.no_attribution, comparison.moves, comparison.answers) == (None, (), ())


def test_both_digests_are_known(stored: Pack, current: Pack) -> None:
    """``has_digest`` accepts the digests with the old and with the current keys."""
    for pack in (stored, current):
        assert pack.has_digest(stored.content_digest)
        assert pack.has_digest(current.content_digest)
        assert not pack.has_digest("0" * 64)
    other = load_snapshot(STORED.replace('"title":"Everything', '"title":"Something', 1))
    assert not other.has_digest(stored.content_digest)
    assert not current.has_digest(other.content_digest)


@pytest.mark.parametrize("digest", ["stored", "today"])
def test_answers_to_the_same_content(stored: Pack, current: Pack, digest: str, tmp_path: Path) -> None:
    """An answers file with either digest is read without advice; another digest gives advice."""
    named_digest = {"stored": stored, "today": current}[digest].content_digest
    text = (FOLDER / "answers.yaml").read_text(encoding="utf-8")
    path = tmp_path / "answers.yaml"
    path.write_text(text.replace("answers:", f"content: {named_digest}\nanswers:", 1), encoding="utf-8")
    assert read_answers_file(path, Library({current.id: current})).advice == ()
    changed = load_snapshot(current.snapshot.replace('"title":"Everything', '"title":"Something', 1))
    assert [problem.code for problem in read_answers_file(path, Library({changed.id: changed})).advice] == ["HW603"]


def test_ids_and_texts_of_the_same_spelling() -> None:
    """Ids, texts and keys of mappings by id that look like an old key are not renamed."""
    old = json.loads(STORED)
    old["title"] = "told"
    old["steps"][0]["id"] = "unmoved"
    old["steps"][0]["for_kind"] = {"unmoved": {"unmoved": "told_in", "title": "brief"}, "closed": {"title": "apart"}}
    new = with_new_keys(old)
    assert (new["title"], new["steps"][0]["id"]) == ("told", "unmoved")
    assert new["steps"][0]["for_kind"] == {
        "unmoved": {"default_reason": "told_in", "title": "brief"},
        "closed": {"title": "apart"},
    }
    assert new["questionnaires"] == old["questionnaires"]
    assert new["voice"] == old["voice"]


@pytest.mark.parametrize("path", [path for path in RENAMED_KEYS if len(path) <= 3], ids="/".join)
def test_a_key_under_both_names(path: tuple[str, ...]) -> None:
    """A snapshot with both names of a key is refused."""
    damaged = json.loads(STORED)
    mapping = next(mapping for mapping in values_at(damaged, path[:-1]) if path[-1] in mapping)
    mapping[RENAMED_KEYS[path]] = mapping[path[-1]]
    with pytest.raises(ContentError) as caught:
        load_snapshot(json.dumps(damaged))
    assert [problem.code for problem in caught.value.problems] == ["HW607"]


@pytest.mark.parametrize("odd", [None, 5, "x", [], [1], {"kinds": {}}, {"kinds": 5, "weeks": []}, {"steps": [None]}])
def test_what_is_no_snapshot(odd: Any) -> None:
    """JSON of another shape is left unchanged, and then refused."""
    assert with_new_keys(odd) == odd
    with pytest.raises(ContentError):
        load_snapshot(json.dumps(odd))


@pytest.mark.parametrize("path", RENAMED_KEYS, ids="/".join)
def test_authors_write_todays_keys(path: tuple[str, ...], tmp_path: Path) -> None:
    """An old key in an author's file is reported as unknown."""
    shutil.copytree(GOLDEN / "content", tmp_path / "content")
    files = [*(tmp_path / "content" / "rules" / "every").iterdir()]
    new = f"{RENAMED_KEYS[path]}: "
    file = next(file for file in sorted(files) if new in file.read_text(encoding="utf-8"))
    file.write_text(file.read_text(encoding="utf-8").replace(new, f"{path[-1]}: ", 1), encoding="utf-8")
    _, problems = load_with_problems(tmp_path / "content")
    assert "HW201" in [problem.code for problem in problems]
