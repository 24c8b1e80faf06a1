"""Files of answers: what they may hold, what is refused and where, and which content they are read with."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.answers.answers_file import AnswersFile, AnswersFileContents, answers_text, export_text, read_answers_file
from engine.content.pack import Pack
from engine.content.serialization import canonical_json
from engine.errors import ContentError, FileError, HeartworkError, Location, ResponseError, catalogue
from engine.loading.library import Library, load_library, load_snapshot
from engine.loading.yaml import parse
from engine.rendering.render import render
from engine.report.plan import build_report
from tests.factories.small_pack import Folder
from tests.paths import EXAMPLES

FULL = {"talk": "some", "calm": 1, "rest": 2, "signs": ["one"], "met": "2020-01-05"}


@pytest.fixture
def library(folder: Folder) -> Library:
    """The library with the small pack."""
    folder.small()
    return load_library(folder.path)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Write an answers file and return its path."""

    def make(value: object, name: str = "answers.yaml") -> Path:
        path = tmp_path / name
        if isinstance(value, bytes):
            path.write_bytes(value)
        else:
            path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return path

    return make


def file_of(**fields: Any) -> dict[str, Any]:
    return {"heartwork": 1, "questionnaire": "main", "taken_on": "2026-10-05", "answers": FULL} | fields


def refused(path: Path, library: Library) -> list[tuple[str, str]]:
    """The codes of what is wrong with a file, each with its place."""
    with pytest.raises(HeartworkError) as caught:
        read_answers_file(path, library).assess()
    assert isinstance(caught.value, FileError | ResponseError | ContentError)
    locations = [problem.where for problem in caught.value.problems]
    assert all(isinstance(location, Location) for location in locations)
    return [(str(problem.where).removeprefix(f"{path}:"), problem.code) for problem in caught.value.problems]


def plan_of(sitting: AnswersFileContents) -> str:
    return render(build_report(sitting.assess()), "json")


YAML = """\
# a comment
heartwork: 1
questionnaire: main
taken_on: 2026-10-05
answers:
  talk: some
  calm: 1
  rest: 2
  signs: [one]
  met: 2020-01-05
"""


def test_yaml_and_json_are_the_same(write: Any, library: Library) -> None:
    """The same answers in YAML and in JSON give the same plan."""
    from_yaml, from_json = (
        read_answers_file(write(YAML), library),
        read_answers_file(write(file_of(), "answers.json"), library),
    )
    assert from_yaml.file == from_json.file
    assert plan_of(from_yaml) == plan_of(from_json)
    assert from_yaml.as_of == date(2026, 10, 5)


def test_a_byte_order_mark_is_fine(write: Any, library: Library) -> None:
    """Editors that begin a file with a byte order mark may do so."""
    assert plan_of(read_answers_file(write(b"\xef\xbb\xbf" + YAML.encode()), library))


