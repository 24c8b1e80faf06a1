"""The commands: what they print and where, how they end, and that nothing ends in a traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Final

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.answers.answers_file import export_text
from engine.cli import check, compare, explain, report
from engine.loading.yaml import read
from tests.factories.small_pack import FILES, Folder
from tests.paths import EXAMPLES

PROBLEM: Final = re.compile(r"\S.*:[1-9]\d*:[1-9]\d*: (HW\d{3}) .+; .+")
ANSWERS: Final = """\
heartwork: 1
questionnaire: main
taken_on: 2026-10-05
answers:
  pronoun: she
  talk: some
  calm: 1
  rest: 2
  days: 3
  signs: [one]
  met: 2020-01-05
"""
CHECK_IN: Final = "heartwork: 1\nquestionnaire: check\ntaken_on: 2026-11-05\nanswers: {talk: no}\n"


def named(name: str) -> click.Command:
    return {"check": check.check, "compare": compare.compare, "explain": explain.explain, "report": report.report}[name]


def run(name: str, *arguments: object) -> Result:
    """Run a command as a person would, and make sure that whatever it says to them is said properly."""
    found = CliRunner().invoke(named(name), [str(one) for one in arguments], prog_name=f"heartwork {name}")
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code in {0, 1, 2}
    return found


def codes(found: Result) -> list[str]:
    """The codes of the problems told, all on stderr and each with its place."""
    matches = [PROBLEM.fullmatch(line) for line in found.stderr.splitlines()]
    assert all(matches), found.stderr
    return [match[1] for match in matches if match]


@dataclass
class Desk:
    """A folder with content and answers."""

    content: Folder
    answers: Path
    later: Path
    check_in: Path

    def run(self, name: str, *arguments: object) -> Result:
        return run(name, *arguments, "--content", self.content.path)


@pytest.fixture
def desk(folder: Folder, tmp_path: Path) -> Desk:
    """The small pack, with two sittings and a check-in of a person."""
    found = Desk(folder.small(), tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "c.yaml")
    found.answers.write_text(ANSWERS)
    found.later.write_text(ANSWERS.replace("10-05", "11-05").replace("calm: 1", "calm: 3"))
    found.check_in.write_text(CHECK_IN)
    return found


# report


def test_report(desk: Desk) -> None:
    """A report goes to the screen, as text unless told, and nothing else does."""
    found = desk.run("report", desk.answers)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.startswith("A small pack\n")
    assert found.stdout == desk.run("report", desk.answers, "--format", "text").stdout


def test_report_with_a_check_in(desk: Desk) -> None:
    """A check-in's holds are added to the plan of the full sitting; what is no check-in cannot be added."""
    shipped = EXAMPLES / "first-weeks.yaml"
    desk.check_in.write_text(
        "heartwork: 1\nquestionnaire: check-in\ntaken_on: 2026-10-12\nanswers: {since_last_time: [told_to_stop]}\n"
    )
    alone = json.loads(run("report", shipped, "--format", "json").stdout)
    found = run("report", shipped, "--check-in", desk.check_in, "--format", "json")
    assert (found.exit_code, found.stderr) == (0, "")
    held = {step["id"] for step in json.loads(found.stdout)["steps"] if step["emphasis"] == "not_now"}
    assert held > {step["id"] for step in alone["steps"] if step["emphasis"] == "not_now"}
    refused = run("report", shipped, "--check-in", shipped)
    assert (refused.exit_code, refused.stdout, codes(refused)) == (1, "", ["HW604"])


def test_answers_from_the_standard_input(desk: Desk) -> None:
    """Answers that should not lie in a file can be piped in."""
    arguments = ["-", "--content", str(desk.content.path)]
    found = CliRunner().invoke(report.report, arguments, input=ANSWERS)
    assert (found.exit_code, found.stdout) == (0, desk.run("report", desk.answers).stdout)
    wrong = CliRunner().invoke(report.report, arguments, input=ANSWERS.replace("some", "often_"))
    assert (wrong.exit_code, codes(wrong)) == (1, ["HW502"])


