"""Asking one question at a time: no walk loses an answer, and what is asked is what is assessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.answers.answers_file import AnswersFile, answers_text
from engine.answers.interview import Interview, begin, resume
from engine.assessment.responses import validate_answers
from engine.content.pack import Form, Pack
from engine.errors import ResponseError
from engine.loading.library import load_library
from engine.loading.yaml import parse
from tests.checks.examples import examples
from tests.factories.random_packs import AS_OF, RandomCase, Raw, Size, case, load, random_answer, random_pack
from tests.factories.small_pack import ScoredForm

Make = Callable[..., ScoredForm]
SIZE: Final = Size(items=8, rules=2, strata=1, depth=2)
MOVES: Final = ("answer", "answer", "answer", "not said", "leave", "back", "keep", "go")

ASKED: Final = """
- {id: pet, type: yes_no, text: Do you have a pet?, required: true}
- {id: kind, type: single, text: Which?, options: [{id: cat, text: A cat}, {id: dog, text: A dog}], show_when: {item: pet, is: true}}
- {id: cats, type: number, text: How many?, lowest: 1, highest: 9, show_when: {item: kind, is: cat}}
- {id: secret, type: yes_no, text: A secret?, sensitive: true}
- {id: why, type: single, text: Why?, options: [{id: so, text: So}, {id: else, text: E}], show_when: {item: secret, is: true}}
- {id: since, type: number, text: Since when?, lowest: 0, highest: 9, show_when: {item: why, is: so}}
- {id: end, type: yes_no, text: Is that all?}
"""


@pytest.fixture
def fresh_interview(sheet: Make) -> Interview:
    """A questionnaire in which questions come and go."""
    questionnaire = sheet(ASKED)
    return begin(questionnaire.pack, questionnaire.form, AS_OF)


def current_id(interview: Interview) -> str | None:
    """The id of the question that is asked now."""
    return None if interview.current_item is None else interview.current_item.id


def answered(interview: Interview, **values: Any) -> Interview:
    """Answer these questions, each when it comes up."""
    for item_id, value in values.items():
        assert current_id(interview) == item_id
        interview = interview.answer(item_id, value)
    return interview


# What comes next


def test_questions_come_in_order_and_only_if_they_apply(fresh_interview: Interview) -> None:
    """Visibility follows each answer; at the end nothing is asked."""
    assert fresh_interview.visible == ("pet", "secret", "end")
    done = answered(fresh_interview, pet=True, kind="cat", cats=2, secret=False, end=True)
    assert current_id(done) is None
    assert done.complete().answers == {"pet": True, "kind": "cat", "cats": 2, "secret": False, "end": True}
    assert current_id(answered(fresh_interview, pet=False)) == "secret"


def test_what_is_left_open_is_not_asked_again(fresh_interview: Interview) -> None:
    """A question left open counts as done and has no answer."""
    interview = answered(fresh_interview, pet=False).leave_open("secret")
    assert (current_id(interview), "secret" in interview.answers, interview.is_settled("secret")) == (
        "end",
        False,
        True,
    )


def test_required_questions_cannot_be_left_open(fresh_interview: Interview) -> None:
    """A required question stays until it has an answer; "I'd rather not say" is one."""
    with pytest.raises(ResponseError) as refused:
        fresh_interview.leave_open("pet")
    assert [problem.code for problem in refused.value.problems] == ["HW506"]
    assert current_id(fresh_interview.answer("pet", None)) == "secret"
    with pytest.raises(ResponseError):
        answered(fresh_interview, pet=True).leave_open("pet")


def test_an_empty_answer_leaves_a_question_open(sheet: Make) -> None:
    """Blanks and no choice are no answer; where one is needed they are refused."""
    questionnaire = sheet("[{id: a, type: text, text: A}, {id: b, type: text, text: B, required: true}]")
    interview = begin(questionnaire.pack, questionnaire.form, AS_OF).answer("a", "  ")
    assert (interview.left_open, interview.answers) == (frozenset({"a"}), {})
    with pytest.raises(ResponseError):
        interview.answer("b", " ")


def test_answers_that_are_none_are_refused(fresh_interview: Interview) -> None:
    """What the engine refuses changes nothing; a question that does not come up cannot be answered at all."""
    for value, code in ((0, "HW504"), (2.5, "HW503"), ("two", "HW503")):
        with pytest.raises(ResponseError) as refused:
            answered(fresh_interview, pet=True, kind="cat").answer("cats", value)
        assert [(problem.where, problem.code) for problem in refused.value.problems] == [("cats", code)]
    for move, values in (
        (fresh_interview.answer, ["kind", "cat"]),
        (fresh_interview.leave_open, ["cats"]),
        (fresh_interview.go_to, ["why"]),
    ):
        with pytest.raises(ValueError, match="does not come up"):
            move(*values)


# Back, and changes


def test_back_and_forward_is_one_way(fresh_interview: Interview) -> None:
    """Back goes question by question, forward over the same ones; nothing is lost."""
    interview = answered(fresh_interview, pet=True, kind="dog", secret=False)
    back = interview.back().back()
    assert current_id(back) == "kind"
    assert [current_id(back.keep_answer()), current_id(back.keep_answer().keep_answer())] == ["secret", "end"]
    assert back.keep_answer().keep_answer() == interview
    assert interview.back().back().back().back() == interview.back().back().back()
    assert current_id(answered(fresh_interview, pet=False, secret=False, end=True).back()) == "end"


def test_hidden_answers_wait(fresh_interview: Interview) -> None:
    """An answer to a question that does not come up any more is dropped at the end, and is back if the question is."""
    interview = answered(fresh_interview, pet=True, kind="cat", cats=3, secret=False, end=True)
    without = interview.go_to("pet").answer("pet", False)
    assert without.dropped == ("kind", "cats")
    assert without.complete().answers == {"pet": False, "secret": False, "end": True}
    unhidden = without.go_to("pet").answer("pet", True)
    assert (unhidden.dropped, unhidden.complete().answers) == ((), interview.complete().answers)
    assert current_id(interview.go_to("kind").answer("kind", "dog").go_to("kind").answer("kind", "cat")) is None


def test_what_tells_of_a_sensitive_answer_is_in_no_list(fresh_interview: Interview) -> None:
    """Questions that come up because of sensitive answers are named, also those that hang on them in turn."""
    assert fresh_interview.revealing_items == {"why", "since"}
    assert fresh_interview.follow_ups("secret") == ("why", "since")
    assert fresh_interview.follow_ups("pet") == ()


def test_what_hangs_on_a_sensitive_answer_is_asked_with_it(fresh_interview: Interview) -> None:
    """Whoever goes back to a sensitive answer is asked again what came up because of it, whether it changes or not."""
    interview = answered(fresh_interview, pet=False, secret=True, why="else", end=True)
    repeating = interview.go_to("secret")
    assert current_id(repeating.keep_answer()) == "why"
    assert current_id(repeating.answer("secret", True)) == "why"
    assert current_id(repeating.answer("secret", True).answer("why", "else")) is None
    changed = repeating.answer("secret", False)
    assert (current_id(changed), changed.dropped) == (None, ("why",))
    back = changed.back().back().answer("secret", True)
    assert (current_id(back), back.responses.answers["why"]) == ("why", "else")


# Progress and sections


def test_progress(fresh_interview: Interview) -> None:
    """Progress counts what comes up with the answers so far."""
    interview = answered(fresh_interview, pet=True)
    progress = interview.progress
    assert (progress.question, progress.questions, progress.section, progress.sections) == (2, 4, 1, 1)
    assert answered(fresh_interview, pet=False, secret=False, end=True).progress.question == 3


def test_sections_with_nothing_in_them_do_not_count(small: Pack) -> None:
    """Sections are those of which something comes up, with what comes up of them."""
    interview = begin(small, small.forms["main"], AS_OF)
    first, second = interview.sections
    assert [item.id for item in first[1]] == ["pronoun", "name", "met", "talk"]
    assert [item.id for item in second[1]] == ["calm", "rest", "signs", "hope"]
    assert "hope" not in [item.id for item in interview.go_to("talk").answer("talk", "no").sections[1][1]]


def test_a_section_that_continues_is_no_part_of_its_own() -> None:
    """Progress counts parts: of the two sections about the last two weeks the second continues the first."""
    pack = load_library().packs["breakup"]
    form = pack.forms["check-in"]
    first = begin(pack, form, AS_OF)
    assert (current_id(first), first.progress.section, first.progress.sections) == ("sleep", 1, 3)
    dark = begin(pack, form, AS_OF, left_open=("sleep", "day", "thoughts", "settle"))
    assert (current_id(dark), dark.progress.section, dark.progress.sections) == ("self_harm_thoughts", 1, 3)
    assert dark.leave_open("self_harm_thoughts").progress.section == 2


def test_a_questionnaire_that_asks_nothing(sheet: Make) -> None:
    """Where nothing comes up, nothing is asked, and progress has nothing to count."""
    steps = "dialect: 1\npack: bare\ntitle: B\nkinds: [{id: o, title: O, default: true}]\nsteps: [{id: s, title: S, weight: 1}]\n"
    questionnaire = sheet("[{id: a, type: yes_no, text: A, show_when: {step: s, is: held}}]", steps=steps)
    interview = begin(questionnaire.pack, questionnaire.form, AS_OF)
    assert (current_id(interview), interview.visible, interview.sections, interview.progress.questions) == (
        None,
        (),
        (),
        0,
    )
    assert interview.back() == interview


# Going on


def test_going_on(fresh_interview: Interview) -> None:
    """Answers, and what was left open, are all it takes to go on."""
    interview = answered(fresh_interview, pet=True, kind="cat").leave_open("cats")
    restarted = begin(interview.pack, interview.form, AS_OF, interview.answers, interview.left_open)
    assert restarted == interview
    assert current_id(restarted) == "secret"


def test_going_on_under_other_content(fresh_interview: Interview) -> None:
    """What does not fit any more is named and left out; its question, and what needs an answer now, are asked again."""
    raw = {"pet": True, "kind": "bird", "cats": 100, "secret": True, "gone": "x"}
    with pytest.raises(ResponseError):
        begin(fresh_interview.pack, fresh_interview.form, AS_OF, raw)
    interview, lost = resume(fresh_interview.pack, fresh_interview.form, AS_OF, raw, ["pet", "gone", "why", "secret"])
    assert lost == ("kind", "cats", "gone")
    assert (dict(interview.answers), set(interview.left_open)) == ({"pet": True, "secret": True}, {"why"})
    assert current_id(interview) == "kind"


def test_the_day_counts(sheet: Make) -> None:
    """A question that comes up with the age of a date depends on the day that is given."""
    questionnaire = sheet(
        "[{id: d, type: date, text: D}, {id: e, type: yes_no, text: E, show_when: {item: d, at_least: 30}}]"
    )
    for as_of, visible in ((date(2026, 1, 15), ("d",)), (date(2026, 3, 1), ("d", "e"))):
        assert begin(questionnaire.pack, questionnaire.form, as_of, {"d": "2026-01-01"}).visible == visible


# Random walks


def _required(random: Random, raw: Raw) -> Raw:
    for form in raw["questionnaires"]:
        for item in form["sections"][0]["items"]:
            item["required"] = random.random() < 0.2
    return raw


class _Walk:
    """One person walking about in one form, with a list of their own of what they have answered."""

    def __init__(self, random: Random, pack: Pack, form: Form, items: dict[str, Raw]) -> None:
        self.random, self.pack, self.form, self.items = random, pack, form, items
        self.interview = begin(pack, form, AS_OF)
        self.answers: Raw = {}
        self.left_open: set[str] = set()

    def step(self) -> None:
        interview, random = self.interview, self.random
        move = random.choice(MOVES)
        if move == "back":
            self.interview = interview.back()
        elif move == "go" and interview.visible:
            self.interview = interview.go_to(random.choice(interview.visible))
        elif (item := interview.current_item) is not None:
            if move == "keep":
                self.interview = interview.keep_answer()
            else:
                value = None if move == "not said" else random_answer(random, self.items[item.id])
                self.put(item.id, move, value)

    def put(self, item: str, move: str, value: Any) -> None:
        empty = move == "leave" or value == [] or (isinstance(value, str) and not value.strip())
        try:
            self.interview = self.interview.leave_open(item) if move == "leave" else self.interview.answer(item, value)
        except ResponseError:
            assert empty
            assert self.items[item]["required"]
            return
        if empty:
            self.answers.pop(item, None)
            self.left_open.add(item)
        else:
            self.answers[item] = value
            self.left_open.discard(item)

    def check(self) -> None:
        interview = self.interview
        expected = validate_answers(self.pack, self.form, self.answers, AS_OF, complete=False)
        assert interview.responses == expected
        assert interview.answers.keys() == self.answers.keys()
        assert interview.left_open == self.left_open
        settled = {item_id for item_id in expected.visible if item_id in expected.answers or item_id in self.left_open}
        asked_now = current_id(interview)
        assert asked_now in expected.visible or (asked_now is None and settled == set(expected.visible))
        progress = interview.progress
        assert 0 <= progress.section <= progress.sections
        assert 0 <= progress.question <= progress.questions == len(expected.visible)
        assert [item.id for _, items in interview.sections for item in items] == list(expected.visible)
        if asked_now is not None:
            assert expected.visible[progress.question - 1] == asked_now

    def finish(self) -> None:
        """From anywhere the end is reached, by keeping what is there and answering the rest."""
        for _ in range(4 * len(self.form.items) + len(self.interview.to_repeat)):
            if (item := self.interview.current_item) is None:
                break
            if self.interview.is_settled(item.id):
                self.interview = self.interview.keep_answer()
            else:
                self.put(item.id, "not said", None)
            self.check()
        assert self.interview.current_item is None
        responses = self.interview.complete()
        assert responses == validate_answers(self.pack, self.form, responses.answers, AS_OF)
        assert responses.answers == self.interview.responses.answers
        assert responses.dropped == ()


def _walk(random: Random) -> _Walk:
    raw = _required(random, random_pack(random, SIZE))
    pack = load(raw)
    chosen = random.choice(raw["questionnaires"])
    items = {item["id"]: item for item in chosen["sections"][0]["items"]}
    return _Walk(random, pack, pack.forms[chosen["questionnaire"]], items)


@settings(max_examples=examples(50), deadline=None)
@given(random=st.randoms(use_true_random=False, note_method_calls=False))
def test_no_walk_loses_an_answer(random: Random) -> None:
    """Answer, leave open, go back, go anywhere: the answers stay, visible is what validate_answers says, the end is in reach."""
    walk = _walk(random)
    walk.check()
    for _ in range(random.randint(0, 40)):
        walk.step()
        walk.check()
    walk.finish()


@settings(max_examples=examples(40), deadline=None)
@given(random=st.randoms(use_true_random=False, note_method_calls=False))
def test_every_draft_goes_on_where_it_was(random: Random) -> None:
    """What a draft holds, as text, is enough to go on with the first question that is neither answered nor left open."""
    walk = _walk(random)
    for _ in range(random.randint(0, 20)):
        walk.step()
    interview = walk.interview
    form_name = interview.form.questionnaire.questionnaire
    source, problems = parse(
        answers_text(interview.pack, form_name, AS_OF, interview.answers, interview.left_open), "draft"
    )
    assert source is not None, problems
    file = AnswersFile.model_validate(source.value)
    resumed, lost = resume(interview.pack, interview.form, AS_OF, file.answers, file.left_open)
    assert (resumed.responses, resumed.left_open, lost) == (interview.responses, interview.left_open, ())
    waiting = [item_id for item_id in interview.visible if not interview.is_settled(item_id)]
    assert current_id(resumed) == (waiting[0] if waiting else None)


@settings(max_examples=examples(40), deadline=None)
@given(random=st.randoms(use_true_random=False, note_method_calls=False))
def test_any_answers_can_be_gone_on_with(random: Random) -> None:
    """Whatever a file holds, begin sees what validate_answers sees."""
    random_case: RandomCase = case(random, SIZE, 1)
    ((questionnaire, raw),) = random_case.people
    form = random_case.pack.forms[questionnaire]
    interview = begin(random_case.pack, form, AS_OF, raw)
    assert interview.responses == validate_answers(random_case.pack, form, raw, AS_OF, complete=False)
