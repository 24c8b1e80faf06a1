"""The only module that imports PyYAML: strict reading, with the place of every value.

Stricter than YAML on purpose: no key twice, no tags, no anchors or aliases, and a plain word is a text unless it is
``true``, ``false``, ``null``, or a decimal number. So an option called ``no`` stays "no", ``1:30`` stays a text.
"""

from __future__ import annotations

import json
import re
import stat
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from yaml._yaml import CParser  # PyYAML's binding to libyaml: ten times faster than its own parser
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from engine.errors import Location, Problem, problem

MOST_BYTES: Final = 2_000_000
MOST_DEPTH: Final = 40
MOST_NUMBER: Final = 10**15
"""Numbers reach as far as a float counts without gaps; what is longer is an identifier and belongs in quotes."""

ValuePath = tuple[str | int, ...]
Value = str | int | float | bool | tuple[Any, ...] | dict[str, Any] | None

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_TAGS: Final = frozenset({"plain", "quoted", "collection"})
# Where JSON and YAML differ: one character as two escapes, and characters that YAML breaks lines at or refuses.
_JSON_ONLY = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"
)
_LINE_BREAK = re.compile(r"\r\n|[\r\n]")
_PLAIN_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Source:
    """One file as it was read: its value, and where each part of the value stands."""

    file: str
    value: Value
    marks: Mapping[ValuePath, tuple[int, int]] = field(repr=False)
    keys: Mapping[ValuePath, tuple[int, int]] = field(repr=False, default_factory=dict)
    faults: frozenset[ValuePath] = frozenset()
    """The parts that could not be read; the rest was read as far as possible."""

    def where(self, path: ValuePath, *, key: bool = False) -> Location:
        """The place of the value at ``path`` (of its key, if ``key``), or of the nearest thing around it."""
        if key and path in self.keys:
            return Location(self.file, *self.keys[path])
        while path and path not in self.marks:
            path = path[:-1]
        return Location(self.file, *self.marks.get(path, (1, 1)))


class _TooDeepError(Exception):
    """The document is nested too deeply; libyaml itself would overflow the stack."""