@pytest.mark.parametrize("command", ["report", "compare"])
def test_answers_are_never_overwritten(desk: Desk, command: str) -> None:
    """A report is not written over the file it was made from, whatever that file is called by."""
    link = desk.answers.parent / "link"
    link.symlink_to(desk.answers)
    files = [desk.answers, desk.later][: 1 if command == "report" else 2]
    for output in (desk.answers, link):
        found = desk.run(command, *files, "-o", output)
        assert (found.exit_code, codes(found)) == (1, ["HW608"])
    assert desk.answers.read_text() == ANSWERS


def test_the_later_sitting_first(desk: Desk) -> None:
    """Two sittings in the wrong order are compared as named, and that is said."""
    found = desk.run("compare", desk.later, desk.answers)
    assert (found.exit_code, codes(found)) == (0, ["HW610"])


@pytest.mark.parametrize(
    ("form", "start"), [("text", "A small"), ("md", "# A small"), ("html", "<!doctype html>"), ("json", "{")]
)
@pytest.mark.parametrize("command", ["report", "compare"])
def test_formats(desk: Desk, command: str, form: str, start: str) -> None:
    """Both reports come in all four formats, on the screen or in a file, with the same bytes."""
    files = [desk.answers, desk.later][: 1 if command == "report" else 2]
    shown = desk.run(command, *files, "--format", form)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.startswith(start)
    target = desk.answers.parent / "out"
    written = desk.run(command, *files, "--format", form, "-o", target)
    assert (written.exit_code, written.output) == (0, "")
    assert target.read_bytes() == shown.stdout_bytes


def test_json_of_report_and_compare(desk: Desk) -> None:
    """The JSON format holds the plan and the comparison as they are documented."""
    plan = json.loads(desk.run("report", desk.answers, "--format", "json").stdout)
    assert [step["id"] for step in plan["steps"]] == ["rest", "call"]
    assert plan["taken_on"] == "2026-10-05"
    comparison = json.loads(desk.run("compare", desk.answers, desk.later, "--format", "json").stdout)
    assert comparison["days"] == 31
    assert comparison["scales"][0]["after"] - comparison["scales"][0]["before"] == 2


def test_output_that_cannot_be_written(desk: Desk) -> None:
    """A place that cannot be written is told, with code 1 if the system refuses and 2 if it is a folder."""
    found = desk.run("report", desk.answers, "-o", desk.answers.parent / "nowhere" / "plan.txt")
    assert (found.exit_code, found.stdout, codes(found)) == (1, "", ["HW608"])
    assert desk.run("report", desk.answers, "-o", desk.answers.parent).exit_code == 2
    assert codes(desk.run("compare", desk.answers, desk.later, "-o", desk.answers / "below")) == ["HW608"]


def test_as_of(desk: Desk) -> None:
    """--as-of makes the plan for another day: what asks for the age of a date may change."""
    desk.answers.write_text(ANSWERS.replace("rest: 2", "rest: 3"))
    usual = json.loads(desk.run("report", desk.answers, "--format", "json").stdout)
    early = json.loads(desk.run("report", desk.answers, "--format", "json", "--as-of", "2020-01-10").stdout)
    assert (usual["taken_on"], early["taken_on"]) == ("2026-10-05", "2020-01-10")
    effects = [{reason["effect"] for step in one["steps"] for reason in step["reasons"]} for one in (usual, early)]
    assert ("orders" in effects[0], "orders" in effects[1]) == (True, False)
    assert "2020-01-10" not in desk.run("explain", desk.answers, "--as-of", "2020-01-10").stderr


@pytest.mark.parametrize("day", ["2026-13-01", "today", "2026-02-30", "", "05.10.2026", "20261005"])
def test_as_of_that_is_no_day(desk: Desk, day: str) -> None:
    """A day that is none is a wrong use."""
    for command in ("report", "explain"):
        assert desk.run(command, desk.answers, "--as-of", day).exit_code == 2


def test_other_content_is_advice(desk: Desk) -> None:
    """Answers given to other content are reported with advice on stderr and code 0."""
    desk.answers.write_text(ANSWERS + f"content: {'0' * 64}\n")
    for found in (
        desk.run("report", desk.answers),
        desk.run("explain", desk.answers),
        desk.run("compare", desk.answers, desk.later),
    ):
        assert (found.exit_code, codes(found)) == (0, ["HW603"])
        assert "HW603" not in found.stdout


