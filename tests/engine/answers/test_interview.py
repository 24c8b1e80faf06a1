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
from tests.factories.random_packs import AS_OF, Case, Raw, Size, case, load, random_answer, random_pack
from tests.factories.small_pack import Sheet

Make = Callable[..., Sheet]
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
def asked(sheet: Make) -> Interview:
    """A questionnaire in which questions come and go."""
    made = sheet(ASKED)
    return begin(made.pack, made.form, AS_OF)


def name(asking: Interview) -> str | None:
    """The id of the question that is asked now."""
    return None if asking.current is None else asking.current.id


def answered(asking: Interview, **values: Any) -> Interview:
    """Answer these questions, each when it comes up."""
    for one, value in values.items():
        assert name(asking) == one
        asking = asking.answer(one, value)
    return asking


# What comes next


def test_questions_come_in_order_and_only_if_they_apply(asked: Interview) -> None:
    """Visibility follows each answer; at the end nothing is asked."""
    assert asked.visible == ("pet", "secret", "end")
    done = answered(asked, pet=True, kind="cat", cats=2, secret=False, end=True)
    assert name(done) is None
    assert done.complete().answers == {"pet": True, "kind": "cat", "cats": 2, "secret": False, "end": True}
    assert name(answered(asked, pet=False)) == "secret"


def test_what_is_left_open_is_not_asked_again(asked: Interview) -> None:
    """A question left open counts as done and has no answer."""
    asking = answered(asked, pet=False).leave("secret")
    assert (name(asking), "secret" in asking.given, asking.is_settled("secret")) == ("end", False, True)


def test_required_questions_cannot_be_left_open(asked: Interview) -> None:
    """A required question stays until it has an answer; "I'd rather not say" is one."""
    with pytest.raises(ResponseError) as refused:
        asked.leave("pet")
    assert [one.code for one in refused.value.problems] == ["HW506"]
    assert name(asked.answer("pet", None)) == "secret"
    with pytest.raises(ResponseError):
        answered(asked, pet=True).leave("pet")


def test_an_empty_answer_leaves_a_question_open(sheet: Make) -> None:
    """Blanks and no choice are no answer; where one is needed they are refused."""
    made = sheet("[{id: a, type: text, text: A}, {id: b, type: text, text: B, required: true}]")
    asking = begin(made.pack, made.form, AS_OF).answer("a", "  ")
    assert (asking.left_open, asking.given) == (frozenset({"a"}), {})
    with pytest.raises(ResponseError):
        asking.answer("b", " ")


def test_answers_that_are_none_are_refused(asked: Interview) -> None:
    """What the engine refuses changes nothing; a question that does not come up cannot be answered at all."""
    for value, code in ((0, "HW504"), (2.5, "HW503"), ("2", "HW503")):
        with pytest.raises(ResponseError) as refused:
            answered(asked, pet=True, kind="cat").answer("cats", value)
        assert [(one.where, one.code) for one in refused.value.problems] == [("cats", code)]
    for move, values in ((asked.answer, ["kind", "cat"]), (asked.leave, ["cats"]), (asked.go_to, ["why"])):
        with pytest.raises(ValueError, match="does not come up"):
            move(*values)


# Back, and changes


def test_back_and_forward_is_one_way(asked: Interview) -> None:
    """Back goes question by question, forward over the same ones; nothing is lost."""
    asking = answered(asked, pet=True, kind="dog", secret=False)
    back = asking.back().back()
    assert name(back) == "kind"
    assert [name(back.keep()), name(back.keep().keep())] == ["secret", "end"]
    assert back.keep().keep() == asking
    assert asking.back().back().back().back() == asking.back().back().back()
    assert name(answered(asked, pet=False, secret=False, end=True).back()) == "end"


def test_hidden_answers_wait(asked: Interview) -> None:
    """An answer to a question that does not come up any more is dropped at the end, and is back if the question is."""
    asking = answered(asked, pet=True, kind="cat", cats=3, secret=False, end=True)
    without = asking.go_to("pet").answer("pet", False)
    assert without.dropped == ("kind", "cats")
    assert without.complete().answers == {"pet": False, "secret": False, "end": True}
    again = without.go_to("pet").answer("pet", True)
    assert (again.dropped, again.complete().answers) == ((), asking.complete().answers)
    assert name(asking.go_to("kind").answer("kind", "dog").go_to("kind").answer("kind", "cat")) is None


def test_what_tells_of_a_sensitive_answer_is_in_no_list(asked: Interview) -> None:
    """Questions that come up because of sensitive answers are named, also those that hang on them in turn."""
    assert asked.telling == {"why", "since"}
    assert asked.follow_ups("secret") == ("why", "since")
    assert asked.follow_ups("pet") == ()


