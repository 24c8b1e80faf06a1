"""Placeholders: words of the form, the name, agreement of verbs, and capitals."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.content.pack import Pack
from engine.content.placeholders import (
    PlaceholderFiller,
    clause_items,
    known_placeholders,
    placeholder_filler,
    placeholders,
)
from engine.content.steps import PlaceholderWords
from tests.checks.examples import examples

VOICE = PlaceholderWords.model_validate(
    {
        "pronoun_item": "pronoun",
        "name_item": "name",
        "name": "partner",
        "no_name": "your ex",
        "default": "they",
        "plural": ("they",),
        "forms": {
            "they": {"they": "they", "them": "them", "their": "their"},
            "she": {"they": "she", "them": "her", "their": "her"},
        },
    }
)


def fill(text: str, pronoun: str | None = None, name: str | None = None) -> str:
    """The text for these answers."""
    return placeholder_filler(VOICE, {"pronoun": pronoun, "name": name}).fill(text)


@pytest.mark.parametrize(
    ("text", "they", "she"),
    [
        ("Ask {them}.", "Ask them.", "Ask her."),
        ("{they} {is/are} well.", "They are well.", "She is well."),
        (
            "When {they} {has/have} time, {they} {calls/call}.",
            "When they have time, they call.",
            "When she has time, she calls.",
        ),
        ("{partner} {is/are} well.", "Your ex is well.", "Your ex is well."),
        (
            "{partner} {knows/know} what {they} {wants/want}.",
            "Your ex knows what they want.",
            "Your ex knows what she wants.",
        ),
        ("{they} {doesn't/don't} write.", "They don't write.", "She doesn't write."),
        ("{they} {doesn’t/don’t} write.", "They don’t write.", "She doesn’t write."),
        ("Nothing to fill.", "Nothing to fill.", "Nothing to fill."),
        ("{them}", "Them", "Her"),
        ("", "", ""),
    ],
)
def test_forms(text: str, they: str, she: str) -> None:
    """Placeholders become words of the form, and verbs agree with the placeholder before them."""
    assert fill(text, "they") == they
    assert fill(text, "she") == she


@pytest.mark.parametrize("pronoun", [None, "he", "", "They"])
def test_default_form(pronoun: str | None) -> None:
    """Without an answer, or with one that is not a form, the default form is used."""
    assert fill("for {them}", pronoun) == "for them"


def test_verb_before_any_placeholder() -> None:
    """A verb pair before any placeholder agrees with the form."""
    assert fill("{Is/Are} {they} well?", "they") == "Are they well?"
    assert fill("{Is/Are} {they} well?", "she") == "Is she well?"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Kim", "Kim is here. Kim calls."),
        ("  Kim ", "Kim is here. Kim calls."),
        ("kim", "kim is here. kim calls."),
        ("{they}", "{they} is here. {they} calls."),
        ("", "Your ex is here. Your ex calls."),
        ("  ", "Your ex is here. Your ex calls."),
        (None, "Your ex is here. Your ex calls."),
    ],
)
def test_name(name: str | None, text: str) -> None:
    """A name keeps its capitals, takes the singular verb, and is not parsed for placeholders."""
    assert fill("{partner} {is/are} here. {partner} {calls/call}.", "they", name) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{they} and {they}", "They and they"),
        ("Yes. {they}", "Yes. They"),
        ("Yes! {they}? {they}", "Yes! They? They"),
        ("Wait … {they}", "Wait … They"),
        ("“{they}”", "“They”"),
        ("('{they}')", "('They')"),
        ("He said: {they}", "He said: they"),
        ("(as {they})", "(as they)"),
        ("Really.” {they}", "Really.” They"),
        ("one\n{they}", "one\nThey"),
        ("one\n\n  {they}", "one\n\n  They"),
        ("3.5 {them}", "3.5 them"),
        ("www.{them}", "www.them"),
        ("a, {them}", "a, them"),
    ],
)
def test_capitals(text: str, expected: str) -> None:
    """Only words at the start of a sentence are capitalised."""
    assert fill(text) == expected


def test_answer() -> None:
    """``{answer}`` is replaced by the words of an answer, which are not parsed for placeholders."""
    assert PlaceholderFiller().fill("you chose {answer}", "often") == "you chose often"
    assert placeholder_filler(VOICE, {}).fill("{they}: {answer}", "{them}") == "They: {them}"


@pytest.mark.parametrize(
    ("text", "clause", "expected"),
    [
        ("{said:talk}, and {they} {knows/know} it.", "you talk", "You talk, and they know it."),
        ("As you see it, {said:talk}.", "you talk", "As you see it, you talk."),
        ("So it is. {said:talk}.", "éclair first", "So it is. Éclair first."),
        ("{said:talk}.", "{them} {is/are}", "{them} {is/are}."),
        ("{partner}, so {said:talk}: {they} {is/are} here.", "you talk", "Your ex, so you talk: they are here."),
    ],
)
def test_clauses(text: str, clause: str, expected: str) -> None:
    """``{said:item}`` is replaced by the clause, which is only capitalised at the start of a sentence."""
    assert placeholder_filler(VOICE, {}).fill(text, clauses={"talk": clause}) == expected
    assert PlaceholderFiller().fill("{said:talk}", clauses={"talk": "you talk"}) == "You talk"


def test_a_missing_clause() -> None:
    """A clause that is not given raises an error."""
    with pytest.raises(KeyError):
        PlaceholderFiller().fill("{said:talk}", clauses={"other": "you talk"})


def test_clause_items() -> None:
    """``clause_items`` gives the items of a text's clauses, in the order of the text."""
    assert clause_items("{said:b} {they} {is/are} {said:a}, {said:b}") == ("b", "a", "b")
    assert clause_items("{sad:b} {said}") == ()