def test_answers_that_do_not_apply(desk: Desk) -> None:
    """Answers to questions that do not come up are named on stderr, by every command that leaves them out."""
    desk.answers.write_text(ANSWERS.replace("talk: some", "talk: often"))
    for found in (
        desk.run("report", desk.answers),
        desk.run("explain", desk.answers),
        desk.run("compare", desk.answers, desk.later),
    ):
        assert found.exit_code == 0
        assert re.fullmatch(r".*\bdays\n", found.stderr)


def test_a_check_in_has_no_report(desk: Desk) -> None:
    """A check-in cannot be reported, which is told at its questionnaire; it can be explained and compared."""
    found = desk.run("report", desk.check_in)
    assert (found.exit_code, codes(found)) == (1, ["HW606"])
    assert found.stderr.startswith(f"{desk.check_in}:2:16: ")
    explained = desk.run("explain", desk.check_in)
    assert explained.exit_code == 0
    assert "unsafe" in explained.stdout
    compared = desk.run("compare", desk.answers, desk.check_in, "--format", "json")
    assert json.loads(compared.stdout)["no_attribution"] == "no_plan"


# explain


def test_explain(desk: Desk) -> None:
    """Explain names the rules that fired with their places, all steps, or one step alone."""
    found = desk.run("explain", desk.answers)
    assert found.exit_code == 0
    assert re.search(r"walks \(.*/rules/small/all\.yaml:\d+:5\)", found.stdout)
    assert "[Start here]" in found.stdout
    one = desk.run("explain", desk.answers, "call")
    assert one.exit_code == 0
    assert re.findall(r"^\d\. (\S+)", one.stdout, re.MULTILINE) == ["call"]


@pytest.mark.parametrize(("step", "hint"), [("cal", "“call”"), ("rests", "“rest”"), ("nobody-knows", None)])
def test_explain_an_unknown_step(desk: Desk, step: str, hint: str | None) -> None:
    """An unknown step is told with the nearest one, if one is near."""
    found = desk.run("explain", desk.answers, step)
    assert (found.exit_code, found.stdout, codes(found)) == (1, "", ["HW609"])
    assert "call" in found.stderr
    assert ("did you mean" in found.stderr) is (hint is not None)
    assert hint is None or hint in found.stderr


def test_explain_a_step_of_a_check_in(desk: Desk) -> None:
    """A check-in has no steps to explain."""
    found = desk.run("explain", desk.check_in, "call")
    assert (found.exit_code, found.stdout, codes(found)) == (1, "", ["HW606"])


def test_show_sensitive(desk: Desk) -> None:
    """Explain masks what rests on sensitive answers, and shows it on request."""
    desk.content.plant("questionnaires/main.yaml", "anchors: [never,", "sensitive: true\n        anchors: [never,")
    masked = desk.run("explain", desk.answers)
    shown = desk.run("explain", desk.answers, "--show-sensitive")
    assert ("I rest." in masked.stdout, "I rest." in shown.stdout) == (False, True)
    assert ("--show-sensitive" in masked.stdout, "--show-sensitive" in shown.stdout) == (True, False)


# what would change the plan, and the weeks

SHIPPED: Final = EXAMPLES / "first-weeks.yaml"
AFRAID: Final = SHIPPED.with_name("afraid.yaml")


def test_what_would_change_the_plan() -> None:
    """At most three in a report, in every format; all of them, with places, in an explanation."""
    found = run("report", SHIPPED, "--what-if")
    assert (found.exit_code, found.stderr) == (0, "")
    assert 0 < found.stdout.count("· If ") <= 3
    assert "place" not in found.stdout
    told = json.loads(run("report", SHIPPED, "--what-if", "--format", "json").stdout)
    whole = run("explain", SHIPPED, "--what-if")
    assert (whole.exit_code, whole.stderr) == (0, "")
    assert whole.stdout.count("· If ") == len(told["what_ifs"]) + told["more"]
    assert "place" in whole.stdout
    for form in ("html", "md"):
        assert run("report", SHIPPED, "--what-if", "--format", form).stdout.count("If ") >= 1
    assert "If " not in run("report", AFRAID, "--what-if").stdout


