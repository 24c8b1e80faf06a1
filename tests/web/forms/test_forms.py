"""A questionnaire as pages: the walk through it, what stands on each page, and reading whatever was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.assessment.responses import validate_answers
from engine.content.items.base import Item, TypedInput
from engine.content.items.rating import Rating
from engine.content.pack import Form, Pack
from engine.loading.library import load_library
from tests.breakup.expected_gates import CALM
from tests.clients.terminal import GOLDEN
from web.forms.interstitial_page import interstitial_view
from web.forms.page_progress import PageProgress, page_progress
from web.forms.paging import page_of_item, pages_of
from web.forms.parsing import RATHER_NOT_SAY, read_page
from web.forms.question_page import question_page_view
from web.forms.review_page import PageLink, ReviewRow, ReviewView, review_view
from web.forms.route import Stop, Walk, drop_stale_marks, next_stop, previous_stop, stop_named
from web.journeys.sitting import (
    Sitting,
    SubmittedPage,
    apply_changes,
    apply_page,
    empty_sitting,
    finish,
    from_body,
    mark_seen,
    to_body,
)

DAY: Final = date(2026, 11, 26)
PACK: Final[Pack] = load_library().packs["breakup"]
FORM: Final[Form] = PACK.forms["breakup"]
CHECK_IN: Final[Form] = PACK.forms["check-in"]
PAGES: Final = {page.name: page for page in pages_of(FORM)}


def blank_sitting(form: Form = FORM) -> Sitting:
    """A sitting that was kept once and has nothing in it."""
    name = form.questionnaire.questionnaire
    return replace(empty_sitting(id="0" * 32, number=1, questionnaire=name, content="c", day=DAY), revision=1)


def with_answers(answers: Mapping[str, Any], **fields: Any) -> Sitting:
    """A sitting with these answers."""
    stored_answers = {name: tuple(value) if isinstance(value, list) else value for name, value in answers.items()}
    return replace(blank_sitting(), answers=stored_answers, **fields)


def after_page(sitting: Sitting, page: str, fields: Mapping[str, list[str]], form: Form = FORM) -> Sitting:
    """The sitting after a page was sent with all its items asked."""
    spec = next(page_spec for page_spec in pages_of(form) if page_spec.name == page)
    view = question_page_view(Walk(PACK, form, sitting, DAY), spec)
    visible = [item.id for item in view.items if item.visible]
    page_read = read_page(spec, form, {"asked": visible, **fields}, DAY)
    after, _ = apply_page(sitting, page_read.as_submitted_page(sitting.revision))
    after = drop_stale_marks(Walk(PACK, form, after, DAY))
    return after if after == sitting else replace(after, revision=sitting.revision + 1)


def names(stops: tuple[Stop, ...]) -> list[str]:
    return [stop.name for stop in stops]


def stops_of(sitting: Sitting | None = None) -> tuple[Stop, ...]:
    return Walk(PACK, FORM, sitting or blank_sitting(), DAY).stops


# Pages


def test_pages_are_even() -> None:
    """A page has at most five items, four that are no ratings; pages of one section differ by one at most."""
    for form in (FORM, CHECK_IN):
        for page in pages_of(form):
            siblings = [len(other.items) for other in pages_of(form) if other.section.id == page.section.id]
            assert max(siblings) <= 5
            assert sum(not isinstance(form.item(name), Rating) for name in page.items) <= 4
            assert max(siblings) - min(siblings) <= 1
            assert len(siblings) == 1 or min(siblings) >= 3
        assert [name for page in pages_of(form) for name in page.items] == [item.id for item in form.items]


def test_pages_have_their_places() -> None:
    """A section's first page is called like the section, the next ones are counted, and parts are what progress counts."""
    assert list(PAGES) == [
        "you_two",
        "you_two-2",
        "contact_now",
        "contact_now-2",
        "feeling_safe",
        "two_weeks",
        "dark_thoughts",
        "space",
        "between_you",
        "between_you-2",
        "between_you-3",
        "more_about_it",
        "your_side",
        "own_life",
        "if_you_talked",
    ]
    assert [page.part for page in pages_of(FORM)] == [1, 1, 2, 2, 3, 4, 4, 5, 6, 6, 6, 6, 7, 8, 9]
    assert page_of_item(FORM, "self_harm_thoughts").name == "dark_thoughts"


