"""Record every command of ``heartwork``: its help, and its output for valid and invalid use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from .command_uses import CONTENT_FAULTS, FILES, USES, Use
from .processes import BEGINNING, Checkout, Clock, Outcome, plain_output

_SECTION: Final = re.compile(r"^Commands:\n((?:[ ].*\n?)+)", re.MULTILINE)
_COMMAND: Final = re.compile(r"^ {2}([a-z][\w-]*)", re.MULTILINE)


def capture_commands(checkout: Checkout, folder: Path) -> None:
    """Record the help of every command, and then the result of each use."""
    with TemporaryDirectory(prefix="heartwork-compare-") as temporary:
        desk = Desk(checkout, folder, Path(temporary))
        desk.lay_out()
        for command in _commands(desk, ()):
            desk.note("help/" + ("-".join(command) or "heartwork"), Use((*command, "--help")))
        for number, use in enumerate(USES, 1):
            words = re.sub(r"[^a-z0-9]+", "-", " ".join(use.arguments).lower()).strip("-")[:70]
            desk.note(f"{use.arguments[0] if use.arguments else 'heartwork'}/{number:03d}-{words}", use)


@dataclass(frozen=True)
class Desk:
    """The folder in which commands run, with their input files, and the folder of the records."""

    checkout: Checkout
    folder: Path
    temporary: Path

    @property
    def clock(self) -> Clock:
        return Clock(self.temporary / "clock")

    @property
    def work(self) -> Path:
        return self.temporary / "work"

    def lay_out(self) -> None:
        """Create the files that the uses need: answers files, and content with faults."""
        self.clock.set(BEGINNING)
        self.work.mkdir()
        for example in sorted((self.checkout.folder / "questionnaires" / "examples").glob("*.yaml")):
            (self.work / example.name).write_bytes(example.read_bytes())
        for name, text in FILES.items():
            (self.work / name).write_bytes(text.encode("utf-8", "surrogateescape"))
        for name, (file, before, after) in CONTENT_FAULTS.items():
            self._copy_content(self.work / name)
            path = self.work / name / file
            text = path.read_text(encoding="utf-8")
            assert before in text, (file, before)
            path.write_text(text.replace(before, after, 1), encoding="utf-8")
        (self.work / "empty").mkdir()

    def _copy_content(self, target: Path) -> None:
        for part in ("questionnaires", "rules"):
            for source in sorted((self.checkout.folder / part).rglob("*.yaml")):
                copied = target / source.relative_to(self.checkout.folder)
                copied.parent.mkdir(parents=True, exist_ok=True)
                copied.write_bytes(source.read_bytes())

    def run(self, use: Use) -> Outcome:
        return self.checkout.run(use.arguments, self.work, self.clock, use.typed)

    def note(self, name: str, use: Use) -> None:
        """Run a command and record its exit code, its output and the files it wrote."""
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
        """The content of a file that a command wrote; JSON is recorded in a separate file."""
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


def _commands(desk: Desk, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """This command and its subcommands, as their help lists them."""
    yield above
    section = _SECTION.search(desk.run(Use((*above, "--help"))).stdout)
    for name in _COMMAND.findall(section[1]) if section else ():
        yield from _commands(desk, (*above, name))


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
