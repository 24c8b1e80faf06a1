"""The terminal: output by rich, input from the standard input. No other module reads or writes it."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

PROMPT: Final = "> "
_WIDTH: Final = 88
_BAR: Final = 24


class Screen:
    """Shows texts as they are: nothing in them is taken for markup. Colours only where the terminal wants them."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)
        self._console.width = min(self._console.width, _WIDTH)
        self._is_interactive = sys.stdin is not None and sys.stdin.isatty()
        if isinstance(sys.stdin, io.TextIOWrapper):  # bytes that are no text are no reason to stop
            sys.stdin.reconfigure(errors="replace")
        if self._is_interactive:
            with suppress(ImportError):  # arrow keys, where there is a library for them
                import readline

                readline.set_auto_history(False)  # the key "up" must not show an answer again

    def ask(self) -> str:
        """A line as it was typed.

        Raises:
            EOFError: there is nothing more to read.
        """
        if self._is_interactive:
            self._console.file.flush()
            return input(PROMPT)
        self._console.print(Text(PROMPT), end="")
        self._console.file.flush()
        line = sys.stdin.readline() if sys.stdin is not None else ""
        self._console.print()
        if not line:
            raise EOFError
        return line.rstrip("\r\n")

    def gap(self) -> None:
        """An empty line."""
        self._console.print()

    def title(self, text: str, subtitle: str = "") -> None:
        """A heading, with a subtitle of less weight beside it."""
        self.gap()
        self._console.print(Text.assemble((text, "bold"), (f"  {subtitle}" if subtitle else "", "dim")))

    def bar(self, step: int, steps: int, words: str) -> None:
        """How far one is, as a bar and in words."""
        filled = round(_BAR * step / steps)
        filled_mark, empty_mark = "#." if self._console.options.ascii_only else "■□"
        self._console.print(
            Text.assemble((filled_mark * filled, "green"), (empty_mark * (_BAR - filled), "dim"), (f"  {words}", "dim"))
        )

    def paragraph(self, text: str, *, style: str = "", indent: int = 0) -> None:
        """A paragraph."""
        self._console.print(Padding(Text(text, style=style), (0, 0, 0, indent), expand=False))

    def command(self, line: str) -> None:
        """A command line, never broken, so that it can be copied."""
        self._console.print(Text(f"  {line}"), soft_wrap=True)

    def rows(self, rows: Iterable[Sequence[str]]) -> None:
        """A table without lines; of three columns, the last is what was answered."""
        table = Table.grid(padding=(0, 2, 0, 0))
        table_rows = [tuple(row) for row in rows]
        if not table_rows:
            return
        table.add_column(justify="right", no_wrap=True)
        table.add_column()
        if len(table_rows[0]) > 2:
            table.add_column(max_width=30)
        for row in table_rows:
            table.add_row(*(Text(cell, style="cyan" if column == 2 else "") for column, cell in enumerate(row)))
        self._console.print(Padding(table, (0, 0, 0, 2), expand=False))