# The walk


def test_the_walk_at_first() -> None:
    """Before anything is known the walk has the announcement, the private link and the offer of a first plan."""
    stops = stops_of()
    assert names(stops) == [
        "you_two",
        "you_two-2",
        "keep",
        "contact_now",
        "contact_now-2",
        "before-feeling_safe",
        "feeling_safe",
        "two_weeks",
        "dark_thoughts",
        "space",
        "offer",
        "between_you",
        "between_you-2",
        "between_you-3",
        "your_side",
        "own_life",
    ]
    assert not any(stop.done for stop in stops)
    assert [stop.kind for stop in stops if stop.kind != "questions"] == ["keep", "before", "offer"]


def test_a_walk_after_a_change_is_the_walk_of_the_changed_sitting() -> None:
    """What is kept of a walk when its sitting changes is what another walk of that sitting works out."""
    walk = Walk(PACK, FORM, with_answers(CALM), DAY)
    assert walk.stops
    earlier = DAY - timedelta(90)
    changes: list[dict[str, Any]] = [{"revision": 9}, {"seen": frozenset({"keep"})}, {"answers": {}}]
    for change in (*changes, {"taken_on": earlier}):
        sitting = replace(walk.sitting, **change)
        changed, separate = walk.with_sitting(sitting), Walk(PACK, FORM, sitting, DAY)
        assert (changed.responses, changed.notices) == (separate.responses, separate.notices), change
        assert (changed.stops, changed.expected_items) == (separate.stops, separate.expected_items), change


def progress_at(name: str, sitting: Sitting) -> PageProgress:
    walk = Walk(PACK, FORM, sitting, DAY)
    stop = stop_named(walk.stops, name)
    assert stop is not None
    return page_progress(walk, stop)


def test_pages_are_counted_with_those_that_may_come_up() -> None:
    """While nothing is known all pages count; so do those that a sensitive answer takes away, as their lack would tell it."""
    first = progress_at("you_two", blank_sitting())
    assert (first.page, first.pages, first.minutes) == (1, 15, 10)
    calm = progress_at("if_you_talked", with_answers(CALM, asked=FORM.item_ids))
    assert (calm.page, calm.pages, calm.minutes) == (14, 14, 1)
    held = with_answers({**CALM, "their_stance": ["asked_stop"]}, asked=FORM.item_ids)
    assert (progress_at("own_life", held).page, progress_at("own_life", held).pages) == (13, 14)


@pytest.mark.parametrize(
    "item", ["limits", "own_reaching", "afraid", "what_they_did", "own_acts", "self_harm_thoughts"]
)
def test_no_sensitive_answer_changes_the_count(item: str) -> None:
    """Pages and minutes left are the same after any sensitive answer, and so is the look at all answers."""
    calm = with_answers(CALM, asked=FORM.item_ids)
    answered = with_answers({**CALM, item: SENSITIVE[item]}, asked=FORM.item_ids)
    for name in ("two_weeks", "space", "between_you", "own_life"):
        before, after = progress_at(name, calm), progress_at(name, answered)
        assert (after.page, after.pages, after.minutes) == (before.page, before.pages, before.minutes), name
    assert review_of({**CALM, item: SENSITIVE[item]}) == review_of(CALM)


def test_the_time_left_shrinks() -> None:
    """From page to page there is less to go; what was answered elsewhere does not count, and between pages neither."""
    walk = Walk(PACK, FORM, blank_sitting(), DAY)
    minutes = [page_progress(walk, stop).minutes for stop in walk.stops]
    assert minutes == sorted(minutes, reverse=True)
    assert (minutes[0], minutes[-1]) == (10, 1)
    later = {*PAGES["your_side"].items, *PAGES["own_life"].items}
    assert (
        progress_at("space", with_answers({}, asked=frozenset(later))).minutes
        < progress_at("space", with_answers({})).minutes
    )
    assert progress_at("offer", blank_sitting()).page == progress_at("space", blank_sitting()).page


