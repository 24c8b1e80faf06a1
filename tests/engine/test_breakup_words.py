"""The words of the breakup pack, whoever reads them: short, plain, and nothing of what must never be said."""

from __future__ import annotations

import re
from typing import Final

import pytest

from engine.checking import texts
from engine.library import load_library
from engine.pack import Pack
from tests.readability import grade, sentences, words

NEVER: Final = {
    # The never-list of the content guide, 5.4. Quoted as patterns, so that other forms are found too.
    "chances": r"\bchances?\b|\bodds\b|\bpredict(?!s nothing)",
    "mind-reading": r"\bstill (?:loves|feels|misses|thinks)\b|\bhe will\b|\bthey will\b|\{they\} will (?!do\b)",
    "diagnoses": r"narciss|avoidant|toxic|borderline|sociopath|attachment style",
    "abuse as a word": r"\babus",
    "closure": r"\bclosure\b",
    "winning": r"\bwin\b|\bwinning\b|\bdeserve|fight for|\bprove\b|get (?:\{them\}|him|her) (?:to|back)\b",
    "streaks": r"\bstreak|well done|\bcongrat",
    "jealousy and scarcity": r"make (?:\{them\}|him|her) (?:jealous|miss)|before it is too late",
    "looks": r"\bsexy\b|\bseduc|\bflirt",
    "medicine": r"\bmedicat|\bpills?\b|antidepress",
    "duty": r"\bsin\b|\bgod\b|\bvows?\b|for the (?:sake of the )?children",
    "verdict words": r"\bviolen|\bstalk|\bvictim|\bperpetrator",
    "promises": r"\bnot yet\b|\bsoon\b|when (?:\{they\} \{is/are\}|he is) ready|\bguarantee|\bwill work\b",
    "filler": r"\bjust\b|\bsimply\b|\bjourney\b|\bhealing\b",
    "shouting": r"!|\b[A-Z]{4,}\b",
    "duty to do": r"\byou must\b|\byou have to\b",
}
LONGEST: Final = 20


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_library().packs["breakup"]


def said(pack: Pack) -> list[tuple[str, str]]:
    """Every text for people of the pack, with its place. Options are what a person says, not what is said to them."""
    found = []
    for path, name, text in texts(pack.content):
        place = ".".join(map(str, path))
        if path[0] == "voice" or name in {"reference", "source"} or ("options" in path and name == "text"):
            continue
        found.append((place, text))
    return found


def plainly(text: str) -> str:
    """The text as one reads it: placeholders filled in some way."""
    text = re.sub(r"\{said:\w+\}", "it ended two weeks ago", text)
    text = re.sub(r"\{([^{}/]+)/[^{}]+\}", r"\1", text)
    return re.sub(r"\{(\w+)\}", "he", text)


@pytest.mark.parametrize("name", NEVER)
def test_never_list(pack: Pack, name: str) -> None:
    """Nothing of the never-list stands in any text, whether or not somebody would ever read it."""
    pattern = re.compile(NEVER[name], re.IGNORECASE if name != "shouting" else 0)
    assert [(place, text) for place, text in said(pack) if pattern.search(text)] == []


def test_sentences_are_short(pack: Pack) -> None:
    """No sentence has more than twenty words, each clause of an answer counted as it is spoken."""
    long = [
        (place, sentence)
        for place, text in said(pack)
        for sentence in sentences(plainly(text))
        if len(words(sentence)) > LONGEST
    ]
    assert long == []


def test_reading_age(pack: Pack) -> None:
    """Each step is read with ease at the age of twelve, and so is the whole pack."""
    assert grade(" ".join(f"{plainly(text).rstrip('.')}." for _, text in said(pack))) < 5
    for step in pack.steps:
        own = [text for path, name, text in texts(step) if name not in {"reference", "outcome"} and path]
        assert grade(" ".join(f"{plainly(text).rstrip('.')}." for text in own)) < 6, step.id


def test_every_clause_can_stand_in_a_sentence(pack: Pack) -> None:
    """A clause of an answer begins small, has no full stop, and speaks to the person or of the other one."""
    for item in pack.items.values():
        for option in (*getattr(item, "options", ()), *getattr(item, "points", ())):
            clause = option.said
            assert clause, item.id
            assert not clause.endswith("."), clause
            assert clause[0].islower() or clause[0] in "{“", clause
