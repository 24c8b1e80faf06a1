"""Examples in rules: each fault is reported at its example."""

from __future__ import annotations

from datetime import date

import pytest

from engine.errors import Location, catalogue
from engine.loading.checks.rule_examples import AS_OF, check_examples
from engine.loading.library import load_library
from tests.factories.small_pack import Folder

RULES = "rules/small/all.yaml"
FIRES, SILENT = "fires: [{talk: no}]", "silent: [{talk: some}]"


def positions_and_codes(folder: Folder, rule_id: str = "unsafe") -> list[tuple[str, str]]:
    """The problems of one rule's examples, as place and code, with the marks taken out first."""
    pack = load_library(folder.path).packs["small"]
    rule_location = pack.location("rule", rule_id)
    assert rule_location
    next_line = min(
        (
            other.line
            for rule in pack.rules
            if (other := pack.location("rule", rule.id)) and other.line > rule_location.line
        ),
        default=10**6,
    )
    problems = list(check_examples(pack))
    assert all(isinstance(problem.where, Location) for problem in problems)
    return [
        (str(problem.where).removeprefix(f"{folder.path}/"), problem.code)
        for problem in problems
        if isinstance(problem.where, Location) and rule_location.line <= problem.where.line < next_line
    ]


def test_examples_that_hold(folder: Folder) -> None:
    """A rule whose examples hold has no problem; the others of the small pack have no examples."""
    folder.small()
    assert positions_and_codes(folder) == []
    codes = [problem.code for problem in check_examples(load_library(folder.path).packs["small"])]
    assert codes == ["HW403"] * 6
    assert catalogue()["HW403"].advice


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        (FIRES, "fires: [▸{talk: some}]", ["HW401"]),
        (FIRES, "fires: [{talk: no}, ▸{}]", ["HW401"]),
        (FIRES, "fires:\n        - {talk: no}\n        - ▸talk: often", ["HW401"]),
        (FIRES, "fires: [▸{talk: null}]", ["HW401"]),
        (SILENT, "silent: [{talk: some}, ▸{talk: no}]", ["HW402"]),
        (FIRES, "fires: [▸{tolk: no}]", ["HW404"]),
        (FIRES, "fires: [▸{talk: never}]", ["HW404"]),
        (FIRES, "fires: [▸{talk: no, calm: 17}]", ["HW404"]),
        (FIRES, "fires: [▸{talk: no, hope: true}]", ["HW404"]),
        (SILENT, "silent: [▸{talk: often, days: 3}]", ["HW404"]),
        (SILENT, "silent: [▸{calm: x}, ▸{calm: [1]}, ▸{calm: {a: 1}}, ▸{signs: one}]", ["HW404"] * 4),
    ],
)
def test_planted_faults(folder: Folder, old: str, new: str, codes: list[str]) -> None:
    """An example that contradicts its rule, or that cannot be answered, is reported at its place."""
    folder.small().plant(RULES, old, new)
    positions = folder.expected()
    assert positions_and_codes(folder) == list(zip(positions, codes, strict=True))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    examples:\n      " + FIRES + "\n", "    examples:\n"),
        ("\n      " + SILENT, ""),
    ],
)
def test_a_missing_kind_of_example(folder: Folder, old: str, new: str) -> None:
    """A rule without an example that fires, or without one that stays silent, is reported once, at the rule."""
    folder.small().plant(RULES, old, new)
    folder.plant(RULES, "  - id: unsafe", "  - ▸id: unsafe")
    positions = folder.expected()
    assert positions_and_codes(folder) == [(position, "HW403") for position in positions]


def test_examples_leave_the_rest_open(folder: Folder) -> None:
    """An example names only the answers it is about: required items may be left open."""
    folder.small().plant("questionnaires/main.yaml", "text: Do you talk?", "text: Do you talk?\n        required: true")
    folder.plant(RULES, SILENT, "silent: [{talk: some}, {calm: 2}]")
    assert positions_and_codes(folder) == []


def test_dates_are_counted_from_one_day(folder: Folder) -> None:
    """Examples are evaluated for one fixed day, so that an age in them never changes."""
    assert date(2026, 1, 1) == AS_OF
    folder.small().plant(
        RULES,
        "      - order: {first: rest, then: call}",
        "      - finding: early\n      - order: {first: rest, then: call}",
    )
    folder.plant(RULES, "      - cap: {tag: contact, at: steady}\n", RULE_WITH_AGE)
    assert positions_and_codes(folder, "rest-first") == []


RULE_WITH_AGE = """\
      - cap: {tag: contact, at: steady}
    examples:
      fires: [{calm: 0, rest: 3, met: 2025-12-02}]
      silent: [{calm: 0, rest: 3, met: 2025-12-03}]
"""


def test_examples_of_a_gate_may_use_a_check_in(folder: Folder) -> None:
    """A gate's example may be answered in a check-in; a rule that is no gate needs a full questionnaire."""
    folder.small().plant(
        "questionnaires/check.yaml",
        "      - use: talk",
        "      - {id: late, type: yes_no, text: Late?}\n      - use: talk",
    )
    gate = "  - id: late\n    gate: true\n    because: L.\n    when: {item: late, is: true}\n    then: [{notice: help}]\n    examples: {fires: [{late: true}], silent: [{late: false, talk: no}]}\n"
    folder.plant(RULES, "rules:\n", f"rules:\n{gate}")
    assert positions_and_codes(folder, "late") == []
    folder.plant(RULES, "    gate: true\n    because: L.", "    because: L.")
    assert [code for _, code in positions_and_codes(folder, "late")] == ["HW404", "HW404"]


def test_examples_hold_for_findings_and_scales(folder: Folder) -> None:
    """An example of a rule about findings names the answers from which they follow."""
    folder.small().plant(
        RULES,
        "      - say: {place: situation, id: feeling}\n",
        "      - say: {place: situation, id: feeling}\n    examples: {fires: [{calm: 0, rest: 3}], silent: [{calm: 3, rest: 1}]}\n",
    )
    assert positions_and_codes(folder, "tired") == []


def test_examples_do_not_change_a_digest(folder: Folder) -> None:
    """Examples are for authors: no digest changes with them."""
    folder.small()
    before = load_library(folder.path).packs["small"]
    folder.plant(RULES, FIRES, "fires: [{talk: some}]")
    after = load_library(folder.path).packs["small"]
    assert (before.content_digest, before.meaning_digest) == (after.content_digest, after.meaning_digest)