def test_kind_lines_stand_where_parts_begin() -> None:
    """At the first page of every part but the first: past the middle once, at the last one, and else a part is done."""
    walk = Walk(PACK, FORM, with_answers(CALM), DAY)
    milestones = {stop.name: page_progress(walk, stop).milestone for stop in walk.stops}
    assert {name: milestone for name, milestone in milestones.items() if milestone} == {
        "contact_now": "part",
        "feeling_safe": "part",
        "two_weeks": "part",
        "space": "part",
        "between_you": "halfway",
        "your_side": "part",
        "own_life": "part",
        "if_you_talked": "last",
    }


def test_no_page_with_a_sensitive_item_is_saved_at_once() -> None:
    """The pages about limits, one's own reaching, safety and self-harm wait for their button; a finished sitting does too."""
    at_once = {name for name, spec in PAGES.items() if spec.is_saved_at_once(PACK)}
    assert set(PAGES) - at_once == {"contact_now", "contact_now-2", "feeling_safe", "dark_thoughts", "more_about_it"}
    for sitting, expected in ((with_answers(CALM), True), (finish(with_answers(CALM), CALM, DAY), False)):
        view = question_page_view(Walk(PACK, FORM, sitting, DAY), PAGES["you_two"])
        assert view.saved_at_once is expected


def test_next_is_the_first_that_waits() -> None:
    """From a place on the first stop that waits comes next, that place included; at the end none does."""
    stops = stops_of()
    assert next_stop(stops) == stops[0]
    assert next_stop(stops, "feeling_safe") == stop_named(stops, "feeling_safe")
    done = tuple(replace(stop, done=stop.name != "keep") for stop in stops)
    assert next_stop(done, "you_two") == stop_named(done, "keep")
    assert next_stop(done, "contact_now") is None
    assert next_stop(done, "no-such-place") == stop_named(done, "keep")
    assert previous_stop(stops, "contact_now") == stop_named(stops, "you_two-2")
    assert previous_stop(stops, "you_two") is None


def test_a_page_left_open_is_done() -> None:
    """A page that was sent empty waits no more, unless it needs an answer."""
    after = after_page(blank_sitting(), "two_weeks", {})
    assert stop_named(stops_of(after), "two_weeks") == replace(stop_named(stops_of(), "two_weeks"), done=True)  # type: ignore[type-var]
    after = after_page(blank_sitting(), "you_two-2", {})
    assert stop_named(stops_of(after), "you_two-2").done is False  # type: ignore[union-attr]


def test_a_whole_walk_ends() -> None:
    """Whoever leaves open what can be left open comes to the end after every stop was shown once."""
    sitting, visited = blank_sitting(), []
    while (stop := next_stop(stops_of(sitting))) is not None:
        visited.append(stop.name)
        if stop.page is None:
            sitting = mark_seen(sitting, stop.mark)
        else:
            items = [FORM.item(name) for name in stop.page.items]
            sitting = after_page(sitting, stop.name, {item.id: [RATHER_NOT_SAY] for item in items if item.required})
    assert visited == names(stops_of(sitting))
    assert len(set(visited)) == len(visited)


def test_what_comes_up_on_a_page_is_asked_on_it() -> None:
    """Without the script, an item that an answer on the same page brings up is asked by the same page once more."""
    after = after_page(blank_sitting(), "feeling_safe", {"own_acts": ["hurt"]})
    assert next_stop(stops_of(after), "feeling_safe").name == "feeling_safe"  # type: ignore[union-attr]
    assert [item.id for item in question_page_view(Walk(PACK, FORM, after, DAY), PAGES["feeling_safe"]).came_up] == [
        "own_acts_why"
    ]
    after = after_page(after, "feeling_safe", {"own_acts": ["hurt"], "own_acts_why": ["other"]})
    assert next_stop(stops_of(after), "feeling_safe").name == "two_weeks"  # type: ignore[union-attr]


