"""Strict YAML: the values of texts, the position of every value, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Location, Problem, describe_value
from engine.loading.yaml import MOST_DEPTH, Source, ValuePath, parse, read
from tests.checks.examples import examples
from tests.paths import ROOT
from tests.servers.waiting import SECONDS


def parse_sound_text(text: str) -> Source:
    """The source of a text without faults."""
    source, problems = parse(text, "file")
    assert problems == []
    assert source is not None
    return source


def faults_of(text: str) -> list[tuple[str, int, int]]:
    """The codes and places of all faults of a text."""
    source, problems = parse(text, "file")
    assert problems or source is not None
    return [(problem.code, *line_and_column(problem)) for problem in problems]


def line_and_column(problem: Problem) -> tuple[int, int]:
    """Line and column of a problem in a file."""
    assert isinstance(problem.where, Location)
    return problem.where.line, problem.where.column


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-0", 0),
        ("+7", 7),
        ("-12", -12),
        ("1.5", 1.5),
        ("-.5", -0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.5E-2", 0.015),
        ("999999999999999", 999999999999999),
    ],
)
def test_plain_values(text: str, expected: object) -> None:
    """Only true, false, null and decimal numbers are more than a text."""
    value = parse_sound_text(f"a: {text}\n").value
    assert value == {"a": expected}
    assert isinstance(value, dict)
    assert type(value["a"]) is type(expected)


@pytest.mark.parametrize(
    "text",
    [
        *("no", "No", "NO", "yes", "Yes", "on", "Off", "y", "n", "True", "TRUE", "False", "Null", "NULL", "None"),
        *("01", "1_0", "1:30", "0x1", "0o7", "0b1", "1.", "1,5", "+", ".", "1e", "e3", "--1", "1-2", "½", "١"),
        *("2026-11-23", "2026-11-23 10:00", "=", "<<", "inf", "NaN", "-inf"),
    ],
)
def test_plain_texts(text: str) -> None:
    """What YAML takes for booleans, octal and sexagesimal numbers or dates stays a text."""
    assert parse_sound_text(f"a: {text}\n").value == {"a": text}


@pytest.mark.parametrize("text", ["true", "null", "1", "1.5", "no", "", "~", "<<", "&a", "!x"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_make_texts(text: str, quote: str) -> None:
    """A scalar in quotes is a text."""
    assert parse_sound_text(f"a: {quote}{text}{quote}\n").value == {"a": text}


def test_blocks_are_texts() -> None:
    """Block scalars are texts, also if they look like numbers or booleans."""
    assert parse_sound_text("a: |\n  1\nb: >-\n  true\n").value == {"a": "1\n", "b": "true"}


def test_keys_are_texts_as_written() -> None:
    """A key is a text as written: options may be called no, points of a rating 4."""
    assert parse_sound_text("no: 1\n4: 2\ntrue: 3\n1.0: 4\n~: 5\nnull: 6\n").value == {
        "no": 1,
        "4": 2,
        "true": 3,
        "1.0": 4,
        "~": 5,
        "null": 6,
    }


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("a: 1\na: 2", 2, 1), ("b:\n  a: 1\n  'a': 2", 3, 3), ("[{a: 1, b: 2, a: 3}]", 1, 15), ('no: 1\n"no": 2', 2, 1)],
)
def test_double_keys(text: str, line: int, column: int) -> None:
    """A key that occurs twice in one mapping is refused, with or without quotes."""
    assert faults_of(text) == [("HW103", line, column)]


def test_same_key_in_two_mappings() -> None:
    """The same key in two mappings is no fault."""
    assert parse_sound_text("- {a: 1}\n- {a: 1}\n").value == ({"a": 1}, {"a": 1})


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a: !!str no", 4),
        ("a: !x y", 4),
        ("a: ! y", 4),
        ("a: ! 'y'", 4),
        ("a: !!python/object:os.system x", 4),
        ("a: ! [b]", 4),
        ("a: !m {b: c}", 4),
        ("!x a: b", 1),
        ("[a, !<tag> b]", 5),
        ("!plain x", 1),
        ("! quoted", 1),
        ("!<plain> x", 1),
        ("!<collection> []", 1),
    ],
)
def test_tags(text: str, column: int) -> None:
    """Tags are refused, also the one without a name and those called as this module calls its own."""
    assert faults_of(text) == [("HW104", 1, column)]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: &b c", 1, 4),
        ("a: &b c\nd: *b", 1, 4),
        ("&a [*a]", 1, 1),
        ("a: &b\n  c: d", 1, 4),
        ("a: *b", 1, 4),
        ("*a : b", 1, 1),
        ("&a a: b", 1, 1),
        ("b: {<<: {a: 1}}", 1, 5),
        ("b:\n  <<: [a]", 2, 3),
    ],
)
def test_anchors_aliases_and_merge_keys(text: str, line: int, column: int) -> None:
    """Anchors, aliases and merge keys are reported at their first place."""
    assert faults_of(text) == [("HW105", line, column)]


def test_many_laughs() -> None:
    """Aliases of aliases are refused without being followed."""
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    assert {code for code, _, _ in faults_of("\n".join(lines))} == {"HW105"}


@pytest.mark.parametrize("text", ["? [a]\n: b", "? {a: b}\n: c", "[[a]: b]", '"": x', "''  : x"])
def test_keys_that_are_no_texts(text: str) -> None:
    """A key is a text, and not an empty one."""
    assert [code for code, _, _ in faults_of(text)] == ["HW108"]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "---\n...\n", "--- # nothing", "\ufeff"])
def test_empty(text: str) -> None:
    """A file without a value is empty."""
    assert [code for code, _, _ in faults_of(text.removeprefix("\ufeff"))] == ["HW109"]


@pytest.mark.parametrize("number", [".inf", "-.inf", ".NaN", "1e999", "-1e400", "1000000000000001", "1e16", "9" * 30])
def test_numbers_nobody_can_calculate_with(number: str) -> None:
    """Numbers beyond what a float counts exactly are refused, not rounded."""
    assert faults_of(f"a: {number}") == [("HW110", 1, 4)]


def test_long_digits_are_a_text_in_quotes() -> None:
    """An identifier of many digits can be written, in quotes."""
    assert parse_sound_text(f"a: '{'9' * 5000}'").value == {"a": "9" * 5000}
    assert faults_of(f"a: {'9' * 5000}") == [("HW110", 1, 4)]


@pytest.mark.parametrize(
    "text", ["a: [", "a: }", "a: 'b", "a: b: c", "\ta: b", "a:\n  b: c\n d: e", "a: @b", "a: `b`", "%a", "- a\nb: c"]
)
def test_not_yaml(text: str) -> None:
    """Faults of syntax are one problem at a place in the file."""
    ((code, line, column),) = faults_of(text)
    assert code == "HW102"
    assert 1 <= line <= text.count("\n") + 2
    assert column >= 1


@pytest.mark.parametrize("text", ["a: 1\n---\nb: 2\n", "a: 1\n...\n---\nb: 2\n"])
def test_two_documents(text: str) -> None:
    """A file holds one document."""
    ((code, line, _),) = faults_of(text)
    assert (code, line) == ("HW102", text.count("\n", 0, text.index("---")) + 1)


def test_one_document_with_marks() -> None:
    """The marks of a document's beginning and end, and YAML's own directive, are no fault."""
    assert parse_sound_text("%YAML 1.2\n---\na: 1\n...\n").value == {"a": 1}


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\ufffe"])
def test_control_characters(char: str) -> None:
    """Characters that YAML does not allow are reported at their places, also after characters of several bytes."""
    assert faults_of(f"a: 1\nb: ü€😀 x{char}") == [("HW102", 2, 9)]


def test_all_faults_of_one_text() -> None:
    """One reading finds every fault that is not of syntax."""
    text = "a: !x 1\nb: &c 2\nd: .inf\nd: 3\n? [e]\n: f\n"
    assert faults_of(text) == [("HW104", 1, 4), ("HW105", 2, 4), ("HW110", 3, 4), ("HW103", 4, 1), ("HW108", 5, 3)]


def test_no_source_of_a_text_with_a_fault() -> None:
    """A text with a fault has no value, so that nothing is reported only because a part of it is missing."""
    source, problems = parse("a: !x 1\nb: 2\nb: 3\nc: [1, .inf]\n<<: {d: 1}\n", "file")
    assert source is None
    assert len(problems) == 4


class TestFiles:
    """Reading bytes."""

    def read(self, path: Path, raw: bytes) -> tuple[Source | None, list[str]]:
        """Write and read a file; the problems as words."""
        path.write_bytes(raw)
        source, problems = read(path, "file")
        return source, [f"{problem.where} {problem.code}" for problem in problems]

    def test_marks_of_byte_order(self, tmp_path: Path) -> None:
        """A mark of byte order is no part of the text and moves no column."""
        source, problems = self.read(tmp_path / "a", b"\xef\xbb\xbfa: b")
        assert source is not None
        assert (source.value, str(source.where(("a",))), problems) == ({"a": "b"}, "file:1:4", [])

    @pytest.mark.parametrize(
        ("raw", "position"),
        [
            (b"a: \xff", "1:4"),
            ("a: ä\n# grün: ".encode() + b"\xfc", "2:9"),
            (b"\xef\xbb\xbf\xff", "1:1"),
            (b"a: \xed\xa0\x80", "1:4"),
            (b"a: \xc0\xaf", "1:4"),
            (b"a: 1\r\n\xe4", "2:1"),
        ],
    )
    def test_not_utf_8(self, tmp_path: Path, raw: bytes, position: str) -> None:
        """The first byte that is no UTF-8 is found."""
        assert self.read(tmp_path / "a", raw) == (None, [f"file:{position} HW106"])

    def test_size(self, tmp_path: Path) -> None:
        """Two million bytes are read, one more is not."""
        source, _ = self.read(tmp_path / "a", b"a: 1\n#" + b" " * 1_999_994)
        assert source is not None
        assert self.read(tmp_path / "a", b"a: 1\n#" + b" " * 1_999_995) == (None, ["file:1:1 HW107"])

    def test_long_lists(self, tmp_path: Path) -> None:
        """A file of a hundred thousand lines is read with the place of the last one."""
        source, _ = self.read(tmp_path / "a", b"- a\n" * 100_000)
        assert source is not None
        assert source.where((99_999,)).line == 100_000

    @pytest.mark.parametrize("name", ["nothing", "a\0b", "x" * 300])
    def test_no_file(self, tmp_path: Path, name: str) -> None:
        """A file that does not exist or has an impossible name is a problem."""
        source, problems = read(tmp_path / name)
        assert (source, [problem.code for problem in problems]) == (None, ["HW101"])

    @pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "/"])
    def test_no_ordinary_file(self, name: str) -> None:
        """Devices and folders are not read."""
        source, problems = read(Path(name))
        assert (source, [problem.code for problem in problems]) == (None, ["HW101"])


@pytest.mark.parametrize("text", ["[", "{a: ", "- ", "? ", "[{a: [", "{", "'a': [", "- - ? "])
def test_depth_bombs(text: str) -> None:
    """A hundred thousand brackets are refused, and the process does not crash."""
    script = f"from engine.loading.yaml import parse; print(*[problem.code for problem in parse({text!r} * 100_000, 'f')[1]])"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT, timeout=SECONDS
    )
    assert (run.returncode, run.stdout.split()) == (0, ["HW107"])


def test_depth() -> None:
    """Forty levels are read, forty-one are not."""
    assert faults_of("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1)) == [("HW107", 1, 1)]
    parse_sound_text("[" * MOST_DEPTH + "]" * MOST_DEPTH)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines(end: str) -> None:
    """However lines end, values and places are the same."""
    text = 'a: 1\n# ü\nb:\n  - "x\n    y"\n  - |\n    z\nc: {d: e}\n'
    source, expected = parse_sound_text(text.replace("\n", end)), parse_sound_text(text)
    assert source.value == expected.value
    for path, _ in parts(expected.value):
        assert source.where(path) == expected.where(path)
        assert source.where(path, key=True) == expected.where(path, key=True)


@pytest.mark.parametrize("char", ["\x85", "\u2028", "\u2029"])
def test_lines_are_those_of_editors(char: str) -> None:
    """Characters that YAML breaks lines at, and no editor does, do not move what follows."""
    source = parse_sound_text(f"a: 'x{char}y'\nb: 1\n")
    assert str(source.where(("b",))) == "file:2:4"


class TestJson:
    """JSON is read too, as far as it differs from YAML."""

    @pytest.mark.parametrize(
        "text",
        [
            '{"a":1,"b":[true,false,null,-1.5e-3]}',
            '{\n\t"a": {\n\t\t"b": []\n\t}\n}',
            '{"a": "\\ud83d\\ude00 \\u00e9 \\/ \\b\\f\\n\\r\\t\\\\ \\""}',
            '{"a": "\\uD83D\\uDE00", "b": "\\ud83d\\ude00"}',
            '{"a": "x\u2028y\u2029z\x85\x7f\ufeff"}',
            '{"a": "\\\\ud83d\\\\ude00"}',
            '["\U0010ffff", ""]',
            '  {"yes": "no", "1": "1", "true": true}',
            "[" * 39 + "]" * 39,
        ],
    )
    def test_same_as_json(self, text: str) -> None:
        """Values are what JSON says."""
        assert unfrozen(parse_sound_text(text).value) == json.loads(text)

    def test_columns_behind_surrogates(self) -> None:
        """Two escapes for one character do not move what follows."""
        text = '{"a": ["\\ud83d\\ude00", "x", "\u2028\\ud83d\\ude00", "y"],\n"b": "\\ud83d\\ude00", "c": 1}'
        source = parse_sound_text(text)
        assert source.where(("a", 1)) == Location("file", 1, text.index('"x"') + 1)
        assert source.where(("a", 3)) == Location("file", 1, text.index('"y"') + 1)
        assert source.where(("c",), key=True) == Location("file", 2, 22)

    def test_half_a_character(self) -> None:
        """One escape of a pair alone is no character."""
        assert [code for code, _, _ in faults_of('{"a": "\\ud83d"}')] == ["HW102"]

    def test_double_keys(self) -> None:
        """A duplicate key is refused, although JSON allows it."""
        assert faults_of('{"a": 1, "a": 2}') == [("HW103", 1, 10)]


def unfrozen(value: Any) -> Any:
    """Tuples as the lists they were."""
    if isinstance(value, dict):
        return {key: unfrozen(entry) for key, entry in value.items()}
    return [unfrozen(entry) for entry in value] if isinstance(value, tuple) else value


def parts(value: Any, path: ValuePath = ()) -> Iterator[tuple[ValuePath, Any]]:
    """Every part of a value with its path."""
    yield path, value
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple) else ()
    for key, entry in entries:
        yield from parts(entry, (*path, key))


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=12),
    st.sampled_from(
        ["no", "true", "1", "1.5", "~", "", "a: b", "- a", "[x", "{they}", "#", "a #b", "&a", "!t", "é\n b"]
    ),
)
NUMBERS = st.one_of(
    st.integers(-(10**15), 10**15), st.floats(-1e15, 1e15, allow_nan=False).map(lambda number: number + 0.0)
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS.filter(bool), inner, max_size=4),
    max_leaves=12,
)


def assert_positions(text: str, source: Source) -> None:
    """Assert that every place points at the first character of its value, as far as the text shows it."""
    lines = text.split("\n")
    for path, value in parts(source.value):
        location = source.where(path)
        rest = lines[location.line - 1][location.column - 1 :]
        assert location.column <= len(lines[location.line - 1]) + 1
        if isinstance(value, bool) or value is None:
            assert rest.startswith(("true", "false", "null", "~"))
        elif isinstance(value, int | float):
            assert rest[0] in "-+.0123456789"
        elif isinstance(value, dict | tuple):
            assert rest[0] in "{[-?\"'" or rest.startswith(str(next(iter(value)))[:1])
        else:
            assert rest[0] in "'\"|>?" or rest.startswith(value[:1])
        for key in value if isinstance(value, dict) else ():
            location = source.where((*path, key), key=True)
            assert lines[location.line - 1][location.column - 1] in ("'", '"', key[0], "?")


class Quoting(yaml.SafeDumper):
    """Writes YAML with all texts in quotes, so that every reader reads them as texts."""


Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@settings(max_examples=examples(50), deadline=None)
@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_json_comes_back(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    """A value written as JSON is read as the same value, and every place points at it."""
    text = json.dumps([value], indent=indent, ensure_ascii=ascii_only)
    source = parse_sound_text(text)
    assert unfrozen(source.value) == [value]
    assert_positions(text, source)


@settings(max_examples=examples(50), deadline=None)
@given(VALUES, st.sampled_from([True, False, None]), st.sampled_from([20, 80, 10**6]))
def test_yaml_comes_back(value: Any, flow: bool | None, width: int) -> None:
    """A value written by PyYAML is read as the same value, and every place points at it."""
    text = yaml.dump(value, Dumper=Quoting, default_flow_style=flow, allow_unicode=True, width=width)
    source = parse_sound_text(text)
    assert unfrozen(source.value) == value
    assert_positions(text, source)


@settings(max_examples=examples(70), deadline=None)
@given(st.text(st.sampled_from("ab:-[]{}\"'#&*!|>? \n\t,%@`~0.1é\u2028\ufeff\x85\\"), max_size=40))
def test_any_text(text: str) -> None:
    """Any text gives either a source or problems at places in it."""
    source, problems = parse(text, "file")
    assert problems or source is not None
    for problem in problems:
        line, column = line_and_column(problem)
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1


@settings(max_examples=examples(40), deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes(raw: bytes) -> None:
    """Any bytes give either a source or problems."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    source, problems = parse(text, "file")
    assert problems or source is not None


def test_nearest_place() -> None:
    """The place of a path that does not exist is that of the innermost value around it that does."""
    source = parse_sound_text(
        textwrap.dedent("""
        a:
          b: [1, 2]
    """)
    )
    assert str(source.where(("a", "b", 1))) == "file:3:10"
    assert str(source.where(("a", "b", 7))) == "file:3:6"
    assert str(source.where(("a", "b"), key=True)) == "file:3:3"
    assert str(source.where(("a", "c", "d"))) == "file:3:3"
    assert str(source.where(())) == "file:2:1"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "nothing"),
        (True, "true"),
        (1.5, "1.5"),
        ("x", "“x”"),
        ({}, "a mapping"),
        ((), "a list"),
        ([], "a list"),
        (10**5000, "a very large number"),
        ("x" * 99, f"“{'x' * 60}”"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_in_messages(value: object, expected: str) -> None:
    """A value is shown shortly, and in the words of authors."""
    assert describe_value(value) == expected
