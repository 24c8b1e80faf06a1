"""Taking a questionnaire by hand: whole ones, and everything that can happen on the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from typing import Final

import pytest
from click.testing import CliRunner

from engine.answers.answers_file import read_answers_file
from engine.loading.library import load_library
from tests.clients.terminal import DAY, GOLDEN, file_contents, input_lines, load_form, random_person, run_take
from tests.factories.small_pack import FILES, Folder
from tests.factories.stored_before_renaming import STORED, todays_content
from web.cli.main import cli
from web.cli.terminal.phrases import keys, phrase
from web.cli.terminal.screen import Screen

SHIPPED: Final = sorted(load_library().forms)
STEPS: Final = "dialect: 1\npack: p\ntitle: P\nkinds: [{id: k, title: K, default: true}]\n"
ALL: Final = """\
questionnaire: all
pack: p
title: All there is
sections:
  - id: facts
    title: Facts
    intro: First [bold]this[/].
    items:
      - {id: word, type: single, text: Which word?, required: true, options: [{id: b, text: A berry}, {id: c, text: A cherry}]}
      - {id: name, type: text, text: A name?, longest: 5, rather_not_say: true}
      - {id: many, type: number, text: How many?, lowest: -3, highest: 10, unit: cups}
      - {id: much, type: number, text: How much?, lowest: 0, highest: 1.5, whole: false}
      - {id: when, type: date, text: When?, earliest: 2026-01-01, latest: 2026-12-31}
      - {id: felt, type: rating, text: How?, anchors: [low, middle, high], first: -1}
      - {id: which, type: multiple, text: Which?, options: [{id: one, text: One}, {id: two, text: Two}, {id: none, text: None of them, exclusive: true}]}
  - id: hidden
    title: Not for others
    intro: You can skip this.
    items:
      - {id: secret, type: single, text: A secret?, sensitive: true, required: true, options: [{id: n, text: Nothing here}, {id: s, text: Something dark}]}
      - {id: reason, type: yes_no, text: For a reason?, show_when: {item: secret, is: s}}
      - {id: last, type: yes_no, text: "Is that all, [red]really?[/]", show_when: {item: word, is: b}}