def test_known_placeholders() -> None:
    """A voice has the placeholders of its forms and of the name; without a voice there are none."""
    assert known_placeholders(VOICE) == ("they", "them", "their", "partner")
    assert known_placeholders(None) == ()
    assert placeholder_filler(None, {"pronoun": "she"}).fill("Ring them.") == "Ring them."


def test_voice_of_a_pack(small: Pack) -> None:
    """The voice of a pack reads the pack's items."""
    assert (
        placeholder_filler(small.content.voice, {"pronoun": "she", "name": "Kim"}).fill("{partner}: {them}")
        == "Kim: her"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{they} {is/are} {them}", ["they", "them"]),
        ("{said:talk}, {they}", ["said:talk", "they"]),
        ("{}", [""]),
        ("{ they }", [" they "]),
        ("{a/b/c}", ["a/b/c"]),
        ("{/b}", ["/b"]),
        ("{a/}", ["a/"]),
        ("{1/2}", ["1/2"]),
        ("{they", ["{"]),
        ("they}", ["}"]),
        ("{{they}}", ["they", "{"]),
        ("{the{y}}", ["y", "{"]),
        ("{they\n}", ["they\n"]),
        ("no braces", []),
    ],
)
def test_placeholders(text: str, expected: list[str]) -> None:
    """Everything in braces except a verb pair is a placeholder, and so is a lone brace."""
    assert list(placeholders(text)) == expected


@settings(max_examples=examples(50), deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["{they}", "{them}", "{their}", "{partner}", "{is/are}", "{has/have}", ". ", " ", "\n", "“"]
            ),
            st.text(st.characters(codec="utf-8", exclude_characters="{}"), max_size=5),
        ),
        max_size=8,
    ).map("".join),
    st.sampled_from([None, "they", "she"]),
    st.sampled_from([None, "Kim", "é"]),
)
def test_every_text_that_loads_can_be_filled(text: str, pronoun: str | None, name: str | None) -> None:
    """A text with known placeholders can be filled for any answers, and the rest of it does not change."""
    assert set(placeholders(text)) <= set(known_placeholders(VOICE))
    filled = fill(text, pronoun, name)
    assert "{" not in filled
    pattern = "".join(
        ".+?" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^{}]*\})", text) if part
    )
    assert re.fullmatch(pattern, filled, re.DOTALL)


def test_inside_a_sentence() -> None:
    """A text inside a sentence is not capitalised at its start, but at the start of its later sentences."""
    filler = PlaceholderFiller(words={"they": "he"}, name_placeholder="name", name="your ex")
    assert filler.fill("{they} came. {they} left.") == "He came. He left."
    assert filler.fill("{they} came. {they} left.", inside=True) == "he came. He left."
    assert filler.fill("{name} came", inside=True) == "your ex came"