def test_notices_come_right_after() -> None:
    """A notice stands after its section as soon as a gate raises it, at an address that does not say so."""
    after = after_page(blank_sitting(), "feeling_safe", {"afraid": ["often"]})
    stop = next_stop(stops_of(after), "feeling_safe")
    assert stop is not None
    assert (stop.name, stop.kind, stop.notices) == ("next-3", "notice", ("at_risk",))
    after = after_page(after, "dark_thoughts", {"self_harm_thoughts": ["ending_now"]})
    stop_after = stop_named(stops_of(after), "next-5")
    assert stop_after is not None
    assert stop_after.notices == ("self_harm",)


def test_a_notice_raised_again_is_shown_again() -> None:
    """A seen notice is done until it is raised again."""
    risk = after_page(blank_sitting(), "feeling_safe", {"afraid": ["often"]})
    seen = mark_seen(risk, stop_named(stops_of(risk), "next-3").mark)  # type: ignore[union-attr]
    assert next_stop(stops_of(seen), "feeling_safe").name == "two_weeks"  # type: ignore[union-attr]
    assert after_page(seen, "two_weeks", {"sleep": ["1"]}).seen == seen.seen
    calm = after_page(seen, "feeling_safe", {"afraid": ["never"]})
    assert stop_named(stops_of(calm), "next-3") is None
    again = after_page(calm, "feeling_safe", {"afraid": ["once"]})
    assert stop_named(stops_of(again), "next-3").done is False  # type: ignore[union-attr]


def test_the_link_and_the_offer_come_once() -> None:
    """The private link is offered in the first sitting, the first plan until there is one, and check-ins offer neither."""
    assert "keep" not in names(stops_of(replace(blank_sitting(), number=2)))
    finished = finish(with_answers(CALM), CALM, DAY)
    assert stop_named(stops_of(finished), "offer").done is True  # type: ignore[union-attr]
    check_in_stops = Walk(PACK, CHECK_IN, blank_sitting(CHECK_IN), DAY).stops
    assert names(check_in_stops) == ["two_weeks", "dark_thoughts", "space", "since"]


# Pages in words


def test_a_page_speaks_in_the_chosen_words() -> None:
    """Questions and options take the pronoun and the name that were given."""
    view = question_page_view(
        Walk(PACK, FORM, with_answers({"pronoun": "he", "partner_name": "Sam"}), DAY), PAGES["contact_now"]
    )
    assert view.items[1].options[0].text == "He asked me to stop all contact"
    assert (view.progress.page, view.previous, view.title) == (3, "you_two-2", "Contact now")
    assert (
        question_page_view(Walk(PACK, FORM, blank_sitting(), DAY), PAGES["feeling_safe"])
        .items[0]
        .text.startswith("In the last year, were you")
    )


def test_a_page_says_that_all_may_be_left_open() -> None:
    """Where nothing is needed, and only there; it does not matter whether "I'd rather not say" is offered."""
    optional = {
        name
        for name, spec in PAGES.items()
        if question_page_view(Walk(PACK, FORM, blank_sitting(), DAY), spec).optional
    }
    needed = {name for name, spec in PAGES.items() if any(FORM.item(item).required for item in spec.items)}
    assert needed == {"you_two", "you_two-2", "contact_now"}
    assert optional == set(PAGES) - needed


def test_a_page_shows_the_answers() -> None:
    """What was answered is chosen, a text stands in its field, and "I'd rather not say" is offered last and quietly."""
    sitting = with_answers({"pronoun": "he", "partner_name": "Sam", "wish": None})
    pronoun, name, wish, _ = question_page_view(Walk(PACK, FORM, sitting, DAY), PAGES["you_two"]).items
    assert [option.value for option in pronoun.options if option.checked] == ["he"]
    assert (name.value, name.options, name.input) == ("Sam", (), TypedInput("text", longest=40))
    assert [option.value for option in wish.options if option.checked] == [RATHER_NOT_SAY]
    assert (wish.options[-1].quiet, wish.options[-1].text) == (True, None)
    assert (pronoun.required, name.required) == (True, False)