def test_a_change_that_is_not_confirmed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the rules engine does not confirm is left out, and said as advice."""
    monkeypatch.setattr("engine.what_if.search.confirmed_rules", lambda *_: None)
    found = run("report", SHIPPED, "--what-if")
    assert (found.exit_code, "· If " in found.stdout) == (0, False)
    assert set(codes(found)) == {"HW613"}


def test_the_coming_weeks() -> None:
    """Four weeks instead of the plan, in every format; none in a plan that is about safety."""
    found = run("report", SHIPPED, "--weeks")
    assert (found.exit_code, found.stderr, found.stdout.count("Week ")) == (0, "", 4)
    assert len(json.loads(run("report", SHIPPED, "--weeks", "--format", "json").stdout)["weeks"]) == 4
    assert run("report", SHIPPED, "--weeks", "--format", "html").stdout.count("<section") >= 4
    assert "Week " not in run("report", AFRAID, "--weeks").stdout


def test_what_if_is_about_the_whole_plan(desk: Desk) -> None:
    """It goes with no step and tells nothing sensitive; a check-in has none."""
    for more in ("space", "--show-sensitive"):
        assert run("explain", SHIPPED, more, "--what-if").exit_code == 2
    assert codes(desk.run("explain", desk.check_in, "--what-if")) == ["HW606"]
    assert "names no changes" in desk.run("explain", desk.answers, "--what-if").stdout


# compare


def test_compare(desk: Desk) -> None:
    """A comparison names both days and what changed."""
    found = desk.run("compare", desk.answers, desk.later)
    assert (found.exit_code, found.stderr) == (0, "")
    assert "5 October 2026" in found.stdout
    assert "5 November 2026" in found.stdout
    assert "Ease" in found.stdout


def test_compare_everything(desk: Desk) -> None:
    """Where a kind of plan is short, scales, moves and answers are told only with --everything."""
    desk.content.plant("rules/small/steps.yaml", "title: Open", "title: Open\n    short: true")
    short = json.loads(desk.run("compare", desk.answers, desk.later, "--format", "json").stdout)
    whole = json.loads(desk.run("compare", desk.answers, desk.later, "--format", "json", "--everything").stdout)
    assert (short["short"], short["scales"], short["answers"]) == (True, [], [])
    assert (whole["short"], len(whole["scales"]), len(whole["answers"])) == (False, 2, 1)


def test_compare_two_packs(desk: Desk) -> None:
    """Sittings of two packs are refused."""
    desk.content.write(
        {
            "questionnaires/else.yaml": "questionnaire: else\npack: other\ntitle: E\nsections: [{id: a, title: A, items: [{id: x, type: yes_no, text: X}]}]\n",
            "rules/other/steps.yaml": "dialect: 1\npack: other\ntitle: O\nkinds: [{id: k, title: K, default: true}]\n",
        }
    )
    desk.later.write_text("heartwork: 1\nquestionnaire: else\ntaken_on: 2026-10-05\nanswers: {}\n")
    found = desk.run("compare", desk.answers, desk.later)
    assert (found.exit_code, found.stdout, codes(found)) == (1, "", ["HW604"])
    assert found.stderr.startswith(f"{desk.later}:2:16: ")


def test_compare_with_snapshots(desk: Desk) -> None:
    """Sittings that bring their own content are compared under it: scales may differ, and moves are not attributed."""
    pack = desk.content.pack()
    for path, text in ((desk.answers, ANSWERS), (desk.later, desk.later.read_text())):
        path.write_text(f"{text}content: {pack.content_digest}\nsnapshot: {pack.snapshot}\n")
    desk.content.plant("questionnaires/main.yaml", "reverse: [rest]", "reverse: [calm]")
    same = desk.run("compare", desk.answers, desk.later, "--format", "json")
    assert (same.exit_code, json.loads(same.stdout)["no_attribution"]) == (0, None)
    desk.later.write_text(ANSWERS.replace("10-05", "11-05"))
    other = json.loads(desk.run("compare", desk.answers, desk.later, "--format", "json").stdout)
    assert other["no_attribution"] == "content_differs"
    assert other["cannot_compare"] == [["Ease", "values_differ"], ["Marks", "not_enough_answers_before"]]


def test_exported_files(desk: Desk, tmp_path: Path) -> None:
    """A file with its content gives the same with every command, whatever the content has become since."""
    pack = desk.content.pack()
    calls: dict[str, list[object]] = {
        "report": [desk.answers],
        "explain": [desk.answers, "rest"],
        "compare": [desk.answers, desk.later],
    }
    before = {name: desk.run(name, *arguments).stdout for name, arguments in calls.items()}
    for path in (desk.answers, desk.later):
        source, _ = read(path)
        assert source is not None
        assert isinstance(source.value, dict)
        day = date.fromisoformat(source.value["taken_on"])
        path.write_text(export_text(pack, "main", day, source.value["answers"]))
    desk.content.plant("rules/small/steps.yaml", "title: Rest", "title: Rest now")
    desk.content.plant("questionnaires/main.yaml", "reverse: [rest]", "reverse: [calm]")
    for name, arguments in calls.items():
        found = desk.run(name, *arguments)
        assert (found.exit_code, found.stderr, "Rest now" in found.stdout) == (0, "", False)
        assert (
            name == "explain" or found.stdout == before[name]
        )  # explain names places in files, and a snapshot has none
    desk.answers.write_text(desk.answers.read_text().replace('"title": "Rest"', '"title": "Sleep"'))
    for name, arguments in calls.items():
        found = desk.run(name, *arguments)
        assert (found.exit_code, found.stdout, codes(found)) == (1, "", ["HW605"])


# check


def test_check_sound_content(desk: Desk) -> None:
    """Sound content ends with 0 and a line of counts for each pack; advice is told and does not matter."""
    found = run("check", desk.content.path)
    assert found.exit_code == 0
    assert set(codes(found)) == {"HW403"}
    assert found.stdout.splitlines()[0].startswith("small: ")
    assert found.stdout == desk.run("check").stdout


def test_check_tells_how_long_answering_takes(desk: Desk) -> None:
    """Of each form: at most so many minutes, if everything is asked."""
    assert re.search(
        r"to answer everything, at most: .*main [0-9.]+ minutes \(10 questions\)", desk.run("check").stdout
    )


def test_check_strict(desk: Desk) -> None:
    """With --strict advice counts as well."""
    assert run("check", desk.content.path, "--strict").exit_code == 1


def test_check_broken_content(desk: Desk) -> None:
    """All faults are told together, before any example is tried."""
    desk.content.plant("rules/small/all.yaml", "scale: ease", "scale: eas")
    desk.content.plant("questionnaires/main.yaml", "lowest: 0", "lowest: zero")
    found = run("check", desk.content.path)
    assert found.exit_code == 1
    assert {"HW302", "HW203"} <= set(codes(found))
    assert not {"HW401", "HW402", "HW403", "HW404"} & set(codes(found))
    for command in (["report", desk.answers], ["explain", desk.answers], ["compare", desk.answers, desk.later]):
        refused = desk.run(str(command[0]), *command[1:])
        assert (refused.exit_code, refused.stdout, codes(refused)) == (1, "", codes(found))


def test_check_examples(desk: Desk) -> None:
    """An example that contradicts its rule is a problem."""
    desk.content.plant("rules/small/all.yaml", "fires: [{talk: no}]", "fires: [{talk: some}]")
    found = run("check", desk.content.path)
    assert found.exit_code == 1
    assert "HW401" in codes(found)


def test_check_twice_named(desk: Desk) -> None:
    """Two folders at once are a wrong use."""
    assert desk.run("check", desk.content.path).exit_code == 2


def test_no_content(tmp_path: Path, desk: Desk) -> None:
    """A folder without content, or none at all, is told."""
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "nowhere", desk.answers):
        found = run("check", path)
        assert (found.exit_code, codes(found)) == (1, ["HW325"])
        assert codes(run("report", desk.answers, "--content", path)) == ["HW325"]


def test_shipped_content_is_sound() -> None:
    """The content that comes with Heartwork has no problem."""
    assert run("check").exit_code == 0


# Wrong use and help


@pytest.mark.parametrize(
    "arguments",
    [
        ["report"],
        ["explain"],
        ["compare"],
        ["compare", "a.yaml"],
        ["report", "a.yaml", "b.yaml"],
        ["report", "a.yaml", "--format", "pdf"],
        ["report", "a.yaml", "--colour"],
        ["check", "--format", "md"],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    """A wrong use ends with 2 and shows how to use the command."""
    found = run(*arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert f"heartwork {arguments[0]}" in found.stderr


@pytest.mark.parametrize("command", ["report", "explain", "compare", "check"])
def test_help_teaches(command: str) -> None:
    """Each command's help begins with a sentence, shows an example, and describes every option."""
    found = run(command, "--help")
    assert found.exit_code == 0
    assert len(re.findall(rf"^  heartwork {command}\b", found.stdout, re.MULTILINE)) >= 1
    for parameter in named(command).params:
        if parameter.param_type_name == "option":
            assert parameter.help