"""
HALF: Final = ["1", "Kim", "3", "0.5", "2026-05-05", "1", "1 2"]
WHOLE: Final = [*HALF, "1", "1"]
ANSWERS: Final = {
    "word": "b",
    "name": "Kim",
    "many": 3,
    "much": 0.5,
    "when": "2026-05-05",
    "felt": -1,
    "which": ("one", "two"),
    "secret": "n",
    "last": True,
}


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    folder = tmp_path / "workdir"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    return folder


@pytest.fixture
def content(tmp_path: Path) -> Folder:
    """Content that asks one question of each type, and one that is sensitive."""
    return Folder(tmp_path).write({"questionnaires/all.yaml": ALL, "rules/p/steps.yaml": STEPS})


@pytest.fixture
def small(tmp_path: Path) -> Folder:
    """The small pack: a full questionnaire and a check-in, with a voice."""
    return Folder(tmp_path / "small").small()


# Whole questionnaires


def test_the_golden_questionnaire(workdir: Path) -> None:
    """Answers that are typed become the very file of answers that was written by hand, and it has a plan."""
    pack, questionnaire_form = load_form("every", GOLDEN)
    by_hand = file_contents(GOLDEN.parent / "dialect-1" / "answers.yaml")
    lines, _ = input_lines(pack, questionnaire_form, by_hand["answers"])
    done = run_take(workdir, [*lines, "w"], "-o", "a.yaml", "--content", GOLDEN, "--date", DAY)
    answers = {name: value for name, value in by_hand["answers"].items() if value is not None}
    assert done.file() == {**by_hand, "answers": answers, "content": pack.content_digest}
    assert done.files == ["a.yaml"]
    report = CliRunner().invoke(cli, ["report", "a.yaml", "--content", str(GOLDEN)])
    assert (report.exit_code, report.stderr) == (0, "")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_questionnaire(workdir: Path, name: str, seed: int) -> None:
    """Answering a whole shipped questionnaire gives a file with exactly these answers, and says what to do next."""
    pack, questionnaire_form = load_form(name)
    lines, interview = random_person(Random(f"{name}{seed}"), pack, questionnaire_form)
    done = run_take(workdir, [*lines, "w"], name, "-o", "a.yaml", "--date", DAY)
    assert done.file()["answers"] == interview.complete().answers
    assert read_answers_file(workdir / "a.yaml", load_library()).advice == ()
    assert done.question_count() == len(lines)
    next_ = "report a.yaml" if questionnaire_form.has_plan else f"report {phrase('earlier')} --check-in a.yaml"
    assert done.output.endswith(f"  heartwork {next_}\n")


def test_a_check_in_speaks_of_the_person_it_is_about(workdir: Path, small: Folder) -> None:
    """With `--after` its questions have the name and pronoun of that sitting, and what comes next names both files."""
    small.plant("questionnaires/main.yaml", "text: Do you talk?", 'text: "Do you talk to {partner}, or ask {them}?"')
    earlier = "heartwork: 1\nquestionnaire: main\ntaken_on: 2026-10-01\nanswers: {pronoun: she, name: Kim}\n"
    (workdir / "e.yaml").write_text(earlier, encoding="utf-8")
    options = ("check", "--content", small.path, "--date", DAY)
    done = run_take(workdir, ["", "", "w"], *options, "--after", "e.yaml", "-o", "a.yaml")
    assert done.shows("Do you talk to Kim, or ask her?")
    assert done.shows("Do you talk to Kim, or ask her?", look=True)
    assert done.output.endswith(f"  heartwork report e.yaml --check-in a.yaml --content {small.path}\n")
    stopped = run_take(workdir, ["1", "q"], *options, "--after", "e.yaml", "-o", "b.yaml")
    assert stopped.output.endswith(f"  heartwork take --after e.yaml -o b.yaml --content {small.path}\n")
    without = run_take(workdir, ["", "", "w"], *options, "-o", "c.yaml")
    assert without.shows("Do you talk to your ex, or ask them?")


def test_what_a_check_in_cannot_come_after(workdir: Path, small: Folder) -> None:
    """A full questionnaire comes after nothing, and a check-in not after another one."""
    (workdir / "e.yaml").write_text(
        "heartwork: 1\nquestionnaire: check\ntaken_on: 2026-10-01\nanswers: {}\n", encoding="utf-8"
    )
    for name in ("main", "check"):
        done = run_take(workdir, [], name, "--content", small.path, "--after", "e.yaml", code=2)
        assert "--after" in done.result.stderr
    assert sorted(path.name for path in workdir.iterdir()) == ["e.yaml"]


@pytest.mark.parametrize("seed", range(8))
def test_whole_questionnaires_with_everything(workdir: Path, seed: int) -> None:
    """The same for content that uses all a questionnaire can have; its folder is part of what to do next."""
    pack, questionnaire_form = load_form("every", GOLDEN)
    lines, interview = random_person(Random(seed), pack, questionnaire_form)
    done = run_take(workdir, [*lines, "w"], "-o", "a.yaml", "--date", DAY, "--content", GOLDEN)
    assert done.file()["answers"] == interview.complete().answers
    assert done.output.endswith(f"  heartwork report a.yaml --content {GOLDEN}\n")


def test_every_type_of_question(workdir: Path, content: Folder) -> None:
    """Each type of question has its answer, by number or in words."""
    done = run_take(workdir, [*WHOLE, "w"], "-o", "a.yaml", "--content", content.path)
    assert done.file()["answers"] == ANSWERS
    words = ["a CHERRY", "Kim", "-3", ",5", "2026-05-05", "High", "two, one", "n"]
    done = run_take(workdir, [*words, "w"], "-o", "b.yaml", "--content", content.path)
    changes = {"word": "c", "many": -3, "much": 0.5, "felt": 1, "which": ("one", "two")}
    assert done.file("b.yaml")["answers"] == {
        name: value for name, value in (ANSWERS | changes).items() if name != "last"
    }
    yes = run_take(workdir, [*HALF, "1", "Y", "w"], "-o", "c.yaml", "--content", content.path)
    assert yes.file("c.yaml")["answers"]["last"] is True


def test_texts_are_shown_as_they_are(workdir: Path, content: Folder) -> None:
    """Titles, intros and texts are shown, and nothing in them is taken for markup."""
    done = run_take(workdir, WHOLE, "-o", "a.yaml", "--content", content.path)
    for text in ("All there is", "First [bold]this[/].", "You can skip this.", "Is that all, [red]really?[/]", "cups"):
        assert text in done.output


def test_the_voice_follows_the_answers(workdir: Path, small: Folder) -> None:
    """Texts speak of the other person as the answers so far say, also in the look."""
    small.plant("questionnaires/main.yaml", "text: Do you talk?", "text: 'Do you talk to {them}, {partner}?'")
    done = run_take(workdir, ["2", "{they}", "", "1"], "-o", "a.yaml", "--content", small.path)
    assert "Do you talk to her, {they}?" in done.output
    assert (
        "Do you talk to them, your ex?"
        in run_take(workdir, ["", "", ""], "-o", "b.yaml", "--content", small.path).output
    )


# What can be typed


WRONG: Final = {
    0: (phrase("one_number", count=2), ["0", "3", "1 2", "bc", "-1", "1.0", "９", "²", "1" * 5000]),
    1: (phrase("text", longest=5), ["123456", "a\u202eb", "a\x07"]),
    2: (
        phrase("whole_number", lowest=-3, highest=10),
        ["11", "-4", "2.5", "two", "1_0", "9" * 400, "1e2", "--1", "nan"],
    ),
    3: (phrase("number", lowest=0, highest=1.5), ["1.6", "-0.1", "0,,5", "inf", "1e999", "."]),
    4: ("2026-01-01", ["2026-02-30", "31.2.2026", "2025-12-31", "2027-01-01", "today", "20260532"]),
    5: (phrase("one_number", count=3), ["-1", "4", "0"]),
    6: (phrase("several_numbers", count=3), ["4", "1 4", ",", "1-2", "one four"]),
}


@pytest.mark.parametrize(("place", "line"), [(place, line) for place, (_, lines) in WRONG.items() for line in lines])
def test_what_is_no_answer(workdir: Path, content: Folder, place: int, line: str) -> None:
    """Invalid input is explained, and the question stays."""
    before = HALF[:place]
    done = run_take(workdir, [*before, line], "-o", "a.yaml", "--content", content.path)
    after = done.output.rpartition(f"question {place + 1} of")[2].partition("\n> \n")[2]
    assert WRONG[place][0] in after
    assert after.count("\n> ") == 1
    saved = file_contents(workdir / "a.yaml.draft")["answers"] if before else {}
    assert saved == dict(list(ANSWERS.items())[:place])


def test_what_can_mean_several_things_is_asked_about(workdir: Path, content: Folder) -> None:
    """Numbers and dates are read as on a page; what can mean two things is shown with both, and the question stays."""
    content.plant("questionnaires/all.yaml", "highest: 1.5", "highest: 1500")
    lines = ["1", "\u3164", "＋1", "1.000", "1000", "3/4/2026", "13.4.2026", "q"]
    done = run_take(workdir, lines, "-o", "a.yaml", "--content", content.path)
    for readings in ("1000 or 1", "2026-03-04 or 2026-04-03"):
        assert done.output.count(phrase("which_one", readings=readings)) == 1
    saved = done.file("a.yaml.draft")
    assert saved["answers"] == {"word": "b", "many": 1, "much": 1000, "when": "2026-04-13"}
    assert saved["left_open"] == ("name",)


def test_exclusive_options(workdir: Path, content: Folder) -> None:
    """An option that stands alone cannot be chosen with others; alone it can. A number twice is once."""
    done = run_take(
        workdir, [*HALF[:-1], "1 3", "none two", "3", "b", "1 1"], "-o", "a.yaml", "--content", content.path
    )
    assert done.output.count(phrase("alone", option="None of them")) == 2
    assert "So far: None of them" in done.output
    assert done.file("a.yaml.draft")["answers"]["which"] == ("one",)


def test_enter_leaves_open_what_may_be_left_open(workdir: Path, content: Folder) -> None:
    """Enter leaves a question open; one that needs an answer says so and stays."""
    done = run_take(workdir, ["", "1", "", "", "", "", "", "", "", "1", "w"], "-o", "a.yaml", "--content", content.path)
    assert phrase("needed") in done.output
    assert done.output.count(phrase("needed")) == 2
    assert "a.yaml" not in done.files  # "secret" needs an answer, and "1" was it; "w" is no answer to "last"
    assert done.file("a.yaml.draft")["left_open"] == ("name", "many", "much", "when", "felt", "which")
    assert done.file("a.yaml.draft")["answers"] == {"word": "b", "secret": "n"}


def test_id_rather_not_say(workdir: Path, content: Folder) -> None:
    """“I'd rather not say” is an answer where it is offered, also to a question that needs one; elsewhere it is refused."""
    arguments = ("-o", "a.yaml", "--content", content.path)
    done = run_take(workdir, ["-", "1", "-", "-", "q"], *arguments)
    assert done.output.count(phrase("not_offered_and_needed")) == 1
    assert done.output.count(phrase("not_offered")) == 1
    assert done.file("a.yaml.draft")["answers"] == {"word": "b", "name": None}
    content.plant(
        "questionnaires/all.yaml",
        "required: true, options: [{id: b",
        "rather_not_say: true, required: true, options: [{id: b",
    )
    done = run_take(workdir, ["", "-", "q"], "-o", "b.yaml", "--content", content.path)
    assert phrase("needed_or_decline") in done.output
    assert done.file("b.yaml.draft")["answers"] == {"word": None}