def test_answers_stand_where_they_fit() -> None:
    """Ratings in one line, short answers in two columns, everything else in rows; a stem is heard with each item."""
    views = {
        item.id: item
        for spec in PAGES.values()
        for item in question_page_view(Walk(PACK, FORM, blank_sitting(), DAY), spec).items
    }
    assert {name for name, item in views.items() if item.layout == "line"} >= {
        "sleep",
        "checking",
        "own_name",
        "people",
    }
    assert all(item.type == "rating" for item in views.values() if item.layout == "line")
    assert {name for name, item in views.items() if item.layout == "two"} >= {
        "pronoun",
        "unanswered",
        "talks_arguments",
    }
    assert {views[name].layout for name in ("wish", "in_touch", "their_stance", "partner_name")} == {"rows"}
    assert views["sleep"].stem == "How often, in the last two weeks?"
    assert (views["worst_time"].stem, views["own_name"].stem, views["afraid"].stem) == (None, None, None)


def test_a_half_answered_page_brought_nothing_up() -> None:
    """A page of which single answers were saved is no page that was sent: its other questions did not come up by them."""
    sitting = apply_changes(
        blank_sitting(), SubmittedPage("two_weeks", ("sleep",), {"sleep": 3}, 1, changed=("sleep",))
    )
    assert question_page_view(Walk(PACK, FORM, sitting, DAY), PAGES["two_weeks"]).came_up == ()


def test_boxes_that_stand_alone() -> None:
    """Among boxes, none of these and "I'd rather not say" stand alone."""
    acts = question_page_view(Walk(PACK, FORM, blank_sitting(), DAY), PAGES["feeling_safe"]).items[2]
    assert acts.boxes
    assert [option.value for option in acts.options if option.exclusive] == ["none", RATHER_NOT_SAY]


def test_what_may_come_up_on_a_page_is_there_with_its_condition() -> None:
    """An item that hangs on another of its page comes with a condition for the script, and as not visible."""
    why = question_page_view(Walk(PACK, FORM, blank_sitting(), DAY), PAGES["feeling_safe"]).items[3]
    assert (why.id, why.visible) == ("own_acts_why", False)
    assert json.loads(why.when or "") == {
        "item": "own_acts",
        "open": None,
        "alone": ["none"],
        "count": [False, True, True, True],
    }
    why_now = question_page_view(
        Walk(PACK, FORM, with_answers({"own_acts": ["hurt"]}), DAY), PAGES["feeling_safe"]
    ).items[3]
    assert (why_now.visible, why_now.when) == (True, why.when)


def test_pages_between_speak_too() -> None:
    """Announcements and notices are the content's, in the chosen words; a notice has the text of the moment."""
    sitting = with_answers({"pronoun": "he", "afraid": "often"})
    stops = stops_of(sitting)
    before = interstitial_view(Walk(PACK, FORM, sitting, DAY), stop_named(stops, "before-feeling_safe"))  # type: ignore[arg-type]
    assert (before.text or "").startswith("The next page is about feeling safe")
    assert (before.progress.page, before.progress.milestone, before.previous) == (4, None, "contact_now-2")
    assert before.ahead[:2] == ("A few more questions", "The last two weeks")
    after = interstitial_view(Walk(PACK, FORM, sitting, DAY), stop_named(stops, "next-3"))  # type: ignore[arg-type]
    assert [(notice.id, notice.title) for notice in after.notices] == [("at_risk", "Before you go on")]
    assert "close to him" in after.notices[0].text
    assert (after.progress.page, after.previous, after.text) == (5, "feeling_safe", None)


# Reading


