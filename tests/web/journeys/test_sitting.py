"""One sitting: pages come in from anywhere in any order, nothing is lost, and what was finished stays beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.sample_journey import CONTENT, DAY, SECRET, SITTING, SITTING_ID
from web.crypto.encrypted_body import BodyAddress, UnreadableError, decrypt_body, encrypt_body
from web.journeys import sitting as sittings
from web.journeys.sitting import (
    Sitting,
    SubmittedPage,
    Version,
    apply_page,
    empty_sitting,
    finish,
    from_body,
    mark_seen,
    merge,
    to_body,
)

LATER: Final = DAY + timedelta(days=40)

names = st.sampled_from(["a", "b", "c", "d", "e", "ä"])
values = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.lists(st.text(min_size=1, max_size=3), max_size=3).map(tuple)
)
answers = st.dictionaries(names, values, max_size=6)
filled = st.dictionaries(names, values.filter(lambda value: value not in ("", ())), max_size=6)
several = st.frozensets(names)
days = st.dates(date(2020, 1, 1), date(2100, 1, 1))
versions = st.lists(st.builds(Version, days, answers), max_size=3).map(tuple)
whole = st.builds(
    Sitting,
    id=st.just(SITTING_ID),
    revision=st.integers(1, 10**9),
    number=st.integers(1, 1000),
    questionnaire=st.text(min_size=1, max_size=10),
    content_digest=st.just(CONTENT.digest),
    created_day=days,
    taken_on=st.none() | days,
    state=st.sampled_from(["draft", "continued", "finished"]),
    answers=answers,
    asked=several,
    seen=several,
    page_revisions=st.dictionaries(names, st.integers(1, 100), max_size=4),
    typed=st.dictionaries(
        names, st.dictionaries(names, st.lists(st.text(max_size=5), max_size=3).map(tuple), max_size=3), max_size=3
    ),
    versions=versions,
)


def blank_sitting() -> Sitting:
    """A sitting that was kept once and has nothing in it."""
    return replace(
        empty_sitting(id=SITTING_ID, number=1, questionnaire="breakup", content=CONTENT.digest, day=DAY), revision=1
    )


def after_page(sitting: Sitting, submitted: dict[str, Any], *, name: str = "one", base: int | None = None) -> Sitting:
    """The sitting after a page with the items a, b and c was sent and kept."""
    page = SubmittedPage(name, ("a", "b", "c"), submitted, sitting.revision if base is None else base)
    after, _ = apply_page(sitting, page)
    return after if after == sitting else replace(after, revision=sitting.revision + 1)


def finished(sitting: Sitting, day: date = DAY) -> Sitting:
    """The sitting after it was finished with all its answers and kept."""
    return replace(finish(sitting, sitting.answers, day), revision=sitting.revision + 1)


# Bodies


@given(whole)
def test_sittings_come_back(sitting: Sitting) -> None:
    """Whatever a sitting says comes back from its encrypted body."""
    address = BodyAddress("sitting", SITTING_ID.encode(), sitting.revision)
    body = decrypt_body(SECRET.key, address, encrypt_body(SECRET.key, address, to_body(sitting)))
    assert from_body(SITTING_ID, sitting.revision, body) == sitting


@pytest.mark.parametrize("key", list(to_body(SITTING)))
def test_a_body_is_whole(key: str) -> None:
    """A body in which anything is missing, or is of another kind, is none."""
    body = to_body(SITTING)
    if key != "taken_on":
        incomplete = {name: value for name, value in body.items() if name != key}
        with pytest.raises(UnreadableError):
            from_body(SITTING_ID, 7, incomplete)
    if key not in {"number", "questionnaire", "content", "state"}:
        with pytest.raises(UnreadableError):
            from_body(SITTING_ID, 7, {**body, key: 5})


def test_answers_do_not_show_themselves() -> None:
    """Neither a sitting nor a page has answers in its text."""
    texts = repr(SITTING) + repr(SubmittedPage("one", ("a",), {"a": "Żaneta"}, 1))
    assert "Żaneta" not in texts
    assert "she" not in texts
    assert "children" not in texts


# The laws of merging


@given(answers, answers, several)
def test_a_fresh_page_says_how_it_is(current: dict[str, Any], submitted: dict[str, Any], asked: frozenset[str]) -> None:
    """Of its items a fresh page holds, blanks too; of all others nothing changes; there is nothing to list."""
    result = merge(current, submitted, asked, stale=False)
    expected = {name: value for name, value in submitted.items() if name in asked and value not in ("", ())}
    assert {name: result.answers[name] for name in result.answers if name in asked} == expected
    assert {name: result.answers[name] for name in result.answers if name not in asked} == {
        name: value for name, value in current.items() if name not in asked
    }
    assert result.replaced == ()


@given(filled, answers, several)
def test_a_stale_blank_clears_nothing(
    current: dict[str, Any], submitted: dict[str, Any], asked: frozenset[str]
) -> None:
    """After a stale page everything that was answered is answered, and what it left blank is as it was."""
    result = merge(current, submitted, asked, stale=True)
    assert result.answers.keys() >= current.keys()
    for name in current.keys() - submitted.keys():
        assert result.answers[name] == current[name]


@given(answers, filled, several)
def test_what_a_stale_page_says_wins(current: dict[str, Any], submitted: dict[str, Any], asked: frozenset[str]) -> None:
    """What is filled in on a stale page holds, and is listed where it took the place of another answer."""
    result = merge(current, submitted, asked, stale=True)
    filled_items = asked & submitted.keys()
    assert all(result.answers[name] == submitted[name] for name in filled_items)
    assert set(result.replaced) == {
        name
        for name in filled_items & current.keys()
        if (current[name], isinstance(current[name], bool)) != (submitted[name], isinstance(submitted[name], bool))
    }
    assert list(result.replaced) == sorted(result.replaced)


@given(answers, answers, several, st.booleans())
def test_the_same_page_twice_is_once(
    current: dict[str, Any], submitted: dict[str, Any], asked: frozenset[str], stale: bool
) -> None:
    """Sending a page again, by then stale, changes nothing more and lists nothing."""
    once = merge(current, submitted, asked, stale=stale)
    twice = merge(once.answers, submitted, asked, stale=True)
    assert twice.answers == once.answers
    assert twice.replaced == ()


@given(answers, filled, filled, several, several)
def test_pages_apart_do_not_meet(
    current: dict[str, Any],
    first: dict[str, Any],
    second: dict[str, Any],
    first_items: frozenset[str],
    candidates: frozenset[str],
) -> None:
    """Two pages that share no item give the same answers in whichever order they come."""
    second_items = candidates - first_items
    first_then_second = merge(
        merge(current, first, first_items, stale=False).answers, second, second_items, stale=True
    ).answers
    second_then_first = merge(
        merge(current, second, second_items, stale=True).answers, first, first_items, stale=False
    ).answers
    assert first_then_second == second_then_first


@given(answers, answers, several, st.booleans())
def test_only_what_was_asked_comes_in(
    current: dict[str, Any], submitted: dict[str, Any], asked: frozenset[str], stale: bool
) -> None:
    """An item that its page did not ask is not touched, whatever was sent for it."""
    result = merge(current, submitted, asked, stale=stale)
    assert {n: v for n, v in result.answers.items() if n not in asked} == {
        n: v for n, v in current.items() if n not in asked
    }


def test_rather_not_say_is_an_answer() -> None:
    """Null fills an item, on a fresh page and on a stale one; empty text and no choice fill nothing."""
    assert merge({"a": 1}, {"a": None}, ["a"], stale=True).answers == {"a": None}
    assert merge({"a": 1}, {"a": ""}, ["a"], stale=False).answers == {}
    assert merge({"a": 1}, {"a": []}, ["a"], stale=False).answers == {}
    assert merge({"a": ("x",)}, {"a": ["x"]}, ["a"], stale=True).replaced == ()
    assert merge({"a": True}, {"a": 1}, ["a"], stale=True).replaced == ("a",)


# Pages


def test_a_page_is_taken_in() -> None:
    """A page brings its answers, and notes what was asked and at which revision it came."""
    after, merged = apply_page(blank_sitting(), SubmittedPage("one", ("a", "b", "c"), {"a": 2, "b": ["x"]}, 1))
    assert after.answers == {"a": 2, "b": ("x",)}
    assert after.asked == {"a", "b", "c"}
    assert after.page_revisions == {"one": 2}
    assert merged.replaced == ()


def test_a_double_click_is_one_click() -> None:
    """The same page sent twice from the same revision is one change."""
    once = after_page(blank_sitting(), {"a": 2})
    assert after_page(once, {"a": 2}, base=1) is once


def test_an_empty_page_is_an_answered_page() -> None:
    """A page on which all was left open was sent, and its items were asked."""
    after = after_page(blank_sitting(), {})
    assert (after.answers, after.page_revisions) == ({}, {"one": 2})
    assert after.asked == {"a", "b", "c"}
    assert after_page(after, {}) is after


def test_another_page_does_not_make_a_page_stale() -> None:
    """After another page was sent a blank on this one still clears: only the same page, sent meanwhile, makes it stale."""
    before = after_page(blank_sitting(), {"a": 1, "b": 2})
    after = after_page(before, {}, name="two", base=before.revision)
    page = SubmittedPage("one", ("a", "b"), {"a": 1}, before.revision)
    latest, _ = apply_page(after, page)
    assert latest.answers == {"a": 1}


def test_two_tabs_on_one_page() -> None:
    """The later of two tabs wins where it is filled, and says so; its blanks clear nothing."""
    first = after_page(blank_sitting(), {"a": 1, "b": 2})
    after, merged = apply_page(first, SubmittedPage("one", ("a", "b", "c"), {"a": 3, "c": 4}, 1))
    assert after.answers == {"a": 3, "b": 2, "c": 4}
    assert merged.replaced == ("a",)


def test_a_seen_page_is_noted_once() -> None:
    """A page without answers is noted when it is seen first."""
    once = mark_seen(blank_sitting(), "before_safety")
    assert once.seen == {"before_safety"}
    assert mark_seen(once, "before_safety") is once


@given(st.lists(st.tuples(filled, st.integers(0, 3)), max_size=8))
def test_no_answer_is_ever_lost_to_a_stale_page(pages: list[tuple[dict[str, Any], int]]) -> None:
    """However many pages come in late, an item that was answered once stays answered."""
    sitting = after_page(blank_sitting(), {"a": 0})
    for submitted, base in pages:
        before = set(sitting.answers)
        sitting = after_page(sitting, submitted, base=min(base, sitting.page_revisions["one"] - 1))
        assert before <= set(sitting.answers)


# Finishing and going on


def test_finishing_keeps_what_applies() -> None:
    """A finished sitting has the answers that apply, and the day it was first finished."""
    draft = after_page(blank_sitting(), {"a": 1, "b": 2})
    assert (draft.finished, draft.as_of(LATER), draft.state) == (None, LATER, "draft")
    sitting = finish(draft, {"a": 1}, DAY)
    assert (sitting.state, sitting.answers, sitting.taken_on, sitting.as_of(LATER)) == ("finished", {"a": 1}, DAY, DAY)
    assert sitting.finished == Version(DAY, {"a": 1})
    assert sitting.versions == ()


def test_going_on_keeps_what_was_finished() -> None:
    """An answer given later continues the same number, content and day; the finished answers stay until the next ones."""
    first = finished(after_page(blank_sitting(), {"a": 1}))
    continued = after_page(first, {"a": 1, "b": 2})
    assert (continued.state, continued.taken_on, continued.as_of(LATER)) == ("continued", DAY, DAY)
    assert (continued.number, continued.content_digest, continued.created_day) == (
        first.number,
        first.content_digest,
        first.created_day,
    )
    assert continued.finished == Version(DAY, {"a": 1})
    assert after_page(continued, {"a": 4}).versions == continued.versions
    second = finished(continued, LATER)
    assert (second.state, second.taken_on) == ("finished", DAY)
    assert second.finished == Version(DAY, {"a": 1, "b": 2})
    assert second.versions == (Version(DAY, {"a": 1}),)


def test_looking_at_a_page_again_changes_nothing() -> None:
    """A page that is sent with the same answers leaves a finished sitting finished; a new page with blanks does so too."""
    first = finished(after_page(blank_sitting(), {"a": 1}))
    assert after_page(first, {"a": 1}) is first
    assert after_page(first, {"a": 1}, name="two").state == "finished"


def test_changing_back_makes_no_version() -> None:
    """If what is finished the second time is what was finished the first time, there is one version."""
    first = finished(after_page(blank_sitting(), {"a": 1}))
    back = after_page(after_page(first, {"a": 2}), {"a": 1})
    assert back.state == "continued"
    again = finished(back)
    assert (again.finished, again.versions) == (first.finished, ())
    assert finish(again, again.answers, LATER) == again


def test_finishing_with_other_answers_makes_a_version() -> None:
    """If a finished sitting is finished with other answers at once, the earlier ones are a version as well."""
    first = finished(after_page(blank_sitting(), {"a": 1}))
    second = finish(first, {"a": 2}, LATER)
    assert (second.state, second.versions) == ("finished", (Version(DAY, {"a": 1}),))


def test_versions_have_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many versions the newest stay."""
    monkeypatch.setattr(sittings, "MOST_VERSIONS", 3)
    sitting = finished(after_page(blank_sitting(), {"a": 0}))
    for number in range(1, 6):
        sitting = finished(after_page(sitting, {"a": number}))
    assert [version.answers["a"] for version in sitting.versions] == [2, 3, 4]


