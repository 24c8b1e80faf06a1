"""Record the help of every command of ``heartwork``, and the results of correct and incorrect uses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from .command_uses import CONTENT_FAULTS, FILES, USES, Use
from .processes import BEGINNING, Checkout, Clock, Outcome, plain_output

_SECTION: Final = re.compile(r"^Commands:\n((?:[ ].*\n?)+)", re.MULTILINE)
_COMMAND: Final = re.compile(r"^ {2}([a-z][\w-]*)", re.MULTILINE)


def capture_commands(checkout: Checkout, folder: Path) -> None:
    """Record the help of every command, and then the result of each use of it."""
    with TemporaryDirectory(prefix="heartwork-compare-") as temporary:
        recorder = CommandRecorder(checkout, folder, Path(temporary))
        recorder.prepare()
        for command in _commands(recorder, ()):
            recorder.record("help/" + ("-".join(command) or "heartwork"), Use((*command, "--help")))
        for number, use in enumerate(USES, 1):
            words = re.sub(r"[^a-z0-9]+", "-", " ".join(use.arguments).lower()).strip("-")[:70]
            recorder.record(f"{use.arguments[0] if use.arguments else 'heartwork'}/{number:03d}-{words}", use)


@dataclass(frozen=True)
class CommandRecorder:
    """Runs commands in a temporary folder and writes their results to another folder."""

    checkout: Checkout
    folder: Path
    temporary: Path

    @property
    def clock(self) -> Clock:
        return Clock(self.temporary / "clock")

    @property
    def work(self) -> Path:
        return self.temporary / "work"

    def prepare(self) -> None:
        """Create the files that the uses name: files of answers, and copies of the content with faults."""
        self.clock.set(BEGINNING)
        self.work.mkdir()
        for example in sorted((self.checkout.folder / "questionnaires" / "examples").glob("*.yaml")):
            (self.work / example.name).write_bytes(example.read_bytes())
        for name, text in FILES.items():
            (self.work / name).write_bytes(text.encode("utf-8", "surrogateescape"))
        for name, (before, after) in CONTENT_FAULTS.items():
            files = self._copy_content(self.work / name)
            replace_first(files, before, after)
        (self.work / "empty").mkdir()

    def _copy_content(self, target: Path) -> list[Path]:
        """Copy the YAML files of the content, and return the copies."""
        copies = []
        for part in ("rules", "questionnaires"):
            for source in sorted((self.checkout.folder / part).rglob("*.yaml")):
                copies.append(target / source.relative_to(self.checkout.folder))
                copies[-1].parent.mkdir(parents=True, exist_ok=True)
                copies[-1].write_bytes(source.read_bytes())
        return copies

    def run(self, use: Use) -> Outcome:
        return self.checkout.run(use.arguments, self.work, self.clock, use.typed)

    def record(self, name: str, use: Use) -> None:
        """Run a command and write its exit code, its output and the files it makes."""
        outcome = self.run(use)
        target = self.folder / f"{name}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        parts = [f"$ heartwork {' '.join(use.arguments)}", f"exit code {outcome.exit_code}", "--- stderr"]
        parts.append(self._plain(outcome.stderr))
        printed = self._plain(outcome.stdout)
        if _is_json(printed):
            target.with_suffix(".json").write_text(printed, encoding="utf-8")
        else:
            parts += ["--- stdout", printed]
        for made in use.makes:
            parts += [f"--- {made}", self._made(self.work / made, target)]
        target.write_text("\n".join(parts), encoding="utf-8")

    def _made(self, file: Path, target: Path) -> str:
        """The text of a file that a command made; JSON goes to a separate file."""
        if not file.exists():
            return "(not made)\n"
        raw = file.read_bytes()
        if raw.startswith((b"%PDF", b"SQLite format")):
            return f"({len(raw)} bytes of {raw[:4]!r})\n" if raw.startswith(b"%PDF") else "(a database)\n"
        text = self._plain(raw.decode(errors="backslashreplace"))
        if _is_json(text):
            target.with_suffix(f".{file.stem}.json").write_text(text, encoding="utf-8")
            return "(JSON)\n"
        return text

    def _plain(self, text: str) -> str:
        return plain_output(text, {str(self.temporary): "<temporary>", str(self.checkout.folder): "<checkout>"})


def replace_first(files: Iterable[Path], before: str, after: str) -> None:
    """Replace the first occurrence of a text in the first of these files that contains it.

    Raises:
        LookupError: no file contains the text.
    """
    for file in files:
        text = file.read_text(encoding="utf-8")
        if before in text:
            file.write_text(text.replace(before, after, 1), encoding="utf-8")
            return
    message = f"no file of the content contains {before!r}: choose another text in command_uses.py"
    raise LookupError(message)


def _commands(recorder: CommandRecorder, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A command and all its subcommands, as the help lists them."""
    yield above
    section = _SECTION.search(recorder.run(Use((*above, "--help"))).stdout)
    for name in _COMMAND.findall(section[1]) if section else ():
        yield from _commands(recorder, (*above, name))


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
