"""The commands: output, exit codes, and that no input leads to a traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
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
from engine.content.base import FIRST_DAY, LAST_DAY
from engine.content.items.date import DateItem
from engine.loading.yaml import read
from tests.checks.examples import examples
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


def command_named(name: str) -> click.Command:
    return {"check": check.check, "compare": compare.compare, "explain": explain.explain, "report": report.report}[name]


def run(name: str, *arguments: object) -> Result:
    """Run a command and assert that it ends with one of its exit codes, without another exception."""
    result = CliRunner().invoke(
        command_named(name), [str(argument) for argument in arguments], prog_name=f"heartwork {name}"
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in {0, 1, 2}
    return result


def codes(result: Result) -> list[str]:
    """The codes of the reported problems; each is on stderr with its place."""
    matches = [PROBLEM.fullmatch(line) for line in result.stderr.splitlines()]
    assert all(matches), result.stderr
    return [match[1] for match in matches if match]


@dataclass
class Workspace:
    """A folder with content and answers."""

    content: Folder
    answers: Path
    later: Path
    check_in: Path

    def run(self, name: str, *arguments: object) -> Result:
        return run(name, *arguments, "--content", self.content.path)


@pytest.fixture
def workspace(folder: Folder, tmp_path: Path) -> Workspace:
    """The small pack, with two sittings and a check-in of a person."""
    workspace = Workspace(folder.small(), tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "c.yaml")
    workspace.answers.write_text(ANSWERS)
    workspace.later.write_text(ANSWERS.replace("10-05", "11-05").replace("calm: 1", "calm: 3"))
    workspace.check_in.write_text(CHECK_IN)
    return workspace


# report


def test_report(workspace: Workspace) -> None:
    """A report is printed as text by default, and nothing else is printed."""
    result = workspace.run("report", workspace.answers)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("A small pack\n")
    assert result.stdout == workspace.run("report", workspace.answers, "--format", "text").stdout


def test_report_with_a_check_in(workspace: Workspace) -> None:
    """A check-in's holds are added to the plan of the full sitting; what is no check-in cannot be added."""
    shipped = EXAMPLES / "first-weeks.yaml"
    workspace.check_in.write_text(
        "heartwork: 1\nquestionnaire: check-in\ntaken_on: 2026-10-12\nanswers: {since_last_time: [told_to_stop]}\n"
    )
    alone = json.loads(run("report", shipped, "--format", "json").stdout)
    result = run("report", shipped, "--check-in", workspace.check_in, "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    held = {step["id"] for step in json.loads(result.stdout)["steps"] if step["emphasis"] == "not_now"}
    assert held > {step["id"] for step in alone["steps"] if step["emphasis"] == "not_now"}
    refused = run("report", shipped, "--check-in", shipped)
    assert (refused.exit_code, refused.stdout, codes(refused)) == (1, "", ["HW604"])


def test_answers_from_the_standard_input(workspace: Workspace) -> None:
    """Answers can be read from the standard input."""
    arguments = ["-", "--content", str(workspace.content.path)]
    result = CliRunner().invoke(report.report, arguments, input=ANSWERS)
    assert (result.exit_code, result.stdout) == (0, workspace.run("report", workspace.answers).stdout)
    wrong = CliRunner().invoke(report.report, arguments, input=ANSWERS.replace("some", "often_"))
    assert (wrong.exit_code, codes(wrong)) == (1, ["HW502"])


@pytest.mark.parametrize("command", ["report", "compare"])
def test_answers_are_never_overwritten(workspace: Workspace, command: str) -> None:
    """A report is not written over the file it was made from, also through a link."""
    link = workspace.answers.parent / "link"
    link.symlink_to(workspace.answers)
    files = [workspace.answers, workspace.later][: 1 if command == "report" else 2]
    for output in (workspace.answers, link):
        result = workspace.run(command, *files, "-o", output)
        assert (result.exit_code, codes(result)) == (1, ["HW608"])
    assert workspace.answers.read_text() == ANSWERS


def test_the_later_sitting_first(workspace: Workspace) -> None:
    """Two sittings in the wrong order are compared in that order, with advice."""
    result = workspace.run("compare", workspace.later, workspace.answers)
    assert (result.exit_code, codes(result)) == (0, ["HW610"])


@pytest.mark.parametrize(
    ("output_format", "start"), [("text", "A small"), ("md", "# A small"), ("html", "<!doctype html>"), ("json", "{")]
)
@pytest.mark.parametrize("command", ["report", "compare"])
def test_formats(workspace: Workspace, command: str, output_format: str, start: str) -> None:
    """Both reports come in all four formats, on the screen or in a file, with the same bytes."""
    files = [workspace.answers, workspace.later][: 1 if command == "report" else 2]
    on_screen = workspace.run(command, *files, "--format", output_format)
    assert (on_screen.exit_code, on_screen.stderr) == (0, "")
    assert on_screen.stdout.startswith(start)
    target = workspace.answers.parent / "out"
    written = workspace.run(command, *files, "--format", output_format, "-o", target)
    assert (written.exit_code, written.output) == (0, "")
    assert target.read_bytes() == on_screen.stdout_bytes


def test_json_of_report_and_compare(workspace: Workspace) -> None:
    """The JSON format holds the plan and the comparison as they are documented."""
    plan = json.loads(workspace.run("report", workspace.answers, "--format", "json").stdout)
    assert [step["id"] for step in plan["steps"]] == ["rest", "call"]
    assert plan["taken_on"] == "2026-10-05"
    comparison = json.loads(workspace.run("compare", workspace.answers, workspace.later, "--format", "json").stdout)
    assert comparison["days"] == 31
    assert comparison["scales"][0]["after"] - comparison["scales"][0]["before"] == 2


def test_output_that_cannot_be_written(workspace: Workspace) -> None:
    """An output that cannot be written ends with 1 if the system refuses it, and with 2 if it is a folder."""
    result = workspace.run("report", workspace.answers, "-o", workspace.answers.parent / "nowhere" / "plan.txt")
    assert (result.exit_code, result.stdout, codes(result)) == (1, "", ["HW608"])
    assert workspace.run("report", workspace.answers, "-o", workspace.answers.parent).exit_code == 2
    assert codes(workspace.run("compare", workspace.answers, workspace.later, "-o", workspace.answers / "below")) == [
        "HW608"
    ]


def test_as_of(workspace: Workspace) -> None:
    """--as-of makes the plan for another day, on which a date is longer ago."""
    workspace.answers.write_text(ANSWERS.replace("rest: 2", "rest: 3"))
    usual = json.loads(workspace.run("report", workspace.answers, "--format", "json").stdout)
    early = json.loads(workspace.run("report", workspace.answers, "--format", "json", "--as-of", "2020-01-10").stdout)
    assert (usual["taken_on"], early["taken_on"]) == ("2026-10-05", "2020-01-10")
    effects = [{reason["effect"] for step in plan["steps"] for reason in step["reasons"]} for plan in (usual, early)]
    assert ("orders" in effects[0], "orders" in effects[1]) == (True, False)
    assert "2020-01-10" not in workspace.run("explain", workspace.answers, "--as-of", "2020-01-10").stderr


@pytest.mark.parametrize("day", ["2026-13-01", "today", "2026-02-30", "", "05.10.2026", "20261005"])
def test_as_of_that_is_no_day(workspace: Workspace, day: str) -> None:
    """A text that is no day is a usage error."""
    for command in ("report", "explain"):
        assert workspace.run(command, workspace.answers, "--as-of", day).exit_code == 2


def test_other_content_is_advice(workspace: Workspace) -> None:
    """Answers given to other content are reported with advice on stderr and code 0."""
    workspace.answers.write_text(ANSWERS + f"content: {'0' * 64}\n")
    for result in (
        workspace.run("report", workspace.answers),
        workspace.run("explain", workspace.answers),
        workspace.run("compare", workspace.answers, workspace.later),
    ):
        assert (result.exit_code, codes(result)) == (0, ["HW603"])
        assert "HW603" not in result.stdout


def test_answers_that_do_not_apply(workspace: Workspace) -> None:
    """Answers to questions that do not come up are named on stderr, by every command that leaves them out."""
    workspace.answers.write_text(ANSWERS.replace("talk: some", "talk: often"))
    for result in (
        workspace.run("report", workspace.answers),
        workspace.run("explain", workspace.answers),
        workspace.run("compare", workspace.answers, workspace.later),
    ):
        assert result.exit_code == 0
        assert re.fullmatch(r".*\bdays\n", result.stderr)


def test_a_check_in_has_no_report(workspace: Workspace) -> None:
    """A check-in cannot be reported, which is a problem at its questionnaire; it can be explained and compared."""
    result = workspace.run("report", workspace.check_in)
    assert (result.exit_code, codes(result)) == (1, ["HW606"])
    assert result.stderr.startswith(f"{workspace.check_in}:2:16: ")
    explained = workspace.run("explain", workspace.check_in)
    assert explained.exit_code == 0
    assert "unsafe" in explained.stdout
    compared = workspace.run("compare", workspace.answers, workspace.check_in, "--format", "json")
    assert json.loads(compared.stdout)["no_attribution"] == "no_plan"


# explain


def test_explain(workspace: Workspace) -> None:
    """Explain names the rules that fired with their places, all steps, or one step alone."""
    result = workspace.run("explain", workspace.answers)
    assert result.exit_code == 0
    assert re.search(r"walks \(.*/rules/small/all\.yaml:\d+:5\)", result.stdout)
    assert "[Start here]" in result.stdout
    of_one_step = workspace.run("explain", workspace.answers, "call")
    assert of_one_step.exit_code == 0
    assert re.findall(r"^\d\. (\S+)", of_one_step.stdout, re.MULTILINE) == ["call"]


@pytest.mark.parametrize(("step", "hint"), [("cal", "“call”"), ("rests", "“rest”"), ("nobody-knows", None)])
def test_explain_an_unknown_step(workspace: Workspace, step: str, hint: str | None) -> None:
    """The problem of an unknown step suggests the most similar one, if there is one."""
    result = workspace.run("explain", workspace.answers, step)
    assert (result.exit_code, result.stdout, codes(result)) == (1, "", ["HW609"])
    assert "call" in result.stderr
    assert ("did you mean" in result.stderr) is (hint is not None)
    assert hint is None or hint in result.stderr


def test_explain_a_step_of_a_check_in(workspace: Workspace) -> None:
    """A check-in has no steps to explain."""
    result = workspace.run("explain", workspace.check_in, "call")
    assert (result.exit_code, result.stdout, codes(result)) == (1, "", ["HW606"])


def test_show_sensitive(workspace: Workspace) -> None:
    """Explain masks what rests on sensitive answers, and shows it on request."""
    workspace.content.plant("questionnaires/main.yaml", "anchors: [never,", "sensitive: true\n        anchors: [never,")
    masked = workspace.run("explain", workspace.answers)
    unmasked = workspace.run("explain", workspace.answers, "--show-sensitive")
    assert ("I rest." in masked.stdout, "I rest." in unmasked.stdout) == (False, True)
    assert ("--show-sensitive" in masked.stdout, "--show-sensitive" in unmasked.stdout) == (True, False)


# what would change the plan, and the weeks

SHIPPED: Final = EXAMPLES / "first-weeks.yaml"
AFRAID: Final = SHIPPED.with_name("afraid.yaml")


def test_what_would_change_the_plan() -> None:
    """At most three in a report, in every format; all of them, with places, in an explanation."""
    result = run("report", SHIPPED, "--what-if")
    assert (result.exit_code, result.stderr) == (0, "")
    assert 0 < result.stdout.count("· If ") <= 3
    assert "place" not in result.stdout
    three = json.loads(run("report", SHIPPED, "--what-if", "--format", "json").stdout)
    everything = run("explain", SHIPPED, "--what-if")
    assert (everything.exit_code, everything.stderr) == (0, "")
    assert everything.stdout.count("· If ") == len(three["what_ifs"]) + three["more"]
    assert "place" in everything.stdout
    for output_format in ("html", "md"):
        assert run("report", SHIPPED, "--what-if", "--format", output_format).stdout.count("If ") >= 1
    assert "If " not in run("report", AFRAID, "--what-if").stdout


def test_a_change_that_is_not_confirmed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that the rules engine does not confirm is left out, with advice."""
    monkeypatch.setattr("engine.what_if.search.confirmed_rules", lambda *_: None)
    result = run("report", SHIPPED, "--what-if")
    assert (result.exit_code, "· If " in result.stdout) == (0, False)
    assert set(codes(result)) == {"HW613"}


def test_the_coming_weeks() -> None:
    """Four weeks instead of the plan, in every format; none in a plan that is about safety."""
    result = run("report", SHIPPED, "--weeks")
    assert (result.exit_code, result.stderr, result.stdout.count("Week ")) == (0, "", 4)
    assert len(json.loads(run("report", SHIPPED, "--weeks", "--format", "json").stdout)["weeks"]) == 4
    assert run("report", SHIPPED, "--weeks", "--format", "html").stdout.count("<section") >= 4
    assert "Week " not in run("report", AFRAID, "--weeks").stdout


def test_what_if_is_about_the_whole_plan(workspace: Workspace) -> None:
    """It goes with no step and tells nothing sensitive; a check-in has none."""
    for argument in ("space", "--show-sensitive"):
        assert run("explain", SHIPPED, argument, "--what-if").exit_code == 2
    assert codes(workspace.run("explain", workspace.check_in, "--what-if")) == ["HW606"]
    assert "names no changes" in workspace.run("explain", workspace.answers, "--what-if").stdout


# compare


def test_compare(workspace: Workspace) -> None:
    """A comparison names both days and what changed."""
    result = workspace.run("compare", workspace.answers, workspace.later)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "5 October 2026" in result.stdout
    assert "5 November 2026" in result.stdout
    assert "Ease" in result.stdout


def test_compare_everything(workspace: Workspace) -> None:
    """Where a kind of plan is short, scales and moves are shown only with --everything, and answers not even then."""
    workspace.content.plant("rules/small/steps.yaml", "title: Open", "title: Open\n    short: true")
    short = json.loads(workspace.run("compare", workspace.answers, workspace.later, "--format", "json").stdout)
    whole = json.loads(
        workspace.run("compare", workspace.answers, workspace.later, "--format", "json", "--everything").stdout
    )
    assert (short["short"], short["scales"], short["answers"]) == (True, [], [])
    assert (whole["short"], len(whole["scales"]), whole["answers"]) == (False, 2, [])


def test_compare_two_packs(workspace: Workspace) -> None:
    """Sittings of two packs are refused."""
    workspace.content.write(
        {
            "questionnaires/else.yaml": "questionnaire: else\npack: other\ntitle: E\nsections: [{id: a, title: A, items: [{id: x, type: yes_no, text: X}]}]\n",
            "rules/other/steps.yaml": "dialect: 1\npack: other\ntitle: O\nkinds: [{id: k, title: K, default: true}]\n",
        }
    )
    workspace.later.write_text("heartwork: 1\nquestionnaire: else\ntaken_on: 2026-10-05\nanswers: {}\n")
    result = workspace.run("compare", workspace.answers, workspace.later)
    assert (result.exit_code, result.stdout, codes(result)) == (1, "", ["HW604"])
    assert result.stderr.startswith(f"{workspace.later}:2:16: ")


def test_compare_with_snapshots(workspace: Workspace) -> None:
    """Sittings that bring their own content are compared under it: scales may differ, and moves are not attributed."""
    pack = workspace.content.pack()
    for path, text in ((workspace.answers, ANSWERS), (workspace.later, workspace.later.read_text())):
        path.write_text(f"{text}content: {pack.content_digest}\nsnapshot: {pack.snapshot}\n")
    workspace.content.plant("questionnaires/main.yaml", "reverse: [rest]", "reverse: [calm]")
    same = workspace.run("compare", workspace.answers, workspace.later, "--format", "json")
    assert (same.exit_code, json.loads(same.stdout)["no_attribution"]) == (0, None)
    workspace.later.write_text(ANSWERS.replace("10-05", "11-05"))
    comparison = json.loads(workspace.run("compare", workspace.answers, workspace.later, "--format", "json").stdout)
    assert comparison["no_attribution"] == "content_differs"
    assert comparison["cannot_compare"] == [["Ease", "values_differ"], ["Marks", "not_enough_answers_before"]]


def test_exported_files(workspace: Workspace, tmp_path: Path) -> None:
    """A file with its own content gives the same output with every command after the content has changed."""
    pack = workspace.content.pack()
    calls: dict[str, list[object]] = {
        "report": [workspace.answers],
        "explain": [workspace.answers, "rest"],
        "compare": [workspace.answers, workspace.later],
    }
    before = {name: workspace.run(name, *arguments).stdout for name, arguments in calls.items()}
    for path in (workspace.answers, workspace.later):
        source, _ = read(path)
        assert source is not None
        assert isinstance(source.value, dict)
        day = date.fromisoformat(source.value["taken_on"])
        path.write_text(export_text(pack, "main", day, source.value["answers"]))
    workspace.content.plant("rules/small/steps.yaml", "title: Rest", "title: Rest now")
    workspace.content.plant("questionnaires/main.yaml", "reverse: [rest]", "reverse: [calm]")
    for name, arguments in calls.items():
        result = workspace.run(name, *arguments)
        assert (result.exit_code, result.stderr, "Rest now" in result.stdout) == (0, "", False)
        assert (
            name == "explain" or result.stdout == before[name]
        )  # explain names places in files, and a snapshot has none
    workspace.answers.write_text(workspace.answers.read_text().replace('"title": "Rest"', '"title": "Sleep"'))
    for name, arguments in calls.items():
        result = workspace.run(name, *arguments)
        assert (result.exit_code, result.stdout, codes(result)) == (1, "", ["HW605"])


# check


def test_check_sound_content(workspace: Workspace) -> None:
    """Content without faults ends with 0 and a line of counts for each pack, also if there is advice."""
    result = run("check", workspace.content.path)
    assert result.exit_code == 0
    assert set(codes(result)) == {"HW403"}
    assert result.stdout.splitlines()[0].startswith("small: ")
    assert result.stdout == workspace.run("check").stdout


def test_check_tells_how_long_answering_takes(workspace: Workspace) -> None:
    """Of each form: at most so many minutes, if everything is asked."""
    assert re.search(
        r"to answer everything, at most: .*main [0-9.]+ minutes \(10 questions\)", workspace.run("check").stdout
    )


def test_check_strict(workspace: Workspace) -> None:
    """With --strict advice counts as well."""
    assert run("check", workspace.content.path, "--strict").exit_code == 1


def test_check_broken_content(workspace: Workspace) -> None:
    """All faults of shape are reported together, and those of references once there are none; examples come last."""
    workspace.content.plant("rules/small/all.yaml", "scale: ease", "scale: eas")
    workspace.content.plant("rules/small/all.yaml", "hold: {step: call}", "hold: {step: cal}")
    result = run("check", workspace.content.path)
    assert (result.exit_code, codes(result)) == (1, ["HW302", "HW302"])
    assert result.stdout.startswith("small: ")
    workspace.content.plant("questionnaires/main.yaml", "lowest: 0", "lowest: zero")
    workspace.content.plant("rules/small/steps.yaml", "weight: 10", "weight: ten")
    result = run("check", workspace.content.path)
    assert (result.exit_code, codes(result)) == (1, ["HW203", "HW203"])
    assert len(result.stdout.splitlines()) == 2
    for command in (
        ["report", workspace.answers],
        ["explain", workspace.answers],
        ["compare", workspace.answers, workspace.later],
    ):
        refused = workspace.run(str(command[0]), *command[1:])
        assert (refused.exit_code, refused.stdout, codes(refused)) == (1, "", codes(result))


def test_check_examples(workspace: Workspace) -> None:
    """An example that contradicts its rule is a problem."""
    workspace.content.plant("rules/small/all.yaml", "fires: [{talk: no}]", "fires: [{talk: some}]")
    result = run("check", workspace.content.path)
    assert result.exit_code == 1
    assert "HW401" in codes(result)


def test_check_twice_named(workspace: Workspace) -> None:
    """Two folders at once are a usage error."""
    assert workspace.run("check", workspace.content.path).exit_code == 2


def test_no_content(tmp_path: Path, workspace: Workspace) -> None:
    """A folder without content, or that does not exist, is a problem."""
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "nowhere", workspace.answers):
        result = run("check", path)
        assert (result.exit_code, codes(result)) == (1, ["HW325"])
        assert codes(run("report", workspace.answers, "--content", path)) == ["HW325"]


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
    """A usage error ends with 2 and names the command."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"heartwork {arguments[0]}" in result.stderr


@pytest.mark.parametrize("command", ["report", "explain", "compare", "check"])
def test_help_teaches(command: str) -> None:
    """Each command's help begins with a sentence, shows an example, and describes every option."""
    result = run(command, "--help")
    assert result.exit_code == 0
    assert len(re.findall(rf"^  heartwork {command}\b", result.stdout, re.MULTILINE)) >= 1
    for parameter in command_named(command).params:
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

    def change(index: int) -> None:
        line = lines[index]
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
        lines[index] = random.choice(changes)()

    for _ in range(random.randint(1, 4)):
        change(random.randrange(len(lines)))
    return b"\n".join(lines)


robustly = settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
RANDOMS: Final = st.randoms(use_true_random=False, note_method_calls=False)


def assert_handled(result: Result) -> None:
    """Assert that the command ended with 0, or with problems that have a code and a place."""
    assert result.exit_code in {0, 1}
    if result.exit_code:
        assert codes(result)
        assert result.stdout == "" or "problem" in result.stdout


@robustly
@given(raw=st.binary(max_size=200))
def test_any_bytes_as_answers(workspace: Workspace, raw: bytes) -> None:
    """Any bytes in a file of answers are reported as problems."""
    path = workspace.answers.with_suffix(".odd")
    path.write_bytes(raw)
    for result in (
        workspace.run("report", path),
        workspace.run("compare", workspace.answers, path),
        workspace.run("explain", path, "call"),
    ):
        assert result.exit_code == 1
        assert codes(result)


@robustly
@given(random=RANDOMS)
def test_any_damage_to_answers(workspace: Workspace, random: Random) -> None:
    """A damaged file of answers gives a plan or is reported as problems."""
    path = workspace.answers.with_suffix(".odd")
    path.write_bytes(edited(ANSWERS.encode(), random))
    result = workspace.run("report", path)
    if "Left out" not in result.stderr:
        assert_handled(result)


VALUES: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["no", "some", "one"]),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3),
    max_leaves=5,
)
NAMES: Final = st.sampled_from(["pronoun", "name", "met", "talk", "calm", "rest", "days", "safe", "signs", "hope", "x"])