def test_texts_that_are_keys(workdir: Path, content: Folder) -> None:
    """A name that is a key is typed with a backslash; in capitals it is none."""
    for line, name in (("\\b", "b"), ("\\\\", "\\"), ("\\-", "-"), ("B", "B"), ("Q", "Q"), (" Kim ", "Kim")):
        done = run_take(workdir, ["1", line, "q"], "-o", f"{ord(name[0])}.yaml", "--content", content.path)
        assert done.file(f"{ord(name[0])}.yaml.draft")["answers"]["name"] == name


# Back, lists, keys


def test_back(workdir: Path, content: Folder) -> None:
    """Back shows the question before with its answer; Enter keeps it; a new answer replaces it; nothing is lost."""
    lines = ["b", "1", "Kim", "b", "b", "2", "", "7", "b", "", "q"]
    done = run_take(workdir, lines, "-o", "a.yaml", "--content", content.path)
    assert done.output.count(phrase("first")) == 1
    assert phrase("so_far", answer="A berry") in done.output
    assert done.output.count(phrase("so_far", answer="Kim")) == 2
    assert done.file("a.yaml.draft")["answers"] == {"word": "c", "name": "Kim", "many": 7}
    assert "So far: 7 cups" in done.output


def test_taking_an_answer_back(workdir: Path, content: Folder) -> None:
    """An answer can be taken back, if the question needs none; where there is none, that is said."""
    done = run_take(workdir, ["x", "1", "Kim", "b", "x", "b", "b", "x", "q"], "-o", "a.yaml", "--content", content.path)
    assert done.output.count(phrase("no_answer_yet")) == 1
    assert phrase("open_so_far") in done.output
    assert phrase("needed") in done.output
    assert done.file("a.yaml.draft")["answers"] == {"word": "b"}
    assert done.file("a.yaml.draft")["left_open"] == ("name",)


