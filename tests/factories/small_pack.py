"""A small valid pack, and helpers for tests that insert faults or write another pack next to an assertion."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from engine.assessment.responses import ResponseSet, validate_answers
from engine.assessment.scoring import ScaleScore, score
from engine.content.pack import Form, Pack
from engine.errors import Problem
from engine.loading.library import load_library, load_with_problems

MARK: Final = "▸"
"""Marks the place of an expected problem in a text, just before its first character."""

MAIN: Final = """\
questionnaire: main
pack: small
title: The main one
anchors:
  agree: [not at all, a little, rather, fully]
sections:
  - id: first
    title: First
    items:
      - id: pronoun
        type: single
        text: Which word fits?
        options:
          - {id: they, text: they}
          - {id: she, text: she}
      - id: name
        type: text
        text: What is their name?
        longest: 30
      - id: met
        type: date
        text: When did you meet?
        earliest: 2000-01-01
      - id: talk
        type: single
        text: Do you talk?
        options:
          - {id: no, text: "No", said: "you do not talk to {them}"}
          - {id: some, text: Sometimes}
          - {id: often, text: Often}
  - id: second
    title: Second
    items:
      - id: calm
        type: rating
        text: I am calm.
        said: "as to calm: {answer}"
        anchors: agree
      - id: rest
        type: rating
        text: I rest.
        anchors: [never, sometimes, always]
        first: 1
      - id: days
        type: number
        text: How many days?
        lowest: 0
        highest: 30
        show_when: {item: talk, is_not: often}
      - id: safe
        type: yes_no
        text: Are you safe?
        show_when: {all: [{item: calm, at_most: 2}, {scale: ease, at_most: 4}]}
      - id: signs
        type: multiple
        text: Which of these?
        options:
          - {id: one, text: one}
          - {id: two, text: two}
          - {id: none, text: none of these, exclusive: true}
      - id: hope
        type: yes_no
        text: Do you hope?
        show_when: {step: call, is_not: held}
scales:
  - id: ease
    title: Ease
    items: [calm, rest]
    method: sum
    reverse: [rest]
    missing: {minimum: 1, prorate: true}
    meaningful_change: {points: 2, items: 1, source: a study}
    bands:
      - {id: low, title: Low, from: 1}
      - {id: high, title: High, above: 3.5}
  - id: load
    title: Load
    items: [talk, signs]
    method: weighted
    values:
      talk: {no: 0, some: 1, often: 4}
    weights:
      talk: 1
      signs: 2
  - id: marks
    title: Marks
    items: [safe, hope]
    method: count
    count_from: {safe: 1}
"""

CHECK: Final = """\
questionnaire: check
pack: small
title: The short one
role: check_in
sections:
  - id: only
    title: Only
    items:
      - use: talk
      - use: calm
"""

STEPS: Final = """\
dialect: 1
pack: small
title: A small pack
emphasis: {focus: 20, steady: 5}
voice:
  pronoun_item: pronoun
  name_item: name
  name: partner
  no_name: your ex
  default: they
  forms:
    they: {they: they, them: them}
    she: {they: she, them: her}
  plural: [they]
kinds:
  - id: quiet
    title: Quiet first
    caps:
      - {tag: contact, at: light}
  - id: open
    title: Open
    default: true
notices:
  - {id: help, title: Help, text: There is help.}
remarks:
  situation:
    - {id: feeling, text: "{said:calm}, you say."}
    - {id: both, about: rest, text: Both of you rest., base: true, kinds: [open]}
  not_now:
    - {id: wait, text: It can wait., base: true}
look_again: {days: 28, check_in_days: 7}
steps:
  - id: rest
    title: Rest
    weight: 10
    actions:
      - id: sleep
        text: Sleep.
        evidence: {label: supported, outcome: sleep, reference: A study}
      - {id: walk, text: Walk., base: false}
    cautions:
      - {id: slow, text: Take it slowly., base: false}
  - id: call
    title: Call {them}
    tags: [contact]
    for_kind:
      quiet:
        title: Wait
        actions: [wait]
    actions:
      - {id: ring, text: "Ring {partner}."}
      - {id: wait, text: Wait., base: false}
"""

RULES: Final = """\
rules:
  - id: unsafe
    gate: true
    because: You said you are not safe.
    when: {item: talk, is: no}
    then:
      - hold: {step: call}
      - notice: help
      - kind: quiet
    examples:
      fires: [{talk: no}]
      silent: [{talk: some}]
  - id: tired
    because: You are not at ease.
    when: {scale: ease, at_most: low}
    then:
      - finding: tired
      - weight: {step: rest, by: 5}
      - say: {place: situation, id: feeling}
  - id: rest-first
    because: You are tired.
    when:
      all:
        - {finding: tired, is: true}
        - {item: met, at_least: 30}
    then:
      - order: {first: rest, then: call}
      - cap: {tag: contact, at: steady}
  - id: walks
    because: You could walk.
    when:
      any:
        - {item: rest, at_most: 2}
        - not: {item: signs, includes: one}
    then:
      - action: {step: rest, id: walk}
      - caution: {step: rest, id: slow}
"""

FILES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "questionnaires/check.yaml": CHECK,
        "questionnaires/main.yaml": MAIN,
        "rules/small/all.yaml": RULES,
        "rules/small/steps.yaml": STEPS,
    }
)


@dataclass
class Folder:
    """A content folder that a test writes."""

    path: Path

    def write(self, files: Mapping[str, str | bytes]) -> Folder:
        """Write files; texts may be indented like the code around them."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return self

    def small(self) -> Folder:
        """Write the small valid pack."""
        return self.write(FILES)

    def plant(self, file: str, old: str, new: str) -> None:
        """Replace a text that occurs exactly once in a file."""
        path = self.path / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_bytes(text.replace(old, new).encode())

    def problems(self) -> list[Problem]:
        """All problems of the content."""
        return load_with_problems(self.path)[1]

    def expected(self) -> list[str]:
        """Remove the marks from all files and return their places, as ``file:line:column``."""
        positions = []
        for path in sorted(self.path.rglob("*")):
            if path.is_file() and MARK.encode() in (raw := path.read_bytes()):
                text = raw.decode()
                while MARK in text:
                    preceding, _, following = text.partition(MARK)
                    line, column = preceding.count("\n") + 1, len(preceding) - preceding.rfind("\n")
                    positions.append(f"{path.relative_to(self.path)}:{line}:{column}")
                    text = preceding + following
                path.write_bytes(text.encode())
        return positions

    def positions_and_codes(self) -> list[tuple[str, str]]:
        """The place and code of every problem."""
        return [(str(problem.where).removeprefix(f"{self.path}/"), problem.code) for problem in self.problems()]

    def pack(self, name: str = "small") -> Pack:
        """The loaded pack, which must be valid."""
        return load_library(self.path).packs[name]


BARE_STEPS: Final = "dialect: 1\npack: bare\ntitle: Bare\nkinds: [{id: open, title: Open, default: true}]\n"


@dataclass(frozen=True)
class ScoredForm:
    """A pack with only a questionnaire, to validate and score answers."""

    pack: Pack

    @property
    def form(self) -> Form:
        return self.pack.forms["sheet"]

    def validate(
        self, raw: Mapping[str, Any], as_of: date = date(2026, 11, 23), *, complete: bool = True
    ) -> ResponseSet:
        """Validate answers."""
        return validate_answers(self.pack, self.form, raw, as_of, complete=complete)

    def score(self, **raw: Any) -> dict[str, ScaleScore]:
        """The scores of all scales for these answers."""
        return dict(score(self.pack, self.form, self.validate(raw).answers))