@robustly
@given(answers=st.dictionaries(NAMES, VALUES, max_size=6))
def test_any_values_as_answers(workspace: Workspace, answers: dict[str, Any]) -> None:
    """Any values of JSON are accepted as answers or reported as problems."""
    path = workspace.answers.with_suffix(".odd")
    path.write_text(json.dumps({"heartwork": 1, "questionnaire": "main", "taken_on": "2026-10-05", "answers": answers}))
    result = workspace.run("report", path)
    if "Left out" not in result.stderr:
        assert_handled(result)


@settings(robustly, max_examples=examples(50))
@given(random=RANDOMS)
def test_any_damage_to_content(workspace: Workspace, random: Random) -> None:
    """Damaged content is reported as problems, and no command fails with an exception."""
    workspace.content.write(FILES)
    for name in random.sample(sorted(FILES), random.randint(1, 2)):
        (workspace.content.path / name).write_bytes(edited(FILES[name].encode(), random))
    assert_handled(run("check", workspace.content.path))
    result = workspace.run("report", workspace.answers)
    if "Left out" not in result.stderr:
        assert_handled(result)


@robustly
@given(raw=st.binary(max_size=100), name=st.sampled_from(sorted(FILES)))
def test_any_bytes_as_content(workspace: Workspace, raw: bytes, name: str) -> None:
    """Any bytes in a file of content are reported as problems."""
    workspace.content.write({**FILES, name: raw})
    assert run("check", workspace.content.path).exit_code == 1