def test_what_hangs_on_a_sensitive_answer_is_asked_with_it(asked: Interview) -> None:
    """Whoever goes back to a sensitive answer is asked again what came up because of it, whether it changes or not."""
    asking = answered(asked, pet=False, secret=True, why="else", end=True)
    again = asking.go_to("secret")
    assert name(again.keep()) == "why"
    assert name(again.answer("secret", True)) == "why"
    assert name(again.answer("secret", True).answer("why", "else")) is None
    gone = again.answer("secret", False)
    assert (name(gone), gone.dropped) == (None, ("why",))
    back = gone.back().back().answer("secret", True)
    assert (name(back), back.responses.answers["why"]) == ("why", "else")


# Progress and sections


def test_progress(asked: Interview) -> None:
    """Progress counts what comes up with the answers so far."""
    asking = answered(asked, pet=True)
    found = asking.progress
    assert (found.question, found.questions, found.section, found.sections) == (2, 4, 1, 1)
    assert answered(asked, pet=False, secret=False, end=True).progress.question == 3


def test_sections_with_nothing_in_them_do_not_count(small: Pack) -> None:
    """Sections are those of which something comes up, with what comes up of them."""
    asking = begin(small, small.forms["main"], AS_OF)
    first, second = asking.sections
    assert [item.id for item in first[1]] == ["pronoun", "name", "met", "talk"]
    assert [item.id for item in second[1]] == ["calm", "rest", "signs", "hope"]
    assert "hope" not in [item.id for item in asking.go_to("talk").answer("talk", "no").sections[1][1]]


def test_a_section_that_continues_is_no_part_of_its_own() -> None:
    """Progress counts parts: of the two sections about the last two weeks the second continues the first."""
    pack = load_library().packs["breakup"]
    form = pack.forms["check-in"]
    first = begin(pack, form, AS_OF)
    assert (name(first), first.progress.section, first.progress.sections) == ("sleep", 1, 3)
    dark = begin(pack, form, AS_OF, left_open=("sleep", "day", "thoughts", "settle"))
    assert (name(dark), dark.progress.section, dark.progress.sections) == ("self_harm", 1, 3)
    assert dark.leave("self_harm").progress.section == 2


def test_a_questionnaire_that_asks_nothing(sheet: Make) -> None:
    """Where nothing comes up, nothing is asked, and progress has nothing to count."""
    steps = "dialect: 1\npack: bare\ntitle: B\nkinds: [{id: o, title: O, default: true}]\nsteps: [{id: s, title: S, weight: 1}]\n"
    made = sheet("[{id: a, type: yes_no, text: A, show_when: {step: s, is: held}}]", steps=steps)
    asking = begin(made.pack, made.form, AS_OF)
    assert (name(asking), asking.visible, asking.sections, asking.progress.questions) == (None, (), (), 0)
    assert asking.back() == asking


# Going on


def test_going_on(asked: Interview) -> None:
    """Answers, and what was left open, are all it takes to go on."""
    asking = answered(asked, pet=True, kind="cat").leave("cats")
    again = begin(asking.pack, asking.form, AS_OF, asking.given, asking.left_open)
    assert again == asking
    assert name(again) == "secret"


def test_going_on_under_other_content(asked: Interview) -> None:
    """What does not fit any more is named and left out; its question, and what needs an answer now, are asked again."""
    raw = {"pet": True, "kind": "bird", "cats": 100, "secret": True, "gone": "x"}
    with pytest.raises(ResponseError):
        begin(asked.pack, asked.form, AS_OF, raw)
    asking, lost = resume(asked.pack, asked.form, AS_OF, raw, ["pet", "gone", "why", "secret"])
    assert lost == ("kind", "cats", "gone")
    assert (dict(asking.given), set(asking.left_open)) == ({"pet": True, "secret": True}, {"why"})
    assert name(asking) == "kind"


