"""All texts of the breakup pack: their length, their readability, and forbidden phrases."""

from __future__ import annotations

import re
from typing import Final

import pytest

from engine.content.pack import Pack
from engine.content.serialization import texts
from engine.loading.library import load_library
from tests.checks.forbidden_phrases import NEVER_LIST, compiled
from tests.checks.readability import grade, sentences, words

LONGEST: Final = 20


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_library().packs["breakup"]


def texts_with_paths(pack: Pack) -> list[tuple[str, str]]:
    """Every text of the pack for people, with its path, except options."""
    spoken = []
    for path, name, text in texts(pack.content):
        dotted = ".".join(map(str, path))
        if (
            path[0] in {"voice", "avoid_in_links"}
            or name in {"reference", "source"}
            or ("options" in path and name == "text")
        ):
            continue
        spoken.append((dotted, text))
    return spoken


def plainly(text: str) -> str:
    """The text with its placeholders filled."""
    text = re.sub(r"\{said:\w+\}", "it ended two weeks ago", text)
    text = re.sub(r"\{([^{}/]+)/[^{}]+\}", r"\1", text)
    return re.sub(r"\{(\w+)\}", "he", text)


@pytest.mark.parametrize("name", NEVER_LIST)
def test_never_list(pack: Pack, name: str) -> None:
    """No text has a forbidden phrase, also if no report would show it."""
    pattern = compiled(NEVER_LIST[name], name)
    assert [(place, text) for place, text in texts_with_paths(pack) if pattern.search(text)] == []


def test_sentences_are_short(pack: Pack) -> None:
    """No sentence has more than twenty words, including the clauses of answers."""
    long = [
        (place, sentence)
        for place, text in texts_with_paths(pack)
        for sentence in sentences(plainly(text))
        if len(words(sentence)) > LONGEST
    ]
    assert long == []


def test_reading_age(pack: Pack) -> None:
    """Each step and the whole pack are easy to read at the age of twelve."""
    assert grade(" ".join(f"{plainly(text).rstrip('.')}." for _, text in texts_with_paths(pack))) < 5
    for step in pack.steps:
        step_texts = [text for path, name, text in texts(step) if name not in {"reference", "outcome"} and path]
        assert grade(" ".join(f"{plainly(text).rstrip('.')}." for text in step_texts)) < 6, step.id


def test_every_clause_can_stand_in_a_sentence(pack: Pack) -> None:
    """A clause of an answer begins in lower case, has no full stop, and is about the person or the other one."""
    for item in pack.items.values():
        for option in (*getattr(item, "options", ()), *getattr(item, "points", ())):
            clause = option.said
            assert clause, item.id
            assert not clause.endswith("."), clause
            assert clause[0].islower() or clause[0] in "{“", clause