def test_the_list(workdir: Path, content: Folder) -> None:
    """The list shows what was answered so far, and then the question again; sensitive answers are not in it."""
    done = run_take(workdir, ["l", *HALF, "2", "1", "l", "q"], "-o", "a.yaml", "--content", content.path)
    first, second = done.output.split(phrase("list_title"))[1:]
    assert phrase("nothing_yet") in first
    for words in ("A berry", "Kim", "3 cups", "0.5", "2026-05-05", "low", "One, Two", phrase("answered")):
        assert words in second
    assert "dark" not in second
    assert "For a reason?" not in second
    assert "question 10 of 10" in second


def test_the_keys(workdir: Path, content: Folder) -> None:
    """The keys are explained on request, with the question once more; at a text, also how to type a key."""
    done = run_take(workdir, ["?", "1", "?", "q"], "-o", "a.yaml", "--content", content.path)
    assert done.question_count() == 4
    for _, words in keys("keys_of_question"):
        assert done.output.count(words) == 2
    assert done.output.count(phrase("keys_of_text")) == 1


# The look before the end


def test_nothing_is_written_before_the_look(workdir: Path, content: Folder) -> None:
    """After the last question everything is shown; only the word to write writes it."""
    done = run_take(workdir, [*WHOLE, "", "yes", "99", "0", "?", "l"], "-o", "a.yaml", "--content", content.path)
    assert done.files == ["a.yaml.draft"]
    assert done.output.count(phrase("review_title")) == 2
    assert done.output.count(phrase("review_which", count=9)) == 4
    for words in (
        "A berry",
        "Kim",
        "3 cups",
        "0.5",
        "2026-05-05",
        "low",
        "One, Two",
        phrase("answered"),
        phrase("yes"),
    ):
        assert words in done.review
    assert "Nothing here" not in done.review


