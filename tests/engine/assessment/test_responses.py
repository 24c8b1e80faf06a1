"""Validation of answers: what comes in, what is left out, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.responses import (
    ResponseSet,
    validate_answers,
    visibility_dependencies,
)
from engine.content.pack import Pack
from engine.errors import Location, ResponseError
from tests.checks.examples import examples
from tests.factories.small_pack import ScoredForm

Make = Callable[..., ScoredForm]
AS_OF: Final = date(2026, 11, 23)

EVERY: Final = """
- id: one
  type: single
  text: item 1
  options: [{id: a, text: A}, {id: no, text: B}, {id: "1", text: C}]
- id: some
  type: multiple
  text: item 2
  options: [{id: a, text: A}, {id: b, text: B}, {id: c, text: C}, {id: none, text: N, exclusive: true}]
- {id: rated, type: rating, text: item 3, anchors: [a, b, c], first: 1}
- {id: sure, type: yes_no, text: item 4}
- {id: count, type: number, text: item 5, lowest: 0, highest: 10}
- {id: size, type: number, text: item 6, lowest: -1.5, highest: 1.5, whole: false}
- {id: day, type: date, text: item 7, earliest: 2000-01-01, latest: 2030-12-31}
- {id: anyday, type: date, text: item 8}
- {id: name, type: text, text: item 9, longest: 10}
"""


def codes(questionnaire: ScoredForm, raw: dict[str, Any], *, complete: bool = True) -> list[tuple[str, str]]:
    """What is refused: the questions with the codes."""
    with pytest.raises(ResponseError) as caught:
        questionnaire.validate(raw, complete=complete)
    return [(str(refusal.where), refusal.code) for refusal in caught.value.problems]


ACCEPTED: Final = [
    ("one", "a", "a"),
    ("one", "no", "no"),
    ("one", "1", "1"),
    ("some", ["a"], ("a",)),
    ("some", ["c", "a"], ("a", "c")),
    ("some", ("b", "a"), ("a", "b")),
    ("some", ["none"], ("none",)),
    ("rated", 1, 1),
    ("rated", 3, 3),
    ("rated", 3.0, 3),
    ("count", 5.0, 5),
    ("sure", True, True),
    ("sure", False, False),
    ("count", 0, 0),
    ("count", 10, 10),
    ("size", -1.5, -1.5),
    ("size", 1, 1),
    ("size", 1.0, 1),
    ("size", -0.0, 0),
    ("day", "2000-01-01", "2000-01-01"),
    ("day", "2028-02-29", "2028-02-29"),
    ("anyday", "1916-01-01", "1916-01-01"),
    ("day", "2026-1-1", "2026-01-01"),
    ("day", "20260101", "2026-01-01"),
    ("day", " ２０２６-01-01", "2026-01-01"),
    ("count", "5", 5),
    ("size", "1", 1),
    ("name", "Kim", "Kim"),
    ("name", " Kim ", "Kim"),
    ("name", "李 O’Neil-Ä", "李 O’Neil-Ä"),
    ("name", "x" * 10, "x" * 10),
    ("name", "{they}", "{they}"),
    ("name", "<b>&", "<b>&"),
]


def each(item: str, code: str, *values: object) -> list[tuple[str, object, str]]:
    """The same code for several answers."""
    return [(item, value, code) for value in values]


REFUSED: Final = [
    *each("one", "HW503", 1, True, 1.5, ["a"], {}, {"a": 1}, [], ()),
    *each("one", "HW502", "b", "", "A", " a", "a ", "no\n", "\ud800", "a" * 10_000),
    *each("some", "HW503", "a", 1, True, {}, {"a": True}, [1], ["a", None], [["a"]], [True]),
    *each("some", "HW502", ["z"], ["a", "z"], [""]),
    *each("some", "HW508", ["a", "a"], ["none", "none"]),
    *each("some", "HW505", ["none", "a"], ["a", "none"]),
    *each("rated", "HW503", True, False, "1", 1.5, [1], {}, float("nan"), float("inf")),
    *each("rated", "HW504", 0, 4, -1, 10**400, -(10**400)),
    *each("sure", "HW503", 0, 1, "true", "yes", "", [], {}, [True]),
    *each("count", "HW503", True, "five", "", 0.5, [5], {}, float("nan"), float("-inf")),
    *each("count", "HW504", -1, 11, 10**5000),
    *each("size", "HW503", True, "one", "", [], {}, float("nan")),
    *each("size", "HW504", 1.6, -2, 10**5000, float("inf"), float("-inf"), 1e308),
    *each("day", "HW503", 20260101, 5.0, True, [], {}, "", "today", "2026-02-30"),
    *each("day", "HW503", "2026-01-01T00:00", "2026-W01-1"),
    *each("day", "HW504", "1999-12-31", "2031-01-01", "9999-12-31"),
    *each("day", "HW509", "3/4/2026", "3.4.26"),
    *each("anyday", "HW504", "0001-01-01", "0026-04-03", "9999-12-31"),
    *each(
        "name",
        "HW503",
        1,
        True,
        [],
        {},
        ["Kim"],
        "a\nb",
        "a\tb",
        "a\x00",
        "a\x7f",
        "a\x85b",
        "a\u2028b",
        "a\u2029b",
        "a\ud800",
        "a\u202e",
        "a\u2066",
    ),
    *each("name", "HW507", "x" * 11),
]


@pytest.mark.parametrize(("item", "raw", "expected"), ACCEPTED)
def test_accepted(sheet: Make, item: str, raw: object, expected: object) -> None:
    """Each type of item keeps an answer in one form."""
    accepted = sheet(EVERY).validate({item: raw}).answers
    assert accepted == {item: expected}
    assert type(accepted[item]) is type(expected)
    json.dumps(accepted, allow_nan=False)


@pytest.mark.parametrize(("item", "raw", "code"), REFUSED, ids=range(len(REFUSED)))
def test_refused(sheet: Make, item: str, raw: object, code: str) -> None:
    """What is not offered, of the wrong type or out of bounds is refused at its question."""
    assert codes(sheet(EVERY), {item: raw}) == [(item, code)]


def test_all_problems_together(sheet: Make) -> None:
    """Every answer that cannot be accepted is named in one go, unknown questions too."""
    refused = codes(sheet(EVERY), {"one": 1, "nme": "Kim", "some": ["a", "a", "none", "z"], "count": 99})
    assert refused == [
        ("nme", "HW501"),
        ("one", "HW503"),
        ("some", "HW502"),
        ("some", "HW508"),
        ("some", "HW505"),
        ("count", "HW504"),
    ]


@pytest.mark.parametrize(
    ("raw", "meant"), [({"nme": "Kim"}, "name"), ({"one": "nno"}, "no"), ({"some": ["nonee"]}, "none")]
)
def test_near_miss_is_named(sheet: Make, raw: dict[str, Any], meant: str) -> None:
    """A question or option that does not exist comes with the one that was probably meant."""
    with pytest.raises(ResponseError) as caught:
        sheet(EVERY).validate(raw)
    assert f"“{meant}”" in caught.value.problems[0].broken


def test_places_of_answers(sheet: Make) -> None:
    """Answers from a file are refused at their place in it."""
    questionnaire = sheet(EVERY)
    location = Location("answers.yaml", 7, 3)
    with pytest.raises(ResponseError) as caught:
        validate_answers(
            questionnaire.pack, questionnaire.form, {"one": 1, "sure": 2}, AS_OF, locations={"one": location}
        )
    assert [refusal.where for refusal in caught.value.problems] == [location, "sure"]


@pytest.mark.parametrize("raw", [{}, {"some": []}, {"some": ()}, {"name": ""}, {"name": "  "}])
def test_unanswered(sheet: Make, raw: dict[str, Any]) -> None:
    """Absent, an empty choice and an empty text are unanswered."""
    assert sheet(EVERY).validate(raw).answers == {}


@pytest.mark.parametrize("item", ["one", "some", "rated", "sure", "count", "size", "day", "name"])
def test_rather_not_say(sheet: Make, item: str) -> None:
    """Null is kept for every type of item: it is an answer without a value."""
    assert sheet(EVERY).validate({item: None}).answers == {item: None}


def test_required(sheet: Make) -> None:
    """A required item wants an answer; null is one, an empty choice is none; drafts may wait."""
    questionnaire = sheet(
        """
        - {id: i1, type: multiple, text: item 1, required: true, options: [{id: a, text: A}]}
        - {id: i2, type: text, text: item 2, required: true}
        """
    )
    assert codes(questionnaire, {}) == [("i1", "HW506"), ("i2", "HW506")]
    assert codes(questionnaire, {"i1": [], "i2": " "}) == [("i1", "HW506"), ("i2", "HW506")]
    assert questionnaire.validate({"i1": None, "i2": None}).answers == {"i1": None, "i2": None}
    assert questionnaire.validate({}, complete=False).answers == {}
    assert codes(questionnaire, {"i1": 5}, complete=False) == [("i1", "HW503")]
    assert codes(questionnaire, {"i1": 5, "i2": "x"}) == [("i1", "HW503")]


def test_order_of_asking(sheet: Make) -> None:
    """Answers come out in the order of asking, however they came in."""
    questionnaire = sheet(EVERY)
    assert list(questionnaire.validate({"name": "x", "sure": True, "one": "a"}).answers) == ["one", "sure", "name"]


CHAIN: Final = """
- {id: i1, type: yes_no, text: item 1}
- {id: i2, type: rating, text: item 2, anchors: [a, b, c], show_when: {item: i1, is: true}}
- {id: i3, type: yes_no, text: item 3, required: true, show_when: {item: i2, at_least: 1}}
- {id: i4, type: yes_no, text: item 4, show_when: {not: {item: i3, is: false}}}
"""


class TestVisibility:
    """Items that are asked only if earlier answers say so."""

    def test_chain(self, sheet: Make) -> None:
        """Hiding one item hides what depends on it, all the way down."""
        questionnaire = sheet(CHAIN)
        raw = {"i1": True, "i2": 2, "i3": True, "i4": False}
        assert questionnaire.validate(raw) == ResponseSet("sheet", raw, ("i1", "i2", "i3", "i4"))
        assert questionnaire.validate(raw | {"i1": False}) == ResponseSet(
            "sheet", {"i1": False}, ("i1",), ("i2", "i3", "i4")
        )
        assert questionnaire.validate(raw | {"i2": 0}) == ResponseSet(
            "sheet", {"i1": True, "i2": 0}, ("i1", "i2"), ("i3", "i4")
        )

    @pytest.mark.parametrize("raw", [{}, {"i1": None}])
    def test_unknown_hides(self, sheet: Make, raw: dict[str, Any]) -> None:
        """What depends on an unknown answer is not asked, `not` does not turn unknown into true."""
        assert sheet(CHAIN).validate(raw).visible == ("i1",)
        questionnaire = sheet(
            "- {id: i1, type: yes_no, text: item 1}\n- {id: i2, type: yes_no, text: item 2, show_when: {not: {item: i1, is: true}}}"
        )
        assert questionnaire.validate(raw).visible == ("i1",)
        assert questionnaire.validate({"i1": False}).visible == ("i1", "i2")

    def test_unanswered_can_be_asked_for(self, sheet: Make) -> None:
        """`answered: false` shows an item where another was left out."""
        questionnaire = sheet(
            "- {id: i1, type: yes_no, text: item 1}\n- {id: i2, type: yes_no, text: item 2, show_when: {item: i1, answered: false}}"
        )
        assert questionnaire.validate({}).visible == ("i1", "i2")
        assert questionnaire.validate({"i1": None}).visible == ("i1", "i2")
        assert questionnaire.validate({"i1": True, "i2": True}).dropped == ("i2",)

    def test_required_only_where_asked(self, sheet: Make) -> None:
        """A required item that is hidden wants no answer."""
        questionnaire = sheet(CHAIN)
        assert questionnaire.validate({"i1": True, "i2": 0}).answers == {"i1": True, "i2": 0}
        assert codes(questionnaire, {"i1": True, "i2": 1}) == [("i3", "HW506")]

    def test_hidden_null_and_blank_are_not_reported(self, sheet: Make) -> None:
        """Only answers that say something are reported as dropped."""
        assert sheet(CHAIN).validate({"i1": False, "i2": None}).dropped == ()

    def test_by_scale(self, sheet: Make) -> None:
        """An item can depend on a scale of earlier items, its bands and its being unknown."""
        questionnaire = sheet(
            """
            - {id: i1, type: rating, text: item 1, anchors: [a, b, c]}
            - {id: i2, type: rating, text: item 2, anchors: [a, b, c]}
            - {id: i3, type: yes_no, text: item 3, show_when: {scale: s, at_least: 3}}
            - {id: i4, type: yes_no, text: item 4, show_when: {scale: s, is: low}}
            - {id: i5, type: yes_no, text: item 5, show_when: {scale: s, answered: false}}
            """,
            "- {id: s, title: S, items: [i1, i2], method: sum, bands: [{id: low, title: L, from: 0}, {id: high, title: H, from: 2}]}",
        )
        assert questionnaire.validate({"i1": 2, "i2": 1}).visible == ("i1", "i2", "i3")
        assert questionnaire.validate({"i1": 1, "i2": 0}).visible == ("i1", "i2", "i4")
        assert questionnaire.validate({"i1": 1}).visible == ("i1", "i2", "i5")

    def test_by_hold(self, sheet: Make) -> None:
        """An item can depend on a step being held by gates whose items came earlier."""
        questionnaire = sheet(
            """
            - {id: i1, type: yes_no, text: item 1}
            - {id: i2, type: date, text: item 2}
            - {id: i3, type: yes_no, text: item 3, show_when: {step: call, is: held}}
            - {id: i4, type: yes_no, text: item 4, show_when: {step: call, is_not: held}}
            """,
            rules="""
            - id: first
              gate: true
              because: So.
              when: {item: i1, is: true}
              then: [hold: {step: call}]
            - id: second
              gate: true
              because: So.
              when: {item: i2, at_most: 30}
              then: [hold: {tag: contact}]
            """,
            steps="""
            dialect: 1
            pack: bare
            title: Bare
            kinds: [{id: open, title: Open, default: true}]
            steps: [{id: call, title: Call, tags: [contact]}]
            """,
        )
        assert questionnaire.validate({"i1": True}).visible == ("i1", "i2", "i3")
        assert questionnaire.validate({"i1": False}).visible == ("i1", "i2", "i4")
        assert questionnaire.validate({"i2": "2026-11-01"}, as_of=AS_OF).visible == ("i1", "i2", "i3")
        assert questionnaire.validate({"i2": "2026-10-01"}, as_of=AS_OF).visible == ("i1", "i2", "i4")
        assert visibility_dependencies(questionnaire.pack, questionnaire.form, "i3") == {"i1", "i2"}
        assert visibility_dependencies(questionnaire.pack, questionnaire.form, "i1") == set()
        assert len(questionnaire.pack.gates_holding("call")) == 2


@pytest.mark.parametrize(("item", "value", "expected"), ACCEPTED)
def test_one_answer_by_itself(sheet: Make, item: str, value: Any, expected: Any) -> None:
    """One answer is read as it is among others, without asking whether its item comes up."""
    questionnaire = sheet(EVERY)
    answer, faults = questionnaire.form.items[questionnaire.form.position[item]].validate_on(value, item, AS_OF)
    assert (answer, faults) == (expected, [])


JSON: Final = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([10**400, -(10**400), 0, 1, 2]),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["a", "b", "no", "none", "they", "often", "2026-01-01", "\ud800", "one", "two", "e\u0301"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=examples(80), deadline=None)
@given(data=st.data(), complete=st.booleans())
def test_nothing_else_is_raised(small: Pack, data: st.DataObject, complete: bool) -> None:
    """Whatever is sent: it is accepted in its one form, or refused with problems that can be shown."""
    form = small.forms["main"]
    ids = st.one_of(st.sampled_from([item.id for item in form.items]), st.text(max_size=5))
    raw = data.draw(st.dictionaries(ids, JSON, max_size=6))
    try:
        accepted = validate_answers(small, form, raw, AS_OF, complete=complete)
    except ResponseError as error:
        messages = [str(refusal) for refusal in error.problems]
        assert any(messages)
        return
    accepted_again = validate_answers(small, form, accepted.answers, AS_OF, complete=complete)
    assert (accepted_again.answers, accepted_again.visible, accepted_again.dropped) == (
        accepted.answers,
        accepted.visible,
        (),
    )
    json.dumps(accepted.answers, allow_nan=False)


@settings(max_examples=examples(40), deadline=None)
@given(order=st.permutations(["signs", "calm", "talk", "rest"]), chosen=st.permutations(["one", "two"]))
def test_same_answers_are_equal(small: Pack, order: list[str], chosen: list[str]) -> None:
    """The same answers in another order are the same answers."""
    raw = {"signs": chosen, "calm": 1, "talk": "some", "rest": 2}
    form = small.forms["main"]
    accepted = validate_answers(small, form, {name: raw[name] for name in order}, AS_OF)
    assert accepted == validate_answers(small, form, raw, AS_OF)
    assert list(accepted.answers.items()) == list(validate_answers(small, form, raw, AS_OF).answers.items())
    assert accepted.answers["signs"] == ("one", "two")
