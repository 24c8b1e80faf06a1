"""Faults planted in content: each is reported at its place, with its code, and nothing else is reported.

A fault is one replacement in the small pack, or a whole file. ``▸`` marks each place at which a problem is expected.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import ContentError, Location, catalogue
from engine.loading.library import content_root, load_library, load_with_problems
from tests.checks.examples import examples
from tests.factories.small_pack import FILES, MARK, Folder

MAIN: Final = "questionnaires/main.yaml"
CHECK: Final = "questionnaires/check.yaml"
STEPS: Final = "rules/small/steps.yaml"
RULES: Final = "rules/small/all.yaml"
OTHER: Final = "rules/small/other.yaml"


@dataclass(frozen=True)
class Fault:
    """``new`` in the place of ``old`` in a file; without ``old`` it is the whole file. ``more`` are further edits."""

    codes: str
    file: str
    old: str
    new: str
    further_edits: tuple[tuple[str, str, str], ...] = ()

    def plant(self, folder: Folder) -> None:
        """Spoil the small pack."""
        for file, old, new in ((self.file, self.old, self.new), *self.further_edits):
            if old:
                folder.plant(file, old, new)
            else:
                folder.write({file: new})

    def __str__(self) -> str:
        words = "-".join(self.new.replace(MARK, "").split()[:6])
        return f"{self.codes.replace(' ', '+')}-{words}"


READING: Final = [
    Fault("HW102", MAIN, "title: The main one", "title: The main one▸: really"),
    Fault("HW102", MAIN, "title: The main one", "title: ▸@home"),
    Fault("HW102", MAIN, "  agree: [not", "▸\tagree: [not"),
    Fault("HW102", MAIN, "    title: First\n", "   ▸title: First\n"),
    Fault("HW102", STEPS, "title: Quiet first", 'title: "Quiet" ▸first'),
    Fault("HW102", STEPS, "title: A small pack", "title: A small ▸\x07pack"),
    Fault("HW102", OTHER, "", "rules: []\n▸---\nrules: []\n"),
    Fault("HW103", MAIN, "    title: First\n", "    title: First\n    ▸title: Second\n"),
    Fault("HW103", RULES, "{step: rest, by: 5}", "{step: rest, by: 5, ▸step: call}"),
    Fault("HW103", MAIN, "talk: 1\n", 'talk: 1\n      ▸"talk": 2\n'),
    Fault("HW104", MAIN, "{item: talk, is_not: often}", "{item: talk, is_not: ▸!!str often}"),
    Fault("HW104", MAIN, "title: The main one", "title: ▸! The main one"),
    Fault("HW104", RULES, "- id: walks", "- ▸!rule\n    id: walks"),
    Fault("HW104", STEPS, "title: A small pack", "▸!!str title: A small pack"),
    Fault("HW105", MAIN, "title: First\n", "title: ▸&name First\n"),
    Fault("HW105", MAIN, "title: First\n", "title: ▸*name\n"),
    Fault("HW105", STEPS, "title: Rest\n", "title: Rest\n    ▸<<: {weight: 1}\n"),
    Fault("HW108", STEPS, "title: Rest\n", "title: Rest\n    ? ▸[tags]\n    : [a]\n"),
    Fault("HW108", STEPS, "title: Rest\n", 'title: Rest\n    ▸"": x\n'),
    Fault("HW109", OTHER, "", "▸"),
    Fault("HW109", OTHER, "", "▸# nothing yet\n"),
    Fault("HW109", OTHER, "", "▸---\n"),
    Fault("HW110", MAIN, "highest: 30", "highest: ▸.inf"),
    Fault("HW110", MAIN, "highest: 30", "highest: ▸1e999"),
    Fault("HW110", MAIN, "highest: 30", "highest: ▸12345678901234567890"),
    Fault("HW110", RULES, "by: 5", "by: ▸-.INF"),
]

SHAPE: Final = [
    # Keys
    Fault("HW201", MAIN, "longest: 30", "▸longst: 30"),
    Fault("HW201", MAIN, "    method: sum\n", "    method: sum\n    ▸revers: [calm]\n"),
    Fault("HW201", MAIN, "{id: some, text: Sometimes}", "{id: some, text: Sometimes, ▸vaule: 1}"),
    Fault("HW201", MAIN, "title: The main one", "title: The main one\n▸author: me"),
    Fault("HW201", CHECK, "- use: talk", "- use: talk\n        ▸text: Do you talk?"),
    Fault("HW201", MAIN, "    missing: {minimum: 1, prorate: true}", "    missing: {minimum: 1, ▸prorated: true}"),
    Fault("HW201", STEPS, "weight: 10", "▸wieght: 10"),
    Fault("HW201", STEPS, "outcome: sleep", "outcome: sleep, ▸link: somewhere"),
    Fault("HW201", STEPS, "focus: 20", "focus: 20, ▸light: 1"),
    Fault("HW201", STEPS, "        title: Wait\n", "        ▸titel: Wait\n"),
    Fault("HW201", RULES, "by: 5", "by: 5, ▸reason: so"),
    Fault("HW201", RULES, "silent: [{talk: some}]", "silent: [{talk: some}]\n      ▸quiet: []"),
    Fault("HW201", RULES, "rules:\n", "▸version: 2\nrules:\n"),
    Fault("HW201", RULES, "- id: walks\n    because:", "- id: walks\n    ▸becuase:"),
    Fault("HW201", MAIN, "- id: talk\n", "- ▸idd: talk\n"),
    Fault("HW201", MAIN, "text: How many days?", "▸txt: How many days?"),
    # Missing
    Fault("HW202", MAIN, "questionnaire: main\n", "▸"),
    Fault("HW202", MAIN, "questionnaire: main\npack: small\n", "▸questionnaire: main\n"),
    Fault("HW202", MAIN, "  - id: first\n    title: First\n", "  - ▸id: first\n"),
    Fault("HW202", MAIN, "      - id: pronoun\n        type: single\n", "      - ▸id: pronoun\n"),
    Fault("HW202", MAIN, "- id: days\n        type: number\n", "- ▸type: number\n"),
    Fault("HW202", MAIN, "        lowest: 0\n", "", ((MAIN, "- id: days", "- ▸id: days"),)),
    Fault("HW202", MAIN, "    method: sum\n", "", ((MAIN, "- id: ease", "- ▸id: ease"),)),
    Fault("HW202", MAIN, "{id: some, text: Sometimes}", "▸{id: some}"),
    Fault("HW202", STEPS, "dialect: 1\n", "▸"),
    Fault("HW202", STEPS, "  default: they\n", "", ((STEPS, "  pronoun_item", "  ▸pronoun_item"),)),
    Fault("HW202", STEPS, "{id: slow, text: Take it slowly., base: false}", "▸{id: slow, base: false}"),
    Fault("HW202", RULES, "- id: walks\n    because: You could walk.\n", "- ▸id: walks\n"),
    Fault("HW202", RULES, "- order: {first: rest, then: call}", "- order: ▸{first: rest}"),
    Fault("HW202", RULES, "- action: {step: rest, id: walk}", "- action: ▸{id: walk}"),
    # Types
    Fault("HW203", MAIN, "title: The main one", "title: ▸2026"),
    Fault("HW203", MAIN, "title: The main one", "title: ▸true"),
    Fault("HW203", MAIN, "title: The main one", "title: ▸null"),
    Fault("HW203", MAIN, "title: The main one", "title:▸"),
    Fault("HW203", MAIN, "title: The main one", "title: ▸[The main one]"),
    Fault("HW203", MAIN, "longest: 30", "longest: ▸30.5"),
    Fault("HW203", MAIN, "longest: 30", "longest: ▸thirty"),
    Fault("HW203", MAIN, "longest: 30", 'longest: ▸"30"'),
    Fault("HW203", MAIN, "longest: 30", "longest: ▸true"),
    Fault("HW203", MAIN, "longest: 30", "longest: ▸030"),
    Fault("HW203", MAIN, "lowest: 0", "lowest: ▸none"),
    Fault("HW203", MAIN, "exclusive: true", "exclusive: ▸yes"),
    Fault("HW203", MAIN, "exclusive: true", "exclusive: ▸1"),
    Fault("HW203", MAIN, "exclusive: true", "exclusive: ▸True"),
    Fault("HW203", MAIN, "anchors: [never, sometimes, always]", "anchors: ▸{0: never, 1: always}"),
    Fault("HW203", MAIN, "anchors: [never, sometimes, always]", "anchors: [never, ▸1, always]"),
    Fault("HW203", MAIN, "items: [calm, rest]", "items: ▸calm"),
    Fault("HW203", MAIN, "items: [calm, rest]", "items: [calm, ▸[rest]]"),
    Fault("HW203", MAIN, "reverse: [rest]", "reverse: ▸rest"),
    Fault("HW203", MAIN, "weights:\n      talk: 1\n      signs: 2\n", "weights: ▸[1, 2]\n"),
    Fault("HW203", MAIN, "      signs: 2\n", "      signs: ▸two\n"),
    Fault("HW203", MAIN, "{no: 0, some: 1, often: 4}", "{no: ▸never, some: 1, often: 4}"),
    Fault("HW203", MAIN, "{no: 0, some: 1, often: 4}", "{no: 0, some: ▸true, often: 4}"),
    Fault("HW203", MAIN, "count_from: {safe: 1}", "count_from: ▸[1]"),
    Fault("HW203", MAIN, "count_from: {safe: 1}", "count_from: {safe: ▸much}"),
    Fault(
        "HW203",
        MAIN,
        "bands:\n      - {id: low, title: Low, from: 1}",
        "bands:\n      - ▸low\n      - {id: low, title: Low, from: 1}",
    ),
    Fault("HW203", MAIN, "missing: {minimum: 1, prorate: true}", "missing: ▸1"),
    Fault("HW203", MAIN, "agree: [not at all, a little, rather, fully]", "agree: ▸5"),
    Fault("HW203", MAIN, "text: What is their name?", "text: What is their name?\n        required: ▸no"),
    Fault("HW203", MAIN, "earliest: 2000-01-01", "earliest: ▸2000"),
    Fault("HW203", MAIN, "earliest: 2000-01-01", "earliest: ▸2000-02-30"),
    Fault("HW203", MAIN, "earliest: 2000-01-01", "earliest: ▸1.1.2000"),
    Fault("HW203", CHECK, "    items:\n      - use: talk\n      - use: calm\n", "    items:▸\n"),
    Fault("HW203", CHECK, "- use: calm", "- use: calm\n      - ▸calm"),
    Fault("HW203", CHECK, "- use: calm", "-▸"),
    Fault("HW203", STEPS, "tags: [contact]", "tags: ▸contact"),
    Fault("HW203", STEPS, "weight: 10", "weight: ▸heavy"),
    Fault("HW203", STEPS, "weight: 10", "weight: ▸1.5"),
    Fault("HW203", STEPS, "focus: 20", "focus: ▸high"),
    Fault("HW203", STEPS, "base: false}\n    cautions", "base: ▸off}\n    cautions"),
    Fault("HW203", STEPS, "pronoun_item: pronoun", "pronoun_item: ▸name"),
    Fault("HW203", STEPS, "name_item: name", "name_item: ▸talk"),
    Fault("HW203", RULES, "by: 5", "by: ▸lots"),
    Fault("HW203", RULES, "by: 5", "by: ▸0.5"),
    Fault("HW203", RULES, "gate: true", "gate: ▸1"),
    Fault("HW203", RULES, "notice: help", "notice: ▸[help]"),
    Fault("HW203", RULES, "{item: talk, is: no}", "{item: ▸5, is: no}"),
    Fault("HW203", RULES, "hold: {step: call}", "hold: ▸call"),
    Fault("HW203", RULES, "fires: [{talk: no}]", "fires: ▸{talk: no}"),
    Fault("HW203", RULES, "fires: [{talk: no}]", "fires: [▸talk]"),
    Fault("HW203", OTHER, "", "rules: ▸{id: x}\n"),
    Fault("HW203", OTHER, "", "rules:▸\n"),
    Fault("HW203", OTHER, "", "▸- id: x\n"),
    Fault("HW203", OTHER, "", "▸just a text\n"),
    Fault("HW203", OTHER, "", "▸null\n"),
    Fault("HW203", OTHER, "", "▸42\n"),
    Fault("HW203", OTHER, "", "rules:\n  - ▸null\n"),
    Fault("HW203", OTHER, "", "rules:\n  - ▸[]\n"),
    Fault("HW203", STEPS, "    - {id: wait, text: It can wait., base: true}\n", "    - ▸It can wait.\n", ()),
    Fault("HW203", STEPS, "text: There is help.", "text: There is help., folded: ▸yes"),
    Fault("HW203", STEPS, "text: There is help.", "text: There is help., help: ▸crisis"),
    Fault("HW203", STEPS, "    title: Quiet first\n", "    title: Quiet first\n    short: ▸1\n"),
    Fault("HW203", STEPS, "text: Sleep.\n", "text: Sleep.\n        today: ▸often\n"),
    Fault("HW202", STEPS, "look_again: {days: 28, check_in_days: 7}", "look_again: ▸{days: 28}"),
    Fault("HW206", STEPS, "look_again: {days: 28, check_in_days: 7}", "look_again: {days: ▸36501, check_in_days: 7}"),
    Fault("HW206", STEPS, "check_in_days: 7", "check_in_days: ▸0"),
    Fault("HW202", STEPS, "look_again:", "changed: ▸{title: Other}\nlook_again:"),
    Fault("HW201", RULES, "place: situation, id: feeling", "place: situation, id: feeling, ▸text: F"),
    # Choices
    Fault("HW204", RULES, "place: situation", "place: ▸situatoin"),
    Fault("HW204", STEPS, "  situation:\n", "  ▸situatoin:\n"),
    Fault("HW203", STEPS, '"{said:calm}, you say."', "▸5"),
    Fault("HW203", STEPS, "{id: feeling,", "{id: ▸5,"),
    Fault("HW204", MAIN, "    title: First\n", "    title: First\n    frame: ▸before\n"),
    Fault("HW204", MAIN, "method: sum", "method: ▸summ"),
    Fault("HW204", MAIN, "method: sum", "method: ▸5"),
    Fault("HW204", CHECK, "role: check_in", "role: ▸checkin"),
    Fault("HW204", MAIN, "type: number", "type: ▸nummer"),
    Fault("HW204", MAIN, "type: number", "type: ▸[number]"),
    Fault("HW204", STEPS, "label: supported", "label: ▸proven"),
    Fault("HW204", STEPS, "at: light", "at: ▸not_now"),
    Fault("HW204", RULES, "at: steady", "at: ▸stedy"),
    # Ids
    Fault("HW205", MAIN, "- id: days", '- id: ▸"how many"'),
    Fault("HW205", MAIN, "- id: days", "- id: ▸-days"),
    Fault("HW205", MAIN, "- id: days", '- id: ▸""'),
    Fault("HW205", MAIN, "- id: days", "- id: ▸" + "d" * 65),
    Fault("HW205", MAIN, "- id: days", "- id: ▸cafe\u0301"),
    Fault("HW205", MAIN, "      signs: 2\n", '      ▸"the signs": 2\n'),
    Fault("HW205", RULES, "{item: talk, is: no}", '{item: ▸"talk?", is: no}'),
    Fault("HW205", STEPS, "tags: [contact]", "tags: [▸con tact]"),
    Fault("HW205", MAIN, "anchors: agree", "anchors: ▸not agreed"),
    # Values
    Fault("HW206", MAIN, "title: The main one", 'title: ▸""'),
    Fault("HW206", MAIN, "title: The main one", 'title: ▸"  "'),
    Fault("HW206", MAIN, "longest: 30", "longest: ▸0"),
    Fault("HW206", STEPS, "  not_now:", "  scale:\n    - ▸{id: a, text: A., base: true}\n  not_now:"),
    Fault("HW302", STEPS, "  not_now:", "  scale:\n    - {id: a, about: ▸eas, text: A., base: true}\n  not_now:"),
    Fault("HW206", STEPS, "    weight: 10\n", f"    weight: 10\n    lines: [▸{'x' * 61}]\n"),
    Fault("HW206", STEPS, "    weight: 10\n", f'    weight: 10\n    lines: [for it, ▸"{{partner}} {"x" * 48}"]\n'),
    Fault("HW316", STEPS, "    weight: 10\n", '    weight: 10\n    lines: [for it, ▸"for {thme}"]\n'),
    Fault("HW206", RULES, "{step: rest, by: 5}", f"{{step: rest, by: 5, line: ▸{'x' * 61}}}"),
    Fault("HW206", MAIN, "longest: 30", "longest: ▸501"),
    Fault("HW206", MAIN, "anchors: [never, sometimes, always]", "anchors: ▸[never]"),
    Fault("HW206", MAIN, "anchors: [never, sometimes, always]", "anchors: ▸[]"),
    Fault("HW206", MAIN, "agree: [not at all, a little, rather, fully]", "agree: ▸[fully]"),
    Fault("HW206", MAIN, "items: [calm, rest]", "items: ▸[]"),
    Fault("HW206", MAIN, "missing: {minimum: 1, prorate: true}", "missing: {minimum: ▸0, prorate: true}"),
    Fault("HW206", MAIN, "{id: low, title: Low, from: 1}", "▸{id: low, title: Low}"),
    Fault("HW206", MAIN, "{id: low, title: Low, from: 1}", "▸{id: low, title: Low, from: 1, above: 1}"),
    Fault("HW206", MAIN, "meaningful_change: {points: 2,", "meaningful_change: {points: ▸-2,"),
    Fault("HW206", MAIN, "meaningful_change: {points: 2,", "meaningful_change: {points: ▸0,"),
    Fault("HW206", MAIN, '{id: no, text: "No",', '{id: no, exclusive: ▸true, text: "No",'),
    Fault("HW206", CHECK, "    items:\n      - use: talk\n      - use: calm\n", "    items: ▸[]\n"),
    Fault("HW206", STEPS, "- {tag: contact, at: light}", "- ▸{at: light}"),
    Fault("HW206", STEPS, "- {tag: contact, at: light}", "- ▸{tag: contact, step: call, at: light}"),
    Fault("HW206", RULES, "hold: {step: call}", "hold: ▸{}"),
    Fault("HW206", RULES, "hold: {step: call}", "hold: {steps: ▸[]}"),
    Fault("HW206", RULES, "hold: {step: call}", "hold: ▸{step: call, tag: contact}"),
    Fault(
        "HW206", OTHER, "", 'rules:\n  - {id: x, because: ▸" ", when: {item: talk, is: no}, then: [{notice: help}]}\n'
    ),
    Fault("HW206", OTHER, "", "rules:\n  - {id: x, because: So., when: {item: talk, is: no}, then: ▸[]}\n"),
    # Conditions
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{item: talk}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{is: no}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{item: talk, is: no, is_not: some}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{item: talk, scale: ease, is: no}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{item: talk, equals: no}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{items: talk, is: no}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸[]"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸talk"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸null"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{item: talk, is: null}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{item: talk, is: {a: b}}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{item: talk, one_of: []}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{item: talk, one_of: [no, [some]]}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "{all: [{item: talk, is: no}, ▸{item: calm}]}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{all: [{item: talk, is: no}], any: [{item: talk, is: no}]}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "▸{all: [{item: talk, is: no}], item: talk}"),
    Fault("HW207", RULES, "{item: talk, is: no}", "{not: ▸[{item: talk, is: no}]}"),
    Fault("HW206", RULES, "{item: talk, is: no}", "{any: ▸[]}"),
    Fault("HW203", RULES, "{item: talk, is: no}", "{any: ▸{item: talk, is: no}}"),
    Fault("HW207", MAIN, "{item: talk, is_not: often}", "▸{item: talk, isnot: often}"),
    # Effects
    Fault("HW208", RULES, "- notice: help", "- ▸notify: help"),
    Fault("HW208", RULES, "- notice: help\n      - kind: quiet", "- ▸notice: help\n        kind: quiet"),
    Fault("HW208", RULES, "- notice: help", "- ▸help"),
    Fault("HW208", RULES, "- notice: help", "- ▸{}"),
    Fault("HW208", RULES, "- notice: help", "- ▸null"),
    # Dialects
    Fault("HW209", STEPS, "dialect: 1", "dialect: ▸2"),
    Fault("HW209", STEPS, "dialect: 1", "dialect: ▸true"),
    Fault("HW209", STEPS, "dialect: 1", "dialect: ▸1.0"),
    Fault("HW209", STEPS, "dialect: 1", 'dialect: ▸"1"'),
]

REFERENCES: Final = [
    # Twice
    Fault("HW301", MAIN, "- id: hope\n", "- ▸id: name\n", ((MAIN, "items: [safe, hope]", "items: [safe]"),)),
    Fault("HW301", CHECK, "- use: calm", "- use: calm\n      - ▸use: talk"),
    Fault(
        "HW301", MAIN, "{id: some, text: Sometimes}", "{id: some, text: Sometimes}\n          - ▸{id: some, text: Now}"
    ),
    Fault("HW301", MAIN, "items: [calm, rest]", "items: [calm, rest, ▸calm]"),
    Fault("HW301", MAIN, "reverse: [rest]", "reverse: [rest, ▸rest]"),
    Fault("HW301", MAIN, "- id: marks\n", "- ▸id: ease\n"),
    Fault("HW301", MAIN, "  - id: second\n", "  - ▸id: first\n"),
    Fault(
        "HW301",
        MAIN,
        "{id: high, title: High, above: 3.5}",
        "{id: high, title: High, above: 3.5}\n      - ▸{id: low, title: L, above: 4}",
    ),
    Fault(
        "HW301",
        CHECK,
        "questionnaire: check",
        "questionnaire: main",
        ((MAIN, "questionnaire: main", "questionnaire: ▸main"),),
    ),
    Fault("HW301", RULES, "- id: walks", "- ▸id: tired"),
    Fault(
        "HW301",
        OTHER,
        "",
        "rules:\n  - ▸{id: walks, because: So., when: {item: talk, is: no}, then: [{notice: help}]}\n",
    ),
    Fault("HW301", STEPS, "    default: true\n", "    default: true\n  - ▸{id: quiet, title: Q}\n"),
    Fault(
        "HW301",
        STEPS,
        "- {id: help, title: Help, text: There is help.}",
        "- {id: help, title: H, text: T}\n  - ▸{id: help, title: H, text: T}",
    ),
    Fault("HW301", STEPS, "  - id: call\n", "  - ▸{id: rest, title: Rest}\n  - id: call\n"),
    Fault("HW301", STEPS, "    - {id: both,", "    - ▸{id: feeling, text: F}\n    - {id: both,"),
    Fault(
        "HW301",
        STEPS,
        "- {id: walk, text: Walk., base: false}",
        "- {id: walk, text: Walk., base: false}\n      - ▸{id: sleep, text: Sleep.}",
    ),
    Fault(
        "HW301",
        STEPS,
        "- {id: slow, text: Take it slowly., base: false}",
        "- {id: slow, text: S, base: false}\n      - ▸{id: slow, text: S, base: false}",
    ),
    Fault(
        "HW301",
        "rules/twin/steps.yaml",
        "",
        "dialect: 1\npack: ▸small\ntitle: T\nkinds: [{id: o, title: O, default: true}]\n",
    ),
    # Not there
    Fault("HW302", CHECK, "pack: small", "pack: ▸smal"),
    Fault("HW302", CHECK, "- use: calm", "- use: ▸clam"),
    Fault("HW302", MAIN, "anchors: agree", "anchors: ▸agre"),
    Fault("HW302", MAIN, "{item: talk, is_not: often}", "{item: ▸tlak, is_not: often}"),
    Fault("HW302", MAIN, "{item: talk, is_not: often}", "{item: talk, is_not: ▸oftn}"),
    Fault("HW302", MAIN, "{scale: ease, at_most: 4}", "{scale: ▸ese, at_most: 4}"),
    Fault("HW302", MAIN, "{step: call, is_not: held}", "{step: ▸cal, is_not: held}"),
    Fault("HW302", MAIN, "items: [calm, rest]", "items: [▸clam, rest]"),
    Fault("HW302", MAIN, "reverse: [rest]", "reverse: [▸days]"),
    Fault("HW302", MAIN, "{no: 0, some: 1, often: 4}", "{no: 0, some: 1, often: 4, ▸always: 5}"),
    Fault("HW302", MAIN, "talk: {no: 0, some: 1, often: 4}", "▸talks: {no: 0, some: 1, often: 4}"),
    Fault("HW302", MAIN, "count_from: {safe: 1}", "count_from: {▸calm: 1}"),
    Fault("HW302", MAIN, "      signs: 2\n", "      signs: 2\n      ▸calm: 2\n"),
    Fault("HW302", STEPS, "- {tag: contact, at: light}", "- {tag: ▸contakt, at: light}"),
    Fault("HW302", STEPS, "- {tag: contact, at: light}", "- {step: ▸cal, at: light}"),
    Fault("HW302", STEPS, "- {tag: contact, at: light}", "- {steps: [call, ▸cal], at: light}"),
    Fault("HW302", STEPS, "      quiet:\n", "      ▸quite:\n"),
    Fault("HW302", STEPS, "actions: [wait]", "actions: [▸wiat, wait]"),
    Fault("HW302", STEPS, "default: they", "default: ▸thy"),
    Fault("HW302", STEPS, "plural: [they]", "plural: [they, ▸them]"),
    Fault("HW302", STEPS, "pronoun_item: pronoun", "pronoun_item: ▸pronouns"),
    Fault(
        "HW302",
        MAIN,
        "- {id: she, text: she}",
        "- {id: she, text: she}\n          - {id: he, text: he}",
        ((STEPS, "pronoun_item: ", "pronoun_item: ▸"),),
    ),
    Fault("HW302", RULES, "{item: talk, is: no}", "{item: ▸tak, is: no}"),
    Fault("HW302", RULES, "{item: talk, is: no}", "{item: talk, is: ▸never}"),
    Fault("HW302", RULES, "{item: talk, is: no}", "{item: talk, one_of: [no, ▸never]}"),
    Fault("HW302", RULES, "includes: one", "includes: ▸three"),
    Fault("HW302", RULES, "{scale: ease, at_most: low}", "{scale: ▸eas, at_most: low}"),
    Fault("HW302", RULES, "{scale: ease, at_most: low}", "{scale: ease, at_most: ▸lwo}"),
    Fault("HW302", RULES, "{finding: tired, is: true}", "{finding: ▸tried, is: true}"),
    Fault("HW302", RULES, "hold: {step: call}", "hold: {step: ▸phone}"),
    Fault("HW302", RULES, "hold: {step: call}", "hold: {tag: ▸calls}"),
    Fault("HW302", RULES, "notice: help", "notice: ▸halp"),
    Fault("HW302", RULES, "kind: quiet", "kind: ▸quite"),
    Fault("HW302", RULES, "{first: rest, then: call}", "{first: ▸rst, then: call}"),
    Fault("HW302", RULES, "{step: rest, id: walk}", "{step: rest, id: ▸walks}"),
    Fault("HW302", RULES, "{step: rest, id: walk}", "{step: call, id: ▸walk}"),
    Fault("HW302", RULES, "{step: rest, id: slow}", "{step: ▸rst, id: slow}"),
    Fault("HW302", RULES, "id: feeling}", "id: ▸feelings}"),
    Fault("HW302", RULES, "place: situation, id: feeling", "place: leave_alone, id: ▸feeling"),
    Fault("HW302", STEPS, "kinds: [open]", "kinds: [open, ▸close]"),
    Fault(
        "HW302", STEPS, "{id: walk, text: Walk., base: false}", "{id: walk, text: Walk., base: false, kinds: [▸quite]}"
    ),
    Fault("HW302", STEPS, "text: Take it slowly., base: false", "text: Slowly., base: false, kinds: [▸opn]"),
    Fault("HW302", STEPS, "actions: [wait]", "actions: [wait]\n        cautions: [▸slow]"),
    # Operators
    Fault("HW303", RULES, "{item: talk, is: no}", "{item: talk, ▸includes: no}"),
    Fault("HW303", RULES, "{item: talk, is: no}", "{item: talk, ▸at_least: some}"),
    Fault("HW303", RULES, "includes: one", "▸is: one"),
    Fault("HW303", RULES, "{item: talk, is: no}", "{item: safe, ▸at_least: 1}"),
    Fault("HW303", RULES, "{scale: ease, at_most: low}", "{scale: ease, ▸includes: low}"),
    Fault("HW303", RULES, "{finding: tired, is: true}", "{finding: tired, ▸answered: true}"),
    Fault("HW303", RULES, "{scale: ease, at_most: low}", "{step: ▸call, is: held}"),
    Fault("HW303", MAIN, "{step: call, is_not: held}", "{step: call, ▸answered: true}"),
    # Operands
    Fault("HW304", RULES, "{item: talk, is: no}", "{item: talk, is: ▸1}"),
    Fault("HW304", RULES, "{item: talk, is: no}", "{item: talk, is: ▸false}"),
    Fault("HW304", RULES, "{item: talk, is: no}", "{item: talk, is: ▸[no]}"),
    Fault("HW304", RULES, "{item: talk, is: no}", "{item: talk, one_of: ▸no}"),
    Fault("HW304", RULES, "{item: talk, is: no}", "{item: talk, one_of: ▸[no, 1]}"),
    Fault("HW304", RULES, "{item: talk, is: no}", "{item: talk, answered: ▸yes}"),
    Fault("HW304", RULES, "{item: talk, is: no}", "{item: safe, is: ▸no}"),
    Fault("HW304", RULES, "{item: talk, is: no}", "{item: safe, is: ▸0}"),
    Fault("HW304", RULES, "{item: rest, at_most: 2}", "{item: rest, at_most: ▸2.5}"),
    Fault("HW304", RULES, "{item: rest, at_most: 2}", "{item: rest, at_most: ▸sometimes}"),
    Fault("HW304", RULES, "{item: rest, at_most: 2}", '{item: rest, at_most: ▸"2"}'),
    Fault("HW304", RULES, "{item: rest, at_most: 2}", "{item: days, at_most: ▸two}"),
    Fault("HW304", RULES, "{item: rest, at_most: 2}", "{item: signs, at_least: ▸one}"),
    Fault("HW304", RULES, "{item: met, at_least: 30}", "{item: met, at_least: ▸2026-13-01}"),
    Fault("HW304", RULES, "{item: met, at_least: 30}", "{item: met, at_least: ▸30.5}"),
    Fault("HW304", RULES, "{scale: ease, at_most: low}", "{scale: ease, at_most: ▸true}"),
    Fault("HW304", RULES, "{finding: tired, is: true}", "{finding: tired, is: ▸yes}"),
    Fault("HW304", MAIN, "{step: call, is_not: held}", "{step: call, is_not: ▸true}"),
    # Order of asking
    Fault("HW305", MAIN, "{item: talk, is_not: often}", "▸{item: signs, includes: one}"),
    Fault("HW305", MAIN, "{item: talk, is_not: often}", "▸{item: days, at_least: 1}"),
    Fault("HW305", MAIN, "{item: talk, is_not: often}", "▸{scale: load, at_least: 1}"),
    Fault("HW305", MAIN, "{item: talk, is_not: often}", "{not: {any: [▸{scale: marks, answered: true}]}}"),
    Fault("HW305", MAIN, "{item: talk, is_not: often}", "▸{finding: tired, is: true}"),
    Fault("HW305", CHECK, "      - use: talk\n", "      - ▸use: days\n      - use: talk\n"),
    Fault("HW306", RULES, "{item: talk, is: no}", "{item: ▸name, is: Kim}"),
    Fault("HW306", MAIN, "{item: talk, is_not: often}", "{item: ▸name, answered: true}"),
    Fault("HW307", RULES, "{item: talk, is: no}", "▸{scale: ease, at_most: 2}"),
    Fault("HW307", RULES, "{item: talk, is: no}", "{all: [{item: talk, is: no}, ▸{finding: tired, is: true}]}"),
    # Circles
    Fault(
        "HW308",
        RULES,
        "- id: tired\n",
        "- ▸id: tired\n",
        ((RULES, "{scale: ease, at_most: low}", "{finding: tired, is: false}"),),
    ),
    Fault(
        "HW308",
        RULES,
        "- id: rest-first\n",
        "- ▸id: rest-first\n",
        ((RULES, "- cap: {tag: contact, at: steady}", "- finding: tired"),),
    ),
    Fault(
        "HW308",
        RULES,
        "- id: rest-first\n",
        "- ▸id: rest-first\n",
        (
            (RULES, "- cap: {tag: contact, at: steady}", "- finding: slow"),
            (
                RULES,
                "{scale: ease, at_most: low}",
                "{any: [{scale: ease, at_most: low}, {not: {finding: slow, is: true}}]}",
            ),
        ),
    ),
    Fault("HW309", RULES, "- order: {first: rest, then: call}", "- order: ▸{first: call, then: call}"),
    Fault("HW309", RULES, "- weight: {step: rest, by: 5}", "- order: ▸{first: call, then: rest}"),
    # Scales
    Fault("HW310", MAIN, "items: [safe, hope]", "items: [safe, hope, ▸name]"),
    Fault("HW310", MAIN, "items: [safe, hope]", "items: [safe, hope, ▸met]"),
    Fault("HW310", MAIN, "talk: {no: 0, some: 1, often: 4}", "▸talk: {no: 0, often: 4}"),
    Fault("HW310", MAIN, "often: 4}", "often: 4}\n      ▸signs: {one: 1, two: 1}"),
    Fault(
        "HW310",
        MAIN,
        "{id: some, text: Sometimes}",
        "{id: some, text: Sometimes, value: 1}",
        ((MAIN, "items: [safe, hope]", "items: [safe, hope, ▸talk]"),),
    ),
    Fault("HW310", MAIN, "items: [safe, hope]", "items: [safe, hope, days]\n    values: {▸days: {0: 1}}"),
    Fault("HW310", MAIN, "      talk: 1\n      signs: 2\n", "      ▸talk: 1\n"),
    Fault("HW310", MAIN, "    weights:\n      talk: 1\n      signs: 2\n", "", ((MAIN, "- id: load", "- ▸id: load"),)),
    Fault("HW310", MAIN, "    method: sum\n", "    method: sum\n    weights: ▸{calm: 1}\n"),
    Fault("HW310", MAIN, "    method: sum\n", "    method: sum\n    count_from: ▸2\n"),
    Fault(
        "HW310",
        MAIN,
        "items: [safe, hope]",
        "items: ▸[safe, hope]\n    values: {safe: {true: unknown, false: unknown}}",
    ),
    Fault("HW310", MAIN, "      signs: 2\n", "      signs: -2\n    missing: {minimum: 1, prorate: ▸true}\n"),
    Fault(
        "HW311",
        MAIN,
        "- {id: low, title: Low, from: 1}",
        "- {id: low, title: Low, above: 3.5}",
        ((MAIN, "- {id: high", "- ▸{id: high"),),
    ),
    Fault("HW311", MAIN, "- {id: high, title: High, above: 3.5}", "- ▸{id: high, title: High, from: 1}"),
    Fault("HW312", MAIN, "missing: {minimum: 1, prorate: true}", "missing: {minimum: ▸3, prorate: true}"),
    Fault("HW312", MAIN, "items: 1, source", "items: ▸3, source"),
    Fault(
        "HW313",
        "questionnaires/zoo.yaml",
        "",
        "questionnaire: zoo\npack: small\ntitle: Z\nsections:\n  - id: s\n    title: S\n    items:\n"
        "      - ▸{id: safe, type: yes_no, text: Are you safe}\n",
    ),
    Fault("HW314", MAIN, "lowest: 0", "lowest: ▸30"),
    Fault("HW314", MAIN, "earliest: 2000-01-01", "earliest: ▸2000-01-01\n        latest: 1999-01-01"),
    Fault(
        "HW315",
        STEPS,
        "    title: Quiet first\n",
        "    title: Quiet first\n    default: true\n",
        ((STEPS, "  - id: quiet", "  ▸- id: quiet"),),
    ),
    Fault(
        "HW315 HW317",
        STEPS,
        "    default: true\n",
        "",
        ((STEPS, "  - id: quiet", "  ▸- id: quiet"), (STEPS, "- id: open", "- ▸id: open")),
    ),
    # Words
    Fault("HW316", MAIN, "text: Do you talk?", 'text: ▸"Do {thei} talk?"'),
    Fault("HW316", MAIN, "text: Do you talk?", 'text: ▸"Do {they/them/their} talk?"'),
    Fault("HW316", MAIN, "text: Do you talk?", 'text: ▸"Do {they talk?"'),
    Fault("HW316", MAIN, "text: Do you talk?", 'text: ▸"Do {answer} talk?"'),
    Fault("HW316", STEPS, "title: Quiet first", 'title: ▸"Quiet {}"'),
    Fault("HW316", RULES, "because: You could walk.", 'because: ▸"{They} could walk."'),
    Fault("HW317", RULES, "      - notice: help\n", "", ((STEPS, "- {id: help", "- ▸{id: help"),)),
    Fault("HW317", RULES, "      - kind: quiet\n", "", ((STEPS, "- id: quiet", "- ▸id: quiet"),)),
    Fault(
        "HW317",
        STEPS,
        "- {id: slow, text: Take it slowly., base: false}",
        "- {id: slow, text: S, base: false}\n      - ▸{id: new, text: N, base: false}",
    ),
    Fault("HW318", RULES, "id: walk}", "id: walk}\n      - action: {step: rest, id: ▸sleep}"),
    Fault(
        "HW319",
        MAIN,
        "{step: call, is_not: held}",
        "▸{step: call, is_not: held}",
        ((RULES, "{item: talk, is: no}", "{item: hope, is: false}"),),
    ),
    Fault(
        "HW317",
        RULES,
        "      - say: {place: situation, id: feeling}\n",
        "",
        ((STEPS, "- {id: feeling", "- ▸{id: feeling"),),
    ),
    Fault("HW318", RULES, "id: feeling}", "id: feeling}\n      - say: {place: not_now, id: ▸wait}"),
    Fault("HW320", STEPS, "{focus: 20, steady: 5}", "▸{focus: 5, steady: 5}"),
    Fault("HW321", STEPS, "she: {they: she, them: her}", "she: ▸{they: she}"),
    Fault(
        "HW323",
        "questionnaires/zoo.yaml",
        "",
        "questionnaire: zoo\npack: small\ntitle: Z\nsections:\n  - id: s\n    title: S\n    items:\n"
        "      - {id: extra, type: yes_no, text: E}\n"
        "scales:\n  - {id: both, title: B, method: sum, items: ▸[extra, safe]}\n",
    ),
    # Clauses
    Fault(
        "HW328", STEPS, "{said:calm}, you say.", "{said:clam}, you say.", ((STEPS, 'text: "{said', 'text: ▸"{said'),)
    ),
    Fault("HW328", STEPS, 'text: "{said:calm}, you say."', 'text: ▸"{said:talk}."'),
    Fault("HW328", STEPS, 'text: "{said:calm}, you say."', 'text: ▸"{said:rest}."'),
    Fault("HW328", STEPS, 'text: "{said:calm}, you say."', 'text: ▸"{said:name}."'),
    Fault("HW328", STEPS, 'text: "{said:calm}, you say."', 'text: ▸"{said:}."'),
    Fault("HW328", RULES, "because: You could walk.", 'because: ▸"{said:days}."'),
    Fault("HW328", RULES, "by: 5}", 'by: 5, because: ▸"{said:signs}."}'),
    Fault("HW316", RULES, "by: 5}", 'by: 5, because: ▸"{sayd:signs}."}'),
    Fault("HW316", STEPS, "title: Rest\n", 'title: ▸"{said:calm}"\n'),
    Fault("HW316", STEPS, "text: There is help.", 'text: ▸"{said:calm}."'),
    Fault("HW324", RULES, "{item: rest, at_most: 2}", "{item: rest, at_most: ▸4}"),
    Fault("HW324", RULES, "{item: rest, at_most: 2}", "{item: days, at_least: ▸31}"),
    Fault("HW324", MAIN, "- {id: high, title: High, above: 3.5}", "- ▸{id: high, title: High, above: 6}"),
]


TOGETHER: Final = [
    # A fault of text or shape in one file is reported alone; a fault of reference in another is not.
    Fault("HW203", MAIN, "title: The main one", "title: ▸1", ((RULES, "{step: rest, by: 5}", "{step: rst, by: 5}"),)),
    Fault(
        "HW202",
        STEPS,
        "title: A small pack\n",
        "",
        ((RULES, "{item: talk, is: no}", "{item: tak, is: no}"), (STEPS, "dialect", "▸dialect")),
    ),
    Fault("HW102", MAIN, "title: The main one", "title: ▸@", ((CHECK, "pack: small", "pack: smal"),)),
    Fault("HW102", MAIN, "title: The main one", "title: ▸@", ((RULES, "{step: rest, by: 5}", "{step: rst, by: 5}"),)),
    Fault("HW102", MAIN, "anchors: agree", "anchors: agre", ((STEPS, "title: Rest\n", "title: ▸@\n"),)),
    Fault("HW102", MAIN, "anchors: agree", "anchors: agre", ((RULES, "- id: walks", "- id: ▸@"),)),
    # Of shape in several files.
    Fault(
        "HW203 HW208 HW203",
        MAIN,
        "title: The main one",
        "title: ▸1",
        ((RULES, "- notice: help", "- ▸notise: help"), (STEPS, "weight: 10", "weight: ▸ten")),
    ),
    # A duplicate id, or a questionnaire of an unknown pack, is reported alone; a fault of reference is not.
    Fault("HW301", RULES, "- id: walks", "- ▸id: tired", ((RULES, "{step: rest, by: 5}", "{step: rst, by: 5}"),)),
    Fault("HW302", CHECK, "pack: small", "pack: ▸smal", ((RULES, "{step: rest, by: 5}", "{step: rst, by: 5}"),)),
    # Several in one file.
    Fault("HW204 HW201", MAIN, "    method: sum\n", "    method: ▸summ\n    ▸mising: 1\n"),
    Fault(
        "HW104 HW105 HW110",
        MAIN,
        "title: The main one",
        "title: ▸!a x",
        ((MAIN, "text: Do you talk?", "text: ▸&b x"), (MAIN, "highest: 30", "highest: ▸.inf")),
    ),
    # The shape of a file is checked once its text can be read.
    Fault(
        "HW103",
        MAIN,
        "    method: sum\n",
        "    method: summ\n",
        ((MAIN, "    title: First\n", "    title: First\n    ▸title: Second\n"),),
    ),
    Fault(
        "HW302 HW302 HW303",
        RULES,
        "{item: talk, is: no}",
        "{all: [{item: ▸tak, is: no}, {item: talk, is: ▸nay}, {item: talk, ▸at_most: 1}]}",
    ),
    Fault(
        "HW207 HW208", RULES, "{item: talk, is: no}", "▸{item: talk}", ((RULES, "- notice: help", "- ▸notise: help"),)
    ),
    Fault(
        "HW201 HW206",
        STEPS,
        "{id: help, title: Help, text: There is help.}",
        '{id: help, ▸titel: Help, text: ▸""}',
    ),
    # A broken file causes no further problems for what it would define: items, scales, findings, steps, tags, kinds.
    Fault("HW204", MAIN, "- id: talk\n        type: single", "- id: talk\n        type: ▸singel"),
    Fault("HW203", MAIN, "- id: talk\n", "- id: ▸5\n"),
    Fault("HW204", MAIN, "    items: [calm, rest]\n    method: sum", "    items: [calm, rest]\n    method: ▸sums"),
    Fault("HW203", RULES, "by: 5", "by: ▸much"),
    Fault("HW203", RULES, "- finding: tired", "- finding: ▸[tired]"),
    Fault("HW208", RULES, "- finding: tired", "- ▸findng: tired"),
    Fault("HW203", STEPS, "weight: 10", "weight: ▸[]"),
    Fault("HW203", STEPS, "    title: Call {them}", "    weight: ▸x\n    title: Call {them}"),
    Fault("HW203", STEPS, "caps:\n      - {tag: contact, at: light}", "caps: ▸contact"),
    Fault("HW203", STEPS, "    default: true", "    default: ▸yes"),
    Fault("HW203", STEPS, "plural: [they]", "plural: ▸they"),
    Fault("HW202", STEPS, "  default: they\n", "", ((STEPS, "  pronoun_item", "  ▸pronoun_item"),)),
    Fault(
        "HW206",
        STEPS,
        "kinds:\n  - id: quiet\n    title: Quiet first\n    caps:\n      - {tag: contact, at: light}\n  - id: open\n    title: Open\n    default: true\n",
        "kinds: ▸[]\n",
    ),
    Fault(
        "HW202",
        STEPS,
        "kinds:\n  - id: quiet\n    title: Quiet first\n    caps:\n      - {tag: contact, at: light}\n  - id: open\n    title: Open\n    default: true\n",
        "",
        ((STEPS, "dialect", "▸dialect"),),
    ),
    Fault("HW203", MAIN, "agree: [not at all, a little, rather, fully]", "agree: [not at all, ▸2, rather, fully]"),
    # A misspelt word is one problem.
    Fault("HW201", STEPS, "voice:\n", "▸voiec:\n"),
    Fault("HW201", MAIN, "    weights:\n", "    ▸weihgts:\n"),
    Fault("HW201", MAIN, "    bands:\n", "    ▸bnads:\n"),
    Fault("HW201", MAIN, "sections:\n", "▸sectoins:\n"),
    Fault("HW201", STEPS, "steps:\n", "▸setps:\n"),
    Fault("HW201", STEPS, "tags: [contact]", "▸tgas: [contact]"),
    Fault("HW201", RULES, "rules:\n", "▸ruels:\n"),
    Fault("HW201", RULES, "- action: {step: rest, id: walk}", "- action: {▸setp: rest, id: walk}"),
    Fault("HW302", MAIN, "pack: small", "pack: ▸msall"),
    Fault(
        "HW302 HW302",
        STEPS,
        "pack: small",
        "pack: smlal",
        ((MAIN, "pack: small", "pack: ▸small"), (CHECK, "pack: small", "pack: ▸small")),
    ),
    Fault("HW302", MAIN, "items: [talk, signs]", "items: [▸tlak, signs]"),
    Fault(
        "HW321",
        STEPS,
        "they: {they: they, them: them}",
        "they: {they: they, tehm: them}",
        ((STEPS, "she: {", "she: ▸{"),),
    ),
]


@pytest.mark.parametrize("fault", [*READING, *SHAPE, *REFERENCES, *TOGETHER], ids=str)
def test_fault_is_found_at_its_place(folder: Folder, fault: Fault) -> None:
    """A fault is reported with its code at its place, and nothing else is reported."""
    folder.small()
    fault.plant(folder)
    positions = folder.expected()
    assert folder.positions_and_codes() == list(zip(positions, fault.codes.split(), strict=True))


def test_small_pack_has_no_fault(folder: Folder) -> None:
    """The pack that faults are planted in has none itself."""
    assert folder.small().positions_and_codes() == []
    assert folder.pack().id == "small"


def test_file_that_is_not_utf_8(folder: Folder) -> None:
    """A file in another encoding is reported at its first foreign byte."""
    folder.small().write({MAIN: "questionnaire: main\n# ä ".encode() + "grün\n".encode("latin-1")})
    assert folder.positions_and_codes() == [(f"{MAIN}:2:7", "HW106")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_wide_encodings(folder: Folder, encoding: str) -> None:
    """A file in UTF-16 or UTF-32 is refused, with or without a byte order mark."""
    folder.small().write({OTHER: "rules: []\n".encode(encoding)})
    assert [code for _, code in folder.positions_and_codes()] in (["HW106"], ["HW102"])


def test_large_file(folder: Folder) -> None:
    """A file of more than two million bytes is not read."""
    folder.small().write({OTHER: b"# " + b"x" * 2_000_000})
    assert folder.positions_and_codes() == [(f"{OTHER}:1:1", "HW107")]


@pytest.mark.parametrize("text", ["[" * 60, "{a: " * 60, "- " * 60 + "a", "? " * 60 + "a"])
def test_deep_file(folder: Folder, text: str) -> None:
    """A file nested more than forty deep is not read."""
    folder.small().write({OTHER: text})
    assert folder.positions_and_codes() == [(f"{OTHER}:1:1", "HW107")]


def test_folder_called_like_a_file(folder: Folder) -> None:
    """A folder with the name of a file is reported as one that cannot be read."""
    (folder.small().path / OTHER).mkdir()
    assert folder.positions_and_codes() == [(f"{OTHER}:1:1", "HW101")]


@pytest.mark.parametrize("file", ["questionnaires/more.yaml", OTHER, "rules/small/deep/more.yml"])
def test_link_to_itself(folder: Folder, file: str) -> None:
    """Links without a target are reported as files that cannot be read."""
    link = folder.small().path / file
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(link.name)
    assert folder.positions_and_codes() == [(f"{file}:1:1", "HW101")]


def test_manifest_that_cannot_be_read(folder: Folder) -> None:
    """A manifest that is a folder, a link without a target, or a pipe is one problem."""
    manifest = folder.small().path / STEPS
    expected = [(f"{STEPS}:1:1", "HW101")]
    manifest.unlink()
    manifest.mkdir()
    assert folder.positions_and_codes() == expected
    manifest.rmdir()
    manifest.symlink_to("nowhere")
    assert folder.positions_and_codes() == expected
    manifest.unlink()
    os.mkfifo(manifest)
    assert folder.positions_and_codes() == expected


def test_circle_of_folders(folder: Folder) -> None:
    """A folder that contains a link to itself is read once."""
    folder.small()
    (folder.path / "rules/small/again").symlink_to("..")
    assert folder.positions_and_codes() == []


def test_hidden_files_are_no_content(folder: Folder) -> None:
    """Hidden files and backup files of editors are not read."""
    folder.small().write(
        {"rules/small/.#all.yaml": "rules: [", "rules/small/all.yaml~": "rules: [", "questionnaires/.main.yaml": "["}
    )
    (folder.path / "rules/.git").mkdir()
    assert folder.positions_and_codes() == []


def test_name_that_is_sensitive(folder: Folder) -> None:
    """The voice may not show a sensitive answer."""
    folder.small().plant(
        "questionnaires/main.yaml", "        type: text", "        type: text\n        sensitive: true"
    )
    assert [code for _, code in folder.positions_and_codes()] == ["HW327"]


def test_name_that_is_a_word_of_the_forms(folder: Folder) -> None:
    """The placeholder for the name may not hide one of the forms' words."""
    folder.small().plant("rules/small/steps.yaml", "name: partner", "name: ▸they")
    assert (folder.expected()[0], "HW321") in folder.positions_and_codes()


