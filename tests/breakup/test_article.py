"""The table in rules/breakup/README.md, which says where the pack has each piece of the article's advice."""

from __future__ import annotations

import re
from typing import Final

import pytest

from engine.content.pack import Pack
from engine.loading.library import load_library
from tests.paths import ROOT

README: Final = ROOT / "rules" / "breakup" / "README.md"
ROW: Final = re.compile(
    r"^\| (?!the article says|---)(?P<says>.+?) \| (?P<location>.+?) \| ?(?P<note>.*?) ?\|$", re.MULTILINE
)
NAME: Final = re.compile(r"`([^`]+)`")
PARTS: Final = 11
"""The article has eleven numbered parts."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_library().packs["breakup"]


def rows() -> list[tuple[str, str, str]]:
    text = README.read_text(encoding="utf-8").partition("## Where the article's advice lives")[2]
    return [(match["says"], match["location"], match["note"]) for match in ROW.finditer(text)]


def exists(pack: Pack, name: str) -> bool:
    """Whether a step, an action, a rule, a notice or a kind with this name exists."""
    prefix, colon, rest = name.partition(":")
    if colon:
        return rest in {
            "rule": {rule.id for rule in pack.rules},
            "notice": {notice.id for notice in pack.content.notices},
            "kind": {plan_kind.id for plan_kind in pack.content.kinds},
        }.get(prefix, set())
    step_id, slash, action_id = name.partition("/")
    known_step = {candidate.id: candidate for candidate in pack.steps}.get(step_id)
    return known_step is not None and (not slash or action_id in {action.id for action in known_step.actions})


def test_every_row_leads_somewhere(pack: Pack) -> None:
    """Each row names content that exists, or says why the advice is left out."""
    for says, location, note in rows():
        names = NAME.findall(location)
        assert names or re.fullmatch(r"left out: \w.{10,}", location), says
        missing = [name for name in (*names, *NAME.findall(note)) if not exists(pack, name)]
        assert missing == [], says


def test_every_part_of_the_article_is_there() -> None:
    """All eleven parts of the article, its opening and its end have rows."""
    matches = [re.match(r"\d+", says) for says, _, _ in rows()]
    assert {int(match[0]) for match in matches if match} == set(range(1, PARTS + 1))
    assert matches[0] is None
    assert matches[-1] is None


def test_every_step_is_named(pack: Pack) -> None:
    """Each step of the pack is named in a row."""
    named_steps = {name.partition("/")[0] for _, location, _ in rows() for name in NAME.findall(location)}
    assert {step.id for step in pack.steps} <= named_steps