# Whatever the files hold


def edited(raw: bytes, random: Random) -> bytes:
    """The text with some lines lost, doubled, moved or spoilt."""
    lines = raw.split(b"\n")
    odd = (
        b"\x00",
        b"\xff",
        b": ",
        b"- ",
        b"&a ",
        b"*a",
        b"!x ",
        b"{",
        b"]",
        b"'",
        b'"',
        b"null",
        b"9" * 20,
        b"\t",
        b"|",
    )

    def change(place: int) -> None:
        line = lines[place]
        cut = random.randint(0, len(line))
        changes: tuple[Callable[[], bytes], ...] = (
            lambda: line[:cut],
            lambda: line[:cut] + random.choice(odd) + line[cut:],
            lambda: b"  " + line,
            line.lstrip,
            lambda: random.choice(lines),
            lambda: line.partition(b":")[0] + b": " + random.choice(lines).strip(),
            lambda: line + b"\n" + line,
        )
        lines[place] = random.choice(changes)()

    for _ in range(random.randint(1, 4)):
        change(random.randrange(len(lines)))
    return b"\n".join(lines)


robustly = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
RANDOMS: Final = st.randoms(use_true_random=False, note_method_calls=False)


def told(found: Result) -> None:
    """It ended well, or with problems that have a code and a place, and never with both."""
    assert found.exit_code in {0, 1}
    if found.exit_code:
        assert codes(found)
        assert found.stdout == "" or "problem" in found.stdout