@pytest.mark.parametrize("file", ["rules/stray.yaml", "rules/small/more.YAML", "questionnaires/other.json"])
def test_file_that_nobody_reads(folder: Folder, file: str) -> None:
    """A file that looks like content but has a folder or an ending that is not read is reported as advice."""
    folder.small().write({file: "rules: []", "rules/services.yaml": "services: []"})
    assert folder.positions_and_codes() == [(f"{file}:1:1", "HW326")]


def test_folder_without_permission(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be listed is a problem at the folder."""
    folder.small()
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if str(path).endswith("questionnaires"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("os.scandir", refuse)
    assert ("questionnaires:1:1", "HW101") in folder.positions_and_codes()


def test_file_without_permission(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be opened is a problem at the file."""
    folder.small()
    read_bytes = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "all.yaml":
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert folder.positions_and_codes() == [(f"{RULES}:1:1", "HW101")]


def test_name_of_a_file_that_is_no_text(folder: Folder) -> None:
    """A file whose name is not UTF-8 is reported with the characters that can be printed."""
    folder.small()
    name = os.fsencode(folder.path) + b"/questionnaires/\xff.yaml"
    Path(os.fsdecode(name)).write_text("[")
    (problem,) = folder.problems()
    assert str(problem).encode()
    assert problem.code == "HW102"


def test_folder_of_rules_without_manifest(folder: Folder) -> None:
    """A folder that declares no pack is one problem; the shape of its other files is still checked."""
    folder.small().write({"rules/empty/notes.txt": "nothing here"})
    assert folder.positions_and_codes() == [("rules/empty:1:1", "HW322")]
    (folder.path / STEPS).unlink()
    folder.plant(RULES, "{item: talk, is: no}", "{itme: talk, is: no}")
    assert folder.positions_and_codes() == [
        ("rules/empty:1:1", "HW322"),
        ("rules/small:1:1", "HW322"),
        (f"{RULES}:5:11", "HW207"),
    ]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ([STEPS], [("rules/small:1:1", "HW322")]),
        ([MAIN], [(f"{CHECK}:9:14", "HW302"), (f"{CHECK}:10:14", "HW302")]),
        ([MAIN, CHECK], [(f"{STEPS}:1:1", "HW329")]),
    ],
)
def test_files_that_are_missing(folder: Folder, missing: list[str], expected: list[tuple[str, str]]) -> None:
    """A missing file is a few problems, not one for every reference to its definitions."""
    folder.small()
    for file in missing:
        (folder.path / file).unlink()
    assert folder.positions_and_codes() == expected


