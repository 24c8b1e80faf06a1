"""Taking a questionnaire as a process: killed at any moment, at a real terminal, with odd bytes and old terminals."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from tests.clients.terminal import (
    ASKS,
    COMMAND,
    GOLDEN,
    at_a_terminal,
    environment,
    file_contents,
    load_form,
    piped,
    random_person,
)
from tests.servers.waiting import SECONDS
from web.cli.terminal.phrases import phrase


def run_once(
    command: Sequence[str], folder: Path, typed: bytes = b"", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end, with this to read from its standard input."""
    variables = environment(**variables)
    return subprocess.run(
        command, cwd=folder, input=typed, capture_output=True, env=variables, check=False, timeout=SECONDS
    )


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_every_question(tmp_path: Path, seed: int) -> None:
    """Whoever is killed after each answer loses none: what was answered when the next question came is on the disk."""
    lines, asking = random_person(Random(seed), *load_form("every", GOLDEN))
    typed = [*lines, "w"]
    done = 0
    while done < len(typed):
        with piped(tmp_path) as running:
            for line in typed[done : done + 4]:
                running.type(line)
                done += 1
                if done < len(typed):
                    running.wait_for_question()
            if done < len(typed):
                running.process.send_signal(signal.SIGKILL)
            running.wait_for_end()
        if done < len(typed):
            draft = file_contents(tmp_path / "a.yaml.draft")
            assert len(draft["answers"]) + len(draft.get("left_open", ())) == done
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]
    assert file_contents(tmp_path / "a.yaml")["answers"] == asking.complete().answers


@pytest.mark.parametrize("ahead", range(1, 9))
def test_killed_in_the_middle(tmp_path: Path, ahead: int) -> None:
    """Killed while answers are still being taken in, the draft is whole: it holds all before the question that came last."""
    lines, asking = random_person(Random(3), *load_form("every", GOLDEN))
    lines = ["2", *lines[1:]]
    with piped(tmp_path) as running:
        running.type("\n".join(lines[:ahead]))
        running.wait_for(f"question {ahead}", lambda: running.shown.count(ASKS) >= ahead)
        running.process.send_signal(signal.SIGKILL)
        running.wait_for_end()
    path = tmp_path / "a.yaml.draft"
    settled: list[str] = []
    if path.exists():
        draft = file_contents(path)
        settled = [*draft["answers"], *draft.get("left_open", ())]
    assert set(settled) == {item.id for item in asking.form.items[: len(settled)]}
    assert ahead - 1 <= len(settled) <= ahead
    assert not (tmp_path / "a.yaml").exists()


def test_at_a_terminal(tmp_path: Path) -> None:
    """At a real terminal it asks, takes a correction, stops at Ctrl-C and goes on; a colour is shown unless it is not wanted."""
    with at_a_terminal(tmp_path) as running:
        running.type("9\b1")
        running.wait_for_question()
        running.type("Zoë")
        running.wait_for_question()
        running.interrupt()
        assert running.wait_for_end() == 0
        assert b"Traceback" not in running.shown
        assert b"a.yaml.draft" in running.shown
        assert b"\x1b[32m" in running.shown
    assert file_contents(tmp_path / "a.yaml.draft")["answers"] == {"word": "they", "name": "Zoë"}
    with at_a_terminal(tmp_path, NO_COLOR="1") as running:
        running.press(b"\x04")
        assert running.wait_for_end() == 0
        assert b"[3" not in running.shown
    assert file_contents(tmp_path / "a.yaml.draft")["answers"] == {"word": "they", "name": "Zoë"}


def test_earlier_lines_do_not_come_back(tmp_path: Path) -> None:
    """The key “up” shows no answer again."""
    with at_a_terminal(tmp_path) as running:
        running.type("1")
        running.wait_for_question()
        running.type("secretly")
        running.wait_for_question()
        start = len(running.shown)
        running.type("\x1b[A\x1b[A")
        running.wait_for_question()
        assert b"secretly" not in running.shown[start:]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """Bytes that are no text are no reason to stop."""
    process = run_once(COMMAND, tmp_path, b"1\n\xff\xfe\n")
    assert (process.returncode, process.stderr) == (0, b"")
    assert file_contents(tmp_path / "a.yaml.draft")["answers"] == {"word": "they", "name": "\ufffd\ufffd"}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_terminals_that_lack_characters(tmp_path: Path, encoding: str) -> None:
    """A terminal that knows few characters gets others in their place, the bar among them."""
    process = run_once(COMMAND, tmp_path, b"1\n", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert (process.returncode, process.stderr) == (0, b"")
    assert b"##" in process.stdout
    assert process.stdout.decode(encoding)


def test_without_a_standard_input(tmp_path: Path) -> None:
    """Where there is nothing to read from, nothing is asked for long."""
    command = f"exec {shlex.join(COMMAND)} <&-"
    process = run_once(["/bin/sh", "-c", command], tmp_path)
    assert (process.returncode, process.stderr) == (0, b"")
    assert phrase("nothing_saved").encode() in process.stdout


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    """When the reader of the output ends, there is no traceback."""
    command = f"printf '1\\nKim\\n' | {shlex.join(COMMAND)} | head -c 1"
    process = run_once(["/bin/sh", "-c", command], tmp_path)
    assert (b"Traceback" in process.stderr, b"should not happen" in process.stderr) == (False, False)
