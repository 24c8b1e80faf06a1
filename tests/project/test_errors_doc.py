"""``docs/errors.md`` and the catalogue of problems say the same.

``python -m tests.project.test_errors_doc`` prints the tables as they should be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.errors import Row, catalogue
from tests.paths import ROOT

DOCUMENT = ROOT / "docs" / "errors.md"
SECTIONS = {
    "1": "Reading a file",
    "2": "The shape of a file",
    "3": "References between parts of a pack",
    "4": "Examples in rules",
    "5": "Answers",
    "6": "Files of answers, and commands",
    "7": "Populations",
    "8": "Front pages",
}


def table_text(words: str) -> str:
    """Wording for the document: facts in ‹brackets›, without the hint that is not always there."""
    return re.sub(r"\{(\w+)\}", r"‹\1›", words.replace("{hint}", "")).replace("|", "\\|")


def row(code: str, rule: Row) -> str:
    """One line of a table."""
    return f"| {code} | {table_text(rule.broken)}{' *(advice)*' if rule.advice else ''} | {table_text(rule.remedy)} |"


def tables() -> Iterator[str]:
    """All tables, line by line."""
    for number, title in SECTIONS.items():
        yield f"## {number}xx: {title}"
        yield ""
        yield "| code | what is wrong | what to do |"
        yield "|---|---|---|"
        yield from (row(code, rule) for code, rule in sorted(catalogue().items()) if code[2] == number)
        yield ""


def test_document_lists_the_catalogue() -> None:
    """Every code stands in the document once, in order and with its wording, and no other code does."""
    written = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| HW")]
    assert written == [line for line in tables() if line.startswith("| HW")]


def test_every_code_has_a_section() -> None:
    """The first figure of a code says what it is about."""
    assert {code[2] for code in catalogue()} == set(SECTIONS)
    headings = re.findall(r"^## (\d)xx: (.*)$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(headings) == SECTIONS


def test_facts_are_filled_in_by_name() -> None:
    """Wordings name the facts they need: nothing is filled in by position."""
    for code, rule in catalogue().items():
        assert re.fullmatch(r"HW\d{3}", code)
        assert not re.search(r"\{\W|\{\}|\{\d", rule.broken + rule.remedy), code


if __name__ == "__main__":
    print("\n".join(tables()))
