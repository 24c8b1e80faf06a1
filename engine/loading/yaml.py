"""Strict YAML (and JSON) reading with the position of every value. The only module that imports PyYAML.

It is stricter than YAML: duplicate keys, tags, anchors, aliases and merge keys are errors, and a plain scalar is text
unless it is ``true``, ``false``, ``null`` or a decimal number: ``no`` and ``1:30`` are texts.
"""

from __future__ import annotations

import json
import re
import stat
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml
from yaml._yaml import CParser  # PyYAML's binding to libyaml: ten times faster than its Python parser
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from engine.errors import Location, Problem, problem

MOST_BYTES: Final = 2_000_000
MOST_DEPTH: Final = 40
MOST_NUMBER: Final = 10**15
"""The largest number allowed: floats are exact up to here. Longer digit strings are identifiers and need quotes."""

ValuePath = tuple[str | int, ...]
Value = str | int | float | bool | tuple[Any, ...] | dict[str, Any] | None

_NUMBER = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = frozenset({".inf", "-.inf", "+.inf", ".nan"})
_TAGS: Final = frozenset({"plain", "quoted", "collection"})
# What JSON allows and YAML reads differently: a character as two escapes, and characters that YAML refuses or takes
# for line breaks.
_JSON_ONLY = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"
)
_LINE_BREAK = re.compile(r"\r\n|[\r\n]")
_PLAIN_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Source:
    """A file as it was read: its value, and the parsed nodes from which positions are found when they are needed."""

    file: str
    value: Value
    root: Node | None = field(default=None, repr=False, compare=False)
    positions: PositionFinder | None = field(default=None, repr=False, compare=False)

    def where(self, path: ValuePath, *, key: bool = False) -> Location:
        """The position of the value at ``path``, or of its key if ``key`` is true.

        If the path does not exist, it is the position of the innermost value around it that does.
        """
        if self.root is None or self.positions is None:
            return Location(self.file)
        key_node = node = self.root
        for part in path:
            entry = _entry(node, part)
            if entry is None:
                key_node = node
                break
            key_node, node = entry
        return Location(self.file, *self.positions.of(key_node if key else node))


def _entry(node: Node, part: str | int) -> tuple[Node, Node] | None:
    """The key and the value of an entry of a mapping; for an entry of a list, the value twice."""
    if isinstance(node, MappingNode):
        return next((pair for pair in node.value if pair[0].value == part), None)
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


class _TooDeepError(Exception):
    """The document is nested too deeply; libyaml would overflow the stack."""


