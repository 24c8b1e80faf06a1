"""The terminal: output by rich, input from the standard input. No other module reads or writes it."""

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
    """Shows texts as they are: nothing in them is taken for markup. Colours only where the terminal wants them."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)
        self.width = min(self.width, _WIDTH)
        if isinstance(sys.stdin, io.TextIOWrapper):  # bytes that are no text are no reason to stop
            sys.stdin.reconfigure(errors="replace")
        if sys.stdin is not None and sys.stdin.isatty():
            with suppress(ImportError):  # arrow keys, where there is a library for them
                import readline

                readline.set_auto_history(False)  # the key "up" must not show an answer again

    def ask(self) -> str:
        """A line as it was typed, without blanks around it.

        Raises:
            EOFError: there is nothing more to read.
        """
        if sys.stdin is None:
            raise EOFError
        try:
            return input(PROMPT).strip()  # prompts of rich and click are unknown to readline, which draws over them
        finally:
            if not sys.stdin.isatty():  # the end of a line that comes from a file or a pipe is not seen
                self.print()

    def title(self, text: str, subtitle: str = "") -> None:
        """A heading, with a subtitle of less weight beside it."""
        self.print()
        self.print(Text.assemble((text, "bold"), (f"  {subtitle}" if subtitle else "", "dim")))

    def bar(self, step: int, steps: int, words: str) -> None:
        """How far the person is, as a bar and in words."""
        filled = round(_BAR * step / steps)
        filled_mark, empty_mark = "#." if self.options.ascii_only else "■□"
        bar = (filled_mark * filled, "green"), (empty_mark * (_BAR - filled), "dim")
        self.print(Text.assemble(*bar, (f"  {words}", "dim")))

    def indented(self, text: str, style: str = "") -> None:
        """A paragraph that belongs to the one before."""
        self.print(Padding.indent(text, 2), style=style)

    def rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        """A table without lines; of three columns, the last is what was answered."""
        columns = Column(justify="right", no_wrap=True), Column(), Column(max_width=30, style="cyan")
        table = Table.grid(*columns[: max(map(len, rows), default=0)], padding=(0, 2, 0, 0))
        for row in rows:
            table.add_row(*row)
        if rows:
            self.print(Padding.indent(table, 2))