@pytest.mark.parametrize("missing", ["remarks", "safety", "findings"])
def test_a_missing_file_of_shipped_rules(tmp_path: Path, missing: str) -> None:
    """A missing file of many definitions is a few problems: each unknown id is reported once, with a count."""
    for name in ("questionnaires", "rules"):
        shutil.copytree(content_root() / name, tmp_path / name)
    (tmp_path / "rules" / "breakup" / f"{missing}.yaml").unlink()
    assert 1 <= len(load_with_problems(tmp_path)[1]) <= 20


@pytest.mark.parametrize("name", ["nowhere", "file", "bare", "a\0b"])
def test_nothing_to_load(folder: Folder, name: str) -> None:
    """A folder that does not exist, is a file or is empty has no content."""
    (folder.path / "file").write_text("x")
    (folder.path / "bare").mkdir()
    assert [problem.code for problem in load_with_problems(folder.path / name)[1]] in (["HW325"], ["HW101", "HW101"])


def test_load_shows_all_problems(folder: Folder) -> None:
    """Loading fails with every problem, advice too; references are checked if items and anchors can be resolved."""
    folder.small().plant(RULES, "{item: rest, at_most: 2}", "{item: rest, at_most: 9}")
    assert [problem.code for problem in load_library(folder.path).problems] == ["HW324"]
    folder.plant(RULES, "{item: talk, is: no}", "{item: tak, is: no}")
    with pytest.raises(ContentError) as caught:
        load_library(folder.path)
    assert [problem.code for problem in caught.value.problems] == ["HW302", "HW324"]
    folder.plant(MAIN, "anchors: agree", "anchors: agre")
    assert [problem.code for problem in folder.problems()] == ["HW302"]