def test_a_page_is_read() -> None:
    """Options, points, texts and refusals come in as the engine keeps them; an open field is asked and not answered."""
    read = read_page(
        PAGES["you_two"],
        FORM,
        {
            "asked": ["pronoun", "partner_name", "wish", "how_it_ended"],
            "pronoun": ["he"],
            "partner_name": [" Sam\t B "],
            "wish": ["~"],
            "how_it_ended": ["both"],
        },
        DAY,
    )
    assert read.answers == {"pronoun": "he", "partner_name": "Sam B", "wish": None, "how_it_ended": "both"}
    assert (read.typed, read.errors) == ({}, {})
    read = read_page(PAGES["two_weeks"], FORM, {"asked": ["sleep", "day"], "sleep": ["3"]}, DAY)
    assert (read.answers, read.asked) == ({"sleep": 3}, ("sleep", "day"))
    read = read_page(PAGES["contact_now-2"], FORM, {"shared_ties": ["home", "pets", "home"]}, DAY)
    assert (read.answers, read.asked) == ({"shared_ties": ("home", "pets")}, ("shared_ties",))


@pytest.mark.parametrize(
    ("page", "fields", "code"),
    [
        ("you_two", {"asked": ["wish"]}, "HW506"),
        ("you_two", {"asked": ["wish"], "wish": [""]}, "HW506"),
        ("you_two", {"wish": ["no_such_wish"]}, "HW502"),
        ("you_two", {"wish": ["try_again", "decide"]}, "HW503"),
        ("you_two", {"partner_name": ["x" * 41]}, "HW507"),
        ("you_two", {"partner_name": ["Sam \x07"]}, "HW503"),
        ("you_two", {"partner_name": ["a\u202eb"]}, "HW503"),
        ("you_two-2", {"how_long_together": ["~"]}, "HW503"),
        ("contact_now", {"limits": ["none", "legal"]}, "HW505"),
        ("contact_now", {"limits": ["~", "legal"]}, "HW505"),
        ("contact_now", {"limits": ["legal", "<script>"]}, "HW502"),
        ("two_weeks", {"sleep": ["5"]}, "HW504"),
        ("two_weeks", {"sleep": ["1e3"]}, "HW503"),
        ("two_weeks", {"sleep": ["²"]}, "HW503"),
    ],
)
def test_what_cannot_be_taken_is_kept_as_typed(page: str, fields: dict[str, list[str]], code: str) -> None:
    """What is not an answer is no answer: it is kept as it was typed, with the code of what is wrong."""
    read = read_page(PAGES[page], FORM, fields, DAY)
    assert list(read.errors.values()) == [code]
    assert read.typed.keys() == read.errors.keys()
    assert (read.answers, read.asked) == ({}, ())


