"""The table of faults in ``docs/operating.md``: each is provoked on a real server, and people and operators see what it says."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.paths import ROOT
from tests.servers.faults import FAULTS, SLOW, STARTS, Installation, running
from tests.servers.server_process import HttpClient, HttpResponse, start
from tests.servers.waiting import wait_for_exit
from tests.web.cli.test_serve import NAME, answer_first_page, begin

DOCUMENT: Final = ROOT / "docs" / "operating.md"
HEADER: Final = "| fault | what people see | log line | readiness | what to do |"
STARTS_HEADER: Final = "| at the start | the server says | what to do |"
CODE: Final = re.compile(r"`([^`]+)`")
FAILURE: Final = re.compile(r"storage failed \((\w+)\)")
WITH_WHAT_WAS_TYPED: Final = "with what was typed"


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    fault: str
    people: str
    log: str
    readiness: str
    remedy: str

    @property
    def status(self) -> int:
        """The status of the page that people see; 303 is as usual."""
        return int(next((code for code in CODE.findall(self.people) if code.isdigit()), 303))

    @property
    def failing_parts(self) -> dict[str, str]:
        """The parts that are not ready, each with its word."""
        return dict(code.split(": ") for code in CODE.findall(self.readiness) if ": " in code)


def cells_under(header: str) -> list[list[str]]:
    """The cells of the table with this header, row by row."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.count(f"\n{header}\n") == 1
    table = text.split(f"\n{header}\n")[1].split("\n\n", maxsplit=1)[0].splitlines()
    assert set(table[0]) == set("|-")
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[1:]]


ROWS: Final = [Row(*cells) for cells in cells_under(HEADER)]
STARTS_ROWS: Final = cells_under(STARTS_HEADER)


def test_the_table_and_the_faults_are_the_same() -> None:
    """No row without a provoker, no provoker without a row, and every cell says something."""
    assert sorted(row.fault for row in ROWS) == sorted(FAULTS)
    for row in ROWS:
        assert all((row.fault, row.people, row.log, row.readiness, row.remedy)), row
        assert row.failing_parts or row.readiness == "`ok`", row


def filled_form(caller: HttpClient, installation: Installation) -> tuple[str, dict[str, list[str]]]:
    """The form with which a person is going to meet the fault: its path, and what they typed."""
    if installation.meets == "deletion":
        return "/delete", {**caller.get("/delete").page.form("/delete").initial_fields, "confirm": ["yes"]}
    path = caller.get("/quiz/1").location
    form = caller.get(path).page.form()
    fields = dict(form.initial_fields)
    for name in form.names:
        fields.setdefault(name, [form.values(name)[0]])
    return path, fields


def check_answer(row: Row, answer: HttpResponse, path: str, fields: dict[str, list[str]]) -> None:
    """People see what the row says."""
    assert answer.status == row.status
    if row.status == 503:
        assert answer.headers["Retry-After"]
    if WITH_WHAT_WAS_TYPED in row.people:
        offered = answer.page.form(path).initial_fields
        assert {name: values for name, values in offered.items() if name in fields and name != "csrf_token"} == {
            name: values for name, values in fields.items() if name != "csrf_token"
        }


def check_log(row: Row, log: str) -> None:
    """Each kind of failure that the row names is one line, no other kind is any, and nothing of a person is in it."""
    expected = CODE.findall(row.log)
    failures = FAILURE.findall(log)
    codes = [code for code in expected if re.fullmatch(r"\w+", code)]
    assert len(failures) == len(set(failures)), "a line for each kind"
    assert set(failures) == set(codes)
    for text in set(expected) - set(codes):
        pattern = ".*".join(map(re.escape, text.split("…")))
        assert len([line for line in log.splitlines() if re.search(pattern, line)]) == 1, text
    assert "Traceback" not in log
    assert NAME not in log


def check_readiness(row: Row, installation: Installation) -> None:
    """``/readyz`` has the words of the row, and all other parts are well; whether the process lives is another question."""
    caller = HttpClient(installation.servers[0].url)
    assert caller.get("/healthz").status == 200
    answer = caller.get("/readyz")
    results: dict[str, str] = json.loads(answer.body)
    assert {part: word for part, word in results.items() if word != "ok"} == row.failing_parts
    assert answer.status == (503 if row.failing_parts else 200)


def marks_of(row: Row) -> list[pytest.MarkDecorator]:
    return [pytest.mark.exhaustive] if row.fault in SLOW else []


@pytest.mark.parametrize("row", [pytest.param(row, id=row.fault, marks=marks_of(row)) for row in ROWS])
def test_a_fault_is_as_the_table_says(row: Row, tmp_path: Path) -> None:
    """A person meets the fault, the operator looks at log and readiness, does what the row advises, and all is well again."""
    with FAULTS[row.fault](tmp_path / "data") as installation:
        caller = HttpClient(installation.servers[0].url)
        secret = begin(caller)
        answer_first_page(caller)
        path, fields = filled_form(caller, installation)
        installation.break_it()
        for _ in range(1 if row.fault in SLOW else 2):
            check_answer(row, caller.post(path, fields), path, fields)
        check_readiness(row, installation)
        installation.mend_it()
        assert caller.post(path, fields).status == 303
    check_log(row, installation.log)
    assert secret.code not in installation.log


def test_the_table_of_starts_is_whole() -> None:
    """No row without a cause, and no cause without a row."""
    assert sorted(fault for fault, _, _ in STARTS_ROWS) == sorted(STARTS)


@pytest.fixture(scope="module")
def stopped_installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a server that has stopped."""
    folder = tmp_path_factory.mktemp("stopped") / "data"
    with running(folder):
        pass
    return folder


@pytest.mark.parametrize("row", STARTS_ROWS, ids=lambda row: row[0])
def test_a_start_is_refused_as_the_table_says(row: list[str], stopped_installation: Path, tmp_path: Path) -> None:
    """The server says why, in one line that has the words of the row, and ends with 1."""
    fault, says, _ = row
    folder = tmp_path / "data"
    shutil.copytree(stopped_installation, folder)
    STARTS[fault](folder)
    refused = start(folder, 0, {})
    wait_for_exit(refused.process, "a server that does not start")
    refused.output.close()
    assert refused.process.returncode == 1
    (line,) = [line for line in refused.log.splitlines() if not line.startswith("Loading")]
    assert all(words in line for words in CODE.findall(says)), line
