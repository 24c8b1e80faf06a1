"""Run ``heartwork take`` with typed input, in this process or in a separate one."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from click.testing import CliRunner, Result

from engine.answers.interview import Interview, begin
from engine.content.items.base import Item
from engine.content.pack import Form, Pack
from engine.loading.library import load_library
from engine.loading.yaml import read
from tests.paths import ROOT
from tests.servers.waiting import SECONDS, read_chunk
from web.cli.main import cli
from web.cli.terminal import phrases
from web.cli.terminal.phrases import phrase
from web.cli.terminal.screen import PROMPT

GOLDEN: Final = ROOT / "tests" / "golden" / "content"
DAY: Final = date(2026, 10, 5)
COMMAND: Final = (
    sys.executable, "-m", "web.cli", "take", "-o", "a.yaml", "--date", str(DAY), "--content", str(GOLDEN)
)  # fmt: skip
ASKS: Final = f"\n{PROMPT}".encode()


@dataclass(frozen=True)
class TakeResult:
    """The result of the command for some input lines."""

    result: Result
    folder: Path

    @property
    def output(self) -> str:
        return self.result.stdout

    @property
    def review(self) -> str:
        """The output from the last review of all answers on."""
        return self.output.rpartition(phrase("review_title"))[2]

    def shows(self, words: str, *, look: bool = False) -> bool:
        """True if the output contains these words, regardless of line breaks."""
        return " ".join(words.split()) in " ".join((self.review if look else self.output).split())

    def file(self, name: str = "a.yaml") -> dict[str, Any]:
        """The answers file, or the draft, that the command wrote."""
        return file_contents(self.folder / name)

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.is_file())

    def question_count(self) -> int:
        """The number of questions asked, counting repetitions."""
        return self.output.count("■ ") + self.output.count("□ ")


def file_contents(path: Path) -> dict[str, Any]:
    source, problems = read(path)
    assert source is not None, problems
    assert isinstance(source.value, dict)
    return source.value


def run_take(folder: Path, lines: list[str], *arguments: object, code: int = 0) -> TakeResult:
    """Run the command in a folder with these input lines."""
    text = "".join(f"{line}\n" for line in lines)
    result = CliRunner().invoke(cli, ["take", *map(str, arguments)], input=text, prog_name="heartwork")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    assert "\x1b" not in result.output
    return TakeResult(result, folder)


def load_form(name: str, content: Path | None = None) -> tuple[Pack, Form]:
    return load_library(content).forms[name]


def random_item_answer(random: Random, item: Item) -> Any:
    """A random valid answer."""
    if item.takes_several:
        alone = [choice.key for choice in item.choices if choice.exclusive]
        if alone and random.random() < 0.3:
            return (random.choice(alone),)
        combinable = [choice.key for choice in item.choices if not choice.exclusive]
        chosen = random.sample(combinable, random.randint(1, len(combinable)))
        return tuple(key for key in combinable if key in chosen)
    if item.choices:
        return random.choice(item.choices).answer
    assert item.input is not None
    match item.input.kind:
        case "number":
            return random.randint(int(item.input.lowest or ""), int(float(item.input.highest or "")))
        case "date":
            return (DAY - timedelta(days=random.randint(0, 400))).isoformat()
        case "text":
            return random.choice(("Sam", "b", "q", "\\", "-", "1"))


def input_line(item: Item, value: Any) -> str:
    """The input line for an answer."""
    if value is None:
        return phrases.DECLINE
    if item.is_free_text:
        return f"{phrases.PLAINLY}{value}"
    chosen = item.chosen(value)
    numbers = [str(number) for number, choice in enumerate(item.choices, 1) if choice in chosen]
    return " ".join(numbers) or str(value)


def input_lines(pack: Pack, form: Form, answers: Mapping[str, Any]) -> tuple[list[str], Interview]:
    """The input lines for these answers, and the answers that result."""
    interview = begin(pack, form, DAY)
    lines: list[str] = []
    while (item := interview.current_item) is not None:
        value = answers.get(item.id)
        is_answered = item.id in answers and (value is not None or item.rather_not_say)
        lines.append(input_line(item, value) if is_answered else "")
        interview = interview.answer(item.id, value) if is_answered else interview.leave_open(item.id)
    return lines, interview


def random_person(random: Random, pack: Pack, form: Form) -> tuple[list[str], Interview]:
    """The input lines for random answers to all questions, and the answers that result."""
    interview = begin(pack, form, DAY)
    lines: list[str] = []
    while (item := interview.current_item) is not None:
        chance = random.random()
        if chance < 0.15 and not item.required:
            lines.append("")
            interview = interview.leave_open(item.id)
        else:
            value = None if chance > 0.9 and item.rather_not_say else random_item_answer(random, item)
            lines.append(input_line(item, value))
            interview = interview.answer(item.id, value)
    return lines, interview


class TakeProcess:
    """The command in a separate process. Each wait has a deadline; a failure reports the awaited and the actual output."""

    def __init__(self, process: subprocess.Popen[bytes], output: int, keyboard: int) -> None:
        self.process = process
        self.shown = b""
        self._output, self._keyboard = output, keyboard

    def type(self, line: str) -> None:
        self.press(line.encode() + b"\n")

    def press(self, keys: bytes) -> None:
        """Type keys without Enter."""
        os.write(self._keyboard, keys)

    def interrupt(self) -> None:
        """Press Ctrl-C until the command reacts: before it waits for a key, the signal is only recorded."""
        start = len(self.shown)
        for _ in range(round(SECONDS / 10)):
            self.press(b"\x03")
            if select.select([self._output], [], [], 10)[0]:
                return
        raise AssertionError(self._message("Ctrl-C did nothing", start))

    def wait_for_question(self) -> None:
        """Wait until it asks a question after the output so far."""
        start = len(self.shown)
        self.wait_for("a question", lambda: self.shown[start:].replace(b"\r", b"").endswith(ASKS))

    def wait_for(self, awaited: str, condition: Callable[[], bool]) -> None:
        """Read output until the condition is true."""
        start, deadline = len(self.shown), time.monotonic() + SECONDS
        while not condition():
            if not self._read(awaited, start, deadline):
                raise AssertionError(self._message(f"it ended instead of {awaited}", start))

    def wait_for_end(self) -> int:
        """Read the rest of the output and return the exit code."""
        start, deadline = len(self.shown), time.monotonic() + SECONDS
        while self._read("its end", start, deadline):
            pass
        return self.process.wait(SECONDS)

    def _read(self, awaited: str, start: int, deadline: float) -> bool:
        """Read the available output; False at its end."""
        seconds = max(0.0, deadline - time.monotonic())
        chunk = read_chunk(self._output, self._message(awaited, start), seconds=seconds)
        self.shown += chunk
        return bool(chunk)

    def _message(self, failure: str, start: int) -> str:
        return f"{failure}; what came: {self.shown[start:]!r}, after {self.shown[:start][-200:]!r}"


def environment(**variables: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **variables}


@contextmanager
def piped(folder: Path) -> Iterator[TakeProcess]:
    """Start the command with pipes instead of a terminal, and wait for its first question."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        COMMAND, cwd=folder, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, env=environment()
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        running = TakeProcess(process, process.stdout.fileno(), process.stdin.fileno())
        try:
            running.wait_for_question()
            yield running
        finally:
            process.kill()


@contextmanager
def at_a_terminal(folder: Path, **variables: str) -> Iterator[TakeProcess]:
    """Start the command with a new terminal, and wait for its first question."""
    own_end, child_end = pty.openpty()
    # The first process of a session that opens a terminal becomes its controlling process, which receives Ctrl-C.
    opening = ["/bin/sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1', os.ttyname(child_end), *COMMAND]
    # A shell makes background processes and their children ignore Ctrl-C; restore the default.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        variables = environment(TERM="xterm", **variables)
        process = subprocess.Popen(opening, cwd=folder, env=variables, start_new_session=True)
    finally:
        signal.signal(signal.SIGINT, handler)
    running = TakeProcess(process, own_end, own_end)
    try:
        try:
            running.wait_for_question()
        finally:
            os.close(child_end)  # only now, because a terminal disappears once no process has it open
        yield running
    finally:
        process.kill()
        process.wait(SECONDS)
        os.close(own_end)
