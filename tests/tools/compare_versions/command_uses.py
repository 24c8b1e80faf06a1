"""Uses of the commands, right and wrong, and the files that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

FIRST_OPTIONS: Final = "1\nw\n" * 60
"""Always the first option; "w" is no answer to most questions, and writes the file at the end."""
SOME_KEYS: Final = "?\nl\nb\n1\n\nSam\n9\nx\n1\n2\nb\n-\n0\nq\n"
"""Keys of ``heartwork take``: help, the list, back, an answer, nothing, a name, no answer at all, and stop."""


@dataclass(frozen=True)
class Use:
    """One call of ``heartwork``."""

    arguments: tuple[str, ...]
    typed: str = ""
    makes: tuple[str, ...] = ()
    """Files that are written down as well."""


def _use(line: str, typed: str = "", *makes: str) -> Use:
    """A call as it is typed, with blanks between its arguments."""
    return Use(tuple(line.split()), typed, makes)


_ANSWERS: Final = """\
heartwork: 1
questionnaire: breakup
taken_on: 2026-10-05
answers:
"""
FIVE: Final = (
    "  pronoun: they\n  wish: try_again\n  how_long_ago: six_weeks\n  how_it_ended: both\n  in_touch: both_write\n"
)
"""The answers that are needed for a plan."""
FILES: Final = {
    "no-yaml.yaml": "heartwork: 1\nanswers: [unclosed\n",
    "tab.yaml": "heartwork: 1\n\tquestionnaire: breakup\n",
    "twice.yaml": _ANSWERS + "  wish: try_again\n  wish: decide\n",
    "list.yaml": "- heartwork: 1\n",
    "empty.yaml": "",
    "no-text.yaml": "heartwork: 1\nname: \udcff\udcfe\n",
    "other-version.yaml": _ANSWERS.replace("heartwork: 1", "heartwork: 2") + "  wish: try_again\n",
    "no-mark.yaml": _ANSWERS.replace("heartwork: 1\n", "") + "  wish: try_again\n",
    "no-day.yaml": _ANSWERS.replace("taken_on: 2026-10-05\n", "") + "  wish: try_again\n",
    "bad-day.yaml": _ANSWERS.replace("2026-10-05", "2026-13-45") + "  wish: try_again\n",
    "other-questionnaire.yaml": _ANSWERS.replace("breakup", "brekup") + "  wish: try_again\n",
    "unknown-key.yaml": _ANSWERS + "  wish: try_again\nanswer: {}\n",
    "other-content.yaml": _ANSWERS.replace("taken_on", f"content: '{'0' * 64}'\ntaken_on") + FIVE,
    "needed-missing.yaml": _ANSWERS + "  sleep: 1\n",
    "odd-answers.yaml": _ANSWERS
    + "  wish: try_agian\n  slep: 1\n  sleep: 9\n  ties: children\n  limits: [none, space]\n",
    "check-in.yaml": (
        "heartwork: 1\nquestionnaire: check-in\ntaken_on: 2026-10-12\nanswers:\n"
        "  sleep: 2\n  unanswered: two_three\n  since_last_time: [frightened]\n"
    ),
    "early-check-in.yaml": (
        "heartwork: 1\nquestionnaire: check-in\ntaken_on: 2026-10-01\nanswers:\n  sleep: 2\n  since_last_time: [nothing]\n"
    ),
    "answers.json": (
        '{"heartwork": 1, "questionnaire": "breakup", "taken_on": "2026-10-05", "answers": {"pronoun": "she",'
        ' "wish": null, "how_long_ago": "three_weeks", "how_it_ended": "both", "in_touch": "answers",'
        ' "their_stance": ["dont_know"], "limits": ["none"], "unanswered": "none", "partner_name": "<Ana> *x*"}}'
    ),
    "no-database.sqlite": "this is no database\n",
    "a-file": "x\n",
}

CONTENT_FAULTS: Final[dict[str, tuple[str, str]]] = {
    "content-as-it-is": ("dialect: 1", "dialect: 1"),
    "content-no-yaml": ("\nrules:\n", "\nrules: [\n"),
    "content-unknown-item": ("{item: in_touch, one_of: [both_", "{item: in_tuoch, one_of: [both_"),
    "content-unknown-option": (", one_of: [both_write, ", ", one_of: [both_wrote, "),
    "content-unknown-step": ("{step: space, by: -5", "{step: spaec, by: -5"),
    "content-misspelt-key": ("      silent:", "      sillent:"),
    "content-wrong-example": ("fires: [{in_touch: both_write}", "fires: [{in_touch: not_in_touch}"),
    "content-other-dialect": ("dialect: 1", "dialect: 2"),
    "content-no-title": ('title: "After a breakup"\n', ""),
    "content-bad-placeholder": ("{they} {answers/answer}", "{thei} {answers/answer}"),
    "content-changed": ("sections:", "# A comment changes nothing.\nsections:"),
}
"""By the name of a copy of the shipped content: a text, and what replaces it in the first file that contains it.

