"""Run the commands and servers of a checkout with its own Python, a fake clock and deadlines."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.servers.waiting import Output

LAUNCHER: Final = Path(__file__).with_name("launcher.py")
BEGINNING: Final = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)
"""The initial time."""
COMMAND_DEADLINE: Final = 300.0
START_DEADLINE: Final = 120.0
STOP_DEADLINE: Final = 20.0
_PLAIN: Final = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?"), "<instant>"),
    (re.compile(r"(\"ms\": |\bms=)[\d.]+"), r"\1<duration>"),
    (re.compile(r"(\"request\": \"|\brequest=)[0-9a-f]{16}"), r"\1<request>"),
    (re.compile(r"(?<![\d.=])[\d.]+ ms\b"), "<duration> ms"),
    (re.compile(r'("seconds_\w+": )[\d.e-]+'), r'\1"<duration>"'),
    (re.compile(r"\bcontent \([0-9a-f]{12}\)"), "content (<digest>)"),
    (re.compile(r"[\d,]+ bytes"), "<size> bytes"),
    (re.compile(r"^Loading questionnaires and rules …\n", re.MULTILINE), ""),  # printed only if loading is slow
    (re.compile(r"http://127\.0\.0\.1:\d+"), "<site>"),
)
"""Patterns of output that differs between runs, and their replacements."""
_READY: Final = re.compile(r"ready: (?P<address>http\S+)|Listening on: (?P<listening>http\S+)")


@dataclass(frozen=True)
class Clock:
    """The clock of a process, which changes only if it is set or moved."""

    file: Path

    def set(self, instant: datetime) -> None:
        """Set the time, by replacing the file atomically, because a server may be reading it."""
        new = self.file.with_suffix(".new")
        new.write_text(instant.isoformat(), encoding="ascii")
        new.replace(self.file)

    def move(self, **time_passed: float) -> None:
        """Move the clock forward by days, hours or minutes."""
        self.set(datetime.fromisoformat(self.file.read_text(encoding="ascii")) + timedelta(**time_passed))


@dataclass(frozen=True)
class Outcome:
    """The result of a command."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Checkout:
    """A checkout of Heartwork with its environment."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ".venv" / "bin" / "python"

    def environment(self, **more: str) -> dict[str, str]:
        """The environment variables of its processes, without any of this account's that could affect their output."""
        return {
            "PATH": os.environ.get("PATH", ""),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "COLUMNS": "80",
            **more,
        }

    def command(self, *arguments: str) -> list[str]:
        """The command line of ``heartwork`` with these arguments."""
        return [str(self.python), "-P", str(LAUNCHER), *arguments]

    def run(self, arguments: tuple[str, ...], folder: Path, clock: Clock, typed: str = "") -> Outcome:
        """Run ``heartwork`` in a folder, and wait for its end."""
        process = subprocess.run(
            self.command(*arguments),
            cwd=folder,
            env=self.environment(HOME=str(folder), HEARTWORK_COMPARE_CLOCK=str(clock.file)),
            input=typed.encode(),
            capture_output=True,
            timeout=COMMAND_DEADLINE,
            check=False,
        )
        return Outcome(
            process.returncode, process.stdout.decode(errors="replace"), process.stderr.decode(errors="replace")
        )


@dataclass
class Server:
    """A running ``heartwork serve`` and its output."""

    process: subprocess.Popen[str]
    output: Output
    address: str = ""

    @property
    def printed(self) -> list[str]:
        return self.output.lines

    def wait_until_ready(self) -> None:
        """Wait until it prints its address.

        Raises:
            AssertionError: it does not print it in time, or ends.
        """
        match = self.output.wait_for(_READY, START_DEADLINE)
        self.address = match["listening"] or match["address"]

    def stop(self) -> int:
        """Stop it, and kill it if that takes too long."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait(STOP_DEADLINE)
        self.output.close()  # so that the output is complete
        return code


@contextmanager
def serving(checkout: Checkout, folder: Path, clock: Clock, **settings: str) -> Iterator[Server]:
    """Run a server with its data in a folder for the duration of the block.

    Args:
        settings: values by the name of the setting, such as ``log_format``.
    """
    variables = {f"HEARTWORK_{name.upper()}": value for name, value in settings.items()}
    process = subprocess.Popen(
        checkout.command("serve", "--port", "0", "--data-dir", str(folder)),
        cwd=folder.parent,
        env=checkout.environment(HOME=str(folder.parent), HEARTWORK_COMPARE_CLOCK=str(clock.file), **variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    server = Server(process, Output(process.stdout))
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


def plain_output(text: str, folders: dict[str, str]) -> str:
    """The output of a command or server, without parts that differ between runs.

    Args:
        folders: replacements for the paths of folders, which differ between runs.
    """
    for path, name in folders.items():
        text = text.replace(path, name)
    for pattern, replacement in _PLAIN:
        text = pattern.sub(replacement, text)
    return text