# Days near the ends of the calendar

DAYS: Final = st.dates() | st.sampled_from([date.min, date.max, FIRST_DAY, LAST_DAY])
OUTSIDE: Final = [date.min, FIRST_DAY - timedelta(days=1), LAST_DAY + timedelta(days=1), date.max]


@pytest.mark.parametrize("day", [FIRST_DAY, LAST_DAY])
@pytest.mark.parametrize("part", [(), ("--weeks",), ("--what-if",), ("--format", "ics"), ("--format", "pdf", "--yes")])
def test_the_first_and_the_last_day(tmp_path: Path, day: date, part: tuple[str, ...]) -> None:
    """On either a whole plan can be made, with its weeks and its calendar, for the day in the file and by the option."""
    shipped = EXAMPLES / "first-weeks.yaml"
    result = run("report", shipped, "--as-of", day, "-o", tmp_path / "out", *part)
    assert (result.exit_code, "HW" in result.stderr) == (0, False)
    text = re.sub(r"(?m)^taken_on: .*$", f"taken_on: {day}", shipped.read_text(encoding="utf-8"))
    (tmp_path / "answers.yaml").write_text(text, encoding="utf-8")
    result = run("report", tmp_path / "answers.yaml", "-o", tmp_path / "same", *part)
    assert (result.exit_code, "HW" in result.stderr) == (0, False)