Files are not named, because rules move between them. Rules come before questionnaires.
"""


def _reports() -> Iterator[Use]:
    for form in ("text", "md", "html", "json"):
        for file in ("first-weeks.yaml", "afraid.yaml"):
            yield _use(f"report {file} --format {form}")
    yield _use("report first-weeks.yaml --format pdf -o plan.pdf", "", "plan.pdf")
    yield _use("report first-weeks.yaml --format pdf --paper letter -o letter.pdf", "", "letter.pdf")
    yield _use("report afraid.yaml --format pdf -o afraid.pdf", "n\n", "afraid.pdf")
    yield _use("report afraid.yaml --format pdf -o afraid.pdf", "y\n", "afraid.pdf")
    yield _use("report afraid.yaml --format pdf -o sure.pdf --yes", "", "sure.pdf")
    yield _use("report first-weeks.yaml --format ics")
    yield _use("report first-weeks.yaml --format md -o plan.md", "", "plan.md")
    for rest in (
        "afraid.yaml --format ics", "first-weeks.yaml --format pdf", "first-weeks.yaml --weeks --format pdf -o x.pdf",
        "first-weeks.yaml --weeks", "first-weeks.yaml --weeks --format json", "first-weeks.yaml --what-if",
        "first-weeks.yaml --what-if --format json", "first-weeks.yaml --what-if --format md", "afraid.yaml --what-if",
        "first-weeks.yaml --weeks --format html", "first-weeks.yaml --country uk", "first-weeks.yaml --country UK",
        "first-weeks.yaml --country atlantis", "afraid.yaml --country ie --with-services own_behaviour",
        "first-weeks.yaml --with-services nothing", "first-weeks.yaml --check-in check-in.yaml",
        "first-weeks.yaml --check-in check-in.yaml --format json", "first-weeks.yaml --check-in early-check-in.yaml",
        "first-weeks.yaml --check-in first-weeks-later.yaml", "check-in.yaml", "first-weeks.yaml --check-in missing.yaml",
        "first-weeks.yaml --as-of 2026-12-24", "first-weeks.yaml --as-of 2026-02-30", "required-only.yaml", "answers.json",
        "first-weeks.yaml --format docx", "first-weeks.yaml --nonsense", "", "first-weeks.yaml -o first-weeks.yaml",
        "first-weeks.yaml -o empty", "first-weeks.yaml -o nowhere/plan.md", "missing.yaml", "empty", "- --format ics",
        "first-weeks.yaml --content empty", "first-weeks.yaml --content missing", "first-weeks.yaml --content content-no-yaml",
        "first-weeks.yaml --content content-as-it-is",
    ):  # fmt: skip
        yield _use(f"report {rest}")
    yield _use("report -", FILES["answers.json"])
    yield _use("report -", "nonsense")
    for file in FILES:
        if file.endswith(".yaml") and file != "check-in.yaml":
            yield _use(f"report {file}")


def _explanations_and_comparisons() -> Iterator[Use]:
    for rest in (
        "first-weeks.yaml", "afraid.yaml", "afraid.yaml --show-sensitive", "first-weeks.yaml space", "afraid.yaml talk",
        "afraid.yaml talk --show-sensitive", "first-weeks.yaml spaec", "first-weeks.yaml --what-if", "afraid.yaml --what-if",
        "first-weeks.yaml space --what-if", "first-weeks.yaml --as-of 2027-01-01", "check-in.yaml", "check-in.yaml space",
        "missing.yaml", "odd-answers.yaml", "", "first-weeks.yaml --format json", "first-weeks.yaml --content content-changed",
    ):  # fmt: skip
        yield _use(f"explain {rest}")
    for form in ("text", "md", "html", "json"):
        yield _use(f"compare first-weeks.yaml first-weeks-later.yaml --format {form}")
    yield _use("compare first-weeks.yaml first-weeks-later.yaml -o changes.md --format md", "", "changes.md")
    for rest in (
        "first-weeks.yaml first-weeks-later.yaml --everything", "first-weeks-later.yaml first-weeks.yaml",
        "first-weeks.yaml first-weeks.yaml", "first-weeks.yaml afraid.yaml", "first-weeks.yaml afraid.yaml --everything",
        "first-weeks.yaml check-in.yaml", "first-weeks.yaml", "first-weeks.yaml missing.yaml", "- -",
        "first-weeks.yaml first-weeks-later.yaml --format pdf", "first-weeks.yaml first-weeks-later.yaml -o first-weeks.yaml",
    ):  # fmt: skip
        yield _use(f"compare {rest}")


def _content() -> Iterator[Use]:
    for rest in (
        "", "--country uk", "--country uk --all", "--country us --kind crisis", "--country uk --kind crisis --kind lgbt",
        "--kind nothing", "--country nowhere", "--as-of 2030-01-01", "--as-of soon", "--all", "--content empty",
        "--content content-as-it-is", "--nonsense",
    ):  # fmt: skip
        yield _use(f"services {rest}")
    for rest in ("", "--strict", "empty", "missing", "a-file", "empty --content empty", "--nonsense", *CONTENT_FAULTS):
        yield _use(f"check {rest}")
    for fault in ("content-no-yaml", "content-wrong-example"):
        yield _use(f"check --strict --content {fault}")
    for rest in (
        "--people 20", "--people 20 --format json", "breakup -n 10 --seed 7 --items", "-n 0", "check-in", "nothing",
        "--population missing.yaml", "--population first-weeks.yaml", "--seed x", "--people 20 --content content-no-yaml",
        "--people 5 --content content-changed",
    ):  # fmt: skip
        yield _use(f"simulate {rest}")


def _database() -> Iterator[Use]:
    here, there = "--data-dir data", "--data-dir other"
    for line in (
        f"db current {here}", f"doctor {here}", f"db upgrade {here}", f"db current {here}", f"db upgrade {here}",
        f"doctor {here}", f"doctor {here} --base-url https://example.org", f"doctor {here} --base-url http://127.0.0.1:8000",
        f"doctor {here} --base-url nonsense", f"doctor {here} --content empty", f"doctor {here} --content content-no-yaml",
        f"db backup saved.sqlite {here}", f"db backup saved.sqlite {here}", f"db backup new-folder/saved.sqlite {here}",
        f"db backup {here}", f"db restore saved.sqlite {there}", f"db restore saved.sqlite {there} --replace",
        f"db restore missing.sqlite {there}", f"db restore no-database.sqlite {there}",
        f"db restore saved.sqlite {there} --tombstones missing", f"db restore saved.sqlite {there} --tombstones a-file",
        f"db purge {here}", f"db purge {here} --draft-days 0", f"db purge {here} --idle-days x",
        f"db copy {here}", f"db copy {here} --to sqlite:///copy.sqlite", f"db copy {here} --to nonsense",
        "db current --data-dir a-file", "db upgrade --database-url nonsense", "db upgrade --database-url mysql://x/y",
        "db current --database-url sqlite:///no-database.sqlite --data-dir data", "db nothing", "db",
        "db upgrade --nonsense", "doctor --data-dir a-file", "doctor --nonsense",
    ):  # fmt: skip
        yield _use(line)


def _serving() -> Iterator[Use]:
    """Only uses that end at once."""
    for rest in (
        "--port x", "--port 70000", "--base-url nonsense", "--data-dir a-file", "--default-country nowhere --data-dir data",
        "--questionnaire nothing --data-dir data", "--content empty --data-dir data", "--timezone Europe/Lodnon",
        "--content content-no-yaml --data-dir data", "--start-limit often", "--metrics token", "--workers 0", "--nonsense",
        "--log-format xml", "--exit-url x", "--allowed-hosts a,b,?", "--host 192.0.2.1 --data-dir data --port 0",
        "--database-url nonsense --data-dir data",
    ):  # fmt: skip
        yield _use(f"serve {rest}")


def _taking() -> Iterator[Use]:
    files = ("taken.yaml", "taken.yaml.draft")
    yield _use("take -o taken.yaml --date 2026-10-05", SOME_KEYS, *files)
    yield _use("take -o taken.yaml", "l\n2\n3\n", *files)
    yield _use("take -o taken.yaml", FIRST_OPTIONS, *files)
    yield _use("take -o taken.yaml", FIRST_OPTIONS, *files)
    yield _use("take", "q\n", "answers-2026-11-26.yaml", "answers-2026-11-26.yaml.draft")
    yield _use("take check-in -o look.yaml", FIRST_OPTIONS, "look.yaml")
    yield _use("take -o blank.yaml", "-\n\n" * 60 + "w\n", "blank.yaml", "blank.yaml.draft")
    yield _use("report look.yaml")
    yield _use("report taken.yaml")
    for rest in (
        "nothing", "-o -", "-o nowhere/x.yaml", "-o first-weeks.yaml", "--date x", "--content empty", "--nonsense",
        "check-in -o taken.yaml",
    ):  # fmt: skip
        yield _use(f"take {rest}", "q\n")


USES: Final[tuple[Use, ...]] = (
    *map(_use, ("", "--version", "--nonsense", "nothing", "-h", "reprot first-weeks.yaml")),
    *_reports(),
    *_explanations_and_comparisons(),
    *_content(),
    *_database(),
    *_serving(),
    *_taking(),
)