def test_unanswered_and_rather_not_say(write: Any, library: Library) -> None:
    """An absent answer is unanswered, null says rather not: both are accepted, and only null is kept."""
    assessment = read_answers_file(write(file_of(answers={"calm": None})), library).assess()
    assert dict(assessment.responses.answers) == {"calm": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("1:1", "HW109")]),
        ("# nothing\n", [("1:1", "HW109")]),
        ("just words\n", [("1:1", "HW601")]),
        ("- 1\n- 2\n", [("1:1", "HW601")]),
        ("5\n", [("1:1", "HW601")]),
        ("questionnaire: main\n", [("1:1", "HW601")]),
        ("{}", [("1:1", "HW601")]),
        ("heartwork: 2\nquestionnaire: main\nanswers: {}\n", [("1:12", "HW204")]),
        ("heartwork: true\nquestionnaire: main\nanswers: {}\n", [("1:12", "HW204")]),
        ('heartwork: "1"\nquestionnaire: main\nanswers: {}\n', [("1:12", "HW204")]),
        ("heartwork: 1\n", [("1:1", "HW202"), ("1:1", "HW202")]),
        ("heartwork: 1\nquestionnaire: main\nanswers: []\n", [("3:10", "HW203")]),
        ("heartwork: 1\nquestionnaire: main\nanswers:\n", [("3:9", "HW203")]),
        ("heartwork: 1\nquestionnaire: main\nanswer: {}\n", [("3:1", "HW201")]),
        ("heartwork: 1\nquestionnaire: main\nodd: {}\n", [("1:1", "HW202"), ("3:1", "HW201")]),
        ("heartwork: 1\nquestionnaire: [main]\nanswers: {}\n", [("2:16", "HW203")]),
        ("heartwork: 1\nquestionnaire: a b\nanswers: {}\n", [("2:16", "HW205")]),
        ("heartwork: 1\nquestionnaire: main\nanswers: {}\n", [("1:1", "HW601")]),
        ("heartwork: 1\nquestionnaire: main\ntaken_on: today\nanswers: {}\n", [("3:11", "HW203")]),
        ("heartwork: 1\nquestionnaire: main\ntaken_on: 2026-02-30\nanswers: {}\n", [("3:11", "HW203")]),
        ("heartwork: 1\nquestionnaire: main\ntaken_on: 0000-01-01\nanswers: {}\n", [("3:11", "HW203")]),
        ("heartwork: 1\nquestionnaire: mian\ntaken_on: 2026-02-03\nanswers: {}\n", [("2:16", "HW602")]),
        ("heartwork: 1\nquestionnaire: main\ncontent: abc\nanswers: {}\n", [("3:10", "HW206")]),
        ("heartwork: 1\nheartwork: 1\n", [("2:1", "HW103")]),
        ("heartwork: &a 1\n", [("1:12", "HW105")]),
        ("heartwork: !!int 1\n", [("1:12", "HW104")]),
        ("heartwork: [1\n", [("2:1", "HW102")]),
    ],
)
def test_what_is_no_file_of_answers(write: Any, library: Library, text: str, expected: list[tuple[str, str]]) -> None:
    """Each fault of a file is reported with its code and place."""
    assert sorted(refused(write(text), library)) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("tolk: some", ("6:9", "HW501")),
        ("talk: sometimes", ("6:9", "HW502")),
        ("talk: true", ("6:9", "HW503")),
        ("calm: 1.5", ("6:9", "HW503")),
        ("calm: 9", ("6:9", "HW504")),
        ("signs: [one, none]", ("6:10", "HW505")),
        ("signs: [one, one]", ("6:10", "HW508")),
        ("met: 1999-12-31", ("6:8", "HW504")),
        ("name: an overlong name that has more than thirty characters", ("6:9", "HW507")),
    ],
)
def test_answers_that_are_not_accepted(write: Any, library: Library, answers: str, expected: tuple[str, str]) -> None:
    """An invalid answer is reported at its place in the file."""
    text = f"heartwork: 1\nquestionnaire: main\ntaken_on: 2026-02-03\n\nanswers:\n  {answers}\n"
    assert refused(write(text), library) == [expected]


def test_numbers_and_dates_as_people_type_them(write: Any, library: Library) -> None:
    """Texts are read as on a page; what can mean two things is reported at its place, and ``true`` is no number."""
    answers = {**FULL, "met": "13.4.2020", "days": "+３", "name": "\u3164"}
    accepted = read_answers_file(write(file_of(answers=answers)), library).assess().responses.answers
    assert (accepted["met"], accepted["days"], "name" in accepted) == ("2020-04-13", 3, False)
    text = "heartwork: 1\nquestionnaire: main\ntaken_on: 2026-10-05\nanswers:\n"
    for line, expected in (
        ("met: 3/4/2020", ("5:8", "HW509")),
        ("met: 3.4.20", ("5:8", "HW509")),
        ("met: 0026-04-03", ("5:8", "HW504")),
        ("days: 1,00,0", ("5:9", "HW503")),
        ("days: 1_0", ("5:9", "HW503")),
        ("days: true", ("5:9", "HW503")),
        ("days: 1 000", ("5:9", "HW504")),
    ):
        assert expected in refused(write(f"{text}  {line}\n"), library)