def test_changing_an_answer(workdir: Path, content: Folder) -> None:
    """An answer is changed by its number, and everything is shown again."""
    done = run_take(workdir, [*WHOLE, "3", "5", "7", "3", "b", "", "w"], "-o", "a.yaml", "--content", content.path)
    assert done.file()["answers"] == ANSWERS | {"many": 5, "which": ("none",)}
    assert done.output.count(phrase("review_title")) == 4
    assert "5 cups" in done.review


def test_answers_that_no_longer_apply(workdir: Path, content: Folder) -> None:
    """A change that hides an answered question names it and leaves it out; changed back, the answer is there again."""
    lines = [*WHOLE, "1", "2"]
    done = run_take(workdir, [*lines, "w"], "-o", "a.yaml", "--content", content.path)
    assert done.shows(phrase("dropped"), look=True)
    assert "Is that all" in done.review
    assert done.file()["answers"] == {name: ANSWERS[name] for name in ANSWERS if name != "last"} | {"word": "c"}
    back = run_take(workdir, [*lines, "1", "1", "w"], "-o", "b.yaml", "--content", content.path)
    assert not back.shows(phrase("dropped"), look=True)
    assert back.file("b.yaml")["answers"] == ANSWERS


def test_questions_that_come_up(workdir: Path, content: Folder) -> None:
    """A change that brings up a question asks it before everything is shown again."""
    done = run_take(workdir, ["2", *HALF[1:], "1", "1", "1", "2", "w"], "-o", "a.yaml", "--content", content.path)
    assert done.file()["answers"] == ANSWERS | {"last": False}


def test_sensitive_answers_are_not_repeated(workdir: Path, content: Folder) -> None:
    """Neither a sensitive answer nor a question that comes up because of it is in the look; both can be changed."""
    arguments = ("-o", "a.yaml", "--content", content.path)
    lines = [*HALF, "2", "1", "1"]
    done = run_take(workdir, [*lines, "8"], *arguments)
    assert phrase("so_far", answer=phrase("answered")) in done.output
    look = done.output.partition(phrase("review_title"))[2].partition("question ")[0]
    assert "A secret?" in look
    assert "dark" not in look
    assert "For a reason?" not in look
    assert "9  Is that all" in look
    again = run_take(workdir, ["8", "", "2", "w"], *arguments)
    assert again.file()["answers"] == ANSWERS | {"secret": "s", "reason": False}


def test_dropped_sensitive_answers_are_only_counted(workdir: Path, content: Folder) -> None:
    """An answer that does not apply any more, and would tell of a sensitive one, is counted and not named."""
    done = run_take(workdir, [*HALF, "2", "1", "1", "8", "1", "w"], "-o", "a.yaml", "--content", content.path)
    assert phrase("dropped_too", count=1) in done.review
    assert "For a reason?" not in done.review
    assert done.file()["answers"] == ANSWERS


# Stopping and going on


def test_stopping_and_going_on(workdir: Path, content: Folder) -> None:
    """After any question one can stop; the same command goes on at the first that is neither answered nor left open."""
    arguments = ("-o", "a.yaml", "--content", content.path)
    for place, line in enumerate(WHOLE):
        done = run_take(workdir, [line, "q"], *arguments)
        assert (done.files, done.question_count()) == (["a.yaml.draft"], 2 if place < len(WHOLE) - 1 else 1)
        assert done.output.endswith(f"  heartwork take -o a.yaml --content {content.path}\n")
        assert done.file("a.yaml.draft")["answers"] == dict(list(ANSWERS.items())[: place + 1])
    done = run_take(workdir, ["w"], *arguments)
    assert (done.files, done.file()["answers"]) == (["a.yaml"], ANSWERS)


