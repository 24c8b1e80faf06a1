"""The terminal: output with rich, input from stdin."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

PROMPT: Final = "> "
_WIDTH: Final = 88
_BAR: Final = 24


class Screen(Console):
    """A console that prints texts verbatim, without markup."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)
        self.width = min(self.width, _WIDTH)
        if isinstance(sys.stdin, io.TextIOWrapper):  # invalid bytes must not raise an error
            sys.stdin.reconfigure(errors="replace")
        if sys.stdin is not None and sys.stdin.isatty():
            with suppress(ImportError):  # readline handles arrow keys, if it is installed
                import readline

                readline.set_auto_history(False)  # the key "up" must not show an earlier answer

    def ask(self) -> str:
        """Read a line without surrounding whitespace.

        Raises:
            EOFError: the input has ended.
        """
        if sys.stdin is None:
            raise EOFError
        try:
            return input(PROMPT).strip()  # readline overwrites the prompts of rich and click
        finally:
            if not sys.stdin.isatty():  # a file or a pipe does not echo the end of the line
                self.print()

    def title(self, text: str, subtitle: str = "") -> None:
        """Print a heading with a dim subtitle."""
        self.print()
        self.print(Text.assemble((text, "bold"), (f"  {subtitle}" if subtitle else "", "dim")))

    def bar(self, step: int, steps: int, words: str) -> None:
        """Print a progress bar with a text."""
        filled = round(_BAR * step / steps)
        filled_mark, empty_mark = "#." if self.options.ascii_only else "■□"
        bar = (filled_mark * filled, "green"), (empty_mark * (_BAR - filled), "dim")
        self.print(Text.assemble(*bar, (f"  {words}", "dim")))

    def indented(self, text: str, style: str = "") -> None:
        """Print an indented paragraph."""
        self.print(Padding.indent(text, 2), style=style)

    def rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Print a table without borders; a third column has answers."""
        columns = Column(justify="right", no_wrap=True), Column(), Column(max_width=30, style="cyan")
        table = Table.grid(*columns[: max(map(len, rows), default=0)], padding=(0, 2, 0, 0))
        for row in rows:
            table.add_row(*row)
        if rows:
            self.print(Padding.indent(table, 2))