texts = st.text(max_size=30) | st.sampled_from(["~", "none", "legal", "3", "he", "x" * 10_000, "\ud800", "\x00"])
fields_sent = st.dictionaries(
    st.sampled_from([*(item.id for item in FORM.items), "asked", "sitting", "nonsense", ""]),
    st.lists(texts | st.sampled_from([item.id for item in FORM.items]), max_size=5),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # long texts are the point
@given(st.sampled_from(pages_of(FORM)), fields_sent)
def test_whatever_is_sent_is_survived(page: Any, fields: dict[str, list[str]]) -> None:
    """From any fields at all, only answers come in that the engine accepts, and the page can be shown and kept."""
    read = read_page(page, FORM, fields, DAY)
    validate_answers(PACK, FORM, read.answers, DAY, complete=False)
    assert set(read.asked) | set(read.typed) <= set(page.items)
    assert not set(read.asked) & set(read.typed)
    after, _ = apply_page(blank_sitting(), read.as_submitted_page(1))
    assert from_body(after.id, after.revision, json.loads(json.dumps(to_body(after)).encode())) == after
    stop_after = next_stop(stops_of(after), page.name)
    view = question_page_view(Walk(PACK, FORM, after, DAY), page)
    assert {item.id for item in view.errors} <= set(read.errors)
    if view.errors:
        assert stop_after is None or stop_after.name == page.name or stop_named(stops_of(after), page.name) is None


# Faults are shown again


def test_faults_wait_on_their_page() -> None:
    """What can't be taken is shown again with its code, the page waits, and the rest of the page is kept."""
    after = after_page(blank_sitting(), "you_two", {"pronoun": ["he"], "partner_name": ["x" * 50]})
    assert after.answers == {"pronoun": "he"}
    view = question_page_view(Walk(PACK, FORM, after, DAY), PAGES["you_two"])
    assert [(item.id, item.error) for item in view.errors] == [
        ("partner_name", "HW507"),
        ("wish", "HW506"),
        ("how_it_ended", "HW506"),
    ]
    assert view.items[1].value == "x" * 50
    assert next_stop(stops_of(after), "you_two").name == "you_two"  # type: ignore[union-attr]
    good = {"pronoun": ["he"], "partner_name": ["Sam"], "wish": ["decide"], "how_it_ended": ["~"]}
    better = after_page(after, "you_two", good)
    assert (better.typed, question_page_view(Walk(PACK, FORM, better, DAY), PAGES["you_two"]).errors) == ({}, ())


def test_boxes_that_exclude_each_other_are_shown_as_they_were_ticked() -> None:
    """None of these beside others is kept ticked, with the code, and what was answered before stays."""
    before = after_page(blank_sitting(), "contact_now-2", {"shared_ties": ["home"]})
    after = after_page(before, "contact_now-2", {"shared_ties": ["none", "home"]})
    ties = question_page_view(Walk(PACK, FORM, after, DAY), PAGES["contact_now-2"]).items[2]
    assert ([option.value for option in ties.options if option.checked], ties.error) == (["home", "none"], "HW505")
    assert after.answers["shared_ties"] == ("home",)


def test_a_late_blank_is_no_fault() -> None:
    """A stale page that left a required item blank does not ask for it, as it was answered meanwhile."""
    once = after_page(blank_sitting(), "you_two", {"pronoun": ["he"], "wish": ["decide"], "how_it_ended": ["me"]})
    late = read_page(PAGES["you_two"], FORM, {"asked": ["pronoun", "wish"], "pronoun": ["she"]}, DAY)
    after, _ = apply_page(once, late.as_submitted_page(1))
    assert (after.answers["wish"], after.answers["pronoun"], after.typed) == ("decide", "she", {})


def test_a_double_submit_with_faults_is_one() -> None:
    """The same faulty page twice changes nothing the second time; finishing forgets what was typed."""
    once = after_page(blank_sitting(), "you_two", {"partner_name": ["x" * 50]})
    assert after_page(once, "you_two", {"partner_name": ["x" * 50]}) is once
    assert finish(once, CALM, DAY).typed == {}


# Looking over all answers


SENSITIVE: Final = {
    "limits": ["legal"],
    "own_reaching": ["after_no"],
    "afraid": "often",
    "what_they_did": ["hurt"],
    "own_acts": ["hurt"],
    "own_acts_why": "other",
    "self_harm_thoughts": None,
}


def review_of(answers: Mapping[str, Any], **fields: Any) -> ReviewView:
    return review_view(Walk(PACK, FORM, with_answers(answers, **fields), DAY))


def review_rows(answers: Mapping[str, Any]) -> dict[str, ReviewRow]:
    return {row.item: row for part in review_of(answers).parts for row in part.rows}


def test_no_row_for_a_sensitive_answer() -> None:
    """Five parts say that some of it is not shown, and nothing else depends on what was answered there, if anything.

    Two of them come up unless a sensitive answer forbids it: they are listed in any case.
    """
    views = [review_of({**CALM, **SENSITIVE}), review_of({name: CALM[name] for name in CALM.keys() - SENSITIVE.keys()})]
    for view in views:
        assert not {row.item for part in view.parts for row in part.rows} & PACK.sensitive
        assert [(part.id, part.not_shown) for part in view.parts if part.not_shown] == [
            ("contact_now", "contact_now"),
            ("feeling_safe", "feeling_safe"),
            ("two_weeks", "dark_thoughts"),
            ("your_side", "your_side"),
            ("if_you_talked", "if_you_talked"),
        ]
    assert views[0] == views[1]
    assert not {question.item for view in views for question in view.open} & PACK.sensitive


def test_what_came_up_by_no_secret_can_be_reached() -> None:
    """A page of sensitive questions that open answers brought up is named by its title alone."""
    (part,) = (part for part in review_of({**CALM, "hopes": "big"}).parts if part.id == "between_you")
    assert part.more == (PageLink("More about that", "more_about_it"),)
    (part,) = (part for part in review_of(CALM).parts if part.id == "between_you")
    assert (part.more, part.not_shown) == ((), None)


def test_answers_are_in_words_with_their_pages() -> None:
    """Other answers stand there in words, with the page where they are changed, and what was refused says so."""
    rows = review_rows({**CALM, "pronoun": "he", "partner_name": "Sam {they}", "wish": None})
    assert rows["how_it_ended"].answer == ("we both did",)
    assert rows["sleep"].answer == ("most days",)
    assert rows["partner_name"].answer == ("Sam {they}",)
    assert (rows["wish"].refused, rows["wish"].answer, rows["wish"].page) == (True, (), "you_two")
    assert (rows["how_long_together"].answered, rows["how_long_together"].page) == (False, "you_two-2")


def test_what_is_open_is_named() -> None:
    """What needs an answer or a correction comes first, then what was left open: a few by name, more by their part."""
    answers = {name: value for name, value in CALM.items() if name != "wish"}
    sitting = after_page(
        with_answers(answers, asked=frozenset(CALM) | {"how_long_together"}),
        "you_two",
        {"partner_name": ["x" * 50], "pronoun": ["he"], "how_it_ended": ["me"]},
    )
    view = review_view(Walk(PACK, FORM, sitting, DAY))
    assert view.needed
    needed = [question.item for question in view.open if question.needed]
    assert needed == ["partner_name", "wish"] == [question.item for question in view.open[:2]]
    rest = {question.item or question.part: question.text for question in view.open[2:]}
    assert rest["how_long_together"] == "How long were you together?"
    assert rest["Your own life"] is rest["What came between you"] is None
    assert not {"sleep", "how_it_ended"} & rest.keys()


def test_a_name_left_open_is_not_asked_for_again() -> None:
    """A text that no plan needs is open until its page was sent, and then no more; no plan waits for it."""
    answers = {**CALM, "broken_before": "no"}
    assert "partner_name" in {question.item for question in review_of(answers).open}
    view = review_of(answers, asked=frozenset({"partner_name"}))
    assert "partner_name" not in {question.item for question in view.open}
    assert not view.needed


def test_what_applies_no_more_is_named() -> None:
    """An answer that does not apply any more is named by its question, unless a sensitive answer may have taken it away."""
    talked = {**CALM, "hear_no": 3, "own_acts": ["hurt"], "own_acts_why": "protect"}
    view = review_of({**talked, "their_stance": ["asked_stop"], "own_acts": ["none"]})
    assert view.dropped == ()


def test_items_of_every_type_are_read_and_shown() -> None:
    """Numbers, dates and yes/no of the golden content are read from their fields and shown in them again."""
    pack = load_library(GOLDEN).packs["every"]
    form = pack.forms["every"]
    kinds: dict[str, Item] = {item.type: item for item in form.items}
    for kind, text in {"yes_no": "no", "number": "1", "date": "2026-11-23"}.items():
        item = kinds[kind]
        spec = page_of_item(form, item.id)
        read = read_page(spec, form, {item.id: [text]}, DAY)
        assert read.errors == {}
        sitting = replace(blank_sitting(), answers=read.answers)
        views = {view.id: view for view in question_page_view(Walk(pack, form, sitting, DAY), spec).items}
        if item.id in views:
            item_view = views[item.id]
            assert item_view.value == text or [option.value for option in item_view.options if option.checked] == [text]
