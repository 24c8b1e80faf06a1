"""The words of the terminal: all in one file, each used, and with the gaps that the program fills."""

from __future__ import annotations

import ast
from string import Formatter
from typing import Any, Final

import pytest

from engine.loading.yaml import read
from tests.paths import ROOT
from web.cli.terminal import phrases

FOLDER: Final = ROOT / "web" / "cli" / "terminal"
CHOICES: Final = {"yes", "no"}
"""Phrases that are asked for by the key of a choice."""


def words() -> dict[str, Any]:
    source, problems = read(FOLDER / "phrases.yaml")
    assert source is not None, problems
    assert isinstance(source.value, dict)
    return source.value


def nodes() -> list[ast.AST]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.py")]
    return [node for tree in trees for node in ast.walk(tree)]


def test_every_phrase_is_used() -> None:
    """No phrase is translated in vain."""
    constants = {node.value for node in nodes() if isinstance(node, ast.Constant)}
    assert words().keys() - constants == CHOICES


def test_every_phrase_is_there_with_its_gaps() -> None:
    """What the program names is in the file, and its gaps are the facts that it gets."""
    calls = [node for node in nodes() if isinstance(node, ast.Call) and ast.unparse(node.func) == "phrase"]
    named = [(call, call.args[0].value) for call in calls if isinstance(call.args[0], ast.Constant)]
    assert len(named) > 20
    for call, name in named:
        gaps = {gap for _, gap, _, _ in Formatter().parse(words()[str(name)]) if gap}
        assert gaps == {keyword.arg for keyword in call.keywords}, name


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        (
            "keys_of_question",
            {phrases.BACK, phrases.LIST, phrases.DECLINE, phrases.RETRACT, phrases.STOP, phrases.EXPLAIN},
        ),
        ("keys_of_review", {phrases.WRITE, phrases.BACK, phrases.STOP}),
    ],
)
def test_explained_keys_are_the_keys_that_are_heard(name: str, keys: set[str]) -> None:
    """Each key is explained, and nothing else but Enter and numbers."""
    explained = {key for key, _ in phrases.keys(name)}
    assert explained - keys in ({"Enter"}, {"a number"})
    assert keys <= explained