def test_long_versions_have_bounds() -> None:
    """Of longer answers fewer versions stay, and always the newest."""
    sitting = finished(after_page(blank_sitting(), {"a": "0" * 9000}))
    for number in range(1, 7):
        sitting = finished(after_page(sitting, {"a": str(number) * 9000}))
    assert [version.answers["a"][0] for version in sitting.versions] == ["3", "4", "5"]
    sitting = finished(after_page(sitting, {"a": "7" * 90_000}))
    sitting = finished(after_page(sitting, {"a": "8"}))
    assert [version.answers["a"][0] for version in sitting.versions] == ["7"]


@given(st.lists(st.tuples(filled, st.booleans()), max_size=10))
def test_what_is_finished_is_never_lost(steps: list[tuple[dict[str, Any], bool]]) -> None:
    """Whatever is answered and finished in whatever order, everything finished is a version or the newest answers."""
    sitting, finished_answers = blank_sitting(), []
    for submitted, ends in steps:
        sitting = after_page(sitting, submitted)
        if ends:
            sitting = finished(sitting)
            finished_answers.append(sitting.answers)
    stored_answers = [version.answers for version in sitting.versions] + (
        [sitting.answers] if sitting.state == "finished" else []
    )
    for answers in finished_answers:
        assert answers in stored_answers
    assert (sitting.finished is None) == (not finished_answers)
    assert (sitting.state == "draft") == (not finished_answers)