def test_the_day_counts(sheet: Make) -> None:
    """A question that comes up with the age of a date depends on the day that is given."""
    made = sheet("[{id: d, type: date, text: D}, {id: e, type: yes_no, text: E, show_when: {item: d, at_least: 30}}]")
    for day, visible in ((date(2026, 1, 15), ("d",)), (date(2026, 3, 1), ("d", "e"))):
        assert begin(made.pack, made.form, day, {"d": "2026-01-01"}).visible == visible


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
        self.asking = begin(pack, form, AS_OF)
        self.mine: Raw = {}
        self.open: set[str] = set()

    def step(self) -> None:
        asking, random = self.asking, self.random
        move = random.choice(MOVES)
        if move == "back":
            self.asking = asking.back()
        elif move == "go" and asking.visible:
            self.asking = asking.go_to(random.choice(asking.visible))
        elif (item := asking.current) is not None:
            if move == "keep":
                self.asking = asking.keep()
            else:
                value = None if move == "not said" else random_answer(random, self.items[item.id])
                self.put(item.id, move, value)

    def put(self, item: str, move: str, value: Any) -> None:
        empty = move == "leave" or value == [] or (isinstance(value, str) and not value.strip())
        try:
            self.asking = self.asking.leave(item) if move == "leave" else self.asking.answer(item, value)
        except ResponseError:
            assert empty
            assert self.items[item]["required"]
            return
        if empty:
            self.mine.pop(item, None)
            self.open.add(item)
        else:
            self.mine[item] = value
            self.open.discard(item)

    def check(self) -> None:
        asking = self.asking
        wanted = validate_answers(self.pack, self.form, self.mine, AS_OF, complete=False)
        assert asking.responses == wanted
        assert asking.given.keys() == self.mine.keys()
        assert asking.left_open == self.open
        settled = {one for one in wanted.visible if one in wanted.answers or one in self.open}
        current = name(asking)
        assert current in wanted.visible or (current is None and settled == set(wanted.visible))
        progress = asking.progress
        assert 0 <= progress.section <= progress.sections
        assert 0 <= progress.question <= progress.questions == len(wanted.visible)
        assert [item.id for _, items in asking.sections for item in items] == list(wanted.visible)
        if current is not None:
            assert wanted.visible[progress.question - 1] == current

    def finish(self) -> None:
        """From anywhere the end is reached, by keeping what is there and answering the rest."""
        for _ in range(4 * len(self.form.items) + len(self.asking.to_repeat)):
            if (item := self.asking.current) is None:
                break
            if self.asking.is_settled(item.id):
                self.asking = self.asking.keep()
            else:
                self.put(item.id, "not said", None)
            self.check()
        assert self.asking.current is None
        found = self.asking.complete()
        assert found == validate_answers(self.pack, self.form, found.answers, AS_OF)
        assert found.answers == self.asking.responses.answers
        assert found.dropped == ()


def _walk(random: Random) -> _Walk:
    raw = _required(random, random_pack(random, SIZE))
    pack = load(raw)
    chosen = random.choice(raw["questionnaires"])
    items = {item["id"]: item for item in chosen["sections"][0]["items"]}
    return _Walk(random, pack, pack.forms[chosen["questionnaire"]], items)


@settings(max_examples=150, deadline=None)
@given(random=st.randoms(use_true_random=False, note_method_calls=False))
def test_no_walk_loses_an_answer(random: Random) -> None:
    """Answer, leave open, go back, go anywhere: the answers stay, visible is what accept says, the end is in reach."""
    walk = _walk(random)
    walk.check()
    for _ in range(random.randint(0, 40)):
        walk.step()
        walk.check()
    walk.finish()


@settings(max_examples=100, deadline=None)
@given(random=st.randoms(use_true_random=False, note_method_calls=False))
def test_every_draft_goes_on_where_it_was(random: Random) -> None:
    """What a draft holds, as text, is enough to go on with the first question that is neither answered nor left open."""
    walk = _walk(random)
    for _ in range(random.randint(0, 20)):
        walk.step()
    asking = walk.asking
    name_ = asking.form.questionnaire.questionnaire
    source, problems = parse(answers_text(asking.pack, name_, AS_OF, asking.given, asking.left_open), "draft")
    assert source is not None, problems
    file = AnswersFile.model_validate(source.value)
    again, lost = resume(asking.pack, asking.form, AS_OF, file.answers, file.left_open)
    assert (again.responses, again.left_open, lost) == (asking.responses, asking.left_open, ())
    waiting = [one for one in asking.visible if not asking.is_settled(one)]
    assert name(again) == (waiting[0] if waiting else None)


@settings(max_examples=100, deadline=None)
@given(random=st.randoms(use_true_random=False, note_method_calls=False))
def test_any_answers_can_be_gone_on_with(random: Random) -> None:
    """Whatever a file holds, begin sees what accept sees."""
    made: Case = case(random, SIZE, 1)
    ((questionnaire, raw),) = made.people
    form = made.pack.forms[questionnaire]
    asking = begin(made.pack, form, AS_OF, raw)
    assert asking.responses == validate_answers(made.pack, form, raw, AS_OF, complete=False)