@pytest.mark.parametrize("day", OUTSIDE)
def test_days_that_answers_cannot_speak_of(workspace: Workspace, day: date) -> None:
    """A day outside of those is a problem with its place, or a wrong option, in every command that takes one."""
    line = ANSWERS.splitlines().index("taken_on: 2026-10-05") + 1
    workspace.later.write_text(ANSWERS.replace("2026-10-05", str(day)))
    for result in (
        workspace.run("report", workspace.later),
        workspace.run("report", workspace.answers, "--check-in", workspace.later),
        workspace.run("explain", workspace.later),
        workspace.run("compare", workspace.answers, workspace.later),
    ):
        assert (result.exit_code, result.stdout, codes(result)) == (1, "", ["HW203"])
        assert result.stderr.startswith(f"{workspace.later}:{line}:")
    for name in ("report", "explain"):
        result = workspace.run(name, workspace.answers, "--as-of", day)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{FIRST_DAY} to {LAST_DAY}" in result.stderr


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken_on=DAYS, as_of=DAYS, met=DAYS)
def test_any_days(workspace: Workspace, taken_on: date, as_of: date, met: date) -> None:
    """Any days in a file, an option and an answer give a plan, a problem, or a usage error."""
    text = ANSWERS.replace("2026-10-05", str(taken_on)).replace("2020-01-05", str(met))
    workspace.later.write_text(text)
    for result in (
        workspace.run("report", workspace.later),
        workspace.run("report", workspace.answers, "--as-of", as_of),
        workspace.run("compare", workspace.answers, workspace.later),
        workspace.run("explain", workspace.later),
    ):
        assert (result.exit_code == 0) == (result.stdout != "")


@pytest.mark.parametrize("as_of", [FIRST_DAY, LAST_DAY])
def test_a_number_of_days_that_reaches_out_of_the_calendar(as_of: date) -> None:
    """A key of a date that would lie before the year 1 is no number of days."""
    item = DateItem(id="met", type="date", text="When?")
    assert item.from_key("30", as_of) == str(as_of - timedelta(days=30))
    assert item.from_key("699999", FIRST_DAY) == "699999"
    assert item.from_key("-699999", as_of) == str(as_of + timedelta(days=699999))
