"""Processes of a checkout: commands and servers that run with its own Python, at a time that is set, with deadlines."""

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
"""When everything happens that is not said to happen later."""
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
    (re.compile(r"^Loading questionnaires and rules …\n", re.MULTILINE), ""),  # said only where loading is slow
    (re.compile(r"http://127\.0\.0\.1:\d+"), "<site>"),
)
"""What differs between two runs of the same program, and what stands in its place."""
_READY: Final = re.compile(r"ready: (?P<address>http\S+)|Listening on: (?P<listening>http\S+)")


@dataclass(frozen=True)
class Clock:
    """The time of a process: it stands still until it is moved."""

    file: Path

    def set(self, instant: datetime) -> None:
        """Say which time it is, in one step, as a server may be reading it."""
        new = self.file.with_suffix(".new")
        new.write_text(instant.isoformat(), encoding="ascii")
        new.replace(self.file)

    def move(self, **time_passed: float) -> None:
        """Let days, hours or minutes pass."""
        self.set(datetime.fromisoformat(self.file.read_text(encoding="ascii")) + timedelta(**time_passed))


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

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
        """The variables of its processes. They include nothing of the account that runs this tool.

        ``PYTHONPATH`` makes Python import the code of this checkout, also if its environment is a link to that of
        another checkout.
        """
        return {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(self.folder),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "COLUMNS": "80",
            **more,
        }

    def command(self, *arguments: str) -> list[str]:
        """``heartwork`` with these arguments, as a command of the system."""
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
    """A running ``heartwork serve``, and all that it has printed."""

    process: subprocess.Popen[str]
    output: Output
    address: str = ""

    @property
    def printed(self) -> list[str]:
        return self.output.lines

    def wait_until_ready(self) -> None:
        """Wait until it says where it is.

        Raises:
            AssertionError: it does not, or ends.
        """
        match = self.output.wait_for(_READY, START_DEADLINE)
        self.address = match["listening"] or match["address"]

    def stop(self) -> int:
        """End it as an operator would, and if that takes too long, as a power cut would."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait(STOP_DEADLINE)
        self.output.close()  # so that nothing is missing in what was printed
        return code


@contextmanager
def serving(checkout: Checkout, folder: Path, clock: Clock, **settings: str) -> Iterator[Server]:
    """A server with its data in a folder. It never outlives the block.

    Args:
        settings: by the name of the setting, such as ``log_format``.
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
    """What a command or a server printed.

    Args:
        folders: names for folders, which differ from run to run, by their paths.
    """
    for path, name in folders.items():
        text = text.replace(path, name)
    for pattern, replacement in _PLAIN:
        text = pattern.sub(replacement, text)
    return text