@robustly
@given(raw=st.binary(max_size=200))
def test_any_bytes_as_answers(desk: Desk, raw: bytes) -> None:
    """Any bytes at all in a file of answers are told as problems."""
    path = desk.answers.with_suffix(".odd")
    path.write_bytes(raw)
    for found in (desk.run("report", path), desk.run("compare", desk.answers, path), desk.run("explain", path, "call")):
        assert found.exit_code == 1
        assert codes(found)


@robustly
@given(random=RANDOMS)
def test_any_damage_to_answers(desk: Desk, random: Random) -> None:
    """A damaged file of answers gives a plan or is told as problems."""
    path = desk.answers.with_suffix(".odd")
    path.write_bytes(edited(ANSWERS.encode(), random))
    found = desk.run("report", path)
    if "Left out" not in found.stderr:
        told(found)


VALUES: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["no", "some", "one"]),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=5,
)
NAMES: Final = st.sampled_from(["pronoun", "name", "met", "talk", "calm", "rest", "days", "safe", "signs", "hope", "x"])


@robustly
@given(answers=st.dictionaries(NAMES, VALUES, max_size=6))
def test_any_values_as_answers(desk: Desk, answers: dict[str, Any]) -> None:
    """Any values JSON can hold are accepted as answers or told as problems."""
    path = desk.answers.with_suffix(".odd")
    path.write_text(json.dumps({"heartwork": 1, "questionnaire": "main", "taken_on": "2026-10-05", "answers": answers}))
    found = desk.run("report", path)
    if "Left out" not in found.stderr:
        told(found)


@settings(robustly, max_examples=150)
@given(random=RANDOMS)
def test_any_damage_to_content(desk: Desk, random: Random) -> None:
    """Damaged content is checked and reported without a fault of the program."""
    desk.content.write(FILES)
    for name in random.sample(sorted(FILES), random.randint(1, 2)):
        (desk.content.path / name).write_bytes(edited(FILES[name].encode(), random))
    told(run("check", desk.content.path))
    found = desk.run("report", desk.answers)
    if "Left out" not in found.stderr:
        told(found)


@robustly
@given(raw=st.binary(max_size=100), name=st.sampled_from(sorted(FILES)))
def test_any_bytes_as_content(desk: Desk, raw: bytes, name: str) -> None:
    """Any bytes in a file of content are told as problems."""
    desk.content.write({**FILES, name: raw})
    assert run("check", desk.content.path).exit_code == 1