def test_what_was_left_open_is_not_asked_again(workdir: Path, content: Folder) -> None:
    """Whoever goes on is not asked again what they left open."""
    arguments = ("-o", "a.yaml", "--content", content.path)
    run_take(workdir, ["1", "", "q"], *arguments)
    done = run_take(workdir, ["4", "q"], *arguments)
    assert done.file("a.yaml.draft")["answers"] == {"word": "b", "many": 4}


def test_the_end_of_the_input_saves(workdir: Path, content: Folder) -> None:
    """When nothing more comes, what was answered is saved, and that is no failure; the draft is a file of answers itself."""
    done = run_take(workdir, ["1", "Kim"], "-o", "a.yaml", "--content", content.path)
    assert (done.files, done.result.stderr) == (["a.yaml.draft"], "")
    sitting = read_answers_file(workdir / "a.yaml.draft", load_library(content.path))
    assert sitting.file.answers == {"word": "b", "name": "Kim"}


def test_without_an_answer_nothing_is_saved(workdir: Path, content: Folder) -> None:
    """Whoever stops before the first answer leaves no file behind."""
    for lines in ([], ["q"], ["", "zzz", "b"]):
        done = run_take(workdir, lines, "-o", "a.yaml", "--content", content.path)
        assert (done.files, phrase("nothing_saved") in done.output) == ([], True)