class _Composer(CParser):
    """libyaml's parser with tags of our own, so that an explicit tag in the file is seen."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def descend_resolver(self, _parent: Node | None, _index: object) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise _TooDeepError

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def resolve(self, kind: type[Node], _value: str | None, implicit: object) -> str:
        if kind is ScalarNode:
            return "plain" if implicit == (True, False) else "quoted"
        return "collection"


def read(path: Path, name: str | None = None) -> tuple[Source | None, list[Problem]]:
    """Read a file; ``name`` is what messages call it.

    Without a source there is at least one problem. There may be both: then the source tells where its ``faults`` are.
    """
    name = name or str(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None, [problem("HW101", Location(name), reason="it is not a file")]
        if status.st_size > MOST_BYTES:
            return None, [problem("HW107", Location(name), reason=f"more than {MOST_BYTES // 1_000_000} MB")]
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return None, [problem("HW101", Location(name), reason=reason)]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        readable = raw[: error.start].decode("utf-8-sig")
        position = _PositionFinder(readable).at(len(readable))
        return None, [problem("HW106", Location(name, *position), reason=f"byte {raw[error.start]:#04x}")]
    return parse(text, name)


def parse(text: str, name: str) -> tuple[Source | None, list[Problem]]:
    """Read YAML (or JSON, which is YAML too) from a text, with what :func:`read` returns."""
    positions = _PositionFinder(text)
    if text.lstrip()[:1] in {"{", "["}:
        text = _JSON_ONLY.sub(positions.replaced, text)
    composer = None
    try:
        composer = _Composer(text)
        node = composer.get_single_node()
    except _TooDeepError:
        return None, [problem("HW107", Location(name), reason=f"nested more than {MOST_DEPTH} deep")]
    except yaml.YAMLError as error:
        return None, [_syntax_problem(error, text, positions, name)]
    finally:
        if composer is not None:
            composer.dispose()
    if node is None or (node.tag == "plain" and node.value == ""):
        return None, [problem("HW109", Location(name))]
    reader = _NodeReader(name, text, positions)
    value = reader.value(node, ())
    return Source(name, value, reader.marks, reader.keys, frozenset(reader.faults)), reader.problems


class _PositionFinder:
    """Lines and columns of a text, as editors count them, also where the text was replaced before it was parsed."""

    def __init__(self, text: str) -> None:
        self._lines = [0, *(line_break.end() for line_break in _LINE_BREAK.finditer(text))]
        self._starts: list[int] = []
        self._shifts = [0]

    def replaced(self, match: re.Match[str]) -> str:
        """The same character for YAML; remembers how far this moves what follows."""
        char = str(json.loads(f'"{match[0]}"')) if len(match[0]) > 1 else f"\\u{ord(match[0]):04x}"
        self._starts.append(match.start() - self._shifts[-1] + len(char))
        self._shifts.append(self._shifts[-1] + len(match[0]) - len(char))
        return char

    def at(self, index: int) -> tuple[int, int]:
        """Line and column, from 1, of the character at ``index`` of the text as it was parsed."""
        index += self._shifts[bisect_right(self._starts, index)]
        line = bisect_right(self._lines, index)
        return line, index - self._lines[line - 1] + 1


_HINTS: Final[Mapping[str, str]] = {
    "mapping values are not allowed": "a text with “: ” in it stands in quotes",
    "block sequence entries are not allowed": "a list begins on a line of its own; a text “-” stands in quotes",
    "did not find expected ',' or": "a comma or a closing bracket is missing, or a text with one of {}[], needs quotes",
    "cannot start any token": "a text that begins with this character stands in quotes; lines are indented by spaces",
    "did not find expected key": "this line is not indented like its neighbours, or a quote before it is not closed",
    "could not find expected ':'": "a key without “:”, or a text that is not indented",
    "found another document": "a file holds one document; “---” stands at its beginning only",
    "unexpected end of stream": "a quote or a bracket is not closed",
}
"""What usually is behind the words of the parser, which are written for programmers."""


def _syntax_problem(error: yaml.YAMLError, text: str, positions: _PositionFinder, name: str) -> Problem:
    if isinstance(error, yaml.reader.ReaderError):
        index = len(text.encode()[: error.position].decode(errors="ignore"))  # libyaml counts bytes here
        return problem("HW102", Location(name, *positions.at(index)), reason="a character that is not allowed in YAML")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    location = Location(name, *positions.at(mark.index)) if mark else Location(name)
    message = ", ".join(
        str(part) for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part
    )
    if "maximum nesting depth" in message:  # newer libyaml gives up before the composer counts
        return problem("HW107", Location(name), reason=f"nested more than {MOST_DEPTH} deep")
    if "alias" in message or "anchor" in message:
        return problem("HW105", location)
    hint = next((hint for phrase, hint in _HINTS.items() if phrase in message), None)
    return problem("HW102", location, reason=f"{hint} ({message})" if hint else message or "unreadable")


class _NodeReader:
    """Turns nodes into values once, noting every place and every problem."""

    def __init__(self, name: str, text: str, positions: _PositionFinder) -> None:
        self.name, self.text, self.positions = name, text, positions
        self.marks: dict[ValuePath, tuple[int, int]] = {}
        self.keys: dict[ValuePath, tuple[int, int]] = {}
        self.faults: set[ValuePath] = set()
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def value(self, node: Node, path: ValuePath) -> Value:
        self.marks[path] = self.positions.at(node.start_mark.index)
        if self._is_refused(node, path):
            return None
        if isinstance(node, MappingNode):
            return dict(self._entries(node, path))
        if isinstance(node, SequenceNode):
            return tuple(self.value(child, (*path, index)) for index, child in enumerate(node.value))
        text: str = node.value
        return text if node.tag == "quoted" else self._plain(text, node, path)

    def _is_refused(self, node: Node, path: ValuePath) -> bool:
        """True for what YAML knows and Heartwork does not: anchors, aliases, tags."""
        lead = self.text[node.start_mark.index : node.start_mark.index + 1]
        if id(node) in self._seen:
            self.faults.add(path)  # an alias: its anchor has been reported
        elif lead == "&":
            self._report("HW105", node, path)
        elif lead == "!" or node.tag not in _TAGS:
            self._report("HW104", node, path, tag=node.tag if node.tag not in _TAGS else "!")
        else:
            self._seen.add(id(node))
            return False
        self._seen.add(id(node))
        return True

    def _entries(self, node: MappingNode, path: ValuePath) -> Iterator[tuple[str, Value]]:
        first_lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            # A key is the text as written, so that an option or a point of a rating may be called no, or 4.
            key = key_node.value
            if not isinstance(key_node, ScalarNode):
                self._report("HW108", key_node, path, found="a list or a mapping")
                continue
            if self._is_refused(key_node, path):
                continue
            if key == "<<" and key_node.tag == "plain":
                self._report("HW105", key_node, path)
            elif not key:
                self._report("HW108", key_node, path, found="empty")
            elif key in first_lines:
                self._report("HW103", key_node, None, key=key, first=first_lines[key])
            else:
                self.keys[(*path, key)] = position = self.positions.at(key_node.start_mark.index)
                first_lines[key] = position[0]
                yield key, self.value(value_node, (*path, key))

    def _plain(self, text: str, node: Node, path: ValuePath) -> Value:
        if text in _PLAIN_WORDS:
            return _PLAIN_WORDS[text]
        number: float | None = None
        if _INT.fullmatch(text) and len(text) <= 20:
            number = int(text)
        elif _FLOAT.fullmatch(text):
            number = float(text)
        if number is not None and abs(number) <= MOST_NUMBER:
            return number
        if number is not None or text.lower() in {".inf", "-.inf", "+.inf", ".nan"}:
            self._report("HW110", node, path, value=text[:40])
            return None
        return text

    def _report(self, code: str, node: Node, path: ValuePath | None, **facts: object) -> None:
        location = Location(self.name, *self.positions.at(node.start_mark.index))
        self.problems.append(problem(code, location, **facts))
        if path is not None:
            self.faults.add(path)
