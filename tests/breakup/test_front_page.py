"""The front page of the breakup starter: what its texts reveal, and its example."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import pytest

from engine.answers.front_page import FrontPageContent
from engine.answers.front_page_files import load_front_page
from engine.content.serialization import texts
from engine.loading.help_services import load_services
from engine.loading.library import load_library
from engine.report.plan import build_report
from tests.checks.forbidden_phrases import NEVER_LIST
from tests.checks.readability import words

TELLING: Final = re.compile(
    r"break-?\s?ups?|\bex(es)?\b|\bpartner|relationship|couple|\blove|apart\b|split", re.IGNORECASE
)
"""Words that would reveal the subject to someone who sees the screen."""
SAFETY: Final = {
    "limits": ("none",),
    "own_reaching": ("none",),
    "afraid": "never",
    "what_they_did": ("none",),
    "own_acts": ("none",),
    "self_harm_thoughts": "no",
}
"""The items about safety and self-harm, and their answer that is a no."""


@cache
def content() -> FrontPageContent:
    return load_front_page("breakup", load_library(), load_services())


def test_what_others_can_see_is_neutral() -> None:
    """Name, neutral name and description, which appear in tabs and link previews, do not reveal the subject."""
    page = content().page
    for text in (page.name, page.neutral_name, page.description):
        assert text
        assert not TELLING.search(text)


def test_every_safety_answer_of_the_example_is_a_no() -> None:
    """The example answers all sensitive items, those about safety with no, so that no gate holds a step."""
    example = content().example
    assert example is not None
    assert {name: example.responses.answers[name] for name in SAFETY} == SAFETY
    sensitive = example.pack.sensitive.intersection(example.responses.visible)
    assert sensitive >= SAFETY.keys()
    assert all(example.responses.answers[name] is not None for name in sensitive)


def test_the_example_is_a_whole_and_hopeful_plan() -> None:
    """All eleven steps are free, each with a line for its place, and what to say is there for yes, not yet and no."""
    example = content().example
    assert example is not None
    report = build_report(example)
    assert report.kind.id == "reconnect"
    assert not report.short
    assert not report.notices
    assert len(report.path) == 11
    assert all(step.line for step in report.path)
    assert report.contingencies
    assert not report.left_open


@pytest.mark.parametrize("name", NEVER_LIST)
def test_nothing_forbidden_is_said(name: str) -> None:
    """The front page has no forbidden phrase."""
    for path, _, text in texts(content().page):
        assert not re.search(NEVER_LIST[name], text, re.IGNORECASE if name != "shouting" else 0), (path, text)


def test_sentences_are_short() -> None:
    """Each sentence has fewer than 24 words, and apostrophes are curly."""
    for path, _, text in texts(content().page):
        assert "'" not in text, path
        for sentence in re.split(r"[.?:]\s", text):
            assert len(words(sentence)) < 24, (path, sentence)