@pytest.mark.parametrize(
    ("file", "old", "new", "suggestion"),
    [
        (MAIN, "longest: 30", "longst: 30", "longest"),
        (MAIN, "type: number", "type: numbr", "number"),
        (MAIN, "method: sum", "method: summ", "sum"),
        (RULES, "- notice: help", "- notise: help", "notice"),
        (RULES, "{item: talk, is: no}", "{itme: talk, is: no}", "item"),
        (RULES, "{item: talk, is: no}", "{item: tlak, is: no}", "talk"),
        (RULES, "{item: talk, is: no}", "{item: talk, is: oftn}", "often"),
        (RULES, "{step: rest, by: 5}", "{step: rset, by: 5}", "rest"),
        (STEPS, "default: they", "default: hey", "they"),
        (STEPS, "title: Call {them}", 'title: "Call {tem}"', "them"),
        (CHECK, "pack: small", "pack: smal", "small"),
    ],
)
def test_near_miss_is_named(folder: Folder, file: str, old: str, new: str, suggestion: str) -> None:
    """The problem of an unknown word suggests the most similar known one."""
    folder.small().plant(file, old, new)
    (problem,) = folder.problems()
    assert f"“{suggestion}”" in problem.broken + problem.remedy


PLANTED_ELSEWHERE: Final = {"HW401", "HW402", "HW403", "HW404"}
"""Codes of examples in rules: planted in ``test_rule_examples``."""