def test_a_required_answer_that_is_missing(folder: Folder, write: Any) -> None:
    """A missing required item is reported at the answers; null suffices."""
    folder.small().plant("questionnaires/main.yaml", "anchors: agree", "anchors: agree\n        required: true")
    library = load_library(folder.path)
    text = "heartwork: 1\nquestionnaire: main\ntaken_on: 2026-02-03\nanswers: {}\n"
    assert refused(write(text), library) == [("4:10", "HW506")]
    assert read_answers_file(write(text.replace("{}", "{calm: null}")), library).assess().plan


def test_all_faulty_answers_at_once(write: Any, library: Library) -> None:
    """All faults in the answers are reported together."""
    faults = refused(write(file_of(answers={"talk": 1, "calm": "x", "nobody": 1})), library)
    assert sorted(code for _, code in faults) == ["HW501", "HW503", "HW503"]


def test_missing_taken_on_can_be_given(write: Any, library: Library) -> None:
    """Without the day in the file it must be given; a given day goes before the one in the file."""
    path = write({key: value for key, value in file_of().items() if key != "taken_on"})
    assert refused(path, library) == [("1:1", "HW601")]
    assert read_answers_file(path, library, date(2026, 1, 2)).as_of == date(2026, 1, 2)
    assert read_answers_file(write(file_of()), library, date(2020, 1, 2)).assess().provenance.as_of == date(2020, 1, 2)


@pytest.mark.parametrize(("raw", "code"), [(b"\xff\xfe\x00h", "HW106"), (b"a: \x00\n", "HW102"), (b"\x80", "HW106")])
def test_binary_files(write: Any, library: Library, raw: bytes, code: str) -> None:
    """A binary file is refused cleanly."""
    assert [found_code for _, found_code in refused(write(raw), library)] == [code]


def test_paths_that_are_no_file(tmp_path: Path, library: Library) -> None:
    """A directory and a missing file are refused, with their names."""
    for path in (tmp_path, tmp_path / "nobody.yaml", tmp_path / "nobody" / "here.yaml"):
        assert refused(path, library) == [("1:1", "HW101")]


def test_too_deep_and_too_large(write: Any, library: Library) -> None:
    """Nesting without end and files beyond reason are refused before anything reads them."""
    assert refused(write("[" * 100_000), library) == [("1:1", "HW107")]
    assert refused(write("# " + "x" * 2_000_001), library) == [("1:1", "HW107")]


# Which content


def test_the_known_digest(write: Any, library: Library) -> None:
    """Answers given to this very content bring no advice."""
    digest = library.packs["small"].content_digest
    assert read_answers_file(write(file_of(content=digest)), library).advice == ()


def test_an_unknown_digest_is_advice(write: Any, library: Library) -> None:
    """Answers given to other content are read with the present one, and that is said, at its place."""
    path = write(YAML.replace("answers:", f"content: {'0' * 64}\nanswers:"))
    sitting = read_answers_file(path, library)
    assert [(problem.code, str(problem.where)) for problem in sitting.advice] == [("HW603", f"{path}:5:10")]
    assert catalogue()["HW603"].advice
    assert plan_of(sitting)


def snapshot_of(library: Library) -> tuple[str, dict[str, Any]]:
    pack = library.packs["small"]
    return pack.content_digest, json.loads(pack.snapshot)


def test_the_snapshot_decides(folder: Folder, write: Any, library: Library) -> None:
    """A file with its snapshot gives the same bytes whatever the content has become, or without any."""
    digest, snapshot = snapshot_of(library)
    plain = plan_of(read_answers_file(write(file_of()), library))
    path = write(file_of(content=digest, snapshot=snapshot), "export.json")
    folder.plant("rules/small/all.yaml", "talk, is: no}", "talk, is: some}")
    folder.plant("rules/small/steps.yaml", "title: Rest", "title: Rest now")
    changed = load_library(folder.path)
    assert plan_of(read_answers_file(write(file_of()), changed)) != plain
    for other in (changed, Library({})):
        sitting = read_answers_file(path, other)
        assert (plan_of(sitting), sitting.advice) == (plain, ())
    assert plan_of(read_answers_file(write(file_of(snapshot=snapshot)), changed)) == plain