class _Composer(CParser):
    """libyaml's parser with private tags, so that an explicit tag in the file can be detected."""

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
    """Read a file.

    Args:
        path: the file.
        name: what messages call the file; by default its path.

    Returns:
        The source and no problems, or no source and at least one problem.
    """
    name = name or str(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return None, [problem("HW101", Location(name), reason="it is not a regular file")]
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
        position = PositionFinder(readable).at(len(readable))
        return None, [problem("HW106", Location(name, *position), reason=f"byte {raw[error.start]:#04x}")]
    return parse(text, name)


def parse(text: str, name: str) -> tuple[Source | None, list[Problem]]:
    """Parse YAML (or JSON, which is YAML too) from a text; returns what :func:`read` returns."""
    positions = PositionFinder(text)
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
    value = reader.value(node)
    problems = list(dict.fromkeys(reader.problems))  # an alias is its anchor's node again
    return (None, problems) if problems else (Source(name, value, node, positions), [])


class PositionFinder:
    """Finds lines and columns of a text as editors count them, also where the text was changed before it was parsed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] = []
        self._shifts = [0]

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(line_break.end() for line_break in _LINE_BREAK.finditer(self._text))]

    def replaced(self, match: re.Match[str]) -> str:
        """The same character in a form that YAML reads; records how far the text after it moves."""
        char = str(json.loads(f'"{match[0]}"')) if len(match[0]) > 1 else f"\\u{ord(match[0]):04x}"
        self._starts.append(match.start() - self._shifts[-1] + len(char))
        self._shifts.append(self._shifts[-1] + len(match[0]) - len(char))
        return char

    def at(self, index: int) -> tuple[int, int]:
        """Line and column, from 1, of the character at ``index`` of the text as it was parsed."""
        index += self._shifts[bisect_right(self._starts, index)]
        line = bisect_right(self._lines, index)
        return line, index - self._lines[line - 1] + 1

    def of(self, node: Node) -> tuple[int, int]:
        """Line and column, from 1, of a node's first character."""
        return self.at(node.start_mark.index)


_CAUSES: Final[Mapping[str, str]] = {
    "mapping values are not allowed": "a text that contains “: ” needs quotes",
    "block sequence entries are not allowed": "a list begins on a new line; the text “-” needs quotes",
    "did not find expected ',' or": "a comma or a bracket is missing, or a text with one of {}[], needs quotes",
    "cannot start any token": "a text that begins with this character needs quotes; lines are indented with spaces",
    "did not find expected key": "this line is indented unlike its neighbours, or a quote before it is not closed",
    "could not find expected ':'": "a key without “:”, or a text that is not indented",
    "found another document": "a file holds one document; “---” is allowed only at its start",
    "unexpected end of stream": "a quote or a bracket is not closed",
}
"""The usual cause of an error, by a part of libyaml's message."""


def _syntax_problem(error: yaml.YAMLError, text: str, positions: PositionFinder, name: str) -> Problem:
    if isinstance(error, yaml.reader.ReaderError):
        index = len(text.encode()[: error.position].decode(errors="ignore"))  # libyaml counts bytes here
        return problem("HW102", Location(name, *positions.at(index)), reason="a character that is not allowed in YAML")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    location = Location(name, *positions.at(mark.index)) if mark else Location(name)
    message = ", ".join(
        str(part) for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part
    )
    if "maximum nesting depth" in message:  # newer versions of libyaml have a limit that is reached first
        return problem("HW107", Location(name), reason=f"nested more than {MOST_DEPTH} deep")
    if "alias" in message or "anchor" in message:
        return problem("HW105", location)
    cause = next((cause for phrase, cause in _CAUSES.items() if phrase in message), None)
    return problem("HW102", location, reason=f"{cause} ({message})" if cause else message or "unreadable")


class _NodeReader:
    """Converts nodes to values and collects the problems."""

    def __init__(self, name: str, text: str, positions: PositionFinder) -> None:
        self.name, self.text, self.positions = name, text, positions
        self.problems: list[Problem] = []

    def value(self, node: Node) -> Value:
        if self._is_refused(node):
            return None
        if isinstance(node, MappingNode):
            return dict(self._entries(node))
        if isinstance(node, SequenceNode):
            return tuple(map(self.value, node.value))
        return str(node.value) if node.tag == "quoted" else self._plain(node)

    def _is_refused(self, node: Node) -> bool:
        """True, and reported, for YAML features that are not allowed: anchors, aliases and tags.

        A node with an anchor is not entered, so that nested aliases cannot multiply.
        """
        lead = self.text[node.start_mark.index : node.start_mark.index + 1]
        if lead == "&":
            self._report("HW105", node)
        elif lead == "!" or node.tag not in _TAGS:
            self._report("HW104", node, tag=node.tag if node.tag not in _TAGS else "!")
        else:
            return False
        return True

    def _entries(self, node: MappingNode) -> Iterator[tuple[str, Value]]:
        first_nodes: dict[str, Node] = {}
        for key_node, value_node in node.value:
            # A key is the text as written, so that the id of an option can be no, and a point of a rating 4.
            key = key_node.value
            if not isinstance(key_node, ScalarNode):
                self._report("HW108", key_node, found="a list or a mapping")
            elif self._is_refused(key_node):
                continue
            elif key == "<<" and key_node.tag == "plain":
                self._report("HW105", key_node)
            elif not key:
                self._report("HW108", key_node, found="empty")
            elif first_nodes.setdefault(key, key_node) is not key_node:
                self._report("HW103", key_node, key=key, first=self.positions.of(first_nodes[key])[0])
            else:
                yield key, self.value(value_node)

    def _plain(self, node: Node) -> Value:
        text: str = node.value
        if text in _PLAIN_WORDS:
            return _PLAIN_WORDS[text]
        if _NUMBER.fullmatch(text):
            number = float(text)
            if abs(number) <= MOST_NUMBER:
                return int(text) if text.lstrip("+-").isdigit() else number
        elif text.lower() not in _NOT_FINITE:
            return text
        self._report("HW110", node, value=text[:40])
        return None

    def _report(self, code: str, node: Node, **facts: object) -> None:
        self.problems.append(problem(code, Location(self.name, *self.positions.of(node)), **facts))