def test_every_code_is_planted() -> None:
    """Each code about content has a fault here, or is named as planted elsewhere."""
    text = Path(__file__).read_text()
    planted = {code for fault in [*READING, *SHAPE, *REFERENCES] for code in fault.codes.split()}
    asserted = {code for code in catalogue() if f'"{code}")]' in text or f'["{code}"]' in text or f'"{code}"),' in text}
    about_content = {code for code in catalogue() if code[2] in "1234"}
    assert about_content - planted - asserted == PLANTED_ELSEWHERE


def with_swapped_word(words: list[str], draw: random.Random) -> str:
    """A line with one of its words replaced."""
    words[draw.randrange(len(words))] = draw.choice(SWAPS)
    return " ".join(words)


SWAPS: Final = (
    *(
        "null",
        "true",
        "-1",
        "1.5",
        "0",
        "{}",
        "[]",
        "[null]",
        "{a: b}",
        '""',
        "'x y'",
        "~",
        "talk",
        "calm",
        "rest",
        "1e9",
        "- ",
        ":",
    ),
    *(
        "id:",
        "items:",
        "when:",
        "then:",
        "{item: talk, is: no}",
        "held",
        "unknown",
        "{",
        "]",
        "&a",
        "*a",
        "!",
        "|",
        "# x",
        "ease",
        "#",
    ),
)