def test_a_snapshot_that_does_not_fit_its_digest(write: Any, library: Library) -> None:
    """A snapshot with another digest than the file says is refused."""
    _, snapshot = snapshot_of(library)
    path = write(
        f"heartwork: 1\nquestionnaire: main\ncontent: {'0' * 64}\nanswers: {{}}\nsnapshot: {json.dumps(snapshot)}"
    )
    assert refused(path, library) == [("3:10", "HW605")]
    digest, _ = snapshot_of(library)
    snapshot["title"] = "Another"
    assert refused(write(file_of(content=digest, snapshot=snapshot)), library)[0][1] == "HW605"


def damaged(value: Any) -> list[Any]:
    """The value with each part in turn taken out, emptied, or made something else."""
    variants: list[Any] = []
    if isinstance(value, dict):
        for key in value:
            variants.append({other_key: part for other_key, part in value.items() if other_key != key})
            replacements: list[Any] = [None, 7, "x", [], {}, [None], ["x", "x"]]
            variants += [value | {key: replacement} for replacement in replacements]
            variants += [value | {key: replacement} for replacement in damaged(value[key])]
        variants.append(value | {"odd": 1})
    elif isinstance(value, list):
        variants.append([])
        if value:
            variants += [[*value[1:]], [*value, value[0]]]
        for index, part in enumerate(value[:6]):
            variants += [[*value[:index], replacement, *value[index + 1 :]] for replacement in damaged(part)]
    return variants


@pytest.mark.parametrize("every", [42, pytest.param(7, marks=pytest.mark.exhaustive)])
def test_tampered_snapshots(library: Library, folder: Folder, every: int) -> None:
    """However a snapshot is damaged, it is either refused with problems or gives a plan: nothing else happens."""
    _, snapshot = snapshot_of(library)
    path = folder.path.parent / "answers.json"
    variants = damaged(snapshot)
    assert len(variants) > 2000
    refusals = 0
    for variant in variants[::every]:
        path.write_text(json.dumps(file_of(answers={}, snapshot=variant)), encoding="utf-8")
        try:
            sitting = read_answers_file(path, library)
            assessment = sitting.assess()
        except HeartworkError:
            refusals += 1
        else:
            if assessment.plan is not None:
                assert render(build_report(assessment), "json")
    assert refusals > 1400 / every


def test_where_a_snapshot_is_refused(write: Any, library: Library) -> None:
    """Faults of a snapshot are reported at their places in the file."""
    _, snapshot = snapshot_of(library)
    next(raw_rule for raw_rule in snapshot["rules"] if raw_rule["id"] == "unsafe")["when"]["item"] = "nobody"
    for odd, code in ((snapshot, "HW302"), ({"odd": 1}, "HW607"), ({}, "HW607")):
        path = write(f"heartwork: 1\nquestionnaire: main\nanswers: {{}}\nsnapshot: {json.dumps(odd)}")
        assert set(refused(path, library)) == {("4:11", code)}


def test_a_questionnaire_that_the_snapshot_lacks(write: Any, library: Library) -> None:
    """The questionnaire must be one of the snapshot's, at its place in the file."""
    _, snapshot = snapshot_of(library)
    text = f"heartwork: 1\nquestionnaire: other\ntaken_on: 2026-10-05\nanswers: {{}}\nsnapshot: {json.dumps(snapshot)}"
    assert refused(write(text), library) == [("2:16", "HW602")]