def test_interrupts_save(workdir: Path, content: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C saves and ends well, at a question and at the look."""
    arguments = ("-o", "a.yaml", "--content", content.path)
    for lines in (["1", "Kim"], WHOLE[2:]):
        typing = iter(lines)

        def ask(_: Screen, typing: object = typing) -> str:
            line = next(typing, None)  # type: ignore[call-overload]
            if line is None:
                raise KeyboardInterrupt
            return str(line)

        with monkeypatch.context() as patched:
            patched.setattr(Screen, "ask", ask)
            done = run_take(workdir, [], *arguments)
        assert phrase("saved", file="a.yaml.draft") in done.output
    assert done.file("a.yaml.draft")["answers"] == ANSWERS


def test_the_day(workdir: Path, content: Folder) -> None:
    """The default day is today, and stays that of the first answer unless another one is given."""
    arguments = ("-o", "a.yaml", "--content", content.path)
    assert run_take(workdir, ["1"], *arguments, "--date", DAY).file("a.yaml.draft")["taken_on"] == str(DAY)
    assert run_take(workdir, ["Kim"], *arguments).file("a.yaml.draft")["taken_on"] == str(DAY)
    assert run_take(workdir, ["3"], *arguments, "--date", "2026-10-06").file("a.yaml.draft")["taken_on"] == "2026-10-06"
    run_take(workdir, [], *arguments, "--date", "2026-13-06", code=2)


# Files


def test_the_usual_name(workdir: Path, content: Folder) -> None:
    """Without a name the file is called by its day; it is said at the start, another one is never overwritten, and a draft goes on."""
    arguments = ("--content", content.path, "--date", DAY)
    names = [f"answers-{DAY}.yaml", f"answers-{DAY}-2.yaml", f"answers-{DAY}-3.yaml"]
    for place, name in enumerate(names):
        result = run_take(workdir, ["1"], *arguments)
        assert name in result.output.partition("question 1 of")[0]
        assert (
            result.files == [*sorted(names[:place]), f"{name}.draft"]
            if not place
            else set(result.files) == {*names[:place], f"{name}.draft"}
        )
        done = run_take(workdir, [*WHOLE[1:], "w"], "--content", content.path)
        assert done.file(name)["answers"] == ANSWERS


def test_drafts_in_the_folder(workdir: Path, content: Folder, small: Folder) -> None:
    """Only a draft of this questionnaire is gone on with; of several, one has to be named."""
    (workdir / "answers-1.yaml.draft").write_text("[")
    run_take(workdir, ["1"], "--content", small.path, "--date", DAY)
    run_take(workdir, ["1"], "--content", content.path, "--date", "2026-10-06")
    assert (
        run_take(workdir, ["Kim"], "--content", content.path).file("answers-2026-10-06.yaml.draft")["answers"]["name"]
        == "Kim"
    )
    run_take(workdir, ["1"], "-o", "answers-2.yaml", "--content", content.path)
    assert "answers-2.yaml" in run_take(workdir, ["1"], "--content", content.path, code=2).result.stderr


def test_another_file_is_never_overwritten(workdir: Path, content: Folder) -> None:
    """A file that exists is refused at the start, whatever it is, and one that comes to exist meanwhile at the end."""
    (workdir / "a.yaml").write_text("mine")
    (workdir / "link.yaml").symlink_to("nowhere")
    for name in ("a.yaml", "link.yaml"):
        refused = run_take(workdir, WHOLE, "-o", name, "--content", content.path, code=1)
        assert "HW608" in refused.result.stderr
    assert (workdir / "a.yaml").read_text() == "mine"
    assert sorted(path.name for path in workdir.iterdir()) == ["a.yaml", "link.yaml"]


@pytest.mark.parametrize("output", ["nowhere/a.yaml", "file/a.yaml", "a" * 300])
def test_places_that_cannot_be_written(workdir: Path, content: Folder, output: str) -> None:
    """A place that cannot be written is reported before the first question."""
    (workdir / "file").write_text("")
    refused = run_take(workdir, WHOLE, "-o", output, "--content", content.path, code=1)
    assert ("HW608" in refused.result.stderr, refused.question_count()) == (True, 0)


def test_wrong_uses(workdir: Path, content: Folder, small: Folder) -> None:
    """A questionnaire that is not there or not named among several, a folder and the standard output are wrong uses."""
    run_take(workdir, [], "nothing", "--content", content.path, code=2)
    run_take(workdir, [], "-o", workdir, "--content", content.path, code=2)
    run_take(workdir, [], "-o", "-", "--content", content.path, code=2)
    small.write(
        {
            **FILES,
            "questionnaires/two.yaml": FILES["questionnaires/check.yaml"]
            .replace("role: check_in", "role: full")
            .replace("questionnaire: check", "questionnaire: two"),
        }
    )
    assert "two" in run_take(workdir, [], "--content", small.path, code=2).result.stderr
    assert run_take(workdir, ["1"], "two", "--content", small.path).question_count() == 2
    content.plant("questionnaires/all.yaml", "title: All there is", "title: All there is\nrole: check_in")
    run_take(workdir, [], "--content", content.path, code=2)
    assert run_take(workdir, ["q"], "all", "--content", content.path).question_count() == 1


def test_content_that_does_not_load(workdir: Path, content: Folder) -> None:
    """Faults in the content are reported with their places."""
    content.plant("questionnaires/all.yaml", "type: yes_no, text: For", "type: maybe, text: For")
    assert "HW204" in run_take(workdir, WHOLE, "--content", content.path, code=1).result.stderr


def test_a_draft_of_another_questionnaire(workdir: Path) -> None:
    """A draft names its questionnaire: it need not be named again, and another one is refused."""
    result = run_take(workdir, ["q"], "again", "-o", "a.yaml", "--content", GOLDEN)
    result = run_take(workdir, ["1"], "again", "-o", "a.yaml", "--content", GOLDEN)
    assert result.file("a.yaml.draft")["questionnaire"] == "again"
    run_take(workdir, ["2"], "-o", "a.yaml", "--content", GOLDEN)
    refused = run_take(workdir, ["1"], "every", "-o", "a.yaml", "--content", GOLDEN, code=1)
    assert "a.yaml.draft:2:16: HW611" in refused.result.stderr
    assert result.file("a.yaml.draft")["answers"] == {"calm": 0, "rest": 2}


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        ("[", "HW102"),
        ("", "HW109"),
        ("a: 1", "HW601"),
        ("heartwork: 1", "HW202"),
        ("heartwork: 1\nquestionnaire: x\nanswers: {}\n", "HW602"),
    ],
)
def test_drafts_that_cannot_be_read(workdir: Path, content: Folder, draft: str, code: str) -> None:
    """An unreadable draft is reported and stays as it is."""
    (workdir / "a.yaml.draft").write_text(draft)
    refused = run_take(workdir, WHOLE, "-o", "a.yaml", "--content", content.path, code=1)
    assert code in refused.result.stderr
    assert (workdir / "a.yaml.draft").read_text() == draft


def test_going_on_under_other_questions(workdir: Path, content: Folder) -> None:
    """If the questions have changed, that is said; what still fits is kept, and what does not is asked again."""
    arguments = ("-o", "a.yaml", "--content", content.path)
    run_take(workdir, HALF, *arguments)
    content.plant("questionnaires/all.yaml", "highest: 10,", "highest: 2,")
    done = run_take(workdir, ["1", "1", "1", "w"], *arguments)
    assert phrase("other_content") in done.output
    assert phrase("not_kept", count=1) in done.output
    assert done.file() == {
        "heartwork": 1,
        "questionnaire": "all",
        "content": load_library(content.path).packs["p"].content_digest,
        "taken_on": done.file()["taken_on"],
        "answers": ANSWERS | {"many": 1},
    }


def test_a_draft_from_before_keys_were_renamed(workdir: Path, tmp_path: Path) -> None:
    """A draft that names the digest of the same content under older keys goes on, and nothing is said of other questions."""
    shutil.copyfile(STORED / "answers.yaml.draft", workdir / "a.yaml.draft")
    done = run_take(workdir, [], "-o", "a.yaml", "--content", todays_content(tmp_path / "today"))
    assert done.shows(phrase("going_on", file="a.yaml", day="2026-10-05"))
    assert phrase("other_content") not in done.output
    assert "HW603" not in done.result.stderr


def test_a_finished_file_with_its_draft_from_before_keys_were_renamed(workdir: Path, tmp_path: Path) -> None:
    """A file that an earlier version wrote, with the draft that it could not remove any more: only the draft goes."""
    content = todays_content(tmp_path / "today")
    written = (STORED / "answers.yaml").read_text(encoding="utf-8")
    (workdir / "a.yaml").write_text(written, encoding="utf-8")
    (workdir / "a.yaml.draft").write_text(f"{written}left_open: []\n", encoding="utf-8")
    done = run_take(workdir, [], "-o", "a.yaml", "--content", content)
    assert done.files == ["a.yaml"]
    assert phrase("already", file="a.yaml") in done.output
    assert (workdir / "a.yaml").read_text(encoding="utf-8") == written


def test_only_the_owner_reads_them(workdir: Path, content: Folder) -> None:
    """The draft and the file are private."""
    run_take(workdir, ["1"], "-o", "a.yaml", "--content", content.path)
    assert (workdir / "a.yaml.draft").stat().st_mode & 0o777 == 0o600
    run_take(workdir, [*WHOLE[1:], "w"], "-o", "a.yaml", "--content", content.path)
    assert (workdir / "a.yaml").stat().st_mode & 0o777 == 0o600


def test_a_finished_file_with_its_draft(workdir: Path, content: Folder) -> None:
    """If all was written and only the draft was not removed any more, the next call does that and no more."""
    arguments = ("-o", "a.yaml", "--content", content.path)
    draft = workdir / "a.yaml.draft"
    run_take(workdir, WHOLE, *arguments)
    draft_bytes = draft.read_bytes()
    run_take(workdir, ["w"], *arguments)
    draft.write_bytes(draft_bytes)
    done = run_take(workdir, [], *arguments)
    assert (done.files, done.question_count(), phrase("already", file="a.yaml") in done.output) == (
        ["a.yaml"],
        0,
        True,
    )


def test_the_report_of_what_was_taken(workdir: Path) -> None:
    """What was taken by hand has the same plan as the same answers written by hand."""
    pack, questionnaire_form = load_form("every", GOLDEN)
    by_hand = file_contents(GOLDEN.parent / "dialect-1" / "answers.yaml")
    lines, interview = input_lines(pack, questionnaire_form, by_hand["answers"])
    run_take(workdir, [*lines, "w"], "-o", "a.yaml", "--date", by_hand["taken_on"], "--content", GOLDEN)
    (workdir / "b.yaml").write_text(json.dumps(by_hand | {"answers": interview.complete().answers}))
    reports = [
        CliRunner().invoke(cli, ["report", name, "--content", str(GOLDEN)]).stdout for name in ("a.yaml", "b.yaml")
    ]
    assert reports[0] == reports[1]
    assert reports[0]
