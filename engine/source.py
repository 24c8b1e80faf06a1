"""The one door to YAML: strict reading, with the place of every value.

Stricter than YAML on purpose: no key twice, no tags, no anchors or aliases, and a plain word is a text unless it is
``true``, ``false``, ``null``, or a decimal number. So an option called ``no`` stays "no", ``1:30`` stays a text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from yaml._yaml import CParser  # PyYAML's door to libyaml: ten times faster than its own parser
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from engine.errors import Location, Problem, problem

MOST_BYTES: Final = 2_000_000
MOST_DEPTH: Final = 40

Path_ = tuple[str | int, ...]
Value = str | int | float | bool | tuple[Any, ...] | dict[str, Any] | None

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_KINDS: Final = frozenset({"plain", "quoted", "collection"})
_SURROGATES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Source:
    """One file as it was read: its value, and where each part of the value stands."""

    file: str
    value: Value
    marks: Mapping[Path_, tuple[int, int]] = field(repr=False)
    keys: Mapping[Path_, tuple[int, int]] = field(repr=False, default_factory=dict)

    def where(self, path: Path_, *, key: bool = False) -> Location:
        """The place of the value at ``path`` (of its key, if ``key``), or of the nearest thing around it."""
        if key and path in self.keys:
            return Location(self.file, *self.keys[path])
        while path and path not in self.marks:
            path = path[:-1]
        return Location(self.file, *self.marks.get(path, (1, 1)))

    def within(self, path: Path_) -> Path_:
        """The part of ``path`` that really leads into the value: models name union branches, files do not."""
        found: list[str | int] = []
        value: Any = self.value
        for part in path:
            here = value if isinstance(value, dict) else range(len(value)) if isinstance(value, tuple) else ()
            if part in here:
                value = value[part]
                found.append(part)
        return tuple(found)


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
    """Read a file; ``name`` is what messages call it. Without a source there is at least one problem."""
    name = name or str(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            return None, [problem("HW107", Location(name), reason=f"more than {MOST_BYTES // 1_000_000} MB")]
        raw = path.read_bytes()
    except OSError as error:
        return None, [problem("HW101", Location(name), reason=error.strerror or "unknown reason")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, [problem("HW106", Location(name, line), reason=f"byte {raw[error.start]:#04x}")]
    return parse(text, name)


def parse(text: str, name: str) -> tuple[Source | None, list[Problem]]:
    """Read YAML (or JSON, which is YAML too) from a text."""
    composer = None
    if text.lstrip()[:1] in {"{", "["}:  # JSON may write one character as two escapes, YAML may not
        text = _SURROGATES.sub(lambda pair: str(json.loads(f'"{pair[0]}"')), text)
    try:
        composer = _Composer(text)
        node = composer.get_single_node()
    except _TooDeepError:
        return None, [problem("HW107", Location(name), reason=f"nested more than {MOST_DEPTH} deep")]
    except yaml.YAMLError as error:
        return None, [_syntax(error, text, name)]
    finally:
        if composer is not None:
            composer.dispose()
    if node is None:
        return None, [problem("HW109", Location(name))]
    reading = _Reading(name, text)
    value = reading.value(node, ())
    source = Source(name, value, reading.marks, reading.keys)
    return (None if reading.problems else source), reading.problems


def _syntax(error: yaml.YAMLError, text: str, name: str) -> Problem:
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position] if isinstance(error.position, int) else ""
        place = Location(name, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return problem("HW102", place, reason="a character that is not allowed in YAML")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name)
    reason = ", ".join(str(part) for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part)
    return problem("HW105" if "alias" in reason else "HW102", place, reason=reason or "unreadable")


class _Reading:
    """Turns nodes into values once, noting every place and every problem."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.marks: dict[Path_, tuple[int, int]] = {}
        self.keys: dict[Path_, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def value(self, node: Node, path: Path_) -> Value:
        self.marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        lead = self.text[node.start_mark.index : node.start_mark.index + 1]
        if id(node) in self._seen or lead == "&":
            self._report("HW105", node)
            return None
        self._seen.add(id(node))
        if lead == "!" or node.tag not in _KINDS:
            self._report("HW104", node, tag=node.tag if node.tag not in _KINDS else "!")
            return None
        if isinstance(node, MappingNode):
            return dict(self._entries(node, path))
        if isinstance(node, SequenceNode):
            return tuple(self.value(child, (*path, index)) for index, child in enumerate(node.value))
        text: str = node.value
        return text if node.tag == "quoted" else self._plain(text, node)

    def _entries(self, node: MappingNode, path: Path_) -> Iterator[tuple[str, Value]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            self.value(key_node, (*path, "?"))
            place = self.marks.pop((*path, "?"))
            # A key is the text as written, so that an option or a point of a rating may be called no, or 4.
            key = key_node.value
            if key == "<<" and key_node.tag == "plain":
                self._report("HW105", key_node)
            elif not isinstance(key, str) or not key:
                self._report("HW108", key_node, found="empty" if key == "" else "a list or a mapping")
            elif key in first:
                self._report("HW103", key_node, key=key, first=first[key])
            else:
                first[key] = key_node.start_mark.line + 1
                self.keys[(*path, key)] = place
                yield key, self.value(value_node, (*path, key))

    def _plain(self, text: str, node: Node) -> Value:
        if text in _WORDS:
            return _WORDS[text]
        # Beyond 15 digits a number may be an identifier, and int() refuses thousands of digits.
        if _INT.fullmatch(text) and len(text) <= 18:
            return int(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if math.isfinite(number):
                return number
            self._report("HW110", node, value=text[:40])
        if text.lower() in {".inf", "-.inf", "+.inf", ".nan"}:
            self._report("HW110", node, value=text)
        return text

    def _report(self, code: str, node: Node, **facts: object) -> None:
        place = Location(self.name, node.start_mark.line + 1, node.start_mark.column + 1)
        self.problems.append(problem(code, place, **facts))


def shown(value: object) -> str:
    """A value as messages show it: short, and named where it is not a word or a number."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, tuple | list):
        return "a list"
    return f"“{value[:60]}”" if isinstance(value, str) else str(value)