def test_several_packs(folder: Folder, write: Any) -> None:
    """The questionnaire chooses the pack."""
    folder.small()
    for name, text in {
        "questionnaires/else.yaml": "questionnaire: else\npack: other\ntitle: E\nsections: [{id: a, title: A, items: [{id: x, type: yes_no, text: X}]}]\n",
        "rules/other/steps.yaml": "dialect: 1\npack: other\ntitle: O\nkinds: [{id: k, title: K, default: true}]\n",
    }.items():
        folder.write({name: text})
    library = load_library(folder.path)
    assert read_answers_file(write(file_of()), library).pack.id == "small"
    other = read_answers_file(write(file_of(questionnaire="else", answers={"x": True})), library)
    assert (other.pack.id, other.assess().plan is not None) == ("other", True)


# Writing


AWKWARD = ["", "no", "NO", "true", "null", "~", "1", "1e5", "0x1", "a: b", "- a", "#", "{they}", "“x”", '"', "\\", "a\u00a0b", "\ufeff", "\u202e", "\ufffe", "😀", "李", " x ", "x" * 500, "2026-11-23", "yes", "a-b", "-", "'", "<<"]  # fmt: skip


@pytest.mark.parametrize("value", [*AWKWARD, None, True, False, 0, -3, 1.5, 5e-324, 1e15, 10**15, AWKWARD, ()])
def test_what_is_written_is_read_again(small: Pack, value: Any) -> None:
    """Whatever an answer is, and whatever the ids are, the text of a file holds just that."""
    answers = {"x": value, "no": 1, "1": 2, "null": 3, "größe": 4, "a--b": 5}
    text = answers_text(small, "main", date(2026, 10, 5), answers, ["no", "x"])
    source, problems = parse(text, "file")
    assert source is not None, problems
    file = AnswersFile.model_validate(source.value)
    assert file.answers == {**answers, "x": tuple(value) if isinstance(value, list) else value}
    assert (file.questionnaire, file.content, file.taken_on) == ("main", small.content_digest, "2026-10-05")
    assert file.left_open == ("no", "x")
    assert yaml.safe_load(text)["answers"].keys() == answers.keys()


def test_a_written_file_is_a_sitting(tmp_path: Path, library: Library, small: Pack) -> None:
    """A written file gives the plan of its answers, with no advice; without answers it is a file too."""
    path = tmp_path / "answers.yaml"
    path.write_text(answers_text(small, "main", date(2026, 10, 5), FULL), encoding="utf-8")
    sitting = read_answers_file(path, library)
    assert (sitting.file.answers, sitting.advice, sitting.as_of) == (FULL | {"signs": ("one",)}, (), date(2026, 10, 5))
    assert sitting.assess().plan is not None
    path.write_text(answers_text(small, "main", date(2026, 10, 5), {}), encoding="utf-8")
    assert (read_answers_file(path, library).file.answers, "left_open" in path.read_text()) == ({}, False)


@pytest.mark.parametrize("value", [*AWKWARD, None, True, 0, -3, 1.5, 10**15, ("no", "x"), ()])
def test_what_is_exported_is_read_again(small: Pack, value: Any) -> None:
    """Whatever an answer is, an exported file holds just that, with the content it was given to."""
    source, problems = parse(export_text(small, "main", date(2026, 10, 5), {"x": value, "größe": 4}), "file")
    assert source is not None, problems
    file = AnswersFile.model_validate(source.value)
    assert file.answers == {"x": value, "größe": 4}
    assert (file.questionnaire, file.content, file.taken_on) == ("main", small.content_digest, "2026-10-05")
    assert load_snapshot(canonical_json(file.snapshot)).content_digest == small.content_digest


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_exported_file_gives_the_same_plan(tmp_path: Path, example: Path) -> None:
    """An export of shipped answers needs no other content, is read without advice, and gives the same bytes."""
    sitting = read_answers_file(example, load_library())
    path = tmp_path / "answers.json"
    path.write_text(export_text(sitting.pack, sitting.file.questionnaire, sitting.as_of, sitting.file.answers))
    exported = read_answers_file(path, Library({}))
    assert (plan_of(exported), exported.advice) == (plan_of(sitting), ())
