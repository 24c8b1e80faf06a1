"""Taking a questionnaire as a process: killed at any moment, at a real terminal, with odd bytes and old terminals."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.clients.terminal import DAY, GOLDEN, file_contents, load_form, random_person
from tests.paths import ROOT
from tests.servers.waiting import SECONDS, read_chunk, wait_for_exit
from web.cli.terminal import phrases
from web.cli.terminal.screen import PROMPT

COMMAND: Final = [
    sys.executable,
    "-m",
    "web.cli",
    "take",
    "-o",
    "a.yaml",
    "--date",
    str(DAY),
    "--content",
    str(GOLDEN),
]
ASKS: Final = f"\n{PROMPT}".encode()


class Running:
    """The command in a process, somebody who types, and what they have been shown."""

    def __init__(self, process: subprocess.Popen[bytes], source: int, target: int) -> None:
        self.process, self._source, self._target = process, source, target
        self.shown = b""

    def type(self, line: str) -> None:
        self.press(line.encode() + b"\n")

    def press(self, keys: bytes) -> None:
        os.write(self._target, keys)

    def read(self, awaited: str, seconds: float = SECONDS) -> bytes:
        """Read on, and say what was awaited and what was shown if nothing comes."""
        chunk = read_chunk(
            self._source, f"{awaited}; shown so far: {self.shown.decode(errors='replace')!r}", seconds=seconds
        )
        self.shown += chunk
        return chunk

    def wait_for_question(self) -> None:
        start = len(self.shown)
        while not self.shown[start:].replace(b"\r", b"").endswith(ASKS):
            assert self.read("the next question"), self.shown.decode(errors="replace")

    def wait_for_end(self) -> int:
        while self.read("its end"):
            pass
        return wait_for_exit(self.process, "heartwork take")

    def interrupt(self) -> None:
        """Press Ctrl-C until something happens: before the terminal waits for a key, the signal is only noted."""
        for _ in range(round(SECONDS / 10)):
            self.press(b"\x03")
            if select.select([self._source], [], [], 10)[0]:
                return
        raise AssertionError(f"Ctrl-C did nothing; shown so far: {self.shown.decode(errors='replace')!r}")


def environment(**variables: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **variables}


@contextmanager
def piped(folder: Path, **variables: str) -> Iterator[Running]:
    """With pipes instead of a terminal."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        COMMAND, cwd=folder, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, env=environment(**variables)
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Running(process, process.stdout.fileno(), process.stdin.fileno())


@contextmanager
def at_a_terminal(folder: Path, **variables: str) -> Iterator[Running]:
    """With a terminal of its own, from the first question on."""
    own_end, child_end = pty.openpty()
    # Whoever opens a terminal as the first of a session has it for their own: only then does Ctrl-C reach them.
    opening = ["/bin/sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1', os.ttyname(child_end), *COMMAND]
    # A shell lets what it starts in the background ignore Ctrl-C, and whatever that starts: not so this one.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            opening, cwd=folder, env=environment(TERM="xterm", **variables), start_new_session=True
        )
    finally:
        signal.signal(signal.SIGINT, handler)
    try:
        running = Running(process, own_end, own_end)
        running.wait_for_question()
        os.close(child_end)  # not before: a terminal that nobody has open is gone
        yield running
    finally:
        process.kill()
        wait_for_exit(process, "heartwork take")
        os.close(own_end)


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_every_question(tmp_path: Path, seed: int) -> None:
    """Whoever is killed after each answer loses none: what was answered when the next question came is on the disk."""
    lines, asking = random_person(Random(seed), *load_form("every", GOLDEN))
    typed = [*lines, "w"]
    done = 0
    while done < len(typed):
        with piped(tmp_path) as running:
            running.wait_for_question()
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
    """Killed while answers are still being taken in, the draft is whole: it holds the first of them, however many."""
    lines, asking = random_person(Random(3), *load_form("every", GOLDEN))
    lines = ["2", *lines[1:]]
    with piped(tmp_path) as running:
        running.wait_for_question()
        running.type("\n".join(lines[:ahead]))
        while running.shown.count(ASKS) < 1 + ahead // 2:
            assert running.read("the next question"), running.shown.decode(errors="replace")
        running.process.send_signal(signal.SIGKILL)
        running.wait_for_end()
    path = tmp_path / "a.yaml.draft"
    settled: list[str] = []
    if path.exists():
        draft = file_contents(path)
        settled = [*draft["answers"], *draft.get("left_open", ())]
    assert set(settled) == {item.id for item in asking.form.items[: len(settled)]}
    assert len(settled) <= ahead
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
    process = subprocess.run(
        COMMAND,
        cwd=tmp_path,
        input=b"1\n\xff\xfe\n",
        capture_output=True,
        env=environment(),
        check=False,
        timeout=SECONDS,
    )
    assert (process.returncode, process.stderr) == (0, b"")
    assert file_contents(tmp_path / "a.yaml.draft")["answers"] == {"word": "they", "name": "\ufffd\ufffd"}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_terminals_that_lack_characters(tmp_path: Path, encoding: str) -> None:
    """A terminal that knows few characters gets others in their place, the bar among them."""
    variables = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    process = subprocess.run(
        COMMAND,
        cwd=tmp_path,
        input=b"1\n",
        capture_output=True,
        env=environment(**variables),
        check=False,
        timeout=SECONDS,
    )
    assert (process.returncode, process.stderr) == (0, b"")
    assert b"##" in process.stdout
    assert process.stdout.decode(encoding)


def test_without_a_standard_input(tmp_path: Path) -> None:
    """Where there is nothing to read from, nothing is asked for long."""
    command = f"exec {subprocess.list2cmdline(COMMAND)} <&-"
    process = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, env=environment(), check=False, timeout=SECONDS
    )
    assert (process.returncode, process.stderr) == (0, b"")
    assert phrases.NOTHING_SAVED.encode() in process.stdout


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    """When whoever reads the output goes away there is no traceback, and what was answered is saved."""
    command = f"printf '1\\nKim\\n' | {subprocess.list2cmdline(COMMAND)} | head -c 1"
    process = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, env=environment(), check=False, timeout=SECONDS
    )
    assert (b"Traceback" in process.stderr, b"should not happen" in process.stderr) == (False, False)
