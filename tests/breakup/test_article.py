"""The table in rules/breakup/README.md: every piece of the article's advice lives where it says, or says why not."""

from __future__ import annotations

import re
from typing import Final

import pytest

from engine.content.pack import Pack
from engine.loading.library import load_library
from tests.paths import ROOT

README: Final = ROOT / "rules" / "breakup" / "README.md"
ROW: Final = re.compile(
    r"^\| (?!the article says|---)(?P<says>.+?) \| (?P<where>.+?) \| ?(?P<note>.*?) ?\|$", re.MULTILINE
)
NAME: Final = re.compile(r"`([^`]+)`")
PARTS: Final = 11
"""The article has eleven numbered parts."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_library().packs["breakup"]


def rows() -> list[tuple[str, str, str]]:
    text = README.read_text(encoding="utf-8").partition("## Where the article's advice lives")[2]
    return [(found["says"], found["where"], found["note"]) for found in ROW.finditer(text)]


def exists(pack: Pack, name: str) -> bool:
    """True if there is such a step, action of a step, rule, notice or kind."""
    kind, colon, rest = name.partition(":")
    if colon:
        return rest in {
            "rule": {one.id for one in pack.rules},
            "notice": {one.id for one in pack.content.notices},
            "kind": {one.id for one in pack.content.kinds},
        }.get(kind, set())
    step, slash, action = name.partition("/")
    found = {one.id: one for one in pack.steps}.get(step)
    return found is not None and (not slash or action in {one.id for one in found.actions})


def test_every_row_leads_somewhere(pack: Pack) -> None:
    """Each row names things that exist, or says why the advice was left out."""
    for says, where, note in rows():
        names = NAME.findall(where)
        assert names or re.fullmatch(r"left out: \w.{10,}", where), says
        missing = [name for name in (*names, *NAME.findall(note)) if not exists(pack, name)]
        assert missing == [], says


def test_every_part_of_the_article_is_there() -> None:
    """All eleven parts have rows, and so do the article's opening and end."""
    found = [re.match(r"\d+", says) for says, _, _ in rows()]
    assert {int(one[0]) for one in found if one} == set(range(1, PARTS + 1))
    assert found[0] is None
    assert found[-1] is None


def test_every_step_is_named(pack: Pack) -> None:
    """Each step of the pack is the home of something."""
    named = {name.partition("/")[0] for _, where, _ in rows() for name in NAME.findall(where)}
    assert {step.id for step in pack.steps} <= named