@settings(max_examples=examples(90), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_no_text_is_too_wrong(folder: Folder, draw: random.Random) -> None:
    """However lines are lost, doubled, moved or changed: loading ends with problems at lines that exist."""
    folder.small()
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        name = draw.choice(sorted(FILES))
        lines = (folder.path / name).read_text().splitlines()
        index, other_index = draw.randrange(len(lines)), draw.randrange(len(lines))
        indent = lines[index][: len(lines[index]) - len(lines[index].lstrip())]
        match draw.randrange(7):
            case 0:
                del lines[index]
            case 1:
                lines.insert(index, lines[index])
            case 2:
                lines[index], lines[other_index] = lines[other_index], lines[index]
            case 3:
                lines[index] = indent + lines[other_index].lstrip()
            case 4:
                lines[index] = re.sub(r"(: |- ).*", lambda match: match[1] + draw.choice(SWAPS), lines[index], count=1)
            case 5:
                lines[index] = indent + with_swapped_word(lines[index].split() or [""], draw)
            case 6:
                lines[index] = " " * draw.randrange(12) + lines[index].lstrip()
        (folder.path / name).write_text("\n".join(lines or [""]) + "\n")
    packs, problems = load_with_problems(folder.path)
    assert packs or problems
    for problem in problems:
        assert isinstance(problem.where, Location)
        path = Path(problem.where.file)
        assert path.is_file()
        lines = path.read_text().splitlines()
        assert 1 <= problem.where.line <= len(lines) + 1
        assert 1 <= problem.where.column <= len([*lines, ""][problem.where.line - 1]) + 1
